"""Areas of the made-up county: townships as a valid coverage, sea, woods, built-up land."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.synthetic.grid import Grid, Integers, noise

if TYPE_CHECKING:
    from servicemap.synthetic.streets import Drawing
    from servicemap.synthetic.terrain import Terrain

SEA = -1
SMOOTH_CELLS = 1.6  # of the simplification (Visvalingam), as the side of a square
WOOD_BLOCK = 3  # cells to a side: woods are drawn coarser than land
WOOD_M = 0.07  # of the highest peak
WOOD_MIN_KM2 = 0.5
BUILT_MIN_KM2 = 0.03
DENSE = 2  # houses a cell


def vectorise(
    labels: Integers,
    cell_m: float,
    *,
    only: int | None = None,
    smooth: float = SMOOTH_CELLS,
) -> dict[int, Any]:
    """Label image -> one polygon a label, in metres, neighbours sharing their edges.

    Parameters
    ----------
    labels
        Shape (rows, cols).
    only
        Draw just this label.
    smooth
        Tolerance of the simplification, in cells.

    Returns
    -------
    dict
        Label -> Polygon or MultiPolygon, a valid coverage together.
    """
    rows, cols = labels.shape
    change = np.ones((rows, cols), dtype=bool)
    change[:, 1:] = labels[:, 1:] != labels[:, :-1]
    row, col = np.nonzero(change)
    last = np.append(row[1:] != row[:-1], np.array([True]))
    end = np.where(last, cols, np.append(col[1:], cols))
    label = labels[row, col]
    wanted = label == only if only is not None else np.ones(len(label), dtype=bool)
    row, col, end, label = row[wanted], col[wanted], end[wanted], label[wanted]
    # Neighbours must share their points: a vertex at every corner of a cell, exactly.
    runs = shapely.segmentize(shapely.box(col, row, end, row + 1), 1.000001)
    runs = shapely.transform(runs, lambda xy: np.round(xy) * cell_m)
    order = np.argsort(label, kind="stable")
    found, starts = np.unique(label[order], return_index=True)
    parts = [shapely.coverage_union_all(part) for part in np.split(runs[order], starts[1:])]
    drawn = shapely.coverage_simplify(
        parts, smooth * cell_m, simplify_boundary=only is not None
    )
    return dict(zip(found.tolist(), list(drawn), strict=True))


def bend(shape: Any, grid: Grid) -> Any:
    """Metres -> degrees, as all positions of the map are bent."""
    return shapely.transform(shape, lambda xy: np.column_stack(grid.lonlat(*xy.T)))


def woods(terrain: Terrain, seed: int) -> list[Any]:
    """Polygons in metres: slopes and heights, with clearings."""
    rng = np.random.default_rng([seed, 5])
    grid = terrain.grid
    luck = noise(rng, grid.rows, grid.cols, 9.0)
    height = terrain.elevation / max(float(terrain.elevation.max()), 1.0)
    green = (height + 0.6 * terrain.slope + 0.03 * luck > WOOD_M + 0.03) & (
        terrain.land > 0
    )
    green &= ~terrain.reservoir
    rows, cols = (side // WOOD_BLOCK for side in green.shape)
    blocks = green[: rows * WOOD_BLOCK, : cols * WOOD_BLOCK]
    share = blocks.reshape(rows, WOOD_BLOCK, cols, WOOD_BLOCK).mean(axis=(1, 3))
    labels = (share > 0.5).astype(np.int64)  # noqa: PLR2004 - most of the block
    return _pieces(labels, grid.cell_m * WOOD_BLOCK, WOOD_MIN_KM2, holes=True)


def built_up(terrain: Terrain, drawing: Drawing) -> list[Any]:
    """Polygons in metres around clusters of houses."""
    from scipy import ndimage

    grid = terrain.grid
    cells = grid.cells(drawing.houses["x"], drawing.houses["y"])
    number = np.bincount(cells, minlength=grid.size).reshape(terrain.land.shape)
    dense = ndimage.binary_closing(number >= DENSE, np.ones((3, 3), dtype=bool))
    dense &= terrain.land > 0
    return _pieces(dense.astype(np.int64), grid.cell_m, BUILT_MIN_KM2, holes=False)


def lakes(terrain: Terrain) -> list[Any]:
    """Polygons in metres of the reservoirs."""
    return _pieces(
        terrain.reservoir.astype(np.int64), terrain.grid.cell_m, 0.0, holes=False
    )


def _pieces(labels: Integers, cell_m: float, least_km2: float, *, holes: bool) -> list[Any]:
    if not labels.any():
        return []
    shape = vectorise(labels, cell_m, only=1, smooth=0.9)[1]
    pieces = [part for part in shapely.get_parts(shape) if part.area >= least_km2 * 1e6]
    if not holes:
        return [shapely.Polygon(part.exterior) for part in pieces]
    least = 0.5 * least_km2 * 1e6
    return [
        shapely.Polygon(
            part.exterior,
            [ring for ring in part.interiors if shapely.Polygon(ring).area >= least],
        )
        for part in pieces
    ]
