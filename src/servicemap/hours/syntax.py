"""Opening hours in OSM syntax, taken apart into rules and put together again.

Source of the syntax: OpenStreetMap wiki, ``Key:opening_hours/specification``. Market
days by the lunar calendar have no spelling there; one selector is added for them, and
is evaluated date by date (`servicemap.hours.minutes`)::

    lunar 05,10,15,20,25,30 08:00-11:00
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONTHS = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
ALWAYS = "24/7"
DAYS_OF = {"Feb": 29, "Apr": 30, "Jun": 30, "Sep": 30, "Nov": 30}  # others have 31

_DAY = "|".join(WEEKDAYS)
_NTH = r"\[-?[1-5](?:[,-]-?[1-5])*\]"
_WEEKDAY = rf"(?:(?:{_DAY})-(?:{_DAY})|(?:{_DAY})(?:{_NTH})?|PH)"
_POINT = rf"(?:(?:19|20)\d\d\ )?(?:{'|'.join(MONTHS)})(?:\ \d{{1,2}}(?!\d|:))?"
_DATE = rf"{_POINT}(?:-(?:{_POINT}|\d{{1,2}}(?![:\d])))?"
_TIME = r"\d{1,2}:\d\d-\d{1,2}:\d\d"
_RULE = re.compile(
    rf"""
    (?:lunar\ (?P<lunar>\d{{1,2}}(?:,\d{{1,2}})*)(?:\ |$))?
    (?:(?P<dates>{_DATE}(?:,{_DATE})*)(?:\ |$))?
    (?:(?P<days>{_WEEKDAY}(?:,{_WEEKDAY})*)(?:\ |$))?
    (?P<times>{_TIME}(?:,{_TIME})*|{ALWAYS}|off|closed|)
    (?:\ ?"(?P<note>[^"]*)")?
    """,
    re.VERBOSE,
)
_QUOTED = re.compile(r'("[^"]*")')
_LUNAR_RULE = re.compile(r"lunar (\d{1,2}(?:,\d{1,2})*)(?: (.*))?")
_MAX_LUNAR = 30
_NO_DAY = re.compile(r"(?:Feb 3[01]|(?:Apr|Jun|Sep|Nov) 31)(?![:\d])")


@dataclass(frozen=True)
class Rule:
    """One rule: on which days, between which times; or closed then.

    Attributes
    ----------
    lunar
        Days of the lunar month, 1 to 30.
    dates
        As OSM spells them: ``May 01-Sep 30``, ``Jan 05``, ``2026 Feb 14``.
    weekdays
        ``Mo-Fr``, ``Sa``, ``We[1]``, and ``PH`` for public holidays.
    times
        ``08:30-12:00``; none is the whole day.
    is_off
        Closed then.
    note
        What stands in quotes; open with a note is unknown.
    """

    lunar: tuple[int, ...] = ()
    dates: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    is_off: bool = False
    note: str = ""

    def __str__(self) -> str:
        parts = []
        if self.lunar:
            parts.append("lunar " + ",".join(f"{day:02d}" for day in self.lunar))
        # The syntax has holidays at either end of a list, not within.
        weekdays = sorted(self.weekdays, key=lambda one: one == "PH")
        parts += [",".join(part) for part in (self.dates, weekdays) if part]
        if self.is_off:
            parts.append("off")
        elif self.times:
            parts.append(",".join(self.times))
        elif not parts and not self.note:
            parts.append(ALWAYS)
        elif self.lunar and not (self.dates or self.weekdays):
            parts.append("00:00-24:00")
        if self.note:
            parts.append(f'"{self.note}"')
        return " ".join(parts)


@lru_cache(maxsize=8_192)
def tidy(text: str) -> str:
    """Without spaces and semicolons that change or hide the meaning.

    ``Mo-Fr 08:30 - 12:00 , 13:30 - 17:00`` would otherwise be read as two rules, the
    second of them for every day.
    """
    done = []
    for part in _QUOTED.split(text.strip()):
        if part.startswith('"'):
            done.append(part)
            continue
        short = re.sub(r"\s+", " ", part)
        short = re.sub(r" ?- ?(?=[A-Za-z0-9])", "-", short)
        short = re.sub(r" ?, ?(?=\d)", ",", short)
        short = re.sub(
            rf"((?:{_DAY}|PH|SH)(?:{_NTH})?) ?, ?(?={_DAY}|PH|SH)", r"\1,", short
        )
        done.append(re.sub(r" ?; ?", "; ", short))
    return re.sub(r"^[; ]+|[; ]+$", "", "".join(done))


def split(text: str) -> list[str]:
    """The rules of a text that overrule one another, as they stand between semicolons."""
    rules = [""]
    for part in _QUOTED.split(text):
        if part.startswith('"'):
            rules[-1] += part
        else:
            first, *rest = part.split(";")
            rules[-1] += first
            rules += rest
    return [rule.strip() for rule in rules if rule.strip()]


def lunar_days(rule: str) -> tuple[tuple[int, ...], str]:
    """Days of the lunar month that a rule names, and the rule without them.

    Returns
    -------
    days, rest
        No days where the rule names none.
    """
    match = _LUNAR_RULE.fullmatch(rule)
    if match is None:
        return (), rule
    return tuple(int(day) for day in match[1].split(",")), match[2] or ALWAYS


@lru_cache(maxsize=8_192)
def take_apart(text: str) -> tuple[Rule, ...] | None:
    """Rules of a text; None where it uses more of OSM's syntax than `Rule` holds."""
    rules = []
    for whole in split(tidy(text)):
        for one in re.split(r"(?<=\d\d:\d\d), ?(?=[A-Z])", whole):
            match = _RULE.fullmatch(one)
            if match is None:
                return None
            rules.append(_rule(match))
    return tuple(rules) or None


def _rule(match: re.Match[str]) -> Rule:
    def parts(name: str) -> tuple[str, ...]:
        return tuple(match[name].split(",")) if match[name] else ()

    times = match["times"]
    is_span = times not in ("", ALWAYS, "off", "closed")
    return Rule(
        lunar=tuple(int(day) for day in parts("lunar")),
        dates=parts("dates"),
        weekdays=tuple(re.findall(_WEEKDAY, match["days"] or "")),
        times=tuple(_padded(one) for one in parts("times")) if is_span else (),
        is_off=times in ("off", "closed"),
        note=match["note"] or "",
    )


def _padded(span: str) -> str:
    return "-".join(one.rjust(5, "0") for one in span.split("-"))


@lru_cache(maxsize=8_192)
def is_valid(text: str) -> bool:
    """Whether a text is OSM syntax, with the lunar selector or without.

    A text that names only a year, or a day that no year has (30 February), is not.
    """
    from opening_hours import validate

    if _NO_DAY.search(text) or not re.search(r"[A-Za-z:/]", text):
        return False
    rules = [lunar_days(rule) for rule in split(text)]
    if any(not 1 <= day <= _MAX_LUNAR for days, _ in rules for day in days):
        return False
    return bool(rules) and all(validate(rest) for _, rest in rules)
