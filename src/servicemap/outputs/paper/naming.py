"""Which names a map wants, in what size, and how much each matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.outputs.palette import PAPER, QUIET, TIERS
from servicemap.outputs.paper.labels import Placed, Taken, Wish, place
from servicemap.outputs.paper.signs import village_radius

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicemap.outputs.paper.canvas import Canvas
    from servicemap.outputs.paper.frame import Frame
    from servicemap.outputs.paper.scene import Scene

LONGEST = 24  # characters of a name on a map
NAMED_ROADS = ("motorway", "trunk", "primary", "secondary", "tertiary")
LARGE_PLACES = ("city", "town")
CLOSE_SCALE = 80_000.0  # from here on every point has its name
HALO_MM = 0.42
# before all villages, which have more places to choose from; after the city's centre
TOWNSHIP_RANK = 390


def draw_names(
    canvas: Canvas,
    scene: Scene,
    frame: Frame,
    zoom: float,
    taken: list[tuple[float, float, float, float]],
    *,
    township: str | None = None,
) -> None:
    """Write all names that find a place.

    Parameters
    ----------
    canvas, scene, frame, zoom
        As for the signs.
    taken
        Boxes of signs and of what lies on the map.
    township
        Names of villages and points of other townships are left out.
    """
    wishes = [
        *_townships(scene, frame, zoom, township),
        *_villages(scene, frame, zoom, township),
        *_points(scene, frame, zoom, township),
        *_roads(scene, frame, zoom),
        *_places(scene, frame, zoom),
    ]
    for spot in place(wishes, frame.box.inset(0.6), Taken(taken)):
        _write(canvas, spot, frame, zoom)


def _write(canvas: Canvas, spot: Placed, frame: Frame, zoom: float) -> None:
    wish = spot.wish
    if spot.leader is not None:
        foot, end = spot.leader
        canvas.line((foot, end), colour=wish.colour, width_mm=0.2 * zoom, clip=frame.box)
        canvas.circle(*foot, 0.45 * zoom, fill=wish.colour, clip=frame.box)
    canvas.text(
        spot.x,
        spot.y,
        wish.text,
        wish.size_pt,
        colour=wish.colour,
        bold=wish.bold,
        angle=spot.angle,
        halo_mm=HALO_MM * zoom,
        clip=frame.box,
    )


def _short(text: str) -> str:
    flat = " ".join(str(text).split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


def _townships(scene: Scene, frame: Frame, zoom: float, only: str | None) -> Iterator[Wish]:
    window = shapely.box(*frame.window_m)
    villages = set(scene.villages.loc[scene.villages["x"].notna(), "name"])
    for row in scene.townships.itertuples():
        # a village of the same name says it already
        if row.shape is None or row.township_id == only or row.name in villages:
            continue
        parts = shapely.get_parts(shapely.make_valid(row.shape))
        largest = parts[int(np.argmax(shapely.area(parts)))]
        seen = shapely.intersection(largest, window)
        if seen.is_empty or seen.area < 0.15 * min(row.shape.area, window.area):
            continue
        on_sheet = shapely.transform(seen, frame.points)
        middle = shapely.point_on_surface(on_sheet)
        yield Wish(
            _short(row.name), middle.x, middle.y, 8.6 * zoom, TOWNSHIP_RANK, QUIET,
            bold=True, is_area=True, outline=on_sheet,
        )  # fmt: skip


def _villages(scene: Scene, frame: Frame, zoom: float, only: str | None) -> Iterator[Wish]:
    rows = scene.villages
    has_name = rows["name"].notna() & (rows["name"] != rows["village_id"])  # else its id
    rows = rows[rows["x"].notna() & has_name]
    rows = rows if only is None else rows[rows["township_id"] == only]
    at = frame.points(rows[["x", "y"]].to_numpy())
    inside = frame.holds(at)
    for row, (x, y) in zip(rows[inside].itertuples(), at[inside], strict=True):
        left_out = row.status == "uncovered"
        gap = village_radius(row.size, zoom) + 0.5 * zoom
        rank = {"uncovered": 220, "undetermined": 180}.get(row.status, 100) + 30 * row.size
        colour = PAPER["noWay"] if left_out else PAPER["text"]
        yield Wish(
            _short(row.name), x, y, 6.2 * zoom, rank, colour,
            gap=max(gap, 1.3 * zoom), bold=left_out,
        )  # fmt: skip


def _points(scene: Scene, frame: Frame, zoom: float, only: str | None) -> Iterator[Wish]:
    rows = scene.points[scene.points["x"].notna()]
    rows = rows if only is None else rows[rows["township_id"] == only]
    shown = {"city": 400}
    if frame.scale <= CLOSE_SCALE:
        shown |= {"township": 210, "bank": 60, "kiosk": 50, "mobile": 50}
    if frame.scale <= CLOSE_SCALE / 2:
        shown |= {"village": 40}
    rows = rows[rows["tier"].isin(shown)]
    at = frame.points(rows[["x", "y"]].to_numpy())
    inside = frame.holds(at)
    for row, (x, y) in zip(rows[inside].itertuples(), at[inside], strict=True):
        colour, size = TIERS[row.tier]
        is_city = row.tier == "city"
        yield Wish(
            _short(row.name), x, y, (7.4 if is_city else 5.8) * zoom, shown[row.tier],
            colour, gap=size * zoom + 0.5 * zoom, bold=is_city,
        )  # fmt: skip


def _roads(scene: Scene, frame: Frame, zoom: float) -> Iterator[Wish]:
    """A name once per road and a second time where the road is long."""
    for rank, kind in enumerate(reversed(NAMED_ROADS)):
        lines, names = scene.roads.get(kind, ((), ()))
        by_name: dict[str, list[Any]] = {}
        for line, name in zip(lines, names, strict=True):
            if name:
                by_name.setdefault(name, []).append(line)
        for name, parts in sorted(by_name.items()):
            merged = shapely.line_merge(shapely.union_all(parts))
            shown = shapely.get_parts(frame.shapes([merged], margin_mm=0.0))
            shown = shapely.get_parts(shown) if len(shown) else shown
            if not len(shown):
                continue
            longest = shown[int(np.argmax(shapely.length(shown)))]
            if longest.geom_type != "LineString":
                continue
            smooth = shapely.simplify(longest, 0.5 * zoom)
            yield Wish(
                _short(name), 0.0, 0.0, 5.2 * zoom, 120 + rank, "#7a6c54",
                line=shapely.get_coordinates(smooth),
            )  # fmt: skip


def _places(scene: Scene, frame: Frame, zoom: float) -> Iterator[Wish]:
    """Names of the map that neither a township nor a village has."""
    used = {*scene.townships["name"], *scene.villages["name"]}
    order = ("city", "town", "suburb", "village", "island", "neighbourhood", "hamlet")
    rows = scene.places
    rows = rows[rows["place"].isin(order) & ~rows["name"].isin(used)]
    if frame.scale > CLOSE_SCALE:
        rows = rows[rows["place"].isin(("city", "town", "island"))]
    at = frame.points(rows[["x", "y"]].to_numpy()) if len(rows) else np.zeros((0, 2))
    inside = frame.holds(at)
    for row, (x, y) in zip(rows[inside].itertuples(), at[inside], strict=True):
        is_large = row.place in LARGE_PLACES
        yield Wish(
            _short(row.name), x, y, (7.0 if is_large else 5.2) * zoom,
            (95 if is_large else 20) - order.index(row.place), PAPER["place"],
            is_area=True,
        )  # fmt: skip
