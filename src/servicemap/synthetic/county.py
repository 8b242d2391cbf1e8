"""`make_county`: a complete study folder of a county or province that does not exist."""

from __future__ import annotations

import hashlib
import math
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.errors import InputError
from servicemap.synthetic import (
    areas,
    catalogue,
    history,
    names,
    osm,
    pages,
    people,
    points,
    roads,
    streets,
)
from servicemap.synthetic.settlements import Settlements, records, settle
from servicemap.synthetic.terrain import Terrain, make_terrain
from servicemap.synthetic.workbooks import (
    LABEL,
    Page,
    write_csv,
    write_geojson,
    write_workbook,
    write_zip,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

LEAST_TOWNSHIPS = 3
LEAST_PER_TOWNSHIP = 4
VOID = -32768
TILE = 1201  # samples a degree of SRTM at three arc seconds


@dataclass(frozen=True)
class CountySummary:
    """What was made.

    Attributes
    ----------
    folder
        The study's folder.
    counts
        townships, villages, hamlets, houses, points, one_stop, one count per tier,
        people (residents), road_km, bridges, ferries, roadless.
    roadless
        Ids of the villages that no mapped road reaches.
    files
        File name -> bytes.
    """

    folder: Path
    counts: Mapping[str, int]
    roadless: tuple[str, ...]
    files: Mapping[str, int]


@dataclass(frozen=True)
class County:
    """All parts of a made-up county, before they are written."""

    terrain: Terrain
    places: Settlements
    steps: roads.Steps
    drawing: streets.Drawing
    census: pd.DataFrame
    hamlet_people: pd.DataFrame
    points: pd.DataFrame
    territory: Mapping[int, Any]


def make_county(
    folder: Path, *, townships: int = 25, villages: int = 420, seed: int = 1
) -> CountySummary:
    """Write a complete study of a made-up place into a folder.

    Parameters
    ----------
    folder
        Made where it is missing; files of the same names are replaced.
    townships, villages
        Size; about 4 km2 of land a village, one county-level city for 25 townships.
    seed
        The same seed and size give the same bytes.

    Raises
    ------
    InputError
        Fewer than 3 townships, or fewer than 4 villages a township.
    """
    if townships < LEAST_TOWNSHIPS or villages < LEAST_PER_TOWNSHIP * townships:
        raise InputError(
            "county_size", townships=townships, villages=villages, least=LEAST_TOWNSHIPS
        )
    county = invent(townships, villages, seed)
    folder.mkdir(parents=True, exist_ok=True)
    title = f"{names.CITY}（{LABEL}）"
    _write_map(folder, county, title, seed)
    tiles = _write_heights(folder, county.terrain)
    _write_sheets(folder, county, title, seed)
    counts = _counts(county)
    lines = [f"- {pages.COUNTED[key]}：{value}" for key, value in counts.items()]
    values = {
        "name": title,
        "seed": str(seed),
        "townships": str(townships),
        "villages": str(villages),
        "year": str(people.YEAR),
        "last_year": str(people.YEAR - 1),
        "elevation": tiles[0] if len(tiles) == 1 else "dem",
        "sha256": hashlib.sha256((folder / "roads.osm.pbf").read_bytes()).hexdigest(),
        "counts": "\n".join(lines),
    }
    for name, source in (
        ("servicemap.toml", "servicemap.toml.txt"),
        ("SOURCES.md", "sources.md.txt"),
    ):
        text = string.Template(pages.text_file(source)).substitute(values)
        (folder / name).write_bytes(text.encode())
    files = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    ids = county.places.villages["village_id"].to_numpy()[county.steps.roadless]
    return CountySummary(folder, counts, tuple(ids.tolist()), files)


def invent(townships: int, villages: int, seed: int) -> County:
    """Make all parts, write nothing."""
    terrain = make_terrain(villages, townships, seed)
    places = settle(terrain, townships, villages, seed)
    steps = roads.build(terrain, places, seed)
    drawing = streets.draw(terrain, places, steps, seed)
    census, hamlet_people = people.census(places, seed)
    table = points.service_points(terrain, places, drawing, seed)
    territory = areas.vectorise(places.territory, terrain.grid.cell_m)
    return County(terrain, places, steps, drawing, census, hamlet_people, table, territory)


def _write_map(folder: Path, county: County, title: str, seed: int) -> None:
    grid, places = county.terrain.grid, county.places
    extract = osm.extract(
        county.terrain,
        places,
        county.steps,
        county.drawing,
        sea=county.territory[areas.SEA],
        seed=seed,
    )
    osm.offices(extract, county.points)
    extract.write(folder / "roads.osm.pbf", osm.frame(county.terrain))
    features = [
        (
            areas.bend(county.territory[number], grid),
            {"乡镇街道代码": row.township_id, "乡镇街道": row.name, "备注": LABEL},
        )
        for number, row in enumerate(records(places.townships))
    ]
    write_geojson(folder / "townships.geojson", f"{title}乡镇街道", features)
    pieces = [
        shapely.LineString(
            np.column_stack([county.drawing.x[pair], county.drawing.y[pair]])
        )
        for pair in county.steps.missing
    ]
    missing = shapely.line_merge(shapely.multilinestrings(pieces))
    lines = [
        (areas.bend(line, grid), {"技术等级": "等外", "备注": LABEL})
        for line in shapely.get_parts(shapely.normalize(missing))
    ]
    write_geojson(folder / "village_roads.geojson", f"{title}村道", lines)


def _write_heights(folder: Path, terrain: Terrain) -> list[str]:
    """SRTM tiles (big-endian 16-bit, north to south), void outside the map."""
    from scipy import ndimage

    west, south, east, north = osm.frame(terrain)
    grid = terrain.grid
    (folder / "dem").mkdir(exist_ok=True)
    done = []
    for lat in range(math.floor(south), math.ceil(north)):
        for lon in range(math.floor(west), math.ceil(east)):
            lons = lon + np.arange(TILE) / (TILE - 1)
            lats = lat + 1 - np.arange(TILE) / (TILE - 1)
            columns = np.flatnonzero((lons >= west) & (lons <= east))
            rows = np.flatnonzero((lats >= south) & (lats <= north))
            tile = np.full((TILE, TILE), VOID, dtype=">i2")
            x, y = grid.xy_of(*np.meshgrid(lons[columns], lats[rows]))
            at = [y / grid.cell_m - 0.5, x / grid.cell_m - 0.5]
            height = ndimage.map_coordinates(terrain.elevation, at, order=1, mode="nearest")
            tile[np.ix_(rows, columns)] = np.rint(height)
            name = f"N{lat:02d}E{lon:03d}.hgt"
            write_zip(folder / "dem" / f"{name}.zip", name, tile.tobytes())
            done.append(f"dem/{name}.zip")
    return done


def _write_sheets(folder: Path, county: County, title: str, seed: int) -> None:
    places = county.places
    hamlet_spot = county.terrain.grid.lonlat(*county.drawing.hamlets.T)
    first = ~places.hamlets["village"].duplicated().to_numpy()
    village_spot = tuple(axis[first] for axis in hamlet_spot)
    note = Page("说明", ("说明",), [(pages.NOTE,)])
    point_page = pages.points(places, county.points, title)
    write_workbook(folder / "points.xlsx", [point_page, note])
    write_csv(folder / "points.csv", point_page)
    found = history.changes(places)
    write_workbook(
        folder / "villages.xlsx",
        [
            pages.villages(places, village_spot, county.points, title, seed),
            pages.hamlets(places, county.hamlet_people, hamlet_spot, title),
            history.changes_page(places, found, title),
            note,
        ],
    )
    write_workbook(
        folder / "people.xlsx",
        [
            pages.people(places, county.census, "resident", title),
            pages.people(places, county.census, "hukou", title),
            note,
        ],
    )
    before = history.last_year(places, county.census, found, title, seed)
    write_workbook(folder / f"figures_{people.YEAR - 1}.xlsx", [*before, note])
    write_workbook(folder / "items.xlsx", [*catalogue.items(county.points, title), note])


def _counts(county: County) -> dict[str, int]:
    places, steps, x, y = county.places, county.steps, county.drawing.x, county.drawing.y
    a, b = steps.cells.T
    table = county.points
    stations = (table["tier"] == "village") & table["one_stop"]
    return {
        "townships": len(places.townships),
        "villages": len(places.villages),
        "hamlets": len(places.hamlets),
        "people": int(county.census["resident"].sum()),
        "houses": len(county.drawing.houses),
        "points": len(table),
        **{tier: int((table["tier"] == tier).sum()) for tier in pages.TIERS},
        "one_stop": int(stations.sum()),
        "road_km": round(float(np.hypot(x[a] - x[b], y[a] - y[b]).sum()) / 1_000.0),
        "bridges": int(county.drawing.ways["bridge"].sum()),
        "ferries": len(steps.ferries),
        "roadless": len(steps.roadless),
    }
