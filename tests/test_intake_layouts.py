"""How tables stand on sheets: side by side, one below another, turned, as a form."""

import pytest

from servicemap import preparation, study
from servicemap.intake import corrected_pages
from servicemap.intake.columns import match
from servicemap.intake.sheets import read
from test_intake_sheets import kinds, sheets_of, workbook

HEAD = ["编号", "名称", "经度", "纬度"]
ONE, TWO, THREE = (
    ["P1", "甲站", 121.1, 28.1],
    ["P2", "乙站", 121.2, 28.2],
    ["P3", "丙站", 121.3, 28.3],
)
NONE = [None] * 4


def columns_of(path, table="facilities", **more):
    return match(read(path, table, **more), table, {})


def told(columns, kind):
    return [one for one in columns.sheet.problems if one.kind == kind]


def test_a_table_beside_the_first_is_told_with_its_place(tmp_path):
    rows = [
        [*HEAD, None, "乡镇", "负责人"],
        [*ONE, None, "甲镇", "张"],
        [*TWO, None, "乙镇", "李"],
        THREE,
    ]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    (one,) = told(found, "table_not_read")
    assert (one.severity, one.sheet) == ("warning", "服务点")
    assert one.values == {"span": "F1:G3", "chosen": "A1:D4"}
    assert "F1:G3" in one.line("zh")
    assert list(found.text("facility_id")) == ["P1", "P2", "P3"]
    assert "township" not in found  # 甲镇 is no township of P1


def test_tables_beside_one_another_with_the_same_headings_are_one(tmp_path):
    rows = [[*HEAD, None, *HEAD], [*ONE, None, *THREE], TWO]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    assert list(found.text("facility_id")) == ["P1", "P2", "P3"]
    assert [cell for _, cell in found.rows("lon")] == [121.1, 121.2, 121.3]
    assert kinds(found.sheet) == ["tables_joined"]
    index = found.cells.index
    places = [found.sheet.place(int(row)) for row in index]
    assert places == [("服务点 A1:D3", 2), ("服务点 A1:D3", 3), ("服务点 F1:I2", 2)]


@pytest.mark.parametrize("mark", [",", "\t"])
def test_a_table_folded_to_fit_the_page_is_unfolded_without_an_empty_column(tmp_path, mark):
    rows = [
        ["序号", "村名", "常住人口"] * 2,
        ["1", "东村", "100", "3", "北村", "300"],
        ["2", "西村", "200", "", "", ""],
    ]
    (tmp_path / "n.csv").write_text("\n".join(mark.join(row) for row in rows), "utf-8")

    found = columns_of(tmp_path / "n.csv", "people")

    assert list(found.text("village")) == ["东村", "西村", "北村"]
    assert list(found.text("resident")) == ["100", "200", "300"]
    assert kinds(found.sheet) == ["tables_joined"]


@pytest.mark.parametrize(
    "rows",
    [
        [["编号", "名称", None, "经度", "纬度"], ["P1", "甲站", None, 121.1, 28.1]],
        [
            ["编号", "名称", None, "乡镇"],
            *[[f"P{k}", "甲", None, "乙镇"] for k in range(5)],
        ],
        [[*HEAD, None, "说明"], [*ONE, None, "坐标为手机所测"], [*TWO, None, "已核"]],
        [[*HEAD, "经度(2)", "纬度(2)"], [*ONE, 121.1, 28.1]],
    ],
)
def test_an_empty_column_within_a_table_does_not_cut_it(tmp_path, rows):
    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    assert kinds(found.sheet) == []
    assert len(found.cells) == len(rows) - 1
    assert set(map(str, found.sheet.cells.columns)) == {one for one in rows[0] if one}


def test_a_block_without_a_header_in_the_row_of_the_header_is_told(tmp_path):
    rows = [
        [*HEAD, None, None, None],
        [*ONE, None, None, None],
        [*TWO, None, "乡镇", "人数"],
        [*THREE, None, "甲镇", 5],
    ]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    assert [one.values["span"] for one in told(found, "table_not_read")] == ["F3:G4"]
    assert len(found.cells) == 3


def test_two_sections_may_read_two_tables_of_one_sheet(tmp_path):
    people = ["村名", "常住人口"]
    rows = [
        ["编号", "名称", "乡镇", "经度", "纬度", None, *people],
        ["V1", "东村", "甲镇", 9.0, 47.0, None, "东村", 128],
        ["V2", "西村", "甲镇", 9.1, 47.1, None, "西村", 256],
    ]
    workbook(tmp_path / "v.xlsx", rows)
    (tmp_path / "p.csv").write_text(
        "编号,名称,层级,经度,纬度\nP1,甲站,村,9.0,47.0\n", encoding="utf-8"
    )
    (tmp_path / "servicemap.toml").write_text(
        '[roads]\nsource = "none.osm.pbf"\n[facilities]\nsource = "p.csv"\n'
        '[villages]\nsource = "v.xlsx"\n[people]\nsource = "v.xlsx"\nkind = "resident"\n',
        encoding="utf-8",
    )
    from servicemap.intake import load

    given = load(study.read(tmp_path), None)

    assert dict(zip(given.people["village_id"], given.people["count"], strict=True)) == {
        "V1": 128,
        "V2": 256,
    }
    assert "table_not_read" not in {one.kind for one in given.problems}


def test_two_lists_of_the_same_length_in_two_orders_are_not_one(tmp_path):
    rows = [
        ["编号", "名称", "乡镇", None, "村名", "常住人口"],
        ["V1", "东村", "甲镇", None, "南村", 256],
        ["V2", "西村", "甲镇", None, "西村", 64],
        ["V3", "南村", "乙镇", None, "东村", 128],
    ]

    found = columns_of(workbook(tmp_path / "n.xlsx", rows), "people")

    assert "township" not in found
    assert list(found.text("village")) == ["南村", "西村", "东村"]
    assert [one.values["span"] for one in told(found, "table_not_read")] == ["A1:C4"]


BANKS = ["编号", "网点名称", "经度", "纬度", "合作银行"]


@pytest.mark.parametrize("between", [[], [[]], [[], ["银行网点"]], [["合计", 2]]])
def test_of_tables_one_below_another_none_vanishes(tmp_path, between):
    """The second has more known headings: what stands above it is no title."""
    rows = [HEAD, ONE, TWO, *between, BANKS, ["B1", "丁行", 121.4, 28.4, "某银行"]]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    (one,) = told(found, "table_not_read")
    assert one.values["span"].startswith("A1:D")
    assert list(found.text("facility_id")) == ["B1"]
    assert found.sheet.place(int(found.cells.index[0]))[1] == len(rows)


def test_a_smaller_table_below_is_told_and_gives_no_rows(tmp_path):
    rows = [
        HEAD,
        ONE,
        TWO,
        [],
        ["附：乡镇联系人"],
        ["乡镇", "联系人", "电话"],
        ["甲镇", "张", 1],
    ]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    assert [one.values["span"] for one in told(found, "table_not_read")] == ["A5:C7"]
    assert list(found.text("facility_id")) == ["P1", "P2"]


def test_the_same_headings_in_other_columns_are_another_table(tmp_path):
    """Read as one, longitudes would come to stand under names."""
    rows = [HEAD, ONE, [], ["编号", "经度", "纬度", "名称"], ["P2", 121.2, 28.2, "乙站"]]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    assert list(found.text("facility_id")) == ["P1"]
    assert [one.values["span"] for one in told(found, "table_not_read")] == ["A4:D5"]


def test_the_same_headings_again_are_the_same_table(tmp_path):
    rows = [HEAD, ONE, [], ["续表"], HEAD, TWO]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    assert told(found, "table_not_read") == []
    assert {"P1", "P2"} <= set(found.text("facility_id"))


def test_the_rows_of_a_header_are_never_two_tables(tmp_path):
    rows = [
        ["编号", "名称", "坐标", "坐标"],
        ["编号", "名称", "经度", "纬度"],
        ONE,
        TWO,
    ]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    assert list(found.text("facility_id")) == ["P1", "P2"]
    assert list(found.cells["lon"]) == [121.1, 121.2]


@pytest.mark.parametrize("above", [[], [["服务点一览表"]], [["服务点一览表"], []]])
@pytest.mark.parametrize("left", [0, 1])
def test_headings_down_a_column_are_read_turned(tmp_path, above, left):
    pad = [None] * left
    rows = [
        *above,
        [*pad, "编号", "P1", "P2", "P3"],
        [*pad, "名称", "甲站", "乙站", "丙站"],
        [*pad, "层级", "村", "乡镇", "银行"],
        [*pad, "经度", 121.1, 121.2, 121.3],
        [*pad, "纬度", 28.1, 28.2, 28.3],
    ]

    found = columns_of(workbook(tmp_path / "p.xlsx", rows))

    (one,) = told(found, "sheet_turned")
    assert one.values["letter"] == "AB"[left]
    assert list(found.text("name")) == ["甲站", "乙站", "丙站"]
    assert list(found.cells["lat"]) == [28.1, 28.2, 28.3]
    assert list(found.text("tier")) == ["村", "乡镇", "银行"]
    assert list(found.cells.index) == [2 + left, 3 + left, 4 + left]  # columns B, C, D


def test_a_column_of_tiers_is_not_taken_for_headings(tmp_path):
    rows = [["甲", "乙", "丙"], ["村", 1, 2], ["乡镇", 3, 4], ["银行", 5, 6]]

    sheet = read(workbook(tmp_path / "p.xlsx", rows), "facilities")

    assert "sheet_turned" not in kinds(sheet)


FORM = [
    ["服务点登记表"],
    ["名称", "甲站", "电话", "0577-1"],
    ["地址", "某路1号", "层级", "村"],
    ["经度", 121.1, "纬度", 28.1],
    ["负责人", "张三", "窗口数", 3],
]


def test_a_form_is_one_record(tmp_path):
    found = columns_of(workbook(tmp_path / "p.xlsx", FORM))

    assert kinds(found.sheet) == ["form_read"]
    assert {name: found.text(name).tolist() for name in found.cells.columns} == {
        "name": ["甲站"],
        "phone": ["0577-1"],
        "address": ["某路1号"],
        "tier": ["村"],
        "lon": ["121.1"],
        "lat": ["28.1"],
        "windows": ["3"],
    }


def test_a_form_a_sheet_is_a_table(tmp_path):
    other = [[*row] for row in FORM]
    other[1][1] = "乙站"

    found = columns_of(sheets_of(tmp_path / "p.xlsx", {"甲": FORM, "乙": other}))

    assert list(found.text("name")) == ["甲站", "乙站"]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_made_up_county_stands_as_it_did(tmp_path, seed):
    """No table of ordinary sheets is cut, turned or taken for a form."""
    from servicemap.synthetic import make_mess

    make_mess(tmp_path, townships=3, villages=24, seed=seed)

    given, _ = preparation.check(study.read(tmp_path))

    odd = {"table_not_read", "tables_joined", "sheet_turned", "form_read"}
    assert not odd & {one.kind for one in given.problems}


def test_the_corrected_copy_keeps_tables_of_one_sheet_apart(tmp_path):
    wide = {"P1": "１２１．１", "P3": "１２１．３"}
    rows = [
        [*HEAD[:2], "层级", *HEAD[2:], None, *HEAD[:2], "层级", *HEAD[2:]],
        ["P1", "甲", "村", wide["P1"], 28.1, None, "P3", "丙", "村", wide["P3"], 28.3],
        ["P2", "乙", "村", 121.2, 28.2],
    ]
    workbook(tmp_path / "p.xlsx", rows)
    (tmp_path / "v.csv").write_text(
        "编号,名称,乡镇,经度,纬度\nV,一村,甲镇,121.1,28.1\n", "utf-8"
    )
    (tmp_path / "servicemap.toml").write_text(
        '[roads]\nsource = "none.osm.pbf"\n[facilities]\nsource = "p.xlsx"\n'
        '[villages]\nsource = "v.csv"\n',
        encoding="utf-8",
    )
    from servicemap.intake import load

    asked = study.read(tmp_path)
    pages = corrected_pages.pages(asked, load(asked, None))

    changed = {
        (page.sheet, one.row, page.places[one.column]): one.new
        for page in pages
        for one in page.corrections
        if one.table == "facilities"
    }
    assert changed == {("服务点 A1:E3", 2, 3): 121.1, ("服务点 G1:K2", 2, 9): 121.3}


def test_a_column_more_in_the_sheet_of_one_township_does_not_lose_it(tmp_path):
    pages = {
        "甲镇": [HEAD, ONE],
        "乙镇": [["编 号", "备注", *HEAD[1:]], [TWO[0], "新", *TWO[1:]]],
    }

    found = columns_of(sheets_of(tmp_path / "p.xlsx", pages))

    assert kinds(found.sheet) == ["sheets_joined"]
    assert list(found.text("facility_id")) == ["P1", "P2"]
    assert list(found.cells["lon"]) == [121.1, 121.2]
    assert list(found.text("township")) == ["甲镇", "乙镇"]


def test_a_sheet_of_a_township_that_lacks_a_known_column_is_told(tmp_path):
    pages = {"甲镇": [HEAD, ONE], "乙镇": [["编号", "名称", "经度", "电话"], TWO]}

    assert kinds(columns_of(sheets_of(tmp_path / "p.xlsx", pages)).sheet) == [
        "sheet_not_read"
    ]


def test_headings_that_differ_in_spaces_only_do_not_break_the_joining(tmp_path):
    head = ["编号", "名称", "备注", "备 注"]
    pages = {
        "甲镇": [head, ["P1", "甲站", "a", "b"]],
        "乙镇": [head, ["P2", "乙站", "c", "d"]],
    }

    found = columns_of(sheets_of(tmp_path / "p.xlsx", pages))

    assert list(found.text("name")) == ["甲站", "乙站"]
