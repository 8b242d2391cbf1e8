"""Marching squares whose polygons are valid by construction.

Crossings lie strictly between two grid points and each is used by exactly one
ring, so rings never touch; a saddle joins its two inside corners, always, so
inside is 8-connected. Rings that bound one connected inside form one polygon:
an outer ring and its holes. (W. E. Lorensen, H. E. Cline, SIGGRAPH 1987, in
two dimensions; rings are grouped along rows, where an inside run begins at one
ring and ends at another of the same inside.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from numba import njit

from servicemap.compiled import CACHE

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Crossings keep this share of a cell away from grid points, so that rings stay
# apart even after coordinates are rounded for a file.
MARGIN = 0.04


@njit(cache=CACHE, nogil=True)
def _find(parent, ring):
    while parent[ring] != ring:
        parent[ring] = parent[parent[ring]]
        ring = parent[ring]
    return ring


@njit(cache=CACHE, nogil=True)
def _rings(field, west, south):
    """Rings around all values >= 0; the outermost rows and columns must be negative.

    Places are counted from the origin of all grids, so that the same ring cut
    from a larger field has the same bits.
    """
    nj, ni = field.shape
    ring_at = np.full((nj, ni), -1, np.int32)  # ring through the edge (i, i + 1) of row j
    size = 1024
    xs = np.empty(size, np.float64)
    ys = np.empty(size, np.float64)
    count = 0
    starts = [np.int64(0)]
    for j0 in range(1, nj - 1):
        for i0 in range(ni - 1):
            left, right = field[j0, i0] >= 0, field[j0, i0 + 1] >= 0
            if left == right or ring_at[j0, i0] >= 0:
                continue
            ring = len(starts) - 1
            begin = count
            # inside stays on the left: a rising edge is crossed southwards
            d = 3 if right else 1
            i, j = i0, j0
            while True:
                if d == 1 or d == 3:
                    if ring_at[j, i] >= 0:
                        break
                    ring_at[j, i] = ring
                    a, b = field[j, i], field[j, i + 1]
                    t = a / (a - b)
                    t = min(max(t, MARGIN), 1.0 - MARGIN)
                    x, y = (west + i) + t, float(south + j)
                else:
                    a, b = field[j, i], field[j + 1, i]
                    t = a / (a - b)
                    t = min(max(t, MARGIN), 1.0 - MARGIN)
                    x, y = float(west + i), (south + j) + t
                if count == size:
                    size *= 2
                    more = np.empty(size, np.float64)
                    more[:count] = xs
                    xs = more
                    more = np.empty(size, np.float64)
                    more[:count] = ys
                    ys = more
                xs[count] = x
                ys[count] = y
                count += 1
                # the cell ahead, and its far corners to the right and to the left
                if d == 0:
                    ci, cj = i, j
                    right, left = field[j, i + 1] >= 0, field[j + 1, i + 1] >= 0
                elif d == 1:
                    ci, cj = i, j
                    right, left = field[j + 1, i + 1] >= 0, field[j + 1, i] >= 0
                elif d == 2:
                    ci, cj = i - 1, j
                    right, left = field[j + 1, i - 1] >= 0, field[j, i - 1] >= 0
                else:
                    ci, cj = i, j - 1
                    right, left = field[j - 1, i] >= 0, field[j - 1, i + 1] >= 0
                if right:
                    d = (d + 3) & 3
                elif not left:
                    d = (d + 1) & 3
                if d == 0:
                    i, j = ci + 1, cj
                elif d == 1:
                    i, j = ci, cj + 1
                else:
                    i, j = ci, cj
            if count == begin:
                continue
            starts.append(count)
    n = len(starts) - 1
    parent = np.arange(n)
    for j in range(1, nj - 1):
        rise = -1
        for i in range(ni - 1):
            ring = ring_at[j, i]
            if ring >= 0:
                if field[j, i + 1] >= 0:
                    rise = ring
                else:
                    a, b = _find(parent, rise), _find(parent, ring)
                    # the smaller number stays: an outer ring is met before its holes
                    if a < b:
                        parent[b] = a
                    elif b < a:
                        parent[a] = b
    group = np.empty(n, np.int64)
    for ring in range(n):
        group[ring] = _find(parent, ring)
    return xs[:count], ys[:count], np.array(starts), group


def polygons(
    field: NDArray[np.int32], i0: int, j0: int, cell_m: float
) -> shapely.MultiPolygon:
    """The area where the field is zero or more.

    Parameters
    ----------
    field : (nj, ni) int32
        Values at grid points, positive inside; its border must be negative.
    i0, j0
        Grid point of ``field[0, 0]``.
    cell_m
        Distance of grid points; grid point (i, j) lies at ``(i, j) * cell_m``.

    Returns
    -------
    MultiPolygon
        Valid, outer rings counter-clockwise; empty where nothing is inside.
    """
    xs, ys, starts, group = _rings(field, i0, j0)
    if len(group) == 0:
        return shapely.MultiPolygon()
    order = np.argsort(group, kind="stable")  # the outer ring first, then its holes
    lengths = np.diff(starts)[order]
    total = int(lengths.sum()) + len(lengths)
    ring_offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths + 1, out=ring_offsets[1:])
    # each ring's points, and its first once more
    within = np.arange(total) - np.repeat(ring_offsets[:-1], lengths + 1)
    within %= np.repeat(lengths, lengths + 1)
    source = np.repeat(starts[order], lengths + 1) + within
    points = np.column_stack([xs[source] * cell_m, ys[source] * cell_m])
    is_first = np.concatenate([[True], np.diff(group[order]) != 0])
    polygon_offsets = np.append(np.flatnonzero(is_first), len(lengths))
    return shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON,
        points,
        (ring_offsets, polygon_offsets, np.array([0, len(polygon_offsets) - 1])),
    )[0]
