"""The documented lists of headers and words, read from ``synonyms.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from servicemap.intake import datum_words

if TYPE_CHECKING:
    from collections.abc import Mapping

TOWNSHIP_SUFFIXES = ("街道办事处", "办事处", "街道", "镇", "乡")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕")
_NOISE = re.compile(r"[\s\W_]+")
_YEAR = re.compile(r"(?:19|20)\d{2}\s*年?(?:末|底|度)?")


def plain(name: str) -> str:
    """A header or word without what does not count: width, case, spaces, punctuation.

    Marks such as ``√`` and ``×``, which are all there is in their cell, stay.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return _NOISE.sub("", folded) or folded.strip()


def without_brackets(name: str) -> str:
    """`plain`, and what stands in brackets (units, hints) does not count either."""
    folded = unicodedata.normalize("NFKC", name)
    return plain(_BRACKETS.sub("", folded)) or plain(name)


# 常住人口（男）, 人口（60岁以上）: what stands in brackets makes it another number.
_PART = re.compile(
    r"男|女|\bmale|female|其中|不含|不包括|除外|外来|流动|城镇|农村|农业|岁"
    r"|excluding|of which"
)
_INCLUDING = re.compile(r"^[(\[【〔]\s*(含|包括|包含|其中含|incl)", re.IGNORECASE)
_OF_PEOPLE = re.compile(r"(人口|人数|人|数|口|people|population|residents)$")


def _says_a_part(name: str) -> bool:
    """Whether a heading of people counts only some of them, as its brackets say."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return bool(_OF_PEOPLE.search(_BRACKETS.sub("", folded).strip())) and any(
        _PART.search(one) and not _INCLUDING.match(one) for one in _BRACKETS.findall(folded)
    )


def without_hint(name: str) -> str:
    """`without_brackets`, unless what they hold makes it another number."""
    return plain(name) if _says_a_part(name) else without_brackets(name)


def without_year(name: str) -> tuple[str, int | None]:
    """`without_brackets` less a year such as ``2023年``, and that year."""
    folded = unicodedata.normalize("NFKC", name)
    found = _YEAR.search(folded)
    if not found:
        return without_hint(name), None
    year = int(re.sub(r"\D", "", found.group()))
    return without_hint(_YEAR.sub("", folded)), year


def without_datum(name: str) -> str:
    """`without_brackets` less a datum such as GCJ-02, for headings of coordinates.

    What remains counts only where it is a heading of coordinates: 百度名称 is no name.
    """
    for short in datum_words.without(name):
        done = without_brackets(short)
        if done in _coordinates():
            return done
    return plain(name)


@cache
def _coordinates() -> frozenset[str]:
    shared = _content()["shared"]
    words = (names for one in ("lon", "lat", "lonlat") for names in shared[one].values())
    return frozenset(plain(name) for names in words for name in names)


# Ways to shorten a heading until it is one that is known, the first that fits counts.
SHORTENED = (plain, without_hint, lambda name: without_year(name)[0], without_datum)


def meaning(name: str, index: Mapping[str, str]) -> str | None:
    """The column that a header means, by an index such as that of `header_index`."""
    tries = (shorten(name) for shorten in SHORTENED)
    return next((index[one] for one in tries if one in index), None)


@cache
def _content() -> dict[str, Any]:
    file = resources.files(__package__).joinpath("synonyms.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def headers(table: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Column -> language -> names of one table, the table's own columns first."""
    content = _content()
    own = dict(content.get(table, {}))
    for column in content["tables"].get(table, ()):
        own.setdefault(column, content["shared"][column])
    return {
        column: {language: tuple(names) for language, names in words.items()}
        for column, words in own.items()
    }


@cache
def header_index(table: str) -> dict[str, str]:
    """Normalised header -> column of one table."""
    found: dict[str, str] = {}
    for column, words in headers(table).items():
        for name in (column, *words["en"], *words["zh"]):
            found.setdefault(plain(name), column)
    return found


@cache
def header_ranks(table: str) -> dict[str, int]:
    """Normalised header -> its place in its list; the column's own name is first."""
    found: dict[str, int] = {}
    for column, words in headers(table).items():
        found.setdefault(plain(column), -1)
        for names in words.values():
            for place, name in enumerate(names):
                found.setdefault(plain(name), place)
    return found


def header(table: str, column: str, language: str) -> str:
    """The header that drafts and templates write."""
    return headers(table)[column][language][0]


@cache
def value_words(column: str) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Value -> language -> words of one column with fixed values."""
    return {
        value: {language: tuple(names) for language, names in words.items()}
        for value, words in _content()["values"][column].items()
    }


def value_word(column: str, value: str, language: str) -> str:
    """The word that drafts and templates write for a value."""
    return value_words(column)[value][language][0]
