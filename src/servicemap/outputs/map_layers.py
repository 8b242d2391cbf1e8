"""The drawn layers of the map: basemap, merged areas, townships, frame.

Budgets are in letters of the packed layer, so that the page stays small whatever
the size of the study: what does not fit is simplified further.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from servicemap.outputs.map_shapes import (
    GRID,
    METRES_PER_DEGREE,
    Packed,
    areas_within,
    lines_within,
    pack_areas,
    pack_numbers,
    pack_points,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.result import Result

AREA_BUDGETS = {"land": 120_000, "water": 160_000, "woods": 200_000, "built_up": 160_000}
LEAST_M2 = {"land": 500.0, "water": 800.0, "woods": 4_000.0, "built_up": 4_000.0}
LINE_BUDGETS = {"waterways": 120_000, "rail": 30_000}
ROAD_BUDGETS = {
    "motorway": 60_000,
    "trunk": 60_000,
    "primary": 80_000,
    "secondary": 80_000,
    "tertiary": 120_000,
    "minor": 400_000,
    "track": 120_000,
    "path": 120_000,
}
# the least class that is drawn as its own; what a study calls otherwise is minor
OTHER_ROADS = "minor"
BAND_BUDGET = 60_000
TOWNSHIP_BUDGET = 120_000
TOWNSHIP_TOLERANCE_M = 12.0
PLACES = ("city", "town", "suburb", "village", "hamlet", "island", "locality")
PLACES_SHOWN = 1_500


def basemap(
    layers: Mapping[str, Any], named: set[str], *, with_outline: bool = True
) -> dict[str, Any]:
    """Layers of the extract, packed.

    Parameters
    ----------
    layers
        `Result.basemap`; absent layers are empty.
    named
        Names that the villages and townships already show.
    with_outline
        Whether the study's outline is known: where the extract ends is no border.
    """
    done: dict[str, Any] = {}
    for name, budget in AREA_BUDGETS.items():
        shapes = _shapes(layers.get(name))
        if name == "water":  # a bay that is drawn beside the sea would empty both
            shapes = [shapely.union_all(shapely.make_valid(shapes))] if shapes else []
        packed = areas_within(shapes, budget, least_m2=LEAST_M2[name])
        done[name] = packed.as_json()
    for name, budget in LINE_BUDGETS.items():
        done[name] = lines_within(_shapes(layers.get(name)), budget).as_json()
    done["roads"] = _roads(layers.get("roads"))
    done["places"] = _places(layers.get("places"), named)
    edge = _shapes(layers.get("boundary")) if with_outline else []
    done["boundary"] = areas_within(edge, 40_000).as_json()
    return done


def bands(result: Result) -> dict[str, list[dict[str, Any]]]:
    """Merged areas by mode, largest first: the order in which they are drawn."""
    rows = result.isochrones
    rows = rows[(rows["facility_id"] == "all") & (rows["direction"] == "to")]
    done: dict[str, list[dict[str, Any]]] = {}
    for mode in result.study.modes:
        of_mode = rows[rows["mode"] == mode].sort_values("cutoff_min", ascending=False)
        done[mode] = [
            {
                "minutes": float(row.cutoff_min),
                "area": areas_within([row.geometry], BAND_BUDGET).as_json(),
            }
            for row in of_mode.itertuples()
            if row.geometry is not None and not row.geometry.is_empty
        ]
    return done


def township_shapes(townships: Any) -> list[list[str] | None]:
    """Outline of each township in the table's order; neighbours keep a common border."""
    shapes = np.asarray(townships["geometry"], dtype=object)
    is_drawn = np.array(
        [shape is not None and not shape.is_empty for shape in shapes], bool
    )
    done: list[list[str] | None] = [None] * len(shapes)
    if not is_drawn.any():
        return done
    drawn = shapes[is_drawn]
    tolerance = TOWNSHIP_TOLERANCE_M / METRES_PER_DEGREE
    if shapely.coverage_is_valid(drawn):
        simple = shapely.coverage_simplify(drawn, tolerance)
    else:
        simple = shapely.simplify(drawn, tolerance)
    for at, shape in zip(np.flatnonzero(is_drawn), simple, strict=True):
        done[at] = pack_areas([shape]).as_json()
    return done


def village_shapes(villages: Any) -> list[list[str] | None]:
    """Outline of each village in the table's order, where one is known."""
    budget = max(400, TOWNSHIP_BUDGET // max(len(villages), 1))
    return [
        areas_within([shape], budget, keep=True).as_json()
        if shape is not None and not shape.is_empty and shape.geom_type != "Point"
        else None
        for shape in villages["geometry"]
    ]


def frame(result: Result) -> list[float]:
    """West, south, east, north of what the study is about."""
    boxes = [
        layer.total_bounds
        for layer in (
            result.townships,
            result.villages,
            result.basemap.get("boundary"),
        )
        if layer is not None and len(layer) and layer.geometry.notna().any()
    ]
    for table in (result.villages, result.facilities, result.demand):
        lon, lat = table["lon"].dropna(), table["lat"].dropna()
        if len(lon) and len(lat):
            boxes.append(np.array([lon.min(), lat.min(), lon.max(), lat.max()]))
    boxes = [box for box in boxes if np.isfinite(box).all()]
    if not boxes:
        return [-180.0, -60.0, 180.0, 75.0]
    stacked = np.vstack(boxes)
    low, high = stacked[:, :2].min(axis=0), stacked[:, 2:].max(axis=0)
    return [round(float(value), 5) for value in (*low, *high)]


def _shapes(layer: Any) -> list[Any]:
    if layer is None or not len(layer):
        return []
    return [shape for shape in layer.geometry if shape is not None and not shape.is_empty]


def _roads(layer: Any) -> list[list[Any]]:
    """Class and lines, least important first: the order in which they are drawn."""
    if layer is None or not len(layer):
        return []
    kind = layer["road_class"].where(layer["road_class"].isin(ROAD_BUDGETS), OTHER_ROADS)
    done: list[list[Any]] = []
    for name in reversed(ROAD_BUDGETS):
        packed = lines_within(_shapes(layer[kind == name]), ROAD_BUDGETS[name])
        if packed.size:
            done.append([name, packed.as_json()])
    return done


def _places(layer: Any, named: set[str]) -> dict[str, Any]:
    """Names of places, the important ones first."""
    if layer is None or not len(layer):
        return {"names": [], "kinds": "", "xy": ""}
    table = pd.DataFrame(
        {
            "name": layer["name"].to_numpy(dtype=object),
            "kind": layer["place"].to_numpy(dtype=object),
            "lon": shapely.get_x(shapely.centroid(layer.geometry.to_numpy())),
            "lat": shapely.get_y(shapely.centroid(layer.geometry.to_numpy())),
        }
    ).dropna()
    table = table[table["kind"].isin(PLACES) & ~table["name"].isin(named)]
    table["rank"] = table["kind"].map(PLACES.index)
    table = table.sort_values(["rank", "name", "lon", "lat"], kind="stable")
    table = table.head(PLACES_SHOWN)
    return {
        "names": table["name"].tolist(),
        "kinds": pack_numbers(table["rank"].to_numpy()),
        "xy": pack_points(table["lon"], table["lat"]),
    }


__all__ = [
    "GRID",
    "Packed",
    "bands",
    "basemap",
    "frame",
    "township_shapes",
    "village_shapes",
]
