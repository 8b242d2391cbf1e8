"""Snapped points as they meet the graph: partial edges, legs, points on one edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

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
    at_first: NDArray[np.bool_]  # at the junction where the edge begins
    at_last: NDArray[np.bool_]


def places(network: Network, snaps: Snaps) -> Places:
    """Time and length from the ends of its edge to each point.

    A part of a segment takes its share of the segment's time, rounded to the
    millisecond, so that the two parts always add up to the whole.
    """
    segment = np.maximum(snaps.segment, 0)
    to = np.minimum(segment + 1, len(network.forward_ms) - 1)
    edge = np.maximum(snaps.edge, 0)
    first, last = network.edge_first[edge], network.edge_first[edge + 1] - 1
    along = network.along_m[segment]

    def at(values: NDArray[Any]) -> NDArray[Any]:
        here = values[segment].astype(np.float64)
        placed: NDArray[Any] = here + np.rint(snaps.t * (values[to] - here))
        return placed

    position = segment + snaps.t
    return Places(
        edge=snaps.edge,
        position=position,
        forward_ms=at(network.forward_ms).astype(np.int64),
        backward_ms=at(network.backward_ms).astype(np.int64),
        total_forward_ms=network.forward_ms[last].astype(np.int64),
        total_backward_ms=network.backward_ms[last].astype(np.int64),
        along_m=along + snaps.t * (network.along_m[to] - along),
        total_m=network.along_m[last],
        leg_ms=snaps.leg_ms,
        at_first=position == first,
        at_last=position == last,
    )


def graph(network: Network, *, reverse: bool) -> Graph:
    """The arcs by time, lengths second."""
    if reverse:
        return Graph(network.back_first, network.back_arcs, network.back_m)
    return Graph(network.arc_first, network.arcs, network.arc_m)


def _rows(at: Places, parts: list[tuple[Any, Any, Any, Any]]) -> Ends:
    """Rows of points and nodes, sorted by point; `parts`: points, nodes, time, length."""
    point = np.concatenate([rows for rows, *_ in parts])
    order = np.argsort(point, kind="stable")
    ms = [time[rows] + at.leg_ms[rows] for rows, _, time, _ in parts]
    return Ends(
        point=point[order].astype(np.int32),
        node=np.concatenate([nodes for _, nodes, *_ in parts])[order].astype(np.int32),
        ms=np.concatenate(ms)[order].astype(np.int64),
        second=np.concatenate([length[rows] for rows, *_, length in parts])[order],
    )


def _along(
    network: Network, at: Places, *, leaving: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Points that leave, or are reached, along their edge forwards, and backwards.

    At a junction that takes no driving, so there a one-way edge closes neither.
    """
    hit, edge = at.edge >= 0, np.maximum(at.edge, 0)
    forth, back = (at.at_last, at.at_first) if leaving else (at.at_first, at.at_last)
    ahead = np.flatnonzero(hit & (network.edge_forward[edge] | forth))
    return ahead, np.flatnonzero(hit & (network.edge_backward[edge] | back))


def departures(network: Network, at: Places) -> Ends:
    """From each point to the junctions that it can drive or walk to first.

    One row per direction of the edge, forwards first. A point at a junction may leave
    it by any road.
    """
    ahead, behind = _along(network, at, leaving=True)
    rest_ms = at.total_forward_ms - at.forward_ms
    edge = at.edge[ahead]
    to_last = np.where(rest_ms[ahead] > 0, network.into[2 * edge], network.edge_v[edge])
    edge, at_ms = at.edge[behind], at.backward_ms
    to_first = np.where(at_ms[behind] > 0, network.into[2 * edge + 1], network.edge_u[edge])
    return _rows(
        at,
        [
            (ahead, to_last, rest_ms, at.total_m - at.along_m),
            (behind, to_first, at_ms, at.along_m),
        ],
    )


def arrivals(network: Network, at: Places) -> Ends:
    """From the junctions by which each point can be reached to the point.

    One row per direction of the edge and node from which it is driven, those of
    forwards first; see `n_forwards`. A point at a junction is reached by any road.
    """
    ahead, behind = _along(network, at, leaving=False)
    rest_ms = at.total_backward_ms - at.backward_ms
    ahead, from_first = _nodes_before(network, at, ahead, at.forward_ms, 0)
    behind, from_last = _nodes_before(network, at, behind, rest_ms, 1)
    return _rows(
        at,
        [
            (ahead, from_first, at.forward_ms, at.along_m),
            (behind, from_last, rest_ms, at.total_m - at.along_m),
        ],
    )


def _nodes_before(
    network: Network,
    at: Places,
    points: NDArray[np.int64],
    ms: NDArray[np.int64],
    direction: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Points and the nodes from which their arcs are driven, one row for each.

    Where that takes no time all nodes of the junction count.
    """
    edge = at.edge[points]
    code = 2 * edge + direction
    first, last = network.from_first[code], network.from_first[code + 1]
    there = network.node_junction[(network.edge_v if direction else network.edge_u)[edge]]
    here = ms[points] == 0
    copies = np.searchsorted(network.node_junction, np.stack([there, there + 1]))
    first, last = np.where(here, copies, np.stack([first, last]))
    counts = last - first
    rows = np.repeat(first - np.cumsum(counts) + counts, counts)
    rows += np.arange(len(rows))
    nodes = network.from_nodes[np.minimum(rows, len(network.from_nodes) - 1)]
    nodes = np.where(np.repeat(here, counts), rows, nodes).astype(np.int32)
    return np.repeat(points, counts), nodes


def n_forwards(network: Network, at: Places, *, leaving: bool) -> NDArray[np.int64]:
    """How many rows of each point are of its edge's own direction.

    Parameters
    ----------
    network
        Roads of one mode.
    at
        The points.
    leaving
        Rows of `departures`; else of `arrivals`.

    Returns
    -------
    ndarray of int64, shape (points,)
    """
    ahead = _along(network, at, leaving=leaving)[0]
    if not leaving:
        ahead = _nodes_before(network, at, ahead, at.forward_ms, 0)[0]
    return np.bincount(ahead, minlength=len(at.edge))


def search_ends(
    network: Network, *, towards: bool
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Where a search meets the edges: per arc code, the nodes that tell its time.

    Parameters
    ----------
    network
        Roads of one mode.
    towards
        Labels are times to the points searched from: a place on an edge goes on to
        the node at the arc's end. Else it is come to from the nodes before the arc.

    Returns
    -------
    first : (codes + 1,) int64
    nodes
        Those of a code are ``nodes[first[code]:first[code + 1]]``.
    """
    if not towards:
        return network.from_first, network.from_nodes
    used = network.into >= 0
    return np.concatenate([[0], np.cumsum(used)]), network.into[used]


_AT_NODES: WeakKeyDictionary[Network, tuple[NDArray[np.int64], NDArray[np.int32]]] = (
    WeakKeyDictionary()
)


def edges_at_nodes(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Edges that begin or end at a junction, whatever their directions; made once.

    Returns
    -------
    first : (nodes + 1,) int64
    edges : (edges * 2,) int32
        Those of a node are ``edges[first[node]:first[node + 1]]``; copies have none.
    """
    if network not in _AT_NODES:
        node = np.concatenate([network.edge_u, network.edge_v])
        first = np.zeros(network.n_nodes + 1, dtype=np.int64)
        np.cumsum(np.bincount(node, minlength=network.n_nodes), out=first[1:])
        edges = np.argsort(node, kind="stable") % max(network.n_edges, 1)
        _AT_NODES[network] = first, edges.astype(np.int32)
    return _AT_NODES[network]


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
