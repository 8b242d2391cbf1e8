"""Which area a point lies in, and which village is nearest to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

EARTH_M = 6_371_008.8
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bounds = tuple[float, float, float, float]
# A point beyond the map data by more than this share of their size (at least
# 0.05 degrees) is a finding.
_MARGIN_SHARE, _MARGIN_MIN = 0.25, 0.05


def areas(lon: Floats, lat: Floats, shapes: Any) -> Ints:
    """Index of the area that holds each point; -1 for none, the first of several.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,); NaN lies nowhere.
    shapes
        Geometries in degrees; missing ones hold nothing.
    """
    import shapely

    found = np.full(len(lon), -1, dtype=np.int64)
    there = np.flatnonzero(~np.isnan(lon))
    shapes = np.asarray(shapes, dtype=object)
    if not len(there) or not len(shapes):
        return found
    points = shapely.points(lon[there], lat[there])
    tree = shapely.STRtree(shapes)
    which, area = tree.query(points, predicate="intersects")
    # Written from the largest index down, so that the smallest is written last.
    order = np.lexsort((-area, which))
    found[there[which[order]]] = area[order]
    return found


def metres(lon: Floats, lat: Floats, lat_0: float) -> tuple[Floats, Floats]:
    """Flat metres around a latitude: true to a few metres over a county."""
    x = np.radians(lon) * np.cos(np.radians(lat_0)) * EARTH_M
    y = np.radians(lat) * EARTH_M
    return x, y


def nearest(
    lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats, limit_m: float | None = None
) -> Ints:
    """Index of the nearest target of each point; ties to the smaller index.

    Parameters
    ----------
    lon, lat
        Points in degrees, shape (n,).
    to_lon, to_lat
        Targets in degrees; NaN is never nearest.
    limit_m
        Farther targets do not count.

    Returns
    -------
    ndarray
        -1 where there is none.
    """
    import shapely

    found = np.full(len(lon), -1, dtype=np.int64)
    usable = np.flatnonzero(~np.isnan(to_lon))
    there = np.flatnonzero(~np.isnan(lon))
    if not len(usable) or not len(there):
        return found
    lat_0 = float(np.mean(to_lat[usable]))
    tree = shapely.STRtree(shapely.points(*metres(to_lon[usable], to_lat[usable], lat_0)))
    points = shapely.points(*metres(lon[there], lat[there], lat_0))
    which, target = tree.query_nearest(points, max_distance=limit_m, all_matches=True)
    order = np.lexsort((-target, which))
    found[there[which[order]]] = usable[target[order]]
    return found


def outside(lon: Floats, lat: Floats, bounds: Bounds) -> npt.NDArray[np.bool_]:
    """Points far beyond the map data; NaN is not."""
    west, south, east, north = bounds
    wide = max((east - west) * _MARGIN_SHARE, _MARGIN_MIN)
    high = max((north - south) * _MARGIN_SHARE, _MARGIN_MIN)
    out = (lon < west - wide) | (lon > east + wide)
    out |= (lat < south - high) | (lat > north + high)
    return np.asarray(out, dtype=bool)
