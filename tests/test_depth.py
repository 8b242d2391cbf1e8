"""Depth: how many points people reach."""

from __future__ import annotations

import pytest

from made_tables import random_world
from servicemap import tables
from servicemap.analysis.depth import DEPTHS, depth
from servicemap.analysis.redundancy import points_held

SEEDS = range(10)


@pytest.mark.parametrize("seed", SEEDS)
def test_people_by_number_of_points_sum_to_the_determined_people(seed):
    """0 points are the uncovered, 1 and more the covered."""
    made = random_world(seed)
    found = made.coverage()
    got = depth(found).set_index(["question_id", "group", "n_within"])["n_people"]
    for one in found[found["level"] == "city"].itertuples():
        people = [got[one.question_id, one.group, n] for n in DEPTHS]
        assert sum(people[1:]) == one.n_covered
        assert people[0] == one.n_people - one.n_covered - one.n_undetermined


def test_without_population_places_are_counted_and_people_missing():
    """Never a zero for an unknown figure."""
    made = random_world(2, with_people=False)
    found = made.coverage()
    got = depth(found)
    assert got["n_people"].isna().all()
    determined = found[(found["level"] == "demand") & (found["status"] != "undetermined")]
    assert got["n_places"].sum() == len(determined)
    held = points_held(made.answers)
    assert held[["n_reached", "n_nearest", "n_alone"]].isna().all().all()
    assert tables.people_groups(made.demand) == ["people", "elderly"]
