"""The interactive map: size, time to write, time to ready, beside folium and geopandas.

    python benchmarks/map_size.py [--homes 1000 10000 100000] [--patience 120]
        (explore needs mapclassify: pip install mapclassify)

A made-up square county: so many homes in 1 village per 100 homes (8 to 800), 60 service
points, two questions (on foot, by car), areas of four cutoffs. The rivals draw the same
homes, one circle each with its people and its two times in a tooltip, coloured by the
first: `folium.GeoJson` and `geopandas.GeoDataFrame.explore`, both on canvas, both as they
come. They count nothing. Their pages load scripts from four hosts and are blank without a
network (`requests` says how many addresses they ask for); to be timed at all they get
Leaflet from this machine, inline, and the other scripts not at all.

Ready: from opening the file in headless Chromium until the map is drawn (of the rivals:
until the page is loaded and two frames have passed). Medians of three.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from servicemap import tables
from servicemap.analysis.answers import Answers
from servicemap.analysis.coverage import coverage
from servicemap.analysis.gaps import gaps
from servicemap.outputs.web_map import map_html
from servicemap.question import Question
from servicemap.result import Result
from servicemap.study import About, Study, Travel

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
import browser

if TYPE_CHECKING:
    from collections.abc import Callable

WEST, SOUTH, WIDE = 121.0, 28.5, 0.6  # degrees
CORNER = np.array([WEST, SOUTH])
SPEEDS_MPS = {"walk": 1.25 / 1.35, "drive": 8.0 / 1.35}
CRS = "EPSG:4326"
POINTS, TOWNSHIPS = 60, 25
SCRIPT = re.compile(r'<script src="(https?:[^"]+)"></script>')
STYLE = re.compile(r'<link rel="stylesheet" href="(https?:[^"]+)"\s*/>')


def county(homes: int) -> Result:
    """A finished run over so many homes; times are straight lines at a detour of 1.35."""
    rng = np.random.default_rng(11)
    n_villages = min(max(homes // 100, 8), 800)
    centres = rng.uniform(CORNER, CORNER + WIDE, (n_villages, 2))
    village_of = np.sort(rng.integers(0, n_villages, homes))
    village_of[:n_villages] = np.arange(n_villages)
    village_of.sort()
    at = centres[village_of] + rng.normal(0, 0.006, (homes, 2))
    points = rng.uniform(CORNER, CORNER + WIDE, (POINTS, 2))
    villages = [f"{one:06d}" for one in range(n_villages)]
    towns = [f"T{one:02d}" for one in range(TOWNSHIPS)]
    ids = np.array([f"{one:07d}" for one in range(homes)])
    facility_ids = np.array([f"F{one:03d}" for one in range(POINTS)])
    side = int(np.sqrt(TOWNSHIPS))
    step = WIDE / side
    cells = ((centres - CORNER) / step).astype(int).clip(0, side - 1)
    demand = pd.DataFrame(
        {
            "demand_id": ids,
            "village_id": np.array(villages)[village_of],
            "lon": at[:, 0],
            "lat": at[:, 1],
            "people": rng.integers(1, 60, homes),
        }
    )
    frame = pd.DataFrame(
        {
            "village_id": villages,
            "name": [f"Village {one}" for one in range(n_villages)],
            "township_id": [towns[x * side + y] for x, y in cells],
            "kind": "village",
            "area_type": None,
            "lon": centres[:, 0],
            "lat": centres[:, 1],
            "located_by": "survey",
        }
    )
    township = pd.DataFrame(
        {
            "township_id": towns,
            "name": [f"Township {one}" for one in towns],
            "area_type": None,
        }
    )
    boxes = [
        shapely.box(
            WEST + x * step, SOUTH + y * step, WEST + (x + 1) * step, SOUTH + (y + 1) * step
        )
        for x in range(side)
        for y in range(side)
    ]
    facilities = pd.DataFrame(
        {
            "facility_id": facility_ids,
            "name": [f"Point {one}" for one in range(POINTS)],
            "tier": "township",
            "form": "hall",
            "township_id": "T00",
            "village_id": None,
            "partner": None,
            "one_stop": True,
            "status": "open",
            "hours": None,
            "windows": None,
            "phone": None,
            "address": None,
            "lon": points[:, 0],
            "lat": points[:, 1],
            "datum": "wgs84",
            "located_by": "office",
        }
    )
    metres = (111_195.0 * np.cos(np.radians(SOUTH + WIDE / 2)), 111_195.0)
    away, which = cKDTree(points * metres).query(at * metres, k=3)
    rows, nearest = [], []
    for mode, speed in SPEEDS_MPS.items():
        seconds = np.round(away / speed, 3)
        rows += [
            pd.DataFrame(
                {
                    "demand_id": ids,
                    "facility_id": facility_ids[which[:, rank]],
                    "mode": mode,
                    "travel_time_s": seconds[:, rank],
                    "distance_m": np.round(away[:, rank] * 1.35, 1),
                }
            )
            for rank in range(3)
        ]
        nearest.append(rows[-3].assign(set_id="open", reason=None))
    study = Study(
        folder=Path("made_up"),
        about=About(name="A made-up county", language="en"),
        travel=Travel(modes=tuple(SPEEDS_MPS)),
        questions=(
            Question("headline", mode="walk", minutes=15.0),
            Question("by_car", mode="drive", minutes=15.0),
        ),
    )
    given = {
        "facilities": tables.check(facilities, "facilities"),
        "townships": tables.check(
            geopandas.GeoDataFrame(township, geometry=boxes, crs=CRS), "townships"
        ),
        "villages": tables.check(
            geopandas.GeoDataFrame(frame, geometry=[None] * n_villages, crs=CRS), "villages"
        ),
        "demand": tables.check(demand, "demand"),
        "travel_times": tables.check(
            pd.concat(rows).sort_values(["demand_id", "facility_id", "mode"]),
            "travel_times",
        ),
        "nearest": tables.check(pd.concat(nearest), "nearest"),
        "items": tables.empty("items"),
        "services": tables.empty("services"),
    }
    answered = coverage(Answers(study, **given))
    areas = [
        {
            "facility_id": "all",
            "mode": mode,
            "direction": "to",
            "cutoff_min": minutes,
            "geometry": shapely.union_all(
                shapely.buffer(shapely.points(points), minutes * 60 * speed / 111_195.0)
            ),
        }
        for mode, speed in SPEEDS_MPS.items()
        for minutes in study.travel.minutes
    ]
    return Result(
        study=study,
        **given,
        coverage=answered,
        gaps=gaps(
            study, coverage=answered, villages=given["villages"], demand=given["demand"]
        ),
        isochrones=tables.check(
            geopandas.GeoDataFrame(areas, geometry="geometry", crs=CRS), "isochrones"
        ),
        people=tables.empty("people"),
        snaps=tables.empty("snaps"),
        problems=tables.empty("problems"),
        basemap={},
        inputs=(),
        network={},
        audit=pd.DataFrame(),
    )


def as_points(result: Result) -> geopandas.GeoDataFrame:
    """Homes as a plain layer with what the rivals show of them."""
    rows = result.coverage[result.coverage["level"] == "demand"]
    wide = rows.pivot_table(index="id", columns="question_id", values="travel_time_s")
    minutes = (wide / 60).round(1).reset_index()
    homes = result.demand.merge(minutes, left_on="demand_id", right_on="id").drop(
        columns="id"
    )
    at = geopandas.points_from_xy(homes["lon"], homes["lat"], crs=CRS)
    return geopandas.GeoDataFrame(homes.drop(columns=["lon", "lat"]), geometry=at)


def by_folium(layer: geopandas.GeoDataFrame) -> str:
    """`folium.GeoJson`, one circle a home."""
    import folium

    world = folium.Map(location=(SOUTH + WIDE / 2, WEST + WIDE / 2), prefer_canvas=True)
    fields = ["people", "headline", "by_car"]
    folium.GeoJson(
        layer.to_json(),
        marker=folium.CircleMarker(radius=3, fill=True),
        style_function=lambda one: {
            "color": "#3b2a80" if one["properties"]["headline"] <= 15 else "#e8842c"
        },
        tooltip=folium.GeoJsonTooltip(fields=fields),
    ).add_to(world)
    return str(world.get_root().render())


def by_geopandas(layer: geopandas.GeoDataFrame) -> str:
    """`GeoDataFrame.explore`, coloured by the time on foot."""
    near = layer.assign(within=layer["headline"] <= 15)
    world = near.explore(column="within", legend=False, prefer_canvas=True)
    return str(world.get_root().render())


def given_leaflet(page: str) -> tuple[str, int]:
    """The page with Leaflet in it and no address to ask; how many it asked for."""
    assets = resources.files("servicemap.outputs").joinpath("assets", "leaflet")
    asked = len(SCRIPT.findall(page)) + len(STYLE.findall(page))
    script = assets.joinpath("leaflet.js").read_text("utf-8")

    def inline(found: re.Match[str]) -> str:
        is_leaflet = re.search(r"/leaflet(\.min)?\.js$", found[1])
        return f"<script>{script}</script>" if is_leaflet else ""

    return STYLE.sub("", SCRIPT.sub(inline, page)), asked


def ready_s(path: Path, patience_s: float) -> float | None:
    """Seconds until the page is there; None where it takes longer than that."""
    took = []
    for _ in range(3):
        with browser.page() as page:
            page.size(1400, 900)
            browser.PATIENCE_S = patience_s
            started = time.monotonic()
            try:
                page.call("Page.navigate", url=path.resolve().as_uri())
                page.wait(
                    "document.readyState === 'complete' && (!window.SM ||"
                    " !!document.querySelector('html.sm-ready'))",
                    patience_s,
                )
                page.settle()
            except (TimeoutError, RuntimeError):
                return None
            took.append(time.monotonic() - started)
    return statistics.median(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--homes", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--patience", type=float, default=120.0, help="seconds a page")
    options = parser.parse_args()
    print(
        f"{'homes':>9}  {'map':<12}{'MB':>7}{'made, s':>9}{'ready, s':>10}{'requests':>10}"
    )
    for homes in options.homes:
        result = county(homes)
        layer = as_points(result)
        makers: dict[str, Callable[[], str]] = {
            "servicemap": lambda result=result: map_html(result),
            "folium": lambda layer=layer: by_folium(layer),
            "geopandas": lambda layer=layer: by_geopandas(layer),
        }
        for name, make in makers.items():
            started = time.perf_counter()
            page = make()
            made = time.perf_counter() - started
            size = len(page.encode()) / 1e6
            page, asked = given_leaflet(page)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "map.html"
                path.write_text(page, encoding="utf-8")
                ready = ready_s(path, options.patience)
            said = f"> {options.patience:.0f}" if ready is None else f"{ready:.2f}"
            print(f"{homes:>9,}  {name:<12}{size:>7.2f}{made:>9.1f}{said:>10}{asked:>10}")


if __name__ == "__main__":
    main()
