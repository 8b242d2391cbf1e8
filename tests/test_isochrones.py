"""Areas against times: a grid point is inside exactly when its own way there is short enough."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely

from conftest import Country
from random_towns import POINTS, town
from servicemap.errors import InputError
from servicemap.roads.projection import Projection
from servicemap.roads.snapping import snap
from servicemap.routing.audit import _shares, audit
from servicemap.routing.isochrones import areas, default_cell_m
from servicemap.routing.travel_times import nearest, pairs
from worlds import COLUMN_M

MINUTES = (5.0, 10.0, 15.0)


def xy(made, marks: str) -> np.ndarray:
    return np.column_stack(
        Projection(made.network("walk").crs).to_metres(*made.degrees(marks))
    )


def shapes(made, mode: str, marks: str, minutes=MINUTES, **options) -> list:
    return [
        a.geometry
        for a in areas(made.network(mode), made.snap(mode, marks), minutes, **options)
    ]


def inside(made, shape, marks: str) -> list[bool]:
    return shapely.contains_xy(shape, xy(made, marks)).tolist()


# ------------------------------------------------------------------ rules
def test_the_area_of_one_road_is_what_one_walks_along_it(world) -> None:
    line = world("A--------------------x--------------------B")
    (shape,) = shapes(line, "walk", "x", [10.0])
    west, south, east, north = shape.bounds
    assert (east - west) / 2 == pytest.approx(10 * COLUMN_M, rel=0.02)
    # what is left of ten minutes may be walked beside the road, up to the snap limit
    assert (north - south) / 2 == pytest.approx(500.0, abs=30)


def test_a_long_road_without_a_junction_is_reached_to_the_metre(world) -> None:
    line = world("A--x---------p----q---B")
    (shape,) = shapes(line, "walk", "x", [12.5])
    assert inside(line, shape, "pq") == [True, False]


def test_the_far_bank_without_a_bridge_is_outside(world) -> None:
    art = """
        A-------x-------B
                f
        W               X
                g
        C-------y-------D
        """
    dry = world(art, ways={"AC": {}, "BD": {}})
    wet = world(art, ways={"AC": {"bridge": "yes"}, "BD": {"bridge": "yes"}}, rivers=["WX"])
    (far,), (near,) = shapes(wet, "walk", "x", [14.0]), shapes(dry, "walk", "x", [30.0])
    assert inside(wet, far, "fgy") == [True, False, False]
    assert inside(dry, near, "fgy") == [True, True, True]


def test_an_island_village_is_outside(world) -> None:
    sea = world(
        """
        A----x----B



           I--i--J
        """
    )
    (shape,) = shapes(sea, "walk", "x", [30.0])
    assert inside(sea, shape, "xi") == [True, False]


def test_towards_and_from_differ_on_one_way_streets(world) -> None:
    square = world(
        """
        A-----x-----B
        |           |
        |           |
        |           |
        |           |
        D-----------C
        """,
        ways={"ABCDA": {"oneway": "yes", "highway": "living_street"}},
    )
    (to,) = shapes(square, "drive", "x", [4.0], direction="to")
    (out,) = shapes(square, "drive", "x", [4.0], direction="from")
    assert inside(square, to, "AB") == [True, False]
    assert inside(square, out, "AB") == [False, True]


@pytest.mark.parametrize("direction", ["to", "from"])
@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_a_point_is_inside_its_own_area_however_short_the_cutoff(
    tmp_path, mode, direction
) -> None:
    made = town(tmp_path, 3, oneway=0.6)
    at, own = made.snap(mode, POINTS), xy(made, POINTS)
    minutes = [0.0, 0.01, 0.5, 2.0, 7.0]
    found = list(areas(made.network(mode), at, minutes, direction=direction))
    joined = [area for area in found if at.edge[area.row] >= 0]
    assert len(joined) >= 5 * 5
    for area in joined:
        assert shapely.contains_xy(area.geometry, *own[area.row])
        assert area.geometry.is_valid


def test_points_far_beside_the_road_are_in_the_merged_area(world) -> None:
    line = world(
        """
        A---------------B
          h       k


        """
    )
    (merged,) = shapes(line, "walk", "hk", [2.0], merged=True)
    assert inside(line, merged, "hk") == [True, True]
    assert merged.area < 2 * (2 * 2 * COLUMN_M) ** 2


def test_a_point_without_a_road_has_an_empty_area_and_spoils_no_other(world) -> None:
    line = world("A----x----B")
    at = snap(
        line.network(),
        [8.0, np.nan, *line.degrees("x")[0]],
        [47.0, 47.0, *line.degrees("x")[1]],
    )
    found = list(areas(line.network(), at, [5.0]))
    assert [area.geometry.is_empty for area in found] == [True, True, False]
    assert found[2].geometry.equals(shapes(line, "walk", "x", [5.0])[0])
    (merged,) = areas(line.network(), at, [5.0], merged=True)
    assert merged.geometry.equals(found[2].geometry)
    assert merged.row == -1


def test_no_points_have_no_areas(world) -> None:
    line = world("A----B")
    assert shapes(line, "walk", "") == []
    (merged,) = shapes(line, "walk", "", [5.0], merged=True)
    assert merged.is_empty


@pytest.mark.parametrize("minutes", [-5.0, math.nan])
def test_a_cutoff_that_is_no_time_is_an_error(world, minutes: float) -> None:
    with pytest.raises(InputError, match="minutes"):
        shapes(world("A----B"), "walk", "A", [minutes])


def test_ten_thousand_minutes_reach_all_there_is(world) -> None:
    line = world("A----x----B             I--J")
    day, week, ages = shapes(line, "walk", "x", [1440.0, 10_000.0, 1e8])
    assert day.equals(week)
    assert day.equals(ages)
    assert inside(line, week, "ABI") == [True, True, False]


def test_roads_that_nobody_may_join_have_no_areas(world) -> None:
    line = world("A----B", ways={"AB": {"bridge": "yes"}})
    assert [shape.is_empty for shape in shapes(line, "walk", "A")] == [True] * 3


# ------------------------------------------------------------------ laws
@pytest.mark.parametrize("mode", ["walk", "drive"])
@pytest.mark.parametrize("seed", range(4))
def test_rings_nest_and_depend_on_no_other_ring(tmp_path, mode: str, seed: int) -> None:
    made = town(tmp_path, seed, rivers=["AGMSY"])
    minutes = [0.5, 3.0, 3.2, 7.0, 15.0]
    for direction in ("to", "from"):
        for merged in (False, True):
            options = {"direction": direction, "merged": merged}
            rings = shapes(made, mode, "abc", minutes, **options)
            for k, (small, large) in enumerate(itertools.pairwise(rings)):
                if (k + 1) % len(minutes):
                    assert small.is_empty or large.buffer(1e-6).covers(small)
            for k, cutoff in enumerate(minutes):
                alone = shapes(made, mode, "abc", [cutoff], **options)
                assert [a.wkb for a in alone] == [a.wkb for a in rings[k :: len(minutes)]]
            backwards = shapes(made, mode, "abc", minutes[::-1], **options)
            n = len(minutes)
            for k in range(len(rings)):
                assert backwards[k // n * n + n - 1 - k % n].wkb == rings[k].wkb


@pytest.mark.parametrize("mode", ["walk", "drive"])
@pytest.mark.parametrize("seed", range(3))
def test_the_merged_area_is_all_areas_together(tmp_path, mode: str, seed: int) -> None:
    made = town(tmp_path, seed)
    for direction in ("to", "from"):
        single = shapely.union_all(shapes(made, mode, POINTS, [4.0], direction=direction))
        (merged,) = shapes(made, mode, POINTS, [4.0], direction=direction, merged=True)
        both = shapely.intersection(single, merged).area
        assert both / shapely.union(single, merged).area > 0.985


def check_grid(
    network, points, minutes: list[float], direction: str, cell_m: float, box
) -> None:
    """Every grid point of a box: inside exactly when the router says so."""
    west, south, east, north = (math.floor(side / cell_m) for side in box)
    i, j = (k.ravel() for k in np.meshgrid(np.arange(west, east), np.arange(south, north)))
    lon, lat = Projection(network.crs).to_degrees(i * cell_m, j * cell_m)
    land = snap(network, lon, lat, 500.0, "origin" if direction == "to" else "destination")
    if direction == "to":
        ms = nearest(network, land, points).travel_ms
    else:
        found = pairs(network, points, land)
        ms = np.full(len(i), np.iinfo(np.int64).max)
        np.minimum.at(ms, found.destination, found.travel_ms)
        ms[ms == np.iinfo(np.int64).max] = -1
    # legs are great-circle in times and planar in the grid
    doubt = np.nan_to_num(4e-3 * land.leg_ms) + 2
    px, py = Projection(network.crs).to_metres(points.own_lon, points.own_lat)
    rx, ry = Projection(network.crs).to_metres(points.lon, points.lat)
    legs = shapely.linestrings(
        np.stack([np.column_stack([px, rx]), np.column_stack([py, ry])], axis=2)[
            points.edge >= 0
        ]
    )
    own = shapely.union_all(legs).buffer(1.5 * cell_m)
    free = ~shapely.contains_xy(own, i * cell_m, j * cell_m)
    for area in areas(
        network, points, minutes, direction=direction, merged=True, cell_m=cell_m
    ):
        cutoff = area.cutoff_min * 60_000
        truth = (ms >= 0) & (ms <= cutoff)
        sure = free & (np.abs(ms - cutoff) > doubt)
        got = shapely.contains_xy(area.geometry, i * cell_m, j * cell_m)
        np.testing.assert_array_equal(got[sure], truth[sure])
        assert sure.mean() > 0.5


@pytest.mark.parametrize("direction", ["to", "from"])
@pytest.mark.parametrize("mode", ["walk", "drive"])
@pytest.mark.parametrize("seed", range(3))
def test_every_grid_point_of_a_town(tmp_path, mode: str, seed: int, direction: str) -> None:
    made = town(tmp_path, seed, oneway=0.5, rivers=["AGMSY", "UQHD"])
    at = made.snap(mode, "abc")
    net = made.network(mode)
    box = (
        net.vertex_x.min() - 600,
        net.vertex_y.min() - 600,
        net.vertex_x.max() + 600,
        net.vertex_y.max() + 600,
    )
    check_grid(net, at, [1.0, 4.0, 9.0], direction, 25.0, box)


@pytest.mark.parametrize("direction", ["to", "from"])
@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_every_grid_point_around_vaduz(
    liechtenstein: Country, mode: str, direction: str
) -> None:
    net = liechtenstein.network(mode)
    at = snap(net, [9.5209, 9.5105, 9.4870], [47.1392, 47.1660, 47.1680])
    x, y = liechtenstein.projection.to_metres(9.5209, 47.1392)
    check_grid(
        net, at, [5.0, 15.0], direction, 33.0, (x - 2500, y - 2500, x + 2500, y + 2500)
    )


def test_the_audit_finds_areas_and_times_in_agreement(liechtenstein: Country) -> None:
    for mode in ("walk", "drive"):
        net = liechtenstein.network(mode)
        at = snap(net, [9.5209, 9.5105], [47.1392, 47.1660])
        found = audit(
            net, at, list(areas(net, at, [5.0, 15.0], merged=True)), samples=2_000
        )
        assert found["where"].tolist() == ["off_road"] * 2 + ["on_road"] * 2
        assert (found["precision"].dropna() > 0.95).all()
        assert (found["recall"].dropna() > 0.93).all()


def test_the_audit_says_of_scattered_points_what_a_large_plain_draw_says(
    liechtenstein: Country,
) -> None:
    """Small areas, far apart in a wide box: the weighted strata are the same shares."""
    net = liechtenstein.network("walk")
    at = snap(net, [9.5209, 9.4870], [47.1392, 47.2168])
    shapes = list(areas(net, at, [5.0, 10.0], merged=True))
    found = audit(net, at, shapes, samples=4_000).set_index(["where", "cutoff_min"])
    west, south, east, north = shapely.total_bounds([one.geometry for one in shapes])
    random = np.random.default_rng(1)
    x = random.uniform(west - 1000, east + 1000, 120_000)
    y = random.uniform(south - 1000, north + 1000, 120_000)
    snaps = snap(net, *liechtenstein.projection.to_degrees(x, y), 500.0, "origin")
    travel_ms = nearest(net, snaps, at).travel_ms
    for shape in shapes:
        inside = shapely.contains_xy(shape.geometry, x, y)
        within = (travel_ms >= 0) & (travel_ms <= shape.cutoff_min * 60_000)
        row = found.loc[("off_road", shape.cutoff_min)]
        assert row["decided"] > 200
        both = (inside & within).sum()
        assert row["precision"] == pytest.approx(both / inside.sum(), abs=0.03)
        assert row["recall"] == pytest.approx(both / within.sum(), abs=0.03)


def test_a_place_of_a_thin_stratum_counts_for_more() -> None:
    """The worked example of docs/method.md."""
    close = np.arange(2_000) < 1_100
    inside = np.zeros(2_000, dtype=bool)
    within = np.zeros(2_000, dtype=bool)
    inside[:250] = within[15:255] = True
    shares = _shares(inside, within, close, 0.1)
    assert (shares["precision"], shares["recall"]) == (0.94, 0.9792)
    within[1_999] = True
    assert _shares(inside, within, close, 0.1)["recall"] == 0.9363


def test_cells_are_finer_where_one_is_slower(liechtenstein: Country) -> None:
    assert default_cell_m(liechtenstein.network("walk")) == 25.0
    assert default_cell_m(liechtenstein.network("drive")) == 33.0
