"""Areas within a cutoff: where a place would be in time by the same rule as a point.

Rings nest, a ring does not depend on the others that were asked for, and the
far bank without a bridge is outside. Figures are computed from times, never
from these polygons; `servicemap.routing.audit` says how often the two differ.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely

from servicemap.roads.projection import Projection
from servicemap.routing.contour import Tracer, box_within
from servicemap.routing.ends import (
    Places,
    arrivals,
    departures,
    edges_at_nodes,
    graph,
    places,
    search_ends,
)
from servicemap.routing.field import reached_window
from servicemap.routing.kept_labels import label_grid
from servicemap.routing.search import MOST_MS
from servicemap.routing.travel_times import bound_ms
from servicemap.routing.workspace import Ends, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps
    from servicemap.routing.labels import Labels

Direction = Literal["to", "from"]

# Outlines of single points, hundreds of them, may move by a quarter of a cell: a third of
# the vertices stays. Merged areas, which maps and figures show, are as they were found.
SINGLE_THIN_CELLS = 0.25
FAST_CELL_M = 33.0
SLOW_CELL_M = 25.0
SLOW_MPS = 4.0  # below it (walking, cycling on paths) the finer cell


def default_cell_m(network: Network) -> float:
    """25 m where the mode is slow, 33 m where it is fast."""
    arcs_ms = network.arcs[1::2]
    if not len(arcs_ms):
        return SLOW_CELL_M
    mean_mps = 1000.0 * network.arc_m.sum() / max(1, int(arcs_ms.sum(dtype=np.int64)))
    return SLOW_CELL_M if mean_mps < SLOW_MPS else FAST_CELL_M


@dataclass(frozen=True)
class Area:
    """One area in the network's projected CRS."""

    row: int  # row of the point, -1 for all points together
    cutoff_min: float
    geometry: shapely.MultiPolygon


def areas(
    network: Network,
    points: Snaps,
    minutes: Sequence[float],
    *,
    direction: Direction = "to",
    merged: bool = False,
    cell_m: float | None = None,
    snap_limit_m: float = 500.0,
    thin_cells: float = 0.0,
) -> Iterator[Area]:
    """Areas of every point, or one area of all points together, per cutoff.

    Parameters
    ----------
    network
        Roads of one mode.
    points
        Points snapped to this network.
    minutes
        Cutoffs, each above 0.
    direction
        ``"to"``: from where a point is reached in time; ``"from"``: what is
        reached from it.
    merged
        One area from one search from all points, instead of one per point.
    cell_m
        Distance of grid points; 25 m for slow modes and 33 m for fast ones
        unless told. Tips narrower than half of it are lost.
    snap_limit_m
        A place farther from any road than this is in no area.
    thin_cells
        Leave out vertices where an outline then moves by no more than this, in cells;
        such areas are valid, and nest to within it.

    Yields
    ------
    Area
        By point, then by cutoff as given. A point without a snap has empty areas.
    """
    at = places(network, points)
    towards = direction == "to"
    seeds = (arrivals if towards else departures)(network, at)
    labels = label_grid(
        network,
        cell_m or default_cell_m(network),
        snap_limit_m,
        "origin" if towards else "destination",
    )
    slack = round(labels.cell_m / network.leg_mps * 1000.0)
    cutoffs_ms = [min(bound_ms(cutoff), MOST_MS - slack) for cutoff in minutes]
    bound = max(cutoffs_ms) + slack
    net = graph(network, reverse=towards)
    longest = int(net.arcs[1::2].max(initial=0)) + int(seeds.ms.max(initial=0))
    space = Workspace(net, min(longest, bound))
    try:
        room = _ROOMS.pop()
    except IndexError:
        room = _Room()
    tool = _Field(network, labels, towards, bound, slack, room)
    n = len(points.edge)
    first = np.searchsorted(seeds.point, np.arange(n + 1))
    hit = np.flatnonzero(points.edge >= 0)
    batches = [(-1, hit)] if merged else [(row, np.array([row])) for row in range(n)]
    own_xy = Projection(network.crs).to_metres(points.own_lon, points.own_lat)
    road_xy = _on_map(network, points)
    try:
        for row, members in batches:
            if merged:
                own_seeds = seeds
            else:
                cut = slice(first[row], first[row + 1])
                own_seeds = Ends(
                    seeds.point[cut], seeds.node[cut], seeds.ms[cut], seeds.second[cut]
                )
            usable = members[points.edge[members] >= 0]
            if not len(usable):
                for cutoff in minutes:
                    yield Area(row, cutoff, shapely.MultiPolygon())
                continue
            found = space.run(own_seeds, bound)
            own = _legs(own_xy, road_xy, points.leg_ms, usable, labels.cell_m)
            window = tool.window(space, found, at, usable, own)
            for cutoff, cutoff_ms in zip(minutes, cutoffs_ms, strict=True):
                yield Area(row, cutoff, tool.area(window, own, cutoff_ms, thin_cells))
    finally:
        if room.kept_bytes() <= MOST_KEPT_BYTES:
            _ROOMS.append(room)


def _on_map(
    network: Network, points: Snaps
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the points meet the road, in metres."""
    at = np.maximum(points.segment, 0)
    to = np.minimum(at + 1, len(network.vertex_x) - 1)
    x = network.vertex_x[at] + points.t * (network.vertex_x[to] - network.vertex_x[at])
    y = network.vertex_y[at] + points.t * (network.vertex_y[to] - network.vertex_y[at])
    return x, y


@dataclass(frozen=True)
class _Legs:
    """Cells on the straight legs of the points, and the walk from the point to each."""

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    ms: NDArray[np.float64]


def _legs(
    own: tuple[NDArray[np.float64], NDArray[np.float64]],
    road: tuple[NDArray[np.float64], NDArray[np.float64]],
    leg_ms: NDArray[np.int64],
    rows: NDArray[np.int64],
    cell_m: float,
) -> _Legs:
    x, y = own[0][rows], own[1][rows]
    dx, dy = road[0][rows] - x, road[1][rows] - y
    steps = np.ceil(2.0 * np.hypot(dx, dy) / cell_m).astype(np.int64) + 1
    point = np.repeat(np.arange(len(rows)), steps)
    step = np.arange(len(point)) - np.repeat(np.cumsum(steps) - steps, steps)
    share = step / np.maximum(1, steps - 1)[point]
    return _Legs(
        i=np.floor((x[point] + share * dx[point]) / cell_m).astype(np.int64),
        j=np.floor((y[point] + share * dy[point]) / cell_m).astype(np.int64),
        ms=share * leg_ms[rows][point],
    )


@dataclass(frozen=True)
class _Window:
    """Times at the grid points around what was reached; elsewhere the bound + 1."""

    i0: int
    j0: int
    ms: NDArray[np.int32]
    least_of_row: NDArray[np.int32]
    least_of_column: NDArray[np.int32]


class _Room:
    """Memory of one run after another: what the system hands out anew it clears first."""

    def __init__(self) -> None:
        self.window = np.empty(0, dtype=np.int32)
        self.tracer = Tracer()

    def kept_bytes(self) -> int:
        """Bytes that it holds."""
        return self.window.nbytes + self.tracer.kept_bytes()


MOST_KEPT_BYTES = 100_000_000
_ROOMS: deque[_Room] = deque(maxlen=4)  # those that no run uses now


class _Field:
    """Looks up the label grid for one network, direction and bound."""

    def __init__(
        self,
        network: Network,
        labels: Labels,
        towards: bool,
        bound: int,
        slack: int,
        room: _Room,
    ) -> None:
        self.network, self.labels = network, labels
        self.towards, self.bound, self.slack = towards, bound, slack
        self.seen = np.zeros(network.n_edges, dtype=np.int32)
        self.turn = 0
        self.ends = search_ends(network, towards=towards)
        self.touching = edges_at_nodes(network)
        self.edges = np.empty(network.n_edges, dtype=np.int32)
        self.room = room

    def window(
        self,
        space: Workspace,
        found: int,
        at: Places,
        own: NDArray[np.int64],
        legs: _Legs,
    ) -> _Window:
        network, labels = self.network, self.labels
        self.turn += 1
        own = own[np.argsort(at.edge[own], kind="stable")]
        frame = (
            np.int64(legs.i.min()),
            np.int64(legs.i.max() + 1),
            np.int64(legs.j.min()),
            np.int64(legs.j.max() + 1),
        )
        i0, j0, ms, of_row, of_column, self.room.window = reached_window(
            self.towards, labels.first, labels.cells.reshape(-1), labels.box,
            network.edge_first, network.forward_ms, network.backward_ms, *self.ends,
            network.edge_u, network.edge_v, network.node_junction,
            network.edge_forward, network.edge_backward, *self.touching, space.epoch,
            space.state, space.epoch - self.bound, space.reached, found, at.edge[own],
            at.forward_ms[own], at.backward_ms[own], at.leg_ms[own], self.bound, frame,
            self.seen, self.turn, self.edges, self.room.window,
        )  # fmt: skip
        return _Window(i0, j0, ms, of_row, of_column)

    def area(
        self, window: _Window, own: _Legs, cutoff_ms: int, thin_cells: float
    ) -> shapely.MultiPolygon:
        # A point is inside its own area, however short the cutoff, and so is its
        # way to the road as far as one walks: by the rule for other places, one
        # beside the point would first walk to the road and then back from it.
        near = own.ms <= cutoff_ms
        j = np.concatenate([own.j[near], own.j[near] + 1] * 2) - window.j0
        i = np.concatenate([own.i[near]] * 2 + [own.i[near] + 1] * 2) - window.i0
        before = window.ms[j, i]
        window.ms[j, i] = np.minimum(before, cutoff_ms - 1)
        box = (int(j.min()), int(j.max()), int(i.min()), int(i.max()))
        reached = box_within(window.least_of_row, window.least_of_column, cutoff_ms)
        if reached is not None:
            box = (
                min(box[0], reached[0]),
                max(box[1], reached[1]),
                min(box[2], reached[2]),
                max(box[3], reached[3]),
            )
        corner = (window.i0, window.j0)
        shape = self.room.tracer.area(
            window.ms, cutoff_ms, self.slack, box, corner, self.labels.cell_m, thin_cells
        )
        window.ms[j, i] = before  # the next cutoff has its own
        return shape
