"""Made-up land: heights, coast, islands, rivers, a reservoir, on one square grid.

Heights are sums of smooth noise (cubic B-splines over random lattices); valleys
come from the drainage of that surface, so that roads, which take the cheapest
way, later follow them. Nothing here is a copy of a real place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servicemap.synthetic import water
from servicemap.synthetic.grid import FEATURE_M, Flags, Floats, Grid, Integers, noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

KM2_PER_VILLAGE = 4.0
LAND_SHARE = 0.78
CELL_M = 100.0
MAX_CELLS = 4_000_000
PEAK_M = 1_100.0
COAST_AT = 0.80  # of the way from west to east
WARP_M = 45.0
RIVER_SHARE = 0.0075  # a river drains at least this share of a county
STREAM_SHARE = 0.0006
TOWNSHIPS_PER_ISLAND = 100


@dataclass(frozen=True)
class Terrain:
    """The land: arrays of shape (rows, cols).

    Attributes
    ----------
    elevation
        Metres above the sea; 0 in the sea.
    land
        0 sea, 1 mainland, 2 and up one number per inhabited island.
    slope
        Steepness as rise over run.
    river
        Cells of rivers, connected edge to edge, so that a road meets one wherever
        it crosses.
    downstream
        For river cells the next cell towards the sea, else -1.
    reservoir
        Cells of the reservoirs.
    """

    grid: Grid
    elevation: Floats
    land: NDArray[np.int32]
    slope: Floats
    river: Flags
    downstream: Integers
    reservoir: Flags


def make_terrain(villages: int, townships: int, seed: int) -> Terrain:
    """Land for so many villages.

    Parameters
    ----------
    villages, townships
        They set the area (4 km2 of land a village) and the number of islands.
    seed
        The same seed gives the same land.
    """
    rng = np.random.default_rng([seed, 1])
    box_m2 = villages * KM2_PER_VILLAGE / LAND_SHARE * 1e6
    cell_m = max(CELL_M, math.sqrt(box_m2 / MAX_CELLS))
    side = max(60, round(math.sqrt(box_m2) / cell_m))
    grid = Grid(
        side,
        side,
        cell_m,
        WARP_M * noise(rng, side, side, 900.0 / cell_m),
        WARP_M * noise(rng, side, side, 900.0 / cell_m),
    )
    inland_m, elevation = _heights(rng, grid)
    land = _land(inland_m > 0.0)
    elevation = np.where(land > 0, elevation, 0.0)
    islands = 1 + townships // TOWNSHIPS_PER_ISLAND
    land, elevation = _islands(rng, grid, land, elevation, islands)
    to_sea, drained_m2 = water.drainage(rng, grid, land, elevation)
    county_m2 = min(villages * KM2_PER_VILLAGE * 1e6, FEATURE_M**2 * LAND_SHARE)
    elevation = water.carve(elevation, drained_m2, STREAM_SHARE * county_m2, land > 0)
    river = (drained_m2 > RIVER_SHARE * county_m2) & (land == 1)
    reservoir = water.reservoirs(grid, elevation, river, drained_m2, county_m2)
    river &= ~reservoir
    gy, gx = np.gradient(elevation, cell_m)
    downstream = np.where(river.ravel(), to_sea, -1)
    return Terrain(grid, elevation, land, np.hypot(gx, gy), river, downstream, reservoir)


def _heights(rng: np.random.Generator, grid: Grid) -> tuple[Floats, Floats]:
    rows, cols = grid.rows, grid.cols
    size = grid.feature_m / grid.cell_m

    def layer(share: float) -> Floats:
        return noise(rng, rows, cols, max(2.0, size * share))

    x = (np.arange(cols) + 0.5) * grid.cell_m
    inland_m = COAST_AT * cols * grid.cell_m - x[None, :] + np.zeros((rows, 1))
    inland_m = inland_m + grid.feature_m * (
        0.050 * layer(0.25) + 0.030 * layer(0.08) + 0.009 * layer(0.025)
    )
    up = np.clip(inland_m / (0.50 * grid.feature_m) - 0.12, 0.0, 1.0)
    up = up * up * (3.0 - 2.0 * up)
    ridges = np.zeros((rows, cols))
    for weight, share in ((0.50, 0.15), (0.30, 0.08), (0.20, 0.04)):
        ridges += weight * (1.0 - np.minimum(np.abs(layer(share)), 1.0))
    basins = 1.0 / (1.0 + np.exp(-4.0 * (layer(0.13) + 0.75)))
    hills = np.maximum(layer(0.045) - 0.9, 0.0) * np.clip(inland_m / 3_000.0, 0.0, 1.0)
    peak = PEAK_M * (grid.feature_m / FEATURE_M) ** 0.7
    elevation = 3.0 + peak * up * (0.06 + 0.94 * basins) * ridges**1.6
    elevation += peak * (0.16 * hills + 0.02 * up * np.abs(layer(0.02)))
    return inland_m, np.maximum(elevation, 2.0)


def _land(raw: Flags) -> NDArray[np.int32]:
    """Mainland only: the largest connected part, lakes filled."""
    from scipy import ndimage

    parts, _ = ndimage.label(raw)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    main = ndimage.binary_fill_holes(parts == int(sizes.argmax()))
    return np.asarray(main, dtype=np.int32)


def _islands(
    rng: np.random.Generator,
    grid: Grid,
    land: NDArray[np.int32],
    elevation: Floats,
    count: int,
) -> tuple[NDArray[np.int32], Floats]:
    land, elevation = land.copy(), elevation.copy()
    radius = max(0.034 * grid.feature_m, 750.0)
    gap = max(0.055 * grid.feature_m, 900.0)
    x = (np.arange(grid.cols) + 0.5) * grid.cell_m + np.zeros((grid.rows, 1))
    y = (np.arange(grid.rows)[:, None] + 0.5) * grid.cell_m + np.zeros(grid.cols)
    ragged = 1.0 + 0.16 * noise(
        rng, grid.rows, grid.cols, max(3.0, 0.7 * radius / grid.cell_m)
    )
    for number in range(count):
        middle = (number + 0.35 + 0.3 * rng.random()) / count * grid.rows
        near = np.abs(np.arange(grid.rows) - middle) * grid.cell_m < radius + gap
        coast = float(x[near][land[near] == 1].max())
        centre = min(coast + gap + radius, grid.cols * grid.cell_m - radius * 1.4)
        distance = np.hypot(x - centre, y - middle * grid.cell_m)
        island = distance < radius * ragged
        land[(distance < radius * 1.35 + 400.0) & (land == 1)] = 0
        land[island] = number + 2
        height = 4.0 + 150.0 * (radius / 1_600.0) * (1.0 - distance / (radius * ragged))
        elevation = np.where(island, np.maximum(height, 3.0), elevation)
    kept = _land(land == 1)
    land = np.where(land > 1, land, kept).astype(np.int32)
    return land, np.where(land > 0, elevation, 0.0)
