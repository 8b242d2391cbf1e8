"""What to do along a path: streets, turns, lengths and times, in no language."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from servicemap.roads.projection import great_circle_m

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.roads.network import Network
    from servicemap.routing.hops import Hops

Turn = Literal[
    "depart",
    "straight",
    "slight_left",
    "left",
    "sharp_left",
    "u_turn",
    "sharp_right",
    "right",
    "slight_right",
    "arrive",
]
Side = Literal["left", "right", "here"]

# Degrees between the directions before and after: up to these it is straight on, a
# slight turn, a turn, a sharp turn; beyond the last one turns back.
TURNS = (25.0, 60.0, 120.0, 160.0)
KINDS = ("straight", "slight", "", "sharp", "u_turn")
LOOK_M = 10.0  # directions are taken over this length, as corners are often drawn round
# A street that keeps its name turns only when it turns this much over a longer piece:
# where it is set off by a few metres at a crossing, nobody has to turn.
SAME_STREET_DEG = 45.0
SAME_STREET_LOOK_M = 30.0
REAL_JUNCTION = 3  # edges at a junction where one can go wrong
SHORT_M = 15.0  # a crossing without a name inside a street belongs to it
# Turns so near one another are one turn for whoever walks or drives: a kerb, the two
# halves of a crossing, a corner drawn with three junctions. All of them together are
# never longer than the second length, so that no longer piece of a way goes untold.
TOGETHER_M, MOST_TOGETHER_M = 15.0, 25.0
BESIDE_M = 3.0  # nearer than this a place is on the road rather than beside it


@dataclass(frozen=True)
class Step:
    """One instruction and the piece of road that it holds for.

    Attributes
    ----------
    turn
        What to do where the piece begins; ``arrive`` is last and has no length.
    name
        Name of the street, ``""`` where it has none.
    heading_deg
        Direction in which the piece begins, clockwise from north.
    length_m, travel_ms
        Of the piece.
    way_ids
        OSM ids of its ways in order, each once per passage.
    first
        Number of the route's point where it begins.
    side
        Of ``arrive``: where the destination lies; ``here`` on the road or ahead.
    """

    turn: Turn
    name: str
    heading_deg: float
    length_m: float
    travel_ms: int
    way_ids: tuple[int, ...]
    first: int
    side: Side = "here"


def steps_of(
    network: Network, hops: Hops, destination: tuple[float, float]
) -> tuple[Step, ...]:
    """Cut a path where the street changes or one has to turn.

    Parameters
    ----------
    network
        Roads of one mode.
    hops
        The path.
    destination
        Longitude and latitude of the point itself, beside the road.
    """
    way = network.vertex_way[hops.segment]
    unnamed = network.names.index("") if "" in network.names else -1
    name = _smoothed(network.way_name[way], hops.metres, unnamed)
    at_m = np.concatenate([[0.0], np.cumsum(hops.metres)])
    path = _Path(hops.lon, hops.lat, at_m)
    changes = np.zeros(len(name), dtype=bool)
    changes[1:] = name[1:] != name[:-1]
    turns = path.turns(np.flatnonzero(changes), LOOK_M)
    kinks: set[int] = set()
    inside = _junctions(changes, hops)
    near = path.turns(inside, LOOK_M)
    for i, angle in path.turns(inside, SAME_STREET_LOOK_M).items():
        bends, kinked = abs(angle) > SAME_STREET_DEG, abs(near[i]) > SAME_STREET_DEG
        if (bends or kinked) and _edges_at(network, hops.node[i]) >= REAL_JUNCTION:
            if bends:
                turns[i] = angle
            else:
                kinks.add(i)
    turns, name = _together(turns, kinks, name, path)
    cuts = np.array([0, *sorted(turns)])
    bounds = np.append(cuts, len(name))
    length_m = np.diff(at_m[bounds]).tolist()
    travel_ms = np.add.reduceat(hops.ms, cuts).tolist()
    heading = path.bearings(cuts, LOOK_M).tolist()
    passed = np.ones(len(way), dtype=bool)
    passed[1:] = way[1:] != way[:-1]
    passed[cuts] = True
    way_ids = network.way_id[way[passed]].tolist()
    first = np.searchsorted(np.flatnonzero(passed), bounds).tolist()
    steps = [
        Step(
            turn=turn_kind(turns[a]) if a else "depart",
            name=network.names[name[a]],
            heading_deg=heading[number],
            length_m=length_m[number],
            travel_ms=travel_ms[number],
            way_ids=tuple(way_ids[first[number] : first[number + 1]]),
            first=a,
        )
        for number, a in enumerate(cuts.tolist())
    ]
    at_end = float(path.bearings(np.array([len(name)]), -LOOK_M)[0])
    side = path.side(at_end, destination)
    steps.append(Step("arrive", steps[-1].name, at_end, 0.0, 0, (), len(name), side))
    return tuple(steps)


def _together(
    turns: dict[int, float], kinks: set[int], name: NDArray[np.int32], path: _Path
) -> tuple[dict[int, float], NDArray[np.int32]]:
    """Tell turns that are a few metres apart as one, or not where they lead straight on.

    The one turn is that from the direction before the first to the direction after the
    last; the few metres between them belong to the street after. Where that is the street
    before as well, it is told as any turn inside a street is.

    Parameters
    ----------
    turns
        Degrees by point.
    kinks
        Points where a street is set off by a few metres: told only as part of a turn.
    name
        Of each piece.
    path
        The way.
    """
    groups: list[list[int]] = []
    for i in sorted(turns):
        if groups and path.is_near(groups[-1][0], groups[-1][-1], i):
            groups[-1].append(i)
        else:
            groups.append([i])
    name, left = name.copy(), {}
    for number, group in enumerate(groups):
        first, last = group[0], group[-1]
        same = bool(name[first - 1] == name[last])
        if not same:  # a kink just before or after belongs to the turn
            low = groups[number - 1][-1] if number else 0
            high = groups[number + 1][0] if number + 1 < len(groups) else len(name)
            for i in sorted(one for one in kinks if low < one < first)[::-1]:
                first = i if path.is_near(last, first, i) else first
            for i in sorted(one for one in kinks if last < one < high):
                last = i if path.is_near(first, last, i) else last
        if first == last:
            left[first] = turns[first]
            continue
        angle = path.turn(first, last, SAME_STREET_LOOK_M if same else LOOK_M)
        name[first:last] = name[last]
        if not same or abs(angle) > SAME_STREET_DEG:
            left[first] = angle
    return left, name


def _junctions(changes: NDArray[np.bool_], hops: Hops) -> NDArray[np.int64]:
    """Points on the way, at junctions, where the street keeps its name."""
    inside = ~changes & (hops.node >= 0)
    inside[0] = False
    return np.flatnonzero(inside)


def turn_kind(angle_deg: float) -> Turn:
    """What an angle is called; to the left is negative."""
    kind = KINDS[bisect_left(TURNS, abs(angle_deg))]
    if kind in ("straight", "u_turn"):
        return kind  # type: ignore[return-value]
    side = "left" if angle_deg < 0 else "right"
    return f"{kind}_{side}" if kind else side  # type: ignore[return-value]


def _smoothed(
    name: NDArray[np.int32], metres: NDArray[np.float64], unnamed: int
) -> NDArray[np.int32]:
    """Names, with short pieces without one given to the street on both sides of them."""
    cuts = np.flatnonzero(name[1:] != name[:-1]) + 1
    if len(cuts) < 2:  # noqa: PLR2004 - a piece between two others
        return name
    name = name.copy()
    for a, b in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        between = name[a] == unnamed and name[a - 1] == name[b]
        if between and metres[a:b].sum() < SHORT_M:
            name[a:b] = name[b]
    return name


def _edges_at(network: Network, node: np.int64) -> int:
    """How many edges meet at a junction."""
    junction = network.node_junction
    own, a, b = junction[node], int(node), int(node) + 1
    while a > 0 and junction[a - 1] == own:
        a -= 1
    while b < len(junction) and junction[b] == own:
        b += 1
    out = network.arc_edge[network.arc_first[a] : network.arc_first[b]]
    back = network.back_edge[network.back_first[a] : network.back_first[b]]
    return len({code >> 1 for code in (*out.tolist(), *back.tolist())})


@dataclass(frozen=True, eq=False)
class _Path:
    """Points of a path and the lengths up to them."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    at_m: NDArray[np.float64]

    def bearings(self, points: NDArray[np.int64], look_m: float) -> NDArray[np.float64]:
        """Directions of travel from north, over so much after points, or before (-)."""
        at = self.at_m[points] + look_m
        there = (np.interp(at, self.at_m, self.lon), np.interp(at, self.at_m, self.lat))
        here = (self.lon[points], self.lat[points])
        return _bearing(here, there) if look_m > 0.0 else _bearing(there, here)

    def turns(self, points: NDArray[np.int64], look_m: float) -> dict[int, float]:
        """By point, degrees from the direction before it to that after; right is +."""
        before, after = self.bearings(points, -look_m), self.bearings(points, look_m)
        degrees = (after - before + 180.0) % 360.0 - 180.0
        return dict(zip(points.tolist(), degrees.tolist(), strict=True))

    def turn(self, first: int, last: int, look_m: float) -> float:
        """Degrees from the direction before one point to that after another."""
        before = self.bearings(np.array([first]), -look_m)
        after = self.bearings(np.array([last]), look_m)
        return float((after[0] - before[0] + 180.0) % 360.0 - 180.0)

    def is_near(self, end: int, near_end: int, point: int) -> bool:
        """Whether a point goes together with points from one end to that next to it."""
        at_m = self.at_m[point]
        return bool(
            abs(at_m - self.at_m[near_end]) < TOGETHER_M
            and abs(at_m - self.at_m[end]) < MOST_TOGETHER_M
        )

    def side(self, heading: float, place: tuple[float, float]) -> Side:
        """Where a place lies, seen from the end of the path."""
        end = (float(self.lon[-1]), float(self.lat[-1]))
        if great_circle_m(*map(np.asarray, (*end, *place))) < BESIDE_M:
            return "here"
        angle = (float(_bearing(end, place)) - heading + 180.0) % 360.0 - 180.0
        if not TURNS[0] <= abs(angle) <= 180.0 - TURNS[0]:
            return "here"
        return "left" if angle < 0 else "right"


def _bearing(a: tuple[Any, Any], b: tuple[Any, Any]) -> Any:
    """Directions from places to others nearby, clockwise from north, 0 to 360."""
    east = (b[0] - a[0]) * np.cos(np.radians((a[1] + b[1]) / 2.0))
    return np.degrees(np.arctan2(east, b[1] - a[1])) % 360.0
