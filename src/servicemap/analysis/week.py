"""Coverage by hour of the week, on holidays and make-up workdays, and market days.

People are at home and points open at the full hour: the way is not waited for.
Unknown hours are unknown. Hours at which the same texts are open have the same
answer, which is worked out once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.analysis.conditions import both
from servicemap.analysis.openness import AtColumn, Openness
from servicemap.analysis.places import total
from servicemap.analysis.questions import ANY_HOUR
from servicemap.analysis.times import COVERED, UNDETERMINED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from servicemap.analysis.answers import Answers
    from servicemap.analysis.places import Flags, Numbers
    from servicemap.question import Question

MONDAY = dt.date(2026, 3, 9)  # of a week without holidays and make-up workdays
DAYS, HOURS = 7, 24
OPEN, UNKNOWN = 1, -1


@dataclass(frozen=True)
class Column:
    """What one question finds at one hour.

    Attributes
    ----------
    is_covered, is_possible
        Demand points that reach an open point, or one that may be open.
    n_open, n_unknown
        Points that count and are open; of which nobody knows.
    """

    is_covered: Flags
    is_possible: Flags
    n_open: int
    n_unknown: int


def hours_of_week(answers: Answers) -> pd.DataFrame:
    """Coverage of each question at the 168 full hours of a plain week.

    Returns
    -------
    DataFrame
        Table ``hours_of_week``; ``is_best`` marks the first hour with most
        people covered, ``is_worst`` the first with fewest among those at which
        some point is open.
    """
    parts = []
    for question in answers.study.questions:
        states = _states_of_week(answers, question.service_min)
        rows = [
            {"hour": hour, **_figures(answers, question, found)}
            for hour, found in enumerate(_columns(answers, question, states))
        ]
        frame = pd.DataFrame(rows).assign(question_id=question.id)
        parts.append(frame.assign(**_extremes(frame)))
    return tables.check(pd.concat(parts, ignore_index=True), "hours_of_week")


def share_of_week(answers: Answers, question: Question, group: str) -> Numbers:
    """Share of the week's full hours at which each demand point is covered.

    Missing for undetermined places, and where nothing is known but points with
    unknown hours; hours that are unknown beside known ones count as closed.
    """
    asked = replace(question, people=group)
    hours = np.zeros(len(answers.places.demand_id))
    maybe = np.zeros(len(hours))
    for found in _columns(answers, asked, _states_of_week(answers, question.service_min)):
        hours += found.is_covered
        maybe += found.is_possible
    answer = answers.reach(replace(asked, when=ANY_HOUR), group)
    share = hours / (DAYS * HOURS)
    is_lost = (answer.status == UNDETERMINED) | ((hours == 0) & (maybe > 0))
    return np.where(is_lost, np.nan, share)


def special_days(answers: Answers) -> pd.DataFrame:
    """Coverage on the holidays and make-up workdays of a year, at their best hour.

    The year is that of the first question with a moment, else that of the plain
    week. The days are those of the study's calendar.

    Returns
    -------
    DataFrame
        Table ``special_days``, by date.
    """
    first = dt.date(answers.year, 1, 1)
    parts = []
    for question in answers.study.questions:
        known: dict[bytes, dict[str, object]] = {}
        for offset in range(366):
            date = first + dt.timedelta(days=offset)
            day = answers.calendar.day(date)
            if date.year != answers.year or day.kind not in ("holiday", "makeup_workday"):
                continue
            states = _states_of_day(answers, date)
            key = states.tobytes()
            if key not in known:
                known[key] = _best_of_day(answers, question, states)
            head = {"question_id": question.id, "date": date.isoformat()}
            parts.append({**head, "kind": day.kind, "name": day.name, **known[key]})
    if not parts:
        return tables.empty("special_days")
    return tables.check(pd.DataFrame(parts), "special_days")


def market_days(answers: Answers) -> pd.DataFrame:
    """Days by month of the points that do not open by the weekday alone.

    Market days of a ten-day round or of the lunar calendar, the bus on the first
    Tuesday: points whose days of the same weekday differ within the year,
    holidays aside.

    Returns
    -------
    DataFrame
        Table ``market_days``: per point and month the number of days and the
        days themselves.
    """
    from servicemap.hours import DayCalendar, open_dates

    plain = DayCalendar()
    first, last = dt.date(answers.year, 1, 1), dt.date(answers.year, 12, 31)
    known: dict[str, list[dt.date]] = {}
    rows = []
    points = zip(answers.facility_id, answers.own_hours, strict=True)
    for facility_id, hours in points:
        if hours is None:
            continue
        if hours not in known:
            dates = open_dates(hours, first, last, plain)
            known[hours] = [] if _is_weekly(dates, first, last) else dates
        months: dict[str, list[str]] = {}
        for date in known[hours]:
            months.setdefault(f"{date:%Y-%m}", []).append(str(date.day))
        rows += [
            {
                "facility_id": facility_id,
                "month": month,
                "n_days": len(days),
                "days": ", ".join(days),
            }
            for month, days in months.items()
        ]
    if not rows:
        return tables.empty("market_days")
    return tables.check(pd.DataFrame(rows), "market_days")


def _is_weekly(dates: list[dt.date], first: dt.date, last: dt.date) -> bool:
    """Whether every weekday is either always or never among the dates."""
    is_open = set(dates)
    every = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return all(
        len({date in is_open for date in every if date.weekday() == weekday}) == 1
        for weekday in range(DAYS)
    )


def _states_of_week(answers: Answers, service_min: float) -> NDArray[np.int8]:
    """States of every text of the study at the full hours of the plain week."""
    from servicemap.hours import DayCalendar, open_by_hour_of_week_of_many

    # a calendar without a list: the plain week is plain
    return open_by_hour_of_week_of_many(
        answers.texts, MONDAY, DayCalendar(), service_min=service_min
    )


def _states_of_day(answers: Answers, date: dt.date) -> NDArray[np.int8]:
    from servicemap.hours.minutes import day_minutes

    rows = [day_minutes(text, date, answers.calendar)[::60] for text in answers.texts]
    return np.array(rows, dtype="int8").reshape(len(answers.texts), HOURS)


def _columns(
    answers: Answers, question: Question, states: NDArray[np.int8]
) -> Iterator[Column]:
    """What a question finds at each column of a table of states."""
    asked = replace(question, when=ANY_HOUR)
    answer = answers.reach(asked, question.people)
    demand, facility, time_ms = answer.within
    conditions = answers.conditions(asked)
    rows = {text: number for number, text in enumerate(answers.texts)}
    handlings = _handlings(question)
    points = np.arange(len(answers.facility_id))
    counts = conditions.of_points(handlings)
    known: dict[bytes, Column] = {}
    for column in states.T:
        key = column.tobytes()
        if key not in known:
            then = conditions.at(Openness(answers.own_hours, AtColumn(rows, column)))
            flags = []
            for maybe in (False, True):
                ok = then.counts((demand, facility), time_ms, handlings, maybe=maybe)
                met = np.bincount(demand[ok], minlength=len(answer.status)) > 0
                flags.append(met & (answer.status == COVERED))
            nobody = np.full(len(points), -1), points
            waived = frozenset({"rights"})
            zero = np.zeros(len(points))
            sure, possible = (
                then.counts(nobody, zero, handlings, waived, maybe=maybe) & counts
                for maybe in (False, True)
            )
            known[key] = Column(
                flags[0], flags[1], int(sure.sum()), int((possible & ~sure).sum())
            )
        yield known[key]


def _handlings(question: Question) -> tuple[str, ...] | None:
    """Kinds of handling that count; by rules those of any rule."""
    if not question.standard:
        return question.handlings
    asked = [both(question.handlings, rule.handling) for rule in question.standard]
    if any(one == () for one in asked):
        return ()
    return tuple(dict.fromkeys(kind for one in asked for kind in one or ())) or None


def _figures(answers: Answers, question: Question, found: Column) -> dict[str, object]:
    """Sum the people of a column; undetermined are those who may be covered."""
    world = answers.places
    counts = world.counts[question.people]
    _, has_figures = answers.weights[question.people]
    people = np.where(has_figures[world.village_of], np.nan_to_num(counts), 0.0)
    status = answers.reach(replace(question, when=ANY_HOUR), question.people).status
    is_unknown = (status == UNDETERMINED) | (found.is_possible & ~found.is_covered)
    everybody = np.zeros(len(people), dtype="int64")
    if not has_figures.any():
        people = np.full(len(people), np.nan)
    sums = [
        total(people * flags, everybody, 1)[0]
        for flags in (1.0, found.is_covered, is_unknown)
    ]
    names = ("n_people", "n_covered", "n_undetermined")
    points = {"n_open": found.n_open, "n_unknown": found.n_unknown}
    return dict(zip(names, sums, strict=True)) | points


def _extremes(frame: pd.DataFrame) -> dict[str, Any]:
    """Mark the first best hour, and the first worst one at which some point is open."""
    best = np.zeros(len(frame), dtype=bool)
    worst = best.copy()
    covered = frame["n_covered"].to_numpy(dtype="float64")
    is_open = frame["n_open"].to_numpy() > 0
    if is_open.any() and np.isfinite(covered).all():
        best[np.argmax(covered)] = True
        worst[np.argmin(np.where(is_open, covered, np.inf))] = True
    return {"is_best": best, "is_worst": worst}


def _best_of_day(
    answers: Answers, question: Question, states: NDArray[np.int8]
) -> dict[str, object]:
    rows = [_figures(answers, question, one) for one in _columns(answers, question, states)]
    frame = pd.DataFrame(rows)
    best = int(np.argmax(frame["n_covered"].fillna(-1.0).to_numpy(dtype="float64")))
    row = frame.iloc[best]
    is_open = bool((frame["n_open"] > 0).any())
    return {
        "best_hour": best if is_open else None,
        "n_covered": row["n_covered"],
        "n_undetermined": row["n_undetermined"],
        "n_open": int(row["n_open"]),
    }
