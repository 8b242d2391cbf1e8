"""With ferries off, what only a ferry joins is told apart from what nothing joins."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from random_towns import POINTS, town
from servicemap import osm_file, without_study
from servicemap.roads import osm_roads, profiles
from servicemap.roads.ferries import ferry_only
from servicemap.roads.projection import projection_for
from servicemap.routing.travel_times import nearest, pairs
from worlds import LAT, LON

SEA = """
    A-a-b-B      F--f--G



              D--d--E
    """
FERRY = {"highway": "", "route": "ferry"}


def beyond(world, mode: str, origins: str, goals: str) -> list[bool]:
    net = world.network(mode)
    return ferry_only(net, world.snap(mode, origins), world.snap(mode, goals)).tolist()


def test_a_ferry_that_is_left_out_joins_lands(world) -> None:
    made = world(SEA, ways={"BF": FERRY})
    assert made.ms("walk", "f", "a") is None
    assert beyond(made, "walk", "abfd", "a") == [False, False, True, False]
    assert beyond(made, "walk", "abfd", "ad") == [False, False, True, False]
    assert beyond(made, "walk", "abfd", "d") == [False, False, False, False]


def test_ferries_may_follow_one_another(world) -> None:
    made = world(SEA, ways={"BF": FERRY, "FD": FERRY})
    assert beyond(made, "walk", "abfd", "a") == [False, False, True, True]


def test_a_ferry_that_the_mode_could_not_use_joins_nothing(world) -> None:
    made = world(SEA, ways={"BF": {**FERRY, "foot": "no"}})
    assert beyond(made, "walk", "f", "a") == [False]
    made = world(SEA, ways={"BF": FERRY}, name="b.osm")
    assert beyond(made, "drive", "f", "a") == [False]  # cars only where it is tagged
    made = world(SEA, ways={"BF": {**FERRY, "motor_vehicle": "yes"}}, name="c.osm")
    assert beyond(made, "drive", "f", "a") == [True]


def test_a_mode_that_uses_ferries_goes_there(world) -> None:
    made = world(
        SEA, ways={"BF": FERRY}, profiles='[boat]\nextends = "walk"\nferry = true\n'
    )
    assert made.ms("boat", "f", "a") is not None
    assert beyond(made, "boat", "f", "a") == [False]


def test_without_a_ferry_nothing_is_beyond_one(world) -> None:
    assert beyond(world(SEA), "walk", "abfd", "a") == [False] * 4


@pytest.mark.parametrize("seed", range(6))
def test_towns_with_ferries_drawn_by_lot(tmp_path, seed: int) -> None:
    """Without a way, and with one where ferries are on: that is beyond a ferry."""
    random = np.random.default_rng(seed)
    letters = random.permutation(list("ABCDEFGHIJKLMNOPQRSTUVWXY"))
    more = tuple(("".join(letters[k : k + 2]), FERRY) for k in range(0, 6, 2))
    made = town(tmp_path, seed, missing=0.6, oneway=0.0, more=more)
    extract = osm_file.read(made.path)
    file = tmp_path / "boat.toml"
    file.write_text('[boat]\nextends = "walk"\nferry = true\n', encoding="utf-8")
    boat = osm_roads.build(
        extract,
        osm_roads.segments(extract.roads),
        profiles.load(["boat"], file)["boat"],
        projection_for("auto", LON, LAT),
    )
    net, at = made.network("walk"), made.snap("walk", POINTS)
    hit = np.flatnonzero(at.edge >= 0)
    assert len(hit)
    for goal in hit[:4].tolist():
        only = at.masked(np.arange(len(at.edge)) == goal)
        near = nearest(net, at, only).travel_ms
        # the same places by the same roads, ferries included
        joined = _joined(boat, net, at, goal)
        want = (near < 0) & joined & (at.edge >= 0)
        np.testing.assert_array_equal((near < 0) & ferry_only(net, at, only), want)


def _ends(net, at) -> np.ndarray:
    """Where the edges of points begin."""
    vertex = net.edge_first[np.maximum(at.edge, 0)]
    return np.column_stack([net.vertex_lon[vertex], net.vertex_lat[vertex]])


def _joined(boat, net, at, goal: int) -> np.ndarray:
    """Whether edges begin where one comes from with ferries to the goal's, by flooding."""
    place = {}
    arcs: dict[int, set[int]] = {}
    for edge in range(boat.n_edges):
        row = []
        for vertex in range(boat.edge_first[edge], boat.edge_first[edge + 1]):
            key = (boat.vertex_lon[vertex], boat.vertex_lat[vertex])
            row.append(place.setdefault(key, len(place)))
        for a, b in itertools.pairwise(row):
            arcs.setdefault(a, set()).add(b)
            arcs.setdefault(b, set()).add(a)
    seat = [place[tuple(one)] for one in _ends(net, at)]
    seen, todo = {seat[goal]}, [seat[goal]]
    while todo:
        for other in arcs.get(todo.pop(), ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return np.array([one in seen for one in seat])


def test_a_matrix_names_the_reason_pair_by_pair(world) -> None:
    made = world(SEA, ways={"BF": FERRY})
    lon, lat = made.degrees("abfd")
    import pandas as pd

    points = pd.DataFrame({"id": list("abfd"), "lon": lon, "lat": lat})
    table, _ = without_study.matrix(made.path, points, points, mode="walk")
    told = table.set_index(["from_id", "to_id"])["reason"]
    assert told["f", "a"] == told["a", "f"] == "ferry_only"
    assert told["d", "a"] == "no_route"
    assert pd.isna(told["a", "b"])
    found = pairs(made.network("walk"), *[made.snap("walk", "abfd")] * 2)
    assert len(found.origin) == 4 + 2
