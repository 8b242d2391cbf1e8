"""What a legend explains: only what the map shows, in groups, each with its sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from servicemap import table_columns
from servicemap.outputs.palette import BAND_SHARE, PAPER, RAIL, ROADS, TIERS, ramp
from servicemap.outputs.paper.formats import Box
from servicemap.outputs.paper.ground import SHOWN_TO
from servicemap.outputs.paper.legend_columns import Entry, Group
from servicemap.outputs.paper.signs import draw_point, draw_village
from servicemap.outputs.terms import minutes_text, term
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from servicemap.outputs.paper.canvas import Canvas
    from servicemap.outputs.paper.legend_columns import Draw
    from servicemap.outputs.paper.scene import Scene


def groups(scene: Scene, scale: float, township: str | None = None) -> list[Group]:
    """What a map of a scene at a scale has to explain; with ``township``, a page of it."""
    found = [_bands(scene), _villages(scene, township), _points(scene, township)]
    if township is None:
        found.append(_ground(scene, scale))
    return [one for one in found if one.entries]


def _bands(scene: Scene) -> Group:
    language = scene.language
    title = say("map.bands", language, mode=term("mode", scene.mode, language))
    entries = [
        Entry(
            _swatch(band.colour),
            say("map.up_to", language, minutes=minutes_text(band.minutes)),
            is_half=True,
        )
        for band in scene.bands
    ]
    if any(band.minutes == scene.question.minutes for band in scene.bands):
        text = say(
            "paper.limit", language, minutes=minutes_text(scene.question.minutes or 0)
        )
        entries.append(Entry(_line(PAPER["accent"], 0.3), text))
    return Group(title, tuple(entries))


def _villages(scene: Scene, township: str | None) -> Group:
    language = scene.language
    rows = scene.villages[scene.villages["x"].notna()]
    rows = rows if township is None else rows[rows["township_id"] == township]
    present = set(zip(rows["status"], rows["colour"], strict=True))
    statuses = {status for status, _ in present}
    entries = []
    if "covered" in statuses:
        count = len(scene.result.study.travel.minutes)
        colours = [ramp(at, count) for at in range(count)]
        entries.append(
            Entry(_row_of_villages(colours), say("map.village_within", language))
        )
    named = (
        ("uncovered", PAPER["beyond"], "map.village_beyond"),
        ("uncovered", PAPER["noWay"], "map.village_no_way"),
    )
    entries += [
        Entry(_village(status, colour), say(key, language))
        for status, colour, key in named
        if (status, colour) in present
    ]
    if "undetermined" in statuses:
        text = say("map.village_open", language)
        entries.append(Entry(_village("undetermined", PAPER["unknown"]), text))
    if township is not None:
        colours = [ramp(0, 4), ramp(2, 4), PAPER["beyond"]]
        entries.append(Entry(_dots(colours), say("map.dwellings", language)))
    return Group(say("paper.villages", language), tuple(entries))


def _points(scene: Scene, township: str | None) -> Group:
    language = scene.language
    rows = scene.points
    rows = rows if township is None else rows[rows["township_id"] == township]
    entries = []
    for tier in table_columns.TIERS:
        its = rows[rows["tier"] == tier]
        if not len(its):
            continue
        count = int((its["status"] == "open").sum())
        text = say(
            "paper.tier_count", language, tier=term("tier", tier, language), count=count
        )
        entries.append(Entry(_point(tier, "open"), text))
    for status in ("planned", "closed"):
        if (rows["status"] == status).any():
            text = term("point_status", status, language)
            entries.append(Entry(_point("village", status), text, is_half=True))
    return Group(say("map.points", language), tuple(entries))


def _ground(scene: Scene, scale: float) -> Group:
    language = scene.language
    entries = []
    if any(one is not None for one in scene.townships["shape"]):
        dash = (1.6, 0.6, 0.3, 0.6)
        text = say("paper.township_border", language)
        entries.append(Entry(_line(PAPER["border"], 0.25, dash), text, is_half=True))
    shown = [kind for kind in scene.roads if scale <= SHOWN_TO.get(kind, np.inf)]
    for key, kinds in (
        ("paper.main_roads", ("motorway", "trunk", "primary", "secondary")),
        ("paper.other_roads", ("tertiary", "minor")),
        ("paper.paths", ("track", "path")),
    ):
        present = [one for one in kinds if one in shown]
        if present:
            text = say(key, language)
            entries.append(Entry(_road(present[0]), text, is_half=True))
    if len(scene.ground["rail"]):
        text = say("paper.rail", language)
        entries.append(Entry(_line(RAIL, 0.42), text, is_half=True))
    for name, colour in (("water", "water"), ("woods", "woods"), ("built_up", "built")):
        if len(scene.ground[name]):
            text = say(f"paper.{name}", language)
            entries.append(Entry(_swatch(PAPER[colour], 1.0), text, is_half=True))
    return Group(say("map.basemap", language), tuple(entries))


def _swatch(colour: str, share: float = BAND_SHARE) -> Draw:
    def draw(canvas: Canvas, x: float, y: float, zoom: float) -> None:
        box = Box(x - 2.6 * zoom, y - 1.3 * zoom, x + 2.6 * zoom, y + 1.3 * zoom)
        canvas.box(box, fill=PAPER["land"])
        canvas.box(box, fill=colour, alpha=share)
        canvas.box(box, edge="#a7a3b5", width_mm=0.12)

    return draw


def _line(colour: str, width_mm: float, dash: Sequence[float] | None = None) -> Draw:
    def draw(canvas: Canvas, x: float, y: float, zoom: float) -> None:
        line = ((x - 2.8 * zoom, y), (x + 2.8 * zoom, y))
        dashes = None if dash is None else [one * zoom for one in dash]
        canvas.line(line, colour=colour, width_mm=width_mm * zoom, dash=dashes)

    return draw


def _road(kind: str) -> Draw:
    casing, fill, width = ROADS[kind]

    def draw(canvas: Canvas, x: float, y: float, zoom: float) -> None:
        line = ((x - 2.8 * zoom, y), (x + 2.8 * zoom, y))
        dash = None if fill else (0.7 * zoom, 0.45 * zoom)
        more = 0.16 if fill else 0.06
        canvas.line(line, colour=casing, width_mm=(width + more) * zoom, dash=dash)
        if fill:
            canvas.line(line, colour=fill, width_mm=width * zoom)

    return draw


def _village(status: str, colour: str) -> Draw:
    def draw(canvas: Canvas, x: float, y: float, zoom: float) -> None:
        draw_village(canvas, x, y, 1.35 * zoom, status, colour)

    return draw


def _row_of_villages(colours: Sequence[str]) -> Draw:
    def draw(canvas: Canvas, x: float, y: float, zoom: float) -> None:
        step = 5.0 / max(len(colours) - 1, 1)
        for at, colour in enumerate(colours):
            left = x + (at * step - (2.5 if len(colours) > 1 else 0.0)) * zoom
            draw_village(canvas, left, y, 0.9 * zoom, "covered", colour)

    return draw


def _dots(colours: Sequence[str]) -> Draw:
    def draw(canvas: Canvas, x: float, y: float, zoom: float) -> None:
        for at, colour in enumerate(colours):
            left, up = x + (at - 1) * 1.6 * zoom, (0.5 if at % 2 else -0.3) * zoom
            canvas.circle(left, y + up, 0.42 * zoom, fill=colour)

    return draw


def _point(tier: str, status: str) -> Draw:
    def draw(canvas: Canvas, x: float, y: float, zoom: float) -> None:
        size = max(min(TIERS[tier][1], 1.7), 1.15) * zoom
        draw_point(canvas, x, y, size, tier, status)

    return draw
