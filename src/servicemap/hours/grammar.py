"""Words of known kinds, from left to right -> rules, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from servicemap.hours import clock, selectors
from servicemap.hours.syntax import Rule

EVERY_DAY = "Mo-Su"
HOLIDAY = "PH"
BY_APPOINTMENT = "by appointment"
_STOPS = ("weak", "bracket", "strong", "join")


@dataclass
class _Draft:
    """A rule that is being put together."""

    lunar: tuple[int, ...] = ()
    dates: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    times: list[str] = field(default_factory=list)
    is_whole_day: bool = False
    has_note: bool = False
    is_season: bool = False
    weekdays_first: bool = False

    @property
    def has_days(self) -> bool:
        return bool(self.lunar or self.dates or self.weekdays)

    @property
    def has_times(self) -> bool:
        return bool(self.times) or self.is_whole_day


class UnreadableError(Exception):
    """A text that may mean two things, or nothing."""


class Reader:
    """Reads tokens from left to right into rules.

    Days usually stand before their times; where a text begins with times, they stand
    behind them.
    """

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        kinds = [kind for kind, _ in tokens]
        # 赶集日 8:00-12:00: on market days, and not told which these are
        if "market_word" in kinds and (_DAYS - {"every"}).isdisjoint(kinds):
            raise UnreadableError
        self._tokens = _calendar_first([one for one in tokens if one[0] != "market_word"])
        kinds = [kind for kind, _ in self._tokens]
        first = next((kind for kind in kinds if kind in _DAYS or kind in _TIMES), None)
        self._is_postfix = first in _TIMES and not _DAYS.isdisjoint(kinds)
        self._done: list[_Draft] = []
        self._off: list[Rule] = []
        self._now = _Draft()
        self._is_lunar = False
        self._holidays = ""  # off, as usual, or not said
        # Weekdays since the last times, each with whether it is joined to the one before.
        self._named: list[tuple[tuple[str, ...], bool]] = []
        self._is_joined = False
        self._closes_next = False  # closed on Sundays

    def rules(self) -> list[Rule]:
        """All rules; those that close come last."""
        if self._tokens and all(kind == "off" for kind, _ in self._tokens):
            return [Rule(is_off=True)]
        for place, (kind, word) in enumerate(self._tokens):
            if kind in _STOPS:
                self._is_joined = kind == "join"
                if kind == "bracket":
                    self._named = []
                if kind == "strong" and self._now.has_times and self._next(place) in _DAYS:
                    self._flush()
            else:
                self._take(kind, word, place)
                self._is_joined = False
        self._flush()
        if self._closes_next:
            raise UnreadableError
        return [*self._opening(), *self._closing()]

    def _next(self, place: int) -> str:
        """Kind of the next word that names days or times."""
        rest = (kind for kind, _ in self._tokens[place + 1 :])
        return next((kind for kind in rest if kind in _DAYS or kind in _TIMES), "")

    def _take(self, kind: str, word: str, place: int) -> None:
        if kind == "lunar_word":
            self._is_lunar = True
        elif kind == "solar_word":
            self._is_lunar = False
        elif kind in ("but_holidays", "with_holidays"):
            self._holidays = "off" if kind == "but_holidays" else "as usual"
        elif kind in ("off", "but"):
            self._close(place, is_rest=kind == "off")
        elif kind == "as_usual":
            self._as_usual()
        elif kind == "season":
            self._begin(with_date=True)
            self._now.is_season = True
        elif kind == "note":
            self._now.has_note = True
        elif kind in _TIMES:
            self._time(kind, word)
        elif kind in _DATES:
            self._select_dates(kind, word)
        else:
            self._select_weekdays(kind, word, place)

    def _time(self, kind: str, word: str) -> None:
        if self._is_postfix and self._now.has_days and self._now.has_times:
            self._flush()
        if kind == "always":
            self._now.is_whole_day = True
        else:
            found = clock.span(word)
            if found is None:
                raise UnreadableError
            self._now.times.append(found)
        self._named = []

    def _select_weekdays(self, kind: str, word: str, place: int) -> None:
        days = _WEEKDAYS[kind](word)
        if not days:
            raise UnreadableError
        if kind == "workdays" and not self._holidays:
            self._holidays = "off"
        self._begin(with_date=False)
        self._now.weekdays_first |= not self._now.dates
        self._now.weekdays += tuple(one for one in days if one not in self._now.weekdays)
        self._named.append((days, self._is_joined))
        if self._closes_next:
            self._closes_next = False
            self._close(place, is_rest=True)
            if self._next(place) in _TIMES and not self._is_postfix:
                raise UnreadableError

    def _select_dates(self, kind: str, word: str) -> None:
        self._begin(with_date=True)
        self._named = []
        if kind in ("dates", "english_dates"):
            read = selectors.chinese_dates if kind == "dates" else selectors.english_dates
            found = read(word)
            if found is None:
                raise UnreadableError
            self._now.dates += (found,)
            return
        days = selectors.market(word) if kind == "market" else selectors.month_days(word)
        is_lunar = (
            self._is_lunar or kind == "english_lunar" or bool(re.search("[初廿]", word))
        )
        if not days or (kind == "lunar_days" and not is_lunar):
            raise UnreadableError
        if is_lunar:
            self._now.lunar = tuple(sorted({*self._now.lunar, *selectors.lunar(days)}))
        else:
            self._now.dates += selectors.solar(days)

    def _begin(self, *, with_date: bool) -> None:
        """Days behind times begin a new rule, unless days stand behind their times."""
        if not self._now.has_times or self._is_postfix:
            return
        before = self._now
        self._flush()
        if before.is_season and not with_date:  # the weekdays of one season
            self._now.dates, self._now.is_season = before.dates, True

    def _close(self, place: int, *, is_rest: bool) -> None:
        """The days just named are closed."""
        closed: list[str] = []
        is_dated = not self._named and bool(self._now.dates or self._now.lunar)
        if is_dated and not (self._now.has_times or self._now.weekdays):
            self._off.append(Rule(self._now.lunar, self._now.dates, is_off=True))
            self._now = _Draft()
            return
        if not self._named:
            self._closes_next = is_rest and (self._now.has_times or not self._now.has_days)
            if not self._closes_next:
                raise UnreadableError
            return
        more = True
        while self._named and more:
            days, more = self._named.pop()
            closed = [*days, *closed]
            # 周六、周日，节假日休息: nothing else is said about the first two
            more |= is_rest and self._next(place) not in _TIMES and not self._is_postfix
        self._now.weekdays = tuple(one for one in self._now.weekdays if one not in closed)
        self._named = []
        if HOLIDAY in closed:
            self._holidays = "off"
            closed.remove(HOLIDAY)
        if closed:
            self._off.append(Rule(weekdays=tuple(closed), is_off=True))

    def _as_usual(self) -> None:
        """Holidays are like any day; of other days it says nothing new."""
        if not self._named:
            raise UnreadableError
        days, _ = self._named.pop()
        if days == (HOLIDAY,):
            self._now.weekdays = tuple(one for one in self._now.weekdays if one != HOLIDAY)
            self._holidays = "as usual"

    def _flush(self) -> None:
        now = self._now
        if self._done and now == _Draft(weekdays=(EVERY_DAY,), weekdays_first=True):
            now = _Draft()  # 每天9:00-21:00，全年无休
        if now.has_days or now.has_times or now.has_note or now.is_season:
            self._done.append(now)
        self._now = _Draft()
        self._named = []

    def _opening(self) -> list[Rule]:
        if not self._done:
            raise UnreadableError  # closed on some days; when it is open is not said
        self._spread_weekdays()
        rules = []
        for one in self._done:
            times, weekdays = tuple(one.times), one.weekdays
            is_bare_note = one.has_note and not one.has_days and len(self._done) == 1
            if not (one.has_times or is_bare_note) or (one.is_season and not one.dates):
                raise UnreadableError
            if clock.overlap(times):
                raise UnreadableError
            if not times and one.has_times:
                is_every_day = weekdays in ((), (EVERY_DAY,))
                weekdays = () if is_every_day else weekdays
                if not is_every_day or one.dates or one.lunar:
                    times = ("00:00-24:00",)
            note = BY_APPOINTMENT if one.has_note else ""
            rules.append(Rule(one.lunar, one.dates, weekdays, times, note=note))
        return rules

    def _spread_weekdays(self) -> None:
        """周一至周五 夏季(5月-9月)8:00-12:00，冬季(10月-4月)8:30-12:00 has two rules."""
        dated = [one for one in self._done if one.is_season or one.dates]
        lacking = [one for one in dated if not one.weekdays]
        if not lacking or len(lacking) == len(dated):
            return
        if not dated[0].weekdays_first or len(lacking) != len(dated) - 1:
            raise UnreadableError
        for one in lacking:
            one.weekdays = dated[0].weekdays

    def _closing(self) -> list[Rule]:
        has_own = any(HOLIDAY in one.weekdays for one in self._done)
        if self._holidays != "off" or has_own:
            return self._off
        return [*self._off, Rule(weekdays=(HOLIDAY,), is_off=True)]


def _calendar_first(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """逢二、七（农历） is 农历逢二、七; a calendar without days says nothing."""
    done: list[tuple[str, str]] = []
    for place, token in enumerate(tokens):
        rest = (kind for kind, _ in tokens[place + 1 :] if kind not in _STOPS)
        if token[0] not in ("lunar_word", "solar_word") or next(rest, "") in _DATES:
            done.append(token)
            continue
        at = len(done)
        while at and done[at - 1][0] in ("bracket", "weak", "join", *_DATES):
            at -= 1
        if all(kind not in _DATES for kind, _ in done[at:]):
            raise UnreadableError
        done.insert(at, token)
    return done


_WEEKDAYS = {
    "every": lambda _: (EVERY_DAY,),
    "workdays": lambda _: ("Mo-Fr",),
    "weekdays": lambda _: ("Mo-Fr",),
    "weekend": lambda _: ("Sa-Su",),
    "holidays": lambda _: (HOLIDAY,),
    "nth": selectors.nth_weekdays,
    "chinese_days": selectors.weekdays,
    "english_days": selectors.weekdays,
}
_DATES = {"dates", "english_dates", "market", "month_days", "lunar_days", "english_lunar"}
_DAYS = {*_WEEKDAYS, *_DATES, "season"}
_TIMES = {"time", "always"}
