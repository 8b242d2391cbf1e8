"""Longitude and latitude as people write them -> decimal degrees."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

_EAST_WORDS = r"东经|西经|经度|longitude|lon|lng"
_NORTH_WORDS = r"北纬|南纬|纬度|latitude|lat"
_LETTERS = re.compile(rf"{_EAST_WORDS}|{_NORTH_WORDS}|[EWNS东西南北]", re.IGNORECASE)
_SIGNS = re.compile(r"[西南WS]", re.IGNORECASE)
_NORTH = re.compile(rf"{_NORTH_WORDS}|[NS南北]", re.IGNORECASE)
_MARKS = re.compile(r"[°度'‘’‛‵分m\"”“秒s:]+|(?<=\d)\s+(?=\d)", re.IGNORECASE)
# What looks like the marks of degrees, minutes and seconds; NFKC would take them apart.
_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("º˚∘○", "°"),
        **dict.fromkeys("′ʹˊˋ´`＇‘’", "'"),
        **dict.fromkeys("″ʺ˝〃＂“”", '"'),
    }
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_FRACTION = r"\d+(?:\.\d+)?"
# 120d30m15s and 120deg 30min 15sec: the s is no south.
_WORDS = re.compile(
    rf"(\d+)\s*d(?:eg(?:rees?)?)?\.?\s*"
    rf"(?:({_FRACTION})\s*m(?:in(?:utes?)?)?\.?\s*(?:({_FRACTION})\s*s(?:ec(?:onds?)?)?(?![a-df-mo-rtuvx-z])\.?)?)?",
    re.IGNORECASE,
)
_DEGREES_WORD = re.compile(rf"({_FRACTION})\s*deg(?:rees?)?\b", re.IGNORECASE)
_DASHED = re.compile(r"^(\d{1,3})-(\d{1,2})-(\d{1,2}(?:\.\d+)?)$")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"^[+-]?\d{1,3},\d{3,}$")
_MINUTES = 60.0
_PARTS = 3

_PAIR = re.compile(r"[,;、|/]|\s{2,}")
_LABEL = re.compile(r"^(?:地理)?(?:坐标|经纬度|位置|定位|gps)\s*[::]?\s*", re.IGNORECASE)
_AXES = re.compile(r"\b[xy]\s*[:=]\s*", re.IGNORECASE)
_POINT = re.compile(r"^(?:SRID=\d+;)?POINT\s*\(([^()]*)\)$", re.IGNORECASE)
_BEHIND_WORD = r"\s*[\"']?\s*[:=]?\s*"
# Both axes named: 东经120.5北纬28.1, lng=120.5&lat=28.1, N28 7 24 E120 30 15, 120.5E28.1N.
_NAMED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^\W*(?P<first>(?:{_EAST_WORDS}){_BEHIND_WORD}.*?)(?P<second>(?:{_NORTH_WORDS}).*)$",
        rf"^\W*(?P<first>(?:{_NORTH_WORDS}){_BEHIND_WORD}.*?)(?P<second>(?:{_EAST_WORDS}).*)$",
        r"^(?P<first>[EW东西][^a-z东西南北]*)(?P<second>[NS南北][^a-z东西南北]*)$",
        r"^(?P<first>[NS南北][^a-z东西南北]*)(?P<second>[EW东西][^a-z东西南北]*)$",
        r"^(?P<first>[^a-z东西南北]+[EW东西])(?P<second>[^a-z东西南北]+[NS南北])$",
        r"^(?P<first>[^a-z东西南北]+[NS南北])(?P<second>[^a-z东西南北]+[EW东西])$",
    )
)


def degrees(cell: Any) -> float:
    """One angle in decimal degrees; NaN when the cell is none.

    Read are numbers, numbers as text (full width too), ``120°30'15.5"E`` in all
    usual marks, ``120度30分15秒``, ``120:30:15``, ``120 30 15``, ``东经120.5`` and a
    decimal comma. Degrees may have a sign or a letter, not both.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell) if math.isfinite(cell) else math.nan
    return _from_text(cell) if isinstance(cell, str) else math.nan


def _plain(text: str) -> str:
    """Marks of one kind, half width."""
    done = unicodedata.normalize("NFKC", _UNSEEN.sub("", text).translate(_LOOKALIKES))
    done = done.replace("''", '"').strip()
    done = _WORDS.sub(_with_marks, done)
    return _DEGREES_WORD.sub(r"\1°", done).rstrip("。.,; ")


def _with_marks(match: re.Match[str]) -> str:
    marks = zip(match.groups(), "°'\"", strict=True)
    return "".join(f"{number}{mark}" for number, mark in marks if number)


def _from_text(cell: str) -> float:
    done = _plain(cell)
    if _DECIMAL_COMMA.match(done):
        done = done.replace(",", ".")
    letters = _LETTERS.findall(done)
    if len(letters) > 1 and not _same_word(letters):
        return math.nan
    negative = bool(_SIGNS.search("".join(letters)))
    body = _LETTERS.sub(" ", done).strip(" :=,\"'")
    body = _DASHED.sub(r"\1°\2'\3", body)
    parts = [part.strip() for part in _MARKS.split(body)]
    parts = [part for part in parts if part]
    if not 1 <= len(parts) <= _PARTS or not all(_NUMBER.fullmatch(part) for part in parts):
        return math.nan
    values = [float(part) for part in parts]
    too_many = any(value >= _MINUTES or value < 0 for value in values[1:])
    if too_many or any("." in part for part in parts[:-1]):
        return math.nan
    total = sum(abs(value) / _MINUTES**power for power, value in enumerate(values))
    below = parts[0].startswith("-")
    return -total if below != negative else total


def _same_word(letters: list[str]) -> bool:
    """``经度: 120.5E``: a word and a letter for the same axis."""
    return len({bool(_NORTH.fullmatch(one)) for one in letters}) == 1


def _is_north(text: str) -> bool:
    return any(_NORTH.fullmatch(one) for one in _LETTERS.findall(text))


def pair(cell: Any) -> tuple[float, float]:
    """Longitude and latitude from one cell, in the order written; NaN when it is none.

    Letters or words (``N47.1 E9.5``, ``纬度47.1, 经度9.5``) put the two in order.
    """
    if not isinstance(cell, str):
        return math.nan, math.nan
    text = _LABEL.sub("", _plain(cell)).strip("()[]{}（）")
    point = _POINT.match(_plain(cell))
    parts = point[1].split() if point else _parts(_AXES.sub("", text))
    if len(parts) != 2:  # noqa: PLR2004 - a pair
        return math.nan, math.nan
    first, second = (degrees(part) for part in parts)
    if math.isnan(first) or math.isnan(second):
        return math.nan, math.nan
    is_swapped = _is_north(parts[0]) and not _is_north(parts[1])
    return (second, first) if is_swapped else (first, second)


def _parts(text: str) -> list[str]:
    for pattern in _NAMED:
        match = pattern.match(text)
        if match:
            return [one.strip(" ,;&、|/{}") for one in match.group("first", "second")]
    parts = [part for part in _PAIR.split(text) if part.strip()]
    return parts if len(parts) == 2 else text.split()  # noqa: PLR2004 - a pair
