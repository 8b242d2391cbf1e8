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
        for page in pages:
            if page.name == sheet:
                return [page], []
        names = {"known": ", ".join(page.name for page in pages)}
        raise InputError([Problem("sheet_absent", "error", source, sheet, values=names)])
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
    alike, others = [chosen], []
    for page, (row, score) in zip(full, found, strict=True):
        if page is chosen or score < best or best == 0:
            continue
        repeats = _REPEAT.search(page.name) or _REPEAT.search(chosen.name)
        if _headers(page, row) == wanted and not repeats:
            alike.append(page)
        else:
            values = {"chosen": chosen.name}
            others.append(
                Problem("sheet_not_read", "warning", source, page.name, values=values)
            )
    if len(alike) > 1:
        values = {"sheets": ", ".join(page.name for page in alike)}
        others.append(Problem("sheets_joined", "note", source, values=values))
    return alike, others


def _headers(page: Page, row: int) -> list[str]:
    names = headings.names(page.rows[row])
    return [plain(name) for name in names if name]


def by_township(pages: Sequence[Page]) -> bool:
    """Whether every sheet is named after a township."""
    return len(pages) > 1 and all(
        township(page.name).endswith(TOWNSHIP_SUFFIXES) for page in pages
    )


def township(sheet: str) -> str:
    """The township of a sheet called ``3.帆湖镇`` or ``（二）帆湖镇``."""
    return _NUMBER.sub("", sheet).strip()
