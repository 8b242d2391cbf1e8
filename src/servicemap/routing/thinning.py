"""Outlines of contours with fewer vertices, valid by construction.

Every vertex of a contour lies on the edge between two neighbouring grid points, one
inside and one outside. A straight line may replace a run of vertices when it crosses the
same grid edges, each near the place of the vertex that it replaces. What is inside stays
inside, rings stay apart and closed, and no test of validity is needed afterwards. The
longest line from each kept vertex is found with a cone of directions that narrows from
gate to gate, in one pass (the idea of H. Imai, M. Iri, 1986: polygonal approximation
through gates; here the gates are given by the grid).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

# Crossings keep this share of a cell away from grid points, so that rings stay
# apart even after coordinates are rounded for a file.
MARGIN = 0.04
LEAST = 3  # vertices of a ring


@njit(cache=CACHE, nogil=True)
def thinned(xs, ys, starts, tolerance):
    """Leave out vertices of rings.

    Parameters
    ----------
    xs, ys : (n,) float64
        Vertices in cells; one of the two is a whole number, the other is not.
    starts : (rings + 1,) int64
        Ring ``r`` has the vertices ``starts[r]`` to ``starts[r + 1] - 1``; its
        last vertex is joined to its first, which is always kept.
    tolerance : float
        How far, in cells and along the grid edge, an outline may move.

    Returns
    -------
    xs, ys, starts
        The same for the vertices that are kept, which are where they were.
    """
    keep = np.empty(len(xs), np.int64)
    kept = 0
    new_starts = np.zeros(len(starts), np.int64)
    for ring in range(len(starts) - 1):
        first, last = starts[ring], starts[ring + 1]
        size = last - first
        before = kept
        at = np.int64(0)
        while at < size:
            keep[kept] = first + at
            kept += 1
            ax, ay = xs[first + at], ys[first + at]
            # every line to the next vertex will do; look how far one can see
            best = at + 1
            low_x = low_y = high_x = high_y = 0.0
            for step in range(at + 1, size + 1):
                k = first + (step if step < size else 0)
                x, y = xs[k], ys[k]
                dx, dy = x - ax, y - ay
                if step > at + 1:
                    if low_x * dy - low_y * dx < 0.0 or dx * high_y - dy * high_x < 0.0:
                        # the vertex itself is out of sight; its gate may not be
                        pass
                    else:
                        best = step
                if x == np.floor(x):
                    base = np.floor(y)
                    px, qx = dx, dx
                    py = max(base + MARGIN, y - tolerance) - ay
                    qy = min(base + 1.0 - MARGIN, y + tolerance) - ay
                else:
                    base = np.floor(x)
                    py, qy = dy, dy
                    px = max(base + MARGIN, x - tolerance) - ax
                    qx = min(base + 1.0 - MARGIN, x + tolerance) - ax
                if px * qy - py * qx < 0.0:
                    px, py, qx, qy = qx, qy, px, py
                if step == at + 1:
                    low_x, low_y, high_x, high_y = px, py, qx, qy
                    continue
                if low_x * py - low_y * px > 0.0:
                    low_x, low_y = px, py
                if qx * high_y - qy * high_x > 0.0:
                    high_x, high_y = qx, qy
                if low_x * high_y - low_y * high_x < 0.0:
                    break
            at = best
        if kept - before < LEAST:
            kept = before
            for k in range(first, last):
                keep[kept] = k
                kept += 1
        new_starts[ring + 1] = kept
    return xs[keep[:kept]], ys[keep[:kept]], new_starts
