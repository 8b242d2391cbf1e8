"""From roads to junctions and edges: nothing is lost, nothing is made up."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from conftest import Country
from oracle import Oracle, pieces_of
from random_towns import town
from servicemap.errors import InputError
from servicemap.roads import osm_roads, profiles
from servicemap.roads.chains import chains
from servicemap.roads.network import ARRAYS, MAIN, Network
from servicemap.roads.osm_roads import milliseconds
from servicemap.roads.projection import great_circle_m, projection_for


def pieces_of_network(net: Network) -> Counter:
    """Every piece of every edge: way, ends, times, as a piece of road has them."""
    last = np.zeros(len(net.vertex_x), dtype=bool)
    last[net.edge_first[1:] - 1] = True
    found: Counter = Counter()
    lon, lat = (
        np.rint(v * 1e7).astype(int).tolist() for v in (net.vertex_lon, net.vertex_lat)
    )
    for k in np.flatnonzero(~last):
        edge = net.edge_of_vertex[k]
        ahead = (
            int(net.forward_ms[k + 1] - net.forward_ms[k])
            if net.edge_forward[edge]
            else None
        )
        behind = (
            int(net.backward_ms[k + 1] - net.backward_ms[k])
            if net.edge_backward[edge]
            else None
        )
        a, b = (lon[k], lat[k]), (lon[k + 1], lat[k + 1])
        key = (a, b, ahead, behind) if a <= b else (b, a, behind, ahead)
        found[(int(net.vertex_way[k]), *key, bool(net.snappable[k]))] += 1
    return found


def raw_pieces(extract, profile) -> Counter:
    found: Counter = Counter()
    for piece in pieces_of(extract, profile):
        lon1, lat1, lon2, lat2 = (round(v * 1e7) for v in piece.ends)
        a, b = (lon1, lat1), (lon2, lat2)
        ahead, behind = piece.ahead_ms, piece.behind_ms
        key = (a, b, ahead, behind) if a <= b else (b, a, behind, ahead)
        found[(piece.way, *key, piece.snappable)] += 1
    return found


@pytest.mark.parametrize("mode", ["walk", "drive"])
@pytest.mark.parametrize("seed", range(6))
def test_every_piece_of_road_is_on_exactly_one_edge(tmp_path, mode: str, seed: int) -> None:
    made = town(
        tmp_path, seed, nodes={"G": {"barrier": "bollard"}, "M": {"barrier": "gate"}}
    )
    assert pieces_of_network(made.network(mode)) == raw_pieces(
        made.extract, made.profile(mode)
    )


def test_every_piece_of_a_real_country(liechtenstein: Country) -> None:
    profile = profiles.load(["drive"])["drive"]
    net = liechtenstein.network("drive")
    assert pieces_of_network(net) == raw_pieces(liechtenstein.extract, profile)


def check_arrays(net: Network) -> None:
    first, last = net.edge_first[:-1], net.edge_first[1:] - 1
    assert (last > first).all()
    for values, nodes in ((net.vertex_x, net.node_x), (net.vertex_y, net.node_y)):
        np.testing.assert_array_equal(values[first], nodes[net.edge_u])
        np.testing.assert_array_equal(values[last], nodes[net.edge_v])
    assert (net.edge_forward | net.edge_backward).all()
    for values in (net.forward_ms, net.backward_ms, net.along_m):
        assert (values[first] == 0).all()
        inner = np.ones(len(values) - 1, dtype=bool)
        inner[last[:-1]] = False
        assert (np.diff(values)[inner] >= 0).all()
    for arcs, start, edge, metres in (
        (net.arcs, net.arc_first, net.arc_edge, net.arc_m),
        (net.back_arcs, net.back_first, net.back_edge, net.back_m),
    ):
        usable = np.column_stack([net.edge_forward, net.edge_backward]).ravel()
        np.testing.assert_array_equal(np.unique(edge), np.flatnonzero(usable))
        assert start[-1] == len(edge) == len(arcs) // 2
        np.testing.assert_array_equal(metres, net.edge_m[edge >> 1])
        forward = (edge & 1) == 0
        cost = np.where(
            forward, net.forward_ms[last[edge >> 1]], net.backward_ms[last[edge >> 1]]
        )
        np.testing.assert_array_equal(arcs[1::2], cost)
    tail = np.repeat(np.arange(net.n_nodes), np.diff(net.arc_first))
    forward = (net.arc_edge & 1) == 0
    u, v = net.edge_u[net.arc_edge >> 1], net.edge_v[net.arc_edge >> 1]
    # the copies of a junction stand together, the first of them names it
    junction, copies = net.node_junction, np.bincount(net.node_junction)
    np.testing.assert_array_equal(junction, np.sort(junction))
    np.testing.assert_array_equal(junction[tail], junction[np.where(forward, u, v)])
    np.testing.assert_array_equal(
        junction[net.arcs[0::2]], junction[np.where(forward, v, u)]
    )
    assert net.report["junctions"] == len(copies)
    for name in ("edge_u", "edge_v"):
        first = getattr(net, name)
        assert (junction[first] != junction[first - 1])[first > 0].all()
    # where an arc is driven from, and where one is who set out on it
    codes = np.repeat(np.arange(2 * net.n_edges), np.diff(net.from_first))
    wanted = np.unique(np.column_stack([net.arc_edge, tail]), axis=0)
    np.testing.assert_array_equal(np.column_stack([codes, net.from_nodes]), wanted)
    driven = np.unique(np.column_stack([net.arc_edge, net.arcs[0::2]]), axis=0)
    own = np.column_stack([np.arange(2 * net.n_edges), net.into])[net.into >= 0]
    assert len(np.unique(np.concatenate([driven, own]), axis=0)) == len(driven)
    closed = np.setdiff1d(np.arange(2 * net.n_edges), net.arc_edge)
    assert (net.into[closed] == -1).all()


@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_the_arrays_agree_with_one_another(
    tmp_path, liechtenstein: Country, mode: str
) -> None:
    check_arrays(liechtenstein.network(mode))
    for seed in range(5):
        check_arrays(town(tmp_path, seed).network(mode))


def test_lengths_are_of_the_sphere_and_sum_along_each_edge(liechtenstein: Country) -> None:
    net = liechtenstein.network("walk")
    piece = great_circle_m(
        net.vertex_lon[:-1], net.vertex_lat[:-1], net.vertex_lon[1:], net.vertex_lat[1:]
    )
    inner = np.ones(len(piece), dtype=bool)
    inner[net.edge_first[1:-1] - 1] = False
    np.testing.assert_allclose(np.diff(net.along_m)[inner], piece[inner], atol=1e-8)
    assert net.edge_m.sum() / 1000 == pytest.approx(net.report["km"], abs=0.01)


def test_a_quarter_of_the_meridian() -> None:
    assert great_circle_m(0.0, 0.0, 0.0, 90.0) == pytest.approx(np.pi / 2 * 6_371_008.8)
    assert great_circle_m(9.0, 47.0, 9.0, 47.0) == 0.0
    assert great_circle_m(0.0, 0.0, 180.0, 0.0) == pytest.approx(np.pi * 6_371_008.8)


def test_milliseconds_are_whole_and_at_least_one() -> None:
    ms = milliseconds(np.array([0.0, 5.0, 1e12, 100.0]), np.array([5.0, 5.0, 5.0, 0.0]))
    assert ms.tolist() == [1, 3600, 2**30, 2**30]


# ------------------------------------------------------------------ chains
def test_a_road_without_a_decision_is_one_edge(world) -> None:
    assert world("A--B--C--D--E").network().n_edges == 1
    assert world("A--B--C--D--E").network().n_nodes == 2


def test_who_comes_to_a_light_waits_on_the_arc_that_leads_to_it(world) -> None:
    # B and C lie inside a chain; the light at C is for those who come along the way
    art = """
        A----B----C----D
    """
    signs = {
        "B": {"highway": "traffic_signals"},
        "C": {"highway": "traffic_signals", "traffic_signals:direction": "forward"},
        "D": {"railway": "level_crossing"},
    }
    plain = world(art, ways={"ABCD": {}})
    lit = world(art, ways={"ABCD": {}}, nodes=signs, name="lit.osm")

    def later(a: str, b: str) -> int:
        return lit.ms("drive", a, b) - plain.ms("drive", a, b)

    assert later("A", "D") == 11_000 + 11_000 + 5_000
    assert later("D", "A") == 11_000
    assert later("A", "C") == 22_000
    assert later("C", "B") == 11_000
    assert lit.ms("walk", "A", "D") - plain.ms("walk", "A", "D") == 20_000


def test_a_change_of_direction_rules_is_a_junction(world) -> None:
    line = world("A--B--C--D", ways={"BC": {"oneway": "yes"}})
    assert line.network("drive").n_edges == 3
    assert line.network("walk").n_edges == 1
    towards = world(
        "A--B--C", ways={"AB": {"oneway": "yes"}, "CB": {"oneway": "yes"}}, name="b.osm"
    )
    assert towards.network("drive").n_edges == 2
    onwards = world(
        "A--B--C", ways={"AB": {"oneway": "yes"}, "CB": {"oneway": "-1"}}, name="c.osm"
    )
    assert onwards.network("drive").n_edges == 1


def test_a_ring_without_a_junction_begins_somewhere(world) -> None:
    ring = world(
        """
        A--B
        |  |
        D--C
        """
    )
    net = ring.network()
    assert (net.n_nodes, net.n_edges) == (1, 1)
    assert net.edge_u[0] == net.edge_v[0]


def test_chains_of_random_graphs_use_every_segment_once() -> None:
    random = np.random.default_rng(2)
    for _ in range(60):
        n, m = int(random.integers(1, 12)), int(random.integers(1, 25))
        a, b = random.integers(0, n, m), random.integers(0, n, m)
        forward = random.random(m) < 0.8
        backward = ~forward | (random.random(m) < 0.7)
        order, flip, first, junction = chains(a, b, forward, backward, n)
        assert sorted(order.tolist()) == list(range(m))
        assert first[0] == 0
        assert first[-1] == m
        start, end = np.where(flip, b[order], a[order]), np.where(flip, a[order], b[order])
        ahead = np.where(flip, backward[order], forward[order])
        behind = np.where(flip, forward[order], backward[order])
        touching: dict[int, int] = defaultdict(int)
        for node in (*a, *b):
            touching[int(node)] += 1
        for c in range(len(first) - 1):
            span = slice(first[c], first[c + 1])
            assert (end[span][:-1] == start[span][1:]).all()
            assert not junction[end[span][:-1]].any()
            assert junction[start[span][0]]
            assert junction[end[span][-1]]
            assert len(set(ahead[span])) == len(set(behind[span])) == 1
            assert all(touching[int(node)] == 2 for node in end[span][:-1])


# ------------------------------------------------------------------ components, report
@pytest.mark.parametrize("seed", range(6))
def test_the_main_component_is_the_strong_one_with_most_kilometres(
    tmp_path, seed: int
) -> None:
    made = town(tmp_path, seed, oneway=0.6)
    net = made.network("drive")
    oracle = Oracle(made.extract, made.profile("drive"), net)
    km = sum(
        p.length_m for p, main in zip(oracle.pieces, oracle.main(), strict=True) if main
    )
    assert net.edge_m[net.edge_component == MAIN].sum() == pytest.approx(km)
    assert net.report["components"][0]["km"] == pytest.approx(km / 1000, abs=0.001)
    lengths = [listed["km"] for listed in net.report["components"]]
    assert lengths == sorted(lengths, reverse=True)


def test_the_report_says_what_was_left_out_and_why(world) -> None:
    made = world(
        "A----B----C----D----E",
        ways={
            "BC": {"highway": "construction"},
            "CD": {"highway": "footway"},
            "DE": {"access": "private"},
        },
    )
    report = made.network("drive").report
    assert report["km_by_class"] == {"residential": pytest.approx(0.417, abs=0.001)}
    assert sorted(report["dropped"]) == [
        "access=private",
        "highway=construction",
        "highway=footway",
    ]
    assert made.network("walk").report["km"] == pytest.approx(0.833, abs=0.001)
    assert report["km_assumed_speed"] == pytest.approx(0.417, abs=0.001)


def test_piers_and_platforms_are_not_called_ferries(world) -> None:
    made = world("A----B----C", ways={"AB": {"highway": "", "man_made": "pier"}})
    assert sorted(made.network("walk").report["km_by_class"]) == ["pier", "residential"]


@pytest.mark.parametrize("key", ["railway", "public_transport"])
def test_who_walks_along_a_platform_goes_on_at_its_end(world, key) -> None:
    made = world("A----B----C", ways={"AB": {"highway": "", key: "platform"}})
    report = made.network("walk").report
    assert sorted(report["km_by_class"]) == ["platform", "residential"]
    assert made.ms("walk", "A", "C") == made.ms("walk", "C", "A") > 0
    assert "platform" not in made.network("drive").report["km_by_class"]


def test_an_extract_without_roads_for_a_mode_is_an_error(world) -> None:
    made = world("A----B", ways={"AB": {"highway": "footway"}})
    with pytest.raises(InputError, match="drive"):
        made.network("drive")


def test_two_builds_have_the_same_bytes(liechtenstein: Country) -> None:
    profile = profiles.load(["drive"])["drive"]
    again = osm_roads.build(
        liechtenstein.extract, liechtenstein.pieces, profile, liechtenstein.projection
    )
    for name in ARRAYS:
        assert (
            getattr(again, name).tobytes()
            == getattr(liechtenstein.network("drive"), name).tobytes()
        )


# ------------------------------------------------------------------ metres
def test_auto_is_the_utm_zone() -> None:
    assert projection_for("auto", 9.5, 47.1).epsg == "EPSG:32632"
    assert projection_for("auto", 120.4, 27.3).epsg == "EPSG:32651"
    assert projection_for("auto", -51.2, -30.0).epsg == "EPSG:32722"
    assert projection_for("auto", 0.0, 89.0).epsg == "EPSG:32661"


def test_there_and_back_is_the_same_place() -> None:
    projection = projection_for("4549", 120.4, 27.3)  # CGCS2000, Gauss-Kruger
    x, y = projection.to_metres(np.array([120.4]), np.array([27.3]))
    lon, lat = projection.to_degrees(x, y)
    assert (lon[0], lat[0]) == pytest.approx((120.4, 27.3), abs=1e-9)


@pytest.mark.parametrize(
    ("crs", "kind"),
    [("999999", "crs_unknown"), ("mars", "crs_unknown"), ("4326", "crs_not_metres"),
     ("2263", "crs_not_metres"), ("3857", "crs_distorts"), ("32632", "crs_distorts")],
)  # fmt: skip
def test_a_crs_that_does_not_fit_is_an_error(crs: str, kind: str) -> None:
    with pytest.raises(InputError) as caught:
        projection_for(crs, 120.4, 47.3)
    assert caught.value.kind == kind
    assert crs in caught.value.text("zh")
