"""The way of a pair is the one that is timed, and can be driven as it is told."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from conftest import Country
from random_towns import POINTS, town
from servicemap.errors import InputError
from servicemap.outputs.route_words import length_text, route_text, step_text
from servicemap.roads.projection import great_circle_m
from servicemap.roads.snapping import Snaps, snap
from servicemap.routing import steps
from servicemap.routing.routes import Route, Step, route
from servicemap.routing.steps import turn_kind
from servicemap.routing.travel_times import pairs
from worlds import COLUMN_M, World

CROSS = """
         N
         |
         |
    W----C----E
         |
         |
         S
    """
NAMES = {
    "WC": {"highway": "residential", "name": "West Road"},
    "CE": {"highway": "residential", "name": "East Road"},
    "CN": {"highway": "residential", "name": "North Road"},
    "CS": {"highway": "residential"},
}


def way(world: World, mode: str, origin: str, destination: str, **options) -> Route | None:
    """The route from letter to letter."""
    net = world.network(mode)
    start, end = world.snap(mode, origin), world.snap(mode, destination)
    return route(net, start, end, [(0, 0)], **options)[0]


def nodes_of(net, code: int) -> tuple[int, int]:
    """Junctions that an arc of a route leaves and comes to."""
    u, v = int(net.edge_u[code >> 1]), int(net.edge_v[code >> 1])
    return (v, u) if code & 1 else (u, v)


def check_way(net, start: Snaps, end: Snaps, one: Route, ms: int, metres: float) -> None:
    """All that must hold for any route, however it was found."""
    assert one.travel_ms == ms
    assert one.distance_m == pytest.approx(metres, abs=1e-6)
    # times and lengths add up, point by point and step by step
    before, after = one.legs
    assert one.at_ms[0] == before.travel_ms
    assert one.at_ms[-1] + after.travel_ms == ms
    assert one.at_m[0] == 0.0
    assert one.at_m[-1] == pytest.approx(metres, abs=1e-6)
    assert (np.diff(one.at_ms) >= 0).all()
    assert (np.diff(one.at_m) >= 0).all()
    assert len(one.lon) == len(one.lat) == len(one.at_ms) == len(one.at_m) >= 2
    assert before.travel_ms + sum(s.travel_ms for s in one.steps) + after.travel_ms == ms
    assert sum(s.length_m for s in one.steps) == pytest.approx(metres, abs=1e-6)
    # what is drawn is as long as what is told
    drawn = great_circle_m(one.lon[:-1], one.lat[:-1], one.lon[1:], one.lat[1:])
    np.testing.assert_allclose(drawn, np.diff(one.at_m), rtol=1e-4, atol=0.01)
    # it begins and ends where the points meet the road, and the legs lead on from there
    i, j = one.origin, one.destination
    assert (one.lon[0], one.lat[0]) == (start.lon[i], start.lat[i])
    assert (one.lon[-1], one.lat[-1]) == (end.lon[j], end.lat[j])
    assert (before.lon, before.lat) == (
        (start.own_lon[i], start.lon[i]),
        (start.own_lat[i], start.lat[i]),
    )
    assert (after.lon, after.lat) == (
        (end.lon[j], end.own_lon[j]),
        (end.lat[j], end.own_lat[j]),
    )
    # every edge is used in a direction that is allowed, and leads to the next
    first, last = one_way_end(net, start, i), one_way_end(net, end, j)
    if len(one.arcs):
        assert one.arcs[0] >> 1 == start.edge[i] or nodes_of(net, one.arcs[0])[0] == first
        assert one.arcs[-1] >> 1 == end.edge[j] or nodes_of(net, one.arcs[-1])[1] == last
    else:
        assert first == last is not None
    for code in one.arcs.tolist():
        assert (net.edge_backward if code & 1 else net.edge_forward)[code >> 1]
    for a, b in itertools.pairwise(one.arcs.tolist()):
        assert nodes_of(net, a)[1] == nodes_of(net, b)[0]
    # steps: a way to begin, a way to end, and each begins where it says
    assert one.steps[0].turn == "depart"
    assert one.steps[-1].turn == "arrive"
    assert all(s.turn not in ("depart", "arrive") for s in one.steps[1:-1])
    firsts = [s.first for s in one.steps]
    assert firsts == sorted(set(firsts))
    assert firsts[-1] == len(one.lon) - 1
    for a, b in itertools.pairwise(one.steps):
        assert a.length_m == pytest.approx(one.at_m[b.first] - one.at_m[a.first], abs=1e-6)
        assert a.way_ids
        assert 0 <= a.heading_deg < 360


def one_way_end(net, snaps: Snaps, row: int) -> int | None:
    """The junction of a point that stands at an end of a one-way edge, else None."""
    edge, at = snaps.edge[row], snaps.segment[row] + snaps.t[row]
    if net.edge_forward[edge] and net.edge_backward[edge]:
        return None
    first, last = net.edge_first[edge], net.edge_first[edge + 1] - 1
    ends = {first: net.edge_u[edge], last: net.edge_v[edge]}
    return next((node for place, node in ends.items() if abs(at - place) < 1e-9), None)


def check_all(
    net, start: Snaps, end: Snaps, *, minutes=None, search_from="destinations"
) -> list:
    """Every pair of two sets of points."""
    found = pairs(net, start, end, minutes=minutes)
    want = {
        (i, j): (ms, m)
        for i, j, ms, m in zip(
            found.origin.tolist(),
            found.destination.tolist(),
            found.travel_ms.tolist(),
            found.distance_m.tolist(),
            strict=True,
        )
    }
    rows = list(itertools.product(range(len(start.edge)), range(len(end.edge))))
    got = route(net, start, end, rows, minutes=minutes, search_from=search_from)
    for pair, one in zip(rows, got, strict=True):
        assert (one is None) == (pair not in want), pair
        if one is not None:
            assert (one.origin, one.destination) == pair
            check_way(net, start, end, one, *want[pair])
    return got


def told(one: Route) -> tuple:
    """A route as something that can be compared."""
    points = one.lon.tolist(), one.lat.tolist(), one.at_ms.tolist(), one.arcs.tolist()
    return one.origin, one.destination, one.travel_ms, points, one.steps


# ------------------------------------------------------------------ against the timed pairs
@pytest.mark.parametrize("search_from", ["destinations", "origins"])
@pytest.mark.parametrize("mode", ["walk", "drive"])
@pytest.mark.parametrize("seed", range(10))
def test_routes_in_towns_are_the_timed_ways(
    tmp_path, mode: str, seed: int, search_from: str
) -> None:
    made = town(tmp_path, seed)
    net, at = made.network(mode), made.snap(mode, POINTS)
    check_all(net, at, at, search_from=search_from)
    check_all(net, at, at, search_from=search_from, minutes=6.1)


@pytest.mark.parametrize(
    "case", ["liechtenstein walk", "liechtenstein drive", "andorra walk", "andorra drive"]
)
def test_routes_in_countries_are_the_timed_ways(
    request: pytest.FixtureRequest, case: str
) -> None:
    name, mode = case.split()
    country: Country = request.getfixturevalue(name)
    net = country.network(mode)
    start, end = country.scattered(mode, 15, seed=5), country.scattered(mode, 8, seed=6)
    there = check_all(net, start, end)
    back = check_all(net, end, start)
    check_all(net, start, end, search_from="origins")
    check_all(net, start, end, minutes=9.0)
    assert sum(one is not None for one in there) > 60
    if mode == "drive":
        ahead = [one.travel_ms if one else None for one in there]
        behind = [back[j * 15 + i] for i in range(15) for j in range(8)]
        assert ahead != [one.travel_ms if one else None for one in behind]


@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_a_way_alone_is_the_way_in_a_batch(liechtenstein: Country, mode: str) -> None:
    net = liechtenstein.network(mode)
    start, end = (
        liechtenstein.scattered(mode, 6, seed=7),
        liechtenstein.scattered(mode, 4, seed=8),
    )
    rows = list(itertools.product(range(6), range(4)))
    batch = route(net, start, end, rows)
    for pair, one in zip(rows, batch, strict=True):
        (alone,) = route(net, start, end, [pair])
        assert (alone is None) == (one is None)
        if one is not None and alone is not None:
            assert told(alone) == told(one)
            (bounded,) = route(net, start, end, [pair], minutes=one.travel_ms / 60_000)
            assert bounded is not None
            assert told(bounded) == told(one)


def test_equally_good_ways_are_told_the_same_every_time(world) -> None:
    """A grid of equal blocks has many fastest ways; the first in order is taken."""
    grid = world(
        """
        A----B----C
        |    |    |
        |    |    |
        D----E----F
        |    |    |
        |    |    |
        G----H----I
        """
    )
    net, at = grid.network(), grid.snap("walk", "ABCDEFGHI")
    rows = list(itertools.product(range(9), range(9)))
    first = [told(one) for one in route(net, at, at, rows) if one]
    again = [told(one) for one in route(net, at, at, rows[::-1])[::-1] if one]
    assert first == again
    assert len(first) == 81


# ------------------------------------------------------------------ one edge, no edge
def test_on_one_road_the_way_is_straight_along_it(world) -> None:
    line = world("A--x-----------------------------y-B")
    one = way(line, "walk", "x", "y")
    assert one is not None
    assert one.distance_m == pytest.approx(30 * COLUMN_M, abs=0.1)
    assert len(one.arcs) == 1
    assert [s.turn for s in one.steps] == ["depart", "arrive"]
    back = way(line, "walk", "y", "x")
    assert back is not None
    assert back.lon.tolist() == one.lon[::-1].tolist()
    assert (one.steps[0].heading_deg, back.steps[0].heading_deg) == (
        pytest.approx(90, abs=0.1),
        pytest.approx(270, abs=0.1),
    )


def test_on_a_one_way_road_the_way_back_goes_round(world) -> None:
    square = world(
        """
        A-x-y-B
        |     |
        |     |
        D-----C
        """,
        ways={"AB": {"oneway": "yes"}},
    )
    net, at = square.network("drive"), square.snap("drive", "xy")
    there, back = route(net, at, at, [(0, 1), (1, 0)])
    assert there is not None
    assert back is not None
    assert len(there.arcs) == 1
    assert back.arcs[0] == back.arcs[-1] == there.arcs[0]
    around = pairs(net, at, at)
    for one in (there, back):
        row = (around.origin == one.origin) & (around.destination == one.destination)
        check_way(net, at, at, one, around.travel_ms[row][0], around.distance_m[row][0])


def test_a_faster_way_round_is_taken_between_points_of_one_road(world) -> None:
    square = world(
        """
        A-x-------------y-B
        |                 |
        D-----------------C
        """,
        ways={
            "AB": {"highway": "track", "tracktype": "grade4"},
            "ADCB": {"highway": "primary"},
        },
    )
    one = way(square, "drive", "x", "y")
    assert one is not None
    assert len(one.arcs) > 1
    assert one.distance_m > 20 * COLUMN_M


def test_the_way_from_a_point_to_itself_is_no_way(world) -> None:
    town = world(
        """
        A----B----C
               h
        """
    )
    one = way(town, "walk", "h", "h")
    assert one is not None
    assert one.distance_m == 0.0
    assert one.travel_ms == 2 * one.legs[0].travel_ms
    assert [s.turn for s in one.steps] == ["depart", "arrive"]
    assert len(one.lon) == 2
    assert one.line.length == 0.0
    (alone,) = route_text(one, "walk", "en")[1:-1]
    assert alone.startswith("Arrive at the destination")


def test_islands_and_points_without_a_road_have_no_way(world) -> None:
    town = world(
        """
        A----B----C               I--J


                  h
        """
    )
    net = town.network()
    at = town.snap("walk", "AIhC", limit_m=100.0)
    got = route(net, at, at, [(0, 1), (1, 0), (2, 0), (0, 2), (0, 3), (1, 1), (2, 2)])
    assert [one is not None for one in got] == [
        False,
        False,
        False,
        False,
        True,
        True,
        False,
    ]


def test_a_bound_leaves_out_what_is_beyond_it(world) -> None:
    line = world("A-h---------------B")
    whole = way(line, "walk", "h", "B")
    assert whole is not None
    ms = whole.travel_ms
    assert way(line, "walk", "h", "B", minutes=ms / 60_000) is not None
    assert way(line, "walk", "h", "B", minutes=(ms - 1) / 60_000) is None
    with pytest.raises(InputError, match="minutes"):
        way(line, "walk", "h", "B", minutes=-1)


def test_no_pairs_and_rows_that_are_not_there(world) -> None:
    town = world("A----B")
    net, at = town.network(), town.snap("walk", "AB")
    assert route(net, at, at, []) == []
    for pair in ((0, 2), (-1, 0)):
        with pytest.raises(IndexError):
            route(net, at, at, [pair])


def test_the_same_pair_twice_has_two_answers(world) -> None:
    town = world("A----B----C")
    net, at = town.network(), town.snap("walk", "AC")
    one, two = route(net, at, at, [(0, 1), (0, 1)])
    assert one is not None
    assert two is not None
    assert told(one) == told(two)


# ------------------------------------------------------------------ steps
@pytest.mark.parametrize(
    ("destination", "turn", "name", "way_id"),
    [
        ("E", "straight", "East Road", 2),
        ("N", "left", "North Road", 3),
        ("S", "right", "", 4),
    ],
)
def test_a_turn_into_another_street_is_a_step(
    world, destination, turn, name, way_id
) -> None:
    cross = world(CROSS, ways=NAMES)
    one = way(cross, "drive", "W", destination)
    assert one is not None
    depart, turned, arrive = one.steps
    assert (depart.turn, depart.name, depart.way_ids) == ("depart", "West Road", (1,))
    assert (turned.turn, turned.name, turned.way_ids) == (turn, name, (way_id,))
    assert depart.heading_deg == pytest.approx(90, abs=0.1)
    assert (arrive.length_m, arrive.travel_ms, arrive.side) == (0.0, 0, "here")


def test_a_bend_of_one_street_is_no_step_but_a_turn_at_a_crossing_is(world) -> None:
    bend = world("A----B\n     |\n     |\n     C", ways={"ABC": {"name": "Bend"}})
    straight = way(bend, "drive", "A", "C")
    assert straight is not None
    assert [s.turn for s in straight.steps] == ["depart", "arrive"]
    names = {pair: {"name": "One Name"} for pair in ("WC", "CE", "CN", "CS")}
    cross = world(CROSS, ways=names, name="cross.osm")
    turned = way(cross, "drive", "W", "S")
    assert turned is not None
    assert [s.turn for s in turned.steps] == ["depart", "right", "arrive"]
    ahead = way(cross, "drive", "W", "E")
    assert ahead is not None
    assert [s.turn for s in ahead.steps] == ["depart", "arrive"]
    assert ahead.steps[0].way_ids == (1, 2)


def test_a_street_set_off_a_little_at_a_crossing_is_one_step(world, monkeypatch) -> None:
    art = """
                   N
                   |
        W----------A
                   |
                   B----------E
                   |
                   S
        """
    pairs = ("WA", "AB", "BE", "NA", "BS")
    town = world(art, ways={pair: {"name": "One Name"} for pair in pairs})

    def turns() -> list[str]:
        one = way(town, "drive", "W", "E")
        assert one is not None
        return [step.turn for step in one.steps]

    # set off by two rows, 417 m: far more than the 30 m over which one looks
    assert turns() == ["depart", "right", "left", "arrive"]
    monkeypatch.setattr(steps, "SAME_STREET_LOOK_M", 3.0 * 417.0)
    assert turns() == ["depart", "arrive"]


STAGGERED = """
            N
            |
    W-------A
            |
            B-------E
            |
            S
    """


@pytest.mark.parametrize(
    ("names", "destination", "told"),
    [
        # a path goes on behind a crossing, a few metres aside: nobody turns
        ({}, "E", [("depart", ""), ("arrive", "")]),
        # into another street behind it: one turn into that, straight ahead
        (
            {"BE": "East Road"},
            "E",
            [("depart", ""), ("straight", "East Road"), ("arrive", "East Road")],
        ),
        # the few metres are of a street with a name: it is not told for them alone
        (
            {"WA": "West Road", "AB": "Short", "BE": "East Road"},
            "E",
            [("depart", "West Road"), ("straight", "East Road"), ("arrive", "East Road")],
        ),
        # one street before and after: no step at all
        (
            {"WA": "Road", "AB": "Kerb", "BE": "Road"},
            "E",
            [("depart", "Road"), ("arrive", "Road")],
        ),
        # one turns and stays in the new direction: that is told
        ({}, "S", [("depart", ""), ("right", ""), ("arrive", "")]),
        (
            {"AB": "Kerb", "BS": "South Road"},
            "S",
            [("depart", ""), ("right", "South Road"), ("arrive", "South Road")],
        ),
    ],
)
def test_turns_a_few_metres_apart_are_told_as_one(
    world, monkeypatch, names, destination, told
) -> None:
    pairs = ("WA", "AB", "BE", "NA", "BS")
    ways = {
        pair: {"highway": "residential"} | ({"name": names[pair]} if pair in names else {})
        for pair in pairs
    }
    town = world(STAGGERED, ways=ways)

    def steps_to(place: str) -> tuple[Step, ...]:
        one = way(town, "drive", "W", place)
        assert one is not None
        assert sum(step.length_m for step in one.steps) == pytest.approx(one.distance_m)
        legs_ms = sum(leg.travel_ms for leg in one.legs)
        assert sum(step.travel_ms for step in one.steps) + legs_ms == one.travel_ms
        return one.steps

    # the crossing is 417 m long here: for the rule it shall be 10 m
    far = steps_to(destination)
    if destination == "E":
        assert [step.turn for step in far] == ["depart", "right", "left", "arrive"]
    aside_m = 417.0
    monkeypatch.setattr(steps, "TOGETHER_M", 1.5 * aside_m)
    monkeypatch.setattr(steps, "MOST_TOGETHER_M", 2.5 * aside_m)
    monkeypatch.setattr(steps, "SAME_STREET_LOOK_M", 3.0 * aside_m)
    assert [(step.turn, step.name) for step in steps_to(destination)] == told


def test_turns_farther_apart_are_told_as_they_were(andorra: Country, monkeypatch) -> None:
    """Turns that are told together are close to one another; no other is lost or changed."""
    net = andorra.network("walk")
    random = np.random.default_rng(6)
    at = random.choice(len(net.vertex_lon), 60, replace=False)
    spots = snap(net, net.vertex_lon[at], net.vertex_lat[at], 500.0, "origin")
    rows = [(a, (a + 1) % len(at)) for a in range(len(at))]
    told = route(net, spots, spots, rows, minutes=120)
    monkeypatch.setattr(steps, "TOGETHER_M", 0.0)
    apart = route(net, spots, spots, rows, minutes=120)
    short, shorter, alone, same = 0, 0, 0, 0
    for one, other in zip(told, apart, strict=True):
        if one is None or other is None:
            assert one is other
            continue
        check = [sum(step.travel_ms for step in way.steps) for way in (one, other)]
        assert check[0] == check[1]
        metres = sum(step.length_m for step in one.steps)
        assert metres == pytest.approx(one.distance_m, abs=1e-6)
        begins = one.at_m[[step.first for step in one.steps[:-1]]]
        for before, step, after in zip(
            other.steps, other.steps[1:], other.steps[2:], strict=False
        ):
            is_alone = (before.turn == "depart" or before.length_m >= 15.0) and (
                after.turn == "arrive" or step.length_m >= 15.0
            )
            if is_alone:
                off_m = np.abs(begins - one.at_m[step.first])
                found = one.steps[int(np.argmin(off_m))]
                # with a kink in the street a few metres before it, it is told there
                assert off_m.min() < 25.0
                assert found.name == step.name
                alone += 1
                same += found.first == step.first and found.turn == step.turn
        for way_told in (one, other):
            inner = [step.length_m for step in way_told.steps[1:-2]]
            short += sum(length < 15.0 for length in inner) * (way_told is other)
            shorter += sum(length < 15.0 for length in inner) * (way_told is one)
    assert alone > 100
    assert same > 0.9 * alone
    assert short > 30
    assert shorter < short / 20


def test_the_destination_lies_on_a_side_of_the_road(world) -> None:
    town = world(
        """
              l
        A-----------B
              r
        """
    )
    sides = {mark: way(town, "walk", "A", mark) for mark in "lr"}
    assert {mark: one.steps[-1].side for mark, one in sides.items() if one} == {
        "l": "left",
        "r": "right",
    }


@pytest.mark.parametrize(
    ("angle", "turn"),
    [
        (0, "straight"), (-24, "straight"), (30, "slight_right"), (-90, "left"), (90, "right"),
        (-140, "sharp_left"), (150, "sharp_right"), (180, "u_turn"), (-175, "u_turn"),
    ],
)  # fmt: skip
def test_angles_have_names(angle: float, turn: str) -> None:
    assert turn_kind(angle) == turn


# ------------------------------------------------------------------ in words
def step(turn: str, name: str = "人民路", **values) -> Step:
    return Step(turn, name, values.pop("heading_deg", 40.0), 243.0, 1, (1,), 0, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "mode", "english", "chinese"),
    [
        (
            step("left"),
            "drive",
            "Turn left into 人民路, 240 m",
            "左转进入人民路，行驶240米",
        ),
        (step("right", ""), "walk", "Turn right, 240 m", "右转，步行240米"),
        (
            step("depart"),
            "walk_elderly",
            "Walk north-east along 人民路, 240 m",
            "沿人民路向东北步行240米",
        ),
        (
            step("depart", "", heading_deg=350.0),
            "ebike_20",
            "Ride north, 240 m",
            "向北骑行240米",
        ),
        (
            step("straight", ""),
            "sledge",
            "Continue straight on, 240 m",
            "继续直行，前行240米",
        ),
        (
            step("arrive", side="left"),
            "walk",
            "Arrive at 县中心, on the left",
            "到达县中心，位于道路左侧",
        ),
    ],
)
def test_a_step_is_a_sentence_in_both_languages(one, mode, english, chinese) -> None:
    assert step_text(one, mode, "en", "县中心") == english
    assert step_text(one, mode, "zh", "县中心") == chinese


def test_a_street_on_which_one_turns_is_stayed_on() -> None:
    one = step("left")
    told = [step_text(one, "drive", language, None, "人民路") for language in ("en", "zh")]
    assert told == ["Turn left to stay on 人民路, 240 m", "左转，仍沿人民路，行驶240米"]
    assert "stay" not in step_text(one, "drive", "en", None, "解放路")
    assert step_text(step("left", ""), "walk", "en", None, "") == "Turn left, 240 m"


def test_a_name_with_braces_is_only_a_name() -> None:
    assert (
        step_text(step("left", "{length} {0}"), "walk", "en")
        == "Turn left into {length} {0}, 240 m"
    )


@pytest.mark.parametrize(
    ("metres", "text"),
    [
        (0.2, "5 m"),
        (43, "45 m"),
        (244, "240 m"),
        (994, "990 m"),
        (996, "1.0 km"),
        (12345, "12.3 km"),
    ],
)
def test_lengths_are_rounded_as_one_says_them(metres: float, text: str) -> None:
    assert length_text(metres, "en") == text


def test_a_whole_way_is_told_from_door_to_door(world) -> None:
    town = world(
        """
        W-----C----E
         h
        """,
        ways={"WC": {"name": "West Road"}, "CE": {"name": "East Road"}},
    )
    one = way(town, "drive", "h", "E")
    assert one is not None
    assert route_text(one, "drive", "en", "the centre") == [
        "Walk 210 m to the road",
        "Drive east along West Road, 420 m",
        "Continue into East Road, 420 m",
        "Arrive at the centre",
    ]
    back = way(town, "walk", "E", "h")
    assert back is not None
    assert route_text(back, "walk", "zh")[-2:] == [
        "到达目的地，位于道路左侧",
        "离开道路，步行210米至目的地",
    ]
