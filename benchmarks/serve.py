"""`servicemap serve` as a second process on loopback, beside Valhalla's own service.

    python benchmarks/serve.py [--data ../shared/data] [--seconds 10] [--rounds 5]
        [--peers312 PYTHON]     (see peers.py)

Andorra and Porto with 300 points, 30 townships and 10,000 villages by lot
(`serve_study.py`). Five things are timed: from the start of the process to its first
answer with a prepared network; ``/locate`` with 50 requests a second that come whether
the ones before are answered or not, driving and walking, half from villages by name,
half from places anywhere, with items and moments; ``/search`` letter by letter;
``/isochrone`` of 15 minutes by car beside Valhalla's service, new places every time, in
turns; the first ``/coverage`` of a server that has kept none. Nothing is asked twice.
All is bounded in count and time.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import serve_study
from peers import Absent, Peer, add_options
from served import HEAD, Load, Server, Wire, cpu_ms, in_turn, steady
from servicemap import kept
from servicemap.web import replies
from stopwatch import Took, interleaved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXTRACTS = {
    "Andorra": Path("andorra", "andorra-2025.osm.pbf"),
    "Porto": Path("porto", "porto_portugal.osm.pbf"),
}
PER_SECOND, MINUTES = 50.0, 15
AREAS = 20  # a round
NAMES = 60  # that are typed letter by letter
MOMENTS = ("2026-12-05 10:00", "2026-12-07 08:10", "2026-12-09 16:50", "2026-12-06 23:00")
GIVEN_UP_S = 300.0

Rows = list[tuple[str, str, float, float]]  # id, name, lon, lat of the villages


def villages(folder: Path) -> Rows:
    lines = (folder / "villages.csv").read_text(encoding="utf-8").splitlines()[1:]
    cells = (line.split(",") for line in lines)
    return [(one, name, float(lon), float(lat)) for one, name, _, lon, lat in cells]


def query(**values: object) -> str:
    return urllib.parse.urlencode(values, doseq=True, quote_via=urllib.parse.quote)


def places(rows: Rows, seed: int) -> Iterator[tuple[float, float]]:
    """Places within 200 metres or so of villages, none twice."""
    random = np.random.default_rng(seed)
    while True:
        _, _, lon, lat = rows[random.integers(len(rows))]
        east, north = random.uniform(-0.002, 0.002, 2)
        yield round(lon + east, 6), round(lat + north, 6)


def questions(rows: Rows, mode: str, count: int) -> list[str]:
    """``/locate`` requests: by name and by coordinates, for an item or any point."""
    random = np.random.default_rng(8)
    near, found = places(rows, 9), []
    for number in range(count):
        if number % 2:
            lon, lat = next(near)
            asked: dict[str, object] = {"lon": lon, "lat": lat}
        else:
            one, name, _, _ = rows[random.integers(len(rows))]
            asked = {"where": one if number % 4 else name}
        if number % 3:
            asked["item"] = serve_study.ITEM_IDS[number % len(serve_study.ITEM_IDS)]
            asked["at"] = MOMENTS[number // 3 % len(MOMENTS)]
        found.append(f"/locate?{query(mode=mode, **asked)}")
    return found


def starting(folder: Path, rounds: int) -> tuple[list[Took], Took]:
    """From the start of the process to its first answer: kept network, then from nothing.

    Compiled kernels are kept in both cases.
    """
    asked = f"/locate?{query(where='V00001', item='A1', at=MOMENTS[0])}"

    def once(cache: Path | None) -> Took:
        began = time.perf_counter()
        with serving(folder, cache) as server:
            wire = Wire(server.port)
            answer = json.loads(wire.get(asked))
            took = Took(1000.0 * (time.perf_counter() - began), server.cpu_ms)
            wire.close()
        assert answer["points"]
        return took

    with tempfile.TemporaryDirectory() as empty:
        once(None)
        cold = once(Path(empty))
    return [once(None) for _ in range(rounds)], cold


def first_coverage(folder: Path, rounds: int) -> list[Took]:
    """The first answer of ``/coverage``, of a server whose tables and roads are kept."""

    def once() -> Took:
        folder_of = kept.home(replies.KIND)
        if folder_of is not None:
            shutil.rmtree(folder_of, ignore_errors=True)  # made again when asked for
        with serving(folder) as server:
            wire = Wire(server.port)
            wire.get("/health")
            cpu, wall = server.cpu_ms, time.perf_counter()
            answer = json.loads(wire.get("/coverage?question=headline"))
            took = Took(1000.0 * (time.perf_counter() - wall), server.cpu_ms - cpu)
            wire.close()
        assert len(answer["villages"]) == serve_study.N_VILLAGES
        return took

    return [once() for _ in range(rounds)]


def serving(folder: Path, cache: Path | None = None) -> Server:
    command = [sys.executable, "-m", "servicemap", "serve", str(folder)]
    own = {} if cache is None else {"SERVICEMAP_CACHE": str(cache)}
    return Server.start(command, **own)


def typed(rows: Rows) -> list[str]:
    """What arrives while names are typed: characters, pinyin, initials, a wrong letter."""
    from pypinyin import lazy_pinyin

    random = np.random.default_rng(10)
    found: list[str] = []
    for number in range(NAMES):
        name = rows[random.integers(len(rows))][1]
        syllables = lazy_pinyin(name)
        text = (
            name,
            "".join(syllables),
            "".join(one[0] for one in syllables),
            "".join(syllables)[:2] + "x" + "".join(syllables)[3:],
            f"{name}口5号",
        )[number % 5]
        found += [text[:end] for end in range(1, len(text) + 1)]
    return [f"/search?{query(q=one)}" for one in found]


class Valhalla:
    """Its service, with one worker, as a process that the peer starts."""

    def __init__(self, peer: Peer) -> None:
        told = peer.ask(do="service")
        self.pid, self.wire = int(told["pid"]), Wire(int(told["port"]))

    def area(self, lon: float, lat: float, more: dict[str, Any]) -> bytes:
        """One answer."""
        asked = {
            "locations": [{"lon": lon, "lat": lat}],
            "costing": "auto",
            "contours": [{"time": MINUTES}],
            "polygons": True,
            **more,
        }
        return self.wire.get(f"/isochrone?{query(json=json.dumps(asked))}")


def batch(
    pid: int, near: Iterator[tuple[float, float]], ask: Callable[[float, float], bytes]
) -> Callable[[], Took]:
    """A round of areas of new places, milliseconds each."""

    def take() -> Took:
        some = list(itertools.islice(near, AREAS))
        cpu, wall = cpu_ms(pid), time.perf_counter()
        for lon, lat in some:
            ask(lon, lat)
        wall = time.perf_counter() - wall
        return Took(1000.0 * wall, cpu_ms(pid) - cpu) / AREAS

    return take


def areas(server: Server, rows: Rows, asked: argparse.Namespace, extract: Path) -> None:
    """Ours and Valhalla's of the same places, in turns."""
    wire = Wire(server.port)

    def ours(direction: str) -> Callable[[float, float], bytes]:
        how = {"minutes": MINUTES, "mode": "drive", "direction": direction}
        return lambda lon, lat: wire.get(f"/isochrone?{query(lon=lon, lat=lat, **how)}")

    rivals = {
        f"ours, {one}": batch(server.process.pid, places(rows, 12), ours(one))
        for one in ("from", "to")
    }
    with tempfile.TemporaryDirectory() as room:
        peer = None
        try:
            peer = Peer(asked.peers312, "peer_valhalla.py", room, extract)
            other = Valhalla(peer)
            for name, more in (
                ("valhalla, as it comes", {}),
                ("valhalla, every vertex", {"denoise": 0.0, "generalize": 0.0}),
            ):
                rivals[name] = batch(
                    other.pid,
                    places(rows, 12),
                    lambda lon, lat, more=more: other.area(lon, lat, more),
                )
        except Absent as reason:
            print(f"Valhalla left out: {reason}")
        try:
            took = interleaved(rivals, asked.rounds)
        finally:
            if peer:
                peer.__exit__()
    wire.close()
    own = took["ours, from"]
    print(
        f"\n{'15 minutes by car':<24} {'wall ms':>8} {'cpu ms':>8} | over ours: wall, cpu"
    )
    for name, one in took.items():
        print(
            f"{name:<24} {one.wall_ms:>8.1f} {one.cpu_ms:>8.1f} | "
            f"{one.wall_ms / own.wall_ms:>6.1f} {one.cpu_ms / max(own.cpu_ms, 0.01):>6.1f}"
        )


def row(name: str, load: Load, target: str = "") -> None:
    print(f"{name:<24} {load} | {target}")


def one_study(name: str, extract: Path, folder: Path, asked: argparse.Namespace) -> None:
    serve_study.write(extract, folder)
    rows = villages(folder)
    began = time.perf_counter()
    warm, cold = starting(folder, asked.rounds)
    wall, cpu = (statistics.median(map(one, warm)) for one in (_wall, _cpu))
    print(
        f"\n# {name}\n\nstart to first answer: {wall:.0f} ms wall, {cpu:.0f} cpu (target "
        f"3,000); nothing kept of the study: {cold.wall_ms:.0f} wall, {cold.cpu_ms:.0f} cpu"
    )
    took = first_coverage(folder, asked.rounds)
    wall, cpu = (statistics.median(map(one, took)) for one in (_wall, _cpu))
    print(f"first /coverage: {wall:.0f} ms wall, {cpu:.0f} cpu")
    with serving(folder) as server:
        wire = Wire(server.port)
        seen = json.loads(wire.get("/health"))
        wire.close()
        print(f"{seen['points']} points, {seen['villages']:,} villages\n\n{'':<24} {HEAD}")
        count = int(asked.seconds * PER_SECOND)
        row("nothing (/health)", in_turn(server, ["/health"] * 200))
        for mode in ("drive", "walk"):
            in_turn(server, questions(rows, mode, count + 20)[-20:])
            row(
                f"/locate, {mode}, 50/s",
                steady(server, questions(rows, mode, count), PER_SECOND),
                "p50 10, p99 50",
            )
        row("/search, one by one", in_turn(server, typed(rows)), "5")
        areas(server, rows, asked, extract)
    if time.perf_counter() - began > GIVEN_UP_S:
        raise SystemExit(f"stopped: more than {GIVEN_UP_S:.0f} s")


def _wall(one: Took) -> float:
    return one.wall_ms


def _cpu(one: Took) -> float:
    return one.cpu_ms


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seconds", type=float, default=10.0, help="of each load")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=EXTRACTS, default=list(EXTRACTS))
    add_options(parser)
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as room:
        for name in asked.only:
            extract = asked.data / EXTRACTS[name]
            if not extract.exists():
                print(f"{name} left out: there is no {extract}")
                continue
            one_study(name, extract, Path(room) / name.lower(), asked)


if __name__ == "__main__":
    main()
