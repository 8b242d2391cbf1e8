"""From steps on a grid to drawn lines: positions, side streets, houses, ways.

A cell is a map node, so that all roads that use it meet there. Positions are
shifted and smoothed, except beside rivers, where a road must stay on its bank.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from servicemap.synthetic.lanes import CLASS, CLASSES

if TYPE_CHECKING:
    from servicemap.synthetic.roads import Steps
    from servicemap.synthetic.settlements import Settlements
    from servicemap.synthetic.terrain import Terrain

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

JITTER = 0.22  # of a cell
SPUR_M = (70.0, 130.0)
HOUSE_STEP_M = 24.0
HOUSE_ROAD_M = 13.0  # from the middle of the street to the middle of a house
HOUSE_CHANCE = {"city": 0.4, "town": 0.35, "plain": 0.24, "mountain": 0.2, "island": 0.3}
BLOCK_CHANCE = 0.055  # of a lot along a town street
MAX_WAY_NODES = 300
MAX_HOUSES = 400_000  # beyond it only a part is mapped


@dataclass(frozen=True)
class Drawing:
    """Lines in metres.

    Attributes
    ----------
    x, y
        One position per node; the first ``grid.size`` nodes are the cells.
    ways
        ``nodes`` (list), ``road_class``, ``name``, ``bridge``, ``oneway``.
    hamlets
        x, y of each hamlet: beside its street, not on it.
    houses
        x, y, angle (radians), width_m, depth_m, levels, village (row number).
    """

    x: Floats
    y: Floats
    ways: pd.DataFrame
    hamlets: Floats
    houses: pd.DataFrame


def draw(terrain: Terrain, places: Settlements, steps: Steps, seed: int) -> Drawing:
    """Positions, spurs, houses and ways."""
    rng = np.random.default_rng([seed, 4])
    x, y = _positions(rng, terrain, steps)
    spurs = _spurs(rng, places, steps, x, y)
    size = terrain.grid.size
    mapped = np.flatnonzero(spurs["mapped"])
    middle = size + 2 * np.arange(len(mapped))
    all_x = np.concatenate([x, spurs["x"][mapped, 1:].ravel()])
    all_y = np.concatenate([y, spurs["y"][mapped, 1:].ravel()])
    own = places.hamlets["cell"].to_numpy()[mapped]
    side = np.concatenate(
        [np.stack([own, middle], axis=1), np.stack([middle, middle + 1], axis=1)]
    )
    river = np.concatenate([terrain.river.ravel(), np.zeros(2 * len(mapped), dtype=bool)])
    ways = _ways(steps, side, river)
    houses = _houses(rng, places, steps, spurs, x=x, y=y)
    return Drawing(all_x, all_y, ways, spurs["hamlet"], houses)


def _positions(
    rng: np.random.Generator, terrain: Terrain, steps: Steps
) -> tuple[Floats, Floats]:
    from scipy import ndimage

    grid = terrain.grid
    x, y = grid.xy(np.arange(grid.size))
    bank = ndimage.binary_dilation(terrain.river, np.ones((3, 3), dtype=bool)).ravel()
    street = np.zeros(grid.size, dtype=bool)
    street[steps.cells[steps.rank == CLASS["residential"]]] = True
    free = ~bank
    shift = JITTER * grid.cell_m * np.where(street, 0.35, 1.0) * free
    x = x + shift * rng.uniform(-1.0, 1.0, grid.size)
    y = y + shift * rng.uniform(-1.0, 1.0, grid.size)
    degree = np.bincount(steps.cells.ravel(), minlength=grid.size)
    calm = np.flatnonzero(free & (degree == 2))  # noqa: PLR2004 - two arms: no junction
    for _ in range(2):
        for axis in (x, y):
            total = np.zeros(grid.size)
            np.add.at(total, steps.cells[:, 0], axis[steps.cells[:, 1]])
            np.add.at(total, steps.cells[:, 1], axis[steps.cells[:, 0]])
            axis[calm] = 0.5 * axis[calm] + 0.25 * total[calm]
    return x, y


def _spurs(
    rng: np.random.Generator, places: Settlements, steps: Steps, x: Floats, y: Floats
) -> dict[str, NDArray[np.float64]]:
    """A side street per hamlet, away from its other roads; not mapped where no road is."""
    cells = places.hamlets["cell"].to_numpy()
    east, north = np.zeros(len(x)), np.zeros(len(x))
    ends = np.concatenate([steps.cells, steps.cells[:, ::-1]])
    dx, dy = x[ends[:, 1]] - x[ends[:, 0]], y[ends[:, 1]] - y[ends[:, 0]]
    length = np.maximum(np.hypot(dx, dy), 1.0)
    np.add.at(east, ends[:, 0], dx / length)
    np.add.at(north, ends[:, 0], dy / length)
    some = np.zeros(len(x), dtype=bool)
    some[steps.cells] = True
    count = len(cells)
    angle = np.arctan2(-north[cells], -east[cells])
    vague = np.hypot(east[cells], north[cells]) < 0.5  # noqa: PLR2004 - arms balance
    angle = np.where(vague, rng.uniform(0.0, 2.0 * math.pi, count), angle)
    angle += rng.normal(0.0, 0.25, count)
    first = rng.uniform(0.45, 0.6, count)
    total = rng.uniform(*SPUR_M, count)
    turn = angle + rng.normal(0.0, 0.35, count)
    x1 = x[cells] + first * total * np.cos(angle)
    y1 = y[cells] + first * total * np.sin(angle)
    x2 = x1 + (1.0 - first) * total * np.cos(turn)
    y2 = y1 + (1.0 - first) * total * np.sin(turn)
    hamlet = np.column_stack([x1 - 16.0 * np.sin(turn), y1 + 16.0 * np.cos(turn)])
    setting = places.villages["setting"].to_numpy()[places.hamlets["village"]]
    return {
        "x": np.column_stack([x[cells], x1, x2]),
        "y": np.column_stack([y[cells], y1, y2]),
        "hamlet": hamlet,
        "mapped": some[cells] & (setting != "city"),
    }


def _houses(
    rng: np.random.Generator,
    places: Settlements,
    steps: Steps,
    spurs: dict[str, NDArray[np.float64]],
    *,
    x: Floats,
    y: Floats,
) -> pd.DataFrame:
    """Lots on both sides of the side streets and of town streets; some are built on."""
    village = places.hamlets["village"].to_numpy()
    setting = places.villages["setting"].to_numpy()[village]
    chance = pd.Series(setting).map(HOUSE_CHANCE).to_numpy()
    sx, sy = spurs["x"], spurs["y"]
    street = steps.cells[steps.rank == CLASS["residential"]]
    near = _nearest_village(places, street, x, y)
    axes = np.concatenate(
        [
            np.column_stack([sx[:, 0], sy[:, 0], sx[:, 1], sy[:, 1]]),
            np.column_stack([sx[:, 1], sy[:, 1], sx[:, 2], sy[:, 2]]),
            np.column_stack(
                [x[street[:, 0]], y[street[:, 0]], x[street[:, 1]], y[street[:, 1]]]
            ),
        ]
    )
    owner = np.concatenate([village, village, near])
    chance = np.concatenate([chance, chance, np.full(len(street), BLOCK_CHANCE)])
    length = np.hypot(axes[:, 2] - axes[:, 0], axes[:, 3] - axes[:, 1])
    lots = np.maximum((length / HOUSE_STEP_M).astype(np.int64), 1)
    row = np.repeat(np.arange(len(axes)), 2 * lots)
    rank = np.arange(len(row)) - np.repeat(np.cumsum(2 * lots) - 2 * lots, 2 * lots)
    built = rng.random(len(row)) < chance[row]
    built &= rng.random(len(row)) < MAX_HOUSES / max(int(built.sum()), MAX_HOUSES)
    row, rank = row[built], rank[built]
    t = (rank // 2 + 0.5) / lots[row]
    side = np.where(rank % 2 == 0, 1.0, -1.0) * (HOUSE_ROAD_M + rng.uniform(0, 4, len(row)))
    angle = np.arctan2(axes[:, 3] - axes[:, 1], axes[:, 2] - axes[:, 0])[row]
    dx, dy = axes[row, 2] - axes[row, 0], axes[row, 3] - axes[row, 1]
    own = places.villages["setting"].to_numpy()[owner[row]]
    city, town = own == "city", own == "town"
    levels = np.select(
        [city, town], [rng.integers(3, 12, len(row)), rng.integers(2, 7, len(row))], 0
    )
    return pd.DataFrame(
        {
            "x": axes[row, 0] + t * dx - side * np.sin(angle),
            "y": axes[row, 1] + t * dy + side * np.cos(angle),
            "angle": angle,
            "width_m": np.where(city, 20.0, 11.0) + rng.uniform(-2.0, 4.0, len(row)),
            "depth_m": np.where(city, 12.0, 9.0) + rng.uniform(-1.5, 2.0, len(row)),
            "levels": levels,
            "village": owner[row],
        }
    )


def _nearest_village(
    places: Settlements, street: Integers, x: Floats, y: Floats
) -> Integers:
    from scipy.spatial import cKDTree

    cells = places.villages["cell"].to_numpy()
    _, near = cKDTree(np.column_stack([x[cells], y[cells]])).query(
        np.column_stack([x[street[:, 0]], y[street[:, 0]]])
    )
    return np.asarray(near, dtype=np.int64)


def _ways(steps: Steps, side: Integers, river: NDArray[np.bool_]) -> pd.DataFrame:
    """Chains of steps with the same properties, from junction to junction."""
    cells = np.concatenate([steps.cells, side])
    zeros = np.zeros(len(side), dtype=np.int64)
    rank = np.concatenate([steps.rank, zeros + CLASS["residential"]])
    name = np.concatenate([steps.name, zeros - 1])
    bridge = river[cells].any(axis=1)
    oneway = np.concatenate([steps.oneway, zeros])
    kind = ((rank * (len(steps.names) + 1) + name + 1) * 2 + bridge) * 3 + oneway + 1
    arms: dict[int, list[int]] = defaultdict(list)
    pairs = cells.tolist()
    for number, (a, b) in enumerate(pairs):
        arms[a].append(number)
        arms[b].append(number)
    kinds = kind.tolist()
    ends = {
        node
        for node, own in arms.items()
        if len(own) != 2 or kinds[own[0]] != kinds[own[1]]  # noqa: PLR2004 - passing through
    }
    used = [False] * len(pairs)
    rows: list[tuple[list[int], int]] = []

    def follow(node: int, number: int) -> None:
        way = [node]
        while not used[number]:
            used[number] = True
            a, b = pairs[number]
            node = b if node == a else a
            way.append(node)
            if node in ends or len(way) >= MAX_WAY_NODES:
                break
            first, second = arms[node]
            number = second if used[first] else first
        rows.append((way, kinds[number]))

    for node in sorted(ends):
        for number in arms[node]:
            if not used[number]:
                follow(node, number)
    for number, (a, _) in enumerate(pairs):  # rings without a junction, cut ways
        if not used[number]:
            follow(a, number)
    code = np.array([one for _, one in rows])
    with_names = code // 6
    turned = code % 3 - 1
    nodes = [
        way[::-1] if _runs_down(way) and turn else way
        for (way, _), turn in zip(rows, turned.tolist(), strict=True)
    ]
    nodes = [
        way[::-1] if turn < 0 else way
        for way, turn in zip(nodes, turned.tolist(), strict=True)
    ]
    label = with_names % (len(steps.names) + 1) - 1
    return pd.DataFrame(
        {
            "nodes": nodes,
            "road_class": np.array(CLASSES)[with_names // (len(steps.names) + 1)],
            "name": [steps.names[k] if k >= 0 else "" for k in label.tolist()],
            "bridge": (code // 3) % 2 == 1,
            "oneway": turned != 0,
        }
    )


def _runs_down(way: list[int]) -> bool:
    """Whether a way runs against the order of its steps (smaller cell first)."""
    return way[0] > way[-1]
