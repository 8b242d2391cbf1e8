"""``workbook.xlsx``: what a planner sends on, one table per worksheet.

Cover, townships (in code order, the rank as a column, totals at the foot),
villages, service points, gaps with reasons and remedies, questions, townships
by question, findings, and charts. Figures are those of ``summary.json``;
creation time and author are fixed, so that two runs write the same bytes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import xlsxwriter

from servicemap.outputs.palette import RAMP
from servicemap.outputs.sheets import HEADER_ROW, Formats, Sheet, write_sheet
from servicemap.outputs.terms import question_text
from servicemap.outputs.workbook_cover import write_cover
from servicemap.outputs.workbook_tables import sheets
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
        _charts(book, result, figures, tables)
    finally:
        book.close()


def _charts(
    book: xlsxwriter.Workbook,
    result: Result,
    figures: Mapping[str, Any],
    tables: Sequence[Sheet],
) -> None:
    """A page of charts over the cells of the tables: townships, then questions."""
    language = result.study.language
    counted = figures["coverage"][0]["people"]["total"] is not None
    key = "people_percent" if counted else "villages_percent"
    heading = say(f"outputs.column.{key}", language)
    end = "chart" if counted else "chart_villages"
    question = question_text(result.study.questions[0], language)
    named = {one.name: one for one in tables}
    wanted = (
        (
            named[say("outputs.sheet.townships", language)],
            1,
            len(figures["coverage"][0]["by_township"]),
            say(f"outputs.title.{end}", language, question=question),
        ),
        (
            named[say("outputs.sheet.questions", language)],
            0,
            len(figures["coverage"]),
            say(f"outputs.title.{end}_questions", language),
        ),
    )
    page, row = None, 0
    for table, names, count, title in wanted:
        if not count:
            continue
        if page is None:
            page = book.add_worksheet(say("outputs.sheet.chart", language))
            page.hide_gridlines(2)
            page.set_landscape()
            page.fit_to_pages(1, 0)
        chart = _bars(book, table, heading, names, count)
        chart.set_title({"name": title, "overlay": False, "name_font": {"size": 14}})
        width, height = CHART_PX
        height = max(height, ROW_HEIGHT_PX * count)
        chart.set_size({"width": width, "height": height})
        page.insert_chart(row, 0, chart)
        row += height // ROW_HEIGHT_PX + 4


def _bars(
    book: xlsxwriter.Workbook, table: Sheet, heading: str, names: int, count: int
) -> Any:
    """Bars of one column of shares, in the order of its rows, from the cells."""
    column = [one.title for one in table.fields].index(heading)
    chart = book.add_chart({"type": "bar"})
    first, last = HEADER_ROW + 1, HEADER_ROW + count
    chart.add_series(
        {
            "name": heading,
            "categories": [table.name, first, names, last, names],
            "values": [table.name, first, column, last, column],
            "fill": {"color": RAMP[1]},
            "gap": 60,
            "data_labels": {"value": True, "num_format": "0.0"},
        }
    )
    chart.set_legend({"none": True})
    chart.set_x_axis({"min": 0, "max": 100, "major_gridlines": {"visible": True}})
    chart.set_y_axis({"reverse": True})
    return chart
