"""Figures of former villages carried to those of today: summed on merges, shared on splits.

Nothing is guessed: where a part has no figure, a split no shares, or a file has the old
villages beside the new one, that is a finding and no number is made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.intake.shares import largest_remainder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from servicemap.errors import Problem, Severity
    from servicemap.intake.columns import Columns
    from servicemap.intake.former import Former, Heir, VillageRegister
    from servicemap.intake.keys import Register

_SHOWN = 5


@dataclass(frozen=True)
class Figure:
    """One number of a sheet.

    Attributes
    ----------
    level
        ``village`` or ``township``.
    place_id
        Of today; that of the former village's label where there are ``heirs``.
    key
        Group, kind, year, source.
    heirs
        Villages of today that a former village became; none for one of today.
    """

    level: str
    place_id: str
    key: tuple[Any, ...]
    count: int
    row: int
    heirs: tuple[Heir, ...] = ()


def carried(
    figures: Iterable[Figure], former: Former, columns: Columns
) -> tuple[list[Figure], list[Problem]]:
    """Figures of villages of today only.

    Parameters
    ----------
    figures
        As the sheet has them, no place twice with the same key.
    former
        The changes.
    columns
        The sheet, for findings.

    Returns
    -------
    figures, problems
        Those of today as they came, then those that were carried.
    """
    given = list(figures)
    now = [one for one in given if not one.heirs]
    old = [one for one in given if one.heirs]
    if not old:
        return now, []
    told = _Told(columns)
    here = {(one.place_id, one.key) for one in now if one.level == "village"}
    parts: dict[tuple[str, tuple[Any, ...]], list[Figure]] = {}
    restated: list[Figure] = []
    survivors = former.survivors()
    for one in old:
        others = [heir for heir in one.heirs if (heir.village_id, one.key) in here]
        if len(one.heirs) == 1:
            parts.setdefault((one.heirs[0].village_id, one.key), []).append(one)
        elif others and not all(heir.village_id in survivors for heir in others):
            restated += _restated(one, here, told)
        elif any(heir.share is None for heir in one.heirs):
            told.say("people_split", one)
        else:
            for piece in _pieces(one):
                place = piece.heirs[0].village_id, one.key
                parts.setdefault(place, []).append(piece)
    done = _summed(parts, here, former, told)
    gone = {(one.place_id, one.key) for one in done}
    # A village that took others in has its own figure within the sum.
    kept = [one for one in now if (one.place_id, one.key) not in gone]
    own = {(one.place_id, one.key): one.count for one in now if one.level == "village"}
    summed = [
        Figure(
            one.level,
            one.place_id,
            one.key,
            one.count + own.get((one.place_id, one.key), 0),
            one.row,
        )
        for one in done
    ]
    return [*kept, *restated, *summed], told.problems()


def _restated(
    one: Figure, here: set[tuple[str, tuple[Any, ...]]], told: _Told
) -> Iterator[Figure]:
    """The sheet has a part of a split village already: it was drawn up afterwards."""
    left = [heir for heir in one.heirs if (heir.village_id, one.key) not in here]
    if len(left) == 1:
        told.say("people_restated", one)
        yield Figure(one.level, left[0].village_id, one.key, one.count, one.row)
    else:
        told.say("people_old_and_new", one)


def _pieces(one: Figure) -> Iterator[Figure]:
    weights = np.array([heir.share or 0.0 for heir in one.heirs], dtype=float)
    counts = largest_remainder(one.count, weights)
    for heir, count in zip(one.heirs, counts.tolist(), strict=True):
        yield Figure(one.level, one.place_id, one.key, count, one.row, (heir,))


def _summed(
    parts: dict[tuple[str, tuple[Any, ...]], list[Figure]],
    here: set[tuple[str, tuple[Any, ...]]],
    former: Former,
    told: _Told,
) -> list[Figure]:
    survivors = former.survivors()
    done = []
    for (village, key), members in parts.items():
        if (village, key) in here and village not in survivors:
            for one in members:
                told.say("people_old_and_new", one)
            continue
        named = {one.place_id for one in members}
        absent = former.members(village) - named
        if absent and (village, key) not in here:
            alone = len(members) == 1 and village in survivors
            kind = "people_restated" if alone else "people_merge_partial"
            for one in members:
                told.say(kind, one, ", ".join(sorted(absent)))
            if not alone:
                continue
        total = sum(one.count for one in members)
        done.append(Figure("village", village, key, total, members[0].row))
    return done


class _Told:
    """Findings, one per kind with the places that it is about."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._which: dict[str, dict[str, str]] = {}

    def say(self, kind: str, one: Figure, also: str = "") -> None:
        """Note a finding about a former village."""
        self._which.setdefault(kind, {}).setdefault(one.place_id, also)

    def problems(self) -> list[Problem]:
        """All findings."""
        done = []
        for kind, places in self._which.items():
            shown = [f"{one} ({also})" if also else one for one, also in places.items()]
            which = ", ".join(shown[:_SHOWN]) + (", ..." if len(shown) > _SHOWN else "")
            severity: Severity = "warning" if kind == "people_restated" else "error"
            done.append(
                self._columns.problem(kind, severity, count=len(places), which=which)
            )
        return done


def rows_carried(
    columns: Columns, register: VillageRegister, townships: Register
) -> list[Problem]:
    """Say which rows of a sheet name villages that are others today.

    Parameters
    ----------
    columns
        Any sheet whose rows name villages.
    register, townships
        Of the villages and townships of today.
    """
    if not register.former.events:
        return []
    names = ("village_id", "village", "township_id", "township")
    told = zip(*(columns.strings(name) for name in names), strict=True)
    which: dict[str, str] = {}
    count = 0
    for own, name, town_id, town in told:
        found = register.heirs(own, name, townships.find(town_id, town)[0])
        if found is not None and len(found[1]) == 1:
            count += 1
            which.setdefault(found[0], register.name_of(found[1][0].village_id))
    if not count:
        return []
    shown = [f"{old} \u2192 {new}" for old, new in which.items()]
    text = ", ".join(shown[:_SHOWN]) + (", ..." if len(shown) > _SHOWN else "")
    return [columns.problem("villages_carried", "note", count=count, which=text)]
