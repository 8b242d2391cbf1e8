"""Times of the grid points around what a search reached, as a window of the grid."""

from __future__ import annotations

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

FAR = 2**40  # no time; sums with it stay above every bound
COLUMNS = 5  # of `Labels.cells`
WIDE = 8  # where one node in so many is reached, edges are looked through one by one
DENSE = 16  # the same for the edges between the first and the last that are reached

# an index that is known not to be negative needs no check for that; see `search`
_at = np.uint64


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
def _is_reached(node_junction, v, state, lowest):
    low, high = _copies(node_junction, v)
    found = False
    for copy in range(low, high):
        found |= state[copy] >= lowest
    return found


@njit(cache=CACHE, nogil=True)
def _reached_edges(
    first, edge_u, edge_v, node_junction, touch_first, touch_edge, state, lowest, reached,
    n_reached, own_edge, seen, turn, edges,
):  # fmt: skip
    """Edges with labels at a reached junction or with a point, in their own order.

    They are put into ``edges``, and marked with ``turn`` in ``seen``; how many they are
    is returned. In their own order they lie side by side in memory.
    """
    n_edges = 0
    if n_reached * WIDE > len(node_junction):
        for e in range(len(edge_u)):
            if first[e] < first[e + 1] and (
                _is_reached(node_junction, edge_u[e], state, lowest)
                or _is_reached(node_junction, edge_v[e], state, lowest)
            ):
                seen[e] = turn
                edges[n_edges] = e
                n_edges += 1
    else:
        for step in range(n_reached):
            low, high = _copies(node_junction, reached[step])
            for k in range(touch_first[low], touch_first[high]):
                e = touch_edge[k]
                if seen[e] != turn and first[e] < first[e + 1]:
                    seen[e] = turn
                    edges[n_edges] = e
                    n_edges += 1
    for e in own_edge:
        if seen[e] != turn and first[e] < first[e + 1]:
            seen[e] = turn
            edges[n_edges] = e
            n_edges += 1
    if n_edges == 0:
        return 0
    low, high = edges[:n_edges].min(), edges[:n_edges].max() + 1
    if n_edges * DENSE > high - low:
        n_edges = 0
        for e in range(low, high):
            if seen[e] == turn:
                edges[n_edges] = e
                n_edges += 1
    else:
        edges[:n_edges].sort()
    return n_edges


@njit(cache=CACHE, nogil=True)
def _labels_of_edge(
    towards, e, end_first, end_nodes, edge_u, edge_v, node_junction, epoch, state, lowest
):
    """Time at the ends of the edge's two arcs, and at its two junctions."""
    ahead = _least(end_first, end_nodes, 2 * e, epoch, state, lowest)
    behind = _least(end_first, end_nodes, 2 * e + 1, epoch, state, lowest)
    # at the junctions themselves: whoever begins there may leave by any road, and
    # they are reached by any road, also where the edge is one-way
    low, high = np.int64(edge_u[e]), np.int64(edge_u[e]) + 1
    if not towards:
        low, high = _copies(node_junction, low)
    at_u = _copy(low, high, epoch, state, lowest)
    low, high = np.int64(edge_v[e]), np.int64(edge_v[e]) + 1
    if not towards:
        low, high = _copies(node_junction, low)
    return ahead, behind, at_u, _copy(low, high, epoch, state, lowest)


@njit(cache=CACHE, nogil=True)
def _again(
    towards, e, first, cells, forward, backward, total, back_total, at_u, at_v, own_edge,
    own_forward, own_backward, own_leg, own_a, i0, j0, ni, ms,
):  # fmt: skip
    """An edge with points of its own, or with a junction that is reached without it.

    Returns the least time.
    """
    sign = -1 if towards else 1
    # of a closed direction the times say nothing
    v_forward = forward and (towards or not backward)
    u_backward = backward and (towards or not forward)
    least = np.int64(FAR)
    for row in range(first[e], first[e + 1]):
        cell = _at(COLUMNS * row)
        f, r = np.int64(cells[cell + _at(2)]), np.int64(cells[cell + _at(3)])
        best = np.int64(FAR)
        if (f == total) if v_forward else (r == back_total):
            best = min(best, at_v)
        if (r == 0) if u_backward else (f == 0):
            best = min(best, at_u)
        o = own_a
        while o < len(own_edge) and own_edge[o] == e:
            along = sign * (f - own_forward[o])
            back = sign * (own_backward[o] - r)
            if forward and along >= 0:
                best = min(best, own_leg[o] + along)
            if backward and back >= 0:
                best = min(best, own_leg[o] + back)
            o += 1
        best += cells[cell + _at(4)]
        i, j = cells[cell] - i0, cells[cell + _at(1)] - j0
        ms[_at(j * ni + i)] = min(best, np.int64(ms[_at(j * ni + i)]))
        least = min(least, best)
    return least


@njit(cache=CACHE, nogil=True)
def _lower(of_row, of_column, box, e, i0, j0, least):
    """Let no time of the rows and columns of an edge be less than what is told of them."""
    for i in range(box[e, 0] - i0, box[e, 1] - i0 + 1):
        of_column[i] = min(of_column[i], least)
    for j in range(box[e, 2] - j0, box[e, 3] - j0 + 1):
        of_row[j] = min(of_row[j], least)


@njit(cache=CACHE, nogil=True)
def reached_window(
    towards,
    first,
    cells,
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

    ``cells`` are those of the label grid, laid out in one row.
    ``towards``: labels are times from a node to the points, so a place on an edge
    leaves by the edge's far end; else they are times to the node, and a place is
    entered by its near end. ``end_nodes[end_first[c]:end_first[c + 1]]`` are the nodes
    at that end of arc ``c``; a place at a junction has the least time of its copies.
    ``touch_edge[touch_first[v]:touch_first[v + 1]]`` are the edges at node ``v``, the
    one-way ones whose junction alone is reached among them.
    ``own_edge`` is sorted. ``seen``, ``edges`` and ``buffer`` are
    room to work in; a larger buffer is made where it does not suffice.

    Returns
    -------
    i0, j0
        Grid point of the window's corner.
    ms : (nj, ni) int32
        Times; beyond the bound they are ``bound + 1``.
    of_row, of_column : int32
        No time of a row, or of a column, is less than this.
    buffer
    """
    i0, i1, j0, j1 = frame
    n_edges = _reached_edges(
        first, edge_u, edge_v, node_junction, touch_first, touch_edge, state, lowest,
        reached, n_reached, own_edge, seen, turn, edges,
    )  # fmt: skip
    for n in range(n_edges):
        e = edges[n]
        i0, i1 = min(i0, box[e, 0]), max(i1, box[e, 1])
        j0, j1 = min(j0, box[e, 2]), max(j1, box[e, 3])
    i0, j0 = i0 - 2, j0 - 2
    ni, nj = i1 - i0 + 3, j1 - j0 + 3
    if len(buffer) < ni * nj:
        buffer = np.empty(ni * nj, np.int32)
    ms = buffer[: ni * nj]
    beyond = np.int32(bound + 1)
    ms[:] = beyond
    of_row = np.full(nj, beyond, np.int32)
    of_column = np.full(ni, beyond, np.int32)
    sign = -1 if towards else 1
    n_again = n_own = 0
    for n in range(n_edges):
        e = edges[n]
        last = edge_first[e + 1] - 1
        ahead, behind, at_u, at_v = _labels_of_edge(
            towards, e, end_first, end_nodes, edge_u, edge_v, node_junction, epoch, state,
            lowest,
        )  # fmt: skip
        # a place is ``ahead - forward`` or ``behind + backward`` away going to the
        # points, ``near + forward`` or ``far - backward`` coming from them
        total, back_total = np.int64(forward_ms[last]), np.int64(backward_ms[last])
        ahead = ahead + (total if towards else 0) if edge_forward[e] else FAR
        behind = behind + (0 if towards else back_total) if edge_backward[e] else FAR
        least = np.int64(FAR)
        for row in range(first[e], first[e + 1]):
            cell = _at(COLUMNS * row)
            f, r = np.int64(cells[cell + _at(2)]), np.int64(cells[cell + _at(3)])
            best = min(ahead + sign * f, behind - sign * r) + cells[cell + _at(4)]
            i, j = cells[cell] - i0, cells[cell + _at(1)] - j0
            ms[_at(j * ni + i)] = min(best, beyond)
            least = min(least, best)
        if least <= bound:
            _lower(of_row, of_column, box, e, i0, j0, least)
        while n_own < len(own_edge) and own_edge[n_own] < e:
            n_own += 1
        if (
            (n_own < len(own_edge) and own_edge[n_own] == e)
            or at_u < min(ahead, behind)
            or at_v < min(ahead + sign * total, behind - sign * back_total)
        ):
            edges[n_again] = e
            n_again += 1
    n_own = 0
    for n in range(n_again):
        e = edges[n]
        last = edge_first[e + 1] - 1
        _, _, at_u, at_v = _labels_of_edge(
            towards, e, end_first, end_nodes, edge_u, edge_v, node_junction, epoch, state,
            lowest,
        )  # fmt: skip
        while n_own < len(own_edge) and own_edge[n_own] < e:
            n_own += 1
        least = _again(
            towards, e, first, cells, edge_forward[e], edge_backward[e],
            np.int64(forward_ms[last]), np.int64(backward_ms[last]), at_u, at_v, own_edge,
            own_forward, own_backward, own_leg, n_own, i0, j0, ni, ms,
        )  # fmt: skip
        if least <= bound:
            _lower(of_row, of_column, box, e, i0, j0, least)
    return i0, j0, ms.reshape(nj, ni), of_row, of_column, buffer
