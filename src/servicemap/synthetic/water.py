"""Where water runs on the made-up land: drainage, valleys, reservoirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from servicemap.synthetic import paths
from servicemap.synthetic.grid import Flags, Floats, Grid, Integers, noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESERVOIR_LEAST, RESERVOIR_MOST = 25, 350  # hectares


def drainage(
    rng: np.random.Generator, grid: Grid, land: NDArray[np.int32], elevation: Floats
) -> tuple[Integers, Floats]:
    """Where water of each mainland cell goes next, and the area that it drains."""
    from scipy import ndimage

    main = land == 1
    rows, cols = land.shape
    bends = noise(rng, rows, cols, 9.0) + 0.8 * noise(rng, rows, cols, 3.5)
    steep = (8.0 + elevation) ** 1.5 * np.exp(1.1 * bends)
    graph = paths.lattice(main, steep, edges_only=True)
    coast = main & ~ndimage.binary_erosion(main, border_value=1)
    _, towards, _ = paths.grow(graph, np.flatnonzero(coast))
    return towards, paths.accumulate(towards, main.ravel()).reshape(land.shape) * (
        grid.cell_m**2
    )


def carve(elevation: Floats, drained: Floats, stream: float, land: Flags) -> Floats:
    """Wider and flatter valleys along the streams."""
    from scipy import ndimage

    wide = ndimage.gaussian_filter((drained > 8 * stream).astype(np.float64), 4.0)
    narrow = ndimage.gaussian_filter((drained > stream).astype(np.float64), 1.6)
    depth = np.clip(1.5 * wide + 0.9 * narrow, 0.0, 0.82)
    smooth = ndimage.gaussian_filter(elevation * (1.0 - depth), 1.0)
    return np.where(land, np.maximum(smooth, 2.0), 0.0)


def reservoirs(
    grid: Grid, elevation: Floats, river: Flags, drained: Floats, county_m2: float
) -> Flags:
    """A lake behind a made-up dam in a mountain valley, one a county."""
    from scipy import ndimage

    found = np.zeros_like(river)
    high = river & (elevation > 0.08 * elevation.max()) & (drained < 0.05 * county_m2)
    places = np.flatnonzero(high)
    reach = round(1_500.0 / grid.cell_m)
    for place in places[:: max(1, round(county_m2 / grid.cell_m**2 / 60))][:200]:
        row, col = divmod(int(place), grid.cols)
        rows = slice(max(0, row - reach), row + reach)
        cols = slice(max(0, col - reach), col + reach)
        if found[rows, cols].any():
            continue
        low = elevation[rows, cols] < elevation[row, col] + 12.0
        low &= elevation[rows, cols] >= elevation[row, col] - 0.5
        parts, _ = ndimage.label(low)
        mine = parts == parts[row - rows.start, col - cols.start]
        hectares = mine.sum() * (grid.cell_m / 100.0) ** 2
        if RESERVOIR_LEAST <= hectares <= RESERVOIR_MOST:
            found[rows, cols] |= mine
            break
    return found
