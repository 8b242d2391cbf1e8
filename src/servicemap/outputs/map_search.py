"""Keys by which a name is found: itself, its pinyin, its initials."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_APART = re.compile(r"[^0-9a-z\u00c0-\uffff]+")


def search_keys(names: Iterable[str]) -> list[str]:
    """One line of keys a name, lower case and parted by ``|``.

    A Chinese name gives its characters, its pinyin without tones and its
    initials, so that 石岭乡 is found by ``shiling`` and by ``slx``. A name in
    Latin letters gives itself, and itself without accents.
    """
    return [_keys(name) for name in names]


def _keys(name: str) -> str:
    plain = _fold(name)
    found = [plain, _unaccented(plain)]
    if any("\u3400" <= one <= "\u9fff" for one in name):
        import pypinyin  # half a second, which a map in Latin letters need not wait

        syllables = pypinyin.lazy_pinyin(name, errors=_fold)
        found.append("".join(syllables))
        found.append("".join(syllable[:1] for syllable in syllables))
    cleaned = [one.replace("|", " ").strip() for one in found]
    return "|".join(dict.fromkeys(one for one in cleaned if one))


def _fold(text: str) -> str:
    return _APART.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()


def _unaccented(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(one for one in letters if not unicodedata.combining(one))
