"""Entries of a legend in groups, in columns of like heights, none on another."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from servicemap.outputs.paper.faces import width_mm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from servicemap.outputs.paper.canvas import Canvas
    from servicemap.outputs.paper.formats import Box

    Draw = Callable[[Canvas, float, float, float], None]

LINE_MM = 4.25
HEAD_MM = 5.4
SIGN_MM = 7.6
GUTTER_MM = 4.0  # between columns
APART_MM = 1.4  # between two entries in a line
TEXT_PT = 6.6
HEAD_PT = 7.2
SMALLER = 0.86  # how small letters may become before an entry takes a line of its own
LEAST_SHARE = 0.45  # of all of it


@dataclass(frozen=True)
class Entry:
    """A sign and what it means; half entries stand two in a line."""

    draw: Draw
    text: str
    is_half: bool = False


@dataclass(frozen=True)
class Group:
    """Entries under a heading."""

    title: str
    entries: tuple[Entry, ...]


# Groups with their rows of one entry or two, from the top down.
Column = list[tuple[Group, list[list[Entry]]]]


def draw_legend(
    canvas: Canvas, groups: Sequence[Group], box: Box, zoom: float, columns: int = 1
) -> None:
    """Write groups from the top of a box down, and on in the next column.

    What has no room is written smaller, signs, letters and lines alike, so that nothing
    lies on another thing.
    """
    step = zoom
    while True:
        arranged = _arranged(groups, box, step, columns)
        needed = max(map(_height, arranged), default=0.0) * step
        if needed <= box.height or step < LEAST_SHARE * zoom:
            break
        step *= 0.96
    width = _column_width(box, step, columns)
    for at, column in enumerate(arranged):
        _draw_column(
            canvas, column, box.left + at * (width + GUTTER_MM * step), box.top, width, step
        )


def _draw_column(
    canvas: Canvas,
    column: Column,
    x: float,
    y: float,
    width: float,
    step: float,
) -> None:
    for group, rows in column:
        y -= HEAD_MM * step * 0.72
        canvas.text(x, y, group.title, HEAD_PT * step, bold=True)
        y -= HEAD_MM * step * 0.28
        for row in rows:
            middle = y - LINE_MM * step / 2
            most = width / len(row) - (SIGN_MM + APART_MM * (len(row) - 1)) * step
            for at, entry in enumerate(row):
                left = x + at * width / 2
                entry.draw(canvas, left + SIGN_MM * step * 0.42, middle, step)
                size = _fitting(entry.text, TEXT_PT * step, most)
                canvas.text(left + SIGN_MM * step, middle - 0.8 * step, entry.text, size)
            y -= LINE_MM * step


def _column_width(box: Box, step: float, columns: int) -> float:
    return (box.width - (columns - 1) * GUTTER_MM * step) / columns


def _arranged(groups: Sequence[Group], box: Box, step: float, columns: int) -> list[Column]:
    """Groups in columns of like heights, in their order."""
    width = _column_width(box, step, columns)
    rows = [(one, _rows(one.entries, width, step)) for one in groups]
    cuts = itertools.combinations(range(len(rows) + 1), columns - 1)
    plans = [
        [rows[a:b] for a, b in itertools.pairwise((0, *cut, len(rows)))] for cut in cuts
    ]
    # the first of equally high ones has the most in its last column: take the other
    return min(reversed(plans), key=lambda one: max(map(_height, one)), default=[])


def _height(column: Column) -> float:
    """Millimetres on A4."""
    return sum(HEAD_MM + LINE_MM * len(rows) for _, rows in column)


def _rows(entries: Sequence[Entry], width: float, step: float) -> list[list[Entry]]:
    """Two half entries stand in a line where both have room in a width."""
    rows: list[list[Entry]] = []
    most = width / 2 - (SIGN_MM + APART_MM) * step
    for one in entries:
        fits = one.is_half and width_mm(one.text, TEXT_PT * step) * SMALLER <= most
        is_open = fits and rows and len(rows[-1]) == 1 and rows[-1][0].is_half
        if is_open and width_mm(rows[-1][0].text, TEXT_PT * step) * SMALLER <= most:
            rows[-1].append(one)
        else:
            rows.append([one])
    return rows


def _fitting(text: str, size_pt: float, most_mm: float) -> float:
    """A size at which a text takes one line; it never falls below two thirds."""
    return size_pt * min(1.0, max(most_mm / max(width_mm(text, size_pt), 1e-9), 0.67))
