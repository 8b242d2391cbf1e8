"""Coverage: people counted demand point by demand point, against plain loops."""

from __future__ import annotations

import copy
import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from made_tables import (
    World,
    facility,
    home,
    item,
    random_world,
    service,
    shuffled,
    table,
    village,
    world,
)
from servicemap import table_columns, tables
from servicemap.analysis.rates import rates
from servicemap.study import Question

SEEDS = range(12)
NA = object()


def row(frame: pd.DataFrame, level: str, place: str, group: str = "people") -> pd.Series:
    found = frame[
        (frame["level"] == level) & (frame["id"] == place) & (frame["group"] == group)
    ]
    assert len(found) == 1
    return found.iloc[0]


RECORDS: dict[int, tuple] = {}  # the frame is kept, so that its id stays its own


def records(frame: pd.DataFrame) -> list[dict]:
    """Rows as dicts, made once."""
    if id(frame) not in RECORDS:
        RECORDS[id(frame)] = (
            frame,
            frame.drop(columns="geometry", errors="ignore").to_dict("records"),
        )
    return RECORDS[id(frame)][1]


def plain(value):
    return NA if pd.isna(value) else value


# The oracle: what contracts.md says, in plain loops over rows.


def point_answer(  # noqa: C901 - an oracle reads best as one plain list of cases
    made: World, question: Question, group: str, place: dict
):
    mode, cutoff = question.mode_of(group), question.minutes
    status_of = dict(
        zip(made.facilities["facility_id"], made.facilities["status"], strict=True)
    )
    home_village = next(
        v for v in records(made.villages) if v["village_id"] == place["village_id"]
    )
    near = next(
        n
        for n in records(made.nearest)
        if n["demand_id"] == place["demand_id"]
        and n["mode"] == mode
        and n["set_id"] == "open"
    )
    if "open" in status_of.values():
        same = home_village["lon"] == place["lon"] and home_village["lat"] == place["lat"]
        if pd.isna(place["lon"]) or (home_village["located_by"] == "own_station" and same):
            return ("undetermined", "not_located", np.inf, None)
        if near["reason"] in table_columns.UNDETERMINED_REASONS:
            return ("undetermined", near["reason"], np.inf, None)
    best, closed_by = None, False
    for pair in records(made.travel_times):
        if pair["demand_id"] != place["demand_id"] or pair["mode"] != mode:
            continue
        if status_of[pair["facility_id"]] == "open":
            candidate = (round(pair["travel_time_s"] * 1000), pair["facility_id"])
            best = candidate if best is None else min(best, candidate)
        elif round(pair["travel_time_s"] * 1000) <= cutoff * 60000:
            closed_by = True
    if best is None and not pd.isna(near["travel_time_s"]):
        best = (round(near["travel_time_s"] * 1000), near["facility_id"])
    time, point = best or (np.inf, None)
    if time <= cutoff * 60000:
        return ("covered", None, time, point)
    if closed_by or "open" not in status_of.values():
        return ("uncovered", "closed", time, point)
    if near["reason"] == "island" or best is None:
        return ("uncovered", near["reason"], time, point)
    return ("uncovered", "too_far", time, point)


def village_answer(answers: list, people: list, share: float):
    known = not any(pd.isna(one) for one in people)
    weights = people if known and sum(people) > 0 else [1] * len(people)
    ranked = sorted(
        (a[2], n, w, a)
        for n, (a, w) in enumerate(zip(answers, weights, strict=True))
        if a[0] != "undetermined"
    )
    whole = sum(w for _, _, w, _ in ranked)
    if whole == 0:
        return ("undetermined", NA, NA)
    covered = sum(w for _, _, w, a in ranked if a[0] == "covered")
    so_far = 0
    for _, _, w, a in ranked:
        so_far += w
        if so_far >= whole / 2:
            time = a[2] / 1000 if a[2] < np.inf else NA
            return ("covered" if covered >= share * whole else "uncovered", time, a[3])
    raise AssertionError


@pytest.mark.parametrize("with_people", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
def test_every_row_equals_plain_loops(seed, with_people):
    """Demand points, villages, townships and the city are what plain loops say."""
    made = random_world(seed, with_people=with_people)
    found = made.coverage()
    homes = sorted(made.demand.to_dict("records"), key=lambda one: one["demand_id"])
    township = dict(
        zip(made.villages["village_id"], made.villages["township_id"], strict=True)
    )
    for question in made.study.questions:
        own = found[found["question_id"] == question.id]
        for group in ("people", "elderly"):
            answers = {
                h["demand_id"]: point_answer(made, question, group, h) for h in homes
            }
            for h in homes:
                got = row(own, "demand", h["demand_id"], group)
                status, reason, time, point = answers[h["demand_id"]]
                assert got["status"] == status
                assert plain(got["reason"]) == (reason or NA)
                assert plain(got["nearest_facility_id"]) == (point or NA)
                assert plain(got["travel_time_s"]) == (time / 1000 if time < np.inf else NA)
                assert plain(got["n_people"]) == plain(h[group])
            for one in township:
                mine = [h for h in homes if h["village_id"] == one]
                got = row(own, "village", one, group)
                status, time, point = village_answer(
                    [answers[h["demand_id"]] for h in mine], [h[group] for h in mine], 0.5
                )
                assert got["status"] == status
                assert plain(got["travel_time_s"]) == time
                assert plain(got["nearest_facility_id"]) == (point or NA)
            levels = {"city": homes}
            for one in {t for t in township.values() if not pd.isna(t)}:
                levels[one] = [h for h in homes if township[h["village_id"]] == one]
            for place, mine in levels.items():
                got = row(own, "city" if place == "city" else "township", place, group)
                for column, wanted in (
                    ("n_people", None),
                    ("n_covered", "covered"),
                    ("n_undetermined", "undetermined"),
                ):
                    counted = [
                        h[group]
                        for h in mine
                        if wanted in (None, answers[h["demand_id"]][0])
                    ]
                    if with_people:
                        assert got[column] == sum(counted)
                    else:
                        assert pd.isna(got[column])


@pytest.mark.parametrize("seed", SEEDS)
def test_order_of_rows_changes_nothing(seed):
    """Shuffled tables under another index give the same table."""
    made = random_world(seed)
    pd.testing.assert_frame_equal(made.coverage(), shuffled(made, seed).coverage())


@pytest.mark.parametrize("seed", range(5))
def test_inputs_stay_as_they_were(seed):
    """No table is changed."""
    made = random_world(seed)
    before = copy.deepcopy(made.tables())
    found = made.gaps()
    assert found is not None
    for name, frame in made.tables().items():
        pd.testing.assert_frame_equal(frame, before[name])


@pytest.mark.parametrize("seed", SEEDS)
def test_another_open_point_uncovers_nobody(seed):
    """Opening every planned and closed point never takes coverage away."""
    made = random_world(seed)
    opened = made.having(facilities=made.facilities.assign(status="open"))
    before, after = made.coverage(), opened.coverage()
    was = before["status"] == "covered"
    now = after["status"] == "covered"
    points = before["level"] == "demand"
    # A village may not be judged by its share: an undetermined point may become covered.
    assert not (was & ~now & points & (after["status"] == "uncovered")).any()
    assert (after["n_covered"] >= before["n_covered"])[points].all()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_larger_cutoff_uncovers_nobody(seed):
    """With more minutes every covered place stays covered and sums never shrink."""
    made = random_world(seed)
    counts = []
    for minutes in (2.0, 5.0, 14.9995, 15.0, 20.0, 60.0):
        found = made.asking(Question("headline", minutes=minutes)).coverage()
        counts.append(found)
    for fewer, more in itertools.pairwise(counts):
        assert not ((fewer["status"] == "covered") & (more["status"] != "covered")).any()
        assert (more["n_covered"] >= fewer["n_covered"]).all()
        assert (more["n_within"].fillna(0) >= fewer["n_within"].fillna(0)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_townships_and_the_rest_sum_to_the_city(seed):
    """City = townships + villages without a township, for every figure."""
    made = random_world(seed)
    found = made.coverage()
    loose = set(made.villages.loc[made.villages["township_id"].isna(), "village_id"])
    columns = ["n_people", "n_covered", "n_undetermined"]
    keys = ["question_id", "group"]
    parts = found[
        (found["level"] == "township")
        | ((found["level"] == "village") & found["id"].isin(loose))
    ]
    city = found[found["level"] == "city"].set_index(keys)[columns]
    pd.testing.assert_frame_equal(parts.groupby(keys)[columns].sum(), city.sort_index())
    points = found[found["level"] == "demand"].groupby(keys)[columns].sum()
    pd.testing.assert_frame_equal(points, city.sort_index())


@pytest.mark.parametrize("seed", SEEDS)
def test_village_is_covered_exactly_when_its_time_is_within(seed):
    """With a share of one half, the village's own minutes decide its status."""
    found = random_world(seed).coverage()
    own = found[(found["level"] == "village") & (found["status"] != "undetermined")]
    cutoff = own["question_id"].map({"headline": 15.0, "old": 20.0})
    is_within = tables.to_ms(own["travel_time_s"].fillna(np.inf)) <= cutoff * 60000
    assert (is_within == (own["status"] == "covered")).all()
    assert ((own["n_within"] > 0) == (own["status"] == "covered")).all()


def test_a_place_at_exactly_the_cutoff_is_covered():
    """15.000 minutes is within 15 minutes; one millisecond more is not."""
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1"), village("V2")],
        demand=[home("D1", "V1", 1), home("D2", "V2", 2)],
        minutes={("D1", "F1"): 15.0, ("D2", "F1"): 900.001 / 60},
    )
    found = made.coverage()
    assert row(found, "village", "V1")["status"] == "covered"
    assert row(found, "village", "V2")["status"] == "uncovered"
    assert row(found, "village", "V2")["reason"] == "too_far"


def test_equal_times_go_to_the_smaller_id():
    """F10 comes before F9 by code point."""
    made = world(
        facilities=[facility("F9"), facility("F10")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 1)],
        minutes={("D1", "F9"): 5.0, ("D1", "F10"): 5.0},
    )
    got = row(made.coverage(), "demand", "D1")
    assert got["nearest_facility_id"] == "F10"
    assert got["n_within"] == 2


def test_a_village_at_its_own_station_is_untested():
    """It has a station; whether its people reach one is not known."""
    at_station = {"lon": 9.55, "lat": 47.15}
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1", located_by="own_station", **at_station)],
        demand=[home("D1", "V1", 8, **at_station)],
        minutes={("D1", "F1"): 0.0},
    )
    got = row(made.coverage(), "village", "V1")
    assert (got["status"], got["reason"]) == ("undetermined", "not_located")
    assert got["n_undetermined"] == 8
    assert pd.isna(got["travel_time_s"])
    assert pd.isna(got["n_within"])


def test_hamlets_of_a_village_at_its_own_station_are_tested():
    """Demand from elsewhere has real times; only the station's own point is left apart."""
    at_station = {"lon": 9.55, "lat": 47.15}
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1", located_by="own_station", **at_station)],
        demand=[
            home("D1", "V1", 8, **at_station),
            home("D2", "V1", 2),
            home("D3", "V1", 1),
        ],
        minutes={("D1", "F1"): 0.0, ("D2", "F1"): 10.0, ("D3", "F1"): 30.0},
    )
    got = row(made.coverage(), "village", "V1")
    assert got["status"] == "covered"
    assert (got["n_people"], got["n_covered"], got["n_undetermined"]) == (11, 2, 8)
    assert got["travel_time_s"] == 600.0


def test_undetermined_people_are_in_neither_side():
    """Three of four known people are covered; ten unknown ones do not count."""
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 3), home("D2", "V1", 1), home("D3", "V1", 10)],
        minutes={("D1", "F1"): 5.0, ("D2", "F1"): 70.0},
        reasons={"D3": "off_network"},
    )
    got = row(made.coverage(), "village", "V1")
    assert got["status"] == "covered"
    found = rates(made.coverage(), made.villages, level="city").set_index("unit")
    people = found.loc["people"]
    assert (people["n_all"], people["n_covered"], people["n_uncovered"]) == (14, 3, 1)
    assert people["rate"] == 0.75
    assert people["rate_low"] == 3 / 14
    assert people["rate_high"] == 13 / 14
    assert found.loc["villages", "rate"] == 1.0


def test_a_place_beyond_the_horizon_keeps_its_time():
    """Seventy minutes are known from the search without a horizon."""
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 1)],
        minutes={("D1", "F1"): 70.0},
    )
    got = row(made.coverage(), "village", "V1")
    assert (got["travel_time_s"], got["reason"], got["n_within"]) == (4200.0, "too_far", 0)


def test_the_share_is_taken_as_written():
    """11 of 20 people are 0.55, though the floating product is above 11."""
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 55), home("D2", "V1", 45)],
        minutes={("D1", "F1"): 5.0},
    )
    assert 0.55 * 100 > 55
    for share, status in ((0.55, "covered"), (0.56, "uncovered")):
        asked = made.asking(Question("headline"), share=share)
        assert row(asked.coverage(), "village", "V1")["status"] == status


def test_a_village_of_nobody_is_judged_by_its_points():
    """Zero people: every point weighs 1 for the status, and the figures stay zero."""
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 0), home("D2", "V1", 0)],
        minutes={("D1", "F1"): 5.0, ("D2", "F1"): 50.0},
    )
    got = row(made.coverage(), "village", "V1")
    assert (got["status"], got["n_people"], got["n_covered"]) == ("covered", 0, 0)


def test_a_people_group_travels_its_own_way():
    """Others ride, the elderly walk: each group has the times of its mode."""
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 8, elderly=2)],
        minutes={("D1", "F1"): 20.0},
        questions=(Question("headline", mode={"default": "ebike", "elderly": "walk"}),),
    )
    ride = {
        name: pd.concat(
            [
                getattr(made, name),
                getattr(made, name).assign(mode="ebike", travel_time_s=480.0),
            ]
        )
        for name in ("travel_times", "nearest")
    }
    found = made.having(**ride).coverage()
    assert row(found, "city", "city", "people")["n_covered"] == 8
    assert row(found, "city", "city", "elderly")["n_covered"] == 0
    assert row(found, "village", "V1", "elderly")["travel_time_s"] == 1200.0


CATALOGUE = {
    "services": [service("F1", item_group="medical"), service("F2", item_group="police")],
    "items": [item("m1", "medical"), item("p1", "police"), item("p2", "police")],
}


def test_only_points_that_do_the_item_count():
    """The police point next door is no help for medical insurance."""
    made = world(
        facilities=[facility("F1"), facility("F2")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 1)],
        minutes={("D1", "F1"): 25.0, ("D1", "F2"): 5.0},
        questions=(
            Question("any"),
            Question("medical", items=("medical",)),
            Question("m1", items="m1"),
        ),
        **CATALOGUE,
    )
    found = made.coverage()
    got = {
        q: row(found[found["question_id"] == q], "village", "V1")
        for q in ("any", "medical", "m1")
    }
    assert got["any"]["status"] == "covered"
    for asked in ("medical", "m1"):
        assert got[asked]["nearest_facility_id"] == "F1"
        assert (got[asked]["status"], got[asked]["reason"]) == ("uncovered", "not_offered")
        assert got[asked]["travel_time_s"] == 1500.0


def test_a_planned_point_in_reach_is_the_reason():
    """An answer that only waits for its opening is worth more than `too_far`."""
    made = world(
        facilities=[facility("F1"), facility("F2", "planned")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 1)],
        minutes={("D1", "F1"): 25.0, ("D1", "F2"): 5.0},
    )
    got = row(made.coverage(), "village", "V1")
    assert (got["reason"], got["nearest_facility_id"], got["n_within"]) == (
        "closed",
        "F1",
        0,
    )


def test_nobody_is_covered_where_no_point_is_open():
    """Without any point the answer is known even off the network: no."""
    made = world(
        facilities=[facility("F1", "closed")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 4), home("D2", "V1", 2)],
        minutes={},
        reasons={"D2": "off_network"},
    )
    got = row(made.coverage(), "city", "city")
    assert (got["n_covered"], got["n_undetermined"]) == (0, 0)
    assert row(made.coverage(), "village", "V1")["reason"] == "closed"


@pytest.mark.parametrize("reason", ["no_route", "ferry_only", "island"])
def test_the_reason_of_the_search_is_kept(reason):
    """What the search says about a place without a time stands in the row."""
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 1)],
        minutes={},
        reasons={"D1": reason},
    )
    got = row(made.coverage(), "village", "V1")
    assert (got["status"], got["reason"]) == ("uncovered", reason)


def test_an_island_within_reach_of_its_own_point_is_covered():
    """The reason `island` with a time does no harm within the cutoff, and is kept beyond it."""
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 1)],
        minutes={("D1", "F1"): 10.0},
        reasons={"D1": "island"},
    )
    got = row(made.coverage(), "demand", "D1")
    assert got["status"] == "covered"
    assert pd.isna(got["reason"])
    got = row(made.asking(Question("headline", minutes=5.0)).coverage(), "demand", "D1")
    assert (got["reason"], got["travel_time_s"]) == ("island", 600.0)


def test_a_demand_point_without_its_village_is_a_bug():
    """Tables that contradict each other are refused."""
    made = random_world(1)
    orphan = made.demand.assign(village_id="nowhere")
    with pytest.raises(tables.TableError, match="nowhere"):
        made.having(demand=orphan).coverage()


def test_without_a_question_filter_all_open_points_answer():
    """A question that names every group that every point does equals the plain one."""
    made = random_world(7)
    services = [service(one, item_group="all-in") for one in made.facilities["facility_id"]]
    full = made.having(
        services=table("services", services), items=table("items", [item("a", "all-in")])
    )
    plain_questions = made.study.questions
    asked = tuple(replace(one, items=("all-in",)) for one in plain_questions)
    pd.testing.assert_frame_equal(full.asking(*asked).coverage(), made.coverage())


@pytest.mark.parametrize("seed", SEEDS)
def test_rates_add_up(seed):
    """Low <= rate <= high, villages counted once, and people as in the table."""
    made = random_world(seed)
    found = made.coverage()
    got = rates(found, made.villages)
    counts = got["n_covered"] + got["n_uncovered"] + got["n_undetermined"]
    assert (counts == got["n_all"]).all()
    known = got[got["rate"].notna()]
    assert (known["rate_low"] <= known["rate"]).all()
    assert (known["rate"] <= known["rate_high"]).all()
    city = got[(got["level"] == "city") & (got["unit"] == "villages")]
    assert (city["n_all"] == len(made.villages)).all()
    per_question = len(made.study.questions) * 2 * 2
    assert len(got) == per_question * (1 + made.villages["township_id"].nunique())


def test_rates_without_population_are_of_villages_only():
    """Rates of people are missing, never zero."""
    made = random_world(3, with_people=False)
    got = rates(made.coverage(), made.villages, level="city")
    people = got[got["unit"] == "people"]
    assert people[["n_all", "rate", "rate_low", "rate_high"]].isna().all().all()
    assert got.loc[got["unit"] == "villages", "n_all"].notna().all()


def worked_example() -> World:
    """Draw the example of ``docs/method.md``."""
    people = {"D1": 40, "D2": 30, "D3": 20, "D4": 10, "D5": 5, "D6": 8}
    of = {"D1": "V1", "D2": "V1", "D3": "V1", "D4": "V2", "D5": "V2", "D6": "V3"}
    return world(
        facilities=[facility("F1"), facility("F2")],
        villages=[village("V1"), village("V2"), village("V3", None)],
        demand=[home(one, of[one], count) for one, count in people.items()],
        minutes={
            ("D1", "F1"): 6.0,
            ("D1", "F2"): 12.0,
            ("D2", "F1"): 18.5,
            ("D4", "F1"): 31.0,
            ("D4", "F2"): 15.0,
            ("D5", "F2"): 22.0,
        },
        reasons={"D3": "off_network", "D6": "ferry_only"},
    )


def test_the_worked_example_of_the_method():
    """Every figure of the example in ``docs/method.md``, as a reader would check it."""
    made = worked_example()
    found = made.coverage()
    wanted = {
        "V1": ("covered", 360.0, "F1", 2),
        "V2": ("covered", 900.0, "F2", 1),
        "V3": ("uncovered", NA, NA, 0),
    }
    columns = ["status", "travel_time_s", "nearest_facility_id", "n_within"]
    for place, values in wanted.items():
        assert (
            tuple(plain(value) for value in row(found, "village", place)[columns]) == values
        )
    rated = rates(found, made.villages).set_index(["id", "unit"])
    counts = ["n_all", "n_covered", "n_uncovered", "n_undetermined"]
    assert rated.loc[("T1", "people"), counts].tolist() == [105, 50, 35, 20]
    assert rated.loc[("T1", "villages"), counts].tolist() == [2, 2, 0, 0]
    assert rated.loc[("city", "people"), counts].tolist() == [113, 50, 43, 20]
    assert rated.loc[("city", "villages"), counts].tolist() == [3, 2, 1, 0]
    shares = rated[["rate", "rate_low", "rate_high"]].astype(float).round(3)
    assert shares.loc[("T1", "people")].tolist() == [0.588, 0.476, 0.667]
    assert shares.loc[("city", "people")].tolist() == [0.538, 0.442, 0.619]
    (gap,) = made.gaps().to_dict("records")
    assert (gap["village_id"], gap["n_people"], gap["reason"]) == ("V3", 8, "ferry_only")
