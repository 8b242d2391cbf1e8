"""Points for ``matrix`` and ``isochrones``, from whatever file holds them."""

import math

import geopandas
import pandas as pd
import pytest
from shapely.geometry import Point, box

from servicemap.errors import InputError
from servicemap.intake import datums, read_points

PLACES = [("a", 9.5, 47.1), ("b", 9.6, 47.2)]


def frame():
    return geopandas.GeoDataFrame(
        {"id": [one for one, _, _ in PLACES]},
        geometry=[Point(lon, lat) for _, lon, lat in PLACES],
        crs=4326,
    )


def rows(points):
    return [(row.id, round(row.lon, 9), round(row.lat, 9)) for row in points.itertuples()]


@pytest.mark.parametrize(
    "text",
    [
        "id,lon,lat\na,9.5,47.1\nb,9.6,47.2\n",
        "name;x;y\na;9.5;47.1\nb;9.6;47.2\n",
        "name;lon;lat\na;9,500;47,100\nb;9,600;47,200\n",
        "纬度,经度,编号\n47.1,9.5,a\n47.2,9.6,b\n",
        "编号\t经纬度\na\t9.5,47.1\nb\t9.6 47.2\n",
        "名称,facility_id,Longitude,Latitude\nx,a,9.5,47.1\nx,b,9.6,47.2\n",
    ],
)
def test_points_come_from_any_usual_table(tmp_path, text):
    (tmp_path / "points.csv").write_text(text, encoding="utf-8")

    points, problems = read_points(tmp_path / "points.csv")

    assert rows(points) == PLACES
    assert [one for one in problems if one.severity != "note"] == []


@pytest.mark.parametrize("name", ["p.geojson", "p.gpkg", "p.shp"])
def test_points_come_from_files_with_geometry(tmp_path, name):
    frame().to_file(tmp_path / name)

    points, _ = read_points(tmp_path / name)

    assert rows(points) == PLACES


def test_projected_coordinates_of_a_file_are_turned_into_degrees(tmp_path):
    frame().to_crs(32632).to_file(tmp_path / "p.gpkg")

    points, _ = read_points(tmp_path / "p.gpkg")

    assert points["lon"].tolist() == pytest.approx([9.5, 9.6], abs=1e-9)


def test_an_area_is_a_point_inside_it(tmp_path):
    area = geopandas.GeoDataFrame({"id": ["a"]}, geometry=[box(9, 47, 10, 48)], crs=4326)
    area.to_file(tmp_path / "a.geojson")

    points, _ = read_points(tmp_path / "a.geojson")

    assert 9 < points["lon"][0] < 10


def test_a_shapefile_of_an_office_is_read_zipped_and_in_gbk(tmp_path):
    import zipfile

    named = frame().rename(columns={"id": "编号"}).assign(编号=["甲镇", "乙镇"])
    named.to_file(tmp_path / "p.shp", encoding="GBK")
    (tmp_path / "p.cpg").unlink()
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        for part in ("shp", "shx", "dbf", "prj"):
            archive.write(tmp_path / f"p.{part}", f"../../上报/p.{part}")

    points, _ = read_points(tmp_path / "p.zip")

    assert points["id"].tolist() == ["甲镇", "乙镇"]


def test_rows_without_ids_get_row_numbers_of_their_own(tmp_path):
    (tmp_path / "p.csv").write_text("lon,lat\n9.5,47.1\n9.6,47.2\n")

    points, problems = read_points(tmp_path / "p.csv")

    assert points["id"].tolist() == ["001", "002"]
    assert [one.kind for one in problems] == ["ids_made"]


def test_a_bad_row_stays_without_a_place_and_is_told(tmp_path):
    (tmp_path / "p.csv").write_text("id,lon,lat\na,9.5,47.1\nb,,\nc,0,0\nd,x,y\n")

    points, problems = read_points(tmp_path / "p.csv")

    assert points["id"].tolist() == ["a", "b", "c", "d"]
    assert [math.isnan(lon) for lon in points["lon"]] == [False, True, True, True]
    assert {(one.kind, one.row) for one in problems} == {
        ("point_blank", 3),
        ("zero_zero", 4),
        ("not_degrees", 5),
    }


def test_a_declared_datum_is_converted(tmp_path):
    lon, lat = datums.wgs84_to_bd09(
        pd.array([121.1]).to_numpy(), pd.array([28.1]).to_numpy()
    )
    (tmp_path / "p.csv").write_text(
        f"id,lon,lat\na,{lon[0]!r},{lat[0]!r}\n".replace("np.float64(", "").replace(")", "")
    )

    points, _ = read_points(tmp_path / "p.csv", datum="bd09")

    assert points.loc[0, "lon"] == pytest.approx(121.1, abs=1e-9)


def test_a_list_without_one_usable_point_is_an_error(tmp_path):
    (tmp_path / "p.csv").write_text("id,lon,lat\na,0,0\n")

    with pytest.raises(InputError):
        read_points(tmp_path / "p.csv")


def test_ids_of_villages_beside_those_of_points_are_no_finding(tmp_path):
    """The tables that a study keeps can be asked as they are."""
    text = "id,village id,lon,lat\na,v1,9.5,47.1\nb,v1,9.6,47.2\n"
    (tmp_path / "points.csv").write_text(text, encoding="utf-8")
    points, problems = read_points(tmp_path / "points.csv")
    assert list(points["id"]) == ["a", "b"]
    assert problems == ()
