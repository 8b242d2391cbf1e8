"""Where points meet the road: rules one by one, then every segment tried in turn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from conftest import Country
from oracle import Oracle
from random_towns import POINTS, town
from servicemap import osm_file
from servicemap.roads import osm_roads, profiles
from servicemap.roads.line_grid import grid_over
from servicemap.roads.nearest import nearest
from servicemap.roads.network import MAIN
from servicemap.roads.projection import EARTH_RADIUS_M, projection_for
from servicemap.roads.snapping import Snaps, fraction, snap, snaps_table
from worlds import COLUMN_M, ROW_M


def way_of(made, mode: str, marks: str, limit_m: float = 500.0) -> list[int | None]:
    """OSM ids of the ways that the letters are joined to."""
    net, at = made.network(mode), made.snap(mode, marks, limit_m)
    return [
        int(net.way_id[net.vertex_way[segment]]) if segment >= 0 else None
        for segment in at.segment
    ]


# ------------------------------------------------------------------ rules
def test_a_point_meets_the_road_on_the_edge_and_the_leg_is_counted(world) -> None:
    line = world(
        """
        A-----B

          h
        """
    )
    at = line.snap("walk", "h")
    assert at.leg_m[0] == pytest.approx(2 * ROW_M, abs=0.05)
    assert at.leg_ms[0] == pytest.approx(5 * 60_000, abs=50)
    assert fraction(line.network(), at)[0] in (
        pytest.approx(1 / 3, abs=1e-4),
        pytest.approx(2 / 3, abs=1e-4),
    )
    assert line.degrees("h")[0][0] == pytest.approx(at.lon[0], abs=1e-6)


def test_bridges_tunnels_and_motorways_are_passed_and_not_joined(world) -> None:
    for tags in (
        {"bridge": "yes"},
        {"tunnel": "yes"},
        {"highway": "motorway", "oneway": "no"},
        {"highway": "motorway_link"},
    ):
        town = world(
            """
              h
            A-----B
            |     |
            D-----C
            """,
            ways={"AB": tags, "ADCB": {}},
        )
        assert way_of(town, "drive", "h") == [2]
        assert town.ms("drive", "A", "B") < town.ms("drive", "D", "C") + 2


def test_a_leg_does_not_cross_a_river(world) -> None:
    bank = """
        A------------------B
        W                  X
                 h


        C------------------D
        """
    ways = {"AC": {}}
    stream, culvert = {"waterway": "stream"}, {"waterway": "river", "tunnel": "culvert"}
    dry = world(bank, ways=ways)
    assert way_of(dry, "walk", "h", 800) == [2]
    assert way_of(world(bank, ways=ways, rivers=["WX"]), "walk", "h", 800) == [3]
    for water in (stream, culvert):
        town = world(bank, ways=ways, rivers=["WX"], water=water)
        assert way_of(town, "walk", "h", 800) == [2]


def test_a_leg_through_the_joint_of_two_pieces_of_river_crosses_it(world) -> None:
    for river in ("WVX", "XVW", "WV VX", "VW VX"):
        town = world(
            """
            A----P----B
            W----V----X
                 h
            """,
            rivers=river.split(),
        )
        assert way_of(town, "walk", "h") == [None]
        assert town.snap("walk", "h").reason.tolist() == ["off_network"]


def test_a_road_through_a_ford_is_joined_from_both_banks(world) -> None:
    for river in ("WFX", "XFW"):
        town = world(
            """
              A
              |
            k |    h
              |
            W-F----X
              |
            m |    n
              |
              B
            """,
            ways={"AFB": {}},
            rivers=[river],
        )
        assert None not in way_of(town, "walk", "hkmn")
        # F itself is in the water, and on the road
        assert way_of(town, "walk", "F") == [1]


def test_the_main_component_goes_before_a_nearer_island(world) -> None:
    town = world(
        """
        A----B----C
            h
           I-J
        """
    )
    assert town.snap("walk", "h").reason.tolist() == [None]
    near = town.snap("walk", "h", limit_m=ROW_M * 1.01)
    assert near.reason.tolist() == [None]
    nearer = town.snap("walk", "I", limit_m=ROW_M)
    assert nearer.reason.tolist() == ["island"]
    assert nearer.leg_m[0] == pytest.approx(0.0, abs=0.01)


def test_a_street_that_can_only_be_left_is_joined_by_those_who_leave(world) -> None:
    """By car, from the palace one drives down to town; back up one walks."""
    hill = world(
        """
        P----A-----B
             |     |
             D-----C
        """,
        ways={"PA": {"oneway": "yes"}},
    )
    net = hill.network("drive")
    joined = {
        role: snap(net, *hill.degrees("P"), 500.0, role)
        for role in ("both", "origin", "destination")
    }
    assert joined["origin"].leg_m[0] == pytest.approx(0.0, abs=0.01)
    assert joined["both"].leg_m[0] == pytest.approx(5 * COLUMN_M, rel=1e-3)
    assert joined["destination"].leg_m[0] == joined["both"].leg_m[0]
    assert [at.reason.tolist() for at in joined.values()] == [[None]] * 3
    near = [snap(net, *hill.degrees("P"), 100.0, role).reason[0] for role in joined]
    assert near == ["island", None, "island"]
    out = world(
        """
        P----A-----B
             |     |
             D-----C
        """,
        ways={"AP": {"oneway": "yes"}},
        name="out.osm",
    ).network("drive")
    near = [snap(out, *hill.degrees("P"), 100.0, role).reason[0] for role in joined]
    assert near == ["island", "island", None]


def test_beyond_the_limit_is_off_the_network(world) -> None:
    line = world(
        """
        A----B
          h
        """
    )
    length = float(line.snap("walk", "h").leg_m[0])
    # the limit is planar, the leg on the sphere: they differ by four in ten thousand
    assert line.snap("walk", "h", limit_m=length * 1.001).edge[0] >= 0
    assert line.snap("walk", "h", limit_m=length * 0.999).reason.tolist() == ["off_network"]
    assert line.snap("walk", "A", limit_m=0.0).edge[0] >= 0


def test_of_two_equally_near_edges_the_smaller_is_taken(world) -> None:
    town = world("A----B----C", ways=[("AB", {}), ("BC", {}), ("AB", {}), ("BA", {})])
    net = town.network()
    at = town.snap("walk", "B")
    assert at.edge[0] == 0
    assert net.n_edges == 4


def test_roads_that_nobody_may_join_take_no_points(world) -> None:
    town = world("A----B", ways={"AB": {"bridge": "yes"}})
    assert town.snap("walk", "AB").reason.tolist() == ["off_network"] * 2


def test_the_table_of_snaps(world) -> None:
    town = world(
        """
        A----B----C              I-J

          h
        """
    )
    lon, lat = town.degrees("hI")
    at = snap(town.network(), [*lon, np.nan, 8.0], [*lat, 47.0, 47.0])
    table = snaps_table(town.network(), at, pd.Series(["h", "I", "x", "y"]), "demand")
    assert table["reason"].fillna("").tolist() == [
        "",
        "island",
        "not_located",
        "off_network",
    ]
    assert table["edge_id"].isna().tolist() == [False, False, True, True]
    assert table["component"].isna().tolist() == [False, False, True, True]
    assert table["component"][0] == MAIN
    assert table["fraction"].between(0, 1).tolist() == [True, True, False, False]


def test_inputs_are_left_as_they_were(world) -> None:
    line = world("A----B")
    lon, lat = line.degrees("AB")
    before = lon.copy(), lat.copy()
    snap(line.network(), lon, lat)
    np.testing.assert_array_equal((lon, lat), before)


# ------------------------------------------------------------------ every segment in turn
def check_against_all(
    oracle: Oracle, at: Snaps, limit_m: float, main: np.ndarray | None = None
) -> None:
    main = oracle.main() if main is None else main
    for row in range(len(at.edge)):
        lon, lat = at.own_lon[row], at.own_lat[row]
        distance, near = oracle.nearest_pieces(lon, lat, limit_m, main)
        island = not near
        if island:
            distance, near = oracle.nearest_pieces(lon, lat, limit_m, ~main)
        if not near:
            assert at.edge[row] < 0
            continue
        assert at.island[row] == island
        piece, t, leg_ms = oracle.seat(at, row)
        assert piece in [oracle.pieces[k] for k in near]
        # the sphere is not the ellipsoid, and a line in degrees not one in the plane
        assert at.leg_m[row] == pytest.approx(distance, rel=4e-3, abs=0.05)
        assert at.leg_ms[row] == leg_ms
        assert 0.0 <= t <= 1.0


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_towns_drawn_by_lot(tmp_path, mode: str, seed: int) -> None:
    made = town(tmp_path, seed, rivers=["AGMSY", "UQHD"])
    net = made.network(mode)
    oracle = Oracle(made.extract, made.profile(mode), net)
    check_against_all(oracle, made.snap(mode, POINTS), 500.0)
    check_against_all(oracle, made.snap(mode, POINTS, 120.0), 120.0)
    leaves, enters = oracle.one_way_to_and_from_main()
    for role, main in (("origin", leaves), ("destination", enters)):
        at = snap(net, *made.degrees(POINTS), 120.0, role)
        check_against_all(oracle, at, 120.0, main)


@pytest.mark.parametrize(
    "name", ["liechtenstein walk", "liechtenstein drive", "andorra drive"]
)
def test_real_countries_with_their_rivers(
    name: str, request: pytest.FixtureRequest
) -> None:
    country_name, mode = name.split()
    country: Country = request.getfixturevalue(country_name)
    net = country.network(mode)
    oracle = Oracle(country.extract, profiles.load([mode])[mode], net)
    random = np.random.default_rng(7)
    seat = random.integers(0, len(net.vertex_x), 120)
    x, y = (v[seat] + random.normal(0, 250, 120) for v in (net.vertex_x, net.vertex_y))
    lon, lat = country.projection.to_degrees(x, y)
    at = snap(net, lon, lat)
    check_against_all(oracle, at, 500.0)
    assert (at.edge >= 0).mean() > 0.5


def test_a_point_alone_and_in_a_batch_meets_the_same_place(liechtenstein: Country) -> None:
    net = liechtenstein.network("walk")
    random = np.random.default_rng(3)
    x = random.uniform(net.vertex_x.min() - 2000, net.vertex_x.max() + 2000, 60)
    y = random.uniform(net.vertex_y.min() - 2000, net.vertex_y.max() + 2000, 60)
    lon, lat = liechtenstein.projection.to_degrees(x, y)
    batch = snap(net, lon, lat)
    for row in range(60):
        alone = snap(net, lon[row : row + 1], lat[row : row + 1])
        for field in ("segment", "edge", "t", "leg_m", "leg_ms", "island"):
            np.testing.assert_array_equal(
                getattr(alone, field)[0], getattr(batch, field)[row]
            )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("limit_m", [300.0, 2_000.0, 40_000.0])
def test_rows_of_points_over_empty_land_and_all_segments_in_turn(
    seed: int, limit_m: float
) -> None:
    """Two hamlets 30 km apart, whole metres (so that many are equally near), any order."""
    random = np.random.default_rng(seed)
    middle = np.repeat([[0.0, 0.0], [30_000.0, 4_000.0]], 30, axis=0)
    start = middle + random.integers(-400, 400, (60, 2))
    stop = start + random.integers(-3, 4, (60, 2)) * 50  # some without length
    ends = tuple(np.ascontiguousarray(one) for one in (*start.T, *stop.T))
    edge = np.repeat(np.arange(20, dtype=np.int32)[::-1], 3)
    allowed = random.random(60) < 0.8
    y, x = (one.ravel() for one in np.mgrid[-900:5000:260, -2600:33000:175].astype(float))
    none = grid_over(*(np.empty(0) for _ in range(4)))
    free = (grid_over(*ends), ends, allowed, edge, none, np.empty((0, 4)))
    segment, t, distance = nearest(x, y, limit_m, *free)

    dx, dy = ends[2] - ends[0], ends[3] - ends[1]
    along = (x[:, None] - ends[0]) * dx + (y[:, None] - ends[1]) * dy
    share = np.clip(along / np.maximum(dx**2 + dy**2, 1e-9), 0.0, 1.0)
    away = np.hypot(x[:, None] - ends[0] - share * dx, y[:, None] - ends[1] - share * dy)
    away[:, ~allowed] = np.inf
    least = away.min(axis=1)
    hit = least <= limit_m
    assert hit.any()
    assert not (limit_m < 40_000 and hit.all())
    np.testing.assert_array_equal(segment >= 0, hit)
    np.testing.assert_allclose(distance[hit], least[hit], rtol=0, atol=1e-6)
    for row in np.flatnonzero(hit):
        ties = np.flatnonzero(away[row] <= least[row] + 1e-9)
        best = min(ties, key=lambda k: (edge[k], k))
        assert segment[row] == best or away[row, best] != away[row, segment[row]]
        assert t[row] == pytest.approx(share[row, segment[row]], abs=1e-9)

    order = random.permutation(len(x))
    again = nearest(x[order], y[order], limit_m, *free)
    for whole, part in zip((segment, t, distance), again, strict=True):
        np.testing.assert_array_equal(whole[order], part)


def test_the_sphere_of_the_contract() -> None:
    assert EARTH_RADIUS_M == 6_371_008.8
    assert pytest.approx(1000 * 5 / 60) == COLUMN_M


def test_a_road_over_the_180th_meridian_is_met_on_it(tmp_path) -> None:
    """West to east over the date line: 55.6 m north of it, not half round the Earth."""
    places = ((179.999, -17.0), (-179.999, -17.0))
    nodes = "".join(
        f'<node id="{number}" version="1" lon="{lon}" lat="{lat}"/>'
        for number, (lon, lat) in enumerate(places, start=1)
    )
    file = tmp_path / "taveuni.osm"
    file.write_text(
        f'<osm version="0.6">{nodes}<way id="1" version="1"><nd ref="1"/><nd ref="2"/>'
        '<tag k="highway" v="residential"/></way></osm>',
        encoding="utf-8",
    )
    extract = osm_file.read(file, want_map=False)
    net = osm_roads.build(
        extract,
        osm_roads.segments(extract.roads),
        profiles.load(["walk"])["walk"],
        projection_for("auto", 179.99, -17.0),
    )
    met = snap(net, np.array([179.9995, -179.9995]), np.array([-16.9995, -16.9995]))
    assert met.leg_m == pytest.approx([55.6, 55.6], abs=0.1)
    assert met.lon == pytest.approx([179.9995, -179.9995], abs=1e-6)
    assert met.t == pytest.approx([0.25, 0.75], abs=1e-3)
