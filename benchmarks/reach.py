"""Reach beside its peers: times to every junction, tables, growth, a twin in C++, start.

    python benchmarks/reach.py roads.osm.pbf [--modes drive walk] [--repeats 5]
        [--only junctions table twin growth generated start]
        [--peers PYTHON --peers312 PYTHON]     (see peers.py)

334 seeded points, 15 minutes, one thread unless said. Every peer gets the very graph
that we search: our junctions, our arcs, our whole milliseconds. Its answers are compared
with ours before they are timed. Figures are medians of interleaved runs: wall time, and
processor time, which is what counts where other work runs beside it.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

import growth
import twin
from peers import Absent, Peer, add_options
from servicemap.routing import orders, sweeps
from servicemap.routing.ends import graph
from servicemap.routing.search import LOWEST, search_kernel
from servicemap.routing.travel_times import _by_time, pairs
from servicemap.routing.workspace import Ends, Graph, Workspace
from servicemap.without_study import network
from stopwatch import Took, interleaved, timed
from sweeps import points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from servicemap.roads.network import Network

MINUTES = 15.0
BOUND = int(MINUTES * 60_000)
SOURCES, TARGETS = 334, 2_000
AT_ONCE = 32  # sources a call: fewer calls, and still few megabytes
TENTH_MS = 100  # OSRM counts in tenths of a second

# peer -> what it is, sources that one run takes (drive, walk), targets (drive, walk)
PEERS: dict[str, tuple[str, tuple[int, int], tuple[int, int]]] = {
    "scipy": ("scipy dijkstra, 32 a call", (334, 334), (5, 20)),
    "scipy_single": ("scipy dijkstra, 1 a call", (334, 334), (0, 0)),
    "recipe": ("ego_graph, osmnx's recipe", (6, 100), (700, 400)),
    "ego_graph": ("ego_graph, bare graph", (6, 100), (0, 0)),
    "cutoff": ("networkx, cutoff", (12, 334), (0, 0)),
    "pandana": ("pandana nodes_in_range", (100, 334), (10, 50)),
    "igraph": ("igraph (no cutoff)", (6, 6), (0, 0)),
}


def plain(net: Network) -> tuple[NDArray, NDArray, NDArray]:
    """Arcs for the peers: of parallel ones the fastest, no loops."""
    tail = np.repeat(np.arange(net.n_nodes), np.diff(net.arc_first))
    head, ms = net.arcs[0::2].astype(np.int64), net.arcs[1::2]
    order = np.lexsort((ms, head, tail))
    order = order[tail[order] != head[order]]
    key = tail[order] * net.n_nodes + head[order]
    order = order[np.unique(key, return_index=True)[1]]
    first = np.searchsorted(tail[order], np.arange(net.n_nodes + 1))
    return first, head[order], ms[order]


def junctions_near(net: Network, count: int, seed: int) -> NDArray[np.int32]:
    """Junctions of the edges that seeded points meet, in no order that means anything."""
    return net.edge_u[points(net, count, seed).edge]


def seeds_of(junctions: NDArray[np.int32]) -> list[Ends]:
    zero, none = np.zeros(1, np.int64), np.zeros(1)
    return [
        Ends(np.zeros(1, np.int32), junctions[k : k + 1], zero, none)
        for k in range(len(junctions))
    ]


def search_each(space: Workspace, seeds: list[Ends]) -> Iterator[tuple[NDArray, NDArray]]:
    """Every reached junction and its milliseconds, a call from Python a source."""
    for one in seeds:
        nodes = space.reached[: space.run(one, BOUND)].copy()
        yield nodes, space.epoch - space.state[nodes]


@njit
def _search_some(
    first, arcs, sources, bound, epoch, state, bucket, pool, reached, counts, nodes, ms
):  # fmt: skip
    """The product's kernel from one source after another; answers side by side."""
    zero = np.zeros(1, np.int64)
    at = 0
    for k in range(len(sources)):
        if epoch > 2**31 - 2 - bound - 1:
            state[:] = LOWEST
            epoch = np.int64(LOWEST + 1)
        epoch += bound + 1
        found = search_kernel(
            first, arcs, sources[k : k + 1], zero, 0, 1, bound, epoch, state, bucket, pool,
            reached,
        )  # fmt: skip
        counts[k] = found
        for i in range(found):
            nodes[at + i] = reached[i]
            ms[at + i] = epoch - state[reached[i]]
        at += found
    return epoch


def search_all(
    space: Workspace, sources: NDArray[np.int32]
) -> Iterator[tuple[NDArray, NDArray, NDArray]]:
    """The same, as many sources a call as scipy gets: counts, junctions, milliseconds."""
    size = AT_ONCE * space.graph.n
    nodes, ms = np.empty(size, np.int32), np.empty(size, np.int32)
    for k in range(0, len(sources), AT_ONCE):
        some = sources[k : k + AT_ONCE]
        counts = np.empty(len(some), np.int32)
        space.epoch = _search_some(
            space.first, space.graph.arcs, some, BOUND, space.epoch, space.state,
            space.bucket, space.pool, space.reached, counts, nodes, ms,
        )  # fmt: skip
        n = int(counts.sum())
        yield counts, nodes[:n].copy(), ms[:n].copy()


def let_go(answers: Iterator[object]) -> None:
    """Take one answer after the other and keep none."""
    deque(answers, maxlen=0)


def equal(ours: list[tuple[NDArray, NDArray]], kept: Path, name: str) -> str:
    """How many labels of a peer are the very same."""
    with np.load(kept) as theirs:
        first, node, ms = theirs["first"], theirs["node"], theirs["ms"]
    same = total = 0
    for k in range(len(first) - 1):
        nodes, times = ours[k]
        order = np.argsort(nodes)
        mine = dict(zip(nodes[order].tolist(), times[order].tolist(), strict=True))
        cut = slice(first[k], first[k + 1])
        total += max(len(mine), int(first[k + 1] - first[k]))
        for v, t in zip(node[cut].tolist(), ms[cut].tolist(), strict=True):
            same += v in mine and (name in {"recipe", "ego_graph"} or mine[v] == t)
    return f"{same:,} of {total:,}"


def junctions(nets: dict[str, Network], asked: argparse.Namespace, folder: Path) -> None:
    """Times to every reached junction, milliseconds a source."""
    print("\n# Times to every reached junction, from one junction, milliseconds a source")
    for mode, net in nets.items():
        first, head, ms = plain(net)
        sources = junctions_near(net, SOURCES, 15)
        np.savez(
            folder / f"{mode}.npz",
            first=first, head=head, ms=ms, x=net.node_x, y=net.node_y, sources=sources,
        )  # fmt: skip
    try:
        peer = Peer(asked.peers, "peer_graphs.py", folder, BOUND)
    except Absent as reason:
        print(f"peers left out: {reason}")
        peer = None
    for column, (mode, net) in enumerate(nets.items()):
        with np.load(folder / f"{mode}.npz") as kept:
            seeds = seeds_of(kept["sources"])
            sources = kept["sources"]
        space = Workspace(graph(net, reverse=False), BOUND)
        ours = list(search_each(space, seeds))
        counts, nodes, times = (
            np.concatenate(part) for part in zip(*search_all(space, sources), strict=True)
        )
        assert counts.tolist() == [len(one) for one, _ in ours]
        assert np.array_equal(nodes, np.concatenate([one for one, _ in ours]))
        assert np.array_equal(times, np.concatenate([ms for _, ms in ours]))
        met = np.mean([len(nodes) for nodes, _ in ours])
        print(
            f"\n{mode}: {net.n_nodes:,} junctions, {len(net.arcs) // 2:,} arcs, "
            f"{met:,.0f} junctions reached\n"
            f"{'':<26} {'sources':>7} {'wall':>9} {'cpu':>9} | "
            f"{'wall ratio':>10} {'cpu ratio':>9} {'target':>6} | equal labels"
        )
        rivals = {
            "ours": timed(lambda s=space, v=sources: let_go(search_all(s, v))),
            "each": timed(lambda s=space, v=seeds: let_go(search_each(s, v))),
        }
        told = {}
        for name, (_, counts, _) in PEERS.items() if peer else ():
            n = counts[min(column, 1)]
            answer = folder / f"{mode}-{name}.npz"
            peer.ask(do=name, mode=mode, count=n, save=str(answer))
            told[name] = n, equal(ours, answer, name)
            answer.unlink()
            rivals[name] = peer.rival(do=name, mode=mode, count=n)
            # ours from the same sources; often enough for the clock to see it
            many = 1 + 100 // n
            rivals[f"ours {name}"] = timed(
                lambda n=n, many=many, s=space, v=sources: [
                    let_go(search_all(s, v[:n])) for _ in range(many)
                ]
            )
        took = interleaved(rivals, asked.repeats)
        for name, label in (("ours", "ours, 32 a call"), ("each", "ours, 1 a call")):
            own = took[name] / SOURCES
            print(f"{label:<26} {SOURCES:>7} {own.wall_ms:>9.4f} {own.cpu_ms:>9.4f} |")
        for name, (n, same) in told.items():
            label, _, targets = PEERS[name]
            theirs = took[name] / n
            same_sources = took[f"ours {name}"] / (n * (1 + 100 // n))
            wanted = targets[min(column, 1)]
            print(
                f"{label:<26} {n:>7} {theirs.wall_ms:>9.4f} {theirs.cpu_ms:>9.4f} | "
                f"{theirs.wall_ms / same_sources.wall_ms:>10,.1f} "
                f"{theirs.cpu_ms / same_sources.cpu_ms:>9,.1f} {wanted or '':>6} | {same}"
            )
    if peer:
        peer.__exit__()


def in_tenths(net: Network) -> Network:
    """The network with times in whole tenths of a second, as OSRM holds them."""

    def rounded(arcs: NDArray[np.int32]) -> NDArray[np.int32]:
        arcs = arcs.copy()
        arcs[1::2] = TENTH_MS * np.maximum(1, np.rint(arcs[1::2] / TENTH_MS))
        return arcs

    return dataclasses.replace(
        net, arcs=rounded(net.arcs), back_arcs=rounded(net.back_arcs)
    )


def write_osm(net: Network, path: Path) -> NDArray[np.float64]:
    """Every arc as a one-way road; the coordinates of the junctions, none twice."""
    import osmium

    first, head, ms = plain(net)
    tail = np.repeat(np.arange(net.n_nodes), np.diff(first))
    at = np.empty((net.n_nodes, 2))
    first_vertex, last = net.edge_first[:-1], net.edge_first[1:] - 1
    for ends, vertex in ((net.edge_u, first_vertex), (net.edge_v, last)):
        at[ends, 0], at[ends, 1] = net.vertex_lon[vertex], net.vertex_lat[vertex]
    # copies of a junction, which turn restrictions need, lie where its first node lies
    at = at[np.searchsorted(net.node_junction, net.node_junction)]
    places = np.rint(at * 1e6).astype(np.int64)
    taken: set[tuple[int, int]] = set()
    for v in range(net.n_nodes):
        while tuple(places[v]) in taken:
            places[v, 0] += 1
        taken.add((int(places[v, 0]), int(places[v, 1])))
    at = places / 1e6
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for v, (lon, lat) in enumerate(at.tolist()):
            writer.add_node(osmium.osm.mutable.Node(id=v + 1, location=(lon, lat)))
        for k, (u, v, t) in enumerate(zip(tail, head, ms, strict=True)):
            tags = {"highway": "road", "oneway": "yes", "ds": str(int(t) // TENTH_MS)}
            nodes = [int(u) + 1, int(v) + 1]
            writer.add_way(osmium.osm.mutable.Way(id=k + 1, nodes=nodes, tags=tags))
    return at


def table(net: Network, asked: argparse.Namespace, folder: Path) -> None:
    """2,000 places, 334 points: every pair within the bound."""
    print(f"\n# Table of {TARGETS:,} x {SOURCES} within {MINUTES:.0f} minutes, {net.mode}")
    tenths = in_tenths(net)
    random = np.random.default_rng(7)
    main = np.unique(net.edge_u[net.edge_component == 0])
    # where turn restrictions split a junction its nodes lie a tenth of a metre apart, and
    # OSRM, which is asked by coordinates, may begin or end at another one of them
    main = main[np.bincount(net.node_junction)[net.node_junction[main]] == 1]
    goals = random.choice(main, SOURCES, replace=False).astype(np.int32)
    starts = random.choice(main, TARGETS, replace=False).astype(np.int32)

    def ends(nodes: NDArray[np.int32]) -> Ends:
        n = len(nodes)
        row = np.arange(n, dtype=np.int32)
        return Ends(row, nodes, np.zeros(n, np.int64), np.zeros(n))

    none = np.zeros(SOURCES + 1, np.int64), *(np.zeros(0, t) for t in ("i4", "i8", "f8"))
    reverse = graph(tenths, reverse=True)
    net_of: Graph = reverse
    climb = orders.climb(tenths, reverse=True)

    def search(threads: int = 1) -> tuple:
        return _by_time(
            net_of, ends(goals), ends(starts), none, SOURCES, TARGETS, BOUND, threads, False
        )

    def swept(threads: int = 1) -> tuple:
        return sweeps.table(
            climb, ends(goals), SOURCES, ends(starts), TARGETS, none, BOUND,
            threads=threads,
        )  # fmt: skip

    def dense(found: tuple) -> NDArray[np.float64]:
        full = np.full((TARGETS, SOURCES), np.inf)
        full[found[1], found[0]] = found[2]
        return full

    ours = dense(search())
    np.testing.assert_array_equal(ours, dense(swept()))
    homes, services = points(net, TARGETS, 1), points(net, SOURCES, 2)

    def whole(engine: str, *, lengths: bool = False) -> Callable[[], object]:
        return lambda: pairs(
            net, homes, services, minutes=MINUTES, threads=1, want_distance=lengths,
            search_from="destinations", engine=engine,
        )  # fmt: skip

    rivals = {
        "bucket queue": timed(search),
        "bucket queue, 2 threads": timed(lambda: search(2)),
        "sweeps": timed(swept),
        "pairs(): points on edges, bucket queue": timed(whole("search")),
        "pairs(): the same with lengths": timed(whole("search", lengths=True)),
        "pairs(): sweeps": timed(whole("sweeps")),
    }
    same = ""
    peer = None
    try:
        at = write_osm(tenths, folder / "graph.osm.pbf")
        np.savez(folder / "table.npz", starts=at[starts], goals=at[goals])
        peer = Peer(asked.peers312, "peer_osrm.py", folder)
        peer.ask(do="table", save=str(folder / "osrm.npz"))
        with np.load(folder / "osrm.npz") as kept:
            theirs = np.rint(kept["s"] * 1000.0)
        theirs = np.where(theirs <= BOUND, theirs, np.inf)
        same = (
            f"OSRM's table: {int((theirs == ours).sum()):,} of {ours.size:,} pairs equal "
            f"({int(np.isfinite(ours).sum()):,} within the bound)"
        )
        rivals["OSRM's table service"] = peer.rival(do="table")
    except Absent as reason:
        print(f"OSRM left out: {reason}")
    took = interleaved(rivals, asked.repeats)
    if peer:
        peer.__exit__()
    theirs_took = took.get("OSRM's table service")
    print(f"{'':<40} {'wall ms':>8} {'cpu ms':>8} | OSRM over it: wall, cpu")
    for name, one in took.items():
        ratio = ratio_of(theirs_took, one)
        print(f"{name:<40} {one.wall_ms:>8.0f} {one.cpu_ms:>8.0f} | {ratio}")
    print(same)


def ratio_of(theirs: Took | None, ours: Took) -> str:
    if theirs is None:
        return ""
    return f"{theirs.wall_ms / ours.wall_ms:>6.1f} {theirs.cpu_ms / ours.cpu_ms:>6.1f}"


SECTIONS = ("junctions", "table", "twin", "growth", "generated", "start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("roads", type=Path)
    parser.add_argument("--modes", nargs="+", default=["drive", "walk"])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    add_options(parser)
    asked = parser.parse_args()
    nets = {mode: network(asked.roads, mode) for mode in asked.modes}
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        if "junctions" in asked.only:
            junctions(nets, asked, folder)
        if "table" in asked.only:
            for net in nets.values():
                table(net, asked, folder)
        if "twin" in asked.only:
            for mode, net in nets.items():
                sources = junctions_near(net, SOURCES, 15)
                twin.beside(mode, graph(net, reverse=False), sources, BOUND, asked.repeats)
    if "growth" in asked.only:
        for net in nets.values():
            growth.points_grow(net, BOUND, asked.repeats)
    if "generated" in asked.only:
        growth.networks_grow(BOUND, asked.repeats)
    if "start" in asked.only:
        growth.start(asked.roads, asked.modes[0], asked.repeats)


if __name__ == "__main__":
    main()
