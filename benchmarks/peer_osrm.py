"""OSRM's table service on the junction graph of ``reach.py``, by contraction.

Started in the environment of Python 3.12 with a folder that holds ``graph.osm.pbf``
(every arc a one-way road of its own, tag ``ds``: its time in tenths of a second) and
``table.npz`` (coordinates of the sources and the targets). Extracting and contracting
come before the clock starts.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from peer_loop import run_or_leave, say, serve, timed

try:
    import numpy as np
    import osrm
except ImportError as missing:
    say(absent=str(missing))
    sys.exit()

FOLDER = Path(sys.argv[1])
PROFILE = """
api_version = 4
function setup()
  return {properties = {weight_name = 'duration', u_turn_penalty = 0,
    continue_straight_at_waypoint = false, use_turn_restrictions = false,
    max_speed_for_map_matching = 50, weight_precision = 1}}
end
function process_node(profile, node, result) end
function process_way(profile, way, result)
  local seconds = tonumber(way:get_value_by_key('ds')) / 10
  result.forward_mode = mode.driving
  result.backward_mode = mode.inaccessible
  result.duration = seconds
  result.weight = seconds
end
function process_turn(profile, turn) turn.duration = 0 turn.weight = 0 end
return {setup = setup, process_way = process_way, process_node = process_node,
  process_turn = process_turn}
"""


def prepare() -> None:
    profile = FOLDER / "profile.lua"
    profile.write_text(PROFILE)
    for command in (
        ["extract", "-t", "1", "-p", profile, FOLDER / "graph.osm.pbf"],
        ["contract", "-t", "1", FOLDER / "graph.osrm"],
    ):
        run_or_leave(sys.executable, "-m", "osrm", *command)


prepare()
with np.load(FOLDER / "table.npz") as kept:
    STARTS, GOALS = kept["starts"].tolist(), kept["goals"].tolist()
ENGINE = osrm.OSRM(
    algorithm="CH",
    storage_config=str(FOLDER / "graph.osrm"),
    use_shared_memory=False,
    max_locations_distance_table=-1,
)


def table(save: str = "") -> dict[str, Any]:
    asked = osrm.TableParameters(
        coordinates=[tuple(one) for one in STARTS + GOALS],
        sources=list(range(len(STARTS))),
        destinations=list(range(len(STARTS), len(STARTS) + len(GOALS))),
        annotations=["duration"],
        generate_hints=False,
    )
    took, came = timed(lambda: ENGINE.Table(asked))
    if save:
        seconds = [
            [np.nan if one is None else float(one) for one in row]
            for row in came["durations"]
        ]
        np.savez(save, s=np.array(seconds))
    return took


say(ready=True)
serve({"table": table})
