"""Lines as points with nodes, and vertices put into them: what joining and cutting need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

UNITS = 1e7  # coordinates of `RoadWays` are whole 1e-7 degrees


@dataclass(frozen=True)
class Drawn:
    """Lines as points with nodes.

    Attributes
    ----------
    first : (lines + 1,) int64
        Line ``i`` has the vertices ``first[i]`` to ``first[i + 1] - 1``.
    lon, lat, x, y : (vertices,) float64
        Degrees and metres.
    node : (vertices,) int64
        Vertices with one number are one place; lines meet there.
    level : (lines,) int64
        Lines of different levels meet only end to end.
    fixed : (lines,) bool
        Lines whose own connections are settled (of an OSM extract): they are joined
        with the others, not with one another.
    """

    first: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    node: NDArray[np.int64]
    level: NDArray[np.int64]
    fixed: NDArray[np.bool_]

    @property
    def line(self) -> NDArray[np.int64]:
        """Line of each vertex."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    @property
    def is_end(self) -> NDArray[np.bool_]:
        """Whether a vertex is the first or last of its line."""
        return _ends(self.first)


def _ends(first: NDArray[np.int64]) -> NDArray[np.bool_]:
    ends = np.zeros(first[-1], dtype=bool)
    ends[first[:-1]] = True
    ends[first[1:] - 1] = True
    return ends


def level_of(tags: Mapping[str, str]) -> str:
    """The level of a road by its tags: its layer, else that of a bridge or a tunnel."""
    if "layer" in tags:
        return tags["layer"]
    if tags.get("bridge", "no") != "no":
        return "1"
    return "-1" if tags.get("tunnel", "no") not in ("no", "building_passage") else "0"


def nodes_of(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    first: NDArray[np.int64],
    level: NDArray[np.int64],
    *,
    crossings: bool,
) -> NDArray[np.int64]:
    """Number the places of lines by their exact coordinates.

    Ends at one place are one node, whatever their levels. A vertex inside a line
    belongs to it when an end of the same level is there; where only insides meet, the
    lines cross, and are joined on request, level by level.

    Parameters
    ----------
    lon, lat : (vertices,) float64
        Exact coordinates.
    first : (lines + 1,) int64
        Vertices of the lines.
    level : (lines,) int64
        Level of each line.
    crossings
        Whether lines of one level that share an inner vertex are joined there.

    Returns
    -------
    (vertices,) int64
        From 0.
    """
    _, place = np.unique(np.column_stack([lon, lat]), axis=0, return_inverse=True)
    place = place.reshape(-1).astype(np.int64)
    of_level = np.repeat(level, np.diff(first))
    ends = _ends(first)
    _, seat = np.unique(np.column_stack([place, of_level]), axis=0, return_inverse=True)
    seat = seat.reshape(-1).astype(np.int64)
    end_here = np.zeros(int(seat.max(initial=-1)) + 1, dtype=bool)
    end_here[seat[ends]] = True
    at_end = ends | end_here[seat]
    node = place.copy()  # ends, and insides that an end of their level meets
    inside = ~at_end
    base = int(place.max(initial=-1)) + 1
    if crossings:
        node[inside] = base + seat[inside]
    else:
        node[inside] = base + np.flatnonzero(inside)
    return np.unique(node, return_inverse=True)[1].astype(np.int64)


def insert(
    drawn: Drawn,
    segment: NDArray[np.int64],
    t: NDArray[np.float64],
    node: NDArray[np.int64],
    values: dict[str, NDArray[np.float64]],
) -> Drawn:
    """Add vertices to lines.

    Parameters
    ----------
    drawn
        The lines.
    segment, t, node
        After which vertex, how far along the piece, and the node of each new vertex.
    values
        ``lon, lat, x, y`` of the new vertices.
    """
    count = len(drawn.lon)
    rank = np.concatenate([np.arange(count, dtype=np.float64), segment.astype(np.float64)])
    along = np.concatenate([np.full(count, -1.0), t])
    nodes = np.concatenate([drawn.node, node])
    order = np.lexsort((nodes, along, rank))
    added = np.bincount(segment, minlength=count)
    first = drawn.first + np.concatenate([[0], np.cumsum(added)])[drawn.first]
    merged = {
        name: np.concatenate([getattr(drawn, name), values[name]])[order]
        for name in ("lon", "lat", "x", "y")
    }
    return Drawn(first, node=nodes[order], level=drawn.level, fixed=drawn.fixed, **merged)
