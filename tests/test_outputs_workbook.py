"""The workbook says what ``summary.json`` says, as text and numbers, never as formulas."""

from __future__ import annotations

import dataclasses
import re
import time
import zipfile

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from servicemap import table_columns, tables
from servicemap.outputs import sheets, workbook_tables
from servicemap.outputs.sheets import LONGEST_NAME, LONGEST_TEXT, clean
from servicemap.outputs.summary import summary
from servicemap.outputs.terms import term
from servicemap.outputs.workbook import write_workbook
from servicemap.outputs.workbook_hours import first_with_hours
from servicemap.outputs.workbook_words import OF_PEOPLE
from servicemap.words import say
from small_result import FORMULA, small_result

LANGUAGES = ("zh", "en")

MAIN = ("townships", "villages", "points", "gaps", "questions", "matrix")
ANNEX = (
    *(
        "remedies",
        "meanings",
        "depth",
        "tiers_shared",
        "partners",
        "points_held",
        "village_depth",
    ),
    "access",
    *("village_items", "group_rules", "hours_of_week", "special_days"),
)
# sheets that lose a column where nobody was counted
WITH_PEOPLE = (
    *("townships", "villages", "gaps", "questions", "remedies", "depth"),
    *("tiers_shared", "partners", "group_rules", "special_days"),
)


@pytest.fixture(scope="module", params=LANGUAGES)
def written(request, tmp_path_factory):
    """Result, figures and the workbook of one language."""
    result = small_result(request.param)
    figures = summary(result)
    path = tmp_path_factory.mktemp("workbook") / "workbook.xlsx"
    write_workbook(result, figures, path)
    return result, figures, path


def sheet(written, name: str) -> list[list[object]]:
    result, _, path = written
    title = say(f"outputs.sheet.{name}", result.study.language)
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(title).to_python()


def column(written, name: str, heading: str) -> list[object]:
    result, _, _ = written
    rows = sheet(written, name)
    at = rows[2].index(say(f"outputs.column.{heading}", result.study.language))
    return [row[at] for row in rows[3:]]


def test_the_sheets_come_in_their_order_with_short_names(written):
    result, _, path = written
    names = CalamineWorkbook.from_path(str(path)).sheet_names

    assert names == [
        say(f"outputs.sheet.{name}", result.study.language)
        for name in ("cover", *MAIN, *ANNEX, "problems", "chart")
    ]
    assert max(len(name) for name in names) <= LONGEST_NAME


def test_the_cover_opens_with_the_title_and_the_headline(written):
    result, figures, _ = written
    rows = sheet(written, "cover")

    assert result.study.name in rows[0][0]
    assert rows[1][0] == figures["coverage"][0]["sentence"]


def test_townships_stand_in_code_order_with_a_total_line_and_the_rank_as_a_column(written):
    _, figures, _ = written
    headline = figures["coverage"][0]
    rows = headline["by_township"]

    codes = column(written, "townships", "township_id")
    assert codes[:-1] == [row["township_id"] for row in rows] == sorted(codes[:-1])
    assert codes[-1] == ""
    for unit in ("villages", "people"):
        shares = column(written, "townships", f"{unit}_percent")
        assert shares == [one[unit]["percent"] for one in [*rows, headline]]
        covered = column(written, "townships", f"{unit}_covered")
        assert covered == [one[unit]["covered"] for one in [*rows, headline]]
        assert sum(covered[:-1]) == covered[-1]
    assert column(written, "townships", "rank")[:-1] == [row["rank"] for row in rows]
    points = column(written, "townships", "points")
    assert sum(points[:-1]) == points[-1] == figures["facilities"]["open"]


def test_villages_show_status_and_minutes_of_every_question(written):
    result, figures, _ = written
    statuses = column(written, "villages", "status")
    counts = figures["coverage"][0]["villages"]

    for status in table_columns.COVERAGE_STATUSES:
        word = say(f"terms.status.{status}", result.study.language)
        assert statuses.count(word) == counts[status]
    headings = sheet(written, "villages")[2]
    assert len(headings) == 14 + 2 * (len(result.study.questions) - 1)


def test_gaps_come_with_reason_and_remedy_in_words(written):
    result, _, _ = written

    assert len(column(written, "gaps", "village")) == len(result.gaps)
    for heading in ("reason", "remedy"):
        words = column(written, "gaps", heading)
        assert all(words)
        assert not set(words) & set(table_columns.REASONS)


def test_questions_and_the_matrix_repeat_the_shares(written):
    _, figures, _ = written
    coverage = figures["coverage"]

    shares = column(written, "questions", "people_percent")
    assert shares == [entry["people"]["percent"] for entry in coverage]
    last = sheet(written, "matrix")[-1]
    assert last[2:] == [entry["people"]["percent"] for entry in coverage]


def test_capacity_has_a_row_for_each_question_and_township_and_one_for_the_whole(written):
    """As many as the table has, with its figures."""
    result, _, _ = written
    rows = result.annex["access"]
    rows = rows[(rows["level"] != "village") & (rows["method"] == "2sfca")]

    codes = rows["id"].where(rows["level"] != "city", "")  # the whole has none
    assert column(written, "access", "township_id") == list(codes)
    figures = column(written, "access", "access_2sfca")
    expected = [None if pd.isna(one) else one for one in rows["supply_per_1000"]]
    assert [None if one == "" else one for one in figures] == pytest.approx(expected)


def test_every_table_has_a_number_and_a_unit_line(written):
    result, _, _ = written
    for number, name in enumerate((*MAIN, *ANNEX, "problems"), 1):
        rows = sheet(written, name)
        assert str(number) in rows[0][0][:8]
        assert rows[1][0] == say(f"outputs.unit.{name}", result.study.language)


def test_no_cell_is_a_formula_or_a_link(written):
    _, _, path = written
    with zipfile.ZipFile(path) as packed:
        pages = [name for name in packed.namelist() if name.startswith("xl/worksheets/")]
        content = b"".join(packed.read(name) for name in pages)

    assert b"<f>" not in content
    assert b"hyperlink" not in content
    assert any(FORMULA in str(one) for one in column(written, "villages", "village"))


def test_two_runs_write_the_same_bytes(tmp_path, written):
    result, _, path = written
    time.sleep(2.1)  # zip times have two seconds

    write_workbook(
        small_result(result.study.language), summary(result), tmp_path / "b.xlsx"
    )

    assert (tmp_path / "b.xlsx").read_bytes() == path.read_bytes()


def test_a_study_without_findings_and_people_makes_a_workbook_too(tmp_path):
    result = small_result("zh")
    unknown = dict.fromkeys(("n_people", "n_covered", "n_undetermined"), pd.NA)
    coverage = result.coverage.assign(**unknown).astype(dict.fromkeys(unknown, "Int64"))
    bare = dataclasses.replace(
        result,
        coverage=tables.check(coverage, "coverage"),
        gaps=tables.empty("gaps"),
        problems=tables.empty("problems"),
    )
    figures = summary(bare)

    write_workbook(bare, figures, tmp_path / "a.xlsx")

    written = (bare, figures, tmp_path / "a.xlsx")
    assert column(written, "gaps", "village") == []
    assert say("outputs.column.people", "zh") not in sheet(written, "townships")[2]
    shares = column(written, "townships", "villages_percent")
    assert shares[-1] == figures["coverage"][0]["villages"]["percent"]


def test_more_rows_than_a_sheet_holds_are_cut_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 5)
    result = small_result("en")
    figures = summary(result)

    write_workbook(result, figures, tmp_path / "a.xlsx")

    rows = sheet((result, figures, tmp_path / "a.xlsx"), "villages")
    assert len(rows) == 3 + 5
    assert "first 5 of 8 rows" in rows[1][0]


def test_texts_that_no_cell_can_hold_are_made_to_fit():
    assert clean("\ud800村") == "?村"
    assert len(clean("村" * 40_000)) == LONGEST_TEXT


def charts_of(path):
    with zipfile.ZipFile(path) as book:
        names = [one for one in book.namelist() if one.startswith("xl/charts/chart")]
        order = sorted(names, key=lambda one: int(re.sub(r"\D", "", one)))
        return [book.read(name).decode("utf-8") for name in order]


def test_the_charts_stand_on_the_cells_of_the_tables(written):
    """Townships in code order and questions in theirs, as many bars as rows."""
    result, figures, path = written
    parts = charts_of(path)
    assert len(parts) == 4
    counts = [len(figures["coverage"][0]["by_township"]), len(figures["coverage"])]
    for part, name, count in zip(parts, ("townships", "questions"), counts, strict=False):
        assert say(f"outputs.sheet.{name}", result.study.language) in part
        assert f"${3 + count}</c:f>" in part


def test_the_chart_of_reasons_has_the_counts_of_the_summary(written):
    result, figures, path = written
    language = result.study.language
    rows = [[cell for cell in row if cell != ""] for row in sheet(written, "chart")]
    told = figures["gaps"][0]["by_reason"]
    assert [row for row in rows if row][1:] == [
        [term("reason", reason, language), its["count"], its["people"]]
        for reason, its in told.items()
    ]
    name = say("outputs.sheet.chart", language)
    start, _ = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name).start
    first = start + 2  # below the header; rows count from 1
    assert f"{name}!$B${first}:$B${first + len(told) - 1}</c:f>" in charts_of(path)[2]


def test_the_chart_of_hours_has_a_line_a_weekday_over_the_first_changing_question(written):
    result, _, path = written
    table = say("outputs.sheet.hours_of_week", result.study.language)
    part = charts_of(path)[3]
    at = first_with_hours(result)
    first = 4 + 24 * at
    for day in "CDEFGHI":
        assert f"{table}!${day}${first}:${day}${first + 23}</c:f>" in part
    values = column(written, "hours_of_week", "hour")[24 * at : 24 * at + 24]
    assert values == [f"{hour:02d}:00" for hour in range(24)]
    shown = [row[2:] for row in sheet(written, "hours_of_week")[first - 1 : first + 23]]
    assert len({cell for row in shown for cell in row}) > 1


def test_without_population_the_week_counts_open_points(tmp_path):
    """In points, not in percent, and shaded up to the most that are open."""
    result = small_result("en", counted=False)
    write_workbook(result, summary(result), tmp_path / "workbook.xlsx")
    book = CalamineWorkbook.from_path(str(tmp_path / "workbook.xlsx"))
    rows = book.get_sheet_by_name(say("outputs.sheet.hours_of_week", "en")).to_python()
    assert rows[1][0] == say("outputs.unit.hours_of_week_points", "en")
    most = max(cell for row in rows[3:] for cell in row[2:])
    assert most == result.annex["hours_of_week"]["n_open"].max()
    reasons = book.get_sheet_by_name(say("outputs.sheet.chart", "en")).to_python()
    head = next(row for row in reasons if any(row))
    assert say("outputs.column.people", "en") not in head
    assert len(charts_of(tmp_path / "workbook.xlsx")) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_population_no_sheet_speaks_of_people(language):
    """No column that nothing can fill, no title of it, no sheet of nothing else."""
    counted, bare = small_result(language), small_result(language, counted=False)
    left = {one.name: one for one in workbook_tables.sheets(bare, summary(bare), None)}
    full = {
        one.name: one for one in workbook_tables.sheets(counted, summary(counted), None)
    }
    gone = {say(f"outputs.sheet.{name}", language) for name in ("points_held", "access")}
    assert set(full) - set(left) == gone
    people = {say(f"outputs.column.{name}", language) for name in OF_PEOPLE}
    empty = set()
    for name, one in left.items():
        titles = [column.title for column in one.fields]
        assert not people & set(titles), name
        # the rest are the columns of a counted study, in their order
        assert titles == [
            column.title for column in full[name].fields if column.title not in people
        ]
        text = one.unit.split("；" if language == "zh" else ";")[0]
        assert ("人" if language == "zh" else "people") not in text, name
        if len(titles) < len(full[name].fields):
            empty.add(name)
    assert {say(f"outputs.sheet.{name}", language) for name in WITH_PEOPLE} == empty
    meanings = left[say("outputs.sheet.meanings", language)]
    units = {column.title: column.cells for column in meanings.fields}
    unit = units[say("outputs.column.count_unit", language)]
    assert unit
    assert term("count_unit", "people", language) not in unit
    problems = left[say("outputs.sheet.problems", language)]
    assert str(len(left)) in problems.title[:9]  # numbered without a hole


def test_a_study_in_which_one_village_has_people_keeps_their_columns(tmp_path):
    """What is missing there is unknown, and an empty cell says so."""
    result = small_result("en")
    first = result.villages["village_id"].iloc[0]
    demand = result.demand.copy()
    demand.loc[demand["village_id"] != first, ["people", "elderly"]] = pd.NA
    some = dataclasses.replace(result, demand=demand)
    coverage = result.coverage.copy()
    figures = ["n_people", "n_covered", "n_undetermined"]
    coverage.loc[coverage["id"] != first, figures] = pd.NA
    some = dataclasses.replace(some, coverage=tables.check(coverage, "coverage"))
    path = tmp_path / "workbook.xlsx"

    write_workbook(some, summary(some), path)

    cells = column((some, None, path), "villages", "people")
    assert sum(cell != "" for cell in cells) == 1
    rows = sheet((some, None, path), "townships")
    assert say("outputs.column.people_percent", "en") in rows[2]
    assert rows[1][0] == say("outputs.unit.townships", "en")


def test_no_title_is_wider_than_its_table(written):
    """Centred over a narrow table it would be cut on both sides."""
    result, figures, _ = written
    for one in workbook_tables.sheets(result, figures, None):
        letters = sum(2 if ord(letter) > 0x2E80 else 1 for letter in one.title)
        assert (
            sum(sheets._widths(one)) >= letters * sheets.TITLE_SIZE / 11
            or len(one.fields) < 2
        )
