"""From an extract to a network that can be routed on, beside its peers.

    python benchmarks/load.py roads.osm.pbf [--rounds 3] [--only NAME ...]
        [--peers PYTHON --peers312 PYTHON]     (see peers.py; PEERS needs pyrosm, osmnx)

Ours: the extract read once, and the junction networks of all built-in modes, or of one,
with turn restrictions, components and both directions; nothing comes from the cache but
compiled kernels: the five modes that most studies ask for, then also the elderly on
foot and faster e-bikes, eight in all. pyrosm: nodes and edges of its network, as an
igraph graph. osmnx: its simplified graph, from the extract turned into XML beforehand.
Valhalla: its tiles, one thread. OSRM: extract and contract with its own ``car.lua``,
one thread. Every run is a process of its own, rivals take turns; seconds are counted
from after the imports, peak memory is what the operating system counted for the process
and what it started.
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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BASIC = ("walk", "bike", "ebike", "motorcycle", "drive")
MODES = ("walk", "walk_elderly", "bike", "ebike", "ebike_20", "ebike_25", "motorcycle",
         "drive")  # fmt: skip


# --- in a process of its own --------------------------------------------------------------


def ours(roads: Path, folder: Path, modes: tuple[str, ...]) -> Callable[[], str]:
    os.environ["SERVICEMAP_CACHE"] = str(folder / "cache")
    import shutil

    import scipy.sparse.csgraph  # noqa: F401 - loaded on the way
    import shapely  # noqa: F401

    from servicemap.roads import prepared, profiles

    known = profiles.load(modes)
    for kind in ("extracts", "networks"):
        shutil.rmtree(folder / "cache" / kind, ignore_errors=True)

    def run() -> str:
        made = prepared.networks(roads, known)
        junctions = sum(net.report["junctions"] for net in made.values())
        return f"{len(made)} networks, {junctions:,} junctions"

    return run


def pyrosm(roads: Path, networks: tuple[str, ...]) -> Callable[[], str]:
    from pyrosm import OSM

    def run() -> str:
        osm, count = OSM(str(roads)), 0
        for one in networks:
            nodes, edges = osm.get_network(one, nodes=True)
            count += osm.to_graph(nodes, edges, graph_type="igraph").vcount()
        return f"{len(networks)} graphs, {count:,} nodes"

    return run


def osmnx(folder: Path) -> Callable[[], str]:
    import osmnx as ox

    def run() -> str:
        graph = ox.graph_from_xml(folder / "roads.osm", bidirectional=False, simplify=True)
        return f"{len(graph):,} nodes"

    return run


def osrm(roads: Path, folder: Path) -> Callable[[], str]:
    import osrm as bindings

    profile = Path(bindings.__file__).parent / "share" / "profiles" / "car.lua"
    link = folder / "osrm" / "roads.osm.pbf"
    link.parent.mkdir(exist_ok=True)
    for old in link.parent.iterdir():
        old.unlink()
    link.symlink_to(roads)

    def run() -> str:
        base = link.parent / "roads.osrm"
        for command in (["extract", "-t", "1", "-p", profile, link],
                        ["contract", "-t", "1", base]):  # fmt: skip
            subprocess.run(
                [sys.executable, "-m", "osrm", *map(str, command)],
                check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        return "one mode"

    return run


def valhalla(roads: Path, folder: Path) -> Callable[[], str]:
    from valhalla import PYVALHALLA_DIR, get_config

    tiles = Path(tempfile.mkdtemp(dir=folder))
    config = get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
    config["mjolnir"]["concurrency"] = 1
    path = folder / "valhalla.json"
    path.write_text(json.dumps(config))

    def run() -> str:
        build = Path(PYVALHALLA_DIR) / "bin" / "valhalla_build_tiles"
        subprocess.run([build, "-c", path, roads], check=True, stdout=subprocess.DEVNULL)
        return "all modes"

    return run


def in_own_process(name: str, roads: Path, folder: Path) -> dict[str, object]:
    run = {
        "servicemap, 8 modes": lambda: ours(roads, folder, MODES),
        "servicemap, 5 modes": lambda: ours(roads, folder, BASIC),
        "servicemap, drive": lambda: ours(roads, folder, ("drive",)),
        "pyrosm, 3 networks": lambda: pyrosm(roads, ("driving", "walking", "cycling")),
        "pyrosm, driving": lambda: pyrosm(roads, ("driving",)),
        "osmnx": lambda: osmnx(folder),
        "OSRM, car": lambda: osrm(roads, folder),
        "Valhalla": lambda: valhalla(roads, folder),
    }[name]()
    cpu, wall = times(), time.perf_counter()
    made = run()
    wall = time.perf_counter() - wall
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {"wall_s": wall, "cpu_s": times() - cpu, "peak_mb": peak / 1024, "made": made}


def times() -> float:
    """Processor seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])


# --- the one that asks --------------------------------------------------------------------

RIVALS = {  # name -> whose Python
    "servicemap, 5 modes": "ours",
    "servicemap, 8 modes": "ours",
    "servicemap, drive": "ours",
    "pyrosm, 3 networks": "peers",
    "pyrosm, driving": "peers",
    "osmnx": "peers",
    "OSRM, car": "peers312",
    "Valhalla": "peers312",
}


def main() -> None:
    from peers import add_options

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("roads", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=RIVALS, default=list(RIVALS))
    add_options(parser)
    asked = parser.parse_args()
    pythons = {"ours": sys.executable, "peers": asked.peers, "peers312": asked.peers312}
    took: dict[str, list[dict[str, float]]] = {name: [] for name in asked.only}
    with tempfile.TemporaryDirectory() as room:
        if "osmnx" in asked.only:
            # Elsewhere: a process counts the memory of the one that starts it as its own.
            xml = str(Path(room) / "roads.osm")
            made = [sys.executable, __file__, "--xml", str(asked.roads), xml]
            subprocess.run(made, check=True)
        for number in range(asked.rounds + 1):
            for name in [one for one in asked.only if one in took]:
                if number == 0 and not name.startswith("servicemap"):
                    continue  # the first round compiles our kernels
                told = ask(pythons[RIVALS[name]], name, asked.roads.resolve(), room)
                if isinstance(told, str):
                    print(f"{name} left out: {told}")
                    del took[name]
                elif number:
                    took[name].append(told)
    first = next(name for name in took if name.startswith("servicemap"))
    base = statistics.median(one["wall_s"] for one in took[first])
    base_cpu = statistics.median(one["cpu_s"] for one in took[first])
    print(f"\n# {asked.roads.name}: extract to network, medians of {asked.rounds}")
    print(f"{'':<20} {'wall s':>7} {'cpu s':>7} {'peak MB':>8} | times ours: wall, cpu")
    for name, all_of in took.items():
        wall, cpu, peak = (
            statistics.median(one[key] for one in all_of)
            for key in ("wall_s", "cpu_s", "peak_mb")
        )
        print(
            f"{name:<20} {wall:>7.2f} {cpu:>7.2f} {peak:>8.0f} | "
            f"{wall / base:>6.1f} {cpu / base_cpu:>6.1f}   {all_of[0]['made']}"
        )


def ask(python: str | None, name: str, roads: Path, room: str) -> dict[str, float] | str:
    """What a process of its own told; else why it could not."""
    if not python or not Path(python).exists():
        return "no environment named (see benchmarks/peers.py)"
    run = subprocess.run(
        [python, __file__, "--one", name, str(roads), room],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    if run.returncode:
        return run.stderr.strip()[-300:]
    return json.loads(run.stdout.splitlines()[-1])


def as_xml(roads: Path, path: Path) -> None:
    """Ways with ``highway`` and their nodes, as XML."""
    import osmium

    with osmium.BackReferenceWriter(str(path), ref_src=str(roads), overwrite=True) as kept:
        for way in osmium.FileProcessor(str(roads), osmium.osm.WAY):
            if "highway" in way.tags:
                kept.add(way)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one, extract, folder = sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
        print(json.dumps(in_own_process(one, extract, folder)))
    elif sys.argv[1:2] == ["--xml"]:
        as_xml(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
