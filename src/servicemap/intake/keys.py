"""Ids of rows, and finding a place by its id or its name."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pandas as pd

from servicemap.intake import cells
from servicemap.intake.synonyms import TOWNSHIP_SUFFIXES, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns

__all__ = [
    "TOWNSHIP_SUFFIXES",
    "VILLAGE_SUFFIXES",
    "Register",
    "forms",
    "ids",
    "names",
    "stem",
]

# 李村（原东村）: what a place was called before, written behind its name.
_FORMER = re.compile(r"\((?:原|旧|曾|又名|俗称)[^()]*\)")
_MANY_CODES = 20
_LEAST_DIGITS = 9  # shorter ones are running numbers, which grow
_FEW = 0.1
_MIN_WIDTH = 3  # P001
# What ids of each kind begin with where a file has none.
PREFIXES = {
    "facility_id": "P",
    "hamlet_id": "H",
    "item_id": "I",
    "township_id": "T",
    "village_id": "V",
}
VILLAGE_SUFFIXES = (
    "村民委员会",
    "居民委员会",
    "社区居委会",
    "村委会",
    "居委会",
    "行政村",
    "社区",
    "村",
)


def names(columns: Columns, ids: pd.Series) -> tuple[pd.Series, list[Problem]]:
    """The name of every row, its id where it has none.

    A file without a column of names is one finding; in a file with one, each blank
    cell is.

    Parameters
    ----------
    columns
        The sheet; its column ``name`` may be absent.
    ids
        One of each row.
    """
    given = columns.text("name")
    blank = given.isna()
    if "name" not in columns:
        problems = [columns.problem("names_absent", "note", count=len(ids))]
    else:
        problems = [
            columns.problem("nameless", "warning", row, "name")
            for row in given.index[blank]
        ]
    return given.where(~blank, ids), problems


def ids(columns: Columns, column: str) -> tuple[pd.Series, pd.Series, list[Problem]]:
    """An id for every row; those that have to be made begin with one of `PREFIXES`.

    Parameters
    ----------
    columns
        The sheet.
    column
        Its id column; may be absent.

    Returns
    -------
    ids, keep, problems
        ``keep`` is False where an earlier row has the same id.
    """
    given = columns.text(column)
    problems: list[Problem] = []
    if column in columns:
        for row, cell in zip(given.index, columns.cells[column], strict=True):
            if cells.lost_digits(cell):
                problems.append(columns.problem("code_lost_digits", "warning", row, column))
                given[row] = pd.NA
    problems += _odd_lengths(columns, column, given)
    absent = given.isna()
    if absent.any():
        prefix = PREFIXES.get(column, "")
        width = max(_MIN_WIDTH, len(str(len(given))))
        used = set(given.dropna())
        made = (f"{prefix}{number:0{width}d}" for number in range(1, 10 * len(given) + 10))
        free = (name for name in made if name not in used)
        given = given.copy()
        given[absent] = [next(free) for _ in range(int(absent.sum()))]
        first = str(given[absent].iloc[0])
        count = int(absent.sum())
        problems.append(
            columns.problem("ids_made", "note", None, column, count=count, first=first)
        )
    again = given.duplicated()
    problems += [
        columns.problem("id_repeated", "error", row, column) for row in given.index[again]
    ]
    return given, ~again, problems


def _odd_lengths(columns: Columns, column: str, given: pd.Series) -> list[Problem]:
    """Codes with a digit too many or too few, where nearly all have the same number."""
    codes = given[given.str.fullmatch(r"\d+").fillna(value=False).astype(bool)]
    lengths = codes.str.len()
    if len(codes) < _MANY_CODES:
        return []
    usual = int(lengths.mode().iloc[0])
    odd = codes.index[lengths != usual]
    if usual < _LEAST_DIGITS or len(odd) > _FEW * len(codes):
        return []
    return [
        columns.problem("code_odd_length", "warning", int(row), column, digits=usual)
        for row in odd
    ]


def stem(name: str, suffixes: Iterable[str]) -> str:
    """A name as `plain` has it, without the first of the suffixes that it ends in."""
    done = plain(name)
    for suffix in suffixes:
        if done.endswith(suffix) and len(done) > len(suffix):
            return done[: -len(suffix)]
    return done


def forms(name: str, suffixes: Iterable[str]) -> set[str]:
    """Both forms of a name: 李村村委会 and 李村 meet in the second."""
    return {plain(name), stem(name, suffixes)}


class Register:
    """Names and ids of places of one kind.

    A place is found by its id, else by its exact name, else by its name without a
    suffix such as 村 or 街道 when that leaves exactly one. Never by likeness.

    Parameters
    ----------
    places
        Id to name.
    suffixes
        What may stand behind the name proper.
    parents
        Id to the id of the township, where names repeat between townships.
    townships
        Id to name: names of places may begin with that of their township.
    """

    def __init__(
        self,
        places: Mapping[str, str],
        suffixes: Iterable[str],
        parents: Mapping[str, str | None] | None = None,
        townships: Mapping[str, str] | None = None,
    ) -> None:
        self._suffixes = tuple(suffixes)
        self._ids = dict(places)
        self._parents = parents or {}
        self._townships = townships or {}
        self._names: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        for one, name in sorted(places.items()):
            self._names.setdefault(plain(name), []).append(one)
            of = self._townships.get(self._parents.get(one) or "", "")
            short = name.removeprefix(of) if of else name
            for form in forms(name, self._suffixes) | forms(short or name, self._suffixes):
                self._stems.setdefault(form, []).append(one)

    def name_of(self, one: str) -> str:
        """Name of a place of the register."""
        return self._ids[one]

    def find(
        self, one: str | None, name: str | None, parent: str | None = None
    ) -> tuple[str | None, str | None]:
        """A place by id, else by name, within a township when that is known.

        Parameters
        ----------
        one, name
            As a row says them. A name may begin with that of its township, and may have
            a former one in brackets (``李村（原东村）``).
        parent
            Id of the township that the row names.

        Returns
        -------
        id, fault
            ``fault`` is ``unknown`` or ``ambiguous`` when something was given and no
            single place was found.
        """
        for given in (one, name):
            if given is not None and given in self._ids:
                return given, None
        wanted = name if name is not None else one
        if wanted is None:
            return None, None
        found = self._by_name(wanted, parent)
        if found[1] != "unknown":
            return found
        for other, town in self._shorter(wanted, parent):
            found = self._by_name(other, town)
            if found[0] is not None:
                return found
        return None, "unknown"

    def _by_name(self, wanted: str, parent: str | None) -> tuple[str | None, str | None]:
        exact = self._names.get(plain(wanted), [])
        near = {
            one
            for form in forms(wanted, self._suffixes)
            for one in self._stems.get(form, [])
        }
        for places in (exact, sorted(near)):
            fits = [
                one
                for one in places
                if parent is None or self._parents.get(one, parent) in (parent, None)
            ]
            if len(fits) == 1:
                return fits[0], None
            if fits:
                return None, "ambiguous"
        return None, "unknown"

    def _shorter(self, wanted: str, parent: str | None) -> Iterator[tuple[str, str | None]]:
        """A name without what was written round it, and the township that it tells."""
        bare = _FORMER.sub("", unicodedata.normalize("NFKC", wanted)).strip()
        if bare and bare != wanted:
            yield bare, parent
        for town, name in self._townships.items():
            if parent in (None, town) and bare.startswith(name) and len(bare) > len(name):
                yield bare[len(name) :], town
