"""`Result` -> GeoJSON, GeoParquet and Shapefile: the layers that other programs ask for.

GeoJSON is that of RFC 7946: WGS 84 without a ``crs``, outer rings counter-clockwise,
``null`` where nothing is known. Shapefiles are in UTF-8 and say so in their ``.cpg``;
names of their fields have at most ten bytes, and ``fields.csv`` says what each stands for.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from servicemap.outputs.files import OutFolder, Written
from servicemap.outputs.geopackage_layers import Layer, layers_of
from servicemap.outputs.summary import as_json
from servicemap.words import renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from servicemap.result import Result

KINDS = ("geojson", "parquet", "shp")
LAYERS = ("townships", "villages", "village_areas", "demand", "gaps", "facilities")
DECIMALS = 7  # of a degree: a centimetre
LONGEST_FIELD, LONGEST_TEXT = 10, 254  # of dBase III
STILL = "2000-01-01"
PARTS = ("shp", "shx", "dbf", "prj", "cpg")
FIELDS = "fields.csv"
# What would not be readable when cut after ten letters.
SHORT = {
    "township_id": "town_id",
    "village_id": "village_id",
    "facility_id": "point_id",
    "nearest_facility_id": "near_id",
    "nearest_facility": "nearest",
    "would_do_facility_id": "would_id",
    "question_id": "question",
    "travel_time_min": "time_min",
    "travel_time_s": "time_s",
    "distance_m": "distance_m",
    "minutes_beyond": "beyond_min",
    "cutoff_min": "cutoff_min",
    "located_by": "located_by",
    "n_people": "people",
    "n_covered": "covered",
    "n_undetermined": "undeterm",
    "hours_written": "hours_orig",
    "published_road_km": "road_km",
    "status_text": "status_txt",
    "reason_text": "reason_txt",
    "remedy_text": "remedy_txt",
}
UNITS = {"villages_": "v_", "people_": "p_"}
ENDS = {
    "undetermined": "undeterm",
    "uncovered": "uncover",
    "covered": "covered",
    "percent_low": "pct_low",
    "percent_high": "pct_high",
    "percent": "percent",
    "total": "total",
}


def write_exports(
    result: Result,
    figures: Mapping[str, Any],
    folder: Path,
    *,
    kinds: Iterable[str] = KINDS,
) -> Written:
    """Write townships, villages, homes, gaps, points and merged areas in other formats.

    Parameters
    ----------
    result
        What a run found; it is not changed.
    figures
        Its `servicemap.outputs.summary.summary`.
    folder
        Where the files go; it is made where it does not exist.
    kinds
        Of ``geojson``, ``parquet`` (needs pyarrow), ``shp``.

    Returns
    -------
    Written
        Name to path, and files that were open elsewhere.
    """
    out = OutFolder(folder)

    listed: list[tuple[str, str, str]] = []
    with renamed(result.study.outputs.wording):
        for layer in _layers(result, figures):
            if "geojson" in kinds:
                with out.file(f"{layer.name}.geojson") as path:
                    _text(path, geojson(layer.rows))
            if "parquet" in kinds:
                with out.file(f"{layer.name}.parquet") as path:
                    layer.rows.to_parquet(path)
            if "shp" in kinds:
                for part, content in shapefile(layer).items():
                    with out.file(f"{layer.name}.{part}") as path:
                        path.write_bytes(content)
                names = short_names(layer.rows.columns.drop("geometry"))
                listed += [(layer.name, short, long) for long, short in names.items()]
    if listed:
        with out.file(FIELDS) as path:
            _text(path, _fields(listed))
    return out.written()


def _layers(result: Result, figures: Mapping[str, Any]) -> Iterator[Layer]:
    merged = {f"isochrones_{mode}" for mode in result.study.modes}
    for layer in layers_of(result, figures):
        if layer.name in LAYERS or layer.name in merged:
            yield layer


def geojson(rows: Any) -> str:
    """A FeatureCollection, one feature a line; ``rows`` is a GeoDataFrame in degrees."""
    shapes = _rounded(np.asarray(rows.geometry, dtype=object))
    texts = shapely.to_geojson(shapely.orient_polygons(shapes))
    names = [str(name) for name in rows.columns if name != "geometry"]
    values = [as_json(rows[name]) for name in names]
    features = []
    for number, text in enumerate(texts):
        properties = {
            name: column[number] for name, column in zip(names, values, strict=True)
        }
        told = json.dumps(properties, ensure_ascii=False, allow_nan=False)
        geometry = text if text is not None else "null"
        features.append(f'{{"type":"Feature","properties":{told},"geometry":{geometry}}}')
    lines = ",\n".join(features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def _rounded(shapes: Any) -> Any:
    known = np.array([one is not None and not one.is_empty for one in shapes], dtype=bool)
    found = np.full(len(shapes), None, dtype=object)
    if known.any():
        found[known] = shapely.transform(shapes[known], lambda at: np.round(at, DECIMALS))
    return found


def shapefile(layer: Layer) -> dict[str, bytes]:
    """The files of a shapefile by suffix; the date in the table is fixed."""
    import pyogrio

    rows: Any = layer.rows
    names = short_names(rows.columns.drop("geometry"))
    rows = rows.rename(columns=names)
    for name in names.values():
        if not pd.api.types.is_numeric_dtype(rows[name]):
            rows[name] = rows[name].map(_text_cut, na_action="ignore")
        elif pd.api.types.is_bool_dtype(rows[name]):
            rows[name] = rows[name].astype("Int64")
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / f"{layer.name}.shp"
        pyogrio.write_dataframe(
            rows,
            path,
            driver="ESRI Shapefile",
            encoding="UTF-8",
            geometry_type=(layer.geometry_type or "Unknown").removeprefix("Multi"),
            layer_options={"DBF_DATE_LAST_UPDATE": STILL},
        )
        return {part: path.with_suffix(f".{part}").read_bytes() for part in PARTS}


def _text_cut(value: Any) -> str:
    return _cut(str(value), LONGEST_TEXT)


def _cut(text: str, most: int) -> str:
    """A text of at most so many bytes that ends with a whole character."""
    return text.encode()[:most].decode("utf-8", "ignore")


def short_names(columns: Iterable[Any]) -> dict[str, str]:
    """Column -> a readable name of at most ten bytes; no two are the same in capitals."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for column in map(str, columns):
        wanted = _short(column)
        name, number = wanted, 2
        while name.upper() in taken:
            name = f"{_cut(wanted, LONGEST_FIELD - len(str(number)))}{number}"
            number += 1
        taken.add(name.upper())
        found[column] = name
    return found


def _short(column: str) -> str:
    if column in SHORT:
        return SHORT[column]
    for unit, letter in UNITS.items():
        end = column.removeprefix(unit)
        if end != column and end in ENDS:
            return letter + ENDS[end]
    return _cut(column, LONGEST_FIELD)


def _fields(listed: list[tuple[str, str, str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("layer", "field", "column"))
    writer.writerows(listed)
    return "\ufeff" + text.getvalue()


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
