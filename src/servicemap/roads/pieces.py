"""Roads of an extract as straight pieces, the same for every mode."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.roads.projection import great_circle_m

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.osm_file import RoadWays
    from servicemap.roads.projection import Projection


@dataclass(frozen=True)
class Segments:
    """All straight pieces of road of an extract, whatever the mode.

    Attributes
    ----------
    a, b : (m,) int64
        End nodes, numbered from 0 in the order of their OSM ids.
    way : (m,) int32
        Row of the way.
    length_m : (m,) float64
        Great-circle length.
    node_id, lon, lat : (n,)
        The nodes.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    way: NDArray[np.int32]
    length_m: NDArray[np.float64]
    node_id: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    _metres: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = field(
        default_factory=dict, repr=False
    )

    def metres(
        self, projection: Projection
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The nodes in a projection, worked out once for all modes."""
        if projection.epsg not in self._metres:
            self._metres[projection.epsg] = projection.to_metres(self.lon, self.lat)
        return self._metres[projection.epsg]


def segments(roads: RoadWays) -> Segments:
    """Cut all ways into straight pieces; the same for every mode."""
    node_id, at, node = np.unique(roads.node_id, return_index=True, return_inverse=True)
    lon = roads.x[at].astype(np.float64) * 1e-7
    lat = roads.y[at].astype(np.float64) * 1e-7
    last = np.zeros(len(roads.node_id), dtype=bool)
    last[roads.first[1:] - 1] = True
    start = np.flatnonzero(~last)
    a, b = node[start], node[start + 1]
    way = np.repeat(np.arange(len(roads.way_id), dtype=np.int32), np.diff(roads.first))
    return Segments(
        a=a,
        b=b,
        way=way[start],
        length_m=great_circle_m(lon[a], lat[a], lon[b], lat[b]),
        node_id=node_id,
        lon=lon,
        lat=lat,
    )


def straight_lines(
    x: NDArray[np.float64], y: NDArray[np.float64], first: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Cut lines between their vertices.

    Parameters
    ----------
    x, y : (vertices,) float64
    first : (lines + 1,) int64
        Line ``i`` has the vertices ``first[i]`` to ``first[i + 1] - 1``.

    Returns
    -------
    start : (m,) int64
        First vertex of each straight piece.
    lines : (m,) LineString
    """
    import shapely

    last = np.zeros(len(x), dtype=bool)
    last[first[1:] - 1] = True
    start = np.flatnonzero(~last)
    ends = np.stack([np.column_stack([x[at], y[at]]) for at in (start, start + 1)], axis=1)
    return start, shapely.linestrings(ends)
