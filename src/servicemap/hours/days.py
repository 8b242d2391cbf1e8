"""What kind of day a date is: workday, weekend, public holiday, make-up workday (调休上班).

The user's own table comes first, then the list for the country, then the plain weekday.
For China the list is that of the package ``chinesecalendar``, which follows the yearly
notices of the State Council; for other countries that of ``opening-hours-py``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DayKind = Literal["workday", "weekend", "holiday", "makeup_workday"]
# What a table of the user may say; ``ordinary`` takes back what the country's list says.
TableKind = Literal["holiday", "makeup_workday", "ordinary"]
CHINA = "CN"
_CHINA_ZONES = (
    "Asia/Shanghai",
    "Asia/Chongqing",
    "Asia/Chungking",
    "Asia/Harbin",
    "Asia/Urumqi",
    "Asia/Kashgar",
    "PRC",
)
_SATURDAY = 5


@dataclass(frozen=True)
class Day:
    """One date.

    Attributes
    ----------
    kind
        A holiday includes the days off around it that were moved there (调休放假).
    name
        Of the holiday, also on its make-up workdays, in the language of its list.
    is_known
        False where the country's list does not know the year: the kind is then that of
        the plain weekday.
    """

    date: dt.date
    kind: DayKind
    name: str | None = None
    is_known: bool = True


class DayCalendar:
    """Classifies dates.

    Parameters
    ----------
    table
        The user's own dates: kind and name.
    country
        ``"CN"``, or the ISO 3166 code of another country; None for no list at all.

    Raises
    ------
    ValueError
        There is no list of holidays for the country.
    """

    def __init__(
        self,
        table: Mapping[dt.date, tuple[TableKind, str | None]] | None = None,
        country: str | None = None,
    ) -> None:
        if country is not None and not has_list(country):
            msg = f"no list of holidays for {country!r}"
            raise ValueError(msg)
        self._table = dict(table or {})
        self.country = country
        self._days: dict[dt.date, Day] = {}

    def day(self, date: dt.date) -> Day:
        """Kind of a date.

        Parameters
        ----------
        date
            A local date; of a ``datetime`` the date counts.
        """
        if isinstance(date, dt.datetime):
            date = date.date()
        found = self._days.get(date)
        if found is None:
            found = self._days[date] = self._classify(date)
        return found

    def _classify(self, date: dt.date) -> Day:
        said = self._table.get(date)
        if said is not None and said[0] != "ordinary":
            return Day(date, said[0], said[1])
        if said is not None:
            return Day(date, _plain(date), said[1])
        if self.country == CHINA:
            return _in_china(date)
        if self.country is not None and _is_holiday(date, self.country):
            return Day(date, "holiday")
        return Day(date, _plain(date))

    def unknown_years(self, dates: Iterable[dt.date]) -> list[int]:
        """Years among dates that the country's list does not know, where it matters.

        Dates of the user's table need no list.
        """
        return sorted({date.year for date in dates if not self.day(date).is_known})


def country_of(timezone: str) -> str | None:
    """``"CN"`` for the time zones of mainland China, else None."""
    return CHINA if timezone in _CHINA_ZONES else None


@cache
def has_list(country: str) -> bool:
    """Whether there is a list of holidays for a country."""
    from opening_hours import OpeningHours

    try:
        OpeningHours("PH off", country=country)
    except Exception as error:
        if type(error).__name__ != "UnknownCountryError":  # its stubs do not name it
            raise
        return False
    return True


@cache
def known_years() -> tuple[int, int]:
    """First and last year that the list for China knows."""
    from chinese_calendar.constants import holidays

    return min(holidays).year, max(holidays).year


def _plain(date: dt.date) -> DayKind:
    return "weekend" if date.weekday() >= _SATURDAY else "workday"


def _in_china(date: dt.date) -> Day:
    from chinese_calendar.constants import Holiday, holidays, workdays

    first, last = known_years()
    if not first <= date.year <= last:
        return Day(date, _plain(date), is_known=False)
    chinese = {one.value: one.chinese for one in Holiday}
    lists: tuple[tuple[Any, DayKind], ...]
    lists = ((workdays, "makeup_workday"), (holidays, "holiday"))
    for days, kind in lists:
        if date in days:
            name = chinese.get(days[date], days[date])
            return Day(date, kind, name)
    return Day(date, _plain(date))


@cache
def _holidays(country: str) -> Any:
    from opening_hours import OpeningHours

    return OpeningHours("PH 00:00-24:00", country=country)


def _is_holiday(date: dt.date, country: str) -> bool:
    noon = dt.datetime.combine(date, dt.time(12))
    return bool(_holidays(country).is_open(noon))
