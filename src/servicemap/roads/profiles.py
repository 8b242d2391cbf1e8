"""What a mode may use and how fast: tags of a way or node -> `WayUse`, `NodeUse`.

The rules are data (``profiles.toml``); this module asks them in order: is it a
way at all, may this mode use it, in which direction, how fast.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from servicemap.errors import InputError
from servicemap.roads import access, oneway, profile_files, speeds
from servicemap.roads.rules import ROAD_KEYS, Rules
from servicemap.roads.uses import NodeUse, WayUse, closed
from servicemap.words import say, table

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

__all__ = ["ROAD_KEYS", "NodeUse", "Profile", "WayUse", "fingerprint", "load"]


@dataclass(frozen=True)
class Profile:
    """One mode.

    Attributes
    ----------
    name
        As the study names it.
    base
        The built-in mode that it is a variant of (``walk``, ``bike``, ``drive``).
    rules
        All data.
    """

    name: str
    base: str
    rules: Rules

    def title(self, language: str) -> str:
        """Name of the mode for people; its own, else a built-in one's, else ``name``."""
        if language in self.rules.title:
            return self.rules.title[language]
        key = f"mode_titles.{self.name}"
        return say(key, language) if key in table(language) else self.name

    @property
    def called(self) -> tuple[str, ...]:
        """Names by which a layer of a study means this mode, its own first.

        ``ebike`` means ``ebike_20`` as well.
        """
        return self.name, self.name.partition("_")[0], self.base

    @property
    def ferry(self) -> bool:
        """Whether ferries are used."""
        return self.rules.ferry

    @property
    def leg_kph(self) -> float:
        """Walking speed of the straight leg between a point and its road, km/h."""
        return self.rules.leg_kph

    @property
    def max_kph(self) -> float:
        """Top speed on land in km/h; a ferry may be faster than a walker."""
        return self.rules.max_kph

    @property
    def slope(self) -> str:
        """How slopes count: ``walk``, ``cycle`` or ``none``."""
        return self.rules.slope

    @property
    def restrictions_mode(self) -> str | None:
        """Whose turn restrictions apply: motorcar, bicycle, motorcycle or None."""
        return self.rules.restrictions_mode or None

    @property
    def access_keys(self) -> tuple[str, ...]:
        """Access keys from general to special; any of them may stand in ``except``."""
        return self.rules.access

    def way(
        self,
        tags: Mapping[str, str],
        *,
        when: datetime | None = None,
        length_m: float | None = None,
    ) -> WayUse:
        """How this mode may use a way.

        Parameters
        ----------
        tags
            Tags of the way; names and the like do not matter.
        when
            Local time at which conditional tags are read; None leaves them out
            (note ``conditional_skipped``).
        length_m
            Length of the way in metres: a ferry's speed follows from it.
        """
        rules, notes = self.rules, set[str]()
        name, rule = self._class_of(tags)
        if name is None:
            return closed(rule, notes)
        is_ferry = name == "ferry"
        if is_ferry and not rules.ferry:
            return closed("ferry_off", notes, ferry=True)
        default = access.unsaid(rules, tags, name, rule)
        lanes = oneway.directions(rules, tags, name, when, notes)
        found: dict[str, speeds.Speed] = {}
        opening, closing = default.rule, ""
        for direction in (oneway.FORWARD, oneway.BACKWARD):
            verdict = access.decide(
                rules, tags, default, direction=direction, when=when, notes=notes
            )
            if verdict.verdict == "push" and (
                ban := access.push(rules, tags, direction, when)
            ):
                verdict = ban
            if verdict.verdict == "no":
                closing = closing or verdict.rule
                continue
            pushing = verdict.verdict == "push"
            # Who pushes is a pedestrian: only what moves by itself binds them.
            flow = oneway.conveyed(rules, tags) if pushing else lanes
            if not flow.open(direction) and (
                flow.rule == "conveying"
                or not access.opened_against(rules, tags, direction, when)
            ):
                closing = closing or flow.rule
                continue
            if is_ferry:
                found[direction] = speeds.ferry_speed(rules, tags, length_m, notes)
                continue
            pace = speeds.speed(
                rules, tags, name, direction, when=when, notes=notes, pushing=pushing
            )
            if pace.kph == 0.0:
                closing = closing or pace.rule
                continue
            found[direction] = pace
            opening = verdict.rule
        if not found:
            return closed(closing, notes, ferry=is_ferry)
        found = speeds.overridden(rules, tags, found, self.called)
        forward, backward = found.get(oneway.FORWARD), found.get(oneway.BACKWARD)
        return WayUse(
            forward=forward is not None,
            backward=backward is not None,
            forward_kph=forward.kph if forward else 0.0,
            backward_kph=backward.kph if backward else 0.0,
            assumed=any(pace.assumed for pace in found.values()),
            snappable=_snappable(rules, tags, name),
            ferry=is_ferry,
            rule=closing or opening,
            notes=tuple(sorted(notes)),
        )

    def _class_of(self, tags: Mapping[str, str]) -> tuple[str | None, str]:
        """Class of a way, or why it is none for this mode, whoever may use it."""
        if speeds.told(tags, "closed", self.called) is not None:
            return None, "closure"
        name, rule = access.way_class(self.rules, tags)
        if name is not None and (narrow := access.too_small(self.rules, tags)):
            return None, narrow
        return name, rule

    def node(self, tags: Mapping[str, str], *, when: datetime | None = None) -> NodeUse:
        """Whether this mode may pass a node of a way.

        Parameters
        ----------
        tags
            Tags of the node.
        when
            Local time at which conditional tags are read; None leaves them out.
        """
        notes: set[str] = set()
        found = access.pass_node(self.rules, tags, when, notes)
        delays = [
            delay_s
            for pair, delay_s in self.rules.delays.items()
            if tags.get(pair.partition("=")[0]) == pair.partition("=")[2]
        ]
        told = {tags[key] for key in self.rules.direction_keys if key in tags}
        only = next((one for one in ("forward", "backward") if told == {one}), None)
        passable = found.verdict != "no"
        return NodeUse(
            passable=passable,
            delay_s=max(delays, default=0.0) if passable else 0.0,
            rule=found.rule,
            notes=tuple(sorted(notes)),
            forward=only != "backward",
            backward=only != "forward",
        )


def load(
    names: Iterable[str], file: Path | None = None, *, asked_in: str = "mode"
) -> dict[str, Profile]:
    """Profiles by name.

    Parameters
    ----------
    names
        Modes of the study.
    file
        The study's own file of profiles: a table per mode, ``extends`` names the
        mode that it starts from. A table that bears a built-in name changes that
        mode.
    asked_in
        File or option that the names are from, for findings.

    Raises
    ------
    InputError
        A mode is unknown, or the file has faults; all of them together.
    """
    own = profile_files.own(file) if file is not None else {}
    source = file.name if file is not None else "profiles.toml"
    modes = profile_files.known(own)
    problems, done = [], {}
    for name in dict.fromkeys([*names, *(one for one in own if one in modes)]):
        if name not in modes:
            problems.append(profile_files.unknown_mode(asked_in, name, modes))
            continue
        try:
            rules, base = profile_files.merged(name, own, source)
        except InputError as error:
            problems += error.problems
            continue
        done[name] = Profile(name, base, rules)
    if problems:
        raise InputError(problems)
    return {name: done[name] for name in dict.fromkeys(names)}


def fingerprint(profile: Profile) -> str:
    """All data of a profile as one stable text, for the key of a cache."""
    fields = {
        field.name: _plain(getattr(profile.rules, field.name))
        for field in dataclasses.fields(Rules)
    }
    content = {"name": profile.name, "base": profile.base, "rules": fields}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    # Order matters where rules are asked in turn, so tables become lists of pairs.
    if isinstance(value, Mapping):
        return [[key, _plain(one)] for key, one in value.items()]
    return list(value) if isinstance(value, tuple) else value


def _snappable(rules: Rules, tags: Mapping[str, str], name: str) -> bool:
    if name in rules.unsnappable_classes:
        return False
    return all(
        tags.get(key, "no").strip().lower() in level
        for key, level in rules.unsnappable.items()
    )
