"""Hours: at a moment, through the week, on special days; against the state of each point."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pytest

from made_tables import facility, home, item, service, village, world
from servicemap.analysis.week import (
    MONDAY,
    hours_of_week,
    market_days,
    share_of_week,
    special_days,
)
from servicemap.hours import DayCalendar, open_for, state_at
from servicemap.study import Question

OFFICE = "Mo-Fr 08:30-12:00,13:30-17:00; PH off"
TEXTS = (OFFICE, "24/7", "Sa 09:00-12:00", None, "Mo-Su 06:00-22:00", "gibberish")
MOMENTS = ("2026-12-05 10:00", "2026-10-01 09:00", "2026-03-09 11:40", "2026-03-09 23:55")
CHINA = DayCalendar(country="CN")


def by_lot(seed, questions, **more):
    draw = random.Random(seed)
    points = [facility(f"F{n}", hours=draw.choice(TEXTS)) for n in range(5)]
    demand = [home(f"D{n}", f"V{n % 3}", 2**n) for n in range(8)]
    return world(
        facilities=points,
        villages=[village(f"V{n}") for n in range(3)],
        demand=demand,
        minutes={
            (place["demand_id"], point["facility_id"]): draw.choice([2.0, 10.0, 15.0, 16.0])
            for place in demand
            for point in points
            if draw.random() < 0.6
        },
        questions=questions,
        **more,
    )


@pytest.mark.parametrize("service_min", [0.0, 30.0])
@pytest.mark.parametrize("when", MOMENTS)
@pytest.mark.parametrize("seed", range(4))
def test_at_a_moment_a_point_counts_that_is_open_on_arrival(seed, when, service_min):
    """And stays open for the service; unknown hours make a place undetermined."""
    made = by_lot(seed, (Question("q", when=when, service_min=service_min),))
    found = made.coverage()
    own = found[found["level"] == "demand"].set_index("id")
    hours = dict(zip(made.facilities["facility_id"], made.facilities["hours"], strict=True))
    start = dt.datetime.fromisoformat(when)
    for place in made.demand["demand_id"]:
        states = {}
        times = made.travel_times[made.travel_times["demand_id"] == place]
        for row in times.itertuples():
            if row.travel_time_s <= 900:
                text = hours[row.facility_id]
                text = text if isinstance(text, str) else None
                arrival = start + dt.timedelta(seconds=row.travel_time_s)
                states[row.facility_id] = open_for(text, arrival, service_min, CHINA)
        got = own.loc[place]
        if True in states.values():
            wanted = "covered"
        else:
            wanted = "undetermined" if None in states.values() else "uncovered"
        assert got["status"] == wanted
        if wanted == "covered":
            assert got["n_within"] == sum(one is True for one in states.values())
        if wanted == "undetermined":
            assert got["reason"] == "hours_unknown"
        if wanted == "uncovered" and states:
            assert got["reason"] == "closed"
            assert got["would_do_facility_id"] in states


@pytest.mark.parametrize("seed", range(4))
def test_every_hour_of_the_week_equals_the_state_of_each_point(seed):
    """Covered: some point in reach is open then; undetermined: one may be, none is."""
    made = by_lot(seed, (Question("q"),))
    found = hours_of_week(made.answers)
    hours = dict(zip(made.facilities["facility_id"], made.facilities["hours"], strict=True))
    texts = {one: text if isinstance(text, str) else None for one, text in hours.items()}
    reach = {
        place: [
            row.facility_id
            for row in made.travel_times.itertuples()
            if row.demand_id == place and row.travel_time_s <= 900
        ]
        for place in made.demand["demand_id"]
    }
    people = dict(zip(made.demand["demand_id"], made.demand["people"], strict=True))
    shares = dict.fromkeys(people, 0)
    for hour in range(168):
        moment = dt.datetime.combine(MONDAY, dt.time()) + dt.timedelta(hours=hour)
        state = {one: state_at(text, moment, DayCalendar()) for one, text in texts.items()}
        covered = [p for p in people if any(state[f] is True for f in reach[p])]
        maybe = [
            p for p in people if p not in covered and None in [state[f] for f in reach[p]]
        ]
        row = found.iloc[hour]
        assert row["n_covered"] == sum(people[p] for p in covered)
        assert row["n_undetermined"] == sum(people[p] for p in maybe)
        assert row["n_open"] == sum(one is True for one in state.values())
        assert row["n_unknown"] == sum(one is None for one in state.values())
        for place in covered:
            shares[place] += 1
    best = found[found["is_best"]]["n_covered"]
    assert (best == found["n_covered"].max()).all()
    got = share_of_week(made.answers, made.study.questions[0], "people")
    for share, place in zip(got, sorted(people), strict=True):
        if np.isfinite(share):
            assert share == shares[place] / 168
        else:
            assert shares[place] == 0


def test_the_share_of_the_week_stands_in_the_table():
    """40 people at a point that is open all week, 10 at an office of 7 full hours on 5 days."""
    made = world(
        facilities=[facility("F1", hours="24/7"), facility("F2", hours=OFFICE)],
        villages=[village("V1"), village("V2"), village("V3")],
        demand=[home("D1", "V1", 40), home("D2", "V2", 10), home("D3", "V3", 50)],
        minutes={("D1", "F1"): 5.0, ("D2", "F2"): 5.0, ("D3", "F1"): 50.0},
        questions=(Question("q", when="share of week"),),
    )
    found = made.coverage().set_index(["level", "id"])["share_of_week"]
    # 9, 10, 11 and 14, 15, 16 o'clock; 12:00 and 17:00 are closing time
    assert found["demand", "D2"] == pytest.approx(30 / 168)
    assert found["village", "V1"] == 1.0
    assert found["village", "V3"] == 0.0
    assert found["city", "city"] == pytest.approx((40 + 10 * 30 / 168) / 100)


def test_holidays_and_makeup_workdays_of_the_year():
    """On National Day the office is closed, on the Saturday worked for it it is open."""
    made = world(
        facilities=[facility("F1", hours=OFFICE)],
        villages=[village("V1")],
        demand=[home("D1", "V1", 8)],
        minutes={("D1", "F1"): 5.0},
    )
    found = special_days(made.answers).set_index("date")
    assert found.loc["2026-10-01", ["kind", "n_covered"]].tolist() == ["holiday", 0]
    row = found.loc["2026-10-10"]
    assert (row["kind"], row["n_covered"], row["best_hour"]) == ("makeup_workday", 8, 9)


def test_where_nobody_was_counted_the_best_hour_is_that_of_most_open_points():
    """It was midnight, at which nothing is open."""
    made = world(
        facilities=[facility("F1", hours=OFFICE)],
        villages=[village("V1")],
        demand=[home("D1", "V1", None)],
        minutes={("D1", "F1"): 5.0},
    )
    row = special_days(made.answers).set_index("date").loc["2026-10-10"]
    assert (row["best_hour"], row["n_open"]) == (9, 1)


def test_market_days_are_listed_by_month():
    """A point that opens by the weekday is not in the list."""
    made = world(
        facilities=[
            facility("F1", hours=OFFICE),
            facility("F2", hours="lunar 05,10 08:00-11:00"),
            facility("F3", hours=None),
        ],
        villages=[village("V1")],
        demand=[home("D1", "V1", 8)],
        minutes={("D1", "F1"): 5.0},
    )
    found = market_days(made.answers)
    assert set(found["facility_id"]) == {"F2"}
    row = found[found["month"] == "2026-02"].iloc[0]
    assert row["days"].endswith("21, 26")
    assert row["n_days"] == len(row["days"].split(", "))


def test_a_service_with_hours_of_its_own_goes_by_them():
    """The hall is open, the medical window of it on Saturday morning only."""
    made = world(
        facilities=[facility("F1", hours="24/7")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 8)],
        minutes={("D1", "F1"): 5.0},
        services=[service("F1", item_group="medical", hours="Sa 09:00-12:00")],
        items=[item("m1", "medical")],
        questions=(
            Question("any", when="2026-12-04 10:00"),
            Question("friday", items="medical", when="2026-12-04 10:00"),
            Question("saturday", items="medical", when="2026-12-05 10:00"),
        ),
    )
    found = made.coverage()
    city = found[found["level"] == "city"].set_index("question_id")["n_covered"]
    assert city.to_dict() == {"any": 8, "friday": 0, "saturday": 8}
    week = hours_of_week(made.answers).set_index(["question_id", "hour"])["n_covered"]
    assert week["friday", 5 * 24 + 10] == 8
    assert week["friday"].sum() == 3 * 8
