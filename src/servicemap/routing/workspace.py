"""Room to search in: labels and queue of one thread, used for one search after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.routing.search import (
    LOWEST,
    PER_LABEL,
    SHIFT,
    many_to_many_kernel,
    search_kernel,
    second_labels_kernel,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Graph:
    """Arcs as the kernels read them; ``second`` is what decides between equal costs."""

    first: NDArray[np.int64]
    arcs: NDArray[np.int32]
    second: NDArray[np.float64]

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.first) - 1


@dataclass(frozen=True)
class Ends:
    """How points meet nodes: one row per point and node, sorted by point.

    Attributes
    ----------
    point, node : (rows,) int32
    ms : (rows,) int64
        From the point to the node or back, straight leg included.
    second : (rows,) float64
        The other weight of the same piece.
    """

    point: NDArray[np.int32]
    node: NDArray[np.int32]
    ms: NDArray[np.int64]
    second: NDArray[np.float64]


def _slots(longest_ms: int) -> int:
    """Buckets of a queue that holds times up to ``longest_ms`` apart."""
    return 1 << max(1, int((longest_ms >> SHIFT) + 2).bit_length())


def queue_pool(room: int) -> NDArray[np.int32]:
    """Room for so many labels in the queue, all of it free; see `search_kernel`.

    All zero, for the kernel looks ahead at a place that may not be used yet: whatever
    stands there must be a node.
    """
    pool = np.zeros(PER_LABEL * room, dtype=np.int32)
    pool[:room] = np.arange(room)
    return pool


class Workspace:
    """Labels and queue of one thread; made once and used for many searches."""

    def __init__(self, graph: Graph, longest_ms: int) -> None:
        n = max(graph.n, 1)
        self.graph = graph
        # half the memory of the graph's own, which is what a search waits for
        self.first = graph.first.astype(np.int32)
        self.state = np.full(n, LOWEST, dtype=np.int32)
        self.epoch = LOWEST + 1
        self.bucket = np.full(_slots(longest_ms), -1, dtype=np.int32)
        self.pool = queue_pool(max(4096, n // 4))
        self.reached = np.empty(n + 1, dtype=np.int32)
        self.second = np.empty(n, dtype=np.float64)
        self.owner = np.empty(n, dtype=np.int32)

    def spans(self, longest_ms: int) -> bool:
        """Whether the queue is long enough for arcs and seeds of this length."""
        return len(self.bucket) >= _slots(longest_ms)

    def enlarge(self) -> None:
        """Twice the queue; the interrupted search is done again."""
        self.pool = queue_pool(2 * (len(self.pool) // PER_LABEL))

    def _next_epoch(self, bound: int) -> None:
        if self.epoch > 2**31 - 2 - bound - 1:
            self.state[:] = LOWEST
            self.epoch = LOWEST + 1
        self.epoch += bound + 1

    def run(self, seeds: Ends, bound: int) -> int:
        """Search from all seeds at once; how many nodes are within ``bound`` ms."""
        while True:
            self._next_epoch(bound)
            found = search_kernel(
                self.first, self.graph.arcs, seeds.node, seeds.ms, 0, len(seeds.node),
                bound, self.epoch, self.state, self.bucket, self.pool, self.reached,
            )  # fmt: skip
            if found >= 0:
                return int(found)
            self.enlarge()

    def label_owners(self, seeds: Ends, bound: int, found: int) -> None:
        """After `run`: which seed's point is nearest, and the second weight to it."""
        second_labels_kernel(
            self.first, self.graph.arcs, self.graph.second, seeds.node, seeds.ms,
            seeds.second, seeds.point, 0, len(seeds.node), bound, self.epoch, self.state,
            self.reached, found, self.second, self.owner,
        )  # fmt: skip

    def times(self, found: int) -> NDArray[np.int64]:
        """Times of the last search per node; -1 where it did not reach."""
        times = np.full(self.graph.n, -1, dtype=np.int64)
        nodes = self.reached[:found]
        times[nodes] = self.epoch - self.state[nodes].astype(np.int64)
        return times


def many_to_many(
    work: Workspace,
    sources: Ends,
    n_sources: int,
    by_node: tuple[Any, Ends],
    n_targets: int,
    direct: tuple[Any, Any, Any, Any],
    span: tuple[int, int],
    bound: int,
    *,
    want_second: bool,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Pairs within the bound for the sources of ``span``; see `search`."""
    source_first = np.searchsorted(sources.point, np.arange(n_sources + 1)).astype(np.int64)
    at_first, at = by_node
    best = np.full(n_targets, -1, dtype=np.int64)
    best_second = np.empty(n_targets, dtype=np.float64)
    while True:
        count, epoch, *pairs = many_to_many_kernel(
            work.first, work.graph.arcs, work.graph.second, source_first,
            sources.node, sources.ms, sources.second, at_first, at.point, at.ms, at.second,
            *direct, span[0], span[1], bound, np.int64(work.epoch), work.state, work.bucket,
            work.pool, work.reached, work.second, best, best_second, want_second,
        )  # fmt: skip
        work.epoch = int(epoch)
        if count >= 0:
            return tuple(pairs)
        work.enlarge()
        best[:] = -1
