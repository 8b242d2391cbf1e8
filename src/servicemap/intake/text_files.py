"""Delimited text -> rows of cells: BOM, else strict UTF-8, else strict GB18030."""

from __future__ import annotations

import codecs
import csv
import io
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
_SAMPLE_LINES = 50
# A cell that a spreadsheet program could take for a formula is written with an
# apostrophe before it; reading takes the apostrophe off again.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def decode(data: bytes, source: str) -> str:
    """Text of a file; never a guess.

    Raises
    ------
    InputError
        The bytes are text in none of the encodings.
    """
    encodings = [name for bom, name in _BOMS if data.startswith(bom)]
    for encoding in encodings or ["utf-8", "gb18030"]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError([Problem("encoding", "error", source)])


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
    except csv.Error as error:
        why = {"why": str(error)}
        raise InputError(
            [Problem("file_unreadable", "error", source, values=why)]
        ) from error
    finally:
        csv.field_size_limit(old)
    return rows


def _plain(cell: str) -> str:
    if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS):
        return cell[1:]
    return cell
