"""Texts that leave something open, as all the texts that they may mean.

Where all readings agree at a moment the answer is known; where they differ it is not.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from servicemap.hours.clock import DAY_MIN

if TYPE_CHECKING:
    import datetime as dt

# Between these the sun rises and sets wherever people live, near enough.
_SUN = {
    "early": {"dawn": "03:00", "sunrise": "03:30", "sunset": "15:00", "dusk": "15:30"},
    "late": {"dawn": "09:30", "sunrise": "10:00", "sunset": "22:30", "dusk": "23:00"},
}
_SUN_TIME = re.compile(
    r"\(?\b(dawn|sunrise|sunset|dusk)\b(?: ?[+-] ?\d{1,2}:\d\d\))?", re.IGNORECASE
)
_OPEN_END = re.compile(r"(\d{1,2}:\d\d)(-\d{1,2}:\d\d)?\+")
# Fallback rules, days before and after holidays, repeated times: not read.
_NOT_READ = re.compile(r"\|\||\b[PS]H ?[+-] ?\d|\d:\d\d/\d|\beaster\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b(?!:)")
_DAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_NTH = re.compile(rf"\b{_DAY}\[[^\]]*\]")
_PLAIN_DAY = re.compile(rf"\b{_DAY}\b")
_SPAN = r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)"
_SPANS = re.compile(rf"{_SPAN}(?:,{_SPAN})*")


@lru_cache(maxsize=8_192)
def readings(text: str) -> tuple[str, ...]:
    """Every text that one may mean; none where it cannot be read at all.

    School holidays may be on or not; the sun rises and sets early or late; an open end
    (``08:00+``) comes at once or at midnight.
    """
    if _NOT_READ.search(text):
        return ()
    choices = []
    for school, sun, end in itertools.product(
        ("SH", "Mo-Su"), ("early", "late"), ("at once", "midnight")
    ):
        one = text if school == "SH" else re.sub(r"\bSH\b", school, text)
        one = _SUN_TIME.sub(partial(_sun, kind=sun), one)
        choices.append(_OPEN_END.sub(partial(_ended, end=end), one))
    return tuple(dict.fromkeys(choices))


def _sun(match: re.Match[str], kind: str) -> str:
    return _SUN[kind][match[1].lower()]


def _ended(match: re.Match[str], end: str) -> str:
    start, until = match[1], match[2]
    if end == "midnight":
        return f"{start}-24:00"
    hour, minute = (int(part) for part in start.split(":"))
    return start + (until or f"-{_clock(hour * 60 + minute + 1)}")


@lru_cache(maxsize=8_192)
def over_midnight(text: str) -> tuple[str, str]:
    """A text as what happens before midnight, and what happens the next morning.

    Returns
    -------
    own, next_morning
        ``next_morning`` is empty where no time runs over midnight; its rules are those of
        the day before.
    """
    parts = ["", ""]
    place = 0
    for match in _SPANS.finditer(text):
        kept: tuple[list[str], list[str]] = ([], [])
        for found in re.finditer(_SPAN, match[0]):
            numbers = [int(part) for part in found.groups()]
            start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
            if start < end <= DAY_MIN:
                kept[0].append(found[0])
                continue
            end = end if end > start else end + DAY_MIN
            kept[0].append(f"{_clock(start)}-24:00")
            if end > DAY_MIN:
                kept[1].append(f"00:00-{_clock(end - DAY_MIN)}")
        for side in (0, 1):
            parts[side] += text[place : match.start()] + (",".join(kept[side]) or "off")
        place = match.end()
    own, morning = (part + text[place:] for part in parts)
    return own, morning if "00:00-" in morning and own != text else ""


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@lru_cache(maxsize=8_192)
def needs_weekday(text: str) -> bool:
    """Whether a text asks for weekdays, apart from such as the second Wednesday of a month.

    Those name dates, and are asked of the date itself.
    """
    return bool(_PLAIN_DAY.search(_NTH.sub("", text)))


def _moved(match: re.Match[str], years: int) -> str:
    return str(int(match[0]) + years)


def as_weekday(text: str, date: dt.date, weekday: int) -> tuple[str, dt.date]:
    """A text and a date as they would be if that date fell on another weekday.

    The same day of the same month in the nearest year where it does; years in the text
    move along.
    """
    for shift in (step * sign for step in range(1, 60) for sign in (1, -1)):
        try:
            there = date.replace(year=date.year + shift)
        except ValueError:
            continue  # 29 February
        if there.weekday() == weekday:
            return _YEAR.sub(partial(_moved, years=shift), text), there
    return text, date
