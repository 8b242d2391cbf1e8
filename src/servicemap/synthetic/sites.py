"""Where settlements can stand: cells thrown onto the land like darts."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from servicemap.synthetic.grid import FEATURE_M, Flags, Floats, Grid, Integers

if TYPE_CHECKING:
    from servicemap.synthetic.terrain import Terrain


TOWNSHIPS_PER_COUNTY = 25
STREET_SHARE = 0.16  # townships that are urban streets
MARGIN_CELLS = 2
VILLAGES_PER_ISLAND = 3
URBAN_M = 2_600.0
DARTS = 300  # candidates looked at per place wanted


def throw(
    grid: Grid, order: Integers, radius_m: Floats, count: int, taken: Integers
) -> Integers:
    """Cells in the given order that keep their distance to all accepted ones.

    Parameters
    ----------
    order
        Candidate cells, best first.
    radius_m
        Per cell of the grid the distance wanted; shrunk by 15 % as often as needed
        until ``count`` cells are found.
    taken
        Cells that are occupied before.
    """
    found: list[int] = []
    order = order[: DARTS * max(count, 10)]
    radii = radius_m[order]
    xs, ys = grid.xy(order)
    bucket_m = float(radii.max())
    buckets: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    for x, y in zip(*(axis.tolist() for axis in grid.xy(taken)), strict=True):
        buckets[int(x // bucket_m), int(y // bucket_m)].append((x, y))
    done: set[int] = set(taken.tolist())
    candidates = list(
        zip(order.tolist(), xs.tolist(), ys.tolist(), radii.tolist(), strict=True)
    )
    shrink = 1.0
    while len(found) < count and shrink > 1e-3:  # noqa: PLR2004 - then the land is full
        for cell, x, y, wanted in candidates:
            if cell in done:
                continue
            radius = wanted * shrink
            i, j = int(x // bucket_m), int(y // bucket_m)
            if any(
                (x - px) ** 2 + (y - py) ** 2 < radius * radius
                for di in (-1, 0, 1)
                for dj in (-1, 0, 1)
                for px, py in buckets.get((i + di, j + dj), ())
            ):
                continue
            found.append(cell)
            done.add(cell)
            buckets[i, j].append((x, y))
            if len(found) == count:
                break
        shrink *= 0.85
    return np.array(found, dtype=np.int64)


def flatness(terrain: Terrain) -> Floats:
    """From 0 to 1: how well one can build there; 0 at sea, in water, on the rim."""
    from scipy import ndimage

    value = np.exp(-((terrain.slope / 0.10) ** 2)) / (1.0 + terrain.elevation / 120.0)
    wet = ndimage.binary_dilation(terrain.river | terrain.reservoir, iterations=2)
    sea = ndimage.binary_dilation(terrain.land == 0, iterations=2)
    value = np.where(wet | sea, 0.0, value)
    rim = np.ones_like(wet)
    rim[3:-3, 3:-3] = False
    return np.asarray(np.where(rim, 0.0, value))


def _darts(rng: np.random.Generator, weight: Floats) -> Integers:
    """Cells of positive weight in random order, heavier ones rather earlier."""
    cells = np.flatnonzero(weight > 0.0)
    draws = rng.exponential(size=len(cells)) / weight.ravel()[cells]
    return cells[np.argsort(draws, kind="stable")]


def cities(
    rng: np.random.Generator, terrain: Terrain, flat: Floats, townships: int
) -> Integers:
    """Centres of the county-level cities: the middle of the best plains."""
    from scipy import ndimage

    grid = terrain.grid
    count = max(1, round(townships / TOWNSHIPS_PER_COUNTY))
    plain = ndimage.gaussian_filter(flat, 0.05 * grid.feature_m / grid.cell_m)
    plain = np.where((flat > 0.3) & (terrain.land == 1), plain, 0.0)  # noqa: PLR2004
    if count == 1:
        rows, cols = np.indices(plain.shape)
        away = np.hypot(rows - grid.rows * 0.5, cols - grid.cols * 0.52) / grid.rows
        return np.array([int(np.argmax(plain * np.exp(-((away / 0.30) ** 2))))])
    radius = np.full(grid.size, 0.8 * math.sqrt(grid.size / count) * grid.cell_m)
    return throw(grid, _darts(rng, plain**4), radius, count, np.array([], dtype=np.int64))


def to_city_m(grid: Grid, cities: Integers) -> Floats:
    """Metres from every cell to the nearest city."""
    from scipy.spatial import cKDTree

    tree = cKDTree(np.column_stack(grid.xy(cities)))
    distance, _ = tree.query(np.column_stack(grid.xy(np.arange(grid.size))))
    return np.asarray(distance)


def seats(
    rng: np.random.Generator,
    terrain: Terrain,
    flat: Floats,
    cities: Integers,
    townships: int,
) -> Integers:
    """Seats of townships: cities, islands, urban streets, then the rest."""
    grid = terrain.grid
    scale = grid.feature_m / FEATURE_M
    islands = []
    for number in range(2, int(terrain.land.max()) + 1):
        here = np.where(terrain.land == number, flat + 1e-9, 0.0)
        islands.append(int(np.argmax(here)))
    seats = np.concatenate([cities, np.array(islands, dtype=np.int64)])
    to_city = to_city_m(grid, cities)
    ring = (to_city > 1_300.0 * scale) & (to_city < 4_200.0 * scale)
    main = (terrain.land == 1).ravel()
    streets = max(0, round(STREET_SHARE * townships) - len(cities))
    weight = np.where(ring & main, flat.ravel() ** 2, 0.0)
    radius = np.full(grid.size, 2_300.0 * scale)
    seats = np.concatenate(
        [seats, throw(grid, _darts(rng, weight), radius, streets, seats)]
    )
    rest = townships - len(seats)
    spacing = 0.95 * math.sqrt(main.sum() * grid.cell_m**2 / townships)
    weight = np.where(main & (to_city > 4_500.0 * scale), flat.ravel() ** 1.5, 0.0)
    radius = np.full(grid.size, spacing)
    return np.concatenate([seats, throw(grid, _darts(rng, weight), radius, rest, seats)])


def territory(terrain: Terrain, source: Integers, seats: Integers) -> Integers:
    """Row number of the township per cell; water takes the nearest one's."""
    from scipy import ndimage

    number = np.full(terrain.grid.size + 1, -1, dtype=np.int64)
    number[seats] = np.arange(len(seats))
    label = number[source].reshape(terrain.land.shape)  # source -1 -> last entry, -1
    _, nearest = ndimage.distance_transform_edt(label < 0, return_indices=True)
    filled = label[tuple(nearest)]
    return np.where(terrain.land > 0, filled, -1)


def inner(territory: Integers) -> Flags:
    """Cells that are not within `MARGIN_CELLS` of another township or the sea."""
    from scipy import ndimage

    size = 2 * MARGIN_CELLS + 1
    low = ndimage.minimum_filter(territory, size=size)
    high = ndimage.maximum_filter(territory, size=size)
    return np.asarray((low == high) & (territory >= 0))


def village_cells(
    rng: np.random.Generator,
    terrain: Terrain,
    flat: Floats,
    territory: Integers,
    *,
    cities: Integers,
    seats: Integers,
    villages: int,
) -> Integers:
    """Seats first, then island villages, then the rest."""
    grid = terrain.grid
    middle = inner(territory)
    slack = np.exp(-((terrain.slope / 0.16) ** 2)) / (1.0 + terrain.elevation / 500.0)
    weight = np.where(middle & (flat > 0.0), slack, 0.0).ravel()
    to_city = to_city_m(grid, cities)
    spacing = 0.80 * math.sqrt(float((terrain.land > 0).mean()) * grid.size / villages)
    radius = (
        spacing * grid.cell_m * (0.75 + 0.9 * np.minimum(terrain.elevation / 500.0, 1.0))
    )
    radius = radius.ravel() * np.where(to_city < URBAN_M, 0.45, 1.0)
    own = seats
    for number in range(2, int(terrain.land.max()) + 1):
        here = np.where((terrain.land == number).ravel(), weight, 0.0)
        room = min(VILLAGES_PER_ISLAND, villages - len(own))
        own = np.concatenate([own, throw(grid, _darts(rng, here), radius * 0.4, room, own)])
    main = np.where((terrain.land == 1).ravel(), weight, 0.0)
    rest = villages - len(own)
    return np.concatenate([own, throw(grid, _darts(rng, main), radius, rest, own)])
