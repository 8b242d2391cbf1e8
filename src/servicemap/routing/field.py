"""Times of the grid points around what a search reached, as a window of the grid."""

from __future__ import annotations

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

FAR = 2**40  # no time; sums with it stay above every bound


@njit(cache=CACHE, nogil=True)
def _least(end_first, end_nodes, code, epoch, state, lowest):
    best = np.int64(FAR)
    for k in range(end_first[code], end_first[code + 1]):
        at = state[end_nodes[k]]
        if at >= lowest:
            best = min(best, np.int64(epoch - at))
    return best


@njit(cache=CACHE, nogil=True)
def _copies(node_junction, v):
    low, high = v, v + 1
    while low > 0 and node_junction[low - 1] == node_junction[v]:
        low -= 1
    while high < len(node_junction) and node_junction[high] == node_junction[v]:
        high += 1
    return low, high


@njit(cache=CACHE, nogil=True)
def _copy(low, high, epoch, state, lowest):
    best = np.int64(FAR)
    for v in range(low, high):
        if state[v] >= lowest:
            best = min(best, np.int64(epoch - state[v]))
    return best


@njit(cache=CACHE, nogil=True)
def reached_window(
    towards,
    first,
    ci,
    cj,
    cell_forward,
    cell_backward,
    leg,
    box,
    edge_first,
    forward_ms,
    backward_ms,
    end_first,
    end_nodes,
    edge_u,
    edge_v,
    node_junction,
    edge_forward,
    edge_backward,
    touch_first,
    touch_edge,
    epoch,
    state,
    lowest,
    reached,
    n_reached,
    own_edge,
    own_forward,
    own_backward,
    own_leg,
    bound,
    frame,
    seen,
    turn,
    edges,
    buffer,
):
    """Times within the bound, in a window that holds them and ``frame`` with room.

    ``towards``: labels are times from a node to the points, so a place on an edge
    leaves by the edge's far end; else they are times to the node, and a place is
    entered by its near end. ``end_nodes[end_first[c]:end_first[c + 1]]`` are the nodes
    at that end of arc ``c``; a place at a junction has the least time of its copies.
    ``touch_edge[touch_first[v]:touch_first[v + 1]]`` are the edges at node ``v``, the
    one-way ones whose junction alone is reached among them.
    ``own_edge`` is sorted. ``edges`` and ``buffer`` are
    room to work in; a larger buffer is made where it does not suffice.

    Returns
    -------
    i0, j0
        Grid point of the window's corner.
    ms : (nj, ni) int32
        Times; beyond the bound they are ``bound + 1``.
    of_row, of_column : int32
        The least of each row and of each column.
    buffer
    """
    i0, i1, j0, j1 = frame
    n_edges = 0
    n_own = len(own_edge)
    for step in range(n_reached + n_own):
        if step < n_reached:
            low, high = _copies(node_junction, reached[step])
            a, b = touch_first[low], touch_first[high]
        else:
            a, b = 0, 1
        for k in range(a, b):
            e = touch_edge[k] if step < n_reached else own_edge[step - n_reached]
            if seen[e] == turn or first[e] == first[e + 1]:
                continue
            seen[e] = turn
            edges[n_edges] = e
            n_edges += 1
            i0, i1 = min(i0, box[e, 0]), max(i1, box[e, 1])
            j0, j1 = min(j0, box[e, 2]), max(j1, box[e, 3])
    i0, j0 = i0 - 2, j0 - 2
    ni, nj = i1 - i0 + 3, j1 - j0 + 3
    if len(buffer) < ni * nj:
        buffer = np.empty(ni * nj, np.int32)
    flat = buffer[: ni * nj]
    beyond = np.int32(bound + 1)
    flat[:] = beyond
    ms = flat.reshape(nj, ni)
    of_row = np.full(nj, beyond, np.int32)
    of_column = np.full(ni, beyond, np.int32)
    for n in range(n_edges):
        e = edges[n]
        last = edge_first[e + 1] - 1
        at_ahead = _least(end_first, end_nodes, 2 * e, epoch, state, lowest)
        at_behind = _least(end_first, end_nodes, 2 * e + 1, epoch, state, lowest)
        # a place is ``ahead - forward`` or ``behind + backward`` away going to the
        # points, ``near + forward`` or ``far - backward`` coming from them
        if towards:
            ahead = at_ahead + forward_ms[last] if edge_forward[e] else FAR
            behind = at_behind if edge_backward[e] else FAR
        else:
            ahead = at_ahead if edge_forward[e] else FAR
            behind = at_behind + backward_ms[last] if edge_backward[e] else FAR
        sign = -1 if towards else 1
        # at the junctions themselves: whoever begins there may leave by any road, and
        # they are reached by any road, also where the edge is one-way
        if towards:
            at_u = _copy(edge_u[e], edge_u[e] + 1, epoch, state, lowest)
            at_v = _copy(edge_v[e], edge_v[e] + 1, epoch, state, lowest)
        else:
            low, high = _copies(node_junction, edge_u[e])
            at_u = _copy(low, high, epoch, state, lowest)
            low, high = _copies(node_junction, edge_v[e])
            at_v = _copy(low, high, epoch, state, lowest)
        own_a, own_b = 0, n_own
        while own_a < own_b:
            middle = (own_a + own_b) >> 1
            if own_edge[middle] < e:
                own_a = middle + 1
            else:
                own_b = middle
        while own_b < n_own and own_edge[own_b] == e:
            own_b += 1
        for row in range(first[e], first[e + 1]):
            f, r = np.int64(cell_forward[row]), np.int64(cell_backward[row])
            best = min(ahead + sign * f, behind - sign * r)
            # of a closed direction the times say nothing
            by_forward = edge_forward[e] and (towards or not edge_backward[e])
            if (f == forward_ms[last]) if by_forward else (r == backward_ms[last]):
                best = min(best, at_v)
            by_backward = edge_backward[e] and (towards or not edge_forward[e])
            if (r == 0) if by_backward else (f == 0):
                best = min(best, at_u)
            for o in range(own_a, own_b):
                along = sign * (f - own_forward[o])
                back = sign * (own_backward[o] - r)
                if edge_forward[e] and along >= 0:
                    best = min(best, own_leg[o] + along)
                if edge_backward[e] and back >= 0:
                    best = min(best, own_leg[o] + back)
            best += leg[row]
            if best <= bound:
                i, j = ci[row] - i0, cj[row] - j0
                t = np.int32(best)
                ms[j, i] = t
                if t < of_row[j]:
                    of_row[j] = t
                if t < of_column[i]:
                    of_column[i] = t
    return i0, j0, ms, of_row, of_column, buffer
