"""Rows of offices' sheets become rows of tables: words, places, coordinates, defaults."""

import geopandas
import numpy as np
import pytest
from shapely.geometry import box

from servicemap import study as studies
from servicemap.errors import InputError
from servicemap.intake import datums, load
from servicemap.study import Source, Study

VILLAGES = "编号,村名,乡镇,经度,纬度\nV1,一村,甲镇,121.1,28.1\nV2,二村,乙镇,121.3,28.1\n"
POINTS = "编号,名称,层级,经度,纬度\nP1,甲镇中心,乡镇,121.1,28.1\n"


class Evidence:
    bounds = (121.0, 28.0, 121.4, 28.2)
    buildings = ()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "v.csv").write_text(VILLAGES, encoding="utf-8")
    (tmp_path / "p.csv").write_text(POINTS, encoding="utf-8")
    return tmp_path


def read(folder, points=None, villages=None, extract=None, areas=False, **options):
    if points is not None:
        (folder / "p.csv").write_text(points, encoding="utf-8")
    if villages is not None:
        (folder / "v.csv").write_text(villages, encoding="utf-8")
    townships = Source()
    if areas:
        frame = geopandas.GeoDataFrame(
            {"编号": ["T1", "T2"], "名称": ["甲镇", "乙街道"]},
            geometry=[box(121, 28, 121.2, 28.2), box(121.2, 28, 121.4, 28.2)],
            crs=4326,
        )
        frame.to_file(folder / "t.geojson")
        townships = Source(source="t.geojson")
    return load(
        Study(
            folder=folder,
            villages=Source(source="v.csv"),
            facilities=Source(source="p.csv", **options),
            townships=townships,
        ),
        extract,
    )


def kinds(inputs):
    return [problem.kind for problem in inputs.problems]


@pytest.mark.parametrize(
    ("word", "tier"),
    [
        ("市级", "city"),
        ("县级", "city"),
        ("乡镇", "township"),
        ("街道", "township"),
        ("Township", "township"),
        ("村（社区）", "village"),
        ("社区", "village"),
        ("银行网点", "bank"),
        ("自助终端", "kiosk"),
        ("24小时自助", "kiosk"),
        ("流动服务车", "mobile"),
        ("mobile", "mobile"),
    ],
)
def test_tiers_are_read_in_the_words_of_offices(folder, word, tier):
    inputs = read(folder, f"编号,名称,层级,经度,纬度\nP1,a,{word},121.1,28.1\n")

    assert inputs.facilities["tier"].tolist() == [tier]


def test_what_a_sheet_does_not_say_gets_the_documented_default(folder):
    rows = "".join(
        f"P{number},a{number},{tier},121.1,28.1\n"
        for number, tier in enumerate(
            ("city", "township", "village", "bank", "kiosk", "mobile")
        )
    )

    inputs = read(folder, "id,name,tier,lon,lat\n" + rows)

    points = inputs.facilities
    assert points["form"].tolist() == [
        "hall",
        "hall",
        "window",
        "window",
        "self_service",
        "van",
    ]
    assert points["one_stop"].tolist() == [True, True, False, False, False, False]
    assert set(points["status"]) == {"open"}
    assert points["hours"].isna().all()
    assert set(points["located_by"]) == {"survey"}
    assert "one_stop_assumed" in kinds(inputs)


def test_flags_statuses_and_forms_are_read_in_words(folder):
    inputs = read(
        folder,
        "编号,名称,层级,形式,状态,政务服务2.0,窗口数,经度,纬度\n"
        "P1,a,村,代办,拟建,√,３,121.1,28.1\nP2,b,银行,专区,停用,否,12个,121.1,28.1\n",
    )

    points = inputs.facilities
    assert points["form"].tolist() == ["agent", "special_area"]
    assert points["status"].tolist() == ["planned", "closed"]
    assert points["one_stop"].tolist() == [True, False]
    assert points["windows"].tolist() == [3, 12]


def test_missing_ids_are_made_beside_given_ones(folder):
    inputs = read(
        folder, "编号,名称,层级,经度,纬度\n,a,村,121.1,28.1\nP001,b,村,121.1,28.1\n"
    )

    assert sorted(inputs.facilities["facility_id"]) == ["P001", "P002"]
    assert "ids_made" in kinds(inputs)


def test_townships_come_from_the_names_in_the_sheets(folder):
    inputs = read(folder)

    assert inputs.townships["name"].tolist() == ["乙镇", "甲镇"]
    assert inputs.villages["township_id"].tolist() == ["甲镇", "乙镇"]


def test_townships_come_from_twelve_digit_codes_where_nobody_names_them(folder):
    villages = (
        "村代码,村名,经度,纬度\n990101001001,a,121.1,28.1\n990101002001,b,121.3,28.1\n"
    )

    inputs = read(folder, villages=villages)

    assert inputs.villages["township_id"].tolist() == ["990101001", "990101002"]


def test_a_point_without_a_township_gets_the_one_around_it(folder):
    inputs = read(folder, areas=True, villages=VILLAGES.replace("乙镇", "乙街道"))

    assert inputs.facilities["township_id"].tolist() == ["T1"]
    assert inputs.villages["township_id"].tolist() == ["T1", "T2"]


def test_a_suffix_does_not_split_a_place_and_names_repeat_between_townships(folder):
    villages = "编号,村名,乡镇,经度,纬度\nV1,李村村委会,甲镇,121.1,28.1\nV2,李村,乙街道办事处,121.3,28.1\n"
    points = (
        "编号,名称,层级,乡镇,村,经度,纬度\nP1,a,村,甲,李村,121.1,28.1\n"
        "P2,b,村,乙街道,李村村,121.3,28.1\nP3,c,村,,李村,,\n"
    )

    inputs = read(folder, points, villages, areas=True)

    assert inputs.facilities["village_id"].tolist()[:2] == ["V1", "V2"]
    assert inputs.facilities.loc[2, "village_id"] == "V2"  # the exact name comes first


def test_a_village_without_a_place_is_put_at_its_own_station_and_says_so(folder):
    villages = "编号,村名,经度,纬度\nV1,一村,,\nV2,二村,121.3,28.1\nV3,三村,,\n"
    points = "编号,名称,层级,村代码,经度,纬度\nP1,a,村,V1,121.11,28.11\nP2,b,银行,V3,121.2,28.1\n"

    inputs = read(folder, points, villages)

    places = inputs.villages.set_index("village_id")
    assert places["located_by"].tolist() == ["own_station", "survey", "none"]
    assert places.loc["V1", "lon"] == 121.11
    demand = inputs.demand.set_index("village_id")
    assert np.isnan(demand.loc["V3", "lon"])
    assert set(demand.index) == {"V1", "V2", "V3"}


def test_a_village_that_is_an_area_is_located_by_it(folder):
    frame = geopandas.GeoDataFrame(
        {"编号": ["V1"], "村名": ["一村"]}, geometry=[box(121, 28, 121.1, 28.1)], crs=4326
    )
    frame.to_file(folder / "v.geojson")

    inputs = load(
        Study(
            folder=folder,
            villages=Source(source="v.geojson"),
            facilities=Source(source="p.csv"),
        ),
        None,
    )

    row = inputs.villages.iloc[0]
    assert row["located_by"] == "polygon"
    assert frame.geometry[0].contains(geopandas.points_from_xy([row.lon], [row.lat])[0])
    assert row.geometry.equals(frame.geometry[0])


def test_swapped_pairs_are_errors_until_the_study_allows_to_exchange_them(folder):
    points = POINTS + "P2,b,村,28.1,121.2\n"

    strict = read(folder, points, extract=Evidence())
    mended = read(folder, points, extract=Evidence(), swap_lonlat=True)

    assert "swapped_lonlat" in kinds(strict)
    assert strict.facilities["lon"].isna().tolist() == [False, True]
    assert mended.facilities["lon"].tolist() == [121.1, 121.2]
    assert "lonlat_exchanged" in kinds(mended)


def test_the_map_tells_swapped_pairs_where_both_could_be_right(folder):
    class Alps(Evidence):
        bounds = (9.4, 47.0, 9.7, 47.3)

    points = "id,name,tier,lon,lat\nP1,a,village,47.1,9.5\nP2,b,village,9.5,47.1\n"

    inputs = read(folder, points, extract=Alps())

    assert kinds(inputs).count("swapped_lonlat") == 1
    assert inputs.facilities["lon"].isna().tolist() == [True, False]


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_declared_datum_is_converted_and_told(folder, datum):
    forward = {"gcj02": datums.wgs84_to_gcj02, "bd09": datums.wgs84_to_bd09}[datum]
    lon, lat = (float(x[0]) for x in forward(np.array([121.1]), np.array([28.1])))
    points = f"编号,名称,层级,经度,纬度\nP1,a,村,{lon!r},{lat!r}\n"

    inputs = read(folder, points, datum=datum)

    row = inputs.facilities.iloc[0]
    assert (row.lon, row.lat) == pytest.approx((121.1, 28.1), abs=1e-9)
    assert row.datum == datum
    assert "datum_converted" in kinds(inputs)


def test_each_row_may_say_its_own_datum(folder):
    lon, lat = (
        float(x[0]) for x in datums.wgs84_to_bd09(np.array([121.1]), np.array([28.1]))
    )
    points = f"编号,名称,层级,坐标系,经度,纬度\nP1,a,村,百度,{lon!r},{lat!r}\nP2,b,村,国家2000,121.1,28.1\n"

    inputs = read(folder, points, datum="column")

    assert inputs.facilities["datum"].tolist() == ["bd09", "cgcs2000"]
    assert inputs.facilities["lon"].tolist() == pytest.approx([121.1, 121.1], abs=1e-9)


def test_coordinates_in_china_without_a_datum_are_taken_as_wgs84_with_a_note(folder):
    inputs = read(folder)

    assert "datum_assumed" in kinds(inputs)
    assert set(inputs.facilities["datum"]) == {"wgs84"}


def test_every_coordinate_spelling_may_stand_in_one_sheet(folder):
    points = (
        "编号,名称,层级,经纬度\n"
        'P1,a,村,"121.1,28.1"\nP2,b,村,121°06\'00"E 28°06\'00"N\nP3,c,村,北纬28.1 东经121.1\n'
    )

    inputs = read(folder, points)

    assert inputs.facilities["lon"].tolist() == pytest.approx([121.1] * 3)
    assert inputs.facilities["lat"].tolist() == pytest.approx([28.1] * 3)


def test_columns_are_mapped_by_hand_from_the_toml(folder):
    (folder / studies.FILE_NAME).write_text(
        '[villages]\nsource = "v.csv"\n[facilities]\nsource = "p.csv"\n'
        'columns = { name = "机构", tier = "档次" }\n',
        encoding="utf-8",
    )
    (folder / "p.csv").write_text(
        "编号,机构,档次,经度,纬度\nP1,甲站,村,121.1,28.1\n", encoding="utf-8"
    )

    inputs = load(studies.read(folder), None)

    assert inputs.facilities.loc[0, "name"] == "甲站"
    assert inputs.facilities.loc[0, "tier"] == "village"


def test_rows_in_are_rows_out_and_rows_dropped_whatever_the_rows_hold(folder):
    random = np.random.default_rng(1)
    words = ["", "P1", "P2", "村", "银行", "x", "121.1", "28.1", "0", "1e99", "是", "２"]
    for _ in range(20):
        rows = random.choice(words, size=(12, 7))
        table = "编号,名称,层级,状态,窗口数,经度,纬度\n" + POINTS.splitlines()[1].replace(
            "乡镇,", "乡镇,,,"
        )
        table += "\n" + "\n".join(",".join(row) for row in rows) + "\n"

        inputs = read(folder, table)

        (entry,) = [one for one in inputs.files if one["name"] == "p.csv"]
        assert entry["rows_used"] == len(inputs.facilities)
        assert entry["rows"] == entry["rows_used"] + entry["rows_dropped"]
        rows_with_errors = {
            problem.row for problem in inputs.problems if problem.severity == "error"
        }
        assert entry["rows_dropped"] <= len(rows_with_errors)


def coast():
    """A map whose land ends at 121.3 east, with a lake, as OSM draws them."""
    from shapely.geometry import LineString

    extract = Evidence()
    water = geopandas.GeoDataFrame(geometry=[box(121.14, 28.14, 121.16, 28.16)], crs=4326)
    shore = LineString([(121.3, 27.9), (121.3, 28.1), (121.3, 28.3)])  # land on its left
    extract.layers = {
        "water": water,
        "coastline": geopandas.GeoDataFrame(geometry=[shore], crs=4326),
    }
    return extract


def test_points_in_the_sea_and_in_lakes_are_findings(folder):
    points = (
        "编号,名称,层级,经度,纬度\nP1,岸上,村,121.29,28.1\nP2,海里,村,121.31,28.1\n"
        "P3,码头,村,121.3005,28.1\nP4,湖里,村,121.15,28.15\nP5,湖边,村,121.1405,28.15\n"
    )

    inputs = read(folder, points, extract=coast())

    found = [one.row for one in inputs.problems if one.kind == "in_water"]
    assert found == [3, 5]


def test_points_outside_every_township_are_findings_unless_declared(folder):
    points = (
        "编号,名称,层级,区域外,经度,纬度\nP1,甲,村,,121.1,28.1\nP2,乙,村,,121.5,28.1\n"
        "P3,邻县,村,是,121.5,28.1\n"
    )

    inputs = read(folder, points, areas=True)

    assert [one.row for one in inputs.problems if one.kind == "outside_study"] == [3]


def test_projected_metres_are_read_in_a_study(folder):
    from pyproj import Transformer

    east, north = Transformer.from_crs(4490, 4528, always_xy=True).transform(121.1, 28.1)
    points = f"编号,名称,层级,X坐标,Y坐标\nP1,甲,村,{north:.3f},{east:.3f}\n"

    inputs = read(folder, points)

    assert inputs.facilities["lon"][0] == pytest.approx(121.1, abs=1e-7)
    assert inputs.facilities["datum"].tolist() == ["cgcs2000"]
    assert "metres_read" in kinds(inputs)


def test_a_file_without_names_is_one_finding(folder):
    """Cells of a grid have ids only; a blank cell in a column of names is a slip."""
    cells = "编号,乡镇,经度,纬度\nV1,甲镇,121.1,28.1\nV2,乙镇,121.3,28.1\n"
    inputs = read(folder, villages=cells)
    assert kinds(inputs).count("names_absent") == 1
    assert "nameless" not in kinds(inputs)
    assert list(inputs.villages["name"]) == ["V1", "V2"]
    inputs = read(folder, villages=VILLAGES.replace("一村", ""))
    assert kinds(inputs).count("nameless") == 1
    assert "names_absent" not in kinds(inputs)


def test_figures_of_nobody_ask_for_the_village(folder):
    """The remedy that fits nine files of ten comes first."""
    (folder / "people.csv").write_text("标识,人口\nV1,10\n", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load(
            Study(
                folder=folder,
                villages=Source(source="v.csv"),
                facilities=Source(source="p.csv"),
                people=studies.People(source="people.csv", kind="resident", year=2024),
            ),
            None,
        )
    assert "village_id" in raised.value.problems[0].remedy()
