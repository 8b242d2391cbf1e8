"""A file -> one sheet: the header row found, totals and notes set apart, rows numbered.

Row numbers are those that a spreadsheet program shows, so that a person finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap.checksum import sha256
from servicemap.errors import InputError, Problem
from servicemap.intake import (
    guard,
    headings,
    layouts,
    other_tables,
    text_files,
    vectors,
    workbooks,
)
from servicemap.intake import pages as pages_of
from servicemap.intake.synonyms import header_index, plain
from servicemap.intake.table_rows import hidden, table_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas

STEP = 2_000_000  # more than a worksheet has rows


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
    parts
        Names of the worksheets, where several with the same header were joined; the
        index is then `STEP` times the worksheet's place, plus the row number.
    part_headers
        Where the header was found in each of them.
    by_hand
        Column -> header, from the workbook's own sheet 设置.
    others
        Names of the workbook's sheets that are not part of this table.
    spans
        Sheet and place on it (``F3:I40``) of each table that was read, where a sheet
        holds several.
    sought
        Headers that were looked for, normalised.
    remarks
        Per worksheet that was read: its name, the titles above the header, the notes.
    """

    source: str
    sheet: str | None
    header_row: int | None
    cells: pd.DataFrame
    geometry: geopandas.GeoSeries | None
    problems: tuple[Problem, ...]
    sha256: str
    parts: tuple[str, ...] = ()
    part_headers: tuple[int, ...] = ()
    by_hand: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    spans: tuple[tuple[str, str], ...] = ()
    sought: frozenset[str] = frozenset()
    remarks: tuple[tuple[str, ...], ...] = ()

    def place(self, row: int) -> tuple[str | None, int]:
        """Worksheet and row number, as the spreadsheet program shows it, of an index."""
        if not self.parts:
            return self.sheet, row
        return self.parts[row // STEP], row % STEP

    def header_of(self, sheet: str | None) -> int | None:
        """Where the header of one worksheet was found."""
        at = dict(zip(self.parts, self.part_headers, strict=True))
        return self.header_row if sheet is None else at.get(sheet, self.header_row)

    def entry(self, used: int) -> dict[str, Any]:
        """The file's entry in ``Inputs.files``: rows in = rows used + rows dropped."""
        return {
            "name": self.source,
            "sha256": self.sha256,
            "rows": len(self.cells),
            "date": None,
            "sheet": ", ".join(self.parts) or self.sheet,
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
    listed = other_tables.records(file, shown) if suffix == other_tables.JSON else None
    if suffix in vectors.SUFFIXES and listed is None:
        frame, layer, found = vectors.read(file, shown, sheet)
        cells_only = pd.DataFrame(frame.drop(columns=frame.geometry.name))
        return Sheet(
            shown,
            layer,
            None,
            cells_only.astype(object),
            frame.geometry,
            tuple(found),
            vectors.checksum(file),
            remarks=((layer or "",),),
        )
    if suffix in workbooks.SUFFIXES:
        problems += guard.locks(file, shown)
        if workbooks.is_workbook(file, shown):
            every, hidden = workbooks.read(file, shown)
            problems += [Problem("hidden_sheet", "note", shown, name) for name in hidden]
            set_by_hand, more = pages_of.settings(every, table, shown)
            problems += more
            known |= {plain(name) for name in set_by_hand.values()}
            return _of_pages(
                every,
                table,
                known,
                sheet,
                source=shown,
                problems=problems,
                file=file,
                by_hand=set_by_hand,
            )
        problems.append(Problem("text_as_xls", "note", shown))
    elif suffix not in (*text_files.SUFFIXES, other_tables.DBASE, other_tables.JSON):
        raise InputError([Problem("unknown_format", "error", shown, value=suffix)])
    page = workbooks.Page("", _rows(file, shown))
    return _of_pages(
        [page], table, known, None, source=shown, problems=problems, file=file, by_hand={}
    )


def _rows(path: Path, source: str) -> list[list[Any]]:
    """Rows of a file with one table."""
    suffix = path.suffix.casefold()
    if suffix == other_tables.DBASE:
        return other_tables.dbase(path, source)
    listed = other_tables.records(path, source) if suffix == other_tables.JSON else None
    return [*text_files.read(path, source)] if listed is None else listed


def raw(sheet: Sheet, path: Path, table: str) -> list[tuple[str | None, list[list[Any]]]]:
    """Cells of the sheets that were read, as they stand there, by the name in `place`.

    Parameters
    ----------
    sheet
        What `read` gave; not a file with geometry.
    path, table
        As for `read`.
    """
    is_book = sheet.sheet is not None or sheet.others or any(n for n, _ in sheet.spans)
    if is_book or any(sheet.parts):
        every = workbooks.read(path, sheet.source)[0]
    else:
        every = [workbooks.Page("", _rows(path, sheet.source))]
    blocks, _ = layouts.of_book(every, table, set(sheet.sought), sheet.source)
    if sheet.parts:
        return [(one.label, one.rows) for one in blocks if one.label in sheet.parts]
    return [
        (sheet.sheet, one.rows)
        for one in blocks
        if one.name == (sheet.sheet or "")
        and (not sheet.spans or (one.name, one.span) in sheet.spans)
    ]


def _of_pages(
    every: list[workbooks.Page],
    table: str,
    known: set[str],
    sheet: str | None,
    *,
    source: str,
    problems: list[Problem],
    file: Path,
    by_hand: Mapping[str, str],
) -> Sheet:
    """The table of a workbook or of a text file."""
    blocks, on_layout = layouts.of_book(every, table, known, source)
    pages, more = pages_of.choose(blocks, known, sheet, source)
    problems += more
    taken = {page.name for page in pages}
    problems += [one for name in sorted(taken) for one in on_layout[name]]
    done = _joined(
        pages, known, source=source, problems=problems, file=file, by_hand=by_hand
    )
    return replace(
        done,
        others=tuple(page.name for page in every if page.name not in taken),
        spans=tuple((page.name, page.span) for page in pages if page.span),
        sought=frozenset(known),
    )


def _joined(
    pages: list[workbooks.Page],
    known: set[str],
    *,
    source: str,
    problems: list[Problem],
    file: Path,
    by_hand: Mapping[str, str],
) -> Sheet:
    """One sheet, or several with the same header as one table."""
    parts = []
    remarks: list[tuple[str, ...]] = []
    for number, page in enumerate(pages):
        name = (page.label if len(pages) > 1 else page.name) or None
        frame, at, notes = table_rows(page.rows, known, source, name, problems)
        remarks.append((page.name, *notes))
        frame.index = pd.Index(frame.index + number * STEP, name="row")
        if page.hidden_rows:
            shown = [row for row in page.hidden_rows if row + number * STEP in frame.index]
            if shown:
                problems.append(hidden(source, name, shown))
        parts.append((frame, at))
    names = parts[0][0].columns
    own_names = {plain(str(name)): name for name in names}
    for part, _ in parts[1:]:  # 经 度 is 经度
        renamed = [str(own_names.get(plain(str(one)), one)) for one in part.columns]
        part.columns = pd.Index(headings.unique(renamed))
    frame = parts[0][0] if len(parts) == 1 else pd.concat([part for part, _ in parts])
    index = header_index("villages")
    told = {index.get(plain(str(name))) for name in frame.columns}
    if pages_of.by_township(pages) and not told & {"township", "township_id"}:
        own = np.array([pages_of.township(page.name) for page in pages], dtype=object)
        frame = frame.assign(township=own[frame.index.to_numpy() // STEP])
    return Sheet(
        source,
        (pages[0].name or None) if len(pages) == 1 else None,
        parts[0][1],
        frame,
        None,
        tuple(problems),
        sha256(file),
        tuple(page.label for page in pages) if len(pages) > 1 else (),
        tuple(at for _, at in parts) if len(pages) > 1 else (),
        dict(by_hand),
        remarks=tuple(remarks),
    )
