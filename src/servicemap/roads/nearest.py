"""The nearest segment of road to each point, exactly, without crossing a river.

A uniform grid over the segments (`servicemap.roads.line_grid`) and a search in growing
rings of cells: one compiled loop serves single points, 100,000 points and the millions
of cells of a label grid with the same answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from servicemap.compiled import CACHE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.roads.line_grid import Grid

ROUNDED_M = 1e-3  # more than a coordinate at the border of a cell is rounded by


@njit(cache=CACHE, nogil=True)
def _crosses(px, py, qx, qy, wx0, wy0, wcell, wnx, wny, wfirst, witems, water):
    """Whether the leg p-q properly crosses a line of water."""
    if wnx == 0:
        return False
    i1 = int((min(px, qx) - wx0) / wcell)
    i2 = int((max(px, qx) - wx0) / wcell)
    j1 = int((min(py, qy) - wy0) / wcell)
    j2 = int((max(py, qy) - wy0) / wcell)
    for j in range(max(j1, 0), min(j2, wny - 1) + 1):
        for i in range(max(i1, 0), min(i2, wnx - 1) + 1):
            for k in range(wfirst[j * wnx + i], wfirst[j * wnx + i + 1]):
                w = witems[k]
                ax, ay, bx, by = water[w, 0], water[w, 1], water[w, 2], water[w, 3]
                d1 = (qx - px) * (ay - py) - (qy - py) * (ax - px)
                d2 = (qx - px) * (by - py) - (qy - py) * (bx - px)
                d3 = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
                d4 = (bx - ax) * (qy - ay) - (by - ay) * (qx - ax)
                if d3 == 0.0 or d4 == 0.0:
                    continue  # a leg that ends in the water (a ford) crosses nothing
                # an end on the line counts for one side only, so that a leg
                # through the joint of two water segments crosses exactly one
                if (d1 >= 0.0) != (d2 >= 0.0) and (d3 >= 0.0) != (d4 >= 0.0):
                    return True
    return False


@njit(cache=CACHE, nogil=True)
def _foot(x, y, ax, ay, bx, by):
    """The place on a segment that is nearest to a point: its share, and where it lies."""
    dx, dy = bx - ax, by - ay
    norm = dx * dx + dy * dy
    t = 0.0
    if norm > 0.0:
        t = ((x - ax) * dx + (y - ay) * dy) / norm
    if t <= 0.0:
        return 0.0, ax, ay
    if t >= 1.0:
        return 1.0, bx, by
    return t, ax + t * dx, ay + t * dy


@njit(cache=CACHE, nogil=True)
def _nearest(
    px,
    py,
    limit,
    x0,
    y0,
    cell,
    nx,
    ny,
    first,
    items,
    rings,
    ax,
    ay,
    bx,
    by,
    allowed,
    edge,
    wx0,
    wy0,
    wcell,
    wnx,
    wny,
    wfirst,
    witems,
    water,
    out_segment,
    out_t,
    out_d,
):
    before = -1  # what the point before met; the next of a row of points is often there
    for p in range(len(px)):
        x, y = px[p], py[p]
        best2 = limit * limit
        best = -1
        best_t = 0.0
        if not (np.isfinite(x) and np.isfinite(y)):
            out_segment[p] = -1
            continue
        ci = int(np.floor((x - x0) / cell))
        cj = int(np.floor((y - y0) / cell))
        # distance to the nearest border of the point's own cell
        fx = (x - x0) / cell - ci
        fy = (y - y0) / cell - cj
        inner = min(min(fx, 1.0 - fx), min(fy, 1.0 - fy)) * cell
        if ci < 0 or cj < 0 or ci >= nx or cj >= ny:
            gx = max(max(-ci, ci - nx + 1), 0)
            gy = max(max(-cj, cj - ny + 1), 0)
            ring = max(gx, gy)
        else:
            ring = int(rings[cj * nx + ci])
        last = max(max(abs(ci), abs(ci - nx + 1)), max(abs(cj), abs(cj - ny + 1)))
        if before >= 0:
            # a candidate like any other; tried first, it leaves fewer cells to look into
            t, qx, qy = _foot(x, y, ax[before], ay[before], bx[before], by[before])
            d2 = (x - qx) * (x - qx) + (y - qy) * (y - qy)
            if d2 <= best2 and not _crosses(
                x, y, qx, qy, wx0, wy0, wcell, wnx, wny, wfirst, witems, water
            ):
                best2, best, best_t = d2, before, t
        while ring <= last:
            # everything in this ring is at least `reach` away
            reach = inner + (ring - 1) * cell
            if ring > 0 and reach > 0 and reach * reach > best2:
                break
            for j in range(max(cj - ring, 0), min(cj + ring, ny - 1) + 1):
                off_y = max(
                    max(y0 + j * cell - y, y - y0 - (j + 1) * cell) - ROUNDED_M, 0.0
                )
                step = 1
                if ring > 0 and j != cj - ring and j != cj + ring:
                    step = 2 * ring
                i = ci - ring - step
                while i < ci + ring:
                    i += step
                    if i < 0 or i >= nx:
                        continue
                    off_x = max(x0 + i * cell - x, x - x0 - (i + 1) * cell)
                    off_x = max(off_x - ROUNDED_M, 0.0)
                    if off_x * off_x + off_y * off_y > best2:
                        continue
                    c = j * nx + i
                    for k in range(first[c], first[c + 1]):
                        s = items[k]
                        if not allowed[s]:
                            continue
                        t, qx, qy = _foot(x, y, ax[s], ay[s], bx[s], by[s])
                        d2 = (x - qx) * (x - qx) + (y - qy) * (y - qy)
                        if d2 > best2:
                            continue
                        if (
                            d2 == best2
                            and best >= 0
                            and (
                                edge[s] > edge[best]
                                or (edge[s] == edge[best] and s >= best)
                            )
                        ):
                            continue
                        if _crosses(
                            x, y, qx, qy, wx0, wy0, wcell, wnx, wny, wfirst, witems, water
                        ):
                            continue
                        best2, best, best_t = d2, s, t
            ring += 1
        before = best
        out_segment[p] = best
        out_t[p] = best_t
        out_d[p] = np.sqrt(best2)


def nearest(
    px: NDArray[np.float64],
    py: NDArray[np.float64],
    limit_m: float,
    grid: Grid,
    ends: tuple[NDArray[np.float64], ...],
    allowed: NDArray[np.bool_],
    edge: NDArray[np.int32],
    water_grid: Grid,
    water: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """The nearest allowed segment of each point whose straight leg crosses no water.

    Parameters
    ----------
    px, py : (p,) float64
        Points in metres.
    limit_m
        How far a segment may be.
    grid, ends
        The segments: `grid_over` and their ``(ax, ay, bx, by)``.
    allowed : (m,) bool
        Segments that count.
    edge : (m,) int32
        Edge of each segment; ties go to the smaller edge, then the smaller segment.
    water_grid, water
        Lines that a leg may not cross.

    Returns
    -------
    segment : (p,) int64
        -1 where none is within the limit.
    t : (p,) float64
        Place on the segment, 0 to 1.
    distance_m : (p,) float64
        In the plane of the projected CRS.
    """
    n = len(px)
    segment = np.full(n, -1, dtype=np.int64)
    t, distance = np.zeros(n), np.full(n, np.nan)
    ax, ay, bx, by = ends
    if len(ax):
        _nearest(
            np.ascontiguousarray(px, np.float64), np.ascontiguousarray(py, np.float64),
            float(limit_m), grid.x0, grid.y0, grid.cell, grid.nx, grid.ny, grid.first,
            grid.items, grid.rings, ax, ay, bx, by, allowed, edge, water_grid.x0,
            water_grid.y0, water_grid.cell, water_grid.nx, water_grid.ny, water_grid.first,
            water_grid.items, water, segment, t, distance,
        )  # fmt: skip
    distance[segment < 0] = np.nan
    return segment, t, distance
