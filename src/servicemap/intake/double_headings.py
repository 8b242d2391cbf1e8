"""Headings of two rows: 坐标 above 经度 and 纬度, 常住人口 above 2024年 and 2025年."""

from __future__ import annotations

from typing import Any

from servicemap.intake import cells, headings, split_degrees
from servicemap.intake.synonyms import plain, without_year

_TOTALS = frozenset({"合计", "总计", "小计", "共计", "总数", "总人数", "total", "all"})
_PARTS = frozenset({"男", "女", "男性", "女性", "male", "female"}) | _TOTALS
_YEARS = range(1990, 2101)
_LEAST_ABOVE = 2  # known headings that stand in the upper row alone
Names = list[str | None]


def find(rows: list[list[Any]], known: set[str]) -> tuple[int, Names, int]:
    """Where the header is, its names, and where the rows below it begin.

    Parameters
    ----------
    rows
        Of a sheet.
    known
        Headers of the table, normalised.

    Returns
    -------
    at, names, first
        ``at`` is -1 where the sheet is empty. The header may have a second row below the
        row of most known headings, or above it.
    """
    at, _ = headings.header(rows, known)
    if at < 0:
        return -1, [], 0
    names = headings.names(rows[at])
    both = _both(rows, at, known)
    if both is None and at + 1 < len(rows):
        both = split_degrees.units(names, rows[at + 1])
    if both is not None:
        return at, both, at + 2
    above = _both(rows, at - 1, known) if at > 0 and _alone(rows, at, known) else None
    return (at, names, at + 1) if above is None else (at - 1, above, at + 1)


def _alone(rows: list[list[Any]], at: int, known: set[str]) -> bool:
    """Whether the row above a header has headings of its own, no title of merged cells."""
    lower = rows[at]
    own = [
        cell
        for place, cell in enumerate(rows[at - 1])
        if isinstance(cell, str) and (place >= len(lower) or cells.is_blank(lower[place]))
    ]
    return len(headings.matches(own, known)) >= _LEAST_ABOVE and len(set(own)) == len(own)


def _both(rows: list[list[Any]], at: int, known: set[str]) -> Names | None:
    """Names of a header of two rows, None when it is one."""
    if at + 1 >= len(rows):
        return None
    wide = max(len(rows[at]), len(rows[at + 1]))
    upper, lower = (
        [*(cells.text(cell) if isinstance(cell, str) else cell for cell in row)]
        + [None] * (wide - len(row))
        for row in (rows[at], rows[at + 1])
    )
    upper = [None if cells.is_blank(cell) else cell for cell in upper]
    lower = [None if cells.is_blank(cell) else cell for cell in lower]
    names: Names = []
    spans: Names = []  # the heading under which each column stands
    for column, (above, below) in enumerate(zip(upper, lower, strict=True)):
        span = above
        if above is None and below is not None and column:
            span = spans[-1] if lower[column - 1] is not None else None
        spans.append(span)
        if below is None or below == above:
            names.append(above)
            continue
        # A name below counts only under a heading that spans columns, or under none.
        beside = {upper[column - 1] if column else None}
        beside.add(upper[column + 1] if column + 1 < wide else None)
        spans_some = above is None or above in beside or None in beside
        name = _under(span, below, known) if spans_some else None
        if name is None:
            return None
        names.append(name)
    names = _apart(names, spans, known)
    more = len(headings.matches(names, known)) > len(headings.matches(upper, known))
    more = more or _years(names) > _years(upper)
    parted = [plain(cell) for cell in lower if isinstance(cell, str)]
    return names if more or not _PARTS.isdisjoint(parted) else None


def _years(names: list[Any]) -> int:
    return sum(isinstance(one, str) and without_year(one)[1] is not None for one in names)


def _under(span: str | None, below: Any, known: set[str]) -> str | None:
    """The name of a column by its own heading and the one that it stands under."""
    if isinstance(below, int | float) and not isinstance(below, bool):
        below = f"{int(below)}年" if span and below in _YEARS else None
    if not isinstance(below, str):
        return None
    if headings.matches([below], known):
        return below
    if not isinstance(span, str) or not headings.matches([span], known):
        return None
    if plain(below) in _TOTALS:
        return span
    if plain(below) in _PARTS:
        return f"{span}（{below}）"
    rest, year = without_year(below)
    return f"{below}{span}" if year is not None and not rest else None


def _apart(names: Names, spans: Names, known: set[str]) -> Names:
    """The same heading under several others, told apart by them: 2024年 above 常住人口."""
    done = list(names)
    for place, name in enumerate(names):
        above = spans[place]
        if name is None or not isinstance(above, str) or names.count(name) == 1:
            continue
        whole = f"{above}{name}"
        if above != name and headings.matches([whole], known):
            done[place] = whole
    return done
