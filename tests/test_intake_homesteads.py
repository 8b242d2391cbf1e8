"""Homestead plots: where within a village people live, every sum kept."""

import geopandas
import pytest
from shapely.geometry import Point, box

from servicemap.intake import load
from servicemap.study import People, Source, Study

VILLAGES = """代码,名称,乡镇,经度,纬度,常住人口
101,东村,甲镇,9.01,47.05,90
102,西村,甲镇,9.03,47.05,64
"""
POINTS = "编号,名称,层级,经度,纬度\nP1,甲站,村,9.01,47.05\n"


def inputs(folder, plots, spread="auto", name="plots.gpkg"):
    (folder / "v.csv").write_text(VILLAGES, encoding="utf-8")
    (folder / "p.csv").write_text(POINTS, encoding="utf-8")
    plots.to_file(folder / name)
    asked = Study(
        folder,
        facilities=Source("p.csv", datum="wgs84"),
        villages=Source("v.csv", datum="wgs84"),
        homesteads=Source(name, datum="wgs84"),
        people=People(spread=spread),
    )
    return load(asked, None)


def plots(**columns):
    """Two plots of the eastern village, the second twice as large; one of the western."""
    shapes = [
        box(9.0100, 47.05, 9.0101, 47.0501),
        box(9.0110, 47.05, 9.0112, 47.0501),
        box(9.0300, 47.05, 9.0301, 47.0501),
    ]
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs=4326)


def people(found, village="101"):
    rows = found.demand[found.demand["village_id"] == village].sort_values("lon")
    return rows["people"].tolist()


def test_plots_without_a_column_share_by_their_area(tmp_path):
    found = inputs(tmp_path, plots())

    assert people(found) == [30, 60]
    assert found.demand["people"].sum() == 154


@pytest.mark.parametrize("header", ["人口", "户数"])
def test_people_or_households_of_the_plots_count_where_all_have_them(tmp_path, header):
    found = inputs(tmp_path, plots(**{header: [2.0, 1.0, None]}))

    assert people(found) == [60, 30]
    assert people(found, "102") == [64]


def test_people_come_before_households(tmp_path):
    found = inputs(tmp_path, plots(人口=[2, 1, 4], 户数=[1, 8, 1]))

    assert people(found) == [60, 30]


def test_a_plot_belongs_to_the_village_that_its_row_names(tmp_path):
    found = inputs(tmp_path, plots(所属村=["东村", "西村", "西村"]))

    assert people(found) == [90]
    assert sum(people(found, "102")) == 64
    assert len(people(found, "102")) == 2


def test_points_weigh_the_same(tmp_path):
    points = geopandas.GeoDataFrame(
        geometry=[Point(9.0100, 47.05), Point(9.0110, 47.05)], crs=4326
    )

    found = inputs(tmp_path, points, name="plots.geojson")

    assert people(found) == [45, 45]


def test_plots_far_from_every_village_are_told(tmp_path):
    away = plots()
    away.loc[2, "geometry"] = box(9.5, 47.5, 9.5001, 47.5001)

    found = inputs(tmp_path, away)

    assert "plots_left_out" in [one.kind for one in found.problems]
    assert found.demand["people"].sum() == 154


def test_point_leaves_the_plots_aside(tmp_path):
    found = inputs(tmp_path, plots(), spread="point")

    assert people(found) == [90]


def test_names_of_owners_are_never_read(tmp_path):
    found = inputs(tmp_path, plots(权利人=["张三", "李四", "王五"]))

    assert "张三" not in found.demand.to_csv()
