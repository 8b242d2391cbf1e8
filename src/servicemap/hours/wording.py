"""Hours as people write them -> OSM syntax, or nothing.

A text is read whole or not at all: what is left over after all words that are known
makes it unreadable, and so does a time that may be meant in two ways. Never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from servicemap.hours import clock, syntax
from servicemap.hours.grammar import Reader, UnreadableError
from servicemap.hours.syntax import Rule
from servicemap.hours.vocabulary import SCANNER

MAX_TEXT = 4_000  # characters; every second day of the year is 1,300
_DASHES = re.compile(
    r"\s*(?:[‐‑‒–—―−~～〜﹣－─━⁓∼]+|-+|至|直到|到|\b(?:to|till|until|through|thru)\b)\s*",
    re.IGNORECASE,
)
_COLONS = re.compile("[∶︰﹕]")
_SMALL = re.compile(r"\b(mo|tu|we|th|fr|sa|su|ph|sh)\b", re.IGNORECASE)


@lru_cache(maxsize=8_192)
def to_osm(text: str) -> str | None:
    """Opening hours in OSM syntax.

    Parameters
    ----------
    text
        ``周一至周五 8:30-12:00，13:30-17:00，法定节假日除外``, ``24小时``,
        ``农历逢五、逢十 8:00-11:00``, ``Mon-Fri 9am-5pm``, or OSM syntax itself.

    Returns
    -------
    str or None
        None where the text cannot be read: the hours are then unknown, not closed.
    """
    if not text.strip() or len(text) > MAX_TEXT:
        return None
    osm = _as_osm(text)
    if osm is not None:
        return osm
    try:
        return _written(Reader(_tokens(_plain(text))).rules())
    except UnreadableError:
        return None


def _as_osm(text: str) -> str | None:
    """The text itself, tidied, where it is OSM syntax and means what it says."""
    osm = syntax.tidy(unicodedata.normalize("NFKC", text).strip())
    if not osm.isascii() or not syntax.is_valid(osm):
        return None
    osm = "".join(
        part
        if part.startswith('"')
        else re.sub(r"\bclosed\b", "off", _SMALL.sub(_capital, part), flags=re.IGNORECASE)
        for part in re.split('("[^"]*")', osm)
    )
    osm = re.sub(r"(?<![\d:])(\d:\d\d)", r"0\1", osm)
    rules = syntax.take_apart(osm) or ()
    return None if any(map(_is_slip, rules, range(len(rules)))) else osm


def _is_slip(rule: Rule, place: int) -> bool:
    """Whether a rule is surely not meant as it stands.

    ``8:30-5:00`` is no night, and ``Mo-Fr 8:30-12:00; 13:30-17:00`` is not to overrule its
    first half.
    """
    spans = [span.split("-") for span in rule.times]
    if any(end <= start < "17:00" for start, end in spans) or clock.overlap(rule.times):
        return True
    return place > 0 and rule == Rule(times=rule.times)


def _capital(match: re.Match[str]) -> str:
    word = match[1]
    return word.upper() if word.lower() in ("ph", "sh") else word.title()


def _plain(text: str) -> str:
    """Width, dashes and colons of one kind, single spaces."""
    done = unicodedata.normalize("NFKC", text).strip()
    done = _DASHES.sub("-", _COLONS.sub(":", done))
    return re.sub(r"[^\S\n]+", " ", done)


def _tokens(text: str) -> list[tuple[str, str]]:
    """Words of a text by kind, without spaces and words that say nothing."""
    found = []
    place = 0
    while place < len(text):
        match = SCANNER.match(text, place)
        if match is None or match.end() == place:
            raise UnreadableError
        if match.lastgroup not in ("space", "noise"):
            found.append((str(match.lastgroup), match[0].strip()))
        place = match.end()
    return found


def _written(rules: list[Rule]) -> str:
    text = "; ".join(str(rule) for rule in rules)
    if not syntax.is_valid(text):
        raise UnreadableError
    return text
