"""Where people live, as arrays: demand points, their villages and townships, their weights.

The measures work on positions instead of names; this is the one place that
turns the one into the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from servicemap import tables

Positions = NDArray[np.int64]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

HALF = 0.5
SMALL = 1 << 15  # one more than the largest 16-bit integer
SAME_PLACE_DEG = 1e-6  # a tenth of a metre: the coordinates were copied, not measured


@dataclass(frozen=True)
class Places:
    """Demand points and villages by code point of their ids.

    Attributes
    ----------
    demand_id, village_id, township_id
        Ids in order; the townships are those of the table and of the villages.
    village_of
        Position of each demand point's village.
    township_of
        Position of each village's township, -1 without one.
    area_type
        Kind of area of each village: its own word, else its township's, else None.
    is_located
        The demand point has coordinates.
    is_untested
        The demand point is the place of its village's own station: its time
        would be that of a station to itself.
    counts
        Per people group, people of each demand point; missing is not a number.
    """

    demand_id: pd.Index
    village_id: pd.Index
    township_id: pd.Index
    village_of: Positions
    township_of: Positions
    area_type: NDArray[np.object_]
    is_located: Flags
    is_untested: Flags
    counts: dict[str, Numbers]

    @property
    def groups(self) -> list[str]:
        """Names of the people groups, ``people`` first as in ``demand``."""
        return list(self.counts)


def places(
    demand: pd.DataFrame, villages: pd.DataFrame, townships: pd.DataFrame | None = None
) -> Places:
    """Index the places of a study.

    Raises
    ------
    TableError
        A demand point names a village that is not there.
    """
    demand = tables.in_order(demand, ["demand_id"])
    villages = tables.in_order(pd.DataFrame(villages), ["village_id"])
    village_id = pd.Index(villages["village_id"])
    village_of = find(village_id, demand["village_id"])
    if (village_of < 0).any():
        odd = demand.loc[village_of < 0, "village_id"].iloc[0]
        msg = f"table demand: village {odd} is not in villages"
        raise tables.TableError(msg)
    listed = set(villages["township_id"].dropna())
    if townships is not None:
        listed |= set(townships["township_id"])
    township_id = pd.Index(sorted(listed), dtype="str")
    lon, lat = (demand[name].to_numpy(dtype="float64") for name in ("lon", "lat"))
    return Places(
        demand_id=pd.Index(demand["demand_id"]),
        village_id=village_id,
        township_id=township_id,
        village_of=village_of,
        township_of=find(township_id, villages["township_id"]),
        area_type=area_types(villages, townships),
        is_located=np.isfinite(lon) & np.isfinite(lat),
        is_untested=_at_own_station(lon, lat, villages, village_of),
        counts={name: _counts(demand[name]) for name in tables.people_groups(demand)},
    )


def find(index: pd.Index, ids: pd.Series) -> Positions:
    """Look up the positions of ids; -1 where they are not there or missing."""
    if len(ids) <= len(index):
        return np.asarray(index.get_indexer(pd.Index(ids)), dtype="int64")
    # each distinct id is looked up once: a long table names few of them, often
    codes, names = pd.factorize(ids)
    at = np.append(index.get_indexer(pd.Index(names)), -1)
    return np.asarray(at[codes], dtype="int64")


def take(values: NDArray[Any], at: Positions, absent: Any) -> NDArray[Any]:
    """Pick values by position; ``absent`` where the position is -1."""
    if not len(values):
        return np.full(len(at), absent, dtype=values.dtype)
    picked = values[at]  # -1 picks the last, and is written over
    picked[at < 0] = absent
    return np.asarray(picked)


def area_types(
    villages: pd.DataFrame, townships: pd.DataFrame | None
) -> NDArray[np.object_]:
    """Kind of area of each village: its own word, else its township's, else None."""
    own = villages["area_type"].astype(object)
    if townships is not None:
        of = dict(zip(townships["township_id"], townships["area_type"], strict=True))
        own = own.where(own.notna(), villages["township_id"].map(of).astype(object))
    return np.asarray(own.where(own.notna(), None), dtype=object)


def _counts(column: pd.Series) -> Numbers:
    whole = pd.Series(column).astype("Int64")  # refuses halves of people
    return np.asarray(whole.to_numpy(dtype="float64", na_value=np.nan), dtype="float64")


def _at_own_station(
    lon: Numbers, lat: Numbers, villages: pd.DataFrame, village_of: Positions
) -> Flags:
    own = (villages["located_by"] == "own_station").to_numpy()[village_of]
    off_lon = lon - villages["lon"].to_numpy(dtype="float64")[village_of]
    off_lat = lat - villages["lat"].to_numpy(dtype="float64")[village_of]
    is_same = (np.abs(off_lon) <= SAME_PLACE_DEG) & (np.abs(off_lat) <= SAME_PLACE_DEG)
    return np.asarray(own & is_same)


def total(values: Numbers, of: Positions, size: int) -> Numbers:
    """Add up values by place; ``of`` -1 belongs to none."""
    inside = of >= 0
    if not inside.all():
        of, values = of[inside], values[inside]
    sums = np.bincount(of, weights=values, minlength=size)
    return sums.astype("float64")  # of nothing at all numpy counts in integers


@dataclass(frozen=True)
class Figures:
    """The people of one group, and what can be said without knowing them all.

    Attributes
    ----------
    people : ndarray of float, shape (points,)
        People of each demand point; nobody in a village without figures.
    weights : ndarray of float, shape (points,)
        Weight of each demand point within its village: its people; 1 for every point
        of a village without figures, or with nobody.
    known : ndarray of bool, shape (villages,)
        Villages that have figures: all of their demand points have one.
    """

    people: Numbers
    weights: Numbers
    known: Flags


def figures(counts: Numbers, village_of: Positions, n_villages: int) -> Figures:
    """Figures of one people group from the counts of the demand points."""
    is_missing = np.isnan(counts)
    n_points = np.bincount(village_of, minlength=n_villages)
    n_missing = np.bincount(village_of[is_missing], minlength=n_villages)
    has_figures = (n_points > 0) & (n_missing == 0)
    people = np.where(has_figures[village_of], np.nan_to_num(counts), 0.0)
    is_weighed = (total(people, village_of, n_villages) > 0)[village_of]
    return Figures(people, np.where(is_weighed, people, 1.0), has_figures)


def as_fraction(share: float) -> Fraction:
    """Take a share as the exact fraction that its digits say: 0.55 is 11/20."""
    return Fraction(str(share)).limit_denominator(1_000_000)


def reaches(part: Numbers, whole: Numbers, share: float) -> Flags:
    """Whether ``part / whole >= share``, in whole numbers."""
    exact = as_fraction(share)
    return np.asarray(part * exact.denominator >= whole * exact.numerator)


def deciding(
    time_ms: Numbers,
    weights: Numbers,
    of: Positions,
    size: int,
    share: float = HALF,
    order: Positions | None = None,
) -> Positions:
    """Find the point at which each place's weight reaches a share, nearest points first.

    With a share of one half this is the weighted lower median: no more than
    half of the weight is nearer, and at least half is as near. Equal times go
    by position.

    Parameters
    ----------
    time_ms
        Time of each point, infinite where there is none.
    weights
        Whole numbers; points of weight 0 never decide.
    of
        Place of each point, -1 for points that are left out.
    order
        Positions of all points by time, equal ones by position; sorted unless told.

    Returns
    -------
    ndarray of int, shape (size,)
        Position of the deciding point, -1 for places without weight.
    """
    if order is None:
        order = np.argsort(time_ms, kind="stable")
    order = order[((of >= 0) & (weights > 0))[order]]
    if size > 1:
        # numbers below 32,768 are sorted by their digits, many times faster
        small = of[order].astype("int16") if size < SMALL else of[order]
        order = order[np.argsort(small, kind="stable")]
    place = of[order]
    whole = total(weights[order], place, size)
    before = np.concatenate(([0.0], np.cumsum(whole)))[place]
    so_far = np.cumsum(weights[order]) - before
    hits = np.flatnonzero(reaches(so_far, whole[place], share))
    found = np.full(size, -1, dtype="int64")
    found[place[hits[::-1]]] = order[hits[::-1]]  # the first of each place is written last
    return found
