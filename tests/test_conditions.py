"""Questions with conditions and rules, against plain loops over rows."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pandas as pd
import pytest

from made_tables import facility, home, item, service, table, village, world
from servicemap import tables
from servicemap.standards import Rule
from servicemap.study import Question

AREAS = ("城区", "山区", None)
TIERS = ("township", "village", "bank")
MINUTES = [2.0, 5.0, 14.9995, 15.0, 15.001, 20.0, 90.0]
QUESTIONS = (
    Question("headline"),
    Question("planned", points={"status": ("open", "planned")}),
    Question("no_bank", points={"without_partner": "Bank A", "without": "F0"}),
    Question("townships", points={"tier": ("township", "bank")}, minutes=20.0),
    Question("a", items="a"),
    Question("a_finish", items="a", handling="finish"),
    Question("a_walk_in", items=("a",), appointment=False, handling=("finish", "accept")),
    Question("any_finish", handling=("finish", "self")),
    Question("i0", items=("i0", "b"), minutes=5.0),
    Question(
        "rules",
        minutes=None,
        standard=(
            Rule(15.0, "town", "township"),
            Rule(5.0, "town"),
            Rule(20.0, "country", mode="ebike"),
            Rule(10.0),
        ),
    ),
    Question(
        "either",
        items="a",
        minutes=None,
        handling=("finish", "accept"),
        standard=(
            Rule(15.0, handling=("finish", "agent")),
            Rule(5.0, mode="ebike", handling=("accept", "finish")),
        ),
    ),
)


def made_world(seed):
    """Everything by lot: places, points, services, times in two modes that do not agree."""
    draw = random.Random(seed)
    villages = [
        village(f"V{n}", draw.choice(["T1", "T2", None]), area_type=draw.choice(AREAS))
        for n in range(4)
    ]
    points = [
        facility(
            f"F{n}",
            draw.choice(["open", "open", "planned", "closed"]),
            tier=draw.choice(TIERS),
            partner=draw.choice([None, "Bank A", "Bank B"]),
            township_id=draw.choice(["T1", "T2", None]),
            village_id=draw.choice([*(v["village_id"] for v in villages), None]),
        )
        for n in range(5)
    ]
    demand = [
        home(f"D{n}", draw.choice(villages)["village_id"], 2**n, elderly=2**n // 2)
        for n in range(10)
    ]
    items = [
        item(f"i{n}", "ab"[n % 2], draw.choice(["city", "city", "township", "village"]))
        for n in range(4)
    ]
    services = {}
    for _ in range(12):
        one = draw.choice(items)
        what = draw.choice([{"item_id": one["item_id"]}, {"item_group": one["item_group"]}])
        row = service(
            draw.choice(points)["facility_id"],
            handling=draw.choice(["finish", "accept", "agent"]),
            by_appointment=draw.random() < 0.3,
            who_may=draw.choice(["anyone", "anyone", "township", "village", "T1"]),
            **what,
        )
        services[row["facility_id"], row["item_group"], row["item_id"]] = row
    reasons = {
        place["demand_id"]: reason
        for place in demand
        if (reason := draw.choice([None] * 8 + ["off_network", "island"]))
    }
    parts = []
    for mode in ("walk", "ebike"):
        minutes = {
            (place["demand_id"], point["facility_id"]): draw.choice(MINUTES)
            for place in demand
            for point in points
            if reasons.get(place["demand_id"]) != "off_network" and draw.random() < 0.6
        }
        parts.append(
            world(
                facilities=points,
                villages=villages,
                demand=demand,
                minutes=minutes,
                reasons=reasons,
                services=list(services.values()),
                items=items,
                mode=mode,
                questions=QUESTIONS,
            )
        )
    both = {
        name: table(
            name, [r for one in parts for r in getattr(one, name).to_dict("records")]
        )
        for name in ("travel_times", "nearest")
    }
    return parts[0].having(**both)


def rows(frame):
    plain = frame.drop(columns="geometry", errors="ignore").astype(object)
    return plain.where(plain.notna(), None).to_dict("records")


class Oracle:
    """What docs/method.md says, row by row."""

    def __init__(self, made):
        self.facilities = {f["facility_id"]: f for f in rows(made.facilities)}
        self.villages = {v["village_id"]: v for v in rows(made.villages)}
        self.services, self.items = rows(made.services), rows(made.items)
        self.times, self.nearest = rows(made.travel_times), rows(made.nearest)

    def rules(self, question, area, tier):
        if not question.standard:
            return [Rule(question.minutes)]
        kind = {"城区": "town", "山区": "country"}.get(area)
        fits = [
            (
                (
                    2 if r.area_type == area and area else 1 if r.area_type else 0,
                    bool(r.tier),
                ),
                r,
            )
            for r in question.standard
            if r.area_type in (None, area, kind) and r.tier in (None, tier)
        ]
        return [r for rank, r in fits if rank == max(one for one, _ in fits)]

    def home(self, rule, village, point):
        if rule in ("anyone", "city"):
            return True
        if rule == "village":
            return point["village_id"] == village["village_id"]
        if village["township_id"] is None:
            return False
        own = point["township_id"] if rule == "township" else rule
        return own == village["township_id"]

    def counts(self, question, rule, village, point, waive=()):
        if "status" not in waive:
            statuses = question.points.get("status", ("open",))
            tiers = question.points.get("tier", TIERS)
            if point["status"] not in statuses or point["tier"] not in tiers:
                return False
            if point["partner"] == question.points.get("without_partner", ""):
                return False
            if point["facility_id"] == question.points.get("without"):
                return False
        handled = set("finish accept agent".split())
        for one in (question.handling, rule.handling):
            if one not in ("any", ()):
                handled &= {one} if isinstance(one, str) else set(one)
        names = () if question.items == "all" else question.items
        names = (names,) if isinstance(names, str) else names
        needed = [
            i for n in names for i in self.items if n in (i["item_id"], i["item_group"])
        ]
        is_asked = question.handling != "any" or any(r.handling for r in question.standard)
        if "offered" in waive or not (needed or is_asked):
            return True

        def does(one):
            return any(
                s["facility_id"] == point["facility_id"]
                and (
                    one is None
                    or s["item_id"] == one["item_id"]
                    or s["item_group"] == one["item_group"]
                )
                and ("handling" in waive or s["handling"] in handled)
                and (
                    "appointment" in waive
                    or question.appointment
                    or not s["by_appointment"]
                )
                and ("rights" in waive or self.home(s["who_may"], village, point))
                for s in self.services
            )

        return all(
            does(one)
            and (
                one is None or "rights" in waive or self.home(one["scope"], village, point)
            )
            for one in needed or [None]
        )

    def answer(self, question, place):  # noqa: C901
        village = self.villages[place["village_id"]]
        area = village["area_type"]

        def candidates(waive=()):
            for t in self.times:
                if t["demand_id"] == place["demand_id"]:
                    point = self.facilities[t["facility_id"]]
                    for rule in self.rules(question, area, point["tier"]):
                        if t["mode"] == (rule.mode or question.mode) and self.counts(
                            question, rule, village, point, waive
                        ):
                            ms = round(t["travel_time_s"] * 1000)
                            yield (
                                ms - round(rule.minutes * 60000),
                                point["facility_id"],
                                ms,
                            )

        def anywhere(waive):
            return any(
                self.counts(question, rule, village, point, (*waive, "rights"))
                for point in self.facilities.values()
                for rule in question.standard or self.rules(question, area, point["tier"])
            )

        found = sorted(candidates())
        within = {point for beyond, point, _ in found if beyond <= 0}
        near = next(n for n in self.nearest if n["demand_id"] == place["demand_id"])
        if near["reason"] == "off_network" and anywhere(()):
            return ("undetermined", "off_network", None, None, None, None)
        if not found:
            return (*self.lost(question, place, village, anywhere, candidates), None)
        beyond, point, ms = found[0]
        if beyond <= 0:
            return ("covered", None, ms / 1000, point, len(within), None)
        reason, would = self.why(candidates)
        if reason is None:
            reason = "island" if near["reason"] == "island" else "too_far"
        return ("uncovered", reason, ms / 1000, point, 0, would)

    def lost(self, *_):
        return ("uncovered", "?", None, None, 0)

    def why(self, candidates):
        for reason, waive in (
            ("closed", ("status",)),
            ("by_appointment", ("appointment",)),
            ("accept_only", ("handling",)),
            ("not_entitled", ("rights",)),
            ("not_offered", ("offered",)),
        ):
            near = sorted(one for one in candidates(waive) if one[0] <= 0)
            if near:
                return reason, near[0][1]
        return None, None


@pytest.mark.parametrize("seed", range(40))
def test_every_demand_point_equals_plain_loops(seed):
    """Status, reason, time, nearest, count and the point that would do, for every question."""
    made = made_world(seed)
    oracle = Oracle(made)
    found = made.coverage()
    own = found[(found["level"] == "demand") & (found["group"] == "people")]
    columns = ["status", "reason", "travel_time_s", "nearest_facility_id", "n_within"]
    columns.append("would_do_facility_id")
    for question in QUESTIONS:
        got = {r["id"]: r for r in rows(own[own["question_id"] == question.id])}
        for place in rows(made.demand):
            wanted = oracle.answer(question, place)
            answer = tuple(got[place["demand_id"]][name] for name in columns)
            if wanted[1] == "?":  # beyond the horizon: the search without one decides
                assert answer[0] == "uncovered"
                assert answer[4] == 0
                continue
            assert answer == wanted, (question.id, place["demand_id"])


@pytest.mark.parametrize("seed", range(10))
def test_adding_a_point_never_uncovers_anyone(seed):
    """Another point, anywhere, with any services, only adds people."""
    made = made_world(seed)
    fewer = made.facilities[made.facilities["facility_id"] != "F4"]
    kept = {
        name: getattr(made, name)[getattr(made, name)["facility_id"] != "F4"]
        for name in ("travel_times", "services")
    }
    before = made.having(
        facilities=fewer, nearest=tables.empty("nearest"), **kept
    ).coverage()
    after = made.having(nearest=tables.empty("nearest")).coverage()
    keys = ["question_id", "level", "id", "group"]
    both = before.merge(after, on=keys, suffixes=("", "_more"))
    assert len(both) == len(after)
    assert (both["n_covered"] <= both["n_covered_more"]).all()
    assert (both["n_within"].fillna(0) <= both["n_within_more"].fillna(0)).all()


@pytest.mark.parametrize("seed", range(10))
def test_a_question_without_filters_equals_the_plain_one(seed):
    """Filters that let everything through change nothing."""
    made = made_world(seed)
    every = {"status": ("open",), "tier": TIERS, "without": ("nowhere",)}
    alike = (
        Question("q"),
        Question("q", points=every),
        Question("q", minutes=None, standard=(Rule(15.0),)),
        Question("q", minutes=None, standard=tuple(Rule(15.0, None, one) for one in TIERS)),
    )
    plain = made.asking(alike[0]).coverage()
    for one in alike[1:]:
        pd.testing.assert_frame_equal(made.asking(one).coverage(), plain)


@pytest.mark.parametrize("seed", range(5))
def test_a_stricter_question_covers_nobody_more(seed):
    """Fewer minutes, fewer kinds of handling, no appointments, fewer points."""
    made = made_world(seed)
    wide = Question("q", items="a", minutes=20.0)
    base = made.asking(wide).coverage()["n_covered"]
    for strict in (
        replace(wide, minutes=15.0),
        replace(wide, handling="finish"),
        replace(wide, appointment=False),
        replace(wide, points={"without_partner": "Bank A"}),
    ):
        assert (made.asking(strict).coverage()["n_covered"] <= base).all()


def test_by_rules_the_point_with_most_time_to_spare_is_the_nearest():
    """A bank at 14 of 15 minutes is a worse answer than a station at 16 of 30."""
    made = world(
        facilities=[facility("F1", tier="bank"), facility("F2", tier="village")],
        villages=[village("V1", area_type="110")],
        demand=[home("D1", "V1", 4)],
        minutes={("D1", "F1"): 14.0, ("D1", "F2"): 16.0},
        questions=(
            Question(
                "q",
                minutes=None,
                standard=(Rule(15.0, tier="bank"), Rule(30.0, tier="village")),
            ),
        ),
    )
    found = made.coverage()
    got = found[found["level"] == "village"].iloc[0]
    assert (got["nearest_facility_id"], got["n_within"]) == ("F2", 2)
    assert math.isclose(got["travel_time_s"], 960.0)
