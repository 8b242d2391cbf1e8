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
from servicemap.routing.prefetch import prefetch

SHIFT = 12
PER_LABEL = 4  # words of the pool for each label in the queue
MOST_MS = 2**31 - 4096  # the largest bound that a label can hold
LOWEST = -(2**31)
MOST_UNSORTED = 24  # labels in one slot; more are sorted better than by insertion
ONE, TWO, THREE = np.uint32(1), np.uint32(2), np.uint32(3)


# An index that is known not to be negative: unsigned, it needs no check for that, and a
# seventh of the search was spent on these checks. Only indices are unsigned, never what
# is compared or added up: mixed with signed numbers they would become floats.
_at = np.uint32


@njit(cache=CACHE, nogil=True)
def search_kernel(
    first, arcs, seed_node, seed_ms, a, b, bound, epoch, state, bucket, pool, reached
):
    """One search from seeds ``a`` to ``b``; returns how many nodes were reached.

    ``pool``: the free places of the queue as a stack, all of them before and after, and
    the places, each with node, time and the next place of its bucket. ``reached`` has
    room for one node more than there are. -1 says that the pool is too small; the
    caller makes a larger one and searches again.
    """
    mask = np.int64(len(bucket) - 1)
    room = np.int64(len(pool) // PER_LABEL)
    stack = pool[:room]
    places = pool[room:]
    floor = epoch - bound - 1  # what is not above it is not reached
    top = room - 1
    n_reached = np.int64(0)
    current = np.int64(MOST_MS)
    for i in range(a, b):
        if seed_ms[i] < current:
            current = seed_ms[i]
    current >>= SHIFT
    for i in range(a, b):
        t = np.int64(seed_ms[i])
        v = seed_node[i]
        if t > bound or epoch - t <= state[v]:
            continue
        if top < 0:
            bucket[:] = -1
            return -1
        if state[v] <= floor:
            reached[n_reached] = v
            n_reached += 1
        state[v] = epoch - t
        slot = (t >> SHIFT) & mask
        place = stack[top]
        top -= 1
        places[3 * place] = v
        places[3 * place + 1] = t
        places[3 * place + 2] = bucket[slot]
        bucket[slot] = place
    while top < room - 1:
        here = _at(current & mask)
        place = np.int64(bucket[here])
        while place >= 0:
            spot = THREE * _at(place)
            v = _at(places[spot])
            t = np.int64(places[spot + ONE])
            after = places[spot + TWO]
            bucket[here] = after
            prefetch(arcs, _at(2 * first[_at(places[THREE * _at(max(after, 0))])]))
            top += 1
            stack[_at(top)] = place
            left = epoch - t
            if state[v] == left:
                a, b = np.int64(first[v]), np.int64(first[v + ONE])
                if top < b - a:
                    bucket[:] = -1
                    return -1
                for k in range(a, b):
                    arc = _at(2 * k)
                    w = _at(arcs[arc])
                    ms = np.int64(arcs[arc + ONE])
                    prefetch(arcs, _at(2 * first[w]))
                    old = np.int64(state[w])
                    label = max(left - ms, floor)
                    least = max(old, floor)
                    better = np.int64(label > least)
                    state[w] = max(label, least)
                    reached[_at(n_reached)] = w
                    n_reached += better & np.int64(old <= floor)
                    place = np.int64(stack[_at(top)])
                    slot = _at(((t + ms) >> SHIFT) & mask)
                    head = np.int64(bucket[slot])
                    spot = THREE * _at(place)
                    places[spot] = w
                    places[spot + ONE] = t + ms
                    places[spot + TWO] = head
                    bucket[slot] = head + (place - head) * better
                    top -= better
            place = np.int64(bucket[here])
        current += 1
    return n_reached


@njit(cache=CACHE, nogil=True)
def _in_time_order(epoch, state, reached, n_reached):
    """Time and node of what was reached, packed in one word each, ascending.

    Time first, then the node, so that the order never depends on the queue. A slot
    for every node or two, and insertion inside: half the time of a general sort.
    """
    longest = np.int64(0)
    for i in range(n_reached):
        longest = max(longest, epoch - state[_at(reached[i])])
    shift = np.int64(0)
    while (longest >> shift) > n_reached:
        shift += 1
    begin = np.zeros((longest >> shift) + 2, np.int32)
    for i in range(n_reached):
        begin[_at(((epoch - state[_at(reached[i])]) >> shift) + 1)] += 1
    for slot in range(1, len(begin)):
        begin[slot] += begin[slot - 1]
    times = np.empty(n_reached, np.int64)
    for i in range(n_reached):
        v = np.int64(reached[i])
        t = epoch - state[_at(v)]
        slot = _at(t >> shift)
        times[_at(begin[slot])] = (t << 32) | v
        begin[slot] += 1
    a = np.int64(0)
    for slot in range(len(begin) - 1):
        b = np.int64(begin[slot])
        if b - a > MOST_UNSORTED:
            times[a:b].sort()
        else:
            for i in range(a + 1, b):
                one = times[i]
                j = i
                while j > a and times[j - 1] > one:
                    times[j] = times[j - 1]
                    j -= 1
                times[j] = one
        a = b
    return times


@njit(cache=CACHE, nogil=True)
def second_labels_kernel(
    first, arcs, arc_second, seed_node, seed_ms, seed_second, seed_owner, a, b, bound,
    epoch, state, reached, n_reached, second, owner,
):  # fmt: skip
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
def _lengths(
    first, arcs, arc_second, seed_node, seed_ms, seed_second, a, b, bound, epoch, state,
    reached, n_reached, second,
):  # fmt: skip
    """The least second weight alone, as `second_labels_kernel` has it for one owner."""
    for i in range(n_reached):
        second[_at(reached[i])] = np.inf
    for i in range(a, b):
        v = _at(seed_node[i])
        if seed_ms[i] <= bound and epoch - state[v] == seed_ms[i]:
            second[v] = min(second[v], seed_second[i])
    order = _in_time_order(epoch, state, reached, n_reached)
    for i in range(n_reached):
        v = _at(order[i] & 0xFFFFFFFF)
        left = epoch - (order[i] >> 32)
        so_far = second[v]
        for k in range(first[v], first[v + ONE]):
            w = _at(arcs[_at(2 * k)])
            if left - arcs[_at(2 * k) + ONE] == state[w]:
                second[w] = min(second[w], so_far + arc_second[_at(k)])


@njit(cache=CACHE, nogil=True)
def _grown(values, size):
    bigger = np.empty(size, values.dtype)
    bigger[: len(values)] = values
    return bigger


@njit(cache=CACHE, nogil=True)
def many_to_many_kernel(
    first, arcs, arc_second, source_first, seed_node, seed_ms, seed_second, at_first,
    at_target, at_ms, at_second, direct_first, direct_target, direct_ms, direct_second, lo,
    hi, bound, epoch, state, bucket, pool, reached, second, best, best_second, want_second,
):  # fmt: skip
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
    seat = np.flatnonzero(at_first[1:] > at_first[:-1])
    for source in range(lo, hi):
        if epoch > 2**31 - 2 - bound - 1:
            state[:] = LOWEST
            epoch = np.int64(LOWEST + 1)
        epoch += bound + 1
        a, b = source_first[source], source_first[source + 1]
        n = search_kernel(
            first, arcs, seed_node, seed_ms, a, b, bound, epoch, state, bucket, pool,
            reached,
        )  # fmt: skip
        if n < 0:
            return -1, epoch, pair_source, pair_target, pair_ms, pair_second
        if want_second:
            _lengths(
                first, arcs, arc_second, seed_node, seed_ms, seed_second, a, b, bound,
                epoch, state, reached, n, second,
            )  # fmt: skip
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
        # whichever is less: the reached nodes, or the nodes that targets stand at
        few = len(seat) < n
        for i in range(len(seat) if few else n):
            v = _at(seat[i] if few else reached[i])
            from_v = epoch - state[v]
            if from_v > bound:
                continue
            for k in range(at_first[v], at_first[v + ONE]):
                t = from_v + at_ms[k]
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
