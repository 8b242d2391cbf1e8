"""When points are open, as seen by somebody who sets out at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from servicemap.analysis.places import Flags, Numbers, Positions

Spans = tuple[NDArray[np.int64], NDArray[np.int64]]  # starts and ends, milliseconds


@dataclass(frozen=True)
class Openings:
    """Hours of one text around a moment, in milliseconds from it.

    Attributes
    ----------
    certain
        Starts and ends of the times when it is open; they do not touch.
    possible
        The same with the times of which nobody knows.
    """

    certain: Spans
    possible: Spans

    def holds(self, arrival_ms: Numbers, service_ms: int, *, maybe: bool) -> Flags:
        """Whether it is open on arrival and for the time of the service."""
        starts, ends = self.possible if maybe else self.certain
        if not len(starts):
            return np.zeros(len(arrival_ms), dtype=bool)
        at = np.searchsorted(starts, arrival_ms, side="right") - 1
        end = ends[np.maximum(at, 0)]
        is_inside = (at >= 0) & (arrival_ms < end)
        return np.asarray(is_inside & (arrival_ms + service_ms <= end))


class Openness:
    """Whether points are open on arrival and for the service time.

    Parameters
    ----------
    hours
        Hours of each point as text, None where they are unknown.
    openings
        Gives the openings of a text; None is asked for unknown hours.
    service_ms
        How long the point must stay open.
    """

    def __init__(
        self,
        hours: list[str | None],
        openings: Callable[[str | None], Openings],
        service_ms: int = 0,
    ) -> None:
        known: dict[str | None, int] = {}
        self._text_of = np.array([known.setdefault(one, len(known)) for one in hours])
        self._texts = list(known)
        self._openings = openings
        self._service_ms = service_ms

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
            held = self._openings(hours).holds(time_ms, self._service_ms, maybe=maybe)
            return held & (facility >= 0)
        found = np.zeros(len(facility), dtype=bool)
        if not len(self._text_of):
            return found
        text = np.where(facility >= 0, self._text_of[np.maximum(facility, 0)], -1)
        for number in np.unique(text[text >= 0]).tolist():
            rows = np.flatnonzero(text == number)
            its = self._openings(self._texts[number])
            found[rows] = its.holds(time_ms[rows], self._service_ms, maybe=maybe)
        return found
