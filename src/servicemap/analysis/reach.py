"""One question, one mode: what each demand point reaches, and why not.

Arrays in, arrays out; `coverage` makes the table of them.
"""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Nearest:
    """What the search without a horizon found for one mode and set, per demand point."""

    facility: Positions
    time_ms: Numbers
    distance_m: Numbers
    reason: Codes


@dataclass(frozen=True)
class Points:
    """The service points by code point of their ids, and which of them count."""

    facility_id: pd.Index
    is_open: Flags
    is_able: Flags

    @property
    def is_any(self) -> bool:
        """Whether any point at all counts."""
        return bool((self.is_open & self.is_able).any())


@dataclass(frozen=True)
class Rights:
    """Which points may serve whom: for each pair, and for each place its nearest point."""

    pairs: Flags
    nearest: Flags


@dataclass(frozen=True)
class Reach:
    """The answer of each demand point.

    Attributes
    ----------
    facility
        Position of the nearest point that counts, -1 without one.
    time_ms
        Its time, infinite without one.
    distance_m
        Length of the path to it, not a number without one.
    n_within
        Points that count within the cutoff.
    status, reason
        Positions in ``COVERAGE_STATUSES`` and ``REASONS`` of `table_columns`; -1 is none.
    """

    facility: Positions
    time_ms: Numbers
    distance_m: Numbers
    n_within: Positions
    status: Codes
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
    # One whole number per place and time (32-bit milliseconds) sorts ten times
    # faster than three columns; the third is only needed for ties out of order.
    key = (demand << 32) + time_ms.astype("int64")
    order = np.argsort(key, kind="stable")
    is_tie = np.diff(key[order]) == 0
    if (is_tie & (np.diff(facility[order]) < 0)).any():
        order = np.lexsort((facility, key))
    return order


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


def reach(
    found: tuple[Pairs, Nearest],
    places: Places,
    points: Points,
    rights: Rights,
    cutoff_ms: int,
) -> Reach:
    """Answer one question for every demand point.

    A point counts when it is open, does what the question names and may serve
    the place. The order in which reasons are looked for stands in
    ``docs/method.md``.

    Parameters
    ----------
    found
        Pairs and nearest points of the question's mode and set.
    cutoff_ms
        In whole milliseconds; a time equal to it is within.
    """
    pairs, nearest = found
    size = len(places.demand_id)
    is_within = pairs.time_ms <= cutoff_ms
    rows = np.flatnonzero((points.is_open & points.is_able)[pairs.facility] & rights.pairs)
    n_within = np.bincount(pairs.demand[rows[is_within[rows]]], minlength=size)
    facility = np.where(rights.nearest, nearest.facility, NONE)
    time_ms = np.where(rights.nearest, nearest.time_ms, np.inf)
    distance_m = np.where(rights.nearest, nearest.distance_m, np.nan)
    is_first = np.diff(pairs.demand[rows], prepend=NONE) != 0
    best = rows[is_first]  # pairs are sorted: the first of a place is its nearest
    at = pairs.demand[best]
    # Within the horizon the pairs decide, so that nearest and n_within agree.
    facility[at], time_ms[at] = pairs.facility[best], pairs.time_ms[best]
    distance_m[at] = pairs.distance_m[best]
    is_covered = time_ms <= cutoff_ms
    reason = _reasons(nearest, places, points, is_covered, time_ms)
    # What is in reach and lacks one thing says more than the nearest that lacks
    # none; the last of the three is the easiest to put right, and wins.
    does_it = points.is_able[pairs.facility]
    is_open = points.is_open[pairs.facility]
    for name, lacking in (
        ("not_offered", is_open & ~does_it),
        ("not_entitled", is_open & does_it & ~rights.pairs),
        ("closed", ~is_open & does_it & rights.pairs),
    ):
        near = pairs.demand[lacking & is_within]
        reason[near] = np.where(is_covered[near], reason[near], REASON[name])
    is_unsaid = _unsaid(nearest, places, points)
    reason = np.where(is_unsaid >= 0, is_unsaid, reason)
    is_covered &= is_unsaid < 0
    status = np.where(np.isin(reason, NOT_SAID), UNDETERMINED, UNCOVERED)
    status = np.where(is_covered, COVERED, status)
    has_answer = np.isfinite(time_ms) & (status != UNDETERMINED)
    return Reach(
        facility=np.where(has_answer, facility, NONE),
        time_ms=np.where(has_answer, time_ms, np.inf),
        distance_m=np.where(has_answer, distance_m, np.nan),
        n_within=np.maximum(n_within, is_covered),  # a nearest without its pair is one
        status=status.astype("int8"),
        reason=reason.astype("int8"),
    )


def _unsaid(nearest: Nearest, places: Places, points: Points) -> Codes:
    """Why a place's answer cannot be known, else -1; without any point it is known."""
    if not points.is_any:
        return np.full(len(places.demand_id), NONE, dtype="int8")
    is_lost = ~places.is_located | places.is_untested
    said = np.where(np.isin(nearest.reason, NOT_SAID), nearest.reason, NONE)
    return np.where(is_lost, REASON["not_located"], said).astype("int8")


def _reasons(
    nearest: Nearest,
    places: Places,
    points: Points,
    is_covered: Flags,
    time_ms: Numbers,
) -> Codes:
    """Why the nearest point that counts is not within the cutoff."""
    size = len(places.demand_id)
    if not points.is_any:
        # nobody does it today: nobody at all, or nobody who is open
        kind = "closed" if points.is_able.any() else "not_offered"
        if not len(points.facility_id):
            kind = "no_route"
        return np.full(size, REASON[kind], dtype="int8")
    said = np.where(nearest.reason >= 0, nearest.reason, REASON["too_far"])
    # A time within the horizon outweighs a search that found no way, but a place
    # on an island stays there.
    is_odd = np.isfinite(time_ms) & (said != REASON["island"])
    said = np.where(is_odd, REASON["too_far"], said)
    return np.where(is_covered, NONE, said).astype("int8")
