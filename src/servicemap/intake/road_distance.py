"""How far points are from the nearest road, as the crow flies: evidence, not a snap."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.intake import within

if TYPE_CHECKING:
    from servicemap.intake.within import Floats, Ints
    from servicemap.osm_file import Extract

STEP_M = 15.0  # a road is taken as points this far apart
NEAR_DEGREES = 0.03  # roads farther than this from every point are not looked at
MAX_POINTS = 20_000_000
FAR_M = 1e6  # where there is no road at all
_NO_STREET = frozenset({"motorway", "motorway_link", "construction", "proposed"})


class RoadDistance:
    """Distances to lines given by the ends of their pieces.

    Parameters
    ----------
    lon, lat
        First and last point of every piece, degrees WGS-84, shape (n, 2).
    """

    def __init__(self, lon: Floats, lat: Floats) -> None:
        self._lon, self._lat = lon, lat
        self._tree: Any = None
        self._indexed: Ints = np.array([], dtype=np.int64)  # cells

    @cached_property
    def _lat_0(self) -> float:
        return float(self._lat.mean()) if len(self._lat) else 0.0

    def __call__(self, lon: Floats, lat: Floats) -> Floats:
        """Metres to the nearest road, shape (n,); NaN for NaN, `FAR_M` without roads."""
        done = np.full(len(lon), np.nan)
        there = ~np.isnan(lon)
        if not there.any():
            return done
        self._build(lon[there], lat[there])
        if self._tree is None:
            done[there] = FAR_M
            return done
        points = np.column_stack(within.metres(lon[there], lat[there], self._lat_0))
        done[there] = self._tree.query(points)[0]
        return done

    def _build(self, lon: Floats, lat: Floats) -> None:
        """Index the roads around these points, once for all points near them."""
        if np.isin(_cells(lon, lat), self._indexed).all():
            return
        self._indexed = _cells(lon, lat, around=True)
        which = np.isin(_cells(self._lon.mean(1), self._lat.mean(1)), self._indexed)
        x, y = self._dense(which)
        self._tree = None
        if len(x):
            from scipy.spatial import cKDTree

            self._tree = cKDTree(np.column_stack([x, y]))

    def _dense(self, which: Any) -> tuple[Floats, Floats]:
        lon, lat = self._lon[which], self._lat[which]
        x, y = within.metres(lon, lat, self._lat_0)
        length = np.hypot(x[:, 1] - x[:, 0], y[:, 1] - y[:, 0])
        step = STEP_M
        count = np.maximum(np.ceil(length / step), 1).astype(np.int64) + 1
        if count.sum() > MAX_POINTS:  # a whole province at once: coarser is enough
            count = np.maximum(count * MAX_POINTS // count.sum(), 2)
        piece = np.repeat(np.arange(len(count)), count)
        start = np.cumsum(count) - count
        share = (np.arange(len(piece)) - start[piece]) / (count[piece] - 1)
        return (
            x[piece, 0] + share * (x[piece, 1] - x[piece, 0]),
            y[piece, 0] + share * (y[piece, 1] - y[piece, 0]),
        )


def _cells(lon: Floats, lat: Floats, *, around: bool = False) -> Ints:
    """Cells of a coarse grid that hold points, as numbers; also those beside them."""
    column, row = (np.floor(one / NEAR_DEGREES).astype(np.int64) for one in (lon, lat))
    if around:
        beside = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
        column = np.concatenate([column + a for a, _ in beside])
        row = np.concatenate([row + b for _, b in beside])
        return np.unique(column * 100_000 + row)
    return np.asarray(column * 100_000 + row)


def of_extract(extract: Extract) -> RoadDistance | None:
    """Distances to the roads and paths of an extract, motorways apart; None without any."""
    from servicemap.osm_file.extract import DEGREES

    roads = getattr(extract, "roads", None)
    if roads is None:
        return None
    nodes = len(roads.x)
    if nodes < 2 or not len(roads.way_id):  # noqa: PLR2004 - a line has two ends
        return None
    street = [
        tags.get("highway", "") not in _NO_STREET and "highway" in tags
        for tags in roads.tagsets
    ]
    way = np.repeat(np.arange(len(roads.way_id)), np.diff(roads.first))
    kept = np.array(street, dtype=bool)[roads.tagset[way]]
    joined = kept[:-1] & (way[:-1] == way[1:])
    lon, lat = roads.x * DEGREES, roads.y * DEGREES
    ends = np.flatnonzero(joined)
    return RoadDistance(
        np.column_stack([lon[ends], lon[ends + 1]]),
        np.column_stack([lat[ends], lat[ends + 1]]),
    )
