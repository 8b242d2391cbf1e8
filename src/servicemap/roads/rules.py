"""`Rules`: the data of one mode, as ``profiles.toml`` explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# Stems of the keys that a rule may ask for: ``osm_file`` keeps no others.
ROAD_KEYS = frozenset(
    """
    abandoned access area barrier bicycle bicycle_road bridge bus construction
    conveying crossing cyclestreet cycleway demolished direction disused duration
    electric_bicycle embedded_rails ferry foot footway ford hgv highway ice_road
    impassable incline indoor informal junction lanes locked man_made maxheight maxspeed
    maxweight maxwidth mofa moped motor_vehicle motorcar motorcycle motorroad oneway
    opening_hours proposed psv public_transport railway ramp razed route sac_scale
    seasonal segregated service sidewalk smoothness surface toll tracktype
    traffic_calming traffic_signals trail_visibility tunnel vehicle wheelchair width
    winter_road zone
    """.split()
)
Use = Literal["yes", "push", "no"]
Words = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Rules:
    """What one mode may use and how fast, as ``profiles.toml`` explains it.

    Attributes
    ----------
    title
        Language -> name of the mode, for modes of a study's own.
    access, push_access
        Access keys, from general to special.
    push_despite
        Access keys whose ban does not bind who pushes the vehicle.
    leg_kph, max_kph, push_kph, ferry_kph
        Speeds in km/h.
    power_w, mass_kg
        What drives a cyclist uphill, and how heavy rider and vehicle are; where
        ``slope`` is ``cycle``.
    values
        Verdict (``yes``, ``limited``, ``push``, ``no``) -> access values.
    never, closed_by, opened_by
        Key -> values that close for good, close and open unless a key of the mode
        itself says otherwise.
    ramps
        Key -> values with which a vehicle is pushed on steps that its class closes.
    other_ways
        ``key=value`` of a way without ``highway`` -> class.
    classes, class_kph, limit_share
        By class of way.
    oneway_values, conveying
        ``forward``, ``backward``, ``both``, ``closed`` -> values.
    caps
        Key -> value -> highest speed in km/h; 0 closes.
    unsnappable
        Key -> values that do not matter; with any other value no point may snap.
    least
        Key -> the least that a way or node must hold, in metres or tonnes; less closes.
    barriers
        Value of ``barrier`` -> use.
    delays
        ``key=value`` of a node -> seconds.
    direction_keys
        Keys of a node that say for which direction of its way it stands.
    """

    title: Mapping[str, str]
    access: tuple[str, ...]
    leg_kph: float
    max_kph: float
    slope: Literal["walk", "cycle", "none"]
    power_w: float
    mass_kg: float
    restrictions_mode: Literal["", "motorcar", "bicycle", "motorcycle"]
    push_access: tuple[str, ...]
    push_kph: float
    push_despite: tuple[str, ...]
    ferry: bool
    ferry_access: Use
    ferry_kph: float
    oneway_keys: tuple[str, ...]
    oneway_classes: tuple[str, ...]
    oneway_if_classes: tuple[str, ...]
    lane_oneway: tuple[str, ...]
    limit: Literal["drives", "caps", "ignored"]
    limit_keys: tuple[str, ...]
    barrier_default: Use
    linear_barriers: tuple[str, ...]
    unsnappable_classes: tuple[str, ...]
    values: Words
    never: Words
    closed_by: Words
    opened_by: Words
    ramps: Words
    other_ways: Mapping[str, str]
    classes: Mapping[str, Use]
    class_kph: Mapping[str, float]
    limit_share: Mapping[str, float]
    oneway_values: Words
    oneway_implied: Words
    conveying: Words
    oneway_unless: Words
    oneway_if: Words
    contraflow: Words
    caps: Mapping[str, Mapping[str, float]]
    unsnappable: Words
    least: Mapping[str, float]
    barriers: Mapping[str, Use]
    node_closed_by: Words
    delays: Mapping[str, float]
    direction_keys: tuple[str, ...]
    implicit_kph: Mapping[str, float]


def of(word: str, words: Words) -> str | None:
    """The entry whose values hold a word, in the order of the table."""
    wanted = word.strip().lower()
    for name, listed in words.items():
        if wanted in listed:
            return name
    return None


def matched(tags: Mapping[str, str], words: Words) -> str | None:
    """The first ``key=value`` of a table that the tags hold."""
    for key, listed in words.items():
        value = tags.get(key, "").strip().lower()
        if value in listed:
            return f"{key}={value}"
    return None
