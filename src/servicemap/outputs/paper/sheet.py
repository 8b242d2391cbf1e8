"""One sheet: title, map, legend, inset, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.outputs.palette import PAPER, RED
from servicemap.outputs.paper.canvas import Canvas
from servicemap.outputs.paper.faces import width_mm, wrapped
from servicemap.outputs.paper.formats import Box, Format, Layout, layout
from servicemap.outputs.paper.frame import Frame, centred, fitted, round_scale
from servicemap.outputs.paper.furniture import (
    draw_neatline,
    draw_north,
    draw_scale_bar,
    scale_text,
)
from servicemap.outputs.paper.ground import draw_ground
from servicemap.outputs.paper.legend import groups
from servicemap.outputs.paper.legend_columns import draw_legend
from servicemap.outputs.paper.naming import draw_names
from servicemap.outputs.paper.notes import draw_notes, draw_title, share_text
from servicemap.outputs.paper.signs import draw_homes, draw_signs
from servicemap.shares import percent_text
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.outputs.paper.scene import Scene

INSET_TIMES = 3.0  # how much larger the inset is than the map


def overview(scene: Scene, sheet: Format) -> Canvas:
    """The whole study on one sheet; lying or standing, whichever shows it larger."""
    extent = scene.extent_m()
    if sheet.name == "slide":
        plans = [layout(sheet, is_upright=False, is_wide=wide) for wide in (True, False)]
    elif sheet.name == "phone":
        plans = [layout(sheet, is_upright=True)]
    else:
        plans = [layout(sheet, is_upright=upright) for upright in (False, True)]
    plan = min(plans, key=lambda one: fitted(one.map, extent).scale)
    frame = fitted(plan.map, extent)
    canvas = Canvas(plan.width_mm, plan.height_mm, _title(scene))
    if plan.title.height:
        sentence = scene.entry["sentence"]
        draw_title(canvas, scene, plan.title, plan.zoom, _title(scene), sentence)
    near = _inset_frame(scene, frame, plan) if plan.inset.width else None
    window = None if near is None else near.window_m
    draw_map(canvas, scene, frame, plan.zoom, window=window)
    _panel(canvas, scene, plan, frame.scale)
    if near is not None:
        _draw_inset(canvas, scene, near, plan)
    if plan.notes.height:
        draw_notes(canvas, scene, plan.notes, plan.zoom, frame.scale)
    return canvas


def _draw_inset(canvas: Canvas, scene: Scene, near: Frame, plan: Layout) -> None:
    draw_ground(canvas, scene, near, plan.zoom * 0.9)
    taken = draw_signs(canvas, scene, near, plan.zoom * 0.9)
    taken.append(_caption(canvas, scene, near, plan.zoom))
    draw_names(canvas, scene, near, plan.zoom * 0.92, taken)
    draw_neatline(canvas, near, scene.projection, plan.zoom, degrees=False)


def draw_map(
    canvas: Canvas,
    scene: Scene,
    frame: Frame,
    zoom: float,
    *,
    window: tuple[float, float, float, float] | None = None,
    township: str | None = None,
    within: Any = None,
) -> None:
    """Ground, signs, furniture and names of one frame.

    Parameters
    ----------
    canvas, scene, frame, zoom
        Where, what, which part, how large the letters.
    window
        Extent of the inset in metres, drawn as a rectangle.
    township, within
        Only its villages and points; the rest is veiled.
    """
    draw_ground(canvas, scene, frame, zoom, within=within)
    if township is not None:
        own = scene.villages["township_id"] == township
        draw_homes(canvas, scene, frame, zoom, set(scene.villages.loc[own, "village_id"]))
    taken = draw_signs(canvas, scene, frame, zoom, township=township)
    if window is not None:
        west, south, east, north = window
        shape = frame.shapes([shapely.box(west, south, east, north)])
        edge = [shapely.boundary(one) for one in shape]
        canvas.lines(edge, colour=RED, width_mm=0.35 * zoom, clip=frame.box)
    taken.append(draw_scale_bar(canvas, frame, zoom, scene.language))
    taken.append(draw_north(canvas, frame, scene.projection, zoom, scene.language))
    draw_names(canvas, scene, frame, zoom, taken, township=township)
    draw_neatline(canvas, frame, scene.projection, zoom)


def _title(scene: Scene) -> str:
    return say("paper.title", scene.language, study=scene.result.study.name)


def _panel(canvas: Canvas, scene: Scene, plan: Layout, scale: float) -> None:
    """The headline's figures, one beside the other where the panel is wide; the legend."""
    box, zoom = plan.panel, plan.zoom
    used = _figures(canvas, scene, box, zoom, plan.columns)
    rest = Box(box.left, box.bottom, box.right, box.top - used)
    draw_legend(canvas, groups(scene, scale), rest, zoom, plan.columns)


def _figures(
    canvas: Canvas, scene: Scene, box: Box, zoom: float, columns: int = 1
) -> float:
    """Shares of people and villages in large figures; returns the height used."""
    y = lowest = box.top
    left, width = box.left, box.width / columns - (columns - 1) * 2 * zoom
    for what in ("people", "villages"):
        shares = scene.entry[what]
        if shares["percent"] is None:
            continue
        y -= 7.2 * zoom
        canvas.text(
            left,
            y,
            f"{percent_text(shares['percent'])}%",
            18 * zoom,
            colour=PAPER["accent"],
            bold=True,
        )
        y -= 3.4 * zoom
        for line in wrapped(share_text(scene, what), 6.4 * zoom, width):
            canvas.text(left, y, line, 6.4 * zoom, colour=PAPER["place"])
            y -= 3.0 * zoom
        lowest = min(lowest, y)
        if columns > 1:
            left, y = left + width + 4 * zoom, box.top
    return box.top - lowest + 1.0 * zoom


def _inset_frame(scene: Scene, frame: Frame, plan: Layout) -> Frame:
    """Three times as large: around the city's centre, else where most open points are."""
    box = plan.inset
    scale = round_scale(frame.scale / INSET_TIMES)
    half = box.width * scale / 2000.0, box.height * scale / 2000.0
    points = scene.points[(scene.points["status"] == "open") & scene.points["x"].notna()]
    if not len(points):
        points = scene.villages[scene.villages["x"].notna()]
    at = points[["x", "y"]].to_numpy()
    if not len(at):
        west, south, east, north = frame.window_m
        return centred(box, scale, (west + east) / 2, (south + north) / 2)
    is_near = (np.abs(at[:, None] - at[None, :]) <= half).all(axis=2)
    weight = is_near.sum(axis=1)
    if "tier" in points and (points["tier"] == "city").any():
        weight = np.where(points["tier"] == "city", weight + len(at), weight)
    best = int(np.argmax(weight))
    x, y = at[is_near[best]].mean(axis=0)
    return centred(box, scale, float(x), float(y))


def _caption(canvas: Canvas, scene: Scene, near: Frame, zoom: float) -> Box:
    text = say("paper.inset", scene.language, scale=scale_text(near.scale, scene.language))
    box = near.box
    size = 5.8 * zoom
    wide = width_mm(text, size) + 2.4 * zoom
    plate = Box(box.left, box.top - 4.2 * zoom, box.left + wide, box.top)
    canvas.box(plate, fill="#ffffff", alpha=0.9)
    canvas.text(
        box.left + 1.2 * zoom, box.top - 3.0 * zoom, text, size, colour=RED, bold=True
    )
    return plate
