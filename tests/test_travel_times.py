"""Travel times in small worlds: rules one by one, then towns drawn by lot against Dijkstra."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from oracle import Oracle
from random_towns import POINTS, town
from servicemap.errors import InputError
from servicemap.roads.snapping import Snaps, snap
from servicemap.routing import travel_times
from servicemap.routing.ends import (
    arrivals,
    by_node,
    departures,
    graph,
    on_one_edge,
    places,
)
from servicemap.routing.one_to_many import OneToMany
from servicemap.routing.routes import route
from servicemap.routing.travel_times import nearest, pairs
from servicemap.routing.workspace import Ends, Graph, Workspace, many_to_many, queue_pool
from worlds import FIVE_MINUTES_MS, ROUNDING_MS

SQUARE = """
    A----B
    |    |
    |    |
    D----C
    """


def about(minutes: float) -> object:
    return pytest.approx(minutes * 60_000, abs=10 * ROUNDING_MS)


# ------------------------------------------------------------------ rules
def test_a_street_of_five_minutes_takes_five_minutes(world) -> None:
    assert world("A----B").ms("walk", "A", "B") == pytest.approx(
        FIVE_MINUTES_MS, abs=ROUNDING_MS
    )


def test_a_one_way_street_is_longer_against_it(world) -> None:
    square = world(SQUARE, ways={"AB": {"oneway": "yes"}})
    assert square.ms("drive", "A", "B") < square.ms("drive", "B", "A") / 3
    assert square.ms("walk", "A", "B") == square.ms("walk", "B", "A")


def test_of_parallel_roads_the_fastest_counts(world) -> None:
    two = world("A----B", ways=[("AB", {}), ("AB", {"highway": "primary"}), ("BA", {})])
    one = world("A----B", ways=[("AB", {"highway": "primary"})], name="one.osm")
    assert two.ms("drive", "A", "B") == one.ms("drive", "A", "B")
    assert two.network("drive").n_edges == 3


def test_a_point_in_mid_road_is_reached_to_the_metre(world) -> None:
    line = world("A--x-----------------------------y-B")
    assert line.network().n_edges == 1
    assert line.ms("walk", "A", "x") == about(3)
    assert line.ms("walk", "x", "y") == about(30)
    assert line.ms("walk", "y", "x") == line.ms("walk", "x", "y")


def test_two_points_on_one_one_way_road_go_round_the_block(world) -> None:
    square = world(
        """
        A-x-y-B
        |     |
        |     |
        D-----C
        """,
        ways={"AB": {"oneway": "yes"}},
    )
    straight, round_the_block = square.ms("drive", "x", "y"), square.ms("drive", "y", "x")
    whole = sum(square.ms("drive", *pair) for pair in ("AB", "BC", "CD", "DA"))
    assert straight + round_the_block == pytest.approx(whole, abs=2)


def at_every_end_of(network: object, mark: str, seats: dict) -> list[Snaps]:
    """A letter joined to the end of each edge that meets it there, one after the other."""
    lon, lat = seats[mark]
    found = snap(network, np.array([lon]), np.array([lat]))
    first, last = network.edge_first[:-1], network.edge_first[1:] - 1
    ends = [(edge, v, v, 0.0) for edge, v in enumerate(first)]
    ends += [(edge, v - 1, v, 1.0) for edge, v in enumerate(last)]
    return [
        replace(
            found,
            edge=np.array([edge], dtype=np.int32),
            segment=np.array([segment]),
            t=np.array([t]),
            lon=network.vertex_lon[[v]],
            lat=network.vertex_lat[[v]],
        )
        for edge, segment, v, t in ends
        if np.hypot(network.vertex_lon[v] - lon, network.vertex_lat[v] - lat) < 1e-8
    ]


@pytest.mark.parametrize("weight", ["time", "distance"])
def test_a_point_at_a_junction_is_there_whichever_of_its_roads_it_meets(
    world, weight: str
) -> None:
    ring = world(
        """
        A----B----C
        |    |    |
        |    |    |
        F----E----D
        """,
        ways={"AB": {"oneway": "yes"}, "BE": {"oneway": "yes"}, "FE": {"oneway": "-1"}},
    )
    net = ring.network("drive")
    joints = {mark: at_every_end_of(net, mark, ring.seats) for mark in "ABEF"}
    assert sum(map(len, joints.values())) == 2 * net.n_edges
    for one, starts in joints.items():
        for other, goals in joints.items():
            times = set()
            for start in starts:
                for goal in goals:
                    found = pairs(net, start, goal, weight=weight)
                    times.add((int(found.travel_ms[0]), round(found.distance_m[0], 6)))
                    way = route(net, start, goal, [(0, 0)])[0]
                    fastest = pairs(net, start, goal)
                    assert way.travel_ms == fastest.travel_ms[0]
                    assert nearest(net, start, goal).travel_ms[0] == fastest.travel_ms[0]
                    many = OneToMany(net, goal).times(start)
                    assert many[0] == fastest.travel_ms[0]
            assert len(times) == 1, (one, other, times)


@pytest.mark.parametrize("off", [-1e-7, -1e-13, 1e-13, 1e-7])
def test_the_last_digit_of_coordinates_closes_no_junction(world, off: float) -> None:
    square = world(SQUARE, ways={"AB": {"oneway": "yes"}, "CB": {"oneway": "-1"}})
    net = square.network("drive")
    lon, lat = square.degrees("ABCD")
    moved = snap(net, lon + off, lat - off)
    exact = square.snap("drive", "ABCD")
    told = pairs(net, exact, exact)
    for ways in (pairs(net, moved, exact), pairs(net, exact, moved)):
        # a hundredth of a metre, walked to the junction
        np.testing.assert_allclose(ways.travel_ms, told.travel_ms, rtol=0, atol=10)


def test_a_detour_beats_a_slow_road_between_two_points_on_it(world) -> None:
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
    along = square.network("drive").edge_m.max() / 10 * 3.6e6 / 1000
    assert square.ms("drive", "x", "y") < along


def test_the_straight_leg_is_walked_by_all_modes(world) -> None:
    line = world(
        """
        A----B----C
             h
        """
    )
    for mode in ("walk", "drive"):
        assert line.ms(mode, "h", "B") == about(2.5)


def test_a_barrier_cuts_a_road_and_both_sides_stay_in_reach(world) -> None:
    town = world(
        """
        A-x-B-y-C
        |       |
        D-------E
        """,
        nodes={"B": {"barrier": "bollard"}},
    )
    assert town.ms("drive", "A", "x") < town.ms("drive", "A", "y")
    assert town.ms("drive", "x", "y") > town.ms("walk", "x", "y") / 5 * 2
    assert town.ms("walk", "x", "y") == about(4)
    assert town.network("drive").report["barriers"] == {"barrier=bollard": 1}


def test_a_barrier_on_the_only_road_leaves_no_way(world) -> None:
    line = world("A-x-------B--------y-C", nodes={"B": {"barrier": "bollard"}})
    assert line.ms("drive", "y", "x") is None
    assert line.ms("walk", "x", "y") == about(17)
    assert len(line.network("drive").report["components"]) == 2


def test_ferries_are_off(world) -> None:
    islands = world(
        """
        A----B         C----D
        """,
        ways={"BC": {"route": "ferry", "highway": "", "foot": "yes"}},
    )
    assert islands.ms("walk", "A", "D") is None
    assert islands.network().report["dropped"]["ferry_off"]["ways"] == 1


def test_a_ferry_that_a_profile_takes_is_as_slow_as_its_timetable(world) -> None:
    islands = world(
        """
        A----B         C----D
        """,
        ways={"BC": {"route": "ferry", "highway": "", "foot": "yes", "duration": "00:20"}},
        profiles='[walk]\nextends = "walk"\nferry = true\n',
    )
    assert islands.ms("walk", "B", "C") == about(20)
    assert islands.ms("walk", "A", "D") == about(30)


def test_a_ferry_of_absurd_duration_overflows_nothing(world) -> None:
    islands = world(
        "A----B         C---E---D",
        ways={
            "BCED": {"route": "ferry", "highway": "", "foot": "yes", "duration": "9999:00"}
        },
        profiles='[walk]\nextends = "walk"\nferry = true\n',
    )
    assert (islands.network().forward_ms >= 0).all()
    assert (islands.network().arcs >= 0).all()


def test_odd_roads_do_no_harm(world) -> None:
    """A ring on its own, a loop at a junction, a dead end, a road there and back, a
    doubled node, two nodes at one place."""
    odd = world(
        """
        A----B----C       P--Q
             |            |  |
             D            S--R
        """,
        ways=[("BDB", {}), ("ABBC", {}), ("CA", {}), ("CBC", {})],
    )
    for mode in ("walk", "drive"):
        assert odd.ms(mode, "A", "D") == odd.ms(mode, "D", "A")
        net = odd.network(mode)
        assert (net.arcs[1::2] >= 1).all()
    assert odd.ms("walk", "P", "R") is not None
    assert odd.ms("walk", "A", "R") is None


def test_a_piece_of_no_length_takes_a_millisecond(world) -> None:
    town = world("A----B")
    town.edit('<nd ref="2"/>', '<nd ref="2"/><nd ref="7"/>')
    twin = next(
        line for line in town.path.read_text("utf-8").split("\n") if 'id="2"' in line
    )
    town.edit(twin, twin + twin.replace('id="2"', 'id="7"'))
    net = town.network()
    assert np.diff(net.forward_ms).min() == 1
    assert np.diff(net.along_m).min() == 0.0


def test_a_village_at_exactly_the_cutoff_is_within_it(world) -> None:
    line = world("A-h---------------B")
    ms = line.ms("walk", "h", "B")
    assert line.ms("walk", "h", "B", minutes=ms / 60_000) == ms
    assert line.ms("walk", "h", "B", minutes=(ms - 1) / 60_000) is None


def test_of_two_points_equally_near_the_first_is_the_nearest(world) -> None:
    town = world(
        """
        A----B----C
             h
        """
    )
    net = town.network()
    for marks in ("CA", "AC"):
        ms = [town.ms("walk", "B", mark) for mark in marks]
        found = nearest(net, town.snap("walk", "B"), town.snap("walk", marks + marks))
        best = min(range(2), key=lambda k: (ms[k], k))
        assert found.destination.tolist() == [best]


def test_among_equally_fast_ways_the_shortest_length_is_told() -> None:
    """0-1-3 and 0-2-3 take ten milliseconds each; the second is two metres long."""
    net = Graph(
        first=np.array([0, 2, 3, 4, 4]),
        arcs=np.array([1, 5, 2, 4, 3, 5, 3, 6], dtype=np.int32),
        second=np.array([3.0, 1.0, 3.0, 1.0]),
    )
    seed = Ends(
        np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1, np.int64), np.zeros(1)
    )
    work = Workspace(net, 100)
    found = work.run(seed, 100)
    work.label_owners(seed, 100, found)
    assert work.times(found).tolist() == [0, 5, 4, 10]
    assert work.second.tolist() == [0.0, 3.0, 1.0, 2.0]


def test_the_shortest_way_is_not_the_fastest(world) -> None:
    town = world(
        """
        A----B
        |    |
        D----C
        """,
        ways={
            "AB": {"highway": "track", "tracktype": "grade4"},
            "ADCB": {"highway": "primary"},
        },
    )
    net, start, end = (
        town.network("drive"),
        town.snap("drive", "A"),
        town.snap("drive", "B"),
    )
    fast, short = pairs(net, start, end), pairs(net, start, end, weight="distance")
    assert short.distance_m[0] < fast.distance_m[0] / 2
    assert short.travel_ms[0] > fast.travel_ms[0]
    assert len(pairs(net, start, end, weight="distance", minutes=2).travel_ms) == 0
    assert len(pairs(net, start, end, minutes=2).travel_ms) == 1


# ------------------------------------------------------------------ odd questions
def test_points_that_meet_no_road_spoil_no_others(world) -> None:
    town = world(
        """
        A----B----C               I--J


                  h               i
        """
    )
    net = town.network()
    lon, lat = town.degrees("AhA")
    many = snap(
        net,
        np.array([*lon, np.nan, 9.5, 47.0, 9.0, np.inf]),
        np.array([*lat, 47.0, 47.5, 9.0, 91.0, 47.0]),
    )
    found = nearest(net, many, town.snap("walk", "C"))
    assert found.travel_ms[[0, 2]].tolist() == [town.ms("walk", "A", "C")] * 2
    assert (found.travel_ms[3:] == -1).all()
    assert np.isnan(found.distance_m[3:]).all()
    assert many.reason.tolist()[3:] == [
        "not_located", "off_network", "off_network", "off_network", "not_located",
    ]  # fmt: skip


def test_a_point_on_an_island_has_no_way_to_the_rest(world) -> None:
    town = world("A----B----C               I--J")
    assert town.ms("walk", "I", "J") == about(3)
    assert town.ms("walk", "I", "A") is None
    assert town.snap("walk", "IA").reason.tolist() == ["island", None]


@pytest.mark.parametrize("minutes", [-1.0, math.nan, -math.inf])
def test_a_cutoff_that_is_no_time_is_an_error(world, minutes: float) -> None:
    with pytest.raises(InputError, match="minutes"):
        world("A----B").ms("walk", "A", "B", minutes=minutes)


def test_cutoffs_of_nothing_and_of_a_week(world) -> None:
    town = world("A----B")
    assert town.ms("walk", "A", "B", minutes=0) is None
    assert town.ms("walk", "A", "A", minutes=0) == 0
    for minutes in (10_000, 1e9, math.inf):
        assert town.ms("walk", "A", "B", minutes=minutes) == town.ms("walk", "A", "B")


def test_no_points_have_no_times(world) -> None:
    town = world("A----B")
    net, none, some = town.network(), town.snap("walk", ""), town.snap("walk", "AB")
    for start, end in ((none, some), (some, none), (none, none)):
        for side in ("origins", "destinations"):
            for weight in ("time", "distance"):
                found = pairs(net, start, end, search_from=side, weight=weight)
                assert len(found.travel_ms) == 0
        assert (nearest(net, start, end).travel_ms == -1).all()


# ------------------------------------------------------------------ towns drawn by lot
def as_table(found, n: int, m: int) -> np.ndarray:
    ms = np.full((n, m), np.inf)
    ms[found.origin, found.destination] = found.travel_ms
    return ms


@pytest.mark.parametrize("mode", ["walk", "drive"])
@pytest.mark.parametrize("seed", range(12))
def test_pairs_and_nearest_equal_dijkstra(tmp_path, mode: str, seed: int) -> None:
    made = town(tmp_path, seed)
    net, at = made.network(mode), made.snap(mode, POINTS)
    ms, length = Oracle(made.extract, made.profile(mode), net).table(at, at)
    n = len(POINTS)
    for search_from in ("origins", "destinations"):
        for threads in (1, 2):
            found = pairs(net, at, at, search_from=search_from, threads=threads)
            np.testing.assert_array_equal(as_table(found, n, n), ms)
            np.testing.assert_allclose(
                found.distance_m, length[found.origin, found.destination], atol=1e-6
            )
    goals = made.snap(mode, POINTS[:4])
    best = nearest(net, at, goals)
    least = ms[:, :4].min(axis=1)
    np.testing.assert_array_equal(best.travel_ms, np.where(np.isfinite(least), least, -1))
    reached = np.isfinite(least)
    np.testing.assert_array_equal(best.destination[reached], ms[reached, :4].argmin(axis=1))
    for minutes in (3.0, 7.3):
        bounded = nearest(net, at, goals, minutes=minutes)
        kept = least <= round(minutes * 60_000)
        np.testing.assert_array_equal(bounded.travel_ms, np.where(kept, best.travel_ms, -1))


@pytest.mark.parametrize("seed", range(6))
def test_shortest_ways_equal_dijkstra_on_lengths(tmp_path, seed: int) -> None:
    made = town(tmp_path, seed)
    net, at = made.network("drive"), made.snap("drive", POINTS)
    shortest = Oracle(made.extract, made.profile("drive"), net)
    # one metre per second everywhere: what is fastest is shortest, to the millimetre
    shortest.by_length()
    _, length = shortest.table(at, at)
    found = pairs(net, at, at, weight="distance")
    got = np.full(length.shape, np.inf)
    got[found.origin, found.destination] = found.distance_m
    np.testing.assert_allclose(got, length, atol=0.05)


# ------------------------------------------------------------------ the queue and its labels
def many(net, at, bound: int, pool: int | None = None, epoch: int | None = None):
    start, n = places(net, at), len(at.edge)
    sources, targets = departures(net, start), arrivals(net, start)
    work = Workspace(graph(net, reverse=False), 1 << 22)
    if pool is not None:
        work.pool = queue_pool(pool)
    if epoch is not None:
        work.epoch = epoch
    direct = on_one_edge(net, start, start, reverse=False)
    seats = by_node(targets, net.n_nodes)
    out = many_to_many(work, sources, n, seats, n, direct, (0, n), bound, want_second=True)
    return [column.tolist() for column in out], work


@pytest.mark.parametrize("seed", range(3))
def test_a_queue_that_overflows_is_enlarged_and_the_answer_is_the_same(
    tmp_path, seed
) -> None:
    made = town(tmp_path, seed)
    net, at = made.network("walk"), made.snap("walk", POINTS)
    expected, _ = many(net, at, 10**7)
    for pool in (1, 2, 3, 5):
        found, work = many(net, at, 10**7, pool)
        assert found == expected
        assert len(work.pool) > len(queue_pool(pool))
    seeds = arrivals(net, places(net, at))
    small, large = (Workspace(graph(net, reverse=True), 1 << 22) for _ in range(2))
    small.pool = queue_pool(1)
    counts = [space.run(seeds, 10**7) for space in (small, large)]
    assert counts[0] == counts[1]
    assert small.times(counts[0]).tolist() == large.times(counts[1]).tolist()


def test_labels_that_run_out_begin_again(tmp_path) -> None:
    """The labels of one search lie above those of the one before; after 2 ** 32
    milliseconds of bounds they start from the bottom."""
    made = town(tmp_path, 1)
    net, at = made.network("walk"), made.snap("walk", POINTS)
    expected, _ = many(net, at, 10**7)
    for bound in (travel_times.MOST_MS, 2**30, 10**9 + 7, 10**7):
        for epoch in (None, 2**31 - 3, 2**31 - 2 - bound, 0):
            found, work = many(net, at, bound, epoch=epoch)
            assert found == expected
            assert -(2**31) < work.epoch < 2**31
    seeds = arrivals(net, places(net, at))
    space = Workspace(graph(net, reverse=True), 1 << 22)
    first = space.times(space.run(seeds, 2**29)).tolist()
    for _ in range(100):
        assert space.times(space.run(seeds, 2**29)).tolist() == first


def test_a_segment_of_no_length_has_a_front_and_a_back(world) -> None:
    """Two places at its ends are equally far along the edge, and one millisecond apart."""
    street = world("A--B--C", ways={"ABC": {"oneway": "yes"}})
    net = street.network("drive")
    edge = int(np.flatnonzero(net.edge_forward)[0])
    inner = int(net.edge_first[edge]) + 1
    whole = street.snap("drive", "AC")
    at = replace(
        whole,
        segment=np.array([inner - 1, inner]),
        edge=np.array([edge, edge], dtype=np.int32),
        t=np.array([1.0, 0.0]),
        leg_ms=np.zeros(2, dtype=np.int64),
    )
    same = pairs(net, at, at)
    assert same.travel_ms.tolist() == [0, 0, 0, 0]

    flat = net.along_m.copy()
    flat[inner + 1 :] -= flat[inner + 1] - flat[inner]
    stub = replace(net, along_m=flat)  # its second piece takes time and has no length
    ends = replace(at, segment=np.array([inner, inner]), t=np.array([0.0, 1.0]))
    found = pairs(stub, ends, ends)
    assert found.travel_ms.min() == 0
    there = found.travel_ms[(found.origin == 0) & (found.destination == 1)]
    assert there.tolist() == [int(net.forward_ms[inner + 1] - net.forward_ms[inner])]
    assert not ((found.origin == 1) & (found.destination == 0)).any()
