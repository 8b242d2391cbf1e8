"""When points are open: at the end of a way that begins at a moment, or at an hour.

Hours are texts; each distinct text is looked up once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from servicemap.analysis.places import take

if TYPE_CHECKING:
    from servicemap.analysis.places import Flags, Numbers, Positions
    from servicemap.hours import DayCalendar

Spans = tuple[NDArray[np.int64], NDArray[np.int64]]  # starts and ends, milliseconds
DAY_MS = 86_400_000
MINUTE_MS = 60_000


class Openness:
    """Whether points are open when people arrive who set out at a moment.

    Parameters
    ----------
    own
        Hours of each point as text, None where they are unknown.
    when
        The moment, and what texts mean there.
    """

    def __init__(self, own: list[str | None], when: SettingOut) -> None:
        known: dict[str | None, int] = {}
        self._text_of = np.array([known.setdefault(one, len(known)) for one in own])
        self._texts = list(known)
        self._when = when
        self._tables: dict[bool, tuple[Positions, Positions]] = {}

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
        if not len(self._text_of):
            return np.zeros(len(facility), dtype=bool)
        # All texts in one table, each in a span of its own: one search finds them all.
        text = self._text_of[np.maximum(facility, 0)]
        starts, ends = self._table(maybe=maybe)
        span = self._when.span_ms
        arrival = text * span + self._when.passed_ms + time_ms.astype("int64")
        is_held = _held((starts, ends), arrival, self._when.service_ms)
        return np.asarray(is_held & (time_ms < span) & (facility >= 0))

    def _table(self, *, maybe: bool) -> tuple[Positions, Positions]:
        """Starts and ends of all texts, those of text n from n spans on."""
        if maybe not in self._tables:
            parts = [self._when.spans(text, maybe=maybe) for text in self._texts]
            shift = self._when.span_ms
            starts = [starts + n * shift for n, (starts, _) in enumerate(parts)]
            ends = [ends + n * shift for n, (_, ends) in enumerate(parts)]
            none = np.array([-1], dtype="int64")  # nothing is open before the first span
            found = np.concatenate([none, *starts]), np.concatenate([none, *ends])
            self._tables[maybe] = found
        return self._tables[maybe]


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

    Attributes
    ----------
    passed_ms
        From midnight to the moment.
    span_ms
        From midnight to the end of the days, and a day more.
    """

    def __init__(
        self, moment: dt.datetime, service_min: float, calendar: DayCalendar, days: int = 2
    ) -> None:
        midnight = dt.datetime.combine(moment.date(), dt.time())
        self.passed_ms = round((moment - midnight).total_seconds() * 1000)
        self.service_ms = round(service_min * MINUTE_MS)
        self.span_ms = (days + 1) * DAY_MS
        self._date = moment.date()
        self._calendar = calendar
        self._days = days
        self._known: dict[str | None, _Openings] = {}

    def holds(self, hours: str | None, time_ms: Numbers, *, maybe: bool) -> Flags:
        """Whether it is open on arrival and for the time of the service."""
        starts, ends = self.spans(hours, maybe=maybe)
        if not len(starts):
            return np.zeros(len(time_ms), dtype=bool)
        return _held((starts, ends), time_ms + self.passed_ms, self.service_ms)

    def spans(self, hours: str | None, *, maybe: bool) -> Spans:
        """Times when it is open, or may be, in milliseconds from the first midnight."""
        if hours not in self._known:
            self._known[hours] = self._openings(hours)
        return self._known[hours].possible if maybe else self._known[hours].certain

    def _openings(self, hours: str | None) -> _Openings:
        from servicemap.hours import intervals

        certain: list[tuple[int, int]] = []
        possible: list[tuple[int, int]] = []
        for day in range(self._days):
            date = self._date + dt.timedelta(days=day)
            for start, end, state in intervals(hours, date, self._calendar):
                span = (
                    day * DAY_MS + start * MINUTE_MS,
                    day * DAY_MS + end * MINUTE_MS,
                )
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


def _held(spans: Spans, arrival_ms: Numbers, service_ms: int) -> Flags:
    """Whether a span, of one at least, holds an arrival and the service after it."""
    starts, ends = spans
    at = np.searchsorted(starts, arrival_ms, side="right") - 1
    end = ends[np.maximum(at, 0)]
    is_inside = (at >= 0) & (arrival_ms < end)
    return np.asarray(is_inside & (arrival_ms + service_ms <= end))


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
