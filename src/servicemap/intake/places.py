"""The township and the village of each row, by id, name or polygon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap.intake import cells, within
from servicemap.intake.datum_rows import Surroundings

if TYPE_CHECKING:
    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns
    from servicemap.intake.keys import Register
    from servicemap.intake.map_evidence import MapEvidence

_NEAR_BORDER = 0.002  # degrees; a point this close to its own area is not misplaced


def township_of(
    columns: Columns,
    townships: pd.DataFrame,
    register: Register,
    lon: pd.Series,
    lat: pd.Series,
) -> tuple[pd.Series, list[Problem]]:
    """Township of each row: by id, by name, else by the area that holds the point.

    Returns
    -------
    township_id, problems
        Missing where nothing tells. A point far outside the area of the township
        that its row names is a finding; the row's word counts.
    """
    own, said = columns.strings("township_id"), columns.strings("township")
    index = columns.cells.index
    problems: list[Problem] = []
    column = "township" if "township" in columns else "township_id"
    told: list[str | None] = []
    for row, one, name in zip(index, own, said, strict=True):
        township, fault = register.find(one, name)
        told.append(township)
        if fault:
            problems.append(columns.problem(f"township_{fault}", "warning", row, column))
    found = pd.Series(told, index=index, dtype="str")
    shapes = townships["geometry"]
    if not len(townships) or shapes.isna().all():
        return found, problems
    area = within.areas(lon.to_numpy(), lat.to_numpy(), shapes.to_numpy())
    ids = townships["township_id"].to_numpy()
    names = townships["name"].to_numpy()
    place = {one: position for position, one in enumerate(ids)}
    for row, position in zip(found.index, area, strict=True):
        if position < 0:
            continue
        if pd.isna(found[row]):
            found[row] = ids[position]
        elif place[found[row]] != position and _astray(
            lon[row], lat[row], shapes.iloc[place[found[row]]]
        ):
            other = {"other": names[position]}
            problems.append(
                columns.problem("wrong_township", "warning", row, column, **other)
            )
    return found, problems


def _astray(lon: float, lat: float, own: object) -> bool:
    import shapely

    if own is None:
        return False
    return bool(shapely.distance(shapely.Point(lon, lat), own) > _NEAR_BORDER)


def village_of(
    columns: Columns, register: Register, township_id: pd.Series
) -> tuple[pd.Series, list[Problem]]:
    """Village of each row, by id, else by name within the row's township.

    Returns
    -------
    village_id, problems
        Missing where nothing is said; a word that fits no single village is a
        finding.
    """
    own, said = columns.strings("village_id"), columns.strings("village")
    index = columns.cells.index
    problems: list[Problem] = []
    column = "village" if "village" in columns else "village_id"
    told: list[str | None] = []
    parents = township_id.to_numpy(dtype=object)
    for row, one, name, parent in zip(index, own, said, parents, strict=True):
        village, fault = register.find(
            one, name, parent if isinstance(parent, str) else None
        )
        told.append(village)
        if fault:
            problems.append(columns.problem(f"village_{fault}", "warning", row, column))
    return pd.Series(told, index=index, dtype="str"), problems


def outside_all(
    columns: Columns, townships: pd.DataFrame, lon: pd.Series, lat: pd.Series
) -> list[int]:
    """Rows whose point lies well outside every township; none where areas are missing."""
    import shapely

    shapes = townships["geometry"].to_numpy()
    if not len(shapes) or any(shape is None for shape in shapes):
        return []
    there = np.flatnonzero(lon.notna().to_numpy())
    points = shapely.points(lon.to_numpy(float)[there], lat.to_numpy(float)[there])
    tree = shapely.STRtree(shapes)
    near = tree.query(points, predicate="dwithin", distance=_NEAR_BORDER)[0]
    away = np.setdiff1d(np.arange(len(there)), near)
    return [int(row) for row in columns.cells.index[there[away]]]


def surroundings(
    columns: Columns,
    on_map: MapEvidence,
    townships: pd.DataFrame,
    register: Register,
    homes: list[tuple[float, float] | None] | None = None,
) -> Surroundings | None:
    """What the rows of a sheet should be near, by what they say of themselves.

    Parameters
    ----------
    columns, townships, register
        As for `township_of`.
    on_map
        Map data; without roads there is no evidence.
    homes
        Own village of each row, degrees WGS-84.
    """
    if on_map.to_roads is None:
        return None
    shapes: object = None
    own, said = columns.strings("township_id"), columns.strings("township")
    by_id = dict(zip(townships["township_id"], townships["geometry"], strict=True))
    told = [
        by_id.get(register.find(one, name)[0]) for one, name in zip(own, said, strict=True)
    ]
    if any(shape is not None for shape in told):
        shapes = np.empty(len(told), dtype=object)
        shapes[:] = told
    lon = lat = None
    if homes is not None and any(one is not None for one in homes):
        pairs = np.array([one or (np.nan, np.nan) for one in homes], dtype=float)
        lon, lat = pairs[:, 0], pairs[:, 1]
    return Surroundings(on_map.to_roads, lon, lat, shapes)


def village_points(
    columns: Columns, register: Register, townships: Register, villages: pd.DataFrame
) -> list[tuple[float, float] | None]:
    """Place of the village that each row names; None where that is not known."""
    lon, lat = villages["lon"].to_numpy(float), villages["lat"].to_numpy(float)
    place = {
        one: (float(a), float(b))
        for one, a, b in zip(villages["village_id"], lon, lat, strict=True)
        if not np.isnan(a)
    }
    names = ("village_id", "village", "township_id", "township")
    told = zip(*(columns.strings(name) for name in names), strict=True)
    found = []
    for own, name, town_id, town in told:
        village, _ = register.find(own, name, townships.find(town_id, town)[0])
        found.append(place.get(village) if village is not None else None)
    return found


def located_by(
    columns: Columns, lon: pd.Series, shapes: np.ndarray | None = None
) -> pd.Series:
    """How each row was located: as it says, else by its area, else by a survey."""
    shapes = np.full(len(lon), None, dtype=object) if shapes is None else shapes
    said = {row: cells.word(cell, "located_by") for row, cell in columns.rows("located_by")}
    done = []
    for row, shape in zip(lon.index, shapes, strict=True):
        found = said.get(int(row))
        usual = "survey" if shape is None else "polygon"
        done.append(usual if found in (None, "none") else found)
    return pd.Series(done, index=lon.index, dtype="str").where(lon.notna(), "none")


def dense_ids(values: pd.Series, ids: np.ndarray) -> np.ndarray:
    """Position of each value among sorted ids; -1 where it is missing."""
    place = {one: position for position, one in enumerate(ids)}
    return np.array(
        [place.get(value, -1) for value in values.to_numpy(dtype=object)], dtype=np.int64
    )
