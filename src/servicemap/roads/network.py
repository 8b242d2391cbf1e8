"""`Network`: one mode's roads as a graph of junctions, in a few parallel arrays.

Times are whole milliseconds, lengths are metres on the sphere, geometry has
both degrees and the metres of the study's projected CRS.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MAIN = 0  # number of the main component


@dataclass(frozen=True, eq=False)  # compared and cached by identity
class Network:
    """Roads that one mode may use.

    Edges are chains of road between junctions. Edge ``e`` has the vertices
    ``edge_first[e]`` to ``edge_first[e + 1] - 1``; a *segment* is named by its
    first vertex. *Forward* is the direction in which the vertices are listed.

    Attributes
    ----------
    mode, crs
        Name of the mode; projected CRS of ``x, y``.
    leg_mps
        Walking speed of the straight leg between a point and its road.
    node_x, node_y : (nodes,) float64
        Junctions, in Hilbert order, so that neighbours lie close in memory. Where turn
        restrictions matter a junction has several nodes, one after the other, its
        *copies*: which of them one is in says by which road one came. The first is for
        those who begin there, and may leave by any road.
    node_junction : (nodes,) int32
        Number of the junction of each node, ascending.
    edge_u, edge_v : (edges,) int32
        Junctions at the first and last vertex, by their first nodes.
    edge_forward, edge_backward : (edges,) bool
        Directions in which the edge may be used.
    edge_component : (edges,) int32
        0 is the main component (strongly connected, most kilometres), -1 a
        one-way connection between two components.
    edge_leaves, edge_enters : (edges,) bool
        Whether the main component can be reached from the edge, and the edge from it.
    edge_land, edge_beyond : (edges,) int32
        Numbers of the land whose roads hang together, and of the lands that ferries
        join which the mode leaves out; 0 where there is no such ferry.
    edge_first : (edges + 1,) int64
        First vertex of each edge.
    vertex_lon, vertex_lat, vertex_x, vertex_y : (vertices,) float64
        Geometry in degrees and in metres of ``crs``.
    forward_ms, backward_ms : (vertices,) int32
        Time from the first vertex, and back to it, along the edge.
    along_m : (vertices,) float64
        Length from the first vertex.
    vertex_way : (vertices,) int32
        Row of the way in the extract that the segment belongs to.
    snappable : (vertices,) bool
        Whether a point may be joined to the segment.
    arc_first, arcs, arc_m, arc_edge
        Outgoing arcs of node ``v`` are ``arc_first[v]`` to ``arc_first[v + 1] - 1``;
        ``arcs`` interleaves head and time (head, ms, head, ms, ...); ``arc_edge``
        is ``edge * 2`` for forward, ``edge * 2 + 1`` for backward. The latter is the
        *code* of an arc; arcs from or to several copies stand several times.
    back_first, back_arcs, back_m, back_edge
        The same graph reversed: for node ``v`` the arcs that arrive, with their tails.
    into : (edges * 2,) int32
        By code: the node in which one is who set out on the edge itself and drove to
        its end; -1 where that direction is closed.
    from_first, from_nodes
        By code: the nodes from which the arc is driven are
        ``from_nodes[from_first[code]:from_first[code + 1]]``.
    water : (lines, 4) float64
        Segments of rivers and canals in metres; a straight leg may not cross them.
    way_id, way_name, names
        OSM id and name (index into ``names``) per way.
    report
        What was kept, dropped and why, as ``summary.json`` shows it.
    """

    mode: str
    crs: str
    leg_mps: float
    node_x: NDArray[np.float64]
    node_y: NDArray[np.float64]
    node_junction: NDArray[np.int32]
    edge_u: NDArray[np.int32]
    edge_v: NDArray[np.int32]
    edge_forward: NDArray[np.bool_]
    edge_backward: NDArray[np.bool_]
    edge_component: NDArray[np.int32]
    edge_leaves: NDArray[np.bool_]
    edge_enters: NDArray[np.bool_]
    edge_land: NDArray[np.int32]
    edge_beyond: NDArray[np.int32]
    edge_first: NDArray[np.int64]
    vertex_lon: NDArray[np.float64]
    vertex_lat: NDArray[np.float64]
    vertex_x: NDArray[np.float64]
    vertex_y: NDArray[np.float64]
    forward_ms: NDArray[np.int32]
    backward_ms: NDArray[np.int32]
    along_m: NDArray[np.float64]
    vertex_way: NDArray[np.int32]
    snappable: NDArray[np.bool_]
    arc_first: NDArray[np.int64]
    arcs: NDArray[np.int32]
    arc_m: NDArray[np.float64]
    arc_edge: NDArray[np.int32]
    back_first: NDArray[np.int64]
    back_arcs: NDArray[np.int32]
    back_m: NDArray[np.float64]
    back_edge: NDArray[np.int32]
    into: NDArray[np.int32]
    from_first: NDArray[np.int64]
    from_nodes: NDArray[np.int32]
    water: NDArray[np.float64]
    way_id: NDArray[np.int64]
    way_name: NDArray[np.int32]
    names: tuple[str, ...]
    report: Mapping[str, Any]

    @property
    def n_nodes(self) -> int:
        """Number of nodes: junctions, each as often as it has copies."""
        return len(self.node_x)

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.edge_u)

    @property
    def edge_m(self) -> NDArray[np.float64]:
        """Length of each edge in metres."""
        return self.along_m[self.edge_first[1:] - 1]

    @cached_property
    def edge_of_vertex(self) -> NDArray[np.int32]:
        """Edge of each vertex."""
        counts = np.diff(self.edge_first)
        return np.repeat(np.arange(self.n_edges, dtype=np.int32), counts)


ARRAYS = tuple(
    item.name
    for item in fields(Network)
    if item.name not in ("mode", "crs", "leg_mps", "names", "report")
)
