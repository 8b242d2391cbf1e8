"""OSM syntax -> words, in Chinese and English, which `to_osm` reads back."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.hours import selectors, syntax
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.hours.syntax import Rule

_POINT = re.compile(r"(?:(\d{4}) )?([A-Z][a-z]{2})(?: (\d{1,2}))?")
_NTH = re.compile(r"(\w\w)\[([^\]]+)\]")
_DIGITS = "一二三四五六七八九十"


def in_words(hours: Any, language: str) -> str:
    """Opening hours in words.

    Parameters
    ----------
    hours
        OSM syntax, or missing: unknown, which is not closed.
    language
        Of the text.

    Returns
    -------
    str
        ``""`` for unknown hours. What is not understood (sunrise, week numbers) stays as
        it is, which is better than half a translation.
    """
    if pd.isna(hours) or not str(hours).strip():
        return ""
    return _in_words(str(hours).strip(), language)


def as_shown(hours: Any, written: Any, language: str) -> str:
    """Hours in words; hours that could not be read as they were written, with a remark.

    Parameters
    ----------
    hours
        OSM syntax, or missing.
    written
        The cell, or missing.
    language
        Of the text.
    """
    said = in_words(hours, language)
    if said or pd.isna(written):
        return said
    return say("hours.not_read", language, written=written)


@lru_cache(maxsize=8_192)
def _in_words(text: str, language: str) -> str:
    rules = syntax.take_apart(text)
    if rules is None:
        return text
    said = [_rule(rule, language) for rule in rules]
    if any(one is None for one in said):
        return text
    return say("hours.then", language).join(one for one in said if one is not None)


def _rule(rule: Rule, language: str) -> str | None:
    parts = []
    if rule.lunar:
        parts.append(_lunar(rule.lunar, language))
    if rule.dates:
        dates = _every_month(rule.dates, language) or _dates(rule.dates, language)
        if dates is None:
            return None
        parts.append(dates)
    parts += _weekdays(rule.weekdays, language)
    days = say("hours.space", language).join(parts)
    if rule.is_off:
        times = say("hours.closed", language)
        return say("hours.rule", language, days=days, times=times) if days else times
    times = _times(rule, language)
    said = say("hours.rule", language, days=days, times=times) if days else times
    if rule.note:
        note = _note(rule.note, language)
        said = say("hours.noted", language, said=said, note=note) if times else note
    return said


def _times(rule: Rule, language: str) -> str:
    if rule.times in ((), ("00:00-24:00",)):
        is_bare = rule.note and not (rule.times or rule.weekdays or rule.dates)
        return "" if is_bare else say("hours.always", language)
    joined = [one.replace("-", "–") for one in rule.times]
    joined = [one if one[:5] < one[6:] else _over_midnight(one, language) for one in joined]
    return say("hours.and", language).join(joined)


def _over_midnight(span: str, language: str) -> str:
    return say("hours.next_day", language, start=span[:5], end=span[6:])


def _note(note: str, language: str) -> str:
    known = note == "by appointment"
    return say("hours.by_appointment", language) if known else note


def _weekdays(days: tuple[str, ...], language: str) -> list[str]:
    said = []
    for day in days:
        nth = _NTH.fullmatch(day)
        if nth:
            said.append(_nth(nth[1], nth[2], language))
        elif day == "Mo-Su":
            said.append(say("hours.every_day", language))
        else:
            names = [say(f"hours.day.{one}", language) for one in day.split("-")]
            said.append(say("hours.to", language).join(names))
    return [say("hours.and", language).join(said)] if said else []


def _nth(day: str, numbers: str, language: str) -> str:
    words = [
        say(f"hours.nth.{'last' if one == '-1' else one}", language)
        for one in numbers.split(",")
        if one in ("1", "2", "3", "4", "5", "-1")
    ]
    name = say(f"hours.day.{day}", language)
    joined = say("hours.nth_and", language).join(words)
    return say("hours.nth_day", language, nth=joined, day=name)


def _ending_in(days: tuple[int, ...], last: int) -> str:
    """``逢五、逢十``, where days are all those of a month that end in these digits."""
    digits = sorted({day % 10 for day in days}, key=lambda one: one or 10)
    whole = tuple(day for day in range(1, last + 1) if day % 10 in digits)
    return "、".join(f"逢{_DIGITS[one - 1]}" for one in digits) if whole == days else ""


def _lunar(days: tuple[int, ...], language: str) -> str:
    names = [str(day) for day in days]
    if language == "zh":
        names = [_ending_in(days, 30)]
        if not names[0]:
            names = [_lunar_name(day) for day in days]
    return say("hours.lunar", language, days=say("hours.and", language).join(names))


def _lunar_name(day: int) -> str:
    tens, ones = divmod(day - 1, 10)
    if ones == len(_DIGITS) - 1 and tens:
        return ("二十", "三十")[tens - 1]
    return ("初", "十", "廿")[tens] + _DIGITS[ones]


def _every_month(dates: tuple[str, ...], language: str) -> str | None:
    """The same days of every month; None where dates are something else."""
    days = {int(one[4:]) for one in dates if re.fullmatch(r"[A-Z]\w\w \d\d", one)}
    found = tuple(sorted(days))
    if not found or selectors.solar(found) != dates:
        return None
    market = _ending_in(found, 31) if language == "zh" else ""
    if market:
        return say("hours.market", language, days=market)
    names = say("hours.and", language).join(
        say("hours.month_day", language, day=one) for one in found
    )
    return say("hours.monthly", language, days=names)


def _dates(dates: tuple[str, ...], language: str) -> str | None:
    said = []
    for date in dates:
        start, _, end = date.partition("-")
        if end.isdigit():  # Oct 01-07
            end = f"{start.rpartition(' ')[0]} {end}"
        ends = [_POINT.fullmatch(one) for one in (start, end) if one]
        if not all(ends):
            return None
        names = [_date(match, language) for match in ends if match]
        said.append(say("hours.to", language).join(names))
    return say("hours.and", language).join(said)


def _date(match: re.Match[str], language: str) -> str:
    year, name, day = match.groups()
    said = say(f"hours.month.{name}", language)
    if day is not None:
        said = say("hours.date", language, month=said, day=int(day))
    return say("hours.with_year", language, year=year, date=said) if year else said
