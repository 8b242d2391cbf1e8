"""Opening hours as people say them, for the hours that offices have.

OSM's syntax is larger than this; what is not understood is shown as it was
written, which is better than half a translation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.study import Language

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY = "|".join((*DAYS, "PH"))
_DAYS = re.compile(rf"(?:{_DAY})(?:-(?:{_DAY}))?(?:,(?:{_DAY})(?:-(?:{_DAY}))?)*")
_TIMES = re.compile(r"\d{1,2}:\d{2}-\d{1,2}:\d{2}(?:,\d{1,2}:\d{2}-\d{1,2}:\d{2})*")
_RULE = re.compile(
    rf"(?:(?P<days>{_DAYS.pattern})\s+)?(?P<times>{_TIMES.pattern}|off|closed)"
)


def hours_text(hours: Any, language: Language) -> str:
    """Opening hours in words; what cannot be put in words stays as it is.

    Parameters
    ----------
    hours
        OSM syntax, or missing: unknown, which is not closed.
    language
        Of the text.

    Returns
    -------
    str
        ``""`` for unknown hours.
    """
    if pd.isna(hours) or not str(hours).strip():
        return ""
    text = str(hours).strip()
    if text == "24/7":
        return say("map.hours.always", language)
    rules = [
        _RULE.fullmatch(re.sub(r",\s+", ",", rule.strip())) for rule in text.split(";")
    ]
    if not all(rules):
        return text
    said = [_rule(match, language) for match in rules if match]
    return say("map.hours.then", language).join(said)


def _rule(match: re.Match[str], language: Language) -> str:
    days, times = match["days"], match["times"]
    if times in ("off", "closed"):
        when = say("map.hours.closed", language)
    else:
        when = say("map.hours.and", language).join(
            one.replace("-", "–") for one in times.split(",")
        )
    if not days:
        return when
    spoken = say("map.hours.and", language).join(
        say("map.hours.to", language).join(
            say(f"map.hours.{day}", language) for day in part.split("-")
        )
        for part in days.split(",")
    )
    return say("map.hours.rule", language, days=spoken, times=when)
