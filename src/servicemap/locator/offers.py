"""What each service point does for an item, for whom, when: the rows of ``services``.

An item is done by a point with a row for it or for its group; a group by a point that
does all of its items. Who may be served is as `servicemap.analysis.jurisdiction` has it.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from servicemap.analysis.jurisdiction import BETWEEN
from servicemap.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.locator.homes import Home

# from what spares people most ways to what spares them least
HANDLINGS = ("finish", "self", "remote", "agent", "accept")
SHOWN = 5
MOST_GROUPS, MORE = 30, "..."


@dataclass(frozen=True)
class Offer:
    """One row of ``services``.

    Attributes
    ----------
    handling
        One of `HANDLINGS`.
    hours
        Its own, None where those of the point count.
    who_may
        ``anyone``, ``city``, ``township``, ``village``, or township ids.
    """

    handling: str
    hours: str | None
    by_appointment: bool
    who_may: str


@dataclass(frozen=True)
class Case:
    """One thing that must be done: its scope, and who offers it (row of the point)."""

    scope: str
    offers: Mapping[int, tuple[Offer, ...]]


@dataclass(frozen=True)
class Wanted:
    """What somebody needs.

    Attributes
    ----------
    item_id
        Id of the item, or name of the group.
    name
        As people call it.
    cases
        All of them must be done at one point.
    """

    item_id: str
    name: str
    cases: tuple[Case, ...]


class Offers:
    """Rows of ``services`` by item and group.

    Parameters
    ----------
    items, services
        Columns of the contract's tables.
    facility_id
        Ids in the order of the points' rows.
    """

    def __init__(
        self,
        items: Mapping[str, list[Any]],
        services: Mapping[str, list[Any]],
        facility_id: list[str],
    ) -> None:
        columns = ("item_id", "name", "item_group", "scope")
        self._items = [*zip(*(items[one] for one in columns), strict=True)]
        place = {one: row for row, one in enumerate(facility_id)}
        named = (
            "facility_id", "item_id", "item_group", "handling", "hours",
            "by_appointment", "who_may",
        )  # fmt: skip
        self._of_item: dict[str, list[tuple[int, Offer]]] = {}
        self._of_group: dict[str, list[tuple[int, Offer]]] = {}
        for one, item, group, handling, hours, by_appointment, who_may in zip(
            *(services[name] for name in named), strict=True
        ):
            if one in place:
                offer = Offer(handling, hours, bool(by_appointment), who_may)
                kept, key = (
                    (self._of_group, group) if item is None else (self._of_item, item)
                )
                kept.setdefault(key, []).append((place[one], offer))

    @property
    def names(self) -> list[tuple[str, str, str]]:
        """Id, name and group of every item."""
        return [(one, name, group) for one, name, group, _ in self._items]

    def wanted(self, asked: str) -> Wanted:
        """What an item or a group needs.

        Parameters
        ----------
        asked
            Id or name of an item, or name of a group.

        Raises
        ------
        InputError
            There is no such item, or several of that name; says which come near.
        """
        text = asked.strip()
        members = [one for one in self._items if one[2] == text]
        items = [one for one in self._items if one[0] == text] or members
        items = items or [one for one in self._items if one[1] == text]
        if not members and len(items) > 1:
            which = ", ".join(one[0] for one in items[:SHOWN])
            raise InputError("item_ambiguous", item=text, which=which)
        if not items and (text in self._of_group or text in self._of_item):
            rows = [*self._of_item.get(text, ()), *self._of_group.get(text, ())]
            return Wanted(text, text, (_case("city", rows),))
        if not items and not self._items and not self._of_group and not self._of_item:
            raise InputError("items_none", item=text[:50])
        if not items:
            near = ", ".join(self._near(text)[:SHOWN])
            if near:
                raise InputError("item_unknown", item=text[:50], known=near)
            groups = list(self._groups())
            more = [MORE] if len(groups) > MOST_GROUPS else []
            known = ", ".join([*groups[:MOST_GROUPS], *more])
            raise InputError("item_unlike", item=text[:50], known=known)
        cases: dict[tuple[str, tuple[tuple[int, Offer], ...]], Case] = {}
        for one, _, group, scope in items:
            rows = [*self._of_item.get(one, ()), *self._of_group.get(group, ())]
            cases.setdefault((scope, tuple(rows)), _case(scope, rows))
        name = text if members else items[0][1]
        return Wanted(text if members else items[0][0], name, tuple(cases.values()))

    def _groups(self) -> dict[str, None]:
        """Names of groups, those of the catalogue first."""
        return dict.fromkeys([*(one[2] for one in self._items), *self._of_group])

    def _near(self, text: str) -> list[str]:
        """Items and groups whose names hold a text or come near it."""
        known = [
            *self._groups(),
            *(one[1] for one in self._items),
            *(one[0] for one in self._items),
        ]
        close = difflib.get_close_matches(text[:100], known, n=SHOWN, cutoff=0.5)
        holding = [one for one in known if text and text in one]
        return list(dict.fromkeys([*holding, *close]))


def _case(scope: str, rows: list[tuple[int, Offer]]) -> Case:
    offers: dict[int, tuple[Offer, ...]] = {}
    for point, offer in rows:
        offers[point] = (*offers.get(point, ()), offer)
    return Case(scope, offers)


def may_serve(
    scope: str, offer: Offer, home: Home, own: tuple[str | None, str | None]
) -> bool:
    """Whether a point may serve somebody, by the item's scope and the row's rule.

    A rule of the own township (village) is never met where that of the home or of the
    point is unknown.

    Parameters
    ----------
    scope
        Of the item.
    offer
        Of the point.
    home
        Of whoever asks.
    own
        Township and village of the point.
    """
    township, village = own
    near_home = {
        "city": True,
        "anyone": True,
        "township": township is not None and township == home.township_id,
        "village": village is not None and village == home.village_id,
    }
    if offer.who_may in near_home:
        is_served = near_home[offer.who_may]
    else:
        is_served = home.township_id in BETWEEN.split(offer.who_may)
    return is_served and near_home[scope]


__all__ = ["HANDLINGS", "Case", "Offer", "Offers", "Wanted", "may_serve"]
