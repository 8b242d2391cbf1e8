"""The whole job beside the usual recipe: from an extract to a map of 15 minutes.

    python benchmarks/end_to_end.py [--data ../shared/data] [--rounds 3] [--out FILE]

The recipe is what tutorials show: an osmnx graph from the same extract as ``.osm``
XML, ``networkx.ego_graph`` from every service point by travel time, the hull of its
nodes, the union of the hulls, a stock folium map. Ours is ``servicemap.run`` and
``servicemap.write`` of the study that ``servicemap.init`` drafts from the extract.
Every run is a process of its own, the two sides take turns, and peak memory is what
the operating system counted for that process. Kernels are compiled before the clock
starts; the network cache is empty ("cold") or filled ("warm").
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CUTOFF_MIN = 15
N_POINTS, N_VILLAGES = 334, 2_000  # of Porto, whose extract holds roads only
WALK_KPH = 5.0

# --- in a process of its own -------------------------------------------------------------


def ours(folder: Path, mode: str, out: Path) -> dict[str, float]:
    """Run and write the drafted study, with one mode and one cutoff as the recipe has."""
    stages = Clock()
    stages.next("start-up")
    import dataclasses

    import folium  # noqa: F401 - the map needs it; counted as start-up

    import servicemap
    from servicemap.outputs import write  # noqa: F401
    from servicemap.pipeline import run  # noqa: F401

    start_numba()
    asked = servicemap.read_study(folder)
    asked = dataclasses.replace(
        asked,
        travel=dataclasses.replace(
            asked.travel, modes=(mode,), minutes=(float(CUTOFF_MIN),)
        ),
        questions=tuple(one for one in asked.questions if one.modes == (mode,)),
    )
    result = servicemap.run(asked, say=lambda stage, **_: stages.next(stage))
    stages.next("write")
    servicemap.write(result, out)
    return stages.stop()


def start_numba() -> None:
    """Let the compiler load its registries: half a second, whatever the work."""
    import numpy as np

    from servicemap.roads.nearest import grid_over

    grid_over(*(np.array([0.0, 1.0]) for _ in range(4)))


def ours_areas(extract: Path, points: Path, mode: str, out: Path) -> dict[str, float]:
    """The recipe's own work and no more: areas of the points, their union, a stock map."""
    stages = Clock()
    stages.next("start-up")
    import folium
    import pandas as pd

    import servicemap
    from servicemap.without_study import matrix  # noqa: F401 - counted as start-up

    start_numba()
    stages.next("network")
    asked: dict[str, Any] = {"mode": mode, "minutes": [float(CUTOFF_MIN)]}
    servicemap.isochrones(
        extract, points, **asked, say=lambda stage, **_: stages.next(stage)
    )
    stages.next("merged")  # one search from all points, where the recipe unites hulls
    union, _ = servicemap.isochrones(extract, points, **asked, merge=True)
    stages.next("map")
    stock_map(folium, union.geometry, pd.read_csv(points), out)
    return stages.stop()


def stock_map(folium: Any, union: Any, places: Any, out: Path) -> None:
    """The map of the tutorials: an area, markers, tiles from the internet."""
    page = folium.Map(
        location=[places["latitude"].mean(), places["longitude"].mean()], zoom_start=11
    )
    folium.GeoJson(union.__geo_interface__).add_to(page)
    for row in places.itertuples():
        folium.Marker([row.latitude, row.longitude], popup=str(row.name)).add_to(page)
    out.mkdir(exist_ok=True)
    page.save(out / "map.html")


def recipe(xml: Path, points: Path, mode: str, out: Path) -> dict[str, float]:
    """What tutorials of osmnx do for "15-minute areas"."""
    stages = Clock()
    stages.next("start-up")
    import folium
    import geopandas as gpd
    import networkx as nx
    import osmnx as ox
    import pandas as pd
    import shapely

    stages.next("graph")
    graph = ox.graph_from_xml(xml, bidirectional=mode == "walk", simplify=True)
    if mode == "walk":
        for _, _, data in graph.edges(data=True):
            data["speed_kph"] = WALK_KPH
    else:
        graph = ox.add_edge_speeds(graph)
    graph = ox.project_graph(ox.add_edge_travel_times(graph))

    stages.next("ego_graph")
    places = pd.read_csv(points)
    seats = gpd.points_from_xy(places["longitude"], places["latitude"], crs="EPSG:4326")
    seats = seats.to_crs(graph.graph["crs"])
    centres = ox.distance.nearest_nodes(graph, seats.x, seats.y)
    reached = []
    for centre in centres:
        part = nx.ego_graph(graph, centre, radius=60 * CUTOFF_MIN, distance="travel_time")
        seats = [(data["x"], data["y"]) for _, data in part.nodes(data=True)]
        reached.append(shapely.MultiPoint(seats))

    stages.next("hulls")
    hulls = gpd.GeoSeries([seats.convex_hull for seats in reached], crs=graph.graph["crs"])
    union = gpd.GeoSeries([hulls.union_all()], crs=hulls.crs).to_crs("EPSG:4326")

    stages.next("map")
    stock_map(folium, union, places, out)
    told = stages.stop()

    # a variant that some tutorials prefer; not in the total
    began = time.perf_counter()
    for seats in reached:
        shapely.concave_hull(seats, ratio=0.3)
    told["(concave hulls instead)"] = time.perf_counter() - began
    return told


class Clock:
    """Seconds by stage; a stage that comes again adds up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.name, self.began = "", time.perf_counter()

    def next(self, name: str) -> None:
        """End the stage before, begin this one."""
        self.stop()
        self.name = name

    def stop(self) -> dict[str, float]:
        """End the stage; all seconds so far."""
        now = time.perf_counter()
        if self.name:
            self.seconds[self.name] = self.seconds.get(self.name, 0.0) + now - self.began
        self.name, self.began = "", now
        return self.seconds


def child(job: dict[str, str]) -> None:
    out = Path(job["out"])
    if job["side"] == "ours":
        stages = ours(Path(job["study"]), job["mode"], out)
    elif job["side"] == "areas":
        stages = ours_areas(Path(job["extract"]), Path(job["points"]), job["mode"], out)
    else:
        stages = recipe(Path(job["xml"]), Path(job["points"]), job["mode"], out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak_mb = peak / (1024.0 * (1024.0 if sys.platform == "darwin" else 1.0))
    print(json.dumps({"stages": stages, "peak_mb": peak_mb}))


# --- the process that takes the time -----------------------------------------------------


def timed(job: dict[str, object], cache: Path, kernels: Path) -> dict[str, object]:
    """One run in a fresh process: seconds from start to end, imports included."""
    surroundings = {
        **os.environ,
        "SERVICEMAP_CACHE": str(cache),  # prepared networks
        "NUMBA_CACHE_DIR": str(kernels),
    }
    told = json.dumps({name: str(value) for name, value in job.items()})
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--child", told],
        env=surroundings,
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.stderr)
    return {"seconds": seconds, **json.loads(done.stdout.splitlines()[-1])}


def as_xml(extract: Path, mode: str, xml: Path) -> None:
    """The roads that our profile uses, as ``.osm`` XML.

    osmnx reads no PBF, and takes all ways that it reads for roads; so both sides are
    given the same ones.
    """
    import osmium

    from servicemap.roads import profiles

    profile = profiles.load([mode])[mode]
    nodes: set[int] = set()

    def ways() -> Iterator[Any]:
        found = osmium.FileProcessor(extract, osmium.osm.WAY)
        for way in found.with_filter(osmium.filter.KeyFilter("highway")):
            use = profile.way({tag.k: tag.v for tag in way.tags})
            if use.forward or use.backward:
                yield way

    for way in ways():
        nodes.update(one.ref for one in way.nodes)
    with osmium.SimpleWriter(str(xml), overwrite=True) as file:
        for node in osmium.FileProcessor(extract, osmium.osm.NODE):
            if node.id in nodes:
                file.add_node(node)
        for way in ways():
            file.add_way(way)


def drafted(extract: Path, folder: Path) -> dict[str, int]:
    import servicemap

    return dict(servicemap.init(folder, extract).counts)


def scattered(extract: Path, study: Path) -> None:
    """Service points and villages by lot on the roads, in place of drafted ones."""
    import numpy as np

    from servicemap import osm_file

    roads = osm_file.read(extract, want_map=False).roads
    at = np.random.default_rng(15).choice(
        len(roads.x), N_POINTS + N_VILLAGES, replace=False
    )
    places = [f"{roads.x[k] * 1e-7:.7f},{roads.y[k] * 1e-7:.7f}" for k in at]
    points = ["id,name,tier,longitude,latitude"]
    points += [
        f"P{k:04},Point {k},township,{place}" for k, place in enumerate(places[:N_POINTS])
    ]
    villages = ["id,name,township,longitude,latitude"]
    villages += [
        f"V{k:04},Village {k},Porto,{place}" for k, place in enumerate(places[N_POINTS:])
    ]
    (study / "points.csv").write_text("\n".join(points) + "\n", encoding="utf-8")
    (study / "villages.csv").write_text("\n".join(villages) + "\n", encoding="utf-8")
    toml = study / "servicemap.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace(".xlsx", ".csv"), encoding="utf-8"
    )


def compare(data: Path, work: Path, rounds: int, modes: list[str]) -> list[str]:
    """Andorra: the recipe, ours with an empty and with a filled cache, in turns."""
    extract = data / "andorra" / "andorra-2025.osm.pbf"
    study = work / "andorra"
    counts = drafted(extract, study)
    lines = [
        f"## Andorra: {counts['facilities']} service points, medians of {rounds} runs",
        "",
        "| mode | side | seconds | of them start-up | peak MB | faster | start-up aside |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    details: list[str] = []
    for mode in modes:
        xml = work / f"{mode}.osm"
        as_xml(extract, mode, xml)
        job = {"mode": mode, "study": study, "points": study / "points.csv", "xml": xml}
        job |= {"extract": extract, "out": work / "out"}
        sides = {name: {**job, "side": name} for name in ("recipe", "areas", "ours")}
        kernels = work / "kernels"
        for name in ("areas", "ours"):  # compiles
            timed(sides[name], work / "compiling", kernels)
        found: dict[str, list[dict]] = {}
        for turn in range(rounds):
            cache = work / f"cache-{mode}-{turn}"
            for label, side, where in (
                ("recipe", "recipe", cache),
                ("ours, areas and map, cold", "areas", work / f"other-{mode}-{turn}"),
                ("ours, areas and map, warm", "areas", work / f"other-{mode}-{turn}"),
                ("ours, whole study, cold", "ours", cache),
                ("ours, whole study, warm", "ours", cache),
            ):
                found.setdefault(label, []).append(timed(sides[side], where, kernels))
        for label, runs in found.items():
            lines.append(f"| {mode} | {label} | {against(found['recipe'], runs)} |")
            details += stages_of(mode, label, runs)
    return [
        *lines,
        "",
        "| mode | side | stage | seconds |",
        "| --- | --- | --- | --- |",
        *details,
    ]


def against(recipe: list[dict], runs: list[dict]) -> str:
    """Seconds, imports, memory, and the two ratios."""

    def work(run: dict) -> float:
        return run["seconds"] - run["stages"]["start-up"]

    seconds, own = median(runs, "seconds"), statistics.median(map(work, runs))
    cells = [
        f"{seconds:.2f}",
        f"{seconds - own:.2f}",
        f"{median(runs, 'peak_mb'):.0f}",
        f"{median(recipe, 'seconds') / seconds:.1f} x",
        f"{statistics.median(map(work, recipe)) / own:.1f} x",
    ]
    return " | ".join(cells)


def stages_of(mode: str, side: str, runs: list[dict]) -> list[str]:
    names = list(runs[0]["stages"])
    each = {name: statistics.median(run["stages"][name] for run in runs) for name in names}
    return [
        f"| {mode} | {side} | {name} | {seconds:.2f} |" for name, seconds in each.items()
    ]


def median(runs: list[dict], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def large(data: Path, work: Path, rounds: int, modes: list[str]) -> list[str]:
    """Porto, a large city region: ours alone, which must stay below 1.5 GB."""
    study, extract = work / "porto", data / "porto" / "porto_portugal.osm.pbf"
    drafted(extract, study)
    scattered(extract, study)
    kernels = work / "kernels"
    lines = [
        (
            f"## Porto: {N_POINTS} service points, {N_VILLAGES} villages, "
            f"medians of {rounds} runs"
        ),
        "",
        "| mode | cache | seconds | peak MB |",
        "| --- | --- | --- | --- |",
    ]
    details = []
    for mode in modes:
        job = {"side": "ours", "mode": mode, "study": study, "out": work / "porto-out"}
        timed({**job}, work / "compiling", kernels)
        cold, warm = [], []
        for turn in range(rounds):
            cache = work / f"cache-porto-{mode}-{turn}"
            cold.append(timed(job, cache, kernels))
            warm.append(timed(job, cache, kernels))
        for name, runs in (("cold", cold), ("warm", warm)):
            seconds, peak = median(runs, "seconds"), max(run["peak_mb"] for run in runs)
            lines.append(f"| {mode} | {name} | {seconds:.1f} | {peak:.0f} |")
            details += stages_of(mode, name, runs)
    return [
        *lines,
        "",
        "| mode | cache | stage | seconds |",
        "| --- | --- | --- | --- |",
        *details,
    ]


EQUAL = f"""
Equal on both sides: the extract and its roads (those that our profile uses), the service
points, one cutoff of {CUTOFF_MIN} minutes, one map in a file, a fresh process for each run.
Start-up is imports, and for ours the start of numba; "faster" is over the whole process.
"Areas and map" is the recipe's own work: an area of every point, the union, a stock map.

Not equal. In the recipe times run away from the points, points join the nearest node, and
areas are hulls of nodes; its conversion to XML and its choice of roads are not timed, ours
reads the extract (cold) or the kept network (warm). "Whole study" also reads villages and
buildings, routes every village up to 60 minutes, checks areas against the router, and
writes seven files, with a map that needs no internet.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("--data", type=Path, default=here / "shared" / "data")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--modes", nargs="+", default=["drive", "walk"])
    parser.add_argument("--only", choices=["andorra", "porto"])
    parser.add_argument("--out", type=Path, help="file for the table, besides stdout")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.child:
        child(json.loads(told.child))
        return
    if not told.data.is_dir():
        sys.exit(f"{told.data} is not there; name the data with --data")
    text = ""
    with tempfile.TemporaryDirectory(prefix="end_to_end-") as name:
        work = Path(name)
        jobs = {"andorra": compare, "porto": large}
        for region, job in jobs.items():
            if told.only in (None, region):
                lines = job(told.data, work, told.rounds, told.modes)
                part = "\n".join(lines) + "\n" + (EQUAL if region == "andorra" else "")
                print(part, flush=True)
                text += part
    if told.out:
        told.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
