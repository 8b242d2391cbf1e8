"""The search kernels: shortest times on whole milliseconds with a bucket queue.

All compiled code of one call tree stands in this file: numba's cache follows
the file that a kernel is in, not the files that it calls.

The method is Dial's bucket queue, bucket = time >> 12, label-correcting inside
a bucket, so that results are exact whatever the width. One 32-bit word per
node says both whether it was seen and how well: ``state[v] = epoch - t``, with
the epoch raised beyond the bound for every search, so that nothing is cleared.
(R. B. Dial, Algorithm 360, CACM 12, 1969; B. V. Cherkassky, A. V. Goldberg,
T. Radzik, Shortest paths algorithms, Mathematical Programming 73, 1996.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHIFT = 12
MOST_MS = 2**31 - 4096  # the largest bound that a label can hold
LOWEST = -(2**31)


@njit(cache=CACHE, nogil=True)
def _search(
    first, arcs, seed_node, seed_ms, a, b, bound, epoch, state, bucket, pool, reached
):
    """One search from seeds ``a`` to ``b``; returns how many nodes were reached.

    -1 says that the pool is too small; the caller enlarges it and searches again.
    """
    mask = len(bucket) - 1
    room = len(pool) // 3
    lowest = epoch - bound
    waiting = 0
    used = 0
    free = -1
    n_reached = 0
    current = np.int64(MOST_MS)
    for i in range(a, b):
        if seed_ms[i] < current:
            current = seed_ms[i]
    current >>= SHIFT
    for i in range(a, b):
        t = seed_ms[i]
        v = seed_node[i]
        if t > bound or epoch - t <= state[v]:
            continue
        if used == room:
            bucket[:] = -1
            return -1
        if state[v] < lowest:
            reached[n_reached] = v
            n_reached += 1
        state[v] = epoch - t
        slot = (t >> SHIFT) & mask
        pool[3 * used] = v
        pool[3 * used + 1] = t
        pool[3 * used + 2] = bucket[slot]
        bucket[slot] = used
        used += 1
        waiting += 1
    while waiting > 0:
        here = current & mask
        entry = bucket[here]
        while entry >= 0:
            v = pool[3 * entry]
            t = pool[3 * entry + 1]
            bucket[here] = pool[3 * entry + 2]
            pool[3 * entry + 2] = free
            free = entry
            waiting -= 1
            if epoch - state[v] == t:
                for k in range(first[v], first[v + 1]):
                    w = arcs[2 * k]
                    tw = t + arcs[2 * k + 1]
                    if tw > bound:
                        continue
                    label = epoch - tw
                    old = state[w]
                    if label <= old:
                        continue
                    if old < lowest:
                        reached[n_reached] = w
                        n_reached += 1
                    state[w] = label
                    if free >= 0:
                        spot = free
                        free = pool[3 * spot + 2]
                    elif used < room:
                        spot = used
                        used += 1
                    else:
                        bucket[:] = -1
                        return -1
                    slot = (tw >> SHIFT) & mask
                    pool[3 * spot] = w
                    pool[3 * spot + 1] = tw
                    pool[3 * spot + 2] = bucket[slot]
                    bucket[slot] = spot
                    waiting += 1
            entry = bucket[here]
        current += 1
    return n_reached


@njit(cache=CACHE, nogil=True)
def _in_time_order(epoch, state, reached, n_reached):
    times = np.empty(n_reached, np.int64)
    for i in range(n_reached):
        # time first, then the node, so that the order never depends on the queue
        times[i] = ((epoch - state[reached[i]]) << 32) | reached[i]
    times.sort()
    return times


@njit(cache=CACHE, nogil=True)
def _second_labels(
    first,
    arcs,
    arc_second,
    seed_node,
    seed_ms,
    seed_second,
    seed_owner,
    a,
    b,
    bound,
    epoch,
    state,
    reached,
    n_reached,
    second,
    owner,
):
    """Along equally fast paths: the smallest owner, then the least second weight.

    Costs are at least 1, so nodes in the order of their times are in the order
    of every fastest path, and one pass over tight arcs suffices.
    """
    for i in range(n_reached):
        second[reached[i]] = np.inf
        owner[reached[i]] = -1
    for i in range(a, b):
        v = seed_node[i]
        if seed_ms[i] <= bound and epoch - state[v] == seed_ms[i]:
            o, s = seed_owner[i], seed_second[i]
            if owner[v] < 0 or o < owner[v] or (o == owner[v] and s < second[v]):
                owner[v], second[v] = o, s
    order = _in_time_order(epoch, state, reached, n_reached)
    for i in range(n_reached):
        v = order[i] & 0xFFFFFFFF
        t = order[i] >> 32
        for k in range(first[v], first[v + 1]):
            w = arcs[2 * k]
            if epoch - state[w] == t + arcs[2 * k + 1]:
                o, s = owner[v], second[v] + arc_second[k]
                if owner[w] < 0 or o < owner[w] or (o == owner[w] and s < second[w]):
                    owner[w], second[w] = o, s


@njit(cache=CACHE, nogil=True)
def _grown(values, size):
    bigger = np.empty(size, values.dtype)
    bigger[: len(values)] = values
    return bigger


@njit(cache=CACHE, nogil=True)
def _many_to_many(
    first,
    arcs,
    arc_second,
    source_first,
    seed_node,
    seed_ms,
    seed_second,
    at_first,
    at_target,
    at_ms,
    at_second,
    direct_first,
    direct_target,
    direct_ms,
    direct_second,
    lo,
    hi,
    bound,
    epoch,
    state,
    bucket,
    pool,
    reached,
    second,
    owner,
    best,
    best_second,
    want_second,
):
    """Sources ``lo`` to ``hi``: every target within the bound, with both weights.

    Returns the pairs, and the epoch after the last search; a count of -1 says
    that the pool was too small.
    """
    size = 1024
    pair_source = np.empty(size, np.int32)
    pair_target = np.empty(size, np.int32)
    pair_ms = np.empty(size, np.int32)
    pair_second = np.empty(size, np.float64)
    count = 0
    touched = np.empty(len(best), np.int32)
    no_owner = np.zeros(len(seed_node), np.int32)
    for source in range(lo, hi):
        if epoch > 2**31 - 2 - bound - 1:
            state[:] = LOWEST
            epoch = np.int64(LOWEST + 1)
        epoch += bound + 1
        a, b = source_first[source], source_first[source + 1]
        n = _search(
            first,
            arcs,
            seed_node,
            seed_ms,
            a,
            b,
            bound,
            epoch,
            state,
            bucket,
            pool,
            reached,
        )
        if n < 0:
            return -1, epoch, pair_source, pair_target, pair_ms, pair_second
        if want_second:
            _second_labels(
                first,
                arcs,
                arc_second,
                seed_node,
                seed_ms,
                seed_second,
                no_owner,
                a,
                b,
                bound,
                epoch,
                state,
                reached,
                n,
                second,
                owner,
            )
        n_touched = 0
        for k in range(direct_first[source], direct_first[source + 1]):
            target = direct_target[k]
            t, s = direct_ms[k], direct_second[k]
            if t <= bound:
                if best[target] < 0:
                    touched[n_touched] = target
                    n_touched += 1
                if (
                    best[target] < 0
                    or t < best[target]
                    or (t == best[target] and s < best_second[target])
                ):
                    best[target], best_second[target] = t, s
        for i in range(n):
            v = reached[i]
            for k in range(at_first[v], at_first[v + 1]):
                t = (epoch - state[v]) + at_ms[k]
                if t > bound:
                    continue
                target = at_target[k]
                s = second[v] + at_second[k] if want_second else 0.0
                if best[target] < 0:
                    touched[n_touched] = target
                    n_touched += 1
                    best[target], best_second[target] = t, s
                elif t < best[target] or (t == best[target] and s < best_second[target]):
                    best[target], best_second[target] = t, s
        if count + n_touched > size:
            while count + n_touched > size:
                size *= 2
            pair_source = _grown(pair_source, size)
            pair_target = _grown(pair_target, size)
            pair_ms = _grown(pair_ms, size)
            pair_second = _grown(pair_second, size)
        for i in range(n_touched):
            target = touched[i]
            pair_source[count] = source
            pair_target[count] = target
            pair_ms[count] = best[target]
            pair_second[count] = best_second[target]
            count += 1
            best[target] = -1
    return (
        count,
        epoch,
        pair_source[:count],
        pair_target[:count],
        pair_ms[:count],
        pair_second[:count],
    )


@dataclass(frozen=True)
class Graph:
    """Arcs as the kernels read them; ``second`` is what decides between equal costs."""

    first: NDArray[np.int64]
    arcs: NDArray[np.int32]
    second: NDArray[np.float64]

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.first) - 1


@dataclass(frozen=True)
class Ends:
    """How points meet nodes: one row per point and node, sorted by point.

    Attributes
    ----------
    point, node : (rows,) int32
    ms : (rows,) int64
        From the point to the node or back, straight leg included.
    second : (rows,) float64
        The other weight of the same piece.
    """

    point: NDArray[np.int32]
    node: NDArray[np.int32]
    ms: NDArray[np.int64]
    second: NDArray[np.float64]


class Workspace:
    """Labels and queue of one thread; made once and used for many searches."""

    def __init__(self, graph: Graph, longest_ms: int) -> None:
        n = max(graph.n, 1)
        self.graph = graph
        self.state = np.full(n, LOWEST, dtype=np.int32)
        self.epoch = LOWEST + 1
        slots = 1 << max(1, int((longest_ms >> SHIFT) + 2).bit_length())
        self.bucket = np.full(slots, -1, dtype=np.int32)
        self.pool = np.empty(3 * max(4096, n // 4), dtype=np.int32)
        self.reached = np.empty(n, dtype=np.int32)
        self.second = np.empty(n, dtype=np.float64)
        self.owner = np.empty(n, dtype=np.int32)

    def enlarge(self) -> None:
        """Twice the queue; the interrupted search is done again."""
        self.pool = np.empty(2 * len(self.pool), dtype=np.int32)

    def _next_epoch(self, bound: int) -> None:
        if self.epoch > 2**31 - 2 - bound - 1:
            self.state[:] = LOWEST
            self.epoch = LOWEST + 1
        self.epoch += bound + 1

    def run(self, seeds: Ends, bound: int) -> int:
        """Search from all seeds at once; how many nodes are within ``bound`` ms."""
        while True:
            self._next_epoch(bound)
            found = _search(
                self.graph.first, self.graph.arcs, seeds.node, seeds.ms, 0, len(seeds.node),
                bound, self.epoch, self.state, self.bucket, self.pool, self.reached,
            )  # fmt: skip
            if found >= 0:
                return int(found)
            self.enlarge()

    def label_owners(self, seeds: Ends, bound: int, found: int) -> None:
        """After `run`: which seed's point is nearest, and the second weight to it."""
        _second_labels(
            self.graph.first, self.graph.arcs, self.graph.second, seeds.node, seeds.ms,
            seeds.second, seeds.point, 0, len(seeds.node), bound, self.epoch, self.state,
            self.reached, found, self.second, self.owner,
        )  # fmt: skip

    def times(self, found: int) -> NDArray[np.int64]:
        """Times of the last search per node; -1 where it did not reach."""
        times = np.full(self.graph.n, -1, dtype=np.int64)
        nodes = self.reached[:found]
        times[nodes] = self.epoch - self.state[nodes].astype(np.int64)
        return times


def many_to_many(
    work: Workspace,
    sources: Ends,
    n_sources: int,
    by_node: tuple[Any, Ends],
    n_targets: int,
    direct: tuple[Any, Any, Any, Any],
    span: tuple[int, int],
    bound: int,
    *,
    want_second: bool,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Pairs within the bound for the sources of ``span``; see `_many_to_many`."""
    source_first = np.searchsorted(sources.point, np.arange(n_sources + 1)).astype(np.int64)
    at_first, at = by_node
    best = np.full(n_targets, -1, dtype=np.int64)
    best_second = np.empty(n_targets, dtype=np.float64)
    while True:
        count, epoch, *pairs = _many_to_many(
            work.graph.first, work.graph.arcs, work.graph.second, source_first,
            sources.node, sources.ms, sources.second, at_first, at.point, at.ms, at.second,
            *direct, span[0], span[1], bound, np.int64(work.epoch), work.state, work.bucket,
            work.pool, work.reached, work.second, work.owner, best, best_second, want_second,  # noqa: E501
        )  # fmt: skip
        work.epoch = int(epoch)
        if count >= 0:
            return tuple(pairs)
        work.enlarge()
        best[:] = -1
