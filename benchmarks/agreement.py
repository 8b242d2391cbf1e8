"""Shortest distances beside Valhalla's and OSRM's, and the reason of every difference.

    python benchmarks/agreement.py roads.osm.pbf [--points 100] [--peers312 PYTHON]
        [--only valhalla osrm] [--causes 10]     (see peers.py)

Seeded places on roads, each in the middle of a piece; all pairs at least 500 m apart
by road. Each router reads the extract by its own rules for cars and minimises distance:
Valhalla ``auto`` with ``shortest``, OSRM its own ``car.lua`` with the weight
``distance``. Places that a router joins to another road (it does not use the one they
lie on, or not there) are set apart, with the tags of the road. Each pair beyond 1 % is
explained by ``disagreement.py``. Durations of the shortest paths are for the record: each
router has its own speeds. pandana gets our very graph, and is compared in whole times,
from junctions and to them.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from disagreement import Causes, Map, counted
from peers import Absent, Peer, add_options
from reach import BOUND, equal, junctions_near, plain, search_each, seeds_of
from servicemap import osm_file
from servicemap.roads import profiles
from servicemap.roads.projection import great_circle_m
from servicemap.roads.snapping import Snaps, snap
from servicemap.routing.ends import graph
from servicemap.routing.routes import route
from servicemap.routing.travel_times import pairs
from servicemap.routing.workspace import Workspace
from servicemap.without_study import network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.roads.network import Network

SHARE = 0.01
APART_M = 3.0
NEAR_M = 500.0
PER_M = 10  # a time of a tenth of a metre, so that the fastest path is the shortest


def places_on_roads(net: Network, count: int, seed: int) -> NDArray[np.float64]:
    """Middles of pieces of road of the main component, drawn by length."""
    last = np.zeros(len(net.vertex_x), dtype=bool)
    last[net.edge_first[1:] - 1] = True
    main = net.edge_component[net.edge_of_vertex] == 0
    start = np.flatnonzero(~last & net.snappable & main)
    metres = net.along_m[start + 1] - net.along_m[start]
    random = np.random.default_rng(seed)
    at = random.choice(start, count, replace=False, p=metres / metres.sum())
    lon, lat = ((v[at] + v[at + 1]) / 2 for v in (net.vertex_lon, net.vertex_lat))
    return np.column_stack([lon, lat])


class Ours:
    """Our shortest distances; places may lie on bridges and motorways as well."""

    def __init__(self, net: Network) -> None:
        tenths = {
            name: np.rint(net.along_m * PER_M).astype(np.int32)
            for name in ("forward_ms", "backward_ms")
        }
        for arcs, metres in (("arcs", net.arc_m), ("back_arcs", net.back_m)):
            tenths[arcs] = getattr(net, arcs).copy()
            tenths[arcs][1::2] = np.maximum(np.rint(metres * PER_M), 1)
        self.net = dataclasses.replace(
            net,
            snappable=np.ones(len(net.snappable), dtype=bool),
            water=np.empty((0, 4)),
        )
        self._tenths = dataclasses.replace(self.net, **tenths)

    def _on(self, places: NDArray[np.float64], role: str = "both") -> Snaps:
        return snap(self.net, places[:, 0], places[:, 1], 500.0, role)

    def metres(
        self, starts: NDArray[np.float64], goals: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Shortest distances of all pairs; NaN where there is no way."""
        one, two = self._on(starts, "origin"), self._on(goals, "destination")
        found = pairs(self.net, one, two, weight="distance")
        table = np.full((len(starts), len(goals)), np.nan)
        table[found.origin, found.destination] = found.distance_m
        return table

    def seconds(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Durations of the shortest paths."""
        at = self._on(places)
        found = pairs(self.net, at, at, weight="distance")
        table = np.full((len(places), len(places)), np.nan)
        table[found.origin, found.destination] = found.travel_ms / 1000.0
        return table

    def met(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where places meet our roads."""
        at = self._on(places)
        return np.column_stack([at.lon, at.lat])

    def line(
        self, start: NDArray[np.float64], goal: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Our shortest path."""
        one, two = self._on(start[None], "origin"), self._on(goal[None], "destination")
        found = route(self._tenths, one, two, [(0, 0)])[0]
        return np.column_stack([found.lon, found.lat])


class Theirs:
    """A peer's, by its process."""

    def __init__(self, peer: Peer, folder: Path) -> None:
        self._peer, self._kept = peer, str(folder / "table.npz")

    def table(
        self, starts: NDArray[np.float64], goals: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        """Metres, seconds, and where the first places meet its roads."""
        self._peer.ask(
            do="table", points=starts.tolist(), goals=goals.tolist(), save=self._kept
        )
        with np.load(self._kept) as kept:
            return dict(kept)

    def metres(
        self, starts: NDArray[np.float64], goals: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Its shortest distances of all pairs."""
        return self.table(starts, goals)["m"]

    def met(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where places meet its roads."""
        return self.table(places, places[:1])["met"]

    def line(
        self, start: NDArray[np.float64], goal: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Its shortest path."""
        return np.array(self._path(start, goal)["line"])

    def length_m(self, start: NDArray[np.float64], goal: NDArray[np.float64]) -> float:
        """Length of its shortest path, not of its table."""
        return float(self._path(start, goal)["m"])

    def _path(
        self, start: NDArray[np.float64], goal: NDArray[np.float64]
    ) -> dict[str, Any]:
        return self._peer.ask(do="path", start=start.tolist(), goal=goal.tolist())


def beside(
    name: str, ours: Ours, theirs: Theirs, places: NDArray[np.float64], at: Map, most: int
) -> None:
    """One peer: how many pairs agree, and why the others do not."""
    table = theirs.table(places, places)
    gap = great_circle_m(*places.T, *table["met"].T)
    same = ~(gap > APART_M) & np.isfinite(gap)
    own = ours.metres(places, places)
    own_s = ours.seconds(places)
    i, j = np.nonzero(same[:, None] & same[None, :] & ~np.eye(len(places), dtype=bool))
    far = ~(own[i, j] < NEAR_M)
    i, j = i[far], j[far]
    a, b = own[i, j], table["m"][i, j]
    none = np.isnan(a) | np.isnan(b)
    within = ~none & (np.abs(a - b) <= SHARE * np.maximum(a, b))
    both = ~none
    print(
        f"\n## {name}: {len(i):,} pairs, {within.mean():.2%} within 1 % "
        f"({np.mean(np.abs(a - b)[both] <= 1e-3 * a[both]):.2%} within 0.1 %); ours longer "
        f"{int((a > b)[~within & both].sum()):,}, shorter "
        f"{int((a < b)[~within & both].sum()):,}, one of the two has no way "
        f"{int(none.sum()):,}; median ratio of durations "
        f"{np.median(table['s'][i, j][both] / own_s[i, j][both]):.2f}"
    )
    apart = np.flatnonzero(~same)
    print(f"set apart: {len(apart)} of {len(places)} places meet another road there:")
    print_counted(Counter(at.beside(places[k]) for k in apart).most_common())
    causes = Causes(at)
    why = []
    for k in np.flatnonzero(~within):
        start, goal = places[i[k]], places[j[k]]
        if a[k] > b[k] or np.isnan(a[k]):
            why.append(causes.of(theirs.line(start, goal), ours, "servicemap"))
        elif abs(theirs.length_m(start, goal) - a[k]) <= SHARE * a[k]:
            why.append((f"{name}: its own route is as short as ours, its table is not",))
        else:
            why.append(causes.of(ours.line(start, goal), theirs, name))
    print("pairs beyond 1 %, by what the shorter path uses and the other does not:")
    print_counted(counted(why)[:most])


def same_graph(net: Network, python: str | None, folder: Path) -> None:
    """Times beside pandana's on our very graph, in both directions."""
    sources = junctions_near(net, 60, 4)
    against = dataclasses.replace(
        net,
        arc_first=net.back_first, arcs=net.back_arcs,
        back_first=net.arc_first, back_arcs=net.arcs,
    )  # fmt: skip
    found = {}
    for name, one in (("from", net), ("to", against)):
        first, head, ms = plain(one)
        np.savez(
            folder / f"{name}.npz",
            first=first, head=head, ms=ms, x=net.node_x, y=net.node_y, sources=sources,
        )  # fmt: skip
        space = Workspace(graph(net, reverse=name == "to"), BOUND)
        found[name] = list(search_each(space, seeds_of(sources)))
    other = sum(
        dict(zip(*map(list, one), strict=True)) != dict(zip(*map(list, two), strict=True))
        for one, two in zip(found["from"], found["to"], strict=True)
    )
    print(f"\n## pandana on the same graph, 15 minutes, {len(sources)} junctions")
    with Peer(python, "peer_graphs.py", folder, BOUND) as peer:
        for name, ours in found.items():
            answer = folder / f"{name}-pandana.npz"
            peer.ask(do="pandana", mode=name, count=len(sources), save=str(answer))
            print(f"{name:<4} equal to the millisecond: {equal(ours, answer, 'pandana')}")
    print(f"the other direction differs at {other} of {len(sources)} junctions")


def print_counted(rows: list[tuple[str, int]]) -> None:
    for text, n in rows:
        print(f"{n:>5} {text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("roads", type=Path)
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=["valhalla", "osrm", "osrm-same"])
    parser.add_argument("--causes", type=int, default=1_000, help="so many are printed")
    add_options(parser)
    asked = parser.parse_args()
    net = network(asked.roads, "drive")
    profile = profiles.load(["drive"])["drive"]
    at = Map(osm_file.read(asked.roads, want_map=False).roads, profile)
    places = places_on_roads(net, asked.points, asked.seed)
    print(f"# {asked.roads.name}: {asked.points} places")
    ours = Ours(net)
    with tempfile.TemporaryDirectory() as room:
        try:
            same_graph(net, asked.peers, Path(room))
        except Absent as reason:
            print(f"pandana left out: {reason}")
    for name in asked.only:
        peer_name, _, rules = name.partition("-")
        with tempfile.TemporaryDirectory() as room:
            script = f"peer_distances_{peer_name}.py"
            try:
                peer = Peer(asked.peers312, script, room, asked.roads.resolve(), rules)
            except Absent as reason:
                print(f"{name} left out: {reason}")
                continue
            with peer:
                beside(name, ours, Theirs(peer, Path(room)), places, at, asked.causes)


if __name__ == "__main__":
    main()
