"""Many sources at once: one pass down a contraction order serves a whole batch.

A batch of 32 or 64 sources climbs the order from its seeds to the roots, then
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

# ruff: noqa: ANN001, ANN202
# mypy: allow-untyped-defs, allow-untyped-calls
# Both: compiled kernels are one long loop each, typed by numba and not by annotations.

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from servicemap.compiled import CACHE
from servicemap.routing.contraction import NEVER
from servicemap.routing.lanes import counts_of, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from servicemap.routing.contraction import Climb
    from servicemap.routing.workspace import Ends

LANES = 32
MANY_LANES = 64  # twice the memory a row, half the batches
MANY = 1024  # sources from which the wider lanes pay
MOST_MS = NEVER - 1  # the largest bound: two labels still fit into 32 bits


@njit(cache=CACHE, nogil=True)
def _above(parent, marked):
    """What lies above the marked ranks, they included, and the size of its subtrees."""
    n = len(parent)
    run = np.zeros(n, np.int32)
    size = 0
    for r in range(n):
        if marked[r] or run[r] > 0:
            run[r] += 1
            size += 1
            if parent[r] >= 0:
                run[parent[r]] += run[r]
    rows = np.empty(size, np.int32)
    size = 0
    for r in range(n):
        if run[r] > 0:
            rows[size] = r
            size += 1
    return rows, run[rows]


@dataclass(frozen=True)
class _Batches:
    """Sources cut into spans of whole batches, neighbours together."""

    climb: Climb
    rows: NDArray[np.int32]
    run: NDArray[np.int32]
    first: NDArray[np.int64]
    rank: NDArray[np.int32]
    ms: NDArray[np.int64]
    lanes: int
    spans: list[NDArray[np.int32]]

    def each(
        self, kernel: Callable[..., Any], bound: int, more: tuple[Any, ...]
    ) -> list[Any]:
        """A kernel's answer for every span, in their order, one thread for each."""
        climb, order = self.climb, self.climb.order

        def work(span: NDArray[np.int32]) -> Any:
            return kernel(
                order.parent, order.upper_first, order.upper, climb.up_first, climb.up,
                climb.down_first, climb.down, self.rows, self.run, self.first, self.rank,
                self.ms, span, self.lanes, bound, *more,
            )  # fmt: skip

        if len(self.spans) == 1:
            return [work(self.spans[0])]
        with ThreadPoolExecutor(len(self.spans)) as pool:
            return list(pool.map(work, self.spans))


def _batches(
    climb: Climb,
    sources: Ends,
    n_sources: int,
    marked: NDArray[np.bool_],
    threads: int | None,
) -> _Batches:
    order = climb.order
    first = np.searchsorted(sources.point, np.arange(n_sources + 1)).astype(np.int64)
    lanes = MANY_LANES if n_sources >= MANY else LANES
    # junctions are in Hilbert order, so that those of a batch are neighbours
    node = np.append(sources.node, -1)[first[:-1]]
    listed = np.argsort(node, kind="stable").astype(np.int32)
    n_batches = -(-n_sources // lanes)
    workers = max(1, min(threads or os.cpu_count() or 1, n_batches))
    cuts = np.minimum(np.linspace(0, n_batches, workers + 1).astype(int) * lanes, n_sources)
    rows, run = _above(order.parent, marked)
    return _Batches(
        climb,
        rows,
        run,
        first,
        order.rank[sources.node],
        sources.ms,
        lanes,
        [listed[a:b] for a, b in itertools.pairwise(cuts)],
    )


def table(
    climb: Climb,
    sources: Ends,
    n_sources: int,
    targets: Ends,
    n_targets: int,
    direct: tuple[Any, Any, Any, Any],
    bound: int,
    *,
    threads: int | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Every pair within the bound, as the bucket queue finds them, without lengths.

    Parameters
    ----------
    climb
        Customised order, in the direction of the search.
    sources, n_sources
        How the sources meet junctions, and how many they are.
    targets, n_targets
        How the targets meet junctions.
    direct
        Pairs on one edge, as `ends.on_one_edge` gives them.
    bound
        Milliseconds, at most `MOST_MS`.
    threads
        All cores unless told.

    Returns
    -------
    source, target, ms
        Pairs in no order that means anything.
    missing
        NaN for each: lengths are not swept.
    """
    order = climb.order
    n = len(order.rank)
    rank = order.rank[targets.node]
    by_rank = np.argsort(rank, kind="stable")
    at_first = np.searchsorted(rank[by_rank], np.arange(n + 1)).astype(np.int64)
    marked = np.zeros(n, dtype=bool)
    marked[rank] = True
    batches = _batches(climb, sources, n_sources, marked, threads)
    direct_first, direct_target, direct_ms, _ = direct
    parts = batches.each(
        table_of,
        bound,
        (
            at_first,
            targets.point[by_rank],
            targets.ms[by_rank],
            n_targets,
            direct_first,
            direct_target,
            direct_ms,
        ),
    )
    source, target, ms = (np.concatenate(column) for column in zip(*parts, strict=True))
    return source, target, ms, np.full(len(ms), np.nan)


def n_within(
    climb: Climb,
    sources: Ends,
    n_sources: int,
    bound: int,
    *,
    threads: int | None = None,
) -> NDArray[np.int32]:
    """How many of the sources are within the bound of each junction.

    Parameters
    ----------
    climb, sources, n_sources, bound, threads
        As for `table`.

    Returns
    -------
    (junctions,) int32
    """
    order = climb.order
    marked = np.ones(len(order.rank), dtype=bool)
    batches = _batches(climb, sources, n_sources, marked, threads)
    parts = batches.each(counts_of, bound, ())
    by_rank = np.zeros(len(order.rank), dtype=np.int32)
    for part in parts:
        by_rank += part
    return by_rank[order.rank]
