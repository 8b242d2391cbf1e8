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

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

SHIFT = 12
MOST_MS = 2**31 - 4096  # the largest bound that a label can hold
LOWEST = -(2**31)


@njit(cache=CACHE, nogil=True)
def search_kernel(
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
def second_labels_kernel(
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
def many_to_many_kernel(
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
        n = search_kernel(
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
            second_labels_kernel(
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
