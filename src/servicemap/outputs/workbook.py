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

from servicemap.outputs.sheets import Formats, write_sheet
from servicemap.outputs.workbook_charts import Charts
from servicemap.outputs.workbook_cover import write_cover
from servicemap.outputs.workbook_tables import sheets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from servicemap.result import Result

NO_TIME = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # xlsx knows no zones


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
        Charts(book, formats, result, figures, tables).write()
    finally:
        book.close()
