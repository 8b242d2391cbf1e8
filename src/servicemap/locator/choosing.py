"""Which of the places that a text may mean it can only mean; else none is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicemap.locator import name_keys
from servicemap.locator.name_keys import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from servicemap.locator.names import Match

WHOLE = ("start", "part", "pinyin", "sound")  # of which all of one was told
SURE = 0.75  # a guess below it is not one that people would make
LEAST_STEM = 2  # characters of a township's name that say which one is meant


def chosen(matches: Sequence[Match], text: str = "") -> Match | None:
    """The one that a text can only mean; None where there are several, or just guesses.

    One exact name (or one place whose name and township were both told) is chosen
    before names that only hold the text; so is one whole address, pinyin or name of that
    sound. Of names within a longer text see `_innermost`. Any other only when it is the
    only one that comes near.

    Parameters
    ----------
    matches
        Of a search, the likeliest first.
    text
        What was searched for.
    """
    if not matches:
        return None
    first = matches[0]
    if first.how in ("id", "name", "words"):
        return first if [one.how for one in matches].count(first.how) == 1 else None
    alike = [one for one in matches if one.how == first.how and one.score == 1.0]
    if first.how in WHOLE and alike == [first]:
        return first
    if first.how == "within":
        return _innermost([one for one in matches if one.how == "within"], fold(text))
    unsure = first.how == "similar" and first.score < SURE
    return first if len(matches) == 1 and not unsure else None


def _innermost(matches: list[Match], text: str) -> Match | None:
    """Of names within an address the one place that all others only lead to.

    A township that stands before its village, or a village before its hamlet, says
    where that is. Names of which only the stem is there count for nothing beside whole
    ones, and neither does a name inside another. Of places of one name that is meant
    whose township is told.
    """
    whole = [one for one in matches if fold(one.name.name) in text]
    left = whole or matches
    left = [one for one in left if not any(_leads_to(one, other) for other in left)]
    if len(left) > 1:
        longest = max(len(fold(one.name.name)) for one in left)
        told = [
            one
            for one in left
            if len(town := name_keys.stem(fold(one.name.township))) >= LEAST_STEM
            and town in text
        ]
        left = [one for one in told if len(fold(one.name.name)) == longest] or left
        left = left if len(told) == 1 else []
    return left[0] if len(left) == 1 else None


def _leads_to(one: Match, other: Match) -> bool:
    """Whether a match only says where another is, or is a part of its name."""
    outer, inner = one.name, other.name
    own = {"township": inner.township_id, "village": inner.village_id}
    if inner.kind != outer.kind and own.get(outer.kind) == outer.place_id:
        return True
    short, long = fold(outer.name), fold(inner.name)
    return short != long and short in long
