"""What a printed map shows, in metres of the study's projection: made once, drawn often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from servicemap import tables
from servicemap.outputs import palette
from servicemap.outputs.paper import basemap_layers
from servicemap.outputs.paper.frame import to_metres
from servicemap.roads.projection import projection_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.result import Result
    from servicemap.roads.projection import Projection
    from servicemap.study import Question

MARGIN_SHARE = 0.03  # of the extent, around what the study is about


class Band(NamedTuple):
    """What is reached within a cutoff: all of it, and what no shorter one reaches."""

    minutes: float
    colour: str
    area: Any
    ring: Any


@dataclass(frozen=True)
class Scene:
    """One question of one result, ready to be drawn; tables are DataFrames.

    Attributes
    ----------
    entry
        The question's part of ``coverage`` in ``summary.json``.
    townships
        ``township_id, name, shape``; shape may be None.
    villages
        ``village_id, name, township_id, x, y, status, reason, colour, size, people,
        shape``: size from 0 to 1 by the square root of its people.
    points
        ``facility_id, name, tier, status, township_id, x, y``.
    homes
        ``x, y, colour``: places where people live.
    bands
        What is reached within each cutoff, shortest first.
    ground
        Layers of the basemap by name.
    roads
        Class, then its lines and their names.
    places
        ``name, place, x, y``.
    outline
        What the study is about; None where only the extract's frame is known.
    """

    result: Result
    question: Question
    entry: Mapping[str, Any]
    projection: Projection
    townships: Any
    villages: Any
    points: Any
    homes: Any
    bands: tuple[Band, ...]
    ground: Mapping[str, Any]
    roads: Mapping[str, tuple[Any, Any]]
    places: Any
    outline: Any

    @property
    def mode(self) -> str:
        """How the people counted travel."""
        return self.question.mode_of(self.question.people)

    @property
    def language(self) -> Any:
        """Language of the sheet."""
        return self.result.study.language

    def extent_m(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what the study is about, with a margin."""
        boxes = [
            (*table[["x", "y"]].min(), *table[["x", "y"]].max())
            for table in (self.villages, self.points)
            if table["x"].notna().any()
        ]
        if self.outline is not None:
            boxes = [shapely.bounds(self.outline)]
        if not boxes:
            boxes = [shapely.bounds(shapely.union_all(self.ground["land"]))]
        stacked = np.array(boxes, dtype="float64")
        low, high = stacked[:, :2].min(axis=0), stacked[:, 2:].max(axis=0)
        more = max(MARGIN_SHARE * float((high - low).max()), 200.0)
        return (low[0] - more, low[1] - more, high[0] + more, high[1] + more)


def scene(result: Result, figures: Mapping[str, Any], question_id: str) -> Scene:
    """Project and dress everything that a sheet may show.

    Parameters
    ----------
    result
        What a run found; it is not changed.
    figures
        Its `servicemap.outputs.summary.summary`.
    question_id
        One of the study's questions.
    """
    question = next(one for one in result.study.questions if one.id == question_id)
    entry = next(one for one in figures["coverage"] if one["question_id"] == question_id)
    projection = projection_for(result.study.about.crs, *_middle(result))
    places = result.basemap.get("places")
    mode = question.mode_of(question.people)
    return Scene(
        result=result,
        question=question,
        entry=entry,
        projection=projection,
        townships=_townships(result, projection),
        villages=_villages(result, question, projection),
        points=_located(
            result.facilities.sort_values("facility_id"),
            ["facility_id", "name", "tier", "status", "township_id"],
            projection,
        ),
        homes=_homes(result, question, projection),
        bands=_bands(result, mode, projection),
        ground={
            name: to_metres(shapes, projection)
            for name, shapes in basemap_layers.ground(result.basemap).items()
        },
        roads=basemap_layers.roads(result.basemap.get("roads"), projection),
        places=basemap_layers.places(places, projection),
        outline=basemap_layers.outline(result, projection),
    )


def _middle(result: Result) -> tuple[float, float]:
    for table in (result.villages, result.facilities, result.demand):
        lon, lat = table["lon"].dropna(), table["lat"].dropna()
        if len(lon):
            return float(lon.mean()), float(lat.mean())
    west, south, east, north = result.basemap["boundary"].total_bounds
    return (west + east) / 2, (south + north) / 2


def _located(table: Any, columns: list[str], projection: Projection) -> pd.DataFrame:
    """Columns of a table with lon and lat, and the projected place of each row."""
    found = pd.DataFrame(table)[columns].reset_index(drop=True)
    lon, lat = (table[name].to_numpy(dtype="float64") for name in ("lon", "lat"))
    known = np.isfinite(lon) & np.isfinite(lat)
    x, y = np.full(len(found), np.nan), np.full(len(found), np.nan)
    if known.any():
        x[known], y[known] = projection.to_metres(lon[known], lat[known])
    return found.assign(x=x, y=y)


def _townships(result: Result, projection: Projection) -> pd.DataFrame:
    rows = result.townships.sort_values("township_id").reset_index(drop=True)
    shapes = to_metres(rows.geometry.to_numpy(), projection)
    return pd.DataFrame(
        {"township_id": rows["township_id"], "name": rows["name"], "shape": shapes}
    )


def _villages(result: Result, question: Question, projection: Projection) -> pd.DataFrame:
    rows = result.villages.sort_values("village_id").reset_index(drop=True)
    middle = result.demand.groupby("village_id")[["lon", "lat"]].mean()
    middle = middle.reindex(rows["village_id"]).reset_index(drop=True)
    at = rows.assign(
        lon=rows["lon"].fillna(middle["lon"]), lat=rows["lat"].fillna(middle["lat"])
    )
    found = _located(at, ["village_id", "name", "township_id"], projection)
    told = result.answers(question, "village").set_index("id").reindex(rows["village_id"])
    people = told["n_people"].to_numpy(dtype="float64", na_value=np.nan)
    most = max(np.nanmax(people, initial=1.0), 1.0)
    shapes = to_metres(rows.geometry.to_numpy(), projection)
    areas = [
        None if one is None or one.is_empty or "Polygon" not in one.geom_type else one
        for one in shapes
    ]
    return found.assign(
        status=told["status"].to_numpy(),
        reason=told["reason"].to_numpy(),
        people=people,
        colour=_colours(result, told["status"], told["travel_time_s"]),
        size=np.sqrt(np.nan_to_num(people, nan=0.1 * most) / most),
        shape=pd.Series(areas, dtype=object),
    )


def _homes(result: Result, question: Question, projection: Projection) -> pd.DataFrame:
    rows = tables.in_order(result.demand, ["demand_id"])
    told = result.answers(question, "demand").set_index("id").reindex(rows["demand_id"])
    found = _located(rows, ["demand_id", "village_id"], projection)
    return found.assign(colour=_colours(result, told["status"], told["travel_time_s"]))


def _colours(result: Result, status: pd.Series, time_s: pd.Series) -> list[str]:
    """As the interactive map colours them: by cutoff, beyond, without a way, unknown."""
    cutoffs = [tables.cutoff_ms(one) for one in result.study.travel.minutes]
    seconds = time_s.to_numpy(dtype="float64")
    known = np.isfinite(seconds)
    times = np.where(known, tables.to_ms(np.nan_to_num(seconds)), -1)
    colours = []
    for one, time in zip(status.to_numpy(), times, strict=True):
        if one == "covered":
            steps = [at for at, limit in enumerate(cutoffs) if time <= limit]
            at = 0 if time < 0 else (steps[0] if steps else len(cutoffs) - 1)
            colours.append(palette.ramp(at, len(cutoffs)))
        elif one == "uncovered":
            colours.append(palette.PAPER["noWay" if time < 0 else "beyond"])
        else:
            colours.append(palette.PAPER["unknown"])
    return colours


def _bands(result: Result, mode: str, projection: Projection) -> tuple[Band, ...]:
    rows = result.isochrones
    rows = rows[(rows["facility_id"] == "all") & (rows["direction"] == "to")]
    rows = rows[rows["mode"] == mode].sort_values("cutoff_min")
    minutes = list(result.study.travel.minutes)
    found = []
    before = None
    for row in rows.itertuples():
        if row.geometry is None or row.geometry.is_empty:
            continue
        area = shapely.make_valid(to_metres([row.geometry], projection)[0])
        ring = area if before is None else shapely.difference(area, before)
        at = minutes.index(row.cutoff_min) if row.cutoff_min in minutes else 1
        colour = palette.ramp(at, len(minutes))
        found.append(Band(float(row.cutoff_min), colour, area, ring))
        before = area
    return tuple(found)
