"""Who may use a way or pass a node.

Sources: OpenStreetMap wiki, ``Key:access`` (order of keys, values),
``OSM_tags_for_routing/Access_restrictions`` (what a class of road means where
nothing is tagged), ``Forward_&_backward,_left_&_right`` (directions),
``Key:barrier``. The data are in ``profiles.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from servicemap.roads.conditional import tagged
from servicemap.roads.quantities import size
from servicemap.roads.rules import Rules, Use, matched, of

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableSet
    from datetime import datetime

Verdict = Literal["yes", "limited", "push", "no"]
_RANK: tuple[Verdict, ...] = ("yes", "limited", "push", "no")


@dataclass(frozen=True)
class Access:
    """One verdict and the rule that gave it."""

    verdict: Verdict
    rule: str


def way_class(rules: Rules, tags: Mapping[str, str]) -> tuple[str | None, str]:
    """The class of a way, or None and why it is no way for anybody.

    Returns
    -------
    class : str or None
        A key of ``rules.classes``, or ``ferry``.
    rule : str
        ``highway=residential``, ``not_a_road``, ``highway=other``, ...
    """
    if hard := matched(tags, rules.never):
        return None, hard
    if "ferry" in (part.strip() for part in tags.get("route", "").split(";")):
        return "ferry", "route=ferry"
    highway = tags.get("highway", "").strip()
    if highway in rules.classes:
        return highway, f"highway={highway}"
    if highway:
        return None, "highway=other"
    for pair, name in rules.other_ways.items():
        key, _, value = pair.partition("=")
        if tags.get(key) == value:
            return name, pair
    return None, "not_a_road"


def unsaid(rules: Rules, tags: Mapping[str, str], name: str, rule: str) -> Access:
    """What holds for a way of a class as long as no access key says otherwise."""
    use: Use = rules.ferry_access if name == "ferry" else rules.classes[name]
    if use != "no" and (closing := matched(tags, rules.closed_by)):
        use, rule = "no", closing
    if use == "no" and (opening := matched(tags, rules.opened_by)):
        use, rule = "yes", opening
    if use == "no" and name == "steps" and (ramp := matched(tags, rules.ramps)):
        use, rule = "push", ramp
    barrier = tags.get("barrier")
    if barrier and use != "no" and barrier not in rules.linear_barriers:
        standing = _barrier(rules, barrier)
        if standing == "no":
            use, rule = standing, _barrier_rule(rules, barrier)
    return Access(use, rule)


def too_small(rules: Rules, tags: Mapping[str, str], *, of_node: bool = False) -> str:
    """The key by which a vehicle does not fit a way or a node; empty where it fits.

    ``width`` of a node is that of the thing that stands there, not of the gap.
    """
    for key, least in rules.least.items():
        if key not in tags or (of_node and not key.startswith("max")):
            continue
        told = size(tags[key])
        if told is not None and told < least:
            return key
    return ""


def decide(
    rules: Rules,
    tags: Mapping[str, str],
    default: Access,
    *,
    direction: str | None = None,
    when: datetime | None = None,
    notes: MutableSet[str] | None = None,
) -> Access:
    """The verdict of the most special access key that says something.

    A permission for everybody (``access=yes``) does not open what is closed to
    this mode for another reason; a prohibition for everybody does close, but where a
    vehicle is pushed: there `push` asks what holds for those on foot.

    Parameters
    ----------
    rules
        Rules of the mode.
    tags
        Tags of the way or node.
    default
        What holds where no key says anything.
    direction
        ``"forward"``, ``"backward"``, or None for a node.
    when
        Local time; None leaves conditional tags out.
    notes
        Gets what was passed over, and ``access=limited``.
    """
    notes = set() if notes is None else notes
    found = _said(rules, tags, rules.access, direction=direction, when=when, notes=notes)
    if found is None or (found[1] == "access" and _opens(found[0], default)):
        return default
    access, key = found
    if access.verdict == "no" and default.verdict == "push" and key in rules.push_despite:
        return default
    if access.verdict == "limited":
        notes.add(access.rule)
    if access.verdict != "push":
        return access
    if default.verdict == "no" or rules.push_kph == 0.0:
        return Access("no", access.rule)
    return access


def push(
    rules: Rules, tags: Mapping[str, str], direction: str, when: datetime | None
) -> Access | None:
    """The rule that forbids pushing a vehicle here; None where it may be pushed."""
    found = _said(
        rules, tags, rules.push_access, direction=direction, when=when, notes=set()
    )
    if found is not None and found[0].verdict == "no":
        return found[0]
    return None


def opened_against(
    rules: Rules, tags: Mapping[str, str], direction: str, when: datetime | None
) -> bool:
    """Whether a key of this mode opens one direction by name (``bicycle:backward=yes``)."""
    for key in reversed(rules.access[1:]):
        name = f"{key}:{direction}"
        for text in tagged(tags, name, None, when, set()):
            if (verdict := _verdict(rules, text)) is not None:
                return verdict in ("yes", "limited")
    return False


def pass_node(
    rules: Rules,
    tags: Mapping[str, str],
    when: datetime | None,
    notes: MutableSet[str],
) -> Access:
    """Whether the mode may pass a node. Access keys count where there is a barrier."""
    barrier = tags.get("barrier", "").strip()
    default = Access("yes", "open")
    if barrier:
        default = Access(_barrier(rules, barrier), _barrier_rule(rules, barrier))
    if closing := matched(tags, rules.node_closed_by):
        default = Access("no", closing)
    if narrow := too_small(rules, tags, of_node=True):
        return Access("no", narrow)
    ford = tags.get("ford", "").strip().lower()
    if rules.caps.get("ford", {}).get(ford) == 0.0:
        default = Access("no", f"ford={ford}")
    if not barrier:
        return default
    return decide(rules, tags, default, when=when, notes=notes)


def _said(
    rules: Rules,
    tags: Mapping[str, str],
    keys: tuple[str, ...],
    *,
    direction: str | None,
    when: datetime | None,
    notes: MutableSet[str],
) -> tuple[Access, str] | None:
    for key in reversed(keys):
        for text in tagged(tags, key, direction, when, notes):
            verdict = _verdict(rules, text)
            if verdict is not None:
                return Access(verdict, f"{key}={_word(rules, text, verdict)}"), key
    return None


def _verdict(rules: Rules, text: str) -> Verdict | None:
    """The most generous of several values; None where none of them is known."""
    found = {of(part, rules.values) for part in text.split(";")}
    return next((verdict for verdict in _RANK if verdict in found), None)


def _word(rules: Rules, text: str, verdict: Verdict) -> str:
    """The listed value that gave the verdict: rules stay few and comparable."""
    words = (part.strip().lower() for part in text.split(";"))
    return next(word for word in words if word in rules.values[verdict])


def _opens(access: Access, default: Access) -> bool:
    return access.verdict != "no" and default.verdict != "yes"


def _barrier(rules: Rules, value: str) -> Use:
    return rules.barriers.get(value, rules.barrier_default)


def _barrier_rule(rules: Rules, value: str) -> str:
    return f"barrier={value}" if value in rules.barriers else "barrier=other"
