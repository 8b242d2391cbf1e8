"""Who does what: the rows of ``services`` behind an item or an item group.

An item is done by a point with a row for it or for its group; a group by a
point with a row for the group or with rows for all of its items.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from servicemap.analysis.places import find

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from servicemap.analysis.places import Flags, Positions


Case = tuple[str, tuple[int, ...]]  # a scope, rows of ``services``


@dataclass(frozen=True)
class Kind:
    """Rows of ``services`` that differ in nothing but the point.

    Attributes
    ----------
    points
        Which points have such a row, in the order of the catalogue's points.
    hours
        Hours of the service; None means the point's own.
    """

    points: Flags
    handling: str
    by_appointment: bool
    who_may: str
    hours: str | None


@dataclass(frozen=True)
class Errand:
    """Something to be done at one point: how far from home it may be, who does it."""

    scope: str
    kinds: tuple[Kind, ...]


class Catalogue:
    """The tables ``items`` and ``services``, indexed once for all questions.

    Parameters
    ----------
    facility_id
        The points, in the order to which positions refer.
    services, items
        Tables of the contract.
    """

    def __init__(
        self, facility_id: pd.Index, services: pd.DataFrame, items: pd.DataFrame
    ) -> None:
        self.facility_id = facility_id
        services = services.reset_index(drop=True)
        self.is_empty = services.empty
        self._of_item = _positions(services["item_id"])
        self._of_group = _positions(
            services["item_group"].where(services["item_id"].isna())
        )
        self._point = find(facility_id, services["facility_id"])
        columns = ["handling", "by_appointment", "who_may", "hours"]
        kinds = services[columns].astype(object).where(services[columns].notna(), None)
        rows = list(zip(*(kinds[name] for name in columns), strict=True))
        known: dict[tuple[str, bool, str, str | None], int] = {}
        self._kind_of = np.array(
            [known.setdefault(row, len(known)) for row in rows], dtype="int64"
        )
        self._kinds = list(known)
        self._items = items
        self._all_cases: list[Case] | None = None
        self._made: dict[tuple[str, ...], tuple[Errand, ...]] = {}

    @cached_property
    def groups(self) -> list[str]:
        """Item groups of the catalogue, by code point."""
        return sorted(self._items["item_group"].dropna().unique())

    def errands(self, names: Iterable[str]) -> tuple[Errand, ...]:
        """What must be done for all of some groups and items; alike ones once."""
        key = tuple(names)
        if key not in self._made:
            cases = dict.fromkeys(case for name in key for case, _ in self.cases(name))
            self._made[key] = tuple(self.errand(case) for case in cases)
        return self._made[key]

    def cases(self, name: str) -> list[tuple[Case, str]]:
        """Cases (scope, rows of services) of a group or an item, with the item's id."""
        items = self._items
        members = items[items["item_group"] == name]
        if members.empty:
            members = items[items["item_id"] == name]
        columns = [members[column] for column in ("item_id", "item_group", "scope")]
        # a group that only `services` knows has no items and no scope
        listed = [*zip(*columns, strict=True)] or [(name, name, "city")]
        return [(self._case(*one), one[0]) for one in listed]

    def _case(self, item_id: str, group: str, scope: str) -> Case:
        rows = {*self._of_item.get(item_id, ()), *self._of_group.get(group, ())}
        return scope, tuple(sorted(rows))

    def all_cases(self) -> list[Case]:
        """The case of every item of the catalogue, in its order."""
        if self._all_cases is None:
            columns = [self._items[name] for name in ("item_id", "item_group", "scope")]
            listed = zip(*columns, strict=True)
            self._all_cases = [self._case(*one) for one in listed]
        return self._all_cases

    def n_items(self, group: str) -> int:
        """How many items of the catalogue belong to a group."""
        return int((self._items["item_group"] == group).sum())

    @cached_property
    def hours(self) -> list[str]:
        """Hours that services have of their own, each once."""
        return sorted({hours for *_, hours in self._kinds if hours is not None})

    @cached_property
    def anything(self) -> Errand:
        """Doing any one thing of the catalogue at all."""
        return self.errand(("city", tuple(range(len(self._point)))))

    def errand(self, case: Case) -> Errand:
        """The errand of one case of `cases`."""
        scope, rows = case
        at = np.array(rows, dtype="int64")
        at = at[self._point[at] >= 0]
        kinds = []
        for number in np.unique(self._kind_of[at]).tolist():
            handling, by_appointment, who_may, hours = self._kinds[number]
            points = np.zeros(len(self.facility_id), dtype=bool)
            points[self._point[at[self._kind_of[at] == number]]] = True
            kinds.append(Kind(points, handling, bool(by_appointment), who_may, hours))
        return Errand(scope, tuple(kinds))


def _positions(column: pd.Series) -> dict[str, Positions]:
    return {
        str(name): np.asarray(rows) for name, rows in column.groupby(column).indices.items()
    }
