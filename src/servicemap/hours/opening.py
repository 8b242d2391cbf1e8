"""Is a point open at a moment, for how long, and when next.

Moments are local wall-clock times; texts are OSM syntax.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.hours.clock import DAY_MIN
from servicemap.hours.minutes import (
    CLOSED,
    OPEN,
    UNKNOWN,
    States,
    day_minutes,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from servicemap.hours.days import DayCalendar

WEEK_DAYS = 7
_SAID = {OPEN: True, CLOSED: False, UNKNOWN: None}
_CLOSED, _UNKNOWN = (np.int8(one).tobytes() for one in (CLOSED, UNKNOWN))


def state_at(hours: str | None, moment: dt.datetime, calendar: DayCalendar) -> bool | None:
    """Whether a point is open at a moment.

    Parameters
    ----------
    hours
        OSM syntax; missing is unknown, which is not closed.
    moment
        Local time, without a time zone.
    calendar
        Tells holidays and make-up workdays.

    Returns
    -------
    bool or None
        None where it is not known: hours that are missing or cannot be read, hours with a
        note, times of the sun, and wherever else the readings differ.

    Raises
    ------
    ValueError
        The moment has a time zone.
    """
    return open_for(hours, moment, 0.0, calendar)


def open_for(
    hours: str | None, moment: dt.datetime, service_min: float, calendar: DayCalendar
) -> bool | None:
    """Whether a point is open on arrival and stays open for the time of the service.

    Parameters
    ----------
    hours, moment, calendar
        As for `state_at`.
    service_min
        Minutes that are needed there; a point may close at the last of them.

    Returns
    -------
    bool or None
        Closed for part of it outweighs unknown for part of it.
    """
    span = _span(moment, service_min)
    return _SAID[_state(text_of(hours), moment.date(), span, calendar)]


def states_at(
    hours: Iterable[str | None],
    moment: dt.datetime,
    calendar: DayCalendar,
    service_min: float = 0.0,
) -> States:
    """`open_for` for many points at once.

    Returns
    -------
    ndarray of int8, one per point
        1 open, 0 closed, -1 unknown.
    """
    span = _span(moment, service_min)
    return _of_each(hours, lambda text: _state(text, moment.date(), span, calendar))


def next_opening(
    hours: str | None,
    moment: dt.datetime,
    calendar: DayCalendar,
    within_days: int = 14,
    service_min: float = 0.0,
) -> dt.datetime | None:
    """The first moment from now on at which a point is open for the time of a service.

    Parameters
    ----------
    hours, moment, calendar, service_min
        As for `open_for`.
    within_days
        How many days are looked at after the day of the moment.

    Returns
    -------
    datetime or None
        The moment itself where the point is open then; None where it is not known to open.
    """
    start = _minute(moment)
    if service_min >= 0 and open_for(hours, moment, service_min, calendar):
        return moment
    spare = math.ceil(service_min / DAY_MIN)
    minutes = _run(hours, moment.date(), within_days + 1 + spare, calendar)
    is_open = minutes == OPEN
    length = max(1, math.ceil(service_min))
    total = np.concatenate([[0], np.cumsum(is_open)])
    enough = np.flatnonzero(total[length:] - total[:-length] == length)
    end = (within_days + 1) * DAY_MIN
    later = enough[(enough > start) & (enough < end)]
    if not len(later):
        return None
    midnight = dt.datetime.combine(moment.date(), dt.time())
    return midnight + dt.timedelta(minutes=int(later[0]))


def intervals(
    hours: str | None, date: dt.date, calendar: DayCalendar
) -> list[tuple[int, int, bool | None]]:
    """A day as spans of one state.

    Returns
    -------
    list of (start_min, end_min, state)
        Minutes since midnight, from 0 to 1440 without gaps; state as in `state_at`.
    """
    minutes = day_minutes(hours, date, calendar)
    edges = [0, *(np.flatnonzero(np.diff(minutes)) + 1).tolist(), DAY_MIN]
    return [
        (start, end, _SAID[int(minutes[start])]) for start, end in itertools.pairwise(edges)
    ]


def open_dates(
    hours: str | None, first: dt.date, last: dt.date, calendar: DayCalendar
) -> list[dt.date]:
    """Dates on which a point is open at some time: market days, stops of a bus."""
    span = (last - first).days + 1
    dates = (first + dt.timedelta(days=day) for day in range(span))
    return [one for one in dates if (day_minutes(hours, one, calendar) == OPEN).any()]


def open_by_hour_of_week(
    hours: str | None,
    monday: dt.date,
    calendar: DayCalendar,
    *,
    step_min: int = 60,
    service_min: float = 0.0,
) -> States:
    """State at every full hour of a week, or every so many minutes.

    Parameters
    ----------
    hours, calendar, service_min
        As for `open_for`.
    monday
        First day of the week.
    step_min
        60 for hours, 15 for quarters of an hour; divides a day.

    Returns
    -------
    ndarray of int8, (168,) for hours
        1 open, 0 closed, -1 unknown, from Monday 00:00 on.
    """
    length = max(1, math.ceil(service_min))
    days = WEEK_DAYS + math.ceil(length / DAY_MIN)
    minutes = _run(hours, monday, days, calendar)
    starts = np.arange(0, WEEK_DAYS * DAY_MIN, step_min)
    lacking = []
    for state in (CLOSED, UNKNOWN):
        total = np.concatenate([[0], np.cumsum(minutes == state)])
        lacking.append(total[starts + length] > total[starts])
    is_closed, is_unknown = lacking
    return np.where(is_closed, CLOSED, np.where(is_unknown, UNKNOWN, OPEN)).astype("int8")


def open_by_hour_of_week_of_many(
    hours: Iterable[str | None], monday: dt.date, calendar: DayCalendar, **options: Any
) -> States:
    """`open_by_hour_of_week` for many points.

    Returns
    -------
    ndarray of int8, (points, 168) for hours
    """
    found: dict[str | None, States] = {}
    rows = []
    for text in hours:
        key = text_of(text)
        if key not in found:
            found[key] = open_by_hour_of_week(key, monday, calendar, **options)
        rows.append(found[key])
    width = WEEK_DAYS * DAY_MIN // int(options.get("step_min", 60))
    return np.array(rows, dtype="int8").reshape(len(rows), width)


def share_of_week(hours: str | None, monday: dt.date, calendar: DayCalendar) -> float:
    """Share of a week's minutes in which a point is open; NaN where some are unknown."""
    minutes = _run(hours, monday, WEEK_DAYS, calendar)
    if (minutes == UNKNOWN).any():
        return math.nan
    return float((minutes == OPEN).mean())


def _run(hours: str | None, first: dt.date, days: int, calendar: DayCalendar) -> States:
    """Minutes of days in a row."""
    if days == 1:
        return day_minutes(hours, first, calendar)
    dates = (first + dt.timedelta(days=day) for day in range(days))
    return np.concatenate([day_minutes(hours, date, calendar) for date in dates])


def _span(moment: dt.datetime, service_min: float) -> tuple[int, int]:
    """First minute of a service and the one after its last, since midnight."""
    start = _minute(moment)
    until = moment.second / 60.0 + moment.microsecond / 6e7 + service_min
    return start, max(start + 1, math.ceil(start + until - 1e-9))


def _state(
    text: str | None, date: dt.date, span: tuple[int, int], calendar: DayCalendar
) -> int:
    start, last = span
    return _least(_run(text, date, math.ceil(last / DAY_MIN), calendar)[start:last])


def _minute(moment: dt.datetime) -> int:
    if moment.tzinfo is not None:
        msg = "moments are local times without a time zone"
        raise ValueError(msg)
    return moment.hour * 60 + moment.minute


def _least(window: States) -> int:
    seen = window.tobytes()  # of a few minutes: bytes are looked through at once
    if _CLOSED in seen:
        return CLOSED
    return UNKNOWN if _UNKNOWN in seen else OPEN


def _of_each(hours: Iterable[str | None], state: Callable[[str | None], int]) -> States:
    found: dict[str | None, int] = {}

    def states() -> Iterator[int]:
        for text in hours:
            key = text_of(text)
            if key not in found:
                found[key] = state(key)
            yield found[key]

    return np.fromiter(states(), dtype="int8")
