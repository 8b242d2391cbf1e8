"""Remedies: every change made by hand, pair by pair, is the oracle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from made_tables import facility, home, item, service, village, world
from servicemap.analysis.coverage import coverage
from servicemap.analysis.remedies import remedies
from servicemap.annex_columns import REMEDY_KINDS
from servicemap.study import Question
from test_conditions import QUESTIONS, Oracle, made_world, rows

SEEDS = range(3)
WAIVED = {
    "open_point": "status",
    "drop_appointment": "appointment",
    "finish_here": "handling",
    "widen_right": "rights",
}
NAN = float("nan")


def of_question(made, question):
    found = remedies(made.answers)
    return found[found["question_id"] == question.id]


def oracle_gains(made, question):
    """Per kind and point the demand points that one waived condition would cover."""
    known = Oracle(made)
    own = made.coverage()
    is_own = (own["question_id"] == question.id) & (own["level"] == "demand")
    answers = own[is_own & (own["group"] == "people")].set_index("id")
    gains = {}
    for time in known.times:
        place = next(d for d in rows(made.demand) if d["demand_id"] == time["demand_id"])
        status, reason = answers.loc[time["demand_id"], ["status", "reason"]]
        if status == "covered" or reason in ("off_network", "not_located"):
            continue
        point = known.facilities[time["facility_id"]]
        home_of = known.villages[place["village_id"]]
        for rule in known.rules(question, home_of["area_type"], point["tier"]):
            if time["mode"] != (rule.mode or question.mode):
                continue
            if round(time["travel_time_s"] * 1000) > round(rule.minutes * 60_000):
                continue
            for kind, condition in WAIVED.items():
                if kind == "open_point":
                    status = ("open", "planned", "closed")
                    asked = replace(question, points={**question.points, "status": status})
                    ok = known.counts(asked, rule, home_of, point)
                else:
                    ok = known.counts(question, rule, home_of, point, (condition,))
                if ok:
                    key = kind, time["facility_id"]
                    gains.setdefault(key, set()).add(time["demand_id"])
    return gains


@pytest.mark.parametrize("seed", SEEDS)
def test_each_change_gains_who_one_waived_condition_lets_in(seed):
    """Single gains of every point and kind, for questions of all sorts."""
    made = made_world(seed)
    heads = dict(zip(made.demand["demand_id"], made.demand["people"], strict=True))
    for question in QUESTIONS:
        found = of_question(made, question)
        found = found[found["kind"].isin(WAIVED)]
        got = {(one["kind"], one["facility_id"]): one["n_people"] for one in rows(found)}
        known = oracle_gains(made, question)
        assert got == {key: sum(heads[d] for d in own) for key, own in known.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_opening_a_planned_point_gains_what_asking_again_with_it_open_finds(seed):
    """People and villages, with the point open in the table."""
    made = made_world(seed)
    empty = made.nearest.assign(travel_time_s=np.nan, facility_id=None, distance_m=np.nan)
    made = made.having(nearest=empty.astype({"facility_id": "str"}))
    question = QUESTIONS[0]
    before = coverage(made.answers)
    for one in rows(of_question(made, question)):
        if one["kind"] != "open_point":
            continue
        is_it = made.facilities["facility_id"] == one["facility_id"]
        opened = made.facilities.assign(
            status=made.facilities["status"].mask(is_it, "open")
        )
        after = coverage(made.having(facilities=opened).answers)
        gained = []
        for frame in (before, after):
            own = frame[
                (frame["question_id"] == question.id) & (frame["group"] == "people")
            ]
            city = own[own["level"] == "city"]["n_covered"].iloc[0]
            villages = own[(own["level"] == "village") & (own["status"] == "covered")]
            gained.append((city, len(villages)))
        assert one["n_people"] == gained[1][0] - gained[0][0]
        assert one["n_villages"] == gained[1][1] - gained[0][1]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_step_is_the_change_that_gains_most_after_those_before(seed):
    """Plain sets, chosen one after another; populations say who was gained."""
    made = made_world(seed)
    heads = dict(zip(made.demand["demand_id"], made.demand["people"], strict=True))
    question = QUESTIONS[0]
    found = of_question(made, question)
    known = {**oracle_gains(made, question), **visits(made, question)}
    so_far = set()
    steps = found[found["step"].notna()].sort_values("step")
    assert steps["step"].tolist() == list(range(1, len(steps) + 1))
    assert not steps["kind"].isin(["survey_road"]).any()
    for one in rows(steps):

        def gain(key, done=frozenset(so_far)):
            return sum(heads[d] for d in known[key] - done)

        def order(key):
            return -gain(key), REMEDY_KINDS.index(key[0]), key[1]

        best = min(known, key=order)
        assert (one["kind"], one["facility_id"] or one["village_id"]) == best
        so_far |= known[best]
        assert one["n_people_so_far"] == sum(heads[d] for d in so_far)
    assert all(sum(heads[d] for d in own - so_far) == 0 for own in known.values())


def visits(made, question):
    own = made.coverage()
    is_own = (own["question_id"] == question.id) & (own["level"] == "demand")
    left = own[is_own & (own["group"] == "people") & (own["status"] == "uncovered")]
    of = dict(zip(made.demand["demand_id"], made.demand["village_id"], strict=True))
    found = {}
    for one in left["id"]:
        found.setdefault(("visit", of[one]), set()).add(one)
    return found


def saturday(**more):
    """The worked example: F1 is closed on Saturdays, F2 and F3 do not do the item."""
    homes = {"D1": 40, "D2": 30, "D3": 20, "D4": 10}
    return world(
        facilities=[
            facility("F1", hours="Mo-Fr 09:00-17:00", township_id="T1"),
            facility("F2", hours="24/7", township_id="T1", **more),
            facility("F3", hours="24/7", township_id="T1", **more),
        ],
        villages=[village("V1"), village("V2")],
        demand=[
            home(name, "V1" if name < "D3" else "V2", people)
            for name, people in homes.items()
        ],
        minutes={
            ("D1", "F1"): 5.0,
            ("D2", "F1"): 15.0,
            ("D2", "F2"): 3.0,
            ("D3", "F2"): 9.0,
            ("D3", "F3"): 9.0,
            ("D4", "F3"): 9.0,
            ("D1", "F3"): 15.001,
        },
        items=[item("i1", "medical")],
        services=[service("F1", item_group="medical")],
        questions=(Question("headline", items=("medical",), when="2026-12-05 10:00"),),
    )


def test_the_worked_example_of_the_method():
    """Three changes by themselves, two of them one after another."""
    found = remedies(saturday(one_stop=True).answers)
    listed = [
        (r["kind"], r["facility_id"], r["n_people"], r["n_villages"]) for r in rows(found)
    ]
    assert listed == [
        ("extend_hours", "F1", 70, 1),
        ("offer_item", "F2", 50, 1),
        ("offer_item", "F3", 30, 1),
    ]
    steps = found[found["step"].notna()]
    assert steps["facility_id"].tolist() == ["F1", "F3"]
    assert steps["n_people_so_far"].tolist() == [70, 100]
    assert steps["n_villages_so_far"].tolist() == [1, 2]


def test_a_station_with_the_system_does_what_most_such_stations_do():
    """F1 has it and does the item, so F2 and F3 would."""
    found = remedies(saturday(one_stop=False).answers)
    kinds = found.groupby("kind")["facility_id"].apply(list).to_dict()
    assert kinds["one_stop"] == ["F2", "F3"]
    assert kinds["one_stop"] == kinds["offer_item"]


def test_a_missing_road_gains_so_many_at_most_and_is_in_no_step():
    """A village off the map's roads may be covered once they are known."""
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1"), village("V2")],
        demand=[home("D1", "V1", 8), home("D2", "V2", 4)],
        minutes={("D2", "F1"): 40.0},
        reasons={"D1": "off_network"},
    )
    found = remedies(made.answers)
    assert found["kind"].tolist() == ["survey_road", "visit"]
    assert found["is_certain"].tolist() == [False, True]
    assert found["n_people"].tolist() == [8, 4]
    assert found["step"].tolist() == [pd.NA, 1]


def test_without_people_places_are_weighed_and_people_missing():
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1")],
        demand=[home("D1", "V1", None)],
        minutes={("D1", "F1"): 40.0},
    )
    found = remedies(made.answers)
    assert found["n_people"].isna().all()
    assert found["n_villages"].tolist() == [1]
    assert remedies(
        made.having(travel_times=made.travel_times.assign(travel_time_s=60.0)).answers
    ).empty
