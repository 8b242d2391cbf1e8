"""What printed tables and old lists look like: read right, or a finding says what to fix."""

import pandas as pd
import pytest

from servicemap.intake import cells, keys, load
from servicemap.intake.columns import match
from servicemap.intake.headings import aside, is_numbering
from servicemap.intake.map_evidence import of_extract
from servicemap.intake.readings import read as read_coordinates
from servicemap.intake.sheets import read
from servicemap.study import People, Source, Study

VILLAGES = """代码,名称,乡镇,经度,纬度
101,东村,甲镇,9.01,47.05
102,西村,甲镇,9.03,47.05
103,东村,乙乡,9.05,47.05
"""


def sheet_of(folder, text, table="villages"):
    (folder / "t.csv").write_text(text, encoding="utf-8")
    return read(folder / "t.csv", table)


def kinds(found):
    return [one.kind for one in found.problems]


def inputs(folder, people, points="P1,甲站,村,甲镇,东村,9.01,47.05\n", villages=VILLAGES):
    head = "编号,名称,层级,乡镇,村,经度,纬度\n"
    for name, text in (("v", villages), ("p", head + points), ("n", people)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    asked = Study(
        folder,
        facilities=Source("p.csv", datum="wgs84"),
        villages=Source("v.csv", datum="wgs84"),
        people=People("n.csv", kind="resident"),
    )
    return load(asked, None)


def test_a_row_that_numbers_the_columns_is_not_read(tmp_path):
    text = "代码,名称,乡镇,经度,纬度\n甲,乙,丙,1,2\n101,东村,甲镇,9,47\n"

    sheet = sheet_of(tmp_path, text)

    assert kinds(sheet) == ["numbering_row"]
    assert len(sheet.cells) == 1


@pytest.mark.parametrize(
    ("row", "is_so"),
    [
        (["甲", "乙", 1, 2], True),
        (["(1)", "(2)", "(3)"], True),
        ([1, 2, 3], True),
        (["1", "2", "4"], False),
        (["甲村", "乙", 1, 2], False),
        ([1, "东村", "甲镇"], False),
        (["乙", "甲", 1, 2], False),
    ],
)
def test_numbering_is_told_from_data(row, is_so):
    assert is_numbering(row) is is_so


def test_a_header_that_printed_pages_repeat_is_not_read(tmp_path):
    head = "代码,名称,乡镇,经度,纬度\n"
    text = f"{head}101,东村,甲镇,9,47\n{head}102,西村,甲镇,9,47\n"

    sheet = sheet_of(tmp_path, text)

    assert kinds(sheet) == ["header_again"]
    assert sheet.cells["代码"].tolist() == ["101", "102"]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (["单位负责人：", "填表人：", "联系电话："], "note_row"),
        (["单位负责人：张三", "填表人：李四"], "note_row"),
        (["填表人：", "李四", "填报日期：", "2025-06-30"], "note_row"),
        (["2.坐标为WGS84。"], "note_row"),
        (["（3）以上数据截至年底"], "note_row"),
        (["1.李村", "甲镇"], None),
        (["备用站：东门", "甲镇"], None),
        (["101", "东村"], None),
        (["东村"], None),
    ],
)
def test_signatures_and_numbered_notes_are_told_from_data(row, kind):
    assert aside(row) == kind


def test_what_stands_in_brackets_may_explain_a_word():
    assert cells.word("拟建（2026年）", "status") == "planned"
    assert cells.word("村（社区）便民服务站", "tier") == "village"
    assert cells.word("正常（无）", "flag") is None


def test_names_may_begin_with_the_township_or_bear_the_former_one():
    places = {"101": "东村", "102": "甲镇西村", "103": "东村"}
    parents = {"101": "T1", "102": "T1", "103": "T2"}
    found = keys.Register(
        places, keys.VILLAGE_SUFFIXES, parents, {"T1": "甲镇", "T2": "乙乡"}
    )

    assert found.find(None, "甲镇东村") == ("101", None)
    assert found.find(None, "乙乡东村村委会", "T2") == ("103", None)
    assert found.find(None, "西村", "T1") == ("102", None)
    assert found.find(None, "西村（原南村）", "T1") == ("102", None)
    assert found.find(None, "东村（北）", "T1") == (None, "unknown")
    assert found.find(None, "甲镇东村", "T2") == (None, "unknown")
    assert found.find(None, "东村") == (None, "ambiguous")


def test_rows_below_the_name_of_a_township_are_its_villages(tmp_path):
    people = "村,常住人口\n甲镇,96\n东村,32\n西村,64\n乙乡,128\n东村,128\n"

    found = inputs(tmp_path, people)

    table = found.people[found.people["group"] == "people"]
    assert dict(zip(table["village_id"], table["count"], strict=True)) == {
        "101": 32,
        "102": 64,
        "103": 128,
    }
    assert "people_headings" in kinds(found)


def test_more_elderly_than_people_is_a_finding(tmp_path):
    found = inputs(tmp_path, "村代码,常住人口,老年人\n101,32,33\n102,64,64\n")

    (one,) = [one for one in found.problems if one.kind == "people_group_more"]
    assert (one.row, one.severity) == (2, "warning")


def test_a_code_with_a_digit_too_few_is_a_finding(tmp_path):
    codes = [f"9901011{number:05d}" for number in range(30)]
    codes[7] = codes[7][:-1]
    rows = "".join(f"{one},村{k},甲镇\n" for k, one in enumerate(codes))
    columns = match(sheet_of(tmp_path, "代码,名称,乡镇\n" + rows), "villages", {})

    _, keep, problems = keys.ids(columns, "village_id")

    assert [(one.kind, one.row) for one in problems] == [("code_odd_length", 9)]
    assert keep.all()


@pytest.mark.parametrize("count", [5, 30])
def test_running_numbers_may_grow(tmp_path, count):
    rows = "".join(f"{k},村{k},甲镇\n" for k in range(1, count))
    columns = match(sheet_of(tmp_path, "编号,名称,乡镇\n" + rows), "villages", {})

    assert keys.ids(columns, "village_id")[2] == []


def coordinates(folder, pairs, bounds=(8.0, 46.0, 10.0, 48.0)):
    rows = "".join(f"{k},村{k},{x},{y}\n" for k, (x, y) in enumerate(pairs))
    columns = match(sheet_of(folder, "编号,名称,经度,纬度\n" + rows), "villages", {})
    return read_coordinates(columns, "auto", bounds, None)


@pytest.mark.parametrize(
    "pair", [(9123456, 47123456), (9123456, 47.123456), (9.123456, 47123456)]
)
def test_a_lost_decimal_point_is_told_with_what_it_may_be(tmp_path, pair):
    found = coordinates(tmp_path, [(9.123456, 47.123456), pair])

    (one,) = found.problems
    assert (one.kind, one.row) == ("decimal_point_lost", 3)
    assert "9.123456" in one.line("zh")
    assert "47.12346" in one.line("zh")
    assert pd.isna(found.lon[1])


def test_rows_with_two_decimals_among_finer_ones_are_told(tmp_path):
    fine = [(9.123456 + k / 100, 47.123456) for k in range(5)]

    found = coordinates(tmp_path, [*fine, (9.12, 47.12)])

    assert [(one.kind, one.row) for one in found.problems] == [("coordinates_coarse", 7)]


def test_a_long_list_of_coarse_coordinates_is_one_finding(tmp_path):
    found = coordinates(tmp_path, [(9.12, 47.12)] * 25)

    assert [(one.kind, one.row) for one in found.problems] == [("coordinates_coarse", None)]


def test_no_map_is_no_evidence():
    assert of_extract(None).to_roads is None


def test_long_files_say_what_is_being_done(tmp_path):
    rows = "".join(f"V{k},村{k},甲镇,9.{k:05d},47.05\n" for k in range(10_000))
    villages = "代码,名称,乡镇,经度,纬度\n" + rows
    (tmp_path / "v.csv").write_text(villages, encoding="utf-8")
    (tmp_path / "p.csv").write_text(
        "编号,名称,层级,经度,纬度\nP1,甲,村,9.01,47.05\n", encoding="utf-8"
    )
    asked = Study(
        tmp_path,
        facilities=Source("p.csv", datum="wgs84"),
        villages=Source("v.csv", datum="wgs84"),
    )
    heard = []

    load(asked, None, lambda stage, **values: heard.append((stage, values)))

    assert heard == [("rows_read", {"name": "v.csv", "rows": "10,000"})]
