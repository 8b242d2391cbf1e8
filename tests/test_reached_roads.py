"""Reached roads: every place on a road is on a line exactly when it is in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from conftest import Country
from random_towns import POINTS, town
from servicemap.errors import InputError
from servicemap.roads.snapping import Snaps, snap
from servicemap.routing.reached_roads import (
    COLUMNS,
    Reached,
    reached_roads,
    reached_roads_table,
)
from servicemap.routing.travel_times import nearest, pairs
from worlds import COLUMN_M

SLACK_MS = 2.0  # a place between two vertices is timed to the whole millisecond
FAR = np.inf


@dataclass(frozen=True)
class Places:
    """Places on roads, all along every segment."""

    segment: np.ndarray
    t: np.ndarray
    metres: np.ndarray  # the length of road that each stands for
    snaps: Snaps


def all_along(net, per_segment: int = 40, of: np.ndarray | None = None) -> Places:
    """The middles of equal parts of every segment, as points without a leg."""
    last = np.zeros(len(net.vertex_lon), dtype=bool)
    last[net.edge_first[1:] - 1] = True
    start = np.flatnonzero(~last) if of is None else of
    segment = np.repeat(start, per_segment)
    t = np.tile((np.arange(per_segment) + 0.5) / per_segment, len(start))
    return at_places(
        net, segment, t, (net.along_m[segment + 1] - net.along_m[segment]) / per_segment
    )


def at_places(net, segment: np.ndarray, t: np.ndarray, metres: np.ndarray) -> Places:
    lon, lat = (
        values[segment] + t * (values[segment + 1] - values[segment])
        for values in (net.vertex_lon, net.vertex_lat)
    )
    n = len(segment)
    no, yes, zero = np.zeros(n, bool), np.ones(n, bool), np.zeros(n)
    edge = net.edge_of_vertex[segment]
    snaps = Snaps(
        segment, edge, t, zero, zero.astype(np.int64), lon, lat, no, yes, lon, lat
    )
    return Places(segment, t, metres, snaps)


def least_ms(net, at: Snaps, points: Snaps, direction: str) -> np.ndarray:
    """Time of every place to the nearest point, or from it; infinite where there is none."""
    if direction == "to":
        ms = nearest(net, at, points).travel_ms.astype(float)
        return np.where(ms < 0, FAR, ms)
    found = pairs(net, points, at)
    ms = np.full(len(at.edge), FAR)
    np.minimum.at(ms, found.destination, found.travel_ms)
    return ms


def shown_ms(net, one: Reached, places: Places, direction: str) -> np.ndarray:
    """Time of every place by the lines; infinite where none passes."""
    ms = np.full(len(places.segment), FAR)
    hits = np.zeros(len(places.segment), dtype=int)
    where = places.segment + places.t
    for k in range(len(one.edge)):
        low, high = one.segments[k] + one.shares[k]
        at = np.flatnonzero((where >= low) & (where <= high))
        clock = (net.forward_ms if one.forward[k] else net.backward_ms).astype(float)

        def along(segment, t, clock=clock):
            return clock[segment] + t * (clock[segment + 1] - clock[segment])

        rises = bool(one.forward[k]) == (direction == "from")
        passed = along(places.segment[at], places.t[at]) - along(
            one.segments[k, 0], one.shares[k, 0]
        )
        ms[at] = np.minimum(ms[at], one.ms[k, 0] + (passed if rises else -passed))
        hits[at] += 1
        # the times at both ends are those of one and the same clock
        whole = along(one.segments[k, 1], one.shares[k, 1]) - along(
            one.segments[k, 0], one.shares[k, 0]
        )
        change = one.ms[k, 1] - one.ms[k, 0]
        assert change == pytest.approx(whole if rises else -whole, abs=SLACK_MS)
    assert hits.max(initial=0) <= 1  # pieces do not overlap
    return ms


def check_reached(net, one: Reached, points: Snaps, places: Places, direction: str) -> None:
    """The lines against the times of places all along the roads."""
    cutoff_ms = one.cutoff_min * 60_000
    want = least_ms(net, places.snaps, points, direction)
    got = shown_ms(net, one, places, direction)
    both = np.isfinite(got) & np.isfinite(want)
    assert np.abs(got[both] - want[both]).max(initial=0.0) <= SLACK_MS
    assert (want[np.isfinite(got)] <= cutoff_ms + SLACK_MS).all()
    assert np.isfinite(got[want <= cutoff_ms - SLACK_MS]).all()
    # lengths: a piece is at most one part too long or too short at either end
    allowed = 2.0 * places.metres.max() * (len(one.edge) + 1)
    total = places.metres[want <= cutoff_ms].sum()
    assert one.length_m.sum() == pytest.approx(total, abs=allowed)
    assert (one.length_m >= 0).all()
    assert (one.ms <= cutoff_ms).all()
    assert (np.diff(one.edge) >= 0).all()


# ------------------------------------------------------------------ against brute force
@pytest.mark.parametrize("direction", ["to", "from"])
@pytest.mark.parametrize("mode", ["walk", "drive"])
@pytest.mark.parametrize("seed", range(8))
def test_reached_roads_in_towns_are_those_in_time(tmp_path, mode, seed, direction) -> None:
    made = town(tmp_path, seed)
    net, points = made.network(mode), made.snap(mode, POINTS)
    places = all_along(net)
    for minutes in (0.5, 4.0, 9.7, 500.0):
        each = list(reached_roads(net, points, minutes, direction=direction))
        assert [one.row for one in each] == list(range(len(POINTS)))
        for k in (0, 3, 7):
            kept = np.arange(len(POINTS)) == k
            check_reached(net, each[k], points.masked(kept), places, direction)
        (together,) = reached_roads(net, points, minutes, direction=direction, merged=True)
        assert together.row == -1
        check_reached(net, together, points, places, direction)


@pytest.mark.parametrize(
    "case", ["liechtenstein walk", "liechtenstein drive", "andorra walk", "andorra drive"]
)
def test_reached_roads_in_countries_are_those_in_time(request, case: str) -> None:
    name, mode = case.split()
    country: Country = request.getfixturevalue(name)
    net = country.network(mode)
    random = np.random.default_rng(11)
    at = random.integers(0, len(net.vertex_x), 4)
    x, y = (values[at] + random.normal(0, 80, 4) for values in (net.vertex_x, net.vertex_y))
    points = snap(net, *country.projection.to_degrees(x, y))
    last = np.zeros(len(net.vertex_lon), dtype=bool)
    last[net.edge_first[1:] - 1] = True
    some = np.sort(random.choice(np.flatnonzero(~last), 3_000, replace=False))
    places = at_places(net, some, random.uniform(0, 1, len(some)), np.ones(len(some)))
    for direction in ("to", "from"):
        minutes = 6.0 if mode == "drive" else 30.0
        (one,) = reached_roads(net, points, minutes, direction=direction, merged=True)
        want = least_ms(net, places.snaps, points, direction)
        got = shown_ms(net, one, places, direction)
        both = np.isfinite(got) & np.isfinite(want)
        assert both.sum() > 20
        assert np.abs(got[both] - want[both]).max() <= SLACK_MS
        assert (want[np.isfinite(got)] <= minutes * 60_000 + SLACK_MS).all()
        assert np.isfinite(got[want <= minutes * 60_000 - SLACK_MS]).all()


def test_on_a_plain_road_the_reach_is_known_in_metres(world) -> None:
    """On foot one column is a minute: four minutes reach three back to the end and four on."""
    line = world("A--x-----------------------------y-B")
    net, point = line.network(), line.snap("walk", "x")
    (one,) = reached_roads(net, point, 4.0)
    assert one.length_m.sum() == pytest.approx((3 + 4) * COLUMN_M, abs=0.1)
    (whole,) = reached_roads(net, point, 40.0)
    assert whole.length_m.sum() == pytest.approx(net.edge_m.sum(), abs=1e-6)
    assert sorted(one.ms[:, 0].tolist() + one.ms[:, 1].tolist()) == pytest.approx(
        [0, 0, 180_000, 240_000], abs=20
    )


# ------------------------------------------------------------------ laws
def test_on_foot_both_directions_reach_the_same(tmp_path) -> None:
    made = town(tmp_path, 3, oneway=0.0)
    net, points = made.network("walk"), made.snap("walk", POINTS)
    lengths = {
        direction: [
            one.length_m.sum()
            for one in reached_roads(net, points, 6.0, direction=direction)
        ]
        for direction in ("to", "from")
    }
    np.testing.assert_allclose(lengths["to"], lengths["from"], atol=0.1)


def test_turning_all_one_way_streets_round_swaps_to_and_from(tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    ahead, turned = town(tmp_path / "a", 5), town(tmp_path / "b", 5, turned=True)
    lengths = [
        [
            one.length_m.sum()
            for one in reached_roads(
                made.network("drive"), made.snap("drive", POINTS), 3.0, direction=direction
            )
        ]
        for made, direction in ((ahead, "to"), (turned, "from"))
    ]
    np.testing.assert_allclose(*lengths, atol=0.5)


@pytest.mark.parametrize("seed", range(4))
def test_a_longer_cutoff_reaches_all_that_a_shorter_one_does(tmp_path, seed: int) -> None:
    made = town(tmp_path, seed)
    net, points = made.network("drive"), made.snap("drive", POINTS)
    places = all_along(net, per_segment=10)
    before = np.full(len(places.segment), FAR)
    for minutes in (6.0, 2.0, 1.0):
        (one,) = reached_roads(net, points, minutes, merged=True)
        now = shown_ms(net, one, places, "to")
        assert not (np.isfinite(now) & ~np.isfinite(before)).any() or minutes == 6.0
        before = now


def test_the_merged_reach_is_that_of_the_points_together(tmp_path) -> None:
    made = town(tmp_path, 2)
    net, points = made.network("walk"), made.snap("walk", POINTS)
    places = all_along(net, per_segment=20)
    each = [
        shown_ms(net, one, places, "from")
        for one in reached_roads(net, points, 5.0, direction="from")
    ]
    (one,) = reached_roads(net, points, 5.0, direction="from", merged=True)
    together = shown_ms(net, one, places, "from")
    least = np.min(each, axis=0)
    clear = np.abs(np.where(np.isfinite(least), least, 0.0) - 300_000) > SLACK_MS
    np.testing.assert_allclose(together[clear], least[clear], atol=2 * SLACK_MS)


# ------------------------------------------------------------------ odd questions
def test_a_one_way_road_is_reached_from_one_side_only(world) -> None:
    line = world("A-----x-----B", ways={"AB": {"oneway": "yes"}})
    net, point = line.network("drive"), line.snap("drive", "x")
    (to,) = reached_roads(net, point, 60.0)
    (from_,) = reached_roads(net, point, 60.0, direction="from")
    assert to.length_m.sum() == pytest.approx(6 * COLUMN_M, abs=0.1)
    assert from_.length_m.sum() == pytest.approx(6 * COLUMN_M, abs=0.1)
    assert to.segments[0, 0] + to.shares[0, 0] == 0.0
    assert from_.shares[0, 1] == 1.0
    assert to.forward.all()
    assert from_.forward.all()


def test_points_without_a_road_and_cutoffs_of_nothing_reach_nothing(world) -> None:
    town = world(
        """
        A----B----C


             h
        """
    )
    net, at = town.network(), town.snap("walk", "Ah", limit_m=100.0)
    reached = list(reached_roads(net, at, 3.0))
    assert [len(one.edge) > 0 for one in reached] == [True, False]
    for minutes in (0.0, 0):
        assert [len(one.edge) for one in reached_roads(net, at, minutes)] == [0, 0]
    assert list(reached_roads(net, town.snap("walk", ""), 3.0)) == []
    (none,) = reached_roads(net, town.snap("walk", ""), 3.0, merged=True)
    assert len(none.edge) == 0
    far = town.snap("walk", "h", limit_m=700.0)  # seven and a half minutes to the road
    assert [len(one.edge) for one in reached_roads(net, far, 5.0)] == [0]
    assert [len(one.edge) > 0 for one in reached_roads(net, far, 9.0)] == [True]


@pytest.mark.parametrize("minutes", [-1.0, np.nan])
def test_a_cutoff_that_is_no_time_is_an_error(world, minutes: float) -> None:
    town = world("A----B")
    with pytest.raises(InputError, match="minutes"):
        list(reached_roads(town.network(), town.snap("walk", "A"), minutes))


# ------------------------------------------------------------------ the table
@pytest.mark.parametrize("direction", ["to", "from"])
def test_lines_run_with_the_traffic_and_minutes_along_them(
    tmp_path, direction: str
) -> None:
    made = town(tmp_path, 1)
    net, points = made.network("drive"), made.snap("drive", POINTS)
    ids = pd.Series(list(POINTS))
    found = list(reached_roads(net, points, 4.0, direction=direction))
    table = reached_roads_table(found, ids, net, direction)
    assert [*COLUMNS, "geometry"] == list(table.columns)
    assert table.crs.to_epsg() == 4326
    assert len(table) == sum(len(one.edge) for one in found) > 20
    falls = table["from_min"] >= table["to_min"]
    assert (
        falls.all()
        if direction == "to"
        else (~falls | (table.from_min == table.to_min)).all()
    )
    assert (table[["from_min", "to_min"]] <= 4.0).all(axis=None)
    assert table.geometry.is_valid.all()
    utm = table.to_crs(net.crs).geometry.length
    np.testing.assert_allclose(utm, table["length_m"], rtol=4e-3, atol=0.1)
    # a one-way road is drawn as it is driven
    oneway = net.edge_forward & ~net.edge_backward
    for one in found:
        assert one.forward[oneway[one.edge]].all()
    # the lines of one piece end where its times say, whichever end that is
    for one in found[:3]:
        for k, line in enumerate(one.lines(net)):
            end = one.segments[k, 1], one.shares[k, 1]
            x = net.vertex_lon[end[0]] + end[1] * (
                net.vertex_lon[end[0] + 1] - net.vertex_lon[end[0]]
            )
            last = line.coords[-1 if one.forward[k] else 0]
            assert last[0] == pytest.approx(x, abs=1e-12)


def test_a_merged_table_and_an_empty_one_have_the_same_columns(world) -> None:
    town = world("A----B----C")
    net, at = town.network(), town.snap("walk", "AC")
    ids = pd.Series(["a", "c"])
    table = reached_roads_table(reached_roads(net, at, 3.0, merged=True), ids, net, "to")
    assert set(table["facility_id"]) == {"all"}
    none = reached_roads_table([], ids, net, "to")
    assert len(none) == 0
    assert none.dtypes.astype(str).to_dict() == table.dtypes.astype(str).to_dict()


def test_two_runs_give_the_same_bytes(tmp_path) -> None:
    made = town(tmp_path, 4)
    net, points = made.network("walk"), made.snap("walk", POINTS)
    ids = pd.Series(list(POINTS))
    one, two = (
        reached_roads_table(reached_roads(net, points, 5.0), ids, net, "to").to_json()
        for _ in range(2)
    )
    assert one == two
