"""A picture of the map as SVG, for engines that cannot run the map's scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.outputs.palette import PAPER, RAMP, TIERS
from servicemap.outputs.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from servicemap.result import Result

WIDE = 900.0  # units; a unit is about a pixel
LEAST = 6.0  # square units: smaller areas are specks
WITHIN, LIMIT = RAMP[3], RAMP[1]
VILLAGES = {"covered": RAMP[0], "uncovered": PAPER["beyond"]}
RADII = {"city": 6, "township": 4}  # units


def still_picture(result: Result, frame: Sequence[float], label: str) -> str:
    """Land, water, what is within reach, townships, villages by answer, main points.

    Parameters
    ----------
    result
        What a run found.
    frame
        West, south, east, north in degrees.
    label
        What it shows, for those who do not see it.

    Returns
    -------
    str
        One ``<svg>`` element without styles, scripts or links; about 100 kB at most.
    """
    west, south, east, north = frame
    shrink = np.cos(np.radians((south + north) / 2))
    scale = WIDE / max((east - west) * shrink, 1e-9)
    high = max((north - south) * scale, 1.0)

    def place(at: Any) -> Any:
        x, y = (at[:, 0] - west) * shrink * scale, (north - at[:, 1]) * scale
        return np.column_stack([x, y])

    def shapes(layer: Any) -> Any:
        found = [one for one in layer if one is not None and not one.is_empty]
        if not found:
            return np.array([], dtype=object)
        cut = shapely.clip_by_rect(shapely.make_valid(found), west, south, east, north)
        return shapely.simplify(shapely.transform(cut, place), 0.8)

    parts = [f'<rect width="{WIDE:g}" height="{high:.0f}" fill="{PAPER["land"]}"/>']
    water = result.basemap.get("water")
    parts.append(_areas(shapes([] if water is None else water.geometry), PAPER["water"]))
    for colour, area in _reach(result):
        parts.append(_areas(shapes([area]), colour, ' fill-opacity="0.7"'))
    borders = shapes(result.townships.geometry)
    line = f' stroke="{PAPER["border"]}" stroke-width="1"'
    parts.append(_areas(borders, "none", line))
    parts += _circles(_villages(result), place)
    parts += _circles(_points(result), place)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE:g} {high:.0f}" '
        f'width="{WIDE:g}" height="{high:.0f}" role="img" aria-label="{safe(label)}">'
        f"{''.join(parts)}</svg>"
    )


def _reach(result: Result) -> Iterable[tuple[str, Any]]:
    """The largest merged area of the headline's mode, then that of its limit."""
    question = result.study.questions[0]
    mode = question.mode_of(question.people)
    rows = result.isochrones
    rows = rows[(rows["facility_id"] == "all") & (rows["direction"] == "to")]
    rows = rows[rows["mode"] == mode].sort_values("cutoff_min", ascending=False)
    yield from ((WITHIN, area) for area in rows.geometry[:1])
    limit = rows[rows["cutoff_min"] == question.minutes]
    yield from ((LIMIT, area) for area in limit.geometry)


def _villages(result: Result) -> list[tuple[float, float, float, str]]:
    told = result.answers(result.study.questions[0], "village")
    status = told.set_index("id")["status"]
    rows = result.villages[result.villages["lon"].notna()].sort_values("village_id")
    return [
        (lon, lat, 3.0, VILLAGES.get(str(status.get(one)), PAPER["unknown"]))
        for one, lon, lat in zip(rows["village_id"], rows["lon"], rows["lat"], strict=True)
    ]


def _points(result: Result) -> list[tuple[float, float, float, str]]:
    rows = result.facilities
    rows = rows[rows["lon"].notna() & rows["tier"].isin(RADII)].sort_values("facility_id")
    return [
        (lon, lat, RADII[tier], TIERS[tier][0])
        for lon, lat, tier in zip(rows["lon"], rows["lat"], rows["tier"], strict=True)
    ]


def _circles(rows: list[tuple[float, float, float, str]], place: Any) -> list[str]:
    if not rows:
        return []
    at = place(np.array([row[:2] for row in rows]))
    return [
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{row[2]:g}" fill="{row[3]}" stroke="#fff"/>'
        for (x, y), row in zip(at, rows, strict=True)
    ]


def _areas(shapes: Any, fill: str, more: str = "") -> str:
    parts = shapely.get_parts(shapely.get_parts(shapes)) if len(shapes) else shapes
    rings = [
        shapely.get_coordinates(ring).round().astype(int)
        for one in parts
        if one.geom_type == "Polygon" and one.area >= LEAST
        for ring in shapely.get_rings(one)
    ]
    if not rings:
        return ""
    # in an order of their own: the same picture whatever the order of the rows
    path = "".join(sorted(map(_ring, rings)))
    return f'<path d="{path}" fill="{fill}" fill-rule="evenodd"{more}/>'


def _ring(corners: Any) -> str:
    """A closed path by its steps, which are shorter than places; whole units."""
    steps = np.diff(corners, axis=0)
    steps = steps[steps.any(axis=1)].ravel()
    # a minus parts two numbers as well as a blank does
    line = "".join(f"{one}" if one < 0 else f" {one}" for one in steps)
    return f"M{corners[0][0]} {corners[0][1]}l{line.strip()}z"
