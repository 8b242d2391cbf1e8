"""Headings of two rows, several years of one column, parts of a number, ten thousands."""

import pytest

from servicemap.intake import cells, double_headings, load
from servicemap.intake.columns import match
from servicemap.intake.sheets import read
from servicemap.intake.synonyms import header_index, meaning
from servicemap.study import People, Source, Study
from test_intake_sheets import kinds, workbook

KNOWN = set(header_index("people"))
PLACE = ["村代码", "村名", "乡镇"]


def names(upper, lower, row=("101", "东村", "甲镇", 1, 2, 3), above=()):
    at, found, first = double_headings.find([*above, upper, lower, list(row)], KNOWN)
    return (at, first), found


@pytest.mark.parametrize(
    ("upper", "lower", "meant"),
    [
        (
            [*PLACE, "常住人口", None, None],
            [None, None, None, "2023年", "2024年", "2025年"],
            ["2023年常住人口", "2024年常住人口", "2025年常住人口"],
        ),
        (
            [*PLACE, "常住人口", None, None],
            [None, None, None, 2023, 2024, 2025],
            ["2023年常住人口", "2024年常住人口", "2025年常住人口"],
        ),
        (
            [*PLACE, "常住人口", "常住人口", "常住人口"],  # merged
            [*PLACE, "男", "女", "合计"],
            ["常住人口（男）", "常住人口（女）", "常住人口"],
        ),
        (
            [*PLACE, "2024年", "2024年", "2025年"],
            [None, None, None, "常住人口", "老年人", "常住人口"],
            ["2024年常住人口", "老年人", "2025年常住人口"],
        ),
        (
            [*PLACE, "人口情况", None, None],
            [None, None, None, "常住人口", "户籍人口", "老年人"],
            ["常住人口", "户籍人口", "老年人"],
        ),
    ],
)
def test_two_rows_are_one_header(upper, lower, meant):
    where, found = names(upper, lower)

    assert where == (0, 2)
    assert found == [*PLACE, *meant]


def test_the_second_row_may_know_more_headings_than_the_first():
    upper = ["村代码", "村名", "人口", None, None, None]
    lower = [None, None, "常住人口", "户籍人口", "老年人", "残疾人"]

    where, found = names(upper, lower, ("101", "东村", 1, 2, 3, 4))

    assert where == (0, 2)
    assert found == ["村代码", "村名", *lower[2:]]


@pytest.mark.parametrize(
    ("title", "row"),
    [
        (["村名", *["村名"] * 5], [*PLACE, "常住人口", "户籍人口", "老年人"]),
        (["人口一览表", *[None] * 5], [*PLACE, "常住人口", "户籍人口", None]),
        (
            ["单位：人", None, None, "2024年", None, None],
            [*PLACE, "常住人口", "户籍人口", "老年人"],
        ),
    ],
)
def test_a_title_is_no_first_row_of_a_header(title, row):
    data = ["101", "东村", "甲镇", 1, 2, 3]

    at, found, first = double_headings.find([title, row, data], KNOWN)

    assert (at, first, found) == (1, 2, row)


@pytest.mark.parametrize(
    "row", [["101", "东村", "甲镇", 2024, 5, 6], ["101", "东村", "甲镇", "2024", "5", "6"]]
)
def test_a_first_row_of_data_is_no_second_row_of_a_header(row):
    head = [*PLACE, "年份", "常住人口", "户籍人口"]

    assert double_headings.find([head, row], KNOWN) == (0, head, 1)


def test_a_date_below_a_heading_is_no_year_of_it():
    known = set(header_index("holidays"))
    rows = [["日期", "类型"], ["2050-01-03", "放假"]]

    assert double_headings.find(rows, known) == (0, rows[0], 1)


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("常住人口（男）", None),
        ("常住人口(female)", None),
        ("户籍人口（农业）", None),
        ("人口（60岁以上）", None),
        ("常住人口（不含流动）", None),
        ("常住人口（人）", "resident"),
        ("常住人口（含流动）", "resident"),
        ("60岁以上人口（含60岁）", "elderly"),
        ("2024年常住人口（人）", "resident"),
        ("2024年常住人口（女）", None),
    ],
)
def test_a_part_of_the_people_is_not_all_of_them(heading, column):
    assert meaning(heading, header_index("people")) == column


def test_brackets_of_other_headings_are_still_hints():
    assert meaning("窗口数（综合窗口）", header_index("facilities")) == "windows"
    assert meaning("地址（农村）", header_index("facilities")) == "address"


def test_a_part_alone_is_told_and_not_taken(tmp_path):
    rows = [["村名", "常住人口（男）", "常住人口（女）", "老年人"], ["东村", 5, 6, 1]]

    found = match(read(workbook(tmp_path / "n.xlsx", rows), "people"), "people", {})

    assert set(found.cells.columns) == {"village", "elderly"}
    assert [(one.kind, one.severity, one.column) for one in found.problems] == [
        ("column_part", "warning", "常住人口（男）"),
        ("column_part", "warning", "常住人口（女）"),
    ]


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("常住人口（万人）", 10_000),
        ("人口/万人", 10_000),
        ("常住人口", 1),
        ("万年村人口", 1),
        ("户籍人口（人）", 1),
    ],
)
def test_headings_may_count_in_ten_thousands(heading, unit):
    assert cells.scale(heading) == unit


@pytest.mark.parametrize(
    ("cell", "unit", "count"),
    [
        (0.9756, 10_000, 9_756),
        ("1.2", 10_000, 12_000),
        (3, 10_000, 30_000),
        (0.97564, 10_000, None),  # no whole people
        ("0.0282万", 1, 282),
        ("1.2万人", 1, 12_000),
        ("1.2万人", 10_000, 12_000),
        ("约1.2万", 1, None),
        (12, 1, 12),
    ],
)
def test_ten_thousands_are_counted_to_the_person(cell, unit, count):
    assert cells.count(cell, unit) == count


def people(folder, text, **more):
    (folder / "v.csv").write_text(
        "代码,名称,乡镇,经度,纬度\n101,东村,甲镇,9,47\n102,西村,甲镇,9.1,47.1\n", "utf-8"
    )
    (folder / "p.csv").write_text(
        "编号,名称,层级,经度,纬度\nP1,甲站,村,9,47\n", encoding="utf-8"
    )
    (folder / "n.csv").write_text(text, encoding="utf-8")
    asked = Study(
        folder,
        facilities=Source("p.csv", datum="wgs84"),
        villages=Source("v.csv", datum="wgs84"),
        people=People("n.csv", kind="resident", **more),
    )
    return load(asked, None)


YEARS = "村代码,2023年常住人口,2024年常住人口,常住人口（2022年）,老年人\n101,128,256,64,1\n102,8,16,4,2\n"


@pytest.mark.parametrize(
    ("year", "total"), [(2022, 68), (2023, 136), (2024, 272), (None, 272)]
)
def test_the_year_that_is_asked_for_counts_of_several_columns(tmp_path, year, total):
    """The first of the file was taken, and with another year nobody was counted."""
    found = people(tmp_path, YEARS, year=year)

    assert found.demand["people"].sum() == total
    table = found.people[found.people["group"] == "people"]
    assert set(table["year"]) == {2022, 2023, 2024}  # all are listed
    assert "people_year_absent" not in kinds(found)


def test_a_year_that_is_not_there_is_told(tmp_path):
    found = people(tmp_path, "村代码,年份,常住人口\n101,2023,128\n102,2023,8\n", year=2025)

    assert found.demand["people"].sum() == 136
    (one,) = [one for one in found.problems if one.kind == "people_year_absent"]
    assert (one.severity, one.values["groups"]) == ("warning", "people")


def test_a_group_of_the_year_does_not_hide_people_of_another(tmp_path):
    found = people(
        tmp_path, "村代码,2023年常住人口,老年人\n101,128,32\n102,8,2\n", year=2025
    )

    assert found.demand["people"].sum() == 136
    assert "people_year_absent" in kinds(found)


def test_a_second_heading_of_the_same_meaning_is_told(tmp_path):
    """Also where it has the same words, or says the same only without its brackets."""
    rows = [
        ["编号", "名称", "电话", "电话", "地址", "地址（门牌）"],
        ["P1", "甲站", "1", "2", "a", "b"],
    ]

    found = match(read(workbook(tmp_path / "p.xlsx", rows), "facilities"), "facilities", {})

    assert list(found.text("phone")) == ["1"]
    told = [one for one in found.problems if one.kind == "column_twice"]
    assert [(one.severity, one.column) for one in told] == [
        ("note", "电话 (2)"),
        ("note", "地址（门牌）"),
    ]
