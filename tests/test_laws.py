"""Laws that hold for every network and every point."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import Country
from random_towns import POINTS, town
from servicemap.roads.network import Network
from servicemap.roads.snapping import snap
from servicemap.routing.ends import arrivals, departures, graph, places
from servicemap.routing.travel_times import pairs
from servicemap.routing.workspace import Workspace


def arcs(network: Network, *, reverse: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    net = graph(network, reverse=reverse)
    tail = np.repeat(np.arange(net.n), np.diff(net.first))
    return tail, net.arcs[0::2].astype(np.int64), net.arcs[1::2].astype(np.int64)


def check_arcs(network: Network, points, *, reverse: bool) -> None:
    at = places(network, points)
    seeds = (arrivals if reverse else departures)(network, at)
    space = Workspace(graph(network, reverse=reverse), 2**22)
    found = space.run(seeds, 10**9)
    dist = space.times(found)
    tail, head, cost = arcs(network, reverse=reverse)
    assert found == (dist >= 0).sum() > 0
    reached = dist[tail] >= 0
    # no arc is a short cut, and what can be reached is reached
    assert (dist[head][reached] >= 0).all()
    assert (dist[tail] + cost >= dist[head])[reached].all()
    # whatever is reached was reached by an arc, or is where a point meets the graph
    witness = np.zeros(len(dist), dtype=bool)
    witness[head[reached & (dist[tail] + cost == dist[head])]] = True
    witness[seeds.node[seeds.ms == dist[seeds.node]]] = True
    assert witness[dist >= 0].all()
    # a seed is never worse than itself
    assert (dist[seeds.node] <= seeds.ms).all()


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    "name", ["liechtenstein walk", "liechtenstein drive", "andorra drive"]
)
def test_every_arc_obeys_and_every_node_has_a_witness(name, reverse, request) -> None:
    country_name, mode = name.split()
    country: Country = request.getfixturevalue(country_name)
    net = country.network(mode)
    seat = np.random.default_rng(5).integers(0, len(net.vertex_x), 3)
    check_arcs(net, snap(net, net.vertex_lon[seat], net.vertex_lat[seat]), reverse=reverse)


@pytest.mark.parametrize("seed", range(10))
def test_every_arc_of_towns_drawn_by_lot(tmp_path, seed: int) -> None:
    made = town(tmp_path, seed)
    for mode in ("walk", "drive"):
        for reverse in (False, True):
            check_arcs(made.network(mode), made.snap(mode, POINTS), reverse=reverse)


def times(made, mode: str, start: str = POINTS, end: str = POINTS) -> np.ndarray:
    found = pairs(made.network(mode), made.snap(mode, start), made.snap(mode, end))
    ms = np.full((len(start), len(end)), np.inf)
    ms[found.origin, found.destination] = found.travel_ms
    return ms


@pytest.mark.parametrize("seed", range(8))
def test_turning_all_roads_round_swaps_to_and_from(tmp_path, seed: int) -> None:
    """Crossings are left out: there, two roads are equally near and the smaller is joined."""
    there, back = (
        town(tmp_path, seed, oneway=0.6),
        town(tmp_path, seed, oneway=0.6, turned=True, name="b.osm"),
    )
    at, again = there.snap("drive", POINTS), back.snap("drive", POINTS)
    same = (at.lon == again.lon) & (at.t > 0) & (at.t < 1)
    same |= (
        np.isclose(at.lon, again.lon, atol=1e-9)
        & np.isclose(at.lat, again.lat, atol=1e-9)
        & (at.t > 0)
        & (at.t < 1)
    )
    assert same.sum() > 2
    forth, reverse = times(there, "drive"), times(back, "drive").T
    both = np.ix_(same, same)
    np.testing.assert_allclose(forth[both], reverse[both], atol=2)


@pytest.mark.parametrize("seed", range(10))
def test_a_road_more_makes_no_time_longer(tmp_path, seed: int) -> None:
    """A bridge, so that no point is joined to it instead of its own road."""
    random = np.random.default_rng(seed)
    bridge = "".join(random.permutation(list("ABCDEFGHIJKLMNOPQRSTUVWXY"))[:2])
    options = {"sorts": ("residential", "steps"), "missing": 0.0}
    before = town(tmp_path, seed, **options)
    after = town(
        tmp_path,
        seed,
        **options,
        more=((bridge, {"highway": "path", "bridge": "yes"}),),
        name="b.osm",
    )
    old, new = times(before, "walk"), times(after, "walk")
    assert np.isfinite(old).any()
    assert (new <= old + 1).all()  # a place on a turned road is rounded from its other end


@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_moving_along_a_road_changes_times_by_no_more_than_the_way(
    world, mode: str
) -> None:
    town_ = world(
        """
        A---------------B----p
        |               |
        |               |
        D---------------C----E
        """,
        ways=[("AD", {"highway": "primary"}), ("BC", {"highway": "track"})],
    )
    net = town_.network(mode)
    (a_lon, b_lon), (a_lat, b_lat) = town_.degrees("AB")
    share = np.linspace(0.001, 0.999, 200)
    line = snap(net, a_lon + share * (b_lon - a_lon), a_lat + share * (b_lat - a_lat))
    assert len(set(line.edge.tolist())) == 1
    at = places(net, line)
    goal = town_.snap(mode, "E")
    there = pairs(net, line, goal).travel_ms - line.leg_ms
    back = pairs(net, goal, line).travel_ms - line.leg_ms
    step = np.abs(np.diff(at.forward_ms))
    assert (np.abs(np.diff(there)) <= step + 1).all()
    assert (np.abs(np.diff(back)) <= step + 1).all()


@pytest.mark.parametrize("seed", range(4))
def test_times_obey_the_triangle(tmp_path, seed: int) -> None:
    """By way of a third point is never faster; its two legs come on top."""
    made = town(tmp_path, seed)
    for mode in ("walk", "drive"):
        ms = times(made, mode)
        via = (ms[:, :, None] + ms[None, :, :]).min(axis=1)
        assert (ms <= via + 2).all()


def test_the_same_question_has_the_same_answer_twice(liechtenstein: Country) -> None:
    net = liechtenstein.network("walk")
    seat = np.random.default_rng(9).integers(0, len(net.vertex_x), 40)
    at = snap(net, net.vertex_lon[seat], net.vertex_lat[seat])
    first = pairs(net, at, at, minutes=30)
    for threads in (1, 2, 3, 7):
        again = pairs(net, at, at, minutes=30, threads=threads)
        for field in ("origin", "destination", "travel_ms", "distance_m"):
            np.testing.assert_array_equal(getattr(again, field), getattr(first, field))
    twice = snap(net, np.repeat(at.own_lon, 2), np.repeat(at.own_lat, 2))
    doubled = pairs(net, twice, at, minutes=30)
    for k in (0, 1):
        part = doubled.origin % 2 == k
        np.testing.assert_array_equal(doubled.travel_ms[part], first.travel_ms)
