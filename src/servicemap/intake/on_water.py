"""Points that lie in the sea or in a lake or river, by the map data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.intake import within

if TYPE_CHECKING:
    import numpy.typing as npt

    from servicemap.intake.within import Floats
    from servicemap.osm_file import Extract

SHORE_M = 150.0  # piers, ferries and coarse shores: nearer ones are not told
_SAME_M = 0.5


def on_water(extract: Extract, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Which points lie in water, farther than `SHORE_M` from its edge.

    Parameters
    ----------
    extract
        Its layers ``coastline`` (land on the left of the line, as OpenStreetMap has it)
        and ``water``.
    lon, lat
        Degrees WGS-84, shape (n,); NaN lies nowhere.
    """
    layers = getattr(extract, "layers", None) or {}
    done = np.zeros(len(lon), dtype=bool)
    there = np.flatnonzero(~np.isnan(lon))
    if not len(there):
        return done
    lat_0 = float(lat[there].mean())
    x, y = within.metres(lon[there], lat[there], lat_0)
    for name, test in (("coastline", _at_sea), ("water", _in_lakes)):
        layer = layers.get(name)
        if layer is not None and len(layer):
            done[there] |= test(layer.geometry.to_numpy(), x, y, lat_0)
    return done


def _flat(shapes: Any, lat_0: float) -> Any:
    import shapely

    return shapely.transform(
        shapes, lambda at: np.column_stack(within.metres(at[:, 0], at[:, 1], lat_0))
    )


def _at_sea(lines: Any, x: Floats, y: Floats, lat_0: float) -> npt.NDArray[np.bool_]:
    """Right of the nearest piece of coast; at a corner the sharper view decides."""
    import shapely

    flat = _flat(shapely.get_parts(lines), lat_0)
    at, line = shapely.get_coordinates(flat, return_index=True)
    joined = np.flatnonzero(line[:-1] == line[1:])
    a, b = at[joined], at[joined + 1]
    tree = shapely.STRtree(shapely.linestrings(np.stack([a, b], axis=1)))
    points = shapely.points(x, y)
    (which, piece), away = tree.query_nearest(
        points, all_matches=True, return_distance=True
    )
    along, over = (b - a)[piece], np.column_stack([x, y])[which] - a[piece]
    side = along[:, 0] * over[:, 1] - along[:, 1] * over[:, 0]
    length = np.hypot(along[:, 0], along[:, 1])
    # Where two pieces meet at the nearest point, the one seen less end-on is right.
    lean = np.abs(side) / np.maximum(length * np.maximum(away, _SAME_M), _SAME_M)
    order = np.lexsort((lean, which))
    sea = np.zeros(len(x), dtype=bool)
    sea[which[order]] = (side[order] < 0) & (away[order] > SHORE_M)
    return sea


def _in_lakes(shapes: Any, x: Floats, y: Floats, lat_0: float) -> npt.NDArray[np.bool_]:
    import shapely

    flat = _flat(shapes, lat_0)
    tree = shapely.STRtree(flat)
    points = shapely.points(x, y)
    which, area = tree.query(points, predicate="intersects")
    deep = shapely.distance(points[which], shapely.boundary(flat[area])) > SHORE_M
    done = np.zeros(len(x), dtype=bool)
    done[which[deep]] = True
    return done
