"""One rule for shares: what is not all is never 100 %, what is not nothing never 0 %."""

from __future__ import annotations

import dataclasses
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import docx
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from servicemap.outputs.print_maps import write_print_maps
from servicemap.outputs.reports import write_report
from servicemap.outputs.summary import summary
from servicemap.outputs.workbook import write_workbook
from servicemap.shares import percent, percent_of, percent_text
from small_result import small_result

SOURCE = Path(__file__).parents[1] / "src" / "servicemap"
ALL = re.compile(r"(?<![\d.])100(\.0)?\s*[%％]|[%％]\s*100\.0")


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_percentages_are_rounded_as_people_round_but_at_the_ends(part, rest):
    if part + rest == 0:
        assert percent(part, rest) is None
        return
    exact = Decimal(100 * part) / Decimal(part + rest)
    rounded = float(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))
    found = percent(part, rest)
    assert (found == 0.0) is (part == 0)
    assert (found == 100.0) is (rest == 0)
    assert found == rounded or (rounded, found) in {(0.0, 0.1), (100.0, 99.9)}


def test_a_half_goes_up():
    assert percent(1, 7) == 12.5
    assert percent(1, 1999) == 0.1  # 0.05


def test_shares_without_whole_numbers_follow_the_same_rule():
    assert percent_of(0.9999) == 99.9
    assert percent_of(0.0001) == 0.1
    assert percent_of(0.0) == 0.0
    assert percent_of(sum([0.1] * 10)) == 100.0  # 0.9999999999999999 in floats
    assert percent_of(0.125) == 12.5
    assert percent_of(1.2345) == 123.5  # of a figure that others published


def test_an_unknown_share_is_a_dash():
    assert percent_text(None) == percent_text(float("nan")) == "-"
    assert percent_text(100.0) == "100.0"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_person_of_two_thousand_is_not_lost_in_any_file(tmp_path, language):
    """1,999 of 2,000: workbook, documents and paper all say 99.9."""
    result = small_result(language)
    coverage = result.coverage.copy()
    sums = coverage["level"].isin(["city", "township"])
    coverage.loc[sums, ["n_people", "n_covered", "n_undetermined"]] = [2000, 1999, 0]
    result = dataclasses.replace(result, coverage=coverage)
    figures = summary(result)
    assert {one["people"]["percent"] for one in figures["coverage"]} == {99.9}

    write_workbook(result, figures, tmp_path / "workbook.xlsx")
    write_report(result, figures, tmp_path)
    first = result.study.questions[0].id
    write_print_maps(result, figures, tmp_path, question_id=first, with_atlas=True)

    told = {"html": re.sub(r"<[^>]+>", " ", (tmp_path / "report.html").read_text("utf-8"))}
    file = docx.Document(str(tmp_path / "report.docx"))
    told["docx"] = "\n".join(one.text for one in file.paragraphs)
    for name in ("map_a4.pdf", "atlas_a4.pdf"):
        pages = pypdf.PdfReader(tmp_path / name).pages
        told[name] = "\n".join(page.extract_text() for page in pages)
    cover = CalamineWorkbook.from_path(tmp_path / "workbook.xlsx").get_sheet_by_index(0)
    told["cover"] = "\n".join(str(cell) for row in cover.to_python() for cell in row)
    for name, text in told.items():
        assert "99.9" in text, name
        sentences = [line for line in text.splitlines() if "1,999" in line]
        assert not [line for line in sentences if ALL.search(line)], name


def test_no_other_file_makes_a_percentage_of_a_share():
    """Whoever multiplies a share by a hundred must be here, with a reason."""
    # settings as the user wrote them; widths; differences; a limit that was broken
    allowed = {
        "outputs/workbook_cover.py",
        "outputs/report/page.py",
        "outputs/report/charts.py",
        "roads/projection.py",
        "intake/changes.py",
    }
    made = re.compile(r"(100(\.0)? \* |\* 100(\.0)?\b)(?!0)|:\.\d%")
    found = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if made.search(path.read_text("utf-8"))
    }
    assert found - allowed == set()
    said = re.compile(r"toFixed\(1\) \+ ?\"%\"|\* 100\b.*%")
    scripts = [path for path in SOURCE.rglob("*.js") if "leaflet" not in path.parts]
    assert scripts
    widths = [
        (path.name, line.strip())
        for path in scripts
        for line in path.read_text("utf-8").splitlines()
        if said.search(line)
    ]
    assert [one for one in widths if "style.width" not in one[1]] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_method_of_report_and_workbook_tells_the_rule_of_the_ends(tmp_path, language):
    result = small_result(language)
    figures = summary(result)
    least, most = percent_text(percent(1, 99_999)), percent_text(percent(99_999, 1))
    told = {
        "zh": f"四舍五入；未达全部的至多记{most}%，不为零的至少记{least}%。",
        "en": f"a share that is not all is at most {most} %, and one that is not nothing "
        f"at least {least} %.",
    }[language]
    write_workbook(result, figures, tmp_path / "workbook.xlsx")
    write_report(result, figures, tmp_path, kinds=("docx",))

    book = CalamineWorkbook.from_path(str(tmp_path / "workbook.xlsx"))
    cover = book.get_sheet_by_index(0).to_python()
    document = docx.Document(str(tmp_path / "report.docx"))
    assert any(told in str(cell) for row in cover for cell in row)
    assert any(told in one.text for one in document.paragraphs)
