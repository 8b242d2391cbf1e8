"""A contraction order of a network's junctions, and the weights of a mode on it.

Eliminating the junctions in the order of `dissection` joins the later
neighbours of each with one another: a chordal graph. Its *elimination tree*
has as parent of a junction the earliest of its later (*upper*) neighbours, and
all its upper neighbours are its ancestors. This needs no travel times, so it is
worked out once for a network's shape and kept between runs.

Customisation then gives every chordal edge the time through what is below it,
either way, and drops the arcs that some other way above replaces. Between any
two junctions a fastest path remains that only climbs, then only descends.
(J. Dibbelt, B. Strasser, D. Wagner, Customizable contraction hierarchies, ACM
JEA 21, 2016; dropping also equally fast arcs is safe because every arc costs at
least 1 ms, so that what replaces an arc is made of faster ones.)
"""

# ruff: noqa: ANN001, ANN202, C901
# mypy: allow-untyped-defs, allow-untyped-calls
# Both: compiled kernels are one long loop each, typed by numba and not by annotations.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from servicemap.compiled import CACHE
from servicemap.routing.dissection import dissection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.roads.network import Network

NEVER = 2**30  # ms: no way; two of them still fit into 32 bits


@njit(cache=CACHE, nogil=True)
def _tree(first, adjacent, order):
    """Elimination tree of an order, by ranks (J. W. H. Liu, 1986)."""
    n = len(order)
    rank = np.empty(n, np.int64)
    for r in range(n):
        rank[order[r]] = r
    parent = np.full(n, -1, np.int64)
    above = np.full(n, -1, np.int64)
    for r in range(n):
        v = order[r]
        for k in range(first[v], first[v + 1]):
            q = rank[adjacent[k]]
            if q >= r:
                continue
            while above[q] >= 0 and above[q] != r:
                further = above[q]
                above[q] = r
                q = further
            if above[q] < 0:
                above[q] = r
                parent[q] = r
    return parent


@njit(cache=CACHE, nogil=True)
def _children(parent):
    n = len(parent)
    child = np.full(n, -1, np.int64)
    sibling = np.full(n, -1, np.int64)
    for v in range(n - 1, -1, -1):
        if parent[v] >= 0:
            sibling[v] = child[parent[v]]
            child[parent[v]] = v
    return child, sibling


@njit(cache=CACHE, nogil=True)
def _after_its_subtree(parent):
    """Ranks in post-order: a subtree is then one run of ranks that ends with its root."""
    n = len(parent)
    child, sibling = _children(parent)
    listed = np.empty(n, np.int64)
    n_listed = 0
    for root in range(n):
        if parent[root] >= 0:
            continue
        v = root
        while True:
            while child[v] >= 0:
                v = child[v]
            listed[n_listed] = v
            n_listed += 1
            while v != root and sibling[v] < 0:
                v = parent[v]
                listed[n_listed] = v
                n_listed += 1
            if v == root:
                break
            v = sibling[v]
    return listed


@njit(cache=CACHE, nogil=True)
def _chordal(first, adjacent, order, rank, parent):
    """Upper neighbours of each rank, ascending."""
    n = len(order)
    child, sibling = _children(parent)
    seen = np.full(n, -1, np.int64)
    upper_first = np.zeros(n + 1, np.int64)
    upper = np.empty(max(16, 4 * len(adjacent)), np.int32)
    size = 0
    for r in range(n):
        seen[r] = r
        if size + n - r > len(upper):
            bigger = np.empty(2 * len(upper) + n, np.int32)
            for i in range(size):
                bigger[i] = upper[i]
            upper = bigger
        start = size
        v = order[r]
        for k in range(first[v], first[v + 1]):
            q = rank[adjacent[k]]
            if q > r:
                seen[q] = r
                upper[size] = q
                size += 1
        c = child[r]
        while c >= 0:
            for k in range(upper_first[c], upper_first[c + 1]):
                q = upper[k]
                if seen[q] != r:
                    seen[q] = r
                    upper[size] = q
                    size += 1
            c = sibling[c]
        for i in range(start + 1, size):  # few each: by insertion
            q = upper[i]
            j = i
            while j > start and upper[j - 1] > q:
                upper[j] = upper[j - 1]
                j -= 1
            upper[j] = q
        upper_first[r + 1] = size
    return upper_first, upper[:size].copy()


@njit(cache=CACHE, nogil=True)
def _respect(first, arcs, rank, upper_first, upper, up_ms, down_ms):
    """Each chordal edge takes the fastest of the arcs that lie on it."""
    for v in range(len(first) - 1):
        for k in range(first[v], first[v + 1]):
            r, q = rank[v], rank[arcs[2 * k]]
            if r == q:
                continue
            lower, higher = min(r, q), max(r, q)
            lo, hi = upper_first[lower], upper_first[lower + 1]
            while lo < hi:
                middle = (lo + hi) // 2
                if upper[middle] < higher:
                    lo = middle + 1
                else:
                    hi = middle
            if r < q:
                up_ms[lo] = min(up_ms[lo], arcs[2 * k + 1])
            else:
                down_ms[lo] = min(down_ms[lo], arcs[2 * k + 1])


@njit(cache=CACHE, nogil=True)
def _from_below(upper_first, upper, up_ms, down_ms):
    """Basic customisation: no way through lower junctions is faster than the edge."""
    n = len(upper_first) - 1
    lower_first = np.zeros(n + 1, np.int64)
    for e in range(len(upper)):
        lower_first[upper[e] + 1] += 1
    for v in range(n):
        lower_first[v + 1] += lower_first[v]
    lower_edge = np.empty(len(upper), np.int64)
    lower_end = np.empty(len(upper), np.int64)
    at = lower_first[:-1].copy()
    for v in range(n):
        for e in range(upper_first[v], upper_first[v + 1]):
            lower_edge[at[upper[e]]] = e
            lower_end[at[upper[e]]] = upper_first[v + 1]
            at[upper[e]] += 1
    edge_to = np.full(n, -1, np.int64)
    for x in range(n):
        for e in range(upper_first[x], upper_first[x + 1]):
            edge_to[upper[e]] = e
        for i in range(lower_first[x], lower_first[x + 1]):
            to_x = lower_edge[i]
            for to_y in range(to_x + 1, lower_end[i]):
                e = edge_to[upper[to_y]]
                up_ms[e] = min(up_ms[e], down_ms[to_x] + up_ms[to_y])
                down_ms[e] = min(down_ms[e], down_ms[to_y] + up_ms[to_x])


@njit(cache=CACHE, nogil=True)
def _kept(upper_first, upper, up_ms, down_ms):
    """Which arcs no way by an upper neighbour replaces: up, down."""
    n = len(upper_first) - 1
    true_up = up_ms.copy()
    true_down = down_ms.copy()
    keep_up = np.zeros(len(upper), np.bool_)
    keep_down = np.zeros(len(upper), np.bool_)
    edge_to = np.full(n, -1, np.int64)
    for x in range(n - 1, -1, -1):
        lo, hi = upper_first[x], upper_first[x + 1]
        # the least by a third junction, so far
        for e in range(lo, hi):
            edge_to[upper[e]] = e
            true_up[e] = NEVER
            true_down[e] = NEVER
        for to_z in range(lo, hi):
            z = upper[to_z]
            for e in range(upper_first[z], upper_first[z + 1]):
                to_y = edge_to[upper[e]]
                if to_y < 0:
                    continue
                true_up[to_y] = min(true_up[to_y], up_ms[to_z] + true_up[e])
                true_up[to_z] = min(true_up[to_z], up_ms[to_y] + true_down[e])
                true_down[to_y] = min(true_down[to_y], true_down[e] + down_ms[to_z])
                true_down[to_z] = min(true_down[to_z], true_up[e] + down_ms[to_y])
        for e in range(lo, hi):
            edge_to[upper[e]] = -1
            keep_up[e] = up_ms[e] < true_up[e]
            keep_down[e] = down_ms[e] < true_down[e]
            true_up[e] = min(true_up[e], up_ms[e])
            true_down[e] = min(true_down[e], down_ms[e])
    return keep_up, keep_down


@dataclass(frozen=True)
class Order:
    """An order and its chordal graph; junctions are named by their *rank* in it.

    Attributes
    ----------
    rank : (n,) int32
        Rank of each junction; the last to be eliminated has the highest. Ranks
        are a post-order of the tree: the subtree of ``r`` is a run that ends at ``r``.
    parent : (n,) int32
        Parent in the elimination tree by rank, -1 at a root.
    upper_first : (n + 1,) int64
    upper : (edges,) int32
        Upper neighbours of rank ``r``, ascending, are ``upper_first[r]`` to
        ``upper_first[r + 1] - 1``: its edges.
    """

    rank: NDArray[np.int32]
    parent: NDArray[np.int32]
    upper_first: NDArray[np.int64]
    upper: NDArray[np.int32]


@dataclass(frozen=True)
class Climb:
    """One direction of a customised order.

    Attributes
    ----------
    order
        The order.
    up_first, up, down_first, down
        Arcs that remain, by rank, as head and milliseconds in turn: ``up`` from
        a rank to its upper neighbours, ``down`` the arcs that arrive from them,
        with their tails.
    """

    order: Order
    up_first: NDArray[np.int64]
    up: NDArray[np.int32]
    down_first: NDArray[np.int64]
    down: NDArray[np.int32]

    def reversed(self) -> Climb:
        """The same with every road turned round."""
        return Climb(self.order, self.down_first, self.down, self.up_first, self.up)


def neighbours(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Who is joined with whom, either way: no loops, none twice, ascending."""
    n = network.n_nodes
    tail = np.repeat(np.arange(n, dtype=np.int64), np.diff(network.arc_first))
    head = network.arcs[0::2].astype(np.int64)
    apart = tail != head
    tail, head = tail[apart], head[apart]
    # a network without junctions divides by one
    by = max(n, 1)
    joined = np.unique(np.concatenate([tail * by + head, head * by + tail]))
    first = np.searchsorted(joined // by, np.arange(n + 1)).astype(np.int64)
    return first, (joined % by).astype(np.int32)


def fresh_order(network: Network) -> Order:
    """The order of a network, worked out anew; the same for the same network."""
    first, adjacent = neighbours(network)
    x = np.ascontiguousarray(network.node_x)
    y = np.ascontiguousarray(network.node_y)
    order = dissection(first, adjacent, x, y)
    parent = _tree(first, adjacent, order)
    listed = _after_its_subtree(parent)
    order = order[listed]
    place = np.empty(len(order), dtype=np.int64)
    place[listed] = np.arange(len(order))
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order))
    up = parent[listed]
    parent = np.where(up >= 0, place[np.maximum(up, 0)], -1) if len(up) else up
    upper_first, upper = _chordal(first, adjacent, order, rank, parent)
    return Order(rank, parent.astype(np.int32), upper_first, upper)


def customised_weights(
    network: Network, order: Order
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Milliseconds of every chordal edge: from its lower to its upper end, and back.

    `NEVER` where there is no way; ways through lower junctions are counted.
    """
    up_ms = np.full(len(order.upper), NEVER, dtype=np.int32)
    down_ms = np.full(len(order.upper), NEVER, dtype=np.int32)
    _respect(
        network.arc_first, network.arcs, order.rank, order.upper_first, order.upper,
        up_ms, down_ms,
    )  # fmt: skip
    _from_below(order.upper_first, order.upper, up_ms, down_ms)
    return up_ms, down_ms


def customise(network: Network, order: Order) -> Climb:
    """The order with the travel times of a network, along its arrows."""
    up_ms, down_ms = customised_weights(network, order)
    keep_up, keep_down = _kept(order.upper_first, order.upper, up_ms, down_ms)

    def remaining(keep: NDArray[np.bool_], ms: NDArray[np.int32]) -> tuple[Any, Any]:
        before = np.concatenate([[0], np.cumsum(keep)])
        arcs = np.empty(2 * int(before[-1]), dtype=np.int32)
        arcs[0::2] = order.upper[keep]
        arcs[1::2] = ms[keep]
        return before[order.upper_first].astype(np.int64), arcs

    return Climb(order, *remaining(keep_up, up_ms), *remaining(keep_down, down_ms))
