"""Places by name and address: where a row without coordinates may be.

Scores are set by how the name was found, and a fuzzy likeness scales them; what is
below `TAKEN` is only proposed. A name that fits several places equally well is never
taken.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.intake import keys, within
from servicemap.intake.synonyms import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

TAKEN = 0.6
EQUAL = 0.02  # scores this near are equal
APART_M = 1_000.0  # places of one name this near are one
ALIKE = 0.8  # least likeness of names
SCORES = {
    "name": 1.0,  # the very name, or without its suffix
    "address": 0.95,  # street and house number
    "sound": 0.85,  # the same pinyin: a wrong character
    "alike": 0.68,  # times the likeness: short names differ in one character and mean it
    "village": 0.7,  # the point of the village that the row names
    "within": 0.65,  # the name of a place stands in the row's name or address
    "street": 0.6,  # the middle of the street
}
_SUFFIXES = ("自然村", *keys.VILLAGE_SUFFIXES, *keys.TOWNSHIP_SUFFIXES)
_HOUSE = re.compile(r"^(?P<street>.*?)(?P<number>\d+(?:[-—]\d+)?)\s*(?:号|$|[,，;；])")
_LEAST = 2  # characters of a name that may stand inside another


@dataclass(frozen=True)
class Entry:
    """One named place.

    Attributes
    ----------
    kind
        ``place``, ``village``, ``office``, ``street``, or ``address``: a street with
        the ``number`` of a house.
    """

    kind: str
    name: str
    lon: float
    lat: float
    number: str = ""


@dataclass(frozen=True)
class Found:
    """Where a row may be.

    Attributes
    ----------
    entry
        The place.
    how
        A key of `SCORES`.
    score
        1 is certain.
    alone
        No other place fits as well.
    """

    entry: Entry
    how: str
    score: float
    alone: bool = True


class Gazetteer:
    """Named places of the map data and of the study.

    Parameters
    ----------
    entries
        In any order.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(sorted(entries, key=_order))
        self.lon = np.array([one.lon for one in self.entries])
        self.lat = np.array([one.lat for one in self.entries])
        spelt = {name: plain(name) for name in {one.name for one in self.entries}}
        short = {form: stem(form) for form in spelt.values()}
        self._plain = [spelt[one.name] for one in self.entries]
        self._stem = [short[form] for form in self._plain]
        # Plain name, and name without its suffix -> entries.
        self._name: dict[str, list[int]] = {}
        for place, forms in enumerate(zip(self._plain, self._stem, strict=True)):
            for form in {*forms}:
                self._name.setdefault(form, []).append(place)
        self._longest = max(map(len, self._name), default=0)

    @cached_property
    def _tree(self) -> Any:
        """Index of all places, for the areas of townships."""
        import shapely

        return shapely.STRtree(shapely.points(self.lon, self.lat))

    @cached_property
    def _by_stem(self) -> dict[str, list[int]]:
        """Name without its suffix -> entries, in their order."""
        done: dict[str, list[int]] = {}
        for place, form in enumerate(self._stem):
            done.setdefault(form, []).append(place)
        return done

    @cached_property
    def _by_sound(self) -> dict[str, list[str]]:
        """Pinyin -> names without their suffix."""
        done: dict[str, list[str]] = {}
        for form in self._by_stem:
            done.setdefault(sound(form), []).append(form)
        return done

    @cached_property
    def _by_character(self) -> dict[str, list[str]]:
        """Character -> names without their suffix that have it."""
        done: dict[str, list[str]] = {}
        for form in self._by_stem:
            for character in {*form}:
                done.setdefault(character, []).append(form)
        return done

    def find(
        self,
        name: str | None,
        address: str | None = None,
        *,
        kinds: tuple[str, ...],
        area: Any = None,
        village: tuple[float, float] | None = None,
    ) -> Found | None:
        """The likeliest place of a row.

        Parameters
        ----------
        name, address
            As the row has them.
        kinds
            Of entries that may be meant by the name itself.
        area
            Of the row's township, degrees; places outside do not count.
        village
            Degrees of the row's own village, where that is known.

        Returns
        -------
        Found or None
            None where nothing fits at all.
        """
        options: list[Found] = []
        inside = self._inside(area)
        if name:
            options += self._by_name(name, kinds, inside)
        if address:
            options += self._by_address(address, inside)
        if village is not None:
            entry = Entry("village", name or "", *village)
            options.append(Found(entry, "village", SCORES["village"]))
        best_yet = max((one.score for one in options), default=0.0)
        # 大青峰村 is not 青峰村, but 青峰村便民服务站 is there
        if "place" not in kinds and best_yet < SCORES["within"]:
            options += self._standing_in(f"{address or ''} {name or ''}", inside)
        if not options:
            return None
        best = min(options, key=lambda one: (-one.score, _order(one.entry)))
        rivals = [
            one.entry
            for one in options
            if one.score > best.score - EQUAL and _apart(one.entry, best.entry)
        ]
        return Found(best.entry, best.how, round(best.score, 2), alone=not rivals)

    def _inside(self, area: Any) -> frozenset[int] | None:
        if area is None:
            return None
        near = self._tree.query(area, predicate="dwithin", distance=_BORDER)
        return frozenset(near.tolist())

    def _by_name(
        self, name: str, kinds: tuple[str, ...], inside: frozenset[int] | None
    ) -> list[Found]:
        forms = {plain(name), stem(name)}
        exact = {place for form in forms for place in self._name.get(form, ())}
        found = [
            Found(self.entries[place], "name", SCORES["name"])
            for place in sorted(exact)
            if self.entries[place].kind in kinds and (inside is None or place in inside)
        ]
        if found:
            return found
        from rapidfuzz import fuzz

        own, spoken = stem(name), sound(stem(name))
        if inside is None:
            near = {*self._by_sound.get(spoken, ()), *self._sharing(own)}
        else:
            near = {self._stem[place] for place in inside}
        for there in near:
            if own and sound(there) == spoken:
                how, score = "sound", SCORES["sound"]
            else:
                likeness = fuzz.ratio(own, there) / 100
                if likeness < ALIKE:
                    continue
                how, score = "alike", SCORES["alike"] * likeness
            found += [
                Found(self.entries[place], how, score)
                for place in self._by_stem[there]
                if self.entries[place].kind in kinds and (inside is None or place in inside)
            ]
        return found

    def _sharing(self, own: str) -> set[str]:
        """Names that can be `ALIKE`: none that is left out here is.

        A likeness of two names of m and n characters is 2 c / (m + n), with c
        characters in common, and c is at most n. So a likeness of a at least needs
        c >= m a / (2 - a): that many of the own characters stand in the other name,
        and of any m - c + 1 of them one does. The rarest are looked up.
        """
        needed = math.ceil(len(own) * ALIKE / (2 - ALIKE) - 1e-9)
        lists = sorted((self._by_character.get(one, []) for one in own), key=len)
        return {one for some in lists[: len(own) - needed + 1] for one in some}

    def _named_in(self, text: str) -> set[int]:
        """Entries one of whose forms stands in a text."""
        found: set[int] = set()
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                found.update(self._name.get(text[start:end], ()))
        return found

    def _by_address(self, address: str, inside: frozenset[int] | None) -> list[Found]:
        text = plain(address)
        split = _HOUSE.match(address.strip())
        number = split["number"] if split else ""
        found = []
        for place in self._named_in(text):
            one = self.entries[place]
            if one.kind not in ("address", "street") or len(one.name) < _LEAST:
                continue
            if not (inside is None or place in inside) or self._plain[place] not in text:
                continue
            if one.kind == "street":
                found.append(Found(one, "street", SCORES["street"]))
            elif one.number and one.number == number:
                found.append(Found(one, "address", SCORES["address"]))
        return found

    def _standing_in(self, text: str, inside: frozenset[int] | None) -> list[Found]:
        """Places whose name stands in a text; the longest name says most."""
        said = plain(text)
        hits = [
            place
            for place in self._named_in(said)
            if self.entries[place].kind in ("place", "village")
            and (inside is None or place in inside)
            and len(self._stem[place]) >= _LEAST
            and (inside is not None or self._plain[place] in said)
        ]
        longest = max((len(self._plain[place]) for place in hits), default=0)
        return [
            Found(self.entries[place], "within", SCORES["within"])
            for place in hits
            if len(self._plain[place]) == longest
        ]


_BORDER = 0.002  # degrees beyond the township's own area


def _order(entry: Entry) -> tuple[Any, ...]:
    return (entry.kind, entry.name, entry.number, entry.lon, entry.lat)


def _apart(one: Entry, other: Entry) -> bool:
    lon, lat = np.array([one.lon, other.lon]), np.array([one.lat, other.lat])
    x, y = within.metres(lon, lat, float(lat.mean()))
    return float(np.hypot(x[1] - x[0], y[1] - y[0])) > APART_M


def stem(name: str) -> str:
    """A name without 村, 社区, 镇 and the like."""
    return keys.stem(name, _SUFFIXES)


@cache
def sound(name: str) -> str:
    """Pinyin without tones."""
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(name))
