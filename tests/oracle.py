"""Slow answers that are easy to believe: Dijkstra with a heap on raw pieces of road.

Nothing of the router is used here but the profile's verdict on tags and, where
two roads are equally near to a point, its choice between them.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse

from servicemap.roads.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from servicemap.osm_file import Extract
    from servicemap.roads.network import Network
    from servicemap.roads.profiles import Profile
    from servicemap.roads.snapping import Snaps

RADIUS_M = 6_371_008.8
NEVER = (math.inf, math.inf)
Weights = tuple[float, float]  # milliseconds, metres


def metres(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Haversine."""
    a, b = math.radians(lat1), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * RADIUS_M * math.asin(math.sqrt(half))


@dataclass(frozen=True)
class Piece:
    """A straight piece of road: nodes, place, time each way (None: not allowed)."""

    a: Any
    b: Any
    ends: tuple[float, float, float, float]  # lon, lat, lon, lat
    length_m: float
    ahead_ms: int | None
    behind_ms: int | None
    way: int
    snappable: bool

    def node_at(self, t: float) -> Any:
        """The end at which a place is, to a thousandth of a millimetre; else None."""
        if min(t, 1.0 - t) * self.length_m > 1e-6:
            return None
        return self.a if t < 0.5 else self.b


def pieces_of(extract: Extract, profile: Profile) -> Iterator[Piece]:
    """Every piece of road that the mode may use."""
    roads = extract.roads
    stopped: set[int] = set()
    delay: dict[tuple[int, bool], int] = defaultdict(int)
    for node, tagset in zip(roads.tagged_node, roads.node_tagset, strict=True):
        use = profile.node(roads.node_tagsets[tagset])
        if not use.passable:
            stopped.add(int(node))
        for along, meant in ((True, use.forward), (False, use.backward)):
            delay[int(node), along] = round(use.delay_s * 1000) if meant else 0
    node_id, x, y = roads.node_id.tolist(), roads.x.tolist(), roads.y.tolist()
    first = roads.first.tolist()
    for way, tagset in enumerate(roads.tagset.tolist()):
        at = range(first[way], first[way + 1])
        lon, lat = {k: x[k] * 1e-7 for k in at}, {k: y[k] * 1e-7 for k in at}
        steps = [
            (k, k + 1, metres(lon[k], lat[k], lon[k + 1], lat[k + 1]))
            for k in at
            if k + 1 in at
        ]
        use = profile.way(roads.tagsets[tagset])
        if use.ferry:
            use = profile.way(roads.tagsets[tagset], length_m=sum(s[2] for s in steps))
        if not (use.forward or use.backward):
            continue
        for i, j, length in steps:
            a, b = node_id[i], node_id[j]

            def took(kph: float, into: tuple[int, bool], length: float = length) -> int:
                return max(1, round(length * 3600.0 / kph)) + delay[into]

            yield Piece(
                # who comes to a barrier stops there: the node is not the same for others
                ("stop", way, i) if a in stopped else a,
                ("stop", way, i, j) if b in stopped else b,
                (lon[i], lat[i], lon[j], lat[j]),
                length,
                took(use.forward_kph, (b, True)) if use.forward else None,
                took(use.backward_kph, (a, False)) if use.backward else None,
                way,
                use.snappable and not use.ferry,
            )


class Oracle:
    """One mode's roads, asked slowly."""

    def __init__(self, extract: Extract, profile: Profile, network: Network) -> None:
        self.pieces = list(pieces_of(extract, profile))
        self.leg_mps = profile.leg_kph / 3.6
        self.network = network
        self.arcs: dict[Any, list[tuple[Any, int, float]]] = defaultdict(list)
        for piece in self.pieces:
            if piece.ahead_ms is not None:
                self.arcs[piece.a].append((piece.b, piece.ahead_ms, piece.length_m))
            if piece.behind_ms is not None:
                self.arcs[piece.b].append((piece.a, piece.behind_ms, piece.length_m))
        self.named = defaultdict(list)
        for number, piece in enumerate(self.pieces):
            lon1, lat1, lon2, lat2 = (round(value * 1e7) for value in piece.ends)
            self.named[piece.way, lon1, lat1, lon2, lat2].append((number, False))
            self.named[piece.way, lon2, lat2, lon1, lat1].append((number, True))

    # ------------------------------------------------------------ components
    def main(self) -> np.ndarray:
        """Pieces of the strongly connected component with the most kilometres."""
        number = {node: k for k, node in enumerate(sorted(self._nodes(), key=str))}
        tail = [number[v] for v, arcs in self.arcs.items() for _ in arcs]
        head = [number[w] for arcs in self.arcs.values() for w, _, _ in arcs]
        graph = scipy.sparse.coo_matrix(
            (np.ones(len(tail)), (tail, head)), shape=(len(number),) * 2
        )
        _, label = scipy.sparse.csgraph.connected_components(
            graph.tocsr(), connection="strong"
        )
        a = label[[number[piece.a] for piece in self.pieces]]
        b = label[[number[piece.b] for piece in self.pieces]]
        length = np.array([piece.length_m for piece in self.pieces])
        km = np.bincount(a[a == b], weights=length[a == b])
        return (a == b) & (a == km.argmax())

    def one_way_to_and_from_main(self) -> tuple[np.ndarray, np.ndarray]:
        """Pieces from which the main component is reached, and those reached from it."""
        back: dict[Any, list[Any]] = defaultdict(list)
        ahead: dict[Any, list[Any]] = defaultdict(list)
        for node, arcs in self.arcs.items():
            for other, _, _ in arcs:
                ahead[node].append(other)
                back[other].append(node)
        start = [p.a for p, main in zip(self.pieces, self.main(), strict=True) if main][:1]
        to, out = self._flood(start, back), self._flood(start, ahead)
        leaves = [
            (p.ahead_ms is not None and p.b in to)
            or (p.behind_ms is not None and p.a in to)
            for p in self.pieces
        ]
        enters = [
            (p.ahead_ms is not None and p.a in out)
            or (p.behind_ms is not None and p.b in out)
            for p in self.pieces
        ]
        return np.array(leaves), np.array(enters)

    @staticmethod
    def _flood(start: list[Any], arcs: dict[Any, list[Any]]) -> set[Any]:
        seen, todo = set(start), list(start)
        while todo:
            for other in arcs.get(todo.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        return seen

    def _nodes(self) -> set[Any]:
        return {piece.a for piece in self.pieces} | {piece.b for piece in self.pieces}

    # ------------------------------------------------------------ snapping
    def nearest_pieces(
        self,
        lon: float,
        lat: float,
        limit_m: float = 500.0,
        among: np.ndarray | None = None,
    ) -> tuple[float, list[int]]:
        """Planar distance to the nearest piece whose leg crosses no river, and all as near.

        In the order of distance, all pieces, one by one.
        """
        if not hasattr(self, "_plane"):
            projection = Projection(self.network.crs)
            ends = np.array([piece.ends for piece in self.pieces])
            ax, ay = projection.to_metres(ends[:, 0], ends[:, 1])
            bx, by = projection.to_metres(ends[:, 2], ends[:, 3])
            self._plane = projection, ax, ay, bx, by
            self._snappable = np.array([piece.snappable for piece in self.pieces])
        projection, ax, ay, bx, by = self._plane
        px, py = projection.to_metres(lon, lat)
        dx, dy = bx - ax, by - ay
        norm = dx**2 + dy**2
        t = np.clip(
            np.divide(
                (px - ax) * dx + (py - ay) * dy,
                norm,
                out=np.zeros_like(norm),
                where=norm > 0,
            ),
            0,
            1,
        )
        qx, qy = ax + t * dx, ay + t * dy
        distance = np.hypot(px - qx, py - qy)
        kept = self._snappable & (distance <= limit_m)
        if among is not None:
            kept &= among
        rows = np.flatnonzero(kept)
        for row in rows[np.argsort(distance[rows], kind="stable")]:
            if self._crosses(px, py, qx[row], qy[row]):
                continue
            near = rows[np.abs(distance[rows] - distance[row]) < 1e-6]
            dry = [k for k in near if not self._crosses(px, py, qx[k], qy[k])]
            return float(distance[row]), dry
        return math.nan, []

    def _crosses(self, px: float, py: float, qx: float, qy: float) -> bool:
        water = self.network.water
        if not len(water):
            return False
        ax, ay, bx, by = water.T

        def side(ox: Any, oy: Any, ux: Any, uy: Any, vx: Any, vy: Any) -> Any:
            return np.sign((ux - ox) * (vy - oy) - (uy - oy) * (vx - ox))

        over = side(px, py, qx, qy, ax, ay) * side(px, py, qx, qy, bx, by) < 0
        under = side(ax, ay, bx, by, px, py) * side(ax, ay, bx, by, qx, qy) < 0
        return bool((over & under).any())

    # ------------------------------------------------------------ times
    def seat(self, snaps: Snaps, row: int) -> tuple[Piece, float, int] | None:
        """Piece of road, place on it (0 at ``a``) and milliseconds of the leg."""
        if snaps.edge[row] < 0:
            return None
        net, at = self.network, int(snaps.segment[row])
        lon, lat = net.vertex_lon, net.vertex_lat
        ends = [round(v * 1e7) for v in (lon[at], lat[at], lon[at + 1], lat[at + 1])]
        number, turned = self.named[int(net.vertex_way[at]), *ends][0]
        t = float(snaps.t[row])
        leg_m = metres(
            snaps.own_lon[row], snaps.own_lat[row], snaps.lon[row], snaps.lat[row]
        )
        return (
            self.pieces[number],
            1.0 - t if turned else t,
            round(leg_m / self.leg_mps * 1000),
        )

    def from_point(self, seat: tuple[Piece, float, int]) -> dict[Any, Weights]:
        """Least time, then least length, from a point to every node."""
        piece, t, leg = seat
        start: dict[Any, Weights] = {}
        if piece.ahead_ms is not None:
            rest = piece.ahead_ms - round(t * piece.ahead_ms)
            start[piece.b] = (leg + rest, (1 - t) * piece.length_m)
        if piece.behind_ms is not None:
            back = (leg + round(t * piece.behind_ms), t * piece.length_m)
            start[piece.a] = min(start.get(piece.a, NEVER), back)
        node = piece.node_at(t)
        if node is not None:
            start[node] = min(start.get(node, NEVER), (leg, 0.0))
        return self.spread(start)

    most_ms = math.inf  # how far searches go

    def onwards(self, node: Any) -> Iterable[tuple[Any, int, float]]:
        """What may follow a node, with time and length."""
        return self.arcs.get(node, ())

    def spread(self, start: dict[Any, Weights]) -> dict[Any, Weights]:
        """Least time, then least length, to all that may follow; plain Dijkstra."""
        best = dict(start)
        tie = itertools.count()
        heap = [(*weights, next(tie), node) for node, weights in start.items()]
        heapq.heapify(heap)
        while heap:
            ms, m, _, node = heapq.heappop(heap)
            if (ms, m) > best[node]:
                continue
            for other, arc_ms, arc_m in self.onwards(node):
                new = (ms + arc_ms, m + arc_m)
                if new[0] <= self.most_ms and new < best.get(other, NEVER):
                    best[other] = new
                    heapq.heappush(heap, (*new, next(tie), other))
        return best

    def arrive(
        self,
        best: dict[Any, Weights],
        origin: tuple[Piece, float, int],
        goal: tuple[Piece, float, int],
    ) -> Weights:
        """Least time and length to another point; infinite where there is no way."""
        piece, t, leg = goal
        found = [NEVER]
        if piece.ahead_ms is not None and piece.a in best:
            ms, m = best[piece.a]
            found.append((ms + round(t * piece.ahead_ms) + leg, m + t * piece.length_m))
        if piece.behind_ms is not None and piece.b in best:
            ms, m = best[piece.b]
            rest = piece.behind_ms - round(t * piece.behind_ms)
            found.append((ms + rest + leg, m + (1 - t) * piece.length_m))
        node = piece.node_at(t)
        if node in best:
            ms, m = best[node]
            found.append((ms + leg, m))
        own, s, own_leg = origin
        if own is piece:
            legs = own_leg + leg
            if piece.ahead_ms is not None and t >= s:
                ms = round(t * piece.ahead_ms) - round(s * piece.ahead_ms)
                found.append((legs + ms, (t - s) * piece.length_m))
            if piece.behind_ms is not None and t <= s:
                ms = round(s * piece.behind_ms) - round(t * piece.behind_ms)
                found.append((legs + ms, (s - t) * piece.length_m))
        return min(found)

    def table(self, origins: Snaps, goals: Snaps) -> tuple[np.ndarray, np.ndarray]:
        """Milliseconds and metres of all pairs; infinite where there is no way."""
        n, m = len(origins.edge), len(goals.edge)
        ms, length = np.full((n, m), np.inf), np.full((n, m), np.inf)
        seats = [self.seat(goals, k) for k in range(m)]
        for i in range(n):
            origin = self.seat(origins, i)
            if origin is None:
                continue
            best = self.from_point(origin)
            for k, goal in enumerate(seats):
                if goal is not None:
                    ms[i, k], length[i, k] = self.arrive(best, origin, goal)
        return ms, length

    def by_length(self) -> None:
        """Weigh ways by their length alone: a metre for a second."""
        self.arcs = {
            node: [(other, length * 1000, length) for other, _, length in arcs]
            for node, arcs in self.arcs.items()
        }
        self.leg_mps = math.inf
        for number, piece in enumerate(self.pieces):
            self.pieces[number] = replace(
                piece,
                ahead_ms=None if piece.ahead_ms is None else round(piece.length_m * 1000),
                behind_ms=None if piece.behind_ms is None else round(piece.length_m * 1000),
            )
