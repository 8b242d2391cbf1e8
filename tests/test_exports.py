"""Layers in other formats, read back as the tables that they are."""

from __future__ import annotations

import csv
import json

import geopandas
import pandas as pd
import pyogrio
import pytest
import shapely

from servicemap.outputs.exports import shapefile, short_names, write_exports
from servicemap.outputs.geopackage_layers import Layer, layers_of
from servicemap.outputs.summary import summary
from small_result import small_result

pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def result():
    return small_result("zh")


@pytest.fixture(scope="module")
def files(result, tmp_path_factory):
    return write_exports(result, summary(result), tmp_path_factory.mktemp("export")).files


@pytest.fixture(scope="module")
def layers(result):
    return {one.name: one.rows for one in layers_of(result, summary(result))}


def names(files, end):
    return sorted(name.removesuffix(end) for name in files if name.endswith(end))


def test_every_layer_is_there_in_every_format(files):
    expected = names(files, ".geojson")
    assert {"townships", "villages", "gaps", "facilities", "isochrones_walk"} <= set(
        expected
    )
    for end in (".parquet", ".shp", ".shx", ".dbf", ".prj", ".cpg"):
        assert names(files, end) == expected


def test_geojson_is_that_of_the_standard(files, layers):
    """RFC 7946: no crs, no NaN, rings by the right-hand rule; as many features as rows."""
    for name in names(files, ".geojson"):
        text = files[f"{name}.geojson"].read_text(encoding="utf-8")
        content = json.loads(text, parse_constant=pytest.fail)
        assert set(content) == {"type", "features"}
        assert len(content["features"]) == len(layers[name])
        for feature in content["features"]:
            assert set(feature) == {"type", "properties", "geometry"}
            shape = feature["geometry"] and shapely.geometry.shape(feature["geometry"])
            for part in shapely.get_parts(shape) if shape else ():
                if part.geom_type == "Polygon":
                    assert shapely.is_ccw(part.exterior)
                    assert not any(shapely.is_ccw(ring) for ring in part.interiors)


@pytest.mark.parametrize("end", [".geojson", ".parquet"])
def test_values_come_back_as_they_were(files, layers, end):
    for name in names(files, end):
        path = files[f"{name}{end}"]
        is_parquet = end == ".parquet"
        back = geopandas.read_parquet(path) if is_parquet else geopandas.read_file(path)
        rows = layers[name]
        assert back.crs.to_epsg() == 4326
        for column in rows.columns.drop("geometry"):
            found, expected = (list(one[column]) for one in (back, rows))
            for a, b in zip(found, expected, strict=True):
                assert (pd.isna(a) and pd.isna(b)) or a == b or str(a) == str(b), column


def test_shapefiles_say_their_encoding_and_their_fields_are_listed(files, layers):
    """UTF-8 in the .cpg; at most ten letters, no two alike, each explained."""
    with files["fields.csv"].open(encoding="utf-8-sig", newline="") as file:
        listed = {
            (row["layer"], row["field"]): row["column"] for row in csv.DictReader(file)
        }
    for name in names(files, ".shp"):
        assert files[f"{name}.cpg"].read_bytes() == b"UTF-8"
        path = files[f"{name}.shp"]
        fields = list(pyogrio.read_info(path)["fields"])
        assert all(len(field) <= 10 for field in fields)
        assert [listed[name, field] for field in fields] == list(
            layers[name].columns.drop("geometry")
        )
    villages = geopandas.read_file(files["villages.shp"])
    assert list(villages["village"]) == [
        text[:254] for text in layers["villages"]["village"]
    ]
    assert "people" in villages


def test_short_names_are_readable_and_unique():
    found = short_names(["people_percent_low", "nearest_facility_id", "a" * 12, "a" * 13])
    assert list(found.values()) == ["p_pct_low", "near_id", "a" * 10, "a" * 9 + "2"]


def test_groups_of_people_may_have_any_name(tmp_path):
    """Ten bytes are three Chinese characters; capitals make no other field."""
    columns = ["残疾人口数", "残疾人口率", "Elderly", "elderly"]
    rows = geopandas.GeoDataFrame(
        {name: [number] for number, name in enumerate(columns)},
        geometry=[shapely.Point(0, 0)],
        crs=4326,
    )
    for part, content in shapefile(Layer("demand", rows, "", "Point")).items():
        (tmp_path / f"demand.{part}").write_bytes(content)
    back = geopandas.read_file(tmp_path / "demand.shp").drop(columns="geometry")
    assert list(back.columns) == ["残疾人", "残疾人2", "Elderly", "elderly2"]
    assert back.iloc[0].tolist() == [0, 1, 2, 3]


def test_two_runs_write_the_same_bytes(result, files, tmp_path):
    again = write_exports(result, summary(result), tmp_path).files
    for name, path in files.items():
        assert path.read_bytes() == again[name].read_bytes(), name
