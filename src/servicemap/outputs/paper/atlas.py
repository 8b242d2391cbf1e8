"""An atlas: the overview, then one page a township with its map and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from servicemap import table_columns
from servicemap.outputs.palette import PAPER, RED
from servicemap.outputs.paper.canvas import Canvas
from servicemap.outputs.paper.faces import wrapped
from servicemap.outputs.paper.formats import Box, Format, layout
from servicemap.outputs.paper.frame import fitted
from servicemap.outputs.paper.furniture import draw_neatline
from servicemap.outputs.paper.legend import groups
from servicemap.outputs.paper.legend_columns import draw_legend
from servicemap.outputs.paper.notes import draw_notes, draw_title
from servicemap.outputs.paper.sheet import draw_map, overview
from servicemap.outputs.terms import term
from servicemap.shares import percent_text
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from servicemap.outputs.paper.formats import Layout
    from servicemap.outputs.paper.scene import Scene

ROW_MM = 4.1
MARGIN_SHARE = 0.05
LEGEND_MM = 46.0  # what the legend needs at the foot of the panel


def pages(scene: Scene, sheet: Format) -> Iterator[Canvas]:
    """The overview, then every township that has an outline or villages, in code order."""
    yield overview(scene, sheet)
    for row in scene.townships.itertuples():
        if _extent(scene, row.township_id, row.shape) is not None:
            yield township_page(scene, sheet, row.township_id)


def township_page(scene: Scene, sheet: Format, township_id: str) -> Canvas:
    """One township: its map, its figures, who is left out and why."""
    plan = layout(sheet, is_upright=False)
    known = scene.townships.set_index("township_id")
    row: Any = known.loc[township_id]
    entry = next(
        one for one in scene.entry["by_township"] if one["township_id"] == township_id
    )
    title = say("paper.township_title", scene.language, township=row["name"])
    canvas = Canvas(plan.width_mm, plan.height_mm, title)
    draw_title(canvas, scene, plan.title, plan.zoom, title, _sentence(scene, entry))
    extent = _extent(scene, township_id, row["shape"])
    assert extent is not None  # pages() asks only for townships that have one
    frame = fitted(plan.map, extent)
    draw_map(canvas, scene, frame, plan.zoom, township=township_id, within=row["shape"])
    _panel(canvas, scene, plan, township_id, entry, frame.scale)
    _locator(canvas, scene, plan, row["shape"], frame.window_m)
    draw_notes(canvas, scene, plan.notes, plan.zoom, frame.scale)
    return canvas


def _extent(
    scene: Scene, township_id: str, shape: Any
) -> tuple[float, float, float, float] | None:
    """Its outline's bounds, else those of its villages and points, with a margin."""
    if shape is not None:
        west, south, east, north = shapely.bounds(shape)
    else:
        its = [
            table.loc[
                (table["township_id"] == township_id) & table["x"].notna(), ["x", "y"]
            ]
            for table in (scene.villages, scene.points)
        ]
        at = pd.concat(its)
        if not len(at):
            return None
        (west, south), (east, north) = at.min(), at.max()
    more = max(MARGIN_SHARE * max(east - west, north - south), 300.0)
    return west - more, south - more, east + more, north + more


def _sentence(scene: Scene, entry: Mapping[str, Any]) -> str:
    """The township's answer, with its rank among all."""
    villages, people = entry["villages"], entry["people"]
    what = "people" if people["percent"] is not None else "villages"
    if entry[what]["percent"] is None:
        return say("paper.township_nothing", scene.language)
    ranked = sum(one["rank"] is not None for one in scene.entry["by_township"])
    return say(
        f"paper.township_{what}",
        scene.language,
        percent=percent_text(entry[what]["percent"]),
        villages_covered=villages["covered"],
        villages_determined=(villages["covered"] or 0) + (villages["uncovered"] or 0),
        rank=entry["rank"],
        ranked=ranked,
    )


def _panel(
    canvas: Canvas,
    scene: Scene,
    plan: Layout,
    township_id: str,
    entry: Mapping[str, Any],
    scale: float,
) -> None:
    """Figures, villages left out, then the legend of what fits."""
    box, zoom = plan.panel, plan.zoom
    y = box.top
    for label, value in _figures(scene, township_id, entry):
        y -= ROW_MM * zoom
        canvas.text(box.left, y, label, 6.8 * zoom, colour=PAPER["place"])
        canvas.text(box.right, y, value, 7.0 * zoom, bold=True, align="right")
        rule = ((box.left, y - 1.1 * zoom), (box.right, y - 1.1 * zoom))
        canvas.line(rule, colour="#dddad3", width_mm=0.12)
    y -= 5.6 * zoom
    foot = box.bottom + LEGEND_MM * zoom
    _left_out(canvas, scene, Box(box.left, foot, box.right, y), zoom, township_id)
    rest = Box(box.left, box.bottom, box.right, foot - 1.0 * zoom)
    draw_legend(canvas, groups(scene, scale, township_id), rest, zoom)


def _figures(
    scene: Scene, township_id: str, entry: Mapping[str, Any]
) -> list[tuple[str, str]]:
    language = scene.language
    rows = []
    for what in ("people", "villages"):
        shares = entry[what]
        if shares["total"] is None:
            continue
        rows.append((say(f"outputs.column.{what}", language), f"{shares['total']:,}"))
        rows += [
            (say(f"outputs.column.{what}_{name}", language), f"{shares[name]:,}")
            for name in ("covered", "uncovered", "undetermined")
            if shares[name] or name != "undetermined"
        ]
        known = shares["percent"] is not None
        percent = percent_text(shares["percent"]) + ("%" if known else "")
        rows.append((say(f"outputs.column.{what}_percent", language), percent))
    if entry["rank"] is not None:
        rows.append((say("outputs.column.rank", language), str(entry["rank"])))
    points = scene.points
    own = points[(points["township_id"] == township_id) & (points["status"] == "open")]
    rows.append((say("outputs.column.points", language), str(len(own))))
    return rows


def _left_out(
    canvas: Canvas, scene: Scene, box: Box, zoom: float, township_id: str
) -> None:
    """Villages beyond the cutoff, the largest first, then undetermined ones."""
    language = scene.language
    rows = scene.villages[scene.villages["township_id"] == township_id]
    rows = rows[rows["status"].isin(("uncovered", "undetermined"))]
    rows = rows.sort_values(
        ["status", "people", "village_id"], ascending=[True, False, True]
    )
    title = say("paper.left_out", language, count=len(rows))
    canvas.text(box.left, box.top - 3.0 * zoom, title, 7.2 * zoom, bold=True)
    y = box.top - 3.4 * zoom
    if not len(rows):
        canvas.text(
            box.left, y - 3.4 * zoom, say("paper.none_left_out", language), 6.4 * zoom
        )
        return
    room = int((y - box.bottom) / (3.5 * zoom))
    shown = rows if len(rows) <= room else rows.head(max(room - 1, 0))
    for row in shown.itertuples():
        y -= 3.5 * zoom
        known = row.reason in table_columns.REASONS
        reason = term("reason", row.reason, language) if known else ""
        people = "" if pd.isna(row.people) else f"{row.people:,.0f}"
        colour = PAPER["noWay"] if row.status == "uncovered" else PAPER["place"]
        (name, *_) = wrapped(str(row.name), 6.2 * zoom, 0.36 * box.width) or [""]
        canvas.text(box.left, y, name, 6.2 * zoom, colour=colour)
        canvas.text(box.left + 0.53 * box.width, y, people, 6.2 * zoom, align="right")
        (said, *_) = wrapped(reason, 5.8 * zoom, 0.44 * box.width) or [""]
        canvas.text(box.left + 0.56 * box.width, y, said, 5.8 * zoom, colour=PAPER["place"])
    if len(shown) < len(rows):
        more = say("paper.more_left_out", language, count=len(rows) - len(shown))
        canvas.text(box.left, y - 3.5 * zoom, more, 6.2 * zoom, colour=PAPER["place"])


def _locator(
    canvas: Canvas,
    scene: Scene,
    plan: Layout,
    shape: Any,
    window: tuple[float, float, float, float],
) -> None:
    """Where in the study the page lies."""
    box, zoom = plan.inset, plan.zoom
    frame = fitted(box.inset(1.5 * zoom), scene.extent_m())
    canvas.box(box, fill=PAPER["land"])
    outline = [] if scene.outline is None else [scene.outline]
    canvas.areas(frame.shapes(outline), fill="#ffffff", clip=box)
    canvas.areas(frame.shapes(scene.ground["water"]), fill=PAPER["water"], clip=box)
    others = [one for one in scene.townships["shape"] if one is not None]
    canvas.areas(frame.shapes(others), edge=PAPER["border"], width_mm=0.12 * zoom, clip=box)
    if shape is not None:
        canvas.areas(
            frame.shapes([shape]), fill=PAPER["accent"], alpha=0.55, edge=PAPER["accent"],
            width_mm=0.2 * zoom, clip=box,
        )  # fmt: skip
    page = [shapely.boundary(one) for one in frame.shapes([shapely.box(*window)])]
    canvas.lines(page, colour=RED, width_mm=0.25 * zoom, clip=box)
    draw_neatline(
        canvas, fitted(box, scene.extent_m()), scene.projection, zoom, degrees=False
    )
