"""Many sources at once: one pass down a contraction order serves a whole batch.

A batch of `LANES` sources climbs the order from its seeds to the roots, then
every junction takes, from the last rank to the first, the least over the arcs
that arrive from above: its exact time from each source. Neighbouring sources
share a batch, so that a processor adds and compares several lanes in one
instruction and reads each arc once for all.

The sweep is bounded: all upper neighbours of a junction together cut its
subtree off from the rest, so a subtree without a seed whose root has no upper
neighbour within the bound on any lane is stepped over whole. (The root's own
remaining arcs do not suffice for this: other arcs lead from its upper
neighbours straight into the subtree.)
(D. Delling, A. V. Goldberg, A. Nowatzyk, R. F. Werneck, PHAST, IPDPS 2011;
D. Delling, A. V. Goldberg, R. F. Werneck, Faster batched shortest paths in road
networks, ATMOS 2011: only what lies above some target is swept.)
"""

from __future__ import annotations

import numpy as np
from numba import njit

from servicemap.compiled import CACHE
from servicemap.routing.contraction import NEVER

LANES = 16
MOST_MS = NEVER - 1  # the largest bound: two labels still fit into 32 bits


@njit(cache=CACHE, nogil=True)
def _batch(
    parent, upper_first, upper, up_first, up, down_first, down, rows, run,
    seed_first, seed_rank, seed_ms, batch, bound, stamp, label, near, touched, climbed,
    reached,
):  # fmt: skip
    """Labels of one batch of sources; returns how many ranks are within the bound.

    ``label[r]`` is valid where ``near[r] <= bound``, for the ranks in ``reached``.
    """
    # the width of the array, not the constant: a loop of known length is unrolled into
    # single steps before it could become one over vectors
    lanes = label.shape[1]
    n_climbed = 0
    for lane in range(len(batch)):
        for i in range(seed_first[batch[lane]], seed_first[batch[lane] + 1]):
            r = seed_rank[i]
            while r >= 0 and touched[r] != stamp:
                touched[r] = stamp
                climbed[n_climbed] = r
                n_climbed += 1
                for l in range(lanes):
                    label[r, l] = NEVER
                r = parent[r]
            r = seed_rank[i]
            if seed_ms[i] < label[r, lane]:
                label[r, lane] = seed_ms[i]
    order = np.sort(climbed[:n_climbed])
    for i in range(n_climbed):
        r = order[i]
        least = np.int32(NEVER)
        for l in range(lanes):
            least = min(least, label[r, l])
        if least > bound:
            continue
        for k in range(up_first[r], up_first[r + 1]):
            above, ms = up[2 * k], up[2 * k + 1]
            if least + ms <= bound:
                for l in range(lanes):
                    label[above, l] = min(label[above, l], np.int32(label[r, l] + ms))
    n_reached = 0
    i = len(rows) - 1
    while i >= 0:
        r = rows[i]
        known = touched[r] == stamp
        for k in range(down_first[r], down_first[r + 1]):
            above, ms = down[2 * k], down[2 * k + 1]
            if near[above] + ms > bound:
                continue
            if known:
                for l in range(lanes):
                    label[r, l] = min(label[r, l], np.int32(label[above, l] + ms))
            else:
                known = True
                for l in range(lanes):
                    label[r, l] = min(np.int32(NEVER), np.int32(label[above, l] + ms))
        least = np.int32(NEVER)
        if known:
            for l in range(lanes):
                least = min(least, label[r, l])
        near[r] = least
        if least <= bound:
            reached[n_reached] = r
            n_reached += 1
        elif touched[r] != stamp:
            shut = True
            for k in range(upper_first[r], upper_first[r + 1]):
                if near[upper[k]] <= bound:
                    shut = False
                    break
            if shut:
                i -= run[i]
                continue
        i -= 1
    return n_reached


@njit(cache=CACHE, nogil=True)
def _grown(values, size):
    bigger = np.empty(size, values.dtype)
    bigger[: len(values)] = values
    return bigger


@njit(cache=CACHE, nogil=True)
def _table(
    parent, upper_first, upper, up_first, up, down_first, down, rows, run,
    seed_first, seed_rank, seed_ms, sources, bound, at_first, at_target, at_ms, n_targets,
    direct_first, direct_target, direct_ms,
):  # fmt: skip
    """Pairs within the bound of some sources, batch by batch: source, target, ms."""
    n = len(parent)
    label = np.empty((n, LANES), np.int32)
    near = np.empty(n, np.int32)
    touched = np.full(n, -1, np.int32)
    climbed = np.empty(n, np.int32)
    reached = np.empty(n, np.int32)
    lanes = label.shape[1]
    best = np.empty((n_targets, LANES), np.int32)
    met = np.full(n_targets, -1, np.int32)
    listed = np.empty(n_targets, np.int32)
    size = 4096
    pair_source = np.empty(size, np.int32)
    pair_target = np.empty(size, np.int32)
    pair_ms = np.empty(size, np.int32)
    count = 0
    for start in range(0, len(sources), LANES):
        stamp = np.int32(start // LANES)
        batch = sources[start : start + LANES]
        n_reached = _batch(
            parent, upper_first, upper, up_first, up, down_first, down, rows, run,
            seed_first, seed_rank, seed_ms, batch, bound, stamp, label, near, touched,
            climbed, reached,
        )  # fmt: skip
        n_listed = 0
        for i in range(n_reached):
            r = reached[i]
            for k in range(at_first[r], at_first[r + 1]):
                ms = at_ms[k]
                if near[r] + ms > bound:
                    continue
                target = at_target[k]
                ms = np.int32(ms)
                if met[target] == stamp:
                    for l in range(lanes):
                        best[target, l] = min(best[target, l], np.int32(label[r, l] + ms))
                else:
                    met[target] = stamp
                    listed[n_listed] = target
                    n_listed += 1
                    for l in range(lanes):
                        best[target, l] = np.int32(label[r, l] + ms)
        for lane in range(len(batch)):
            for k in range(direct_first[batch[lane]], direct_first[batch[lane] + 1]):
                if direct_ms[k] > bound:
                    continue
                target = direct_target[k]
                if met[target] != stamp:
                    met[target] = stamp
                    listed[n_listed] = target
                    n_listed += 1
                    for l in range(lanes):
                        best[target, l] = NEVER
                if direct_ms[k] < best[target, lane]:
                    best[target, lane] = direct_ms[k]
        if count + n_listed * len(batch) > size:
            size = 2 * size + n_listed * len(batch)
            pair_source = _grown(pair_source, size)
            pair_target = _grown(pair_target, size)
            pair_ms = _grown(pair_ms, size)
        for i in range(n_listed):
            target = listed[i]
            for lane in range(len(batch)):
                if best[target, lane] <= bound:
                    pair_source[count] = batch[lane]
                    pair_target[count] = target
                    pair_ms[count] = best[target, lane]
                    count += 1
    return pair_source[:count], pair_target[:count], pair_ms[:count]


@njit(cache=CACHE, nogil=True)
def _within(
    parent, upper_first, upper, up_first, up, down_first, down, rows, run,
    seed_first, seed_rank, seed_ms, sources, bound,
):  # fmt: skip
    """Per rank: how many of some sources are within the bound."""
    n = len(parent)
    label = np.empty((n, LANES), np.int32)
    near = np.empty(n, np.int32)
    touched = np.full(n, -1, np.int32)
    climbed = np.empty(n, np.int32)
    reached = np.empty(n, np.int32)
    n_within = np.zeros(n, np.int32)
    lanes = label.shape[1]
    for start in range(0, len(sources), LANES):
        batch = sources[start : start + LANES]
        n_reached = _batch(
            parent, upper_first, upper, up_first, up, down_first, down, rows, run,
            seed_first, seed_rank, seed_ms, batch, bound, np.int32(start // LANES), label,
            near, touched, climbed, reached,
        )  # fmt: skip
        for i in range(n_reached):
            count = np.int32(0)
            for l in range(lanes):
                count += np.int32(label[reached[i], l] <= bound)
            n_within[reached[i]] += count
    return n_within
