"""The catalogue of items: groups, how far from home each may be done, at which tiers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import pandas as pd

from servicemap import tables
from servicemap.intake import cells, keys
from servicemap.intake.synonyms import plain
from servicemap.table_columns import TIERS
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns

BETWEEN = re.compile(r"[\s,;|/、，；和及]+")  # between the entries of a list in a cell
BANK = "bank"


@dataclass(frozen=True)
class Catalogue:
    """The table ``items`` and what else the catalogue says.

    Attributes
    ----------
    items
        Table of the contract.
    groups
        Group to the ids of its items, in the order of the file.
    tiers
        Item to the tiers at which it is done; an item that is absent is done at all.
    """

    items: pd.DataFrame
    groups: dict[str, tuple[str, ...]]
    tiers: dict[str, frozenset[str]]

    def at(self, tier: str, group: str) -> tuple[str, ...]:
        """Items of a group that are done at a tier."""
        return tuple(
            one for one in self.groups[group] if tier in self.tiers.get(one, TIERS)
        )

    @cached_property
    def _names(self) -> dict[str, str]:
        return dict(zip(self.items["item_id"], self.items["name"], strict=True))

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for item, name in self._names.items():
            found.setdefault(plain(name), []).append(item)
        return found

    def find_item(self, item_id: str | None, name: str | None) -> str | None:
        """An item by its id, else by its name where only one has it."""
        if item_id is not None:
            return item_id if item_id in self._names else None
        same = self._by_name.get(plain(name or ""), [])
        return same[0] if len(same) == 1 else None

    def find_group(self, name: str) -> str | None:
        """A group by its name; width, case and spaces do not count."""
        if name in self.groups:
            return name
        same = [one for one in self.groups if plain(one) == plain(name)]
        return same[0] if len(same) == 1 else None


def catalogue(columns: Columns, language: str) -> tuple[Catalogue, list[Problem]]:
    """Read the catalogue.

    Parameters
    ----------
    columns
        Matched against ``items``.
    language
        Of the word for items without a group.

    Returns
    -------
    catalogue, problems
        Rows with a repeated id, and rows whose scope is no known word, are dropped.
    """
    ids, keep, problems = keys.ids(columns, "item_id")
    index = ids.index
    name, more = keys.names(columns, ids)
    problems += more
    group = columns.text("item_group")
    if group.isna().any():
        count = int(group.isna().sum())
        problems.append(
            columns.problem("item_group_blank", "warning", None, "item_group", count=count)
        )
    scope, more = columns.read(
        "scope", partial(cells.word, column="scope"), "scope_unknown", "error"
    )
    problems += more
    lost = {one.row for one in more}
    blank = [row for row in index if row not in scope and row not in lost]
    if blank:
        problems.append(
            columns.problem("scope_assumed", "warning", None, "scope", count=len(blank))
        )
    tied_to, more = columns.read(
        "tied_to", partial(cells.word, column="tied_to"), "tied_to_unknown", "warning"
    )
    problems += more
    tiers, more = _tiers(columns)
    problems += more
    frame = pd.DataFrame(
        {
            "item_id": ids,
            "name": name,
            "item_group": group.fillna(say("intake.items.no_group", language)),
            "scope": [scope.get(row, "city") for row in index],
            "tied_to": [tied_to.get(row) for row in index],
        },
        index=index,
    )[keep & ~index.isin(list(lost))]
    found = tables.check(tables.in_order(frame, ["item_id"]), "items")
    by_group = frame.groupby("item_group", sort=False)["item_id"]
    groups = {str(name): tuple(members) for name, members in by_group}
    limits = {ids[row]: allowed for row, allowed in tiers.items() if row in frame.index}
    return Catalogue(found, groups, limits), problems


def _tiers(columns: Columns) -> tuple[dict[int, frozenset[str]], list[Problem]]:
    """Row to the tiers at which its item is done, where the catalogue limits them."""
    found: dict[int, frozenset[str]] = {}
    problems = []
    for row, cell in columns.rows("tiers"):
        said = cells.text(cell)
        if said is None:
            continue
        words = [one for one in BETWEEN.split(said) if one]
        tiers = [cells.word(one, "tier") for one in words]
        if None in tiers:
            problems.append(columns.problem("item_tier_unknown", "warning", row, "tiers"))
        else:
            found[row] = frozenset(one for one in tiers if one is not None)
    at_bank, more = columns.read("at_bank", cells.flag, "flag_unreadable", "warning")
    for row, is_there in at_bank.items():
        own = found.get(row, frozenset(TIERS) - {BANK})
        found[row] = own | {BANK} if is_there else own - {BANK}
    everywhere = frozenset(TIERS)
    limited = {row: tiers for row, tiers in found.items() if tiers != everywhere}
    return limited, [*problems, *more]
