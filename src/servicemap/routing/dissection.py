"""An order of the junctions by nested dissection: small separators last.

The order depends on which junctions are joined and where they lie, not on
travel times: one order serves both directions and every speed.

Dead ends come first. The rest is cut in two again and again by inertial flow:
junctions sorted along four directions, a quarter at either end, the smallest
set of roads between the two quarters by Dinic's maximum flow, and the fewer of
the junctions on either bank of it as separator.
(A. George, Nested dissection of a regular finite element mesh, SIAM J. Numer.
Anal. 10, 1973; A. Schild, C. Sommer, On balanced separators in road networks,
SEA 2015; J. Dibbelt, B. Strasser, D. Wagner, Customizable contraction
hierarchies, ACM JEA 21, 2016.)
"""

# ruff: noqa: ANN001, ANN202, C901, PLR0912
# mypy: allow-untyped-defs, allow-untyped-calls
# Both: compiled kernels are one long loop each, typed by numba and not by annotations.

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

if TYPE_CHECKING:
    from numpy.typing import NDArray

END_SHARE = 0.25  # of a part's junctions at either end, never cut off from their end
LEAF = 3  # parts of so few junctions are not cut


@njit(cache=CACHE, nogil=True)
def _levels(first, head, flow, along, ends, is_sink, level, queue):
    """Distance in arcs from the source end through what can still flow."""
    level.fill(-1)
    for i in range(ends):
        level[along[i]] = 0
        queue[i] = along[i]
    n_queue = ends
    met = False
    i = 0
    while i < n_queue:
        u = queue[i]
        i += 1
        for k in range(first[u], first[u + 1]):
            v = head[k]
            if flow[k] < 1 and level[v] < 0:
                level[v] = level[u] + 1
                met = met or is_sink[v]
                queue[n_queue] = v
                n_queue += 1
    return met


@njit(cache=CACHE, nogil=True)
def _max_flow(
    first, head, twin, along, ends, is_sink, enough, flow, level, queue, at, path
):
    """Roads in a smallest cut between the two ends; stops at ``enough``."""
    flow.fill(0)
    total = 0
    while total < enough and _levels(first, head, flow, along, ends, is_sink, level, queue):
        for u in range(len(level)):
            at[u] = first[u]
        for i in range(ends):
            u = along[i]
            length = 0
            while True:
                if is_sink[u]:
                    for j in range(length):
                        flow[path[j]] += 1
                        flow[twin[path[j]]] -= 1
                    total += 1
                    u = along[i]
                    length = 0
                    continue
                ahead = -1
                while at[u] < first[u + 1]:
                    k = at[u]
                    if flow[k] < 1 and level[head[k]] == level[u] + 1:
                        ahead = k
                        break
                    at[u] += 1
                if ahead >= 0:
                    path[length] = ahead
                    length += 1
                    u = head[ahead]
                elif length == 0:
                    break
                else:
                    length -= 1
                    u = head[twin[path[length]]]
                    at[u] += 1
    return total


@njit(cache=CACHE, nogil=True)
def _bank(first, head, twin, flow, along, ends, backward, inside, queue):
    """What an end still reaches when the flow is full: one bank of the cut."""
    inside.fill(False)
    start = len(along) - ends if backward else 0
    for i in range(ends):
        inside[along[start + i]] = True
        queue[i] = along[start + i]
    n_queue = ends
    i = 0
    while i < n_queue:
        u = queue[i]
        i += 1
        for k in range(first[u], first[u + 1]):
            used = flow[twin[k]] if backward else flow[k]
            if used < 1 and not inside[head[k]]:
                inside[head[k]] = True
                queue[n_queue] = head[k]
                n_queue += 1
    return n_queue


@njit(cache=CACHE, nogil=True)
def _cut(first, head, twin, along):
    """Part of each junction: 0 and 1 either side, 2 the separator.

    Row ``d`` of ``along`` has the junctions in the order of direction ``d``.
    """
    n_directions, m = along.shape
    ends = max(1, int(m * END_SHARE))
    flow = np.empty(len(head), np.int8)
    best_flow = np.empty(len(head), np.int8)
    level = np.empty(m, np.int32)
    queue = np.empty(m, np.int32)
    at = np.empty(m, np.int64)
    path = np.empty(m, np.int64)
    is_sink = np.empty(m, np.bool_)
    best = np.int64(len(head) + 1)
    chosen = 0
    for d in range(n_directions):
        is_sink.fill(False)
        for i in range(m - ends, m):
            is_sink[along[d, i]] = True
        total = _max_flow(
            first, head, twin, along[d], ends, is_sink, best, flow, level, queue, at, path
        )
        if total < best:
            best = total
            chosen = d
            for k in range(len(head)):
                best_flow[k] = flow[k]
    near = np.empty(m, np.bool_)
    far = np.empty(m, np.bool_)
    n_near = _bank(first, head, twin, best_flow, along[chosen], ends, False, near, queue)
    n_far = _bank(first, head, twin, best_flow, along[chosen], ends, True, far, queue)
    if n_far > n_near:  # another cut as small: the more even one
        for v in range(m):
            near[v] = not far[v]
    part = np.empty(m, np.int8)
    n_border = np.zeros(2, np.int64)
    border = np.zeros(m, np.bool_)
    for v in range(m):
        part[v] = 0 if near[v] else 1
        for k in range(first[v], first[v + 1]):
            if near[v] != near[head[k]]:
                border[v] = True
        if border[v]:
            n_border[part[v]] += 1
    taken = 0 if n_border[0] <= n_border[1] else 1
    for v in range(m):
        if border[v] and part[v] == taken:
            part[v] = 2
    return part


@njit(cache=CACHE, nogil=True)
def _dead_ends(first, adjacent):
    """Junctions with one road, then those that have one left, in this order; how many."""
    n = len(first) - 1
    listed = np.empty(n, np.int64)
    degree = np.empty(n, np.int64)
    gone = np.zeros(n, np.bool_)
    n_gone = 0
    for v in range(n):
        degree[v] = first[v + 1] - first[v]
        if degree[v] <= 1:
            gone[v] = True
            listed[n_gone] = v
            n_gone += 1
    i = 0
    while i < n_gone:
        v = listed[i]
        i += 1
        for k in range(first[v], first[v + 1]):
            w = adjacent[k]
            degree[w] -= 1
            if not gone[w] and degree[w] <= 1:
                gone[w] = True
                listed[n_gone] = w
                n_gone += 1
    return listed[:n_gone], gone


@njit(cache=CACHE, nogil=True)
def _dissect(first, adjacent, sorted_by):
    """Junctions in the order of their elimination, from the dead ends' last on.

    The rows of ``sorted_by`` hold the junctions to be cut, ascending and along
    each direction. Every part is the same run of each row, so that nothing is
    sorted again.
    """
    n_rows, n = sorted_by.shape
    rows = sorted_by.copy()
    local = np.full(len(first) - 1, -1, np.int64)
    moved = np.empty(n, np.int64)
    stack = np.empty((n + 2, 2), np.int64)
    stack[0, 0], stack[0, 1] = 0, n
    n_stack = 1
    while n_stack > 0:
        n_stack -= 1
        lo, hi = stack[n_stack, 0], stack[n_stack, 1]
        m = hi - lo
        if m <= LEAF:
            continue
        size = 0
        for i in range(m):
            v = rows[0, lo + i]
            local[v] = i
            size += first[v + 1] - first[v]
        own_first = np.zeros(m + 1, np.int64)
        own_head = np.empty(size, np.int32)
        size = 0
        for i in range(m):
            v = rows[0, lo + i]
            for k in range(first[v], first[v + 1]):
                if local[adjacent[k]] >= 0:
                    own_head[size] = local[adjacent[k]]
                    size += 1
            own_first[i + 1] = size
        # lists are ascending, so the twins of u's arcs come in the order of u
        twin = np.empty(size, np.int64)
        at = own_first.copy()
        for i in range(m):
            for k in range(own_first[i], own_first[i + 1]):
                twin[k] = at[own_head[k]]
                at[own_head[k]] += 1
        along = np.empty((n_rows - 1, m), np.int32)
        for d in range(1, n_rows):
            for i in range(m):
                along[d - 1, i] = local[rows[d, lo + i]]
        part = _cut(own_first, own_head[:size], twin, along)
        starts = np.zeros(4, np.int64)
        for i in range(m):
            starts[part[i] + 1] += 1
        for side in range(3):
            starts[side + 1] += starts[side]
        for d in range(n_rows):
            spot = starts.copy()
            for i in range(m):
                v = rows[d, lo + i]
                side = part[local[v]]
                moved[spot[side]] = v
                spot[side] += 1
            for i in range(m):
                rows[d, lo + i] = moved[i]
        for i in range(m):
            local[rows[0, lo + i]] = -1
        for side in range(2):
            stack[n_stack, 0] = lo + starts[side]
            stack[n_stack, 1] = lo + starts[side + 1]
            n_stack += 1
    return rows[0]


def dissection(
    first: NDArray[np.int64],
    adjacent: NDArray[np.int32],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.int64]:
    """An elimination order with small separators.

    Parameters
    ----------
    first : (n + 1,) int64
    adjacent : (2 x edges,) int32
        Neighbours of each junction, ascending; no loops, none twice, and if
        ``w`` is a neighbour of ``v``, then ``v`` of ``w``.
    x, y : (n,) float64
        Metres.

    Returns
    -------
    order : (n,) int64
        Junctions, those to be eliminated first in front.
    """
    dead_ends, gone = _dead_ends(first, adjacent)
    rest = np.flatnonzero(~gone)
    directions = (x, y, x + y, x - y)
    along = [rest[np.argsort(values[rest], kind="stable")] for values in directions]
    cut = _dissect(first, adjacent, np.array([rest, *along]))
    return np.concatenate([dead_ends, cut])
