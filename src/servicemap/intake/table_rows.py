"""The rows of a table below its header, without totals, notes and repeated headers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from servicemap.errors import SHOWN, InputError, Problem
from servicemap.intake import cells, double_headings, headings, split_degrees

_DITTO = frozenset({"〃", "同上", "″", '"', "”", "ditto", "同前"})
_REMARK = 1_000  # characters of a title that are looked at


def hidden(source: str, sheet: str | None, rows: list[int]) -> Problem:
    """Tell of rows that are hidden or filtered away."""
    return Problem("hidden_rows", "warning", source, sheet, values=_counted(rows))


def _counted(rows: list[int]) -> dict[str, Any]:
    which = ", ".join(map(str, rows[:SHOWN])) + (", ..." if len(rows) > SHOWN else "")
    return {"count": len(rows), "rows": which}


def _longer(
    rows: list[list[Any]], used: list[int], wide: int, source: str, sheet: str | None
) -> list[Problem]:
    """Tell of rows with more cells than the header, as a stray comma makes them."""
    found = [
        row
        for row in used
        if not all(cells.is_blank(cell) for cell in rows[row - 1][wide:])
    ]
    if not found:
        return []
    values = _counted(found)
    return [Problem("rows_longer", "warning", source, sheet, found[0], values=values)]


def table_rows(
    rows: list[list[Any]],
    known: set[str],
    source: str,
    sheet: str | None,
    problems: list[Problem],
) -> tuple[pd.DataFrame, int, list[str]]:
    """Rows below the header, the header's row number, and what titles and notes say."""
    at, names, first = double_headings.find(rows, known)
    if at < 0:
        raise InputError([Problem("no_rows", "error", source, sheet)])
    if at > 0 or first > at + 1:
        found = {"headers": ", ".join(name for name in names if name)[:200]}
        problems.append(
            Problem("header_found", "note", source, sheet, row=at + 1, values=found)
        )
    wide = len(names)
    header = headings.plain_names(list(names))
    around = headings.plain_names(
        [cell for one in rows[max(at - 1, 0) : first] for cell in one]
    )
    kept: list[list[Any]] = []
    index: list[int] = []
    remarks = [_remark(row) for row in rows[:at]]
    for position in range(first, len(rows)):
        row = [*rows[position][:wide], *[None] * (wide - len(rows[position]))]
        said = [cell for cell in row if not cells.is_blank(cell)]
        if not said or (cells.is_error(said[0]) and all(map(cells.is_error, said))):
            continue  # blank, or formulas that were drawn further than the table
        aside = headings.aside(said)
        if position == first and headings.is_numbering(said):
            aside = "numbering_row"
        elif headings.repeats(row, header, around):
            aside = "header_again"
        if aside:
            remarks += [_remark(row)] * (aside == "note_row")
            value = cells.text(said[0])
            problems.append(
                Problem(aside, "note", source, sheet, position + 1, value=value)
            )
            continue
        values = [None if cells.is_blank(cell) else cell for cell in row]
        kept.append(_without_ditto(values, kept[-1] if kept else values))
        index.append(position + 1)
    if not kept:
        raise InputError([Problem("no_rows", "error", source, sheet)])
    names, angles = split_degrees.joined(names, kept)
    if angles:
        problems.append(Problem("degrees_joined", "note", source, sheet))
    problems += _longer(rows, index, wide, source, sheet)
    problems += headings.unnamed(kept, names, source, sheet)
    frame = pd.DataFrame(kept, index=pd.Index(index, name="row"), dtype=object)
    frame = frame.loc[:, [name is not None for name in names]]
    frame.columns = pd.Index(headings.unique([name for name in names if name is not None]))
    return frame, at + 1, [one for one in remarks if one]


def _without_ditto(values: list[Any], above: list[Any]) -> list[Any]:
    """A row whose ditto marks are what stands above them."""
    if values is above or _DITTO.isdisjoint(values):
        return values
    return [above[place] if cell in _DITTO else cell for place, cell in enumerate(values)]


def _remark(row: list[Any]) -> str:
    """What a row of words says; a merged cell says it once."""
    texts = (cell[:_REMARK] for cell in row if isinstance(cell, str) and cell.strip())
    return " ".join(dict.fromkeys(texts))
