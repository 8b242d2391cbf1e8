"""From any one place to the same many points, again and again, by any number of threads.

What does not depend on the origin is made once. The times are those of
`travel_times.pairs`, to the millisecond.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from servicemap.routing.ends import (
    NEVER_MS,
    arrivals,
    departures,
    graph,
    places,
    straight_along,
)
from servicemap.routing.search import MOST_MS
from servicemap.routing.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps

FIRST_MS = 900_000
WIDER = 4  # factor from one bound of a search to the next


class OneToMany:
    """Points that are asked for again and again.

    Parameters
    ----------
    network
        Roads of one mode.
    points
        Destinations, snapped to it; the order of their rows decides ties.
    """

    def __init__(self, network: Network, points: Snaps) -> None:
        self.network, self.points = network, points
        self.end = places(network, points)
        self.into = arrivals(network, self.end)
        self.net = graph(network, reverse=False)
        self.longest = int(self.net.arcs[1::2].max(initial=0))
        self._rooms: deque[Workspace] = deque()

    def by_time(self, origin: Snaps, bound_ms: int = MOST_MS) -> Iterator[tuple[int, int]]:
        """Points from the nearest on, found as they are asked for.

        Parameters
        ----------
        origin
            One place, snapped to the network.
        bound_ms
            Longest door-to-door time.

        Yields
        ------
        row, travel_ms
            Row of the point and the time to it; equally far ones by row. A point
            without a way within the bound does not come.
        """
        told = np.zeros(len(self.points.edge), dtype=bool)
        for bound in self._bounds(bound_ms):
            times = self.times(origin, bound)
            near = np.flatnonzero((times <= bound) & ~told)
            told[near] = True
            for row in near[np.argsort(times[near], kind="stable")].tolist():
                yield row, int(times[row])
            if told.all():
                return

    def _bounds(self, most: int) -> Iterator[int]:
        bound = FIRST_MS
        while bound < most and bound < MOST_MS // WIDER:
            yield bound
            bound *= WIDER
        yield most

    def times(self, origin: Snaps, bound_ms: int = MOST_MS) -> NDArray[np.int64]:
        """Door-to-door times from one place to every point, in whole milliseconds.

        Parameters
        ----------
        origin
            One place, snapped to the network.
        bound_ms
            Times above it are `NEVER_MS`.

        Returns
        -------
        ndarray of int64, shape (points,)
        """
        n = len(self.points.edge)
        start = places(self.network, origin)
        rows = np.arange(n)
        times = straight_along(
            self.network, start, self.end, np.zeros(n, dtype=np.int64), rows
        ).ms.copy()
        seeds = departures(self.network, start)
        if len(seeds.node) and len(self.into.node):
            longest = self.longest + int(seeds.ms.max())
            room = self._room(longest)
            try:
                room.run(seeds, bound_ms)
                state = room.state[self.into.node].astype(np.int64)
                ms = (room.epoch - state) + self.into.ms
                is_reached = state >= room.epoch - bound_ms
            finally:
                self._rooms.append(room)
            np.minimum.at(times, self.into.point, np.where(is_reached, ms, NEVER_MS))
        return np.where(times <= bound_ms, times, NEVER_MS)

    def _room(self, longest_ms: int) -> Workspace:
        """Room that no other thread uses now; its queue must span the longest piece."""
        try:
            room = self._rooms.pop()
        except IndexError:
            return Workspace(self.net, longest_ms)
        return room if room.spans(longest_ms) else Workspace(self.net, longest_ms)
