"""How the work grows: with points, with the network; and how long the start takes."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np

from servicemap.routing import orders, sweeps
from servicemap.routing.ends import arrivals, graph, places
from servicemap.routing.workspace import Ends, Graph, Workspace
from stopwatch import Took, interleaved, timed
from sweeps import megabytes, points

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from servicemap.roads.network import Network

COUNTS = (1, 10, 100, 1_000, 10_000)
NODES = (100_000, 1_000_000, 5_000_000)
SOURCES = 200
START_TARGET_S = 0.7


def points_grow(net: Network, bound: int, repeats: int) -> None:
    """Counts per junction, and the nearest point of each, from 1 to 10,000 points."""
    print(f"\n# Growth with the points, {net.mode}, milliseconds for all of them")
    print(
        f"{'points':>7} | counts by search wall, cpu; sweeps wall, cpu; on 2 threads "
        "wall, cpu | nearest wall, cpu"
    )
    back = graph(net, reverse=True)
    climb = orders.climb(net, reverse=True)
    for count in COUNTS:
        ends = arrivals(net, places(net, points(net, count, 2)))
        space = Workspace(back, bound)
        first = np.searchsorted(ends.point, np.arange(count + 1))
        cut = list(zip(first[:-1].tolist(), first[1:].tolist(), strict=True))

        def one_by_one(ends=ends, cut=cut, space=space) -> NDArray[np.int32]:
            within = np.zeros(net.n_nodes, np.int32)
            for a, b in cut:
                seeds = Ends(
                    ends.point[a:b], ends.node[a:b], ends.ms[a:b], ends.second[a:b]
                )
                within[space.reached[: space.run(seeds, bound)]] += 1
            return within

        def nearest(ends=ends, space=space) -> None:
            space.label_owners(ends, bound, space.run(ends, bound))

        swept = sweeps.n_within(climb, ends, count, bound)
        np.testing.assert_array_equal(one_by_one(), swept)
        took = interleaved(
            {
                "search": timed(one_by_one),
                "nearest": timed(nearest),
            }
            | {
                f"sweeps {k}": timed(
                    lambda k=k, e=ends, c=count: sweeps.n_within(
                        climb, e, c, bound, threads=k
                    )
                )
                for k in (1, 2)
            },
            repeats,
        )
        cells = [
            f"{took[name].wall_ms:>8.1f} {took[name].cpu_ms:>8.1f}"
            for name in ("search", "sweeps 1", "sweeps 2", "nearest")
        ]
        print(f"{count:>7,} | " + " | ".join(cells))


def hilbert(x: NDArray[np.int64], y: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """Place of each cell along Hilbert's curve (rotate and flip, bit by bit)."""
    x, y = x.copy(), y.copy()
    place = np.zeros(len(x), np.int64)
    for bit in reversed(range(bits)):
        s = 1 << bit
        rx, ry = (x & s > 0).astype(np.int64), (y & s > 0).astype(np.int64)
        place += s * s * ((3 * rx) ^ ry)
        turn = ry == 0
        flip = turn & (rx == 1)
        x[flip], y[flip] = s - 1 - (x[flip] & (s - 1)), s - 1 - (y[flip] & (s - 1))
        x[turn], y[turn] = y[turn], x[turn]
    return place


def generated(n: int) -> Graph:
    """A grid with every tenth street fast and a tenth of all pieces missing."""
    side = round(n**0.5)
    y, x = (axis.ravel() for axis in np.mgrid[0:side, 0:side])
    order = np.argsort(hilbert(x, y, side.bit_length()), kind="stable")
    name = np.empty(side * side, np.int64)
    name[order] = np.arange(side * side)
    name = name.reshape(side, side)
    random = np.random.default_rng(side)
    tails, heads, costs = [], [], []
    for a, b, line in (
        (name[:, :-1].ravel(), name[:, 1:].ravel(), y.reshape(side, side)[:, :-1].ravel()),
        (name[:-1].ravel(), name[1:].ravel(), x.reshape(side, side)[:-1].ravel()),
    ):
        metres = random.uniform(60.0, 260.0, len(a))
        kph = np.where(line % 10 == 0, 60.0, 28.0)
        ms = np.rint(metres * 3_600.0 / kph).astype(np.int32)
        kept = random.uniform(size=len(a)) > 0.1
        tails += [a[kept], b[kept]]
        heads += [b[kept], a[kept]]
        costs += [ms[kept], ms[kept]]
    tail, head, ms = (np.concatenate(part) for part in (tails, heads, costs))
    order = np.lexsort((head, tail))
    arcs = np.empty(2 * len(tail), np.int32)
    arcs[0::2], arcs[1::2] = head[order], ms[order]
    first = np.searchsorted(tail[order], np.arange(side * side + 1)).astype(np.int64)
    return Graph(first, arcs, np.zeros(len(tail)))


def bandwidth() -> float:
    """Bytes a second of the processor that reading memory in a row reaches."""
    values = np.ones(16_000_000)  # 128 MB: more than the caches
    rates = []
    for _ in range(7):
        start = time.process_time()
        values.sum()
        rates.append(values.nbytes / (time.process_time() - start))
    return max(rates)


def networks_grow(bound: int, repeats: int) -> None:
    """Generated networks: time a point, memory, distance from the memory's own floor."""
    rate = bandwidth()
    print(
        "\n# Growth with the network: generated grids, drive speeds\n"
        f"memory read in a row: {rate / 1e9:.1f} GB a second; the floor is the time in "
        "which the bytes of the reached junctions and arcs pass by at that rate\n"
        f"{'nodes':>10} {'arcs':>11} {'reached':>8} | ms a point wall, cpu | "
        "ns an arc | times the floor | nearest of 334, all nodes: ms wall, cpu | "
        "graph MB, labels MB"
    )
    for n in NODES:
        net = generated(n)
        space = Workspace(net, bound)
        random = np.random.default_rng(4)
        zero, none = np.zeros(1, np.int64), np.zeros(1)
        at = random.integers(0, net.n, SOURCES).astype(np.int32)
        seeds = [Ends(at[:1] * 0, at[k : k + 1], zero, none) for k in range(SOURCES)]
        many = np.sort(random.choice(net.n, 334, replace=False)).astype(np.int32)
        row = np.arange(334, dtype=np.int32)
        everyone = Ends(row, many, np.zeros(334, np.int64), np.zeros(334))
        bytes_met = arcs_met = reached = 0
        for one in seeds:
            nodes = space.reached[: space.run(one, bound)]
            arcs = int((net.first[nodes + 1] - net.first[nodes]).sum())
            # 2 offsets and its label a junction, head, time and the head's label an arc
            bytes_met += 20 * len(nodes) + 12 * arcs
            arcs_met += arcs
            reached += len(nodes)

        def search(seeds=seeds, space=space) -> None:
            for one in seeds:
                space.run(one, bound)

        def nearest(space=space, everyone=everyone) -> None:
            space.label_owners(everyone, 2**30, space.run(everyone, 2**30))

        took = interleaved({"search": timed(search), "nearest": timed(nearest)}, repeats)
        one, all_of = took["search"] / SOURCES, took["nearest"]
        floor_ms = 1000.0 * bytes_met / SOURCES / rate
        print(
            f"{net.n:>10,} {len(net.arcs) // 2:>11,} {reached // SOURCES:>8,} | "
            f"{one.wall_ms:>8.3f} {one.cpu_ms:>8.3f} | "
            f"{1e6 * one.cpu_ms * SOURCES / arcs_met:>5.1f} | "
            f"{one.cpu_ms / floor_ms:>5.1f} | {all_of.wall_ms:>8.0f} {all_of.cpu_ms:>8.0f} "
            f"| {megabytes(net):,.0f}, {megabytes(space):,.0f}"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"peak memory of the whole process {peak:,.0f} MB")


SEARCH = """
import numpy as np
from servicemap.routing.workspace import Ends, Graph, Workspace
first, arcs = np.array([0, 1, 1]), np.array([1, 5], np.int32)
space = Workspace(Graph(first, arcs, np.zeros(1)), 10)
one = np.zeros(1, np.int32)
assert space.run(Ends(one, one, np.zeros(1, np.int64), np.zeros(1)), 10) == 2
"""
POINTS = """
import sys
import numpy as np
from servicemap.roads import prepared, profiles
from servicemap.roads.snapping import snap
from servicemap.routing.travel_times import pairs
from pathlib import Path
mode = sys.argv[2]
net = prepared.networks(Path(sys.argv[1]), profiles.load([mode], None))[mode]
at = np.arange(0, len(net.vertex_lon), 1_000)
snaps = snap(net, net.vertex_lon[at], net.vertex_lat[at])
assert len(pairs(net, snaps, snaps, minutes=15).origin)
"""


def start(roads: Path, mode: str, repeats: int) -> None:
    """From the start of a process to its end, compiled code and network in the cache."""
    print("\n# Start: whole processes, seconds, compiled code cached")
    nothing = [sys.executable, "-c", "import numpy, numba"]
    jobs = {
        "python -c 'import numpy, numba'": nothing,
        "a search on three junctions": [sys.executable, "-c", SEARCH],
        f"a table on {roads.name}, {mode}": [
            sys.executable, "-c", POINTS, str(roads), mode,
        ],
    }  # fmt: skip
    names = list(jobs)
    rounds: dict[str, list[Took]] = {name: [] for name in names}
    for number in range(repeats + 1):
        for name in names:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            wall = time.perf_counter()
            subprocess.run(jobs[name], check=True, env=dict(os.environ))
            wall = time.perf_counter() - wall
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            if number:
                rounds[name].append(Took(wall, cpu))
    for name, took in rounds.items():
        wall = statistics.median(one.wall_ms for one in took)
        cpu = statistics.median(one.cpu_ms for one in took)
        print(f"{name:<40} {wall:.2f} wall, {cpu:.2f} cpu (target {START_TARGET_S})")
