"""The label grid: which road each cell of the land belongs to, and how far it walks.

Every grid point knows its own nearest edge, place on it and straight leg, by
the very rule that joins a service point or a village to the road. That is done
once per mode, network and cell size; an area is then nothing but the times of
the reached edges, looked up.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from servicemap.roads.snapping import snapper

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Role

MAX_CELLS = 60_000_000
POINTS_AT_ONCE = 200_000


@dataclass(frozen=True)
class Labels:
    """Grid points near roads, sorted by the edge that they belong to.

    Grid point ``(i, j)`` lies at ``(i * cell_m, j * cell_m)`` in the projected
    CRS, so that grids of one cell size always coincide.

    Attributes
    ----------
    first : (edges + 1,) int64
        Grid points of edge ``e`` are rows ``first[e]`` to ``first[e + 1] - 1``.
    cells : (rows, 5) int32
        Side by side, for they are read together: grid point ``i, j``; time from the
        edge's first vertex to the place, and back; the straight leg, walked (ms).
    box : (edges, 4) int32
        First and last i, first and last j of each edge's grid points.
    """

    cell_m: float
    snap_limit_m: float
    first: NDArray[np.int64]
    cells: NDArray[np.int32]
    box: NDArray[np.int32]


_made: WeakKeyDictionary[Network, dict[tuple[float, float, Role], Labels]] = (
    WeakKeyDictionary()
)


def label_grid(
    network: Network, cell_m: float, snap_limit_m: float, role: Role = "both"
) -> Labels:
    """Labels of all grid points within the snap limit of a road; made once and kept.

    Where a network is so vast that there would be more than 60 million grid
    points, the cell is doubled until there are fewer.
    """
    made = _made.setdefault(network, {})
    main = snapper(network).main
    if np.array_equal(main["both"], main[role]):
        role = "both"  # no road leads one way only: one grid serves both directions
    key = (cell_m, snap_limit_m, role)
    if key not in made:
        made[key] = _label(network, cell_m, snap_limit_m, role)
    return made[key]


def _label(network: Network, cell_m: float, snap_limit_m: float, role: Role) -> Labels:
    tool = snapper(network)
    ax, ay, bx, by = tool.ends
    if not len(ax):
        none = np.empty((0, 5), dtype=np.int32)
        first = np.zeros(network.n_edges + 1, dtype=np.int64)
        box = np.zeros((network.n_edges, 4), dtype=np.int32)
        return Labels(cell_m, snap_limit_m, first, none, box)
    west, east = min(ax.min(), bx.min()), max(ax.max(), bx.max())
    south, north = min(ay.min(), by.min()), max(ay.max(), by.max())
    while True:
        i0 = int(np.floor((west - snap_limit_m) / cell_m))
        i1 = int(np.ceil((east + snap_limit_m) / cell_m))
        j0 = int(np.floor((south - snap_limit_m) / cell_m))
        j1 = int(np.ceil((north + snap_limit_m) / cell_m))
        ni, nj = i1 - i0 + 1, j1 - j0 + 1
        if ni * nj <= MAX_CELLS:
            break
        cell_m *= 2
    rows_each = max(1, POINTS_AT_ONCE // ni)
    blocks = [(j, min(j + rows_each, nj)) for j in range(0, nj, rows_each)]

    def work(block: tuple[int, int]) -> Any:
        j, i = np.mgrid[j0 + block[0] : j0 + block[1], i0 : i0 + ni]
        i, j = i.ravel().astype(np.int32), j.ravel().astype(np.int32)
        segment, t, distance = tool.nearest_segments(
            i * cell_m, j * cell_m, snap_limit_m, role
        )
        hit = segment >= 0
        return i[hit], j[hit], segment[hit], t[hit], distance[hit]

    with ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(work, blocks))
    i, j, segment, t, distance = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    edge = network.edge_of_vertex[segment]
    order = np.argsort(edge, kind="stable")
    first = np.zeros(network.n_edges + 1, dtype=np.int64)
    np.cumsum(np.bincount(edge, minlength=network.n_edges), out=first[1:])

    def place(values: NDArray[np.int32]) -> NDArray[np.float64]:
        here = values[segment].astype(np.float64)
        there = values[segment + 1].astype(np.float64)
        return (here + np.rint(t * (there - here)))[order]

    cells = np.empty((len(order), 5), dtype=np.int32)
    cells[:, 0], cells[:, 1] = i[order], j[order]
    cells[:, 2], cells[:, 3] = place(network.forward_ms), place(network.backward_ms)
    cells[:, 4] = np.rint(distance[order] / network.leg_mps * 1000.0)
    seated = np.flatnonzero(np.diff(first))  # edges with grid points of their own
    box = np.zeros((network.n_edges, 4), dtype=np.int32)
    for column, (least, of) in enumerate(
        [(np.minimum, 0), (np.maximum, 0), (np.minimum, 1), (np.maximum, 1)]
    ):
        if len(seated):
            box[seated, column] = least.reduceat(cells[:, of], first[seated])
    return Labels(
        cell_m=cell_m, snap_limit_m=snap_limit_m, first=first, cells=cells, box=box
    )
