"""An answer as JSON: the same for the command line and for the web.

Times are seconds with their milliseconds, lengths metres, moments local; geometry is
GeoJSON in degrees. What is unknown is null, never a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.hours import in_words
from servicemap.locator.telling import instead_text, reason_text, state_text, steps
from servicemap.locator.where import match_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from servicemap.locator.answers import Answer, Found
    from servicemap.locator.names import Match
    from servicemap.locator.where import Place
    from servicemap.study import Language

DIGITS = 7  # of a degree: a centimetre


def answer_json(answer: Answer, language: Language) -> dict[str, Any]:
    """The whole answer.

    Parameters
    ----------
    answer
        What was found.
    language
        Of the texts in it.
    """
    terms = answer.terms
    snap = None
    if answer.snap_m is not None:
        snap = _snap(answer.snap_lon, answer.snap_lat, answer.snap_m)
    return {
        "place": place_json(answer.place),
        "snap": snap,
        "mode": answer.mode,
        "item": None
        if answer.item is None
        else {"id": answer.item[0], "name": answer.item[1]},
        "at": _moment(terms.at),
        "day": None
        if answer.day is None
        else {
            "kind": answer.day.kind,
            "name": answer.day.name,
            "is_known": answer.day.is_known,
        },
        "service_min": terms.service_min,
        "minutes": terms.minutes,
        "points": [_point(one, answer.mode, language) for one in answer.points],
        "instead": [
            {
                "reason": reason,
                "text": instead_text(reason, one, language),
                "point": _point(one, answer.mode, language),
            }
            for reason, one in answer.instead
        ],
        "reason": answer.reason,
        "reason_text": None
        if answer.reason is None
        else reason_text(answer.reason, language),
        "version": answer.version[:12],
        "road_layers": list(answer.road_layers),
    }


def place_json(place: Place) -> dict[str, Any]:
    """Where somebody starts, and how it was understood."""
    home = place.home
    return {
        "kind": place.kind,
        "id": place.place_id or None,
        "name": place.name or None,
        "township": place.township or None,
        "village": place.village or None,
        "lon": place.lon,
        "lat": place.lat,
        "home": {
            "village_id": home.village_id,
            "township_id": home.township_id,
            "known_by": home.known_by,
        },
        "how": place.how,
        "score": place.score,
    }


def matches_json(matches: Sequence[Match], language: Language) -> list[dict[str, Any]]:
    """Places that a text may mean."""
    return [
        {
            "kind": one.name.kind,
            "id": one.name.place_id,
            "name": one.name.name or None,
            "township": one.name.township or None,
            "village": one.name.village or None,
            "address": one.name.address or None,
            "lon": one.name.lon,
            "lat": one.name.lat,
            "how": one.how,
            "score": one.score,
            "text": match_text(one, language),
        }
        for one in matches
    ]


def _point(found: Found, mode: str, language: Language) -> dict[str, Any]:
    facility, verdict, way = found.facility, found.verdict, found.route
    names = (
        "facility_id", "name", "tier", "form", "status", "township_id", "village_id",
        "phone", "address",
    )  # fmt: skip
    return {
        **{name: facility[name] for name in names},
        "lon": found.lon,
        "lat": found.lat,
        "travel_time_s": found.travel_ms / 1000.0,
        "distance_m": round(found.distance_m, 2),
        "faults": list(verdict.faults),
        "handling": verdict.handling,
        "by_appointment": verdict.by_appointment,
        "hours": verdict.hours,
        "hours_text": in_words(verdict.hours, language) or None,
        "arrival": _moment(verdict.arrival),
        "is_open": verdict.is_open,
        "opens_next": _moment(found.opens_next),
        "text": state_text(found, language),
        "snap": _snap(way.legs[1].lon[0], way.legs[1].lat[0], way.legs[1].length_m),
        "steps": steps(found, mode, language),
        "route": {
            "type": "LineString",
            "coordinates": np.column_stack([way.lon, way.lat]).round(DIGITS).tolist(),
        },
    }


def _snap(lon: float | None, lat: float | None, snap_m: float) -> dict[str, Any]:
    assert lon is not None
    assert lat is not None
    return {
        "lon": round(lon, DIGITS),
        "lat": round(lat, DIGITS),
        "snap_m": round(snap_m, 2),
    }


def _moment(moment: dt.datetime | None) -> str | None:
    """Local time to the second; no zone, as the hours have none."""
    return None if moment is None else moment.isoformat(timespec="seconds")
