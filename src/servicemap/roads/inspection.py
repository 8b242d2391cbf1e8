"""What a network is made of: kept, left out and why, by class and by tag; by township."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.roads.osm_roads import class_of
from servicemap.roads.pieces import straight_lines
from servicemap.roads.projection import Projection, great_circle_m

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from servicemap.osm_file import Extract
    from servicemap.roads.network import Network
    from servicemap.roads.osm_roads import Segments
    from servicemap.roads.profiles import Profile


def kept_and_left_out(
    extract: Extract, pieces: Segments, profile: Profile, when: datetime | None = None
) -> dict[str, Any]:
    """Kilometres by class and by the rule that keeps a road or leaves it out.

    Parameters
    ----------
    extract
        Map data.
    pieces
        `servicemap.roads.osm_roads.segments` of its roads.
    profile
        The mode that is asked.
    when
        Moment at which conditional tags are judged.

    Returns
    -------
    dict
        ``classes``: per class of road ``km_kept``, ``km_left_out``, ``km_assumed_speed``
        and ``kph`` (length-weighted mean speed forwards of what is kept), most
        kilometres first; ``kept`` and ``left_out``: per rule ``rule, ways, km`` and
        ``by_class`` (km), most kilometres first; ``reservations``: what was used with a
        reservation or passed over, ``note -> km``.
    """
    roads = extract.roads
    way_km: NDArray[np.float64] = (
        np.bincount(pieces.way, weights=pieces.length_m, minlength=len(roads.way_id))
        / 1000.0
    )
    km = np.bincount(roads.tagset, weights=way_km, minlength=len(roads.tagsets))
    ways = np.bincount(roads.tagset, minlength=len(roads.tagsets))
    classes: dict[str, dict[str, float]] = {}
    rules: dict[bool, dict[str, dict[str, Any]]] = {True: {}, False: {}}
    reservations: dict[str, float] = {}
    for number, tags in enumerate(roads.tagsets):
        use = profile.way(tags, when=when)
        name, length, kept = class_of(tags), float(km[number]), use.forward or use.backward
        row = classes.setdefault(
            name,
            dict.fromkeys(("km_kept", "km_left_out", "km_assumed_speed", "hours"), 0.0),
        )
        row["km_kept" if kept else "km_left_out"] += length
        if kept:
            row["hours"] += length / max(use.forward_kph, use.backward_kph)
            row["km_assumed_speed"] += length * use.assumed
            for note in use.notes:
                reservations[note] = reservations.get(note, 0.0) + length
        rule = rules[kept].setdefault(
            use.rule, {"rule": use.rule, "ways": 0, "km": 0.0, "by_class": {}}
        )
        rule["ways"] += int(ways[number])
        rule["km"] += length
        rule["by_class"][name] = rule["by_class"].get(name, 0.0) + length
    return {
        "classes": [
            {
                "class": name,
                "km_kept": round(row["km_kept"], 3),
                "km_left_out": round(row["km_left_out"], 3),
                "km_assumed_speed": round(row["km_assumed_speed"], 3),
                "kph": round(row["km_kept"] / row["hours"], 1) if row["hours"] else None,
            }
            for name, row in sorted(
                classes.items(),
                key=lambda item: (-item[1]["km_kept"] - item[1]["km_left_out"], item[0]),
            )
        ],
        "kept": _ranked(rules[True]),
        "left_out": _ranked(rules[False]),
        "reservations": {
            note: round(length, 3) for note, length in sorted(reservations.items())
        },
    }


def _ranked(rules: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "km": round(row["km"], 3),
            "by_class": {
                name: round(length, 3)
                for name, length in sorted(
                    row["by_class"].items(), key=lambda item: (-item[1], item[0])
                )
            },
        }
        for row in sorted(rules.values(), key=lambda row: (-row["km"], row["rule"]))
    ]


def road_km(network: Network, areas: Sequence[Any]) -> NDArray[np.float64]:
    """Kilometres of one mode's roads inside areas; both carriageways of a road count.

    Parameters
    ----------
    network
        Roads of one mode.
    areas
        Polygons in degrees, EPSG:4326; missing ones hold nothing.

    Returns
    -------
    (areas,) float64
        Great-circle kilometres; NaN where an area is missing.
    """
    start, lines = straight_lines(network.vertex_x, network.vertex_y, network.edge_first)
    length_m = great_circle_m(
        network.vertex_lon[start],
        network.vertex_lat[start],
        network.vertex_lon[start + 1],
        network.vertex_lat[start + 1],
    )
    tree = shapely.STRtree(lines)
    projection = Projection(network.crs)

    def metres(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(projection.to_metres(degrees[:, 0], degrees[:, 1]))

    found = np.full(len(areas), np.nan)
    for row, area in enumerate(areas):
        if area is None or area.is_empty:
            continue
        flat = shapely.make_valid(shapely.transform(area, metres))
        inside = tree.query(flat, predicate="contains_properly")
        touching = tree.query(flat, predicate="intersects")
        crossing = np.setdiff1d(touching, inside, assume_unique=True)
        whole = shapely.length(lines[crossing])
        part = shapely.length(shapely.intersection(lines[crossing], flat))
        share = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
        total = length_m[inside].sum() + (length_m[crossing] * share).sum()
        found[row] = total / 1000.0
    return found
