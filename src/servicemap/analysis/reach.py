"""One question, one mode: what each demand point reaches, and why not.

Arrays in, arrays out; `coverage` makes the table of them.
"""

from __future__ import annotations

from dataclasses import dataclass
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


FEW = 8


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
    within
        The pairs that count within the cutoff: demand points, service points, times.
    """

    facility: Positions
    time_ms: Numbers
    beyond_ms: Numbers
    distance_m: Numbers
    n_within: Positions
    status: Codes
    reason: Codes
    would_do: Positions
    within: tuple[Positions, Positions, Numbers]


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
    n_within = np.bincount(within[0], minlength=len(is_covered))
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
    kept = status[within[0]] == COVERED
    return Reach(
        facility=np.where(has_answer, best.facility, NONE),
        time_ms=np.where(has_answer, best.time_ms, np.inf),
        beyond_ms=np.where(has_answer, best.beyond_ms, np.inf),
        distance_m=np.where(has_answer, best.distance_m, np.nan),
        n_within=np.maximum(n_within, is_covered),  # a nearest without its pair is one
        status=status.astype("int8"),
        reason=reason.astype("int8"),
        would_do=np.where(is_covered, NONE, would_do),
        within=(within[0][kept], within[1][kept], within[2][kept]),
    )


def _within(
    legs: Sequence[Leg], conditions: Conditions, best: Best
) -> tuple[Positions, Positions, Numbers]:
    """Pairs that count within the cutoff, each once."""
    parts = []
    for leg in legs:
        rows = counting(leg, conditions, leg.pairs.until(leg.cutoff_ms))
        best.offer_rows(leg, rows)
        pairs = leg.pairs
        parts.append((pairs.demand[rows], pairs.facility[rows], pairs.time_ms[rows]))
    if len(parts) == 1:
        return parts[0]
    demand, facility, time_ms = (np.concatenate(one) for one in zip(*parts, strict=True))
    order = np.lexsort((time_ms, facility, demand))
    key = demand[order] * conditions.size + facility[order]
    first = order[np.diff(key, prepend=NONE) != 0]
    return demand[first], facility[first], time_ms[first]


def _beyond(leg: Leg, conditions: Conditions, best: Best) -> None:
    """Points beyond the cutoff, of places that are not covered.

    Within the horizon the pairs decide, so that nearest and n_within agree;
    beyond it the search without a horizon.
    """
    is_left = best.beyond_ms > 0
    pairs = leg.pairs
    # most places have an answer among the first few points: the rest is not asked
    for first, last in ((0, FEW), (FEW, None)):
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
