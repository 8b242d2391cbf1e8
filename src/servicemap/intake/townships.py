"""Townships: from their own file, else from what villages and points say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.intake import cells, keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas

    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns

_CODE_DIGITS = 12  # of a village's statistical code; the first nine are its township's
_TOWNSHIP_DIGITS = 9
_POLYGONS = (3, 6)
_UNIT = re.compile(r"(?:km|公里|千米)\s*$", re.IGNORECASE)


def townships(columns: Columns) -> tuple[geopandas.GeoDataFrame, list[Problem]]:
    """Table ``townships`` from a file of their own.

    Parameters
    ----------
    columns
        With ``township_id`` or ``name``, perhaps with areas.
    """
    import shapely

    ids, keep, problems = keys.ids(columns, "township_id")
    name = columns.text("name")
    name = name.where(name.notna(), ids)
    shapes: Any = None
    if columns.geometry is not None:
        shapes = np.array(columns.geometry.array, dtype=object)
        area = np.isin(shapely.get_type_id(shapes), _POLYGONS)
        problems += [
            columns.problem("not_an_area", "warning", row)
            for row in columns.cells.index[~area & ~shapely.is_missing(shapes)]
        ]
        shapes[~area] = None
        shapes = shapely.make_valid(shapes)
    frame = _table(ids, name, columns.text("area_type"), shapes)
    km, more = columns.read("published_road_km", _kilometres, "not_kilometres", "warning")
    problems += more
    frame["published_road_km"] = [km.get(int(row), np.nan) for row in columns.cells.index]
    frame = frame[keep.to_numpy()]
    return _checked(frame), problems


def _kilometres(cell: Any) -> float | None:
    """A length of road, with or without its unit; 0 says that there is none."""
    text = cells.text(cell)
    if text is None:
        return None
    value = cells.number(_UNIT.sub("", text))
    return value if 0.0 <= value < np.inf else None


def from_others(parts: Sequence[Columns]) -> geopandas.GeoDataFrame:
    """Table ``townships`` from the township columns of villages and points.

    Where villages have 12-digit codes and nobody names a township, the first nine
    digits are the township. Without anything the table is empty.
    """
    said = [
        (one, name)
        for columns in parts
        for one, name in zip(
            columns.strings("township_id"), columns.strings("township"), strict=True
        )
    ]
    names: dict[str, str] = {}
    for one, name in said:
        if one is not None and (names.get(one, one) == one):
            names[one] = name or one
    known = set(names.values())
    names |= {
        name: name
        for one, name in said
        if one is None and name is not None and name not in known
    }
    if not names:
        names = _from_codes(parts)
    ids = pd.Series(sorted(names), dtype="str")
    label = pd.Series([names[one] for one in ids], dtype="str")
    return _checked(
        _table(ids, label, pd.Series(pd.NA, index=ids.index, dtype="str"), None)
    )


def _from_codes(parts: Sequence[Columns]) -> dict[str, str]:
    for columns in parts:
        codes = columns.text("village_id").dropna()
        whole = codes.str.fullmatch(rf"\d{{{_CODE_DIGITS}}}")
        if len(codes) and whole.all():
            return {code: code for code in codes.str[:_TOWNSHIP_DIGITS]}
    return {}


def code_of(village_id: str, known: set[str]) -> str | None:
    """Find the township in a village's 12-digit code, written with 9 or 12 digits."""
    if len(village_id) != _CODE_DIGITS or not village_id.isdigit():
        return None
    short = village_id[:_TOWNSHIP_DIGITS]
    return next((one for one in (short, f"{short}000") if one in known), None)


def register(frame: pd.DataFrame) -> keys.Register:
    """Townships by id and name."""
    names = dict(zip(frame["township_id"], frame["name"], strict=True))
    return keys.Register(names, keys.TOWNSHIP_SUFFIXES)


def _table(
    ids: pd.Series, name: pd.Series, area_type: pd.Series, shapes: Any
) -> geopandas.GeoDataFrame:
    import geopandas

    geometry = [None] * len(ids) if shapes is None else shapes
    return geopandas.GeoDataFrame(
        {
            "township_id": ids.to_numpy(),
            "name": name.to_numpy(),
            "area_type": area_type.to_numpy(),
        },
        geometry=geopandas.GeoSeries(geometry, crs=4326),
        crs=4326,
    )


def _checked(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    return tables.check(tables.in_order(frame, ["township_id"]), "townships")
