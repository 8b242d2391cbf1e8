"""The GeoPackage holds every finding, opens coloured, and is the same every time."""

from __future__ import annotations

import dataclasses
import re
import sqlite3
import time
from contextlib import closing
from xml.etree import ElementTree as ET

import numpy as np
import pyogrio
import pytest
import shapely

from servicemap import tables
from servicemap.annex_columns import ANNEX
from servicemap.outputs.geopackage import write_geopackage
from servicemap.outputs.summary import summary
from small_result import small_result


@pytest.fixture(scope="module")
def result():
    return small_result("zh")


@pytest.fixture(scope="module")
def path(result, tmp_path_factory):
    target = tmp_path_factory.mktemp("geopackage") / "coverage.gpkg"
    write_geopackage(result, summary(result), target)
    return target


def layer(path, name):
    return pyogrio.read_dataframe(path, layer=name)


def styles(path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as base:
        rows = base.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall()
    return dict(rows)


def test_every_layer_is_there(path, result):
    names = list(pyogrio.list_layers(path)[:, 0])

    assert names == [
        "townships",
        "isochrones_walk_points",
        "isochrones_walk",
        "isochrones_drive_points",
        "isochrones_drive",
        "village_areas",
        "snaps",
        "demand",
        "villages",
        "gaps",
        "facilities",
        "coverage",
        *result.annex,
        "problems",
        "layer_styles",
    ]
    # Sources are compared only where a study names several.
    assert set(result.annex) == {table.name for table in ANNEX} - {"people_sources"}


def test_the_database_is_sound_and_in_degrees(path):
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        systems = base.execute("SELECT DISTINCT srs_id FROM gpkg_geometry_columns")
        assert systems.fetchall() == [(4326,)]


def test_townships_carry_the_figures_of_the_summary(path, result):
    found = layer(path, "townships").set_index("township_id")

    for one in summary(result)["coverage"][0]["by_township"]:
        row = found.loc[one["township_id"]]
        assert row["people_percent"] == row["percent"] == one["people"]["percent"]
        assert row["villages_covered"] == one["villages"]["covered"]
        assert row["rank"] == one["rank"]


def test_the_rows_are_those_of_the_tables(path, result):
    assert len(layer(path, "villages")) == len(result.villages)
    assert len(layer(path, "facilities")) == len(result.facilities)
    assert len(layer(path, "demand")) == len(result.demand)
    assert len(layer(path, "gaps")) == len(result.gaps)
    places = result.coverage[result.coverage["level"] != "demand"]
    assert len(layer(path, "coverage")) == len(places)
    merged = result.isochrones["facility_id"] == "all"
    areas = [f"isochrones_{mode}" for mode in result.study.modes]
    assert sum(len(layer(path, name)) for name in areas) == merged.sum()
    per_point = [f"{name}_points" for name in areas]
    assert sum(len(layer(path, name)) for name in per_point) == (~merged).sum()


def test_points_lie_where_their_columns_say(path):
    for name in ("villages", "facilities", "demand"):
        found = layer(path, name)
        assert np.array_equal(found.geometry.x, found["lon"])
        assert np.array_equal(found.geometry.y, found["lat"])


def test_smaller_areas_are_drawn_over_larger_ones(path):
    cutoffs = layer(path, "isochrones_walk")["cutoff_min"]

    assert list(cutoffs) == sorted(cutoffs, reverse=True)


def test_legs_lead_from_the_point_to_the_road(path, result):
    legs = layer(path, "snaps")

    assert len(legs) == result.snaps["lon"].notna().sum()
    assert (shapely.length(legs.geometry.to_numpy()) > 0).all()


def test_hostile_names_come_back_as_they_were(path, result):
    assert list(layer(path, "villages")["village"]) == list(result.villages["name"])


def test_every_spatial_layer_has_a_style_that_is_sound_xml(path):
    spatial = [name for name, kind in pyogrio.list_layers(path) if kind is not None]
    found = styles(path)

    assert sorted(found) == sorted(spatial)
    for text in found.values():
        tree = ET.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", text))
        renderer = tree.find("renderer-v2")
        made = {one.get("name") for one in renderer.iter("symbol")}
        asked = {
            one.get("symbol")
            for kind in ("category", "rule")
            for one in renderer.iter(kind)
            if one.get("symbol")
        }
        assert asked == made


def test_styles_name_columns_that_exist(path):
    for name, text in styles(path).items():
        columns = set(pyogrio.read_info(path, layer=name)["fields"])
        tree = ET.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", text))
        renderer = tree.find("renderer-v2")
        filters = " ".join(one.get("filter", "") for one in renderer.iter("rule"))
        named = set(re.findall(r'"(\w+)"', filters))
        named |= {renderer.get("attr")} - {None}
        named |= {one.get("fieldName") for one in tree.iter("text-style")}
        assert named <= columns


def test_a_question_id_with_quotes_does_not_break_the_style(tmp_path, result):
    first = dataclasses.replace(result.study.questions[0], id="""it's "<&>" """)
    study = dataclasses.replace(result.study, questions=(first,))
    renamed = {"question_id": {"headline": first.id}}
    odd = dataclasses.replace(
        result,
        study=study,
        coverage=result.coverage.replace(renamed),
        gaps=result.gaps.replace(renamed),
    )

    write_geopackage(odd, summary(odd), tmp_path / "odd.gpkg")

    gaps = ET.fromstring(
        re.sub(r"<!DOCTYPE[^>]*>", "", styles(tmp_path / "odd.gpkg")["gaps"])
    )
    filters = [one.get("filter", "") for one in gaps.iter("rule")]
    assert any("it''s" in one and '"<&>"' in one for one in filters)


def test_two_runs_write_the_same_bytes(tmp_path, path):
    again = small_result("zh")
    time.sleep(1.1)

    write_geopackage(again, summary(again), tmp_path / "coverage.gpkg")

    assert (tmp_path / "coverage.gpkg").read_bytes() == path.read_bytes()


def test_projected_tables_come_out_in_degrees(tmp_path, result):
    inside = dataclasses.replace(
        result,
        villages=result.villages.to_crs(32651),
        townships=result.townships.to_crs(32651),
    )

    write_geopackage(inside, summary(inside), tmp_path / "a.gpkg")

    found = layer(tmp_path / "a.gpkg", "townships")
    assert found.total_bounds == pytest.approx(result.townships.total_bounds, abs=1e-7)


def test_a_village_without_coordinates_stays_a_row(tmp_path, result):
    villages = result.villages.assign(lon=np.nan, lat=np.nan)
    lost = dataclasses.replace(result, villages=tables.check(villages, "villages"))

    write_geopackage(lost, summary(lost), tmp_path / "a.gpkg")

    found = layer(tmp_path / "a.gpkg", "villages")
    assert len(found) == len(villages)
    assert found.geometry.notna().sum() == villages.geometry.notna().sum() == 1


def test_an_empty_study_makes_a_file_too(tmp_path, result):
    bare = dataclasses.replace(
        result,
        gaps=tables.empty("gaps"),
        problems=tables.empty("problems"),
        snaps=tables.empty("snaps"),
        isochrones=tables.empty("isochrones", crs="EPSG:4326"),
        townships=tables.empty("townships", crs="EPSG:4326"),
    )

    write_geopackage(bare, summary(bare), tmp_path / "a.gpkg")

    assert len(layer(tmp_path / "a.gpkg", "gaps")) == 0
    assert len(layer(tmp_path / "a.gpkg", "townships")) == 0


def test_gdal_waits_for_the_disk_again_after_our_file(tmp_path):
    before = pyogrio.get_gdal_config_option("OGR_SQLITE_SYNCHRONOUS")
    result = small_result("en")
    write_geopackage(result, summary(result), tmp_path / "a.gpkg")
    assert pyogrio.get_gdal_config_option("OGR_SQLITE_SYNCHRONOUS") == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.gpkg"]
