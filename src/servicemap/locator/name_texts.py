"""All keys of one sort, searched by beginning, by part, and with typos."""

from __future__ import annotations

import bisect
import heapq
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

LEAST_SIMILAR = 0.6
MOST_HITS = 400  # of one text; a letter alone is in every name
MOST_SIMILAR = 50
LAST = "\U0010ffff"  # behind every character of a name


@dataclass(frozen=True)
class Texts:
    """All keys of one sort in one long text, so that the search runs in C."""

    text: str
    starts: list[int]
    rows: list[int]

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, str]]) -> Texts:
        """Join keys; ``pairs`` are entry and key."""
        starts, rows, parts, at = [], [], [], 0
        for row, key in pairs:
            parts.append(f"\n{key}")
            starts.append(at)
            rows.append(row)
            at += len(key) + 1
        return cls("".join(parts) + "\n", starts, rows)

    @cached_property
    def keys(self) -> list[str]:
        """The keys in their order."""
        return self.text[1:-1].split("\n")

    def share(self, asked: str, position: int) -> float:
        """How much of a key a text is."""
        return len(asked) / max(1, len(self.keys[position]))

    @cached_property
    def _sorted(self) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
        """Keys by code point, where each stands in the text, and how long it is."""
        order = sorted(range(len(self.rows)), key=self.keys.__getitem__)
        keys = [self.keys[position] for position in order]
        return keys, np.array(order, dtype=np.int64), np.array([*map(len, keys)])

    def starting(self, asked: str) -> list[int]:
        """Positions of keys that begin with a text; of too many the shortest."""
        keys, order, length = self._sorted
        a = bisect.bisect_left(keys, asked)
        b = bisect.bisect_left(keys, asked + LAST, lo=a)
        found = order[a:b]
        if len(found) > MOST_HITS:
            found = found[np.lexsort((found, length[a:b]))[:MOST_HITS]]
        listed: list[int] = np.sort(found).tolist()
        return listed

    @cached_property
    def _by_length(self) -> dict[int, tuple[list[str], list[list[int]]]]:
        """Different keys of each length, and the entries of each."""
        found: dict[int, dict[str, list[int]]] = {}
        for position, row in enumerate(self.rows):
            key = self.keys[position]
            found.setdefault(len(key), {}).setdefault(key, []).append(row)
        return {n: ([*some], [*some.values()]) for n, some in found.items()}

    def similar(self, asked: str) -> Iterator[tuple[int, float]]:
        """Entries whose keys differ in a few letters, and how alike they are."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        best: list[tuple[float, str, list[int]]] = []
        for length, (keys, rows) in self._by_length.items():
            longest = max(length, len(asked))
            edits = int((1.0 - LEAST_SIMILAR) * longest + 1e-9)
            if abs(length - len(asked)) > edits:
                continue
            apart = process.cdist(
                [asked], keys, scorer=OSA.distance, score_cutoff=edits, dtype=np.uint8
            )[0]
            best += [
                (float(apart[at]) / longest, keys[at], rows[at])
                for at in np.flatnonzero(apart <= edits).tolist()
            ]
        for part, _, rows_of in heapq.nsmallest(MOST_SIMILAR, best):
            for row in rows_of:
                yield row, 1.0 - part

    def hits(self, asked: str) -> Iterator[int]:
        """Positions of keys that hold a text, each once."""
        at, found, last = self.text.find(asked), 0, -1
        while at >= 0 and found < MOST_HITS:
            position = bisect.bisect_right(self.starts, at) - 1
            if position != last:
                yield position
                found += 1
            last = position
            at = self.text.find(asked, at + 1)
