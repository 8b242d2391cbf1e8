"""Cells and rows that spreadsheets leave behind: errors, formulas, unseen signs, headings."""

import zipfile

import openpyxl
import pytest
import xlsxwriter

from servicemap.intake import cells, degrees
from servicemap.intake.columns import match
from servicemap.intake.headings import aside
from servicemap.intake.sheets import read
from test_intake_sheets import ROWS, kinds, sheets_of, workbook

HEAD = ["编号", "名称", "乡镇", "开放时间", "电话", "经度", "纬度"]
ROW = ["P1", "甲站", "甲镇", "9:00-17:00", "1", 121.1, 28.1]


def columns_of(path):
    return match(read(path, "facilities"), "facilities", {})


def with_errors(path, error, place):
    """One row whose cell holds an error, as a formula leaves it."""
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("服务点")
        page.write_row(0, 0, HEAD)
        page.write_row(1, 0, ROW)
        page.write_formula(1, place, "=VLOOKUP(A2,Z1:Z9,1,0)", None, error)
        page.write_row(2, 0, ["P2", "乙站", "甲镇", "9:00-17:00", "2", 121.2, 28.2])
    return path


@pytest.mark.parametrize(
    "error", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!"]
)
@pytest.mark.parametrize("place", range(len(HEAD)))
def test_an_error_is_a_finding_and_no_value(tmp_path, error, place):
    """The reader gives blanks: hours were unknown, villages lost, without a word."""
    found = columns_of(with_errors(tmp_path / "p.xlsx", error, place))

    (one,) = [one for one in found.problems if one.kind == "cell_error"]
    assert (one.severity, one.row, one.column) == ("warning", 2, HEAD[place])
    assert one.value == error
    assert cells.is_blank(found.cells.iloc[0, found.cells.columns.get_loc(column(place))])


def column(place):
    return ("facility_id", "name", "township", "hours", "phone", "lon", "lat")[place]


def test_errors_in_text_files_are_errors_too(tmp_path):
    (tmp_path / "p.csv").write_text("编号,名称,乡镇\nP1,#N/A,甲镇\nP2,#1站,甲镇\n", "utf-8")

    found = columns_of(tmp_path / "p.csv")

    assert [(one.kind, one.row) for one in found.problems] == [("cell_error", 2)]
    assert found.strings("name") == [None, "#1站"]


def test_an_error_in_a_column_that_nobody_reads_is_none(tmp_path):
    rows = [["编号", "名称", "占比"], ["P1", "甲站", "#DIV/0!"]]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    assert "cell_error" not in {one.kind for one in found.problems}


def test_formulas_drawn_further_than_the_table_are_no_rows(tmp_path):
    path = tmp_path / "p.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("服务点")
        page.write_row(0, 0, HEAD)
        page.write_row(1, 0, ROW)
        for row in range(2, 40):
            page.write_formula(row, 1, "=VLOOKUP(A3,Z1:Z9,1,0)", None, "#N/A")
            page.write_formula(row, 5, "=VLOOKUP(A3,Z1:Z9,1,0)", None, "#N/A")

    found = columns_of(path)

    assert len(found.cells) == 1
    assert found.problems == ()


def test_a_formula_without_its_result_is_a_finding(tmp_path):
    path = tmp_path / "p.xlsx"
    book = openpyxl.Workbook()
    page = book.active
    page.append(HEAD)
    page.append(ROW)
    page["B2"], page["F2"] = '="甲"&"站"', "=121+0.1"
    book.save(path)

    found = columns_of(path)

    told = [(one.kind, one.column) for one in found.problems]
    assert told == [("formula_lost", "名称"), ("formula_lost", "经度")]
    assert found.strings("name") == [None]


@pytest.mark.parametrize("result", ["甲站", 5, 0])
def test_a_formula_with_its_result_is_its_result(tmp_path, result):
    path = tmp_path / "p.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("服务点")
        page.write_row(0, 0, HEAD)
        page.write_row(1, 0, ROW)
        page.write_formula(1, 4, "=A2", None, result)

    found = columns_of(path)

    assert found.problems == ()
    assert found.strings("phone") == [str(result) or None]


def test_a_formula_that_gives_no_text_is_a_blank(tmp_path):
    """As Excel keeps it: a text, and nothing in it."""
    first = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(first)) as book:
        page = book.add_worksheet("服务点")
        page.write_row(0, 0, HEAD)
        page.write_row(1, 0, ROW)
        page.write_formula(1, 4, "=A2", None, "")
    with zipfile.ZipFile(first) as old, zipfile.ZipFile(tmp_path / "p.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert b'<c r="E2"><f>A2</f><v></v></c>' in content
                content = content.replace(b'<c r="E2">', b'<c r="E2" t="str">')
            new.writestr(name, content)

    found = columns_of(tmp_path / "p.xlsx")

    assert found.problems == ()
    assert found.strings("phone") == [None]


UNSEEN = "\u200b", "\ufeff", "\u202a", "\u2060", "\u00ad"


@pytest.mark.parametrize("sign", UNSEEN)
def test_signs_without_width_are_no_part_of_ids_and_numbers(tmp_path, sign):
    text = f"编号,名称,窗口数,经度,纬度\n{sign}P1,甲,3{sign},{sign}121.1{sign},28{sign}.1\n"
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")

    found = columns_of(tmp_path / "p.csv")

    assert found.strings("facility_id") == ["P1"]
    assert cells.count(found.cells["windows"].iloc[0]) == 3
    assert degrees.degrees(found.cells["lon"].iloc[0]) == 121.1
    assert degrees.pair(f"{sign}121.1,{sign}28.1") == (121.1, 28.1)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (["一、青畈街道"], "section_row"),
        (["（二）银行网点"], "section_row"),
        (["三、村级站"] * 5, "section_row"),  # merged
        (["一、青畈街道", "甲镇"], None),
        (["十里村"], None),
        (["三门镇"], None),
        (["一"], None),
    ],
)
def test_headings_of_blocks_are_told_from_data(row, kind):
    assert aside(row) == kind


def test_a_sheet_that_says_the_same_is_read_once(tmp_path):
    pages = {"服务点": ROWS, "Sheet2": [["服务点"], [], *ROWS][2:], "Sheet3": [*ROWS, []]}

    sheet = read(sheets_of(tmp_path / "p.xlsx", pages), "facilities")

    assert kinds(sheet) == ["sheet_same", "sheet_same"]
    assert {one.severity for one in sheet.problems} == {"note"}
    assert len(sheet.cells) == 1


def test_headings_of_a_consultant_are_known(tmp_path):
    head = ["S/N", "Name of Service Centre", "Town/Street", "Village/Community"]
    head += ["Business Hours", "No. of Counters", "Tel. No.", "Long.", "Lat."]
    rows = [head, [1, "A", "T", "V", "Mo-Fr 09:00-17:00", 3, "1", 121.1, 28.1]]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    assert set(found.cells.columns) == {
        *("name", "township", "village", "hours", "windows", "phone", "lon", "lat")
    }


SPLIT = ["东经", None, None, "北纬", None, None]
UNITS = ["度", "分", "秒", "度", "分", "秒"]


@pytest.mark.parametrize(
    "head",
    [
        [["编号", "名称", *SPLIT], [None, None, *UNITS]],
        [["编号", "名称", "东经", "东经", "东经", "北纬", "北纬", "北纬"], [None, None, *UNITS]],
        [["编号", "名称", *(f"经度（{u}）" for u in "度分秒"), *(f"纬度{u}" for u in "度分秒")]],
        [["id", "name", *(f"lon_{u}" for u in ("deg", "min", "sec"))]
         + [f"lat {u}" for u in ("deg", "min", "sec")]],
    ],
)  # fmt: skip
def test_angles_in_three_columns_are_one(tmp_path, head):
    """Read by themselves, degrees were whole: a hundred kilometres off."""
    rows = [
        *head,
        ["P1", "甲", 121, 19, 23.04, 28, 40, 3.16],
        ["P2", "乙", 121, 30, None, 28],
    ]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    lon = [degrees.degrees(cell) for cell in found.cells["lon"]]
    lat = [degrees.degrees(cell) for cell in found.cells["lat"]]
    assert lon == pytest.approx([121 + 19 / 60 + 23.04 / 3600, 121.5])
    assert lat == pytest.approx([28 + 40 / 60 + 3.16 / 3600, 28])
    assert "degrees_joined" in kinds(found.sheet)
    assert "column_unnamed" not in kinds(found.sheet)
    assert list(found.text("facility_id")) == ["P1", "P2"]


def test_degrees_alone_are_an_angle(tmp_path):
    rows = [["编号", "名称", "经度（度）", "纬度（度）"], ["P1", "甲", 121.3, 28.6]]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    assert [cell for _, cell in found.rows("lon")] == [121.3]
    assert kinds(found.sheet) == []


@pytest.mark.parametrize("mark", ["〃", "同上", '"', "ditto"])
def test_a_ditto_mark_is_what_stands_above(tmp_path, mark):
    rows = [
        ["编号", "名称", "乡镇"],
        ["P1", "甲", "甲镇"],
        ["P2", "乙", mark],
        ["P3", "丙", mark],
    ]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    assert found.strings("township") == ["甲镇"] * 3


def test_a_header_below_a_page_of_text_is_found(tmp_path):
    text = [[f"填写说明第{number}条"] for number in range(60)]
    rows = [
        *text,
        ["编号", "名称", "层级", "乡镇"],
        ["P1", "甲", "村", "乡镇"],
        ["P2", "乙", "银行", "村"],
    ]

    sheet = read(workbook(tmp_path / "p.xlsx", rows), "facilities")

    assert sheet.header_row == 61
    assert list(sheet.cells["编号"]) == ["P1", "P2"]
