"""Roads without the nodes that the extract lacks, and no node twice in a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servicemap.osm_file.batches import MISSING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.osm_file.batches import Batch

LINE = 2  # a line has two ends


@dataclass(frozen=True)
class Parts:
    """What there is of some roads: a road with a gap is two of them.

    Attributes
    ----------
    way, count
        One value per part: its way in the batch, its nodes.
    stays
        Whether a way node of the batch belongs to a part.
    missing
        Way nodes that are not in the file.
    too_short
        Roads of fewer than two different nodes.
    broken
        ``(way id, x, y)``: places before and after gaps, in the order of the file.
    """

    way: NDArray[np.int64]
    count: NDArray[np.int64]
    stays: NDArray[np.bool_]
    missing: int
    too_short: int
    broken: list[tuple[int, int, int]]


def parts(batch: Batch) -> Parts:
    """Parts of those ways that are roads."""
    is_road = np.array([one.is_road for one in batch.kinds], dtype=bool)
    way = np.repeat(np.arange(len(is_road)), np.diff(batch.first))
    on_road = is_road[way]
    gone = on_road & (batch.x == MISSING)
    begins = np.ones(len(way), dtype=bool)
    begins[1:] = way[1:] != way[:-1]
    again = ~begins
    again[1:] &= batch.node_id[1:] == batch.node_id[:-1]
    different = np.bincount(way[~again], minlength=len(is_road))

    begins |= gone  # what follows a gap is a part of its own
    part = np.cumsum(begins) - 1
    stays = on_road & ~gone & ~again
    count = np.bincount(part[stays], minlength=int(begins.sum()))
    is_line = count >= LINE
    return Parts(
        way=way[begins][is_line],
        count=count[is_line],
        stays=stays & is_line[part],
        missing=int(gone.sum()),
        too_short=int((is_road & (different < LINE)).sum()),
        broken=_broken(batch, way, gone),
    )


def _broken(
    batch: Batch, way: NDArray[np.int64], gone: NDArray[np.bool_]
) -> list[tuple[int, int, int]]:
    at = np.flatnonzero(gone)
    beside = np.clip(np.column_stack([at - 1, at + 1]), 0, max(len(way) - 1, 0))
    there = (way[beside] == way[at][:, None]) & (batch.x[beside] != MISSING)
    ends = beside[there]
    columns = batch.way_id[way[ends]], batch.x[ends], batch.y[ends]
    return list(zip(*(one.tolist() for one in columns), strict=True))
