"""Pieces of ground to be reached: buildings, built-up ground and roads, cell by cell.

A share of people says nothing of where nobody was counted; a share of the
ground does. Each cell of a grid is one piece, with all that lies in it, at the
place of one of its members: so its time is found like that of a home.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.intake import homes, within
from servicemap.table_values import GROUNDS

if TYPE_CHECKING:
    from servicemap.intake.within import Floats, Ints
    from servicemap.osm_file import Extract

CELL_M = 100.0  # grown by a quarter until there are few enough cells
MOST_CELLS = 6_000  # of a kind: then a share of all is within 0.7 % (standard error)
# roads that people live along; neither motorways nor paths
ROADS = frozenset(
    """
    trunk primary secondary tertiary unclassified residential living_street pedestrian
    road service trunk_link primary_link secondary_link tertiary_link
    """.split()
)
Parts = tuple["Floats", "Floats", "Floats"]  # lon, lat, amount


def ground(
    extract: Extract, villages: pd.DataFrame, townships: pd.DataFrame
) -> pd.DataFrame:
    """Buildings, built-up ground and roads of a study, in cells.

    Parameters
    ----------
    extract
        Map data.
    villages, townships
        Tables of the contract. What lies in no township (without their areas:
        farther than 3 km from every village) is left out.

    Returns
    -------
    DataFrame
        Table ``ground``: one row per kind and cell, by kind and place;
        ``amount`` is whole buildings, square metres or metres. Cells are
        squares of 100 m, larger by steps of a quarter where more than `MOST_CELLS`
        of a kind would be needed.
    """
    villages = tables.in_order(villages, ["village_id"])  # equally near ones go by id
    townships = tables.in_order(townships, ["township_id"])
    frame = _frame(villages, townships)
    if frame is None:
        return tables.empty("ground")
    middle = (frame[1] + frame[3]) / 2
    parts = []
    made = {"buildings": _buildings, "built_up": _built_up, "roads": _roads}
    for kind in GROUNDS:
        members = _inside(made[kind](extract, middle), frame)
        if len(members[0]):
            parts.append(_cells(members, middle).assign(kind=kind))
    if not parts:
        return tables.empty("ground")
    found = homes.with_village(pd.concat(parts, ignore_index=True), villages, townships)
    found = found[found["amount"] > 0].reset_index(drop=True)
    number = found.groupby("kind").cumcount()
    return tables.check(
        pd.DataFrame(
            {
                "ground_id": [
                    f"{kind}_{one:05d}"
                    for kind, one in zip(found["kind"], number, strict=True)
                ],
                "kind": found["kind"],
                "village_id": villages["village_id"].to_numpy()[found["village"]],
                "lon": found["lon"],
                "lat": found["lat"],
                "amount": found["amount"],
            }
        ),
        "ground",
    )


def _frame(
    villages: pd.DataFrame, townships: pd.DataFrame
) -> tuple[float, float, float, float] | None:
    """West, south, east, north of what can belong to the study; None without a place."""
    shapes = townships["geometry"].dropna()
    if len(shapes):
        boxes = np.array([shape.bounds for shape in shapes])
        west, south = boxes[:, :2].min(axis=0).tolist()
        east, north = boxes[:, 2:].max(axis=0).tolist()
        return west, south, east, north
    lon, lat = (villages[name].dropna().to_numpy(dtype=float) for name in ("lon", "lat"))
    if not len(lon):
        return None
    up = float(np.degrees(homes.NEAR_M / within.EARTH_M))
    aside = up / max(0.01, float(np.cos(np.radians(lat.mean()))))
    return (
        float(lon.min()) - aside,
        float(lat.min()) - up,
        float(lon.max()) + aside,
        float(lat.max()) + up,
    )


def _inside(members: Parts, frame: tuple[float, float, float, float]) -> Parts:
    lon, lat, amount = members
    west, south, east, north = frame
    kept = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return lon[kept], lat[kept], amount[kept]


def _cells(members: Parts, middle: float) -> pd.DataFrame:
    """One row per cell: what lies in it, at the place of the member nearest its middle."""
    lon, lat, amount = members
    x, y = within.metres(lon, lat, middle)
    x, y = x - x.min(), y - y.min()
    cell_m = CELL_M
    while len(np.unique(_cell_of(x, y, cell_m))) > MOST_CELLS:
        cell_m *= 1.25
    cell = _cell_of(x, y, cell_m)
    _, of = np.unique(cell, return_inverse=True)
    sums = np.bincount(of, weights=amount)
    heart_x, heart_y = (np.bincount(of, weights=one * amount) / sums for one in (x, y))
    off = np.hypot(x - heart_x[of], y - heart_y[of])
    order = np.lexsort((lat, lon, off, of))
    pick = order[np.diff(of[order], prepend=-1) != 0]
    return pd.DataFrame({"lon": lon[pick], "lat": lat[pick], "amount": np.rint(sums)})


def _cell_of(x: Floats, y: Floats, cell_m: float) -> Ints:
    row, column = (y // cell_m).astype("int64"), (x // cell_m).astype("int64")
    return np.asarray(row * (int(column.max()) + 1) + column)


def _buildings(extract: Extract, middle: float) -> Parts:
    """Buildings that may be homes, one each."""
    del middle
    found = homes.homes(extract)
    lon, lat = (found[name].to_numpy(dtype=float) for name in ("lon", "lat"))
    return lon, lat, np.ones(len(found))


def _built_up(extract: Extract, middle: float) -> Parts:
    """Squares of built-up ground: a place inside each, and its square metres."""
    import shapely

    layer = extract.layers.get("built_up")
    none = np.zeros(0)
    if layer is None or not len(layer):
        return none, none, none
    east, north = within.metres(np.ones(1), np.ones(1), middle)
    scale = np.array([east[0], north[0]])  # metres in a degree
    shapes = shapely.transform(
        shapely.make_valid(layer.geometry.to_numpy()), lambda at: at * scale
    )
    parts = shapely.get_parts(shapely.union_all(shapes))  # overlaps count once
    parts = parts[shapely.area(parts) > 0]
    first = np.floor(shapely.bounds(parts)[:, :2] / CELL_M).astype("int64")
    last = np.floor(shapely.bounds(parts)[:, 2:] / CELL_M).astype("int64")
    wide, high = (last - first + 1).T
    part = np.repeat(np.arange(len(parts)), wide * high)
    held = wide * high
    place = np.arange(len(part)) - np.repeat(np.cumsum(held) - held, held)
    column, row = first[part, 0] + place % wide[part], first[part, 1] + place // wide[part]
    boxes = shapely.box(
        column * CELL_M, row * CELL_M, (column + 1) * CELL_M, (row + 1) * CELL_M
    )
    cut = shapely.intersection(parts[part], boxes)
    area = shapely.area(cut)
    inner = shapely.get_coordinates(shapely.point_on_surface(cut[area > 0]))
    return inner[:, 0] / scale[0], inner[:, 1] / scale[1], area[area > 0]


def _roads(extract: Extract, middle: float) -> Parts:
    """Pieces of road of at most a cell's width: their middles and metres."""
    roads = extract.roads
    lived: Any = np.array([tags.get("highway") in ROADS for tags in roads.tagsets], bool)
    if not len(lived) or not len(roads.x):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    way = np.repeat(np.arange(len(roads.tagset)), np.diff(roads.first))
    at = np.flatnonzero((way[1:] == way[:-1]) & lived[roads.tagset[way[:-1]]])
    lon, lat = np.asarray(roads.x, float) * 1e-7, np.asarray(roads.y, float) * 1e-7
    x, y = within.metres(lon, lat, middle)
    length = np.hypot(x[at + 1] - x[at], y[at + 1] - y[at])
    pieces = np.maximum(1, np.ceil(length / CELL_M)).astype("int64")
    of = np.repeat(np.arange(len(at)), pieces)
    number = np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    share = (number + 0.5) / pieces[of]
    start, end = at[of], at[of] + 1
    return (
        lon[start] + share * (lon[end] - lon[start]),
        lat[start] + share * (lat[end] - lat[start]),
        length[of] / pieces[of],
    )
