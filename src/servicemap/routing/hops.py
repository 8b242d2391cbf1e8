"""A path as straight pieces of road in driving order, cut exactly at its ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps
    from servicemap.routing.ends import Places

    Seat = tuple[Snaps, Places, int]

NOTHING_M = 1e-6  # below it a length is the rounding of a sum


@dataclass(frozen=True, eq=False)
class Hops:
    """Straight pieces of road, each from one point of the path to the next.

    Attributes
    ----------
    lon, lat : (n + 1,) float64
        The points.
    ms : (n,) int64
    metres : (n,) float64
    segment : (n,) int64
        First vertex of the segment that the piece lies on.
    node : (n,) int64
        Junction that the piece begins at; -1 inside an edge.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    ms: NDArray[np.int64]
    metres: NDArray[np.float64]
    segment: NDArray[np.int64]
    node: NDArray[np.int64]

    @staticmethod
    def joined(parts: Sequence[Hops]) -> Hops:
        """Parts of one path, each ending where the next begins."""
        parts = [part for part in parts if len(part.ms)]
        return Hops(
            lon=np.concatenate([part.lon[:-1] for part in parts] + [parts[-1].lon[-1:]]),
            lat=np.concatenate([part.lat[:-1] for part in parts] + [parts[-1].lat[-1:]]),
            ms=np.concatenate([part.ms for part in parts]),
            metres=np.concatenate([part.metres for part in parts]),
            segment=np.concatenate([part.segment for part in parts]),
            node=np.concatenate([part.node for part in parts]),
        )

    def shortened(self) -> Hops:
        """Without pieces that take no time and have no length, but never empty.

        They come from points that meet the road at a vertex. A junction before one
        of them is a junction before the next.
        """
        kept = (self.ms != 0) | (self.metres > NOTHING_M)
        if kept.all():
            return self
        if not kept.any():
            kept[0] = True
        node = np.full(int(kept.sum()) + 1, -1, dtype=np.int64)
        np.maximum.at(node, np.cumsum(kept) - kept, self.node)
        lon = np.append(self.lon[:-1][kept], self.lon[-1])
        lat = np.append(self.lat[:-1][kept], self.lat[-1])
        lon[0], lat[0] = self.lon[0], self.lat[0]
        return Hops(
            lon, lat, self.ms[kept], self.metres[kept], self.segment[kept], node[:-1]
        )


def along_edge(network: Network, code: int, begin: Seat | None, end: Seat | None) -> Hops:
    """Part of one edge.

    Parameters
    ----------
    network
        Roads of one mode.
    code
        ``edge * 2``, and 1 more where the edge is driven from its last vertex.
    begin, end
        Places on it where the part begins and ends; None for the edge's own ends.
    """
    edge, backward = code >> 1, bool(code & 1)
    low, high = (end, begin) if backward else (begin, end)
    a, b = int(network.edge_first[edge]), int(network.edge_first[edge + 1]) - 1
    if low is not None:
        a = int(low[0].segment[low[2]]) + 1
    if high is not None:
        b = int(high[0].segment[high[2]])
    vertices = np.arange(a, b + 1)
    timed = "backward_ms" if backward else "forward_ms"
    columns = [
        [network.vertex_lon[vertices]],
        [network.vertex_lat[vertices]],
        [network.along_m[vertices]],
        [getattr(network, timed)[vertices].astype(np.int64)],
    ]
    segment = vertices
    for seat, front in ((low, True), (high, False)):
        if seat is None:
            continue
        snaps, at, row = seat
        values = (snaps.lon[row], snaps.lat[row], at.along_m[row], getattr(at, timed)[row])
        for column, value in zip(columns, values, strict=True):
            column.insert(0 if front else len(column), np.array([value]))
        if front:
            segment = np.concatenate([[a - 1], segment])
    if high is None:
        segment = segment[:-1]
    lon, lat, metres, ms = (np.concatenate(column) for column in columns)
    if backward:
        lon, lat, segment = lon[::-1], lat[::-1], segment[::-1]
        metres, ms = -metres[::-1], -ms[::-1]
    node = np.full(len(segment), -1, dtype=np.int64)
    if begin is None:
        node[0] = (network.edge_v if backward else network.edge_u)[edge]
    return Hops(lon, lat, np.diff(ms), np.diff(metres), segment, node)


def over_edges(network: Network, arcs: NDArray[np.int32]) -> Hops:
    """Whole edges one after the other; see `along_edge` for their codes."""
    edge, backward = arcs >> 1, (arcs & 1).astype(bool)
    first, last = network.edge_first[edge], network.edge_first[edge + 1] - 1
    counts = last - first
    arc = np.repeat(np.arange(len(arcs)), counts)
    place = np.arange(len(arc)) - np.repeat(np.cumsum(counts) - counts, counts)
    back = backward[arc]
    segment = np.where(back, last[arc] - 1 - place, first[arc] + place)
    ends = np.where(backward, first, last)[-1:]
    vertex = np.concatenate([np.where(back, segment + 1, segment), ends])
    tail = np.where(backward, network.edge_v[edge], network.edge_u[edge])
    forward = network.forward_ms[segment + 1] - network.forward_ms[segment]
    against = network.backward_ms[segment + 1] - network.backward_ms[segment]
    return Hops(
        lon=network.vertex_lon[vertex],
        lat=network.vertex_lat[vertex],
        ms=np.where(back, against, forward).astype(np.int64),
        metres=network.along_m[segment + 1] - network.along_m[segment],
        segment=segment,
        node=np.where(place == 0, tail[arc], -1),
    )
