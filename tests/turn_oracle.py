"""Dijkstra on pieces of road in one direction each: turns are looked at one by one.

The state of a search is the piece that was driven last, with its direction, and what
of a restriction over ways has been driven so far. Nobody turns round unless no other
piece may follow.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oracle import NEVER, Oracle, Piece, Weights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicemap.osm_file import Extract
    from servicemap.roads.network import Network
    from servicemap.roads.profiles import Profile

Memory = frozenset[tuple[int, frozenset[int]]]
NOTHING: Memory = frozenset()
State = tuple[int, bool, Memory]  # piece, along it, memory


@dataclass(frozen=True)
class Rule:
    """One restriction: OSM ids of ways, and of the node or the ways in between."""

    only: bool
    start: int
    node: int | None
    over: frozenset[int]
    goal: int


def plain_rules(extract: Extract, excepted: set[str]) -> list[Rule]:
    """Plain restrictions of an extract: one way from, one way to, no conditions."""
    found = []
    for _, tags, members in extract.roads.restrictions:
        told = tags.get("restriction", "")
        assert set(tags) <= {"type", "restriction", "except", "name", "postal_code"}, tags
        if excepted & set(tags.get("except", "").split(";")):
            continue
        of: dict[Any, list[int]] = defaultdict(list)
        for kind, ref, role in members:
            of[role, kind].append(ref)
        starts, goals = of["from", "w"], of["to", "w"]
        nodes, ways = of["via", "n"], of["via", "w"]
        if len(starts) == len(goals) == 1 and len(nodes) + bool(ways) == 1:
            node = nodes[0] if nodes else None
            found.append(
                Rule(told.startswith("only"), starts[0], node, frozenset(ways), goals[0])
            )
    return found


class TurnOracle(Oracle):
    """As `Oracle`, with turn restrictions."""

    def __init__(
        self, extract: Extract, profile: Profile, network: Network, rules: list[Rule]
    ) -> None:
        super().__init__(extract, profile, network)
        self.number = {id(piece): number for number, piece in enumerate(self.pieces)}
        self.way_id = extract.roads.way_id.tolist()
        self.leaving: dict[Any, list[tuple[int, bool]]] = defaultdict(list)
        coming: dict[Any, list[tuple[int, bool]]] = defaultdict(list)
        for number, piece in enumerate(self.pieces):
            for along, ms, ends in (
                (True, piece.ahead_ms, (piece.a, piece.b)),
                (False, piece.behind_ms, (piece.b, piece.a)),
            ):
                if ms is not None:
                    self.leaving[ends[0]].append((number, along))
                    coming[ends[1]].append((number, along))
        self.rules = [rule for rule in rules if self._clear(rule, coming)]
        demanded = {(r.start, r.node, r.over, r.goal) for r in self.rules if r.only}
        forbidden = {(r.start, r.node, r.over, r.goal) for r in self.rules if not r.only}
        self.rules = [
            r
            for r in self.rules
            if (r.start, r.node, r.over, r.goal) not in demanded & forbidden
        ]
        self.over_ways = [
            (k, rule) for k, rule in enumerate(self.rules) if rule.node is None
        ]
        self.known: dict[State, list[tuple[int, bool]]] = {}
        self.at_node: dict[Any, list[Rule]] = defaultdict(list)
        for rule in self.rules:
            if rule.node is not None:
                self.at_node[rule.node].append(rule)

    def _way(self, number: int) -> int:
        return self.way_id[self.pieces[number].way]

    def _clear(self, rule: Rule, coming: dict[Any, list[tuple[int, bool]]]) -> bool:
        """Whether a restriction over a node names one turn and no two."""
        if rule.node is None:
            return True
        into = [one for one in coming[rule.node] if self._way(one[0]) == rule.start]
        out = [one for one in self.leaving[rule.node] if self._way(one[0]) == rule.goal]
        if rule.start == rule.goal:
            return bool(into) and bool(out)
        return len(into) == len(out) == 1

    def _ends(self, number: int, along: bool) -> tuple[Any, Any]:
        piece = self.pieces[number]
        return (piece.a, piece.b) if along else (piece.b, piece.a)

    def _may(self, state: State, number: int) -> bool:
        """Whether no restriction forbids the next piece."""
        last, along, memory = state
        came, goes, node = self._way(last), self._way(number), self._ends(last, along)[1]

        def named(rule: Rule) -> bool:
            # from a way to itself: to turn round on it
            return number == last if rule.start == rule.goal else goes == rule.goal

        here = [rule for rule in self.at_node[node] if rule.start == came]
        if any(named(rule) for rule in here if not rule.only):
            return False
        demanded = [named(rule) for rule in here if rule.only]
        if demanded and not any(demanded):
            return False
        for k, used in memory:
            rule = self.rules[k]
            if not used or used != rule.over:
                continue
            if not rule.only and goes == rule.goal:
                return False
            ends_here = any(self._way(n) == rule.goal for n, _ in self.leaving[node])
            if rule.only and ends_here and goes != rule.goal:
                return False
        return True

    def after(self, state: State) -> list[tuple[int, bool]]:
        """Pieces that may follow, with their directions; remembered."""
        known = self.known.get(state)
        if known is None:
            known = self.known[state] = list(self._after(state))
        return known

    def _after(self, state: State) -> Iterator[tuple[int, bool]]:
        last, along, _ = state
        node = self._ends(last, along)[1]
        ways_on = [one for one in self.leaving[node] if one != (last, not along)]
        found = [one for one in ways_on if self._may(state, one[0])]
        if not found:
            back = (last, not along)
            found = [
                one for one in self.leaving[node] if one == back and self._may(state, last)
            ]
        yield from found

    def _remembered(self, state: State, number: int) -> Memory:
        """What is driven of restrictions over ways once a piece is driven, too."""
        last, _, memory = state
        if number == last or not self.over_ways:  # turned round
            return NOTHING
        came, way = self._way(last), self._way(number)
        kept = {(k, used | {way}) for k, used in memory if way in self.rules[k].over}
        begun = {
            (k, frozenset([way]))
            for k, rule in self.over_ways
            if came == rule.start and way in rule.over
        }
        return frozenset(kept | begun)

    def onwards(self, state: State) -> Iterator[tuple[State, int, float]]:
        """The states that may follow, with time and length of the piece driven."""
        for following, along in self.after(state):
            one = self.pieces[following]
            took = one.ahead_ms if along else one.behind_ms
            yield (following, along, self._remembered(state, following)), took, one.length_m

    def from_point(self, seat: tuple[Piece, float, int]) -> dict[Any, Weights]:
        """Least time, then least length, from a point to the end of every piece."""
        piece, t, leg = seat
        number = self.number[id(piece)]
        start: dict[State, Weights] = {}
        if piece.ahead_ms is not None:
            rest = piece.ahead_ms - round(t * piece.ahead_ms)
            start[number, True, NOTHING] = (leg + rest, (1 - t) * piece.length_m)
        if piece.behind_ms is not None:
            back = (leg + round(t * piece.behind_ms), t * piece.length_m)
            start[number, False, NOTHING] = back
        # who begins at a junction may leave it by any road
        self.beginning: dict[Any, Weights] = {
            self._ends(*state[:2])[1]: weights
            for state, weights in start.items()
            if weights[0] == leg
        }
        at_node = piece.node_at(t)
        if at_node is not None:  # a one-way road may end here, or begin
            self.beginning.setdefault(at_node, (leg, 0.0))
        for node, (ms, m) in self.beginning.items():
            for following, along in self.leaving[node]:
                one = self.pieces[following]
                took = one.ahead_ms if along else one.behind_ms
                state = (following, along, NOTHING)
                new = (ms + took, m + one.length_m)
                start[state] = min(start.get(state, NEVER), new)
        return self.spread(start)

    def arrive(
        self,
        best: dict[Any, Weights],
        origin: tuple[Piece, float, int],
        goal: tuple[Piece, float, int],
    ) -> Weights:
        """Least time and length to another point; infinite where there is no way."""
        piece, t, leg = goal
        number = self.number[id(piece)]
        if not hasattr(self, "_by_node") or self._by_node[0] is not best:
            grouped: dict[Any, list[State]] = defaultdict(list)
            for state in best:
                grouped[self._ends(*state[:2])[1]].append(state)
            self._by_node = best, grouped
        grouped = self._by_node[1]
        found = [super().arrive({}, origin, goal)]
        at_node = piece.node_at(t)
        if at_node in self.beginning:
            ms, m = self.beginning[at_node]
            found.append((ms + leg, m))
        for state in [] if at_node is None else grouped[at_node]:
            ms, m = best[state]
            found.append((ms + leg, m))
        for along, took, share in (
            (True, piece.ahead_ms, t),
            (False, piece.behind_ms, 1 - t),
        ):
            if took is None:
                continue
            part = round(t * took)
            part = part if along else took - part
            tail = self._ends(number, along)[0]
            for ms, m in [self.beginning[tail]] if tail in self.beginning else []:
                found.append((ms + part + leg, m + share * piece.length_m))
            for state in grouped[tail]:
                # a point at a junction is reached by any road
                if part == 0 or (number, along) in self.after(state):
                    ms, m = best[state]
                    found.append((ms + part + leg, m + share * piece.length_m))
        return min(found)
