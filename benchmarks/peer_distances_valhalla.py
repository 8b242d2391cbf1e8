"""Valhalla's shortest distances on its own reading of an extract, for ``agreement.py``.

Started in the environment of Python 3.12 with a folder of its own and the extract.
Costing ``auto`` with ``shortest``; the tiles are built without its hierarchy of roads,
which leaves minor roads out far from both ends and so finds paths that are not the
shortest. Building them comes before the first answer.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from peer_loop import run_or_leave, say, serve

try:
    import numpy as np
    from valhalla import PYVALHALLA_DIR, Actor, get_config
except ImportError as missing:
    say(absent=str(missing))
    sys.exit()

FOLDER, EXTRACT = Path(sys.argv[1]), Path(sys.argv[2])
SHORTEST = {"auto": {"shortest": True}}
AT_ONCE = 200


def prepare() -> Actor:
    tiles = FOLDER / "tiles"
    tiles.mkdir()
    config = get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
    config["mjolnir"] |= {"concurrency": 1, "hierarchy": False, "shortcuts": False}
    config["service_limits"]["auto"] |= {
        "max_matrix_location_pairs": 10**7,
        "max_matrix_distance": 10**7,
        "max_locations": 10**5,
    }
    path = FOLDER / "valhalla.json"
    path.write_text(json.dumps(config))
    build = Path(PYVALHALLA_DIR) / "bin" / "valhalla_build_tiles"
    run_or_leave(build, "-c", path, EXTRACT)
    return Actor(str(path))


ACTOR = prepare()


def place(point: list[float]) -> dict[str, float]:
    # the nearest road itself: no better connected one, not its end
    return {
        "lon": point[0],
        "lat": point[1],
        "radius": 0,
        "minimum_reachability": 0,
        "node_snap_tolerance": 0,
    }


def matrix(rows: list[list[Any]]) -> np.ndarray:
    return np.array(
        [[np.nan if one is None else float(one) for one in row] for row in rows]
    )


def table(points: list[list[float]], goals: list[list[float]], save: str) -> dict[str, Any]:
    """Metres and seconds of every pair, and where each point met the road."""
    metres, seconds = [], []
    for a in range(0, len(goals), AT_ONCE):
        asked = {
            "sources": [place(one) for one in points],
            "targets": [place(one) for one in goals[a : a + AT_ONCE]],
            "costing": "auto",
            "costing_options": SHORTEST,
            "verbose": False,
        }
        told = json.loads(ACTOR.matrix(json.dumps(asked)))["sources_to_targets"]
        metres.append(1000.0 * matrix(told["distances"]))
        seconds.append(matrix(told["durations"]))
    np.savez(save, m=np.hstack(metres), s=np.hstack(seconds), met=met(points))
    return {}


def met(points: list[list[float]]) -> list[tuple[float, float]]:
    """Where places meet the road, the nearest of equally good ones."""
    asked = {"locations": [place(one) for one in points], "costing": "auto"}
    found = json.loads(ACTOR.locate(json.dumps(asked)))
    places = []
    for (lon, lat), one in zip(points, found, strict=True):
        near = [
            (edge["correlated_lon"], edge["correlated_lat"]) for edge in one["edges"] or ()
        ]
        near.sort(key=lambda at: (at[0] - lon) ** 2 + (at[1] - lat) ** 2)
        places.append(near[0] if near else (np.nan, np.nan))
    return places


def line_of(text: str) -> list[list[float]]:
    """Google's polyline with six decimals (Valhalla's documentation, "Decoding")."""
    values, at, last = [], 0, [0, 0]
    while at < len(text):
        number = shift = 0
        while True:
            byte = ord(text[at]) - 63
            at += 1
            number |= (byte & 0x1F) << shift
            shift += 5
            if byte < 0x20:
                break
        last[len(values) % 2] += ~(number >> 1) if number & 1 else number >> 1
        values.append(last[len(values) % 2] / 1e6)
    return [[lon, lat] for lat, lon in zip(values[::2], values[1::2], strict=True)]


def path(start: list[float], goal: list[float]) -> dict[str, Any]:
    """The line of its shortest path."""
    asked = {
        "locations": [place(start), place(goal)],
        "costing": "auto",
        "costing_options": SHORTEST,
        "directions_type": "none",
    }
    trip = json.loads(ACTOR.route(json.dumps(asked)))["trip"]
    return {
        "line": line_of(trip["legs"][0]["shape"]),
        "m": 1000.0 * trip["summary"]["length"],
    }


say(ready=True)
serve({"table": table, "path": path})
