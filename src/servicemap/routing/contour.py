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
from servicemap.routing.thinning import MARGIN, thinned

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORD = 8  # grid points whose inside is looked at in one step
ALL_INSIDE = np.uint64(0x0101010101010101)


# an index that is known not to be negative needs no check for that; see `search`
_at = np.uint64


@njit(cache=CACHE, nogil=True)
def _value(ms, spot, cutoff, slack):
    return min(max(cutoff - ms[_at(spot)], -slack), slack)


@njit(cache=CACHE, nogil=True)
def _rings(
    ms, stride, corner, cutoff, slack, inside, nj, ni, words, west, south, ring_at
):  # fmt: skip
    """Rings around all times within the cutoff.

    ``ms`` has rows of ``stride``; ``inside`` is a window of it that begins at
    ``corner``, of ``nj`` rows of ``ni``, laid out in one row as ``ms`` is; its outermost
    rows and columns are outside. ``ring_at`` holds the ring through the edge from
    a grid point to the next of its row; it is -1 everywhere before and after.

    Places are counted from the origin of all grids, so that the same ring cut
    from a larger window has the same bits.
    """
    width = ni // WORD
    size = 1024
    xs = np.empty(size, np.float64)
    ys = np.empty(size, np.float64)
    count = 0
    n_touched = 0
    touched = np.empty(size, np.int64)
    starts = [np.int64(0)]
    parent = [np.int64(0)]
    for j0 in range(1, nj - 1):
        rise = -1
        row = j0 * ni
        for k in range(width):
            word = words[_at(j0 * width + k)]
            after = np.uint8(0)
            if WORD * (k + 1) < ni:
                after = inside[_at(row + WORD * (k + 1))]
            if (word == 0 and after == 0) or (word == ALL_INSIDE and after == 1):
                continue
            for i0 in range(WORD * k, min(WORD * (k + 1), ni - 1)):
                left, right = inside[_at(row + i0)], inside[_at(row + i0 + 1)]
                if left == right:
                    continue
                if ring_at[_at(row + i0)] < 0:
                    ring = len(starts) - 1
                    # inside stays on the left: a rising edge is crossed southwards
                    d = 3 if right else 1
                    i, j = i0, j0
                    while True:
                        if count == size or n_touched == size:
                            size *= 2
                            more = np.empty(size, np.float64)
                            more[:count] = xs[:count]
                            xs = more
                            more = np.empty(size, np.float64)
                            more[:count] = ys[:count]
                            ys = more
                            longer = np.empty(size, np.int64)
                            longer[:n_touched] = touched[:n_touched]
                            touched = longer
                        spot = j * ni + i
                        field = corner + j * stride + i
                        a = _value(ms, field, cutoff, slack)
                        if d == 1 or d == 3:
                            if ring_at[_at(spot)] >= 0:
                                break
                            ring_at[_at(spot)] = ring
                            touched[_at(n_touched)] = spot
                            n_touched += 1
                            b = _value(ms, field + 1, cutoff, slack)
                            t = a / (a - b)
                            t = min(max(t, MARGIN), 1.0 - MARGIN)
                            x, y = (west + i) + t, float(south + j)
                        else:
                            b = _value(ms, field + stride, cutoff, slack)
                            t = a / (a - b)
                            t = min(max(t, MARGIN), 1.0 - MARGIN)
                            x, y = float(west + i), (south + j) + t
                        xs[_at(count)] = x
                        ys[_at(count)] = y
                        count += 1
                        # the cell ahead, and its far corners to the right and to the left
                        ci, cj = i, j
                        if d == 0:
                            right_spot, left_spot = spot + 1, spot + ni + 1
                        elif d == 1:
                            right_spot, left_spot = spot + ni + 1, spot + ni
                        elif d == 2:
                            ci = i - 1
                            right_spot, left_spot = spot + ni - 1, spot - 1
                        else:
                            cj = j - 1
                            right_spot, left_spot = spot - ni, spot - ni + 1
                        far_right, far_left = (
                            inside[_at(right_spot)],
                            inside[_at(left_spot)],
                        )
                        if far_right:
                            d = (d + 3) & 3
                        elif not far_left:
                            d = (d + 1) & 3
                        if d == 0:
                            i, j = ci + 1, cj
                        elif d == 1:
                            i, j = ci, cj + 1
                        else:
                            i, j = ci, cj
                    starts.append(count)
                    parent.append(len(starts) - 1)
                ring = ring_at[_at(row + i0)]
                if right:
                    rise = ring
                else:
                    # an inside run begins at one ring and ends at another of its inside;
                    # the smaller number stays: an outer ring is met before its holes
                    one, other = rise, ring
                    while parent[one] != one:
                        parent[one] = parent[parent[one]]
                        one = parent[one]
                    while parent[other] != other:
                        parent[other] = parent[parent[other]]
                        other = parent[other]
                    if one < other:
                        parent[other] = one
                    elif other < one:
                        parent[one] = other
    for k in range(n_touched):
        ring_at[_at(touched[_at(k)])] = -1
    n = len(starts) - 1
    group = np.empty(n, np.int64)
    for ring in range(n):
        one = np.int64(ring)
        while parent[one] != one:
            one = parent[one]
        group[ring] = one
    return xs[:count], ys[:count], np.array(starts), group


class Tracer:
    """Marks for one contour after another; they are cleared by what was marked."""

    def __init__(self) -> None:
        self._ring_at = np.empty(0, dtype=np.int32)

    def kept_bytes(self) -> int:
        """Bytes of the marks."""
        return self._ring_at.nbytes

    def area(
        self,
        ms: NDArray[np.int32],
        cutoff: int,
        slack: int,
        box: tuple[int, int, int, int],
        corner: tuple[int, int],
        cell_m: float,
        thin_cells: float = 0.0,
    ) -> shapely.MultiPolygon:
        """The area where times are within the cutoff.

        Parameters
        ----------
        ms : (nj, ni) int32
            Times at grid points; outside of ``box`` all are beyond the cutoff.
        cutoff
            The largest time that is inside.
        slack
            Differences from the cutoff count up to this much: the field that is
            contoured at zero is ``cutoff - ms``, held between -slack and slack.
        box
            First and last row, first and last column with a time within the cutoff;
            there is at least one row and column around it in ``ms``.
        corner
            Grid point (i, j) of ``ms[0, 0]``; it lies at ``(i, j) * cell_m``.
        cell_m
            Distance of grid points.
        thin_cells
            Leave out vertices where the outline then moves by no more than this, in
            cells along the grid (`servicemap.routing.thinning`).

        Returns
        -------
        MultiPolygon
            Valid, outer rings counter-clockwise; empty where nothing is inside.
        """
        j_from, j_to, i_from, i_to = box[0] - 1, box[1] + 1, box[2] - 1, box[3] + 1
        nj, ni = j_to - j_from + 1, i_to - i_from + 1
        width = -(-ni // WORD) * WORD + WORD
        inside = np.zeros((nj, width), dtype=np.uint8)
        inside[:, :ni] = ms[j_from : j_to + 1, i_from : i_to + 1] <= cutoff
        if len(self._ring_at) < inside.size:
            self._ring_at = np.full(inside.size, -1, dtype=np.int32)
        west, south = corner[0] + i_from, corner[1] + j_from
        marks, self._ring_at = self._ring_at, np.empty(0, dtype=np.int32)
        rings = _rings(
            ms.reshape(-1), ms.shape[1], j_from * ms.shape[1] + i_from, cutoff, slack,
            inside.reshape(-1), nj, width, inside.reshape(-1).view(np.uint64), west, south,
            marks,
        )  # fmt: skip
        self._ring_at = marks  # cleared; not so after an error
        xs, ys, starts, group = rings
        if thin_cells > 0.0:
            xs, ys, starts = thinned(xs, ys, starts, thin_cells)
        return _assembled(xs, ys, starts, group, cell_m)


def polygons(
    field: NDArray[np.int32],
    i0: int,
    j0: int,
    cell_m: float,
    thin_cells: float = 0.0,
) -> shapely.MultiPolygon:
    """The area where a field is zero or more.

    Parameters
    ----------
    field : (nj, ni) int32
        Values at grid points, zero or more inside; its border must be negative.
    i0, j0
        Grid point of ``field[0, 0]``.
    cell_m
        Distance of grid points; grid point (i, j) lies at ``(i, j) * cell_m``.
    thin_cells
        As in `Tracer.area`.

    Returns
    -------
    MultiPolygon
        Valid, outer rings counter-clockwise; empty where nothing is inside.
    """
    ms = -np.asarray(field, dtype=np.int32)
    box = box_within(ms.min(axis=1), ms.min(axis=0), 0)
    if box is None:
        return shapely.MultiPolygon()
    return Tracer().area(ms, 0, 2**30, box, (i0, j0), cell_m, thin_cells)


def box_within(
    least_of_row: NDArray[np.int32], least_of_column: NDArray[np.int32], cutoff: int
) -> tuple[int, int, int, int] | None:
    """First and last row, first and last column that hold a time within the cutoff."""
    rows = np.flatnonzero(least_of_row <= cutoff)
    if not len(rows):
        return None
    columns = np.flatnonzero(least_of_column <= cutoff)
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


def _assembled(
    xs: NDArray[np.float64],
    ys: NDArray[np.float64],
    starts: NDArray[np.int64],
    group: NDArray[np.int64],
    cell_m: float,
) -> shapely.MultiPolygon:
    """Rings -> polygons: those of one group are an outer ring and its holes."""
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
