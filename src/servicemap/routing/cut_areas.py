"""Areas end at the study's boundary, and water may be left out of them.

An area says from where a point is reached; what lies beyond the boundary is nobody's
to plan, and nobody lives on a lake. Figures are computed from times, so no figure of
coverage changes with the cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

AREA_TYPES = (3, 6)  # of shapely: Polygon, MultiPolygon


def cut_areas(
    table: gpd.GeoDataFrame,
    boundary: shapely.Geometry | None,
    water: Sequence[shapely.Geometry] = (),
) -> gpd.GeoDataFrame:
    """Areas within a boundary and without water.

    Parameters
    ----------
    table
        Table ``isochrones``, in degrees.
    boundary, water
        As in `cut_shapes`.

    Returns
    -------
    GeoDataFrame
        Rows of which something is left. A geometry that the cut does not meet is the
        very same.
    """
    if not len(table):
        return table
    shapes = cut_shapes(table.geometry.to_numpy(), boundary, water)
    gone = shapely.is_empty(shapes) & ~table.geometry.is_empty.to_numpy()
    return table.set_geometry(shapes, crs=table.crs)[~gone].reset_index(drop=True)


def cut_shapes(
    shapes: NDArray[np.object_],
    boundary: shapely.Geometry | None,
    water: Sequence[shapely.Geometry] = (),
) -> NDArray[np.object_]:
    """Shapes within a boundary and without water.

    Parameters
    ----------
    shapes
        Polygons in degrees.
    boundary
        Valid polygons in degrees; None for no cut.
    water
        Polygons in degrees that are left out; lines and points do not count.

    Returns
    -------
    ndarray of shapely geometries, shape (shapes,)
        What is left, empty where nothing is; a shape that the cut does not meet is the
        very same.
    """
    shapes = shapes.copy()
    lakes = np.array([one for one in water if one is not None], dtype=object)
    lakes = lakes[np.isin(shapely.get_type_id(lakes), AREA_TYPES)]
    if boundary is not None and not boundary.is_empty:
        shapely.prepare(boundary)  # once, however often it is asked for
        for row in np.flatnonzero(~shapely.covers(boundary, shapes)):
            shapes[row] = _polygons(shapely.intersection(shapes[row], boundary))
    if len(lakes):
        lakes = shapely.make_valid(lakes)
        tree = shapely.STRtree(lakes)
        for row in np.unique(tree.query(shapes, predicate="intersects")[0]):
            near = lakes[tree.query(shapes[row], predicate="intersects")]
            wet = shapely.union_all(near)
            shapes[row] = _polygons(shapely.difference(shapes[row], wet))
    return shapes


def _polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """What of a shape has an area, in the orientation of the other areas."""
    parts = np.array(shapely.get_parts(shape), dtype=object)
    parts = parts[shapely.get_type_id(parts) == AREA_TYPES[0]]
    whole: shapely.MultiPolygon = shapely.multipolygons(
        shapely.orient_polygons(parts, exterior_cw=False)
    )
    return whole
