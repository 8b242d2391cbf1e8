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
from servicemap.analysis.openness import AtHour
from servicemap.analysis.times import COVERED, UNDETERMINED
from servicemap.question import ANY_HOUR

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
class Hour:
    """What one question finds at one hour.

    Attributes
    ----------
    is_covered, is_possible
        Demand points that reach an open point, or one that may be open.
    figures
        ``n_people``, ``n_covered``, ``n_undetermined`` of the question's people
        group; ``n_open``, ``n_unknown``: points that count and are open, or of
        which nobody knows.
    """

    is_covered: Flags
    is_possible: Flags
    figures: dict[str, float]


class Asked:
    """One question at many hours; hours with the same states are worked out once."""

    def __init__(self, answers: Answers, question: Question) -> None:
        asked = replace(question, when=ANY_HOUR)
        self._answers = answers
        self._group = question.people
        self._handlings = _handlings(question)
        self._conditions = answers.conditions(asked)
        self._answer = answers.reach(asked, question.people)
        self._rows = {text: number for number, text in enumerate(answers.texts)}
        own = [self._rows[text] for text in answers.own_hours]
        self._own = np.array(own, dtype="int64")
        self._known: dict[bytes, Hour] = {}

    def hours(self, states: NDArray[np.int8]) -> Iterator[Hour]:
        """What is found at each column of a table of states, one row per text."""
        for column in states.T:
            key = column.tobytes()
            if key not in self._known:
                self._known[key] = self._hour(np.array(column))
            yield self._known[key]

    def _hour(self, states: NDArray[np.int8]) -> Hour:
        answer = self._answer
        demand, facility, time_ms = answer.within
        then = self._conditions.at(AtHour(self._own, self._rows, states))
        points = np.arange(len(self._own))
        anybody = np.full(len(points), -1), points
        waived = frozenset({"rights"})
        met, counting = [], []
        for maybe in (False, True):
            counts = then.counts(
                anybody, np.zeros(len(points)), self._handlings, waived, maybe=maybe
            )
            counting.append(counts)
            rows = np.flatnonzero(counts[facility])
            if then.has_rights:
                pairs = demand[rows], facility[rows]
                ok = then.counts(pairs, time_ms[rows], self._handlings, maybe=maybe)
                rows = rows[ok]
            reached = np.bincount(demand[rows], minlength=len(answer.status)) > 0
            met.append(reached & (answer.status == COVERED))
        sure, possible = counting
        figures = self._people(met[0], met[1])
        figures |= {"n_open": int(sure.sum()), "n_unknown": int((possible & ~sure).sum())}
        return Hour(met[0], met[1], figures)

    def _people(self, is_covered: Flags, is_possible: Flags) -> dict[str, float]:
        """Sum people; undetermined are those who may be covered, too."""
        figures = self._answers.figures[self._group]
        if not figures.known.any():
            return dict.fromkeys(("n_people", "n_covered", "n_undetermined"), np.nan)
        people = figures.people
        is_unknown = (self._answer.status == UNDETERMINED) | (is_possible & ~is_covered)
        return {
            "n_people": people.sum(),
            "n_covered": people[is_covered].sum(),
            "n_undetermined": people[is_unknown].sum(),
        }


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
            {"hour": hour, **found.figures}
            for hour, found in enumerate(Asked(answers, question).hours(states))
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
    for found in Asked(answers, asked).hours(
        _states_of_week(answers, question.service_min)
    ):
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
    every = (answers.calendar.day(first + dt.timedelta(days=n)) for n in range(366))
    days = [
        (day, _states_of_day(answers, day.date))
        for day in every
        if day.date.year == answers.year and day.kind in ("holiday", "makeup_workday")
    ]
    parts = []
    for question in answers.study.questions:
        asked = Asked(answers, question)
        for day, states in days:
            head = {"question_id": question.id, "date": day.date.isoformat()}
            best = _best_of_day(asked, states)
            parts.append({**head, "kind": day.kind, "name": day.name, **best})
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


def _handlings(question: Question) -> tuple[str, ...] | None:
    """Kinds of handling that count; by rules those of any rule."""
    if not question.standard:
        return question.handlings
    asked = [both(question.handlings, rule.handling) for rule in question.standard]
    if any(one == () for one in asked):
        return ()
    return tuple(dict.fromkeys(kind for one in asked for kind in one or ())) or None


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


def _best_of_day(asked: Asked, states: NDArray[np.int8]) -> dict[str, Any]:
    """The first hour with most people covered; where nobody was counted, most points."""
    hours = [found.figures for found in asked.hours(states)]
    covered = np.array([one["n_covered"] for one in hours], dtype="float64")
    if np.isnan(covered).all():
        covered = np.array([one["n_open"] for one in hours], dtype="float64")
    best = int(np.argmax(np.nan_to_num(covered, nan=-1.0)))
    is_open = any(one["n_open"] > 0 for one in hours)
    shown = ("n_covered", "n_undetermined", "n_open")
    figures = {name: hours[best][name] for name in shown}
    return {"best_hour": best if is_open else None, **figures}
