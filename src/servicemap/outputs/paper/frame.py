"""From degrees to millimetres on the sheet: projection, scale, window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from servicemap.outputs.paper.formats import Box
    from servicemap.roads.projection import Projection

SCALES = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0)
FINEST_MM = 0.04  # what no eye and no printer shows
PER_KM = 1_000_000.0  # millimetres


@dataclass(frozen=True)
class Frame:
    """A window of the projected plane on a rectangle of the sheet.

    Attributes
    ----------
    box
        The rectangle, millimetres.
    scale
        Denominator: one millimetre on the sheet is ``scale`` millimetres outside.
    west_m, south_m
        Projected coordinates of the rectangle's lower left corner.
    """

    box: Box
    scale: float
    west_m: float
    south_m: float

    @property
    def window_m(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the window in metres of the projection."""
        metres = self.scale / 1000.0
        return (
            self.west_m,
            self.south_m,
            self.west_m + self.box.width * metres,
            self.south_m + self.box.height * metres,
        )

    def points(self, xy_m: Any) -> Any:
        """Projected metres to millimetres on the sheet, shape (n, 2)."""
        at = np.asarray(xy_m, dtype="float64").reshape(-1, 2)
        moved = (at - (self.west_m, self.south_m)) * (1000.0 / self.scale)
        corner = np.array([self.box.left, self.box.bottom])
        return moved + corner

    def shapes(self, shapes_m: Any, *, margin_mm: float = 2.0) -> Any:
        """What the window holds of some shapes, in millimetres, simplified unseen."""
        found = np.asarray(shapes_m, dtype=object)
        if not len(found):
            return found
        metres = self.scale / 1000.0
        west, south, east, north = self.window_m
        more = margin_mm * metres
        edges = (west - more, south - more, east + more, north + more)
        bounds = shapely.bounds(found)
        meets = (bounds[:, 0] <= edges[2]) & (bounds[:, 2] >= edges[0])
        meets &= (bounds[:, 1] <= edges[3]) & (bounds[:, 3] >= edges[1])
        cut = shapely.clip_by_rect(shapely.make_valid(found[meets]), *edges)
        cut = shapely.simplify(cut, FINEST_MM * metres, preserve_topology=False)
        cut = cut[~shapely.is_empty(cut)]
        return shapely.transform(cut, self.points)

    def holds(self, xy_mm: Any, *, margin_mm: float = 0.0) -> Any:
        """Which points (millimetres) lie in the rectangle."""
        at = np.asarray(xy_mm).reshape(-1, 2)
        box = self.box.inset(margin_mm)
        inside = (at[:, 0] >= box.left) & (at[:, 0] <= box.right)
        return inside & (at[:, 1] >= box.bottom) & (at[:, 1] <= box.top)


def fitted(box: Box, extent_m: tuple[float, float, float, float]) -> Frame:
    """The largest round scale at which an extent fits a rectangle, centred."""
    west, south, east, north = extent_m
    needed = max((east - west) / box.width, (north - south) / box.height) * 1000.0
    return centred(
        box, round_scale(max(needed, 500.0)), (west + east) / 2, (south + north) / 2
    )


def centred(box: Box, scale: float, x_m: float, y_m: float) -> Frame:
    """A frame around a point."""
    metres = scale / 1000.0
    return Frame(box, scale, x_m - box.width * metres / 2, y_m - box.height * metres / 2)


def round_scale(least: float) -> float:
    """The next denominator of the usual ones: 1, 1.25, 1.5, 2, 2.5, ... times 10^n."""
    size = 10.0 ** math.floor(math.log10(least))
    for step in (*SCALES, 10.0):
        if step * size >= least * (1 - 1e-9):
            return step * size
    return 10.0 * size


def to_metres(shapes: Any, projection: Projection) -> Any:
    """Shapes in degrees to the study's projection."""
    found = np.asarray(shapes, dtype=object)

    def moved(at: Any) -> Any:
        return np.column_stack(projection.to_metres(at[:, 0], at[:, 1]))

    return shapely.transform(found, moved) if len(found) else found
