"""From labels back to the path: which arcs a search came by.

A search stores times and no predecessors. A path is found afterwards by walking
from its far end along arcs that are tight, in time and in length: where the
label of one end and the weight of the arc give the label of the other, to the
bit. Of several, the first in the order of arcs is taken, so that a path depends
on nothing but its two ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from servicemap.compiled import CACHE
from servicemap.routing.ends import NEVER_MS, graph
from servicemap.routing.workspace import Ends, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from servicemap.roads.network import Network

WIDER = 4  # factor from one bound of a search to the next
FIRST_MS = 900_000


@njit(cache=CACHE, nogil=True)
def _trace(
    node, first, arcs, metres, code, seed_node, seed_ms, seed_second,
    epoch, lowest, state, second, codes,
):  # fmt: skip
    """Arcs from ``node`` to a seed; how many, and which seed. -1: there is no such path."""
    v = node
    count = 0
    while True:
        t = epoch - state[v]
        for i in range(len(seed_node)):
            if seed_node[i] == v and seed_ms[i] == t and seed_second[i] == second[v]:
                return count, i
        following = -1
        for k in range(first[v], first[v + 1]):
            w = arcs[2 * k]
            if (
                state[w] >= lowest
                and (epoch - state[w]) + arcs[2 * k + 1] == t
                and second[w] + metres[k] == second[v]
            ):
                following = w
                codes[count] = code[k]
                count += 1
                break
        if following < 0:
            return -1, -1
        v = following


@dataclass(frozen=True)
class Trace:
    """How a path leaves one point and comes to the other.

    Attributes
    ----------
    ms, metres
        Door to door, and on the roads, as `travel_times.pairs` has them.
    first, last : int
        Rows of the two points' `Ends`; -1 where the path stays on one edge.
    arcs : (n,) int32
        Whole edges between the two in driving order: ``edge * 2``, and 1 more
        where the edge is driven from its last vertex to its first.
    """

    ms: int
    metres: float
    first: int
    last: int
    arcs: NDArray[np.int32]


class Tracer:
    """Searches from one point at a time and traces paths to others.

    Parameters
    ----------
    network
        Roads of one mode.
    seeds
        Rows of the points that are searched from, sorted by point.
    bound
        Longest door-to-door time in milliseconds.
    towards
        The points searched from are the ends of the paths, not their beginnings.
    room
        To search in, of the graph that is searched and long enough; made unless given.
    """

    def __init__(
        self,
        network: Network,
        seeds: Ends,
        bound: int,
        *,
        towards: bool,
        room: Workspace | None = None,
    ) -> None:
        self.space = room or self._room(network, seeds, bound, towards=towards)
        self.seeds, self.bound, self.towards = seeds, bound, towards
        # paths are walked against the search
        self.walked = graph(network, reverse=not towards)
        self.code = network.arc_edge if towards else network.back_edge
        self.own = slice(0, 0)
        self.reach = 0
        self.found = 0

    @staticmethod
    def _room(network: Network, seeds: Ends, bound: int, *, towards: bool) -> Workspace:
        net = graph(network, reverse=towards)
        longest = int(net.arcs[1::2].max(initial=0)) + int(seeds.ms.max(initial=0))
        return Workspace(net, min(longest, bound))

    def _bounds(self) -> Iterator[int]:
        """Growing bounds: most paths are short, and labels within a bound are exact."""
        bound = FIRST_MS
        while bound < self.bound:
            yield bound
            bound *= WIDER
        yield self.bound

    def search(
        self, point: int, goals: Ends, known_ms: NDArray[np.int64]
    ) -> list[Trace | None]:
        """Fastest paths over junctions between one point and others.

        Parameters
        ----------
        point
            Number of the point among those searched from.
        goals
            Rows of the other points, ``point`` numbered from 0.
        known_ms : (others,) int64
            Time of a way that is known already, `NEVER_MS` where there is none; slower
            ones need not be found.

        Returns
        -------
        list of Trace
            One per other point, None where there is no way within the bound.
        """
        a, b = np.searchsorted(self.seeds.point, [point, point + 1])
        own = Ends(
            self.seeds.point[a:b], self.seeds.node[a:b],
            self.seeds.ms[a:b], self.seeds.second[a:b],
        )  # fmt: skip
        for bound in self._bounds():
            found = self.space.run(own, bound)
            ms = self._times(goals, bound)
            best = known_ms.copy()
            np.minimum.at(best, goals.point, ms)
            if (best <= bound).all():
                break
        self.space.label_owners(own, bound, found)
        kept = np.flatnonzero(ms <= bound)
        metres = self.space.second[goals.node[kept]] + goals.second[kept]
        order = kept[np.lexsort((kept, metres, ms[kept], goals.point[kept]))]
        rows = order[np.unique(goals.point[order], return_index=True)[1]]
        codes = np.empty(found + 1, dtype=np.int32)
        traces: list[Trace | None] = [None] * len(known_ms)
        for row in rows.tolist():
            node = int(goals.node[row])
            count, seed = _trace(
                node, self.walked.first, self.walked.arcs, self.walked.second, self.code,
                own.node, own.ms, own.second, self.space.epoch, self.space.epoch - bound,
                self.space.state, self.space.second, codes,
            )  # fmt: skip
            assert count >= 0
            arcs = codes[:count] if self.towards else codes[:count][::-1]
            ends = (row, int(a) + seed) if self.towards else (int(a) + seed, row)
            length = float(self.space.second[node] + goals.second[row])
            traces[goals.point[row]] = Trace(int(ms[row]), length, *ends, arcs.copy())
        return traces

    def _times(self, goals: Ends, bound: int) -> NDArray[np.int64]:
        """Door-to-door times of the rows of ``goals``; beyond the bound is `NEVER_MS`."""
        state = self.space.state[goals.node].astype(np.int64)
        ms = (self.space.epoch - state) + goals.ms
        reached = (state >= self.space.epoch - bound) & (ms <= bound)
        return np.where(reached, ms, NEVER_MS)
