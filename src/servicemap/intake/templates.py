"""Tables -> the workbook and CSV that people edit, in the words of their language.

What is written here reads back as the same table.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.intake.synonyms import header, headers, value_word, value_words
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
_CHOICES = (
    "tier", "form", "status", "datum", "located_by",
    "scope", "tied_to", "handling", "who_may", "day_kind",
)  # fmt: skip
_FLAGS = ("one_stop", "neighbour", "by_appointment", "at_bank")
_NUMBERS = (
    "lon", "lat", "windows", "people", "resident", "hukou", "elderly", "disabled",
    "households", "year", "moved_people", "published_road_km",
)  # fmt: skip
# Columns whose words depend on the table.
_KINDS_OF = {
    ("villages", "kind"): "kind",
    ("people", "kind"): "people_kind",
    ("changes", "kind"): "change_kind",
}
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
    own = headers(table)
    return [
        header(table if column in own else "people", column, language) for column in columns
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
            elif column in _CHOICES or column == "kind":
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


@dataclass(frozen=True)
class Sheet:
    """A sheet to be written.

    Attributes
    ----------
    title
        Of the worksheet.
    table, columns
        Whose headers, notes and words it has.
    cells
        Rows below the header.
    example
        Cells of a row that shows how to fill in the sheet, and is not read.
    """

    title: str
    table: str
    columns: tuple[str, ...]
    cells: list[list[Any]]
    example: list[Any] | None = None


def write_workbook(path: Path, sheets: list[Sheet], language: str) -> None:
    """A workbook with notes on the headers, drop-downs and a frozen header row."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _MADE})
        for one in sheets:
            _write_sheet(book, one, language)


def _write_sheet(book: Any, one: Sheet, language: str) -> None:
    bold = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
    text = book.add_format({"num_format": "@"})
    degrees = book.add_format({"num_format": "0.0000000"})
    shown = book.add_format(
        {"italic": True, "font_color": "#7F7F7F", "bg_color": "#F2F2F2", "num_format": "@"}
    )
    sheet = book.add_worksheet(one.title)
    sheet.freeze_panes(1, 2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)  # a printed sheet is as wide as the paper
    rows_ = [*([one.example] if one.example else []), *one.cells]
    last = len(rows_)
    for place, (column, name) in enumerate(
        zip(one.columns, head(one.table, one.columns, language), strict=True)
    ):
        sheet.write_string(0, place, name, bold)
        own = _KINDS_OF.get((one.table, column), column)
        note = say(f"intake.columns.{own}", language)
        sheet.write_comment(0, place, note, {"x_scale": 2})
        form = degrees if column in ("lon", "lat") else None
        if column not in _NUMBERS:
            form = text
        room = max((_room(row[place]) for row in rows_), default=0)
        widest = room + 4 if one.example else room + 24
        width = min(max(_WIDE.get(column, 12), _room(name) + 4), max(widest, 10))
        width = max(width, _room(name) + 4, min(widest, 44) if one.example else 0)
        sheet.set_column(place, place, width, form)
        options = choices(one.table, column, language)
        if options:
            sheet.data_validation(
                1,
                place,
                last + _SPARE_ROWS,
                place,
                {"validate": "list", "source": options, "error_type": "warning"},
            )
    for number, row in enumerate(rows_, 1):
        example = one.example is not None and number == 1
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, place, cell, shown if example else text)
            elif cell is not None:
                sheet.write_number(number, place, cell, shown if example else None)
            elif example:
                sheet.write_blank(number, place, None, shown)
    sheet.autofilter(0, 0, max(last, 1), len(one.columns) - 1)


def _room(cell: Any) -> int:
    """Width of a cell in Latin letters; a Han character takes two."""
    text = "" if cell is None else str(cell)
    return sum(2 if ord(one) > 0xFF else 1 for one in text)  # noqa: PLR2004 - end of Latin-1


def choices(table: str, column: str, language: str) -> list[str]:
    """Words of a column's drop-down; none where anything may be written."""
    if column in _FLAGS:
        return [value_word("flag", one, language) for one in ("yes", "no")]
    kind = _KINDS_OF.get((table, column), column if column in _CHOICES else None)
    if kind is None:
        return []
    return [value_word(kind, one, language) for one in value_words(kind)]
