"""What the points of each tier cover by themselves, from the answer over all tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from servicemap import table_columns
from servicemap.analysis.legs import counting
from servicemap.analysis.reasons import unsaid
from servicemap.analysis.times import COVERED, UNCOVERED, UNDETERMINED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicemap.analysis.answers import Answers
    from servicemap.analysis.places import Positions
    from servicemap.analysis.times import Codes
    from servicemap.question import Question


def statuses_by_tier(
    answers: Answers, question: Question, group: str
) -> Iterator[tuple[str, Codes]]:
    """Status of every demand point if a question looked at points of one tier alone.

    The pairs that count are those of the question itself; nothing is asked of a
    pair twice.

    Yields
    ------
    tuple
        Each tier of the points that the question looks at, in the order of the
        contract, with positions in ``COVERAGE_STATUSES``.
    """
    conditions = answers.conditions(question)
    legs = answers.legs(question, group)
    tiers = answers.facilities["tier"].to_numpy(dtype=object)
    demand, facility, _ = answers.reach(question, group).within
    maybe = _maybe_open(answers, question, group)
    size = len(answers.places.demand_id)
    for tier in table_columns.TIERS:
        is_own = tiers == tier
        if not (is_own & conditions.looked_at).any():
            continue
        met, possible = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
        met[demand[is_own[facility]]] = True
        possible[maybe[0][is_own[maybe[1]]]] = True
        is_any = any((conditions.of_points(leg.handlings) & is_own).any() for leg in legs)
        is_odd = unsaid(legs, answers.places, met) >= 0 if is_any else np.zeros(size, bool)
        status = np.where(met, COVERED, np.where(possible, UNDETERMINED, UNCOVERED))
        yield tier, np.where(is_odd, UNDETERMINED, status).astype("int8")


def _maybe_open(
    answers: Answers, question: Question, group: str
) -> tuple[Positions, Positions]:
    """Pairs that would count if points with unknown hours are open."""
    conditions = answers.conditions(question)
    none = np.zeros(0, dtype="int64")
    parts = [(none, none)]
    for leg in answers.legs(question, group) if conditions.has_hours else ():
        rows = counting(leg, conditions, leg.pairs.until(leg.cutoff_ms), maybe=True)
        parts.append((leg.pairs.demand[rows], leg.pairs.facility[rows]))
    demand, facility = (np.concatenate(one) for one in zip(*parts, strict=True))
    return demand, facility
