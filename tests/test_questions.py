"""Questions: which points count, and what is refused rather than half answered."""

from __future__ import annotations

import pandas as pd
import pytest

from made_tables import facility, home, item, random_world, service, table, village
from servicemap import tables
from servicemap.analysis.catalogue import Catalogue
from servicemap.analysis.conditions import Conditions
from servicemap.analysis.questions import (
    check_questions,
    point_sets,
    set_of,
)
from servicemap.errors import InputError
from servicemap.standards import presets
from servicemap.study import Question
from servicemap.words import LANGUAGES

POINTS = [facility(one) for one in ("F3", "F1", "F2", "F10")] + [facility("F4", "planned")]
ITEMS = [item("m1", "medical"), item("p1", "police"), item("p2", "police")]
SERVICES = [
    service("F1", item_group="medical"),
    service("F2", item_group="police"),
    service("F3", item_id="p1"),
    service("F3", item_id="p2", handling="accept"),
    service("F10", item_id="p1", by_appointment=True),
    service("F4", item_group="police"),
]


def having(*questions: Question, services=SERVICES, items=ITEMS):
    made = random_world(1).asking(*questions)
    return made.having(
        facilities=table("facilities", POINTS),
        services=table("services", services),
        items=table("items", items),
    )


def sets(made):
    return point_sets(made.study, made.facilities, made.services, made.items)


def able(question: Question) -> set[str]:
    made = having(question)
    ids = pd.Index(made.facilities["facility_id"])
    catalogue = Catalogue(ids, made.services, made.items)
    conditions = Conditions(question, made.facilities, catalogue)
    flags = conditions.of_points(question.handlings, frozenset({"status"}))
    return set(made.facilities["facility_id"][flags])


def check(made, demand=None):
    return check_questions(
        made.study, services=made.services, items=made.items, demand=demand
    )


def refused(made, demand=None):
    with pytest.raises(InputError) as caught:
        check(made, demand)
    return caught.value


def test_all_open_points_are_always_a_set():
    """Sorted by code point, without planned and closed points."""
    assert sets(having(Question("headline"))) == {"open": ("F1", "F10", "F2", "F3")}


def test_questions_that_allow_the_same_points_share_a_set():
    """One search answers them all; the first question names the set."""
    made = having(
        Question("any"),
        Question("police", items=("police",)),
        Question("both", items=("p2", "p1"), minutes=30),
        Question("medical", items="medical"),
    )
    assert sets(made) == {
        "open": ("F1", "F10", "F2", "F3"),
        "question:police": ("F2", "F3"),
        "question:medical": ("F1",),
    }
    assert set_of(made.study, made.facilities, made.services, made.items) == {
        "any": "open",
        "police": "question:police",
        "both": "question:police",
        "medical": "question:medical",
    }


def test_a_set_without_points_is_not_searched():
    """Nobody does all three, so there is nothing to route to."""
    assert list(sets(having(Question("all", items=("medical", "police"))))) == ["open"]


def test_without_open_points_the_open_set_is_empty():
    """It is still there."""
    made = having(Question("headline"))
    closed = made.having(facilities=made.facilities.assign(status="closed"))
    assert sets(closed) == {"open": ()}


def test_a_group_is_done_as_a_whole_or_item_by_item():
    """F3 does both police items, F10 only one of them."""
    assert able(Question("q", items="police")) == {"F2", "F3", "F4"}


def test_an_item_is_done_by_its_own_row_or_by_its_group():
    """Acceptance and appointments count as done."""
    assert able(Question("q", items="p1")) == {"F2", "F3", "F4", "F10"}
    assert able(Question("q", items="p2")) == {"F2", "F3", "F4"}


def test_several_names_must_all_be_done_by_one_point():
    """One errand, one way."""
    assert able(Question("q", items=("p1", "police"))) == {"F2", "F3", "F4"}
    assert able(Question("q", items=("medical", "p1"))) == set()


def test_all_items_means_no_filter():
    """Points without any row of services count too."""
    assert able(Question("q")) == {"F1", "F2", "F3", "F4", "F10"}


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        (Question("q", rules="standard.csv"), "question_not_supported"),
        (Question("q", when="Saturday morning"), "question_when"),
        (Question("q", when="2026-12-05T10:00+08:00"), "question_when"),
        (Question("q", minutes=None), "question_without_minutes"),
        (Question("q", items=("medica",)), "question_item_unknown"),
    ],
)
def test_what_cannot_be_answered_is_refused(question, kind):
    """An error names the question and its setting, in both languages."""
    error = refused(having(Question("fine"), question))
    assert [problem.kind for problem in error.problems] == [kind]
    for language in LANGUAGES:
        assert "question q." in error.text(language)


def test_all_faults_of_all_questions_are_reported_together():
    """Nobody wants to run five times to see five faults."""
    error = refused(
        having(Question("a", when="noon"), Question("b", items="x", minutes=None))
    )
    assert [problem.column for problem in error.problems] == [
        "question a.when",
        "question b.minutes",
        "question b.items",
    ]


def test_a_wrong_item_name_comes_with_the_nearest():
    """`medica` was meant as `medical`."""
    error = refused(having(Question("q", items="medica")))
    assert "medical" in error.text("en").split("Did you mean")[1]


def test_naming_items_needs_a_catalogue():
    """Without services it is unknown who does what."""
    error = refused(having(Question("q", items="medical"), services=[]))
    assert error.problems[0].kind == "question_needs_catalogue"


def test_people_of_a_question_must_be_a_column_of_demand():
    """`all` means everybody; an unknown group is an error that lists the known ones."""
    demand = table("demand", [home("D1", "V1", 4, elderly=1)])
    assert check(having(Question("q", people="all")), demand) == ()
    assert Question("q", people="all").people == "people"
    error = refused(having(Question("q", people="children")), demand)
    assert "elderly" in error.text()


def test_rules_must_say_something_about_every_kind_of_area():
    """Else nobody there could be covered, and nobody would know why."""
    made = having(Question("q", minutes=None, preset="1530", standard=presets()["1530"]))
    villages = table(
        "villages",
        [village("V1", area_type="城区", geometry=None), village("V2", geometry=None)],
    )
    with pytest.raises(InputError) as caught:
        check_questions(
            made.study, services=made.services, items=made.items, villages=villages
        )
    assert [problem.kind for problem in caught.value.problems] == ["rules_area_missing"]


@pytest.mark.parametrize(
    ("points", "near"), [({"without_partner": "Bank"}, "Bank A"), ({"without": "F9"}, "F1")]
)
def test_leaving_out_what_is_not_there_is_told(points, near):
    """A slip of the pen must not read as a bank that nobody needs."""
    made = having(Question("q", points=points))
    facilities = table("facilities", [facility("F1", partner="Bank A")])
    with pytest.raises(InputError) as caught:
        check_questions(
            made.study, services=made.services, items=made.items, facilities=facilities
        )
    (found,) = caught.value.problems
    assert found.kind == "question_point_unknown"
    assert found.values["known"] == near


def test_a_mode_for_an_absent_group_is_a_warning():
    """It does no harm, and may be a slip of the pen."""
    demand = table("demand", [home("D1", "V1", 4, elderly=1)])
    mode = {"default": "walk", "elderly": "walk", "eldery": "drive"}
    (found,) = check(having(Question("q", mode=mode)), demand)
    assert (found.kind, found.severity, found.value) == (
        "question_mode_group",
        "warning",
        "eldery",
    )
    assert all(found.line(language) for language in LANGUAGES)


def test_coverage_refuses_what_it_cannot_answer():
    """The check stands in the measure itself, too."""
    made = having(Question("q", when="soon"))
    with pytest.raises(InputError):
        made.coverage()


def test_inputs_stay_as_they_were():
    """No table is changed."""
    made = having(Question("q", items="police"))
    before = {name: frame.copy(deep=True) for name, frame in made.tables().items()}
    sets(made)
    check(made, made.demand)
    for name, frame in made.tables().items():
        pd.testing.assert_frame_equal(frame, before[name])
    assert tables.people_groups(made.demand) == ["people", "elderly"]
