"""Travel times -> the table ``coverage``: who reaches a point that counts, by question.

People are counted demand point by demand point; villages, townships and the
city are sums of demand points, never of areas. Formulas and a worked example
stand in ``docs/method.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import table_columns, tables
from servicemap.analysis.places import (
    Figures,
    Flags,
    Numbers,
    Places,
    Positions,
    deciding,
    take,
    total,
)
from servicemap.analysis.times import COVERED, NONE, UNCOVERED, UNDETERMINED, Codes
from servicemap.analysis.villages import (
    nearest_columns,
    remedied,
    seconds,
    village_columns,
)
from servicemap.analysis.week import share_of_week
from servicemap.question import SHARE_OF_WEEK

if TYPE_CHECKING:
    from servicemap.analysis.answers import Answers
    from servicemap.analysis.reach import Reach
    from servicemap.question import Question

CITY = "city"  # id of the one row of the level ``city``


def coverage(answers: Answers) -> pd.DataFrame:
    """Answer every question of a study, for everybody and for each people group.

    Returns
    -------
    DataFrame
        Table ``coverage``: questions in study order; levels from demand
        points to the city; groups as in ``demand``; ids by code point.
    """
    world = answers.places
    share = answers.study.village_covered_share
    parts = []
    for question in answers.study.questions:
        for group in world.groups:
            answer = answers.reach(question, group)
            part = _rows(answer, world, group, answers.figures[group], share)
            if question.when == SHARE_OF_WEEK:
                _add_share_of_week(part, answers, question, group)
            parts += [_labelled(rows, question, group, level) for level, rows in part]
    return tables.check(_table(parts, answers), "coverage")


def _add_share_of_week(
    part: list[tuple[str, dict[str, Any]]], answers: Answers, question: Question, group: str
) -> None:
    """Add the share of the week: of places their own, above the mean over their people."""
    world = answers.places
    shares = share_of_week(answers, question, group)
    figures = answers.figures[group]
    in_township = world.township_of[world.village_of]
    known = np.isfinite(shares)
    for level, rows in part:
        of, size = {
            "demand": (np.arange(len(shares)), len(shares)),
            "village": (world.village_of, len(world.village_id)),
            "township": (in_township, len(world.township_id)),
            "city": (np.zeros(len(shares), dtype="int64"), 1),
        }[level]
        mixed = figures.weights if level in ("demand", "village") else figures.people
        if level == "demand" or not figures.known.any():
            mixed = np.ones(len(shares))
        whole = total(mixed * known, of, size)
        sums = total(mixed * np.nan_to_num(shares), of, size)
        rows["share_of_week"] = np.divide(
            sums, whole, out=np.full(size, np.nan), where=whole > 0
        )


def _rows(
    answer: Reach,
    world: Places,
    group: str,
    figures: Figures,
    share: float,
) -> list[tuple[str, dict[str, Any]]]:
    """Fill the columns of one question and group, by level."""
    counts = world.counts[group]
    is_known = ~np.isnan(counts)
    points = {
        **_people(counts, answer.status, is_known),
        **nearest_columns(answer, np.arange(len(counts))),
        "status": answer.status,
        "reason": answer.reason,
        **remedied(answer, np.arange(len(counts)), answer.status == UNCOVERED),
    }
    people = figures.people
    villages = village_columns(answer, world, figures.weights, share)
    villages |= _sums(people, answer.status, world.village_of, figures.known)
    levels = [("demand", points), ("village", villages)]
    has_any = np.array([figures.known.any()])
    in_township = world.township_of[world.village_of]
    n_townships = len(world.township_id)
    known_townships = (
        total(figures.known.astype("float64"), world.township_of, n_townships) > 0
    )
    everybody = np.zeros(len(counts), dtype="int64")
    for level, of, known in (
        ("township", in_township, known_townships),
        ("city", everybody, has_any),
    ):
        rows: dict[str, Any] = _sums(people, answer.status, of, known)
        median = _median(answer, of, _mixed_weights(people, of, known), len(known))
        levels.append((level, rows | median))
    return levels


def _mixed_weights(people: Numbers, of: Positions, is_known: Flags) -> Numbers:
    """People as weights; 1 for every point of a place without any figure or people."""
    has_people = total(people, of, len(is_known)) > 0
    return np.where(take(has_people, of, absent=False), people, 1.0)


def _median(answer: Reach, of: Positions, weights: Numbers, size: int) -> dict[str, Any]:
    kept = np.where(answer.status != UNDETERMINED, of, -1)
    half = deciding(answer.time_ms, weights, kept, size, order=answer.by_time)
    return {"travel_time_s": seconds(answer, half)}


def _people(counts: Numbers, status: Codes, is_known: Flags) -> dict[str, Numbers]:
    return {
        "n_people": counts,
        "n_covered": np.where(is_known, counts * (status == COVERED), np.nan),
        "n_undetermined": np.where(is_known, counts * (status == UNDETERMINED), np.nan),
    }


def _sums(
    people: Numbers, status: Codes, of: Positions, is_known: Flags
) -> dict[str, Numbers]:
    """People of each place, missing where no village of it has figures."""
    parts = _people(people, status, np.ones(len(people), dtype=bool))
    return {
        name: np.where(is_known, total(values, of, len(is_known)), np.nan)
        for name, values in parts.items()
    }


def _labelled(
    rows: dict[str, Any], question: Question, group: str, level: str
) -> dict[str, Any]:
    size = len(rows["n_people"])
    blank = {
        "nearest_facility_id": np.full(size, NONE),
        "distance_m": np.full(size, np.nan),
        "n_within": np.full(size, np.nan),
        "status": np.full(size, NONE),
        "reason": np.full(size, NONE),
        "minutes_beyond": np.full(size, np.nan),
        "would_do_facility_id": np.full(size, NONE),
        "share_of_week": np.full(size, np.nan),
    }
    head = {"question_id": question.id, "level": level, "group": group, "size": size}
    return blank | rows | head


def _table(parts: list[dict[str, Any]], answers: Answers) -> pd.DataFrame:
    """One frame from the columns of all parts; positions become names."""
    world = answers.places
    ids = [world.demand_id, world.village_id, world.township_id, pd.Index([CITY])]
    sizes = np.cumsum([0, *(len(one) for one in ids)])
    offset = dict(zip(table_columns.LEVELS, sizes, strict=False))
    words: dict[str, list[str]] = {
        "question_id": [question.id for question in answers.study.questions],
        "level": list(table_columns.LEVELS),
        "id": [name for one in ids for name in one],
        "group": world.groups,
        "nearest_facility_id": list(answers.facility_id),
        "would_do_facility_id": list(answers.facility_id),
        "status": list(table_columns.COVERAGE_STATUSES),
        "reason": list(table_columns.REASONS),
    }
    columns = {}
    for column in table_columns.TABLES["coverage"].columns:
        name = column.name
        if name == "id":
            found = [offset[part["level"]] + np.arange(part["size"]) for part in parts]
        elif name in ("question_id", "level", "group"):
            code = {word: number for number, word in enumerate(words[name])}
            found = [np.full(part["size"], code[part[name]]) for part in parts]
        else:
            found = [np.asarray(part[name]) for part in parts]
        values = np.concatenate(found)
        if name in words:
            vocabulary = pd.array(words[name], dtype="str")
            codes = values.astype("int64")
            columns[name] = pd.Series(vocabulary.take(codes, allow_fill=True))
        elif column.kind == "integer":
            columns[name] = pd.Series(values).astype("Int64")
        else:
            columns[name] = pd.Series(values.astype("float64"))
    return pd.DataFrame(columns)
