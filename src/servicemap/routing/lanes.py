"""The sweep kernels: labels of many sources side by side, in lanes of 32 bits.

All compiled code of one call tree stands in this file: numba's cache follows
the file that a kernel is in, not the files that it calls. `sweeps` has the
method.

A row of ``label`` is one junction's labels, a lane for each source of a batch.
Loops over lanes run over the width of the array, never over a constant: a loop
of known length is unrolled into single steps before it could become one over
vectors (2 to 3 times slower).
"""

# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0912, PLR0915, PLR1730
# mypy: allow-untyped-defs, allow-untyped-calls
# Both: compiled kernels are one long loop each, typed by numba and not by annotations.

from __future__ import annotations

import numpy as np
from numba import njit

from servicemap.compiled import CACHE
from servicemap.routing.contraction import NEVER


@njit(cache=CACHE, nogil=True)
def labels_of(
    parent, upper_first, upper, up_first, up, down_first, down, rows, run,
    seed_first, seed_rank, seed_ms, batch, bound, stamp, label, near, touched, waits,
    climbed, reached,
):  # fmt: skip
    """Labels of one batch of sources; returns how many ranks are within the bound.

    ``label[r]`` is valid where ``near[r] <= bound``, for the ranks in ``reached``.
    """
    lanes = label.shape[1]
    n_climbed = 0
    for lane in range(len(batch)):
        for i in range(seed_first[batch[lane]], seed_first[batch[lane] + 1]):
            r = seed_rank[i]
            below = -1
            while r >= 0 and touched[r] != stamp:
                touched[r] = stamp
                climbed[n_climbed] = r
                n_climbed += 1
                waits[r] = 0 if below < 0 else 1
                for j in range(lanes):
                    label[r, j] = NEVER
                below = r
                r = parent[r]
            if r >= 0 and below >= 0:
                waits[r] += 1
            r = seed_rank[i]
            if seed_ms[i] < label[r, lane]:
                label[r, lane] = seed_ms[i]
    for i in range(n_climbed):
        r = climbed[i]
        while r >= 0 and waits[r] == 0:  # all of its branches are done
            waits[r] = -1
            least = np.int32(NEVER)
            for j in range(lanes):
                least = min(least, label[r, j])
            if least <= bound:
                for k in range(up_first[r], up_first[r + 1]):
                    above, ms = up[2 * k], up[2 * k + 1]
                    if least + ms <= bound:
                        for j in range(lanes):
                            label[above, j] = min(
                                label[above, j], np.int32(label[r, j] + ms)
                            )
            r = parent[r]
            if r >= 0:
                waits[r] -= 1
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
                for j in range(lanes):
                    label[r, j] = min(label[r, j], np.int32(label[above, j] + ms))
            else:
                known = True
                for j in range(lanes):
                    label[r, j] = min(np.int32(NEVER), np.int32(label[above, j] + ms))
        least = np.int32(NEVER)
        if known:
            for j in range(lanes):
                least = min(least, label[r, j])
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
    for i in range(len(values)):
        bigger[i] = values[i]
    return bigger


@njit(cache=CACHE, nogil=True)
def table_of(
    parent, upper_first, upper, up_first, up, down_first, down, rows, run,
    seed_first, seed_rank, seed_ms, sources, lanes, bound, at_first, at_target, at_ms,
    n_targets, direct_first, direct_target, direct_ms,
):  # fmt: skip
    """Pairs within the bound of some sources, batch by batch: source, target, ms."""
    n = len(parent)
    label = np.empty((n, lanes), np.int32)
    near = np.empty(n, np.int32)
    touched = np.full(n, -1, np.int32)
    waits = np.empty(n, np.int32)
    climbed = np.empty(n, np.int32)
    reached = np.empty(n, np.int32)
    best = np.empty((n_targets, lanes), np.int32)
    met = np.full(n_targets, -1, np.int32)
    listed = np.empty(n_targets, np.int32)
    size = 4096
    pair_source = np.empty(size, np.int32)
    pair_target = np.empty(size, np.int32)
    pair_ms = np.empty(size, np.int32)
    count = 0
    for start in range(0, len(sources), lanes):
        stamp = np.int32(start // lanes)
        batch = sources[start : start + lanes]
        n_reached = labels_of(
            parent, upper_first, upper, up_first, up, down_first, down, rows, run,
            seed_first, seed_rank, seed_ms, batch, bound, stamp, label, near, touched,
            waits, climbed, reached,
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
                    for j in range(lanes):
                        best[target, j] = min(best[target, j], np.int32(label[r, j] + ms))
                else:
                    met[target] = stamp
                    listed[n_listed] = target
                    n_listed += 1
                    for j in range(lanes):
                        best[target, j] = np.int32(label[r, j] + ms)
        for lane in range(len(batch)):
            for k in range(direct_first[batch[lane]], direct_first[batch[lane] + 1]):
                if direct_ms[k] > bound:
                    continue
                target = direct_target[k]
                if met[target] != stamp:
                    met[target] = stamp
                    listed[n_listed] = target
                    n_listed += 1
                    for j in range(lanes):
                        best[target, j] = NEVER
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
def counts_of(
    parent, upper_first, upper, up_first, up, down_first, down, rows, run,
    seed_first, seed_rank, seed_ms, sources, lanes, bound,
):  # fmt: skip
    """Per rank: how many of some sources are within the bound."""
    n = len(parent)
    label = np.empty((n, lanes), np.int32)
    near = np.empty(n, np.int32)
    touched = np.full(n, -1, np.int32)
    waits = np.empty(n, np.int32)
    climbed = np.empty(n, np.int32)
    reached = np.empty(n, np.int32)
    n_within = np.zeros(n, np.int32)
    for start in range(0, len(sources), lanes):
        batch = sources[start : start + lanes]
        n_reached = labels_of(
            parent, upper_first, upper, up_first, up, down_first, down, rows, run,
            seed_first, seed_rank, seed_ms, batch, bound, np.int32(start // lanes), label,
            near, touched, waits, climbed, reached,
        )  # fmt: skip
        for i in range(n_reached):
            count = np.int32(0)
            for j in range(lanes):
                count += np.int32(label[reached[i], j] <= bound)
            n_within[reached[i]] += count
    return n_within
