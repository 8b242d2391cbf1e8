"""What hangs on single points, partners and tiers: closing and asking again is the oracle."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from made_tables import facility, home, village, world
from servicemap import tables
from servicemap.analysis.access import access
from servicemap.analysis.annex import annex
from servicemap.analysis.redundancy import (
    partners,
    points_held,
    second_nearest,
    tiers_shared,
    village_depth,
)
from servicemap.study import Question
from test_conditions import QUESTIONS, Oracle, made_world, rows

SEEDS = range(8)


def without_search(made):
    """Without a search anew the pairs within the horizon say who is left."""
    empty = made.nearest.assign(travel_time_s=np.nan, facility_id=pd.NA, distance_m=np.nan)
    return made.having(nearest=table_of(empty))


def table_of(frame):
    return tables.check(frame.astype({"facility_id": "str"}), "nearest")


def covered(made, question):
    found = made.asking(question).coverage()
    city = found[(found["level"] == "city") & (found["group"] == "people")]
    return int(city["n_covered"].iloc[0])


@pytest.mark.parametrize("seed", SEEDS)
def test_people_held_alone_are_those_who_are_lost_when_the_point_closes(seed):
    """Taking a point away and asking again uncovers exactly the people that it held alone."""
    made = without_search(made_world(seed))
    held = points_held(made.answers).set_index(["question_id", "facility_id"])
    for question in (QUESTIONS[0], QUESTIONS[4], QUESTIONS[9]):
        before = covered(made, question)
        for point in held.loc[question.id].index:
            less = replace(question, points={**question.points, "without": (point,)})
            lost = before - covered(made, less)
            assert held.loc[(question.id, point), "n_alone"] == lost


@pytest.mark.parametrize("seed", SEEDS)
def test_people_lost_with_a_partner_are_those_who_reach_nobody_else(seed):
    """Without the bank, asked again."""
    made = without_search(made_world(seed))
    held = partners(made.answers).set_index(["question_id", "partner"])
    for question in (QUESTIONS[0], QUESTIONS[4], QUESTIONS[9]):
        before = covered(made, question)
        for bank in held.loc[question.id].index:
            less = replace(question, points={"without_partner": bank})
            assert held.loc[(question.id, bank), "n_alone"] == before - covered(made, less)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_tiers_cover_alone_and_together_adds_up(seed):
    """Exclusive plus shared is the merged coverage, and each tier's own is what it covers alone."""
    made = without_search(made_world(seed))
    shared = tiers_shared(made.answers)
    question = QUESTIONS[0]
    own = shared[shared["question_id"] == question.id].set_index("tiers")["n_people"]
    assert own.drop("none", errors="ignore").sum() == covered(made, question)
    for tier in ("township", "village", "bank"):
        its = sum(own[one] for one in own.index if tier in one.split("+"))
        alone = replace(question, points={"tier": tier})
        if (made.facilities["tier"] == tier).any():
            assert its == covered(made, alone)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_second_nearest_equals_plain_loops(seed):
    """Of all points that count, by time then id, the second."""
    made = made_world(seed)
    oracle = Oracle(made)
    times, points = second_nearest(made.answers, QUESTIONS[0])
    for at, place in enumerate(sorted(rows(made.demand), key=lambda one: one["demand_id"])):
        found = sorted(
            (round(t["travel_time_s"] * 1000), t["facility_id"])
            for t in oracle.times
            if t["demand_id"] == place["demand_id"]
            and t["mode"] == "walk"
            and oracle.facilities[t["facility_id"]]["status"] == "open"
        )
        wanted = found[1] if len(found) > 1 else (math.inf, None)
        name = None if points[at] < 0 else made.answers.facility_id[points[at]]
        assert (times[at], name) == wanted


def test_the_worked_example_of_the_method():
    """Two windows and one window, 100 and 300 people; the second point is 8 minutes off."""
    made = world(
        facilities=[
            facility("A", windows=2, partner="Bank", tier="bank"),
            facility("B", windows=1, tier="township"),
        ],
        villages=[village("V1"), village("V2")],
        demand=[home("D1", "V1", 100), home("D2", "V2", 300)],
        minutes={("D1", "A"): 3.0, ("D2", "A"): 8.0, ("D2", "B"): 4.0},
    )
    answers = made.answers
    found = access(answers).set_index(["method", "level", "id"])["supply_per_1000"]
    assert found["2sfca", "village", "V1"] == pytest.approx(5.0)
    assert found["2sfca", "village", "V2"] == pytest.approx(5.0 + 10 / 3)
    assert found["2sfca", "city", "city"] == pytest.approx(7.5)
    # thirds of 15 minutes: 8 minutes weigh 0.68
    ratio = 2 / (100 + 300 * 0.68)
    assert found["e2sfca", "village", "V1"] == pytest.approx(1000 * ratio)
    held = points_held(answers).set_index("facility_id")
    assert held["n_reached"].to_dict() == {"A": 400, "B": 300}
    assert held["n_nearest"].to_dict() == {"A": 100, "B": 300}
    assert held["n_alone"].to_dict() == {"A": 100, "B": 0}
    assert held["people_per_window"].to_dict() == {"A": 50.0, "B": 300.0}
    assert partners(answers)["n_alone"].tolist() == [100]
    assert tiers_shared(answers).set_index("tiers")["n_people"].to_dict() == {
        "bank": 100,
        "township+bank": 300,
    }
    second = village_depth(answers).set_index("village_id")
    assert second.loc["V2", "second_time_s"] == 480.0
    assert pd.isna(second.loc["V1", "second_time_s"])


def test_without_people_and_without_partners_the_annex_is_there():
    """Counts of people are missing, tables without rows are empty."""
    made = world(
        facilities=[facility("A")],
        villages=[village("V1")],
        demand=[home("D1", "V1", None)],
        minutes={("D1", "A"): 3.0},
        questions=(Question("q"),),
    )
    found = annex(made.answers, made.coverage())
    assert found["partners"].empty
    assert found["tiers_shared"]["n_people"].isna().all()
    assert found["access"]["supply_per_1000"].isna().all()
