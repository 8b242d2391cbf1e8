"""Ways of being covered, and the best point of each place over several of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servicemap.analysis.times import NONE

if TYPE_CHECKING:
    from servicemap.analysis.conditions import Conditions
    from servicemap.analysis.places import Flags, Numbers, Positions
    from servicemap.analysis.times import Nearest, Pairs


@dataclass(frozen=True)
class Leg:
    """One way of being covered: some points, for some places, in a mode, within a cutoff.

    Attributes
    ----------
    pairs, nearest
        Of the mode; ``nearest`` of the question's set.
    cutoff_ms
        In whole milliseconds; a time equal to it is within.
    handlings
        Kinds of handling that count; empty means any, None means none.
    fit
        By kind of area and tier, whether the leg holds; None means everywhere.
    area_of, tier_of
        Kind of area of each demand point, tier of each service point.
    """

    pairs: Pairs
    nearest: Nearest
    cutoff_ms: int
    handlings: tuple[str, ...] | None = ()
    fit: Flags | None = None
    area_of: Positions | None = None
    tier_of: Positions | None = None

    def fits(self, demand: Positions, facility: Positions) -> Flags:
        """Say for pairs whether the leg holds for them."""
        if self.fit is None or self.area_of is None or self.tier_of is None:
            return np.ones(len(demand), dtype=bool)
        if not len(self.tier_of):
            return np.zeros(len(demand), dtype=bool)
        found = self.fit[self.area_of[demand], self.tier_of[np.maximum(facility, 0)]]
        return np.asarray(found & (facility >= 0))

    @property
    def is_for(self) -> Flags:
        """Demand points for which the leg holds with points of some tier."""
        if self.fit is None or self.area_of is None:
            return np.ones(len(self.nearest.facility), dtype=bool)
        return np.asarray(np.any(self.fit, axis=1))[self.area_of]


class Best:
    """The best point of each place so far: least beyond its cutoff, then the smaller id."""

    def __init__(self, size: int) -> None:
        self.beyond_ms = np.full(size, np.inf)
        self.time_ms = np.full(size, np.inf)
        self.distance_m = np.full(size, np.nan)
        self.facility = np.full(size, NONE, dtype="int64")

    def offer(
        self,
        demand: Positions,
        facility: Positions,
        found: tuple[Numbers, Numbers],
        cutoff: int,
    ) -> None:
        """Offer one point for each of some places, each place at most once."""
        time_ms, distance_m = found
        beyond = time_ms - cutoff
        now = self.beyond_ms[demand]
        is_better = (beyond < now) | (
            (beyond == now) & np.isfinite(beyond) & (facility < self.facility[demand])
        )
        at = demand[is_better]
        self.beyond_ms[at] = beyond[is_better]
        self.time_ms[at] = time_ms[is_better]
        self.distance_m[at] = distance_m[is_better]
        self.facility[at] = facility[is_better]

    def offer_rows(self, leg: Leg, rows: Positions) -> None:
        """Offer the first pair of each place: pairs are sorted by place and time."""
        pairs = leg.pairs
        demand = pairs.demand[rows]
        is_first = np.ones(len(rows), dtype=bool)
        np.not_equal(demand[1:], demand[:-1], out=is_first[1:])
        first = rows.compress(is_first)
        found = pairs.time_ms[first], pairs.distance_m[first]
        self.offer(pairs.demand[first], pairs.facility[first], found, leg.cutoff_ms)


def counting(
    leg: Leg,
    conditions: Conditions,
    rows: Positions,
    waive: frozenset[str] = frozenset(),
    *,
    maybe: bool = False,
) -> Positions:
    """Keep the rows of a leg's pairs that count, with conditions waived or not."""
    pairs = leg.pairs
    if leg.fit is not None:
        rows = rows.compress(leg.fits(pairs.demand[rows], pairs.facility[rows]))
    if "rights" not in waive and "offered" not in waive:
        near_home = conditions.within_scope(pairs)
        if near_home is not None:
            rows = rows.compress(near_home[rows])
    # what a point can never do need not be asked pair by pair
    possible = conditions.of_points(leg.handlings, waive)
    if not possible.all():
        # `compress` does what an index of flags does, in a third of the time
        rows = rows.compress(possible[pairs.facility[rows]])
    if not conditions.depends_on_pairs(waive):
        return rows
    at = pairs.demand[rows], pairs.facility[rows]
    ok = conditions.counts(at, pairs.time_ms[rows], leg.handlings, waive, maybe=maybe)
    return rows.compress(ok)
