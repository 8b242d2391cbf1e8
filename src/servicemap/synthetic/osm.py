"""The made-up county as an OSM extract (PBF)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.synthetic import areas, names
from servicemap.synthetic.osm_writer import Extract
from servicemap.synthetic.roads import FERRY_KPH
from servicemap.synthetic.settlements import records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from servicemap.synthetic.grid import Integers
    from servicemap.synthetic.roads import Steps
    from servicemap.synthetic.settlements import Settlements
    from servicemap.synthetic.streets import Drawing
    from servicemap.synthetic.terrain import Terrain

ROAD_TAGS: Mapping[str, Mapping[str, str]] = {
    "trunk": {"maxspeed": "80", "lanes": "2", "surface": "asphalt"},
    "primary": {"maxspeed": "60", "surface": "asphalt"},
    "secondary": {"surface": "asphalt"},
    "tertiary": {},
    "unclassified": {"surface": "concrete"},
    "residential": {},
    "track": {"tracktype": "grade2"},
    "path": {},
}


def extract(
    terrain: Terrain,
    places: Settlements,
    steps: Steps,
    drawing: Drawing,
    *,
    sea: Any,
    seed: int,
) -> Extract:
    """Put the whole map together.

    Parameters
    ----------
    sea
        Polygon(s) in metres; its edge is the coast.
    """
    out = Extract()
    _roads(out, terrain, steps, drawing)
    _rivers(out, terrain)
    _coast(out, terrain, sea)
    for polygon in areas.lakes(terrain):
        tags = {"natural": "water", "water": "reservoir", "name": "示例水库"}
        out.area(areas.bend(polygon, terrain.grid), tags)
    for polygon in areas.woods(terrain, seed):
        out.area(areas.bend(polygon, terrain.grid), {"landuse": "forest"})
    for polygon in areas.built_up(terrain, drawing):
        out.area(areas.bend(polygon, terrain.grid), {"landuse": "residential"})
    _houses(out, terrain, drawing)
    _places(out, terrain, places, drawing)
    return out


def frame(terrain: Terrain) -> tuple[float, float, float, float]:
    """West, south, east, north of the map in degrees, with a little room."""
    grid = terrain.grid
    x = np.array([0.0, grid.cols * grid.cell_m])
    lon, lat = grid.lonlat(x, np.array([0.0, grid.rows * grid.cell_m]))
    room = 0.002
    west, south = float(lon[0]) - room, float(lat[0]) - room
    east, north = float(lon[1]) + room, float(lat[1]) + room
    return round(west, 6), round(south, 6), round(east, 6), round(north, 6)


def _roads(out: Extract, terrain: Terrain, steps: Steps, drawing: Drawing) -> None:
    ways = drawing.ways
    used = np.unique(
        np.concatenate([*ways["nodes"].map(np.asarray), steps.ferries.ravel()])
    )
    first = out.nodes(*terrain.grid.lonlat(drawing.x[used], drawing.y[used]))
    number = dict(zip(used.tolist(), range(first, first + len(used)), strict=True))
    for row in records(ways):
        tags = {"highway": row.road_class, **ROAD_TAGS[row.road_class]}
        if row.name:
            tags["name"] = row.name
        if row.bridge:
            tags |= {"bridge": "yes", "layer": "1"}
        if row.oneway:
            tags["oneway"] = "yes"
        out.way([number[node] for node in row.nodes], tags)
    for here, there in steps.ferries.tolist():
        x, y = drawing.x[[here, there]], drawing.y[[here, there]]
        part = np.array([0.25, 0.5, 0.75])
        at = terrain.grid.lonlat(x[0] + part * (x[1] - x[0]), y[0] + part * (y[1] - y[0]))
        between = out.nodes(*at)
        length_km = float(np.hypot(np.diff(x), np.diff(y))[0]) / 1_000.0
        minutes = max(10, 5 * round(length_km / FERRY_KPH * 60.0 / 5.0))
        tags = {
            "route": "ferry",
            "name": "示例轮渡",
            "duration": f"{minutes // 60:02d}:{minutes % 60:02d}",
            "foot": "yes",
            "bicycle": "yes",
            "motor_vehicle": "no",
        }
        out.way([number[here], *range(between, between + 3), number[there]], tags)


def _rivers(out: Extract, terrain: Terrain) -> None:
    """From each spring down to the sea or to the river that it joins."""
    grid, downstream = terrain.grid, terrain.downstream
    cells = np.flatnonzero(terrain.river)
    if not len(cells):
        return
    x, y = grid.xy(np.arange(grid.size))
    inflow = np.bincount(downstream[cells][downstream[cells] >= 0], minlength=grid.size)
    single = cells[(inflow[cells] == 1) & (downstream[cells] >= 0)]
    above = np.full(grid.size, -1, dtype=np.int64)
    flowing = cells[downstream[cells] >= 0]
    above[downstream[flowing]] = flowing
    for axis in (x, y):  # rounder bends; banks stay within half a cell
        axis[single] = 0.5 * axis[single] + 0.25 * (
            axis[above[single]] + axis[downstream[single]]
        )
    first = out.nodes(*grid.lonlat(x[cells], y[cells]))
    number = dict(zip(cells.tolist(), range(first, first + len(cells)), strict=True))
    done: set[int] = set()
    springs = cells[inflow[cells] == 0]
    order = np.argsort(-_length(downstream, springs), kind="stable")
    for rank, spring in enumerate(springs[order].tolist(), 1):
        way, cell = [spring], spring
        done.add(cell)
        while downstream[cell] >= 0 and int(downstream[cell]) in number:
            cell = int(downstream[cell])
            way.append(cell)
            if cell in done:
                break
            done.add(cell)
        if len(way) > 1:
            tags = {"waterway": "river", "name": f"示例{rank}号溪"}
            out.way([number[one] for one in way], tags)


def _length(downstream: Integers, springs: Integers) -> Integers:
    """Cells from each spring to the sea."""
    length = np.zeros(len(springs), dtype=np.int64)
    at = springs.copy()
    while (at >= 0).any():
        length += at >= 0
        at = np.where(at >= 0, downstream[at], -1)
    return length


def _coast(out: Extract, terrain: Terrain, sea: Any) -> None:
    """Coastlines with the land on their left, and the sea as water."""
    grid = terrain.grid
    far = np.array([grid.cols, grid.rows]) * grid.cell_m
    for part in shapely.get_parts(sea):
        polygon = shapely.geometry.polygon.orient(part)
        members = []
        for ring, role in [
            (polygon.exterior, "outer"),
            *((hole, "inner") for hole in polygon.interiors),
        ]:
            xy = np.asarray(ring.coords)[::-1][:-1]
            first = out.nodes(*grid.lonlat(xy[:, 0], xy[:, 1]))
            rim = (np.isclose(xy, 0.0) | np.isclose(xy, far)).any(axis=1)
            on_frame = rim & np.roll(rim, -1)
            for nodes, coast in _runs(on_frame):
                tags = {"natural": "coastline"} if coast else {}
                ids = [first + node for node in nodes]
                members.append(("w", out.way(ids, tags), role))
        tags = {"type": "multipolygon", "natural": "water", "name": "示例湾"}
        out.relations.append((members, tags))


def _runs(on_frame: Any) -> Iterable[tuple[list[int], bool]]:
    """Cut a ring where coast and frame meet: node numbers, and whether it is coast."""
    count = len(on_frame)
    starts = np.flatnonzero(on_frame != np.roll(on_frame, 1))
    if not len(starts):
        yield [*range(count), 0], not bool(on_frame[0])
        return
    for start, end in zip(starts.tolist(), np.roll(starts, -1).tolist(), strict=True):
        stop = end if end > start else end + count
        yield [k % count for k in range(start, stop + 1)], not bool(on_frame[start])


def _houses(out: Extract, terrain: Terrain, drawing: Drawing) -> None:
    houses = drawing.houses
    half_w, half_d = houses["width_m"].to_numpy() / 2.0, houses["depth_m"].to_numpy() / 2.0
    cos, sin = np.cos(houses["angle"].to_numpy()), np.sin(houses["angle"].to_numpy())
    corners = []
    for right, up in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        dx, dy = right * half_w, up * half_d
        x = houses["x"].to_numpy() + dx * cos - dy * sin
        y = houses["y"].to_numpy() + dx * sin + dy * cos
        corners.append(terrain.grid.lonlat(x, y))
    lon = np.stack([lon for lon, _ in corners], axis=1).ravel()
    lat = np.stack([lat for _, lat in corners], axis=1).ravel()
    first = out.nodes(lon, lat)
    plain = {"building": "yes"}
    flats = {
        level: {"building": "apartments", "building:levels": str(level)}
        for level in sorted(set(houses["levels"].tolist()))
    }
    for k, level in enumerate(houses["levels"].tolist()):
        a = first + 4 * k
        out.way([a, a + 1, a + 2, a + 3, a], flats[level] if level else plain)


def _places(out: Extract, terrain: Terrain, places: Settlements, drawing: Drawing) -> None:
    """Names on the map: the city, towns, villages, hamlets, some offices."""
    grid = terrain.grid
    lon, lat = (axis.tolist() for axis in grid.lonlat(*drawing.hamlets.T))
    first = ~places.hamlets["village"].duplicated().to_numpy()
    at = dict(
        zip(places.hamlets["village"][first].tolist(), np.flatnonzero(first), strict=True)
    )
    x, y = drawing.x[places.cities] + 20.0, drawing.y[places.cities] + 20.0
    for number, (east, north) in enumerate(zip(*grid.lonlat(x, y), strict=True)):
        tags = {"place": "city", "name": names.city(number)}
        out.node(float(east), float(north), tags)
    for k, row in enumerate(records(places.townships)):
        here = at[k]  # seats are the first villages
        kind = "suburb" if row.kind == "街道" else "town"
        out.node(lon[here] + 4e-5, lat[here] + 4e-5, {"place": kind, "name": row.name})
    for k, village in enumerate(records(places.villages)):
        here = at[k]
        kind = "neighbourhood" if village.setting == "city" else "village"
        out.node(lon[here], lat[here], {"place": kind, "name": village.name})
    for k, hamlet in enumerate(records(places.hamlets)):
        if not first[k]:
            out.node(lon[k], lat[k], {"place": "hamlet", "name": hamlet.name})


def offices(out: Extract, points: pd.DataFrame) -> None:
    """Town halls and banks as map features, at the places of the service points."""
    for row in records(points):
        if row.tier in ("city", "township"):
            tags = {"amenity": "townhall", "name": row.name}
        elif row.tier == "bank":
            tags = {"amenity": "bank", "name": row.name, "operator": row.partner}
        else:
            continue
        out.node(round(row.lon, 6), round(row.lat, 6), tags)
