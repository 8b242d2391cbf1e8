"""The square grid on which the made-up land lies, and the noise that shapes it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

CENTRE = (121.30, 28.65)  # degrees; on the sea side, with invented land
M_PER_DEGREE = 6_371_008.8 * math.pi / 180.0
FEATURE_M = 46_000.0  # size of a county: landscape features do not grow beyond it


@dataclass(frozen=True)
class Grid:
    """A square grid in metres around `CENTRE`; row 0 is south, column 0 west."""

    rows: int
    cols: int
    cell_m: float
    warp_x: Floats
    warp_y: Floats

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.rows * self.cols

    @property
    def feature_m(self) -> float:
        """Length to which landscape features are scaled."""
        return min(self.cols * self.cell_m, FEATURE_M)

    def xy(self, cells: Any) -> tuple[Floats, Floats]:
        """Centres of cells, metres east and north of the south-west corner."""
        rows, cols = np.divmod(np.asarray(cells), self.cols)
        return (cols + 0.5) * self.cell_m, (rows + 0.5) * self.cell_m

    def cells(self, x: Any, y: Any) -> Integers:
        """Cells that hold points given in metres; points outside take the rim."""
        cols = np.clip(np.asarray(x) // self.cell_m, 0, self.cols - 1).astype(np.int64)
        rows = np.clip(np.asarray(y) // self.cell_m, 0, self.rows - 1).astype(np.int64)
        return rows * self.cols + cols

    def lonlat(self, x: Any, y: Any) -> tuple[Floats, Floats]:
        """Degrees WGS-84 (1e-6) of points in metres, gently bent.

        The bend keeps streets from looking like the grid that they were made on.
        """
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        at = [y / self.cell_m - 0.5, x / self.cell_m - 0.5]
        bent_x = x + self._sample(self.warp_x, at)
        bent_y = y + self._sample(self.warp_y, at)
        east = bent_x - self.cols * self.cell_m / 2.0
        north = bent_y - self.rows * self.cell_m / 2.0
        shrink = math.cos(math.radians(CENTRE[1]))
        lon = CENTRE[0] + east / (M_PER_DEGREE * shrink)
        return np.round(lon, 6), np.round(CENTRE[1] + north / M_PER_DEGREE, 6)

    def xy_of(self, lon: Any, lat: Any) -> tuple[Floats, Floats]:
        """Inverse of `lonlat` to within a few metres."""
        shrink = math.cos(math.radians(CENTRE[1]))
        x = (np.asarray(lon) - CENTRE[0]) * M_PER_DEGREE * shrink
        y = (np.asarray(lat) - CENTRE[1]) * M_PER_DEGREE
        x, y = x + self.cols * self.cell_m / 2.0, y + self.rows * self.cell_m / 2.0
        at = [y / self.cell_m - 0.5, x / self.cell_m - 0.5]
        return x - self._sample(self.warp_x, at), y - self._sample(self.warp_y, at)

    @staticmethod
    def _sample(field: Floats, at: list[Any]) -> Any:
        from scipy import ndimage

        return ndimage.map_coordinates(field, at, order=1, mode="nearest")


def noise(rng: np.random.Generator, rows: int, cols: int, wavelength: float) -> Floats:
    """Smooth random field of about unit spread; ``wavelength`` in cells."""
    from scipy import sparse

    def spline(length: int) -> Any:
        at = np.arange(length) / wavelength
        base = np.floor(at).astype(np.int64)
        f = at - base
        weights = np.stack(
            [
                (1 - f) ** 3,
                3 * f**3 - 6 * f**2 + 4,
                -3 * f**3 + 3 * f**2 + 3 * f + 1,
                f**3,
            ]
        )
        columns = base + np.arange(4)[:, None]
        row = np.broadcast_to(np.arange(length), columns.shape)
        shape = (length, int(base.max()) + 4)
        return sparse.csr_array(
            (weights.ravel() / 6.0, (row.ravel(), columns.ravel())), shape=shape
        )

    down, across = spline(rows), spline(cols)
    lattice = rng.standard_normal((down.shape[1], across.shape[1]))
    spread = 2.0  # a cubic B-spline halves the spread of its lattice, about
    return np.asarray(spread * (across @ (down @ lattice).T).T)
