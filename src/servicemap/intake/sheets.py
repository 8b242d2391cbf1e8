"""A file -> one sheet: the header row found, totals and notes set apart, rows numbered.

Row numbers are those that a spreadsheet program shows, so that a person finds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.checksum import sha256
from servicemap.errors import InputError, Problem
from servicemap.intake import cells, guard, headings, text_files, vectors, workbooks
from servicemap.intake.synonyms import header_index, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas


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
            sha256(file),
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
    scores = [headings.header(page.rows, known)[1] for page in full]
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


def _sheet(
    rows: list[list[Any]],
    known: set[str],
    *,
    source: str,
    sheet: str | None,
    problems: list[Problem],
    file: Path,
) -> Sheet:
    at, _ = headings.header(rows, known)
    if at < 0:
        raise InputError([Problem("no_rows", "error", source, sheet)])
    names = headings.names(rows[at])
    both = headings.two_rows(rows, at, known)
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
        aside = headings.aside(said)
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
    frame.columns = pd.Index(headings.unique([name for name in names if name is not None]))
    return Sheet(source, sheet, at + 1, frame, None, tuple(problems), sha256(file))
