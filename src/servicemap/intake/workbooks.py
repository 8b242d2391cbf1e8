"""Workbooks (xlsx, xlsm, xlsb, xls, ods) -> rows of cells, through python-calamine."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from servicemap.errors import InputError, Problem
from servicemap.intake import guard, workbook_parts
from servicemap.intake.cells import is_blank

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
FOREIGN = (".et", ".ett", ".wps", ".numbers", ".dps")
_HEAD = 4096  # bytes that tell what a file is
_ZIP = b"PK\x03\x04"
# Records of the old format: begin of file (its first four bytes), and password.
_BOF, _FILEPASS, _FIRST_RECORDS = b"\x09\x08\x10\x00", 0x2F, 6
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Page:
    """One visible sheet, or one of several tables of it.

    Attributes
    ----------
    name
        Of the sheet; empty for a text file.
    rows
        Its cells from A1 on.
    hidden_rows
        Their numbers.
    span
        Where the table stands, as ``F3:I40``; empty for a whole sheet.
    """

    name: str
    rows: list[list[Any]]
    hidden_rows: tuple[int, ...] = ()
    span: str = ""

    @property
    def label(self) -> str:
        """Name of the sheet and where on it the table stands."""
        return f"{self.name} {self.span}".strip()


def is_workbook(path: Path, source: str) -> bool:
    """Whether the bytes are a workbook.

    A file named ``.xls`` may hold tab-separated text, as many systems export it:
    then the answer is False.

    Raises
    ------
    InputError
        Encrypted, a web page named ``.xls``, or a zip file that is none of ours.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith(_ZIP):
        names = guard.zip_names(path, source)
        if not any(name in names for name in ("[Content_Types].xml", "content.xml")):
            raise InputError([Problem("not_a_workbook", "error", source)])
        guard.no_entities(path, source)
        return True
    if head.startswith(_OLE):
        content = path.read_bytes()
        if "EncryptedPackage".encode("utf-16-le") in content or _locked(content):
            raise InputError([Problem("encrypted", "error", source)])
        return True
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise InputError([Problem("web_page_as_xls", "error", source)])
    if b"\0" in head:
        raise InputError([Problem("not_a_workbook", "error", source)])
    return False


def _locked(content: bytes) -> bool:
    """Whether one of the first records of an old workbook says that it is encrypted."""
    at = content.find(_BOF)
    for _ in range(_FIRST_RECORDS):
        if at < 0 or at + 4 > len(content):
            return False
        kind, size = struct.unpack_from("<HH", content, at)
        if kind == _FILEPASS:
            return True
        at += 4 + size
    return False


def read(path: Path, source: str) -> tuple[list[Page], list[str]]:
    """All visible sheets, and the names of the hidden ones.

    Merged cells hold the value of their first cell everywhere, so that a township
    written once beside ten villages stands in all ten rows.

    Raises
    ------
    InputError
        Password, damage, too many rows.
    """
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        pages, hidden = [], []
        parts = workbook_parts.read(path, source)
        for data in book.sheets_metadata:
            if data.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            if data.visible != calamine.SheetVisibleEnum.Visible:
                hidden.append(data.name)
                continue
            own = parts.get(data.name, workbook_parts.Parts())
            rows = _rows(book.get_sheet_by_name(data.name), source)
            _mark(rows, own.marks)
            pages.append(Page(data.name, rows, own.hidden_rows))
    except calamine.PasswordError as error:
        raise InputError([Problem("encrypted", "error", source)]) from error
    except BaseException as error:
        # what its Rust code did not foresee comes as a panic, which is no Exception
        is_panic = type(error).__name__ == "PanicException"
        if not is_panic and not isinstance(error, calamine.CalamineError):
            raise
        why = {"why": str(error)}
        raise InputError(
            [Problem("workbook_broken", "error", source, values=why)]
        ) from error
    return pages, hidden


def _rows(sheet: Any, source: str) -> list[list[Any]]:
    if sheet.total_height > guard.MAX_ROWS or sheet.total_width > guard.MAX_COLUMNS * 10:
        limit = {"limit": guard.MAX_ROWS}
        raise InputError([Problem("too_many_rows", "error", source, values=limit)])
    rows: list[list[Any]] = [
        row[: guard.MAX_COLUMNS] for row in sheet.to_python(skip_empty_area=False)
    ]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        for row, column in _within(rows, top, left, bottom, right):
            rows[row][column] = rows[top][left]
    return rows


def _mark(rows: list[list[Any]], marks: Mapping[tuple[int, int], str]) -> None:
    """Write what the reader gives as blanks: errors, and formulas without a result."""
    for (row, column), text in marks.items():
        if row < len(rows) and column < len(rows[row]) and is_blank(rows[row][column]):
            rows[row][column] = text


def _within(
    rows: list[list[Any]], top: int, left: int, bottom: int, right: int
) -> Iterator[tuple[int, int]]:
    if top >= len(rows) or left >= len(rows[top]):
        return
    for row in range(top, min(bottom + 1, len(rows))):
        for column in range(left, min(right + 1, len(rows[row]))):
            yield row, column
