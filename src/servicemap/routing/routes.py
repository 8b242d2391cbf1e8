"""The path of any pair: the very one that `travel_times.pairs` times.

The fastest way, of equally fast ones the shortest, of those the first in the
order of the network's arcs. It is found by searches from the destinations, and
by none that depends on which other pairs were asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from servicemap.routing.ends import (
    NEVER_MS,
    Places,
    arrivals,
    departures,
    n_forwards,
    places,
    straight_along,
)
from servicemap.routing.hops import Hops, along_edge, over_edges
from servicemap.routing.steps import Step, steps_of
from servicemap.routing.traces import Trace, Tracer
from servicemap.routing.travel_times import bound_ms
from servicemap.routing.workspace import Ends, Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    import shapely
    from numpy.typing import NDArray

    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps


@dataclass(frozen=True)
class Leg:
    """The straight walk between a point and its road, in the direction of travel."""

    lon: tuple[float, float]
    lat: tuple[float, float]
    length_m: float
    travel_ms: int


@dataclass(frozen=True, eq=False)
class Route:
    """One way from an origin to a destination.

    Attributes
    ----------
    origin, destination
        Rows of the two points.
    travel_ms, distance_m
        Door to door, and on the roads without the straight legs, as
        `travel_times.Pairs` has them.
    lon, lat : (n,) float64
        The way on the roads, at least two points.
    at_ms : (n,) int64
        Time since the door of the origin at each of them.
    at_m : (n,) float64
        Length on the roads up to each of them.
    arcs : (k,) int32
        Edges used, in order: ``edge * 2``, and 1 more where the edge is driven from
        its last vertex to its first. The first and the last are used in part. A point
        at the end of a one-way edge that it does not use begins or ends at the junction.
    legs
        From the door to the road, and from the road to the door.
    steps
        What to do, from ``depart`` to ``arrive``; times and lengths add up to
        those of the way on the roads.
    """

    origin: int
    destination: int
    travel_ms: int
    distance_m: float
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    at_ms: NDArray[np.int64]
    at_m: NDArray[np.float64]
    arcs: NDArray[np.int32]
    legs: tuple[Leg, Leg]
    steps: tuple[Step, ...]

    @property
    def line(self) -> shapely.LineString:
        """The way on the roads in degrees."""
        import shapely

        return shapely.linestrings(np.column_stack([self.lon, self.lat]))


def route(
    network: Network,
    origins: Snaps,
    destinations: Snaps,
    rows: Sequence[tuple[int, int]] | NDArray[np.int64],
    *,
    minutes: float | None = None,
    search_from: Literal["destinations", "origins"] = "destinations",
    room: Workspace | None = None,
) -> list[Route | None]:
    """Ways of chosen pairs; pairs with one destination share its search.

    Parameters
    ----------
    network
        Roads of one mode.
    origins, destinations
        Points snapped to this network.
    rows : (pairs, 2)
        Row of the origin and row of the destination of each pair.
    minutes
        Bound of the door-to-door time; None for no bound.
    search_from
        ``"origins"`` makes one search per origin instead. Time and length are the
        same; of ways that are equal in both, another one may be told.
    room
        To search in, as `traces.Tracer` takes it.

    Returns
    -------
    list of Route
        One per pair in the given order; None where there is no way within the bound.

    Raises
    ------
    InputError
        ``minutes`` is negative or not a number.
    IndexError
        There is no such row.
    """
    bound = bound_ms(minutes)
    wanted = np.asarray(rows, dtype=np.int64).reshape(-1, 2)
    sizes = (len(origins.edge), len(destinations.edge))
    if ((wanted < 0) | (wanted >= sizes)).any():
        raise IndexError("a pair names a row that is not there")
    start, end = places(network, origins), places(network, destinations)
    out, into = departures(network, start), arrivals(network, end)
    direct = straight_along(network, start, end, wanted[:, 0], wanted[:, 1])
    known_ms = np.where(direct.ms <= bound, direct.ms, NEVER_MS)
    towards = search_from == "destinations"
    seeds, others = (into, out) if towards else (out, into)
    own, other = (1, 0) if towards else (0, 1)
    tracer = Tracer(network, seeds, bound, towards=towards, room=room)
    traces: list[Trace | None] = [None] * len(wanted)
    for point in np.unique(wanted[:, own]).tolist():
        members = np.flatnonzero(wanted[:, own] == point)
        goals, goal_rows = _of_points(others, wanted[members, other])
        ways = tracer.search(point, goals, known_ms[members])
        for member, way in zip(members.tolist(), ways, strict=True):
            if way is None:
                continue
            row = int(goal_rows[way.first if towards else way.last])
            traces[member] = replace(way, first=row) if towards else replace(way, last=row)
    made = _Maker(
        network, origins, destinations, start, end,
        _direction(network, start, out, leaving=True),
        _direction(network, end, into, leaving=False),
    )  # fmt: skip
    found: list[Route | None] = []
    for pair, (i, j) in enumerate(wanted.tolist()):
        trace, best_ms = traces[pair], int(known_ms[pair])
        metres = float(direct.metres[pair])
        if best_ms < NEVER_MS and (
            trace is None or (best_ms, metres) <= (trace.ms, trace.metres)
        ):
            code = int(2 * start.edge[i] + (not direct.forward[pair]))
            trace = Trace(best_ms, metres, -1, -1, np.array([code], dtype=np.int32))
        found.append(None if trace is None else made.route(i, j, trace))
    return found


def _of_points(ends: Ends, points: NDArray[np.int64]) -> tuple[Ends, NDArray[np.int64]]:
    """Rows of chosen points, numbered in their order, and which rows they are."""
    left = np.searchsorted(ends.point, points, side="left")
    counts = np.searchsorted(ends.point, points, side="right") - left
    number = np.repeat(np.arange(len(points)), counts)
    rows = np.repeat(left - np.cumsum(counts) + counts, counts) + np.arange(len(number))
    chosen = Ends(
        number.astype(np.int32), ends.node[rows], ends.ms[rows], ends.second[rows]
    )
    return chosen, rows


@dataclass(frozen=True)
class _Maker:
    """Turns traces into routes."""

    network: Network
    origins: Snaps
    destinations: Snaps
    start: Places
    end: Places
    out: NDArray[np.int64]  # code of the edge and direction of each row of the ends
    into: NDArray[np.int64]

    def route(self, i: int, j: int, trace: Trace) -> Route:
        network = self.network
        before = _leg(self.origins, i)
        after = _leg(self.destinations, j, back=True)
        begin, goal = (self.origins, self.start, i), (self.destinations, self.end, j)
        if trace.first < 0:
            arcs = trace.arcs
            hops = along_edge(network, int(arcs[0]), begin, goal)
        else:
            leaving, coming = int(self.out[trace.first]), int(self.into[trace.last])
            arcs = self._open(np.array([leaving, *trace.arcs, coming], dtype=np.int32))
            hops = Hops.joined(
                [
                    along_edge(network, leaving, begin, None),
                    over_edges(network, trace.arcs),
                    along_edge(network, coming, None, goal),
                ]
            )
        hops = hops.shortened()
        at_ms = before.travel_ms + np.concatenate([[0], np.cumsum(hops.ms)])
        at_m = np.concatenate([[0.0], np.cumsum(hops.metres)])
        assert at_ms[-1] + after.travel_ms == trace.ms
        return Route(
            origin=i,
            destination=j,
            travel_ms=trace.ms,
            distance_m=trace.metres,
            lon=hops.lon,
            lat=hops.lat,
            at_ms=at_ms.astype(np.int64),
            at_m=at_m,
            arcs=arcs,
            legs=(before, after),
            steps=steps_of(network, hops, (after.lon[1], after.lat[1])),
        )

    def _open(self, arcs: NDArray[np.int32]) -> NDArray[np.int32]:
        """Arcs without those that are closed, of which only an end was used."""
        edge, network = arcs >> 1, self.network
        return arcs[
            np.where(arcs & 1, network.edge_backward[edge], network.edge_forward[edge])
        ]


def _direction(
    network: Network, at: Places, ends: Ends, *, leaving: bool
) -> NDArray[np.int64]:
    """Code of the edge and direction of each row: those of forwards come first."""
    first = np.searchsorted(ends.point, ends.point, side="left")
    forwards = n_forwards(network, at, leaving=leaving)[ends.point]
    codes = 2 * at.edge[ends.point].astype(np.int64)
    return codes + (np.arange(len(first)) - first >= forwards)


def _leg(snaps: Snaps, row: int, *, back: bool = False) -> Leg:
    lon = (float(snaps.own_lon[row]), float(snaps.lon[row]))
    lat = (float(snaps.own_lat[row]), float(snaps.lat[row]))
    if back:
        lon, lat = lon[::-1], lat[::-1]
    return Leg(lon, lat, float(snaps.leg_m[row]), int(snaps.leg_ms[row]))


__all__ = ["Leg", "Route", "Step", "route"]
