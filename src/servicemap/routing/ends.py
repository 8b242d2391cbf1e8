"""Snapped points as they meet the graph: partial edges, legs, points on one edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.routing.workspace import Ends, Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps

MM = 1000.0
NEVER_MS = 2**62


@dataclass(frozen=True)
class Places:
    """Where points stand on their edges, in time and length.

    All arrays have one value per point; points without a snap have ``edge`` -1.
    """

    edge: NDArray[np.int32]
    position: NDArray[np.float64]  # segment + share of it: the order along the edge
    forward_ms: NDArray[np.int64]  # from the first vertex to the point
    backward_ms: NDArray[np.int64]  # from the point back to the first vertex
    total_forward_ms: NDArray[np.int64]
    total_backward_ms: NDArray[np.int64]
    along_m: NDArray[np.float64]
    total_m: NDArray[np.float64]
    leg_ms: NDArray[np.int64]


def places(network: Network, snaps: Snaps) -> Places:
    """Time and length from the ends of its edge to each point.

    A part of a segment takes its share of the segment's time, rounded to the
    millisecond, so that the two parts always add up to the whole.
    """
    segment = np.maximum(snaps.segment, 0)
    to = np.minimum(segment + 1, len(network.forward_ms) - 1)
    last = network.edge_first[np.maximum(snaps.edge, 0) + 1] - 1

    def at(values: NDArray[Any]) -> NDArray[Any]:
        here = values[segment].astype(np.float64)
        placed: NDArray[Any] = here + np.rint(snaps.t * (values[to] - here))
        return placed

    along = network.along_m[segment]
    return Places(
        edge=snaps.edge,
        position=segment + snaps.t,
        forward_ms=at(network.forward_ms).astype(np.int64),
        backward_ms=at(network.backward_ms).astype(np.int64),
        total_forward_ms=network.forward_ms[last].astype(np.int64),
        total_backward_ms=network.backward_ms[last].astype(np.int64),
        along_m=along + snaps.t * (network.along_m[to] - along),
        total_m=network.along_m[last],
        leg_ms=snaps.leg_ms,
    )


def graph(network: Network, *, reverse: bool) -> Graph:
    """The arcs by time, lengths second."""
    if reverse:
        return Graph(network.back_first, network.back_arcs, network.back_m)
    return Graph(network.arc_first, network.arcs, network.arc_m)


def _rows(at: Places, parts: list[tuple[NDArray[np.bool_], Any, Any, Any]]) -> Ends:
    """Rows of points and nodes, sorted by point."""
    hit = at.edge >= 0
    edge = np.maximum(at.edge, 0)
    point, node, ms, metres = [], [], [], []
    for allowed, nodes, time, length in parts:
        rows = np.flatnonzero(hit & allowed[edge])
        point.append(rows)
        node.append(nodes[edge[rows]])
        ms.append(time[rows] + at.leg_ms[rows])
        metres.append(length[rows])
    points = np.concatenate(point)
    order = np.argsort(points, kind="stable")
    return Ends(
        point=points[order].astype(np.int32),
        node=np.concatenate(node)[order].astype(np.int32),
        ms=np.concatenate(ms)[order].astype(np.int64),
        second=np.concatenate(metres)[order],
    )


def departures(network: Network, at: Places) -> Ends:
    """From each point to the junctions that it can drive or walk to first."""
    ahead = (
        network.edge_forward,
        network.edge_v,
        at.total_forward_ms - at.forward_ms,
        at.total_m - at.along_m,
    )
    behind = (network.edge_backward, network.edge_u, at.backward_ms, at.along_m)
    return _rows(at, [ahead, behind])


def arrivals(network: Network, at: Places) -> Ends:
    """From the junctions by which each point can be reached to the point."""
    ahead = (network.edge_forward, network.edge_u, at.forward_ms, at.along_m)
    behind = (
        network.edge_backward,
        network.edge_v,
        at.total_backward_ms - at.backward_ms,
        at.total_m - at.along_m,
    )
    return _rows(at, [ahead, behind])


def by_node(ends: Ends, n_nodes: int) -> tuple[NDArray[np.int64], Ends]:
    """The same rows in the order of their nodes, with the first row of each node."""
    order = np.argsort(ends.node, kind="stable")
    first = np.zeros(n_nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends.node, minlength=n_nodes), out=first[1:])
    return first, Ends(
        ends.point[order], ends.node[order], ends.ms[order], ends.second[order]
    )


def on_one_edge(
    network: Network, sources: Places, targets: Places, *, reverse: bool
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """Pairs that share an edge, straight along it, both legs included.

    Returns
    -------
    first : (sources + 1,) int64
    target, ms, metres
        Rows of source ``i`` are ``first[i]`` to ``first[i + 1] - 1``.
    """
    order = np.argsort(targets.edge, kind="stable")
    left = np.searchsorted(targets.edge[order], sources.edge, side="left")
    right = np.searchsorted(targets.edge[order], sources.edge, side="right")
    counts = np.where(sources.edge >= 0, right - left, 0)
    source = np.repeat(np.arange(len(counts)), counts)
    offset = np.arange(len(source)) - np.repeat(np.cumsum(counts) - counts, counts)
    target = order[left[source] + offset]
    start, end = (targets, sources) if reverse else (sources, targets)
    i, j = (target, source) if reverse else (source, target)
    straight = straight_along(network, start, end, i, j)
    kept = straight.ms < NEVER_MS
    first = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(np.bincount(source[kept], minlength=len(counts)), out=first[1:])
    return first, target[kept].astype(np.int32), straight.ms[kept], straight.metres[kept]


@dataclass(frozen=True)
class Straight:
    """Pairs of points straight along the edge that they share.

    Attributes
    ----------
    ms : (pairs,) int64
        Both legs included; `NEVER_MS` where the points share no edge, or where it
        may not be used in the direction from one to the other.
    metres : (pairs,) float64
        Between the two places on the road.
    forward : (pairs,) bool
        Whether that is the edge's own direction.
    """

    ms: NDArray[np.int64]
    metres: NDArray[np.float64]
    forward: NDArray[np.bool_]


def straight_along(
    network: Network, start: Places, end: Places, i: NDArray[Any], j: NDArray[Any]
) -> Straight:
    """Straight along the edge from places ``start[i]`` to places ``end[j]``.

    Which of two places comes first is told by segment and share: their lengths
    from the edge's first vertex are equal across a segment of no length, which
    still takes its millisecond.
    """
    edge = start.edge[i]
    shared = (edge >= 0) & (edge == end.edge[j])
    step = end.position[j] - start.position[i]
    ahead = shared & (step >= 0) & network.edge_forward[edge]
    behind = shared & (step <= 0) & network.edge_backward[edge]
    legs = start.leg_ms[i] + end.leg_ms[j]
    forward = np.where(ahead, legs + end.forward_ms[j] - start.forward_ms[i], NEVER_MS)
    backward = np.where(behind, legs + start.backward_ms[i] - end.backward_ms[j], NEVER_MS)
    return Straight(
        ms=np.minimum(forward, backward),
        metres=np.abs(end.along_m[j] - start.along_m[i]),
        forward=forward <= backward,
    )
