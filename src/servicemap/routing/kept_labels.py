"""Label grids kept between runs, as networks are.

Making a grid takes longer than drawing areas of a hundred points from it. The key
holds what a grid is made from, by content: the network's arrays, the cell, the limit,
the role and the source code, so that a kept grid can never be another network's.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from servicemap import kept
from servicemap.roads import line_grid, nearest, snapping
from servicemap.routing import labels
from servicemap.routing.labels import Labels

if TYPE_CHECKING:
    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Role

KIND = "labels"
KEPT = 32  # grids in the cache; the least recently used go first
LEAST_ROWS = 10_000  # a smaller grid is made faster than it is found
ARRAYS = ("first", "cells", "box")
MADE_FROM = (
    "edge_first",
    "edge_component",
    "edge_leaves",
    "edge_enters",
    "vertex_x",
    "vertex_y",
    "forward_ms",
    "backward_ms",
    "snappable",
    "water",
)

_ready: WeakKeyDictionary[Network, dict[tuple[float, float, Role], Labels]] = (
    WeakKeyDictionary()
)


def label_grid(network: Network, cell_m: float, snap_limit_m: float, role: Role) -> Labels:
    """As `servicemap.routing.labels.label_grid`, from the cache where it is there."""
    ready = _ready.setdefault(network, {})
    asked = (cell_m, snap_limit_m, role)
    if asked not in ready:
        ready[asked] = _found(network, cell_m, snap_limit_m, role)
    return ready[asked]


def _found(network: Network, cell_m: float, snap_limit_m: float, role: Role) -> Labels:
    key = _key(network, cell_m, snap_limit_m, role)
    known = kept.load(KIND, key, ARRAYS, _labels)
    if known is None:
        known = labels.label_grid(network, cell_m, snap_limit_m, role)
        if len(known.cells) >= LEAST_ROWS:
            arrays = {name: getattr(known, name) for name in ARRAYS}
            meta = {"cell_m": known.cell_m, "snap_limit_m": known.snap_limit_m}
            kept.keep(KIND, key, arrays, meta, most=KEPT)
    return known


@cache
def _code() -> str:
    modules = (labels, snapping, nearest, line_grid)
    return kept.code(*(Path(str(one.__file__)) for one in modules), Path(__file__))


def _key(network: Network, cell_m: float, snap_limit_m: float, role: Role) -> str:
    asked = repr((_code(), cell_m, snap_limit_m, role, network.leg_mps))
    return kept.key_of(asked, (getattr(network, name) for name in MADE_FROM))


def _labels(meta: dict[str, Any], arrays: dict[str, Any]) -> Labels:
    grid = Labels(**meta, **arrays)
    if grid.cells.shape != (int(grid.first[-1]), 5) or len(grid.box) != len(grid.first) - 1:
        msg = "the arrays of a kept grid are not of one length"
        raise ValueError(msg)
    return grid
