"""Items that can be done, by handling; and what the rules of item groups cost."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from made_tables import facility, home, item, service, village, world
from servicemap.analysis.groups_done import groups_done
from servicemap.analysis.items_done import village_items
from servicemap.study import Question
from servicemap.table_columns import HANDLINGS
from test_conditions import made_world, rows

SEEDS = range(8)


@pytest.mark.parametrize("seed", SEEDS)
def test_items_of_a_village_are_those_that_a_question_about_each_covers(seed):
    """Asking every item by itself, in any way and in each, and counting covered villages."""
    made = made_world(seed).asking(Question("q"))
    found = village_items(made.answers).set_index(["village_id", "handling"])["n_items"]
    names = [one["item_id"] for one in rows(made.items)]
    known = made.asking(Question("q")).coverage()
    villages = known[(known["level"] == "village") & (known["group"] == "people")]
    for handling in ("any", *HANDLINGS):
        questions = [Question(name, items=name, handling=handling) for name in names]
        asked = made.asking(*questions).coverage()
        own = asked[(asked["level"] == "village") & (asked["group"] == "people")]
        counts = own[own["status"] == "covered"].groupby("id").size()
        for one in villages.itertuples():
            if one.status == "undetermined":
                assert pd.isna(found[one.id, handling])
            else:
                assert found[one.id, handling] == counts.get(one.id, 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rules_cost_what_a_catalogue_without_rules_gains(seed):
    """City-wide is the same question over a catalogue in which anybody may go anywhere."""
    made = made_world(seed).asking(Question("q"))
    _, found = groups_done(made.answers)
    free = made.having(
        items=made.items.assign(scope="city"),
        services=made.services.assign(who_may="anyone"),
    )
    for row in found.itertuples():
        question = Question("q", items=row.item_group)
        now, wide = (
            one.asking(question).coverage().query("level == 'city' and group == 'people'")
            for one in (made, free)
        )
        assert row.n_covered == now["n_covered"].item()
        assert row.n_city_wide == wide["n_covered"].item()
        assert row.n_gained == row.n_city_wide - row.n_covered >= 0


def test_the_worked_example_of_the_method():
    """Land is done at home only: V1's own centre is 20 minutes off, the neighbour's 5."""
    made = world(
        facilities=[
            facility("F1", township_id="T1"),
            facility("F2", township_id="T2"),
        ],
        villages=[village("V1", "T1"), village("V2", "T2")],
        demand=[home("D1", "V1", 30), home("D2", "V2", 50)],
        minutes={("D1", "F1"): 20.0, ("D1", "F2"): 5.0, ("D2", "F2"): 8.0},
        services=[
            service("F1", item_group="land"),
            service("F2", item_group="land"),
            service("F2", item_group="medical", handling="accept"),
        ],
        items=[
            item("l1", "land", "township"),
            item("l2", "land", "township"),
            item("m1", "medical"),
        ],
    )
    answers = made.answers
    counts = village_items(answers).set_index(["village_id", "handling"])["n_items"]
    assert counts["V1"].to_dict() == {
        **dict.fromkeys(HANDLINGS, 0),
        "any": 1,
        "accept": 1,
    }
    assert (counts["V2", "any"], counts["V2", "finish"], counts["V2", "accept"]) == (
        3,
        2,
        1,
    )
    by_village, by_group = groups_done(answers)
    land = by_group.set_index("item_group").loc["land"]
    assert land[
        ["n_items", "n_points", "n_covered", "n_city_wide", "n_gained"]
    ].tolist() == [*(2, 2, 50, 80, 30)]
    assert (land["minutes"], land["minutes_city_wide"]) == (8.0, 8.0)
    row = by_village.set_index(["village_id", "item_group"]).loc[("V1", "land")]
    assert (row["status"], row["reason"]) == ("uncovered", "not_entitled")
    assert (row["nearest_facility_id"], row["would_do_facility_id"]) == ("F1", "F2")
    assert row["travel_time_s"] == 1200.0


def test_without_a_catalogue_the_tables_are_empty():
    """Nobody is told that nothing can be done."""
    made = made_world(1)
    bare = replace(made, services=made.services.iloc[:0], items=made.items.iloc[:0])
    bare = bare.asking(Question("q"))
    assert village_items(bare.answers).empty
    assert all(one.empty for one in groups_done(bare.answers))
