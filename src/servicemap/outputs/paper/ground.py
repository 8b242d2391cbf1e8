"""The map itself: ground, areas within reach, roads, borders, in one rectangle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.outputs.palette import BAND_SHARE, PAPER, RAIL, ROADS

if TYPE_CHECKING:
    from servicemap.outputs.paper.canvas import Canvas
    from servicemap.outputs.paper.frame import Frame
    from servicemap.outputs.paper.scene import Scene

LEAST_AREA_MM2 = 0.25
# class of road -> the smallest scale (largest denominator) that shows it
SHOWN_TO = {
    "path": 40_000.0,
    "track": 60_000.0,
    "minor": 200_000.0,
    "tertiary": 400_000.0,
}
THIN_FROM = 150_000.0  # roads are drawn thinner at smaller scales than this
VEIL = 0.62  # how much of what is outside the study is hidden


def draw_ground(
    canvas: Canvas, scene: Scene, frame: Frame, zoom: float, *, within: Any = None
) -> None:
    """Everything below the signs.

    Parameters
    ----------
    canvas, scene, frame
        Where, what, and which part of it.
    zoom
        How much thicker than on A4 lines are.
    within
        Area in projected metres; what is outside is veiled. Else the study's outline.
    """
    clip = frame.box
    _land(canvas, scene, frame)
    for band in scene.bands:
        canvas.areas(
            frame.shapes([band.ring]), fill=band.colour, alpha=BAND_SHARE, clip=clip
        )
    _water(canvas, scene, frame, zoom)
    _roads(canvas, scene, frame, zoom)
    _limit(canvas, scene, frame, zoom)
    _borders(canvas, scene, frame, zoom, within)


def _land(canvas: Canvas, scene: Scene, frame: Frame) -> None:
    clip = frame.box
    has_land = len(scene.ground["land"]) > 0
    canvas.box(clip, fill=PAPER["desk" if has_land else "land"])
    canvas.areas(frame.shapes(scene.ground["land"]), fill=PAPER["land"], clip=clip)
    for name, colour in (("woods", "woods"), ("built_up", "built")):
        canvas.areas(_large(frame, scene.ground[name]), fill=PAPER[colour], clip=clip)


def _water(canvas: Canvas, scene: Scene, frame: Frame, zoom: float) -> None:
    clip, blue = frame.box, PAPER["waterLine"]
    canvas.areas(
        _large(frame, scene.ground["water"]),
        fill=PAPER["water"],
        edge=blue,
        width_mm=0.08 * zoom,
        clip=clip,
    )
    lines = frame.shapes(scene.ground["waterways"])
    canvas.lines(lines, colour=blue, width_mm=0.18 * zoom, clip=clip)


def _large(frame: Frame, shapes: Any) -> Any:
    """Areas that are more than a speck."""
    found = frame.shapes(shapes)
    return found[shapely.area(found) >= LEAST_AREA_MM2] if len(found) else found


def _roads(canvas: Canvas, scene: Scene, frame: Frame, zoom: float) -> None:
    slim = zoom * (1.0 if frame.scale <= THIN_FROM else (THIN_FROM / frame.scale) ** 0.4)
    shown = [
        (kind, frame.shapes(lines))
        for kind, (lines, _) in scene.roads.items()
        if frame.scale <= SHOWN_TO.get(kind, np.inf)
    ]
    for kind, lines in shown:
        casing, fill, width = ROADS[kind]
        dash = (0.7 * zoom, 0.45 * zoom) if fill is None else None
        more = 0.16 * zoom if fill else 0.0
        canvas.lines(
            lines, colour=casing, width_mm=width * slim + more, dash=dash, clip=frame.box
        )
    for kind, lines in shown:
        _, fill, width = ROADS[kind]
        if fill:
            canvas.lines(lines, colour=fill, width_mm=width * slim, clip=frame.box)
    rail = frame.shapes(scene.ground["rail"])
    canvas.lines(rail, colour=RAIL, width_mm=0.42 * slim, clip=frame.box)
    dash = (1.2 * zoom, 1.2 * zoom)
    canvas.lines(rail, colour="#ffffff", width_mm=0.26 * slim, dash=dash, clip=frame.box)


def _limit(canvas: Canvas, scene: Scene, frame: Frame, zoom: float) -> None:
    """The limit that is asked for, above the roads."""
    areas = [one.area for one in scene.bands if one.minutes == scene.question.minutes]
    edge = frame.shapes([shapely.boundary(one) for one in areas])
    canvas.lines(edge, colour="#ffffff", width_mm=0.55 * zoom, alpha=0.5, clip=frame.box)
    canvas.lines(edge, colour=PAPER["accent"], width_mm=0.22 * zoom, clip=frame.box)


def _borders(canvas: Canvas, scene: Scene, frame: Frame, zoom: float, within: Any) -> None:
    clip = frame.box
    outline = within if within is not None else scene.outline
    if outline is not None:
        box = shapely.box(*frame.window_m)
        veil = shapely.difference(box, shapely.make_valid(outline))
        canvas.areas(frame.shapes([veil]), fill="#ffffff", alpha=VEIL, clip=clip)
    townships = [one for one in scene.townships["shape"] if one is not None]
    shapes = frame.shapes([shapely.boundary(one) for one in townships])
    canvas.lines(shapes, colour="#ffffff", width_mm=0.5 * zoom, alpha=0.55, clip=clip)
    dash = tuple(one * zoom for one in (1.6, 0.6, 0.3, 0.6))
    border = PAPER["border"]
    canvas.lines(shapes, colour=border, width_mm=0.2 * zoom, dash=dash, clip=clip)
    if outline is not None:
        edge = frame.shapes([shapely.boundary(outline)])
        canvas.lines(edge, colour=border, width_mm=0.42 * zoom, clip=clip)
