"""What would help over what exists: each change by itself, and one after another.

Ranked by people gained. The second list is greedy: at each step the change that
gains most after those before it, which is not always the best set of so many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.analysis.changes import changes
from servicemap.analysis.places import reaches, total
from servicemap.analysis.times import COVERED, UNDETERMINED
from servicemap.analysis.villages import village_status
from servicemap.annex_columns import REMEDY_KINDS

if TYPE_CHECKING:
    from servicemap.analysis.answers import Answers
    from servicemap.analysis.places import Numbers, Positions
    from servicemap.question import Question

MOST_STEPS = 20
UNCERTAIN = ("survey_road",)  # what they gain is known when the road is


def remedies(answers: Answers) -> pd.DataFrame:
    """Rank what would help, for every question.

    Returns
    -------
    DataFrame
        Table ``remedies``: per question every change that would cover somebody,
        by people gained, then villages gained, then kind in the order of
        ``REMEDY_KINDS``, then target. ``step`` and the sums after it are those
        of the greedy list of at most 20 steps; surveys are in no step.
    """
    parts = []
    for question in answers.study.questions:
        made = _made(answers, question)
        if made is None:
            continue
        frame = _singles(answers, question, made)
        frame = frame.join(_steps(answers, question, made))
        order = frame.sort_values(
            ["weight", "n_villages", "number"], ascending=[False, False, True]
        )
        parts.append(order.assign(question_id=question.id, rank=range(1, len(order) + 1)))
    if not parts:
        return tables.empty("remedies")
    done = pd.concat(parts, ignore_index=True).drop(columns=["weight", "number"])
    return tables.check(done, "remedies")


@dataclass(frozen=True)
class _Made:
    """All changes of a question as pairs of a number and a demand point.

    ``kind`` and ``target`` are those of each number; numbers rise by kind, then target.
    """

    kind: Positions
    target: Positions
    number: Positions
    demand: Positions


def _made(answers: Answers, question: Question) -> _Made | None:
    kinds, targets, demand = [], [], []
    for one in changes(answers, question):
        kinds.append(np.full(len(one.demand), REMEDY_KINDS.index(one.kind)))
        targets.append(one.target)
        demand.append(one.demand)
    keys = np.column_stack([np.concatenate(kinds), np.concatenate(targets)])
    if not len(keys):
        return None
    distinct, number = np.unique(keys, axis=0, return_inverse=True)
    return _Made(distinct[:, 0], distinct[:, 1], number.reshape(-1), np.concatenate(demand))


def _weights(answers: Answers, question: Question) -> tuple[Numbers, bool]:
    """People, or one for each place where nobody was counted."""
    figures = answers.figures[question.people]
    is_counted = bool(figures.known.any())
    return (figures.people if is_counted else np.ones(len(figures.people))), is_counted


def _singles(answers: Answers, question: Question, made: _Made) -> pd.DataFrame:
    """What each change gains by itself."""
    heads, is_counted = _weights(answers, question)
    size = len(made.kind)
    gained = total(heads[made.demand], made.number, size)
    kinds = np.array(REMEDY_KINDS, dtype=object)[made.kind]
    is_of_villages = np.isin(kinds, ["visit", "survey_road"])
    names = [
        answers.facility_id.to_numpy(object),
        answers.places.village_id.to_numpy(object),
    ]
    points, villages = np.full(size, None, dtype=object), np.full(size, None, dtype=object)
    points[~is_of_villages] = names[0][made.target[~is_of_villages]]
    villages[is_of_villages] = names[1][made.target[is_of_villages]]
    frame = pd.DataFrame(
        {
            "kind": kinds,
            "facility_id": points,
            "village_id": villages,
            "is_certain": ~np.isin(kinds, UNCERTAIN),
            "n_people": gained if is_counted else np.nan,
            "n_villages": _villages_gained(answers, question, made),
            "weight": gained,
            "number": np.arange(size),
        }
    )
    return frame[(frame["weight"] > 0) | (frame["n_villages"] > 0)]


def _villages_gained(answers: Answers, question: Question, made: _Made) -> Positions:
    """Villages that each change by itself makes covered."""
    world, weights = answers.places, answers.figures[question.people].weights
    status = answers.reach(question, question.people).status
    share, size = answers.study.village_covered_share, len(world.village_id)
    of = world.village_of
    determined = total(weights * (status != UNDETERMINED), of, size)
    covered = total(weights * (status == COVERED), of, size)
    was = reaches(covered, determined, share) & (determined > 0)
    keys = made.number * size + of[made.demand]
    pairs, at = np.unique(keys, return_inverse=True)
    own = weights[made.demand]
    more = total(own, at, len(pairs))
    new = total(own * (status[made.demand] == UNDETERMINED), at, len(pairs))
    village = pairs % size
    whole = determined[village] + new
    is_now = reaches(covered[village] + more, whole, share) & (whole > 0) & ~was[village]
    gained: Positions = np.bincount(pairs[is_now] // size, minlength=len(made.kind))
    return gained


def _steps(answers: Answers, question: Question, made: _Made) -> pd.DataFrame:
    """The greedy list: number of the step, people and villages gained so far."""
    heads, is_counted = _weights(answers, question)
    status = answers.reach(question, question.people).status.copy()
    world, weights = answers.places, answers.figures[question.people].weights
    share = answers.study.village_covered_share
    before = village_status(status, world, weights, share) == COVERED
    is_sure = ~np.isin(np.array(REMEDY_KINDS, dtype=object)[made.kind], UNCERTAIN)
    size, people = len(made.kind), 0.0
    rows = []
    for step in range(1, MOST_STEPS + 1):
        left = heads[made.demand] * (status[made.demand] != COVERED)
        gains = total(left, made.number, size) * is_sure
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        people += gains[best]
        status[made.demand[made.number == best]] = COVERED
        now = village_status(status, world, weights, share) == COVERED
        rows.append(
            {
                "number": best,
                "step": step,
                "n_people_so_far": people if is_counted else np.nan,
                "n_villages_so_far": int((now & ~before).sum()),
            }
        )
    columns = ["number", "step", "n_people_so_far", "n_villages_so_far"]
    return pd.DataFrame(rows, columns=columns).set_index("number").astype("float64")
