"""Who depends on what: single points, partners, tiers, the second nearest.

All of it is counting over the pairs that count within the cutoff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap import table_columns, tables
from servicemap.analysis.legs import counting
from servicemap.analysis.places import deciding, take, total
from servicemap.analysis.times import COVERED, NONE, UNDETERMINED

if TYPE_CHECKING:
    from servicemap.analysis.answers import Answers
    from servicemap.analysis.places import Numbers, Positions
    from servicemap.question import Question

BETWEEN = "+"  # of the tiers that cover the same people
NOBODY = "none"  # the tiers of people who reach no point


def points_held(answers: Answers) -> pd.DataFrame:
    """Say for each point whom it reaches, is nearest to, and holds alone.

    Returns
    -------
    DataFrame
        Table ``points_held``: per question and point that it looks at,
        ``n_reached`` (people within its cutoff), ``n_nearest`` (covered people
        whose nearest point it is), ``n_alone`` (people with no other point
        within the cutoff: what it adds, and who is uncovered without it),
        ``people_per_window`` (``n_nearest`` by windows). Without people
        figures they are missing.
    """
    parts = []
    for question in answers.study.questions:
        people = answers.figures[question.people].people
        answer = answers.reach(question, question.people)
        demand, facility, _ = answer.within
        size = len(answers.facility_id)
        shown = np.flatnonzero(answers.conditions(question).looked_at)
        is_alone = answer.n_within[demand] == 1
        heads = people[demand]
        covered = np.flatnonzero(answer.status == COVERED)
        nearest = total(people[covered], answer.facility[covered], size)
        windows = answers.facilities["windows"].to_numpy(dtype="float64", na_value=np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            per_window = np.where(windows > 0, nearest / windows, np.nan)
        frame = pd.DataFrame(
            {
                "question_id": question.id,
                "facility_id": answers.facility_id,
                "n_reached": total(heads, facility, size),
                "n_nearest": nearest,
                "n_alone": total(heads * is_alone, facility, size),
                "people_per_window": per_window,
            }
        ).iloc[shown]
        columns = ["n_reached", "n_nearest", "n_alone"]
        parts.append(_known(answers, question, frame, [*columns, "people_per_window"]))
    return _table(parts, "points_held")


def partners(answers: Answers) -> pd.DataFrame:
    """People who reach a partner's points, and who is uncovered when it withdraws.

    Returns
    -------
    DataFrame
        Table ``partners``: per question and partner the points that count,
        ``n_reached`` and ``n_alone`` (people who reach no other point).
    """
    names = answers.facilities["partner"]
    listed = sorted(names.dropna().unique())
    code = pd.Index(listed).get_indexer(names).astype("int64")
    parts = []
    for question in answers.study.questions:
        answer = answers.reach(question, question.people)
        people = answers.figures[question.people].people
        demand, facility, _ = answer.within
        of_pair = code[facility]
        counts = answers.conditions(question).of_points(question.handlings)
        rows = []
        for number, name in enumerate(listed):
            its = np.bincount(demand[of_pair == number], minlength=len(people))
            rows.append(
                {
                    "question_id": question.id,
                    "partner": name,
                    "n_points": int((counts & (code == number)).sum()),
                    "n_reached": people[its > 0].sum(),
                    "n_alone": people[(its > 0) & (its == answer.n_within)].sum(),
                }
            )
        frame = pd.DataFrame(rows)
        if rows:
            parts.append(_known(answers, question, frame, ["n_reached", "n_alone"]))
    return _table(parts, "partners")


def tiers_shared(answers: Answers) -> pd.DataFrame:
    """People by the tiers of the points that they reach: a partition of the determined.

    Returns
    -------
    DataFrame
        Table ``tiers_shared``: ``tiers`` are tiers with ``+`` between in the
        order of the contract, or ``none``. What one tier alone covers and what
        several share add up to what all cover together.
    """
    tiers = answers.facilities["tier"].to_numpy(dtype=object)
    names = [one for one in table_columns.TIERS if (tiers == one).any()]
    bit = np.array([1 << names.index(one) for one in tiers], dtype="int64")
    parts = []
    for question in answers.study.questions:
        answer = answers.reach(question, question.people)
        people = answers.figures[question.people].people
        demand, facility, _ = answer.within
        mask = np.zeros(len(people), dtype="int64")
        np.bitwise_or.at(mask, demand, bit[facility])
        known = answer.status != UNDETERMINED
        found, at = np.unique(mask[known], return_inverse=True)
        frame = pd.DataFrame(
            {
                "question_id": question.id,
                "tiers": [_spelled(one, names) for one in found.tolist()],
                "n_places": np.bincount(at, minlength=len(found)),
                "n_people": total(people[known], at.astype("int64"), len(found)),
            }
        )
        parts.append(_known(answers, question, frame, ["n_people"]))
    return _table(parts, "tiers_shared")


def village_depth(answers: Answers) -> pd.DataFrame:
    """Second nearest point of each village, for the headline question.

    Returns
    -------
    DataFrame
        Table ``village_depth``: ``second_time_s`` is the weighted lower median
        of the times of the village's demand points to their second nearest
        point that counts, within the horizon; the other columns are of the
        point that decides it.
    """
    question = answers.study.questions[0]
    answer = answers.reach(question, question.people)
    times, points = second_nearest(answers, question)
    weights = answers.figures[question.people].weights
    of = np.where(answer.status == UNDETERMINED, NONE, answers.places.village_of)
    villages = answers.places.village_id
    decider = deciding(times, weights, of, len(villages))
    time_ms = take(times, decider, np.inf)
    second = take(points, decider, NONE)
    names = np.append(answers.facility_id.to_numpy(dtype=object), [None])
    frame = pd.DataFrame(
        {
            "question_id": question.id,
            "village_id": villages,
            "n_within": take(answer.n_within.astype("float64"), decider, np.nan),
            "second_facility_id": names[second],
            "second_time_s": np.where(np.isfinite(time_ms), time_ms, np.nan) / 1000.0,
        }
    )
    return _table([frame], "village_depth")


def second_nearest(answers: Answers, question: Question) -> tuple[Numbers, Positions]:
    """Time and point of the second best point of each demand point, over all legs."""
    size = len(answers.places.demand_id)
    conditions = answers.conditions(question)
    demand, facility, time_ms, beyond = [], [], [], []
    for leg in answers.legs(question, question.people):
        rows = counting(leg, conditions, np.arange(len(leg.pairs.demand)))
        demand.append(leg.pairs.demand[rows])
        facility.append(leg.pairs.facility[rows])
        time_ms.append(leg.pairs.time_ms[rows])
        beyond.append(leg.pairs.time_ms[rows] - leg.cutoff_ms)
    pairs = [np.concatenate(one) for one in (demand, facility, time_ms, beyond)]
    at, to, times = pairs[:3]
    if len(demand) > 1:  # the pairs of one leg are in this order already
        order = np.lexsort((to, pairs[3], at))
        at, to, times = at[order], to[order], times[order]
    start = np.flatnonzero(np.diff(at, prepend=NONE) != 0)
    first = np.full(size, NONE, dtype="int64")
    first[at[start]] = to[start]
    other = np.flatnonzero(to != first[at])
    pick = other[np.diff(at[other], prepend=NONE) != 0]
    found = np.full(size, np.inf)
    found[at[pick]] = times[pick]
    second = np.full(size, NONE, dtype="int64")
    second[at[pick]] = to[pick]
    return found, second


def _spelled(mask: int, names: list[str]) -> str:
    own = [name for number, name in enumerate(names) if mask >> number & 1]
    return BETWEEN.join(own) or NOBODY


def _known(
    answers: Answers, question: Question, frame: pd.DataFrame, columns: list[str]
) -> pd.DataFrame:
    """Blank the people columns where no village has a figure."""
    has_any = answers.figures[question.people].known.any()
    blank = {} if has_any else dict.fromkeys(columns, np.nan)
    return frame.assign(**blank)


def _table(parts: list[pd.DataFrame], name: str) -> pd.DataFrame:
    kept = [part for part in parts if len(part)]
    if not kept:
        return tables.empty(name)
    return tables.check(pd.concat(kept, ignore_index=True), name)
