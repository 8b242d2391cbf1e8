"""``workbook.xlsx``: what a planner sends on, one table per worksheet.

Cover, townships (in code order, the rank as a column, totals at the foot),
villages, service points, gaps with reasons and remedies, questions, townships
by question, findings, and a chart. Figures are those of ``summary.json``;
creation time and author are fixed, so that two runs write the same bytes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import xlsxwriter

from servicemap.outputs.sheets import HEADER_ROW, Formats, Sheet, write_sheet
from servicemap.outputs.terms import question_text
from servicemap.outputs.workbook_cover import write_cover
from servicemap.outputs.workbook_tables import sheets
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from servicemap.result import Result

NO_TIME = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # xlsx knows no zones
ROW_HEIGHT_PX = 22
CHART_PX = (1100, 320)


def write_workbook(
    result: Result,
    figures: Mapping[str, Any],
    path: Path,
    answers: pd.DataFrame | None = None,
) -> None:
    """Write the workbook.

    Parameters
    ----------
    result
        What a run found.
    figures
        Its `servicemap.outputs.summary.summary`.
    path
        The file to write; xlsxwriter asks nothing about its suffix.
    answers
        Its `servicemap.outputs.tables_csv.village_answers`, by who has it already.
    """
    language = result.study.language
    tables = sheets(result, figures, answers)
    book = xlsxwriter.Workbook(
        str(path),
        {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True},
    )
    try:
        book.set_properties(
            {"title": result.study.name, "author": "servicemap", "created": NO_TIME}
        )
        formats = Formats(book, language)
        cover = [(sheet.name, sheet.title) for sheet in tables]
        write_cover(book, formats, result, figures, cover)
        for sheet in tables:
            write_sheet(book, formats, sheet)
        _chart(book, result, figures, tables[0])
    finally:
        book.close()


def _chart(
    book: xlsxwriter.Workbook, result: Result, figures: Mapping[str, Any], table: Sheet
) -> None:
    """Bars of the townships' shares, in code order, from the cells of their table."""
    language = result.study.language
    rows = figures["coverage"][0]["by_township"]
    if not rows:
        return
    counted = figures["coverage"][0]["people"]["total"] is not None
    key = "people_percent" if counted else "villages_percent"
    heading = say(f"outputs.column.{key}", language)
    column = [one.title for one in table.fields].index(heading)
    chart = book.add_chart({"type": "bar"})
    first, last = HEADER_ROW + 1, HEADER_ROW + len(rows)
    chart.add_series(
        {
            "name": heading,
            "categories": [table.name, first, 1, last, 1],
            "values": [table.name, first, column, last, column],
            "fill": {"color": "#2C7BB6"},
            "gap": 60,
            "data_labels": {"value": True, "num_format": "0.0"},
        }
    )
    question = question_text(result.study.questions[0], language)
    title = say(
        f"outputs.title.{'chart' if counted else 'chart_villages'}",
        language,
        question=question,
    )
    chart.set_title({"name": title, "overlay": False, "name_font": {"size": 14}})
    chart.set_legend({"none": True})
    chart.set_x_axis({"min": 0, "max": 100, "major_gridlines": {"visible": True}})
    chart.set_y_axis({"reverse": True})
    width, height = CHART_PX
    chart.set_size({"width": width, "height": max(height, ROW_HEIGHT_PX * len(rows))})
    page = book.add_worksheet(say("outputs.sheet.chart", language))
    page.hide_gridlines(2)
    page.set_landscape()
    page.fit_to_pages(1, 1)
    page.insert_chart(0, 0, chart)
