"""Turn restrictions: rule by rule in drawn towns, then against Dijkstra on pieces of road."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from conftest import Country
from oracle import Oracle
from random_towns import NODES, POINTS, town
from servicemap.roads import profiles
from servicemap.roads.snapping import snap
from servicemap.routing.reached_roads import reached_roads
from servicemap.routing.routes import route
from servicemap.routing.travel_times import nearest, pairs
from test_isochrones import check_grid
from test_laws import check_arcs
from test_network import check_arrays
from test_reached_roads import all_along, check_reached
from test_routes import check_all
from turn_oracle import TurnOracle, plain_rules
from worlds import World

# a T-junction: from the west, B lies to the north, C to the east
TEE = """
         N
         |
    W----J----E
    """
# the same with a block east of it, to drive round
BLOCK = """
         N----F
         |    |
    W----J----E----Z
    """


def took(world: World, start: str, end: str, mode: str = "drive") -> float | None:
    ms = world.ms(mode, start, end)
    return None if ms is None else ms / world.ms("drive", "W", "J")


def test_a_forbidden_turn_is_driven_round_the_block(world) -> None:
    free = world(BLOCK)
    assert took(free, "W", "N") == pytest.approx(2, abs=0.01)
    bound = world(BLOCK, turns=[("no_left_turn", "WJ", "J", "JN")], name="b.osm")
    assert took(bound, "W", "N") == pytest.approx(4, abs=0.01)  # J, E, F, N
    # the turn is forbidden to those who come from W, and to them alone
    for start, end in ("EN", "NW", "NE", "WE", "EW"):
        assert bound.ms("drive", start, end) == free.ms("drive", start, end)
    assert bound.ms("walk", "W", "N") == free.ms("walk", "W", "N")


def test_nobody_drives_past_and_turns_round_in_mid_road(world) -> None:
    """At E there is a way on, so that one may not turn round there, but at Z one may."""
    bound = world(
        """
             N
             |
        W----J----E----Z
                  |
                  S
        """,
        turns=[("no_left_turn", "WJ", "J", "JN")],
    )
    assert took(bound, "W", "N") == pytest.approx(6, abs=0.01)  # J, E, Z, E, J, N
    assert bound.network("drive").report["turns"]["junctions_split"] == 2


def test_a_dead_end_is_left_as_it_was_entered(world) -> None:
    bound = world(TEE, turns=[("no_left_turn", "WJ", "J", "JN")])
    assert took(bound, "W", "N") == pytest.approx(4, abs=0.01)  # J, E, J, N


def test_where_no_way_on_is_allowed_one_may_turn_round(world) -> None:
    art = "A----x----B----y----C"
    line = world(art, turns=[("no_straight_on", "AB", "B", "BC")])
    net, at = line.network("drive"), line.snap("drive", "xy", 100.0)
    assert net.report["turns"]["junctions_split"] == 1
    found = pairs(net, at, at)
    assert list(zip(found.origin, found.destination, strict=True)) == [
        (0, 0), (1, 0), (1, 1),
    ]  # fmt: skip
    ends = world(
        art,
        turns=[("no_straight_on", "AB", "B", "BC"), ("no_u_turn", "AB", "B", "AB")],
        name="b.osm",
    )
    assert ends.network("drive").report["turns"]["restrictions"] == 2


def test_only_forbids_all_the_rest(world) -> None:
    bound = world(BLOCK, turns=[("only_straight_on", "WJ", "J", "JE")])
    assert took(bound, "W", "N") == pytest.approx(4, abs=0.01)
    assert took(bound, "W", "E") == pytest.approx(2, abs=0.01)


def test_two_mandatory_turns_leave_the_choice_of_either(world) -> None:
    cross = """
         N----F
         |    |
    W----J----E
         |
         S
    """
    turns = [("only_straight_on", "WJ", "J", "JE"), ("only_left_turn", "WJ", "J", "JN")]
    both = world(cross, turns=turns)
    for end in "EN":
        assert took(both, "W", end) == pytest.approx(2, abs=0.01)
    assert took(both, "W", "S") > 5


def test_a_restriction_over_a_way_binds_those_who_came_all_the_way(world) -> None:
    """Two carriageways and the piece between them: no turning back over it."""
    art = """
        A--x--B-----C
        |     z     |
        D--y--E-----F
        """
    one_way = {pair: {"oneway": "yes"} for pair in ("AB", "BC", "FE", "ED")}
    ways = {**one_way, "BE": {}}
    free = world(art, ways=ways)
    bound = world(art, ways=ways, turns=[("no_u_turn", "AB", "BE", "ED")], name="b.osm")
    round_by_f = free.ms("drive", "x", "B") + sum(
        free.ms("drive", *pair) for pair in ("BC", "CF", "FE", "Ey")
    )
    assert free.ms("drive", "x", "y") < round_by_f / 1.5
    assert bound.ms("drive", "x", "y") == pytest.approx(round_by_f, abs=5)
    # who begins on the piece in between is not bound, and the others neither
    for start, end in ("zy", "Cz", "xC", "xz", "xE"):
        assert bound.ms("drive", start, end) == free.ms("drive", start, end)


def test_only_over_a_way_binds_at_its_end(world) -> None:
    art = """
        A----B----C
             |
        D----E----F
        """
    bound = world(art, turns=[("only_left_turn", "AB", "BE", "EF")])
    free = world(art, name="b.osm")
    assert bound.ms("drive", "A", "C") == free.ms("drive", "A", "C")
    assert bound.ms("drive", "A", "F") == free.ms("drive", "A", "F")
    assert bound.ms("drive", "C", "D") == free.ms("drive", "C", "D")
    # to F, back from there, and then to D
    assert bound.ms("drive", "A", "D") > free.ms("drive", "A", "D") * 1.5


def test_ways_in_between_may_be_several_and_hold_junctions(world) -> None:
    art = """
             X    Y
             |    |
        A----B----C----D----E
                       |
                       G
        """
    ways = [("BC", {}), ("CD", {})]
    free = world(art, ways=ways)
    bound = world(
        art, ways=ways, turns=[("no_right_turn", "AB", "BC CD", "DG")], name="b.osm"
    )
    assert bound.network("drive").report["turns"] == {
        "restrictions": 1, "not_used": {}, "junctions_split": 3, "copies": 11,
    }  # fmt: skip
    assert bound.ms("drive", "X", "G") == free.ms("drive", "X", "G")
    assert bound.ms("drive", "Y", "G") == free.ms("drive", "Y", "G")
    assert bound.ms("drive", "A", "E") == free.ms("drive", "A", "E")
    # up to Y, which is a dead end: what was driven before is then forgotten
    assert bound.ms("drive", "A", "G") > free.ms("drive", "A", "G")


@pytest.mark.parametrize(
    ("tags", "free"),
    [
        ({}, "walk"),
        ({"except": "bicycle"}, "walk bike ebike"),
        ({"except": "psv;motorcar"}, "walk drive"),
        ({"except": "motor_vehicle"}, "walk drive motorcycle"),
        ({"restriction": "", "restriction:motorcar": "no_left_turn"}, "walk bike ebike motorcycle"),
        ({"restriction": "", "restriction:motor_vehicle": "no_left_turn"}, "walk bike ebike"),
        ({"restriction": "", "restriction:hgv": "no_left_turn"}, "walk bike ebike motorcycle drive"),
        ({"restriction": "", "restriction:foot": "no_left_turn"}, "bike ebike motorcycle drive"),
        ({"restriction:bicycle": "none"}, "walk bike ebike"),
        ({"type": "restriction:motorcycle"}, "walk bike ebike drive"),
        ({"restriction": "", "restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"},
         "walk bike ebike motorcycle drive"),
        ({"day_on": "Monday", "hour_on": "07:00"}, "walk bike ebike motorcycle drive"),
    ],
)  # fmt: skip
def test_whom_a_restriction_binds(world, tags, free: str) -> None:
    bound = world(TEE, turns=[("no_left_turn", "WJ", "J", "JN", tags)])
    for mode in ("walk", "bike", "ebike", "motorcycle", "drive"):
        straight = bound.ms(mode, "W", "J") + bound.ms(mode, "J", "N")
        assert (bound.ms(mode, "W", "N") < 1.5 * straight) == (mode in free.split()), mode


@pytest.mark.parametrize(
    ("turn", "reason"),
    [
        (("no_left_turn", "WJ", "", "JN"), "members"),
        (("no_left_turn", "", "J", "JN"), "members"),
        (("no_left_turn", "WJ", "J", ""), "members"),
        (("no_left_turn", "WJ JE", "J", "JN"), "members"),
        (("no_left_turn", "WJ", "?", "JN"), "not_in_map"),
        (("no_left_turn", "??", "J", "JN"), "not_in_map"),
        (("no_left_turn", "WJ", "E", "JN"), "not_joined"),
        (("no_left_turn", "WJ", "NF", "EZ"), "not_joined"),
        (("no_left_turn", "WJ", "J", "JR"), "other_roads"),
        (("no_left_turn", "PQR", "Q", "JQ"), "ambiguous"),
        (("no_nonsense", "WJ", "J", "JN"), "unknown_value"),
        (("no_left_turn", "WJ", "J", "JN", {"hour_on": "07:00"}), "times"),
    ],
)
def test_what_cannot_be_used_is_counted_and_forbids_nothing(world, turn, reason) -> None:
    art = """
             N----F
             |    |
        W----J----E----Z
            /|
           R |
             Q
        """
    extra = [("JR", {"highway": "footway"}), ("JQ", {}), ("PQR", {})]
    art = art.replace("Q\n", "Q    P\n")
    bound, free = world(art, ways=extra, turns=[turn]), world(art, ways=extra, name="b.osm")
    assert bound.network("drive").report["turns"] == {
        "restrictions": 0, "not_used": {reason: 1}, "junctions_split": 0, "copies": 0,
    }  # fmt: skip
    assert bound.ms("drive", "W", "N") == free.ms("drive", "W", "N")
    assert "turns" not in free.network("drive").report


def test_restrictions_that_contradict_each_other_are_both_left_out(world) -> None:
    turns = [("only_left_turn", "WJ", "J", "JN"), ("no_left_turn", "WJ", "J", "JN")]
    bound = world(BLOCK, turns=turns)
    assert took(bound, "W", "N") == pytest.approx(2, abs=0.01)
    assert bound.network("drive").report["turns"]["not_used"] == {"contradicting": 2}


def test_several_ways_may_not_be_entered_or_left(world) -> None:
    cross = """
         N
         |
    W----J----E
         |
         S
    """
    bound = world(cross, turns=[("no_entry", "WJ SJ", "J", "JN")])
    free = world(cross, name="b.osm")
    assert bound.ms("drive", "W", "N") > free.ms("drive", "W", "N")
    assert bound.ms("drive", "S", "N") > free.ms("drive", "S", "N")
    assert bound.ms("drive", "E", "N") == free.ms("drive", "E", "N")


# ------------------------------------------------------------------ against the oracle
def tables(net, start, end, *, side: str, minutes=None, **options):
    """Milliseconds and metres of all pairs; infinite where there is none."""
    found = pairs(net, start, end, search_from=side, minutes=minutes, **options)
    ms, metres = np.full((2, len(start.edge), len(end.edge)), np.inf)
    ms[found.origin, found.destination] = found.travel_ms
    metres[found.origin, found.destination] = found.distance_m
    return ms, metres


def check(
    net, oracle: TurnOracle, start, end, minutes: float = 1_440.0, *, ways: bool = True
) -> np.ndarray:
    """All pairs by all engines, their ways, and the nearest; returns the times."""
    oracle.most_ms = minutes * 60_000
    want, length = oracle.table(start, end)
    far = want > oracle.most_ms
    want[far] = length[far] = np.inf
    for side in ("origins", "destinations"):
        ms, metres = tables(net, start, end, side=side, minutes=minutes)
        np.testing.assert_array_equal(ms, want)
        np.testing.assert_allclose(metres, length, atol=1e-5)
        swept, _ = tables(
            net, start, end, side=side, minutes=minutes, want_distance=False,
            engine="sweeps",
        )  # fmt: skip
        np.testing.assert_array_equal(swept, want)
        if ways:
            check_all(net, start, end, search_from=side, minutes=minutes)
    none = ~np.isfinite(want).any(axis=1)
    np.testing.assert_array_equal(
        nearest(net, start, end, minutes=minutes).travel_ms,
        np.where(none, -1, want.min(axis=1, initial=np.inf)),
    )
    return want


def random_turns(seed: int, made: World, count: int) -> list[tuple[str, str, str, str]]:
    """Restrictions over nodes and ways of a town, drawn by lot."""
    random = np.random.default_rng(seed)
    roads = made.extract.roads
    beside: dict[int, list[int]] = {}
    for way in range(len(roads.way_id)):
        a, b = roads.node_id[roads.first[way] : roads.first[way + 1]].tolist()
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    names = dict(enumerate(sorted(NODES), start=1))
    kinds = ["no_left_turn", "only_straight_on", "no_u_turn"]
    turns = []
    while len(turns) < count:
        walk = [int(random.choice(list(beside)))]
        for _ in range(int(random.integers(2, 5))):
            ways_on = [b for b in beside[walk[-1]] if b not in walk]
            if not ways_on:
                break
            walk.append(int(random.choice(ways_on)))
        path = "".join(names[k] for k in walk)
        kind = str(random.choice(kinds, p=[0.6, 0.3, 0.1]))
        if kind == "no_u_turn":
            turns.append((kind, path[:2], path[1:2], path[:2]))
        elif len(path) > 2:
            steps = [path[k : k + 2] for k in range(len(path) - 1)]
            over = " ".join(steps[1:-1]) or path[1]
            turns.append((kind, steps[0], over, steps[-1]))
    return turns


SORTS = ("residential", "primary", "service")


def bound_town(folder, seed: int, count: int, **options) -> World:
    """A town with restrictions drawn by lot; no letter is missing from its file."""
    options = {
        "sorts": SORTS,
        "oneway": 0.25,
        "nodes": {mark: {} for mark in NODES},
        **options,
    }
    free = town(folder, seed, name="free.osm", **options)
    return town(folder, seed, turns=random_turns(seed, free, count), **options)


@pytest.mark.parametrize("seed", range(20))
def test_towns_drawn_by_lot_equal_dijkstra_on_pieces_of_road(tmp_path, seed: int) -> None:
    made = bound_town(tmp_path, seed, 4 + seed)
    for mode, name in (("drive", "motorcar"), ("bike", "bicycle")):
        net, at = made.network(mode), made.snap(mode, POINTS)
        profile = made.profile(mode)
        oracle = TurnOracle(made.extract, profile, net, plain_rules(made.extract, {name}))
        ms = check(net, oracle, at, at)
        free, _ = Oracle(made.extract, profile, net).table(at, at)
        assert (ms >= free).all()
        assert net.report["turns"]["restrictions"] > 0
        if seed in (9, 15, 19):  # few restrictions may be in nobody's way
            assert (ms > free).any()
        check_arrays(net)
        for reverse in (False, True):
            check_arcs(net, at, reverse=reverse)


@pytest.mark.parametrize("direction", ["to", "from"])
@pytest.mark.parametrize("seed", range(3))
def test_areas_and_reached_roads_obey_turns(tmp_path, seed: int, direction: str) -> None:
    made = bound_town(tmp_path, seed, 15)
    net, points = made.network("drive"), made.snap("drive", "abc")
    box = (
        net.vertex_x.min() - 600,
        net.vertex_y.min() - 600,
        net.vertex_x.max() + 600,
        net.vertex_y.max() + 600,
    )
    check_grid(net, points, [1.0, 2.5, 4.0], direction, 25.0, box)
    places = all_along(net, 10)
    for minutes in (0.5, 2.5, 4.0, 500.0):
        (together,) = reached_roads(net, points, minutes, direction=direction, merged=True)
        check_reached(net, together, points, places, direction)


@pytest.mark.parametrize("seed", range(4))
def test_every_step_of_a_way_is_allowed(tmp_path, seed: int) -> None:
    made = bound_town(tmp_path, seed, 20)
    net, at = made.network("drive"), made.snap("drive", POINTS)
    rules = plain_rules(made.extract, {"motorcar"})
    oracle = TurnOracle(made.extract, made.profile("drive"), net, rules)
    rows = [(i, j) for i in range(len(at.edge)) for j in range(len(at.edge))]
    steps = 0
    for one in route(net, at, at, rows):
        if one is None:
            continue
        ends = one.arcs[[0, -1]] if len(one.arcs) else (-1, -1)
        # who begins or ends at a junction did not come to it by a road
        first, last = (
            at.t[row] in (0.0, 1.0) and at.edge[row] == code >> 1
            for row, code in zip((one.origin, one.destination), ends, strict=True)
        )
        codes = one.arcs[int(first) : len(one.arcs) - int(last)].tolist()
        driven = [piece for code in codes for piece in pieces_of_arc(net, oracle, code)]
        memory = frozenset()
        for a, b in itertools.pairwise(driven):
            assert b in list(oracle._after((*a, memory)))
            memory = oracle._remembered((*a, memory), b[0])
            steps += 1
    assert steps > 100


def pieces_of_arc(net, oracle: TurnOracle, code: int) -> list[tuple[int, bool]]:
    """The pieces of road of an arc in driving order, as the oracle numbers them."""
    found = []
    for k in range(net.edge_first[code >> 1], net.edge_first[(code >> 1) + 1] - 1):
        ends = [
            round(float(values[vertex]) * 1e7)
            for vertex in (k, k + 1)
            for values in (net.vertex_lon, net.vertex_lat)
        ]
        number, turned = oracle.named[int(net.vertex_way[k]), *ends][0]
        found.append((number, bool(code & 1) == turned))
    return found[::-1] if code & 1 else found


def beside_split_junctions(net, count: int, seed: int):
    """Points on the edges that meet at junctions with copies."""
    random = np.random.default_rng(seed)
    copies = np.bincount(net.node_junction)[net.node_junction]
    edges = np.flatnonzero((copies[net.edge_u] > 1) | (copies[net.edge_v] > 1))
    edge = random.choice(edges, count)
    segment = random.integers(net.edge_first[edge], net.edge_first[edge + 1] - 1)
    t = random.uniform(0.1, 0.9, count)
    return snap(net, *(
        values[segment] + t * (values[segment + 1] - values[segment])
        for values in (net.vertex_lon, net.vertex_lat)
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("case", "sizes", "minutes"),
    [
        ("andorra drive motorcar", (10, 200), 5.0),
        ("andorra bike bicycle", (6, 200), 8.0),
        ("porto drive motorcar", (12, 1_000), 2.5),
    ],
)
def test_real_roads_equal_dijkstra_on_pieces_of_road(request, case, sizes, minutes) -> None:
    name, mode, vehicle = case.split()
    country: Country = request.getfixturevalue(name)
    net, profile = country.network(mode), profiles.load([mode])[mode]
    start, end = (
        beside_split_junctions(net, size, seed) for seed, size in enumerate(sizes)
    )
    oracle = TurnOracle(
        country.extract, profile, net, plain_rules(country.extract, {vehicle})
    )
    ms = check(net, oracle, start, end, minutes, ways=False)
    check_all(net, start, end.masked(np.arange(sizes[1]) < 40), minutes=minutes)
    oracle.at_node.clear()
    oracle.over_ways.clear()
    oracle.known.clear()
    at_ease, _ = oracle.table(start, end)
    assert np.isfinite(ms).sum() > 20
    assert (ms >= at_ease)[np.isfinite(at_ease)].all()
    assert (ms > at_ease).sum() > 5
