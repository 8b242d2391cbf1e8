"""Areas of 15 minutes: how fast, and how true, beside Valhalla and a concave hull.

    python benchmarks/isochrones.py roads.osm.pbf [--modes drive walk] [--repeats 5]
        [--judged 40] [--peers312 PYTHON]     (see peers.py)

334 seeded points, one thread, search included in every time; label grids are made
before (once per network, and kept) and timed apart. Truth is the router's own time to
each of 2,000 places in the box of a point's area plus a kilometre, and 2,000 on roads
in that box. Precision: of the places inside, the share that is truly within. Recall: of
those truly within, the share that is inside. Valhalla is judged by Valhalla's times in
the same way. Times are medians of interleaved runs, by the wall and of the processor.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from peers import Absent, Peer, add_options
from servicemap.roads.projection import Projection
from servicemap.roads.snapping import Snaps, snap
from servicemap.routing.ends import departures, graph, places
from servicemap.routing.isochrones import areas, default_cell_m
from servicemap.routing.labels import label_grid
from servicemap.routing.travel_times import pairs
from servicemap.routing.workspace import Ends, Workspace
from servicemap.without_study import network
from stopwatch import Took, interleaved, timed
from sweeps import points

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from servicemap.roads.network import Network

MINUTES = 15.0
BOUND = int(MINUTES * 60_000)
POINTS = 334
CELLS_M = (50.0, 33.0, 25.0, 12.5)
PLACES = 2_000  # off roads and on roads, a point
MARGIN_M = 1_000.0
VALHALLA_POINTS, VALHALLA_PLACES = 12, 400  # its table of times takes long
HULL_POINTS = 12
# Of 0.02, 0.05, 0.1 and 0.3 in Porto (12 points, F1 off roads): driving 0.73, 0.86, 0.87
# and 0.79; walking, where 15 minutes hold few junctions, 0.42, 0.43, 0.51 and 0.76.
HULL_RATIO = 0.05


def rows_of(snaps: Snaps, rows: slice) -> Snaps:
    """Some of the points."""
    return Snaps(
        **{
            item.name: getattr(snaps, item.name)[rows]
            for item in dataclasses.fields(Snaps)
            if isinstance(getattr(snaps, item.name), np.ndarray)
        }
    )


@dataclass
class Tally:
    """Places inside, truly within, and both."""

    inside: int = 0
    within: int = 0
    both: int = 0

    def add(self, inside: NDArray[np.bool_], within: NDArray[np.bool_]) -> None:
        """Count some more places."""
        self.inside += int(inside.sum())
        self.within += int(within.sum())
        self.both += int((inside & within).sum())

    def __str__(self) -> str:
        precision = self.both / max(1, self.inside)
        recall = self.both / max(1, self.within)
        return f"{precision:.4f} {recall:.4f}"


@dataclass(frozen=True)
class Sample:
    """Places around one point, and which of them are truly within."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    within: NDArray[np.bool_]


def drawn(
    net: Network, box: tuple[float, ...], count: int, random: np.random.Generator
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Places off roads and on roads in a box and a kilometre around it, in metres."""
    west, south, east, north = box
    west, south, east, north = (
        west - MARGIN_M, south - MARGIN_M, east + MARGIN_M, north + MARGIN_M,
    )  # fmt: skip
    last = np.zeros(len(net.vertex_x), dtype=bool)
    last[net.edge_first[1:] - 1] = True
    near = (net.vertex_x > west) & (net.vertex_x < east)
    near &= (net.vertex_y > south) & (net.vertex_y < north)
    start = np.flatnonzero(near & ~last & net.snappable)
    metres = net.along_m[start + 1] - net.along_m[start]
    at = random.choice(start, count, p=metres / metres.sum())
    t = random.uniform(size=count)
    on_road = tuple(v[at] + t * (v[at + 1] - v[at]) for v in (net.vertex_x, net.vertex_y))
    off_road = random.uniform(west, east, count), random.uniform(south, north, count)
    return [off_road, on_road]


def samples(
    net: Network, at: Snaps, shapes: list[Any], count: int
) -> list[tuple[Sample, Sample]]:
    """Per point: places off roads and on roads with the router's verdict."""
    random = np.random.default_rng(11)
    judged = []
    for row, shape in enumerate(shapes):
        two = []
        for x, y in drawn(net, shape.bounds, count, random):
            lon, lat = Projection(net.crs).to_degrees(x, y)
            met = snap(net, lon, lat, 500.0, "destination")
            found = pairs(
                net, rows_of(at, slice(row, row + 1)), met, minutes=MINUTES,
                want_distance=False, engine="search", threads=1,
            )  # fmt: skip
            within = np.zeros(count, dtype=bool)
            within[found.destination] = True
            two.append(Sample(x, y, lon, lat, within))
        judged.append((two[0], two[1]))
    return judged


def judge(shapes: list[Any], judged: list[tuple[Sample, Sample]]) -> str:
    """Precision and recall off roads, then on roads."""
    told = []
    for where in (0, 1):
        tally = Tally()
        for shape, two in zip(shapes, judged, strict=False):
            shapely.prepare(shape)
            one = two[where]
            tally.add(shapely.contains_xy(shape, one.x, one.y), one.within)
        told.append(str(tally))
    return " | ".join(told)


def hulls(net: Network, at: Snaps) -> Callable[[], list[Any]]:
    """A search and the concave hull of the junctions that it reached, point by point."""
    ends = departures(net, places(net, at))
    space = Workspace(graph(net, reverse=False), BOUND)
    first = np.searchsorted(ends.point, np.arange(len(at.edge) + 1))

    def run() -> list[Any]:
        shapes = []
        for a, b in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
            seeds = Ends(ends.point[a:b], ends.node[a:b], ends.ms[a:b], ends.second[a:b])
            met = space.reached[: space.run(seeds, BOUND)]
            seats = shapely.multipoints(np.column_stack([net.node_x[met], net.node_y[met]]))
            shapes.append(shapely.concave_hull(seats, ratio=HULL_RATIO))
        return shapes

    return run


def line(name: str, took: Took, count: int, truth: str, invalid: int) -> str:
    """One row of the table."""
    one = took / count
    return f"{name:<14} {one.wall_ms:>8.2f} {one.cpu_ms:>8.2f} | {truth} | {invalid:>7} |"


class Valhalla:
    """Its areas of the first points, judged by its own times."""

    def __init__(self, mode: str, at: Snaps, judged: Any, peer: Peer, folder: Path) -> None:
        self.peer = peer
        n = min(VALHALLA_POINTS, len(judged))
        self.asked = {
            "do": "areas",
            "mode": mode,
            "minutes": MINUTES,
            "points": np.column_stack([at.own_lon, at.own_lat])[:n].tolist(),
        }
        kept = folder / "valhalla.npy"
        self.invalid = peer.ask(**self.asked, save=str(kept))["invalid"]
        shapes = [shapely.from_wkb(one) for one in np.load(kept)]
        own = []
        for (lon, lat), two in zip(self.asked["points"], judged, strict=False):
            verdicts = []
            for one in two:
                few = slice(0, VALHALLA_PLACES)
                where = np.column_stack([one.lon, one.lat])[few]
                np.save(folder / "places.npy", where)
                peer.ask(
                    do="seconds", mode=mode, point=[lon, lat],
                    places=str(folder / "places.npy"), save=str(folder / "seconds.npy"),
                )  # fmt: skip
                seconds = np.load(folder / "seconds.npy")
                within = seconds <= 60.0 * MINUTES
                # its areas are in degrees
                verdicts.append(Sample(where[:, 0], where[:, 1], lon, lat, within))
            own.append((verdicts[0], verdicts[1]))
        self.count = n
        self.truth = judge(shapes, own)


def one_by_one(mode: str, net: Network, asked: argparse.Namespace, folder: Path) -> None:
    """One area a point, for all cells, beside its peers."""
    at = points(net, POINTS, 15)
    default = default_cell_m(net)
    print(f"\n# One area a point, search included, {mode} (our own choice: {default:g} m)")
    for cell in CELLS_M:
        cpu = time.process_time()
        grid = label_grid(net, cell, 500.0, "destination")
        cpu = time.process_time() - cpu
        print(
            f"label grid of {cell:g} m: {len(grid.cells):,} grid points, {cpu:.1f} s of cpu"
        )

    def ours(cell: float, count: int = POINTS) -> Callable[[], list[Any]]:
        some = rows_of(at, slice(0, count))
        return lambda: [
            one.geometry
            for one in areas(net, some, [MINUTES], direction="from", cell_m=cell)
        ]

    n = min(asked.judged, POINTS)
    judged = samples(net, at, ours(default, n)(), PLACES)
    rivals = {f"{cell:g}": timed(ours(cell)) for cell in CELLS_M}
    few = rows_of(at, slice(0, HULL_POINTS))
    make_hulls = hulls(net, few)
    rivals |= {
        "hull": timed(make_hulls),
        "same as hull": timed(ours(default, HULL_POINTS)),
    }
    valhalla = None
    try:
        with Peer(asked.peers312, "peer_valhalla.py", folder, asked.roads) as peer:
            valhalla = Valhalla(mode, at, judged, peer, folder)
            rivals["valhalla"] = peer.rival(**valhalla.asked)
            rivals["same as valhalla"] = timed(ours(default, valhalla.count))
            took = interleaved(rivals, asked.repeats)
    except Absent as reason:
        print(f"Valhalla left out: {reason}")
        took = interleaved(rivals, asked.repeats)
    print(
        f"{'':<14} {'wall ms':>8} {'cpu ms':>8} | off roads P, R | on roads P, R | "
        "invalid | slower than ours of the same points: wall, cpu"
    )
    for cell in CELLS_M:
        shapes = ours(cell)()
        invalid = sum(not shape.is_valid for shape in shapes)
        truth = judge(shapes, judged)
        print(line(f"ours, {cell:g} m", took[f"{cell:g}"], POINTS, truth, invalid))
    shapes = make_hulls()
    for name, count, truth, invalid in (
        ("hull", HULL_POINTS, judge(shapes, judged), 0),
        *(
            [("valhalla", valhalla.count, valhalla.truth, valhalla.invalid)]
            if valhalla
            else []
        ),
    ):
        told = line(name, took[name], count, truth, invalid)
        mine, theirs = took[f"same as {name}"], took[name]
        ratios = theirs.wall_ms / mine.wall_ms, theirs.cpu_ms / mine.cpu_ms
        print(f"{told} {ratios[0]:>6.1f} {ratios[1]:>6.1f}")


def merged(mode: str, net: Network, repeats: int) -> None:
    """The area of all points together: one search, or a union of single ones."""
    at = points(net, POINTS, 15)
    single = [one.geometry for one in areas(net, at, [MINUTES], direction="from")]

    def together() -> Any:
        return next(areas(net, at, [MINUTES], direction="from", merged=True)).geometry

    took = interleaved(
        {
            "merged": timed(together),
            "union": timed(lambda: shapely.union_all(single)),
        },
        repeats,
    )
    one, union = together(), shapely.union_all(single)
    alike = one.intersection(union).area / one.union(union).area
    ratio = took["union"].wall_ms / took["merged"].wall_ms
    of_cpu = took["union"].cpu_ms / took["merged"].cpu_ms
    print(
        f"\n# The area of {POINTS} points together, {mode}\n"
        f"merged {took['merged'].wall_ms:.1f} ms wall, {took['merged'].cpu_ms:.1f} cpu; "
        f"union_all of {POINTS} single ones (their making not counted) "
        f"{took['union'].wall_ms:,.0f} wall, {took['union'].cpu_ms:,.0f} cpu: "
        f"{ratio:,.0f} and {of_cpu:,.0f} times (target 100); intersection over union "
        f"{alike:.5f} (target 0.999); valid: {one.is_valid}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("roads", type=Path)
    parser.add_argument("--modes", nargs="+", default=["drive", "walk"])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--judged", type=int, default=40, help="points that are judged")
    add_options(parser)
    asked = parser.parse_args()
    for mode in asked.modes:
        net = network(asked.roads, mode)
        with tempfile.TemporaryDirectory() as room:
            one_by_one(mode, net, asked, Path(room))
        merged(mode, net, asked.repeats)


if __name__ == "__main__":
    main()
