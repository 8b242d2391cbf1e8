"""Roads of the made-up county: a few searches over the land, classes by what they join."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.synthetic import lanes, paths
from servicemap.synthetic.lanes import CLASS, ROADLESS_M
from servicemap.synthetic.settlements import drawn_together

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.synthetic.grid import Flags, Grid, Integers
    from servicemap.synthetic.settlements import Settlements
    from servicemap.synthetic.terrain import Terrain

ROADLESS_SHARE = 0.012  # villages without any mapped road
NEAR_CELLS = 40  # more than a road's own cells within that distance
NAMED = CLASS["secondary"]
FERRY_KPH = 18.0


@dataclass(frozen=True)
class Steps:
    """Pieces of road from cell to cell.

    Attributes
    ----------
    cells
        Shape (n, 2), the smaller cell first; each pair once.
    rank
        Index into `lanes.CLASSES`.
    name
        Index into ``names``; -1 for none.
    oneway
        1 along the pair, -1 against it, 0 both ways.
    names
        Names of the main roads.
    ferries
        Shape (k, 2): mainland pier, island pier.
    roadless
        Row numbers of the villages without a mapped road.
    missing
        Shape (m, 2): the roads to those villages, which the map lacks.
    """

    cells: Integers
    rank: Integers
    name: Integers
    oneway: Integers
    names: list[str]
    ferries: Integers
    roadless: Integers
    missing: Integers


def build(terrain: Terrain, places: Settlements, seed: int) -> tuple[Steps, Settlements]:
    """Lay out all roads.

    Returns
    -------
    Steps, Settlements
        The roads, and the places without the outlying hamlets of the villages that no
        road reaches: those would lie beside a neighbour's road.
    """
    rng = np.random.default_rng([seed, 3])
    main, road_names = _main_roads(places)
    laid = [main]
    built = np.union1d(main[:, :2], places.townships["cell"].to_numpy())
    ferries = _piers(terrain)
    _, towards, _ = paths.grow(places.road_graph, built)
    laid.append(lanes.classed(paths.trace(towards, ferries.ravel()), "tertiary"))
    roadless, missing = _roadless(rng, terrain, places, towards, built)
    places = drawn_together(places, roadless)
    laid += lanes.village_roads(rng, places, towards, roadless)
    closed = lanes.around(terrain.grid, places.villages["cell"].to_numpy()[roadless])
    laid.append(lanes.streets(terrain, places, closed, roadless))
    graph = lanes.without(places.road_graph, closed)
    built = np.unique(np.concatenate([m[:, :2].ravel() for m in laid]))
    _, towards, _ = paths.grow(graph, built)
    laid += lanes.hamlet_roads(rng, places, towards)
    laid += lanes.cross_links(rng, terrain, places, graph, roadless)
    cells, rank, name = _merge(laid, terrain.grid)
    kept = _connected(cells, ferries, terrain.grid.size)
    cells, rank, name = cells[kept], rank[kept], name[kept]
    oneway = lanes.one_way(terrain.grid, places, cells, rank)
    steps = Steps(cells, rank, name, oneway, road_names, ferries, roadless, missing)
    return steps, places


def _main_roads(places: Settlements) -> tuple[Integers, list[str]]:
    """Trunk, primary and secondary roads between the seats of townships."""
    seats = places.townships["cell"].to_numpy()
    distance, towards, source = paths.grow(places.road_graph, seats)
    found = paths.links(places.road_graph, distance, source)
    kept = paths.relative_neighbours(found)
    found = {key: values[kept] for key, values in found.items()}
    load, parent = _load(found, places.cities)
    stem = {
        cell: name[: -len(kind)]
        for cell, name, kind in zip(
            seats.tolist(), places.townships["name"], places.townships["kind"], strict=True
        )
    }
    steps = [np.empty((0, 4), dtype=np.int64)]
    road_names: list[str] = []
    for a, b, u, v in zip(
        *(found[key].tolist() for key in ("a", "b", "u", "v")), strict=True
    ):
        child = a if parent.get(a) == b else b if parent.get(b) == a else -1
        on_tree = child >= 0
        busy = on_tree and load[child] >= 4  # noqa: PLR2004 - seats behind this road
        road_class = "trunk" if busy else "primary" if on_tree else "secondary"
        way = paths.walk(towards, u)[::-1] + paths.walk(towards, v)
        pairs = np.stack([way[:-1], way[1:]], axis=1)
        steps.append(lanes.classed(pairs, road_class, len(road_names)))
        road_names.append(f"{stem[a]}至{stem[b]}公路")
    return np.concatenate(steps), road_names


def _load(
    found: dict[str, NDArray[Any]], cities: Integers
) -> tuple[dict[int, int], dict[int, int]]:
    """Seats behind each seat, seen from the nearest city, and the next one towards it."""
    import heapq

    near: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for a, b, cost in zip(*(found[k].tolist() for k in ("a", "b", "cost")), strict=True):
        near[a].append((b, cost))
        near[b].append((a, cost))
    heap = [(0.0, int(city), -1) for city in cities.tolist()]
    parent: dict[int, int] = {}
    order = []
    while heap:
        cost, seat, via = heapq.heappop(heap)
        if seat in parent:
            continue
        parent[seat] = via
        order.append(seat)
        for other, more in near[seat]:
            if other not in parent:
                heapq.heappush(heap, (cost + more, other, seat))
    load = dict.fromkeys(order, 1)
    for seat in reversed(order):
        if parent[seat] >= 0:
            load[parent[seat]] += load[seat]
    return load, parent


def _piers(terrain: Terrain) -> Integers:
    """Per island the nearest pair of coast cells on the mainland and on it."""
    from scipy import ndimage
    from scipy.spatial import cKDTree

    grid = terrain.grid

    def coast(number: int) -> Integers:
        here = terrain.land == number
        return np.flatnonzero(here & ~ndimage.binary_erosion(here, border_value=1))

    mainland = coast(1)
    tree = cKDTree(np.column_stack(grid.xy(mainland)))
    pairs = []
    for number in range(2, int(terrain.land.max()) + 1):
        shore = coast(number)
        found: Any = tree.query(np.column_stack(grid.xy(shore)))
        away, nearest = found
        best = int(np.argmin(away))
        pairs.append((int(mainland[nearest[best]]), int(shore[best])))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _roadless(
    rng: np.random.Generator,
    terrain: Terrain,
    places: Settlements,
    towards: Integers,
    built: Integers,
) -> tuple[Integers, Integers]:
    """Villages off all roads, mountain villages first; and the roads they would need.

    A village can do without its road when no other village's road comes near; taking
    away more roads keeps that true.
    """
    from scipy.spatial import cKDTree

    grid, villages = terrain.grid, places.villages
    cells = villages["cell"].to_numpy()
    number = np.zeros(grid.size)
    number[cells] = np.arange(len(cells))
    here = np.zeros(grid.size)
    here[cells] = 1.0
    users = paths.accumulate(towards, here)
    owner = np.where(users == 1.0, paths.accumulate(towards, number), -1.0)
    owner[built] = -1.0
    used = np.union1d(np.flatnonzero(users > 0.0), built)
    away, nearest = cKDTree(np.column_stack(grid.xy(used))).query(
        np.column_stack(grid.xy(cells)), k=min(NEAR_CELLS, len(used))
    )
    foreign = owner[used[nearest]] != np.arange(len(cells))[:, None]
    near = (foreign & (away <= ROADLESS_M + grid.cell_m)).any(axis=1)
    setting = villages["setting"].to_numpy()
    able = ~villages["seat"].to_numpy() & np.isin(setting, ("mountain", "plain")) & ~near
    order = np.lexsort((rng.random(len(cells)), setting != "mountain"))
    count = max(1, round(ROADLESS_SHARE * len(cells)))
    roadless = np.sort(order[able[order]][:count])
    return roadless, paths.trace(towards, cells[roadless])


def _merge(laid: list[Integers], grid: Grid) -> tuple[Integers, Integers, Integers]:
    """Each step once with its best class; no two diagonals cross without a junction."""
    every = np.concatenate(laid)
    a, b = every[:, :2].min(axis=1), every[:, :2].max(axis=1)
    diagonal = (b - a != 1) & (b - a != grid.cols)
    corner = np.where(b - a == grid.cols + 1, a, a - 1)  # lower left of its four cells
    falling = diagonal & (b - a == grid.cols - 1)
    rising = np.unique(corner[diagonal & ~falling])
    crossing = falling & np.isin(corner, rising)
    bent = every[crossing]
    via = corner[crossing]
    first, second = bent.copy(), bent.copy()
    first[:, 1], second[:, 0] = via, via
    every = np.concatenate([every[~crossing], first, second])
    low, high = every[:, :2].min(axis=1), every[:, :2].max(axis=1)
    order = np.lexsort((every[:, 3], every[:, 2], high, low))
    low, high, every = low[order], high[order], every[order]
    new = np.ones(len(low), dtype=bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    named = np.where(every[:, 2] <= NAMED, every[:, 3], -1)
    return np.stack([low[new], high[new]], axis=1), every[new, 2], named[new]


def _connected(cells: Integers, ferries: Integers, size: int) -> Flags:
    """Steps of the largest network, islands included by their ferries."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    ends = np.concatenate([cells, ferries])
    graph = sparse.coo_array(
        (np.ones(len(ends), dtype=np.int8), (ends[:, 0], ends[:, 1])), shape=(size, size)
    )
    _, label = connected_components(graph, directed=False)
    largest = np.bincount(label[cells[:, 0]]).argmax()
    return np.asarray(label[cells[:, 0]] == largest)
