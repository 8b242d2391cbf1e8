"""The kernel of reached roads: labels of junctions -> pieces of edges, cut at the cutoff.

Along an edge the time rises from each place where one comes in, upwards (from
the first vertex to the last) and downwards, each way at its own speed. Between
two such places the least of both is one rising and one falling line, which meet
at most once; each is cut where it meets the other or the cutoff.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

FAR = 2**40


@njit(cache=CACHE, nogil=True)
def _place(
    up, down, w_up, w_down, target, left_segment, left_t, left_value,
    right_segment, right_t, right_value,
):  # fmt: skip
    """Where the rising sum ``w_up * up + w_down * down`` takes a value, between two places.

    A place is a segment (its first vertex) and a share of it, 0 to 1.
    """
    before, from_t = left_value, left_t
    for segment in range(left_segment, right_segment + 1):
        if segment == right_segment:
            after, to_t = right_value, right_t
        else:
            after = float(w_up * up[segment + 1] + w_down * down[segment + 1])
            to_t = 1.0
        if after >= target:
            if after <= before:
                return segment, from_t
            return segment, from_t + (to_t - from_t) * (target - before) / (after - before)
        before, from_t = after, 0.0
    return right_segment, right_t


@njit(cache=CACHE, nogil=True)
def _at(
    values, segment, t, left_segment, left_t, left_value,
    right_segment, right_t, right_value,
):  # fmt: skip
    """The value of one sum at a place between two places."""
    before, from_t = float(values[segment]), 0.0
    if segment == left_segment:
        before, from_t = float(left_value), left_t
    after, to_t = float(values[segment + 1]), 1.0
    if segment == right_segment:
        after, to_t = float(right_value), right_t
    if to_t <= from_t:
        return before
    return before + (t - from_t) / (to_t - from_t) * (after - before)


@njit(cache=CACHE, nogil=True)
def _least(end_first, end_nodes, code, epoch, state, lowest):
    best = np.int64(FAR)
    for k in range(end_first[code], end_first[code + 1]):
        at = state[end_nodes[k]]
        if at >= lowest:
            best = min(best, np.int64(epoch - at))
    return best


@njit(cache=CACHE, nogil=True)
def _pieces(
    arc_first, arc_edge, edge_first, end_first, end_nodes, up_code, up, down, up_allowed,
    down_allowed, epoch, lowest, state, reached, n_reached, own_edge, own_segment, own_t,
    own_up, own_down, own_leg, bound, seen, turn,
):  # fmt: skip
    """Pieces reached within ``bound``, in the order of ``reached``, own edges last.

    ``up`` and ``down`` are sums of time from the first vertex of each edge, for
    travel that spreads upwards and downwards; the former is of the arcs ``2 * edge +
    up_code``, whose nodes are ``end_nodes[end_first[arc]:end_first[arc + 1]]``. Own
    places are sorted by edge, then by their place on it.

    Returns edge, whether time rises upwards, the places of the lower and the upper
    end (segment, share) and the times there.
    """
    size = 1024
    edge = np.empty(size, np.int32)
    rising = np.empty(size, np.bool_)
    segments = np.empty((size, 2), np.int64)
    shares = np.empty((size, 2), np.float64)
    times = np.empty((size, 2), np.float64)
    count = 0
    n_own = len(own_edge)
    falling = np.empty(n_own + 1, np.int64)
    for step in range(n_reached + n_own):
        if step < n_reached:
            v = reached[step]
            a, b = arc_first[v], arc_first[v + 1]
        else:
            a, b = 0, 1
        for k in range(a, b):
            e = arc_edge[k] >> 1 if step < n_reached else own_edge[step - n_reached]
            if seen[e] == turn:
                continue
            seen[e] = turn
            first, last = edge_first[e], edge_first[e + 1] - 1
            lo = np.searchsorted(own_edge, e)
            m = 0
            while lo + m < n_own and own_edge[lo + m] == e:
                m += 1
            at_u = _least(end_first, end_nodes, 2 * e + up_code, epoch, state, lowest)
            at_v = _least(end_first, end_nodes, 2 * e + 1 - up_code, epoch, state, lowest)
            # a rising line is ``base + up``, a falling one ``base - down``
            base_up = np.int64(FAR)
            if up_allowed[e] and at_u < FAR:
                base_up = at_u
            falling[m] = FAR
            if down_allowed[e] and at_v < FAR:
                falling[m] = at_v + down[last]
            for o in range(m - 1, -1, -1):
                falling[o] = falling[o + 1]
                if down_allowed[e]:
                    falling[o] = min(falling[o], own_leg[lo + o] + own_down[lo + o])
            for o in range(m + 1):
                if o > 0:
                    own = lo + o - 1
                    left_segment, left_t = own_segment[own], own_t[own]
                    left_up, left_down = own_up[own], own_down[own]
                    if up_allowed[e]:
                        base_up = min(base_up, own_leg[own] - own_up[own])
                else:
                    left_segment, left_t = first, 0.0
                    left_up, left_down = np.int64(0), np.int64(0)
                if o < m:
                    own = lo + o
                    right_segment, right_t = own_segment[own], own_t[own]
                    right_up, right_down = own_up[own], own_down[own]
                else:
                    right_segment, right_t = last - 1, 1.0
                    right_up, right_down = np.int64(up[last]), np.int64(down[last])
                base_down = falling[o]
                for upwards in (True, False):
                    if upwards:
                        if base_up >= FAR or base_up + left_up >= bound:
                            continue
                    elif base_down >= FAR or base_down - right_down >= bound:
                        continue
                    low_segment, low_t = left_segment, left_t
                    high_segment, high_t = right_segment, right_t
                    meet_segment, meet_t = -1, 0.0
                    if base_up < FAR and base_down < FAR:
                        # where the lines meet, as the sum of both rises
                        target = base_down - base_up
                        if left_up + left_down >= target:
                            if upwards:
                                continue
                        elif right_up + right_down <= target:
                            if not upwards:
                                continue
                        else:
                            meet_segment, meet_t = _place(
                                up, down, 1, 1, float(target), left_segment, left_t,
                                float(left_up + left_down), right_segment, right_t,
                                float(right_up + right_down),
                            )  # fmt: skip
                    if upwards:
                        low_ms = float(base_up + left_up)
                        high_ms = float(base_up + right_up)
                        if meet_segment >= 0:
                            high_segment, high_t = meet_segment, meet_t
                            value = _at(
                                up, high_segment, high_t, left_segment, left_t, left_up,
                                right_segment, right_t, right_up,
                            )  # fmt: skip
                            high_ms = base_up + value
                        if high_ms > bound:
                            high_segment, high_t = _place(
                                up, down, 1, 0, float(bound - base_up), left_segment,
                                left_t, float(left_up), high_segment, high_t,
                                high_ms - base_up,
                            )  # fmt: skip
                            high_ms = float(bound)
                    else:
                        low_ms = float(base_down - left_down)
                        high_ms = float(base_down - right_down)
                        if meet_segment >= 0:
                            low_segment, low_t = meet_segment, meet_t
                            value = _at(
                                down, low_segment, low_t, left_segment, left_t, left_down,
                                right_segment, right_t, right_down,
                            )  # fmt: skip
                            low_ms = base_down - value
                        if low_ms > bound:
                            low_segment, low_t = _place(
                                up, down, 0, 1, float(base_down - bound), low_segment,
                                low_t, base_down - low_ms, right_segment, right_t,
                                float(right_down),
                            )  # fmt: skip
                            low_ms = float(bound)
                    if low_segment + low_t >= high_segment + high_t:
                        continue
                    if count == size:
                        size *= 2
                        edge = _grown(edge, size)
                        rising = _grown(rising, size)
                        segments = _grown_pairs(segments, size)
                        shares = _grown_pairs(shares, size)
                        times = _grown_pairs(times, size)
                    edge[count], rising[count] = e, upwards
                    segments[count, 0], segments[count, 1] = low_segment, high_segment
                    shares[count, 0], shares[count, 1] = low_t, high_t
                    times[count, 0], times[count, 1] = low_ms, high_ms
                    count += 1
    return edge[:count], rising[:count], segments[:count], shares[:count], times[:count]


@njit(cache=CACHE, nogil=True)
def _grown(values, size):
    bigger = np.empty(size, values.dtype)
    bigger[: len(values)] = values
    return bigger


@njit(cache=CACHE, nogil=True)
def _grown_pairs(values, size):
    bigger = np.empty((size, 2), values.dtype)
    bigger[: len(values)] = values
    return bigger
