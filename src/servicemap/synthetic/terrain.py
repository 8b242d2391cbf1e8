"""Made-up land: heights, coast, islands, rivers, a reservoir, on one square grid.

Heights are sums of smooth noise (cubic B-splines over random lattices); valleys
come from the drainage of that surface, so that roads, which take the cheapest
way, later follow them. Nothing here is a copy of a real place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

CENTRE = (121.30, 28.65)  # degrees; on the sea side, with invented land
M_PER_DEGREE = 6_371_008.8 * math.pi / 180.0
KM2_PER_VILLAGE = 4.0
LAND_SHARE = 0.78
CELL_M = 100.0
MAX_CELLS = 4_000_000
FEATURE_M = 46_000.0  # size of a county: noise does not grow beyond it
PEAK_M = 1_100.0
COAST_AT = 0.80  # of the way from west to east
WARP_M = 45.0
RIVER_SHARE = 0.0075  # a river drains at least this share of a county
STREAM_SHARE = 0.0006
TOWNSHIPS_PER_ISLAND = 100


@dataclass(frozen=True)
class Grid:
    """A square grid in metres around `CENTRE`; row 0 is south, column 0 west."""

    rows: int
    cols: int
    cell_m: float
    warp_x: Floats
    warp_y: Floats

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.rows * self.cols

    @property
    def feature_m(self) -> float:
        """Length to which landscape features are scaled."""
        return min(self.cols * self.cell_m, FEATURE_M)

    def xy(self, cells: Any) -> tuple[Floats, Floats]:
        """Centres of cells, metres east and north of the south-west corner."""
        rows, cols = np.divmod(np.asarray(cells), self.cols)
        return (cols + 0.5) * self.cell_m, (rows + 0.5) * self.cell_m

    def cells(self, x: Any, y: Any) -> Integers:
        """Cells that hold points given in metres; points outside take the rim."""
        cols = np.clip(np.asarray(x) // self.cell_m, 0, self.cols - 1).astype(np.int64)
        rows = np.clip(np.asarray(y) // self.cell_m, 0, self.rows - 1).astype(np.int64)
        return rows * self.cols + cols

    def lonlat(self, x: Any, y: Any) -> tuple[Floats, Floats]:
        """Degrees WGS-84 (1e-6) of points in metres, gently bent.

        The bend keeps streets from looking like the grid that they were made on.
        """
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        at = [y / self.cell_m - 0.5, x / self.cell_m - 0.5]
        bent_x = x + self._sample(self.warp_x, at)
        bent_y = y + self._sample(self.warp_y, at)
        east = bent_x - self.cols * self.cell_m / 2.0
        north = bent_y - self.rows * self.cell_m / 2.0
        shrink = math.cos(math.radians(CENTRE[1]))
        lon = CENTRE[0] + east / (M_PER_DEGREE * shrink)
        return np.round(lon, 6), np.round(CENTRE[1] + north / M_PER_DEGREE, 6)

    def xy_of(self, lon: Any, lat: Any) -> tuple[Floats, Floats]:
        """Inverse of `lonlat` to within a few metres."""
        shrink = math.cos(math.radians(CENTRE[1]))
        x = (np.asarray(lon) - CENTRE[0]) * M_PER_DEGREE * shrink
        y = (np.asarray(lat) - CENTRE[1]) * M_PER_DEGREE
        x, y = x + self.cols * self.cell_m / 2.0, y + self.rows * self.cell_m / 2.0
        at = [y / self.cell_m - 0.5, x / self.cell_m - 0.5]
        return x - self._sample(self.warp_x, at), y - self._sample(self.warp_y, at)

    @staticmethod
    def _sample(field: Floats, at: list[Any]) -> Any:
        from scipy import ndimage

        return ndimage.map_coordinates(field, at, order=1, mode="nearest")


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
    to_sea, drained_m2 = _drainage(rng, grid, land, elevation)
    county_m2 = min(villages * KM2_PER_VILLAGE * 1e6, FEATURE_M**2 * LAND_SHARE)
    elevation = _carve(elevation, drained_m2, STREAM_SHARE * county_m2, land > 0)
    river = (drained_m2 > RIVER_SHARE * county_m2) & (land == 1)
    reservoir = _reservoirs(grid, elevation, river, drained_m2, county_m2)
    river &= ~reservoir
    gy, gx = np.gradient(elevation, cell_m)
    downstream = np.where(river.ravel(), to_sea, -1)
    return Terrain(
        grid, elevation, land, np.hypot(gx, gy), river, downstream, reservoir
    )


def noise(rng: np.random.Generator, rows: int, cols: int, wavelength: float) -> Floats:
    """Smooth random field of about unit spread; ``wavelength`` in cells."""
    from scipy import sparse

    def spline(length: int) -> Any:
        at = np.arange(length) / wavelength
        base = np.floor(at).astype(np.int64)
        f = at - base
        weights = np.stack(
            [
                (1 - f) ** 3,
                3 * f**3 - 6 * f**2 + 4,
                -3 * f**3 + 3 * f**2 + 3 * f + 1,
                f**3,
            ]
        )
        columns = base + np.arange(4)[:, None]
        row = np.broadcast_to(np.arange(length), columns.shape)
        shape = (length, int(base.max()) + 4)
        return sparse.csr_array(
            (weights.ravel() / 6.0, (row.ravel(), columns.ravel())), shape=shape
        )

    down, across = spline(rows), spline(cols)
    lattice = rng.standard_normal((down.shape[1], across.shape[1]))
    spread = 2.0  # a cubic B-spline halves the spread of its lattice, about
    return np.asarray(spread * (across @ (down @ lattice).T).T)


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
    ridges = sum(
        weight * (1.0 - np.minimum(np.abs(layer(share)), 1.0))
        for weight, share in ((0.50, 0.15), (0.30, 0.08), (0.20, 0.04))
    )
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
    row_of, col_of = np.indices(land.shape)
    y, x = (row_of + 0.5) * grid.cell_m, (col_of + 0.5) * grid.cell_m
    ragged = 1.0 + 0.16 * noise(rng, *land.shape, max(3.0, 0.7 * radius / grid.cell_m))
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


def _drainage(
    rng: np.random.Generator, grid: Grid, land: NDArray[np.int32], elevation: Floats
) -> tuple[Integers, Floats]:
    """Where water of each mainland cell goes next, and the area that it drains."""
    from scipy import ndimage

    from servicemap.synthetic import paths

    main = land == 1
    bends = noise(rng, *land.shape, 9.0) + 0.8 * noise(rng, *land.shape, 3.5)
    steep = (8.0 + elevation) ** 1.5 * np.exp(1.1 * bends)
    graph = paths.lattice(main, steep, edges_only=True)
    coast = main & ~ndimage.binary_erosion(main, border_value=1)
    _, towards, _ = paths.grow(graph, np.flatnonzero(coast))
    return towards, _accumulate(towards, main.ravel()).reshape(land.shape) * (
        grid.cell_m**2
    )


def _accumulate(towards: Integers, counted: Flags) -> Floats:
    """Number of cells upstream of each cell, itself included."""
    depth = np.where(towards >= 0, 1, 0)
    ahead = towards.copy()
    while (ahead >= 0).any():  # pointer doubling: depth of every cell in its tree
        on = ahead >= 0
        depth[on] += depth[ahead[on]]
        ahead[on] = ahead[ahead[on]]
    total = counted.astype(np.float64)
    order = np.argsort(-depth, kind="stable")
    order = order[depth[order] > 0]
    ends = np.flatnonzero(np.diff(depth[order])) + 1
    for level in np.split(order, ends):
        np.add.at(total, towards[level], total[level])
    return total


def _carve(elevation: Floats, drained: Floats, stream: float, land: Flags) -> Floats:
    """Wider and flatter valleys along the streams."""
    from scipy import ndimage

    wide = ndimage.gaussian_filter((drained > 8 * stream).astype(np.float64), 4.0)
    narrow = ndimage.gaussian_filter((drained > stream).astype(np.float64), 1.6)
    depth = np.clip(1.5 * wide + 0.9 * narrow, 0.0, 0.82)
    smooth = ndimage.gaussian_filter(elevation * (1.0 - depth), 1.0)
    return np.where(land, np.maximum(smooth, 2.0), 0.0)


def _reservoirs(
    grid: Grid, elevation: Floats, river: Flags, drained: Floats, county_m2: float
) -> Flags:
    """A lake behind a made-up dam in a mountain valley, one a county."""
    from scipy import ndimage

    found = np.zeros_like(river)
    high = river & (elevation > 0.08 * PEAK_M) & (drained < 0.05 * county_m2)
    places = np.flatnonzero(high)
    reach = round(1_500.0 / grid.cell_m)
    for place in places[:: max(1, round(county_m2 / grid.cell_m**2 / 60))][:200]:
        row, col = divmod(int(place), grid.cols)
        rows = slice(max(0, row - reach), row + reach)
        cols = slice(max(0, col - reach), col + reach)
        if found[rows, cols].any():
            continue
        low = elevation[rows, cols] < elevation[row, col] + 12.0
        low &= elevation[rows, cols] >= elevation[row, col] - 0.5
        parts, _ = ndimage.label(low)
        mine = parts == parts[row - rows.start, col - cols.start]
        if 25 <= mine.sum() * (grid.cell_m / CELL_M) ** 2 <= 350:  # noqa: PLR2004 - hectares
            found[rows, cols] |= mine
            break
    return found
