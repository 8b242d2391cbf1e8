"""Places along a Hilbert curve: what is near on the ground is near in memory.

After D. Hilbert, *Ueber die stetige Abbildung einer Linie auf ein Flaechenstueck* (1891);
the quadrant of each level, turned as the ones above it say, gives two bits of the place's
number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = 16


def hilbert_order(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order of places along the curve through the rectangle around them.

    Parameters
    ----------
    x, y
        Metres.

    Returns
    -------
    ndarray of int64, shape (places,)
        Positions; places of one cell keep the order in which they are given.
    """
    return np.argsort(hilbert_number(_cells(x), _cells(y), LEVELS), kind="stable")


def hilbert_number(
    column: NDArray[np.int64], row: NDArray[np.int64], levels: int
) -> NDArray[np.int64]:
    """Number of each cell of a grid of ``2 ** levels`` columns and rows on the curve."""
    x, y = column.astype(np.int64), row.astype(np.int64)
    number = np.zeros(len(x), dtype=np.int64)
    for level in range(levels - 1, -1, -1):
        side = 1 << level
        right, upper = (x >> level) & 1, (y >> level) & 1
        number = number << 2 | (3 * right ^ upper)
        # the lower quadrants are turned: over their diagonal, the right one over the other
        turned = (1 - upper) * right * (side - 1)
        x, y = (x & (side - 1)) ^ turned, (y & (side - 1)) ^ turned
        x, y = np.where(upper, x, y), np.where(upper, y, x)
    return number


def _cells(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Column of each value, of all columns between the least and the greatest."""
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    low, wide = float(values.min()), float(np.ptp(values))
    last = (1 << LEVELS) - 1
    share = (values - low) / wide if wide > 0 else np.zeros(len(values))
    return np.minimum((share * (last + 1)).astype(np.int64), last)
