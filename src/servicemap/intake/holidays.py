"""The study's calendar: its own table of holidays and make-up days, and the country's."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from servicemap.errors import InputError, Problem
from servicemap.hours import DayCalendar, country_of
from servicemap.hours.days import has_list
from servicemap.intake import cells, sheets
from servicemap.intake.columns import match
from servicemap.study import FILE_NAME

if TYPE_CHECKING:
    from servicemap.hours.days import TableKind
    from servicemap.intake.columns import Columns
    from servicemap.study import Study

AUTO, NOWHERE = "auto", "none"
_LONGEST = 60  # days; a longer holiday is a slip


@dataclass(frozen=True)
class Days:
    """The calendar of a study, findings on it, and the entry of its file if it has one."""

    calendar: DayCalendar
    problems: tuple[Problem, ...]
    files: tuple[dict[str, Any], ...]


def calendar(study: Study) -> Days:
    """The calendar of a study; a question about a year that no list knows is a warning.

    Raises
    ------
    InputError
        There is no list of holidays for the country; the file is absent or unreadable.
    """
    setting = study.calendar
    country: str | None = setting.country
    if country == AUTO:
        country = country_of(study.about.timezone)
    elif country == NOWHERE:
        country = None
    if country is not None and not has_list(country):
        name = "calendar.country"
        raise InputError(
            [Problem("calendar_country", "error", FILE_NAME, column=name, value=country)]
        )
    table: dict[dt.date, tuple[TableKind, str | None]] = {}
    problems: list[Problem] = []
    files = []
    if setting.holidays is not None:
        path = study.path(setting.holidays)
        sheet = sheets.read(path, "holidays", source=setting.holidays)
        columns = match(sheet, "holidays", {})
        problems += [*sheet.problems, *columns.problems]
        table, used, more = _table(columns)
        problems += more
        files.append(sheet.entry(used))
    found = DayCalendar(table, country)
    return Days(found, (*problems, *_unknown_years(study, found)), tuple(files))


def _table(
    columns: Columns,
) -> tuple[dict[dt.date, tuple[TableKind, str | None]], int, list[Problem]]:
    for needed in ("date", "day_kind"):
        if needed not in columns:
            there = ", ".join(str(one) for one in columns.sheet.cells.columns)
            raise InputError(
                [
                    columns.problem(
                        "holidays_column", "error", None, needed, there=there[:300]
                    )
                ]
            )
    first, problems = columns.read("date", cells.date, "date_unreadable", "error")
    last, more = columns.read("to_date", cells.date, "date_unreadable", "error")
    problems += more
    kind, more = columns.read(
        "day_kind", partial(cells.word, column="day_kind"), "day_kind_unknown", "error"
    )
    problems += more
    lost = {one.row for one in problems}
    table: dict[dt.date, tuple[TableKind, str | None]] = {}
    used = 0
    texts = zip(columns.cells.index, columns.strings("name"), strict=True)
    for row, name in ((int(row), name) for row, name in texts):
        if row in lost:
            continue
        if row not in first or row not in kind:
            at = "date" if row not in first else "day_kind"
            problems.append(columns.problem("holiday_blank", "error", row, at))
            continue
        days = (last.get(row, first[row]) - first[row]).days
        if not 0 <= days < _LONGEST:
            problems.append(columns.problem("holiday_span", "error", row, "to_date"))
            continue
        dates = [first[row] + dt.timedelta(days=day) for day in range(days + 1)]
        again = [one for one in dates if one in table and table[one][0] != kind[row]]
        if again:
            shown = again[0].isoformat()
            problems.append(
                columns.problem("holiday_repeated", "error", row, "date", date=shown)
            )
            continue
        table.update(dict.fromkeys(dates, (cast("TableKind", kind[row]), name)))
        used += 1
    return table, used, problems


def _unknown_years(study: Study, found: DayCalendar) -> list[Problem]:
    """Questions about a moment in a year whose holidays nobody knows."""
    problems = []
    for question in study.questions:
        try:
            moment = dt.datetime.fromisoformat(question.when)
        except ValueError:
            continue  # "any opening hour" and its like
        if found.unknown_years([moment.date()]):
            problems.append(
                Problem(
                    "calendar_year_unknown",
                    "warning",
                    FILE_NAME,
                    column=f"question {question.id}.when",
                    value=question.when,
                    values={"year": moment.year},
                )
            )
    return problems
