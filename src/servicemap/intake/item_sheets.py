"""The files of ``[items]``: which sheet is the catalogue, the templates, the exceptions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from servicemap.errors import InputError, Problem
from servicemap.intake import guard, headings, sheets, text_files, workbooks
from servicemap.intake.columns import Columns, match
from servicemap.intake.synonyms import header_index, plain, without_brackets
from servicemap.study import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.study import Study

CATALOGUE, TEMPLATES, EXCEPTIONS = "items", "templates", "exceptions"
# What a sheet must have to be one of the three, asked in this order: any of each group.
_MARKS: dict[str, tuple[tuple[str, ...], ...]] = {
    EXCEPTIONS: (("facility_id", "facility"), ("item_group", "item_id", "item")),
    TEMPLATES: (("tier",), ("item_group", "item_id", "item")),
    CATALOGUE: (("item_id", "name"),),
}
_FILES = (*workbooks.SUFFIXES, *text_files.SUFFIXES)


def read(study: Study) -> tuple[dict[str, Columns], list[Problem]]:
    """Read the sheets that a study names, or that its workbook has.

    Parameters
    ----------
    study
        ``[items]`` names a workbook, and sheets in it or files beside it.

    Returns
    -------
    columns, problems
        Under ``items``, ``templates`` and ``exceptions``, as far as they are there.

    Raises
    ------
    InputError
        A file or sheet that is named is absent or unreadable, or the catalogue is.
    """
    setting = study.items
    said_by = setting.source or FILE_NAME
    places, problems = _places(study)
    if not places and setting.source is None:
        return {}, []
    if CATALOGUE not in places:
        raise InputError([Problem("items_no_catalogue", "error", said_by)])
    done: dict[str, Columns] = {}
    mapped: set[str] = set()
    for table in (CATALOGUE, TEMPLATES, EXCEPTIONS):
        if table in places:
            source, sheet = places[table]
            columns, used = _columns(
                study.path(source), table, source, sheet, setting.columns
            )
            mapped |= used
            done[table] = columns
            more = (*columns.sheet.problems, *columns.problems)
            problems += [one for one in more if one not in problems]
    problems += [
        Problem("items_column_absent", "error", said_by, column=header)
        for name, header in setting.columns.items()
        if name not in mapped
    ]
    if TEMPLATES not in done:
        problems.append(Problem("items_no_templates", "warning", said_by))
    return done, problems


def _places(study: Study) -> tuple[dict[str, tuple[str, str | None]], list[Problem]]:
    """File and sheet of each of the three: as the study names them, else by headers."""
    book = study.items.source
    problems: list[Problem] = []
    places: dict[str, tuple[str, str | None]] = {}
    if book is not None:
        found, problems = _by_headers(study.path(book), book)
        places = {table: (book, sheet) for table, sheet in found.items()}
    named = {
        CATALOGUE: study.items.catalogue,
        TEMPLATES: study.items.templates,
        EXCEPTIONS: study.items.exceptions,
    }
    for table, name in named.items():
        if name is None:
            continue
        if Path(name).suffix.casefold() in _FILES:
            places[table] = (name, None)
        elif book is not None:
            places[table] = (book, name)
        else:
            raise InputError([Problem("items_no_workbook", "error", FILE_NAME, value=name)])
    return places, problems


def _by_headers(path: Path, source: str) -> tuple[dict[str, str | None], list[Problem]]:
    """Sheets of a workbook by what their headers say; other files are the catalogue."""
    file = guard.local(path, source)
    is_book = file.suffix.casefold() in workbooks.SUFFIXES
    if not is_book or not workbooks.is_workbook(file, source):
        return {CATALOGUE: None}, []
    pages, _ = workbooks.read(file, source)
    found: dict[str, str | None] = {}
    problems: list[Problem] = []
    for page in pages:
        table = _table_of(page.rows)
        if table is None:
            continue
        if table in found:
            values = {"chosen": found[table]}
            problems.append(
                Problem("sheet_not_read", "warning", source, page.name, values=values)
            )
        else:
            found[table] = page.name
    return found, problems


def _table_of(rows: list[list[object]]) -> str | None:
    for table, marks in _MARKS.items():
        index = header_index(table)
        at, count = headings.header(rows, set(index))
        if at < 0 or not count:
            continue
        names = [cell for cell in rows[at] if isinstance(cell, str)]
        columns = {index.get(plain(name)) for name in names}
        columns |= {index.get(without_brackets(name)) for name in names}
        if all(columns & {*group} for group in marks):
            return table
    return None


def _columns(
    path: Path, table: str, source: str, sheet: str | None, by_hand: Mapping[str, str]
) -> tuple[Columns, set[str]]:
    """One sheet, and which of the columns mapped by hand it has."""
    wanted = {plain(header) for header in by_hand.values()}
    read_sheet = sheets.read(path, table, source=source, sheet=sheet, by_hand=by_hand)
    there = {plain(str(name)) for name in read_sheet.cells.columns} & wanted
    known = {*header_index(table).values()}
    own = {
        name: header
        for name, header in by_hand.items()
        if plain(header) in there and name in known
    }
    return match(read_sheet, table, own), set(own)
