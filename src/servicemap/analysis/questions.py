"""What a question asks: which points count, whom it is about, whether it can be answered.

A question that uses a setting which no measure here reads is refused, never
answered as if the setting were not there.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.analysis.catalogue import Catalogue
from servicemap.analysis.conditions import Conditions, both
from servicemap.analysis.places import area_types
from servicemap.errors import SHOWN, InputError, Problem, Severity
from servicemap.question import ANY_HOUR, SHARE_OF_WEEK, local_moment
from servicemap.study import FILE_NAME, Question, Study

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

OPEN = "open"  # the set of all open points
NAMES = ("item_group", "item_id")


def moment_of(question: Question) -> dt.datetime | None:
    """The local moment that a question names, else None."""
    return local_moment(question.when)


def _able(
    question: Question,
    facilities: pd.DataFrame,
    catalogue: Catalogue,
) -> NDArray[np.bool_]:
    """Which points count for somebody, by the question's handling or any rule's."""
    conditions = Conditions(question, facilities, catalogue)
    asked = [rule.handling for rule in question.standard] or [()]
    found = np.zeros(len(facilities), dtype=bool)
    for handling in dict.fromkeys(asked):
        found |= conditions.of_points(both(question.handlings, handling))
    return found


def _sets(
    study: Study,
    facilities: pd.DataFrame,
    services: pd.DataFrame,
    items: pd.DataFrame,
    catalogue: Catalogue | None = None,
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    is_open = (facilities["status"] == OPEN).to_numpy()
    ids = facilities["facility_id"].to_numpy()
    if catalogue is None:
        catalogue = Catalogue(pd.Index(facilities["facility_id"]), services, items)
    found = {OPEN: tuple(sorted(ids[is_open]))}
    known = {found[OPEN]: OPEN}
    of_question = {}
    for question in study.questions:
        points = tuple(sorted(ids[_able(question, facilities, catalogue)]))
        set_id = known.setdefault(points, f"question:{question.id}")
        found.setdefault(set_id, points)
        of_question[question.id] = set_id
    return found, of_question


def point_sets(
    study: Study,
    facilities: pd.DataFrame,
    services: pd.DataFrame,
    items: pd.DataFrame,
) -> dict[str, tuple[str, ...]]:
    """Every distinct set of points that some question allows.

    One search without a horizon per set and mode fills the table ``nearest``.

    Returns
    -------
    dict
        ``set_id`` to the ids of its points by code point. ``open``, all open
        points, is always there, even when it is empty; another set is there
        when it has points, under the name of the first question that asks for
        it (``question:<id>``).
    """
    found, _ = _sets(study, facilities, services, items)
    return {name: points for name, points in found.items() if points or name == OPEN}


def set_of(
    study: Study,
    facilities: pd.DataFrame,
    services: pd.DataFrame,
    items: pd.DataFrame,
    catalogue: Catalogue | None = None,
) -> dict[str, str]:
    """Name the ``set_id`` of `point_sets` that each question uses, by question id.

    ``catalogue`` is that of the three tables; made of them unless given.
    """
    return _sets(study, facilities, services, items, catalogue)[1]


def check_questions(
    study: Study,
    *,
    services: pd.DataFrame,
    items: pd.DataFrame,
    demand: pd.DataFrame | None = None,
    villages: pd.DataFrame | None = None,
    townships: pd.DataFrame | None = None,
    facilities: pd.DataFrame | None = None,
) -> tuple[Problem, ...]:
    """Hold the questions against what the data and this version can answer.

    Parameters
    ----------
    study
        The questions.
    services, items
        Tables of the contract; both empty without a catalogue.
    demand
        Table of the contract, for the names of the people groups.
    villages, townships
        Tables of the contract, for the kinds of area that rules must know.
    facilities
        Table of the contract, for the partners and ids that questions leave out.

    Returns
    -------
    tuple of Problem
        What is odd but does no harm: a mode for a people group that is absent.

    Raises
    ------
    InputError
        Names every question that cannot be answered, and why.
    """
    problems: list[Problem] = []
    columns = [frame[name] for frame in (items, services) for name in NAMES]
    known = {name for column in columns for name in column.dropna().unique()}
    words = () if villages is None else dict.fromkeys(area_types(villages, townships))
    for question in study.questions:
        problems += _unsupported(question)
        problems += _catalogue(question, known, is_empty=services.empty)
        if demand is not None:
            problems += _groups(question, tables.people_groups(demand))
        problems += _areas(question, words)
        if facilities is not None:
            problems += _left_out(question, facilities)
    faults = [problem for problem in problems if problem.severity == "error"]
    if faults:
        raise InputError(faults)
    return tuple(problems)


def _unsupported(question: Question) -> Iterable[Problem]:
    if question.rules is not None and not question.standard:
        yield _fault("question_not_supported", question, "rules", question.rules)
    elif question.minutes is None and not question.standard:
        yield _fault("question_without_minutes", question, "minutes", None)
    if question.when not in (ANY_HOUR, SHARE_OF_WEEK) and moment_of(question) is None:
        yield _fault("question_when", question, "when", question.when)


def _catalogue(question: Question, known: set[str], *, is_empty: bool) -> Iterable[Problem]:
    names = question.names
    if not names:
        return
    if is_empty:
        yield _fault("question_needs_catalogue", question, "items", ", ".join(names))
        return
    for name in names:
        if name not in known:
            yield _fault(
                "question_item_unknown", question, "items", name, known=_near(name, known)
            )


def _left_out(question: Question, facilities: pd.DataFrame) -> Iterable[Problem]:
    """Partners and points that a question leaves out and that are not there."""
    for key, column in (("without_partner", "partner"), ("without", "facility_id")):
        known = set(facilities[column].dropna())
        for name in question.points_of(key):
            if name not in known:
                near = _near(name, known)
                setting = f"points.{key}"
                yield _fault("question_point_unknown", question, setting, name, known=near)


def _areas(question: Question, words: Iterable[str | None]) -> Iterable[Problem]:
    """Kinds of area for which the rules of a question say nothing."""
    lacking = {
        word
        for word in words
        if question.standard and all(rule.fit(word) is None for rule in question.standard)
    }
    if lacking:
        shown = sorted("" if word is None else word for word in lacking)
        which = ", ".join(word or '""' for word in shown[:SHOWN])
        key = "preset" if question.preset else "rules"
        value = question.preset or question.rules
        yield _fault("rules_area_missing", question, key, value, known=which)


def _groups(question: Question, groups: list[str]) -> Iterable[Problem]:
    if question.people not in groups:
        near = _near(question.people, groups)
        yield _fault(
            "question_people_unknown", question, "people", question.people, known=near
        )
    if isinstance(question.mode, Mapping):
        for name in question.mode:
            if name != "default" and name not in groups:
                near = _near(name, groups)
                yield _fault(
                    "question_mode_group",
                    question,
                    "mode",
                    name,
                    known=near,
                    severity="warning",
                )


def _near(name: str, known: Iterable[str]) -> str:
    """Pick the names that come closest, else the first few there are."""
    ranked = sorted(known)
    close = difflib.get_close_matches(name, ranked, n=3, cutoff=0.5)
    return ", ".join(close or ranked[:5])


def _fault(
    kind: str,
    question: Question,
    key: str,
    value: str | None,
    *,
    known: str = "",
    severity: Severity = "error",
) -> Problem:
    return Problem(
        kind,
        severity,
        FILE_NAME,
        column=f"question {question.id}.{key}",
        value=value,
        values={"known": known},
    )
