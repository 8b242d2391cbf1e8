"""Tables -> the workbook and CSV that people edit, in the words of their language.

What is written here reads back as the same table.
"""

from __future__ import annotations

import csv
import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.intake.synonyms import header, value_word, value_words
from servicemap.intake.text_files import FORMULA_STARTS
from servicemap.words import say

if TYPE_CHECKING:
    from pathlib import Path

# Columns of a workbook, in order; all have synonyms.
POINT_COLUMNS = (
    "facility_id",
    "name",
    "tier",
    "form",
    "township_id",
    "township",
    "village_id",
    "village",
    "partner",
    "one_stop",
    "status",
    "hours",
    "windows",
    "phone",
    "address",
    "lon",
    "lat",
    "datum",
    "located_by",
)
VILLAGE_COLUMNS = (
    "village_id",
    "name",
    "township_id",
    "township",
    "kind",
    "area_type",
    "lon",
    "lat",
    "located_by",
    "people",
)
_CHOICES = ("tier", "form", "status", "kind", "datum", "located_by")
_WIDE = {
    "name": 28,
    "address": 32,
    "hours": 30,
    "partner": 22,
    "village": 18,
    "township": 18,
}
_SPARE_ROWS = 1000  # below the last row, with the same drop-downs
_MADE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # the same bytes on every run


def head(table: str, columns: tuple[str, ...], language: str) -> list[str]:
    """Headers as they are written."""
    return [
        header("people" if column == "people" else table, column, language)
        for column in columns
    ]


def rows(
    frame: pd.DataFrame,
    columns: tuple[str, ...],
    names: dict[str, dict[str, str]],
    language: str,
) -> list[list[Any]]:
    """Cells of a table: words instead of values, names beside ids, None for missing.

    Parameters
    ----------
    frame
        The table.
    columns
        Those to write.
    names
        ``township`` and ``village``: id to name, for people to read.
    language
        Of the words.
    """
    done = []
    for record in frame.to_dict("records"):
        row: list[Any] = []
        for column in columns:
            value = record.get(column)
            if column in names:
                own = record.get(f"{column}_id")
                value = names[column].get(own) if isinstance(own, str) else None
            if value is None or value is pd.NA or pd.isna(value):
                row.append(None)
            elif column in _CHOICES:
                row.append(value_word(column, value, language))
            elif column == "one_stop":
                row.append(value_word("flag", "yes" if value else "no", language))
            else:
                row.append(value)
        done.append(row)
    return done


def write_csv(path: Path, headers: list[str], cells: list[list[Any]]) -> None:
    """UTF-8 with BOM; a cell that looks like a formula gets an apostrophe before it."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(headers)
        writer.writerows([_guarded(cell) for cell in row] for row in cells)


def _guarded(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return "" if cell is None else cell


def write_workbook(
    path: Path,
    table: str,
    columns: tuple[str, ...],
    cells: list[list[Any]],
    language: str,
) -> None:
    """A workbook with notes on the headers, drop-downs and a frozen header row."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _MADE})
        bold = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
        text = book.add_format({"num_format": "@"})
        degrees = book.add_format({"num_format": "0.0000000"})
        sheet = book.add_worksheet(say(f"intake.draft.sheet_{table}", language))
        sheet.freeze_panes(1, 2)
        last = len(cells)
        for place, (column, name) in enumerate(
            zip(columns, head(table, columns, language), strict=True)
        ):
            sheet.write_string(0, place, name, bold)
            sheet.write_comment(
                0, place, say(f"intake.columns.{column}", language), {"x_scale": 2}
            )
            form = degrees if column in ("lon", "lat") else None
            if column not in ("lon", "lat", "windows", "people"):
                form = text
            longest = max((len(str(row[place] or "")) for row in cells), default=0)
            width = min(max(_WIDE.get(column, 12), len(name) * 2 + 2, 10), longest + 24)
            sheet.set_column(place, place, width, form)
            choices = _choices(column, language)
            if choices:
                sheet.data_validation(
                    1,
                    place,
                    last + _SPARE_ROWS,
                    place,
                    {"validate": "list", "source": choices, "error_type": "warning"},
                )
        for number, row in enumerate(cells, 1):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, place, cell, text)
                elif cell is not None:
                    sheet.write_number(number, place, cell)
        sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)


def _choices(column: str, language: str) -> list[str]:
    if column == "one_stop":
        return [value_word("flag", one, language) for one in ("yes", "no")]
    if column not in _CHOICES:
        return []
    return [value_word(column, one, language) for one in value_words(column)]
