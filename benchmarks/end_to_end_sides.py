"""What is timed in `end_to_end.py`, each in a process of its own; it prints its stages.

python benchmarks/end_to_end_sides.py '{"side": "recipe", ...}'
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

CUTOFF_MIN = 15
WALK_KPH = 5.0


class Clock:
    """Wall and processor seconds by stage; a stage that comes again adds up."""

    def __init__(self) -> None:
        self.stages: dict[str, list[float]] = {}
        self.name, self.began = "", self._now()

    @staticmethod
    def _now() -> tuple[float, float]:
        return time.perf_counter(), time.process_time()

    def next(self, name: str) -> None:
        """End the stage before, begin this one."""
        now = self._now()
        if self.name:
            own = self.stages.setdefault(self.name, [0.0, 0.0])
            own[0] += now[0] - self.began[0]
            own[1] += now[1] - self.began[1]
        self.name, self.began = name, now

    def stop(self) -> dict[str, list[float]]:
        """End the stage; all seconds so far."""
        self.next("")
        return self.stages


def study(job: dict[str, str]) -> dict[str, list[float]]:
    """The whole drafted study, with one mode and one cutoff as the recipe has."""
    stages = Clock()
    stages.next("start-up")
    import dataclasses

    import folium  # noqa: F401 - the map needs it; counted as start-up

    from servicemap import read_study, run, write

    asked = read_study(Path(job["study"]))
    asked = dataclasses.replace(
        asked,
        travel=dataclasses.replace(
            asked.travel, modes=(job["mode"],), minutes=(float(CUTOFF_MIN),)
        ),
        questions=tuple(one for one in asked.questions if one.modes == (job["mode"],)),
    )
    result = run(asked, say=lambda stage, **_: stages.next(stage))
    stages.next("write")
    write(result, Path(job["out"]))
    return stages.stop()


def areas(job: dict[str, str]) -> dict[str, list[float]]:
    """The recipe's own work and no more: areas of the points, their union, a stock map."""
    stages = Clock()
    stages.next("start-up")
    import folium
    import pandas as pd

    from servicemap import isochrones

    stages.next("network")
    asked: dict[str, Any] = {"mode": job["mode"], "minutes": [float(CUTOFF_MIN)]}
    roads, points = Path(job["extract"]), Path(job["points"])
    isochrones(roads, points, **asked, say=lambda stage, **_: stages.next(stage))
    stages.next("merged")  # one search from all points, where the recipe unites hulls
    union, _ = isochrones(roads, points, **asked, merge=True)
    stages.next("map")
    _stock_map(folium, union.geometry, pd.read_csv(points), Path(job["out"]))
    return stages.stop()


def recipe(job: dict[str, str]) -> dict[str, list[float]]:
    """What tutorials of osmnx do for "15-minute areas"; ``kept``: from a saved graph."""
    stages = Clock()
    stages.next("start-up")
    import folium
    import geopandas as gpd
    import networkx as nx
    import osmnx as ox
    import pandas as pd
    import shapely

    stages.next("graph")
    kept = Path(job["xml"]).with_suffix(".graphml")
    if job["side"] == "kept":
        graph = ox.load_graphml(kept)
    else:
        graph = ox.graph_from_xml(
            Path(job["xml"]), bidirectional=job["mode"] == "walk", simplify=True
        )
        if job["mode"] == "walk":
            for _, _, data in graph.edges(data=True):
                data["speed_kph"] = WALK_KPH
        else:
            graph = ox.add_edge_speeds(graph)
        graph = ox.project_graph(ox.add_edge_travel_times(graph))

    stages.next("ego_graph")
    places = pd.read_csv(job["points"])
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
    _stock_map(folium, union, places, Path(job["out"]))
    told = stages.stop()
    if not kept.exists():  # in the run before the clock
        ox.save_graphml(graph, kept)
    return told


def _stock_map(folium: Any, union: Any, places: Any, out: Path) -> None:
    """The map of the tutorials: an area, markers, tiles from the internet."""
    page = folium.Map(
        location=[places["latitude"].mean(), places["longitude"].mean()], zoom_start=11
    )
    folium.GeoJson(union.__geo_interface__).add_to(page)
    for row in places.itertuples():
        folium.Marker([row.latitude, row.longitude], popup=str(row.name)).add_to(page)
    out.mkdir(exist_ok=True)
    page.save(out / "map.html")


SIDES = {"recipe": recipe, "kept": recipe, "areas": areas, "study": study}

if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps(SIDES[asked["side"]](asked)))
