"""``villages.csv`` and ``problems.csv``: for Excel, WPS and scripts alike.

RFC 4180 (commas, CRLF, quotes where needed), UTF-8 with BOM so that
spreadsheet programs read Chinese right. Column names are stable and English;
words beside the codes are in the language of the study.

A text that a spreadsheet program would run as a formula (it starts with
``=``, ``+``, ``-``, ``@``, a tab or a line end, or the full-width form of one)
gets an apostrophe in front, as OWASP's page on CSV injection advises. That
changes the text, so it is reversible: `as_written` takes the apostrophe off
again. Numbers are never touched.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap import table_columns
from servicemap.outputs.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from servicemap.result import Result

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
VILLAGE_COLUMNS = (
    "question_id",
    "mode",
    "cutoff_min",
    "group",
    "village_id",
    "village",
    "kind",
    "township_id",
    "township",
    "located_by",
    "lon",
    "lat",
    "n_people",
    "n_covered",
    "n_undetermined",
    "status",
    "status_text",
    "travel_time_min",
    "distance_m",
    "nearest_facility_id",
    "nearest_facility",
    "n_within",
    "reason",
    "reason_text",
)


def as_text(value: str) -> str:
    """Guard a text, so that a spreadsheet program shows it and never runs it."""
    return f"'{value}" if value.lstrip("'").startswith(FORMULA_STARTS) else value


def as_written(value: str) -> str:
    """Give back what `as_text` was given."""
    guarded = value.startswith("'") and value.lstrip("'").startswith(FORMULA_STARTS)
    return value[1:] if guarded else value


def village_answers(result: Result) -> pd.DataFrame:
    """One row per question and village, with names beside ids and words beside codes.

    Questions in the order of the study, villages by id; columns are
    `VILLAGE_COLUMNS`. Minutes have three decimals, so that a place just beyond
    the cutoff does not look as if it were within it.
    """
    language = result.study.language
    villages = result.villages.merge(
        result.townships[["township_id", "name"]].rename(columns={"name": "township"}),
        on="township_id",
        how="left",
    ).rename(columns={"name": "village"})
    villages = pd.DataFrame(villages.drop(columns="geometry")).sort_values("village_id")
    names = dict(
        zip(result.facilities["facility_id"], result.facilities["name"], strict=True)
    )
    parts = []
    for question in result.study.questions:
        asked = result.answers(question, "village").drop(
            columns=["question_id", "level", "group"]
        )
        its = villages.merge(asked, left_on="village_id", right_on="id", how="left")
        parts.append(
            its.assign(
                question_id=question.id,
                mode="+".join(question.modes_of(question.people)),
                cutoff_min=float("nan") if question.minutes is None else question.minutes,
                group=question.people,
                travel_time_min=(its["travel_time_s"] / 60).round(3),
                distance_m=its["distance_m"].round(1),
                nearest_facility=its["nearest_facility_id"].map(names),
                status_text=terms("status", its["status"], language),
                reason_text=terms("reason", its["reason"], language),
            )[list(VILLAGE_COLUMNS)]
        )
    return pd.concat(parts, ignore_index=True)


def write_villages(answers: pd.DataFrame, path: Path) -> None:
    """Write `village_answers` as ``villages.csv``."""
    _write(answers.columns, answers.itertuples(index=False), path)


def write_problems(problems: pd.DataFrame, path: Path) -> None:
    """Write the table ``problems`` as ``problems.csv``."""
    columns = table_columns.TABLES["problems"].names
    _write(columns, problems[columns].itertuples(index=False), path)


def _write(columns: Iterable[str], rows: Iterable[Iterable[Any]], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(columns)
        out.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
