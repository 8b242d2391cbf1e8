"""Villages of earlier times, followed to those of today."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from servicemap.intake import keys
from servicemap.intake.synonyms import plain

if TYPE_CHECKING:
    from servicemap.intake.changes import Event

COLUMNS = ("former_id", "former_name", "village_id", "kind", "date", "share")


@dataclass(frozen=True)
class Heir:
    """A village of today that was, or was part of, a former one."""

    village_id: str
    share: float | None


# Label of a former village, and what it became.
Heirs = tuple[str, tuple[Heir, ...]]


@dataclass(frozen=True)
class Former:
    """Former villages and their heirs.

    Attributes
    ----------
    events
        Those that lead to villages of today.
    heirs
        Of each event.
    """

    events: tuple[Event, ...] = ()
    heirs: tuple[tuple[Heir, ...], ...] = ()
    _by_id: dict[str, list[int]] = field(default_factory=dict)
    _by_name: dict[str, list[int]] = field(default_factory=dict)

    def of(
        self,
        one: str | None,
        name: str | None,
        township: str | None = None,
        year: int | None = None,
    ) -> Heirs | None:
        """Heirs of a village that a row names by its former id or name.

        Parameters
        ----------
        one, name, township
            As the row says it.
        year
            Of the row's figures: only what happened after it counts.

        Returns
        -------
        name, heirs
            The former village's label; None when nothing or several different ones
            could be meant.
        """
        found = self._by_id.get(one or "", [])
        if not found and name is not None:
            ways = keys.forms(name, keys.VILLAGE_SUFFIXES)
            near = {place for one in ways for place in self._by_name.get(one, [])}
            exact = {k for k in near if plain(self.events[k].name or "") in ways}
            found = [
                place
                for place in sorted(exact or near)
                if township is None or township in self._townships(place)
            ]
        later = [place for place in found if year is None or self._after(place, year)]
        if not later:
            return None
        ends = {self.heirs[place] for place in later}
        if len(ends) > 1 and len({self.events[k].label for k in later}) > 1:
            return None
        first = min(later, key=lambda k: self.events[k].date or dt.date.min)
        return self.events[first].label, self.heirs[first]

    def _townships(self, place: int) -> set[str | None]:
        event = self.events[place]
        return {None, event.township_id, *(part.township_id for part in event.parts)}

    def _after(self, place: int, year: int) -> bool:
        when = self.events[place].date
        return when is not None and when.year > year

    def kept_since(self, date: dt.date | None) -> set[str]:
        """Villages that something became on a date or later: their codes are in use."""
        return {
            heir.village_id
            for event, heirs in zip(self.events, self.heirs, strict=True)
            for heir in heirs
            if event.date is not None and (date is None or event.date >= date)
        }

    def survivors(self) -> set[str]:
        """Villages of today that were there before they took in others."""
        done = set()
        members: dict[str, int] = {}
        for event, heirs in zip(self.events, self.heirs, strict=True):
            for heir in heirs:
                members[heir.village_id] = members.get(heir.village_id, 0) + 1
            kept = [part for part in event.parts if event.is_kept_by(part)]
            done |= {heir.village_id for heir in heirs if kept and len(heirs) == 1}
            if event.kind == "transfer":
                done |= {heir.village_id for heir in heirs}
        for event, heirs in zip(self.events, self.heirs, strict=True):
            if event.kind == "merge" and len(heirs) == 1:
                alone = members[heirs[0].village_id] == 1
                done |= {heirs[0].village_id} if alone else set()
        return done

    def members(self, village_id: str) -> set[str]:
        """Labels of the former villages that are wholly part of one of today."""
        return {
            event.label
            for event, heirs in zip(self.events, self.heirs, strict=True)
            if [heir.village_id for heir in heirs] == [village_id]
        }

    def table(self) -> pd.DataFrame:
        """One row per former village and heir, columns `COLUMNS`."""
        rows = [
            (
                event.village_id,
                event.name,
                heir.village_id,
                event.kind,
                event.date.isoformat() if event.date else None,
                heir.share,
            )
            for event, heirs in zip(self.events, self.heirs, strict=True)
            for heir in heirs
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))


class VillageRegister(keys.Register):
    """Villages of today, which are also found by the names that they had before.

    Parameters
    ----------
    villages
        Table ``villages``.
    former
        Villages of earlier times.
    townships
        Table ``townships``.
    """

    def __init__(
        self,
        villages: pd.DataFrame,
        former: Former | None = None,
        townships: pd.DataFrame | None = None,
    ) -> None:
        parents = {
            one: None if pd.isna(township) else township
            for one, township in zip(
                villages["village_id"].to_numpy(dtype=object),
                villages["township_id"].to_numpy(dtype=object),
                strict=True,
            )
        }
        names = dict(zip(villages["village_id"], villages["name"], strict=True))
        towns = (
            {}
            if townships is None
            else dict(zip(townships["township_id"], townships["name"], strict=True))
        )
        super().__init__(names, keys.VILLAGE_SUFFIXES, parents, towns)
        self.former = former or Former()

    def find(
        self, one: str | None, name: str | None, parent: str | None = None
    ) -> tuple[str | None, str | None]:
        """As `keys.Register.find`; a former village gives its heir.

        ``fault`` may also be ``split``: the village became several.
        """
        heirs = self.heirs(one, name, parent)
        if heirs is None:
            return super().find(one, name, parent)
        if len(heirs[1]) == 1:
            return heirs[1][0].village_id, None
        return None, "split"

    def heirs(self, one: str | None, name: str | None, parent: str | None) -> Heirs | None:
        """Label and heirs of a former village; None when a row names one of today.

        An id of today comes first, then one of former times, then names in this order.
        """
        if not self.former.events:
            return None
        by_id = super().find(one, None, parent)[0] if one is not None else None
        if by_id is not None:
            return None
        by_former_id = self.former.of(one, None) if one is not None else None
        if by_former_id is not None:
            return by_former_id
        if super().find(one, name, parent)[0] is not None:
            return None
        return self.former.of(one, name if name is not None else one, parent)
