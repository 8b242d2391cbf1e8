"""Sweeps over a contraction order give the bucket queue's times, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import Country
from servicemap import kept
from servicemap.roads.snapping import Snaps, snap
from servicemap.routing import engines, orders, sweeps
from servicemap.routing.contraction import (
    NEVER,
    Order,
    customise,
    customised_weights,
    fresh_order,
    neighbours,
)
from servicemap.routing.ends import arrivals, departures, graph, places
from servicemap.routing.travel_times import pairs
from servicemap.routing.workspace import Ends, Graph, Workspace, many_to_many

NO_DIRECT = (None, np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))


@dataclass(frozen=True, eq=False)
class Roads:
    """As much of a network as an order needs."""

    node_x: np.ndarray
    node_y: np.ndarray
    arc_first: np.ndarray
    arcs: np.ndarray

    @property
    def n_nodes(self) -> int:
        return len(self.node_x)


def roads(
    n: int, tail: np.ndarray, head: np.ndarray, ms: np.ndarray, seed: int = 0
) -> Roads:
    """Arcs by tail, junctions anywhere."""
    random = np.random.default_rng(seed)
    order = np.argsort(tail, kind="stable")
    arcs = np.empty(2 * len(tail), np.int32)
    arcs[0::2], arcs[1::2] = head[order], ms[order]
    first = np.searchsorted(tail[order], np.arange(n + 1)).astype(np.int64)
    return Roads(random.uniform(0, 1e4, n), random.uniform(0, 1e4, n), first, arcs)


def random_roads(seed: int, n: int, m: int, longest: int = 1000) -> Roads:
    """One-way, parallel, looping, torn apart: whatever the lot gives."""
    random = np.random.default_rng(seed)
    tail, head = random.integers(0, n, (2, m))
    return roads(n, tail, head, random.integers(1, longest + 1, m), seed)


def grid(side: int, seed: int = 0) -> Roads:
    """Streets at right angles, a tenth of them one-way, a tenth missing."""
    random = np.random.default_rng(seed)
    at = np.arange(side * side).reshape(side, side)
    a = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    b = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    there, back = random.random((2, len(a))) < 0.9
    tail, head = np.concatenate([a[there], b[back]]), np.concatenate([b[there], a[back]])
    made = roads(side * side, tail, head, random.integers(500, 60_000, len(tail)))
    return Roads(
        at.ravel() % side * 100.0, at.ravel() // side * 100.0, made.arc_first, made.arcs
    )


def all_pairs(net: Roads) -> np.ndarray:
    """Floyd and Warshall: every time from every junction to every other."""
    n = net.n_nodes
    times = np.full((n, n), np.inf)
    np.minimum.at(
        times,
        (np.repeat(np.arange(n), np.diff(net.arc_first)), net.arcs[0::2]),
        net.arcs[1::2],
    )
    times[np.arange(n), np.arange(n)] = 0
    for k in range(n):
        times = np.minimum(times, times[:, [k]] + times[[k]])
    return times


def ends(random: np.random.Generator, n: int, count: int, most_ms: int = 500) -> Ends:
    """Points that meet none, one or two junctions."""
    point = np.repeat(np.arange(count), random.integers(0, 3, count))
    node = random.integers(0, n, len(point))
    ms = random.integers(0, most_ms + 1, len(point))
    return Ends(
        point.astype(np.int32),
        node.astype(np.int32),
        ms.astype(np.int64),
        np.zeros(len(point)),
    )


def swept(
    net: Roads, sources: Ends, targets: Ends, bound: int, n: tuple, **how
) -> np.ndarray:
    climb = customise(net, fresh_order(net))
    climb = climb.reversed() if how.pop("reverse", False) else climb
    direct = (np.zeros(n[0] + 1, np.int64), *NO_DIRECT[1:])
    source, target, ms, _ = sweeps.table(
        climb, sources, n[0], targets, n[1], direct, bound, **how
    )
    table = np.full(n, -1)
    assert len({*zip(source.tolist(), target.tolist(), strict=True)}) == len(source)
    table[source, target] = ms
    return table


def expected(
    times: np.ndarray, sources: Ends, targets: Ends, bound: int, n: tuple
) -> np.ndarray:
    table = np.full(n, np.inf)
    for s, a, head in zip(sources.point, sources.node, sources.ms, strict=True):
        for t, b, tail in zip(targets.point, targets.node, targets.ms, strict=True):
            table[s, t] = min(table[s, t], head + times[a, b] + tail)
    return np.where(table <= bound, table, -1)


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 40),
    density=st.floats(0, 5),
    bound=st.sampled_from([0, 1, 100, 700, 2000, 10**6, sweeps.MOST_MS]),
    reverse=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_times_on_any_graph_are_those_of_floyd_and_warshall(
    seed: int, n: int, density: float, bound: int, reverse: bool
) -> None:
    net = random_roads(seed, n, int(n * density))
    random = np.random.default_rng(seed)
    count = (int(random.integers(1, 80)), int(random.integers(1, 30)))
    sources, targets = ends(random, n, count[0]), ends(random, n, count[1])
    times = all_pairs(net).T if reverse else all_pairs(net)
    got = swept(net, sources, targets, bound, count, reverse=reverse)
    np.testing.assert_array_equal(got, expected(times, sources, targets, bound, count))


@pytest.mark.parametrize("count", [40, 1500])
@pytest.mark.parametrize("minutes", [0.05, 3.0, 15.0, 600.0])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_town_of_streets_has_the_bucket_queues_times(
    count: int, minutes: float, threads: int
) -> None:
    """Narrow and wide lanes, bounds that reach a corner or everything."""
    net, bound = grid(30), int(minutes * 60_000)
    random = np.random.default_rng(count)
    sources, targets = ends(random, 900, count, 9000), ends(random, 900, 60, 9000)
    arcs = Graph(net.arc_first, net.arcs, np.zeros(len(net.arcs) // 2))
    at_first = np.searchsorted(np.sort(targets.node), np.arange(901)).astype(np.int64)
    by = np.argsort(targets.node, kind="stable")
    at = Ends(targets.point[by], targets.node[by], targets.ms[by], targets.second[by])
    direct = (np.zeros(count + 1, np.int64), *NO_DIRECT[1:])
    source, target, ms, _ = many_to_many(
        Workspace(arcs, 100_000), sources, count, (at_first, at), 60, direct, (0, count), bound,
        want_second=False,
    )  # fmt: skip
    table = np.full((count, 60), -1)
    table[source, target] = ms
    got = swept(net, sources, targets, bound, (count, 60), threads=threads)
    np.testing.assert_array_equal(got, table)


@pytest.mark.parametrize(
    "case", ["liechtenstein walk", "liechtenstein drive", "andorra walk", "andorra drive"]
)
@pytest.mark.parametrize("search_from", ["origins", "destinations"])
def test_pairs_of_a_country_do_not_depend_on_the_engine(
    case: str, search_from: str, request: pytest.FixtureRequest
) -> None:
    """Points off the road, on shared edges, on islands; both directions; any threads."""
    net, origins, goals = country(case, request)
    for minutes in (0.5, 15.0, 45.0, 10_000.0):
        asked = {"minutes": minutes, "search_from": search_from}
        searched = pairs(net, origins, goals, **asked)
        for threads in (1, 2):
            found = pairs(
                net, origins, goals, **asked, threads=threads, want_distance=False,
                engine="sweeps",
            )  # fmt: skip
            np.testing.assert_array_equal(found.origin, searched.origin)
            np.testing.assert_array_equal(found.destination, searched.destination)
            np.testing.assert_array_equal(found.travel_ms, searched.travel_ms)
            assert np.isnan(found.distance_m).all()
    assert len(searched.origin) > 0.8 * len(origins.edge) * len(goals.edge)


def country(case: str, request: pytest.FixtureRequest) -> tuple:
    name, mode = case.split()
    made: Country = request.getfixturevalue(name)
    net = made.network(mode)

    def scattered(count: int, seed: int) -> Snaps:
        random = np.random.default_rng(seed)
        at = random.integers(0, len(net.vertex_x), count)
        x, y = (v[at] + random.normal(0, 80, count) for v in (net.vertex_x, net.vertex_y))
        x[:3] += 1e6  # off the network
        x[3:6], y[3:6] = x[3], y[3]  # thrice the same point
        return snap(net, *made.projection.to_degrees(x, y))

    return net, scattered(70, 1), scattered(150, 2)


def test_times_without_lengths_are_the_same_whichever_engine_answers(
    liechtenstein: Country, request: pytest.FixtureRequest
) -> None:
    net, origins, goals = country("liechtenstein walk", request)
    with_lengths = pairs(net, origins, goals, minutes=30)
    for engine in ("search", "sweeps", None):
        found = pairs(net, origins, goals, minutes=30, want_distance=False, engine=engine)
        np.testing.assert_array_equal(found.travel_ms, with_lengths.travel_ms)
        assert np.isnan(found.distance_m).all()


def test_without_a_bound_the_bucket_queue_answers(
    liechtenstein: Country, request: pytest.FixtureRequest
) -> None:
    """A label of a sweep holds twelve days; whoever asks for more is answered all the same."""
    net, origins, goals = country("liechtenstein drive", request)
    found = pairs(net, origins, goals, want_distance=False, engine="sweeps")
    np.testing.assert_array_equal(found.travel_ms, pairs(net, origins, goals).travel_ms)


def test_counts_per_junction_are_the_searches_counted(
    liechtenstein: Country, request: pytest.FixtureRequest
) -> None:
    net, origins, _ = country("liechtenstein drive", request)
    at = places(net, origins)
    for reverse, seeds in ((False, departures(net, at)), (True, arrivals(net, at))):
        climb = orders.climb(net, reverse=reverse)
        count = len(origins.edge)
        got = [sweeps.n_within(climb, seeds, count, 600_000, threads=t) for t in (1, 2)]
        space = Workspace(graph(net, reverse=reverse), 10**7)
        wanted = np.zeros(net.n_nodes, np.int32)
        for point in range(count):
            own = seeds.point == point
            one = Ends(seeds.point[own], seeds.node[own], seeds.ms[own], seeds.second[own])
            wanted += space.times(space.run(one, 600_000)) >= 0
        np.testing.assert_array_equal(got[0], wanted)
        np.testing.assert_array_equal(got[1], wanted)


def some_orders() -> list[tuple[Roads, Order]]:
    nets = [random_roads(seed, n, 2 * n) for seed, n in enumerate([1, 2, 5, 30, 200])]
    nets += [grid(25), roads(3, *np.empty((3, 0), np.int64))]
    return [(net, fresh_order(net)) for net in nets]


def test_ranks_are_a_permutation_and_a_post_order_of_the_tree() -> None:
    for net, order in some_orders():
        n = net.n_nodes
        assert sorted(order.rank.tolist()) == list(range(n))
        size = np.ones(n, int)
        for r in range(n):
            if order.parent[r] >= 0:
                assert order.parent[r] > r
                size[order.parent[r]] += size[r]
        for r in range(n):  # a subtree is the run of ranks that ends at its root
            for low in range(r - size[r] + 1, r):
                assert r - size[r] < order.parent[low] <= r


def test_upper_neighbours_are_ancestors_and_the_first_is_the_parent() -> None:
    for net, order in some_orders():
        for r in range(net.n_nodes):
            upper = order.upper[order.upper_first[r] : order.upper_first[r + 1]].tolist()
            assert upper == sorted(set(upper))
            assert order.parent[r] == (upper[0] if upper else -1)
            ancestors, above = set(), int(order.parent[r])
            while above >= 0:
                ancestors.add(above)
                above = int(order.parent[above])
            assert ancestors >= set(upper)


def test_the_graph_is_chordal_and_holds_every_road() -> None:
    """The upper neighbours of a junction are all joined with one another."""
    for net, order in some_orders():
        edges = {
            (r, int(q))
            for r in range(net.n_nodes)
            for q in order.upper[order.upper_first[r] : order.upper_first[r + 1]]
        }
        first, adjacent = neighbours(net)
        for v in range(net.n_nodes):
            for w in adjacent[first[v] : first[v + 1]]:
                a, b = int(order.rank[v]), int(order.rank[w])
                assert (min(a, b), max(a, b)) in edges
        for r in range(net.n_nodes):
            upper = order.upper[order.upper_first[r] : order.upper_first[r + 1]].tolist()
            for i, a in enumerate(upper):
                assert edges >= {(a, b) for b in upper[i + 1 :]}


def test_no_way_below_an_edge_is_faster_than_the_customised_edge() -> None:
    for net, order in some_orders():
        up, down = customised_weights(net, order)
        at = {
            (r, int(order.upper[e])): e
            for r in range(net.n_nodes)
            for e in range(order.upper_first[r], order.upper_first[r + 1])
        }
        for (r, x), e in at.items():
            for f in range(e + 1, order.upper_first[r + 1]):
                g = at[x, int(order.upper[f])]
                assert up[g] <= min(NEVER, int(down[e]) + int(up[f]))
                assert down[g] <= min(NEVER, int(down[f]) + int(up[e]))
        times = all_pairs(net)
        node = np.argsort(order.rank)
        for (r, x), e in at.items():  # never better than the truth
            assert up[e] >= min(NEVER, times[node[r], node[x]])
            assert down[e] >= min(NEVER, times[node[x], node[r]])


def test_an_order_is_the_same_every_time_and_needs_no_travel_times() -> None:
    net = grid(40)
    slower = Roads(
        net.node_x,
        net.node_y,
        net.arc_first,
        net.arcs * np.tile(np.int32([1, 3]), len(net.arcs) // 2),
    )
    first = fresh_order(net)
    for again in (fresh_order(net), fresh_order(slower)):
        for name in orders.ARRAYS:
            np.testing.assert_array_equal(getattr(again, name), getattr(first, name))


def test_separators_of_a_grid_are_about_its_side() -> None:
    """Depth of the tree: some sides of the grid, not its area."""
    order = fresh_order(grid(40))
    assert np.diff(order.upper_first).max() < 3 * 40
    depth = np.zeros(1600, int)
    for r in range(1599, -1, -1):
        depth[r] = 0 if order.parent[r] < 0 else depth[order.parent[r]] + 1
    assert depth.max() < 5 * 40


def test_a_kept_order_is_a_fresh_one_and_a_damaged_one_is_replaced(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "cache_folder", lambda: tmp_path)
    net, same = grid(20), grid(20)
    assert orders.readiness(net) == "never"
    made = orders.order(net)
    assert orders.readiness(net) == orders.readiness(same) == "ordered"
    (home,) = (tmp_path / "orders").iterdir()
    assert {file.name for file in home.iterdir()} == {
        kept.META,
        *(f"{name}.npy" for name in orders.ARRAYS),
    }
    for name in orders.ARRAYS:
        np.testing.assert_array_equal(
            getattr(orders.order(same), name), getattr(made, name)
        )
    (home / "upper.npy").write_bytes(b"\x93NUMPY")
    third = grid(20)
    np.testing.assert_array_equal(orders.order(third).upper, made.upper)
    np.testing.assert_array_equal(np.load(home / "upper.npy"), made.upper)
    assert orders.readiness(grid(20, seed=1)) == "nothing"


def test_an_order_needs_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "cache_folder", lambda: None)
    net = grid(10)
    np.testing.assert_array_equal(orders.order(net).rank, fresh_order(net).rank)


def test_a_network_is_customised_once(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "cache_folder", lambda: tmp_path)
    net = grid(10)
    ahead, back = orders.climb(net, reverse=False), orders.climb(net, reverse=True)
    assert ahead.up is back.down
    assert orders.climb(net, reverse=False) is ahead
    assert orders.readiness(net) == "customised"


@pytest.mark.parametrize(
    ("count", "bound", "ready", "pay"),
    [
        (10, 10**7, "customised", False),  # too few to share
        (3000, 10**7, "customised", True),  # many that reach everything
        (3000, 10**7, "ordered", True),
        (200, 10**7, "nothing", False),  # an order costs more than these save
        (100, 3_000, "nothing", False),  # little to be saved
        (3000, 10**7, "never", False),  # the kernels would have to be compiled first
        (3000, 2**31 - 4096, "customised", False),  # no bound: labels could overflow
    ],
)
def test_sweeps_are_chosen_where_many_sources_reach_much_in_common(
    count: int, bound: int, ready: str, pay: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "readiness", lambda _: ready)
    monkeypatch.setattr(engines, "CACHE", True)
    net = grid(30)
    arcs = Graph(net.arc_first, net.arcs, np.zeros(len(net.arcs) // 2))
    sources = ends(np.random.default_rng(0), 900, count)
    assert engines.sweeps_pay(net, arcs, sources, count, bound) is pay
    monkeypatch.setattr(engines, "CACHE", False)
    assert not engines.sweeps_pay(net, arcs, sources, count, bound)
