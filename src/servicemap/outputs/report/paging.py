"""Pictures wait for the page on which they fit, and the text flows on before them.

A picture that stands where it was written pushes itself to the next page and leaves its
own empty. Word has no figures that move, so their places are chosen here, by the heights
that the standard's page, fonts and lines give; where an estimate is a line wrong, a
picture stands a line lower. Numbers and order of the pictures stay.
"""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from servicemap.outputs.report.blocks import (
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Table,
    Title,
)
from servicemap.outputs.report.columns import column_widths_mm, line_mm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from servicemap.outputs.report.blocks import Block

TEXT_MM, PAGE_MM = 156.0, 225.0  # GB/T 9704-2012, 5.2
MM_PER_PT = 25.4 / 72
LINE_MM = 28.95 * MM_PER_PT
TEXT_PT, BRIEF_PT, TITLE_PT, SMALL_PT, CELL_PT = 16.0, 14.0, 22.0, 12.0, 10.5
BRIEF_LINE_MM, TITLE_LINE_MM = 23.0 * MM_PER_PT, 34.0 * MM_PER_PT
SINGLE = 1.45  # lines of a Chinese font, set without a height of their own
SPARE_MM = 4.0  # what an estimate may be wrong by
CELL_PADDING_MM = 3.8


def paged(blocks: Iterable[Block], *, is_chinese: bool) -> Iterator[Block]:
    """Blocks in the order in which they fill pages; pictures as wide as there is room.

    Parameters
    ----------
    blocks
        What the document says.
    is_chinese
        Paragraphs are indented.

    Yields
    ------
    Block
        All of them. A picture comes later than it was, if at all, and never after a
        break of pages; it is smaller, down to its ``least_share``, where it fits then.
    """
    at = 0.0
    waiting: list[Picture] = []
    for block in blocks:
        if isinstance(block, PageBreak):
            yield from waiting
            waiting = []
            at = 0.0
            yield block
            continue
        if isinstance(block, Picture):
            fit = None if waiting else _fitted(block, at)
            if fit is None:
                waiting.append(block)
                continue
            at += _picture_mm(fit)
            yield fit
            continue
        before, at = at, _after(block, at, is_chinese=is_chinese)
        yield block
        if at >= before or isinstance(block, Heading):
            continue  # still the same page; or nothing may come between it and its text
        while waiting and (fit := _fitted(waiting[0], at)) is not None:
            waiting.pop(0)
            at += _picture_mm(fit)
            yield fit
    yield from waiting


def _fitted(block: Picture, at: float) -> Picture | None:
    """The picture as wide as the rest of the page allows; None where it is too narrow."""
    room = PAGE_MM - SPARE_MM - at
    over = _picture_mm(block) - room
    if over <= 0 or at == 0:
        return block
    share = block.width_share * (1.0 - over / _image_mm(block))
    return replace(block, width_share=share) if share >= block.least_share else None


def _image_mm(block: Picture) -> float:
    wide, high = struct.unpack(">II", block.png[16:24])  # the header of a PNG
    return TEXT_MM * block.width_share * float(high) / float(wide)


def _picture_mm(block: Picture) -> float:
    return _image_mm(block) + 2 * _single_mm(SMALL_PT)


def _after(block: Block, at: float, *, is_chinese: bool) -> float:
    """How far down its page a block ends that begins at ``at``; smaller: a new page."""
    if isinstance(block, Heading):
        high = LINE_MM * _lines(block.text, TEXT_PT)
        # a heading is not left alone at the foot of a page
        return high if at + high + 2 * LINE_MM > PAGE_MM else at + high
    if isinstance(block, Table):
        return _after_table(block, at)
    if isinstance(block, Title):
        return at + TITLE_LINE_MM * _lines(block.text, TITLE_PT) + LINE_MM
    assert isinstance(block, Paragraph)
    size, line = {
        "text": (TEXT_PT, LINE_MM),
        "brief": (BRIEF_PT, BRIEF_LINE_MM),
        "note": (SMALL_PT, _single_mm(SMALL_PT)),
    }[block.kind]
    indent = 2.0 if is_chinese and block.kind != "note" else 0.0
    for _ in range(_lines(block.text, size, indent)):
        at = line if at + line > PAGE_MM else at + line
    return at


def _after_table(block: Table, at: float) -> float:
    """Rows go one by one over the end of a page, where the header stands again."""
    widths = column_widths_mm(block, TEXT_MM, CELL_PT)
    line = _single_mm(CELL_PT)

    def row_mm(texts: tuple[str, ...]) -> float:
        pairs = zip(texts, widths, strict=True)
        return line * max(
            math.ceil(line_mm(text, CELL_PT) / (width - CELL_PADDING_MM)) or 1
            for text, width in pairs
        )

    header = row_mm(block.headers)
    top = _single_mm(SMALL_PT) + line + header
    at = top if at + top + 2 * line > PAGE_MM else at + top
    for row in block.rows:
        high = row_mm(row)
        at = header + high if at + high > PAGE_MM else at + high
    return at + line


def _lines(text: str, size_pt: float, indent_ems: float = 0.0) -> int:
    wide = line_mm(text, size_pt) + indent_ems * size_pt * MM_PER_PT
    return max(math.ceil(wide / TEXT_MM), 1)


def _single_mm(size_pt: float) -> float:
    return size_pt * SINGLE * MM_PER_PT
