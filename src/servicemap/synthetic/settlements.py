"""Where people live in the made-up county: city, townships, villages, hamlets.

Seats and villages are thrown onto the land in random order, favouring flat and low
ground, each with its own distance to the next one (Poisson-disc sampling by
dart throwing with a grid of buckets; no step compares all pairs).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from servicemap.synthetic import names, paths
from servicemap.synthetic.terrain import FEATURE_M, Grid, Terrain, noise

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TOWNSHIPS_PER_COUNTY = 25
STREET_SHARE = 0.16  # townships that are urban streets
MARGIN_CELLS = 2
VILLAGES_PER_ISLAND = 3
MOUNTAIN_M = 0.11  # of the highest peak
STEEP = 0.11
URBAN_M = 2_600.0
HAMLETS = {"city": 1, "town": 3, "plain": 10, "mountain": 16, "island": 6}
SAME_NAMES = 3  # pairs of villages with the same name in different townships


@dataclass(frozen=True)
class Settlements:
    """Places as tables, and the territory of every township.

    Attributes
    ----------
    townships
        township_id, name, kind (街道, 镇, 乡), county, cell of the seat, island (0 none).
    villages
        village_id, name, township (row number), kind, setting (city, town, plain,
        mountain, island), code (urban-rural class), cell, seat (is its township's seat).
    hamlets
        hamlet_id, name, village (row number), cell, share of the village's people;
        the first of a village stands at the village's own cell.
    territory
        Shape (rows, cols): row number of the township, -1 in the sea.
    cities
        Cells of the centres of the county-level cities.
    road_graph
        The land as roads see it (`paths.lattice`).
    """

    townships: pd.DataFrame
    villages: pd.DataFrame
    hamlets: pd.DataFrame
    territory: Integers
    cities: Integers
    road_graph: Any


def settle(terrain: Terrain, townships: int, villages: int, seed: int) -> Settlements:
    """Throw the places onto the land."""
    rng = np.random.default_rng([seed, 2])
    graph = road_graph(rng, terrain)
    flat = _flatness(terrain)
    cities = _cities(rng, terrain, flat, townships)
    seats = _seats(rng, terrain, flat, cities, townships)
    _, _, source = paths.grow(graph, seats)
    territory = _territory(terrain, source, seats)
    own = _village_cells(rng, terrain, flat, territory, cities, seats, villages)
    towns = _township_table(rng, terrain, seats, cities)
    places = _village_table(rng, terrain, towns, territory, cities, own)
    hamlets = _hamlets(rng, terrain, flat, territory, places)
    return Settlements(towns, places, hamlets, territory, cities, graph)


def road_graph(rng: np.random.Generator, terrain: Terrain) -> Any:
    """Cost of building a road: slopes and rivers are dear, the sea is closed.

    Some noise stands for all that a map does not say (soil, fields, owners), and
    keeps roads from running straight across the plain.
    """
    passable = (terrain.land > 0) & ~terrain.reservoir
    luck = np.exp(0.45 * noise(rng, *terrain.land.shape, 5.0))
    weight = luck * (1.0 + 0.35 * (terrain.elevation / 400.0)) + 60.0 * terrain.river
    per_cell = 1.0 / terrain.grid.cell_m
    rise_cost = 260.0 * per_cell * per_cell  # a slope of 10 % costs 3.6 times flat
    return paths.lattice(
        passable, weight, rise_cost=rise_cost, height=terrain.elevation
    )


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


def _flatness(terrain: Terrain) -> Floats:
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


def _cities(
    rng: np.random.Generator, terrain: Terrain, flat: Floats, townships: int
) -> Integers:
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
    return throw(
        grid, _darts(rng, plain**4), radius, count, np.array([], dtype=np.int64)
    )


def _to_city_m(grid: Grid, cities: Integers) -> Floats:
    from scipy.spatial import cKDTree

    tree = cKDTree(np.column_stack(grid.xy(cities)))
    distance, _ = tree.query(np.column_stack(grid.xy(np.arange(grid.size))))
    return np.asarray(distance)


def _seats(
    rng: np.random.Generator,
    terrain: Terrain,
    flat: Floats,
    cities: Integers,
    townships: int,
) -> Integers:
    grid = terrain.grid
    scale = grid.feature_m / FEATURE_M
    islands = []
    for number in range(2, int(terrain.land.max()) + 1):
        here = np.where(terrain.land == number, flat + 1e-9, 0.0)
        islands.append(int(np.argmax(here)))
    seats = np.concatenate([cities, np.array(islands, dtype=np.int64)])
    to_city = _to_city_m(grid, cities)
    ring = (to_city > 1_300.0 * scale) & (to_city < 4_200.0 * scale)
    main = (terrain.land == 1).ravel()
    streets = max(0, round(STREET_SHARE * townships) - len(cities))
    weight = np.where(ring & main, flat.ravel() ** 2, 0.0)
    radius = np.full(grid.size, 2_300.0 * scale)
    seats = np.concatenate([seats, throw(grid, _darts(rng, weight), radius, streets, seats)])
    rest = townships - len(seats)
    spacing = 0.95 * math.sqrt(main.sum() * grid.cell_m**2 / townships)
    weight = np.where(main & (to_city > 4_500.0 * scale), flat.ravel() ** 1.5, 0.0)
    radius = np.full(grid.size, spacing)
    return np.concatenate([seats, throw(grid, _darts(rng, weight), radius, rest, seats)])


def _territory(terrain: Terrain, source: Integers, seats: Integers) -> Integers:
    """Row number of the township per cell; water takes the nearest one's."""
    from scipy import ndimage

    number = np.full(terrain.grid.size + 1, -1, dtype=np.int64)
    number[seats] = np.arange(len(seats))
    label = number[source].reshape(terrain.land.shape)  # source -1 -> last entry, -1
    _, nearest = ndimage.distance_transform_edt(label < 0, return_indices=True)
    filled = label[tuple(nearest)]
    return np.where(terrain.land > 0, filled, -1)


def _inner(territory: Integers) -> NDArray[np.bool_]:
    """Cells that are not within `MARGIN_CELLS` of another township or the sea."""
    from scipy import ndimage

    size = 2 * MARGIN_CELLS + 1
    low = ndimage.minimum_filter(territory, size=size)
    high = ndimage.maximum_filter(territory, size=size)
    return np.asarray((low == high) & (territory >= 0))


def _village_cells(
    rng: np.random.Generator,
    terrain: Terrain,
    flat: Floats,
    territory: Integers,
    cities: Integers,
    seats: Integers,
    villages: int,
) -> Integers:
    """Seats first, then island villages, then the rest."""
    grid = terrain.grid
    inner = _inner(territory)
    slack = np.exp(-((terrain.slope / 0.16) ** 2)) / (1.0 + terrain.elevation / 500.0)
    weight = np.where(inner & (flat > 0.0), slack, 0.0).ravel()
    to_city = _to_city_m(grid, cities)
    spacing = 0.80 * math.sqrt(float((terrain.land > 0).mean()) * grid.size / villages)
    radius = spacing * grid.cell_m * (0.75 + 0.9 * np.minimum(terrain.elevation / 500.0, 1.0))
    radius = radius.ravel() * np.where(to_city < URBAN_M, 0.45, 1.0)
    own = seats
    for number in range(2, int(terrain.land.max()) + 1):
        here = np.where((terrain.land == number).ravel(), weight, 0.0)
        room = min(VILLAGES_PER_ISLAND, villages - len(own))
        own = np.concatenate([own, throw(grid, _darts(rng, here), radius * 0.4, room, own)])
    main = np.where((terrain.land == 1).ravel(), weight, 0.0)
    rest = villages - len(own)
    return np.concatenate([own, throw(grid, _darts(rng, main), radius, rest, own)])


def _township_table(
    rng: np.random.Generator, terrain: Terrain, seats: Integers, cities: Integers
) -> pd.DataFrame:
    from scipy.spatial import cKDTree

    grid = terrain.grid
    distance, county = cKDTree(np.column_stack(grid.xy(cities))).query(
        np.column_stack(grid.xy(seats))
    )
    streets = distance < 4_400.0 * grid.feature_m / FEATURE_M
    height = terrain.elevation.ravel()[seats]
    island = np.where(terrain.land.ravel()[seats] > 1, terrain.land.ravel()[seats] - 1, 0)
    kind = np.where(streets, "街道", np.where((height > 60.0) | (island > 0), "乡", "镇"))  # noqa: PLR2004 - metres
    first = {"街道": 1, "镇": 100, "乡": 200}
    counters: dict[tuple[int, str], int] = {}
    codes = []
    for one, form in zip(county.tolist(), kind.tolist(), strict=True):
        number = counters.get((one, form), 0)
        counters[one, form] = number + 1
        codes.append(f"99{1 + one // 99:02d}{1 + one % 99:02d}{first[form] + number:03d}")
    stems = names.township_names(rng, len(seats))
    return pd.DataFrame(
        {
            "township_id": [f"{code}000" for code in codes],
            "name": [stem + form for stem, form in zip(stems, kind.tolist(), strict=True)],
            "kind": kind,
            "county": county,
            "cell": seats,
            "island": island,
        }
    )


def _village_table(
    rng: np.random.Generator,
    terrain: Terrain,
    towns: pd.DataFrame,
    territory: Integers,
    cities: Integers,
    own: Integers,
) -> pd.DataFrame:
    grid = terrain.grid
    township = territory.ravel()[own]
    seat = np.arange(len(own)) < len(towns)
    to_city = _to_city_m(grid, cities)[own]
    height, slope = terrain.elevation.ravel()[own], terrain.slope.ravel()[own]
    high = (height > MOUNTAIN_M * terrain.elevation.max()) | (slope > STEEP)
    setting = np.select(
        [
            terrain.land.ravel()[own] > 1,
            to_city < URBAN_M * grid.feature_m / FEATURE_M,
            seat,
            high,
        ],
        ["island", "city", "town", "mountain"],
        "plain",
    )
    community = (setting == "city") | (seat & (setting == "town"))
    kind_of = towns["kind"].to_numpy()[township]
    code = np.select(
        [setting == "city", kind_of == "街道", seat & (kind_of == "镇"), seat],
        ["111", "112", "121", "210"],
        "220",
    )
    stems = names.village_names(rng, len(own))
    for pair in range(min(SAME_NAMES, len(own) // 20)):
        stems[-1 - pair] = stems[len(own) // 2 + pair]
    ids, counters = [], dict[tuple[int, bool], int]()
    for one, flag in zip(township.tolist(), community.tolist(), strict=True):
        number = counters.get((one, flag), 0)
        counters[one, flag] = number + 1
        base = towns["township_id"].iloc[one][:9]
        ids.append(f"{base}{(1 if flag else 200) + number:03d}")
    return pd.DataFrame(
        {
            "village_id": ids,
            "name": [
                stem + ("社区" if flag else "村")
                for stem, flag in zip(stems, community.tolist(), strict=True)
            ],
            "township": township,
            "kind": np.where(community, "community", "village"),
            "setting": setting,
            "code": code,
            "cell": own,
            "seat": seat,
        }
    )


def _hamlets(
    rng: np.random.Generator,
    terrain: Terrain,
    flat: Floats,
    territory: Integers,
    villages: pd.DataFrame,
) -> pd.DataFrame:
    grid = terrain.grid
    mean = villages["setting"].map(HAMLETS).to_numpy()
    wanted = np.where(mean > 1, rng.poisson(mean), 1).clip(1, 30)
    tries = 3 * (wanted - 1)
    village = np.repeat(np.arange(len(villages)), tries)
    x, y = grid.xy(villages["cell"].to_numpy()[village])
    reach = rng.gamma(2.0, 330.0, len(village)) + 1.5 * grid.cell_m
    angle = rng.uniform(0.0, 2.0 * math.pi, len(village))
    cell = grid.cells(x + reach * np.cos(angle), y + reach * np.sin(angle))
    fits = _inner(territory).ravel()[cell] & (flat.ravel()[cell] > 0.0)
    fits &= territory.ravel()[cell] == villages["township"].to_numpy()[village]
    fits &= terrain.slope.ravel()[cell] < rng.uniform(0.15, 0.45, len(cell))
    frame = pd.DataFrame({"village": village[fits], "cell": cell[fits]})
    centres = pd.DataFrame(
        {"village": np.arange(len(villages)), "cell": villages["cell"].to_numpy()}
    )
    frame = pd.concat([centres, frame], ignore_index=True).drop_duplicates("cell")
    frame = frame.sort_values("village", kind="stable", ignore_index=True)
    rank = frame.groupby("village").cumcount()
    frame = frame[rank.to_numpy() < wanted[frame["village"]]].reset_index(drop=True)
    rank = frame.groupby("village").cumcount()
    share = rng.gamma(2.0, 1.0, len(frame)) * np.where(rank == 0, 3.0, 1.0)
    frame["share"] = share / frame.groupby("village")["village"].transform("size")
    total = frame.groupby("village")["share"].transform("sum")
    frame["share"] = frame["share"] / total
    ids = villages["village_id"].to_numpy()[frame["village"]]
    frame["hamlet_id"] = [
        f"{one}-{number + 1:02d}" for one, number in zip(ids, rank.tolist(), strict=True)
    ]
    stems = names.hamlet_names(rng, len(frame))
    own = villages["name"].str.removesuffix("村").to_numpy()[frame["village"]]
    frame["name"] = [
        mine if number == 0 else stem
        for mine, stem, number in zip(own, stems, rank.tolist(), strict=True)
    ]
    return frame
