"""Names that do not collide: greedy, the important ones first, best free place each.

A place has candidates around it in the order of cartographers' liking (Imhof, "Die
Anordnung der Namen in der Karte", 1962: right above, right, left above, ...). What
is taken is a list of boxes; slanted names are taken letter by letter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.outputs.paper.faces import POINT_MM, width_mm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from servicemap.outputs.paper.formats import Box

# horizontal and vertical side of the point, the one that is liked best first
SIDES = ((1, 1), (1, 0), (-1, 1), (1, -1), (-1, 0), (-1, -1), (0, 1), (0, -1))
SKEW = 0.42  # how far the slanting sides turn around the sign
ASCENT, DESCENT = 0.82, 0.16  # of the size: what Chinese letters take
STEEPEST = 60.0  # degrees: a road's name that stands is not read
AREA_SIZES = (1.0, 0.85, 0.72)  # of an area's name where its land is full of signs
STEP = 0.7  # of the size: from one place within an area to the next
LEADERS_MM = (6.0, 9.0, 12.0, 16.0, 20.0, 25.0)  # lengths of lines to names outside
DIRECTIONS = 24
DOT_MM = 0.5  # half a side of what a line to a name takes


@dataclass(frozen=True)
class Wish:
    """A name that wants a place.

    Attributes
    ----------
    x, y, gap
        Point in millimetres, and how far its sign reaches.
    rank
        Higher goes first; then by position and text.
    is_area
        The name stands in the middle of its area, or a little above or below.
    outline
        Area in millimetres: the name may stand anywhere in it, the nearer the middle the
        better; smaller where there is no room; at last outside, with a line to it.
    line
        Points (n, 2) of a road to write along; the name stands on its middle.
    """

    text: str
    x: float
    y: float
    size_pt: float
    rank: float
    colour: str
    gap: float = 0.0
    bold: bool = False
    is_area: bool = False
    outline: Any = None
    line: Any = None


@dataclass(frozen=True)
class Placed:
    """A name with its place: left end of its baseline, millimetres; angle in degrees.

    ``leader`` are the ends of a line from the name to what it names.
    """

    wish: Wish
    x: float
    y: float
    angle: float = 0.0
    leader: tuple[tuple[float, float], tuple[float, float]] | None = None


class Taken:
    """Boxes (left, bottom, right, top) that nothing else may touch."""

    def __init__(self, boxes: Iterable[tuple[float, float, float, float]] = ()) -> None:
        self._boxes = np.array(list(boxes), dtype="float64").reshape(-1, 4)
        self._count = len(self._boxes)

    def add(self, boxes: Any) -> None:
        """Take boxes, shape (n, 4)."""
        need = self._count + len(boxes)
        if need > len(self._boxes):
            more = np.full((max(need, 2 * len(self._boxes)) - len(self._boxes), 4), np.nan)
            self._boxes = np.vstack([self._boxes, more])
        self._boxes[self._count : need] = boxes
        self._count = need

    def meets(self, boxes: Any) -> bool:
        """Whether one of some boxes touches one that is taken."""
        known = self._boxes[: self._count]
        return any(
            bool(
                (
                    (known[:, 0] < right)
                    & (known[:, 2] > left)
                    & (known[:, 1] < top)
                    & (known[:, 3] > bottom)
                ).any()
            )
            for left, bottom, right, top in boxes
        )


def place(wishes: Iterable[Wish], frame: Box, taken: Taken) -> list[Placed]:
    """Give names their places; those that find none are left out.

    Parameters
    ----------
    wishes
        Names with their points.
    frame
        No name crosses its edge.
    taken
        Boxes of signs and furniture; the names' own boxes are added.

    Returns
    -------
    list of Placed
        In the order of their rank.
    """
    done = []
    ordered = sorted(wishes, key=lambda one: (-one.rank, one.x, one.y, one.text))
    for wish in ordered:
        for spot in _candidates(wish):
            boxes = _boxes(spot)
            if _outside(boxes, frame) or taken.meets(boxes):
                continue
            taken.add(boxes)
            done.append(spot)
            break
    return done


def _candidates(wish: Wish) -> Iterable[Placed]:
    width = width_mm(wish.text, wish.size_pt, bold=wish.bold)
    size = wish.size_pt * POINT_MM
    tall = (ASCENT - DESCENT) * size / 2  # from the middle of the letters to the baseline
    if wish.line is not None:
        yield from _along(wish, width, tall)
        return
    if wish.is_area:
        yield from _on_area(wish, width, tall)
        return
    for right, up in SIDES:
        reach = wish.gap * (SKEW + 0.3 if right and up else 1.0)
        x = wish.x + right * reach - (width if right < 0 else width / 2 if not right else 0)
        lift = (wish.gap * 0.75 if right else wish.gap) + (
            size * 0.32 if right else size / 2
        )
        yield Placed(wish, x, wish.y - tall + up * lift)


def _on_area(wish: Wish, width: float, tall: float) -> Iterable[Placed]:
    """In the middle; with an outline anywhere in it, smaller, at last outside of it."""
    size = wish.size_pt * POINT_MM
    if wish.outline is None:
        for up in (0.0, 1.4, -1.4, 2.8, -2.8):
            for aside in (0.0, 0.4, -0.4):
                x = wish.x - width / 2 + aside * width
                yield Placed(wish, x, wish.y - tall + up * size)
        return
    shapely.prepare(wish.outline)
    for share in AREA_SIZES:
        own = replace(wish, size_pt=wish.size_pt * share)
        for x, y in _spots(own, width * share):
            yield Placed(own, x - width * share / 2, y - tall * share)
    small = AREA_SIZES[-1]
    own = replace(wish, size_pt=wish.size_pt * small)
    half = width * small / 2
    for length in LEADERS_MM:
        for part in range(DIRECTIONS):
            turn = 2 * math.pi * part / DIRECTIONS
            across, up = math.cos(turn), math.sin(turn)
            end = (wish.x + length * across, wish.y + length * up)
            # the line meets the middle of the name's nearest side
            x = end[0] + half * (0.0 if abs(up) > abs(across) else math.copysign(1, across))
            y = end[1] + tall * small * (
                math.copysign(1.6, up) if abs(up) > abs(across) else 0
            )
            yield Placed(own, x - half, y - tall * small, leader=((wish.x, wish.y), end))


def _spots(wish: Wish, width: float) -> Any:
    """Middles of a name that lies in its area, millimetres, the most central first."""
    size = wish.size_pt * POINT_MM
    west, south, east, north = shapely.bounds(wish.outline)
    across = np.arange(west + width / 2, east - width / 2, STEP * size)
    up = np.arange(south + size / 2, north - size / 2, STEP * size)
    x, y = (one.ravel() for one in np.meshgrid(across, up))
    names = shapely.box(x - width / 2, y - size / 2, x + width / 2, y + size / 2)
    inside = shapely.contains(wish.outline, names)
    x, y = x[inside], y[inside]
    order = np.argsort(np.hypot(x - wish.x, y - wish.y), kind="stable")
    return np.column_stack([x, y])[order].tolist()


def _along(wish: Wish, width: float, tall: float) -> Iterable[Placed]:
    """On straight enough stretches of a line, the middle ones first."""
    at = np.asarray(wish.line)
    steps = np.hypot(*np.diff(at, axis=0).T)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    if length[-1] < width * 1.15:
        return
    for share in (0.5, 0.35, 0.65, 0.2, 0.8):
        start, end = share * length[-1] - width / 2, share * length[-1] + width / 2
        if start < 0 or end > length[-1]:
            continue
        ends = [
            [np.interp(one, length, at[:, axis]) for axis in (0, 1)] for one in (start, end)
        ]
        (x0, y0), (x1, y1) = sorted(ends)
        chord = math.hypot(x1 - x0, y1 - y0)
        angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
        if chord < 0.97 * width or abs(angle) > STEEPEST:
            continue
        turn = math.radians(angle)
        x = (x0 + x1) / 2 - width / 2 * math.cos(turn) + tall * math.sin(turn)
        y = (y0 + y1) / 2 - width / 2 * math.sin(turn) - tall * math.cos(turn)
        yield Placed(wish, x, y, angle)


def _boxes(spot: Placed) -> list[tuple[float, float, float, float]]:
    wish, size = spot.wish, spot.wish.size_pt * POINT_MM
    width = width_mm(wish.text, wish.size_pt, bold=wish.bold)
    if not spot.angle:
        edge = 0.12 * size
        return [
            *_dots(spot),
            (
                spot.x - edge,
                spot.y - DESCENT * size,
                spot.x + width + edge,
                spot.y + ASCENT * size,
            ),
        ]
    turn = math.radians(spot.angle)
    count = max(2, round(width / size))
    boxes = []
    for part in range(count):
        along = (part + 0.5) * width / count
        x = spot.x + along * math.cos(turn) - 0.33 * size * math.sin(turn)
        y = spot.y + along * math.sin(turn) + 0.33 * size * math.cos(turn)
        half = max(size, width / count) * 0.55
        boxes.append((x - half, y - half, x + half, y + half))
    return boxes


def _dots(spot: Placed) -> list[tuple[float, float, float, float]]:
    """What a line to a name takes, from its foot to just before the name."""
    if spot.leader is None:
        return []
    (x0, y0), (x1, y1) = spot.leader
    count = math.ceil(math.hypot(x1 - x0, y1 - y0) / (2 * DOT_MM))
    shares = [part / count for part in range(count)]
    at = [(x0 + one * (x1 - x0), y0 + one * (y1 - y0)) for one in shares]
    return [(x - DOT_MM, y - DOT_MM, x + DOT_MM, y + DOT_MM) for x, y in at]


def _outside(boxes: list[tuple[float, float, float, float]], frame: Box) -> bool:
    return any(
        left < frame.left or bottom < frame.bottom or right > frame.right or top > frame.top
        for left, bottom, right, top in boxes
    )
