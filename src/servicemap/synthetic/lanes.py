"""Smaller roads: to villages and hamlets, across to the neighbours, streets in town."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.synthetic import paths

if TYPE_CHECKING:
    from servicemap.synthetic.grid import Flags, Grid, Integers
    from servicemap.synthetic.settlements import Settlements
    from servicemap.synthetic.terrain import Terrain

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
ROADLESS_M = 750.0  # nothing is mapped this near to a village without a road
STREET_RADIUS_M = {"city": 700.0, "town": 420.0, "plain": 150.0, "island": 150.0}
CENTRE_RADIUS_M = 1_400.0
STREET_SLOPE = 0.14


def classed(steps: Integers, road_class: str, name: int = -1) -> Integers:
    """Steps with class and name as further columns."""
    extra = np.full((len(steps), 2), [CLASS[road_class], name], dtype=np.int64)
    return np.concatenate([steps, extra], axis=1)


def village_roads(
    rng: np.random.Generator, places: Settlements, towards: Integers, roadless: Integers
) -> list[Integers]:
    """Each village's way to the main roads; hill villages have tracks or paths."""
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
        classed(paths.trace(towards, cells[road_class == name]), name) for name in CLASSES
    ]


def hamlet_roads(
    rng: np.random.Generator, places: Settlements, towards: Integers
) -> list[Integers]:
    """Each hamlet's way to the next road."""
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
        classed(paths.trace(towards, cells[road_class == name]), name) for name in CLASSES
    ]


def cross_links(
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
        laid.append(classed(steps, road_class))
    return laid


def streets(
    terrain: Terrain, places: Settlements, closed: Flags, roadless: Integers
) -> Integers:
    """Blocks of two cells around towns and villages."""
    grid = terrain.grid
    fits = (terrain.land > 0) & ~terrain.river & ~terrain.reservoir
    fits = (fits & (terrain.slope < STREET_SLOPE)).ravel() & ~closed
    villages = places.villages.drop(index=roadless.tolist())
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
    return classed(np.concatenate(found), "residential")


def around(grid: Grid, cells: Integers) -> Flags:
    """Cells within `ROADLESS_M` of any of the given ones."""
    from scipy.spatial import cKDTree

    if not len(cells):
        return np.zeros(grid.size, dtype=bool)
    away, _ = cKDTree(np.column_stack(grid.xy(cells))).query(
        np.column_stack(grid.xy(np.arange(grid.size))), distance_upper_bound=ROADLESS_M
    )
    return np.asarray(away < ROADLESS_M)


def without(graph: Any, closed: Flags) -> Any:
    """The graph without the steps that enter or leave closed cells."""
    from scipy import sparse

    tails = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    keep = ~(closed[tails] | closed[graph.indices])
    counts = np.bincount(tails[keep], minlength=graph.shape[0])
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return sparse.csr_array(
        (graph.data[keep], graph.indices[keep], starts), shape=graph.shape
    )


def one_way(grid: Grid, places: Settlements, cells: Integers, rank: Integers) -> Integers:
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
