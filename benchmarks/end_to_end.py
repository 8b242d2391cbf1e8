"""The whole job beside the usual recipe: from an extract to a map of 15 minutes.

    python benchmarks/end_to_end.py [--data ../shared/data] [--rounds 5] [--out FILE]

The recipe is what tutorials show: an osmnx graph from the same extract as ``.osm``
XML, ``networkx.ego_graph`` from every service point by travel time, the hull of its
nodes, the union of the hulls, a stock folium map. Ours is the same work with
`servicemap.isochrones`, the command ``servicemap isochrones``, and the whole study that
``servicemap init`` drafts from the extract. The sides are in `end_to_end_sides.py`.

Every run is a process of its own, the sides take turns, and processor seconds and peak
memory are what the operating system counted for that process. Before the clock starts
each side has run once, so that Python's bytecode and our kernels are compiled, as they
are after the first run of an installation. First run: no network is kept yet; second
run: it is.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from end_to_end_sides import CUTOFF_MIN

if TYPE_CHECKING:
    from collections.abc import Iterator

N_POINTS, N_VILLAGES = 334, 2_000  # of Porto, whose extract holds roads only
MOST_MB = 1_500.0  # of ours on Porto
SIDES = Path(__file__).with_name("end_to_end_sides.py")
START = "start-up"


@dataclass(frozen=True)
class Run:
    """One process: seconds on the wall and of the processor, from its start to its end."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    stages: dict[str, list[float]] = field(default_factory=dict)  # wall and processor

    def work_s(self, kind: int) -> float:
        """Wall (0) or processor (1) seconds of all stages after the imports."""
        return sum(both[kind] for name, both in self.stages.items() if name != START)


def timed(command: list[str], cache: Path, work: Path) -> Run:
    """One run in a fresh process."""
    surroundings = {
        **os.environ,
        "SERVICEMAP_CACHE": str(cache),  # prepared networks
        "NUMBA_CACHE_DIR": str(work / "kernels"),
        "PYTHONPYCACHEPREFIX": str(work / "bytecode"),
    }
    # installed packages have their bytecode beside them; a checkout may be told not to
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
    with (work / "stdout").open("w+b") as told, (work / "stderr").open("w+b") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *command], env=surroundings, stdout=told, stderr=errors
        )
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        errors.seek(0)
        if process.returncode:
            sys.exit(errors.read().decode())
        lines = told.read().decode().splitlines()
    per_mb = 1024.0 * (1024.0 if sys.platform == "darwin" else 1.0)
    return Run(
        wall_s,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / per_mb,
        json.loads(lines[-1]) if lines else {},
    )


def side(name: str, job: dict[str, Any]) -> list[str]:
    """The command of a side."""
    told = {key: str(value) for key, value in {**job, "side": name}.items()}
    return [str(SIDES), json.dumps(told)]


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
    """Andorra: the recipe and ours, in turns."""
    extract = data / "andorra" / "andorra-2025.osm.pbf"
    study = work / "andorra"
    counts = drafted(extract, study)
    points = study / "points.csv"
    lines: list[str] = []
    for mode in modes:
        xml = work / f"{mode}.osm"
        began = time.perf_counter()
        as_xml(extract, mode, xml)
        converted_s = time.perf_counter() - began
        job = {"mode": mode, "study": study, "points": points, "xml": xml}
        job |= {"extract": extract, "out": work / "out"}
        command = ["-m", "servicemap", "isochrones", "--roads", str(extract)]
        command += ["--points", str(points), "--mode", mode, "--minutes", str(CUTOFF_MIN)]
        command += ["--out", str(work / "areas.geojson"), "--overwrite"]
        commands = {name: side(name, job) for name in ("recipe", "kept", "areas", "study")}
        commands["command"] = command
        for one in commands.values():  # compiles; the recipe saves its graph
            timed(one, work / "compiling", work)
        found: dict[str, list[Run]] = {}
        for turn in range(rounds):
            own, other, third = (work / f"{name}-{mode}-{turn}" for name in "abc")
            for label, name, cache in (
                ("recipe", "recipe", own),
                ("recipe, its graph kept", "kept", own),
                ("ours, same work, first run", "areas", own),
                ("ours, same work, second run", "areas", own),
                ("ours, command, first run", "command", other),
                ("ours, command, second run", "command", other),
                ("ours, whole study, first run", "study", third),
                ("ours, whole study, second run", "study", third),
            ):
                found.setdefault(label, []).append(timed(commands[name], cache, work))
        lines += [
            (
                f"## Andorra, {mode}: {counts['facilities']} service points, "
                f"medians of {rounds} runs"
            ),
            "",
            f"Whole process (the conversion to XML, {converted_s:.1f} s, is not in it):",
            "",
            "| side | seconds | processor s | peak MB | faster | faster, processor |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
            *(
                f"| {name} | {_whole(found['recipe'], runs)} |"
                for name, runs in found.items()
            ),
            "",
            "The work alone (no imports, no start and end of Python):",
            "",
            "| side | seconds | processor s | faster | faster, processor |",
            "| --- | ---: | ---: | ---: | ---: |",
            *(
                f"| {name} | {_work(found['recipe'], runs)} |"
                for name, runs in found.items()
                if runs[0].stages
            ),
            "",
            *_stages(found),
            "",
        ]
    return lines


def _whole(recipe: list[Run], runs: list[Run]) -> str:
    wall_s, cpu_s = (median(runs, name) for name in ("wall_s", "cpu_s"))
    cells = [
        f"{wall_s:.2f}",
        f"{cpu_s:.2f}",
        f"{median(runs, 'peak_mb'):.0f}",
        f"{median(recipe, 'wall_s') / wall_s:.1f} x",
        f"{median(recipe, 'cpu_s') / cpu_s:.1f} x",
    ]
    return " | ".join(cells)


def _work(recipe: list[Run], runs: list[Run]) -> str:
    own = [statistics.median(run.work_s(kind) for run in runs) for kind in (0, 1)]
    theirs = [statistics.median(run.work_s(kind) for run in recipe) for kind in (0, 1)]
    ratios = (f"{them / us:.1f} x" for them, us in zip(theirs, own, strict=True))
    return " | ".join([*(f"{one:.2f}" for one in own), *ratios])


def _stages(found: dict[str, list[Run]]) -> list[str]:
    """Median seconds of each stage of each side."""
    lines = ["| side | stage | seconds | processor s |", "| --- | --- | ---: | ---: |"]
    for label, runs in found.items():
        for name in runs[0].stages:
            both = [statistics.median(run.stages[name][k] for run in runs) for k in (0, 1)]
            lines.append(f"| {label} | {name} | {both[0]:.2f} | {both[1]:.2f} |")
    return lines


def median(runs: list[Run], name: str) -> float:
    return statistics.median(getattr(run, name) for run in runs)


def large(data: Path, work: Path, rounds: int, modes: list[str]) -> list[str]:
    """Porto, a large city region: ours alone, which must stay below 1.5 GB."""
    study, extract = work / "porto", data / "porto" / "porto_portugal.osm.pbf"
    drafted(extract, study)
    scattered(extract, study)
    lines = [
        (
            f"## Porto: {N_POINTS} service points, {N_VILLAGES} villages, "
            f"medians of {rounds} runs"
        ),
        "",
        "| mode | run | seconds | processor s | peak MB (largest) |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    found: dict[str, list[Run]] = {}
    for mode in modes:
        job = side("study", {"mode": mode, "study": study, "out": work / "porto-out"})
        timed(job, work / "compiling", work)
        for turn in range(rounds):
            cache = work / f"porto-{mode}-{turn}"
            for label in ("first", "second"):
                run = timed(job, cache, work)
                found.setdefault(f"{mode} | {label}", []).append(run)
    for label, runs in found.items():
        peak = max(run.peak_mb for run in runs)
        seconds = f"{median(runs, 'wall_s'):.1f} | {median(runs, 'cpu_s'):.1f}"
        lines.append(f"| {label} | {seconds} | {peak:.0f} |")
    peak = max(run.peak_mb for runs in found.values() for run in runs)
    verdict = "below" if peak < MOST_MB else "ABOVE"
    told = f"Porto needed {peak:.0f} MB at most: {verdict} {MOST_MB:.0f} MB."
    return [*lines, "", told, "", *_stages(found), ""]


EQUAL = f"""
Equal on both sides: the extract and its roads (those that our profile uses), the service
points, one cutoff of {CUTOFF_MIN} minutes, a fresh process for each run.

* recipe: reads the XML, adds speeds and times, projects, cuts an ego graph per point, takes
  its hull, unites the hulls, saves a stock folium map. "Its graph kept" reads the graph
  with its times from GraphML instead, as a careful user's second run would.
* ours, same work: an area of every point, the union, the same stock map, in Python.
* ours, command: `servicemap isochrones`, one area per point as GeoJSON; no union, no map.
* ours, whole study: reads villages and buildings too, routes every village up to 60
  minutes, checks areas against the router, and writes seven files, with a map that needs
  no internet.

Not equal. In the recipe times run away from the points, points join the nearest node, and
areas are hulls of nodes; its conversion to XML and its choice of roads are not timed, ours
reads the extract (first run) or the kept network (second run).
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("--data", type=Path, default=here / "shared" / "data")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--modes", nargs="+", default=["drive", "walk"])
    parser.add_argument("--only", choices=["andorra", "porto"])
    parser.add_argument("--out", type=Path, help="file for the tables, besides stdout")
    told = parser.parse_args()
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
