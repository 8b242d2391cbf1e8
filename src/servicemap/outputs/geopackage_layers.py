"""`Result` -> the layers of ``coverage.gpkg``, in EPSG:4326."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
import pandas as pd
import shapely

from servicemap import table_columns
from servicemap.outputs import geopackage_styles as styles
from servicemap.outputs.tables_csv import village_answers
from servicemap.outputs.terms import term, terms
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from servicemap.result import Result

CRS = "EPSG:4326"


@dataclass(frozen=True)
class Layer:
    """One layer: its rows, what it shows, its geometry type (None: a plain table)."""

    name: str
    rows: pd.DataFrame
    title: str
    geometry_type: str | None = None
    style: str | None = None


def layers_of(
    result: Result, figures: Mapping[str, Any], answers: pd.DataFrame | None = None
) -> Iterator[Layer]:
    """All layers, in the order in which they are drawn: areas below, points above.

    ``answers`` are the villages' (`servicemap.outputs.tables_csv.village_answers`), by who
    has them already.
    """
    answers = village_answers(result) if answers is None else answers
    language = result.study.language

    def title(key: str, **values: str) -> str:
        return say(f"outputs.layer.{key}", language, **values)

    yield Layer(
        "townships",
        _townships(result, figures),
        title("townships"),
        "MultiPolygon",
        styles.share_style(language),
    )
    yield from _areas(result)
    yield from _reached_roads(result)
    headline = answers[answers["question_id"] == result.study.questions[0].id]
    outlines = _outlines(result, headline)
    if len(outlines):
        yield Layer(
            "village_areas",
            outlines,
            title("village_areas"),
            "MultiPolygon",
            styles.status_style("fill", language),
        )
    if result.changed_roads is not None and len(result.changed_roads):
        yield Layer(
            "road_changes",
            result.changed_roads,
            title("road_changes"),
            "LineString",
            styles.change_style(language),
        )
    yield Layer(
        "snaps", _legs(result), title("snaps"), "LineString", styles.leg_style(result.study)
    )
    yield Layer(
        "demand",
        _demand(result),
        title("demand"),
        "Point",
        styles.status_style("marker", language),
    )
    yield Layer(
        "villages",
        _points(headline, _middles(result)),
        title("villages"),
        "Point",
        styles.status_style("marker", language, "village"),
    )
    yield Layer(
        "gaps",
        _gaps(result, answers),
        title("gaps"),
        "Point",
        styles.gap_style(result.study),
    )
    yield Layer(
        "facilities",
        _facilities(result),
        title("facilities"),
        "Point",
        styles.tier_style(language),
    )
    # homes stand in the layer ``demand``, with the headline's answer
    places = result.coverage[result.coverage["level"] != "demand"]
    yield Layer("coverage", _minutes_rounded(places), title("coverage"))
    for name, rows in result.annex.items():
        yield Layer(name, rows, say(f"outputs.sheet.{name}", language))
    yield Layer("problems", result.problems, title("problems"))


def _degrees(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    return frame if frame.crs is None else frame.to_crs(CRS)


def _points(rows: pd.DataFrame, middles: Mapping[str, Any] | None = None) -> Any:
    """Points from ``lon, lat``; a village without them stands in the middle of its area."""
    located = rows["lon"].notna() & rows["lat"].notna()
    shapes = np.full(len(rows), None, dtype=object)
    if located.any():
        lonlat = rows.loc[located, ["lon", "lat"]].to_numpy(dtype=float)
        shapes[located.to_numpy()] = shapely.points(lonlat)
    if middles:
        for number in np.flatnonzero(~located.to_numpy()):
            shapes[number] = middles.get(rows["village_id"].iloc[number])
    return geopandas.GeoDataFrame(rows.reset_index(drop=True), geometry=shapes, crs=CRS)


def _polygons(frame: geopandas.GeoDataFrame) -> Any:
    """Give the same rows in degrees, without geometries that are no areas."""
    done = _degrees(frame).reset_index(drop=True)
    area = done.geometry.geom_type.isin(("Polygon", "MultiPolygon"))
    return geopandas.GeoDataFrame(
        done.drop(columns="geometry"), geometry=done.geometry.where(area, None), crs=CRS
    )


def _middles(result: Result) -> dict[str, Any]:
    areas = _polygons(result.villages)
    areas = areas[areas.geometry.notna()]
    return dict(zip(areas["village_id"], areas.representative_point(), strict=True))


def _outlines(result: Result, headline: pd.DataFrame) -> Any:
    areas = _polygons(result.villages)
    areas = areas.loc[areas.geometry.notna(), ["village_id", "geometry"]]
    return areas.merge(headline.drop(columns=["lon", "lat"]), on="village_id")


def _townships(result: Result, figures: Mapping[str, Any]) -> Any:
    rows = []
    for one in figures["coverage"][0]["by_township"]:
        counted = "people" if one["people"]["total"] is not None else "villages"
        rows.append(
            {
                "township_id": one["township_id"],
                "rank": one["rank"],
                "percent": one[counted]["percent"],
                **{
                    f"{what}_{name}": value
                    for what in ("villages", "people")
                    for name, value in one[what].items()
                },
            }
        )
    numbers = pd.DataFrame(rows, columns=None if rows else ["township_id"])
    kinds = {
        name: "float64" if "percent" in name else "Int64"
        for name in numbers.columns.drop("township_id")
    }
    numbers = numbers.astype(kinds)
    return _polygons(result.townships).merge(numbers, on="township_id", how="left")


def _areas(result: Result) -> Iterator[Layer]:
    language = result.study.language
    areas = result.isochrones.sort_values(
        ["mode", "direction", "cutoff_min", "facility_id"],
        ascending=[True, True, False, True],
        kind="stable",
    )
    names = result.facilities[["facility_id", "name"]]
    for mode in result.study.modes:
        its = areas[areas["mode"] == mode]
        style = styles.band_style(its["cutoff_min"].unique(), language)
        merged = its["facility_id"] == "all"
        for kind, rows in (("points", its[~merged]), ("merged", its[merged])):
            if rows.empty:
                continue
            yield Layer(
                f"isochrones_{mode}" if kind == "merged" else f"isochrones_{mode}_{kind}",
                _polygons(rows.merge(names, on="facility_id", how="left")),
                say(f"outputs.layer.{kind}", language, mode=term("mode", mode, language)),
                "MultiPolygon",
                style,
            )


def _reached_roads(result: Result) -> Iterator[Layer]:
    language = result.study.language
    roads = result.reached_roads
    if roads is None:
        return
    for mode in result.study.modes:
        its = roads[roads["mode"] == mode].reset_index(drop=True)
        if len(its):
            title = say(
                "outputs.layer.reached_roads", language, mode=term("mode", mode, language)
            )
            areas = result.isochrones.loc[result.isochrones["mode"] == mode, "cutoff_min"]
            bands = areas if len(areas) else its["cutoff_min"]
            style = styles.road_style(bands.unique(), language)
            yield Layer(f"reached_roads_{mode}", its, title, "LineString", style)


def _demand(result: Result) -> Any:
    answers = result.answers(result.study.questions[0], "demand")
    columns = ["nearest_facility_id", "travel_time_s", "distance_m", "n_within"]
    columns += ["status", "reason"]
    answers = answers[["id", *columns]].rename(columns={"id": "demand_id"})
    return _points(result.demand.merge(answers, on="demand_id", how="left"))


def _gaps(result: Result, answers: pd.DataFrame) -> Any:
    language = result.study.language
    places = answers[
        ["question_id", "village_id", "village", "township", "lon", "lat", "status"]
    ]
    rows = result.gaps.merge(places, on=["question_id", "village_id"], how="left")
    rows = rows.assign(
        reason_text=terms("reason", rows["reason"], language),
        remedy_text=terms("remedy", rows["remedy"], language),
    )
    return _points(_minutes_rounded(rows), _middles(result))


def _minutes_rounded(rows: pd.DataFrame) -> pd.DataFrame:
    """Minutes with three decimals, as ``villages.csv`` has them."""
    return rows.assign(minutes_beyond=rows["minutes_beyond"].round(3))


def _facilities(result: Result) -> Any:
    language = result.study.language
    tier_text = terms("tier", result.facilities["tier"], language)
    return _points(result.facilities.assign(tier_text=tier_text))


def _legs(result: Result) -> Any:
    """Draw a line from each point to where it met the road; long ones show odd places."""
    sources = {
        "demand": result.demand.rename(columns={"demand_id": "point_id"}),
        "facilities": result.facilities.rename(columns={"facility_id": "point_id"}),
    }
    places = pd.concat(
        [
            rows[["point_id", "lon", "lat"]].assign(table=name)
            for name, rows in sources.items()
        ],
        ignore_index=True,
    ).rename(columns={"lon": "from_lon", "lat": "from_lat"})
    legs = result.snaps.merge(places, on=["table", "point_id"], how="inner")
    ends = ["from_lon", "from_lat", "lon", "lat"]
    legs = legs[legs[ends].notna().all(axis=1)].reset_index(drop=True)
    lines = shapely.linestrings(legs[ends].to_numpy(dtype=float).reshape(-1, 2, 2))
    columns = [
        name for name in table_columns.TABLES["snaps"].names if name not in ("lon", "lat")
    ]
    return geopandas.GeoDataFrame(legs[columns], geometry=lines, crs=CRS)
