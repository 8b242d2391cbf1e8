"""A small map of one way as SVG: roads around it, the way, its streets, a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servicemap.outputs.route_words import length_text
from servicemap.outputs.safe_text import safe
from servicemap.words import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.roads.network import Network
    from servicemap.routing.routes import Route
    from servicemap.study import Language

WIDTH, HEIGHT = 700.0, 440.0
MARGIN = 44.0
DEGREE_M = 111_195.0
LEAST_M = 300.0  # a way across the street still shows where the street is
MOST_VERTICES = 30_000  # more roads than that are a grey spot
LABELS = 7
LINE_PX = 14.0
LABEL_PX = 70.0  # a street shorter than this on the map has no room for its name
SCALES_M = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
BAR_PX = 90.0
STREET_M, CASED_PX, WIDEST_PX = 9.0, 3.2, 6.0
TURNED = 90.0
WIDE = 0x2E7F  # Chinese characters come behind it


@dataclass(frozen=True)
class View:
    """From degrees to the sheet.

    Attributes
    ----------
    west, north
        Degrees of the upper left corner.
    px_per_m
        The scale.
    shrink
        Metres per degree of longitude over those of latitude.
    """

    west: float
    north: float
    px_per_m: float
    shrink: float

    @classmethod
    def of(cls, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> View:
        """A view that holds all of some places, with a margin."""
        shrink = float(np.cos(np.radians(lat.mean())))
        wide = max(LEAST_M, float(np.ptp(lon)) * shrink * DEGREE_M)
        high = max(LEAST_M, float(np.ptp(lat)) * DEGREE_M)
        scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
        middle = (lon.min() + lon.max()) / 2.0, (lat.min() + lat.max()) / 2.0
        west = middle[0] - WIDTH / 2.0 / scale / DEGREE_M / shrink
        north = middle[1] + HEIGHT / 2.0 / scale / DEGREE_M
        return cls(float(west), float(north), scale, shrink)

    def px(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Places on the sheet."""
        x = (lon - self.west) * self.shrink * DEGREE_M * self.px_per_m
        y = (self.north - lat) * DEGREE_M * self.px_per_m
        return x, y


def way_map(
    network: Network, route: Route, names: tuple[str, str], language: Language
) -> str:
    """The map of one way.

    Parameters
    ----------
    network
        Roads of its mode; they are drawn around it.
    route
        The way.
    names
        Of the place where it begins and of the point where it ends.
    language
        Of the words on the map.

    Returns
    -------
    str
        An ``<svg>`` element that needs nothing else.
    """
    before, after = route.legs
    lon = np.concatenate([before.lon, route.lon, after.lon])
    lat = np.concatenate([before.lat, route.lat, after.lat])
    view = View.of(lon, lat)
    x, y = view.px(route.lon, route.lat)
    own = [
        *_streets(network, view),
        f'<path d="{_line(x, y)}" class="shine"/>',
        f'<path d="{_line(x, y)}" class="way"/>',
    ]
    legs = [view.px(np.array(leg.lon), np.array(leg.lat)) for leg in route.legs]
    own += [f'<path d="{_line(*leg)}" class="leg"/>' for leg in legs]
    own += _names(route, x, y)
    ends = view.px(lon[[0, -1]], lat[[0, -1]])
    for kind, name, at_x, at_y in zip(("start", "goal"), names, *ends, strict=True):
        text = safe(name or say(f"locator.slip.{kind}", language))
        # a wide character takes the space of two narrow ones
        width = sum(14 if ord(one) > WIDE else 8 for one in name) + 30
        side = -12 if at_x + width > WIDTH and at_x > width else 12
        anchor = "end" if side < 0 else "start"
        own.append(f'<circle cx="{at_x:.1f}" cy="{at_y:.1f}" r="7" class="{kind}"/>')
        own.append(
            f'<text x="{at_x + side:.1f}" y="{at_y - 8:.1f}" text-anchor="{anchor}" '
            f'class="end">{text}</text>'
        )
    own += _scale(view, language)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
        f'role="img">{"".join(own)}</svg>'
    )


def _streets(network: Network, view: View) -> list[str]:
    """Roads as lines, or, where there is room, as streets with two sides."""
    drawn = roads(network, view)
    wide = min(WIDEST_PX, STREET_M * view.px_per_m)
    if wide < CASED_PX:
        return [f'<path d="{drawn}" class="line"/>']
    return [
        f'<defs><path id="roads" d="{drawn}"/></defs>',
        f'<use href="#roads" class="edge" stroke-width="{wide:.1f}"/>',
        f'<use href="#roads" class="road" stroke-width="{wide - 1.8:.1f}"/>',
    ]


def roads(network: Network, view: View) -> str:
    """Roads within the sheet; only those with a name where there are too many."""
    x, y = view.px(network.vertex_lon, network.vertex_lat)
    inside = (x > -MARGIN) & (x < WIDTH + MARGIN) & (y > -MARGIN) & (y < HEIGHT + MARGIN)
    edge = network.edge_of_vertex
    last = np.zeros(len(x), dtype=bool)
    last[network.edge_first[1:] - 1] = True
    # a segment by its first vertex, drawn when one of its ends is on the sheet
    drawn = ~last & (inside | np.append(inside[1:], False))
    if drawn.sum() > MOST_VERTICES:
        unnamed = np.array([not one for one in network.names], dtype=bool)
        drawn &= ~unnamed[network.way_name[network.vertex_way]]
    rows = np.flatnonzero(drawn)
    parts, at, previous = [], -2, -1
    for row in rows.tolist():
        if row != at or edge[row] != previous:
            parts.append(f"M{x[row]:.1f} {y[row]:.1f}")
        parts.append(f"L{x[row + 1]:.1f} {y[row + 1]:.1f}")
        at, previous = row + 1, edge[row]
    return "".join(parts)


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    points = (f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    return "M" + "L".join(points)


def _names(route: Route, x: NDArray[np.float64], y: NDArray[np.float64]) -> list[str]:
    """Names of the longest streets of the way, each once, along the street."""
    ends = [*(step.first for step in route.steps[1:]), len(x) - 1]
    told: dict[str, tuple[float, int, int]] = {}
    for step, end in zip(route.steps, ends, strict=True):
        a, b = step.first, max(step.first, end)
        along = float(np.hypot(np.diff(x[a : b + 1]), np.diff(y[a : b + 1])).sum())
        if step.name and along > max(LABEL_PX, told.get(step.name, (0.0,))[0]):
            told[step.name] = along, a, b
    chosen = sorted(told.items(), key=lambda one: (-one[1][0], one[0]))[:LABELS]
    found: list[str] = []
    taken: list[tuple[float, float]] = []
    for name, (_, a, b) in chosen:
        walked = np.concatenate(
            [[0.0], np.cumsum(np.hypot(np.diff(x[a : b + 1]), np.diff(y[a : b + 1])))]
        )
        half = walked[-1] / 2.0
        near = np.interp([half - 20.0, half, half + 20.0], walked, x[a : b + 1])
        far = np.interp([half - 20.0, half, half + 20.0], walked, y[a : b + 1])
        if any(abs(near[1] - p) < LABEL_PX and abs(far[1] - q) < LINE_PX for p, q in taken):
            continue
        taken.append((float(near[1]), float(far[1])))
        angle = float(np.degrees(np.arctan2(far[2] - far[0], near[2] - near[0])))
        if abs(angle) > TURNED:  # never upside down
            angle -= float(np.copysign(2.0 * TURNED, angle))
        found.append(
            f'<text x="{near[1]:.1f}" y="{far[1]:.1f}" dy="-7" text-anchor="middle" '
            f'transform="rotate({angle:.0f} {near[1]:.1f} {far[1]:.1f})">'
            f"{safe(name)}</text>"
        )
    return found


def _scale(view: View, language: Language) -> list[str]:
    """A bar of a round length, and where north is."""
    most = BAR_PX / view.px_per_m
    metres = max((one for one in SCALES_M if one <= most), default=SCALES_M[0])
    end = 16 + metres * view.px_per_m
    text = safe(length_text(metres, language))
    bottom = HEIGHT - 14
    return [
        f'<path d="M16 {bottom - 6}V{bottom}H{end:.1f}V{bottom - 6}" class="bar"/>',
        f'<text x="{end + 6:.1f}" y="{bottom}" class="end">{text}</text>',
        f'<path d="M{WIDTH - 22} 34V12l-5 9h10l-5 -9" class="bar"/>',
        f'<text x="{WIDTH - 22}" y="48" text-anchor="middle" class="end">N</text>',
    ]
