"""The bucket queue on graphs of any kind, against Bellman and Ford's rounds of all arcs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from random_towns import POINTS, town
from servicemap.roads.snapping import snap
from servicemap.routing.isochrones import areas
from servicemap.routing.search import MOST_MS
from servicemap.routing.travel_times import nearest, pairs
from servicemap.routing.workspace import Ends, Graph, Workspace, queue_pool


def any_graph(random: np.random.Generator, n: int, n_arcs: int, longest: int) -> Graph:
    """Loops, parallel arcs, nodes without arcs, arcs from 1 ms to very long ones."""
    tail = np.sort(random.integers(0, n, n_arcs))
    arcs = np.empty(2 * n_arcs, np.int32)
    arcs[0::2] = random.integers(0, n, n_arcs)
    arcs[1::2] = np.exp(random.uniform(0.0, np.log(longest), n_arcs)).astype(np.int32)
    first = np.searchsorted(tail, np.arange(n + 1)).astype(np.int64)
    return Graph(first, arcs, np.zeros(n_arcs))


def by_rounds(net: Graph, seeds: Ends, bound: int) -> np.ndarray:
    tail = np.repeat(np.arange(net.n), np.diff(net.first))
    head, ms = net.arcs[0::2], net.arcs[1::2].astype(np.int64)
    never = 2**40
    dist = np.full(net.n, never)
    np.minimum.at(dist, seeds.node, seeds.ms)
    for _ in range(net.n):
        np.minimum.at(dist, head, dist[tail] + ms)
    return np.where(dist <= bound, dist, -1)


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 60),
    density=st.floats(0, 6),
    longest=st.sampled_from([2, 5_000, 10**6, 2**31 - 1]),
    bound=st.sampled_from([0, 1, 4_095, 4_096, 100_000, 10**7, MOST_MS]),
    room=st.sampled_from([1, 2, 7, 4_096]),
)
@settings(max_examples=200, deadline=None)
def test_times_on_any_graph_are_those_of_rounds_over_all_arcs(
    seed: int, n: int, density: float, longest: int, bound: int, room: int
) -> None:
    """Whatever the queue holds, and search after search in one workspace."""
    random = np.random.default_rng(seed)
    net = any_graph(random, n, int(n * density), longest)
    space = Workspace(net, min(2 * longest, MOST_MS))
    space.pool = queue_pool(room)
    for _ in range(4):
        count = int(random.integers(1, 6))
        seeds = Ends(
            np.arange(count, dtype=np.int32),
            random.integers(0, n, count).astype(np.int32),
            random.integers(0, min(longest, 10**6), count).astype(np.int64),
            np.zeros(count),
        )
        found = space.run(seeds, bound)
        expected = by_rounds(net, seeds, bound)
        assert space.times(found).tolist() == expected.tolist()
        # each reached node is told once
        assert sorted(space.reached[:found]) == np.flatnonzero(expected >= 0).tolist()
        # and the queue is left empty, with every place of it free
        assert (space.bucket == -1).all()
        room_now = len(space.pool) // 4
        assert sorted(space.pool[:room_now]) == list(range(room_now))


def test_no_seeds_reach_nothing() -> None:
    net = Graph(np.array([0, 1, 1]), np.array([1, 5], np.int32), np.zeros(1))
    none = np.zeros(0, np.int32)
    seeds = Ends(none, none, np.zeros(0, np.int64), np.zeros(0))
    assert Workspace(net, 10).run(seeds, 10) == 0


# ------------------------------------------------------------------ odd points
@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_a_point_twice_is_two_points_at_one_place(tmp_path, mode: str) -> None:
    made = town(tmp_path, 4)
    net, once = made.network(mode), made.snap(mode, POINTS)
    twice = snap(net, np.tile(once.own_lon, 2), np.tile(once.own_lat, 2))
    n = len(POINTS)
    for merged in (False, True):
        plain = list(areas(net, once, [3.0, 9.0], merged=merged))
        doubled = list(areas(net, twice, [3.0, 9.0], merged=merged))
        for k, area in enumerate(doubled):
            assert area.geometry.equals(plain[k % len(plain)].geometry)
    single, double = nearest(net, once, once), nearest(net, once, twice)
    # of two at one place the first is told
    assert double.destination.tolist() == single.destination.tolist()
    assert double.travel_ms.tolist() == single.travel_ms.tolist()
    table, larger = pairs(net, once, once), pairs(net, twice, once)
    assert len(larger.travel_ms) == 2 * len(table.travel_ms)
    assert sorted(larger.origin % n) == sorted(np.tile(table.origin, 2))


def test_points_outside_the_map_have_no_times_no_areas_and_no_nearest(tmp_path) -> None:
    made = town(tmp_path, 4)
    net, inside = made.network("walk"), made.snap("walk", POINTS)
    lon, lat = np.array([-70.0, 9.0, 179.9]), np.array([-33.0, 89.9, 47.0])
    outside = snap(net, lon, lat)
    assert set(outside.reason) == {"off_network"}
    assert len(pairs(net, outside, inside).travel_ms) == 0
    assert len(pairs(net, inside, outside).travel_ms) == 0
    assert (nearest(net, outside, inside).destination == -1).all()
    assert (nearest(net, inside, outside).destination == -1).all()
    assert all(area.geometry.is_empty for area in areas(net, outside, [10.0]))
