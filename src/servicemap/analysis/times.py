"""Travel times as arrays: the pairs of a mode, and the nearest point without a horizon."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from servicemap import table_columns, tables
from servicemap.analysis.places import find

if TYPE_CHECKING:
    import pandas as pd

    from servicemap.analysis.places import Flags, Numbers, Places, Positions

Codes = NDArray[np.int8]

NONE = -1  # no point, no reason
COVERED, UNCOVERED, UNDETERMINED = range(3)
REASON = {name: code for code, name in enumerate(table_columns.REASONS)}
NOT_SAID = np.array(
    [REASON[name] for name in table_columns.UNDETERMINED_REASONS], dtype="int8"
)


@dataclass(frozen=True)
class Pairs:
    """The pairs of one mode, by demand point, then time, then id of the service point."""

    demand: Positions
    facility: Positions
    time_ms: Numbers
    distance_m: Numbers
    _until: dict[int, Positions] = field(default_factory=dict, repr=False)

    def until(self, cutoff_ms: int) -> Positions:
        """Rows within a cutoff, in order; worked out once per cutoff."""
        if cutoff_ms not in self._until:
            self._until[cutoff_ms] = np.flatnonzero(self.time_ms <= cutoff_ms)
        return self._until[cutoff_ms]

    def after(self, cutoff_ms: int, is_left: Flags) -> Positions:
        """Rows beyond a cutoff of some of the demand points, in order."""
        return np.flatnonzero((self.time_ms > cutoff_ms) & is_left[self.demand])


@dataclass(frozen=True)
class Nearest:
    """What the search without a horizon found for one mode and set, per demand point."""

    facility: Positions
    time_ms: Numbers
    distance_m: Numbers
    reason: Codes


def pairs(
    travel_times: pd.DataFrame, mode: str, places: Places, facility_id: pd.Index
) -> Pairs:
    """Pairs of one mode as positions; pairs of unknown places or points are left out."""
    rows = travel_times[travel_times["mode"] == mode]
    demand = find(places.demand_id, rows["demand_id"])
    facility = find(facility_id, rows["facility_id"])
    time_ms = np.asarray(tables.to_ms(rows["travel_time_s"]))
    known = np.flatnonzero((demand >= 0) & (facility >= 0))
    order = known[_by_place_and_time(demand[known], time_ms[known], facility[known])]
    distance_m = rows["distance_m"].to_numpy(dtype="float64")
    return Pairs(demand[order], facility[order], time_ms[order], distance_m[order])


def _by_place_and_time(
    demand: Positions, time_ms: Numbers, facility: Positions
) -> Positions:
    # One whole number per pair sorts many times faster than three columns.
    if not len(demand):
        return np.zeros(0, dtype="int64")
    whole_ms = time_ms.astype("int64")
    n_times, n_points = int(whole_ms.max()) + 1, int(facility.max()) + 1
    if (int(demand.max()) + 1) * n_times * n_points >= 1 << 63:
        return np.lexsort((facility, whole_ms, demand))
    return np.argsort((demand * n_times + whole_ms) * n_points + facility)


def nearest(
    table: pd.DataFrame, mode: str, set_id: str, places: Places, facility_id: pd.Index
) -> Nearest:
    """Rows of the table ``nearest`` as one entry per demand point.

    That a place is not located or off the network holds for every set, so it
    is taken from any row of the mode.
    """
    size = len(places.demand_id)
    found = Nearest(
        np.full(size, NONE, dtype="int64"),
        np.full(size, np.inf),
        np.full(size, np.nan),
        np.full(size, NONE, dtype="int8"),
    )
    of_mode = table[table["mode"] == mode]
    for rows in (
        of_mode[of_mode["reason"].isin(["not_located", "off_network"])],
        of_mode[of_mode["set_id"] == set_id],
    ):
        at = find(places.demand_id, rows["demand_id"])
        known, at = rows[at >= 0], at[at >= 0]
        seconds = known["travel_time_s"].to_numpy(dtype="float64")
        found.facility[at] = find(facility_id, known["facility_id"])
        found.time_ms[at] = np.where(np.isnan(seconds), np.inf, tables.to_ms(seconds))
        found.distance_m[at] = known["distance_m"].to_numpy(dtype="float64")
        found.reason[at] = [REASON.get(reason, NONE) for reason in known["reason"]]
    return found
