"""In which directions a way may be used.

Sources: OpenStreetMap wiki, ``Key:oneway`` (values, implied one-way streets,
pedestrians), ``Key:oneway:bicycle``, ``Key:cycleway`` (``opposite*``),
``Key:conveying``. The data are in ``profiles.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from servicemap.roads.conditional import tagged
from servicemap.roads.rules import Rules, matched, of

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableSet
    from datetime import datetime

NO_LANE = ("no", "none", "separate")
FORWARD, BACKWARD = "forward", "backward"
_OPEN = {
    FORWARD: (True, False),
    BACKWARD: (False, True),
    "both": (True, True),
    "closed": (False, False),
}


@dataclass(frozen=True)
class Directions:
    """Whether each direction is open, and the rule that closed the other one."""

    forward: bool
    backward: bool
    rule: str

    def open(self, direction: str) -> bool:
        """Whether one direction is open."""
        return self.forward if direction == FORWARD else self.backward


def directions(
    rules: Rules,
    tags: Mapping[str, str],
    name: str,
    when: datetime | None,
    notes: MutableSet[str],
) -> Directions:
    """Open directions of a way of one class for a mode.

    Parameters
    ----------
    rules
        Rules of the mode.
    tags
        Tags of the way.
    name
        Class of the way.
    when
        Local time; None leaves conditional tags out.
    notes
        Gets what was passed over.
    """
    moving = conveyed(rules, tags)
    if moving != Directions(forward=True, backward=True, rule=""):
        return moving
    found = _tagged(rules, tags, name, when, notes)
    forward, backward = _OPEN[found[0]]
    if found[0] in (FORWARD, BACKWARD):
        more = _contraflow(rules, tags, found[0])
        forward, backward = forward or FORWARD in more, backward or BACKWARD in more
    return Directions(forward, backward, "" if forward and backward else found[1])


def conveyed(rules: Rules, tags: Mapping[str, str]) -> Directions:
    """Directions that a moving walkway leaves open to everybody."""
    way = of(tags.get("conveying", ""), rules.conveying) or "both"
    forward, backward = _OPEN[way]
    return Directions(forward, backward, "" if forward and backward else "conveying")


def _tagged(
    rules: Rules,
    tags: Mapping[str, str],
    name: str,
    when: datetime | None,
    notes: MutableSet[str],
) -> tuple[str, str]:
    """``forward``, ``backward``, ``both`` or ``closed``, and the rule."""
    keys = list(rules.oneway_keys)
    bound = _bound(rules, tags, name)
    if bound and "oneway" not in keys:
        keys.append("oneway")
    for key in keys:
        if key == "oneway" and not bound:
            continue
        for text in tagged(tags, key, None, when, notes):
            way = of(text, rules.oneway_values)
            if way is not None:
                return way, "oneway=reversible" if way == "closed" else "oneway"
    if (
        bound
        and "*" in rules.oneway_classes
        and (rule := matched(tags, rules.oneway_implied))
    ):
        return FORWARD, rule
    return "both", ""


def _bound(rules: Rules, tags: Mapping[str, str], name: str) -> bool:
    """Whether plain ``oneway`` binds this mode on this class of way."""
    if "*" in rules.oneway_classes:
        return True
    if name in rules.oneway_classes:
        return matched(tags, rules.oneway_unless) is None
    return name in rules.oneway_if_classes and matched(tags, rules.oneway_if) is not None


def _contraflow(rules: Rules, tags: Mapping[str, str], street: str) -> set[str]:
    """Directions that lanes of this mode's own add to a one-way street."""
    added: set[str] = set()
    if matched(tags, rules.contraflow):
        added.add(BACKWARD if street == FORWARD else FORWARD)
    for key in rules.lane_oneway:
        # a lane that is not there, or drawn as a way of its own, says nothing of this one
        if tags.get(key.rpartition(":")[0], "").strip().lower() in NO_LANE:
            continue
        way = of(tags.get(key, ""), rules.oneway_values)
        if way in (FORWARD, BACKWARD):
            added.add(way)
        elif way == "both":
            added.update((FORWARD, BACKWARD))
    return added
