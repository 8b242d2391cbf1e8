"""How fast a mode moves on a way.

Sources: OpenStreetMap wiki, ``Key:maxspeed``, ``Speed_limits``, ``Key:surface``,
``Key:smoothness``, ``Key:tracktype``, ``Key:duration``. The figures are in
``profiles.toml``, each with its reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from servicemap.roads.conditional import tagged
from servicemap.roads.quantities import duration_s, speed_kph

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableSet
    from datetime import datetime

    from servicemap.roads.rules import Rules

SLOWEST_FERRY_KPH = 0.5  # beyond these the duration or the line is wrong
FASTEST_FERRY_KPH = 90.0
# What stands behind a limit, asked where no limit is tagged (Key:maxspeed:type,
# Key:zone:maxspeed, Key:zone:traffic).
BEHIND_LIMITS = ("maxspeed:type", "zone:maxspeed", "zone:traffic")


@dataclass(frozen=True)
class Speed:
    """Speed in km/h (0 where the way is impassable, by ``rule``), and its origin."""

    kph: float
    assumed: bool
    rule: str = ""


def speed(
    rules: Rules,
    tags: Mapping[str, str],
    name: str,
    direction: str,
    *,
    when: datetime | None,
    notes: MutableSet[str],
    pushing: bool = False,
) -> Speed:
    """Speed on a way of one class in one direction.

    Where limits drive (cars): the share of the limit that a trip keeps, but
    not less than the speed of the class as far as the limit allows that. Where
    they cap (bicycles): the smaller of both. Then surface, smoothness, grade
    and the like, then the mode's own top speed.

    Parameters
    ----------
    rules
        Rules of the mode.
    tags
        Tags of the way.
    name
        Class of the way.
    direction
        ``"forward"`` or ``"backward"``.
    when
        Local time; None leaves conditional tags out.
    notes
        Gets what was passed over.
    pushing
        Whether the vehicle is pushed.
    """
    graded = f"{name}:{tags.get('tracktype', '')}"
    kph = rules.class_kph.get(graded, rules.class_kph[name])
    assumed = rules.limit == "drives"
    limit = None
    if rules.limit != "ignored":
        limit = _limit(rules, tags, direction, when, notes)
    if limit is not None and math.isfinite(limit):
        kept = min(limit, kph)
        if assumed:
            kept = max(kept, limit * rules.limit_share.get(name, 1.0))
        kph, assumed = kept, False
    if pushing:
        kph = min(kph, rules.push_kph)
    for key, table in rules.caps.items():
        for value in tags.get(key, "").split(";"):
            cap = table.get(value.strip().lower())
            if cap == 0.0:
                return Speed(0.0, assumed=False, rule=f"{key}={value.strip().lower()}")
            if cap is not None:
                kph = min(kph, cap)
    return Speed(min(kph, rules.max_kph), assumed=assumed)


def ferry_speed(
    rules: Rules, tags: Mapping[str, str], length_m: float | None, notes: MutableSet[str]
) -> Speed:
    """Speed of a ferry: its length by its duration, without the wait at the quay."""
    lasting_s = duration_s(tags.get("duration", ""))
    if lasting_s is not None and length_m is not None:
        kph = length_m / lasting_s * 3.6
        if SLOWEST_FERRY_KPH <= kph <= FASTEST_FERRY_KPH:
            return Speed(kph, assumed=False)
        notes.add("ferry_duration_odd")
    return Speed(rules.ferry_kph, assumed=True)


def told(
    tags: Mapping[str, str], key: str, modes: tuple[str, ...], *, of_all: bool = True
) -> str | None:
    """What a layer of the study says of a way: of one of these modes, else of all.

    ``of_all``: whether what is said of all modes binds these.
    """
    for mode in modes:
        if f"{key}:{mode}" in tags:
            return tags[f"{key}:{mode}"]
    return tags.get(key) if of_all else None


def overridden(
    rules: Rules,
    tags: Mapping[str, str],
    found: Mapping[str, Speed],
    modes: tuple[str, ...],
) -> dict[str, Speed]:
    """Speeds with the study's own in their place; one for all modes binds motor vehicles.

    Parameters
    ----------
    rules
        Rules of the mode.
    tags
        Tags of the way, with those that layers of the study gave it.
    found
        Direction -> speed by the tags of the map.
    modes
        The mode, and the built-in one that it is a variant of.
    """
    text = told(tags, "speed_kph", modes, of_all=rules.limit == "drives")
    if text is None:
        return dict(found)
    kph = min(float(text), rules.max_kph)
    return dict.fromkeys(found, Speed(kph, assumed=False))


def _limit(
    rules: Rules,
    tags: Mapping[str, str],
    direction: str,
    when: datetime | None,
    notes: MutableSet[str],
) -> float | None:
    for key in rules.limit_keys:
        for text in tagged(tags, key, direction, when, notes):
            kph = speed_kph(text, rules.implicit_kph)
            if kph is not None:
                return kph
    told = (speed_kph(tags.get(key, ""), rules.implicit_kph) for key in BEHIND_LIMITS)
    return next((kph for kph in told if kph is not None), None)
