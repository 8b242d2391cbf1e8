"""Why a place is not covered, or why nobody can tell: one reason for each.

The order in which they are looked for stands in ``docs/method.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from servicemap import table_columns
from servicemap.analysis.legs import Best, counting
from servicemap.analysis.times import NONE, NOT_SAID, REASON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from servicemap.analysis.conditions import Conditions
    from servicemap.analysis.legs import Leg
    from servicemap.analysis.places import Flags, Places, Positions
    from servicemap.analysis.times import Codes

# reason -> the one condition that a point in reach lacks, the first that applies wins
WAIVERS: tuple[tuple[str, frozenset[str]], ...] = (
    ("hours_unknown", frozenset()),
    ("closed", frozenset({"status", "hours"})),
    ("by_appointment", frozenset({"appointment"})),
    ("accept_only", frozenset({"handling"})),
    ("not_entitled", frozenset({"rights"})),
    ("not_offered", frozenset({"offered", "rights"})),
)


def far_reasons(legs: Sequence[Leg], best: Best) -> Codes:
    """Why the nearest point that counts is beyond the cutoff: the first of ``REASONS``."""
    size = len(best.time_ms)
    found = np.full(size, len(table_columns.REASONS), dtype="int8")
    for leg in legs:
        said = np.where(leg.nearest.reason >= 0, leg.nearest.reason, REASON["too_far"])
        found = np.where(leg.is_for, np.minimum(found, said), found).astype("int8")
    found = np.where(found >= len(table_columns.REASONS), REASON["too_far"], found)
    # A time within the horizon outweighs a search that found no way, but a place
    # on an island stays there.
    is_odd = np.isfinite(best.time_ms) & (found != REASON["island"])
    return np.where(is_odd, REASON["too_far"], found).astype("int8")


def unsaid(legs: Sequence[Leg], places: Places, is_covered: Flags) -> Codes:
    """Why a place's answer cannot be known, else -1."""
    size = len(is_covered)
    found = np.full(size, NONE, dtype="int8")
    for leg in legs:
        is_odd = np.isin(leg.nearest.reason, NOT_SAID) & leg.is_for & (found < 0)
        found[is_odd] = leg.nearest.reason[is_odd]
    if len(legs) > 1:  # another mode may have an answer
        found[is_covered] = NONE
    is_lost = ~places.is_located | places.is_untested
    return np.where(is_lost, REASON["not_located"], found).astype("int8")


def nowhere(legs: Sequence[Leg], conditions: Conditions, is_covered: Flags) -> Codes:
    """Why no point counts anywhere: what a waived condition would let in."""
    kind = "not_offered" if conditions.size else "no_route"
    for name, waived in reversed(WAIVERS):
        if any(conditions.of_points(leg.handlings, waived).any() for leg in legs):
            kind = name
    return np.full(len(is_covered), REASON[kind], dtype="int8")


def near_reasons(
    legs: Sequence[Leg], conditions: Conditions, is_open: Flags
) -> tuple[Codes, Positions]:
    """What is in reach and lacks one thing says more than the nearest that lacks none.

    Hours that are unknown come first; then what is easiest to put right.
    """
    size = len(is_open)
    reason = np.full(size, NONE, dtype="int8")
    would_do = np.full(size, NONE, dtype="int64")
    left = [leg.pairs.until(leg.cutoff_ms, is_open) for leg in legs]
    for name, waived in WAIVERS:
        # a condition that keeps nothing out has no point to let in
        if not any(
            conditions.looks_at(one, leg.handlings)
            for one in waived or ("hours",)
            for leg in legs
        ):
            continue
        best = Best(size)
        for number, leg in enumerate(legs):
            maybe = name == "hours_unknown"
            rows = counting(leg, conditions, left[number], waived, maybe=maybe)
            best.offer_rows(leg, rows)
        has_one = best.facility >= 0
        reason[has_one] = REASON[name]
        would_do[has_one] = best.facility[has_one]
        if has_one.any():  # whoever has a reason is asked no more
            for number, leg in enumerate(legs):
                rows = left[number]
                left[number] = rows.compress(reason[leg.pairs.demand[rows]] < 0)
    return reason, would_do
