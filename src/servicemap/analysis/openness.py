"""When points are open: at the end of a way that begins at a moment, or at an hour.

Hours are texts; each distinct text is looked up once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from servicemap.analysis.places import take

if TYPE_CHECKING:
    from servicemap.analysis.places import Flags, Numbers, Positions
    from servicemap.hours import DayCalendar

Spans = tuple[NDArray[np.int64], NDArray[np.int64]]  # starts and ends, milliseconds
DAY_MS = 86_400_000
MINUTE_MS = 60_000


class Hours(Protocol):
    """Whether a text of hours holds for people who arrive so much later."""

    def holds(self, hours: str | None, time_ms: Numbers, *, maybe: bool) -> Flags:
        """Say for each time; ``maybe`` takes what is unknown for open."""
        ...


class Openness:
    """Whether points are open.

    Parameters
    ----------
    own
        Hours of each point as text, None where they are unknown.
    when
        What a text means.
    """

    def __init__(self, own: list[str | None], when: Hours) -> None:
        known: dict[str | None, int] = {}
        self._text_of = np.array([known.setdefault(one, len(known)) for one in own])
        self._texts = list(known)
        self._when = when

    def is_open(
        self, hours: str | None, facility: Positions, time_ms: Numbers, *, maybe: bool
    ) -> Flags:
        """Whether each point is open when somebody arrives.

        Parameters
        ----------
        hours
            Hours of the service; None means each point's own.
        facility
            Positions of the points, -1 is no point.
        time_ms
            Travel times.
        maybe
            Take unknown hours for open.
        """
        if hours is not None:
            return self._when.holds(hours, time_ms, maybe=maybe) & (facility >= 0)
        found = np.zeros(len(facility), dtype=bool)
        if not len(self._text_of):
            return found
        text = np.where(facility >= 0, self._text_of[np.maximum(facility, 0)], -1)
        for number in np.unique(text[text >= 0]).tolist():
            rows = np.flatnonzero(text == number)
            found[rows] = self._when.holds(self._texts[number], time_ms[rows], maybe=maybe)
        return found


@dataclass(frozen=True)
class _Openings:
    """Times when a text is open for sure, and when it may be; they do not touch."""

    certain: Spans
    possible: Spans


class SettingOut:
    """Hours as met by people who set out at a moment, for a service of some minutes.

    Parameters
    ----------
    moment
        Local time at which they set out.
    service_min
        How long the point must stay open after they arrive.
    days
        Days that are looked at, from the moment's own on.
    """

    def __init__(
        self, moment: dt.datetime, service_min: float, calendar: DayCalendar, days: int = 2
    ) -> None:
        self._moment = moment
        self._service_ms = round(service_min * MINUTE_MS)
        self._calendar = calendar
        self._days = days
        self._known: dict[str | None, _Openings] = {}

    def holds(self, hours: str | None, time_ms: Numbers, *, maybe: bool) -> Flags:
        """Whether it is open on arrival and for the time of the service."""
        if hours not in self._known:
            self._known[hours] = self._openings(hours)
        openings = self._known[hours]
        starts, ends = openings.possible if maybe else openings.certain
        if not len(starts):
            return np.zeros(len(time_ms), dtype=bool)
        at = np.searchsorted(starts, time_ms, side="right") - 1
        end = ends[np.maximum(at, 0)]
        is_inside = (at >= 0) & (time_ms < end)
        return np.asarray(is_inside & (time_ms + self._service_ms <= end))

    def _openings(self, hours: str | None) -> _Openings:
        from servicemap.hours import intervals

        midnight = dt.datetime.combine(self._moment.date(), dt.time())
        passed = round((self._moment - midnight).total_seconds() * 1000)
        certain: list[tuple[int, int]] = []
        possible: list[tuple[int, int]] = []
        for day in range(self._days):
            date = self._moment.date() + dt.timedelta(days=day)
            shift = day * DAY_MS - passed
            for start, end, state in intervals(hours, date, self._calendar):
                span = start * MINUTE_MS + shift, end * MINUTE_MS + shift
                if state is True:
                    certain.append(span)
                if state is not False:
                    possible.append(span)
        return _Openings(_joined(certain), _joined(possible))


class AtHour:
    """Hours at one moment for everybody, from a table of states: no way is waited for.

    Parameters
    ----------
    own
        Row of the table for each point's own hours.
    rows
        Row of the table for each text.
    states
        One state per row: 1 open, 0 closed, -1 unknown.
    """

    def __init__(
        self, own: Positions, rows: dict[str | None, int], states: NDArray[np.int8]
    ) -> None:
        self._rows = rows
        self._states = states
        self._own = states[own]

    def is_open(
        self, hours: str | None, facility: Positions, time_ms: Numbers, *, maybe: bool
    ) -> Flags:
        """As `Openness.is_open`; the times make no difference."""
        del time_ms
        if hours is None:
            state = take(self._own, facility, 0)
        else:
            state = np.where(facility >= 0, self._states[self._rows[hours]], 0)
        return np.asarray(state != 0) if maybe else np.asarray(state == 1)


def _joined(spans: list[tuple[int, int]]) -> Spans:
    """Spans in order, those that touch made one."""
    done: list[list[int]] = []
    for start, end in sorted(spans):
        if done and start <= done[-1][1]:
            done[-1][1] = max(done[-1][1], end)
        else:
            done.append([start, end])
    array = np.array(done, dtype="int64").reshape(-1, 2)
    return array[:, 0], array[:, 1]
