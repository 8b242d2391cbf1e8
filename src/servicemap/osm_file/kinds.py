"""Which OSM objects matter, and as what."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

# A tag of a road or a node matters to routing when its key, up to the first
# colon, is one of these. Names are kept apart, so that equal roads share one
# set of tags and a profile judges each set once.
ROAD_KEYS = frozenset(
    """
    access agricultural area barrier bicycle bicycle_road bridge bus busway
    conveying construction crossing cycleway cyclestreet direction disused duration
    electric_bicycle embedded_rails ferry foot footway ford forestry goods hazmat
    height hgv highway horse ice_road impassable incline indoor junction lanes level locked
    man_made maxheight maxspeed maxweight maxwidth mofa moped motor_vehicle motorcar
    motorcycle motorroad mtb oneway opening_hours parking piste psv public_transport
    railway ramp reversible route sac_scale seasonal segregated service share_taxi
    sidewalk ski smoothness stairwell status steps surface taxi toll toll_booth
    tourist_bus traffic_calming traffic_sign traffic_signals tracktype
    trail_visibility tunnel vehicle wheelchair width winter_road wheelbarrow
    abandoned proposed razed demolished removed informal driving_side
    zone
    """.split()
)

# Ways that are no highway and are travelled all the same.
OTHER_ROADS = (
    ("route", "ferry"),
    ("man_made", "pier"),
    ("railway", "platform"),
    ("public_transport", "platform"),
)
KEYS = (
    "highway",
    "route",
    "barrier",
    "ford",
    "man_made",
    "railway",
    "public_transport",
    "place",
    "amenity",
    "office",
    "building",
    "natural",
    "landuse",
    "waterway",
    "boundary",
    "type",
)
# Keys by which a node is kept; `is_road_point` and `is_office` look closer.
NODE_KEYS = ("place", "amenity", "office", "barrier", "highway", "ford", "railway")
AREA_KEYS = ("amenity", "office", "building", "natural", "landuse", "waterway", "boundary")
OFFICES = ("townhall", "public_building", "bank", "post_office")
WOODS = {("natural", "wood"), ("landuse", "forest")}
WATER = {
    ("natural", "water"),
    ("waterway", "riverbank"),
    ("landuse", "reservoir"),
    ("landuse", "basin"),
}
BUILT_UP = ("residential", "commercial", "retail", "industrial")
LEVEL_CROSSINGS = ("level_crossing", "crossing")
STREAMS = ("river", "canal", "stream")
RAILS = ("rail", "light_rail", "narrow_gauge")
COASTLINE = "coastline"
_OF_USE = (
    *OTHER_ROADS,
    *(("waterway", kind) for kind in STREAMS),
    *(("railway", kind) for kind in RAILS),
    ("natural", COASTLINE),
)
WAY_VALUES = {key: {value for one, value in _OF_USE if one == key} for key, _ in _OF_USE}
USES = ("amenity", "shop", "tourism", "office", "leisure", "craft", "man_made")


def is_office(tags: Mapping[str, str]) -> bool:
    """Whether residents may have business there."""
    return tags.get("amenity") in OFFICES or tags.get("office") == "government"


def is_road_point(tags: Mapping[str, str]) -> bool:
    """Whether a node may close the road on which it lies, or cost time there."""
    on_rails = tags.get("railway") in LEVEL_CROSSINGS
    return "barrier" in tags or "highway" in tags or "ford" in tags or on_rails


def road_tags(tags: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Tags that matter to routing, sorted, as a key."""
    return tuple(sorted([item for item in tags.items() if _matters(item[0])]))


@lru_cache(maxsize=2**12)  # an extract has few keys
def _matters(key: str) -> bool:
    return key.partition(":")[0] in ROAD_KEYS


class WayKind(NamedTuple):
    """What a way is: a road, with its `road_tags` and its name or number, and lines."""

    is_road: bool
    road_tags: tuple[tuple[str, str], ...]
    name: str
    lines: tuple[tuple[str, str], ...]  # layer of the map, and kind within it


def is_of_use(tags: Mapping[str, str]) -> bool:
    """Whether a way is a road or a line of the map."""
    if "highway" in tags:
        return True
    # every building is asked this: no generator
    for key, values in WAY_VALUES.items():  # noqa: SIM110
        if tags.get(key) in values:
            return True
    return False


def way_kind(tags: Mapping[str, str]) -> WayKind:
    """What a way is."""
    lines = []
    if tags.get("waterway") in STREAMS:
        covered = tags.get("tunnel", "no") != "no"
        lines.append(("waterways", "culvert" if covered else tags["waterway"]))
    if tags.get("natural") == COASTLINE:
        lines.append((COASTLINE, COASTLINE))
    if tags.get("railway") in RAILS:
        lines.append(("rail", tags["railway"]))
    return WayKind(
        is_road="highway" in tags or any(tags.get(key) == it for key, it in OTHER_ROADS),
        road_tags=road_tags(tags),
        name=tags.get("name") or tags.get("ref") or "",
        lines=tuple(lines),
    )


def layer_of(tags: Mapping[str, str]) -> str | None:
    """Layer of the map that an area belongs to."""
    pairs = {(key, tags.get(key)) for key in ("natural", "waterway", "landuse")}
    if not pairs.isdisjoint(WATER):
        return "water"
    if not pairs.isdisjoint(WOODS):
        return "woods"
    if tags.get("landuse") in BUILT_UP:
        return "built_up"
    return None
