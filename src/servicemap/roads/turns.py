"""Turn restrictions -> sequences of arcs that may not be driven one after the other.

An arc is an edge in one direction, ``2 * edge`` or ``2 * edge + 1`` (against its
vertices). A restriction over a node forbids two arcs in a row, one over ways three or
more. ``only_*`` forbids what it does not name: at the node, or, over ways, at the end
of the last of them for those who came all the way from its first member (as OSRM
reads them; the wiki leaves it open).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from servicemap.osm_file import RoadWays
    from servicemap.roads.restrictions import Restriction
    from servicemap.roads.split import Corners, Sequences

MOST_ARCS = 100  # over more pieces of road no restriction leads
_Arcs = dict[tuple[int, int], list[int]]


def nodes_between(
    roads: RoadWays, restrictions: Sequence[Restriction], node_id: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Nodes at which a restriction begins or ends; roads are cut there.

    Parameters
    ----------
    roads
        Roads of the extract.
    restrictions
        Those that bind the mode.
    node_id : (n,) int64
        Ids of all nodes, ascending.

    Returns
    -------
    (k,) int64
        Rows in ``node_id``, ascending, none twice.
    """
    ways = {way for one in restrictions for way in one.ways}
    rows = np.flatnonzero(np.isin(roads.way_id, sorted(ways)))
    ids = [one.node for one in restrictions if one.node is not None]
    ids += roads.node_id[roads.first[rows]].tolist()
    ids += roads.node_id[roads.first[rows + 1] - 1].tolist()
    wanted = np.unique(np.array(ids, dtype=np.int64))
    at = np.searchsorted(node_id, wanted)
    known = node_id[np.minimum(at, len(node_id) - 1)] == wanted
    return at[known]


@dataclass(frozen=True)
class _Roads:
    """The ends of edges, asked by junction and way."""

    coming: _Arcs  # junction, way -> arcs that come by that way
    going: _Arcs  # junction, way -> arcs that leave by that way
    leaving: dict[int, list[int]]  # junction -> all arcs that leave it
    joined: set[tuple[int, int]]  # junction, way: of any arc
    head: dict[int, int]

    @staticmethod
    def of(roads: RoadWays, corners: Corners, ways: set[int]) -> _Roads:
        rows = np.isin(roads.way_id, sorted(ways))
        coming: _Arcs = defaultdict(list)
        going: _Arcs = defaultdict(list)
        joined = set()
        head = {}
        codes, tails, heads, first, last = corners.arcs()
        for way, junction, into in ((first, tails, going), (last, heads, coming)):
            for k in np.flatnonzero(rows[way]).tolist():
                key = (int(junction[k]), int(roads.way_id[way[k]]))
                into[key].append(int(codes[k]))
                joined.add(key)
                head[int(codes[k])] = int(heads[k])
        near = np.unique([junction for junction, _ in joined]).astype(np.int64)
        leaving: dict[int, list[int]] = defaultdict(list)
        for k in np.flatnonzero(np.isin(tails, near)).tolist():
            leaving[int(tails[k])].append(int(codes[k]))
        return _Roads(coming, going, leaving, joined, head)


def forbidden(
    roads: RoadWays,
    restrictions: Sequence[Restriction],
    corners: Corners,
    node_id: NDArray[np.int64],
) -> tuple[Sequences, Counter[str]]:
    """Sequences of arcs that restrictions forbid.

    Parameters
    ----------
    roads
        Roads of the extract.
    restrictions
        Those that bind the mode.
    corners
        The ends of the mode's edges.
    node_id : (n,) int64
        Ids of all nodes, ascending.

    Returns
    -------
    sequences
        Tuples of arcs, ascending, none twice.
    counts : Counter
        ``applied``, and those that are not, by reason: ``not_in_map`` (a member is not
        in the file), ``not_joined`` (the members do not meet as they should),
        ``other_roads`` (the mode does not use one of the roads in that direction),
        ``ambiguous`` (a member fits in more than one way), ``contradicting`` (one
        demands what another forbids: neither is used).
    """
    ways = {way for one in restrictions for way in (*one.sources, *one.ways, *one.goals)}
    known = set(roads.way_id[np.isin(roads.way_id, sorted(ways))].tolist())
    nodes = _Nodes(roads, restrictions, node_id, corners.number)
    at = _Roads.of(roads, corners, ways)
    counts: Counter[str] = Counter()
    banned: dict[tuple[int, ...], list[int]] = defaultdict(list)
    allowed: dict[tuple[int, ...], dict[int, list[int]]] = defaultdict(dict)
    for number, one in enumerate(restrictions):
        reason, paths = _paths(one, at, nodes, known)
        if reason:
            counts[reason] += 1
            continue
        counts["applied"] += 1
        for path in paths:
            if one.only:
                allowed[path[:-1]].setdefault(path[-1], []).append(number)
            else:
                banned[path].append(number)
    refused = _contradictions(banned, allowed)
    counts["contradicting"] += len(refused)
    counts["applied"] -= len(refused)
    found = {path for path, numbers in banned.items() if not refused.issuperset(numbers)}
    for before, named in allowed.items():
        goals = {goal for goal, numbers in named.items() if not refused.issuperset(numbers)}
        if goals:
            found.update(
                (*before, other)
                for other in at.leaving[at.head[before[-1]]]
                if other not in goals
            )
    return sorted(found), Counter({name: n for name, n in counts.items() if n})


def _contradictions(
    banned: dict[tuple[int, ...], list[int]],
    allowed: dict[tuple[int, ...], dict[int, list[int]]],
) -> set[int]:
    """Restrictions of which one demands what another forbids."""
    refused: set[int] = set()
    for before, named in allowed.items():
        for goal, numbers in named.items():
            against = banned.get((*before, goal), [])
            if against:
                refused.update(numbers, against)
    return refused


class _Nodes:
    """Junctions of nodes that restrictions name, and the ways through them."""

    def __init__(
        self,
        roads: RoadWays,
        restrictions: Sequence[Restriction],
        node_id: NDArray[np.int64],
        number: NDArray[np.int64],
    ) -> None:
        ids = np.unique([one.node for one in restrictions if one.node is not None])
        ids = ids.astype(np.int64)
        at = np.minimum(np.searchsorted(node_id, ids), len(node_id) - 1)
        known = node_id[at] == ids
        self.junction = dict(
            zip(ids[known].tolist(), number[at[known]].tolist(), strict=True)
        )
        rows = np.flatnonzero(np.isin(roads.node_id, ids))
        way = roads.way_id[np.searchsorted(roads.first, rows, side="right") - 1]
        self.ways = set(zip(roads.node_id[rows].tolist(), way.tolist(), strict=True))


def _paths(
    one: Restriction, at: _Roads, nodes: _Nodes, known: set[int]
) -> tuple[str, list[tuple[int, ...]]]:
    """Arcs from the first member to the last, or why there are none."""
    if not known.issuperset((*one.sources, *one.ways, *one.goals)):
        return "not_in_map", []
    if one.node is None:
        return _over_ways(one, at)
    if one.node not in nodes.junction:
        return "not_in_map", []
    if not nodes.ways.issuperset((one.node, way) for way in (*one.sources, *one.goals)):
        return "not_joined", []
    return _at_node(one, at, nodes.junction[one.node])


def _at_node(
    one: Restriction, at: _Roads, junction: int
) -> tuple[str, list[tuple[int, ...]]]:
    coming = [at.coming.get((junction, way), []) for way in one.sources]
    going = [at.going.get((junction, way), []) for way in one.goals]
    pairs: list[tuple[int, ...]]
    if one.sources == one.goals:  # to turn round on one way
        pairs = [(a, a ^ 1) for a in coming[0] if a ^ 1 in going[0]]
    elif any(len(arcs) > 1 for arcs in (*coming, *going)):
        return "ambiguous", []
    else:
        pairs = [(a, b) for arcs in coming for a in arcs for more in going for b in more]
    return ("", pairs) if pairs else ("other_roads", [])


def _over_ways(one: Restriction, at: _Roads) -> tuple[str, list[tuple[int, ...]]]:
    """The same over one or more ways, all of which are used."""
    starts = [
        arc for (_, way), arcs in at.coming.items() if way in one.sources for arc in arcs
    ]
    found = sorted(
        {
            path
            for start in starts
            for path, ways in _walks(at, one.ways, (start,), ())
            if ways == set(one.ways)
            for path in _ended(at, one.goals, path)
        }
    )
    if len(found) > 1 and not (len(one.sources) > 1 or len(one.goals) > 1):
        return "ambiguous", []
    if found:
        return "", found
    ends = {way: {j for j, other in at.joined if other == way} for way in one.ways}
    met = set().union(*ends.values())
    touching = all(
        any((j, way) in at.joined for j in met) for way in (*one.sources, *one.goals)
    )
    return ("other_roads" if touching or not met else "not_joined"), []


def _walks(
    at: _Roads, ways: Iterable[int], path: tuple[int, ...], used: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], set[int]]]:
    """Paths that go on along some ways and meet no junction twice."""
    if used:
        yield path, set(used)
    if len(path) > MOST_ARCS:
        return
    passed = {at.head[arc] for arc in path}
    for way in ways:
        for arc in at.going.get((at.head[path[-1]], way), []):
            if arc != path[-1] ^ 1 and arc in at.head and at.head[arc] not in passed:
                yield from _walks(at, ways, (*path, arc), (*used, way))


def _ended(
    at: _Roads, goals: Iterable[int], path: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """The path with each arc that leaves its end by the last member."""
    for way in goals:
        for arc in at.going.get((at.head[path[-1]], way), []):
            yield (*path, arc)
