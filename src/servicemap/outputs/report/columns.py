"""Columns of a table: none is empty, and as wide as meant, but no word is broken."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from servicemap.outputs.report.blocks import Table

MM_PER_PT = 25.4 / 72
PADDING_MM = 4.2  # both sides of a cell, with a little for heavier letters
NARROW, WIDE = frozenset("ijlrstfI.,:;'()-|"), frozenset("mwMW%")
# widths of letters in ems, as Times in bold has them, a little on the safe side
NARROW_EM, WIDE_EM, CAPITAL_EM, LETTER_EM = 0.36, 0.88, 0.7, 0.53
_WORDS = re.compile(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+")


def lean(block: Table) -> Table:
    """A table without the columns in which no row has anything; the first one stays."""
    kept = [
        at
        for at in range(len(block.headers))
        if at == 0 or not block.rows or any(row[at] not in ("", "-") for row in block.rows)
    ]
    whole = sum(block.widths[at] for at in kept)
    return replace(
        block,
        headers=tuple(block.headers[at] for at in kept),
        rows=tuple(tuple(row[at] for at in kept) for row in block.rows),
        widths=tuple(block.widths[at] / whole for at in kept),
        numeric=tuple(new for new, at in enumerate(kept) if at in block.numeric),
    )


def column_widths_mm(block: Table, total_mm: float, size_pt: float) -> list[float]:
    """Widths in millimetres, in the order of the columns; their sum is ``total_mm``.

    A column whose longest word is wider than its share gets what the word needs from
    the columns that have more than they need. Where there is not enough for all, the
    shares stay as they are. What columns have beyond their longest text goes to those
    whose texts would be set in two lines.
    """
    meant = [total_mm * share for share in block.widths]
    rows = (block.headers, *block.rows)
    needed = [
        max(_word_mm(row[at], size_pt) for row in rows) + PADDING_MM
        for at in range(len(meant))
    ]
    lacking = sum(max(need - own, 0.0) for need, own in zip(needed, meant, strict=True))
    spare = sum(max(own - need, 0.0) for need, own in zip(needed, meant, strict=True))
    if lacking == 0 or lacking > spare:
        own = meant
    else:
        kept = 1.0 - lacking / spare
        own = [
            need if mine < need else need + (mine - need) * kept
            for need, mine in zip(needed, meant, strict=True)
        ]
    in_one_line = [
        max(
            max((line_mm(row[at], size_pt) for row in block.rows), default=0.0)
            + PADDING_MM,
            needed[at],
        )
        for at in range(len(meant))
    ]
    return _evened(own, in_one_line)


def _evened(own: list[float], wanted: list[float]) -> list[float]:
    """Widths with what some have beyond their wish given to those that have less."""
    pairs = [*zip(own, wanted, strict=True)]
    beyond = sum(max(mine - wish, 0.0) for mine, wish in pairs)
    lacking = sum(max(wish - mine, 0.0) for mine, wish in pairs)
    if not beyond or not lacking:
        return own
    moved = min(beyond, lacking)
    return [
        mine + (wish - mine) * moved / (lacking if wish > mine else beyond)
        for mine, wish in pairs
    ]


def _word_mm(text: str, size_pt: float) -> float:
    """Width of the longest run of letters that a line cannot break."""
    widest = max((_ems(word) for word in _WORDS.findall(text)), default=0.0)
    return widest * size_pt * MM_PER_PT


def line_mm(text: str, size_pt: float) -> float:
    """Width of a text set in one line, millimetres."""
    return _ems(text) * size_pt * MM_PER_PT


def _ems(word: str) -> float:
    return sum(map(_em, word))


def _em(letter: str) -> float:
    if letter >= "\u2e80":
        return 1.0
    if letter in NARROW or letter == " ":
        return NARROW_EM
    if letter in WIDE:
        return WIDE_EM
    return CAPITAL_EM if letter.isupper() else LETTER_EM
