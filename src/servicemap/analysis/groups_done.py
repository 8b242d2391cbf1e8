"""Each item group by itself: who reaches a point that may and can; what its rules cost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import table_columns, tables
from servicemap.analysis.places import deciding, take
from servicemap.analysis.reach import reach
from servicemap.analysis.times import COVERED, NONE, UNDETERMINED
from servicemap.analysis.villages import village_columns

if TYPE_CHECKING:
    from servicemap.analysis.answers import Answers
    from servicemap.analysis.reach import Reach
    from servicemap.question import Question


def groups_done(answers: Answers) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The headline question asked of every item group, as the rules are and city-wide.

    Returns
    -------
    village_groups : DataFrame
        Per village and group the nearest point that may and can, its time, the
        status and reason.
    group_rules : DataFrame
        Per group its items, the points that do it, people covered, people
        covered if every item could be done by anybody anywhere, the gain, and
        the people-weighted median minutes of both. Both are empty without a
        catalogue.
    """
    groups = [] if answers.catalogue.is_empty else answers.catalogue.groups
    headline = answers.study.questions[0]
    by_village, by_group = [], []
    for group in groups:
        question = replace(headline, items=(group,))
        legs = answers.legs(question, question.people)
        conditions = answers.conditions(question)
        now = reach(legs, answers.places, conditions)
        free = reach(legs, answers.places, conditions.city_wide())
        by_village.append(_villages(answers, question, group, now))
        by_group.append(
            {
                "question_id": question.id,
                "item_group": group,
                "n_items": answers.catalogue.n_items(group),
                "n_points": int(conditions.of_points(question.handlings).sum()),
                **_gain(answers, question, now, free),
            }
        )
    if not groups:
        return tables.empty("village_groups"), tables.empty("group_rules")
    villages = pd.concat(by_village, ignore_index=True)
    return (
        tables.check(tables.in_order(villages, ["village_id"]), "village_groups"),
        tables.check(pd.DataFrame(by_group), "group_rules"),
    )


def _villages(
    answers: Answers, question: Question, group: str, found: Reach
) -> pd.DataFrame:
    weights = answers.figures[question.people].weights
    share = answers.study.village_covered_share
    columns = village_columns(found, answers.places, weights, share)
    names = np.append(answers.facility_id.to_numpy(dtype=object), [None])
    statuses = np.array([*table_columns.COVERAGE_STATUSES, None], dtype=object)
    reasons = np.array([*table_columns.REASONS, None], dtype=object)
    return pd.DataFrame(
        {
            "question_id": question.id,
            "village_id": columns["id"],
            "item_group": group,
            "status": statuses[columns["status"]],
            "nearest_facility_id": names[columns["nearest_facility_id"]],
            "travel_time_s": columns["travel_time_s"],
            "reason": reasons[columns["reason"]],
            "would_do_facility_id": names[columns["would_do_facility_id"]],
        }
    )


def _gain(answers: Answers, question: Question, now: Reach, free: Reach) -> dict[str, Any]:
    figures = answers.figures[question.people]
    people = figures.people
    mixed = people if people.sum() > 0 else figures.weights
    if not figures.known.any():
        people = np.full(len(people), np.nan)
    covered, possible = (
        float((people * (one.status == COVERED)).sum()) for one in (now, free)
    )
    return {
        "n_people": people.sum(),
        "n_covered": covered,
        "n_city_wide": possible,
        "n_gained": possible - covered,
        "minutes": _median(now, mixed),
        "minutes_city_wide": _median(free, mixed),
    }


def _median(found: Reach, weights: Any) -> float:
    """Weighted lower median of the minutes, over determined places."""
    of = np.where(found.status == UNDETERMINED, NONE, 0)
    decider = deciding(found.time_ms, weights, of, 1)
    time_ms = take(found.time_ms, decider, np.inf)[0]
    return float(time_ms / 60_000) if np.isfinite(time_ms) else float("nan")
