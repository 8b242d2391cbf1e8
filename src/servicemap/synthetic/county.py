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
    title = f"{names.CITY}（{LABEL}）"
    folder.mkdir(parents=True, exist_ok=True)
    written = [*_write_map(folder, county, title, seed), *_write_heights(folder, county)]
    sheets = books(county, title, seed)
    for name, content in sheets.items():
        write_workbook(folder / name, content)
    write_csv(folder / "points.csv", sheets["points.xlsx"][0])
    counts = _counts(county)
    written += [*sheets, "points.csv", *_write_texts(folder, title, counts, seed)]
    ids = county.places.villages["village_id"].to_numpy()[county.steps.roadless]
    files = {name: (folder / name).stat().st_size for name in sorted(written)}
    return CountySummary(folder, counts, tuple(ids.tolist()), files)


def invent(townships: int, villages: int, seed: int) -> County:
    """Make all parts, write nothing."""
    terrain = make_terrain(villages, townships, seed)
    places = settle(terrain, townships, villages, seed)
    steps, places = roads.build(terrain, places, seed)
    drawing = streets.draw(terrain, places, steps, seed)
    census, hamlet_people = people.census(places, seed)
    table = points.service_points(terrain, places, drawing, seed)
    territory = areas.vectorise(places.territory, terrain.grid.cell_m)
    return County(terrain, places, steps, drawing, census, hamlet_people, table, territory)


def _write_texts(
    folder: Path, title: str, counts: Mapping[str, int], seed: int
) -> list[str]:
    """The study file, and where its data are from."""
    tiles = sorted(path.name for path in (folder / "dem").glob("*.hgt.zip"))
    lines = [f"- {pages.COUNTED[key]}：{value}" for key, value in counts.items()]
    values = {
        "name": title,
        "seed": str(seed),
        "townships": str(counts["townships"]),
        "villages": str(counts["villages"]),
        "year": str(people.YEAR),
        "last_year": str(people.YEAR - 1),
        "elevation": f"dem/{tiles[0]}" if len(tiles) == 1 else "dem",
        "sha256": hashlib.sha256((folder / "roads.osm.pbf").read_bytes()).hexdigest(),
        "counts": "\n".join(lines),
    }
    sources = {"servicemap.toml": "servicemap.toml.txt", "SOURCES.md": "sources.md.txt"}
    for name, source in sources.items():
        text = string.Template(pages.text_file(source)).substitute(values)
        (folder / name).write_bytes(text.encode())
    return list(sources)


def _write_map(folder: Path, county: County, title: str, seed: int) -> list[str]:
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
    return ["roads.osm.pbf", "townships.geojson", "village_roads.geojson"]


def _write_heights(folder: Path, county: County) -> list[str]:
    """SRTM tiles (big-endian 16-bit, north to south), void outside the map."""
    from scipy import ndimage

    terrain = county.terrain
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


def books(county: County, title: str, seed: int) -> dict[str, list[Page]]:
    """Workbooks of the study: file name -> sheets."""
    places = county.places
    hamlet_spot = county.terrain.grid.lonlat(*county.drawing.hamlets.T)
    first = ~places.hamlets["village"].duplicated().to_numpy()
    village_spot = tuple(axis[first] for axis in hamlet_spot)
    note = Page("说明", ("说明",), [(pages.NOTE,)])
    found = history.changes(places)
    return {
        "points.xlsx": [pages.points(places, county.points, title), note],
        "villages.xlsx": [
            pages.villages(places, village_spot, county.points, title, seed),
            pages.hamlets(places, county.hamlet_people, hamlet_spot, title),
            history.changes_page(places, found, title),
            note,
        ],
        "people.xlsx": [
            pages.people(places, county.census, "resident", title),
            pages.people(places, county.census, "hukou", title),
            note,
        ],
        f"figures_{people.YEAR - 1}.xlsx": [
            *history.last_year(places, county.census, found, title, seed),
            note,
        ],
        "items.xlsx": [*catalogue.items(county.points, title), note],
    }


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
