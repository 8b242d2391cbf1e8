"""Tables one below another on a sheet, each under headings of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from servicemap.intake import cells, headings
from servicemap.intake.synonyms import header_index, headers, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from servicemap.intake.workbooks import Page

TABLES = (
    "facilities",
    "villages",
    "townships",
    "people",
    "points",
    "hamlets",
    "grid",
    "changes",
    "catalogue",
    "templates",
    "exceptions",
    "holidays",
)
RUNNING = frozenset({"序号", "序", "no", "nr", "sn", "行号", "项次"})
_MOST_SPLIT = 4  # times that a printed table is folded beside itself
_LEAST_BELOW = 3  # cells of a second header further down
_KNOWN_SHARE = 0.6  # of the cells of such a header are known


def stacked(page: Page) -> list[Page]:
    """The tables of a sheet that stand one below the other under headings of their own.

    Parameters
    ----------
    page
        A sheet. A header that is printed again is no new table.

    Returns
    -------
    list of Page
        Each with the rest of the sheet blank; the page itself where there is one.
    """
    rows = page.rows
    starts: list[int] = []
    header: list[str | None] | None = None
    data = False  # whether something else than headings came since the last header
    for number, row in enumerate(rows):
        may_be = _begins(row) or number == 0 or few(rows[number - 1])
        if not may_be or not _is_header(row):
            data = data or not _is_words(row)
            continue
        names = _names(row)
        if header is None:
            header, data = names, False
        elif data and not _repeats(names, header):
            starts.append(number)
            header, data = names, False
    if not starts:
        return [page]
    cuts = [0, *(_with_title(rows, start) for start in starts), len(rows)]
    done = []
    for first, last in pairwise(cuts):
        part = [[None] * len(row) for row in rows[:first]] + rows[first:last]
        hidden = tuple(row for row in page.hidden_rows if first < row <= last)
        done.append(spanned(replace(page, rows=part, hidden_rows=hidden)))
    return done


def _names(row: list[Any]) -> list[str | None]:
    return [plain(cell) if isinstance(cell, str) and cell.strip() else None for cell in row]


def _repeats(names: list[str | None], header: list[str | None]) -> bool:
    """Whether a header says nothing else, column by column, than the one above it."""
    return all(
        name is None or (place < len(header) and name == header[place])
        for place, name in enumerate(names)
    )


def _begins(row: list[Any]) -> bool:
    """Whether a row begins with a heading; quick, as it is asked of every row."""
    first = row[0] if row else None
    return isinstance(first, str) and first.strip() in _firsts()


@cache
def _firsts() -> frozenset[str]:
    """All headings of all tables as they are usually written."""
    every = (
        name
        for table in TABLES
        for words in headers(table).values()
        for names in words.values()
        for name in names
    )
    return frozenset(every) | RUNNING


def _is_words(row: list[Any]) -> bool:
    """Whether a row has no number, as headers of several rows have none."""
    return not any(
        isinstance(cell, int | float) or any(map(str.isdigit, str(cell))) for cell in row
    )


def _is_header(row: list[Any]) -> bool:
    """Whether a row is nothing but words, most of them headings of one of our tables."""
    said = [cell for cell in row if not cells.is_blank(cell)]
    if len(said) < _LEAST_BELOW or not all(isinstance(cell, str) for cell in said):
        return False
    names = _names(said)
    if len(set(names)) < len(names) and not folds(names):
        return False
    known = max(len(headings.matches(said, set(header_index(one)))) for one in TABLES)
    return known >= max(2, _KNOWN_SHARE * len(set(names)))


def folds(names: Sequence[str | None]) -> int:
    """After how many columns the same headings come again and again; 0 if they do not."""
    for times in range(_MOST_SPLIT, 1, -1):
        step, rest = divmod(len(names), times)
        first = list(names[:step])
        whole = not rest and None not in first and len(set(first)) == step > 0
        if whole and list(names) == first * times:
            return step
    return 0


def few(row: list[Any]) -> bool:
    """Whether a row has at most one cell with something in it: blank, or a title."""
    one = False
    for cell in row:
        if not cells.is_blank(cell):
            if one:
                return False
            one = True
    return True


def _with_title(rows: list[list[Any]], start: int) -> int:
    while start and few(rows[start - 1]):
        start -= 1
    return start


def spanned(page: Page) -> Page:
    """A page that knows where on its sheet it stands."""
    there = [
        (number, place)
        for number, row in enumerate(page.rows, 1)
        for place, cell in enumerate(row)
        if not cells.is_blank(cell)
    ]
    places = [place for _, place in there]
    left, right = headings.letter(min(places)), headings.letter(max(places))
    return replace(page, span=f"{left}{there[0][0]}:{right}{there[-1][0]}")
