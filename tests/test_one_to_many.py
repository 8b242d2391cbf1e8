"""Times from one place to many points, asked again and again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import pytest

from servicemap.roads.snapping import Snaps, snap
from servicemap.routing.ends import NEVER_MS
from servicemap.routing.one_to_many import OneToMany
from servicemap.routing.travel_times import pairs


def one(snaps, row):
    """One row as a table of its own."""
    return Snaps(**{f.name: getattr(snaps, f.name)[row : row + 1] for f in fields(Snaps)})


def batch(network, origins, points, minutes=None):
    """The same as a table of all pairs; pairs that are absent are never."""
    found = pairs(network, origins, points, minutes=minutes)
    times = np.full((len(origins.edge), len(points.edge)), NEVER_MS)
    times[found.origin, found.destination] = found.travel_ms
    return times


@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_times_are_those_of_the_batch_to_the_millisecond(andorra, mode):
    network = andorra.network(mode)
    points, origins = andorra.scattered(mode, 40, 1), andorra.scattered(mode, 30, 2)
    tool, expected = OneToMany(network, points), batch(network, origins, points)
    for row in range(len(origins.edge)):
        assert (tool.times(one(origins, row)) == expected[row]).all()


def test_a_bound_leaves_out_what_is_longer(liechtenstein):
    network = liechtenstein.network("walk")
    points, origins = (
        liechtenstein.scattered("walk", 40, 1),
        liechtenstein.scattered("walk", 20, 2),
    )
    tool, expected = OneToMany(network, points), batch(network, origins, points, 20)
    for row in range(len(origins.edge)):
        assert (tool.times(one(origins, row), 20 * 60_000) == expected[row]).all()


def test_points_come_from_the_nearest_on_and_equally_far_ones_by_row(liechtenstein):
    network = liechtenstein.network("drive")
    some = liechtenstein.scattered("drive", 25, 1)
    twice = Snaps(**{f.name: np.tile(getattr(some, f.name), 2) for f in fields(Snaps)})
    origins = liechtenstein.scattered("drive", 10, 3)
    tool, expected = OneToMany(network, twice), batch(network, origins, twice)
    for row in range(10):
        told = list(tool.by_time(one(origins, row)))
        wanted = [(int(ms), i) for i, ms in enumerate(expected[row]) if ms < NEVER_MS]
        assert [(ms, i) for i, ms in told] == sorted(wanted)


def test_points_and_places_without_a_road_have_no_times(liechtenstein):
    network = liechtenstein.network("walk")
    nowhere = snap(network, np.array([0.0]), np.array([0.0]))
    points = liechtenstein.scattered("walk", 5, 1)
    assert list(OneToMany(network, points).by_time(nowhere)) == []
    assert list(OneToMany(network, nowhere).by_time(one(points, 0))) == []


def test_any_number_of_threads_get_the_same_answers(liechtenstein):
    network = liechtenstein.network("walk")
    points, origins = (
        liechtenstein.scattered("walk", 40, 1),
        liechtenstein.scattered("walk", 60, 5),
    )
    tool = OneToMany(network, points)
    alone = [tool.times(one(origins, row)).tolist() for row in range(60)]
    with ThreadPoolExecutor(6) as pool:
        together = list(
            pool.map(lambda row: tool.times(one(origins, row)).tolist(), range(60))
        )
    assert together == alone
