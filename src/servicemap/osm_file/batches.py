"""Ways of an extract as arrays, a batch at a time.

osmium hands over the nodes and tags of a way as one Python object each, which takes
longer than reading the file. So its own writer, in C++, writes the ways as lines of text
(https://osmcode.org/opl-file-format/), and a batch of them is split at once.
"""

from __future__ import annotations

import io
from array import array
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import osmium
import pandas as pd

from servicemap.osm_file.extract import DEGREES
from servicemap.osm_file.kinds import WayKind, way_kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from numpy.typing import NDArray

MISSING = 2_147_483_647  # osmium's coordinate of a node that is not in the file
NAME, TEXT = "ways.opl", "opl,locations_on_ways=true,add_metadata=false"
FIELDS = 3  # of a line: w1 Thighway=track,ref=7 Nn1x9.1y47.2,n2xy
ROWS = bytes.maketrans(b"xy,", b",,\n")  # n1x2y3,n4x5y6 is a table, but for the n
FAULTS = (RuntimeError, ValueError, IndexError, OSError, osmium.InvalidLocationError)
WAYS = 5_000  # of a batch, usually some MB of text
# More than a batch takes: then osmium writes when it is told to, and nowhere else. A
# writer that finds a fault while it is being fed ends the process when it is let go.
ROOM = 32 * 2**20


class UnwrittenError(Exception):
    """The text cannot be written: no folder, no room, or a place outside the Earth."""


@dataclass(frozen=True)
class Batch:
    """Some ways, in the order of the file.

    Attributes
    ----------
    way_id, kinds
        One value per way.
    first
        Way ``i`` has the nodes ``first[i]`` to ``first[i + 1] - 1``.
    node_id, x, y
        One value per way node; coordinates in units of 1e-7 degrees.
    """

    way_id: NDArray[np.int64]
    kinds: list[WayKind]
    first: NDArray[np.int64]
    node_id: NDArray[np.int64]
    x: NDArray[np.int32]
    y: NDArray[np.int32]


class AsText:
    """Ways by way of a text that osmium writes into a temporary folder.

    Raises
    ------
    UnwrittenError
        It cannot be written.
    """

    def __enter__(self) -> Self:
        try:
            self._folder = TemporaryDirectory(prefix="servicemap-")
        except OSError as error:
            raise UnwrittenError from error
        self._path = Path(self._folder.name) / NAME
        self._threads = osmium.io.ThreadPool()
        self._writer: Any = None
        self._kind = lru_cache(maxsize=2**16)(_kind)  # many ways have the same tags
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:  # after a fault of the file that is read
            with suppress(*FAULTS):
                self._writer.close()
        self._folder.cleanup()

    def add(self, way: Any) -> None:
        """Take one way, which has the places of its nodes."""
        if self._writer is None:
            self._writer = osmium.SimpleWriter(
                osmium.io.File(str(self._path), TEXT),
                bufsz=ROOM,
                overwrite=True,
                thread_pool=self._threads,
            )
        self._writer.add_way(way)

    def batch(self) -> Batch:
        """All that were taken since the last batch."""
        text = b""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            try:
                writer.close()
                text = self._path.read_bytes()
            except FAULTS as error:
                raise UnwrittenError from error
        return _batch(text, self._kind)


class NodeByNode:
    """Ways as osmium hands them over: slower, and without a file."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._id, self._first = array("q"), array("q", [0])
        self._node, self._x, self._y = array("q"), array("i"), array("i")
        self._kinds: list[WayKind] = []

    def add(self, way: Any) -> None:
        """Take one way, which has the places of its nodes."""
        self._id.append(way.id)
        self._kinds.append(way_kind(dict(way.tags)))
        for node in way.nodes:
            self._node.append(node.ref)
            self._x.append(node.x)
            self._y.append(node.y)
        self._first.append(len(self._node))

    def batch(self) -> Batch:
        """All that were taken since the last batch."""
        batch = Batch(
            way_id=np.array(self._id, np.int64),
            kinds=self._kinds,
            first=np.array(self._first, np.int64),
            node_id=np.array(self._node, np.int64),
            x=np.array(self._x, np.int32),
            y=np.array(self._y, np.int32),
        )
        self._clear()
        return batch


Ways = AsText | NodeByNode
"""Takes ways one by one, and gives those since the last batch back as arrays."""


def _batch(text: bytes, kind: Callable[[str], WayKind]) -> Batch:
    """Read lines of osmium's; node 2 of the example at ``FIELDS`` is not in the file."""
    fields = text.split()  # white space within a value is written by its number
    ids, tags, nodes = (fields[at::FIELDS] for at in range(FIELDS))
    table = b",".join([one for one in nodes if one != b"N"])
    if b"xy" in table:
        far = b"%.7f" % (MISSING * DEGREES)
        table = table.replace(b"xy", b"x%by%b" % (far, far))
    rows = pd.read_csv(
        io.BytesIO(table.translate(ROWS, delete=b"Nn") or b"id,x,y\n"),
        names=["id", "x", "y"],
        header=None if table else 0,
        dtype={"id": "int64", "x": "float64", "y": "float64"},
        na_filter=False,
    )
    x, y = (np.rint(rows[one].to_numpy() / DEGREES).astype(np.int32) for one in "xy")
    return Batch(
        way_id=np.array([int(one[1:]) for one in ids], np.int64),
        kinds=[kind(one) for one in b"\n".join(tags).decode().split("\n")] if tags else [],
        first=np.cumsum([0, *(one.count(b"n") for one in nodes)], dtype=np.int64),
        node_id=rows["id"].to_numpy(),
        x=x,
        y=y,
    )


def _kind(text: str) -> WayKind:
    """Of tags as they are written, ``Thighway=track,ref=7``."""
    pairs = [one.split("=") for one in text[1:].split(",")]
    if "%" in text:
        pairs = [[_plain(half) if "%" in half else half for half in one] for one in pairs]
    return way_kind(dict(pairs))


def _plain(text: str) -> str:
    """Characters that mean something in a line stand there as ``%2c%``."""
    parts = text.split("%")
    parts[1::2] = [chr(int(one, 16)) for one in parts[1::2]]
    return "".join(parts)
