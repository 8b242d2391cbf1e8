"""From any one place to the same many points, again and again, by any number of threads.

What does not depend on the origin is made once. The times are those of
`travel_times.pairs`, to the millisecond.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
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
from servicemap.routing.routes import Route, route
from servicemap.routing.search import MOST_MS
from servicemap.routing.workspace import Ends, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps

# Bounds of a search: a circle twice as wide takes about four times as long, so that all
# searches before the last cost a third of it
FIRST_MS = 120_000
WIDER = 2
MINUTE_MS = 60_000


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
        start = self._start(origin)
        for bound in self._bounds(bound_ms):
            times = self._times(*start, bound)
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
        return self._times(*self._start(origin), bound_ms)

    def ways(self, origin: Snaps, rows: Sequence[int], bound_ms: int) -> list[Route | None]:
        """Ways from one place to some of the points, as `routes.route` has them.

        Parameters
        ----------
        origin
            One place, snapped to the network.
        rows
            Of the points.
        bound_ms
            Longest door-to-door time; a tight one spares most of the search.

        Returns
        -------
        list of Route
            One per row; each names the place of its row in ``rows`` as destination.
        """
        seeds = departures(self.network, places(self.network, origin))
        with self._room(seeds) as room:
            return route(
                self.network,
                origin,
                self.points.rows(rows),
                [(0, number) for number in range(len(rows))],
                minutes=bound_ms / MINUTE_MS,
                search_from="origins",
                room=room,
            )

    def _start(self, origin: Snaps) -> tuple[Ends, NDArray[np.int64]]:
        """Where one may go first, and times to points on the very edge of the origin."""
        n = len(self.points.edge)
        start = places(self.network, origin)
        none = np.zeros(n, dtype=np.int64)
        direct = straight_along(self.network, start, self.end, none, np.arange(n))
        return departures(self.network, start), direct.ms

    def _times(
        self, seeds: Ends, direct_ms: NDArray[np.int64], bound_ms: int
    ) -> NDArray[np.int64]:
        times = direct_ms.copy()
        if len(seeds.node) and len(self.into.node):
            with self._room(seeds) as room:
                room.run(seeds, bound_ms)
                state = room.state[self.into.node].astype(np.int64)
                ms = (room.epoch - state) + self.into.ms
                is_reached = state >= room.epoch - bound_ms
            np.minimum.at(times, self.into.point, np.where(is_reached, ms, NEVER_MS))
        return np.where(times <= bound_ms, times, NEVER_MS)

    @contextmanager
    def _room(self, seeds: Ends) -> Iterator[Workspace]:
        """Room that no other thread uses now; its queue must span the longest piece."""
        longest_ms = self.longest + int(seeds.ms.max(initial=0))
        try:
            room = self._rooms.pop()
        except IndexError:
            room = Workspace(self.net, longest_ms)
        if not room.spans(longest_ms):
            room = Workspace(self.net, longest_ms)
        try:
            yield room
        finally:
            self._rooms.append(room)
