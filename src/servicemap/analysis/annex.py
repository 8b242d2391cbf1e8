"""What stands behind the headline: every table of the annex, in one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicemap.analysis.access import access
from servicemap.analysis.depth import depth
from servicemap.analysis.groups_done import groups_done
from servicemap.analysis.items_done import village_items
from servicemap.analysis.meanings import meanings
from servicemap.analysis.redundancy import (
    partners,
    points_held,
    tiers_shared,
    village_depth,
)
from servicemap.analysis.remedies import remedies
from servicemap.analysis.week import hours_of_week, market_days, special_days

if TYPE_CHECKING:
    import pandas as pd

    from servicemap.analysis.answers import Answers


def annex(
    answers: Answers, coverage: pd.DataFrame, ground: Answers | None = None
) -> dict[str, pd.DataFrame]:
    """All tables of `servicemap.annex_columns` of a study.

    Parameters
    ----------
    answers
        The study's questions over its tables.
    coverage
        Their table `coverage`.
    ground
        The same questions over pieces of ground (`meanings.ground_demand`).
    """
    village_groups, group_rules = groups_done(answers)
    return {
        "remedies": remedies(answers),
        "meanings": meanings(answers, ground),
        "depth": depth(coverage),
        "village_depth": village_depth(answers),
        "points_held": points_held(answers),
        "partners": partners(answers),
        "tiers_shared": tiers_shared(answers),
        "access": access(answers),
        "village_items": village_items(answers),
        "village_groups": village_groups,
        "group_rules": group_rules,
        "hours_of_week": hours_of_week(answers),
        "special_days": special_days(answers),
        "market_days": market_days(answers),
    }
