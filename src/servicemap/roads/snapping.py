"""Where points meet the road: on the edge, by the one rule of the contract.

The nearest snappable edge of the main component within the limit whose
straight leg crosses no river or canal (for points that only leave, or only
arrive, also of roads that only lead there, or only come from there); else the
nearest such edge of an island; else nothing, with the reason. A point's snap
depends on no other point.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

import numpy as np

from servicemap.roads.line_grid import Grid, grid_over
from servicemap.roads.nearest import nearest
from servicemap.roads.network import MAIN
from servicemap.roads.projection import Projection, great_circle_m, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from servicemap.roads.network import Network

Role = Literal["both", "origin", "destination"]
# Coordinates of a map are whole 1e-7 degrees, a centimetre; so near, a place is the same.
AT_VERTEX_M = 0.02


@dataclass(frozen=True)
class Snaps:
    """Points on the edges of one network, one row per point in the given order.

    Attributes
    ----------
    segment : (p,) int64
        First vertex of the segment; -1 where the point met no road.
    edge : (p,) int32
        Its edge, or -1.
    t : (p,) float64
        Place on the segment, 0 to 1.
    leg_m : (p,) float64
        Great-circle length of the straight leg; NaN where there is none.
    leg_ms : (p,) int64
        The leg walked; 0 where there is none.
    lon, lat : (p,) float64
        The place on the road.
    island : (p,) bool
        The edge is outside the main component.
    located : (p,) bool
        The point has coordinates.
    own_lon, own_lat : (p,) float64
        The point itself.
    """

    segment: NDArray[np.int64]
    edge: NDArray[np.int32]
    t: NDArray[np.float64]
    leg_m: NDArray[np.float64]
    leg_ms: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    island: NDArray[np.bool_]
    located: NDArray[np.bool_]
    own_lon: NDArray[np.float64]
    own_lat: NDArray[np.float64]

    def rows(self, chosen: Sequence[int]) -> Snaps:
        """Some of the points, in the order in which they are named."""
        at = np.asarray(chosen, dtype=np.int64)
        return Snaps(**{one.name: getattr(self, one.name)[at] for one in fields(self)})

    def masked(self, kept: NDArray[np.bool_]) -> Snaps:
        """The same rows; those not kept lose their place on the road."""
        return replace(
            self,
            segment=np.where(kept, self.segment, -1),
            edge=np.where(kept, self.edge, -1).astype(np.int32),
        )

    @property
    def reason(self) -> NDArray[np.object_]:
        """Why a point has no snap, or a lesser one; None where all is well."""
        reason = np.full(len(self.edge), None, dtype=object)
        reason[self.island] = "island"
        reason[self.edge < 0] = "off_network"
        reason[~self.located] = "not_located"
        return reason


@dataclass(frozen=True)
class Snapper:
    """The segments of one network, sorted into grids once."""

    start: NDArray[np.int64]
    edge: NDArray[np.int32]
    ends: tuple[NDArray[np.float64], ...]
    main: Mapping[Role, NDArray[np.bool_]]
    grid: Grid
    water_grid: Grid
    water: NDArray[np.float64]
    projection: Projection

    def nearest_segments(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        limit_m: float,
        role: Role = "both",
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Segment (first vertex, or -1), place on it, and planar distance."""

        def among(allowed: NDArray[np.bool_], rows: Any) -> tuple[Any, Any, Any]:
            return nearest(
                x[rows],
                y[rows],
                limit_m,
                self.grid,
                self.ends,
                allowed,
                self.edge,
                self.water_grid,
                self.water,
            )

        if not len(self.start):  # bridges and tunnels only
            nowhere = np.full(len(x), np.nan)
            return np.full(len(x), -1), np.zeros(len(x)), nowhere
        main = self.main[role]
        row, t, distance = among(main, slice(None))
        rest = np.flatnonzero(row < 0)
        if len(rest) and not main.all():
            row[rest], t[rest], distance[rest] = among(~main, rest)
        self._at_vertices(x, y, row, t, distance)
        segment = np.where(row >= 0, self.start[row], -1)
        return segment, t, distance

    def _at_vertices(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        row: NDArray[np.int64],
        t: NDArray[np.float64],
        distance: NDArray[np.float64],
    ) -> None:
        """Move places that are at a vertex, as far as maps can tell, to it."""
        inner = np.flatnonzero((row >= 0) & (t > 0.0) & (t < 1.0))
        ax, ay, bx, by = (one[row[inner]] for one in self.ends)
        length = np.hypot(bx - ax, by - ay)
        end = np.rint(t[inner])
        moved = np.flatnonzero(np.abs(end - t[inner]) * length <= AT_VERTEX_M)
        at, end = inner[moved], end[moved]
        t[at] = end
        distance[at] = np.hypot(
            x[at] - np.where(end, bx[moved], ax[moved]),
            y[at] - np.where(end, by[moved], ay[moved]),
        )


_prepared: WeakKeyDictionary[Network, Snapper] = WeakKeyDictionary()


def snapper(network: Network) -> Snapper:
    """The prepared grids of a network; made once, kept as long as the network."""
    known = _prepared.get(network)
    if known is None:
        known = _prepared[network] = _prepare(network)
    return known


def _main(network: Network) -> dict[Role, NDArray[np.bool_]]:
    """Edges that count as the main component for each role."""
    return {
        "both": network.edge_component == MAIN,
        "origin": network.edge_leaves,
        "destination": network.edge_enters,
    }


def _prepare(network: Network) -> Snapper:
    is_last = np.zeros(len(network.vertex_x), dtype=bool)
    is_last[network.edge_first[1:] - 1] = True
    start = np.flatnonzero(~is_last & network.snappable)
    edge = network.edge_of_vertex[start]
    ends = (
        network.vertex_x[start],
        network.vertex_y[start],
        network.vertex_x[start + 1],
        network.vertex_y[start + 1],
    )
    main = _main(network)
    water = network.water
    lines = [np.ascontiguousarray(water[:, k]) for k in range(4)]
    return Snapper(
        start=start,
        edge=edge,
        ends=ends,
        main={role: edges[edge] for role, edges in main.items()},
        grid=grid_over(*ends),
        water_grid=grid_over(lines[0], lines[1], lines[2], lines[3]),
        water=water,
        projection=Projection(network.crs),
    )


def snap(
    network: Network,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    limit_m: float = 500.0,
    role: Role = "both",
) -> Snaps:
    """Join points to the roads of one mode.

    Parameters
    ----------
    network
        Roads of one mode.
    lon, lat : (p,) float64
        Degrees; NaN where a point has no coordinates.
    limit_m
        Length of the longest straight leg, metres.
    role
        What the points are: an ``"origin"`` may also be joined to a road that leads
        to the main component and not back, a ``"destination"`` to one that is
        reached from it; ``"both"`` keeps to roads with a way there and back.

    Returns
    -------
    Snaps
    """
    tool = snapper(network)
    lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    located = np.isfinite(lon) & np.isfinite(lat)
    lon, lat = np.where(located, lon, np.nan), np.where(located, lat, np.nan)
    x, y = tool.projection.to_metres(lon, lat)
    segment, t, _ = tool.nearest_segments(x, y, limit_m, role)
    hit = segment >= 0
    at = np.where(hit, segment, 0)
    edge = np.where(hit, network.edge_of_vertex[at], -1).astype(np.int32)
    to = np.minimum(at + 1, len(network.vertex_lon) - 1)
    step = network.vertex_lon[to] - network.vertex_lon[at]
    road_lon = within(network.vertex_lon[at] + t * within(step))
    road_lat = network.vertex_lat[at] + t * (
        network.vertex_lat[to] - network.vertex_lat[at]
    )
    leg_m = np.where(hit, great_circle_m(lon, lat, road_lon, road_lat), np.nan)
    leg_ms = np.rint(np.where(hit, leg_m, 0.0) / network.leg_mps * 1000.0).astype(np.int64)
    return Snaps(
        segment=segment,
        edge=edge,
        t=t,
        leg_m=leg_m,
        leg_ms=leg_ms,
        lon=np.where(hit, road_lon, np.nan),
        lat=np.where(hit, road_lat, np.nan),
        island=hit & ~_main(network)[role][np.maximum(edge, 0)],
        located=located,
        own_lon=lon,
        own_lat=lat,
    )


def fraction(network: Network, snaps: Snaps) -> NDArray[np.float64]:
    """Place on the whole edge by length, 0 to 1; NaN where there is no snap."""
    hit = snaps.edge >= 0
    at, edge = np.maximum(snaps.segment, 0), np.maximum(snaps.edge, 0)
    to = np.minimum(at + 1, len(network.along_m) - 1)
    metres = network.along_m[at] + snaps.t * (network.along_m[to] - network.along_m[at])
    whole = network.edge_m[edge]
    share = np.divide(metres, whole, out=np.zeros_like(metres), where=whole > 0)
    return np.where(hit, share, np.nan)


def snaps_table(network: Network, snaps: Snaps, ids: pd.Series, table: str) -> pd.DataFrame:
    """The contract's table ``snaps`` for points of one table."""
    import pandas as pd

    from servicemap import tables

    hit = snaps.edge >= 0
    edge = pd.array(np.where(hit, snaps.edge, 0), dtype="Int64")
    number = network.edge_component[np.maximum(snaps.edge, 0)]
    component = pd.array(np.maximum(number, 0), dtype="Int64")
    edge[~hit] = pd.NA
    # a one-way road between two components is in neither
    component[~hit | (number < 0)] = pd.NA
    frame = pd.DataFrame(
        {
            "point_id": ids.to_numpy(),
            "table": table,
            "mode": network.mode,
            "edge_id": edge,
            "fraction": np.round(fraction(network, snaps), 6),
            "snap_m": np.round(snaps.leg_m, 2),
            "component": component,
            "lon": np.round(snaps.lon, 7),
            "lat": np.round(snaps.lat, 7),
            "reason": snaps.reason,
        }
    )
    return tables.check(frame, "snaps")
