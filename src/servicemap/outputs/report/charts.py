"""Pictures of the report: the map, and charts on its canvas and in its colours."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from servicemap.outputs.palette import PAPER, RAMP, mixed
from servicemap.outputs.paper.canvas import Canvas
from servicemap.outputs.paper.faces import wrapped
from servicemap.outputs.paper.formats import FORMATS, Box
from servicemap.outputs.paper.saving import save
from servicemap.outputs.paper.scene import scene
from servicemap.outputs.paper.sheet import overview
from servicemap.outputs.report.blocks import Picture
from servicemap.shares import percent_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from servicemap.result import Result

WIDTH_MM = 156.0  # the text area of GB/T 9704-2012
ROW_MM = 5.6
DPI = 200.0
LABEL_MM = 36.0
TEXT_PT = 8.5
SMALL_PT, SMALL_MM = 6.8, 2.5
HOURS = 24
DARK = 0.85  # from here on letters are white


def headline_map(result: Result, figures: Mapping[str, Any]) -> Picture:
    """The map of the first question, without a caption."""
    sheet = FORMATS["figure"]
    drawn = overview(scene(result, figures, result.study.questions[0].id), sheet)
    return Picture(png(drawn, sheet.dpi), "", drawn.width_mm / WIDTH_MM)


def share_bars(
    title: str, rows: Sequence[tuple[str, float | None]], whole: float | None
) -> bytes:
    """Bars of shares in percent, a line at the share of the whole; a PNG.

    Parameters
    ----------
    title
        Read by programs that read pictures out.
    rows
        Name and percent, in the order in which they are drawn; None has no bar.
    whole
        Percent of all together.
    """
    left, right = LABEL_MM, WIDTH_MM - 12.0
    height = ROW_MM * len(rows) + 10.0
    canvas = Canvas(WIDTH_MM, height, title)
    top = height - 2.0

    def x(percent: float) -> float:
        return left + percent / 100.0 * (right - left)

    for percent in (0, 25, 50, 75, 100):
        line = ((x(percent), 6.0), (x(percent), top))
        canvas.line(line, colour="#dddad3", width_mm=0.15)
        canvas.text(
            x(percent), 2.2, f"{percent}%", 7.0, colour=PAPER["place"], align="center"
        )
    for at, (name, value) in enumerate(rows):
        y = top - ROW_MM * (at + 0.5)
        _name(canvas, name, left, y, LABEL_MM)
        if value is None:
            continue
        is_low = whole is not None and value < whole
        bar = Box(left, y - 1.7, max(x(value), left + 0.2), y + 1.7)
        canvas.box(bar, fill=RAMP[2] if is_low else RAMP[1])
    if whole is not None:
        line = ((x(whole), 6.0), (x(whole), top))
        canvas.line(line, colour=PAPER["beyond"], width_mm=0.4, dash=(1.2, 0.8))
    for at, (_, value) in enumerate(rows):  # above the line, which would cross them
        if value is not None:
            y = top - ROW_MM * (at + 0.5)
            canvas.text(x(value) + 1.0, y - 1.1, percent_text(value), TEXT_PT, halo_mm=0.6)
    return png(canvas, DPI)


def week_heat(
    title: str, days: Sequence[str], values: Sequence[float | None], most: float
) -> bytes:
    """The week as a table of squares, a row a day, darker for more; a PNG.

    Parameters
    ----------
    title
        Read by programs that read pictures out.
    days
        Names of the days from Monday on.
    values
        One an hour from Monday on; None stays white.
    most
        What is darkest. Numbers up to 100 stand in their squares.
    """
    left, top_mm = 16.0, 6.0
    step = (WIDTH_MM - left) / HOURS
    height = top_mm + ROW_MM * len(days) + 1.0
    canvas = Canvas(WIDTH_MM, height, title)
    for hour in range(HOURS):
        middle = left + (hour + 0.5) * step
        canvas.text(
            middle, height - 4.2, str(hour), 7.0, colour=PAPER["place"], align="center"
        )
    for day, name in enumerate(days):
        up = height - top_mm - ROW_MM * (day + 1)
        canvas.text(left - 2.0, up + 1.7, name, TEXT_PT, align="right")
        for hour in range(HOURS):
            value = values[day * HOURS + hour]
            if value is None:
                continue
            depth = min(value / most, 1.0) if most else 0.0
            square = Box(left + hour * step, up, left + (hour + 1) * step, up + ROW_MM)
            canvas.box(square, fill=mixed("#ffffff", RAMP[1], depth), edge="#ffffff")
            colour = "#ffffff" if depth > DARK else PAPER["text"]
            x = left + (hour + 0.5) * step
            canvas.text(
                x, up + 1.9, str(int(value + 0.5)), SMALL_PT, colour=colour, align="center"
            )
    return png(canvas, DPI)


def count_bars(title: str, rows: Sequence[tuple[str, int, str]]) -> bytes:
    """Bars of counts with a note behind each; a PNG."""
    left, right = 58.0, WIDTH_MM - 40.0
    height = (ROW_MM + 1.4) * len(rows) + 4.0
    canvas = Canvas(WIDTH_MM, height, title)
    most = max((count for _, count, _ in rows), default=1) or 1
    for at, (name, count, note) in enumerate(rows):
        y = height - 2.0 - (ROW_MM + 1.4) * (at + 0.5)
        _name(canvas, name, left, y, left)
        end = left + max(count / most * (right - left), 0.3)
        canvas.box(Box(left, y - 2.0, end, y + 2.0), fill=PAPER["beyond"])
        canvas.text(end + 1.2, y - 1.1, note, TEXT_PT)
    return png(canvas, DPI)


def _name(canvas: Canvas, name: str, left: float, y: float, room: float) -> None:
    """What a bar is of: in two smaller lines where one is too short, never cut silently."""
    lines = wrapped(name, TEXT_PT, room - 3.0)
    if len(lines) <= 1:
        canvas.text(left - 2.0, y - 1.1, name, TEXT_PT, align="right")
        return
    lines = wrapped(name, SMALL_PT, room - 3.0)
    if len(lines) > 2:  # noqa: PLR2004 - a row has room for two
        lines = [lines[0], f"{lines[1][:-1]}…"]
    for at, line in enumerate(lines):
        up = 0.3 + SMALL_MM * (len(lines) / 2 - 1 - at)
        canvas.text(left - 2.0, y + up, line, SMALL_PT, align="right")


def png(canvas: Canvas, dpi: float) -> bytes:
    """A canvas as the bytes of a PNG."""
    file: Any = io.BytesIO()
    save([canvas], file, "png", dpi)
    content: bytes = file.getvalue()
    return content
