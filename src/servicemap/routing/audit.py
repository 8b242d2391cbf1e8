"""How often do areas and times disagree: every run samples places and routes each.

The shares are those of places drawn uniformly in the box of the largest area plus
a kilometre, and of places on the roads themselves. Precision: of the places inside
an area, the share that is truly within the cutoff. Recall: of the places truly
within, the share that is inside. "Truly" is the time of the same place by the
router.

A few minutes' walk around scattered points fill a thousandth of their box, so most
places there decide nothing. Each cutoff therefore has places of its own near its
area, and the two strata are weighted by their sizes [1]_: the same shares, from
more places that decide.

.. [1] W. G. Cochran, Sampling Techniques, 3rd ed., 1977, chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
import shapely

from servicemap.roads.projection import Projection
from servicemap.roads.snapping import snap
from servicemap.routing.travel_times import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps
    from servicemap.routing.isochrones import Area

SAMPLES = 1_000
MARGIN_M = 1_000.0
SEED = 15
COLUMNS = [
    "mode",
    "cutoff_min",
    "area_km2",
    "where",
    "samples",
    "decided",
    "precision",
    "recall",
]
_CELL_M = 250.0
_MAX_CELLS = 20_000


def audit(
    network: Network,
    points: Snaps,
    merged: Sequence[Area],
    *,
    snap_limit_m: float = 500.0,
    samples: int = SAMPLES,
) -> pd.DataFrame:
    """Precision and recall of merged areas (direction ``to``), off roads and on them.

    Parameters
    ----------
    network
        Roads of one mode.
    points
        The points that the areas belong to.
    merged
        Merged areas of several cutoffs, in the network's CRS.
    snap_limit_m
        The limit that the areas were made with.
    samples
        Places to draw in the box, again near each area, and as many on roads.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, a row per cutoff and ``where``: ``samples`` that were
        routed for it, ``decided`` of them inside the area or truly within the
        cutoff; a share is missing where no sample decides it.
    """
    shapes = [area.geometry for area in merged if not area.geometry.is_empty]
    if not shapes:
        return pd.DataFrame(columns=COLUMNS)
    cells = _Cells.around(shapes)
    near = [cells.near(area.geometry) for area in merged]
    random = np.random.default_rng(SEED)
    rows = []
    for where, draw in (
        ("off_road", _Anywhere(cells)),
        ("on_road", _OnRoads(network, cells)),
    ):
        # The first draw is from all there is, the others near each area.
        drawn = [draw(random, samples), *(draw(random, samples, one) for one in near)]
        x, y, cell = (np.concatenate(values) for values in zip(*drawn, strict=True))
        lon, lat = Projection(network.crs).to_degrees(x, y)
        snaps = snap(network, lon, lat, snap_limit_m, "origin")
        travel_ms = nearest(network, snaps, points).travel_ms
        turn = np.repeat(np.arange(len(drawn)), [len(values[0]) for values in drawn])
        for position, area in enumerate(merged):
            mine = (turn == 0) | (turn == position + 1)
            close = near[position][cell[mine]]
            rows.append(
                {
                    "mode": network.mode,
                    "cutoff_min": area.cutoff_min,
                    "area_km2": round(area.geometry.area / 1e6, 3),
                    "where": where,
                    **_shares(
                        shapely.contains_xy(area.geometry, x[mine], y[mine]),
                        (travel_ms[mine] >= 0)
                        & (travel_ms[mine] <= round(area.cutoff_min * 60_000)),
                        close,
                        draw.share(near[position]),
                    ),
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def _shares(
    inside: np.ndarray, within: np.ndarray, close: np.ndarray, share_near: float
) -> dict[str, float]:
    """Shares of the whole from two strata, each counted by its size."""
    weight = np.zeros(len(inside))
    for stratum, size in ((close, share_near), (~close, 1.0 - share_near)):
        if stratum.any():
            weight[stratum] = size / stratum.sum()
    both = float(weight[inside & within].sum())
    return {
        "samples": len(inside),
        "decided": int((inside | within).sum()),
        "precision": _share(both, float(weight[inside].sum())),
        "recall": _share(both, float(weight[within].sum())),
    }


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else float("nan")


@dataclass(frozen=True)
class _Cells:
    """Square cells over a box, and one more, the last, for all that lies outside."""

    west: float
    south: float
    size_m: float
    columns: int
    rows: int

    @classmethod
    def around(cls, shapes: list[shapely.Geometry]) -> Self:
        west, south, east, north = shapely.total_bounds(np.array(shapes))
        wide, high = east - west + 2 * MARGIN_M, north - south + 2 * MARGIN_M
        size_m = max(_CELL_M, (wide * high / _MAX_CELLS) ** 0.5)
        return cls(
            west - MARGIN_M,
            south - MARGIN_M,
            size_m,
            int(np.ceil(wide / size_m)),
            int(np.ceil(high / size_m)),
        )

    def of(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        column = np.floor((x - self.west) / self.size_m).astype(np.int64)
        row = np.floor((y - self.south) / self.size_m).astype(np.int64)
        there = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        return np.where(there, row * self.columns + column, self.columns * self.rows)

    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        cell = np.arange(self.columns * self.rows)
        return (
            self.west + self.size_m * (cell % self.columns),
            self.south + self.size_m * (cell // self.columns),
        )

    def near(self, area: shapely.Geometry) -> np.ndarray:
        """Cells of an area and their neighbours; a miss costs precision, never truth."""
        west, south = self.corners()
        half = self.size_m / 2
        shapely.prepare(area)
        touched = np.append(shapely.contains_xy(area, west + half, south + half), False)
        touched[self.of(*shapely.get_coordinates(area).T)] = True
        grid = np.zeros((self.rows + 2, self.columns + 2), dtype=bool)
        grid[1:-1, 1:-1] = touched[:-1].reshape(self.rows, self.columns)
        along = grid[:, :-2] | grid[:, 1:-1] | grid[:, 2:]
        around = along[:-2] | along[1:-1] | along[2:]
        return np.append(around.ravel(), False)


class _Anywhere:
    """Places in the box, uniform by area."""

    def __init__(self, cells: _Cells) -> None:
        self.cells = cells

    def share(self, near: np.ndarray) -> float:
        return float(near[:-1].mean())

    def __call__(
        self, random: np.random.Generator, samples: int, near: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        count = self.cells.columns * self.cells.rows
        among = np.arange(count) if near is None else np.flatnonzero(near)
        if not len(among):
            return np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64)
        cell = random.choice(among, samples)
        west, south = self.cells.corners()
        x = west[cell] + self.cells.size_m * random.uniform(0.0, 1.0, samples)
        y = south[cell] + self.cells.size_m * random.uniform(0.0, 1.0, samples)
        return x, y, cell


class _OnRoads:
    """Places on snappable roads, uniform by length; the middle of a piece says where."""

    def __init__(self, network: Network, cells: _Cells) -> None:
        is_last = np.zeros(len(network.vertex_x), dtype=bool)
        is_last[network.edge_first[1:] - 1] = True
        self.start = np.flatnonzero(~is_last & network.snappable)
        self.network = network
        self.length_m = network.along_m[self.start + 1] - network.along_m[self.start]
        self.cell = cells.of(
            *(
                (values[self.start] + values[self.start + 1]) / 2
                for values in (network.vertex_x, network.vertex_y)
            )
        )

    def share(self, near: np.ndarray) -> float:
        return float(self.length_m[near[self.cell]].sum() / self.length_m.sum())

    def __call__(
        self, random: np.random.Generator, samples: int, near: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        length_m = self.length_m if near is None else self.length_m * near[self.cell]
        if not length_m.sum() > 0:
            return np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64)
        chosen = random.choice(len(length_m), samples, p=length_m / length_m.sum())
        segment = self.start[chosen]
        t = random.uniform(0.0, 1.0, samples)
        x, y = (
            values[segment] + t * (values[segment + 1] - values[segment])
            for values in (self.network.vertex_x, self.network.vertex_y)
        )
        return x, y, self.cell[chosen]
