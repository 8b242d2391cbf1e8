"""Where driving on and turning round would get past a turn restriction.

Between two edges that meet without a restriction, turning round never makes a path
shorter: whoever comes back to a junction where nothing is forbidden need not have
left it. At a junction with a restriction it may: drive past, turn round, and come
back by another road than the one that may not be left this way. Such an *excursion*
goes out and back by the same roads. It is worth something only while it takes no
longer than coming back without turning round (round the block, or by a dead end);
beyond that, junctions need not forbid it.
"""

# ruff: noqa: ANN001, ANN202, C901
# mypy: allow-untyped-defs, allow-untyped-calls
# Both: compiled kernels are one long loop each, typed by numba and not by annotations.

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEVER = 2**62


@njit(cache=CACHE, nogil=True)
def _is_banned(banned, n_codes, a, b):
    key = a * n_codes + b
    k = np.searchsorted(banned, key)
    return k < len(banned) and banned[k] == key


@njit(cache=CACHE, nogil=True)
def _way_back(
    first, codes, usable, ms, head, banned, avoided, start, best, turn, stamp
):  # fmt: skip
    """Least time from the beginning of ``start`` until its reverse is driven."""
    n_codes = len(ms)
    heap = [(np.int64(ms[start]), np.int64(start))]
    best[start] = ms[start]
    stamp[start] = turn
    while len(heap) > 0:
        t, a = heapq.heappop(heap)
        if t > best[a]:
            continue
        if a == start ^ 1:
            return t
        v = head[a]
        ways_on = 0
        for k in range(first[v], first[v + 1] + 1):
            if k < first[v + 1]:
                b = codes[k]
                if b == a ^ 1 or _is_banned(banned, n_codes, a, b):
                    continue
                ways_on += 1
                if _is_banned(avoided, n_codes, a, b):
                    continue
            else:  # a dead end is left as it was entered
                b = a ^ 1
                if ways_on > 0 or not usable[b] or _is_banned(banned, n_codes, a, b):
                    continue
                if _is_banned(avoided, n_codes, a, b):
                    continue
            tb = t + ms[b]
            if stamp[b] != turn or tb < best[b]:
                stamp[b] = turn
                best[b] = tb
                heapq.heappush(heap, (tb, np.int64(b)))
    return np.int64(NEVER)


@njit(cache=CACHE, nogil=True)
def _mark(
    first, codes, usable, ms, head, banned, avoided, starts, best, stamp, node_best,
    node_stamp, out,
):  # fmt: skip
    for turn in range(len(starts)):
        start = starts[turn]
        if not usable[start ^ 1]:
            continue
        most = _way_back(
            first, codes, usable, ms, head, banned, avoided, start, best, turn, stamp
        )
        v = head[start]
        heap = [(np.int64(ms[start]) + np.int64(ms[start ^ 1]), np.int64(v))]
        node_best[v] = heap[0][0]
        node_stamp[v] = turn
        while len(heap) > 0:
            t, v = heapq.heappop(heap)
            if t > most:
                break
            if t > node_best[v]:
                continue
            if first[v + 1] - first[v] > 1:
                out[v] = True
            for k in range(first[v], first[v + 1]):
                b = codes[k]
                if not usable[b ^ 1]:
                    continue
                w = head[b]
                tw = t + ms[b] + ms[b ^ 1]
                if node_stamp[w] != turn or tw < node_best[w]:
                    node_stamp[w] = turn
                    node_best[w] = tw
                    heapq.heappush(heap, (tw, np.int64(w)))


def turning_places(
    first: NDArray[np.int64],
    codes: NDArray[np.int64],
    usable: NDArray[np.bool_],
    ms: NDArray[np.int64],
    head: NDArray[np.int64],
    banned: NDArray[np.int64],
    avoided: NDArray[np.int64],
    starts: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Junctions where turning round must be forbidden for restrictions to hold.

    Parameters
    ----------
    first : (junctions + 1,) int64
    codes
        Arcs that leave junction ``v`` are ``codes[first[v]:first[v + 1]]``; the
        reverse of arc ``c`` is ``c ^ 1``.
    usable, ms, head : (arcs,)
        Whether the arc may be used, its time, the junction that it comes to.
    banned
        Sorted ``a * arcs + b`` of the arcs that may not follow one another.
    avoided
        The same of arcs that stand next to each other in a longer sequence: a way
        back without them is allowed whatever was driven before.
    starts
        Arcs that leave junctions with restrictions.

    Returns
    -------
    (junctions,) bool
    """
    n = len(first) - 1
    out = np.zeros(n, dtype=np.bool_)
    if len(starts):
        _mark(
            first, codes, usable, ms, head, banned, avoided, starts,
            np.empty(len(ms), np.int64), np.full(len(ms), -1, np.int32),
            np.empty(n, np.int64), np.full(n, -1, np.int32), out,
        )  # fmt: skip
    return out
