"""The roads within a cutoff as lines with times, cut inside an edge to the metre.

What an area shows from above, this shows on the ground: every piece of road from
which a point is reached in time, or that is reached from it, and how long it
takes from either end of the piece.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servicemap.routing.ends import arrivals, departures, graph, places, search_ends
from servicemap.routing.reached_pieces import _pieces
from servicemap.routing.travel_times import bound_ms
from servicemap.routing.workspace import Ends, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps
    from servicemap.routing.isochrones import Direction

DIGITS = 7  # of a degree: a centimetre
COLUMNS = {
    "facility_id": "str",
    "mode": "str",
    "direction": "str",
    "cutoff_min": "float64",
    "edge_id": "int64",
    "name": "str",
    "from_min": "float64",
    "to_min": "float64",
    "length_m": "float64",
}


@dataclass(frozen=True, eq=False)
class Reached:
    """Pieces of road within one cutoff of one point, or of all points together.

    Each piece has one time at every place, which rises or falls all along it. Pieces
    do not overlap: on a road that is used both ways the lesser time counts.

    Attributes
    ----------
    row
        Row of the point; -1 for all points together.
    cutoff_min
        The cutoff.
    edge : (n,) int32
        Edge of each piece, rising; pieces of one edge in their order along it.
    forward : (n,) bool
        Whether it is travelled in the direction of the edge's vertices.
    segments : (n, 2) int64
    shares : (n, 2) float64
        Where it ends towards the edge's first vertex, and towards its last: segment
        (first vertex of it) and place on that, 0 to 1.
    ms : (n, 2) float64
        Times at these two ends, the straight leg of the point included.
    length_m : (n,) float64
    """

    row: int
    cutoff_min: float
    edge: NDArray[np.int32]
    forward: NDArray[np.bool_]
    segments: NDArray[np.int64]
    shares: NDArray[np.float64]
    ms: NDArray[np.float64]
    length_m: NDArray[np.float64]

    @property
    def travelled_min(self) -> NDArray[np.float64]:
        """Minutes where travel enters each piece, and where it leaves it, (n, 2)."""
        ordered = np.where(self.forward[:, None], self.ms, self.ms[:, ::-1])
        return np.asarray(ordered / 60_000.0)

    def lines(self, network: Network) -> NDArray[np.object_]:
        """Lines in degrees, drawn in the direction of travel."""
        import shapely

        low, high = self.segments.T
        low_t, high_t = self.shares.T
        # vertices strictly between the two ends
        first = low + 1 + (low_t >= 1.0)
        counts = np.maximum(0, high - (high_t <= 0.0) - first + 1)
        n = counts + 2
        line = np.repeat(np.arange(len(n)), n)
        place = np.arange(len(line)) - np.repeat(np.cumsum(n) - n, n)
        place = np.where(self.forward[line], place, n[line] - 1 - place)
        is_low, is_high = place == 0, place == n[line] - 1
        segment = np.where(is_low, low[line], np.where(is_high, high[line], 0))
        share = np.where(is_low, low_t[line], np.where(is_high, high_t[line], 0.0))
        vertex = np.where(is_low | is_high, segment, first[line] + place - 1)
        after = np.minimum(vertex + 1, len(network.vertex_lon) - 1)
        points = [
            values[vertex] + share * (values[after] - values[vertex])
            for values in (network.vertex_lon, network.vertex_lat)
        ]
        return np.asarray(shapely.linestrings(np.column_stack(points), indices=line))


def reached_roads(
    network: Network,
    points: Snaps,
    minutes: float,
    *,
    direction: Direction = "to",
    merged: bool = False,
) -> Iterator[Reached]:
    """Roads within a cutoff of every point, or of all points together.

    Parameters
    ----------
    network
        Roads of one mode.
    points
        Points snapped to this network.
    minutes
        The cutoff, 0 or more. Smaller cutoffs are parts of the same pieces.
    direction
        ``"to"``: roads from which a point is reached in time; ``"from"``: roads
        that are reached from it.
    merged
        One answer from one search from all points, instead of one per point.

    Yields
    ------
    Reached
        By point. A point without a snap, or whose straight leg alone takes too
        long, reaches no road.

    Raises
    ------
    InputError
        ``minutes`` is negative or not a number.
    """
    bound = bound_ms(minutes)
    at = places(network, points)
    towards = direction == "to"
    seeds = (arrivals if towards else departures)(network, at)
    net = graph(network, reverse=towards)
    longest = int(net.arcs[1::2].max(initial=0)) + int(seeds.ms.max(initial=0))
    space = Workspace(net, min(longest, bound))
    if towards:  # time spreads against the direction of travel
        up, down = network.backward_ms, network.forward_ms
        up_allowed, down_allowed = network.edge_backward, network.edge_forward
        own_up, own_down = at.backward_ms, at.forward_ms
        arc_first, arc_edge = network.back_first, network.back_edge
    else:
        up, down = network.forward_ms, network.backward_ms
        up_allowed, down_allowed = network.edge_forward, network.edge_backward
        own_up, own_down = at.forward_ms, at.backward_ms
        arc_first, arc_edge = network.arc_first, network.arc_edge
    ends = search_ends(network, towards=towards)
    seen = np.zeros(network.n_edges, dtype=np.int32)
    n = len(points.edge)
    first = np.searchsorted(seeds.point, np.arange(n + 1))
    batches = [(-1, np.arange(n))] if merged else [(k, np.array([k])) for k in range(n)]
    for turn, (row, members) in enumerate(batches, start=1):
        cut = slice(None) if merged else slice(first[row], first[row + 1])
        own_seeds = Ends(
            seeds.point[cut], seeds.node[cut], seeds.ms[cut], seeds.second[cut]
        )
        own = members[points.edge[members] >= 0]
        own = own[np.lexsort((points.t[own], points.segment[own]))]
        found = space.run(own_seeds, bound) if len(own) else 0
        edge, rising, segments, shares, ms = _pieces(
            arc_first, arc_edge, network.edge_first, *ends, int(towards), up, down,
            up_allowed, down_allowed, space.epoch, space.epoch - bound, space.state,
            space.reached, found, points.edge[own], points.segment[own], points.t[own],
            own_up[own], own_down[own], at.leg_ms[own], bound, seen, turn,
        )  # fmt: skip
        order = np.lexsort((shares[:, 0], segments[:, 0]))
        segments, shares = segments[order], shares[order]
        metres = network.along_m[segments]
        metres += shares * (network.along_m[segments + 1] - metres)
        yield Reached(
            row=row,
            cutoff_min=minutes,
            edge=edge[order],
            forward=rising[order] != towards,
            segments=segments,
            shares=shares,
            ms=ms[order],
            length_m=metres[:, 1] - metres[:, 0],
        )


def reached_roads_table(
    reached: Iterable[Reached],
    facility_id: pd.Series,
    network: Network,
    direction: Direction,
) -> gpd.GeoDataFrame:
    """Reached roads as one table of lines in degrees.

    Parameters
    ----------
    reached
        What `reached_roads` found.
    facility_id
        Ids of the points by row; ``all`` stands for all points together.
    network
        Roads of the mode.
    direction
        The one that was asked for.

    Returns
    -------
    GeoDataFrame
        Columns `COLUMNS` and ``geometry``. Lines are drawn in the direction of travel;
        ``from_min`` holds at their first point and ``to_min`` at their last, so minutes
        fall along a line when the direction is ``to`` and rise when it is ``from``.
        ``name`` is that of the street in the middle of the piece.
    """
    import geopandas as gpd
    import pandas as pd
    import shapely

    ids = facility_id.to_numpy()
    parts = []
    for one in reached:
        times = one.travelled_min
        middle = one.segments.sum(axis=1) // 2
        name = network.way_name[network.vertex_way[middle]]
        columns = {
            "facility_id": "all" if one.row < 0 else ids[one.row],
            "mode": network.mode,
            "direction": direction,
            "cutoff_min": float(one.cutoff_min),
            "edge_id": one.edge.astype(np.int64),
            "name": [network.names[k] or None for k in name.tolist()],
            "from_min": np.round(times[:, 0], 5),
            "to_min": np.round(times[:, 1], 5),
            "length_m": np.round(one.length_m, 2),
            "geometry": shapely.transform(
                one.lines(network), lambda points: np.round(points, DIGITS)
            ),
        }
        parts.append(pd.DataFrame(columns))
    if not parts:
        parts.append(pd.DataFrame(columns=[*COLUMNS, "geometry"]))
    frame = pd.concat(parts, ignore_index=True).astype(COLUMNS)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")
