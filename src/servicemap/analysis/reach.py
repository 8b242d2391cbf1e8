"""One question, one mode: what each demand point reaches, and why not.

Arrays in, arrays out; `coverage` makes the table of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from servicemap.analysis.legs import Best, counting
from servicemap.analysis.reasons import far_reasons, near_reasons, nowhere, unsaid
from servicemap.analysis.times import (
    COVERED,
    NONE,
    NOT_SAID,
    UNCOVERED,
    UNDETERMINED,
    Codes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from servicemap.analysis.conditions import Conditions
    from servicemap.analysis.legs import Leg
    from servicemap.analysis.places import Numbers, Places, Positions
    from servicemap.analysis.times import Pairs

    Rows = tuple[tuple[Pairs, Positions], ...]


# Most places have an answer among the first few points beyond the cutoff, nearly all
# among some more: the rest is asked only of those that have none.
PORTIONS = ((0, 6), (6, 40), (40, None))


@dataclass(frozen=True)
class Reach:
    """The answer of each demand point.

    Attributes
    ----------
    facility
        Position of the nearest point that counts, -1 without one. By rules with
        several cutoffs it is the one with most time to spare.
    time_ms
        Its time, infinite without one.
    beyond_ms
        Its time less its cutoff.
    distance_m
        Length of the path to it, not a number without one.
    n_within
        Points that count within the cutoff.
    status, reason
        Positions in ``COVERAGE_STATUSES`` and ``REASONS`` of `table_columns`; -1 is none.
    would_do
        For a place that lacks one thing: the nearest point within the cutoff
        that would count without it, else -1.
    rows
        Pairs of each leg, and which of their rows count within the cutoff.
    """

    facility: Positions
    time_ms: Numbers
    beyond_ms: Numbers
    distance_m: Numbers
    n_within: Positions
    status: Codes
    reason: Codes
    would_do: Positions
    rows: Rows

    @cached_property
    def within(self) -> tuple[Positions, Positions, Numbers]:
        """The pairs that count within the cutoff: demand points, service points, times.

        Each once, with the least of its times.
        """
        return _each_once(self.rows)

    @cached_property
    def by_time(self) -> Positions:
        """Demand points by ``time_ms``, equal ones by position."""
        return np.argsort(self.time_ms, kind="stable")

    @cached_property
    def by_beyond(self) -> Positions:
        """Demand points by ``beyond_ms``, equal ones by position."""
        return np.argsort(self.beyond_ms, kind="stable")


def reach(legs: Sequence[Leg], places: Places, conditions: Conditions) -> Reach:
    """Answer one question for every demand point.

    The order in which reasons are looked for stands in ``docs/method.md``.

    Parameters
    ----------
    legs
        At least one; a place is covered when it is by any of them.
    """
    best = Best(len(places.demand_id))
    within = _within(legs, conditions, best)
    for leg in legs:
        _beyond(leg, conditions, best)
    is_covered = best.beyond_ms <= 0
    demand = [pairs.demand[rows] for pairs, rows in within]
    once = demand[0] if len(legs) == 1 else _each_once(within)[0]
    n_within = np.bincount(once, minlength=len(is_covered))
    is_any = any(conditions.of_points(leg.handlings).any() for leg in legs)
    reason = far_reasons(legs, best) if is_any else nowhere(legs, conditions, is_covered)
    odd = unsaid(legs, places, is_covered) if is_any else np.full_like(reason, NONE)
    open_places = ~is_covered & (odd < 0)
    near, would_do = near_reasons(legs, conditions, open_places)
    reason = np.where(near >= 0, near, reason)
    reason = np.where(is_covered, NONE, reason)
    reason = np.where(odd >= 0, odd, reason)
    is_covered &= odd < 0
    status = np.where(np.isin(reason, NOT_SAID), UNDETERMINED, UNCOVERED)
    status = np.where(is_covered, COVERED, status)
    has_answer = np.isfinite(best.time_ms) & (status != UNDETERMINED)
    if (odd >= 0).any():
        within = tuple(
            (pairs, rows[status[places_of] == COVERED])
            for (pairs, rows), places_of in zip(within, demand, strict=True)
        )
    return Reach(
        facility=np.where(has_answer, best.facility, NONE),
        time_ms=np.where(has_answer, best.time_ms, np.inf),
        beyond_ms=np.where(has_answer, best.beyond_ms, np.inf),
        distance_m=np.where(has_answer, best.distance_m, np.nan),
        n_within=np.maximum(n_within, is_covered),  # a nearest without its pair is one
        status=status.astype("int8"),
        reason=reason.astype("int8"),
        would_do=np.where(is_covered, NONE, would_do),
        rows=within,
    )


def _within(legs: Sequence[Leg], conditions: Conditions, best: Best) -> Rows:
    """Rows of pairs that count within the cutoff, of each leg."""
    found = []
    for leg in legs:
        rows = counting(leg, conditions, leg.pairs.until(leg.cutoff_ms))
        best.offer_rows(leg, rows)
        found.append((leg.pairs, rows))
    return tuple(found)


def _each_once(found: Rows) -> tuple[Positions, Positions, Numbers]:
    """Demand points, service points and times; of a pair in several legs the least."""
    parts = [
        (pairs.demand[rows], pairs.facility[rows], pairs.time_ms[rows])
        for pairs, rows in found
    ]
    if len(parts) == 1:
        return parts[0]
    demand, facility, time_ms = (np.concatenate(one) for one in zip(*parts, strict=True))
    order = np.lexsort((time_ms, facility, demand))
    pair = demand[order] * (int(facility.max(initial=0)) + 1) + facility[order]
    first = order[np.diff(pair, prepend=NONE) != 0]
    return demand[first], facility[first], time_ms[first]


def _beyond(leg: Leg, conditions: Conditions, best: Best) -> None:
    """Points beyond the cutoff, of places that are not covered.

    Within the horizon the pairs decide, so that nearest and n_within agree;
    beyond it the search without a horizon.
    """
    is_left = best.beyond_ms > 0
    pairs = leg.pairs
    for first, last in PORTIONS:
        rows = pairs.after(leg.cutoff_ms, is_left, first, last)
        found = counting(leg, conditions, rows)
        best.offer_rows(leg, found)
        is_left[pairs.demand[found]] = False
    lost = np.flatnonzero(is_left & (leg.nearest.facility >= 0))
    facility, time_ms = leg.nearest.facility[lost], leg.nearest.time_ms[lost]
    ok = leg.fits(lost, facility)
    ok &= conditions.counts((lost, facility), time_ms, leg.handlings)
    beyond = time_ms[ok], leg.nearest.distance_m[lost[ok]]
    best.offer(lost[ok], facility[ok], beyond, leg.cutoff_ms)
