"""Sheets whose headings stand in no row: down a column, or beside values as in a form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from servicemap.errors import Problem
from servicemap.intake import cells, headings
from servicemap.intake.synonyms import header_index, meaning

if TYPE_CHECKING:
    from servicemap.intake.workbooks import Page

_LEAST = 3  # headings down a column
_LEAST_FORM = 4  # headings of a form
_SHARE = 0.6  # of the cells of that column are known headings
_LOOKED_AT = 5  # first columns among which it may be
_MOST_ROWS = 200  # a turned table has no more headings than that
# Headings that are also values: the tier of a point may be 村, its partner 银行.
_WORDS = frozenset({"village", "township", "partner", "tier", "kind", "name"})


def straight(
    page: Page, table: str, known: set[str], score: int, source: str
) -> tuple[Page, Problem | None]:
    """A sheet as one of the usual kind, and the note on what was done.

    Parameters
    ----------
    page
        As it stands.
    table, known
        The table that is looked for, and its headers, normalised.
    score
        How many of them the best row has.
    source
        For the note.

    Returns
    -------
    page, problem
        The page itself and None where its headings stand in a row.
    """
    rows = [row for row in page.rows if not all(cells.is_blank(cell) for cell in row)]
    if not 1 < len(rows) <= _MOST_ROWS:
        return page, None
    index = header_index(table)
    found = _column(rows, known, index, score)
    pairs = _pairs(rows, index)
    columns = {meaning(label, index) for label, _ in pairs}
    beside = columns - _WORDS
    down = set() if found is None else found[1] - _WORDS
    is_form = len(columns) >= _LEAST_FORM and len(columns) >= 2 * score
    if is_form and len(beside) > len(down):
        labels = [label for label, _ in pairs]
        form = [labels, [value for _, value in pairs]]
        shown = {"headers": ", ".join(labels)[:200]}
        note = Problem("form_read", "note", source, page.name or None, values=shown)
        return replace(page, rows=form, hidden_rows=()), note
    if found is None:
        return page, None
    place = found[0]
    letter = {"letter": headings.letter(place)}
    note = Problem("sheet_turned", "note", source, page.name or None, values=letter)
    return _turned(page, place, known), note


def _column(
    rows: list[list[Any]], known: set[str], index: dict[str, str], score: int
) -> tuple[int, set[str]] | None:
    """The column that holds the headings, and what they mean."""
    for place in range(min(_LOOKED_AT, max(map(len, rows)))):
        said = [row[place] for row in rows if place < len(row)]
        texts = [cell for cell in said if isinstance(cell, str) and cell.strip()]
        found = headings.matches(texts, known)
        columns = {index.get(name, name) for name in found}
        many = len(columns) >= _LEAST and len(columns) > score
        if many and len(found) >= _SHARE * len(set(texts)) and not columns <= _WORDS:
            return place, columns
    return None


def _turned(page: Page, place: int, known: set[str]) -> Page:
    """Rows and columns exchanged, from the first heading on."""
    rows = page.rows
    first = next(
        number
        for number, row in enumerate(rows)
        if place < len(row) and headings.matches([row[place]], known)
    )
    wide = max(map(len, rows))
    whole = [[*row, *[None] * (wide - len(row))] for row in rows[first:]]
    done: list[list[Any]] = [list(column) for column in zip(*whole, strict=True)]
    done[:place] = [[None] * len(whole) for _ in range(place)]
    return replace(page, rows=done, hidden_rows=())


def _pairs(rows: list[list[Any]], index: dict[str, str]) -> list[tuple[str, Any]]:
    """Headings with the cell to their right; a merged cell counts once."""
    done: list[tuple[str, Any]] = []
    for row in rows:
        said = [
            cell for place, cell in enumerate(row) if not place or cell != row[place - 1]
        ]
        place = 0
        while place < len(said) - 1:
            label, value = said[place], said[place + 1]
            place += 1
            if not isinstance(label, str) or meaning(label, index) is None:
                continue
            if isinstance(value, str) and meaning(value, index) not in {None, *_WORDS}:
                continue  # a header: headings beside one another
            done.append((label, value))
            place += 1
    return done
