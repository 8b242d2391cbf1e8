"""A corrected copy of the input: every change marked, and listed on a sheet of its own."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from servicemap.errors import ResourceError
from servicemap.outputs.files import make_folder, replacing
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from servicemap.intake.corrected_pages import Page
    from servicemap.intake.corrections import Correction

CHANGED, DOUBTED = "#C6E0B4", "#FFE699"
_MADE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # the same bytes on every run
_NAME_LENGTH = 31
_FORBIDDEN = str.maketrans("[]:*?/\\", "_______")
_LIST = ("where", "row", "column", "old", "new", "reason")
_MOST_NOTE = 1_000  # characters of a comment


def write_fixed_copy(
    pages: Sequence[Page], path: Path, *, language: str, overwrite: bool = False
) -> int:
    """Write the corrected copy.

    Parameters
    ----------
    pages
        Of `servicemap.intake.corrected_pages`.
    path
        The workbook.
    language
        Of the notes and of the list.
    overwrite
        Replace a file that is there already.

    Returns
    -------
    int
        How many cells were changed.

    Raises
    ------
    ResourceError
        The file is there, or cannot be written.
    """
    import xlsxwriter

    if path.exists() and not overwrite:
        raise ResourceError("target_exists", path=str(path))
    make_folder(path.parent)
    with replacing(path) as temporary:
        options = {"strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(str(temporary), options) as book:
            book.set_properties({"created": _MADE})
            looks = {
                "head": book.add_format({"bold": True, "bg_color": "#DCE6F1"}),
                "changed": book.add_format({"bg_color": CHANGED}),
                "doubted": book.add_format({"bg_color": DOUBTED}),
                "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            }
            names = _names(pages, language)
            listed = book.add_worksheet(say("intake.fix.sheet", language))
            count = _list(listed, pages, names, looks, language)
            for page, name in zip(pages, names, strict=True):
                _page(book.add_worksheet(name), page, looks, language)
    return count


def _names(pages: Sequence[Page], language: str) -> list[str]:
    """Names of sheets: their own where that is unique, at most 31 characters."""
    taken = {say("intake.fix.sheet", language).casefold()}
    done = []
    for page in pages:
        wish = (page.sheet or page.source).translate(_FORBIDDEN).strip("'") or page.table
        name, number = wish[:_NAME_LENGTH], 2
        while name.casefold() in taken:
            tail = f" ({number})"
            name, number = wish[: _NAME_LENGTH - len(tail)] + tail, number + 1
        taken.add(name.casefold())
        done.append(name)
    return done


def _list(
    sheet: Any, pages: Sequence[Page], names: list[str], looks: Any, language: str
) -> int:
    """The list of changes; each row leads to its cell."""
    sheet.write_string(0, 0, say("intake.fix.about", language))
    for column, key in enumerate(_LIST):
        sheet.write_string(2, column, say(f"intake.fix.{key}", language), looks["head"])
    sheet.freeze_panes(3, 0)
    for column, width in enumerate((30, 8, 16, 30, 30, 48)):
        sheet.set_column(column, column, width)
    at = 3
    for page, name in zip(pages, names, strict=True):
        for one in sorted(
            page.corrections, key=lambda c: (c.row, page.places.get(c.column, 0))
        ):
            place = page.places.get(one.column)
            if place is None:
                continue
            quoted = name.replace("'", "''")
            target = f"internal:'{quoted}'!{_cell(one.row - 1, place)}"
            sheet.write_url(
                at, 0, target, string=f"{page.source} {page.sheet or ''}".strip()
            )
            sheet.write_number(at, 1, one.row)
            for column, value in ((2, one.column), (3, one.old), (4, one.new)):
                _put(sheet, at, column, value, None, looks)
            sheet.write_string(at, 5, say(f"intake.fix.{one.reason}", language))
            at += 1
    return at - 3


def _cell(row: int, column: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row, column))


def _page(sheet: Any, page: Page, looks: Any, language: str) -> None:
    changes: dict[tuple[int, int], Correction] = {}
    for one in page.corrections:
        if one.column in page.places:
            changes[one.row - 1, page.places[one.column]] = one
    notes = _notes(page, language)
    for number, row in enumerate(page.rows):
        for column, cell in enumerate(row):
            change = changes.get((number, column))
            noted = (number, column) in notes
            look = looks["changed"] if change else looks["doubted"] if noted else None
            if number == page.header_row - 1 and look is None:
                look = looks["head"]
            _put(sheet, number, column, change.new if change else cell, look, looks)
    for (number, column), change in changes.items():
        old = say("intake.fix.was", language, old=_shown(change.old))
        reason = say(f"intake.fix.{change.reason}", language)
        notes[number, column] = [f"{reason}\n{old}", *notes.get((number, column), [])]
    for (number, column), texts in sorted(notes.items()):
        sheet.write_comment(number, column, "\n".join(texts)[:_MOST_NOTE], {"x_scale": 2})
    sheet.freeze_panes(page.header_row, 0)


def _notes(page: Page, language: str) -> dict[tuple[int, int], list[str]]:
    """Findings of errors and warnings at the cell or the row that they speak of."""
    found: dict[tuple[int, int], list[str]] = {}
    for problem in page.problems:
        if problem.severity == "note" or problem.row is None:
            continue
        column = page.places.get(problem.column or "", 0)
        text = f"{problem.message(language)} {problem.remedy(language)}".strip()
        found.setdefault((problem.row - 1, column), []).append(text)
    return found


def _shown(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _put(sheet: Any, row: int, column: int, cell: Any, look: Any, looks: Any) -> None:
    """A cell as it is: text stays text, so that no formula comes of it."""
    if cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell)):
        if look is not None:
            sheet.write_blank(row, column, None, look)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, look)
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell, look)
    elif isinstance(cell, dt.datetime | dt.date):
        sheet.write_datetime(row, column, cell, look or looks["date"])
    else:
        sheet.write_string(row, column, str(cell)[:32_000], look)
