"""How tables stand on a sheet: beside one another, folded to fit the page.

Each table becomes a page of its own, with the rest of its sheet left blank, so that
rows and columns keep the numbers that a spreadsheet program shows.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from servicemap.intake import cells, headings, odd_sheets
from servicemap.intake.stacked_tables import RUNNING, TABLES, few, folds, spanned, stacked
from servicemap.intake.synonyms import header_index, meaning, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from servicemap.errors import Problem
    from servicemap.intake.workbooks import Page

# Columns that say which thing a row is about: a table of its own begins with one.
_IDENTITY = re.compile(r"(^|_)(id|name)$|^(village|township|hamlet|item)$")
_LEAST_WIDE, _LEAST_TALL = 2, 2  # cells of a block that may be a table


def tables(
    page: Page, table: str, known: set[str], source: str
) -> tuple[list[Page], list[Problem]]:
    """The tables of one sheet, each as a page.

    Parameters
    ----------
    page
        A visible sheet, or a text file.
    table, known
        The table that is looked for, and its headers, normalised.
    source
        For findings.

    Returns
    -------
    pages, problems
        The page itself where it holds one table in the usual way. A table whose headings
        stand down a column comes turned, with a note.
    """
    at, score = headings.header(page.rows, known)
    if at < 0:
        return [page], []
    done, problem = odd_sheets.straight(page, table, known, score, source)
    if problem is not None:
        return [done], [problem]
    return [
        block for part in stacked(page) for block in _side_by_side(part, table, known)
    ], []


def of_book(
    pages: Sequence[Page], table: str, known: set[str], source: str
) -> tuple[list[Page], dict[str, list[Problem]]]:
    """`tables` of every sheet, and the findings by name of the sheet."""
    done: list[Page] = []
    problems: dict[str, list[Problem]] = {}
    for page in pages:
        own, found = tables(page, table, known, source)
        done += own
        problems[page.name] = found
    return done, problems


def _side_by_side(page: Page, table: str, known: set[str]) -> list[Page]:
    """Blocks of columns that are tables of their own."""
    at, _ = headings.header(page.rows, known)
    bands = list(_bands(page.rows, at))
    index = header_index(table)
    if len(bands) > 1:
        main = max(
            bands,
            key=lambda band: len(headings.matches(page.rows[at][slice(*band)], known)),
        )
        apart = [
            band
            for band in bands
            if band != main and _is_apart(page, at, main, band, index)
        ]
        bands = _merged(bands, apart)
    bands = [part for band in bands for part in _folded(page.rows[at], band, index)]
    if len(bands) == 1:
        return [page]
    return [_block(page, band) for band in bands]


def _bands(rows: list[list[Any]], at: int) -> Iterator[tuple[int, int]]:
    """Runs of columns between columns that are blank from the header row on."""
    wide = max(len(row) for row in rows[at:])
    head = [*rows[at], *[None] * (wide - len(rows[at]))]
    start = None
    for place in range(wide + 1):
        blank = place == wide or (
            cells.is_blank(head[place])
            and all(cells.is_blank(row[place]) for row in rows[at:] if place < len(row))
        )
        if blank and start is not None:
            yield start, place
            start = None
        elif not blank and start is None:
            start = place


def _is_apart(
    page: Page, at: int, main: tuple[int, int], band: tuple[int, int], index: dict[str, str]
) -> bool:
    """Whether a block of columns is a table of its own, not the rest of the main one."""
    rows = page.rows
    own, its = _filled(rows, at, main), _filled(rows, at, band)
    if band[1] - band[0] < _LEAST_WIDE or len(its) < _LEAST_TALL:
        return False
    names = [cells.text(cell) for cell in rows[at][slice(*band)]]
    if not any(names):
        return True  # its header stands in another row
    there = [name for name in names if name]
    if not any(_is_identity(name, index) for name in there):
        return False  # an empty column within one table
    here = [name for name in map(cells.text, rows[at][slice(*main)]) if name]
    shared = _meanings(there, index) & _meanings(here, index)
    return bool(shared) or its[-1] != own[-1] or _in_other_order(rows, at, main, band)


def _in_other_order(
    rows: list[list[Any]], at: int, main: tuple[int, int], band: tuple[int, int]
) -> bool:
    """Whether two blocks name the same things, in other rows: lists in two orders."""
    below = [row for row in rows[at + 1 :] if not few(row)]

    def column(place: int) -> list[str | None]:
        return [cells.text(row[place]) if place < len(row) else None for row in below]

    ours = [column(place) for place in range(*main)]
    for place in range(*band):
        its = column(place)
        values = {one for one in its if one and not one.isdigit()}
        if len(values) < max(_LEAST_TALL, len(below) / 2):
            continue  # a column of kinds
        for own in ours:
            there = len(values & {*own}) * 2 >= len(values)
            if there and sum(a == b for a, b in zip(own, its, strict=True)) * 2 < len(its):
                return True
    return False


def _meanings(names: list[str], index: dict[str, str]) -> set[str]:
    """Headings, normalised, and the columns that they mean."""
    return {meaning(name, index) or plain(name) for name in names}


def _is_identity(name: str, index: dict[str, str]) -> bool:
    if plain(name) in RUNNING:
        return True
    columns = [meaning(name, index), *(meaning(name, header_index(one)) for one in TABLES)]
    return any(one and _IDENTITY.search(one) for one in columns)


def _filled(rows: list[list[Any]], at: int, band: tuple[int, int]) -> list[int]:
    """Rows from the header on with something in a block."""
    return [
        number
        for number in range(at, len(rows))
        if not all(cells.is_blank(cell) for cell in rows[number][slice(*band)])
    ]


def _merged(
    bands: list[tuple[int, int]], apart: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Neighbouring bands of one table as one."""
    done: list[tuple[int, int]] = []
    for band in bands:
        joined = done and band not in apart and done[-1] not in apart
        done[-1:] = [(done[-1][0], band[1])] if joined else [*done[-1:], band]
    return done


def _folded(
    head: list[Any], band: tuple[int, int], index: dict[str, str]
) -> list[tuple[int, int]]:
    """The parts of a table that was folded to fit the page: 村, 人数, 村, 人数."""
    names = [cells.text(cell) for cell in head[slice(*band)]]
    names += [None] * (band[1] - band[0] - len(names))
    short = [name and plain(name) for name in names]
    step = folds(short)
    if step < _LEAST_WIDE or not any(
        _is_identity(name, index) for name in names[:step] if name
    ):
        return [band]
    return [(one, one + step) for one in range(band[0], band[1], step)]


def _block(page: Page, band: tuple[int, int]) -> Page:
    """A page with one block of columns."""
    first, last = band
    rows = [
        [cell if first <= place < last else None for place, cell in enumerate(row)]
        for row in page.rows
    ]
    return spanned(replace(page, rows=rows))
