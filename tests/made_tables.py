"""Small made-up tables for the tests of ``servicemap.analysis``; no roads, no router.

`world()` is drawn by hand: a test names only what matters to it. `random_world`
draws ties, unreachable pairs, asymmetric times and populations in powers of two.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from servicemap import tables
from servicemap.analysis.answers import Answers
from servicemap.analysis.coverage import coverage
from servicemap.analysis.gaps import gaps
from servicemap.analysis.questions import point_sets
from servicemap.study import Question, Study

HOUR_S = 3600.0


@dataclass(frozen=True)
class World:
    """The tables that `coverage` reads."""

    study: Study
    facilities: pd.DataFrame
    services: pd.DataFrame
    items: pd.DataFrame
    townships: pd.DataFrame
    villages: pd.DataFrame
    demand: pd.DataFrame
    travel_times: pd.DataFrame
    nearest: pd.DataFrame

    def coverage(self) -> pd.DataFrame:
        return self._coverage

    @cached_property
    def _coverage(self) -> pd.DataFrame:
        return coverage(self.answers)

    @cached_property
    def answers(self) -> Answers:
        return Answers(self.study, **self.tables())

    def gaps(self) -> pd.DataFrame:
        found = self.coverage()
        return gaps(self.study, coverage=found, villages=self.villages, demand=self.demand)

    def tables(self) -> dict[str, pd.DataFrame]:
        names = [one.name for one in fields(self) if one.name != "study"]
        return {name: getattr(self, name) for name in names}

    def having(self, **changes: Any) -> World:
        return replace(self, **changes)

    def asking(self, *questions: Question, share: float = 0.5) -> World:
        study = replace(self.study, questions=questions, village_covered_share=share)
        return replace(self, study=study)


def facility(facility_id: str, status: str = "open", **more: Any) -> dict[str, Any]:
    return {
        "facility_id": facility_id,
        "name": facility_id,
        "tier": "village",
        "form": "hall",
        "one_stop": True,
        "status": status,
        "datum": "wgs84",
        "located_by": "survey",
        **more,
    }


def village(village_id: str, township_id: str | None = "T1", **more: Any) -> dict[str, Any]:
    place = {"lon": 9.5 + 0.001 * len(village_id), "lat": 47.1}
    return {
        "village_id": village_id,
        "name": village_id,
        "township_id": township_id,
        "kind": "village",
        "located_by": "survey",
        **place,
        **more,
    }


def home(
    demand_id: str, village_id: str, people: int | None, **more: Any
) -> dict[str, Any]:
    place = {"lon": 9.6, "lat": 47.2}
    return (
        {"demand_id": demand_id, "village_id": village_id, "people": people} | place | more
    )


def service(facility_id: str, **more: Any) -> dict[str, Any]:
    return {
        "facility_id": facility_id,
        "item_group": None,
        "item_id": None,
        "handling": "finish",
        "by_appointment": False,
        "who_may": "anyone",
        **more,
    }


def item(item_id: str, group: str, scope: str = "city") -> dict[str, Any]:
    return {"item_id": item_id, "name": item_id, "item_group": group, "scope": scope}


def table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return tables.check(pd.DataFrame(rows), name) if rows else tables.empty(name)


def world(
    *,
    facilities: list[dict[str, Any]],
    villages: list[dict[str, Any]],
    demand: list[dict[str, Any]],
    minutes: dict[tuple[str, str], float],
    reasons: dict[str, str] | None = None,
    services: list[dict[str, Any]] | None = None,
    items: list[dict[str, Any]] | None = None,
    mode: str = "walk",
    questions: tuple[Question, ...] = (Question("headline"),),
) -> World:
    """Tables from minutes between pairs; pairs beyond an hour stand only in ``nearest``.

    ``reasons`` says why a demand point has no time, or that it is on an island.
    """
    study = Study(Path(), questions=questions)
    made = World(
        study=study,
        facilities=table("facilities", facilities),
        services=table("services", services or []),
        items=table("items", items or []),
        townships=table(
            "townships",
            [
                {"township_id": one, "name": one, "geometry": None}
                for one in sorted({v["township_id"] for v in villages} - {None})
            ],
        ),
        villages=table("villages", [{"geometry": None, **one} for one in villages]),
        demand=table("demand", demand),
        travel_times=tables.empty("travel_times"),
        nearest=tables.empty("nearest"),
    )
    times = [
        {
            "demand_id": place,
            "facility_id": point,
            "mode": mode,
            "travel_time_s": taken * 60,
            "distance_m": taken * 80,
        }
        for (place, point), taken in minutes.items()
        if taken * 60 <= HOUR_S
    ]
    return made.having(
        travel_times=table("travel_times", times),
        nearest=_nearest(made, minutes, reasons or {}, mode),
    )


def _nearest(
    made: World, minutes: dict[tuple[str, str], float], reasons: dict[str, str], mode: str
) -> pd.DataFrame:
    rows = []
    sets = point_sets(made.study, made.facilities, made.services, made.items)
    for set_id, points in sets.items():
        for place in made.demand["demand_id"]:
            best = min(
                ((minutes[place, p], p) for p in points if (place, p) in minutes),
                default=None,
            )
            row = {
                "demand_id": place,
                "mode": mode,
                "set_id": set_id,
                "reason": reasons.get(place),
            }
            if best is not None:
                row |= {"travel_time_s": best[0] * 60, "facility_id": best[1]}
                row |= {"distance_m": best[0] * 80}
            elif row["reason"] is None:
                row["reason"] = "no_route"
            rows.append(row)
    return table("nearest", rows)


@cache
def random_world(seed: int, *, with_people: bool = True) -> World:
    """Ties, islands, closed points, villages without township, powers of two."""
    draw = random.Random(seed)
    points = [
        facility(f"F{n}", draw.choice(["open", "open", "open", "planned", "closed"]))
        for n in range(draw.randint(1, 6))
    ]
    villages = [
        village(
            f"V{n}",
            draw.choice(["T1", "T2", None]),
            lon=9.5 + draw.random() / 20,
            lat=47.1 + draw.random() / 20,
            located_by=draw.choice(["survey", "survey", "own_station"]),
        )
        for n in range(draw.randint(1, 6))
    ]
    demand, reasons = [], {}
    for number, one in enumerate(villages):
        for k in range(draw.randint(1, 5)):
            demand_id = f"D{number}{k}"
            people = 2 ** len(demand) if with_people else None
            if with_people and draw.random() < 0.2:
                people = 0
            elderly = None if people is None else people // 4
            at_own = {name: one[name] for name in ("lon", "lat")} if k == 0 else {}
            if draw.random() < 0.05:
                at_own = {"lon": None, "lat": None}
            demand.append(
                home(demand_id, one["village_id"], people, elderly=elderly, **at_own)
            )
            reason = draw.choice([None] * 6 + ["off_network", "ferry_only", "island"])
            if reason:
                reasons[demand_id] = reason
    draw.shuffle(demand)
    minutes = {
        (place["demand_id"], point["facility_id"]): draw.choice(
            [2.0, 5.0, 14.9995, 15.0, 15.001, 20.0, 90.0]
        )
        for place in demand
        for point in points
        if reasons.get(place["demand_id"]) not in ("off_network", "ferry_only")
        and place["lon"] is not None
        and draw.random() < 0.5
    }
    questions = (Question("headline"), Question("old", people="elderly", minutes=20.0))
    return world(
        facilities=points,
        villages=villages,
        demand=demand,
        minutes=minutes,
        reasons=reasons,
        questions=questions,
    )


def shuffled(made: World, seed: int) -> World:
    """The same rows in another order, under another index."""
    changed = {
        name: frame.sample(frac=1, random_state=seed) if len(frame) else frame
        for name, frame in made.tables().items()
    }
    return made.having(**changed)
