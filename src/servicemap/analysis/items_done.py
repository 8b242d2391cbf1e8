"""How many items of the catalogue people can do within the cutoff, by handling.

Items that the same rows of ``services`` do, equally far from home, are one
case, asked once; a catalogue of a thousand items has some dozens of cases.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.analysis.legs import counting
from servicemap.analysis.places import reaches, total
from servicemap.analysis.times import UNDETERMINED
from servicemap.table_columns import HANDLINGS

if TYPE_CHECKING:
    from servicemap.analysis.answers import Answers
    from servicemap.analysis.conditions import Conditions
    from servicemap.analysis.places import Flags
    from servicemap.question import Question

ANY = "any"


def village_items(answers: Answers) -> pd.DataFrame:
    """Items that a village's people can do, within the cutoff of the headline question.

    An item counts for a village when at least ``village_covered_share`` of its
    determined people reach a point that does it, may serve them, and, for the
    rows of one handling, does it in that way. So an item may stand in several
    rows, and in ``any`` once.

    Returns
    -------
    DataFrame
        Table ``village_items``: per village and handling (``any`` first) the
        items that can be done, and all items of the catalogue; undetermined
        villages have no figure. Empty without a catalogue.
    """
    cases = answers.catalogue.all_cases()
    if not cases or answers.catalogue.is_empty:
        return tables.empty("village_items")
    question = replace(answers.study.questions[0], items="all")
    conditions = answers.conditions(question)
    status = answers.reach(question, question.people).status
    world = answers.places
    size = len(world.village_id)
    weights = answers.figures[question.people].weights
    known = weights * (status != UNDETERMINED)
    determined = total(known, world.village_of, size)
    share = answers.study.village_covered_share
    counts = Counter(cases)
    found = {name: np.zeros(size) for name in (ANY, *HANDLINGS)}
    for case, n_items in counts.items():
        asked = conditions.doing((answers.catalogue.errand(case),))
        for name, sums in list(found.items()):
            handled = question.handlings if name == ANY else (name,)
            is_met = _met(answers, question, asked, handled)
            part = total(known * is_met, world.village_of, size)
            is_done = reaches(part, determined, share) & (determined > 0)
            found[name] = sums + n_items * is_done
    parts = [
        pd.DataFrame(
            {
                "question_id": question.id,
                "village_id": world.village_id,
                "handling": name,
                "n_items": np.where(determined > 0, sums, np.nan),
                "n_all": len(cases),
            }
        )
        for name, sums in found.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    return tables.check(tables.in_order(frame, ["village_id"]), "village_items")


def _met(
    answers: Answers, question: Question, asked: Conditions, handled: tuple[str, ...]
) -> Flags:
    """Which demand points reach a point that counts within a cutoff of the question."""
    met = np.zeros(len(answers.places.demand_id), dtype=bool)
    for leg in answers.legs(question, question.people):
        own = replace(leg, handlings=handled or leg.handlings)
        rows = counting(own, asked, own.pairs.until(own.cutoff_ms))
        met[own.pairs.demand[rows]] = True
    return met
