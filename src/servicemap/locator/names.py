"""An index of names: found by id, name, part, address, pinyin, initials, with typos.

A search says *how* each match was found, so that whoever asks can tell an exact
answer from a guess; it never chooses.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from servicemap.locator import name_keys
from servicemap.locator.name_keys import fold, has_han, unaccented
from servicemap.locator.name_texts import Texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

KINDS = ("village", "hamlet", "place", "facility", "township", "street")
HOW = (
    "id",
    "name",
    "start",
    "part",
    "words",
    "within",
    "pinyin",
    "initials",
    "sound",
    "similar",
)
MOST_CHARACTERS = 200


@dataclass(frozen=True)
class Name:
    """One entry of the index.

    Attributes
    ----------
    kind
        One of `KINDS`.
    place_id
        Id in its table, or of the map object.
    name, address
        As written; the address may be empty.
    township, village
        Names of what it lies in; empty where unknown.
    township_id, village_id
        Their ids; empty where unknown.
    lon, lat
        Degrees.
    """

    kind: str
    place_id: str
    name: str
    address: str
    township: str
    village: str
    township_id: str
    village_id: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Match:
    """An entry that a text may mean, how it was found, and how well (1 is all of it)."""

    name: Name
    how: str
    score: float


class Names:
    """Search over entries; the keys were made once.

    Parameters
    ----------
    entries
        What can be found.
    keys
        Keys of each entry's name, in the same order.
    """

    def __init__(self, entries: Sequence[Name], keys: Sequence[name_keys.Keys]) -> None:
        self.entries = list(entries)
        plain: list[tuple[int, str]] = []
        addresses: list[tuple[int, str]] = []
        in_full: list[tuple[int, str]] = []  # township or village, then the name
        contexts: list[int] = []
        exact: dict[str, list[int]] = {}
        ids: dict[str, list[int]] = {}
        folded = cache(fold)  # thousands of places have one township
        for row, (entry, own) in enumerate(zip(entries, keys, strict=True)):
            ids.setdefault(entry.place_id, []).append(row)
            for key in own.plain:
                exact.setdefault(key, []).append(row)
                plain.append((row, key))
            for context in {folded(entry.township), folded(entry.village)} - {""}:
                if own.plain and own.plain[0] != context:
                    exact.setdefault(context + own.plain[0], []).append(row)
                    in_full.append((row, context + own.plain[0]))
                    contexts.append(len(context))
            address = folded(entry.address)
            addresses += [(row, key) for key in {address, unaccented(address)} - {""}]
        self._ids, self._exact = ids, exact
        self._plain = Texts.of(plain)
        self._in_full, self._contexts = Texts.of(in_full), contexts
        self._addresses = Texts.of(addresses)
        self._pinyin = Texts.of(
            (row, key) for row, own in enumerate(keys) for key in own.pinyin
        )
        # an unusual reading differs in a few letters itself
        self._usual = Texts.of(
            (row, key)
            for row, own in enumerate(keys)
            for key in own.pinyin
            if own.pinyin[0].startswith(key)
        )
        self._initials = Texts.of(
            (row, key) for row, own in enumerate(keys) for key in own.initials
        )

    def search(self, text: str, most: int = 10) -> list[Match]:
        """Entries that a text may mean, the likeliest first.

        Parameters
        ----------
        text
            What somebody typed; of more than `MOST_CHARACTERS` the first count.
        most
            So many matches at most.

        Returns
        -------
        list of Match
            By how they were found, then how well, then kind, name and id.
        """
        text = text[:MOST_CHARACTERS]
        asked = unaccented(fold(text)) if not has_han(text) else fold(text)
        hits = [*self._exactly(text, asked), *self._literal(text, asked)]
        if asked and not hits:
            hits = list(self._similar(asked))
        return self._best(hits, most)

    def exact(self, text: str) -> list[Match]:
        """The matches of `search` that are found by id or by whole name, and only they."""
        text = text[:MOST_CHARACTERS]
        asked = unaccented(fold(text)) if not has_han(text) else fold(text)
        hits = [*self._exactly(text, asked)]
        return self._best(hits, len(hits))

    def _best(self, hits: Iterable[tuple[str, int, float]], most: int) -> list[Match]:
        found: dict[int, tuple[int, float]] = {}
        for how, row, score in hits:
            rank = (HOW.index(how), -score)
            if row not in found or rank < found[row]:
                found[row] = rank

        def rank_of(row: int) -> tuple[Any, ...]:
            entry = self.entries[row]
            return *found[row], KINDS.index(entry.kind), entry.name, entry.place_id

        once: dict[tuple[str, str], int] = {}
        for row in found:  # a village of two names is one place
            place = self.entries[row].kind, self.entries[row].place_id
            if place not in once or rank_of(row) < rank_of(once[place]):
                once[place] = row
        return [
            Match(self.entries[row], HOW[found[row][0]], round(-found[row][1], 4))
            for row in heapq.nsmallest(most, once.values(), key=rank_of)
        ]

    def _exactly(self, text: str, asked: str) -> Iterator[tuple[str, int, float]]:
        for row in self._ids.get(text.strip(), ()):
            yield "id", row, 1.0
        for row in self._exact.get(asked, ()) if asked else ():
            yield "name", row, 1.0

    def _literal(self, text: str, asked: str) -> Iterator[tuple[str, int, float]]:
        if not asked:
            return
        yield from self._in_texts(self._plain, asked, "start", "part")
        for position in self._in_full.starting(asked):
            if len(asked) > self._contexts[position]:
                yield (
                    "start",
                    self._in_full.rows[position],
                    self._in_full.share(asked, position),
                )
        if len(asked) > 1:
            yield from self._in_texts(self._addresses, asked, "part", "part")
            yield from self._within(asked)
        words = [word for word in (fold(one) for one in text.split()) if word]
        if len(words) > 1:
            yield from self._words(words)
        if has_han(asked):
            yield from self._sound(asked)
        else:
            yield from self._in_texts(self._pinyin, asked, "pinyin", None)
            yield from self._in_texts(self._initials, asked, "initials", None)

    def _in_texts(
        self, texts: Texts, asked: str, start: str, part: str | None
    ) -> Iterator[tuple[str, int, float]]:
        """Keys that begin with a text, and, where it is wanted, keys that hold it."""
        for position in texts.starting(asked):
            yield start, texts.rows[position], texts.share(asked, position)
        if part is not None:
            for position in texts.hits(asked):
                yield part, texts.rows[position], texts.share(asked, position)

    def _within(self, asked: str) -> Iterator[tuple[str, int, float]]:
        """Names that stand inside a longer text, such as a whole address."""
        longest = min(len(asked) - 1, 40)
        for length in range(longest, 1, -1):
            for at in range(len(asked) - length + 1):
                rows = self._exact.get(asked[at : at + length], ())
                for row in rows:
                    # where the text names the township too, that is the one
                    told = name_keys.stem(fold(self.entries[row].township))
                    more = len(told) if told and told in asked else 0
                    yield "within", row, min(1.0, (length + more) / len(asked))
            if length < len(asked) / 3:
                return

    def _words(self, words: list[str]) -> Iterator[tuple[str, int, float]]:
        """Entries in whose name, address, village or township every word stands."""
        longest = max(words, key=len)
        rows = {
            texts.rows[position]
            for texts in (self._plain, self._in_full, self._addresses)
            for position in texts.hits(longest)
        }
        for row in rows:
            entry = self.entries[row]
            parts = (entry.name, entry.address, entry.township, entry.village)
            whole = " ".join(map(fold, parts))
            both = f"{whole} {unaccented(whole)}"
            if all(word in both for word in words):
                yield "words", row, min(1.0, sum(map(len, words)) / max(1, len(whole)))

    def _sound(self, asked: str) -> Iterator[tuple[str, int, float]]:
        """Homophones: another character of the same sound."""
        heard = name_keys.sound(asked)
        for position in self._pinyin.starting(heard):
            share = self._pinyin.share(heard, position)
            yield "sound", self._pinyin.rows[position], share

    def _similar(self, asked: str) -> Iterator[tuple[str, int, float]]:
        """Names that differ in a few letters: dropped, doubled, wrong or swapped ones."""
        views = [self._plain] if has_han(asked) else [self._plain, self._usual]
        for texts in views:
            for row, score in texts.similar(asked):
                yield "similar", row, score
