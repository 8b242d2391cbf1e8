"""A uniform grid over pieces of line: which of them pass through which cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL_M = 150.0
MAX_CELLS = 16_000_000
MOST_RINGS = 100  # of empty cells around a cell that are counted


@njit(cache=CACHE, nogil=True)
def _cells_of(ax, ay, bx, by, x0, y0, cell, nx, ny):
    """Rows of the grid's table: which segments touch which cell.

    A segment is entered in the cells that it passes, column by column, with a
    little margin, and not in its whole bounding box.
    """
    count = np.zeros(nx * ny + 1, np.int64)
    total = 0
    for turn in range(2):
        if turn == 1:
            for c in range(nx * ny):
                count[c + 1] += count[c]
            total = count[nx * ny]
            items = np.empty(total, np.int32)
            fill = count[:-1].copy()
        else:
            items = np.empty(0, np.int32)
            fill = count[:0].copy()
        for s in range(len(ax)):
            x1, y1, x2, y2 = ax[s], ay[s], bx[s], by[s]
            if x1 > x2:
                x1, y1, x2, y2 = x2, y2, x1, y1
            i1 = min(max(int((x1 - x0) / cell), 0), nx - 1)
            i2 = min(max(int((x2 - x0) / cell), 0), nx - 1)
            for i in range(i1, i2 + 1):
                left = max(x0 + i * cell, x1)
                right = min(x0 + (i + 1) * cell, x2)
                if x2 > x1:
                    ya = y1 + (y2 - y1) * (left - x1) / (x2 - x1)
                    yb = y1 + (y2 - y1) * (right - x1) / (x2 - x1)
                else:
                    ya, yb = y1, y2
                if ya > yb:
                    ya, yb = yb, ya
                j1 = min(max(int((ya - y0) / cell - 1e-6), 0), ny - 1)
                j2 = min(max(int((yb - y0) / cell + 1e-6), 0), ny - 1)
                for j in range(j1, j2 + 1):
                    c = j * nx + i
                    if turn == 0:
                        count[c + 1] += 1
                    else:
                        items[fill[c]] = s
                        fill[c] += 1
    return count, items


@njit(cache=CACHE, nogil=True)
def _empty_rings(first, nx, ny):
    """How many rings around each cell hold no segment: the distance in steps of a king.

    Two sweeps over the grid, one from each corner, pass it from cell to cell.
    """
    rings = np.full(nx * ny, MOST_RINGS, np.uint8)
    for j in range(ny):
        for i in range(nx):
            c = j * nx + i
            if first[c] < first[c + 1]:
                rings[c] = 0
                continue
            least = MOST_RINGS - 1
            if i > 0:
                least = min(least, int(rings[c - 1]))
            if j > 0:
                for near in range(max(i - 1, 0), min(i + 1, nx - 1) + 1):
                    least = min(least, int(rings[c - nx - i + near]))
            rings[c] = least + 1
    for j in range(ny - 1, -1, -1):
        for i in range(nx - 1, -1, -1):
            c = j * nx + i
            if rings[c] == 0:
                continue
            least = int(rings[c]) - 1
            if i < nx - 1:
                least = min(least, int(rings[c + 1]))
            if j < ny - 1:
                for near in range(max(i - 1, 0), min(i + 1, nx - 1) + 1):
                    least = min(least, int(rings[c + nx - i + near]))
            rings[c] = least + 1
    return rings


@dataclass(frozen=True)
class Grid:
    """A uniform grid over line segments, in metres.

    ``rings`` says how many rings of cells around each, its own counted, are empty.
    """

    x0: float
    y0: float
    cell: float
    nx: int
    ny: int
    first: NDArray[np.int64]
    items: NDArray[np.int32]
    rings: NDArray[np.uint8]


def grid_over(
    ax: NDArray[np.float64],
    ay: NDArray[np.float64],
    bx: NDArray[np.float64],
    by: NDArray[np.float64],
    cell_m: float = CELL_M,
) -> Grid:
    """Sort segments into cells; the cells grow where the area is vast."""
    if not len(ax):
        none = np.empty(0, np.int32)
        return Grid(
            0.0, 0.0, cell_m, 0, 0, np.zeros(1, np.int64), none, none.astype(np.uint8)
        )
    x0, x1 = min(ax.min(), bx.min()), max(ax.max(), bx.max())
    y0, y1 = min(ay.min(), by.min()), max(ay.max(), by.max())
    cell = max(cell_m, float(np.sqrt((x1 - x0) * (y1 - y0) / MAX_CELLS)))
    nx, ny = int((x1 - x0) / cell) + 1, int((y1 - y0) / cell) + 1
    first, items = _cells_of(ax, ay, bx, by, x0, y0, cell, nx, ny)
    rings = _empty_rings(first, nx, ny)
    return Grid(float(x0), float(y0), cell, nx, ny, first, items, rings)
