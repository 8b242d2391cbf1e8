"""Why a mode may use a road or not: the roads beside a place, their tags, the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.roads.osm_roads import class_of
from servicemap.roads.rule_pages import page_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from servicemap.osm_file import Extract
    from servicemap.roads.osm_roads import Segments
    from servicemap.roads.profiles import Profile, WayUse
    from servicemap.roads.projection import Projection


def explain(
    extract: Extract,
    pieces: Segments,
    modes: Mapping[str, Profile],
    projection: Projection,
    lon: float,
    lat: float,
    *,
    most: int = 5,
    within_m: float = 500.0,
    when: datetime | None = None,
) -> list[dict[str, Any]]:
    """The nearest roads of any class, and each mode's judgement of them.

    Parameters
    ----------
    extract
        Map data.
    pieces
        `servicemap.roads.osm_roads.segments` of its roads.
    modes
        Profiles by name.
    projection
        Metres.
    lon, lat
        The place, degrees.
    most
        So many roads.
    within_m
        Roads farther away are not listed.
    when
        Moment at which conditional tags are judged.

    Returns
    -------
    list of dict
        Nearest first: ``way_id, name, class, distance_m, length_m, tags``; ``nodes``:
        tagged points of the road (``node_id, tags``, and per mode ``passable, rule,
        page``); ``modes``: per mode ``forward, backward, forward_kph, backward_kph,
        speed_source`` (``limit``, ``assumed`` or ``profile``), ``snappable``, ``rule,
        page, notes``.
    """
    roads = extract.roads
    ways, distance = _nearest(pieces, projection, lon, lat, within_m)
    found = []
    for way, far in list(zip(ways.tolist(), distance.tolist(), strict=True))[:most]:
        tags = dict(roads.tagsets[roads.tagset[way]])
        length_m = float(pieces.length_m[pieces.way == way].sum())
        found.append(
            {
                "way_id": int(roads.way_id[way]),
                "name": roads.names[roads.name[way]] or None,
                "class": class_of(tags),
                "distance_m": round(far, 1),
                "length_m": round(length_m, 1),
                "tags": tags,
                "nodes": _nodes(extract, way, modes, when),
                "modes": {
                    name: _judged(profile, tags, length_m, when)
                    for name, profile in modes.items()
                },
            }
        )
    return found


def _nearest(
    pieces: Segments, projection: Projection, lon: float, lat: float, within_m: float
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Ways within a distance, nearest first; ties to the smaller row."""
    x, y = projection.to_metres(pieces.lon, pieces.lat)
    px, py = (float(v[0]) for v in projection.to_metres(np.array([lon]), np.array([lat])))
    ax, ay = x[pieces.a] - px, y[pieces.a] - py
    dx, dy = x[pieces.b] - x[pieces.a], y[pieces.b] - y[pieces.a]
    square = dx**2 + dy**2
    t = -np.divide(ax * dx + ay * dy, square, out=np.zeros_like(dx), where=square > 0)
    t = np.clip(t, 0.0, 1.0)
    distance = np.hypot(ax + t * dx, ay + t * dy)
    near = np.flatnonzero(distance <= within_m)
    near = near[np.lexsort((pieces.way[near], distance[near]))]
    way, first = np.unique(pieces.way[near], return_index=True)
    order = np.argsort(first, kind="stable")
    return way[order], distance[near[first[order]]]


def _judged(
    profile: Profile, tags: dict[str, str], length_m: float, when: datetime | None
) -> dict[str, Any]:
    use = profile.way(tags, when=when, length_m=length_m)
    usable = use.forward or use.backward
    return {
        "forward": use.forward,
        "backward": use.backward,
        "forward_kph": round(use.forward_kph, 1),
        "backward_kph": round(use.backward_kph, 1),
        "speed_source": _speed_source(profile, use) if usable else None,
        "snappable": use.snappable,
        "rule": use.rule,
        "page": page_of(use.rule),
        "notes": list(use.notes),
    }


def _speed_source(profile: Profile, use: WayUse) -> str:
    """A tagged limit, the class's assumed average, or the mode's own pace."""
    if use.assumed:
        return "assumed"
    return "limit" if profile.rules.limit == "drives" else "profile"


def _nodes(
    extract: Extract, way: int, modes: Mapping[str, Profile], when: datetime | None
) -> list[dict[str, Any]]:
    roads = extract.roads
    own = roads.node_id[roads.first[way] : roads.first[way + 1]]
    found = []
    for row in np.flatnonzero(np.isin(roads.tagged_node, own)):
        tags = dict(roads.node_tagsets[roads.node_tagset[row]])
        judged = {}
        for name, profile in modes.items():
            use = profile.node(tags, when=when)
            judged[name] = {
                "passable": use.passable,
                "rule": use.rule,
                "page": page_of(use.rule),
            }
        found.append(
            {"node_id": int(roads.tagged_node[row]), "tags": tags, "modes": judged}
        )
    return sorted(found, key=lambda one: one["node_id"])
