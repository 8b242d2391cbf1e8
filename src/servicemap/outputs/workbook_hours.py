"""The worksheets about hours: the week as a heat map, special days, market days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.outputs.sheets import Field
from servicemap.outputs.terms import question_text
from servicemap.shares import percent
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.outputs.sheets import Sheet
    from servicemap.outputs.workbook_words import AnnexWords
    from servicemap.result import Result

HOURS, DAYS = 24, 7


def week_sheet(words: AnnexWords) -> Sheet:
    """Share of people covered, one row per question and hour, one column per weekday."""
    rows = words.rows
    counted = rows["n_people"].notna().any()
    blocks: list[dict[Any, Any]] = []
    for question in words.study.questions:
        values = week_values(rows, question.id)
        said = question_text(question, words.language)
        blocks += [
            {
                "question": said,
                "hour": f"{hour:02d}:00",
                **{day: values[day * HOURS + hour] for day in range(DAYS)},
            }
            for hour in range(HOURS)
        ]
    frame = pd.DataFrame(blocks)
    weekdays = say("outputs.annex.weekdays", words.language).split("|")
    fields = [
        Field(words.heading("question"), list(frame["question"])),
        Field(words.heading("hour"), list(frame["hour"])),
    ]
    fields += [
        Field(
            weekdays[day],
            list(frame[day]),
            "decimal" if counted else "count",
            heat_to=100.0 if counted else max(float(rows["n_open"].max()), 1.0),
        )
        for day in range(DAYS)
    ]
    return words.sheet(fields, None if counted else "hours_of_week_points")


def week_values(rows: Any, question_id: str) -> list[float | None]:
    """Percent of people at each hour from Monday on; without population, open points."""
    counted = rows["n_people"].notna().any()
    its = rows[rows["question_id"] == question_id].sort_values("hour")
    return [_share(row) if counted else row.n_open for row in its.itertuples()]


def first_with_hours(result: Result) -> int | None:
    """Place of the first question whose answer differs within the week, or is known."""
    rows = result.annex.get("hours_of_week")
    if rows is None or not len(rows):
        return None
    column = "n_covered" if rows["n_people"].notna().any() else "n_open"
    for at, question in enumerate(result.study.questions):
        its = rows.loc[rows["question_id"] == question.id, column].dropna()
        if len(its) and its.min() < its.max():
            return at
    return None


def _share(row: Any) -> float | None:
    """Covered of determined people, in percent."""
    if pd.isna(row.n_people):
        return None
    rest = int(row.n_people) - int(row.n_covered) - int(row.n_undetermined)
    return percent(int(row.n_covered), rest)


def days_sheet(words: AnnexWords) -> Sheet:
    """Holidays and make-up workdays at their best hour."""
    hours = [None if pd.isna(one) else f"{one:02d}:00" for one in words.rows["best_hour"]]
    return words.sheet(
        [
            words.questions(),
            words.column("date", "date"),
            Field(words.heading("day_kind"), words.terms("day", words.rows["kind"])),
            words.column("holiday", "name"),
            Field(words.heading("best_hour"), hours),
            words.column("people_covered", "n_covered", "count"),
            words.column("people_undetermined", "n_undetermined", "count"),
            words.column("points", "n_open", "count"),
        ]
    )


def market_sheet(words: AnnexWords) -> Sheet:
    """Days by month of points that do not open by the weekday."""
    return words.sheet(
        [
            words.column("facility_id", "facility_id"),
            words.named("facility", "facility_id", "facilities", "facility_id"),
            words.column("month", "month"),
            words.column("n_days", "n_days", "count"),
            words.column("days", "days"),
        ]
    )
