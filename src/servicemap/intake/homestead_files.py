"""Homestead plots (宅基地) as land offices have them: polygons, or points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap.intake import cells, homes, places
from servicemap.intake.homes import POINTS
from servicemap.intake.positions import positions
from servicemap.intake.townships import register as register_of

if TYPE_CHECKING:
    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns
    from servicemap.intake.keys import Register
    from servicemap.intake.map_evidence import MapEvidence
    from servicemap.study import Source

DEGREE_M = 111_195.0


def of_plots(
    columns: Columns,
    source: Source,
    villages: pd.DataFrame,
    townships: pd.DataFrame,
    register: Register,
    *,
    on_map: MapEvidence,
) -> tuple[pd.DataFrame, int, list[Problem]]:
    """Plots with the village of each and what it weighs.

    Parameters
    ----------
    columns
        Matched against the table ``homesteads``; with or without geometry.
    source
        Datum and projection of the file.
    villages, townships, register
        Where plots belong: by the column of villages, else by their place, as homes do.
    on_map
        Evidence for the coordinates.

    Returns
    -------
    points, rows_used, problems
        Columns `homes.POINTS`. Within a village the weight is people where every plot
        has a number, else households, else the plot's area in square metres (1 for
        points).
    """
    at = positions(
        columns,
        datum=source.datum,
        crs=source.crs,
        swap_lonlat=source.swap_lonlat,
        on_map=on_map,
    )
    problems = list(at.problems)
    names = register_of(townships)
    told = [
        names.find(one, name)[0]
        for one, name in zip(
            columns.strings("township_id"), columns.strings("township"), strict=True
        )
    ]
    index = columns.cells.index
    own, more = places.village_of(
        columns, register, pd.Series(told, index=index, dtype="str")
    )
    problems += more
    frame = pd.DataFrame(
        {
            "osm_id": [f"h{number:07d}" for number in range(len(index))],
            "said": places.dense_ids(own, villages["village_id"].to_numpy()),
            "lon": at.lon.to_numpy(),
            "lat": at.lat.to_numpy(),
            "size": _areas(columns),
        }
    )
    for name in ("people", "households"):
        said, more = columns.read(name, cells.count, "not_a_count", "warning")
        problems += more
        frame[name] = [said.get(int(row), np.nan) for row in index]
    frame = frame[frame["lon"].notna()]
    placed = frame[frame["said"] >= 0].assign(village=lambda one: one["said"])
    others = homes.with_village(frame[frame["said"] < 0], villages, townships)
    both = [part for part in (placed, others) if len(part)]
    used = pd.concat(both).sort_values("osm_id") if both else frame.assign(village=-1)
    if len(used) < len(frame):
        lost = len(frame) - len(used)
        problems.append(columns.problem("plots_left_out", "warning", count=lost))
    points = used.assign(weight=_weights(used))
    points = points[points["weight"] > 0]
    return points[POINTS].reset_index(drop=True), len(used), problems


def _weights(plots: pd.DataFrame) -> np.ndarray:
    """By village the first measure that all its plots have."""
    weight = plots["size"].to_numpy(dtype=float, copy=True)
    free = np.ones(len(plots), dtype=bool)
    for name in ("people", "households"):
        value = plots[name].to_numpy(dtype=float)
        whole = plots[name].notna() & (plots[name].fillna(0) >= 0)
        every = whole.groupby(plots["village"]).transform("all").to_numpy(dtype=bool)
        total = plots[name].fillna(0).groupby(plots["village"]).transform("sum")
        take = free & every & (total.to_numpy(dtype=float) > 0)
        weight[take] = value[take]
        free &= ~take
    return weight


def _areas(columns: Columns) -> np.ndarray:
    """Square metres of each plot; 1 where it is a point."""
    if columns.geometry is None:
        return np.ones(len(columns.cells))
    import shapely

    shapes = np.asarray(columns.geometry.array)
    middle = shapely.get_y(shapely.centroid(shapes))
    size = shapely.area(shapes) * DEGREE_M**2 * np.cos(np.radians(middle))
    size = np.nan_to_num(size)
    return np.where(size > 0, size, 1.0)
