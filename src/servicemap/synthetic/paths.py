"""Cheapest ways over a grid of cells: trees, territories, links between neighbours.

All steps are one multi-source search each (`scipy.sparse.csgraph.dijkstra`), so
that a province takes a few of them and not one per village. Links between
neighbouring sources follow Mehlhorn (1988), "A faster approximation algorithm
for the Steiner problem in graphs".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

AROUND = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))


def lattice(
    passable: NDArray[np.bool_],
    weight: Floats,
    *,
    edges_only: bool = False,
    rise_cost: float = 0.0,
    height: Floats | None = None,
) -> Any:
    """Graph of the cells.

    Parameters
    ----------
    passable
        Shape (rows, cols).
    weight
        Cost of a step within a cell; a step costs the mean of its two cells times
        its length in cells.
    edges_only
        Only steps over an edge (4 neighbours), not over a corner (8).
    rise_cost, height
        A step also costs ``rise_cost * (rise per cell)**2`` times its length.

    Returns
    -------
    csr_array
        Shape (cells, cells).
    """
    from scipy import sparse

    rows, cols = passable.shape
    around = AROUND[:4] if edges_only else AROUND
    heads = np.full((len(around), rows, cols), -1, dtype=np.int32)
    costs = np.zeros((len(around), rows, cols), dtype=np.float32)
    number = np.arange(rows * cols, dtype=np.int32).reshape(rows, cols)
    for k, (dr, dc) in enumerate(around):
        here = (
            slice(max(0, -dr), rows - max(0, dr)),
            slice(max(0, -dc), cols - max(0, dc)),
        )
        there = (slice(max(0, dr), rows + min(0, dr)), slice(max(0, dc), cols + min(0, dc)))
        length = float(np.hypot(dr, dc))
        cost = length * 0.5 * (weight[here] + weight[there])
        if height is not None:
            rise = (height[there] - height[here]) / length
            cost = cost + length * rise_cost * np.minimum(rise * rise, 1e4)
        both = passable[here] & passable[there]
        heads[k][here] = np.where(both, number[there], -1)
        costs[k][here] = cost
    to = heads.reshape(len(around), -1).T
    price = costs.reshape(len(around), -1).T
    valid = to >= 0
    starts = np.concatenate([[0], np.cumsum(valid.sum(axis=1))])
    return sparse.csr_array(
        (price[valid].astype(np.float64), to[valid], starts.astype(np.int32)),
        shape=(rows * cols, rows * cols),
    )


def grow(graph: Any, sources: Any) -> tuple[Floats, Integers, Integers]:
    """One search from all sources at once.

    Returns
    -------
    distance, towards, source
        Per cell the cost to the nearest source, the next cell on the way to it
        (-1 at sources and where there is none), and that source's cell (-1).
    """
    from scipy.sparse.csgraph import dijkstra

    found: Any = dijkstra(
        graph,
        indices=np.unique(np.asarray(sources)),
        min_only=True,
        return_predecessors=True,
    )
    distance, towards, source = found
    towards = np.where(towards < 0, -1, towards).astype(np.int64)
    return distance, towards, np.where(source < 0, -1, source).astype(np.int64)


def trace(towards: Integers, targets: Any) -> Integers:
    """Steps of the union of the ways from the targets to their sources.

    Returns
    -------
    array, shape (steps, 2)
        Each step once, from a cell to the next.
    """
    marked = np.zeros(len(towards), dtype=bool)
    front = np.unique(np.asarray(targets, dtype=np.int64))
    while front.size:
        marked[front] = True
        ahead = towards[front]
        front = np.unique(ahead[ahead >= 0])
        front = front[~marked[front]]
    cells = np.flatnonzero(marked & (towards >= 0))
    return np.stack([cells, towards[cells]], axis=1)


def accumulate(towards: Integers, weight: Any) -> Floats:
    """Sum of the weights of all cells whose way leads through a cell, itself included."""
    depth = np.where(towards >= 0, 1, 0)
    ahead = towards.copy()
    while (ahead >= 0).any():  # pointer doubling: depth of every cell in its tree
        on = ahead >= 0
        depth[on] += depth[ahead[on]]
        ahead[on] = ahead[ahead[on]]
    total = np.asarray(weight, dtype=np.float64).copy()
    order = np.argsort(-depth, kind="stable")
    order = order[depth[order] > 0]
    ends = np.flatnonzero(np.diff(depth[order])) + 1
    for level in np.split(order, ends):
        np.add.at(total, towards[level], total[level])
    return total


def walk(towards: Integers, start: int) -> list[int]:
    """Cells of one way, from ``start`` to its source."""
    way = [start]
    while towards[way[-1]] >= 0:
        way.append(int(towards[way[-1]]))
    return way


def links(graph: Any, distance: Floats, source: Integers) -> dict[str, NDArray[Any]]:
    """Cheapest link between each two sources whose territories touch.

    Returns
    -------
    dict
        ``a < b`` (cells of the sources), ``u, v`` (the step where the territories
        touch, u on a's side), ``cost``; ordered by a, then b.
    """
    tails = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    heads = graph.indices
    a, b = source[tails], source[heads]
    keep = (a >= 0) & (b >= 0) & (a < b)
    tails, heads, a, b = tails[keep], heads[keep].astype(np.int64), a[keep], b[keep]
    cost = distance[tails] + graph.data[keep] + distance[heads]
    order = np.lexsort((heads, tails, cost, b, a))
    a, b = a[order], b[order]
    first = np.ones(len(a), dtype=bool)
    first[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    picked = order[first]
    return {
        "a": a[first],
        "b": b[first],
        "u": tails[picked],
        "v": heads[picked],
        "cost": cost[picked],
    }


def relative_neighbours(found: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Links that no third source shortens (Toussaint's relative neighbourhood graph).

    The graph of these links contains the minimum spanning tree and has few loops.
    """
    near: dict[int, dict[int, float]] = {}
    for a, b, cost in zip(
        found["a"].tolist(), found["b"].tolist(), found["cost"].tolist(), strict=True
    ):
        near.setdefault(a, {})[b] = cost
        near.setdefault(b, {})[a] = cost
    keep = [
        not any(max(near[a][c], near[b][c]) < cost for c in near[a].keys() & near[b].keys())
        for a, b, cost in zip(
            found["a"].tolist(), found["b"].tolist(), found["cost"].tolist(), strict=True
        )
    ]
    return np.array(keep, dtype=bool)
