"""What a question's answers at demand points say of their villages, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap import table_columns
from servicemap.analysis.places import HALF, deciding, reaches, take, total
from servicemap.analysis.times import COVERED, NONE, UNCOVERED, UNDETERMINED

if TYPE_CHECKING:
    from servicemap.analysis.places import Flags, Numbers, Places, Positions
    from servicemap.analysis.reach import Reach
    from servicemap.analysis.times import Codes


def village_status(status: Codes, world: Places, weights: Numbers, share: float) -> Codes:
    """Whether each village is covered, uncovered or undetermined.

    ``status`` and ``weights`` are those of the demand points.
    """
    size, of = len(world.village_id), world.village_of
    determined = total(weights * (status != UNDETERMINED), of, size)
    covered = total(weights * (status == COVERED), of, size)
    code = np.where(reaches(covered, determined, share), COVERED, UNCOVERED)
    return np.where(determined > 0, code, UNDETERMINED).astype("int8")


def village_columns(
    answer: Reach, world: Places, weights: Numbers, share: float
) -> dict[str, Any]:
    """Id, time and nearest point, status and reason of every village.

    Points, statuses and reasons are positions, -1 is none. ``weights`` are those
    of the demand points within their villages.
    """
    size = len(world.village_id)
    of, status = world.village_of, answer.status
    code = village_status(status, world, weights, share)
    kept = np.where(status != UNDETERMINED, of, -1)
    what = answer.beyond_ms, weights, kept, size
    half = deciding(*what, order=answer.by_beyond)
    decider = half
    if share != HALF:
        decider = deciding(*what, share, order=answer.by_beyond)
    reason = take(answer.reason, decider, NONE)
    unknown = _why_unknown(answer, of, weights, size)
    reason = np.where(code == UNDETERMINED, unknown, reason)
    return {
        "id": world.village_id,
        **nearest_columns(answer, half),
        "status": code,
        "reason": np.where(code == COVERED, NONE, reason),
        **remedied(answer, decider, code == UNCOVERED),
    }


def _why_unknown(answer: Reach, of: Positions, weights: Numbers, size: int) -> Codes:
    """Find the reason that keeps most of a village's weight undetermined."""
    heaviest = np.zeros(size)
    # A village without a single demand point is nowhere.
    found = np.full(size, table_columns.REASONS.index("not_located"), dtype="int8")
    for code, name in enumerate(table_columns.REASONS):
        if name in table_columns.UNDETERMINED_REASONS:
            weight = total(weights * (answer.reason == code), of, size)
            found[weight > heaviest] = code
            heaviest = np.maximum(heaviest, weight)
    return found


def seconds(answer: Reach, at: Positions) -> Numbers:
    """Times at positions of demand points, seconds; missing where there is none."""
    time_ms = take(answer.time_ms, at, np.inf)
    return np.where(np.isfinite(time_ms), time_ms, np.nan) / 1000.0


def nearest_columns(answer: Reach, at: Positions) -> dict[str, Any]:
    """Take what the demand point at a position reaches; -1 reaches nothing."""
    is_said = take(answer.status, at, UNDETERMINED) != UNDETERMINED
    return {
        "nearest_facility_id": take(answer.facility, at, NONE),
        "travel_time_s": seconds(answer, at),
        "distance_m": take(answer.distance_m, at, np.nan),
        "n_within": np.where(is_said, take(answer.n_within, at, 0), np.nan),
    }


def remedied(answer: Reach, at: Positions, is_uncovered: Flags) -> dict[str, Any]:
    """By how much the cutoff is missed, and which point would do; of uncovered places."""
    beyond_ms = np.where(is_uncovered, take(answer.beyond_ms, at, np.inf), np.inf)
    return {
        "minutes_beyond": np.where(np.isfinite(beyond_ms), beyond_ms, np.nan) / 60_000.0,
        "would_do_facility_id": np.where(
            is_uncovered, take(answer.would_do, at, NONE), NONE
        ),
    }
