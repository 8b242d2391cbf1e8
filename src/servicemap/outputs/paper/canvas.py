"""A sheet to draw on: millimetres, what is drawn later lies above, text stays text.

This and `saving` are the places that know matplotlib.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.compiled import cache_folder
from servicemap.outputs.paper import faces
from servicemap.outputs.paper.faces import POINT_MM

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from servicemap.outputs.paper.faces import Face
    from servicemap.outputs.paper.formats import Box

WHITE = "#ffffff"


class Canvas:
    """One sheet.

    Parameters
    ----------
    width_mm, height_mm
        Its size.
    title
        Title of the document in its metadata.
    """

    def __init__(self, width_mm: float, height_mm: float, title: str) -> None:
        quiet()
        from matplotlib.figure import Figure

        self.title = title
        self.width_mm = width_mm
        self.texts: list[str] = []
        self.figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4), facecolor=WHITE)
        self._axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set_xlim(0.0, width_mm)
        self._axes.set_ylim(0.0, height_mm)
        self._axes.axis("off")
        self._level = 0

    def areas(
        self,
        shapes: Iterable[Any],
        *,
        fill: str | None = None,
        edge: str | None = None,
        width_mm: float = 0.1,
        alpha: float = 1.0,
        hatch: str | None = None,
        dash: Sequence[float] | None = None,
        clip: Box | None = None,
    ) -> None:
        """Polygons; ``hatch`` is drawn in the colour of the edge."""
        parts = shapely.get_parts(np.asarray(list(shapes), dtype=object))
        parts = shapely.get_parts(parts) if len(parts) else parts
        polygons = [one for one in parts if one.geom_type == "Polygon"]
        if polygons:
            rings = shapely.get_rings(shapely.orient_polygons(polygons))
            self._path(
                rings, fill, edge, width_mm, alpha=alpha, hatch=hatch, dash=dash, clip=clip
            )

    def lines(
        self,
        shapes: Iterable[Any],
        *,
        colour: str,
        width_mm: float,
        alpha: float = 1.0,
        dash: Sequence[float] | None = None,
        clip: Box | None = None,
    ) -> None:
        """Lines with round joints; dashes in millimetres."""
        parts = shapely.get_parts(np.asarray(list(shapes), dtype=object))
        parts = shapely.get_parts(parts) if len(parts) else parts
        lines = [one for one in parts if one.geom_type in ("LineString", "LinearRing")]
        if lines:
            self._path(
                np.asarray(lines, dtype=object),
                None,
                colour,
                width_mm,
                alpha=alpha,
                dash=dash,
                clip=clip,
            )

    def line(self, points: Any, **style: Any) -> None:
        """One line through points, shape (n, 2)."""
        self.lines([shapely.linestrings(np.asarray(points, dtype="float64"))], **style)

    def polygon(self, corners: Any, **style: Any) -> None:
        """One polygon from its corners, shape (n, 2)."""
        self.areas([shapely.polygons(np.asarray(corners, dtype="float64"))], **style)

    def box(self, box: Box, **style: Any) -> None:
        """A rectangle."""
        self.areas([shapely.box(box.left, box.bottom, box.right, box.top)], **style)

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        *,
        fill: str | None = None,
        edge: str | None = None,
        width_mm: float = 0.1,
        hatch: str | None = None,
        dash: Sequence[float] | None = None,
        clip: Box | None = None,
        alpha: float = 1.0,
    ) -> None:
        """A circle."""
        from matplotlib.patches import Circle

        patch = Circle((x, y), radius)
        self._dress(patch, fill, edge, width_mm, alpha, hatch, dash)
        self._add(patch, clip)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size_pt: float,
        *,
        colour: str = "#23262d",
        bold: bool = False,
        align: str = "left",
        angle: float = 0.0,
        halo_mm: float = 0.0,
        clip: Box | None = None,
    ) -> None:
        """A line of text on its baseline; what no font has becomes 〓 and is told."""
        self.texts.append(text)
        said = faces.printable(text)
        if align != "left":
            width = faces.width_mm(said, size_pt, bold=bold)
            x -= width if align == "right" else width / 2
        for face, piece in faces.runs(said, bold=bold):
            if halo_mm:
                self._halo(x, y, piece, size_pt, face, angle, halo_mm, clip)
            self._piece(x, y, piece, size_pt, face, angle, colour, clip)
            step = sum(face.advances.get(one, 1.0) for one in piece) * size_pt * POINT_MM
            x += step * math.cos(math.radians(angle))
            y += step * math.sin(math.radians(angle))

    def _piece(
        self,
        x: float,
        y: float,
        text: str,
        size_pt: float,
        face: Face,
        angle: float,
        colour: str,
        clip: Box | None,
    ) -> None:
        from matplotlib.font_manager import FontProperties

        self._level += 1
        drawn = self._axes.text(
            x,
            y,
            text,
            fontproperties=FontProperties(fname=str(face.path), size=size_pt),
            color=colour,
            ha="left",
            va="baseline",
            rotation=angle,
            rotation_mode="anchor",
            parse_math=False,
            zorder=self._level,
        )
        if clip is not None:
            self._clip(drawn, clip)

    def _halo(
        self,
        x: float,
        y: float,
        text: str,
        size_pt: float,
        face: Face,
        angle: float,
        halo_mm: float,
        clip: Box | None,
    ) -> None:
        """The letters' outline in white, as shapes: the text itself is drawn over it."""
        from matplotlib.font_manager import FontProperties
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Outline
        from matplotlib.textpath import TextPath
        from matplotlib.transforms import Affine2D

        font = FontProperties(fname=str(face.path))
        outline = TextPath((0, 0), text, size=size_pt * POINT_MM, prop=font, usetex=False)
        turn = Affine2D().rotate_deg(angle).translate(x, y)
        turned = turn.transform_path(outline)
        patch = PathPatch(
            Outline(_snapped(turned.vertices), turned.codes),
            facecolor="none",
            edgecolor=WHITE,
            linewidth=2 * halo_mm / POINT_MM,
            alpha=0.88,
            joinstyle="round",
            capstyle="round",
        )
        self._add(patch, clip)

    def _path(
        self,
        parts: Any,
        fill: str | None,
        edge: str | None,
        width_mm: float,
        *,
        alpha: float,
        hatch: str | None = None,
        dash: Sequence[float] | None = None,
        clip: Box | None = None,
    ) -> None:
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Outline

        points, owner = shapely.get_coordinates(parts, return_index=True)
        points = _snapped(points)
        codes = np.full(len(points), Outline.LINETO, dtype=np.uint8)
        codes[np.r_[True, owner[1:] != owner[:-1]]] = Outline.MOVETO
        patch = PathPatch(Outline(points, codes))
        self._dress(patch, fill, edge, width_mm, alpha, hatch, dash)
        patch.set_joinstyle("round")
        patch.set_capstyle("butt" if dash else "round")
        self._add(patch, clip)

    def _dress(
        self,
        patch: Any,
        fill: str | None,
        edge: str | None,
        width_mm: float,
        alpha: float,
        hatch: str | None,
        dash: Sequence[float] | None,
    ) -> None:
        patch.set_facecolor("none" if fill is None else fill)
        patch.set_edgecolor("none" if edge is None else edge)
        patch.set_linewidth(width_mm / POINT_MM if edge else 0.0)
        patch.set_alpha(alpha)
        patch.set_hatch(hatch)
        if dash:
            width_pt = max(width_mm / POINT_MM, 1e-6)  # matplotlib counts in widths
            patch.set_linestyle((0, tuple(one / POINT_MM / width_pt for one in dash)))

    def _add(self, patch: Any, clip: Box | None) -> None:
        self._level += 1
        patch.set_zorder(self._level)
        self._axes.add_artist(patch)  # add_patch would measure every curve
        if clip is not None:
            self._clip(patch, clip)

    def _clip(self, drawn: Any, clip: Box) -> None:
        from matplotlib.transforms import Bbox, TransformedBbox

        box = Bbox.from_extents(clip.left, clip.bottom, clip.right, clip.top)
        drawn.set_clip_box(TransformedBbox(box, self._axes.transData))
        drawn.set_clip_on(True)


def _snapped(points_mm: Any) -> Any:
    """Points on a grid of 1/100 pt, which nobody sees: a PDF writes what it is given.

    Six decimals of a point are half of the bytes of an atlas.
    """
    grid_mm = POINT_MM / 100
    return np.round(np.asarray(points_mm) / grid_mm) * grid_mm


def quiet() -> None:
    """Keep matplotlib's own list of fonts in our cache, not in a folder of the user's."""
    root = cache_folder()
    if root is not None:
        os.environ.setdefault("MPLCONFIGDIR", str(root / "matplotlib"))
