"""A day of a point, minute by minute: open, closed or unknown.

Texts are OSM syntax (`servicemap.hours.syntax`), evaluated by ``opening-hours-py``. That
package knows no calendar of ours: a day is classified first (`servicemap.hours.days`),
then a day that stands for it is evaluated. On a public holiday the selector ``PH`` holds
every day. A make-up workday is asked as each of Monday to Friday in turn.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from servicemap.hours import lunar, syntax, variants
from servicemap.hours.clock import DAY_MIN

if TYPE_CHECKING:
    from servicemap.hours.days import DayCalendar, DayKind

States = NDArray[np.int8]

OPEN, CLOSED, UNKNOWN = 1, 0, -1
_FRIDAY = 4
_KEPT = 8_192  # days of minutes, 12 MB at most


def day_minutes(hours: str | None, date: dt.date, calendar: DayCalendar) -> States:
    """State in every minute of a day.

    Returns
    -------
    ndarray of int8, (1440,), read-only
        1 open, 0 closed, -1 unknown.
    """
    text = text_of(hours)
    if text is None:
        return _constant(UNKNOWN)
    parts = []
    for reading in variants.readings(text):
        own, morning = variants.over_midnight(reading)
        here = _own(own, date, calendar.day(date).kind)
        if morning:
            before = date - dt.timedelta(days=1)
            late = _own(morning, before, calendar.day(before).kind)
            here = np.where((here == OPEN) | (late == OPEN), OPEN, np.minimum(here, late))
        parts.append(here)
    return _agreed(parts)


def _agreed(parts: list[States]) -> States:
    """What all readings say; unknown where they differ, and where there is none."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return _constant(UNKNOWN)
    is_same = np.logical_and.reduce([part == parts[0] for part in parts])
    return np.where(is_same, parts[0], UNKNOWN).astype("int8")


@lru_cache(maxsize=3)
def _constant(state: int) -> States:
    minutes = np.full(DAY_MIN, state, dtype="int8")
    minutes.flags.writeable = False
    return minutes


@lru_cache(maxsize=_KEPT)
def _own(text: str, date: dt.date, kind: DayKind) -> States:
    """One reading without times over midnight, on one day of one kind."""
    kept: list[str] = []
    for rule in syntax.split(text):
        days, rest = syntax.lunar_days(rule)
        day = lunar.day_of_month(date) if days else None
        if days and day is None:
            return _constant(UNKNOWN)
        if not days or day in days:
            kept.append(rest)
    if not kept:
        return _constant(CLOSED)
    plain = "; ".join(kept)
    if kind == "holiday":
        plain = plain.replace("PH", "Mo-Su")
    asked = [(plain, date)]
    if kind == "makeup_workday" and variants.needs_weekday(plain):
        asked = [
            variants.as_weekday(plain, date, weekday) for weekday in range(_FRIDAY + 1)
        ]
    done = _agreed([_evaluated(*one) for one in asked])
    done.flags.writeable = False
    return done


def _evaluated(text: str, date: dt.date) -> States:
    from opening_hours import State

    expression = _parsed(text)
    if expression is None:
        return _constant(UNKNOWN)
    minutes = np.full(DAY_MIN, CLOSED, dtype="int8")
    midnight = dt.datetime.combine(date, dt.time())
    for start, end, state, note in expression.intervals(
        midnight, midnight + dt.timedelta(days=1)
    ):
        span = slice(
            int((start - midnight).total_seconds() // 60),
            int((end - midnight).total_seconds() // 60),
        )
        if state == State.UNKNOWN or (state == State.OPEN and note):
            minutes[span] = UNKNOWN
        elif state == State.OPEN:
            minutes[span] = OPEN
    return minutes


@lru_cache(maxsize=_KEPT)
def _parsed(text: str) -> Any:
    from opening_hours import OpeningHours

    return OpeningHours(text) if syntax.is_valid(text) else None


def text_of(text: Any) -> str | None:
    """A text as it is looked up; None for what is missing, however pandas says it."""
    return (syntax.tidy(text) or None) if isinstance(text, str) else None
