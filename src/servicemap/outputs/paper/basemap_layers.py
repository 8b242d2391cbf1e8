"""The layers of the basemap as a sheet needs them: projected, with no edge of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from servicemap.outputs import palette
from servicemap.outputs.basemap import has_outline
from servicemap.outputs.paper.frame import to_metres

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.result import Result
    from servicemap.roads.projection import Projection

AREAS = ("land", "water", "woods", "built_up")
LINES = ("waterways", "rail")
ON_EDGE, BEYOND = 1e-9, 1.0  # degrees
MOSTLY = 0.9


def roads(layer: Any, projection: Projection) -> dict[str, tuple[Any, Any]]:
    """Lines and their names by class, least important first."""
    if layer is None or not len(layer):
        return {}
    kind = layer["road_class"].where(layer["road_class"].isin(palette.ROADS), "minor")
    names = layer["name"] if "name" in layer else pd.Series("", index=layer.index)
    shapes = to_metres(layer.geometry.to_numpy(), projection)
    return {
        name: (shapes[at], names.to_numpy(dtype=object)[at])
        for name in palette.ROADS
        if (at := (kind == name).to_numpy()).any()
    }


def places(layer: Any, projection: Projection) -> pd.DataFrame:
    """``name, place, x, y`` of the places that have a name."""
    if layer is None or not len(layer):
        return pd.DataFrame({"name": [], "place": [], "x": [], "y": []})
    middle = shapely.centroid(to_metres(layer.geometry.to_numpy(), projection))
    return pd.DataFrame(
        {
            "name": layer["name"].to_numpy(dtype=object),
            "place": layer["place"].to_numpy(dtype=object),
            "x": shapely.get_x(middle),
            "y": shapely.get_y(middle),
        }
    ).dropna()


def outline(result: Result, projection: Projection) -> Any:
    """What the study is about; None where only the extract's frame is known."""
    layer = result.basemap.get("boundary")
    if not has_outline(result.study, result.townships) or layer is None or not len(layer):
        return None
    return shapely.union_all(to_metres(layer.geometry.to_numpy(), projection))


def ground(basemap: Mapping[str, Any]) -> dict[str, Any]:
    """Areas and lines in degrees; land and sea go on beyond the extract's edges.

    Whatever reaches the edge of the extract is taken to go on straight, or a sheet
    would show where the file ends.
    """
    layers = {name: shapes_of(basemap.get(name)) for name in (*AREAS, *LINES)}
    water = basemap.get("water")
    is_sea = [] if water is None or "kind" not in water else list(water["kind"] == "sea")
    sea = [one for one, yes in zip(layers["water"], is_sea, strict=False) if yes]
    if not layers["land"]:
        return layers
    west, south, east, north = shapely.total_bounds([*layers["land"], *sea])

    def onward(at: Any) -> Any:
        moved = np.array(at)
        for axis, edge, step in (
            (0, west, -1),
            (0, east, 1),
            (1, south, -1),
            (1, north, 1),
        ):
            moved[np.abs(at[:, axis] - edge) < ON_EDGE, axis] += step * BEYOND
        return moved

    layers["land"] = list(shapely.transform(layers["land"], onward))
    others = [one for one, yes in zip(layers["water"], is_sea, strict=False) if not yes]
    sea = list(shapely.transform(sea, onward)) if sea else []
    layers["water"] = [*sea, *(one for one in others if not _is_within(one, sea))]
    return layers


def _is_within(area: Any, sea: list[Any]) -> bool:
    """A bay that is mapped as an area of its own would draw its edge through the sea."""
    inside = sum(shapely.intersection(shapely.make_valid(area), one).area for one in sea)
    return bool(inside > MOSTLY * area.area)


def shapes_of(layer: Any) -> list[Any]:
    """What is drawn of a layer."""
    if layer is None or not len(layer):
        return []
    return [one for one in layer.geometry if one is not None and not one.is_empty]
