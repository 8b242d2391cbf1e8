"""Conditional tags: ``no @ (Mo-Fr 07:00-09:00)``.

Source: OpenStreetMap wiki, ``Conditional_restrictions`` (of several clauses that
hold the last one counts) and ``Key:opening_hours`` for the spelling of times.
Years, months, dates, weekdays and times of day are read. The sun, weeks, weights,
weather and the like are not: such a clause says nothing. No moment is a holiday:
``Su,PH`` is a Sunday, ``PH off`` takes nothing away, ``PH`` alone says nothing.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableSet

DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
MONTHS = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_DAY = "|".join(DAYS)
_MONTH = "|".join(MONTHS)
_POINT = re.compile(rf"((?:19|20)[0-9]{{2}})?(?:(?:^| )({_MONTH})(?: ([0-9]{{1,2}}))?)?")
_TIMES = re.compile(r"([0-9]{1,2}):([0-9]{2}) ?- ?([0-9]{1,2}):([0-9]{2})")
_DAY_SPAN = re.compile(rf"({_DAY})(?: ?- ?({_DAY}))?")
_PARTS = re.compile(
    rf"""
    (?P<dates>(?:(?:(?:19|20)[0-9]{{2}}|{_MONTH})(?![0-9:]).*?)?) \ ?
    (?P<days>(?:(?:{_DAY})\b(?:[\ ,-]*(?:{_DAY})\b)*)?) \ ?
    (?P<times>(?:[0-9]{{1,2}}:[0-9]{{2}}.*)?)
    """,
    re.VERBOSE,
)
# Holidays in a list of weekdays, before or behind one of them
_HOLIDAYS = re.compile(rf"\b(?:[ps]h *, *)+(?=(?:{_DAY})\b)|(?<=[a-z])(?: *, *[ps]h\b)+")
_OFF = re.compile(r"[ps]h(?: *, *[ps]h)* (?:off|closed)")
_CLAUSE = re.compile(r"\s*([^@;]+?)\s*@\s*(\([^()]*\)|[^;()]+?)\s*(?:;|$)")
_DAY_MIN = 24 * 60


def tagged(
    tags: Mapping[str, str],
    key: str,
    direction: str | None,
    when: datetime | None,
    notes: MutableSet[str],
) -> Iterator[str]:
    """Values of a key, the one that counts most first.

    Parameters
    ----------
    tags
        Tags of the way or node.
    key
        The key without suffixes.
    direction
        ``"forward"`` or ``"backward"`` along the way; None for a node.
    when
        Local time; None leaves conditional tags out.
    notes
        Gets ``conditional_skipped`` or ``conditional_unread`` where that happened.
    """
    names = [f"{key}:{direction}", key] if direction else [key]
    for name in names:
        text = tags.get(f"{name}:conditional")
        if text is None:
            continue
        if when is None:
            notes.add("conditional_skipped")
            continue
        value, unread = read(text, when)
        if unread:
            notes.add("conditional_unread")
        if value is not None:
            yield value
    for name in names:
        if name in tags:
            yield tags[name]


def read(text: str, when: datetime) -> tuple[str | None, bool]:
    """What a conditional tag says at one moment.

    Parameters
    ----------
    text
        The value of the tag.
    when
        Local time.

    Returns
    -------
    value : str or None
        The value of the last clause that holds; None where none holds.
    unread : bool
        Whether a clause could not be read, and was passed over.
    """
    value, unread, end = None, False, 0
    for match in _CLAUSE.finditer(text):
        unread = unread or bool(text[end : match.start()].strip(" ;"))
        end = match.end()
        holding = holds(match[2].strip("() "), when)
        if holding is None:
            unread = True
        elif holding:
            value = match[1]
    return value, unread or bool(text[end:].strip(" ;"))


def holds(condition: str, when: datetime) -> bool | None:
    """Whether a condition holds; None where it cannot be read."""
    told: bool | None = True
    for part in re.split(r"\s+and\s+", condition.lower()):
        texts = [_HOLIDAYS.sub("", one.strip()) for one in part.split(";")]
        texts = [one for one in texts if one and not _OFF.fullmatch(one)]
        spans = [_selector(one, when) for one in texts]
        if not any(spans) and (not spans or None in spans):
            return None
        told = told and any(spans)
    return told


def _selector(text: str, when: datetime) -> bool | None:
    """Dates, weekdays and times, each of them optional, all of them met."""
    if text == "24/7":
        return True
    match = _PARTS.fullmatch(re.sub(r"\s+", " ", text))
    if match is None or not any(match.groups()):
        return None
    dates, days = match["dates"].strip(), match["days"].strip()
    spans = _minutes(match["times"])
    if spans is None:
        return None
    for back, day in enumerate((when.date(), when.date() - timedelta(days=1))):
        on_date = _on_date(dates, day) if dates else True
        on_day = _on_day(days, day.weekday()) if days else True
        if on_date is None or on_day is None:
            return None
        now = when.hour * 60 + when.minute + back * _DAY_MIN
        if on_date and on_day and any(start <= now < end for start, end in spans):
            return True
    return False


@cache
def _minutes(text: str) -> tuple[tuple[int, int], ...] | None:
    """Spans of minutes since midnight; a span over midnight ends beyond 24 hours."""
    if not text:
        return ((0, _DAY_MIN),)
    spans = []
    for part in text.split(","):
        match = _TIMES.fullmatch(part.strip())
        if match is None:
            return None
        hour, minute, to_hour, to_minute = (int(piece) for piece in match.groups())
        start, end = hour * 60 + minute, to_hour * 60 + to_minute
        if start >= _DAY_MIN or end > 2 * _DAY_MIN:
            return None
        spans.append((start, end if end > start else end + _DAY_MIN))
    return tuple(spans)


def _on_day(text: str, weekday: int) -> bool | None:
    found = False
    for part in text.split(","):
        match = _DAY_SPAN.fullmatch(part.strip())
        if match is None:
            return None
        first = DAYS.index(match[1])
        last = DAYS.index(match[2] or match[1])
        found = found or (weekday - first) % 7 <= (last - first) % 7
    return found


def _on_date(text: str, day: date) -> bool | None:
    """Whether a day lies in spans such as ``Nov-Mar`` or ``2026 Dec 15-2027 Mar 1``."""
    found = False
    for part in text.split(","):
        inside = _in_span(part.strip(), day)
        if inside is None:
            return None
        found = found or inside
    return found


def _in_span(text: str, day: date) -> bool | None:
    left, _, right = (piece.strip() for piece in text.partition("-"))
    first = _point(left)
    if first is None:
        return None
    year, month, dom = first
    last = (year, month, right) if re.fullmatch(r"[0-9]{1,2}", right) else _point(right)
    to_year, to_month, to_dom = (last if right else first) or ("", "", "")
    if bool(to_month) != bool(month) or not (to_month or to_year) or (to_year and not year):
        return None
    start = (_month(month or "jan"), int(dom or 1))
    end = (_month(to_month or "dec"), int(to_dom or 31))
    if year:
        until = (int(to_year or year), *end)
        return (int(year), *start) <= (day.year, day.month, day.day) <= until
    here = (day.month, day.day)
    if start <= end:
        return start <= here <= end
    return here >= start or here <= end  # over New Year


def _point(text: str) -> tuple[str, str, str] | None:
    """Year, month and day of month as written; an empty text for what is absent."""
    match = _POINT.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        return None
    return match[1] or "", match[2] or "", match[3] or ""


def _month(name: str) -> int:
    return MONTHS.index(name) + 1
