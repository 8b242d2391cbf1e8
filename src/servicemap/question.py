"""One question of a study: who, how, within how long, to which points, for what, when."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping  # noqa: TC003 - the fields are read at run time
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from servicemap import standards, toml_values
from servicemap.errors import InputError, Problem
from servicemap.table_columns import HANDLINGS, STATUSES, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_MINUTES = 1_440.0  # a day: times are 32-bit milliseconds
ALL = "all"
EVERYBODY = "people"
ANY_HOUR = "any opening hour"
SHARE_OF_WEEK = "share of week"
NO_SETTING = MappingProxyType({"setting": False})
POINT_KEYS = ("status", "tier", "without_partner", "without")


@dataclass(frozen=True)
class Question:
    """``[[question]]``: who is within how many minutes of a point that does what, when.

    Attributes
    ----------
    mode
        A mode, or people group -> mode with the key ``default``.
    minutes
        The cutoff; absent where ``rules`` or ``preset`` give it.
    rules, preset
        A file with a table of cutoffs, or the name of a norm of `standards.presets`.
    items
        ``"all"``, or item groups and item ids.
    handling
        ``"any"``, or the kinds of handling that count.
    appointment
        Services that are given only by appointment count, too.
    points
        Which service points are looked at: ``status`` (``open`` unless told),
        ``tier``, ``without_partner``, ``without`` (ids).
    when
        ``"any opening hour"``, ``"share of week"``, or a local date and time.
    service_min
        How long a point must stay open after arrival, minutes.
    people
        The people group that is counted; ``"all"`` is the group ``people``.
    standard
        The rules that ``rules`` or ``preset`` name; no setting.
    """

    id: str
    mode: str | Mapping[str, str] = "walk"
    minutes: float | None = 15.0
    rules: str | None = None
    preset: str | None = None
    items: str | tuple[str, ...] = "all"
    handling: str | tuple[str, ...] = "any"
    appointment: bool = True
    points: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    when: str = ANY_HOUR
    service_min: float = 0.0
    people: str = "people"
    standard: tuple[standards.Rule, ...] = field(default=(), metadata=NO_SETTING)

    def __post_init__(self) -> None:
        if self.people == ALL:
            object.__setattr__(self, "people", EVERYBODY)  # frozen, and not yet made

    def mode_of(self, group: str) -> str:
        """The mode in which one people group travels."""
        if isinstance(self.mode, str):
            return self.mode
        return self.mode.get(group, self.mode["default"])

    def modes_of(self, group: str) -> tuple[str, ...]:
        """The modes in which one people group may travel, by the rules if there are any."""
        own = self.mode_of(group)
        ruled = (rule.mode or own for rule in self.standard)
        return tuple(dict.fromkeys(ruled)) or (own,)

    @property
    def modes(self) -> tuple[str, ...]:
        """All modes that this question needs."""
        groups = [self.mode] if isinstance(self.mode, str) else self.mode.values()
        if not self.standard:
            return tuple(dict.fromkeys(groups))
        ruled = [rule.mode or mode for rule in self.standard for mode in groups]
        return tuple(dict.fromkeys(ruled))

    @property
    def cutoffs_min(self) -> tuple[float, ...]:
        """All cutoffs that this question uses."""
        if self.minutes is not None:
            return (self.minutes,)
        return tuple(dict.fromkeys(rule.minutes for rule in self.standard))

    def points_of(self, key: str) -> tuple[str, ...]:
        """What ``points`` says under one of its keys; nothing is an empty tuple."""
        given = self.points.get(key, ())
        return (given,) if isinstance(given, str) else tuple(given)

    @property
    def statuses(self) -> tuple[str, ...]:
        """Statuses of the points that count."""
        return self.points_of("status") or ("open",)

    @property
    def names(self) -> tuple[str, ...]:
        """Item groups and items that it names; none when it asks for all."""
        if isinstance(self.items, str):
            return () if self.items == ALL else (self.items,)
        return tuple(dict.fromkeys(self.items))

    @property
    def is_plain(self) -> bool:
        """Whether every open point counts, at any hour, within the same minutes."""
        return not (
            self.names
            or self.standard
            or self.points
            or self.handlings
            or not self.appointment
            or self.when != ANY_HOUR
        )

    @property
    def handlings(self) -> tuple[str, ...]:
        """Kinds of handling that count; empty means any."""
        if isinstance(self.handling, str):
            return () if self.handling == "any" else (self.handling,)
        return tuple(self.handling)


def local_moment(text: str) -> dt.datetime | None:
    """A local date and time as it is written, else None."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is None else None


def with_rules(question: Question, file: Path, problems: list[Problem]) -> Question:
    """Give a question the rules that it names; what is wrong with them becomes findings."""
    preset, column = question.preset, f"question {question.id}.preset"
    if question.rules is None and preset is None:
        return question
    rules: tuple[standards.Rule, ...] = ()
    if question.rules is not None and preset is not None:
        problems.append(Problem("rules_and_preset", "error", file.name, column=column))
    elif preset is not None:
        rules = standards.presets().get(preset, ())
        if not rules:
            values = {"known": ", ".join(standards.presets())}
            unknown = Problem(
                "preset_unknown",
                "error",
                file.name,
                column=column,
                value=preset,
                values=values,
            )
            problems.append(unknown)
    else:
        try:
            rules = standards.read_rules(file.parent / str(question.rules))
        except InputError as error:
            problems.extend(error.problems)
    return dataclasses.replace(question, minutes=None, standard=rules)


def questions_sense(questions: Iterable[Question], file: Path) -> list[Problem]:
    """Settings of the right type that make no sense."""
    problems: list[Problem] = []

    def bad(key: str, value: object, expected: str) -> None:
        problems.append(toml_values.wrong(file.name, key, value, expected))

    seen = set()
    for question in questions:
        head = f"question {question.id}"
        if question.minutes is not None and not 0 < question.minutes <= MAX_MINUTES:
            bad(f"{head}.minutes", question.minutes, "0 < minutes")
        if not isinstance(question.mode, str) and "default" not in question.mode:
            bad(f"{head}.mode", question.mode, '{ default = "walk", ... }')
        if not 0 <= question.service_min <= MAX_MINUTES:
            bad(f"{head}.service_min", question.service_min, "0 <= minutes")
        if question.id in seen:
            bad("question.id", question.id, "each id once")
        seen.add(question.id)
        problems += _points_sense(question, file)
    return problems


def _points_sense(question: Question, file: Path) -> list[Problem]:
    """Which points and which handling: only words that there are."""
    head = f"question {question.id}"
    allowed = {"status": STATUSES, "tier": TIERS}
    problems = [
        toml_values.unknown(file.name, f"{head}.points.{key}", POINT_KEYS)
        for key in question.points
        if key not in POINT_KEYS
    ]
    asked = [
        (f"{head}.points.{key}", question.points_of(key), allowed[key]) for key in allowed
    ]
    asked.append((f"{head}.handling", question.handlings, HANDLINGS))
    for setting, given, known in asked:
        problems += [
            toml_values.wrong(file.name, setting, one, " | ".join(known))
            for one in given
            if one not in known
        ]
    return problems
