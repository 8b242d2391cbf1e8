"""What holds for every table of the annex, whatever it measures."""

from __future__ import annotations

import copy
from dataclasses import replace

import pandas as pd
import pytest

from made_tables import random_world, shuffled
from servicemap import tables
from servicemap.analysis.annex import annex
from servicemap.analysis.answers import Answers
from servicemap.analysis.coverage import coverage
from servicemap.analysis.meanings import ground_demand, ground_study, meanings
from servicemap.annex_columns import ANNEX
from test_conditions import QUESTIONS, made_world
from test_meanings import asked_of_ground, ground_of

SEEDS = range(3)


def annex_of(made):
    is_located = made.demand["lon"].notna().all()
    ground = asked_of_ground(made) if is_located else None
    return annex(made.answers, made.coverage(), ground)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("world", [random_world, made_world])
def test_order_of_rows_changes_nothing(world, seed):
    """Shuffled tables under another index give every table of the annex again."""
    made = world(seed)
    found, other = annex_of(made), annex_of(shuffled(made, seed))
    known = [one.name for one in ANNEX]
    assert list(found) == [name for name in known if name in found]
    for name, frame in found.items():
        pd.testing.assert_frame_equal(frame, other[name])
        tables.check(frame, name)


@pytest.mark.parametrize("seed", SEEDS)
def test_inputs_stay_as_they_were(seed):
    made = made_world(seed)
    before = copy.deepcopy(made.tables())
    known = made.coverage().copy()
    annex_of(made)
    for name, frame in made.tables().items():
        pd.testing.assert_frame_equal(frame, before[name])
    pd.testing.assert_frame_equal(made.coverage(), known)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_point_more_takes_nothing_from_any_meaning_of_coverage(seed):
    """Opening every planned or closed point: stations, villages, people, ground."""
    made = made_world(seed)
    question = replace(QUESTIONS[0], points={})
    made = made.asking(question)
    opened = made.having(facilities=made.facilities.assign(status="open"))
    keys = ["question_id", "level", "id", "meaning", "group"]
    before, after = (
        meanings(one.answers, asked_of_ground(one)).set_index(keys)
        for one in (made, opened)
    )
    both = before.join(after.add_suffix("_after"), how="inner")
    assert len(both) == len(before)
    yes = ["n_covered", "n_covered_after"]
    people = both[both.index.get_level_values("meaning") != "villages_with_station"]
    assert (both[yes[1]] >= both[yes[0]]).all()
    assert (people["n_all_after"] == people["n_all"]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_question_without_filters_equals_the_plain_one_on_the_ground(seed):
    """Naming every status that counts anyhow changes no meaning of coverage."""
    made = made_world(seed)
    plain = QUESTIONS[0]
    named = replace(plain, points={"status": ("open",), "without": ()}, handling="any")
    found = [
        meanings(one.answers, asked_of_ground(one))
        for one in (made.asking(plain), made.asking(named))
    ]
    pd.testing.assert_frame_equal(*found)


def test_ground_takes_part_in_no_sum_of_people():
    """Its demand has no people, and what it has of one kind it has of no other."""
    made = made_world(0)
    demand = ground_demand(ground_of(made))
    assert demand["people"].isna().all()
    answers = asked_of_ground(made)
    assert isinstance(answers, Answers)
    own = coverage(answers)
    assert own.loc[own["group"] == "people", "n_people"].isna().all()
    assert demand["roads"].sum() == made.demand["people"].sum()
    assert not demand[["buildings", "built_up"]].to_numpy().any()
    assert {one.people for one in ground_study(made.study).questions} == {"people"}
