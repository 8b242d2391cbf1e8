"""Points and a `Network` -> seconds: tables of pairs, and the nearest of many.

Searches start at the points on the side that is asked for (service points, as
a rule) and run against the arrows when times *towards* them are wanted.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from servicemap.errors import InputError
from servicemap.roads.snapping import Snaps, snap
from servicemap.routing.ends import (
    MM,
    arrivals,
    by_node,
    departures,
    graph,
    on_one_edge,
    places,
)
from servicemap.routing.search import MOST_MS
from servicemap.routing.workspace import Ends, Graph, Workspace, many_to_many
from servicemap.table_columns import cutoff_ms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.roads.network import Network

Weight = Literal["time", "distance"]
Engine = Literal["search", "sweeps"]


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows within the bound, in the order of their rows.

    Attributes
    ----------
    origin, destination : (pairs,) int32
        Rows of the origins and the destinations.
    travel_ms : (pairs,) int64
        Door to door, both straight legs walked.
    distance_m : (pairs,) float64
        Length on the roads of the chosen path, without the straight legs; NaN
        where it was not wanted.
    """

    origin: NDArray[np.int32]
    destination: NDArray[np.int32]
    travel_ms: NDArray[np.int64]
    distance_m: NDArray[np.float64]


@dataclass(frozen=True)
class Nearest:
    """The nearest destination of each origin; row -1 and NaN where there is none."""

    destination: NDArray[np.int32]
    travel_ms: NDArray[np.int64]
    distance_m: NDArray[np.float64]


def pairs(
    network: Network,
    origins: Snaps,
    destinations: Snaps,
    *,
    minutes: float | None = None,
    weight: Weight = "time",
    search_from: Literal["destinations", "origins"] | None = None,
    threads: int | None = None,
    want_distance: bool = True,
    engine: Engine | None = None,
) -> Pairs:
    """Travel times from every origin to every destination, within a bound.

    Parameters
    ----------
    network
        Roads of one mode.
    origins, destinations
        Points snapped to this network.
    minutes
        Bound of the door-to-door time; None for no bound.
    weight
        What the path minimises: ``"time"`` (then the shortest of equally fast
        paths), or ``"distance"`` (then the fastest of equally short ones).
    search_from
        The side to search from; the one with fewer points unless told. The
        answer is the same.
    threads
        Number of threads; all cores unless told. The answer is the same.
    want_distance
        False leaves ``distance_m`` missing, and lets `sweeps` answer where many
        sources overlap; times are the same. A path of least length has lengths anyway.
    engine
        The engine of times without lengths; what promises to be faster unless told.
        The answer is the same. Without a bound the bucket queue answers,
        whatever was told.

    Returns
    -------
    Pairs
        Sorted by origin, then destination; an absent pair is beyond the bound
        or has no route.
    """
    if search_from is None:
        fewer = len(destinations.edge) <= len(origins.edge)
        search_from = "destinations" if fewer else "origins"
    reverse = search_from == "destinations"
    start, goal = (destinations, origins) if reverse else (origins, destinations)
    at_start, at_goal = places(network, start), places(network, goal)
    sources = (arrivals if reverse else departures)(network, at_start)
    targets = (departures if reverse else arrivals)(network, at_goal)
    direct = on_one_edge(network, at_start, at_goal, reverse=reverse)
    net = graph(network, reverse=reverse)
    bound = bound_ms(minutes)
    counts = (len(start.edge), len(goal.edge))
    if weight == "distance":
        found = _by_distance(
            net, sources, targets, direct, at_start, at_goal, bound, threads
        )
    elif want_distance or not _sweeps(network, net, sources, counts, bound, engine):
        found = _by_time(
            net, sources, targets, direct, *counts, bound, threads, want_distance
        )
    else:
        from servicemap.routing import orders, sweeps

        found = sweeps.table(
            orders.climb(network, reverse=reverse),
            sources,
            counts[0],
            targets,
            counts[1],
            direct,
            bound,
            threads=threads,
        )
    source, target, ms, metres = found
    origin, destination = (target, source) if reverse else (source, target)
    order = _in_order(origin, destination)
    return Pairs(
        origin=origin[order],
        destination=destination[order],
        travel_ms=ms[order].astype(np.int64),
        distance_m=metres[order],
    )


def _in_order(major: NDArray[np.int32], minor: NDArray[np.int32]) -> NDArray[np.int64]:
    """The order of pairs by one row number, then by the other."""
    if not len(major):
        return np.empty(0, dtype=np.int64)
    # each pair is there once: one sort of whole numbers, some times faster than lexsort
    return np.argsort(major.astype(np.int64) * (int(minor.max()) + 1) + minor)


def _sweeps(
    network: Network,
    net: Graph,
    sources: Ends,
    counts: tuple[int, int],
    bound: int,
    engine: Engine | None,
) -> bool:
    if engine == "search" or not min(counts):
        return False
    # compiled code of their own: loaded only where they may be wanted
    from servicemap.routing.engines import sweeps_pay
    from servicemap.routing.sweeps import MOST_MS as MOST_SWEPT_MS

    if engine == "sweeps":
        return bound <= MOST_SWEPT_MS
    return sweeps_pay(network, net, sources, counts[0], bound)


def bound_ms(minutes: float | None) -> int:
    """A cutoff as the kernels take it; None is no bound but that of the labels.

    Raises
    ------
    InputError
        The cutoff is negative or not a number.
    """
    if minutes is None:
        return MOST_MS
    if not minutes >= 0:
        raise InputError("bad_minutes", minutes=minutes)
    return int(min(cutoff_ms(min(minutes, MOST_MS / 60_000)), MOST_MS))


def _by_time(
    net: Graph,
    sources: Ends,
    targets: Ends,
    direct: tuple[NDArray, NDArray, NDArray, NDArray],  # type: ignore[type-arg]
    n_sources: int,
    n_targets: int,
    bound: int,
    threads: int | None,
    want_distance: bool = True,
) -> tuple[NDArray, NDArray, NDArray, NDArray]:  # type: ignore[type-arg]
    longest = int(net.arcs[1::2].max(initial=0)) + int(sources.ms.max(initial=0))
    longest = min(longest, bound)
    seats = by_node(targets, net.n)
    workers = max(1, min(threads or os.cpu_count() or 1, n_sources))
    cuts = np.linspace(0, n_sources, 4 * workers + 1).astype(int)
    spans = [(int(a), int(b)) for a, b in itertools.pairwise(cuts) if a < b]
    idle = [Workspace(net, longest) for _ in range(workers)]

    def work(span: tuple[int, int]) -> Any:
        space = idle.pop()
        try:
            return many_to_many(
                space, sources, n_sources, seats, n_targets, direct, span, bound,
                want_second=want_distance,
            )  # fmt: skip
        finally:
            idle.append(space)

    if workers == 1:
        parts = [work(span) for span in spans]
    else:
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(work, spans))
    if not parts:
        none = np.empty(0, dtype=np.int32)
        return none, none, none, np.empty(0)
    source, target, ms, second = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return source, target, ms, second if want_distance else np.full(len(ms), np.nan)


def _by_distance(
    net: Graph,
    sources: Ends,
    targets: Ends,
    direct: tuple[NDArray, NDArray, NDArray, NDArray],  # type: ignore[type-arg]
    at_start: object,
    at_goal: object,
    bound: int,
    threads: int | None,
) -> tuple[NDArray, NDArray, NDArray, NDArray]:  # type: ignore[type-arg]
    """The same search with millimetres as cost and time second.

    The bound in time becomes one in length at the highest speed of the network;
    what is longer in time is dropped afterwards.
    """

    def swapped(ends: Ends, extra_m: float = 0.0) -> Ends:
        mm = np.rint((ends.second + extra_m) * MM).astype(np.int64)
        return Ends(ends.point, ends.node, mm, ends.ms.astype(np.float64))

    arcs = net.arcs.copy()
    time = net.arcs[1::2].astype(np.float64)
    arcs[1::2] = np.maximum(1, np.rint(net.second * MM))
    by_length = Graph(net.first, arcs, time)
    fastest = float((arcs[1::2] / np.maximum(time, 1.0)).max(initial=1.0))
    # a metre more: parts of edges are rounded, too, and what is too long in time goes later
    most_mm = int(min(MOST_MS, np.ceil(bound * fastest) + MM))
    first, target, ms, metres = direct
    along = (first, target, np.rint(metres * MM).astype(np.int64), ms.astype(np.float64))
    source, goal, mm, spent = _by_time(
        by_length,
        swapped(sources),
        swapped(targets),
        along,
        len(at_start.edge),  # type: ignore[attr-defined]
        len(at_goal.edge),  # type: ignore[attr-defined]
        most_mm,
        threads,
    )
    kept = spent <= bound
    return source[kept], goal[kept], spent[kept].astype(np.int64), mm[kept] / MM


def nearest(
    network: Network,
    origins: Snaps,
    destinations: Snaps,
    *,
    minutes: float | None = None,
) -> Nearest:
    """The nearest destination of every origin, by one search from all of them.

    Parameters
    ----------
    network
        Roads of one mode.
    origins, destinations
        Points snapped to this network; ties go to the destination that comes first.
    minutes
        Bound of the door-to-door time; None for no bound.
    """
    at_start, at_goal = places(network, destinations), places(network, origins)
    seeds = arrivals(network, at_start)
    seats = departures(network, at_goal)
    net = graph(network, reverse=True)
    bound = bound_ms(minutes)
    longest = int(net.arcs[1::2].max(initial=0)) + int(seeds.ms.max(initial=0))
    space = Workspace(net, min(longest, bound))
    found = space.run(seeds, bound)
    space.label_owners(seeds, bound, found)
    times = space.times(found)

    first, goal, direct_ms, direct_m = on_one_edge(network, at_start, at_goal, reverse=True)
    source = np.repeat(np.arange(len(at_start.edge)), np.diff(first))
    reached = times[seats.node] >= 0
    rows = np.flatnonzero(reached)
    node = seats.node[rows]
    origin = np.concatenate([seats.point[rows], goal])
    ms = np.concatenate([times[node] + seats.ms[rows], direct_ms])
    owner = np.concatenate([space.owner[node], source])
    metres = np.concatenate([space.second[node] + seats.second[rows], direct_m])
    order = np.lexsort((metres, owner, ms, origin))
    order = order[ms[order] <= bound]
    best = order[np.unique(origin[order], return_index=True)[1]]

    n = len(origins.edge)
    destination = np.full(n, -1, dtype=np.int32)
    travel_ms = np.full(n, -1, dtype=np.int64)
    distance_m = np.full(n, np.nan)
    destination[origin[best]] = owner[best]
    travel_ms[origin[best]] = ms[best]
    distance_m[origin[best]] = metres[best]
    return Nearest(destination, travel_ms, distance_m)


__all__ = ["Nearest", "Pairs", "Snaps", "nearest", "pairs", "snap"]
