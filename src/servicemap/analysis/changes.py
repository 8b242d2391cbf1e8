"""What one change to one point, or one visit to one village, would let people reach.

Every change is asked of pairs that are there; nothing is routed. A pair that
does not count now and counts after a change belongs to the change of its point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from servicemap import table_columns
from servicemap.analysis.catalogue import Errand, Kind
from servicemap.analysis.conditions import looked_at
from servicemap.analysis.legs import counting
from servicemap.analysis.questions import moment_of
from servicemap.analysis.times import COVERED, REASON, UNCOVERED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicemap.analysis.answers import Answers
    from servicemap.analysis.conditions import Conditions
    from servicemap.analysis.places import Flags, Positions
    from servicemap.analysis.reach import Reach
    from servicemap.question import Question

STATION = "village"
USUAL = 0.5  # share of the stations with the system that do a thing: then all would
# change -> the one condition that it waives at its point
WAIVED = {
    "open_point": "status",
    "extend_hours": "hours",
    "drop_appointment": "appointment",
    "finish_here": "handling",
    "widen_right": "rights",
}
SURVEYED = ("off_network", "island", "no_route")
NOWHERE = ("off_network", "not_located")


@dataclass(frozen=True)
class Gained:
    """Who would be covered by changes of one kind: a target each, and a demand point.

    Attributes
    ----------
    kind
        A value of ``REMEDY_KINDS`` of `annex_columns`.
    target
        Positions of service points; of villages for visits and surveys.
    demand
        Positions of demand points that are not covered now. Each pair once.
    """

    kind: str
    target: Positions
    demand: Positions

    @property
    def is_of_villages(self) -> bool:
        """Whether the targets are villages."""
        return self.kind in ("visit", "survey_road")


def changes(answers: Answers, question: Question) -> Iterator[Gained]:
    """Ask every kind of change of every point and village of a study.

    A station gets the one-stop system: it then does what at least half of the
    stations that have it do. A point gets an item that it does not do: it
    finishes it for anybody whom the item's scope allows, at its own hours.
    """
    group = question.people
    answer = answers.reach(question, group)
    conditions = answers.conditions(question)
    is_open = answer.status != COVERED
    is_open &= ~np.isin(answer.reason, [REASON[one] for one in NOWHERE])
    statuses = {**question.points, "status": table_columns.STATUSES}
    anyhow = looked_at(replace(question, points=statuses), answers.facilities)

    def asked(
        kind: str,
        changed: Conditions,
        among: Flags,
        waive: frozenset[str] = frozenset(),
    ) -> Gained:
        parts = []
        for leg in answers.legs(question, group) if among.any() else ():
            pairs = leg.pairs
            rows = pairs.until(leg.cutoff_ms, is_open)
            rows = rows[among[pairs.facility[rows]]]
            rows = counting(leg, changed, rows, waive)
            parts.append(pairs.facility[rows] * len(is_open) + pairs.demand[rows])
        keys = np.unique(np.concatenate([np.zeros(0, dtype="int64"), *parts]))
        return Gained(kind, keys // len(is_open), keys % len(is_open))

    offered = _offers(answers, question, conditions)
    yield asked("one_stop", _with_system(answers, conditions), _without_system(answers))
    yield asked("offer_item", offered, conditions.looked_at & ~_does(conditions))
    for kind, condition in WAIVED.items():
        among = anyhow if kind == "open_point" else conditions.looked_at
        yield asked(kind, conditions, among, frozenset({condition}))
    takes_agents = not question.handlings or "agent" in question.handlings
    if takes_agents and moment_of(question) is None:
        left = np.flatnonzero(answer.status == UNCOVERED)
        yield Gained("visit", answers.places.village_of[left], left)
    yield _surveys(answers, answer)


def _surveys(answers: Answers, answer: Reach) -> Gained:
    """Villages whose people meet no road, or none that leads on: more may be gained."""
    codes = [REASON[one] for one in SURVEYED]
    left = np.flatnonzero((answer.status != COVERED) & np.isin(answer.reason, codes))
    return Gained("survey_road", answers.places.village_of[left], left)


def _does(conditions: Conditions) -> Flags:
    """Which points do what is asked in any way, however it is handled."""
    return conditions.of_points((), frozenset({"handling", "appointment"}))


def _offers(answers: Answers, question: Question, conditions: Conditions) -> Conditions:
    """Conditions if every point did what is asked, for anybody, at its own hours."""
    everywhere = np.ones(len(answers.facility_id), dtype=bool)
    handling = (question.handlings or ("finish",))[0]
    more = Kind(everywhere, handling, by_appointment=False, who_may="anyone", hours=None)
    return conditions.doing(
        tuple(Errand(one.scope, (*one.kinds, more)) for one in conditions.errands)
    )


def _without_system(answers: Answers) -> Flags:
    """Open stations that have no one-stop system."""
    points = answers.facilities
    is_station = (points["tier"] == STATION) & (points["status"] == "open")
    return np.asarray(is_station & ~points["one_stop"].fillna(value=False).astype(bool))


def _with_system(answers: Answers, conditions: Conditions) -> Conditions:
    """Conditions if stations without the system did what those with it usually do."""
    points = answers.facilities
    has = points["one_stop"].fillna(value=False).astype(bool)
    model = np.asarray(has & (points["tier"] == STATION) & (points["status"] == "open"))
    new = _without_system(answers)
    enough = max(1.0, USUAL * model.sum())

    def extended(kind: Kind) -> Kind:
        usual = (kind.points & model).sum() >= enough
        return replace(kind, points=kind.points | new) if usual else kind

    return conditions.doing(
        tuple(
            Errand(one.scope, tuple(extended(kind) for kind in one.kinds))
            for one in conditions.errands
        )
    )
