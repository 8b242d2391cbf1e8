"""Which rows of a sheet are its header, which are totals and notes."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from servicemap.errors import Problem
from servicemap.intake import cells
from servicemap.intake.synonyms import SHORTENED, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicemap.errors import Severity

MAX_HEADER_ROW = 30
_MOST_TEXT, _LOOKED_AT = 200, 20  # rows of text above a header, cells of each
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
# 注：..., 填表人：..., 填表日期 ...; a village called 注连村 is none of these.
_NOTE = re.compile(
    r"^(注|备注|说明|填表|填报|制表|审核|单位负责人|数据来源|notes?|source)"
    r"(人|员|单位|日期|时间)?\s*($|[:：\d])",
    re.IGNORECASE,
)
# 示例：P001, （示例）P001, Example: P001; a village called 示例村 is none of these.
_EXAMPLE = re.compile(
    r"^([（(\[【]\s*(示例|样例|例|example)\s*[)）\]】]|(示例|样例|例|example)\s*([:：]|$))",
    re.IGNORECASE,
)
# 一、城区 and （二）帆湖镇 alone in a row: the heading of the rows below.
_SECTION = re.compile(r"^[（(]?[一二三四五六七八九十]{1,3}[、.．)）]\s*\D{2,20}$")
# 2.坐标为WGS84。 and 填表人：, each alone or beside others of its kind.
_POINT = re.compile(r"^[（(]?\d{1,2}\s*[)）.．、]\s*\D.{3,}")
_LABEL = re.compile(r"^[^\d:：]{2,12}[:：]")
_SIGNED = re.compile(
    r"负责人|填表|填报|制表|审核|复核|联系|电话|日期|单位|盖章|签字|主管|经办|报送|统计"
)
# Names of columns in printed tables: 甲 乙 丙 1 2 3, (1) (2) (3), A B C.
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_COLUMN_NUMBER = re.compile(r"^[（(]?(\d{1,2})[)）]?$")
_LEAST_NUMBERED = 3
_MOST_AGAIN = 0.6  # a merged cell beside may hold something else
_NOTE_CELLS = 2  # a note below a table is one cell, or a word and its text


def matches(row: list[Any], known: set[str]) -> set[str]:
    """Known headers among the cells of a row, normalised."""
    found = set()
    for cell in row:
        name = cells.text(cell) if isinstance(cell, str) else None
        if name is None:
            continue
        found |= {short for one in SHORTENED if (short := one(name)) in known}
    return found


def header(rows: list[list[Any]], known: set[str]) -> tuple[int, int]:
    """Index of the header row and how many known headers it has.

    The row with the most known headers, the first among equals. Without any, the
    first row with as many filled cells as the table is wide.
    """
    best, most = -1, 0
    for index, row in _first(rows):
        count = len(matches(row, known))
        if count > most:
            best, most = index, count
    if best >= 0:
        return best, most
    filled = [
        sum(not cells.is_blank(cell) for cell in row) for row in rows[:MAX_HEADER_ROW]
    ]
    widest = max(filled, default=0)
    return (filled.index(widest), 0) if widest else (-1, 0)


def _first(rows: list[list[Any]]) -> Iterator[tuple[int, list[Any]]]:
    """The first rows, and after a long text of one cell a row as many that have more."""
    wide = 0
    for index, row in enumerate(rows[:_MOST_TEXT]):
        wide += sum(not cells.is_blank(cell) for cell in row[:_LOOKED_AT]) > 1
        if wide > MAX_HEADER_ROW:
            return
        if index < MAX_HEADER_ROW or wide:
            yield index, row


def names(row: list[Any]) -> list[str | None]:
    """Cells of a header row as text."""
    return [cells.text(cell) for cell in row]


def aside(said: list[Any]) -> str | None:
    """Name the kind of a row that is no row of the table: a total, a note, an example."""
    first = cells.text(said[0]) or ""
    if _EXAMPLE.match(first):
        return "example_row"
    name = plain(first)
    if name in _TOTALS or (
        not isinstance(said[0], int | float) and name.endswith(("合计", "小计", "总计"))
    ):
        return "total_row"
    if _SECTION.match(first) and len({str(cell) for cell in said}) == 1:
        return "section_row"
    if _is_note(said):
        return "note_row"
    if _NOTE.match(first) and len({str(cell) for cell in said}) <= _NOTE_CELLS:
        return "note_row"
    return None


def _is_note(said: list[Any]) -> bool:
    texts = [cells.text(cell) or "" for cell in said]
    if len(said) == 1:
        return bool(_POINT.match(texts[0]))
    labels = [one for one in texts if _LABEL.match(one)]
    answers = {
        below
        for above, below in pairwise(texts)
        if _LABEL.fullmatch(above) and not _LABEL.match(below)
    }
    signed = bool(labels) and all(_SIGNED.search(one) for one in labels)
    return signed and all(one in labels or one in answers for one in texts)


def is_numbering(said: list[Any]) -> bool:
    """Whether a row below a header only numbers its columns: 甲 乙 丙 1 2 3."""
    if len(said) < _LEAST_NUMBERED:
        return False
    texts = [cells.text(cell) or "" for cell in said]
    found = [_COLUMN_NUMBER.match(one) for one in texts]
    numbers = [int(one[1]) for one in found if one]
    stems = "".join(one for one, number in zip(texts, found, strict=True) if not number)
    in_order = numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 1
    return _STEMS.startswith(stems) and (in_order or (not numbers and len(stems) > 1))


def plain_names(header: list[Any]) -> frozenset[str]:
    """The names of a header as `repeats` compares them."""
    return frozenset(plain(one) for one in map(cells.text, header) if one)


def repeats(row: list[Any], known: frozenset[str], above: frozenset[str]) -> bool:
    """Whether a row is the header once more, as printed pages repeat it.

    Parameters
    ----------
    row
        Its cells.
    known, above
        The header's names, and all that stands in its rows, as `plain_names` has them.
    """
    if any(isinstance(cell, int | float) for cell in row):
        return False
    texts = (cells.text(cell) for cell in row if isinstance(cell, str))
    said = {plain(one) for one in texts if one}
    again = said & known
    most = len(again | (said & above)) >= _MOST_AGAIN * len(said)
    return most and len(again) > 1


def unique(names: list[str]) -> list[str]:
    """Headers, repeated ones numbered as a spreadsheet person would: ``电话 (2)``."""
    seen: dict[str, int] = {}
    done = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        done.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return done


def unnamed(
    kept: list[list[Any]], names: list[str | None], source: str, sheet: str | None
) -> Iterator[Problem]:
    """Tell of cells below no header: a warning where most rows have one."""
    for place, name in enumerate(names):
        said = 0 if name else sum(row[place] is not None for row in kept)
        if said:
            values = {"column_letter": letter(place), "count": said}
            severity: Severity = "warning" if said * 2 >= len(kept) else "note"
            yield Problem("column_unnamed", severity, source, sheet, values=values)


def letter(place: int) -> str:
    """A column as spreadsheets call it: A is 0, AA is 26."""
    before, last = divmod(place, 26)
    return (letter(before - 1) if before else "") + chr(ord("A") + last)
