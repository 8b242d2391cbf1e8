"""Turn restrictions as the map has them -> those that bind one mode at one moment.

Source: OpenStreetMap wiki, ``Relation:restriction`` (values, members, ``except``,
``restriction:<mode>``), ``Conditional_restrictions``. Here only tags and roles are
read; `turns` finds the roads that they speak of.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from servicemap.errors import Problem
from servicemap.roads.conditional import tagged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from servicemap.osm_file import RoadWays
    from servicemap.roads.profiles import Profile

KEY = "restriction"
TURNS = frozenset(
    """
    no_left_turn no_right_turn no_straight_on no_u_turn no_entry no_exit
    only_left_turn only_right_turn only_straight_on only_u_turn
    """.split()
)
NOTHING = frozenset(("none", "no"))
# Hours told in the way that was given up for `restriction:conditional`.
OLD_TIMES = ("day_on", "day_off", "hour_on", "hour_off", "date_on", "date_off")


# Reasons that are faults of the map; the others say that a mode is not concerned.
FAULTS = (
    "members",
    "not_in_map",
    "not_joined",
    "ambiguous",
    "contradicting",
    "unknown_value",
)


@dataclass(frozen=True)
class Restriction:
    """One relation that binds the mode.

    Attributes
    ----------
    relation
        OSM id.
    only
        ``only_*``: one way on and no other; else ``no_*``.
    sources, goals
        OSM ids of the ways that it leads from and to; several only where it forbids.
    node
        OSM id of the node in between; None where ways are in between.
    ways
        OSM ids of the ways in between.
    """

    relation: int
    only: bool
    sources: tuple[int, ...]
    goals: tuple[int, ...]
    node: int | None
    ways: tuple[int, ...]


def binding(
    roads: RoadWays, profile: Profile, when: datetime | None
) -> tuple[list[Restriction], Counter[str]]:
    """Restrictions of a mode.

    Parameters
    ----------
    roads
        Roads and relations of the extract.
    profile
        The mode: its access keys may stand in ``except`` and in
        ``restriction:<mode>``. Plain ``restriction`` binds the modes whose profile
        names a ``restrictions_mode``, so nobody on foot.
    when
        Local time; None passes restrictions with a condition over.

    Returns
    -------
    restrictions
        In the order of their ids.
    passed_over : Counter
        How many are not used: ``times`` (their hours are told, and no moment is),
        ``unknown_value``, ``members`` (some are missing, or there are too many).
    """
    found, passed_over = [], Counter[str]()
    keys = profile.access_keys[1:]
    for relation, tags, members in sorted(roads.restrictions, key=lambda one: one[0]):
        notes: set[str] = set()
        value = _value(tags, keys, profile.restrictions_mode is not None, when, notes)
        if value is None:
            if notes:
                passed_over["times"] += 1
            continue
        if any(key in tags for key in OLD_TIMES):
            passed_over["times"] += 1
            continue
        if value not in TURNS:
            passed_over["unknown_value"] += 1
            continue
        one = _restriction(relation, value, members)
        if one is None:
            passed_over["members"] += 1
        else:
            found.append(one)
    return found, passed_over


def findings(reports: Mapping[str, Mapping[str, Any]], source: str) -> Iterator[Problem]:
    """Restrictions that cannot be used, one note per mode.

    Parameters
    ----------
    reports
        By mode: what its network reports.
    source
        Name of the extract.
    """
    for mode, report in reports.items():
        told = report.get("turns", {"restrictions": 0, "not_used": {}})
        faults = {name: n for name, n in told["not_used"].items() if name in FAULTS}
        if not faults:
            continue
        values = {
            "mode": mode,
            "count": sum(faults.values()),
            "total": told["restrictions"] + sum(told["not_used"].values()),
            "which": ", ".join(f"{name} {n}" for name, n in faults.items()),
        }
        yield Problem("turns_not_used", "note", source, values=values)


def _value(
    tags: Mapping[str, str],
    keys: tuple[str, ...],
    bound: bool,
    when: datetime | None,
    notes: set[str],
) -> str | None:
    """What a relation says to a mode; None where it says nothing to it."""
    excepted = {one.strip().lower() for one in tags.get("except", "").split(";")}
    if excepted & set(keys):
        return None
    # `type=restriction:hgv` with a plain `restriction` binds that mode alone
    _, _, alone = tags.get("type", KEY).partition(":")
    asked = [f"{KEY}:{key}" for key in reversed(keys)]
    if bound if not alone else alone in keys:
        asked.append(KEY)
    for key in asked:
        for text in tagged(tags, key, None, when, notes):
            value = text.strip().lower()
            return None if value in NOTHING else value
    return None


def _restriction(relation: int, value: str, members: Any) -> Restriction | None:
    """A relation with all the members that it needs; None where some are missing."""

    def of(role: str, kind: str) -> tuple[int, ...]:
        return tuple(ref for one, ref, said in members if (one, said) == (kind, role))

    sources, goals, ways = of("from", "w"), of("to", "w"), of("via", "w")
    nodes = of("via", "n")
    only = value.startswith("only")
    several_sources = len(sources) > 1 and value != "no_entry"
    several_goals = len(goals) > 1 and value != "no_exit"
    if not sources or not goals or several_sources or several_goals:
        return None
    if bool(ways) == bool(nodes) or len(nodes) > 1:
        return None
    return Restriction(relation, only, sources, goals, nodes[0] if nodes else None, ways)
