"""The meanings of coverage side by side: other ways to the same figures are the oracle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from made_tables import facility, home, table, village, world
from servicemap import preparation
from servicemap.analysis.answers import Answers
from servicemap.analysis.coverage import coverage
from servicemap.analysis.meanings import ground_demand, ground_study, meanings
from servicemap.intake import homes
from servicemap.intake.ground import MOST_CELLS, ground
from servicemap.study import Question, read
from test_conditions import QUESTIONS, made_world, rows

ROOT = Path(__file__).parents[1]
SEEDS = range(6)
COUNTS = ["n_covered", "n_uncovered", "n_undetermined"]


def counts(found, **keys):
    """The three counts of the one row that has these keys."""
    for name, value in keys.items():
        found = found[found[name] == value]
    assert len(found) == 1, keys
    return found[COUNTS].iloc[0].tolist()


def ground_of(made):
    """A piece of road where each home is, as long as it has people."""
    pieces = made.demand.rename(columns={"demand_id": "ground_id", "people": "amount"})
    return table(
        "ground",
        pieces[["ground_id", "village_id", "lon", "lat", "amount"]]
        .assign(kind="roads")
        .to_dict("records"),
    )


def asked_of_ground(made):
    renamed = {"facilities": made.facilities, "services": made.services}
    return Answers(
        ground_study(made.study),
        items=made.items,
        townships=made.townships,
        villages=made.villages,
        demand=ground_demand(ground_of(made)),
        travel_times=made.travel_times,
        nearest=made.nearest,
        **renamed,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_people_and_villages_are_those_of_the_table_coverage(seed):
    """For the city and each township, every question, every group."""
    made = made_world(seed)
    found = meanings(made.answers)
    known = made.coverage()
    for row in rows(known[known["level"].isin(["city", "township"])]):
        keys = {"question_id": row["question_id"], "level": row["level"], "id": row["id"]}
        got = counts(found, **keys, meaning="people", group=row["group"])
        assert got[0] == row["n_covered"]
        assert got[2] == row["n_undetermined"]
        assert sum(got) == row["n_people"]
    for question in QUESTIONS:
        is_own = (known["level"] == "village") & (known["question_id"] == question.id)
        own = known[is_own & (known["group"] == question.people)]
        got = counts(found, question_id=question.id, level="city", meaning="villages")
        named = ("covered", "uncovered", "undetermined")
        assert got == [int((own["status"] == one).sum()) for one in named]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_tier_alone_covers_what_a_question_about_it_covers(seed):
    """Asking again with ``points.tier`` gives the same people."""
    made = made_world(seed)
    found = meanings(made.answers)
    tiers = found[found["level"] == "tier"]
    for question in QUESTIONS:
        for tier in tiers.loc[tiers["question_id"] == question.id, "id"].unique():
            only = replace(question, points={**question.points, "tier": tier})
            known = coverage(
                Answers(replace(made.study, questions=(only,)), **made.tables())
            )
            city = known[(known["level"] == "city") & (known["group"] == "people")].iloc[0]
            got = counts(
                tiers, question_id=question.id, id=tier, meaning="people", group="people"
            )
            assert got[0] == city["n_covered"]
            assert got[2] == city["n_undetermined"]


@pytest.mark.parametrize("seed", SEEDS)
def test_kinds_of_area_add_up_to_the_whole_and_no_rate_leaves_its_range(seed):
    """Every village has one kind of area, if only that none is given."""
    made = made_world(seed)
    found = meanings(made.answers, asked_of_ground(made))
    keys = ["question_id", "meaning", "group"]
    of_all = found[found["meaning"] != "villages_with_station"]
    whole = of_all[of_all["level"] == "city"].set_index(keys)[COUNTS]
    parts = of_all[of_all["level"] == "area_type"].groupby(keys)[COUNTS].sum()
    pd.testing.assert_frame_equal(whole.sort_index(), parts.sort_index(), check_dtype=False)
    known = found[found["rate"].notna()]
    assert (known["rate_low"] <= known["rate"]).all()
    assert (known["rate"] <= known["rate_high"]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_ground_where_people_live_is_reached_as_they_are(seed):
    """A metre of road for each person, at the same place, by the same rules."""
    made = made_world(seed)
    found = meanings(made.answers, asked_of_ground(made))
    for question in QUESTIONS:
        if question.people != "people":
            continue
        for level in ("city", "tier"):
            own = found[(found["question_id"] == question.id) & (found["level"] == level)]
            for name in own["id"].unique():
                people = counts(own, id=name, meaning="people", group="people")
                assert counts(own, id=name, meaning="roads") == people


@pytest.mark.parametrize("seed", SEEDS)
def test_villages_with_a_station_are_those_that_one_names(seed):
    """Whatever the time; stations that name no village leave as many undetermined."""
    made = made_world(seed)
    found = meanings(made.answers)
    question = QUESTIONS[0]
    stations = [
        one
        for one in rows(made.facilities)
        if one["tier"] == "village" and one["status"] == "open"
    ]
    if not any(one["tier"] == "village" for one in rows(made.facilities)):
        assert not (found["meaning"] == "villages_with_station").any()
        return
    named = {one["village_id"] for one in stations} - {None}
    nameless = sum(one["village_id"] is None for one in stations)
    without = len(made.villages) - len(named)
    got = counts(
        found, question_id=question.id, level="city", meaning="villages_with_station"
    )
    unknown = min(nameless, without)
    assert got == [len(named), without - unknown, unknown]


def test_the_worked_example_of_the_method():
    """Three villages, two stations, one of them nobody's; a thousand metres of road."""
    made = world(
        facilities=[
            facility("F1", village_id="A", township_id="T1"),
            facility("F2", "open", township_id="T1"),
        ],
        villages=[village("A"), village("B"), village("C")],
        demand=[home("DA", "A", 40), home("DB", "B", 30), home("DC", "C", 20)],
        minutes={("DA", "F1"): 6.0, ("DB", "F1"): 12.0},
        reasons={"DC": "off_network"},
        questions=(Question("headline"),),
    )
    road = world(
        facilities=[facility("F1", village_id="A", township_id="T1"), facility("F2")],
        villages=[village("A"), village("B"), village("C")],
        demand=[home("R1", "A", 400), home("R2", "B", 350), home("R3", "B", 250)],
        minutes={("R1", "F1"): 9.0, ("R2", "F1"): 16.0, ("R3", "F1"): 40.0},
        questions=(Question("headline"),),
    )
    found = meanings(made.answers, asked_of_ground(road))
    city = found[found["level"] == "city"].set_index("meaning")
    assert city.loc["villages_with_station", COUNTS].tolist() == [1, 1, 1]
    assert city.loc["villages", COUNTS].tolist() == [2, 0, 1]
    assert city.loc["people", COUNTS].tolist() == [70, 0, 20]
    assert city.loc["roads", COUNTS].tolist() == [400, 600, 0]
    percent = (city[["rate", "rate_low", "rate_high"]] * 100).round(1)
    assert percent.loc["villages_with_station"].tolist() == [50.0, 33.3, 66.7]
    assert percent.loc["villages"].tolist() == [100.0, 66.7, 100.0]
    assert percent.loc["people"].tolist() == [100.0, 77.8, 100.0]
    assert percent.loc["roads"].tolist() == [40.0, 40.0, 40.0]


def test_the_ground_of_a_country_is_all_there_in_few_pieces():
    """Liechtenstein: buildings are counted, roads and built-up ground measured once."""
    extract, given = preparation.read(read(ROOT / "data" / "liechtenstein"))
    found = ground(extract, given.villages, given.townships)
    pieces = found["kind"].value_counts()
    assert pieces.max() <= MOST_CELLS
    amounts = found.groupby("kind")["amount"].sum()
    housed = homes.with_village(homes.homes(extract), given.villages, given.townships)
    assert amounts["buildings"] == pytest.approx(len(housed), rel=0.01)
    inside = np.isin(found["village_id"], given.villages["village_id"])
    assert inside.all()
    assert found["ground_id"].is_unique
    again = ground(extract, given.villages.iloc[::-1], given.townships)
    pd.testing.assert_frame_equal(found, again)
