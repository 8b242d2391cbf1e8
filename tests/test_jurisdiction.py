"""Jurisdiction: an item of the own township is not done next door, however near."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest

from made_tables import facility, home, item, random_world, service, table, village, world
from servicemap.analysis.catalogue import Catalogue
from servicemap.analysis.conditions import Conditions
from servicemap.analysis.jurisdiction import Homes
from servicemap.analysis.places import places
from servicemap.study import Question


def border(*, who_may: str = "anyone", scope: str = "city", named: str = "land"):
    """V1 of T1 is five minutes from T2's point F2 and twelve from its own F1."""
    return world(
        facilities=[
            facility("F1", township_id="T1", village_id="V1"),
            facility("F2", township_id="T2", village_id="V2"),
        ],
        villages=[village("V1", "T1"), village("V2", "T2"), village("V3", None)],
        demand=[home("D1", "V1", 1), home("D2", "V2", 2), home("D3", "V3", 4)],
        minutes={
            ("D1", "F1"): 12.0,
            ("D1", "F2"): 5.0,
            ("D2", "F2"): 3.0,
            ("D3", "F1"): 4.0,
        },
        services=[
            service("F1", item_group="land", who_may=who_may),
            service("F2", item_group="land", who_may=who_may),
        ],
        items=[item("l1", "land", scope)],
        questions=(Question("q", items=named),),
    )


def nearest_of(made) -> dict[str, object]:
    found = made.coverage()
    rows = found[(found["level"] == "demand")]
    return dict(
        zip(
            rows["id"],
            rows["nearest_facility_id"]
            .astype(object)
            .where(rows["status"] == "covered", rows["reason"]),
            strict=True,
        )
    )


@pytest.mark.parametrize("named", ["land", "l1"])
@pytest.mark.parametrize("who_may", ["anyone", "city"])
def test_city_wide_items_go_to_the_nearest_point(who_may, named):
    """No border is looked at."""
    assert nearest_of(border(who_may=who_may, named=named)) == {
        "D1": "F2",
        "D2": "F2",
        "D3": "F1",
    }


@pytest.mark.parametrize("named", ["land", "l1"])
@pytest.mark.parametrize(
    ("who_may", "scope"), [("township", "city"), ("anyone", "township")]
)
def test_items_of_the_own_township_stay_at_home(who_may, scope, named):
    """The rule may stand at the point or at the item; without a township nobody is at home."""
    made = border(who_may=who_may, scope=scope, named=named)
    assert nearest_of(made) == {"D1": "F1", "D2": "F2", "D3": "not_entitled"}


@pytest.mark.parametrize(("who_may", "scope"), [("village", "city"), ("anyone", "village")])
def test_items_of_the_own_village_stay_in_it(who_may, scope):
    """V3 has no point of its own."""
    got = nearest_of(border(who_may=who_may, scope=scope))
    assert got == {"D1": "F1", "D2": "F2", "D3": "not_entitled"}


@pytest.mark.parametrize("who_may", ["T2", "T2,T9", "T9; T2", "T2、T9"])
def test_a_list_of_townships_is_served_by_the_point(who_may):
    """Only the people of T2 may come, to either point."""
    got = nearest_of(border(who_may=who_may))
    assert got == {"D1": "not_entitled", "D2": "F2", "D3": "not_entitled"}


def test_a_second_row_widens_and_a_second_item_narrows():
    """Any row of an item may allow it; every item that is named must be allowed."""
    made = border(who_may="township")
    wider = [
        *made.services.to_dict("records"),
        service("F2", item_id="l1", handling="agent"),
    ]
    assert nearest_of(made.having(services=table("services", wider)))["D1"] == "F2"
    both = [
        *made.services.assign(who_may="anyone").to_dict("records"),
        *(service(point, item_id="x1") for point in ("F1", "F2")),
    ]
    items = [item("l1", "land"), item("x1", "tax", "township")]
    asked = made.asking(Question("q", items=("land", "tax")))
    narrowed = asked.having(services=table("services", both), items=table("items", items))
    assert nearest_of(narrowed)["D1"] == "F1"


def test_a_closed_point_at_home_outranks_an_open_one_next_door():
    """What only has to open is nearer to an answer than what may not serve."""
    made = border(who_may="township")
    closed = made.facilities.assign(status=["closed", "open"])
    assert nearest_of(made.having(facilities=closed))["D1"] == "closed"


def test_beyond_the_horizon_only_the_own_point_gives_a_time():
    """The search without a horizon found the neighbour's point, which does not count."""
    made = border(who_may="township").having()
    far = made.travel_times[made.travel_times["demand_id"] != "D1"]
    found = made.having(travel_times=far).coverage()
    got = found[(found["level"] == "demand") & (found["id"] == "D1")].iloc[0]
    assert (got["status"], got["reason"]) == ("uncovered", "too_far")
    assert pd.isna(got["travel_time_s"])


@pytest.mark.parametrize("seed", range(25))
def test_rights_equal_plain_loops(seed):
    """For random rows, rules and items, pair by pair."""
    draw = random.Random(seed)
    made = random_world(seed)
    rules = ["anyone", "city", "township", "village", "T1", "T1,T2"]
    points = [
        facility(
            f"F{n}",
            township_id=draw.choice(["T1", "T2", None]),
            village_id=draw.choice([*made.villages["village_id"], None]),
        )
        for n in range(4)
    ]
    items = [
        item(
            f"i{n}", draw.choice("ab"), draw.choice(["city", "city", "township", "village"])
        )
        for n in range(4)
    ]
    services = {}
    for _ in range(draw.randint(1, 12)):
        one = draw.choice(items)
        what = (
            {"item_id": one["item_id"]}
            if draw.random() < 0.5
            else {"item_group": one["item_group"]}
        )
        row = service(
            draw.choice(points)["facility_id"], who_may=draw.choice(rules), **what
        )
        services[row["facility_id"], row["item_group"], row["item_id"]] = row
    names = draw.choice([("a",), ("b",), ("i0",), ("i0", "a"), ("i1", "i2")])
    names = tuple(
        n for n in names if n.startswith("i") or n in {i["item_group"] for i in items}
    )
    facilities = table("facilities", points)
    where = places(made.demand, made.villages, made.townships)
    homes = made.demand.sort_values("demand_id").to_dict("records")
    pairs = [(d, f) for d in range(len(homes)) for f in range(len(points))]
    catalogue = Catalogue(
        pd.Index(facilities["facility_id"]),
        table("services", list(services.values())),
        table("items", items),
    )
    asked = Question("q", items=names or "all")
    conditions = Conditions(asked, facilities, catalogue, Homes(where, facilities))
    at = tuple(np.array(one) for one in zip(*pairs, strict=True))
    got = conditions.counts(at, np.zeros(len(pairs)))
    of_village = made.villages.set_index("village_id")["township_id"]

    def at_home(rule, home_village, point):
        township = of_village[home_village]
        if rule in ("anyone", "city"):
            return True
        if rule == "village":
            return point["village_id"] == home_village
        if pd.isna(township):
            return False
        return township in (
            [point["township_id"]] if rule == "township" else rule.split(",")
        )

    needed = [i for i in items for n in names if n in (i["item_id"], i["item_group"])]
    for (d, f), answer in zip(pairs, got, strict=True):
        wanted = all(
            at_home(i["scope"], homes[d]["village_id"], points[f])
            and any(
                at_home(r["who_may"], homes[d]["village_id"], points[f])
                for r in services.values()
                if r["facility_id"] == points[f]["facility_id"]
                and (r["item_id"] == i["item_id"] or r["item_group"] == i["item_group"])
            )
            for i in needed
        )
        assert answer == wanted


@pytest.mark.parametrize("seed", range(15))
def test_a_narrower_rule_covers_nobody_more(seed):
    """City-wide covers all whom the township rule covers, and those all of the village rule."""
    made = random_world(seed)
    draw = random.Random(seed)
    at = made.facilities.assign(
        township_id=[draw.choice(["T1", "T2"]) for _ in made.facilities.index],
        village_id=[
            draw.choice(list(made.villages["village_id"])) for _ in made.facilities.index
        ],
    )
    village_township = made.villages.set_index("village_id")["township_id"]
    at["township_id"] = at["village_id"].map(village_township)
    counts = []
    for scope in ("village", "township", "city"):
        services = [service(one, item_group="a") for one in at["facility_id"]]
        asked = made.asking(Question("q", items="a")).having(
            facilities=at,
            services=table("services", services),
            items=table("items", [item("a1", "a", scope)]),
        )
        counts.append(asked.coverage()["n_covered"])
    assert (counts[0] <= counts[1]).all() or at["township_id"].isna().any()
    assert (counts[1] <= counts[2]).all()
