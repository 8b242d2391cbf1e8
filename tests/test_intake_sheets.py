"""Files as offices have them: encodings, delimiters, titles, totals, merged cells."""

import datetime as dt
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from servicemap.errors import InputError
from servicemap.intake import cells, keys, text_files
from servicemap.intake import pages as pages_of
from servicemap.intake.columns import match
from servicemap.intake.sheets import read
from servicemap.intake.synonyms import header_index, headers, plain

ROWS = [["编号", "名称", "经度", "纬度"], ["P1", "甲站", "121.1", "28.1"]]


def kinds(sheet):
    return [problem.kind for problem in sheet.problems]


def workbook(path, rows, merges=(), sheet="服务点", hidden=()):
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell is not None:
                    page.write(number, place, cell)
        for merge in merges:
            page.merge_range(*merge)
        for name in hidden:
            other = book.add_worksheet(name)
            other.write(0, 0, "x")
            other.hide()
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";", "，"])
def test_every_usual_encoding_and_delimiter_gives_the_same_table(tmp_path, encoding, mark):
    text = "\r\n".join(mark.join(row) for row in ROWS)
    (tmp_path / "points.csv").write_bytes(text.encode(encoding))

    sheet = read(tmp_path / "points.csv", "facilities")

    assert list(sheet.cells.columns) == ROWS[0]
    assert sheet.cells.to_numpy().tolist() == [ROWS[1]]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.lists(
            st.text("甲乙丙村站abc123 -_'", min_size=1, max_size=8), min_size=2, max_size=2
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["utf-8", "gb18030"]),
)
def test_any_cells_come_back_as_they_were(tmp_path_factory, rows, encoding):
    import csv

    rows = [["编号", "名称"], *[[f"x{a}", f"y{b}"] for a, b in rows]]
    path = tmp_path_factory.mktemp("any") / "points.csv"
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows(rows)

    sheet = read(path, "facilities")

    assert sheet.cells.to_numpy().tolist() == rows[1:]


def test_the_header_is_found_below_title_rows_and_shown(tmp_path):
    rows = [["示范市服务点一览表"], ["单位：个", None, None, "2024年"], *ROWS]

    sheet = read(workbook(tmp_path / "points.xlsx", rows), "facilities")

    assert sheet.header_row == 3
    assert kinds(sheet) == ["header_found"]
    assert "编号, 名称" in sheet.problems[0].message("zh")
    assert list(sheet.cells.index) == [4]


def test_totals_and_notes_are_no_rows_and_are_told(tmp_path):
    rows = [
        *ROWS,
        ["甲镇小计", None, None, None],
        ["P2", "注册窗口", "121.2", "28.2"],
        [None, "合 计", 2, None],
        ["注：坐标由各乡镇填报。", None, None, None],
        ["填表人：张三", None, None, None],
    ]

    sheet = read(workbook(tmp_path / "points.xlsx", rows), "facilities")

    assert list(sheet.cells["编号"]) == ["P1", "P2"]
    assert kinds(sheet) == ["total_row", "total_row", "note_row", "note_row"]


def test_a_township_merged_over_its_villages_stands_in_all_their_rows(tmp_path):
    rows = [["乡镇", "村名"], [None, "一村"], [None, "二村"], ["乙镇", "三村"]]

    sheet = read(workbook(tmp_path / "v.xlsx", rows, [(1, 0, 2, 0, "甲镇")]), "villages")

    assert list(sheet.cells["乡镇"]) == ["甲镇", "甲镇", "乙镇"]


def test_a_header_of_two_rows_is_read_as_one(tmp_path):
    rows = [
        ["编号", "名称", None, None],
        [None, None, "经度", "纬度"],
        ["P1", "甲站", 121.1, 28.1],
    ]
    path = workbook(tmp_path / "p.xlsx", rows, [(0, 2, 0, 3, "坐标")])

    sheet = read(path, "facilities")

    assert list(sheet.cells.columns) == ["编号", "名称", "经度", "纬度"]
    assert list(sheet.cells.index) == [3]


def test_blank_rows_do_not_shift_row_numbers(tmp_path):
    rows = [ROWS[0], [None] * 4, ROWS[1]]

    sheet = read(workbook(tmp_path / "p.xlsx", rows), "facilities")

    assert list(sheet.cells.index) == [3]


def test_codes_written_as_numbers_are_whole_text(tmp_path):
    rows = [["村代码", "村名"], [330382101201, "一村"]]

    columns = match(read(workbook(tmp_path / "v.xlsx", rows), "villages"), "villages", {})

    assert list(columns.text("village_id")) == ["330382101201"]


def test_the_sheet_with_the_table_is_chosen_and_hidden_ones_are_told(tmp_path):
    path = tmp_path / "p.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("说明").write(0, 0, "请填写")
        page = book.add_worksheet("服务点")
        for number, row in enumerate(ROWS):
            page.write_row(number, 0, row)
        book.add_worksheet("旧").hide()

    sheet = read(path, "facilities")

    assert sheet.sheet == "服务点"
    assert kinds(sheet) == ["hidden_sheet"]


def sheets_of(path, pages):
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in pages.items():
            page = book.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    return path


@pytest.mark.parametrize(
    ("sheet", "meant"),
    [
        ("3.帆湖镇", "帆湖镇"),
        ("12、月港乡", "月港乡"),
        ("（二）露埭乡", "露埭乡"),
        ("三、桐潭街道", "桐潭街道"),
        ("01 槐谷镇", "槐谷镇"),
        ("三门镇", "三门镇"),
        ("十八里铺镇", "十八里铺镇"),
        ("105团镇", "105团镇"),
    ],
)
def test_the_number_of_a_sheet_is_no_part_of_its_township(sheet, meant):
    assert pages_of.township(sheet) == meant


def test_ids_in_full_width_are_those_in_half_width(tmp_path):
    (tmp_path / "p.csv").write_text(
        "编号,名称,村代码\nＰ１,甲站,３３０１\nP1,乙站,3301\n", encoding="utf-8"
    )
    columns = match(read(tmp_path / "p.csv", "facilities"), "facilities", {})

    given, keep, problems = keys.ids(columns, "facility_id")

    assert given.tolist() == ["P1", "P1"]
    assert keep.tolist() == [True, False]
    assert [(one.kind, one.row) for one in problems] == [("id_repeated", 3)]
    assert columns.strings("village_id") == ["3301", "3301"]


def test_one_sheet_per_township_is_one_table_that_knows_its_townships(tmp_path):
    other = ["P2", "乙站", "121.2", "28.2"]
    pages = {
        "甲镇": ROWS,
        "乙街道": [["乙街道服务点"], ROWS[0], other],
        "说明": [["请填写"]],
    }
    path = sheets_of(tmp_path / "p.xlsx", pages)

    sheet = read(path, "facilities")
    columns = match(sheet, "facilities", {})

    assert list(columns.text("facility_id")) == ["P1", "P2"]
    assert list(columns.text("township")) == ["甲镇", "乙街道"]
    assert "sheets_joined" in kinds(sheet)
    assert [sheet.place(row) for row in sheet.cells.index] == [("甲镇", 2), ("乙街道", 3)]
    found = columns.problem("nameless", "warning", int(sheet.cells.index[1]), "name")
    assert (found.sheet, found.row, found.value) == ("乙街道", 3, "乙站")
    assert read(path, "facilities", sheet="乙街道").sheet == "乙街道"
    with pytest.raises(InputError):
        read(path, "facilities", sheet="丙镇")


def test_sheets_whose_headers_differ_in_spaces_only_are_one_table(tmp_path):
    head = ["编 号", "名称", "经度\n", "纬度（）"]
    pages = {"甲镇": ROWS, "乙镇": [head, ["P2", "乙站", "121.2", "28.2"]]}

    columns = match(
        read(sheets_of(tmp_path / "p.xlsx", pages), "facilities"), "facilities", {}
    )

    assert list(columns.text("facility_id")) == ["P1", "P2"]
    assert list(columns.text("lon")) == ["121.1", "121.2"]
    assert list(columns.text("lat")) == ["28.1", "28.2"]


@pytest.mark.parametrize("name", ["2023年", "甲镇 备份", "甲镇(旧)"])
def test_a_sheet_that_repeats_another_is_not_joined_and_not_dropped_silently(
    tmp_path, name
):
    path = sheets_of(tmp_path / "p.xlsx", {"甲镇": ROWS, name: ROWS})

    sheet = read(path, "facilities")

    assert kinds(sheet) == ["sheet_not_read"]
    assert len(sheet.cells) == 1


def test_a_sheet_of_settings_maps_columns_by_hand_and_the_study_wins(tmp_path):
    pages = {
        "数据": [["甲", "乙", "丙"], ["P1", "一站", "二站"]],
        "设置": [["列", "文件中的表头"], ["编号", "甲"], ["name", "乙"], ["颜色", "红"]],
    }
    path = sheets_of(tmp_path / "p.xlsx", pages)

    columns = match(read(path, "facilities"), "facilities", {})

    assert list(columns.text("facility_id")) == ["P1"]
    assert list(columns.text("name")) == ["一站"]
    assert [(one.kind, one.value) for one in columns.sheet.problems] == [
        ("setting_unknown", "颜色")
    ]
    by_study = match(read(path, "facilities"), "facilities", {"name": "丙"})
    assert list(by_study.text("name")) == ["二站"]


def test_hidden_rows_are_read_and_told(tmp_path):
    path = tmp_path / "p.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("服务点")
        for number, row in enumerate([ROWS[0], ROWS[1], ["P2", "乙站", "121.2", "28.2"]]):
            page.write_row(number, 0, row)
        page.set_row(2, None, None, {"hidden": True})

    sheet = read(path, "facilities")

    assert len(sheet.cells) == 2
    (found,) = sheet.problems
    assert (found.kind, found.sheet, found.values["rows"]) == ("hidden_rows", "服务点", "3")


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        (2024, 2024),
        ("2024年", 2024),
        ("2024年底", 2024),
        (45_292, 2024),
        (dt.date(2024, 1, 1), 2024),
        ("去年", None),
        (None, None),
        (12, None),
    ],
)
def test_a_year_is_read_from_dates_and_their_serial_numbers(cell, year):
    assert cells.year(cell) == year


def test_codes_that_became_dates_or_lost_digits_are_findings(tmp_path):
    path = tmp_path / "p.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("服务点")
        page.write_row(0, 0, ["编号", "名称", "村代码"])
        page.write_datetime(1, 0, dt.date(2024, 1, 2), book.add_format({"num_format": 14}))
        page.write_row(1, 1, ["甲", "3.30382E+11"])

    columns = match(read(path, "facilities"), "facilities", {})

    assert [(one.kind, one.column) for one in columns.problems] == [
        ("code_became_date", "编号"),
        ("code_lost_digits", "村代码"),
    ]


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_workbook_with_entities_is_refused(tmp_path, part):
    good = workbook(tmp_path / "good.xlsx", ROWS)
    bad = tmp_path / "bad.xlsx"
    bomb = b'<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n'
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == part:
                content = bomb + content.split(b"?>", 1)[1]
            new.writestr(name, content)

    with pytest.raises(InputError) as caught:
        read(bad, "facilities")

    assert [one.kind for one in caught.value.problems] == ["xml_entities"]


@pytest.mark.parametrize("lock", ["~$points.xlsx", ".~lock.points.xlsx#"])
def test_a_lock_file_beside_a_workbook_is_told(tmp_path, lock):
    path = workbook(tmp_path / "points.xlsx", ROWS)
    (tmp_path / lock).write_text("")

    assert kinds(read(path, "facilities")) == ["file_open"]


def test_text_named_xls_is_read_as_text(tmp_path):
    path = tmp_path / "points.xls"
    path.write_bytes("\n".join("\t".join(row) for row in ROWS).encode("gb18030"))

    sheet = read(path, "facilities")

    assert kinds(sheet) == ["text_as_xls"]
    assert list(sheet.cells["名称"]) == ["甲站"]


@pytest.mark.parametrize(
    ("written", "column"),
    [
        ("经度（°）", "lon"),
        (" 经 度 ", "lon"),
        ("Longitude", "lon"),
        ("ＬＯＮ", "lon"),
        ("facility_id", "facility_id"),
        ("Opening Hours", "hours"),
        ("政务服务2.0", "one_stop"),
        ("所属乡镇（街道）", "township"),
        ("联系电话(区号)", "phone"),
    ],
)
def test_headers_match_whatever_their_width_case_spaces_and_units(
    tmp_path, written, column
):
    (tmp_path / "p.csv").write_text(f"编号,名称,{written}\nP1,甲,1\n", encoding="utf-8")

    columns = match(read(tmp_path / "p.csv", "facilities"), "facilities", {})

    assert columns.headers[column] == written.strip()


def test_a_near_header_is_proposed_and_not_taken(tmp_path):
    (tmp_path / "p.csv").write_text(
        "id,name,longitud,latitude\n1,a,9,47\n", encoding="utf-8"
    )

    columns = match(read(tmp_path / "p.csv", "facilities"), "facilities", {})

    assert "lon" not in columns
    (proposed,) = [one for one in columns.problems if one.kind == "column_proposed"]
    assert proposed.remedy() == 'If so: columns = { lon = "longitud" }.'


def test_a_column_mapped_by_hand_wins(tmp_path):
    (tmp_path / "p.csv").write_text("id,name,title\n1,a,b\n", encoding="utf-8")

    columns = match(read(tmp_path / "p.csv", "facilities"), "facilities", {"name": "Title"})

    assert list(columns.text("name")) == ["b"]


@pytest.mark.parametrize("table", ["facilities", "villages", "townships", "people"])
def test_no_synonym_means_two_columns_of_one_table(table):
    seen = {}
    for column, words in headers(table).items():
        for name in {plain(one) for one in (column, *words["en"], *words["zh"])}:
            assert seen.setdefault(name, column) == column, name
    assert header_index(table) == seen


def test_an_apostrophe_that_guards_a_formula_is_taken_off_again(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(
        "编号,名称,电话\nP1,'=1+1,'+376 123\nP2,'s-Gravenhage,1\n", encoding="utf-8"
    )

    rows = text_files.read(path, "p.csv")

    assert rows[1:] == [["P1", "=1+1", "+376 123"], ["P2", "'s-Gravenhage", "1"]]


@pytest.mark.parametrize(
    "name",
    ["<img onerror=alert(1)>", "${alert(1)}", "=cmd|' /C calc'!A0", "\u202e站", "../../x"],
)
def test_hostile_names_are_carried_as_text(tmp_path, name):
    path = workbook(tmp_path / "p.xlsx", [ROWS[0]])
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ROWS[0])
        page.write_string(1, 0, "P1")
        page.write_string(1, 1, name)

    columns = match(read(path, "facilities"), "facilities", {})

    assert list(columns.text("name")) == [name]


def test_a_zip_with_too_many_parts_is_refused(tmp_path):
    path = tmp_path / "p.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(10_001):
            archive.writestr(str(number), "")

    with pytest.raises(InputError) as caught:
        read(path, "facilities")

    assert caught.value.problems[0].kind == "zip_bomb"


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2025-03-01", "2025-03-01"),
        ("2025/3/1", "2025-03-01"),
        ("2025.3.1", "2025-03-01"),
        ("2025 年 3 月 1 日", "2025-03-01"),
        ("20250301", "2025-03-01"),
        (20250301, "2025-03-01"),
        (45717, "2025-03-01"),
        ("2025-03-01T08:30:00", "2025-03-01"),
        ("2025-03-01 08:30", "2025-03-01"),
        (dt.datetime(2025, 3, 1, 8, 30, tzinfo=dt.UTC), "2025-03-01"),
        ("2025-02-30", None),
        ("2025-13-01", None),
        ("三月一日", None),
        ("", None),
    ],
)
def test_a_day_is_read_however_offices_write_it(cell, day):
    for whole in (True, False):
        found = cells.date(cell, whole=whole)
        assert (None if found is None else found.isoformat()) == day


@pytest.mark.parametrize(
    ("cell", "first"),
    [("2025年3月", "2025-03-01"), ("2025-3", "2025-03-01"), ("2025年", "2025-01-01"),
     (2025, "2025-01-01")],
)  # fmt: skip
def test_a_month_or_a_year_is_its_first_day_where_that_is_enough(cell, first):
    assert cells.date(cell, whole=False) == dt.date.fromisoformat(first)
    assert cells.date(cell) is None


def test_a_quote_that_is_not_closed_swallows_no_rows(tmp_path):
    (tmp_path / "p.csv").write_text(
        '编号,名称,经度,纬度\nA,甲站,121,28\nB,"乙站,121,28\nC,丙站,121,28\nD,"丁",1,2\n',
        encoding="utf-8",
    )

    with pytest.raises(InputError) as caught:
        read(tmp_path / "p.csv", "facilities")

    assert [(one.kind, one.row) for one in caught.value.problems] == [("quote_open", 3)]


def test_line_breaks_within_a_cell_are_no_open_quotes(tmp_path):
    (tmp_path / "p.csv").write_text(
        '编号,名称,地址,备注\nA,甲站,"一路1号\n二路2号","甲,乙\n丙,丁"\n', encoding="utf-8"
    )

    sheet = read(tmp_path / "p.csv", "facilities")

    assert sheet.cells["备注"].tolist() == ["甲,乙\n丙,丁"]
    assert "rows_longer" not in kinds(sheet)


def test_rows_with_more_cells_than_the_header_are_told(tmp_path):
    (tmp_path / "p.csv").write_text(
        "编号,名称,地址\nA,甲站,一路1号\nB,乙站,二路2号,二楼\nC,丙站,三路,,\n",
        encoding="utf-8",
    )

    sheet = read(tmp_path / "p.csv", "facilities")

    (found,) = [one for one in sheet.problems if one.kind == "rows_longer"]
    assert (found.severity, found.row, found.values["count"]) == ("warning", 3, 1)
    assert len(sheet.cells) == 3


@pytest.mark.parametrize("nothing", ["/", "无", "—", "N/A", "暂无"])
def test_words_for_nothing_are_no_hours_and_no_telephone(tmp_path, nothing):
    (tmp_path / "p.csv").write_text(
        f"编号,名称,电话,开放时间\nA,{nothing},{nothing},{nothing}\n", encoding="utf-8"
    )
    columns = match(read(tmp_path / "p.csv", "facilities"), "facilities", {})

    assert columns.strings("phone") == columns.strings("hours") == [None]
    assert columns.strings("name") == [nothing]


def test_cells_below_no_header_are_told_by_the_letter_of_their_column(tmp_path):
    head = [*ROWS[0], None, None]
    rows = [[f"P{k}", "站", "121.1", "28.1", None, f"{k}号"] for k in range(4)]
    rows[2][4] = "?"
    path = sheets_of(tmp_path / "p.xlsx", {"服务点": [head, *rows]})

    sheet = read(path, "facilities")

    found = [one for one in sheet.problems if one.kind == "column_unnamed"]
    assert [
        (one.severity, one.values["column_letter"], one.values["count"]) for one in found
    ] == [("note", "E", 1), ("warning", "F", 4)]
    assert list(sheet.cells.columns) == ROWS[0]
