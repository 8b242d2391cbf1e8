"""Signs of villages and service points, on the map and in the legend alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.outputs.palette import PAPER, TIERS, sign

if TYPE_CHECKING:
    from servicemap.outputs.paper.canvas import Canvas
    from servicemap.outputs.paper.formats import Box
    from servicemap.outputs.paper.frame import Frame
    from servicemap.outputs.paper.scene import Scene

HATCH = "//////"
ORDER = ("village", "mobile", "kiosk", "bank", "township", "city")  # the last lies on top
WHITE = "#ffffff"


def village_radius(size: float, zoom: float) -> float:
    """Millimetres of a village's circle; ``size`` is from 0 to 1."""
    return (0.62 + 1.05 * size) * zoom


def draw_village(
    canvas: Canvas,
    x: float,
    y: float,
    radius: float,
    status: str,
    colour: str,
    clip: Box | None = None,
) -> None:
    """A circle: filled within reach, hatched beyond, dashed with ? where undetermined."""
    canvas.circle(x, y, radius * 1.22, fill=WHITE, alpha=0.9, clip=clip)
    if status == "covered":
        canvas.circle(x, y, radius, fill=colour, edge="#3c3f47", width_mm=0.08, clip=clip)
        return
    if status == "uncovered":
        canvas.circle(x, y, radius, fill=WHITE, clip=clip)
        canvas.circle(
            x, y, radius, edge=colour, width_mm=0.32 * radius, hatch=HATCH, clip=clip
        )
        return
    dash = (radius * 0.55, radius * 0.42)
    canvas.circle(
        x, y, radius, fill=WHITE, edge=colour, width_mm=0.25 * radius, dash=dash, clip=clip
    )
    size_pt = radius * 1.6 / 0.3528
    canvas.text(
        x,
        y - radius * 0.57,
        "?",
        size_pt,
        colour=PAPER["place"],
        bold=True,
        align="center",
        clip=clip,
    )


def draw_point(
    canvas: Canvas,
    x: float,
    y: float,
    size: float,
    tier: str,
    status: str,
    clip: Box | None = None,
) -> None:
    """A tier's sign: filled when open, outlined when planned, grey when closed."""
    colour = TIERS[tier][0] if status != "closed" else PAPER["unknown"]
    style: dict[str, Any] = {"fill": colour, "edge": WHITE, "width_mm": 0.22 * size**0.5}
    if status != "open":
        dash = (0.5, 0.35) if status == "planned" else None
        style = {"fill": WHITE, "edge": colour, "width_mm": 0.28, "dash": dash}
    corners = sign(tier)
    if corners is None:
        canvas.circle(x, y, size, clip=clip, **style)
    else:
        canvas.polygon(np.asarray(corners) * size + (x, y), clip=clip, **style)


def draw_signs(
    canvas: Canvas, scene: Scene, frame: Frame, zoom: float, *, township: str | None = None
) -> list[tuple[float, float, float, float]]:
    """All villages and service points of a frame; returns the boxes that they take.

    With ``township``, those of other townships are left out.
    """
    clip = frame.box
    taken = []
    villages, points = scene.villages, scene.points
    if township is not None:
        villages = villages[villages["township_id"] == township]
        points = points[points["township_id"] == township]
    _areas(canvas, villages, frame)
    for row in _on_sheet(villages, frame).itertuples():
        radius = village_radius(row.size, zoom)
        draw_village(canvas, row.u, row.v, radius, row.status, row.colour, clip)
        if row.status != "covered":
            taken.append(_square(row.u, row.v, radius))
    shown = _on_sheet(points, frame)
    for tier in ORDER:
        size = TIERS[tier][1] * zoom
        for row in shown[shown["tier"] == tier].itertuples():
            draw_point(canvas, row.u, row.v, size, tier, row.status, clip)
            taken.append(_square(row.u, row.v, size))
    return taken


def draw_homes(
    canvas: Canvas, scene: Scene, frame: Frame, zoom: float, villages: set[str]
) -> None:
    """Places where people live, as dots by their own times."""
    homes = scene.homes[scene.homes["village_id"].isin(villages)]
    for row in _on_sheet(homes, frame).itertuples():
        canvas.circle(row.u, row.v, 0.3 * zoom, fill=row.colour, alpha=0.75, clip=frame.box)


def _areas(canvas: Canvas, villages: Any, frame: Frame) -> None:
    """Villages with an outline: the whole area is hatched where it is left out."""
    for row in villages.itertuples():
        if row.shape is None or row.status == "covered":
            continue
        shapes = frame.shapes([row.shape])
        hatch = "////" if row.status == "uncovered" else None
        canvas.areas(
            shapes, edge=row.colour, width_mm=0.25, hatch=hatch, alpha=0.6, clip=frame.box
        )


def _on_sheet(table: Any, frame: Frame) -> Any:
    """Rows inside the frame with their place on the sheet as ``u, v``."""
    known = table[table["x"].notna()]
    at = frame.points(known[["x", "y"]].to_numpy())
    inside = frame.holds(at)
    return known[inside].assign(u=at[inside, 0], v=at[inside, 1])


def _square(x: float, y: float, size: float) -> tuple[float, float, float, float]:
    return (x - size, y - size, x + size, y + size)
