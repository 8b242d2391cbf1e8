"""Slopes of roads, and what they do to whoever walks or cycles.

Walking: Tobler's hiking function, ``exp(-3.5 |S + 0.05|)`` with the slope ``S`` in the
direction of travel, as a share of the speed on the flat (W. Tobler, *Three
presentations on geographical analysis and modeling*, NCGIA Technical Report 93-1,
1993). Cycling: the balance of power of J. C. Martin and others, *Validation of a
mathematical model for road cycling power*, Journal of Applied Biomechanics 14, 1998,
276-291; the figures are in ``docs/method.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.osm_file import RoadWays
    from servicemap.roads.elevation import Elevation
    from servicemap.roads.pieces import Segments
    from servicemap.roads.profiles import Profile

STEEPEST = 0.5  # beyond it the heights are wrong, or it is no road
OVER_GROUND = ("bridge", "tunnel", "covered")  # the ground is not the road's height
SHORTEST_M = 0.1
EXACT_M = 1e-4
MOST_ROUNDS = 5_000
TOBLER, TOBLER_AT = 3.5, 0.05
GRAVITY = 9.80665  # m/s2
ROLLING = 0.008  # coefficient of rolling resistance, city tyres on asphalt
DRAG_M2 = 0.6  # drag area of an upright rider
AIR = 1.2  # kg/m3
KPH = 3.6


@dataclass(frozen=True, eq=False)
class Ground:
    """Slopes of all pieces of road.

    Attributes
    ----------
    piece : (k,) int64
        Ascending; long pieces have several slopes one after the other.
    slope : (k,) float64
        Rise by length, from the first to the second end.
    share : (k,) float64
        Of the piece's length; they sum to 1.
    sloped : (pieces,) bool
        False on steps and lifts, whose speed holds their climb already, and on water.
    report
        How the heights were made.
    """

    piece: NDArray[np.int64]
    slope: NDArray[np.float64]
    share: NDArray[np.float64]
    sloped: NDArray[np.bool_]
    report: dict[str, Any]

    def kph(
        self, profile: Profile, flat_kph: NDArray[np.float64], *, forward: bool
    ) -> NDArray[np.float64]:
        """Mean speeds over whole pieces in one direction, from those on the flat.

        Parameters
        ----------
        profile
            The mode.
        flat_kph : (pieces,) float64
            0 where the direction is closed.
        forward
            From the first end to the second.
        """
        slope = self.slope if forward else -self.slope
        flat = flat_kph[self.piece]
        share = tobler(slope)
        if profile.slope == "walk":
            kph = flat * share
        else:
            rules = profile.rules
            ridden = np.minimum(flat, power_kph(slope, rules.power_w, rules.mass_kg))
            kph = np.maximum(ridden, np.minimum(flat, rules.push_kph * share))
        pace = np.divide(self.share, kph, out=np.zeros_like(kph), where=kph > 0)
        total = np.bincount(self.piece, weights=pace, minlength=len(flat_kph))
        mean = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
        return np.where(self.sloped, mean, flat_kph)


def tobler(slope: NDArray[np.float64]) -> NDArray[np.float64]:
    """Speed on foot as a share of the speed on the flat."""
    share: NDArray[np.float64] = np.exp(TOBLER * (TOBLER_AT - np.abs(slope + TOBLER_AT)))
    return share


def power_kph(slope: NDArray[np.float64], power_w: float, mass_kg: float) -> Any:
    """Speed that a power keeps up a slope, km/h; on a table of a thousandth of slope.

    The root of ``power = v (mass g (sin + c cos) + air area v^2 / 2)``, by halving.
    """
    table = np.linspace(-STEEPEST, STEEPEST, 1001)
    angle = np.arctan(table)
    force = mass_kg * GRAVITY * (np.sin(angle) + ROLLING * np.cos(angle))
    low, high = np.zeros(len(table)), np.full(len(table), 60.0)
    for _ in range(50):
        middle = (low + high) / 2.0
        enough = middle * (force + AIR * DRAG_M2 / 2.0 * middle**2) <= power_w
        low, high = np.where(enough, middle, low), np.where(enough, high, middle)
    return KPH * np.interp(slope, table, low)


def ground(roads: RoadWays, pieces: Segments, elevation: Elevation) -> Ground:
    """Slopes of all pieces of road of an extract.

    Heights of nodes are smoothed along the roads over a cell of the model, so
    that a road along a hillside does not climb its noise; inside bridges and tunnels,
    and where the model has voids, they run evenly between the heights on either side.
    """
    raw = elevation.at(pieces.lon, pieces.lat)
    above = np.array([_above_ground(tags) for tags in roads.tagsets])
    level = np.array([_is_level(tags) for tags in roads.tagsets])
    lifted = above[roads.tagset[pieces.way]]
    z, reached = _smoothed(pieces, raw, lifted, elevation.cell_m)
    rise = z[pieces.b] - z[pieces.a]
    # long straight pieces are looked at in between, too
    known = np.isfinite(raw)
    long = ~lifted & known[pieces.a] & known[pieces.b]
    parts = np.where(long, np.ceil(pieces.length_m / elevation.cell_m), 1.0)
    parts = np.maximum(parts, 1.0).astype(np.int64)
    piece = np.repeat(np.arange(len(parts)), parts)
    place = np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
    n = parts[piece]
    heights = [
        _between(elevation, pieces, raw, z, piece, t) for t in (place / n, (place + 1) / n)
    ]
    length_m = np.maximum(pieces.length_m, SHORTEST_M)[piece] / n
    climb = np.where(n > 1, heights[1] - heights[0], rise[piece])
    slope = np.clip(climb / length_m, -STEEPEST, STEEPEST)
    slope[pieces.length_m[piece] < SHORTEST_M] = 0.0
    return Ground(
        piece=piece,
        slope=slope,
        share=1.0 / n,
        sloped=~level[roads.tagset[pieces.way]],
        report={
            "elevation": elevation.name,
            "cell_m": round(elevation.cell_m, 1),
            "nodes": len(raw),
            "nodes_filled": int((~known & reached).sum()),
            "nodes_without": int((~reached).sum()),
            "lowest_m": round(float(z[reached].min()), 1) if reached.any() else None,
            "highest_m": round(float(z[reached].max()), 1) if reached.any() else None,
        },
    )


def _above_ground(tags: Any) -> bool:
    return any(tags.get(key, "no") not in ("no", "building_passage") for key in OVER_GROUND)


def _is_level(tags: Any) -> bool:
    return tags.get("highway") in ("steps", "elevator") or "ferry" in tags.get("route", "")


def _between(
    elevation: Elevation,
    pieces: Segments,
    raw: NDArray[np.float64],
    z: NDArray[np.float64],
    piece: NDArray[np.int64],
    t: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Heights along pieces: the model's, shifted to meet the smoothed ends."""
    a, b = pieces.a[piece], pieces.b[piece]
    lon = pieces.lon[a] + t * (pieces.lon[b] - pieces.lon[a])
    lat = pieces.lat[a] + t * (pieces.lat[b] - pieces.lat[a])
    inner = np.flatnonzero((t > 0) & (t < 1))
    shift = (1.0 - t) * (z[a] - raw[a]) + t * (z[b] - raw[b])
    even: NDArray[np.float64] = (1.0 - t) * z[a] + t * z[b]
    own = elevation.at(lon[inner], lat[inner]) + shift[inner]
    even[inner] = np.where(np.isfinite(own), own, even[inner])
    return even


def _smoothed(
    pieces: Segments, raw: NDArray[np.float64], lifted: NDArray[np.bool_], reach_m: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Heights of nodes, and which of them have any.

    The heights that make ``sum of m (z - raw)^2 + reach^2 sum of (rise^2 / length)``
    least: ``m`` is the length of open road at a node whose height is known, else 0.
    """
    n = len(raw)
    a, b = pieces.a, pieces.b
    length_m = np.maximum(pieces.length_m, SHORTEST_M)
    own = np.where(lifted, 0.0, length_m / 2.0)
    mass: NDArray[Any] = np.bincount(a, weights=own, minlength=n) + np.bincount(
        b, own, minlength=n
    )
    known = np.isfinite(raw) & (mass > 0.0)
    mass = np.where(known, mass, 0.0).astype(np.float64)
    stiff = reach_m**2 / length_m
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = coo_matrix((stiff, (a, b)), shape=(n, n))
    links = (links + links.T).tocsr()
    _, label = connected_components(links, directed=False)
    reached: NDArray[np.bool_] = np.bincount(label, weights=known) > 0
    reached = reached[label]
    diagonal = mass + np.asarray(links.sum(axis=1)).ravel()
    diagonal = np.where(diagonal > 0.0, diagonal, 1.0)
    start = np.where(known, raw, raw[known].mean() if known.any() else 0.0)
    target: NDArray[np.float64] = mass * np.where(known, raw, 0.0)
    z = _solved(links, diagonal, mass, target, start)
    return np.where(reached, z, 0.0), reached


def _solved(
    links: Any,
    diagonal: NDArray[np.float64],
    mass: NDArray[np.float64],
    target: NDArray[np.float64],
    z: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Conjugate gradients with the diagonal; sums in one order, whatever the threads."""
    whole = np.where(mass > 0.0, mass, 0.0) + np.asarray(links.sum(axis=1)).ravel()

    def times(x: NDArray[np.float64]) -> Any:
        return whole * x - links @ x

    rest = target - times(z)
    step = rest / diagonal
    against = float((rest * step).sum())
    for _ in range(MOST_ROUNDS):
        if np.abs(rest / diagonal).max(initial=0.0) < EXACT_M or against == 0.0:
            break
        pushed = times(step)
        alpha = against / float((step * pushed).sum())
        z = z + alpha * step
        rest = rest - alpha * pushed
        scaled = rest / diagonal
        new = float((rest * scaled).sum())
        step = scaled + new / against * step
        against = new
    return z
