"""A file -> one sheet: the header row found, totals and notes set apart, rows numbered.

Row numbers are those that a spreadsheet program shows, so that a person finds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.errors import InputError, Problem
from servicemap.intake import cells, guard, text_files, vectors, workbooks
from servicemap.intake.synonyms import header_index, plain, without_brackets, without_year

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas

MAX_HEADER_ROW = 30
_TOTALS = (
    "合计",
    "总计",
    "小计",
    "共计",
    "总数",
    "total",
    "totals",
    "grandtotal",
    "sum",
    "subtotal",
)
_NOTES = (
    "注",
    "备注",
    "说明",
    "填表",
    "填报",
    "制表",
    "审核",
    "单位负责人",
    "数据来源",
    "note",
    "source",
)
_NOTE_CELLS = 2  # a note below a table is one cell, or a word and its text


@dataclass(frozen=True)
class Sheet:
    """One table of a file, as it stands there.

    Attributes
    ----------
    source
        File name as the user wrote it.
    sheet
        Name of the worksheet or layer, if any.
    header_row
        Where the header was found; None where the file has field names of its own.
    cells
        Cells as read, columns named by their headers, index = row numbers.
    geometry
        EPSG:4326, same index; None for sheets without.
    problems
        Findings on the file as a whole.
    sha256
        Checksum of the file.
    """

    source: str
    sheet: str | None
    header_row: int | None
    cells: pd.DataFrame
    geometry: geopandas.GeoSeries | None
    problems: tuple[Problem, ...]
    sha256: str

    def entry(self, used: int) -> dict[str, Any]:
        """The file's entry in ``Inputs.files``: rows in = rows used + rows dropped."""
        return {
            "name": self.source,
            "sha256": self.sha256,
            "rows": len(self.cells),
            "date": None,
            "sheet": self.sheet,
            "header_row": self.header_row,
            "rows_used": used,
            "rows_dropped": len(self.cells) - used,
        }


def read(
    path: str | Path,
    table: str,
    *,
    source: str | None = None,
    sheet: str | None = None,
    by_hand: Mapping[str, str] | None = None,
) -> Sheet:
    """Read the sheet of a file that holds a table.

    Parameters
    ----------
    path
        Workbook, delimited text, or a file with geometry.
    table
        Which table is looked for: its synonyms tell the header row and the sheet.
    source
        The name to show in messages.
    sheet
        Name of the worksheet or layer; the one with the most known headers unless told.
    by_hand
        Column -> header as the study maps them.

    Raises
    ------
    InputError
        The file cannot be read, or holds no table.
    """
    shown = source or Path(path).name
    file = guard.local(path, shown)
    known = set(header_index(table)) | {plain(name) for name in (by_hand or {}).values()}
    suffix = file.suffix.casefold()
    problems: list[Problem] = []
    if suffix in workbooks.FOREIGN:
        raise InputError([Problem("foreign_format", "error", shown, value=suffix)])
    if suffix in vectors.SUFFIXES:
        frame, layer, found = vectors.read(file, shown, sheet)
        cells_only = pd.DataFrame(frame.drop(columns=frame.geometry.name))
        return Sheet(
            shown,
            layer,
            None,
            cells_only.astype(object),
            frame.geometry,
            tuple(found),
            guard.sha256(file),
        )
    if suffix in workbooks.SUFFIXES:
        problems += guard.locks(file, shown)
        if workbooks.is_workbook(file, shown):
            pages, hidden = workbooks.read(file, shown)
            problems += [Problem("hidden_sheet", "note", shown, name) for name in hidden]
            page, others = _choose(pages, known, sheet, shown)
            problems += others
            return _sheet(
                page.rows,
                known,
                source=shown,
                sheet=page.name,
                problems=problems,
                file=file,
            )
        problems.append(Problem("text_as_xls", "note", shown))
    elif suffix not in text_files.SUFFIXES:
        raise InputError([Problem("unknown_format", "error", shown, value=suffix)])
    rows = text_files.read(file, shown)
    return _sheet(rows, known, source=shown, sheet=None, problems=problems, file=file)


def _choose(
    pages: list[workbooks.Page], known: set[str], sheet: str | None, source: str
) -> tuple[workbooks.Page, list[Problem]]:
    if sheet is not None:
        for page in pages:
            if page.name == sheet:
                return page, []
        names = {"known": ", ".join(page.name for page in pages)}
        raise InputError([Problem("sheet_absent", "error", source, sheet, values=names)])
    full = [
        page for page in pages if any(not cells.is_blank(c) for r in page.rows for c in r)
    ]
    if not full:
        raise InputError([Problem("no_rows", "error", source)])
    scores = [_header(page.rows, known)[1] for page in full]
    best = max(scores)
    chosen = full[scores.index(best)]
    others = [
        Problem(
            "sheet_not_read", "warning", source, page.name, values={"chosen": chosen.name}
        )
        for page, score in zip(full, scores, strict=True)
        if page is not chosen and score == best and best > 0
    ]
    return chosen, others


def _matches(row: list[Any], known: set[str]) -> set[str]:
    found = set()
    for cell in row:
        name = cells.text(cell) if isinstance(cell, str) else None
        if name is None:
            continue
        tries = (plain(name), without_brackets(name), without_year(name)[0])
        found |= {one for one in tries if one in known}
    return found


def _header(rows: list[list[Any]], known: set[str]) -> tuple[int, int]:
    """Index of the header row and how many known headers it has.

    The row with the most known headers, the first among equals. Without any, the
    first row with as many filled cells as the table is wide.
    """
    best, most = -1, 0
    for index, row in enumerate(rows[:MAX_HEADER_ROW]):
        count = len(_matches(row, known))
        if count > most:
            best, most = index, count
    if best >= 0:
        return best, most
    filled = [
        sum(not cells.is_blank(cell) for cell in row) for row in rows[:MAX_HEADER_ROW]
    ]
    widest = max(filled, default=0)
    return (filled.index(widest), 0) if widest else (-1, 0)


def _names(row: list[Any]) -> list[str | None]:
    return [cells.text(cell) for cell in row]


def _two_rows(rows: list[list[Any]], at: int, known: set[str]) -> list[str | None] | None:
    """Names of a header of two rows (坐标 above 经度 and 纬度), None when it is one."""
    if at + 1 >= len(rows):
        return None
    upper, lower = rows[at], rows[at + 1]
    own = _matches(lower, known)
    if not own or any(
        not isinstance(cell, str) for cell in lower if not cells.is_blank(cell)
    ):
        return None
    names: list[str | None] = []
    for column in range(max(len(upper), len(lower))):
        above = cells.text(upper[column]) if column < len(upper) else None
        below = cells.text(lower[column]) if column < len(lower) else None
        names.append(
            below if below is not None and _matches([below], known) else above or below
        )
    known_before = len(_matches(upper, known))
    return names if len(_matches(list(names), known)) > known_before else None


def _sheet(
    rows: list[list[Any]],
    known: set[str],
    *,
    source: str,
    sheet: str | None,
    problems: list[Problem],
    file: Path,
) -> Sheet:
    at, _ = _header(rows, known)
    if at < 0:
        raise InputError([Problem("no_rows", "error", source, sheet)])
    names = _names(rows[at])
    both = _two_rows(rows, at, known)
    first = at + 1
    if both is not None:
        names, first = both, at + 2
    if at > 0:
        found = {"headers": ", ".join(name for name in names if name)[:200]}
        problems.append(
            Problem("header_found", "note", source, sheet, row=at + 1, values=found)
        )
    wide = len(names)
    kept: list[list[Any]] = []
    index: list[int] = []
    for position in range(first, len(rows)):
        row = [*rows[position][:wide], *[None] * (wide - len(rows[position]))]
        said = [cell for cell in row if not cells.is_blank(cell)]
        if not said:
            continue
        aside = _aside(said, cells.is_blank(row[0]))
        if aside:
            problems.append(
                Problem(
                    aside, "note", source, sheet, position + 1, value=cells.text(said[0])
                )
            )
            continue
        kept.append([None if cells.is_blank(cell) else cell for cell in row])
        index.append(position + 1)
    if not kept:
        raise InputError([Problem("no_rows", "error", source, sheet)])
    frame = pd.DataFrame(kept, index=pd.Index(index, name="row"), dtype=object)
    frame = frame.loc[:, [name is not None for name in names]]
    frame.columns = pd.Index(_unique([name for name in names if name is not None]))
    return Sheet(source, sheet, at + 1, frame, None, tuple(problems), guard.sha256(file))


def _aside(said: list[Any], first_blank: bool) -> str | None:
    """Kind of a row that is no row of the table: a total, or a note below."""
    first = cells.text(said[0]) or ""
    name = plain(first)
    if name in _TOTALS or (
        not isinstance(said[0], int | float) and name.endswith(("合计", "小计", "总计"))
    ):
        return "total_row"
    distinct = {str(cell) for cell in said}
    if (
        len(distinct) <= _NOTE_CELLS
        and name.startswith(_NOTES)
        and (len(first) > len("备注") or not first_blank)
    ):
        return "note_row"
    return None


def _unique(names: list[str]) -> list[str]:
    """Headers, repeated ones numbered as a spreadsheet person would: ``电话 (2)``."""
    seen: dict[str, int] = {}
    done = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        done.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return done
