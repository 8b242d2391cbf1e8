"""Label grids kept between runs, as networks are: one ``.npy`` each, memory-mapped.

Making a grid takes longer than drawing areas of a hundred points from it. The key
holds what a grid is made from, by content: the network's arrays, the cell, the limit,
the role and the source code, so that a kept grid can never be another network's.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from servicemap.compiled import cache_folder
from servicemap.roads import nearest, snapping
from servicemap.routing import labels
from servicemap.routing.labels import Labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Role

KEPT = 32  # grids in the cache; the least recently used go first
LEAST_ROWS = 10_000  # a smaller grid is made faster than it is found
HEAD = 4  # cell_m as two words, edges, rows
COLUMNS = ("i", "j", "forward_ms", "backward_ms", "leg_ms")
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
    root = cache_folder()
    if root is None:
        return labels.label_grid(network, cell_m, snap_limit_m, role)
    file = root / "labels" / f"{_key(network, cell_m, snap_limit_m, role)}.npy"
    kept = _load(file, snap_limit_m)
    if kept is None:
        kept = labels.label_grid(network, cell_m, snap_limit_m, role)
        if len(kept.i) >= LEAST_ROWS:
            _keep(file, kept)
    return kept


@cache
def _code() -> bytes:
    digest = hashlib.sha256(np.__version__.encode())
    for module in (labels, snapping, nearest):
        digest.update(Path(str(module.__file__)).read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.digest()


def _key(network: Network, cell_m: float, snap_limit_m: float, role: Role) -> str:
    digest = hashlib.sha256(_code())
    digest.update(repr((cell_m, snap_limit_m, role, network.leg_mps)).encode())
    for name in MADE_FROM:
        values = np.ascontiguousarray(getattr(network, name))
        digest.update(repr((name, values.dtype.str, values.shape)).encode())
        digest.update(values.view(np.uint8).reshape(-1).data if values.size else b"")
    return digest.hexdigest()[:32]


def _packed(grid: Labels) -> NDArray[np.int32]:
    """A grid as one array of 32-bit words: head, counts, boxes, columns."""
    head = np.empty(HEAD, dtype=np.int32)
    head[:2] = np.array([grid.cell_m]).view(np.int32)
    head[2:] = len(grid.first) - 1, len(grid.i)
    counts = np.diff(grid.first).astype(np.int32)
    columns = [getattr(grid, name) for name in COLUMNS]
    return np.concatenate([head, counts, grid.box.reshape(-1), *columns], dtype=np.int32)


def _unpacked(words: NDArray[np.int32], snap_limit_m: float) -> Labels:
    edges, rows = int(words[2]), int(words[3])
    if len(words) != HEAD + 5 * edges + len(COLUMNS) * rows:
        msg = "a kept grid has another length than it says"
        raise ValueError(msg)
    first = np.zeros(edges + 1, dtype=np.int64)
    np.cumsum(words[HEAD : HEAD + edges], out=first[1:])
    box = words[HEAD + edges : HEAD + 5 * edges].reshape(edges, 4)
    start = HEAD + 5 * edges
    columns: dict[str, Any] = {
        name: words[start + k * rows : start + (k + 1) * rows]
        for k, name in enumerate(COLUMNS)
    }
    cell_m = float(words[:2].copy().view(np.float64)[0])
    return Labels(cell_m=cell_m, snap_limit_m=snap_limit_m, first=first, box=box, **columns)


def _load(file: Path, snap_limit_m: float) -> Labels | None:
    try:
        # copy-on-write, as networks are: kernels are compiled for writable arrays
        words = np.load(file, mmap_mode="c", allow_pickle=False).view(np.ndarray)
        grid = _unpacked(words, snap_limit_m)
        os.utime(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, IndexError, TypeError, EOFError):
        # damaged: out of the way, or it could never be replaced
        with suppress(OSError):
            file.unlink()
        return None
    return grid


def _keep(file: Path, grid: Labels) -> None:
    """Write beside and rename: two runs at once do no harm, a full disk neither."""
    scratch = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as scratch:
            np.save(scratch, _packed(grid), allow_pickle=False)
        Path(scratch.name).replace(file)
        kept = sorted(file.parent.glob("*.npy"), key=lambda one: -one.stat().st_mtime)
        for old in kept[KEPT:]:
            old.unlink()
    except OSError:
        pass  # the disk is full, or another run was faster: the grid is in memory
    finally:
        if scratch is not None:
            with suppress(OSError):
                Path(scratch.name).unlink()
