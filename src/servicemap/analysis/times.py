"""Travel times as arrays: the pairs of a mode, and the nearest point without a horizon."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from servicemap import table_columns, tables
from servicemap.analysis.places import find, take

if TYPE_CHECKING:
    from collections.abc import Hashable

    from servicemap.analysis.places import Flags, Numbers, Places, Positions

Codes = NDArray[np.int8]

NONE = -1  # no point, no reason
COVERED, UNCOVERED, UNDETERMINED = range(3)
REASON = {name: code for code, name in enumerate(table_columns.REASONS)}
NOT_SAID = np.array(
    [REASON[name] for name in table_columns.UNDETERMINED_REASONS], dtype="int8"
)


@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs of one mode, by demand point, then time, then id of the service point.

    Attributes
    ----------
    demand, facility
        Positions.
    time_ms
        Whole numbers.
    distance_m
        Length of the path.
    size
        How many demand points there are.
    """

    demand: Positions
    facility: Positions
    time_ms: Numbers
    distance_m: Numbers
    size: int
    _ends: dict[int, Positions] = field(default_factory=dict, repr=False)
    _until: dict[int, Positions] = field(default_factory=dict, repr=False)
    # What others know of the pairs, by what it is of: whose township is the point's own.
    flags: dict[Hashable, Flags] = field(default_factory=dict, repr=False)

    @cached_property
    def _bounds(self) -> Positions:
        """First row of each demand point, and the end of the last."""
        return np.searchsorted(self.demand, np.arange(self.size + 1))

    @cached_property
    def _key(self) -> tuple[Positions, int]:
        """Place and time of each row as one number, in order; what a place counts."""
        longest = int(self.time_ms.max(initial=0.0)) + 1
        return self.demand * longest + self.time_ms.astype("int64"), longest

    def _end(self, cutoff_ms: int) -> Positions:
        """End of the rows within a cutoff, of each demand point."""
        if cutoff_ms not in self._ends:
            key, longest = self._key
            last = np.arange(self.size) * longest + min(cutoff_ms, longest - 1)
            self._ends[cutoff_ms] = np.searchsorted(key, last, side="right")
        return self._ends[cutoff_ms]

    def until(self, cutoff_ms: int, of: Flags | None = None) -> Positions:
        """Rows within a cutoff, of all or of some demand points, in order."""
        low, end = self._bounds[:-1], self._end(cutoff_ms)
        if of is not None:
            return _ranges(low[of], end[of] - low[of])
        if cutoff_ms not in self._until:
            self._until[cutoff_ms] = _ranges(low, end - low)
        return self._until[cutoff_ms]

    def after(
        self, cutoff_ms: int, is_left: Flags, first: int, last: int | None
    ) -> Positions:
        """Rows beyond a cutoff of some of the demand points, in order.

        Of each demand point those from the ``first`` beyond to the one before ``last``.
        """
        points = np.flatnonzero(is_left)
        low = self._end(cutoff_ms)[points] + first
        count = np.maximum(self._bounds[1:][points] - low, 0)
        return _ranges(low, count if last is None else np.minimum(count, last - first))


def _ranges(low: Positions, count: Positions) -> Positions:
    """So many numbers from each of some numbers on, one range after the other."""
    before = np.cumsum(count) - count
    return np.repeat(low - before, count) + np.arange(int(count.sum()))


@dataclass(frozen=True)
class Nearest:
    """What the search without a horizon found for one mode and set, per demand point."""

    facility: Positions
    time_ms: Numbers
    distance_m: Numbers
    reason: Codes


class TravelTimes:
    """The table ``travel_times`` as positions, looked up once for all modes.

    Pairs of unknown places or points are left out.
    """

    def __init__(self, table: pd.DataFrame, places: Places, facility_id: pd.Index) -> None:
        self._size = len(places.demand_id)
        self._mode, self._modes = _coded(table["mode"])
        self._demand = find(places.demand_id, table["demand_id"])
        self._facility = find(facility_id, table["facility_id"])
        self._time_ms = np.asarray(tables.to_ms(table["travel_time_s"]))
        self._distance_m = table["distance_m"].to_numpy(dtype="float64")

    def pairs(self, mode: str) -> Pairs:
        """The pairs of one mode."""
        is_known = (self._demand >= 0) & (self._facility >= 0)
        found = np.flatnonzero((self._mode == self._modes.get(mode, -1)) & is_known)
        rows: Positions | slice = found
        if len(found) and found[-1] - found[0] + 1 == len(found):  # a piece of the table
            rows = slice(found[0], found[-1] + 1)
        demand, facility = self._demand[rows], self._facility[rows]
        time_ms, distance_m = self._time_ms[rows], self._distance_m[rows]
        order = _by_place_and_time(demand, time_ms, facility)
        return Pairs(
            demand[order], facility[order], time_ms[order], distance_m[order], self._size
        )


def _by_place_and_time(
    demand: Positions, time_ms: Numbers, facility: Positions
) -> Positions:
    # One whole number per pair sorts many times faster than three columns.
    if not len(demand):
        return np.zeros(0, dtype="int64")
    whole_ms = time_ms.astype("int64")
    n_times, n_points = int(whole_ms.max()) + 1, int(facility.max()) + 1
    pair = demand * n_points + facility
    bits = len(demand).bit_length()
    if (int(demand.max()) + 1) * n_times << bits < 1 << 63 and (np.diff(pair) > 0).all():
        # Pairs that are in order already: with their row in it the number is sorted
        # itself, which is faster than to sort rows by it.
        key = (demand * n_times + whole_ms << bits) + np.arange(len(demand))
        key.sort(kind="stable")  # in order by place already: twice as fast
        return np.asarray(key & ((1 << bits) - 1))
    if (int(demand.max()) + 1) * n_times * n_points >= 1 << 63:
        return np.lexsort((facility, whole_ms, demand))
    return np.argsort((demand * n_times + whole_ms) * n_points + facility)


class NearestTable:
    """The table ``nearest`` as positions, looked up once for all modes and sets."""

    def __init__(self, table: pd.DataFrame, places: Places, facility_id: pd.Index) -> None:
        self._size = len(places.demand_id)
        self._mode, self._modes = _coded(table["mode"])
        self._set, self._sets = _coded(table["set_id"])
        self._demand = find(places.demand_id, table["demand_id"])
        self._facility = find(facility_id, table["facility_id"])
        seconds = table["travel_time_s"].to_numpy(dtype="float64")
        self._time_ms = np.where(np.isnan(seconds), np.inf, tables.to_ms(seconds))
        self._distance_m = table["distance_m"].to_numpy(dtype="float64")
        code, names = _coded(table["reason"])
        reasons = [REASON.get(name, NONE) for name in names]
        self._reason = take(np.array(reasons, dtype="int8"), code, NONE)

    def of(self, mode: str, set_id: str) -> Nearest:
        """One entry per demand point.

        That a place is not located or off the network holds for every set, so it
        is taken from any row of the mode.
        """
        size = self._size
        found = Nearest(
            np.full(size, NONE, dtype="int64"),
            np.full(size, np.inf),
            np.full(size, np.nan),
            np.full(size, NONE, dtype="int8"),
        )
        is_known = (self._mode == self._modes.get(mode, -1)) & (self._demand >= 0)
        lost = [REASON["not_located"], REASON["off_network"]]
        for own in (np.isin(self._reason, lost), self._set == self._sets.get(set_id, -1)):
            rows = np.flatnonzero(is_known & own)
            at = self._demand[rows]
            found.facility[at] = self._facility[rows]
            found.time_ms[at] = self._time_ms[rows]
            found.distance_m[at] = self._distance_m[rows]
            found.reason[at] = self._reason[rows]
        return found


def _coded(column: pd.Series) -> tuple[Positions, dict[str, int]]:
    """Codes of a column of few words, -1 for none, and the code of each word."""
    codes, names = pd.factorize(column)
    return codes.astype("int64"), {str(name): code for code, name in enumerate(names)}
