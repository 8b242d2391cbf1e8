"""Why two routers disagree about the length of a shortest path.

The shorter of the two paths is walked piece by piece, and the other router is asked
for its distance to the middle of every piece. The first piece that it cannot reach as
cheaply, and the last one from which it cannot, enclose what the two read differently:
a road that one of them does not have, a direction, a turn or a point on the way.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from servicemap.roads.projection import great_circle_m

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from servicemap.osm_file import RoadWays
    from servicemap.roads.profiles import Profile

SLACK_M = 5.0  # Valhalla's edges are whole metres long
SLACK = 0.001  # OSRM's sphere is 0.03 % larger
OFF_ROAD_M = 3.0
SAME_M = 0.05
AT_ONCE = 12
SAID = (
    "highway", "access", "vehicle", "motor_vehicle", "motorcar", "oneway", "service",
    "junction", "tracktype", "smoothness", "surface", "barrier", "area", "locked", "ford",
    "motor_vehicle:conditional", "access:conditional", "oneway:conditional", "width",
    "maxwidth", "maxheight", "maxweight", "motorroad", "construction", "psv", "bus", "hgv",
    "impassable", "bollard", "foot", "bicycle", "oneway:motor_vehicle", "lanes:psv",
)  # fmt: skip


class Router(Protocol):
    """One of the two."""

    def metres(
        self, starts: NDArray[np.float64], goals: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Shortest distances of all pairs of places (n, 2); NaN where there is no way."""

    def met(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where places meet its roads."""


@dataclass(frozen=True)
class Piece:
    """A straight piece of a path: the row of its way, and whether along its nodes."""

    way: int
    along: bool
    nodes: tuple[int, int]


class Map:
    """The extract, asked by coordinates."""

    def __init__(self, roads: RoadWays, profile: Profile) -> None:
        self.roads, self.profile = roads, profile
        last = np.zeros(len(roads.node_id), dtype=bool)
        last[roads.first[1:] - 1] = True
        way = np.repeat(np.arange(len(roads.way_id)), np.diff(roads.first))
        # six decimals: Valhalla tells no more
        spots = np.rint(np.column_stack([roads.x, roads.y]) / 10).astype(np.int64)
        self._pieces: dict[tuple[int, ...], list[tuple[int, int]]] = {}
        self._at: dict[tuple[int, int], set[int]] = {}
        for k in range(len(roads.node_id)):
            spot = (int(spots[k, 0]), int(spots[k, 1]))
            self._at.setdefault(spot, set()).add(int(roads.node_id[k]))
            if last[k]:
                continue
            key = (*spot, int(spots[k + 1, 0]), int(spots[k + 1, 1]))
            self._pieces.setdefault(key, []).append((int(way[k]), k))
        self._tags = {
            int(node): dict(roads.node_tagsets[tagset])
            for node, tagset in zip(roads.tagged_node, roads.node_tagset, strict=True)
        }

    def piece(self, a: NDArray[np.float64], b: NDArray[np.float64]) -> Piece | None:
        """The piece of road between two points of a path."""
        u, v = (tuple(int(c) for c in np.rint(one * 1e6)) for one in (a, b))
        for k in (u, v):
            if not self._near(k):
                return None
        for one in self._near(u):
            for two in self._near(v):
                if found := self._pieces.get((*one, *two)):
                    way, k = found[0]
                    return Piece(way, True, self._nodes(k, along=True))
                if found := self._pieces.get((*two, *one)):
                    way, k = found[0]
                    return Piece(way, False, self._nodes(k, along=False))
        return None

    def beside(self, place: NDArray[np.float64]) -> str:
        """Tags of the road whose piece has its middle here."""
        lon, lat = (self.roads.x * 1e-7, self.roads.y * 1e-7)
        middle_lon, middle_lat = (lon[:-1] + lon[1:]) / 2, (lat[:-1] + lat[1:]) / 2
        far = great_circle_m(middle_lon, middle_lat, place[0], place[1])
        row = int(np.argmin(far))
        way = int(np.searchsorted(self.roads.first, row, side="right")) - 1
        tags = self.roads.tagsets[self.roads.tagset[way]]
        return " ".join(f"{key}={tags[key]}" for key in SAID if key in tags)

    def _near(self, spot: tuple[int, ...]) -> list[tuple[int, int]]:
        x, y = spot
        around = [(x + i, y + j) for i in (0, -1, 1) for j in (0, -1, 1)]
        return [one for one in around if one in self._at]

    def _nodes(self, k: int, *, along: bool) -> tuple[int, int]:
        pair = int(self.roads.node_id[k]), int(self.roads.node_id[k + 1])
        return pair if along else pair[::-1]

    def words(self, pieces: list[Piece]) -> tuple[str, ...]:
        """What stands on the pieces and between them, with our verdict."""
        told = []
        for way, along in dict.fromkeys((one.way, one.along) for one in pieces):
            tags = self.roads.tagsets[self.roads.tagset[way]]
            use = self.profile.way(tags)
            open_ = use.forward if along else use.backward
            said = " ".join(f"{key}={tags[key]}" for key in SAID if key in tags)
            told.append(
                f"way {self.roads.way_id[way]} {'along' if along else 'against'} "
                f"[{said}] ours: {'open' if open_ else 'closed'} ({use.rule})"
            )
        inner = [one.nodes[1] for one in pieces[:-1]]
        for node in dict.fromkeys(inner):
            if tags := self._tags.get(node):
                said = " ".join(f"{key}={value}" for key, value in sorted(tags.items()))
                ours = self.profile.node(tags)
                told.append(
                    f"node {node} [{said}] ours: "
                    f"{'open' if ours.passable else 'closed'} ({ours.rule})"
                )
        told += self._restrictions(pieces)
        return tuple(told)

    def _restrictions(self, pieces: list[Piece]) -> list[str]:
        ids = {int(self.roads.way_id[one.way]) for one in pieces}
        nodes = {one.nodes[1] for one in pieces[:-1]}
        told = []
        for relation, tags, members in self.roads.restrictions:
            ways = {ref for kind, ref, _ in members if kind == "w"}
            vias = {ref for kind, ref, _ in members if kind == "n"}
            sources = {ref for kind, ref, role in members if role == "from"}
            if sources & ids and (vias & nodes or (not vias and len(ways & ids) > 1)):
                said = " ".join(f"{key}={value}" for key, value in sorted(tags.items()))
                told.append(f"relation {relation} [{said}]")
        return told


class Causes:
    """What encloses the differences, path by path; what is known is not asked again."""

    def __init__(self, at: Map) -> None:
        self._at = at
        self._known: dict[str, list[tuple[Piece, Piece, tuple[str, ...]]]] = {}

    def of(self, line: NDArray[np.float64], loser: Router, who: str) -> tuple[str, ...]:
        """The cause on one path.

        Parameters
        ----------
        line : (n, 2)
            The shorter path, from its first place to its last, degrees.
        loser
            The router whose path is longer.
        who
            Its name.
        """
        step = great_circle_m(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])
        line = line[np.concatenate([[True], step > SAME_M])]
        pieces = [self._at.piece(a, b) for a, b in itertools.pairwise(line)]
        seats: dict[Piece, int] = {}
        for k, piece in enumerate(pieces):
            if piece is not None:
                seats.setdefault(piece, k)
        known = self._known.setdefault(who, [])
        for first, last, words in known:
            if first in seats and last in seats and seats[first] <= seats[last]:
                return words
        i, j, kind = _window(line, loser)
        inside = [one for one in pieces[i : j + 1] if one is not None]
        if not inside:
            return (f"{who}: {kind}, off the map's nodes",)
        words = (f"{who}: {kind}", *self._at.words(inside))
        known.append((inside[0], inside[-1], words))
        return words


def _window(line: NDArray[np.float64], loser: Router) -> tuple[int, int, str]:
    """First and last piece of what the loser reads differently."""
    step = great_circle_m(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])
    # the path's first place, the middle of each piece, and its last place
    places = np.vstack([line[:1], (line[:-1] + line[1:]) / 2, line[-1:]])
    ends = np.cumsum(step)
    along = np.concatenate([[0.0], ends - step / 2, ends[-1:]])
    last = len(step) - 1

    total = float(loser.metres(places[:1], places[-1:])[0, 0]) - along[-1]
    # half of what the whole path is dearer: the place where most of it comes about
    least = max(SLACK_M, SLACK * along[-1], 0.5 * total if np.isfinite(total) else 0.0)

    def dearer(asked: NDArray[np.float64], own: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.isnan(asked) | (asked > own + least)

    def off(rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        gap = great_circle_m(*places[rows].T, *loser.met(places[rows]).T)
        return ~(gap <= OFF_ROAD_M)

    def ahead(rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        return off(rows) | dearer(loser.metres(places[:1], places[rows])[0], along[rows])

    j = _first(ahead, 0, len(places) - 1)
    if off(np.array([j]))[0]:
        return max(j - 1, 0), min(max(j - 1, 0), last), "has no such road"

    def back(rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        asked = loser.metres(places[rows], places[j : j + 1])[:, 0]
        return dearer(asked, along[j] - along[rows])

    i = _first(back, j, 0)
    return max(i - 1, 0), min(max(j - 1, 0), last), "goes round"


def _first(
    bad: Callable[[NDArray[np.int64]], NDArray[np.bool_]], good: int, worse: int
) -> int:
    """A row that is bad after one that is not, between a good one and a bad one."""
    while abs(worse - good) > 1:
        rows = np.unique(np.linspace(good, worse, AT_ONCE + 2).round().astype(np.int64))
        rows = rows[(rows != good) & (rows != worse)]
        rows = rows if worse > good else rows[::-1]
        found = np.flatnonzero(bad(rows))
        if len(found):
            worse = int(rows[found[0]])
            good = int(rows[found[0] - 1]) if found[0] else good
        else:
            good = int(rows[-1])
    return worse


def counted(causes: Iterable[tuple[str, ...]]) -> list[tuple[str, int]]:
    """Causes with the number of pairs, most first."""
    count = Counter("\n      ".join(one) for one in causes)
    return sorted(count.items(), key=lambda one: (-one[1], one))
