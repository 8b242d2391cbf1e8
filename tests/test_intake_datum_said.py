"""The datum that a file itself says: in headings, titles, notes, names of sheets and files."""

import numpy as np
import pandas as pd
import pytest

from servicemap import study as studies
from servicemap.intake import datum_words, load
from servicemap.intake.columns import match
from servicemap.intake.datum_rows import settle
from servicemap.intake.sheets import read
from servicemap.intake.synonyms import header_index, meaning
from servicemap.study import Source, Study
from test_intake_datum import DONE, METRE, Streets, beside, streets
from test_intake_sheets import sheets_of, workbook

assert streets  # a fixture of the other file


@pytest.mark.parametrize(
    ("heading", "column", "datum"),
    [
        ("经度(GCJ-02)", "lon", "gcj02"),
        ("经度（高德）", "lon", "gcj02"),
        ("lng_bd09", "lon", "bd09"),
        ("火星坐标经度", "lon", "gcj02"),
        ("火星坐标系纬度", "lat", "gcj02"),
        ("WGS84 lon", "lon", "wgs84"),
        ("lat_wgs84", "lat", "wgs84"),
        ("gcj02lat", "lat", "gcj02"),
        ("wgs_lng", "lon", "wgs84"),
        ("百度经纬度", "lonlat", "bd09"),
        ("百度地图坐标", "lonlat", "bd09"),
        ("高德坐标", "lonlat", "gcj02"),
        ("CGCS2000经度", "lon", "cgcs2000"),
        ("国家2000坐标系经度", "lon", "cgcs2000"),
        ("经度（2000国家大地坐标系）", "lon", "cgcs2000"),
        ("经度（西安80）", "lon", "other"),
        ("GPS经度", "lon", None),
        ("经度", "lon", None),
        ("经度（WGS84/GCJ02）", "lon", None),
        ("百度名称", None, "bd09"),
        ("BD09MC x", None, None),
        ("高德地址", None, "gcj02"),
    ],
)
def test_a_heading_says_its_column_and_its_datum(heading, column, datum):
    assert meaning(heading, header_index("facilities")) == column
    assert datum_words.of_heading(heading) == datum


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("坐标系：GCJ-02", "gcj02"),
        ("注：本表坐标采用高德地图坐标", "gcj02"),
        ("注：坐标由百度拾取", "bd09"),
        ("坐标为ＷＧＳ８４。", "wgs84"),
        ("2000国家大地坐标系", "cgcs2000"),
        ("Coordinates: WGS 84", "wgs84"),
        ("服务点(GCJ02)", "gcj02"),
        ("坐标系：西安80", "other"),
        ("由GCJ-02转换而来", None),
        ("请勿使用百度坐标", None),
        ("坐标系填WGS84或GCJ-02", None),
        ("高德地图服务点", None),
        ("百度村服务点一览表", None),
        ("2000年统计", None),
        ("GPS坐标", None),  # people call any coordinates so
    ],
)
def test_a_note_says_a_datum_only_where_it_says_one(text, datum):
    assert datum_words.of_text(text) == datum


LON, LAT = 121.5, 28.6
GCJ = DONE["gcj02"](np.array([LON]), np.array([LAT]))
ROW = ["P1", "甲站", float(GCJ[0][0]), float(GCJ[1][0])]


def settled(path, datum="auto"):
    columns = match(read(path, "facilities"), "facilities", {})
    values = [
        np.array(columns.cells[one], dtype=float)
        for one in ("lon", "lat")
        if one in columns
    ]
    names, problems = settle(columns, datum, *values, None)
    return list(names), {one.kind: one for one in problems}


HEAD = ["编号", "名称", "经度", "纬度"]


@pytest.mark.parametrize(
    ("rows", "sheet"),
    [
        ([["编号", "名称", "经度(GCJ-02)", "纬度(GCJ-02)"], ROW], "服务点"),
        ([["编号", "名称", "lng_gcj02", "lat_gcj02"], ROW], "服务点"),
        ([["服务点一览表"], ["坐标系：GCJ-02（高德）"], HEAD, ROW], "服务点"),
        ([["坐标系", "GCJ-02"], HEAD, ROW], "服务点"),
        ([HEAD, ROW, ["注：坐标为高德地图坐标"]], "服务点"),
        ([HEAD, ROW], "服务点GCJ02"),
        ([HEAD, ROW], "高德坐标"),
    ],
)
def test_what_the_file_says_counts_as_declared_with_a_note(tmp_path, rows, sheet):
    names, found = settled(workbook(tmp_path / "p.xlsx", rows, sheet=sheet))

    assert names == ["gcj02"]
    assert found.keys() == {"datum_said"}
    assert found["datum_said"].severity == "note"
    assert "GCJ-02" in found["datum_said"].line("zh")


def test_the_name_of_a_file_may_say_it(tmp_path):
    (tmp_path / "points_gcj02.csv").write_text(
        "编号,名称,经度,纬度\nP1,甲,121,28\n", encoding="utf-8"
    )

    assert settled(tmp_path / "points_gcj02.csv")[0] == ["gcj02"]


def test_the_study_goes_before_the_file_and_the_difference_is_told(tmp_path):
    path = workbook(tmp_path / "p.xlsx", [["坐标系：GCJ-02"], HEAD, ROW])

    names, found = settled(path, "wgs84")

    assert names == ["wgs84"]
    assert found["datum_said_otherwise"].severity == "warning"
    assert settled(path, "gcj02") == (["gcj02"], {})


def test_cgcs2000_does_not_contradict_wgs84(tmp_path):
    path = workbook(tmp_path / "p.xlsx", [["坐标系：CGCS2000"], HEAD, ROW])

    assert settled(path, "wgs84") == (["wgs84"], {})


@pytest.mark.parametrize(
    "rows",
    [
        [["坐标系：GCJ-02"], HEAD, ROW, ["注：坐标为WGS84"]],
        [[*HEAD[:2], "经度(GCJ-02)", "纬度(WGS84)"], ROW],
    ],
)
def test_a_file_that_says_two_things_says_none(tmp_path, rows):
    names, found = settled(workbook(tmp_path / "p.xlsx", rows))

    assert names == ["wgs84"]
    assert found["datum_said_twice"].severity == "warning"
    assert "datum_assumed" in found


def test_headings_go_before_notes(tmp_path):
    rows = [["坐标系：WGS84"], [*HEAD[:2], "经度(GCJ-02)", "纬度(GCJ-02)"], ROW]

    assert settled(workbook(tmp_path / "p.xlsx", rows))[0] == ["gcj02"]


def test_a_datum_that_is_not_converted_is_told(tmp_path):
    names, found = settled(workbook(tmp_path / "p.xlsx", [["坐标系：西安80"], HEAD, ROW]))

    assert names == ["wgs84"]
    assert found["datum_old"].severity == "warning"


def test_sheets_of_one_workbook_may_differ(tmp_path):
    other = ["P2", *ROW[1:]]
    pages = {"甲镇（GCJ-02）": [HEAD, ROW], "乙镇（WGS84）": [HEAD, other]}

    names, _ = settled(sheets_of(tmp_path / "p.xlsx", pages))

    assert names == ["gcj02", "wgs84"]


def test_a_row_that_names_its_own_datum_goes_before_the_title(tmp_path):
    rows = [
        ["坐标系：GCJ-02"],
        [*HEAD, "坐标系"],
        [*ROW, "百度"],
        ["P2", "乙站", LON, LAT, None],
    ]

    names, _ = settled(workbook(tmp_path / "p.xlsx", rows))

    assert names == ["bd09", "gcj02"]


@pytest.mark.parametrize(
    ("heads", "taken"),
    [
        (["lng_bd09", "lat_bd09", "lon_wgs84", "lat_wgs84"], ("lon_wgs84", "lat_wgs84")),
        (["lon_wgs84", "lat_wgs84", "lng_bd09", "lat_bd09"], ("lon_wgs84", "lat_wgs84")),
        (["百度经度", "百度纬度", "经度", "纬度"], ("经度", "纬度")),
        (["lon_gcj02", "latitude", "lng", "lat_gcj02"], ("lng", "latitude")),
        (
            ["经度（百度）", "纬度（高德）"],
            ("经度（百度）", "纬度（高德）"),
        ),  # nothing else is there
    ],
)
def test_longitude_and_latitude_are_of_one_pair(tmp_path, heads, taken):
    text = ",".join(["编号", "名称", *heads]) + "\nP1,甲" + ",1" * len(heads) + "\n"
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")

    columns = match(read(tmp_path / "p.csv", "facilities"), "facilities", {})

    assert (columns.headers["lon"], columns.headers["lat"]) == taken


def of_study(folder, streets, said, shift):
    lon, lat = beside(streets, 40, 5, 12)
    moved = DONE[shift](lon, lat)
    frame = pd.DataFrame(
        {"编号": [f"P{k}" for k in range(40)], "名称": "站", "层级": "村"}
        | {f"经度（{said}）": moved[0], f"纬度（{said}）": moved[1]}
    )
    frame.to_csv(folder / "p.csv", index=False)
    (folder / "v.csv").write_text(
        "编号,村名,乡镇,经度,纬度\nV1,一村,甲镇,114.3,30.55\n", "utf-8"
    )
    given = load(
        Study(
            folder=folder,
            villages=Source(source="v.csv", datum="wgs84"),
            facilities=Source(source="p.csv", datum="auto"),
            people=studies.People(spread="point"),
        ),
        Streets(*streets[:2]),
    )
    points = given.facilities.set_index("facility_id").loc[frame["编号"]]
    away = np.hypot(points["lon"] - lon, points["lat"] - lat).to_numpy() / METRE
    return away, {one.kind for one in given.problems if one.source == "p.csv"}


def test_what_is_said_rightly_is_converted_without_a_doubt(tmp_path, streets):
    away, found = of_study(tmp_path, streets, "百度", "bd09")

    assert away.max() < 0.1
    assert found >= {"datum_said", "datum_converted"}
    assert not found & {"datum_doubted", "datum_judged", "datum_assumed"}


def test_what_is_said_wrongly_is_doubted_as_a_declared_datum_is(tmp_path, streets):
    away, found = of_study(tmp_path, streets, "WGS84", "gcj02")

    assert away.min() > 300
    assert found >= {"datum_said", "datum_doubted"}
    assert "datum_converted" not in found
