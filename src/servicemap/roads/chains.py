"""Chains of road segments between junctions: the kernel of the junction graph.

Nodes where nothing can be decided (two segments meet, usable in matching
directions) lie inside a chain; the rest are junctions. Searching over chains
instead of raw segments was measured 4 to 9 times faster with equal results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=CACHE, nogil=True)
def _incidence(a, b, n):
    first = np.zeros(n + 1, np.int64)
    for i in range(len(a)):
        first[a[i] + 1] += 1
        first[b[i] + 1] += 1
    for v in range(n):
        first[v + 1] += first[v]
    fill = first[:-1].copy()
    segment = np.empty(2 * len(a), np.int64)
    for i in range(len(a)):
        segment[fill[a[i]]] = i
        fill[a[i]] += 1
        segment[fill[b[i]]] = i
        fill[b[i]] += 1
    return first, segment


@njit(cache=CACHE, nogil=True)
def _chains(a, b, forward, backward, n, cut):
    first, incident = _incidence(a, b, n)
    junction = np.ones(n, np.bool_)
    for v in range(n):
        if first[v + 1] - first[v] != 2 or cut[v]:
            continue
        i, j = incident[first[v]], incident[first[v] + 1]
        if i == j:
            continue  # a loop on its own: keep its node
        # allowed towards v, and away from v, seen from v
        i_in = forward[i] if b[i] == v else backward[i]
        i_out = backward[i] if b[i] == v else forward[i]
        j_in = forward[j] if b[j] == v else backward[j]
        j_out = backward[j] if b[j] == v else forward[j]
        junction[v] = not (i_in == j_out and i_out == j_in)

    m = len(a)
    done = np.zeros(m, np.bool_)
    order = np.empty(m, np.int64)  # segments in chain order
    flip = np.empty(m, np.bool_)  # walked from b to a
    chain_first = np.empty(m + 1, np.int64)
    count = 0
    filled = 0
    for turn in range(2):
        # second turn: rings that hold no junction at all begin at any node
        for v in range(n):
            if turn == 0 and not junction[v]:
                continue
            for k in range(first[v], first[v + 1]):
                segment = incident[k]
                if done[segment]:
                    continue
                junction[v] = True
                chain_first[count] = filled
                count += 1
                at = v
                while True:
                    done[segment] = True
                    order[filled] = segment
                    flip[filled] = b[segment] == at and a[segment] != at
                    at = a[segment] if flip[filled] else b[segment]
                    filled += 1
                    if junction[at]:
                        break
                    other = incident[first[at]]
                    segment = incident[first[at] + 1] if other == segment else other
    chain_first[count] = filled
    return order, flip, chain_first[: count + 1].copy(), junction


def chains(
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    forward: NDArray[np.bool_],
    backward: NDArray[np.bool_],
    n: int,
    cut: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64], NDArray[np.bool_]]:
    """Group segments into chains between junctions.

    Parameters
    ----------
    a, b : (m,) int
        End nodes of each segment, ``0 <= node < n``.
    forward, backward : (m,) bool
        Whether a segment may be used from ``a`` to ``b``, from ``b`` to ``a``.
    n
        Number of nodes.
    cut : (n,) bool
        Nodes that are junctions in any case; none unless told.

    Returns
    -------
    order : (m,) int
        All segments, chain after chain, in walking order.
    flip : (m,) bool
        Whether the segment at that place is walked from ``b`` to ``a``.
    first : (chains + 1,) int
        Chain ``i`` is ``order[first[i]:first[i + 1]]``.
    junction : (n,) bool
        Nodes where chains begin or end.
    """
    return _chains(
        np.ascontiguousarray(a, np.int64),
        np.ascontiguousarray(b, np.int64),
        np.ascontiguousarray(forward, np.bool_),
        np.ascontiguousarray(backward, np.bool_),
        n,
        np.zeros(n, np.bool_) if cut is None else np.ascontiguousarray(cut, np.bool_),
    )
