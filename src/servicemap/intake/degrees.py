"""Longitude and latitude as people write them -> decimal degrees."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

_LETTERS = re.compile(
    r"东经|西经|北纬|南纬|经度|纬度|lon(?:gitude)?|lat(?:itude)?|[EWNSewns]"
)
_SIGNS = re.compile(r"西经|南纬|[WSws]")
_MARKS = re.compile(r"[°º˚度d'’‘′`分m\"”“″秒s:]+|(?<=\d)\s+(?=\d)", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"^[+-]?\d{1,3},\d{3,}$")
_PAIR = re.compile(r"[,，;；、|/]|\s{2,}")
_MINUTES = 60.0
_PARTS = 3


def degrees(cell: Any) -> float:
    """One angle in decimal degrees; NaN when the cell is none.

    Read are numbers, numbers as text (full width too), ``120°30'15.5"E`` in all
    usual marks, ``120度30分15秒``, ``120:30:15``, ``120 30 15``, ``东经120.5`` and a
    decimal comma. Degrees may have a sign or a letter, not both.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell) if math.isfinite(cell) else math.nan
    return _from_text(cell) if isinstance(cell, str) else math.nan


def _from_text(cell: str) -> float:
    # ″ and ′ are decomposed by NFKC into runs of ′: keep them apart first.
    done = unicodedata.normalize("NFKC", cell.replace("″", '"').replace("′", "'"))
    done = done.replace("''", '"').strip()
    if _DECIMAL_COMMA.match(done):
        done = done.replace(",", ".")
    letters = _LETTERS.findall(done)
    if len(letters) > 1 and not _same_word(letters):
        return math.nan
    negative = bool(_SIGNS.search("".join(letters)))
    body = _LETTERS.sub(" ", done).strip(" :=,")
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
    axes = {"经" in one or one[:1] in "EWew" or one.startswith("lon") for one in letters}
    return len(axes) == 1


def pair(cell: Any) -> tuple[float, float]:
    """Longitude and latitude from one cell, in the order written; NaN when it is none.

    Letters or words (``N47.1 E9.5``, ``纬度47.1, 经度9.5``) put the two in order.
    """
    if not isinstance(cell, str):
        return math.nan, math.nan
    text = unicodedata.normalize("NFKC", cell).strip().strip("()[]{}（）")
    parts = [part for part in _PAIR.split(text) if part.strip()]
    if len(parts) != 2:  # noqa: PLR2004 - a pair
        parts = text.split()
    if len(parts) != 2:  # noqa: PLR2004 - a pair
        return math.nan, math.nan
    first, second = (degrees(part) for part in parts)
    if re.search(r"[NSns北南纬]|lat", parts[0]) and not re.search(
        r"[EWew东西经]|lon", parts[0]
    ):
        return second, first
    return first, second
