"""Sizes of sheets, and where on a sheet the map, the panel and the notes stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in millimetres from the lower left corner of the sheet."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom

    def inset(self, by: float) -> Box:
        """The rectangle with a margin taken off on all sides."""
        return Box(self.left + by, self.bottom + by, self.right - by, self.top - by)


@dataclass(frozen=True)
class Format:
    """A sheet.

    Attributes
    ----------
    short_mm, long_mm
        Its sides.
    zoom
        How much larger than on A4 letters and signs are.
    dpi
        Dots per inch of its PNG.
    """

    name: str
    short_mm: float
    long_mm: float
    zoom: float
    dpi: float


FORMATS = {
    "A4": Format("A4", 210.0, 297.0, 1.0, 300.0),
    "A3": Format("A3", 297.0, 420.0, 1.25, 300.0),
    # a picture in a document: the text around it has the title and the sources
    "figure": Format("figure", 118.0, 156.0, 0.82, 220.0),
    # the same for a phone's page: always upright
    "phone": Format("phone", 92.0, 156.0, 1.0, 200.0),
    # 16:9, 1,920 x 1,080 pixels on a wall
    "slide": Format("slide", 190.5, 338.667, 1.35, 1080 / (190.5 / 25.4)),
}


BARE = ("figure", "phone")  # pictures in a text that has their titles and sources


@dataclass(frozen=True)
class Layout:
    """One sheet's rectangles.

    Attributes
    ----------
    title
        Headline and what is asked.
    map
        The map itself.
    panel
        Figures and legend.
    inset
        The small map; without a width there is none.
    notes
        Source, date, projection, review number.
    is_upright
        The panel lies below the map.
    columns
        Columns of the legend.
    """

    width_mm: float
    height_mm: float
    zoom: float
    title: Box
    map: Box
    panel: Box
    inset: Box
    notes: Box
    is_upright: bool
    columns: int


MARGIN_MM = 9.0
GAP_MM = 3.5


def layout(sheet: Format, *, is_upright: bool, is_wide: bool = False) -> Layout:
    """Divide a sheet.

    Parameters
    ----------
    sheet
        Its size.
    is_upright
        Whether its long side stands; the panel is then below the map.
    is_wide
        Whether a panel beside the map is twice as wide: on a screen, which is wider
        than most places are.
    """
    zoom = sheet.zoom
    width = sheet.short_mm if is_upright else sheet.long_mm
    height = sheet.long_mm if is_upright else sheet.short_mm
    is_bare = sheet.name in BARE
    margin = 3.0 if is_bare else MARGIN_MM
    left, right = margin, width - margin
    notes = Box(left, MARGIN_MM - 2, right, MARGIN_MM + 5.5 * zoom)
    title = Box(left, height - MARGIN_MM - 16.5 * zoom, right, height - MARGIN_MM)
    low, high = notes.top + GAP_MM, title.bottom - GAP_MM / 2
    if is_bare:
        notes, title = Box(left, 0.0, right, 0.0), Box(left, height, right, height)
        low, high = 1.0, height - 3.5
    if is_upright:
        panel_height = (64.0 if is_bare else 58.0) * zoom
        # a figure is narrow: its legend needs the width more than its inset
        side = 0.34 * (right - left) if is_bare else panel_height
        inset = Box(right - side, low, right, low + panel_height)
        panel = Box(left, low, inset.left - GAP_MM, low + panel_height)
        if sheet.name == "phone":  # no room for both: what is enlarged is not told
            inset, panel = Box(right, low, right, low), panel._replace(right=right)
        middle = Box(left, panel.top + GAP_MM, right, high)
    else:
        panel_width = (94.0 if is_wide else 55.0) * zoom
        side = min(panel_width, (0.32 if is_wide else 0.27) * (high - low))
        inset = Box(right - panel_width, low, right, low + side)
        panel = Box(right - panel_width, inset.top + GAP_MM, right, high)
        middle = Box(left, low, panel.left - GAP_MM, high)
    return Layout(
        width_mm=width,
        height_mm=height,
        zoom=zoom,
        title=title,
        map=middle,
        panel=panel,
        inset=inset,
        notes=notes,
        is_upright=is_upright,
        columns=2 if is_upright or is_wide else 1,
    )
