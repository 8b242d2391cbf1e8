"""OSRM's shortest distances on its own reading of an extract, for ``agreement.py``.

Started in the environment of Python 3.12 with a folder of its own and the extract. The
profile is OSRM's own ``car.lua``, as it comes with the bindings; it minimises distance.
``same`` as third argument gives it our rules where the wiki leaves the choice to routers:
tracks and roads of unknown class may be used, and
private roads may not. Extracting and contracting come before the first answer.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from peer_loop import run_or_leave, say, serve

try:
    import numpy as np
    import osrm
except ImportError as missing:
    say(absent=str(missing))
    sys.exit()

FOLDER, EXTRACT = Path(sys.argv[1]), Path(sys.argv[2])
SHIPPED = Path(osrm.__file__).parent / "share" / "profiles"
SAME = """
  for _, class in ipairs({'track', 'road'}) do
    profile.speeds.highway[class] = 15
    profile.restricted_highway_whitelist[class] = true
  end
  for _, value in ipairs({'private', 'delivery', 'permit'}) do
    profile.restricted_access_tag_list[value] = nil
  end
"""
PROFILE = f"""
package.path = '{SHIPPED.as_posix()}/?.lua;' .. package.path
local car = dofile('{SHIPPED.as_posix()}/car.lua')
local shipped = car.setup
function car.setup()
  local profile = shipped()
  profile.properties.weight_name = 'distance'
  {SAME if "same" in sys.argv[3:] else ""}
  return profile
end
return car
"""


def prepare() -> osrm.OSRM:
    profile, roads = FOLDER / "distance.lua", FOLDER / "roads.osm.pbf"
    profile.write_text(PROFILE)
    if EXTRACT.suffix == ".pbf":
        roads.symlink_to(EXTRACT.resolve())
    for command in (
        ["extract", "-t", "1", "-p", profile, roads],
        ["contract", "-t", "1", FOLDER / "roads.osrm"],
    ):
        run_or_leave(sys.executable, "-m", "osrm", *command)
    return osrm.OSRM(
        algorithm="CH",
        storage_config=str(FOLDER / "roads.osrm"),
        use_shared_memory=False,
        max_locations_distance_table=-1,
    )


ENGINE = prepare()


def matrix(rows: list[list[Any]]) -> np.ndarray:
    return np.array(
        [[np.nan if one is None else float(one) for one in row] for row in rows]
    )


def table(points: list[list[float]], goals: list[list[float]], save: str) -> dict[str, Any]:
    """Metres and seconds of every pair, and where each point met the road."""
    asked = osrm.TableParameters(
        coordinates=[tuple(one) for one in points + goals],
        sources=list(range(len(points))),
        destinations=list(range(len(points), len(points) + len(goals))),
        annotations=["duration", "distance"],
        generate_hints=False,
    )
    came = ENGINE.Table(asked)
    met = [[float(v) for v in one["location"]] for one in came["sources"]]
    np.savez(save, m=matrix(came["distances"]), s=matrix(came["durations"]), met=met)
    return {}


def path(start: list[float], goal: list[float]) -> dict[str, Any]:
    """The line of its shortest path."""
    asked = osrm.RouteParameters(
        coordinates=[tuple(start), tuple(goal)],
        geometries="geojson",
        overview="full",
        generate_hints=False,
    )
    route = ENGINE.Route(asked)["routes"][0]
    line = [[float(v) for v in one] for one in route["geometry"]["coordinates"]]
    return {"line": line, "m": float(route["distance"])}


say(ready=True)
serve({"table": table, "path": path})
