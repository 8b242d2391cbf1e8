"""An order of the junctions by nested dissection: small separators last.

The order depends on which junctions are joined and where they lie, not on
travel times: one order serves both directions, every closure and every speed.

Dead ends come first. The rest is cut in two again and again by inertial flow:
junctions sorted along four directions, a quarter at either end, the smallest
set of roads between the two quarters by Dinic's maximum flow, and the fewer of
the junctions on either bank of it as separator.
(A. George, Nested dissection of a regular finite element mesh, SIAM J. Numer.
Anal. 10, 1973; A. Schild, C. Sommer, On balanced separators in road networks,
SEA 2015; J. Dibbelt, B. Strasser, D. Wagner, Customizable contraction
hierarchies, ACM JEA 21, 2016.)
"""

from __future__ import annotations

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

END_SHARE = 0.25  # of a part's junctions at either end, never cut off from their end
LEAF = 3  # parts of so few junctions are not cut


@njit(cache=CACHE, nogil=True)
def _levels(first, head, flow, is_sink, ends, level, queue):
    """Distance in arcs from the source end through what can still flow."""
    level[:] = -1
    n_queue = 0
    for i in range(len(ends)):
        level[ends[i]] = 0
        queue[n_queue] = ends[i]
        n_queue += 1
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
def _max_flow(first, head, twin, sources, is_sink, enough, flow, level, queue, at, path):
    """Roads in a smallest cut between two ends; stops at ``enough``."""
    flow[:] = 0
    total = 0
    while total < enough and _levels(first, head, flow, is_sink, sources, level, queue):
        for u in range(len(level)):
            at[u] = first[u]
        for i in range(len(sources)):
            u = sources[i]
            length = 0
            while True:
                if is_sink[u]:
                    for j in range(length):
                        flow[path[j]] += 1
                        flow[twin[path[j]]] -= 1
                    total += 1
                    u = sources[i]
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
def _bank(first, head, twin, flow, ends, backward, inside, queue):
    """What an end still reaches when the flow is full: one bank of the cut."""
    inside[:] = False
    n_queue = 0
    for i in range(len(ends)):
        inside[ends[i]] = True
        queue[n_queue] = ends[i]
        n_queue += 1
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
def _cut(first, head, twin, x, y):
    """Part of each junction: 0 and 1 either side, 2 the separator."""
    m = len(first) - 1
    ends = max(1, int(m * END_SHARE))
    flow = np.empty(len(head), np.int8)
    best_flow = np.empty(len(head), np.int8)
    best_order = np.empty(m, np.int64)
    level = np.empty(m, np.int32)
    queue = np.empty(m, np.int32)
    at = np.empty(m, np.int64)
    path = np.empty(m, np.int64)
    is_sink = np.empty(m, np.bool_)
    best = 2**62
    for direction in range(4):
        if direction == 0:
            along = x
        elif direction == 1:
            along = y
        elif direction == 2:
            along = x + y
        else:
            along = x - y
        order = np.argsort(along, kind="mergesort")
        is_sink[:] = False
        for i in range(m - ends, m):
            is_sink[order[i]] = True
        total = _max_flow(
            first, head, twin, order[:ends], is_sink, best, flow, level, queue, at, path
        )
        if total < best:
            best = total
            best_flow[:] = flow
            best_order[:] = order
    near = np.empty(m, np.bool_)
    far = np.empty(m, np.bool_)
    n_near = _bank(first, head, twin, best_flow, best_order[:ends], False, near, queue)
    n_far = _bank(first, head, twin, best_flow, best_order[m - ends :], True, far, queue)
    if n_far > n_near:  # the same cut or another as small: the more even one
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
def _dissect(first, adjacent, x, y):
    """Junctions in the order of their elimination."""
    n = len(first) - 1
    order = np.empty(n, np.int64)
    degree = np.empty(n, np.int64)
    gone = np.zeros(n, np.bool_)
    n_gone = 0
    for v in range(n):
        degree[v] = first[v + 1] - first[v]
        if degree[v] <= 1:
            gone[v] = True
            order[n_gone] = v
            n_gone += 1
    i = 0
    while i < n_gone:  # dead ends of dead ends
        v = order[i]
        i += 1
        for k in range(first[v], first[v + 1]):
            w = adjacent[k]
            degree[w] -= 1
            if not gone[w] and degree[w] <= 1:
                gone[w] = True
                order[n_gone] = w
                n_gone += 1
    i = n_gone
    for v in range(n):
        if not gone[v]:
            order[i] = v
            i += 1
    local = np.full(n, -1, np.int64)
    parts = [(n_gone, n)]
    while len(parts) > 0:
        lo, hi = parts.pop()
        m = hi - lo
        if m <= LEAF:
            continue
        members = order[lo:hi].copy()
        size = 0
        for i in range(m):
            local[members[i]] = i
            size += first[members[i] + 1] - first[members[i]]
        own_first = np.zeros(m + 1, np.int64)
        own_head = np.empty(size, np.int32)
        own_x = np.empty(m, np.float64)
        own_y = np.empty(m, np.float64)
        size = 0
        for i in range(m):
            v = members[i]
            own_x[i] = x[v]
            own_y[i] = y[v]
            for k in range(first[v], first[v + 1]):
                if local[adjacent[k]] >= 0:
                    own_head[size] = local[adjacent[k]]
                    size += 1
            own_first[i + 1] = size
        own_head = own_head[:size]
        # lists are sorted, so the twins of u's arcs come in the order of u
        twin = np.empty(size, np.int64)
        at = own_first[:-1].copy()
        for i in range(m):
            for k in range(own_first[i], own_first[i + 1]):
                twin[k] = at[own_head[k]]
                at[own_head[k]] += 1
        for i in range(m):
            local[members[i]] = -1
        part = _cut(own_first, own_head, twin, own_x, own_y)
        spot = lo
        cuts = np.zeros(3, np.int64)
        for side in range(3):
            for i in range(m):
                if part[i] == side:
                    order[spot] = members[i]
                    spot += 1
            cuts[side] = spot
        parts.append((lo, cuts[0]))
        parts.append((cuts[0], cuts[1]))
    return order


def dissection(first, adjacent, x, y):  # type: ignore[no-untyped-def]
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
    return _dissect(first, adjacent, x, y)
