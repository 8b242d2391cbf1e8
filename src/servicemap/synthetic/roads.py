"""Roads of the made-up county: a few searches over the land, classes by what they join."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servicemap.synthetic import paths
from servicemap.synthetic.settlements import Settlements
from servicemap.synthetic.terrain import Grid, Terrain

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Best first: where two roads share a step, the better class stays.
CLASSES = (
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "track",
    "path",
)
CLASS = {name: number for number, name in enumerate(CLASSES)}
ROADLESS_SHARE = 0.012  # villages without any mapped road
ROADLESS_M = 750.0  # nothing is mapped this near to them
STREET_RADIUS_M = {"city": 700.0, "town": 420.0, "plain": 150.0, "island": 150.0}
CENTRE_RADIUS_M = 1_400.0
STREET_SLOPE = 0.14
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
        Index into `CLASSES`.
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


def build(terrain: Terrain, places: Settlements, seed: int) -> Steps:
    """Lay out all roads."""
    rng = np.random.default_rng([seed, 3])
    main, road_names = _main_roads(places)
    laid = [main]
    built = np.union1d(main[:, :2], places.townships["cell"].to_numpy())
    ferries = _piers(terrain)
    cost, towards, _ = paths.grow(places.road_graph, built)
    laid.append(_with(paths.trace(towards, ferries.ravel()), "tertiary"))
    roadless, missing = _roadless(rng, terrain, places, cost, towards, built)
    laid += _village_roads(rng, places, towards, roadless)
    closed = _around(terrain.grid, places.villages["cell"].to_numpy()[roadless])
    laid.append(_streets(terrain, places, closed, roadless))
    graph = _without(places.road_graph, closed)
    built = np.unique(np.concatenate([m[:, :2].ravel() for m in laid]))
    _, towards, _ = paths.grow(graph, built)
    laid += _hamlet_roads(rng, places, towards)
    laid += _cross_links(rng, terrain, places, graph, roadless)
    cells, rank, name = _merge(laid, terrain.grid)
    kept = _connected(cells, ferries, terrain.grid.size)
    cells, rank, name = cells[kept], rank[kept], name[kept]
    return Steps(
        cells,
        rank,
        name,
        _one_way(terrain.grid, places, cells, rank),
        road_names,
        ferries,
        roadless,
        missing,
    )


def _with(steps: Integers, road_class: str, name: int = -1) -> Integers:
    """Steps with class and name as further columns."""
    extra = np.full((len(steps), 2), [CLASS[road_class], name], dtype=np.int64)
    return np.concatenate([steps, extra], axis=1)


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
    steps, road_names = [np.empty((0, 4), dtype=np.int64)], []
    for a, b, u, v in zip(
        *(found[key].tolist() for key in ("a", "b", "u", "v")), strict=True
    ):
        child = a if parent.get(a) == b else b if parent.get(b) == a else -1
        on_tree = child >= 0
        busy = on_tree and load[child] >= 4  # noqa: PLR2004 - seats behind this road
        road_class = "trunk" if busy else "primary" if on_tree else "secondary"
        way = paths.walk(towards, u)[::-1] + paths.walk(towards, v)
        pairs = np.stack([way[:-1], way[1:]], axis=1)
        steps.append(_with(pairs, road_class, len(road_names)))
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
        away, nearest = tree.query(np.column_stack(grid.xy(shore)))
        best = int(np.argmin(away))
        pairs.append((int(mainland[nearest[best]]), int(shore[best])))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _roadless(
    rng: np.random.Generator,
    terrain: Terrain,
    places: Settlements,
    cost: Floats,
    towards: Integers,
    built: Integers,
) -> tuple[Integers, Integers]:
    """Villages off all roads, mountain villages first; and the roads they would need."""
    from scipy.spatial import cKDTree

    grid, villages = terrain.grid, places.villages
    count = max(1, round(ROADLESS_SHARE * len(villages)))
    setting = villages["setting"].to_numpy()
    cells = villages["cell"].to_numpy()
    able = ~villages["seat"].to_numpy() & np.isin(setting, ("mountain", "plain"))
    order = np.lexsort(
        (rng.random(len(villages)), -np.round(cost[cells], -1), setting != "mountain")
    )
    tried = order[able[order]][: 5 * count + 5]
    others = np.setdiff1d(np.arange(len(villages)), tried)
    chosen: list[int] = []
    for village in tried.tolist():
        rest = [other for other in tried.tolist() if other not in {village, *chosen}]
        ways = paths.trace(towards, cells[np.concatenate([others, rest]).astype(int)])
        used = np.concatenate([ways.ravel(), built])
        away, _ = cKDTree(np.column_stack(grid.xy(used))).query(
            np.column_stack(grid.xy(cells[[village]]))
        )
        if float(away[0]) > ROADLESS_M + grid.cell_m:
            chosen.append(village)
        if len(chosen) == count:
            break
    roadless = np.array(sorted(chosen), dtype=np.int64)
    missing = paths.trace(towards, cells[roadless])
    return roadless, missing


def _village_roads(
    rng: np.random.Generator, places: Settlements, towards: Integers, roadless: Integers
) -> list[Integers]:
    villages = places.villages
    draw = rng.random(len(villages))
    high = (villages["setting"] == "mountain").to_numpy()
    road_class = np.select(
        [high & (draw < 0.04), high & (draw < 0.12), high & (draw < 0.85), draw < 0.45],  # noqa: PLR2004 - shares
        ["path", "track", "unclassified", "unclassified"],
        "tertiary",
    )
    road_class[roadless] = ""
    cells = villages["cell"].to_numpy()
    return [
        _with(paths.trace(towards, cells[road_class == name]), name) for name in CLASSES
    ]


def _hamlet_roads(
    rng: np.random.Generator, places: Settlements, towards: Integers
) -> list[Integers]:
    hamlets = places.hamlets
    setting = places.villages["setting"].to_numpy()[hamlets["village"]]
    draw = rng.random(len(hamlets))
    high = setting == "mountain"
    road_class = np.select(
        [high & (draw < 0.15), high & (draw < 0.45), draw < 0.6],  # noqa: PLR2004 - shares
        ["path", "track", "unclassified"],
        "residential",
    )
    cells = hamlets["cell"].to_numpy()
    return [
        _with(paths.trace(towards, cells[road_class == name]), name) for name in CLASSES
    ]


def _cross_links(
    rng: np.random.Generator,
    terrain: Terrain,
    places: Settlements,
    graph: Any,
    roadless: Integers,
) -> list[Integers]:
    """Links between neighbouring villages: roads in the plain, old paths in the hills."""
    cells = np.delete(places.villages["cell"].to_numpy(), roadless)
    distance, towards, source = paths.grow(graph, cells)
    found = paths.links(graph, distance, source)
    kept = paths.relative_neighbours(found)
    found = {key: values[kept] for key, values in found.items()}
    x, y = terrain.grid.xy(np.stack([found["a"], found["b"]]))
    straight = np.hypot(x[0] - x[1], y[0] - y[1]) / terrain.grid.cell_m
    easy = found["cost"] < 1.6 * straight + 4.0
    draw = rng.random(len(straight))
    laid = []
    for road_class, wanted in (
        ("tertiary", easy & (draw < 0.25)),  # noqa: PLR2004 - shares
        ("unclassified", easy & (draw >= 0.25) & (draw < 0.6)),  # noqa: PLR2004
        ("path", ~easy & (draw < 0.45)),  # noqa: PLR2004
    ):
        ends = np.concatenate([found["u"][wanted], found["v"][wanted]])
        touch = np.stack([found["u"][wanted], found["v"][wanted]], axis=1)
        steps = np.concatenate([paths.trace(towards, ends), touch.astype(np.int64)])
        laid.append(_with(steps, road_class))
    return laid


def _streets(
    terrain: Terrain, places: Settlements, closed: NDArray[np.bool_], roadless: Integers
) -> Integers:
    """Blocks of two cells around towns and villages."""
    grid = terrain.grid
    fits = (terrain.land > 0) & ~terrain.river & ~terrain.reservoir
    fits = (fits & (terrain.slope < STREET_SLOPE)).ravel() & ~closed
    villages = places.villages.drop(index=roadless)
    groups = [
        (radius, villages["cell"].to_numpy()[(villages["setting"] == setting).to_numpy()])
        for setting, radius in STREET_RADIUS_M.items()
    ]
    groups.append((CENTRE_RADIUS_M, places.cities))
    found = [np.empty((0, 2), dtype=np.int64)]
    for radius, centres in groups:
        reach = max(1, round(radius / grid.cell_m))
        dr, dc = np.indices((2 * reach + 1, 2 * reach + 1)) - reach
        inside = dr * dr + dc * dc <= reach * reach + 1
        row, col = np.divmod(centres, grid.cols)
        for lane, (down, right) in ((dr, (0, 1)), (dc, (1, 0))):
            here = inside & (lane % 2 == 0)
            r = (row[:, None] + dr[here]).ravel()
            c = (col[:, None] + dc[here]).ravel()
            ok = (r >= 0) & (c >= 0) & (r + down < grid.rows) & (c + right < grid.cols)
            a = r[ok] * grid.cols + c[ok]
            b = (r[ok] + down) * grid.cols + c[ok] + right
            good = fits[a] & fits[b]
            found.append(np.stack([a[good], b[good]], axis=1))
    return _with(np.concatenate(found), "residential")


def _around(grid: Grid, cells: Integers) -> NDArray[np.bool_]:
    """Cells within `ROADLESS_M` of any of the given ones."""
    from scipy.spatial import cKDTree

    if not len(cells):
        return np.zeros(grid.size, dtype=bool)
    away, _ = cKDTree(np.column_stack(grid.xy(cells))).query(
        np.column_stack(grid.xy(np.arange(grid.size))), distance_upper_bound=ROADLESS_M
    )
    return np.asarray(away < ROADLESS_M)


def _without(graph: Any, closed: NDArray[np.bool_]) -> Any:
    """The graph without the steps that enter or leave closed cells."""
    from scipy import sparse

    tails = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    keep = ~(closed[tails] | closed[graph.indices])
    counts = np.bincount(tails[keep], minlength=graph.shape[0])
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return sparse.csr_array(
        (graph.data[keep], graph.indices[keep], starts), shape=graph.shape
    )


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


def _connected(cells: Integers, ferries: Integers, size: int) -> NDArray[np.bool_]:
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


def _one_way(grid: Grid, places: Settlements, cells: Integers, rank: Integers) -> Integers:
    """Every other north-south street of a city centre, up and down in turn."""
    from scipy.spatial import cKDTree

    x, y = grid.xy(cells[:, 0])
    away, city = cKDTree(np.column_stack(grid.xy(places.cities))).query(
        np.column_stack([x, y])
    )
    lane = cells[:, 0] % grid.cols - places.cities[city] % grid.cols
    upright = cells[:, 1] - cells[:, 0] == grid.cols
    street = (rank == CLASS["residential"]) & upright & (away < 0.7 * CENTRE_RADIUS_M)
    return np.where(street & (lane % 8 == 2), 1, np.where(street & (lane % 8 == 6), -1, 0))  # noqa: PLR2004 - a pattern of streets
