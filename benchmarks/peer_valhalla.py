"""Valhalla's isochrones, its own times of the same places to judge them by, its service.

Started in the environment of Python 3.12 with a folder of its own and the extract;
building its tiles comes before the clock starts. Its answers are kept as arrays for
``isochrones.py``; nothing is simplified or smoothed beyond what it does by itself
(``denoise`` 0, ``generalize`` 0: all contours, every vertex).
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from peer_loop import run_or_leave, say, serve, timed

try:
    import numpy as np
    import shapely
    from valhalla import PYVALHALLA_DIR, Actor, get_config
except ImportError as missing:
    say(absent=str(missing))
    sys.exit()

FOLDER, EXTRACT = Path(sys.argv[1]), Path(sys.argv[2])
COSTING = {"drive": "auto", "walk": "pedestrian"}
STARTS_S = 30.0
TARGETS = 200  # places a matrix: it grows faster than their number
NONE_S = 1e9


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


CONFIG, PORT = FOLDER / "valhalla.json", free_port()


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
    config["httpd"]["service"] |= {
        "listen": f"tcp://127.0.0.1:{PORT}",
        "loopback": f"ipc://{FOLDER}/loopback",
        "interrupt": f"ipc://{FOLDER}/interrupt",
    }
    for part in ("loki", "thor", "odin"):
        config[part]["service"]["proxy"] = f"ipc://{FOLDER}/{part}"
    CONFIG.write_text(json.dumps(config))
    build = Path(PYVALHALLA_DIR) / "bin" / "valhalla_build_tiles"
    run_or_leave(build, "-c", CONFIG, EXTRACT)
    return Actor(str(CONFIG))


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


RUNNING: list[subprocess.Popen[bytes]] = []


def service() -> dict[str, Any]:
    """Start its own HTTP service with one worker; it ends with this process."""
    program = Path(PYVALHALLA_DIR) / "bin" / "valhalla_service"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    RUNNING.append(subprocess.Popen([program, CONFIG, "1"], **quiet))
    began = time.monotonic()
    while time.monotonic() - began < STARTS_S:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", PORT)) == 0:
                return {"port": PORT, "pid": RUNNING[-1].pid}
        time.sleep(0.1)
    return {"absent": "its service does not answer"}


say(ready=True)
try:
    serve({"areas": areas, "seconds": seconds, "service": service})
finally:
    for one in RUNNING:
        one.kill()
        one.wait()
