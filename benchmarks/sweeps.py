"""Sweeps beside the bucket queue: tables, counts, what they need beforehand.

    python benchmarks/sweeps.py roads.osm.pbf [--modes drive walk] [--repeats 5]

Prints one table per mode: milliseconds (medians of interleaved runs) for the
time of every pair within 15 minutes, searched from 334, 2,048 and 10,000
seeded points to 2,000 others, by either engine, on one and on two threads;
then how many of the sources are within the bound of every junction. Before
that: how long the order and the customisation take, and how large they are.
Pairs are compared before they are timed. ``engines.py`` takes its costs from here.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import resource
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from servicemap.roads.projection import Projection
from servicemap.roads.snapping import Snaps, snap
from servicemap.routing import engines, orders, sweeps
from servicemap.routing.contraction import customise, fresh_order
from servicemap.routing.ends import arrivals, graph, places
from servicemap.routing.travel_times import nearest, pairs
from servicemap.routing.workspace import Workspace
from servicemap.without_study import network

if TYPE_CHECKING:
    from collections.abc import Callable

    from servicemap.roads.network import Network
    from servicemap.routing.workspace import Ends

MINUTES = 15.0
BOUND = int(MINUTES * 60_000)
TARGETS = 2_000
SOURCES = (334, 2_048, 10_000)


def points(net: Network, count: int, seed: int) -> Snaps:
    """Points some tens of metres beside roads."""
    random = np.random.default_rng(seed)
    at = random.integers(0, len(net.vertex_x), count)
    x, y = (v[at] + random.normal(0.0, 30.0, count) for v in (net.vertex_x, net.vertex_y))
    return snap(net, *Projection(net.crs).to_degrees(x, y))


def interleaved(rivals: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median milliseconds of each; the first round warms up."""
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for number in range(repeats + 1):
        for name, run in rivals.items():
            start = time.perf_counter()
            run()
            if number:
                times[name].append(1000 * (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in times.items()}


def megabytes(*things: object) -> float:
    arrays = [
        value
        for thing in things
        for value in vars(thing).values()
        if isinstance(value, np.ndarray)
    ]
    return sum(array.nbytes for array in arrays) / 1e6


def preparation(net: Network, repeats: int) -> None:
    order = fresh_order(net)
    climb = customise(net, order)
    took = interleaved(
        {"order": lambda: fresh_order(net), "customise": lambda: customise(net, order)},
        repeats,
    )
    start = time.perf_counter()
    orders.order(dataclasses.replace(net))  # keeps it, if nothing did before
    start = time.perf_counter()
    orders.order(dataclasses.replace(net))
    kept = 1000 * (time.perf_counter() - start)
    degree = np.diff(order.upper_first)
    triangles = int((degree * (degree - 1) // 2).sum())
    a_junction = 1e6 * took["order"] / net.n_nodes
    a_triangle = 1e6 * took["customise"] / triangles
    labels = [4e-6 * lanes * net.n_nodes for lanes in (sweeps.LANES, sweeps.MANY_LANES)]
    print(
        f"\n{net.mode}: {net.n_nodes:,} junctions, {len(net.arcs) // 2:,} arcs\n"
        f"  order {took['order']:.0f} ms ({a_junction:,.0f} ns a junction), "
        f"from the cache {kept:.0f} ms\n"
        f"  customise {took['customise']:.0f} ms ({a_triangle:.0f} ns a triangle)\n"
        f"  chordal edges {len(order.upper):,}, triangles {triangles:,}, "
        f"most upper neighbours {degree.max()}\n"
        f"  arcs kept {len(climb.up) // 2:,} up, {len(climb.down) // 2:,} down; "
        f"{megabytes(order, climb):.1f} MB; labels a thread "
        f"{labels[0]:.1f} to {labels[1]:.1f} MB"
    )


def rules(net: Network, seeds: Ends, count: int) -> str:
    """What the rule says with everything made, with the order kept, with nothing."""
    said = []
    for ready in ("customised", "ordered", "nothing"):
        engines.readiness = lambda _, ready=ready: ready
        pay = engines.sweeps_pay(net, graph(net, reverse=True), seeds, count, BOUND)
        said.append("sweeps" if pay else "search")
    engines.readiness = orders.readiness
    return ", ".join(said)


COLUMNS = (
    f"{'sources':>8} {'pairs':>10} {'reached':>8} | {'search 1':>8} {'search 2':>8} "
    f"{'sweeps 1':>8} {'sweeps 2':>8} | {'ratio 1':>7} {'ratio 2':>7} {'kept':>6} "
    f"{'cold':>6} | {'lengths 2':>9} | rule with all made, order kept, nothing"
)


def tables(net: Network, repeats: int) -> None:
    """Times of pairs; ``kept`` and ``cold``: ratio 2 with customisation, and with both."""
    homes = points(net, TARGETS, 1)
    print(COLUMNS)
    for count in SOURCES:
        goals = points(net, count, 2)

        def run(engine: str, threads: int, goals: Snaps = goals) -> object:
            return pairs(
                net, homes, goals, minutes=MINUTES, search_from="destinations",
                threads=threads, want_distance=False, engine=engine,
            )  # fmt: skip

        a, b = run("search", 1), run("sweeps", 1)
        for name in ("origin", "destination", "travel_ms"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
        took = interleaved(
            {
                f"{engine} {threads}": lambda e=engine, t=threads: run(e, t)
                for engine in ("search", "sweeps")
                for threads in (1, 2)
            }
            | {
                "lengths 2": lambda goals=goals: pairs(
                    net,
                    homes,
                    goals,
                    minutes=MINUTES,
                    search_from="destinations",
                    threads=2,
                )
            },
            repeats,
        )
        customised = 1e-6 * engines.TRIANGLE_NS * engines.TRIANGLES * net.n_nodes
        made = customised + 1e-6 * engines.ORDER_NS * net.n_nodes
        seeds = arrivals(net, places(net, goals))
        reached = engines.reached_on_average(graph(net, reverse=True), seeds, count, BOUND)
        one, two, fast, faster = (
            took[name] for name in ("search 1", "search 2", "sweeps 1", "sweeps 2")
        )
        print(
            f"{count:>8,} {len(a.origin):>10,} {reached:>8,.0f} | {one:>8.1f} {two:>8.1f} "
            f"{fast:>8.1f} {faster:>8.1f} | {one / fast:>7.1f} {two / faster:>7.1f} "
            f"{two / (faster + customised):>6.2f} {two / (faster + made):>6.2f} | "
            f"{took['lengths 2']:>9.1f} | {rules(net, seeds, count)}"
        )


def counts(net: Network, repeats: int) -> None:
    """Sources within the bound of every junction, and the nearest of them."""
    climb = orders.climb(net, reverse=True)
    homes = points(net, TARGETS, 1)
    for count in SOURCES:
        goals = points(net, count, 2)
        ends = arrivals(net, places(net, goals))
        space = Workspace(graph(net, reverse=True), BOUND)

        def one_by_one(ends=ends, count=count, space=space) -> object:
            within = np.zeros(net.n_nodes, np.int32)
            first = np.searchsorted(ends.point, np.arange(count + 1))
            for a, b in itertools.pairwise(first):
                seeds = type(ends)(
                    ends.point[a:b], ends.node[a:b], ends.ms[a:b], ends.second[a:b]
                )
                found = space.run(seeds, BOUND)
                within[space.reached[:found]] += 1
            return within

        np.testing.assert_array_equal(
            one_by_one(), sweeps.n_within(climb, ends, count, BOUND)
        )
        took = interleaved(
            {
                "sweeps 1": lambda e=ends, c=count: sweeps.n_within(
                    climb, e, c, BOUND, threads=1
                ),
                "sweeps 2": lambda e=ends, c=count: sweeps.n_within(
                    climb, e, c, BOUND, threads=2
                ),
                "nearest": lambda g=goals: nearest(net, homes, g, minutes=MINUTES),
            }
            | ({"search 1": one_by_one} if count <= SOURCES[1] else {}),
            repeats,
        )
        print(
            f"  counts per junction, {count:,} sources: "
            + ", ".join(f"{name} {value:.0f} ms" for name, value in took.items())
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("roads", type=Path)
    parser.add_argument("--modes", nargs="+", default=["drive", "walk"])
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    for mode in asked.modes:
        net = network(asked.roads, mode)
        preparation(net, asked.repeats)
        tables(net, asked.repeats)
        counts(net, asked.repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"\npeak memory of the whole process {peak:,.0f} MB")


if __name__ == "__main__":
    main()
