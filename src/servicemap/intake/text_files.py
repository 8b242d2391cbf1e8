"""Delimited text -> rows of cells: BOM, else strict UTF-8, else strict GB18030."""

from __future__ import annotations

import codecs
import csv
import io
import re
from typing import TYPE_CHECKING

from servicemap.errors import InputError, Problem
from servicemap.intake import guard

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".csv", ".tsv", ".txt")
DELIMITERS = (",", "\t", ";", "，", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # new and old ones
_STRAY_SHARE = 0.001  # more NULs are another encoding, or no text
_LEAST_CHINESE = 4
_LEAST_WIDE = 2  # columns; a line break in a remark has few delimiters
_CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef—“”‘’…·°′″]")
_SAMPLE_LINES = 50
# A cell that a spreadsheet program could take for a formula is written with an
# apostrophe before it; reading takes the apostrophe off again.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def decode(data: bytes, source: str) -> str:
    """Text of a file; never a guess.

    Raises
    ------
    InputError
        The bytes are a workbook, or text in none of the encodings: from which line on.
    """
    if data.startswith(_WORKBOOKS):
        raise InputError([Problem("workbook_as_text", "error", source)])
    encodings = [name for bom, name in _BOMS if data.startswith(bom)]
    read_until = 0
    for encoding in encodings or ["utf-8", "gb18030"]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            read_until = max(read_until, error.start)
            continue
        if encoding == "gb18030" and (turn := _turn(data)):
            raise InputError([Problem("encoding_mixed", "error", source, row=turn)])
        if text.count("\0") <= max(1, len(text) * _STRAY_SHARE):
            return text  # a stray one is told and taken out of its cell
    line = data.count(b"\n", 0, read_until) + 1 if read_until else None
    raise InputError([Problem("encoding", "error", source, row=line)])


def _turn(data: bytes) -> int | None:
    """The line from which on the encoding is another one, in what reads as GB18030.

    UTF-8 mostly reads as GB18030 too, as other characters. The other way round, a line
    of Chinese in GB18030 does not happen to be Chinese in UTF-8.
    """
    first: bool | None = None
    for number, line in enumerate(data.split(b"\n"), 1):
        other = _is_utf8(line)
        if other is None:
            continue
        if first is None:
            first = other
        elif other != first:
            return number
    return None


def _is_utf8(line: bytes) -> bool | None:
    """Whether a line is Chinese in UTF-8; None where it has too little to tell."""
    try:
        signs = [sign for sign in line.decode("utf-8") if not sign.isascii()]
    except UnicodeDecodeError:
        return False
    if len(signs) < _LEAST_CHINESE:
        return None
    return all(_CHINESE.match(sign) for sign in signs)


def delimiter(text: str) -> str:
    """The delimiter that cuts the first lines into the most columns, evenly.

    A title above the table has no delimiter, so that lines with one cell do not
    count; ties go to the earlier of `DELIMITERS`.
    """
    sample = "\n".join(text.splitlines()[:_SAMPLE_LINES])

    def score(mark: str) -> tuple[int, int]:
        rows = list(csv.reader(io.StringIO(sample), delimiter=mark))
        widths = [len(row) for row in rows if len(row) > 1]
        if not widths:
            return (0, 0)
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        return (widths.count(usual), usual)

    return max(DELIMITERS, key=lambda mark: (*score(mark), -DELIMITERS.index(mark)))


def read(path: Path, source: str) -> list[list[str]]:
    """Rows of cells of a delimited text file.

    Raises
    ------
    InputError
        Unknown encoding, too many rows, or a quote that never closes.
    """
    text = decode(path.read_bytes(), source)
    if not text.strip():
        raise InputError([Problem("file_empty", "error", source)])
    old = csv.field_size_limit(10_000_000)
    rows: list[list[str]] = []
    try:
        mark = delimiter(text)
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            rows.append([_plain(cell) for cell in row])
            if len(rows) > guard.MAX_ROWS:
                limit = {"limit": guard.MAX_ROWS}
                raise InputError([Problem("too_many_rows", "error", source, values=limit)])
            if _swallows(row, mark, len(rows[0])):
                raise InputError([Problem("quote_open", "error", source, row=len(rows))])
    except csv.Error as error:
        why = {"why": str(error)}
        raise InputError(
            [Problem("file_unreadable", "error", source, values=why)]
        ) from error
    finally:
        csv.field_size_limit(old)
    return rows


def _swallows(row: list[str], mark: str, wide: int) -> bool:
    """Whether a cell holds whole lines: a quote that was not closed in its own line."""
    return wide > _LEAST_WIDE and any(
        line.count(mark) >= wide - 1
        for cell in row
        if "\n" in cell
        for line in cell.split("\n")[1:]
    )


def _plain(cell: str) -> str:
    if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS):
        return cell[1:]
    return cell
