"""The catalogue of items, templates and exceptions become the tables items and services."""

from __future__ import annotations

import pandas as pd
import pytest
import xlsxwriter

from servicemap import study, table_columns, tables
from servicemap.errors import InputError
from servicemap.hours import state_at
from servicemap.intake import holidays, item_sheets, services
from servicemap.intake.keys import TOWNSHIP_SUFFIXES, Register

ITEMS = [
    ["事项编码", "事项名称", "事项组", "通办范围", "关联对象"],
    ["A1", "社保登记", "社保", "全市通办", "参保"],
    ["A2", "社保查询", "社保", "全市通办", "参保"],
    ["B1", "低保申请", "民政", "本乡镇", "户籍"],
    ["C1", "宅基地申请", "农业", "本村", "土地"],
]
HEAD = [
    "层级",
    "形式",
    "事项组",
    "事项编码",
    "办理方式",
    "服务对象",
    "是否预约",
    "开放时间",
]
TEMPLATES = [
    HEAD,
    ["市级", "大厅", "全部", None, "办结", None, None, None],
    ["乡镇", None, "社保", None, "办结", "不限", "否", None],
    ["乡镇", None, "其他", None, "收件", "本乡镇", "否", "周一至周五 9:00-12:00"],
    ["村", "专窗", "社保", None, "收件", "本村", "是", None],
    ["村", None, "社保", None, "代办", "本村", "是", None],
]
EXCEPTION_HEAD = ["服务点编号", "服务点名称", *HEAD[2:], "说明"]
POINTS = {
    "F1": ("政务中心", "city", "hall"),
    "F2": ("东镇中心", "township", "hall"),
    "F3": ("东村站", "village", "window"),
    "F4": ("西村站", "village", "agent"),
}
TOWNSHIPS = Register({"T1": "东镇", "T2": "西乡"}, TOWNSHIP_SUFFIXES)


def write(path, **pages):
    """A workbook with these sheets."""
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in pages.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if cell is not None:
                        sheet.write_string(number, place, cell)
    return path


def facilities(points=None):
    """The table, as far as services need it."""
    rows = [(one, *rest) for one, rest in (points or POINTS).items()]
    return pd.DataFrame(rows, columns=["facility_id", "name", "tier", "form"])


def read(tmp_path, pages, settings="", points=None):
    """Items, services and findings of a workbook."""
    write(tmp_path / "items.xlsx", **pages)
    (tmp_path / "servicemap.toml").write_text(
        f'[items]\nsource = "items.xlsx"\n{settings}', encoding="utf-8"
    )
    asked = study.read(tmp_path)
    sheets, problems = item_sheets.read(asked)
    found = services.offered(sheets, facilities(points), TOWNSHIPS, "zh")
    return found, [*problems, *found.problems]


def done(found, point):
    """What a point does: group or item -> (handling, who may, by appointment, hours)."""
    rows = found.services[found.services["facility_id"] == point]
    said = {}
    for row in rows.itertuples():
        what = row.item_group if pd.isna(row.item_id) else row.item_id
        hours = None if pd.isna(row.hours) else row.hours
        said[what] = (row.handling, row.who_may, bool(row.by_appointment), hours)
    return said


def kinds(problems, *severities):
    """Kind and row of findings of these severities."""
    wanted = severities or ("error", "warning")
    return [(one.kind, one.row) for one in problems if one.severity in wanted]


def test_templates_say_what_points_of_a_tier_and_form_do(tmp_path):
    """All groups, all others, a form of its own, who may, appointments, hours."""
    found, problems = read(tmp_path, {"目录": ITEMS, "模板": TEMPLATES})
    assert kinds(problems) == []
    anyone = ("finish", "anyone", False, None)
    assert done(found, "F1") == {"社保": anyone, "民政": anyone, "农业": anyone}
    rest = ("accept", "township", False, "Mo-Fr 09:00-12:00")
    assert done(found, "F2") == {"社保": anyone, "民政": rest, "农业": rest}
    assert done(found, "F3") == {"社保": ("accept", "village", True, None)}
    assert done(found, "F4") == {"社保": ("agent", "village", True, None)}
    assert found.items["scope"].tolist() == ["city", "city", "township", "village"]
    assert found.items["tied_to"].tolist()[2:] == ["household", "land"]
    assert found.used == {"items": 4, "templates": 5}
    tables.check(found.services, "services")


def test_exceptions_change_add_and_take_away(tmp_path):
    """A cell that is empty leaves what the template says."""
    exceptions = [
        EXCEPTION_HEAD,
        ["F1", "政务中心", "农业", None, "不办理", None, None, None, None],
        ["F2", None, "社保", None, None, None, None, "周六 9:00-12:00", "仅周六"],
        [None, "东村站", "民政", None, "收件", "东镇、西乡", None, None, None],
        ["F3", None, None, "A2", "自助", "不限", "否", None, None],
        ["F4", None, None, "A1", "不办理", None, None, None, None],
    ]
    pages = {"目录": ITEMS, "模板": TEMPLATES, "例外": exceptions}
    found, problems = read(tmp_path, pages)
    assert kinds(problems) == []
    assert "农业" not in done(found, "F1")
    assert done(found, "F2")["社保"] == ("finish", "anyone", False, "Sa 09:00-12:00")
    # one item otherwise: the group's row becomes rows of its items
    assert done(found, "F3") == {
        "A1": ("accept", "village", True, None),
        "A2": ("self", "anyone", False, None),
        "民政": ("accept", "T1,T2", False, None),
    }
    assert done(found, "F4") == {"A2": ("agent", "village", True, None)}
    assert found.used["exceptions"] == 5


def test_items_that_are_not_devolved_to_a_tier_are_not_done_there(tmp_path):
    """Banks do the items that are extended to them, villages those of their list."""
    items = [
        [*ITEMS[0], "可办层级", "是否延伸至银行网点"],
        [*ITEMS[1], None, "是"],
        [*ITEMS[2], "市级、乡镇", "否"],
        [*ITEMS[3], None, "否"],
        [*ITEMS[4], None, "否"],
    ]
    templates = [*TEMPLATES, ["银行", None, "社保", None, "办结", None, None, None]]
    points = {**POINTS, "F5": ("银行", "bank", "window")}
    found, problems = read(tmp_path, {"目录": items, "模板": templates}, points=points)
    assert kinds(problems) == []
    assert set(done(found, "F5")) == {"A1"}
    assert set(done(found, "F3")) == {"A1"}
    assert set(done(found, "F2")) == {"社保", "民政", "农业"}


FAULTS = [
    # which sheet, row, finding
    ("目录", ["A1", "重复", "社保", "全市通办", None], "id_repeated"),
    ("目录", ["X1", "甲", "社保", "随便", None], "scope_unknown"),
    (
        "模板",
        ["村", "专窗", "没有的组", None, "收件", None, None, None],
        "item_group_unknown",
    ),
    ("模板", ["村", "专窗", None, "Z9", "收件", None, None, None], "item_unknown"),
    ("模板", ["村", "专窗", None, None, "收件", None, None, None], "item_not_named"),
    ("模板", ["省级", None, "民政", None, "收件", None, None, None], "tier_unknown"),
    ("模板", [None, "专窗", "民政", None, "收件", None, None, None], "tier_blank"),
    ("模板", ["村", "怪", "民政", None, "收件", None, None, None], "template_form_unknown"),
    ("模板", ["村", "专窗", "民政", None, "看着办", None, None, None], "handling_unknown"),
    ("模板", ["村", "专窗", "民政", None, None, None, None, None], "handling_blank"),
    ("模板", ["村", "专窗", "民政", None, "收件", "火星", None, None], "who_may_unknown"),
    ("模板", ["村", "专窗", "民政", None, "收件", None, "也许", None], "flag_unreadable"),
    ("模板", ["乡镇", None, "社保", None, "收件", None, None, None], "service_repeated"),
    (
        "例外",
        ["F9", None, "民政", None, "收件", None, None, None, None],
        "exception_point_unknown",
    ),
    (
        "例外",
        [None, "没有", "民政", None, "收件", None, None, None, None],
        "exception_point_unknown",
    ),
    ("例外", ["F4", None, "民政", None, None, None, None, None, None], "handling_blank"),
]


@pytest.mark.parametrize(("sheet", "row", "kind"), FAULTS)
def test_a_bad_row_is_named_and_spoils_no_other(tmp_path, sheet, row, kind):
    """An error with its row; everything else is as without it."""
    usual = ["F1", None, "农业", None, "不办理", None, None, None, None]
    pages = {"目录": ITEMS, "模板": TEMPLATES, "例外": [EXCEPTION_HEAD, usual]}
    clean, _ = read(tmp_path, pages)
    pages[sheet] = [*pages[sheet], row]
    found, problems = read(tmp_path, pages)
    assert kinds(problems) == [(kind, len(pages[sheet]))]
    pd.testing.assert_frame_equal(found.items, clean.items)
    pd.testing.assert_frame_equal(found.services, clean.services)
    sizes = {"items": len(pages["目录"]) - 1, "templates": len(pages["模板"]) - 1}
    sizes["exceptions"] = len(pages["例外"]) - 1
    assert sum(sizes.values()) - sum(found.used.values()) == 1


def test_hours_of_a_service_that_cannot_be_read_are_not_those_of_its_point(tmp_path):
    """They are unknown at every moment."""
    row = ["村", "专窗", "民政", None, "收件", None, None, "看情况"]
    found, problems = read(tmp_path, {"目录": ITEMS, "模板": [*TEMPLATES, row]})
    assert kinds(problems) == [("hours_unreadable", 7)]
    assert done(found, "F3")["民政"][3] == "unknown"
    moment = holidays.dt.datetime(2026, 11, 23, 9)
    assert state_at("unknown", moment, holidays.DayCalendar()) is None


def test_points_without_a_template_are_named(tmp_path):
    """They do nothing of the catalogue."""
    found, problems = read(tmp_path, {"目录": ITEMS, "模板": TEMPLATES[:3]})
    assert [(one.kind, one.values["count"]) for one in problems] == [
        ("template_missing", 1),
        ("template_missing", 1),
    ]
    assert set(found.services["facility_id"]) == {"F1", "F2"}


def test_a_catalogue_alone_has_items_and_no_services(tmp_path):
    """With a warning, since no point does anything then."""
    found, problems = read(tmp_path, {"目录": ITEMS})
    assert kinds(problems) == [("items_no_templates", None)]
    assert len(found.items) == 4
    assert found.services.empty


def test_blanks_of_the_catalogue_are_told(tmp_path):
    """No scope is city-wide, no group is a group of its own, each with a count."""
    items = [
        ITEMS[0],
        ["A1", "甲", None, None, None],
        ["A2", "乙", "社保", "全市通办", "月亮"],
    ]
    found, problems = read(tmp_path, {"目录": items})
    assert kinds(problems) == [
        ("items_no_templates", None),
        ("item_group_blank", None),
        ("scope_assumed", None),
        ("tied_to_unknown", 3),
    ]
    assert found.items["item_group"].tolist() == ["未分组", "社保"]


def test_sheets_are_found_by_their_headers_or_by_name(tmp_path):
    """Title rows, other sheets and files of their own do no harm."""
    pages = {
        "说明": [["填表说明"], ["请如实填写"]],
        "第一": [["某市事项"], *ITEMS],
        "第二": [["模板"], *TEMPLATES],
    }
    found, problems = read(tmp_path, pages)
    assert kinds(problems) == []
    assert len(found.services) > 0
    (tmp_path / "t.csv").write_text(
        "层级,事项组,办理方式\n市级,社保,办结\n", encoding="utf-8"
    )
    found, problems = read(
        tmp_path, pages, 'catalogue = "第一"\ntemplates = "t.csv"\n', {"F1": POINTS["F1"]}
    )
    assert kinds(problems) == []
    assert set(done(found, "F1")) == {"社保"}


def test_columns_are_mapped_by_hand(tmp_path):
    """A header that no list knows; one that no sheet has is an error."""
    items = [["事项编码", "事项名称", "条块", "通办范围"], ["A1", "甲", "社保", "全市通办"]]
    settings = 'columns = { item_group = "条块", hours = "几点" }\n'
    found, problems = read(tmp_path, {"目录": items}, settings)
    assert found.items["item_group"].tolist() == ["社保"]
    assert ("items_column_absent", None) in kinds(problems)


def test_a_file_without_a_catalogue_is_refused(tmp_path):
    """In words, with the headers that are looked for."""
    with pytest.raises(InputError) as raised:
        read(tmp_path, {"甲": [["颜色", "形状"], ["红", "圆"]]})
    assert [one.kind for one in raised.value.problems] == ["items_no_catalogue"]


def calendar(tmp_path, text, settings='holidays = "days.csv"', when=None):
    """The calendar of a study with a table of holidays."""
    (tmp_path / "days.csv").write_text(text, encoding="utf-8")
    question = f'[[question]]\nid = "q"\nwhen = "{when}"\n' if when else ""
    (tmp_path / "servicemap.toml").write_text(
        f"[calendar]\n{settings}\n{question}", encoding="utf-8"
    )
    return holidays.calendar(study.read(tmp_path))


def test_a_table_of_holidays_is_read(tmp_path):
    """Dates as people write them, spans, kinds in Chinese and English."""
    found = calendar(
        tmp_path,
        "日期,截止日期,类型,名称\n2027年1月1日,2027/1/3,放假,元旦\n2027-01-09,,调休上班,\n"
        "46296,,平日,\n20270501,,holiday,劳动节\n",
    )
    assert found.problems == ()
    day = found.calendar.day
    assert [day(holidays.dt.date(2027, 1, one)).kind for one in (1, 2, 3, 4, 9)] == [
        "holiday",
        "holiday",
        "holiday",
        "workday",
        "makeup_workday",
    ]
    assert day(holidays.dt.date(2027, 1, 2)).name == "元旦"
    assert day(holidays.dt.date(2026, 10, 1)).kind == "workday"  # serial day 46296
    assert day(holidays.dt.date(2027, 5, 1)).kind == "holiday"
    assert found.files[0]["rows_used"] == 4


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("某日,,放假,", "date_unreadable"),
        ("2027-02-30,,放假,", "date_unreadable"),
        ("2027-01-05,,随便,", "day_kind_unknown"),
        ("2027-01-05,,,", "holiday_blank"),
        (",,放假,", "holiday_blank"),
        ("2027-01-05,2027-01-01,放假,", "holiday_span"),
        ("2027-01-01,2028-01-01,放假,", "holiday_span"),
        ("2027-01-02,,上班,", "holiday_repeated"),
    ],
)
def test_bad_rows_of_the_table_of_holidays_are_named(tmp_path, row, kind):
    """The other rows count."""
    text = f"日期,截止日期,类型,名称\n2027-01-01,2027-01-03,放假,元旦\n{row}\n"
    found = calendar(tmp_path, text)
    assert kinds(found.problems) == [(kind, 3)]
    assert found.calendar.day(holidays.dt.date(2027, 1, 2)).kind == "holiday"
    assert (found.files[0]["rows_used"], found.files[0]["rows_dropped"]) == (1, 1)


def test_a_question_about_a_year_without_a_list_is_a_warning(tmp_path):
    """Unless the table knows the day, or the country has no list."""
    text = "日期,类型\n2050-01-03,放假\n"
    found = calendar(tmp_path, text, when="2050-01-04 09:00")
    assert kinds(found.problems) == [("calendar_year_unknown", None)]
    assert calendar(tmp_path, text, when="2050-01-03 09:00").problems == ()
    settings = 'country = "none"'
    assert calendar(tmp_path, text, settings, "2050-01-04 09:00").problems == ()


def test_a_country_without_a_list_is_an_error(tmp_path):
    """Named with what may stand there."""
    with pytest.raises(InputError) as raised:
        calendar(tmp_path, "日期,类型\n2050-01-03,放假\n", 'country = "Atlantis"')
    assert [one.kind for one in raised.value.problems] == ["calendar_country"]


def test_a_table_of_holidays_needs_dates_and_kinds(tmp_path):
    """A column that is absent is an error."""
    with pytest.raises(InputError) as raised:
        calendar(tmp_path, "日期,名称\n2050-01-03,元旦\n")
    assert "holidays_column" in [one.kind for one in raised.value.problems]


def test_handlings_of_the_words_are_those_of_the_contract():
    """And one more, that takes away."""
    from servicemap.intake.synonyms import value_words

    assert {*value_words("handling")} == {*table_columns.HANDLINGS, "none"}
    assert {*value_words("scope")} == {*table_columns.SCOPES}


def test_a_catalogue_in_a_file_of_its_own_needs_no_workbook(tmp_path):
    """The three may be three files."""
    header, row = "事项编码,事项名称,事项组,通办范围", "A1,甲,社保,全市通办"
    (tmp_path / "目录.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    (tmp_path / "servicemap.toml").write_text(
        '[items]\ncatalogue = "目录.csv"\n', encoding="utf-8"
    )
    sheets, problems = item_sheets.read(study.read(tmp_path))
    assert list(sheets["items"].text("item_id")) == ["A1"]
    assert kinds(problems) == [("items_no_templates", None)]


def test_a_sheet_without_its_workbook_is_an_error(tmp_path):
    """It was read as no catalogue at all."""
    (tmp_path / "servicemap.toml").write_text(
        '[items]\ncatalogue = "事项目录"\n', encoding="utf-8"
    )
    with pytest.raises(InputError) as raised:
        item_sheets.read(study.read(tmp_path))
    assert [(one.kind, one.value) for one in raised.value.problems] == [
        ("items_no_workbook", "事项目录")
    ]
