"""What a service point does, in words: how, which groups and items, for whom, when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.hours import in_words
from servicemap.outputs.terms import term
from servicemap.table_columns import HANDLINGS
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.result import Result
    from servicemap.study import Language

NAMED = 3  # so many items of a group are named, more of them are counted
_BETWEEN = re.compile(r"[\s,;|/，；、]+")
_COLUMNS = ("item_group", "item_id", "handling", "who_may", "by_appointment", "hours")


@dataclass(frozen=True)
class Said:
    """Things that a point does in one way: handling, names, and what limits it."""

    handling: str
    names: tuple[str, ...]
    limits: str


def services_said(result: Result) -> dict[str, tuple[Said, ...]]:
    """What each point does.

    Parameters
    ----------
    result
        Tables ``services``, ``items`` and ``townships``; the language of the study.

    Returns
    -------
    dict
        By ``facility_id``, points without services are absent. Things finished on the
        spot come first, in the order of ``HANDLINGS``.
    """
    words = _Words(result)
    services = result.services
    rows = services[list(_COLUMNS)].astype(object).where(services[list(_COLUMNS)].notna())
    by_point: dict[str, list[tuple[Any, ...]]] = {}
    for point, *row in zip(
        services["facility_id"], *(rows[name] for name in _COLUMNS), strict=True
    ):
        by_point.setdefault(point, []).append(tuple(row))
    known: dict[tuple[Any, ...], tuple[Said, ...]] = {}
    done = {}
    for point, lines in by_point.items():
        key = tuple(None if pd.isna(cell) else cell for line in lines for cell in line)
        if key not in known:
            known[key] = words.of(lines)
        done[point] = known[key]
    return done


def services_text(said: tuple[Said, ...], language: Language) -> str:
    """What a point does as one text, for a cell."""
    parts = []
    for one in said:
        names = say("outputs.comma", language).join(one.names)
        handling = term("handling", one.handling, language)
        text = say("outputs.service.line", language, handling=handling, names=names)
        if one.limits:
            text = say("outputs.service.limited", language, said=text, limits=one.limits)
        parts.append(text)
    return say("outputs.service.then", language).join(parts)


class _Words:
    def __init__(self, result: Result) -> None:
        self._language = result.study.language
        items = result.items
        self._names = dict(zip(items["item_id"], items["name"], strict=True))
        self._groups = dict(zip(items["item_id"], items["item_group"], strict=True))
        towns = result.townships
        self._towns = dict(zip(towns["township_id"], towns["name"], strict=True))

    def of(self, lines: list[tuple[Any, ...]]) -> tuple[Said, ...]:
        """Lines of one point, those that differ only in the item or group together."""
        ways: dict[tuple[Any, ...], list[tuple[Any, Any]]] = {}
        for group, item, handling, who_may, by_appointment, hours in lines:
            key = (
                handling,
                who_may,
                bool(by_appointment),
                None if pd.isna(hours) else hours,
            )
            ways.setdefault(key, []).append((group, item))
        found = [
            Said(handling, self._things(things), self._limits(who_may, is_booked, hours))
            for (handling, who_may, is_booked, hours), things in ways.items()
        ]
        return tuple(
            sorted(found, key=lambda one: (HANDLINGS.index(one.handling), one.limits))
        )

    def _things(self, things: list[tuple[Any, Any]]) -> tuple[str, ...]:
        names: list[str] = []
        single: dict[str, list[str]] = {}
        for group, item in things:
            if pd.isna(item):
                names.append(str(group))
            else:
                own = self._groups.get(item, item) if pd.isna(group) else group
                single.setdefault(str(own), []).append(self._names.get(item, item))
        for group, items in single.items():
            if len(items) <= NAMED:
                names += items
            else:
                values = {"group": group, "count": len(items)}
                names.append(say("outputs.service.some", self._language, **values))
        return tuple(dict.fromkeys(names))

    def _limits(self, who_may: str, is_booked: bool, hours: Any) -> str:
        said = []
        if who_may in ("township", "village"):
            said.append(say(f"outputs.service.own_{who_may}", self._language))
        elif who_may not in ("anyone", "city"):
            names = [
                str(self._towns.get(one, one)) for one in _BETWEEN.split(who_may) if one
            ]
            joined = say("outputs.comma", self._language).join(names)
            said.append(say("outputs.service.only", self._language, names=joined))
        if is_booked:
            said.append(say("hours.by_appointment", self._language))
        if hours is not None:
            said.append(in_words(hours, self._language))
        return say("hours.then", self._language).join(said)
