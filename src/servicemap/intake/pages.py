"""Pages of a workbook: which one holds the table, which belong together, what is set.

An office that keeps one sheet per township gets all of them as one table; a sheet
设置 (settings) names columns by hand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from servicemap.errors import InputError, Problem
from servicemap.intake import cells, headings
from servicemap.intake.synonyms import TOWNSHIP_SUFFIXES, header_index, headers, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from servicemap.intake.workbooks import Page

SETTINGS = ("设置", "列设置", "settings", "columns")
TABLES = ("facilities", "villages", "townships", "people", "points", "hamlets", "grid")
# Sheets whose names say that they repeat another one are never joined to it.
_REPEAT = re.compile(
    r"(19|20)\d{2}|备份|副本|旧|示例|模板|样表|backup|copy|old|example|template",
    re.IGNORECASE,
)
# 3.帆湖镇, （二）月港乡: sheets are numbered.
_NUMBER = re.compile(
    r"^\s*(?:[(（]\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[)）]"
    r"|(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[.．、_\-—\s])\s*"
)


def is_settings(name: str) -> bool:
    """Whether a sheet holds settings."""
    return plain(name) in SETTINGS


def settings(
    pages: Sequence[Page], table: str, source: str
) -> tuple[dict[str, str], list[Problem]]:
    """Columns mapped by hand on a sheet 设置: column (or its usual header), own header.

    Parameters
    ----------
    pages
        All visible sheets.
    table
        Whose columns may be named.
    source
        For findings.

    Returns
    -------
    by_hand, problems
        Column -> header. What names no column of any table is a finding; what names
        one of another table is not, since one sheet may serve several.
    """
    known = header_index(table)
    others = {name for other in TABLES for name in header_index(other)}
    by_hand: dict[str, str] = {}
    problems = []
    for page in pages:
        if not is_settings(page.name):
            continue
        for number, row in enumerate(page.rows, 1):
            said = [cells.text(cell) for cell in row[:2]]
            if len(said) < 2 or said[0] is None or said[1] is None:  # noqa: PLR2004 - a pair
                continue
            name = plain(said[0])
            if name in known:
                by_hand[known[name]] = said[1]
            elif name not in others and number > 1:  # the first row may be a header
                problems.append(
                    Problem(
                        "setting_unknown",
                        "warning",
                        source,
                        page.name,
                        number,
                        value=said[0],
                        values={"known": ", ".join(headers(table))},
                    )
                )
    return by_hand, problems


def choose(
    pages: list[Page], known: set[str], sheet: str | None, source: str
) -> tuple[list[Page], list[Problem]]:
    """The sheet that holds a table, or the several that hold it together.

    Parameters
    ----------
    pages
        All visible sheets.
    known
        Headers of the table, normalised.
    sheet
        Name, where the study gives it.
    source
        For findings.

    Raises
    ------
    InputError
        No such sheet, or no sheet with anything in it.
    """
    if sheet is not None:
        own = [page for page in pages if page.name == sheet]
        if not own:
            known_names = ", ".join(dict.fromkeys(page.name for page in pages))
            values = {"known": known_names}
            raise InputError(
                [Problem("sheet_absent", "error", source, sheet, values=values)]
            )
        if len(own) == 1:
            return own, []
        pages = own
    full = [
        page
        for page in pages
        if not is_settings(page.name)
        and any(not cells.is_blank(c) for r in page.rows for c in r)
    ]
    if not full:
        raise InputError([Problem("no_rows", "error", source)])
    found = [headings.header(page.rows, known) for page in full]
    best = max(score for _, score in found)
    first = next(place for place, (_, score) in enumerate(found) if score == best)
    chosen = full[first]
    wanted = _headers(chosen, found[first][0])
    alike: list[Page] = []
    others: list[Page] = []
    same: list[Page] = []  # say once more what another one says
    for page, (row, score) in zip(full, found, strict=True):
        if page is chosen:
            alike.append(page)
        elif score == best > 0:
            repeats = _REPEAT.search(page.name) or _REPEAT.search(chosen.name)
            on_one_sheet = page.name == chosen.name
            if not repeats and any(_content(page) == _content(one) for one in alike):
                same.append(page)
            elif (
                _headers(page, row) == wanted or _say_alike(page, row, chosen, known)
            ) and (on_one_sheet or not repeats):
                alike.append(page)
            else:
                others.append(page)
    taken = {page.name for page in alike}
    problems = [
        _not_read(page, chosen, source)
        for page in full
        if page not in alike and page not in same and (page in others or page.name in taken)
    ]
    problems += [
        Problem(
            "sheet_same",
            "note",
            source,
            page.label or None,
            values={"chosen": chosen.label},
        )
        for page in same
    ]
    problems += _joined(alike, source)
    return alike, problems


def _not_read(page: Page, chosen: Page, source: str) -> Problem:
    """A sheet that might hold the table too, or a table beside the one that is read."""
    sheet = page.name or None
    if page.span and page.name == chosen.name:
        values = {"span": page.span, "chosen": chosen.span}
        return Problem("table_not_read", "warning", source, sheet, values=values)
    values = {"chosen": chosen.name}
    return Problem("sheet_not_read", "warning", source, sheet, values=values)


def _joined(alike: list[Page], source: str) -> list[Problem]:
    if len(alike) < 2:  # noqa: PLR2004 - nothing to join
        return []
    values = {"sheets": ", ".join(page.label for page in alike)}
    kind = "sheets_joined" if len({page.name for page in alike}) > 1 else "tables_joined"
    sheet = alike[0].name or None
    own = None if kind == "sheets_joined" else sheet
    return [Problem(kind, "note", source, own, values=values)]


def _say_alike(page: Page, row: int, chosen: Page, known: set[str]) -> bool:
    """Whether two sheets of townships differ only in columns that nobody reads."""
    if not by_township([page, chosen]):
        return False
    at, _ = headings.header(chosen.rows, known)
    own, first = page.rows[row], chosen.rows[at]
    return headings.matches(own, known) == headings.matches(first, known)


def _content(page: Page) -> list[list[object]]:
    return [row for row in page.rows if not all(cells.is_blank(cell) for cell in row)]


def _headers(page: Page, row: int) -> list[str]:
    names = headings.names(page.rows[row])
    return [plain(name) for name in names if name]


def by_township(pages: Sequence[Page]) -> bool:
    """Whether every sheet is named after a township."""
    return len({page.name for page in pages}) > 1 and all(
        township(page.name).endswith(TOWNSHIP_SUFFIXES) for page in pages
    )


def township(sheet: str) -> str:
    """The township of a sheet called ``3.帆湖镇`` or ``（二）帆湖镇``."""
    return _NUMBER.sub("", sheet).strip()
