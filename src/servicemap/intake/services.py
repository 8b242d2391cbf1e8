"""Who does what: templates per tier and form, then exceptions of single points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from servicemap import tables
from servicemap.intake.items import Catalogue, catalogue
from servicemap.intake.service_lines import ALL, NOT_DONE, REST, Line, Offer, lines
from servicemap.intake.synonyms import value_word
from servicemap.table_columns import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns
    from servicemap.intake.keys import Register

# What a line that does not say it means.
USUAL = Offer(handling=None, who_may="anyone", by_appointment=False, hours=None)

# What one point does: (group, None) or (group, item) -> how.
Offers = dict[tuple[str, str | None], Offer]


@dataclass(frozen=True)
class Offered:
    """Tables ``items`` and ``services``, rows used per sheet, findings."""

    items: pd.DataFrame
    services: pd.DataFrame
    used: dict[str, int]
    problems: tuple[Problem, ...]


def offered(
    sheets: Mapping[str, Columns | None],
    facilities: pd.DataFrame,
    townships: Register,
    language: str,
) -> Offered:
    """What can be done where.

    Parameters
    ----------
    sheets
        ``items``, ``templates`` and ``exceptions``, as far as the study has them.
    facilities, townships
        The points, and what a list of townships may name.
    language
        Of the word for items without a group.
    """
    of_items = sheets.get("items")
    if of_items is None:
        return Offered(tables.empty("items"), tables.empty("services"), {}, ())
    known, problems = catalogue(of_items, language)
    found, used, more = services(
        known,
        facilities,
        townships,
        templates=sheets.get("templates"),
        exceptions=sheets.get("exceptions"),
    )
    used = {"items": len(known.items)} | {
        name: count for name, count in used.items() if sheets.get(name) is not None
    }
    return Offered(known.items, found, used, (*problems, *more))


def services(
    known: Catalogue,
    facilities: pd.DataFrame,
    townships: Register,
    *,
    templates: Columns | None,
    exceptions: Columns | None,
) -> tuple[pd.DataFrame, dict[str, int], list[Problem]]:
    """Table ``services``.

    Parameters
    ----------
    known
        Groups and items.
    facilities
        The points; their tier and form tell which templates hold.
    townships
        What a list in ``who_may`` may name.
    templates, exceptions
        The sheets, as far as they are there.

    Returns
    -------
    services, used, problems
        ``used`` counts the rows of each sheet that were used. A group stands in one row
        where a point does all of it alike, else each item has its own.
    """
    problems: list[Problem] = []
    usual: list[Line] = []
    special: list[Line] = []
    if templates is not None:
        usual, more = lines(templates, known, townships)
        problems += more
        found = [one for one in usual if one.offer.handling in (None, NOT_DONE)]
        problems += [
            templates.problem("handling_blank", "error", one.row, "handling")
            for one in found
            if one.offer.handling is None
        ]
        usual = [one for one in usual if one.offer.handling is not None]
    names = dict(zip(facilities["facility_id"], facilities["name"], strict=True))
    if exceptions is not None:
        special, more = lines(exceptions, known, townships, names)
        problems += more
    kinds = list(zip(facilities["tier"], facilities["form"], strict=True))
    base = {kind: _by_template(*kind, usual, known) for kind in dict.fromkeys(kinds)}
    if templates is not None:
        problems += _without(templates, usual, kinds)
    of_point: dict[str, list[Line]] = {}
    for line in special:
        of_point.setdefault(line.facility_id, []).append(line)
    rows = []
    lost = 0
    for one, kind in zip(facilities["facility_id"], kinds, strict=True):
        offers = base[kind]
        if one in of_point and exceptions is not None:
            offers, unsaid = _with_exceptions(offers, of_point[one], known)
            lost += len(unsaid)
            problems += [
                exceptions.problem("handling_blank", "error", line.row, "handling")
                for line in unsaid
            ]
        rows += [
            (
                one,
                group,
                item,
                offer.handling,
                offer.hours,
                offer.by_appointment,
                offer.who_may,
            )
            for (group, item), offer in offers.items()
        ]
    frame = pd.DataFrame(rows, columns=TABLES["services"].names)
    key = ["facility_id", "item_group", "item_id"]
    used = {"templates": len(usual), "exceptions": len(special) - lost}
    return tables.check(tables.in_order(frame, key), "services"), used, problems


def _by_template(tier: str, form: str, usual: Iterable[Line], known: Catalogue) -> Offers:
    """What points of one tier and form do: lines of the form before those of every form."""
    fits = [one for one in usual if one.tier == tier and one.form in (None, form)]
    fits.sort(key=lambda one: one.form is None)
    items: dict[str, Offer] = {}
    groups: dict[str, Offer] = {}
    for line in fits:
        if line.item_id is not None:
            items.setdefault(line.item_id, line.offer)
        elif line.group is not None and not line.is_every:
            groups.setdefault(line.group, line.offer)
    for which in (REST, ALL):
        for line in fits:
            if line.is_every and line.group == which:
                groups = {**dict.fromkeys(known.groups, line.offer), **groups}
    done: Offers = {}
    for group, members in known.groups.items():
        if group in groups:
            _put_group(done, group, groups[group], known.at(tier, group), known)
        own = [item for item in members if item in items]
        for item in own:
            _put_item(done, group, item, items[item], known)
    return {key: offer.over(USUAL) for key, offer in done.items()}


def _put_group(
    offers: Offers, group: str, offer: Offer, members: tuple[str, ...], known: Catalogue
) -> None:
    if offer.handling == NOT_DONE:
        return
    if members == known.groups[group]:
        offers[group, None] = offer
    else:
        offers.update({(group, item): offer for item in members})


def _put_item(
    offers: Offers, group: str, item: str, offer: Offer, known: Catalogue
) -> None:
    """One item otherwise than its group: the group's row becomes rows of its items."""
    whole = offers.pop((group, None), None)
    if whole is not None:
        offers.update({(group, one): whole for one in known.groups[group]})
    if offer.handling == NOT_DONE:
        offers.pop((group, item), None)
    else:
        offers[group, item] = offer


def _with_exceptions(
    base: Offers, special: list[Line], known: Catalogue
) -> tuple[Offers, list[Line]]:
    """One point's offers, and the lines that do not say how something new is done."""
    offers = dict(base)
    unsaid = []
    group_of = {item: group for group, items in known.groups.items() for item in items}
    for line in sorted(
        special, key=lambda one: (one.item_id is not None, not one.is_every)
    ):
        if line.item_id is not None:
            group = group_of[line.item_id]
            before = offers.get((group, line.item_id), offers.get((group, None), USUAL))
            offer = line.offer.over(before)
            if offer.handling is None:
                unsaid.append(line)
            else:
                _put_item(offers, group, line.item_id, offer, known)
            continue
        groups = list(known.groups) if line.is_every else [str(line.group)]
        there = {key: offer for key, offer in offers.items() if key[0] in groups}
        if line.offer.handling is None and not there:
            unsaid.append(line)
        for key, offer in there.items():
            del offers[key]
            if line.offer.handling != NOT_DONE:
                offers[key] = line.offer.over(offer)
        if line.offer.handling not in (None, NOT_DONE):
            absent = [one for one in groups if one not in {key[0] for key in there}]
            offers.update({(one, None): line.offer.over(USUAL) for one in absent})
    return offers, unsaid


def _without(
    templates: Columns, usual: list[Line], kinds: list[tuple[str, str]]
) -> list[Problem]:
    """Kinds of points for which no template says anything."""
    known = {(one.tier, one.form) for one in usual}
    lacking = {
        (tier, form): kinds.count((tier, form))
        for tier, form in dict.fromkeys(kinds)
        if (tier, form) not in known and (tier, None) not in known
    }
    return [
        templates.problem(
            "template_missing", "warning", count=count, which=_both(tier, form)
        )
        for (tier, form), count in sorted(lacking.items())
    ]


def _both(tier: str, form: str) -> str:
    """Tier and form as sheets have them, in both languages."""
    chinese = (value_word("tier", tier, "zh"), value_word("form", form, "zh"))
    return f"{' '.join(chinese)} ({tier}, {form})"
