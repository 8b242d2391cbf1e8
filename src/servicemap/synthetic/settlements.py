"""Where people live in the made-up county: city, townships, villages, hamlets.

Seats and villages are thrown onto the land in random order, favouring flat and low
ground, each with its own distance to the next one (Poisson-disc sampling by
dart throwing with a grid of buckets; no step compares all pairs).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap.synthetic import names, paths, sites
from servicemap.synthetic.grid import FEATURE_M, Integers, noise
from servicemap.synthetic.sites import URBAN_M

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicemap.synthetic.grid import Floats
    from servicemap.synthetic.terrain import Terrain

MOUNTAIN_M = 0.11  # of the highest peak
STEEP = 0.11
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


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Rows of a table as named tuples."""
    return frame.itertuples(index=False)


def settle(terrain: Terrain, townships: int, villages: int, seed: int) -> Settlements:
    """Throw the places onto the land."""
    rng = np.random.default_rng([seed, 2])
    graph = road_graph(rng, terrain)
    flat = sites.flatness(terrain)
    cities = sites.cities(rng, terrain, flat, townships)
    seats = sites.seats(rng, terrain, flat, cities, townships)
    _, _, source = paths.grow(graph, seats)
    territory = sites.territory(terrain, source, seats)
    own = sites.village_cells(
        rng, terrain, flat, territory, cities=cities, seats=seats, villages=villages
    )
    towns = _township_table(rng, terrain, seats, cities)
    places = _village_table(rng, terrain, towns, territory, cities=cities, own=own)
    hamlets = _hamlets(rng, terrain, flat, territory, places)
    return Settlements(towns, places, hamlets, territory, cities, graph)


def drawn_together(places: Settlements, villages: Integers) -> Settlements:
    """The same places, some villages with their first hamlet only."""
    village = places.hamlets["village"]
    kept = ~(village.isin(villages.tolist()) & village.duplicated())
    hamlets = places.hamlets[kept].reset_index(drop=True)
    total = hamlets.groupby("village")["share"].transform("sum")
    return replace(places, hamlets=hamlets.assign(share=hamlets["share"] / total))


def road_graph(rng: np.random.Generator, terrain: Terrain) -> Any:
    """Cost of building a road: slopes and rivers are dear, the sea is closed.

    Some noise stands for all that a map does not say (soil, fields, owners), and
    keeps roads from running straight across the plain.
    """
    passable = (terrain.land > 0) & ~terrain.reservoir
    luck = np.exp(0.45 * noise(rng, terrain.grid.rows, terrain.grid.cols, 5.0))
    weight = luck * (1.0 + 0.35 * (terrain.elevation / 400.0)) + 60.0 * terrain.river
    per_cell = 1.0 / terrain.grid.cell_m
    rise_cost = 260.0 * per_cell * per_cell  # a slope of 10 % costs 3.6 times flat
    return paths.lattice(passable, weight, rise_cost=rise_cost, height=terrain.elevation)


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
    for one, form in zip(np.asarray(county).tolist(), kind.tolist(), strict=True):
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
    *,
    cities: Integers,
    own: Integers,
) -> pd.DataFrame:
    grid = terrain.grid
    township = territory.ravel()[own]
    seat = np.arange(len(own)) < len(towns)
    to_city = sites.to_city_m(grid, cities)[own]
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
        last = len(own) - 1 - pair
        middle = np.arange(len(own) // 2, last - pair)
        other = middle[(township[middle] != township[last]) & ~community[middle]]
        if len(other) > pair and not community[last]:
            stems[last] = stems[int(other[pair])]
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
    angle = rng.uniform(0.0, 2.0 * np.pi, len(village))
    cell = grid.cells(x + reach * np.cos(angle), y + reach * np.sin(angle))
    fits = sites.inner(territory).ravel()[cell] & (flat.ravel()[cell] > 0.0)
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
