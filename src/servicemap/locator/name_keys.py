"""Keys by which a name is found: itself, its pinyin in every reading, its initials."""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

MOST_READINGS = 24  # of one name; a name of many polyphones has hundreds
_APART = re.compile(r"[\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
# words that say what kind of place it is, and that people leave out
_ENDINGS = (
    "居民委员会",
    "村民委员会",
    "社区居委会",
    "村委会",
    "居委会",
    "街道办事处",
    "自然村",
    "社区",
    "街道",
    "村",
    "乡",
    "镇",
)


@dataclass(frozen=True)
class Keys:
    """Keys of one name, the most literal first in each.

    Attributes
    ----------
    plain
        Lower case, without spaces, marks and width variants; with accents and without,
        with the ending (村, 社区, ...) and without.
    pinyin, initials
        Of every reading; empty without Chinese characters.
    """

    plain: tuple[str, ...]
    pinyin: tuple[str, ...]
    initials: tuple[str, ...]


def fold(text: str) -> str:
    """Text as it is compared: one width, lower case, letters and digits only."""
    return _APART.sub("", unicodedata.normalize("NFKC", text).lower())


def unaccented(text: str) -> str:
    """The same without accents: la seu d'urgell, maca for maça."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(one for one in letters if not unicodedata.combining(one))


def has_han(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return _HAN.search(text) is not None


def stem(folded: str) -> str:
    """A name without the word for its kind: 石岭 of 石岭乡; at least two characters."""
    for ending in _ENDINGS:
        if folded.endswith(ending) and len(folded) >= len(ending) + 2:
            return folded.removesuffix(ending)
    return folded


def keys(name: str) -> Keys:
    """All keys of a name.

    Parameters
    ----------
    name
        As the office or the map writes it.
    """
    whole = fold(name)
    plain = dict.fromkeys([whole, unaccented(whole), stem(whole)])
    plain.pop("", None)
    readings = _readings(whole) if has_han(whole) else []
    short = len(stem(whole)) if len(readings and readings[0]) == len(whole) else None
    pinyin = dict.fromkeys("".join(one[:end]) for end in (None, short) for one in readings)
    initials = dict.fromkeys("".join(part[:1] for part in one) for one in readings)
    return Keys(tuple(plain), tuple(pinyin), tuple(initials))


def sound(text: str) -> str:
    """How a text is read in its likeliest reading: what homophones share."""
    import pypinyin

    return "".join(pypinyin.lazy_pinyin(fold(text), v_to_u=False))


def _readings(name: str) -> list[list[str]]:
    """Syllables of a name, the usual reading first, then those one or two syllables off."""
    import pypinyin

    usual = pypinyin.lazy_pinyin(name, errors=_letters)
    # one character at a time: in a phrase that it knows pypinyin gives one reading only
    others = [
        pypinyin.pinyin(one, pypinyin.Style.NORMAL, heteronym=True, errors=_letters)[0]
        for one in name
    ]
    found = [usual]
    if len(others) != len(usual):
        return found
    choices = [
        (place, other)
        for place, syllables in enumerate(others)
        for other in dict.fromkeys(syllables)
        if other != usual[place]
    ]
    for changes in itertools.chain(
        ((one,) for one in choices), itertools.combinations(choices, 2)
    ):
        if len(found) == MOST_READINGS:
            break
        if len({place for place, _ in changes}) == len(changes):
            reading = list(usual)
            for place, other in changes:
                reading[place] = other
            found.append(reading)
    # ü is typed v or u
    found += [[s.replace("v", "u") for s in one] for one in found if "v" in "".join(one)]
    return found


def _letters(text: str) -> Any:  # a list, which pypinyin takes and does not declare
    """Latin letters and digits between Chinese characters stay as they are, one by one."""
    return list(text)
