"""The cover of the workbook: headline, key figures, what they mean, how they came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicemap.outputs.sheets import A4, Formats, clean
from servicemap.outputs.terms import mark_text, question_text
from servicemap.shares import LEAST, MOST, percent_text
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xlsxwriter

    from servicemap.result import Result

LABEL_WIDTH, TEXT_WIDTH = 24, 92  # characters
LINE_HEIGHT = 18  # points
SLOPE_MODES = ("walk", "ebike", "bike")


def write_cover(
    book: xlsxwriter.Workbook,
    formats: Formats,
    result: Result,
    figures: Mapping[str, Any],
    contents: Sequence[tuple[str, str]],
) -> None:
    """Write the first worksheet.

    Parameters
    ----------
    book, formats
        The workbook and its formats.
    result, figures
        What a run found, and its summary.
    contents
        Name and title of every worksheet that follows.
    """
    language = result.study.language

    def text(key: str, **values: Any) -> str:
        return say(f"outputs.cover.{key}", language, **values)

    page = book.add_worksheet(say("outputs.sheet.cover", language))
    page.hide_gridlines(2)
    page.set_column(0, 0, LABEL_WIDTH)
    page.set_column(1, 1, TEXT_WIDTH)
    page.set_paper(A4)
    page.set_landscape()
    page.fit_to_pages(1, 1)
    big = formats(bold=True, font_size=22, align="center")
    page.merge_range(0, 0, 0, 1, "", big)
    page.write_string(0, 0, clean(text("title", study=result.study.name)), big)
    page.set_row(0, 48)
    strong = formats(bold=True, font_size=13, text_wrap=True, font_color="#1F4E79")
    page.merge_range(1, 0, 1, 1, "", strong)
    sentence = figures["coverage"][0]["sentence"]
    page.write_string(1, 0, clean(sentence), strong)
    page.set_row(1, LINE_HEIGHT * 1.4 * _lines(sentence, 1.3, LABEL_WIDTH + TEXT_WIDTH))
    mark = mark_text(result.study)
    if mark:
        page.write_string(2, 0, clean(mark), formats(bold=True, font_color="#B0123F"))
    row = 3
    question = question_text(result.study.questions[0], language)
    blocks: list[tuple[str, list[tuple[str, Any]]]] = [
        (text("figures"), [(text("question"), question), *_facts(result, figures)]),
        (text("meaning"), [("", line) for line in meaning_lines(result)]),
        (text("method"), [("", line) for line in method_lines(result)]),
        (text("tables"), list(contents)),
    ]
    heading = formats(bold=True, font_size=13, bottom=1)
    label = formats(font_color="#555555", valign="top")
    body = formats(text_wrap=True, valign="top", align="left", num_format="#,##0")
    for title, lines in blocks:
        page.write_string(row, 0, title, heading)
        page.write_blank(row, 1, None, heading)
        row += 1
        for name, value in lines:
            page.write_string(row, 0, clean(name), label)
            if isinstance(value, str):
                page.write_string(row, 1, clean(value), body)
                page.set_row(row, LINE_HEIGHT * _lines(value, 1.0, TEXT_WIDTH))
            else:
                page.write_number(row, 1, value, body)
            row += 1
        row += 1
    page.write_string(
        row, 0, say("outputs.made_by", language), formats(font_color="#777777")
    )


def _facts(result: Result, figures: Mapping[str, Any]) -> list[tuple[str, Any]]:
    language = result.study.language
    headline = figures["coverage"][0]
    unknown = say("outputs.cover.unknown", language)
    facts = {
        "people": headline["people"]["total"],
        "villages": headline["villages"]["total"],
        "townships": len(result.townships),
        "points": figures["facilities"]["open"],
        "data_date": result.data_date or unknown,
    }
    return [
        (say(f"outputs.cover.{key}", language), unknown if value is None else value)
        for key, value in facts.items()
    ]


def meaning_lines(result: Result) -> list[str]:
    """What the figures mean, a sentence each."""
    share = f"{result.study.village_covered_share * 100:g}"
    values = {"share": share, "least": percent_text(LEAST), "most": percent_text(MOST)}
    return [
        say(f"outputs.cover.meaning_{number}", result.study.language, **values)
        for number in range(1, 5)
    ]


def method_lines(result: Result) -> list[str]:
    """How times are computed, a sentence each."""
    study = result.study
    snap = f"{study.travel.snap_limit_m:g}"
    lines = [
        say(f"outputs.cover.method_{number}", study.language, snap=snap)
        for number in (1, 2)
    ]
    sloped = any(mode in SLOPE_MODES for mode in study.modes)
    if sloped:
        key = "method_slope" if study.roads.elevation is None else "method_sloped"
        lines.append(say(f"outputs.cover.{key}", study.language))
    return lines


def _lines(text: str, scale: float, width: int) -> int:
    """How many lines a text takes; every character beyond ASCII counts twice."""
    columns = sum(1 if one.isascii() else 2 for one in text) * scale
    return int(columns // width) + 1
