"""Valhalla's isochrones, and its own times of the same places to judge them by.

Started in the environment of Python 3.12 with a folder of its own and the extract;
building its tiles comes before the clock starts. Its answers are kept as arrays for
``isochrones.py``; nothing is simplified or smoothed beyond what it does by itself
(``denoise`` 0, ``generalize`` 0: all contours, every vertex).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from peer_loop import say, serve, timed

try:
    import numpy as np
    import shapely
    from valhalla import PYVALHALLA_DIR, Actor, get_config
except ImportError as missing:
    say(absent=str(missing))
    sys.exit()

FOLDER, EXTRACT = Path(sys.argv[1]), Path(sys.argv[2])
COSTING = {"drive": "auto", "walk": "pedestrian"}
TARGETS = 200  # places a matrix: it grows faster than their number
NONE_S = 1e9


def prepare() -> Actor:
    tiles = FOLDER / "tiles"
    tiles.mkdir()
    config = get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
    config["mjolnir"]["concurrency"] = 1
    limits = config["service_limits"]
    for costing in COSTING.values():
        limits[costing] |= {
            "max_matrix_location_pairs": 10**7,
            "max_matrix_distance": 10**7,
            "max_locations": 10**5,
        }
    limits["isochrone"]["max_contours"] = 4
    path = FOLDER / "valhalla.json"
    path.write_text(json.dumps(config))
    build = Path(PYVALHALLA_DIR) / "bin" / "valhalla_build_tiles"
    run = subprocess.run(
        [build, "-c", path, EXTRACT], capture_output=True, text=True, check=False
    )
    if run.returncode:
        say(absent=(run.stdout + run.stderr)[-300:])
        sys.exit()
    return Actor(str(path))


ACTOR = prepare()


def isochrone(lon: float, lat: float, mode: str, minutes: float) -> dict[str, Any]:
    return {
        "locations": [{"lon": lon, "lat": lat}],
        "costing": COSTING[mode],
        "contours": [{"time": minutes}],
        "polygons": True,
        "denoise": 0.0,
        "generalize": 0.0,
    }


def areas(
    mode: str, minutes: float, points: list[list[float]], save: str = ""
) -> dict[str, Any]:
    """One isochrone a point; the clock counts Valhalla's answer, not its parsing."""
    asked = [json.dumps(isochrone(lon, lat, mode, minutes)) for lon, lat in points]
    took, came = timed(lambda: [ACTOR.isochrone(one) for one in asked])
    if save:
        shapes, faults = [], 0
        for one in came:
            told = json.loads(one)["features"]
            shape = shapely.from_geojson(json.dumps(told[0]["geometry"]))
            faults += not shape.is_valid
            shapes.append(shapely.make_valid(shape))
        np.save(save, np.array([shapely.to_wkb(shape, hex=True) for shape in shapes]))
        took["invalid"] = faults
    return took


def seconds(mode: str, point: list[float], places: str, save: str) -> dict[str, Any]:
    """Its own times from one point to many places."""
    where = np.load(places)
    times = np.full(len(where), NONE_S)
    for a in range(0, len(where), TARGETS):
        targets = [{"lon": lon, "lat": lat} for lon, lat in where[a : a + TARGETS].tolist()]
        asked = {
            "sources": [{"lon": point[0], "lat": point[1]}],
            "targets": targets,
            "costing": COSTING[mode],
            "verbose": False,
        }
        told = json.loads(ACTOR.matrix(json.dumps(asked)))
        row = told["sources_to_targets"]["durations"][0]
        times[a : a + TARGETS] = [NONE_S if one is None else one for one in row]
    np.save(save, times)
    return {}


say(ready=True)
serve({"areas": areas, "seconds": seconds})
