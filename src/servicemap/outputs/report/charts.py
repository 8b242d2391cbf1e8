"""Pictures of the report: the map, and charts on its canvas and in its colours.

Each is drawn twice: as wide as the text of a page, and as narrow as a phone, where the
wide one's letters would be two pixels tall.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from servicemap.outputs.palette import PAPER, RAMP, mixed
from servicemap.outputs.paper.canvas import Canvas
from servicemap.outputs.paper.faces import width_mm, wrapped
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
NARROW_MM = 92.0  # a phone's 360 pixels: letters of 8.5 pt are 12 pixels there
ROW_MM = 5.6
DPI = 200.0
# of their width, to stay on a page
LEAST_MAP, LEAST_BARS = 0.72, 0.85
LABEL_MM = 36.0
TEXT_PT = 8.5
SMALL_PT, SMALL_MM = 6.8, 2.5
MOST_SQUEEZED = 1.4
HOURS = 24
DARK = 0.85  # from here on letters are white


def headline_map(result: Result, figures: Mapping[str, Any]) -> Picture:
    """The map of the first question, without a caption."""
    sheet, phone = FORMATS["figure"], FORMATS["phone"]
    shown = scene(result, figures, result.study.questions[0].id)
    drawn = overview(shown, sheet)
    share = drawn.width_mm / WIDTH_MM
    narrow = png(overview(shown, phone), phone.dpi)
    return Picture(png(drawn, sheet.dpi), "", share, LEAST_MAP * share, narrow)


def share_bars(
    title: str, rows: Sequence[tuple[str, float | None]], whole: float | None
) -> Picture:
    """Bars of shares in percent, a line at the share of the whole.

    Parameters
    ----------
    title
        Its caption.
    rows
        Name and percent, in the order in which they are drawn; None has no bar.
    whole
        Percent of all together.
    """
    wide, narrow = (
        _share_bars(title, rows, whole, width) for width in (WIDTH_MM, NARROW_MM)
    )
    return Picture(wide, title, 1.0, LEAST_BARS, narrow)


def _share_bars(
    title: str,
    rows: Sequence[tuple[str, float | None]],
    whole: float | None,
    across_mm: float,
) -> bytes:
    left, right = min(LABEL_MM, 0.3 * across_mm), across_mm - 12.0
    height = ROW_MM * len(rows) + 10.0
    canvas = Canvas(across_mm, height, title)
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
        _name(canvas, name, left, y, left)
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
) -> Picture:
    """The week as a table of squares, darker for more: a row a day, on a phone an hour.

    Parameters
    ----------
    title
        Its caption.
    days
        Names of the days from Monday on.
    values
        One an hour from Monday on; None stays white.
    most
        What is darkest. Numbers up to 100 stand in their squares.
    """
    hours = [str(hour) for hour in range(HOURS)]
    by_day = [values[at * HOURS : (at + 1) * HOURS] for at in range(len(days))]
    by_hour = [[row[hour] for row in by_day] for hour in range(HOURS)]
    clock = [f"{hour:02d}:00" for hour in range(HOURS)]
    return Picture(
        _squares(title, (hours, days), by_day, most, WIDTH_MM),
        title,
        narrow=_squares(title, (days, clock), by_hour, most, NARROW_MM),
    )


def _squares(
    title: str,
    names: tuple[Sequence[str], Sequence[str]],
    rows: Sequence[Sequence[float | None]],
    most: float,
    across_mm: float,
) -> bytes:
    """Rows of squares with the names of the columns above and of the rows beside."""
    across, down = names
    left, top_mm = 16.0, 6.0
    step = (across_mm - left) / len(across)
    height = top_mm + ROW_MM * len(down) + 1.0
    canvas = Canvas(across_mm, height, title)
    for at, name in enumerate(across):
        middle = left + (at + 0.5) * step
        canvas.text(middle, height - 4.2, name, 7.0, colour=PAPER["place"], align="center")
    for at, (name, row) in enumerate(zip(down, rows, strict=True)):
        up = height - top_mm - ROW_MM * (at + 1)
        canvas.text(left - 2.0, up + 1.7, name, TEXT_PT, align="right")
        for place, value in enumerate(row):
            if value is None:
                continue
            depth = min(value / most, 1.0) if most else 0.0
            square = Box(left + place * step, up, left + (place + 1) * step, up + ROW_MM)
            canvas.box(square, fill=mixed("#ffffff", RAMP[1], depth), edge="#ffffff")
            colour = "#ffffff" if depth > DARK else PAPER["text"]
            x = left + (place + 0.5) * step
            canvas.text(
                x, up + 1.9, str(int(value + 0.5)), SMALL_PT, colour=colour, align="center"
            )
    return png(canvas, DPI)


def count_bars(title: str, rows: Sequence[tuple[str, int, str]]) -> Picture:
    """Bars of counts with a note behind each; on a phone what they are of stands above."""
    wide, narrow = (_count_bars(title, rows, width) for width in (WIDTH_MM, NARROW_MM))
    return Picture(wide, title, narrow=narrow)


def _count_bars(
    title: str, rows: Sequence[tuple[str, int, str]], across_mm: float
) -> bytes:
    most = max((count for _, count, _ in rows), default=1) or 1
    if across_mm < WIDTH_MM:
        right, row_mm = across_mm - 38.0, 2 * ROW_MM
        height = row_mm * len(rows) + 2.0
        canvas = Canvas(across_mm, height, title)
        for at, (name, count, note) in enumerate(rows):
            y = height - 1.0 - row_mm * (at + 0.75)
            canvas.text(0.5, y + 3.4, name, TEXT_PT)
            end = max(count / most * right, 0.3)
            canvas.box(Box(0.5, y - 2.0, end, y + 2.0), fill=PAPER["beyond"])
            canvas.text(end + 1.2, y - 1.1, note, TEXT_PT)
        return png(canvas, DPI)
    left, right = 58.0, across_mm - 40.0
    height = (ROW_MM + 1.4) * len(rows) + 4.0
    canvas = Canvas(across_mm, height, title)
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
    over = width_mm(name, TEXT_PT) / (room - 2.5)
    if len(lines) <= 1 and over <= MOST_SQUEEZED:  # one long word becomes smaller
        size = TEXT_PT / max(over, 1.0)
        canvas.text(left - 2.0, y - 1.1, name, size, align="right")
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
