"""An answer in words, line by line: for the screen and for the slip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicemap.hours import in_words
from servicemap.locator.verdicts import IN_USE
from servicemap.locator.where import about
from servicemap.outputs.route_words import length_text, route_text
from servicemap.outputs.terms import term
from servicemap.words import say

if TYPE_CHECKING:
    import datetime as dt

    from servicemap.hours.days import Day
    from servicemap.locator.answers import Answer, Found
    from servicemap.locator.where import Place
    from servicemap.study import Language

MINUTE_MS = 60_000
HOUR_MIN = 60


def time_text(travel_ms: int, language: Language) -> str:
    """A travel time as one says it: 12.3 min, 1 h 5 min."""
    if travel_ms < HOUR_MIN * MINUTE_MS:
        return say("locator.minutes", language, minutes=f"{travel_ms / MINUTE_MS:.1f}")
    hours, minutes = divmod(round(travel_ms / MINUTE_MS), HOUR_MIN)
    return say("locator.hours_minutes", language, hours=hours, minutes=minutes)


def moment_text(moment: dt.datetime, language: Language) -> str:
    """Day of the week, date and time."""
    return say(
        "locator.moment",
        language,
        weekday=say(f"locator.weekday.{moment.weekday()}", language),
        date=moment.strftime("%Y-%m-%d"),
        time=moment.strftime("%H:%M"),
    )


def place_text(place: Place, language: Language) -> str:
    """Where somebody starts."""
    now = place.village if place.village != place.name else ""
    if place.kind == "coordinates":
        named = dict.fromkeys(one for one in (place.township, now) if one)
        joined = say("where.comma", language).join(named)
        joined = joined or say("locator.no_township", language)
        lon, lat = f"{place.lon:.6f}", f"{place.lat:.6f}"
        return say("locator.from_coordinates", language, lon=lon, lat=lat, context=joined)
    return say(
        "locator.from_place",
        language,
        name=place.name or place.place_id,
        about=about(place.kind, (place.township, now), language),
    )


def asked_text(answer: Answer, language: Language) -> str:
    """What was asked, in one line."""
    terms = answer.terms
    if answer.item is None:
        parts = [say("locator.any_point", language)]
    else:
        one, name = answer.item
        parts = [say("locator.item", language, id=one, name=name) if one != name else name]
    parts.append(term("mode", answer.mode, language))
    if terms.minutes is not None:
        parts.append(say("locator.within", language, minutes=f"{terms.minutes:g}"))
    if terms.finish:
        parts.append(say("locator.finish_only", language))
    if terms.at is None:
        parts.append(say("locator.no_hours", language))
    else:
        when = moment_text(terms.at, language)
        parts.append(say("locator.leaving", language, when=when))
        parts.append(say("locator.takes", language, minutes=f"{terms.service_min:g}"))
    return say("locator.separator", language).join(parts)


def head(answer: Answer, language: Language, where: str | None = None) -> list[str]:
    """From where, for what; how the place was understood; whose rules count.

    Parameters
    ----------
    answer, language
        Of the text.
    where
        What was typed; told where it is not the place's own name.
    """
    place = answer.place
    lines = [say("locator.from", language, place=place_text(place, language))]
    if where is not None and place.how not in ("coordinates", "id", "name"):
        how = say(f"locator.how.{place.how}", language)
        name = place.name or place.place_id
        lines.append(say("locator.guessed", language, where=where, name=name, how=how))
    if answer.snap_m is None:
        lines.append(say("locator.no_road", language))
    else:
        length = length_text(answer.snap_m, language)
        lines.append(say("locator.road", language, length=length))
    home = place.home
    if answer.terms.cases and home.known_by != "unknown":
        lines.append(
            say(
                "locator.home",
                language,
                village=home.village or say("locator.no_village", language),
                township=home.township or say("locator.no_township", language),
                known_by=say(f"locator.known_by.{home.known_by}", language),
            )
        )
    lines.append(say("locator.asked", language, what=asked_text(answer, language)))
    lines += _day_text(answer.day, language)
    if answer.road_layers:
        files = say("locator.separator", language).join(answer.road_layers)
        lines.append(say("locator.road_layers", language, files=files))
    return lines


def _day_text(day: Day | None, language: Language) -> list[str]:
    """A day that is not what its weekday says, or of which that is not known."""
    if day is None:
        return []
    if not day.is_known:
        return [say("locator.day.unknown", language, year=day.date.year)]
    if day.kind not in ("holiday", "makeup_workday"):
        return []
    named = "named" if day.name else "plain"
    return [say(f"locator.day.{day.kind}.{named}", language, name=day.name or "")]


def state_text(found: Found, language: Language) -> str:
    """How it is done there, when one arrives, whether it is open then."""
    verdict, parts = found.verdict, []
    if verdict.arrival is not None:
        when = moment_text(verdict.arrival, language)
        parts.append(say("locator.arrives", language, when=when))
    if found.facility["status"] != IN_USE:
        status = term("point_status", found.facility["status"], language)
        parts.append(say("locator.not_running", language, status=status))
    elif verdict.is_open:
        parts.append(say("locator.is_open", language))
    elif verdict.is_open is False and found.opens_next is not None:
        when = moment_text(found.opens_next, language)
        parts.append(say("locator.opens", language, when=when))
    elif verdict.is_open is False:
        parts.append(say("locator.opens_unknown", language))
    elif verdict.arrival is not None:
        parts.append(say("locator.hours_unknown", language))
    if verdict.handling is not None:
        parts.append(say(f"locator.handling.{verdict.handling}", language))
    if verdict.by_appointment:
        parts.append(say("locator.by_appointment", language))
    return say("locator.separator", language).join(parts)


def point_lines(found: Found, language: Language) -> list[str]:
    """Kind, address, phone, hours and snap of a point; what is unknown is not told."""
    facility = found.facility
    lines = [say("locator.tier", language, tier=term("tier", facility["tier"], language))]
    if facility["address"]:
        lines.append(say("locator.address", language, address=facility["address"]))
    if facility["phone"]:
        lines.append(say("locator.phone", language, phone=facility["phone"]))
    hours = in_words(found.verdict.hours, language)
    if hours:
        lines.append(say("locator.hours", language, hours=hours))
    leg_m = found.route.legs[1].length_m
    lines.append(say("locator.snap", language, length=length_text(leg_m, language)))
    return lines


def steps(found: Found, mode: str, language: Language) -> list[str]:
    """The way, street by street."""
    return route_text(found.route, mode, language, found.facility["name"])


def point_text(number: int, found: Found, language: Language) -> str:
    """A point in one line."""
    return say(
        "locator.point",
        language,
        number=number,
        name=found.facility["name"],
        time=time_text(found.travel_ms, language),
        length=length_text(found.distance_m, language),
    )


def instead_text(reason: str, found: Found, language: Language) -> str:
    """What else would do, and on which condition."""
    state = state_text(found, language)
    point = say("locator.separator", language).join(
        part
        for part in (
            found.facility["name"],
            time_text(found.travel_ms, language),
            length_text(found.distance_m, language),
            state,
        )
        if part
    )
    return say(f"locator.if.{reason}", language, point=point)


def reason_text(reason: str, language: Language) -> str:
    """Why there is no point."""
    return say(f"locator.reason.{reason}", language)


def lines(answer: Answer, language: Language, where: str | None = None) -> list[str]:
    """The whole answer.

    Parameters
    ----------
    answer, language
        Of the text.
    where
        What was typed.
    """
    told = head(answer, language, where)
    if answer.reason is not None:
        reason = reason_text(answer.reason, language)
        told.append(say("locator.none", language, reason=reason))
    for number, found in enumerate(answer.points, 1):
        told.append(point_text(number, found, language))
        state = state_text(found, language)
        told += [f"   {one}" for one in (state, *point_lines(found, language)) if one]
        told += [f"   - {one}" for one in steps(found, answer.mode, language)]
    if answer.instead:
        told.append(say("locator.instead", language))
        told += [f"   {instead_text(*one, language)}" for one in answer.instead]
    return told
