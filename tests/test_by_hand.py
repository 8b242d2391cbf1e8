"""The township that docs/method.md computes by hand: the page, the arithmetic, the run."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from servicemap import preparation
from servicemap.analysis.answers import Answers
from servicemap.analysis.coverage import coverage
from servicemap.analysis.questions import point_sets
from servicemap.analysis.rates import rates
from servicemap.roads.snapping import snap
from servicemap.routing.as_tables import nearest_table, travel_times_table
from servicemap.routing.travel_times import nearest, pairs
from servicemap.shares import percent
from servicemap.study import read

ROOT = Path(__file__).parents[1]
TOWNSHIP = "990101206000"
CUTOFF_MIN = 15.0
PAGE = (ROOT / "docs" / "method.md").read_text("utf-8")
SECTION = PAGE.split("### A township of the made-up county, by hand")[1].split("## Gaps")[0]


@dataclass
class Line:
    """One village of the table: its places as (people, minutes), and what is said of it."""

    village_id: str
    places: list[tuple[int, float | None]]
    people: int
    covered: int
    undetermined: int
    minutes: float | None
    status: str


def lines():
    found = []
    for row in SECTION.splitlines():
        cells = [one.strip() for one in row.strip("|").split("|")]
        if not re.match(r"\d{12} ", cells[0]):
            continue
        places = [one.split() for one in cells[1].split(",")]
        found.append(
            Line(
                cells[0].split()[0],
                [(int(n), None if t == "-" else float(t)) for n, t in places],
                *map(int, cells[2:5]),
                float(cells[5]) if cells[5] else None,
                cells[6],
            )
        )
    return found


def test_the_table_adds_up():
    """Covered, median and status of every village follow from its places."""
    table = lines()
    assert len(table) == 6
    for one in table:
        known = sorted((t, n) for n, t in one.places if t is not None)
        assert one.people == sum(n for n, _ in one.places)
        assert one.covered == sum(n for t, n in known if t <= CUTOFF_MIN)
        assert one.undetermined == one.people - sum(n for _, n in known)
        whole, so_far = sum(n for _, n in known), 0
        if not whole:
            assert (one.status, one.minutes) == ("undetermined", None)
            continue
        is_covered = 2 * one.covered >= whole
        assert one.status == ("covered" if is_covered else "uncovered")
        for minutes, people in known:
            so_far += people
            if 2 * so_far >= whole:
                assert one.minutes == minutes
                break


def test_the_sums_of_the_page_are_those_of_its_table():
    """The township's people and villages, as numbers and in percent."""
    table = lines()
    people, covered, unknown = (
        sum(getattr(one, name) for one in table)
        for name in ("people", "covered", "undetermined")
    )
    left = people - covered - unknown
    assert f"= {people} people; covered" in SECTION
    assert f"= {covered}; undetermined {unknown}; uncovered" in SECTION
    assert f"= {left}. People" in SECTION
    assert f"= {percent(covered, left)} %, at least" in SECTION
    assert f"= {percent(covered, left + unknown)} %, at most" in SECTION
    assert f"= {percent(covered + unknown, left)} %. Villages" in SECTION
    counts = [
        sum(one.status == status for one in table)
        for status in ("covered", "uncovered", "undetermined")
    ]
    yes, no, open_ones = counts
    low, high = percent(yes, no + open_ones), percent(yes + open_ones, no)
    assert (
        f"Villages {yes} of {yes + no}, {percent(yes, no)} % ({low} to {high} %)" in SECTION
    )


@pytest.fixture(scope="module")
def county():
    """The headline of the made-up county over its own roads."""
    asked = read(ROOT / "data" / "demo-county")
    travel = replace(asked.travel, modes=("walk",))
    asked = replace(asked, questions=asked.questions[:1], travel=travel)
    extract, given = preparation.read(asked)
    network = preparation.networks(asked, extract)["walk"]
    points, homes = (
        snap(network, one["lon"].to_numpy(), one["lat"].to_numpy(), limit, role)
        for one, limit, role in (
            (given.facilities, asked.travel.snap_limit_m, "destination"),
            (given.demand, asked.travel.snap_limit_m, "origin"),
        )
    )
    ids = given.demand["demand_id"], given.facilities["facility_id"]
    found = pairs(network, homes, points, minutes=asked.horizon_min)
    sets = point_sets(asked, given.facilities, given.services, given.items)
    kept = points.masked(given.facilities["facility_id"].isin(sets["open"]).to_numpy())
    answers = Answers(
        asked,
        facilities=given.facilities,
        services=given.services,
        items=given.items,
        townships=given.townships,
        villages=given.villages,
        demand=given.demand,
        travel_times=travel_times_table(found, *ids, "walk"),
        nearest=nearest_table(nearest(network, homes, kept), homes, *ids, "walk", "open"),
    )
    return given, coverage(answers)


def test_the_made_up_county_says_the_same(county):
    """Places, villages and the township of the run are those of the page."""
    given, found = county
    own = found[found["group"] == "people"].set_index(["level", "id"])
    of = given.demand.set_index("demand_id")
    for one in lines():
        homes = of.index[of["village_id"] == one.village_id]
        places = []
        for home in homes:
            row = own.loc["demand", home]
            seconds = row["travel_time_s"]
            minutes = None if pd.isna(seconds) else float(f"{seconds / 60:.3f}")
            places.append((int(row["n_people"]), minutes))
        assert sorted(places, key=repr) == sorted(one.places, key=repr)
        row = own.loc["village", one.village_id]
        assert row["status"] == one.status
        assert (row["n_people"], row["n_covered"]) == (one.people, one.covered)
        assert row["n_undetermined"] == one.undetermined
        if one.minutes is not None:
            assert float(f"{row['travel_time_s'] / 60:.3f}") == one.minutes
    share = rates(found, given.villages, "township")
    share = share[(share["id"] == TOWNSHIP) & (share["group"] == "people")]
    assert share.set_index("unit")["rate"].round(3).to_dict() == {
        "villages": 0.75,
        "people": 0.839,
    }
