"""Scale bar, north arrow, frame with degrees: what makes a drawing a map."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.outputs.palette import PAPER
from servicemap.outputs.paper.faces import width_mm
from servicemap.outputs.paper.formats import Box
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.outputs.paper.canvas import Canvas
    from servicemap.outputs.paper.frame import Frame
    from servicemap.roads.projection import Projection

INK = PAPER["text"]
PALE = "#6b6f78"
STEPS = (1.0, 2.0, 5.0)
DEGREE_STEPS = (1 / 60, 2 / 60, 5 / 60, 10 / 60, 15 / 60, 30 / 60, 1.0, 2.0, 5.0)
MOST_TICKS = 6
BAR_PARTS = 2
KILOMETRE = 1000.0


def scale_text(scale: float, language: Any) -> str:
    """``1:150,000``."""
    return say("paper.scale", language, scale=f"{scale:,.0f}")


def draw_scale_bar(canvas: Canvas, frame: Frame, zoom: float, language: Any) -> Box:
    """A divided bar at the lower left, with the scale in figures; returns its box."""
    unit_m = _round_down(frame.scale / 1000.0 * 16 * zoom)
    length = unit_m / frame.scale * 1000.0
    left, bottom = frame.box.left + 3.5 * zoom, frame.box.bottom + 3.2 * zoom
    text = scale_text(frame.scale, language)
    size = 6.4 * zoom
    inner = max(2 * length, width_mm(text, size))
    last = _metres(2 * unit_m, language)
    right = left + inner + width_mm(last, size) / 2 + 2.2 * zoom
    box = Box(left - 2 * zoom, bottom - 1.7 * zoom, right, bottom + 8.6 * zoom)
    canvas.box(box, fill="#ffffff", alpha=0.86)
    thick = 1.0 * zoom
    for part in range(BAR_PARTS):
        for row in range(2):
            dark = (part + row) % 2 == 0
            piece = Box(
                left + part * length,
                bottom + row * thick / 2,
                left + (part + 1) * length,
                bottom + (row + 1) * thick / 2,
            )
            canvas.box(piece, fill=INK if dark else "#ffffff", edge=INK, width_mm=0.1)
    for part, value in enumerate((0.0, unit_m, 2 * unit_m)):
        label = _plain(value, unit_m) if part < BAR_PARTS else _metres(value, language)
        x, y = left + part * length, bottom + thick + 0.8 * zoom
        canvas.text(x, y, label, size, align="center" if part else "left")
    canvas.text(left, bottom + thick + 4.0 * zoom, text, size, colour=PALE)
    return box


def draw_north(
    canvas: Canvas, frame: Frame, projection: Projection, zoom: float, language: Any
) -> Box:
    """An arrow to true north in the upper right corner; returns its box."""
    x, y = frame.box.right - 6.5 * zoom, frame.box.top - 8.0 * zoom
    turn = _north_angle(frame, projection)
    high, wide = 5.2 * zoom, 2.0 * zoom
    corners = {
        INK: ((0.0, high), (wide, -high * 0.55), (0.0, -high * 0.22)),
        "#ffffff": ((0.0, high), (-wide, -high * 0.55), (0.0, -high * 0.22)),
    }
    box = Box(x - 4 * zoom, y - 7.4 * zoom, x + 4 * zoom, y + 6.2 * zoom)
    canvas.box(box, fill="#ffffff", alpha=0.86)
    for fill, shape in corners.items():
        at = np.array(shape)
        turned = np.column_stack(
            [
                at[:, 0] * math.cos(turn) - at[:, 1] * math.sin(turn),
                at[:, 0] * math.sin(turn) + at[:, 1] * math.cos(turn),
            ]
        )
        canvas.polygon(turned + np.array([x, y]), fill=fill, edge=INK, width_mm=0.14 * zoom)
    letter = say("map.north_letter", language)
    canvas.text(x, y - 6.4 * zoom, letter, 7.5 * zoom, bold=True, align="center")
    return box


def draw_neatline(
    canvas: Canvas,
    frame: Frame,
    projection: Projection,
    zoom: float,
    *,
    degrees: bool = True,
) -> None:
    """The frame line, with ticks and figures of longitude and latitude."""
    box = frame.box
    canvas.box(box, edge=INK, width_mm=0.3 * zoom)
    if not degrees:
        return
    size, long = 4.8 * zoom, 1.4 * zoom
    for axis in (0, 1):
        for value, at in _ticks(frame, projection, axis):
            text = degree_text(value, "EW" if axis == 0 else "NS")
            half = width_mm(text, size) / 2 + 0.4 * zoom
            if axis == 0:
                for edge, end in (
                    (box.bottom, box.bottom + long),
                    (box.top, box.top - long),
                ):
                    canvas.line(((at, edge), (at, end)), colour=INK, width_mm=0.15)
                canvas.text(
                    at, box.top + 0.7 * zoom, text, size, colour=PALE, align="center"
                )
            elif box.bottom + half < at < box.top - half:
                for edge, end in (
                    (box.left, box.left + long),
                    (box.right, box.right - long),
                ):
                    canvas.line(((edge, at), (end, at)), colour=INK, width_mm=0.15)
                canvas.text(
                    box.left - 0.7 * zoom, at - half, text, size, colour=PALE, angle=90
                )


def degree_text(value: float, sides: str) -> str:
    """``121°15′E``: degrees and minutes with the side."""
    minutes = round(abs(value) * 60)
    side = sides[0] if value >= 0 else sides[1]
    whole, rest = divmod(minutes, 60)
    return f"{whole}°{rest:02d}′{side}"


def _ticks(frame: Frame, projection: Projection, axis: int) -> list[tuple[float, float]]:
    """Degrees, and where on the edge they meet the frame."""
    west, south, east, north = frame.window_m
    low = (west, south)
    high = (east, south) if axis == 0 else (west, north)
    x, y = np.array([low, high]).T
    ends = [float(one) for one in projection.to_degrees(x, y)[axis]]
    span = ends[1] - ends[0]
    step = next((one for one in DEGREE_STEPS if span / one <= MOST_TICKS), 10.0)
    found = []
    for count in range(math.ceil(ends[0] / step), math.floor(ends[1] / step) + 1):
        value = count * step
        share = (value - ends[0]) / span
        start = frame.box.left if axis == 0 else frame.box.bottom
        found.append(
            (value, start + share * (frame.box.width if axis == 0 else frame.box.height))
        )
    return found


def _north_angle(frame: Frame, projection: Projection) -> float:
    """Radians by which true north is turned to the left of the sheet's top."""
    west, south, east, north = frame.window_m
    x, y = (west + east) / 2, (south + north) / 2
    lon, lat = projection.to_degrees(np.array([x]), np.array([y]))
    x2, y2 = projection.to_metres(lon, lat + 0.01)
    return math.atan2(float(x - x2[0]), float(y2[0] - y))


def _round_down(metres: float) -> float:
    size = 10.0 ** math.floor(math.log10(metres))
    return max(step * size for step in STEPS if step * size <= metres * (1 + 1e-9))


def _plain(metres: float, unit_m: float) -> str:
    return f"{metres:g}" if unit_m < KILOMETRE else f"{metres / KILOMETRE:g}"


def _metres(metres: float, language: Any) -> str:
    key = "map.metres" if metres < KILOMETRE else "map.kilometres"
    value = _plain(metres, metres)
    return say(key, language, metres=value, kilometres=value)
