"""Junctions with turn restrictions, split into one copy per arc that comes in.

A *node* of the search is a junction, or a copy of one: the copy says by which arc
one came, and where a restriction over ways has begun, by which arcs before. From a
copy go the arcs that may follow. The first copy is for those who begin at the
junction: all arcs leave it, and none comes to it.

Nobody turns round but at a dead end, where no other arc may follow; that is decided
at the junctions with restrictions and at those that `excursions` names, and elsewhere
makes no path shorter.

Sequences of arcs are followed as words are found in a text: a copy stands for the
longest end of what was driven that begins a forbidden sequence.
(A. V. Aho, M. J. Corasick, Efficient string matching, CACM 18, 1975.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from servicemap.roads.excursions import turning_places

if TYPE_CHECKING:
    from numpy.typing import NDArray

Word = tuple[int, ...]
Sequences = Sequence[Word]
PAIR = 2


@dataclass(frozen=True, eq=False)
class Corners:
    """The ends of edges.

    Attributes
    ----------
    number : (nodes of the map,) int64
        Junction of each node, -1 where there is none.
    u, v : (edges,) int64
        Junctions at the first and the last vertex.
    forward, backward : (edges,) bool
        Directions in which the edge may be used.
    forward_ms, backward_ms, first_way, last_way : (edges,)
        Times of the whole edge; rows of the ways at its two ends.
    """

    number: NDArray[np.int64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    forward_ms: NDArray[np.int64]
    backward_ms: NDArray[np.int64]
    first_way: NDArray[np.int32]
    last_way: NDArray[np.int32]

    def arcs(
        self,
    ) -> tuple[
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.int32],
        NDArray[np.int32],
    ]:
        """Usable arcs: code, tail, head, way at the tail, way at the head."""
        ahead, behind = np.flatnonzero(self.forward), np.flatnonzero(self.backward)

        def both(forth: NDArray, back: NDArray) -> NDArray:  # type: ignore[type-arg]
            return np.concatenate([forth[ahead], back[behind]])

        return (
            np.concatenate([2 * ahead, 2 * behind + 1]),
            both(self.u, self.v),
            both(self.v, self.u),
            both(self.first_way, self.last_way),
            both(self.last_way, self.first_way),
        )


@dataclass(frozen=True, eq=False)
class Split:
    """The graph of nodes.

    Attributes
    ----------
    junction : (nodes,) int64
        Junction of each node, ascending: copies of one stand together.
    tail, head, code : (arcs,) int64
        Arcs between nodes; an arc from or to several copies stands several times.
    into : (edges * 2,) int64
        Node in which one is who set out on the arc's edge, or came to it from a
        junction without copies; -1 where the arc may not be used.
    """

    junction: NDArray[np.int64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    code: NDArray[np.int64]
    into: NDArray[np.int64]


def split(corners: Corners, n: int, sequences: Sequences) -> Split:
    """Split junctions so that no path holds a forbidden sequence.

    Parameters
    ----------
    corners
        The ends of edges.
    n
        Number of junctions.
    sequences
        Forbidden sequences of arcs, each following on the one before.
    """
    return _Splitter(corners, n, sequences).split()


class _Splitter:
    def __init__(self, corners: Corners, n: int, sequences: Sequences) -> None:
        self.n = n
        self.code, self.tail, self.head, *_ = corners.arcs()
        n_codes = 2 * len(corners.u)
        self.usable = np.zeros(n_codes, dtype=np.bool_)
        self.usable[self.code] = True
        self.tails = np.column_stack([corners.u, corners.v]).ravel()
        self.heads = np.column_stack([corners.v, corners.u]).ravel()
        self.ms = np.column_stack([corners.forward_ms, corners.backward_ms]).ravel()
        order = np.lexsort((self.code, self.tail))
        self.out = self.code[order]
        self.out_first = np.searchsorted(self.tail[order], np.arange(n + 1))
        given = set(sequences)
        kept = [word for word in sequences if not self._turns_round(word, given)]
        self.complete = set(kept)
        self.begun = {word[:k] for word in kept for k in range(1, len(word))}

    def _turns_round(self, word: Word, given: set[Word]) -> bool:
        """Forbidden anyway, since there are other ways on."""
        a, back = word[0], word[0] ^ 1
        return word[1:] == (back,) and any(
            arc != back and (a, arc) not in given for arc in self._ways_on(a).tolist()
        )

    def _ways_on(self, arc: int) -> NDArray[np.int64]:
        v = self.heads[arc]
        return self.out[self.out_first[v] : self.out_first[v + 1]]

    @cached_property
    def banned(self) -> NDArray[np.int64]:
        """Pairs of arcs that are forbidden in themselves, as sorted keys."""
        pairs = [word for word in self.complete if len(word) == PAIR]
        return self._keys(pairs)

    def _keys(self, pairs: Sequence[Word]) -> NDArray[np.int64]:
        table = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
        return table[:, 0] * len(self.usable) + table[:, 1]

    def _split_junctions(self) -> NDArray[np.bool_]:
        chosen = np.zeros(self.n, dtype=np.bool_)
        chosen[self.heads[[word[-1] for word in self.begun]]] = True
        steps = {
            word[k : k + 2]
            for word in self.complete
            if len(word) > PAIR
            for k in range(len(word) - 1)
        }
        chosen |= turning_places(
            self.out_first, self.out, self.usable, self.ms, self.heads, self.banned,
            self._keys(sorted(steps)), self._excursions(),
        )  # fmt: skip
        return chosen

    def _excursions(self) -> NDArray[np.int64]:
        """Arcs by which one could leave a restricted junction to come back to it."""
        starts: set[int] = set()
        over_ways = {
            int(self.heads[arc])
            for word in self.complete
            if len(word) > PAIR
            for arc in word[:-1]
        }
        for v in over_ways:
            starts.update(self.out[self.out_first[v] : self.out_first[v + 1]].tolist())
        for word in self.complete:
            v = int(self.heads[word[0]])
            if v in over_ways:
                continue
            a, b = word
            for q in self._ways_on(a).tolist():
                if q in (a ^ 1, b) or (a, q) in self.complete:
                    continue
                if (q ^ 1, b) not in self.complete:
                    starts.add(q)
        return np.array(sorted(starts), dtype=np.int64)

    def split(self) -> Split:
        """See `split`."""
        if not self.begun:
            into = np.where(self.usable, self.heads, -1)
            return Split(np.arange(self.n), self.tail, self.head, self.code, into)
        chosen = self._split_junctions()
        plain = np.sort(self.code[chosen[self.head]])
        deep = sorted(word for word in self.begun if len(word) > 1)
        before, after, turned = self._turns(plain)
        pairs = self._keys([word for word in deep if len(word) == PAIR])
        deeper = np.isin(before * len(self.usable) + after, pairs)
        deep_turns = {word: self._after(word) for word in deep}
        # the nodes of a junction: one to begin at, arcs that come in, then words
        places = np.concatenate(
            [
                np.arange(self.n),
                self.heads[plain],
                self.heads[[word[-1] for word in deep]].astype(np.int64),
            ]
        )
        order = np.argsort(places, kind="stable")
        node = np.empty(len(order), dtype=np.int64)
        node[order] = np.arange(len(order))
        begin, came, words = np.split(node, [self.n, self.n + len(plain)])
        into = np.where(self.usable, begin[self.heads], -1)
        into[plain] = came
        of_word = dict(zip(deep, words.tolist(), strict=True))

        heads = into[after]
        for k in np.flatnonzero(deeper).tolist():
            heads[k] = of_word[int(before[k]), int(after[k])]
        tails = [begin[self.tail], into[before], into[turned]]
        codes = [self.code, after, turned ^ 1]
        ends = [into[self.code], heads, into[turned ^ 1]]
        for word, (onwards, arcs) in deep_turns.items():
            tails.append(np.full(len(arcs), of_word[word]))
            codes.append(np.array(arcs, dtype=np.int64))
            ends.append(np.array([of_word.get(one, into[one[-1]]) for one in onwards]))
        return Split(
            places[order],
            np.concatenate(tails).astype(np.int64),
            np.concatenate(ends).astype(np.int64),
            np.concatenate(codes),
            into,
        )

    def _turns(
        self, plain: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Arcs that may follow arcs into split junctions; arcs that end dead."""
        v = self.heads[plain]
        counts = self.out_first[v + 1] - self.out_first[v]
        before = np.repeat(plain, counts)
        offset = np.arange(len(before)) - np.repeat(np.cumsum(counts) - counts, counts)
        after = self.out[np.repeat(self.out_first[v], counts) + offset]
        keys = before * len(self.usable) + after
        free = ~np.isin(keys, self.banned)
        onwards = free & (after != before ^ 1)
        stuck = ~np.isin(plain, before[onwards])
        back = plain[stuck & self.usable[plain ^ 1]]
        turned = back[~np.isin(back * len(self.usable) + (back ^ 1), self.banned)]
        return before[onwards], after[onwards], turned

    def _after(self, word: Word) -> tuple[list[Word], list[int]]:
        """What may follow a word: the words that one is in then, and the arcs."""
        onwards = [arc for arc in self._ways_on(word[-1]).tolist() if arc != word[-1] ^ 1]
        arcs = [arc for arc in onwards if self._allowed((*word, arc))]
        if not arcs and self.usable[word[-1] ^ 1]:
            back = word[-1] ^ 1
            arcs = [back] if self._allowed((*word, back)) else []
        return [self._longest((*word, arc)) for arc in arcs], arcs

    def _allowed(self, path: Word) -> bool:
        return not any(path[k:] in self.complete for k in range(len(path) - 1))

    def _longest(self, path: Word) -> Word:
        """The longest end of a path that begins a forbidden sequence; its last arc else."""
        for k in range(len(path) - 1):
            if path[k:] in self.begun:
                return path[k:]
        return path[-1:]
