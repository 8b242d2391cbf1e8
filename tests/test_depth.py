"""Depth: what a single point holds is what is lost when it closes."""

from __future__ import annotations

import pandas as pd
import pytest

from made_tables import random_world
from servicemap import tables
from servicemap.analysis.depth import DEPTHS, depth, held_alone
from servicemap.analysis.questions import headline_group

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


@pytest.mark.parametrize("seed", SEEDS)
def test_people_lost_are_those_whom_the_point_held_alone(seed):
    """Closing a point and asking again uncovers exactly the people that it held alone."""
    made = random_world(seed)
    before = made.coverage()
    alone = held_alone(before, made.facilities).set_index(
        ["question_id", "group", "facility_id"]
    )
    is_open = made.facilities["status"] == "open"
    for point in made.facilities.loc[is_open, "facility_id"]:
        status = made.facilities["status"].mask(
            made.facilities["facility_id"] == point, "closed"
        )
        # Without a search anew the pairs within the horizon say who is left.
        after = made.having(
            facilities=made.facilities.assign(status=status),
            nearest=made.nearest.assign(travel_time_s=float("nan"), facility_id=pd.NA),
        ).coverage()
        for question in made.study.questions:
            group = headline_group(question)
            city = [
                one[
                    (one["level"] == "city")
                    & (one["question_id"] == question.id)
                    & (one["group"] == group)
                ]
                for one in (before, after)
            ]
            lost = city[0]["n_covered"].item() - city[1]["n_covered"].item()
            assert alone.loc[(question.id, group, point), "n_alone"] == lost


@pytest.mark.parametrize("seed", SEEDS)
def test_people_nearest_to_the_points_are_the_covered(seed):
    """Everybody who is covered has one nearest point."""
    made = random_world(seed)
    found = made.coverage()
    sums = (
        held_alone(found, made.facilities)
        .groupby(["question_id", "group"])["n_nearest"]
        .sum()
    )
    city = found[found["level"] == "city"].set_index(["question_id", "group"])["n_covered"]
    if (made.facilities["status"] == "open").any():
        assert sums.to_dict() == city.to_dict()


def test_without_population_places_are_counted_and_people_missing():
    """Never a zero for an unknown figure."""
    made = random_world(2, with_people=False)
    found = made.coverage()
    got = depth(found)
    assert got["n_people"].isna().all()
    determined = found[(found["level"] == "demand") & (found["status"] != "undetermined")]
    assert got["n_places"].sum() == len(determined)
    assert held_alone(found, made.facilities)[["n_nearest", "n_alone"]].isna().all().all()
    assert tables.people_groups(made.demand) == ["people", "elderly"]
