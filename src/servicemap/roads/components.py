"""Which junctions are joined to which: kernels over rows of arcs.

scipy has both, but its graph routines bring its whole linear algebra along, 0.2 s in
which a network of a country is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=CACHE, nogil=True)
def _strong(first, arcs):
    n = len(first) - 1
    met = np.full(n, -1, np.int64)  # as which each node was met
    low = np.empty(n, np.int64)  # the first met node that a node leads back to
    label = np.full(n, -1, np.int32)
    arc = first[:-1].copy()  # to be followed next
    path = np.empty(n, np.int64)
    open_nodes = np.empty(n, np.int64)  # met, and not yet in a component
    count = n_met = n_open = 0
    for root in range(n):
        if met[root] >= 0:
            continue
        node, depth = root, 0
        while True:
            if met[node] < 0:
                met[node] = low[node] = n_met
                n_met += 1
                open_nodes[n_open] = node
                n_open += 1
            if arc[node] < first[node + 1]:
                head = arcs[2 * arc[node]]
                arc[node] += 1
                if met[head] < 0:
                    path[depth] = node
                    depth += 1
                    node = head
                elif label[head] < 0:
                    low[node] = min(low[node], met[head])
                continue
            if low[node] == met[node]:
                while label[node] < 0:
                    n_open -= 1
                    label[open_nodes[n_open]] = count
                count += 1
            if depth == 0:
                break
            depth -= 1
            low[path[depth]] = min(low[path[depth]], low[node])
            node = path[depth]
    return count, label


@njit(cache=CACHE, nogil=True)
def _reached(first, arcs, seed):
    found = np.zeros(len(first) - 1, np.bool_)
    found[seed] = True
    queue = np.empty(len(found), np.int64)
    queue[0] = seed
    done, filled = 0, 1
    while done < filled:
        node = queue[done]
        done += 1
        for arc in range(first[node], first[node + 1]):
            head = arcs[2 * arc]
            if not found[head]:
                found[head] = True
                queue[filled] = head
                filled += 1
    return found


def strong(
    first: NDArray[np.int64], arcs: NDArray[np.int32]
) -> tuple[int, NDArray[np.int32]]:
    """Strongly connected components: from each node to each other one, and back.

    Parameters
    ----------
    first : (n + 1,) int
        Arcs of node ``v`` are ``first[v]`` to ``first[v + 1] - 1``.
    arcs : (2 * arcs,) int
        Heads at the even places, as in `servicemap.roads.network.Network`.

    Returns
    -------
    count : int
    label : (n,) int
        Component of each node; a component has its number after all that it leads to.

    Notes
    -----
    R. Tarjan, "Depth-first search and linear graph algorithms", SIAM Journal on
    Computing 1 (1972), without recursion.
    """
    count, label = _strong(first, arcs)
    return int(count), label


def reached(
    first: NDArray[np.int64], arcs: NDArray[np.int32], seed: int
) -> NDArray[np.bool_]:
    """Whether a way leads from the seed to each node; arguments as for `strong`."""
    found: NDArray[np.bool_] = _reached(first, arcs, seed)
    return found
