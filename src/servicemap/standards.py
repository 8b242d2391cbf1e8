"""Rules of cutoffs: by kind of area and tier of point, by mode, within so many minutes.

A norm rarely is one number: "15 minutes in town, 30 in the country". A question
names a table of its own (``rules``) or a published norm (``preset``); both are
the same rows. Presets stand in ``standards.toml``, their sources in the words.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from servicemap.errors import InputError, Problem
from servicemap.table_columns import HANDLINGS, TIERS
from servicemap.toml_values import text_of
from servicemap.words import LANGUAGES, table

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("area_type", "tier", "mode", "minutes", "handling")
MOST_MINUTES = 1_440.0
BETWEEN = re.compile(r"[\s,;|/，；、]+")
EXACT, BY_CLASS, ANY = 2, 1, 0  # how well a rule's area fits a place


@dataclass(frozen=True)
class Rule:
    """One row of a table of rules; ``None`` or empty means any.

    Attributes
    ----------
    minutes
        The cutoff.
    area_type
        A value of the villages' ``area_type``, or ``town`` or ``country``.
    tier
        Tier of the points.
    mode
        Mode of travel; else the question's own.
    handling
        Kinds of handling that count.
    """

    minutes: float
    area_type: str | None = None
    tier: str | None = None
    mode: str | None = None
    handling: tuple[str, ...] = ()

    def fit(self, area_type: str | None) -> int | None:
        """How well it fits a place: 2 by its word, 1 by town or country, 0 anywhere."""
        if self.area_type is None:
            return ANY
        if area_type is None:
            return None
        if self.area_type == area_type:
            return EXACT
        return BY_CLASS if self.area_type == area_class(area_type) else None


def area_class(area_type: str | None) -> str | None:
    """``town`` or ``country`` for a known word or urban-rural code, else None."""
    return _classes().get(area_type or "")


def applicable(
    rules: tuple[Rule, ...], area_type: str | None, tier: str
) -> tuple[Rule, ...]:
    """Take the rules for points of a tier, seen from places of a kind of area.

    Of the rules that fit, those count whose area fits best, and of these those
    that name the tier, if any does; several that fit equally are alternatives.
    """
    ranked = [
        ((fit, rule.tier is not None), rule)
        for rule in rules
        if (fit := rule.fit(area_type)) is not None and rule.tier in (None, tier)
    ]
    best = max((rank for rank, _ in ranked), default=None)
    return tuple(rule for rank, rule in ranked if rank == best)


@cache
def _content() -> dict[str, Any]:
    source = resources.files(__package__).joinpath("standards.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _classes() -> dict[str, str]:
    return {
        word: name for name, words in _content()["area_class"].items() for word in words
    }


def presets() -> dict[str, tuple[Rule, ...]]:
    """The norms that come with the program, by name."""
    return {
        name: tuple(Rule(**_plain(row)) for row in content["rule"])
        for name, content in _content()["preset"].items()
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"minutes": float(row["minutes"])}


@cache
def _words(kind: str) -> dict[str, str]:
    """Word -> value: the values themselves, the outputs' words for them, and short ones."""
    known: dict[str, str] = {}
    for language in LANGUAGES:
        for key, word in table(language).items():
            *owner, value = key.split(".")
            if owner == ["terms", kind]:
                known[word] = known[value] = value
    known.update(_content()["word"][kind])
    return known


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Read a table of rules from a CSV file (UTF-8, UTF-16 with BOM, or GB18030).

    Raises
    ------
    InputError
        It is absent, has other columns, or a cell that cannot be used; all
        faults are told together.
    """
    try:
        text = text_of(path)
    except OSError as error:
        values = {"why": error.strerror or str(error)}
        problem = Problem("rules_unreadable", "error", path.name, values=values)
        raise InputError([problem]) from error
    lines = list(csv.reader(io.StringIO(text)))
    if not lines:
        raise InputError([Problem("rules_empty", "error", path.name)])
    names = [_column(cell) for cell in lines[0]]
    if "minutes" not in names or any(name not in COLUMNS for name in names):
        problem = Problem(
            "rules_columns", "error", path.name, row=1, values={"lacking": "minutes"}
        )
        raise InputError([problem])
    problems: list[Problem] = []
    rules = []
    for number, line in enumerate(lines[1:], 2):
        cells = dict(zip(names, (cell.strip() for cell in line), strict=False))
        if any(cells.values()):
            rules.append(_rule(cells, path.name, number, problems))
    if not rules:
        problems.append(Problem("rules_empty", "error", path.name))
    if problems:
        raise InputError(problems)
    return tuple(rules)


def _column(cell: str) -> str:
    name = cell.strip().lstrip("\ufeff")
    for column, words in _content()["column"].items():
        if name.lower() == column or name in words:
            return str(column)
    return name


def _rule(cells: dict[str, str], source: str, row: int, problems: list[Problem]) -> Rule:
    def bad(column: str, expected: str) -> None:
        value = cells[column]
        problems.append(
            Problem(
                "rules_value",
                "error",
                source,
                row=row,
                column=column,
                value=value,
                values={"expected": expected},
            )
        )

    def one_of(column: str, allowed: tuple[str, ...]) -> str | None:
        cell = cells.get(column, "")
        value = _words(column).get(cell, cell)
        if value and allowed and value not in allowed:
            bad(column, " | ".join(allowed))
        return value or None

    minutes = 0.0
    try:
        minutes = float(cells.get("minutes", ""))
    except ValueError:
        minutes = -1.0
    if not 0 < minutes <= MOST_MINUTES:
        cells.setdefault("minutes", "")
        bad("minutes", f"0 < minutes <= {MOST_MINUTES:g}")
    parts = [part for part in BETWEEN.split(cells.get("handling", "")) if part]
    handling = tuple(_words("handling").get(part, part) for part in parts)
    if any(one not in HANDLINGS for one in handling):
        bad("handling", " | ".join(HANDLINGS))
    return Rule(
        minutes=minutes,
        area_type=cells.get("area_type") or None,
        tier=one_of("tier", TIERS),
        mode=one_of("mode", ()),
        handling=handling,
    )
