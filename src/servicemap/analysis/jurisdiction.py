"""Who may be served where: the scope of an item and what a point says about it.

A point serves a place when every item that the question names is handled
there for that place: some row of ``services`` says so (``who_may``), and the
item may be done that far from home (``scope``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap.analysis.places import find, take
from servicemap.analysis.questions import named

if TYPE_CHECKING:
    from servicemap.analysis.places import Flags, Places, Positions
    from servicemap.study import Question

CITY_WIDE = ("anyone", "city")  # the study area is the city
BETWEEN = re.compile(r"[\s,;|/，；、]+")  # between the township ids of a list


def entitled(
    question: Question,
    places: Places,
    *,
    facilities: pd.DataFrame,
    services: pd.DataFrame,
    items: pd.DataFrame,
    at: tuple[Positions, Positions],
) -> Flags:
    """Say for pairs of demand point and service point whether one may serve the other.

    Only the rules are looked at; whether the point is open and does the item
    at all is another matter. A rule of the own township (village) is never met
    where the township (village) of the place or of the point is unknown.

    Parameters
    ----------
    facilities
        In the order that the positions of service points refer to.
    at
        Positions of the demand points and of the service points, -1 is no point.

    Returns
    -------
    ndarray of bool
        One per pair.
    """
    demand, facility = at
    allowed = np.ones(len(demand), dtype=bool)
    cases = _requirements(question, services, items)
    if all(s == "city" and rows["who_may"].isin(CITY_WIDE).all() for s, rows in cases):
        return allowed
    village = take(places.village_of, demand, -1)
    township = take(places.township_of, village, -1)
    own_village = find(places.village_id, facilities["village_id"])
    own_township = find(places.township_id, facilities["township_id"])
    near_home = {
        "city": np.ones(len(demand), dtype=bool),
        "township": (township >= 0) & (township == take(own_township, facility, -1)),
        "village": (village >= 0) & (village == take(own_village, facility, -1)),
    }
    near_home["anyone"] = near_home["city"]
    for scope, rows in cases:
        served = np.zeros(len(demand), dtype=bool)
        for rule, points in rows.groupby("who_may")["facility_id"]:
            has_rule = facilities["facility_id"].isin(set(points)).to_numpy(dtype=bool)
            if rule not in near_home:
                listed = find(places.township_id, pd.Series(BETWEEN.split(str(rule))))
                near_home[str(rule)] = (township >= 0) & np.isin(township, listed)
            served |= take(has_rule, facility, absent=False) & near_home[str(rule)]
        allowed &= served & near_home[scope]
    return allowed


def _requirements(
    question: Question, services: pd.DataFrame, items: pd.DataFrame
) -> list[tuple[str, pd.DataFrame]]:
    """List what must be allowed: per distinct case its scope and the rows that do it."""
    services = services.reset_index(drop=True)
    of_item = services.groupby("item_id").indices
    of_group = services[services["item_id"].isna()].groupby("item_group").groups
    found: dict[tuple[str, tuple[int, ...]], pd.DataFrame] = {}
    for name in named(question):
        members = items[items["item_group"] == name]
        if members.empty:
            members = items[items["item_id"] == name]
        columns = [members[column] for column in ("item_id", "item_group", "scope")]
        # a group that only `services` knows has no items and no scope
        for item_id, group, scope in [*zip(*columns, strict=True)] or [
            (name, name, "city")
        ]:
            rows = {*of_item.get(item_id, ()), *of_group.get(group, ())}
            rows |= {*of_group.get(name, ())}
            case = scope, tuple(sorted(rows))
            if case not in found:
                found[case] = services.iloc[list(case[1])]
    return [(scope, rows) for (scope, _), rows in found.items()]
