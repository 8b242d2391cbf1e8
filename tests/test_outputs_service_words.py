"""What a point does, in words: for the map's cards and the sheet of points."""

from __future__ import annotations

import dataclasses

import pandas as pd

from servicemap import tables
from servicemap.outputs.map_data import map_data
from servicemap.outputs.service_words import services_said, services_text
from small_result import small_result


def result(rows, language="zh"):
    """The small county with these services; items A1 to A4 in 社保, B1 in 民政."""
    items = [
        (one, f"事项{one}", "社保" if one[0] == "A" else "民政", "city")
        for one in ("A1", "A2", "A3", "A4", "B1")
    ]
    names = ["facility_id", "item_group", "item_id", "handling"]
    names += ["hours", "by_appointment", "who_may"]
    base = small_result(language)
    return dataclasses.replace(
        base,
        items=tables.check(
            pd.DataFrame(items, columns=["item_id", "name", "item_group", "scope"]), "items"
        ),
        services=tables.check(pd.DataFrame(rows, columns=names), "services"),
    )


def test_ways_of_doing_are_told_apart_and_ordered():
    """What is finished on the spot first; limits and own hours behind."""
    made = result(
        [
            ("F1", "民政", None, "accept", None, False, "village"),
            ("F1", "社保", None, "finish", None, False, "anyone"),
            ("F1", "农业", None, "accept", "Sa 09:00-12:00", True, "village"),
        ]
    )
    said = services_said(made)["F1"]
    assert [(one.handling, one.names, one.limits) for one in said] == [
        ("finish", ("社保",), ""),
        ("accept", ("民政",), "仅限本村"),
        ("accept", ("农业",), "仅限本村；需预约；周六09:00–12:00"),
    ]
    assert services_text(said, "zh") == (
        "办结：社保；收件：民政（仅限本村）；收件：农业（仅限本村；需预约；周六09:00–12:00）"
    )
    assert services_text((), "zh") == ""


def test_a_few_items_are_named_and_many_are_counted():
    """Three names are read, ninety-five are not."""
    few = [("F1", "社保", f"A{one}", "self", None, False, "anyone") for one in (1, 2, 3)]
    said = services_said(result(few))["F1"]
    assert said[0].names == ("事项A1", "事项A2", "事项A3")
    many = [*few, ("F1", "社保", "A4", "self", None, False, "anyone")]
    assert services_said(result(many))["F1"][0].names == ("社保4项",)
    # a row of an item need not name its group
    bare = [("F1", None, f"A{one}", "self", None, False, "anyone") for one in (1, 2, 3, 4)]
    assert services_said(result(bare, "en"))["F1"][0].names == ("4 items of 社保",)


def test_townships_are_named():
    """Not by their codes."""
    made = result([("F1", "社保", None, "finish", None, False, "T9")])
    town = made.townships.iloc[0]
    rows = [("F1", "社保", None, "finish", None, False, f"{town['township_id']},T9")]
    said = services_said(result(rows))["F1"]
    assert said[0].limits == f"仅限{town['name']}、T9"


def test_the_map_holds_each_distinct_list_once():
    """Hundreds of stations do the same."""
    points = list(small_result("zh").facilities["facility_id"])
    rows = [(one, "社保", None, "finish", None, False, "anyone") for one in points[1:]]
    data = map_data(result(rows))["points"]
    assert len(data["serviceLists"]) == 1
    order = sorted(points)
    places = dict(zip(order, data["services"], strict=True))
    assert places[points[0]] == -1
    assert {places[one] for one in points[1:]} == {0}
