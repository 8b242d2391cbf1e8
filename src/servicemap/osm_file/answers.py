"""Answers of an Overpass server, as JSON -> an OSM extract, read by the ordinary reader."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

KINDS = ("node", "way", "relation")  # the order of an OSM file


def write(
    answers: Iterable[Path], out: Path, bounds: tuple[float, float, float, float]
) -> dict[str, int]:
    """Write all elements of some answers as one extract: nodes, ways, relations by id.

    Parameters
    ----------
    answers
        JSON files as Overpass gives them for ``out body`` (the format is that of
        https://wiki.openstreetmap.org/wiki/OSM_JSON); other JSON is passed over. An
        element that several answers hold is written once.
    out
        The file, ``.osm.pbf``; its date is that of the oldest answer.
    bounds
        What was asked for: west, south, east, north, for the file's header.

    Returns
    -------
    dict
        Elements by kind, and ``highway``: ways with that key.

    Raises
    ------
    ValueError
        An answer holds an element without id or place.
    """
    import osmium

    found: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in KINDS}
    dates = []
    for path in answers:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            continue
        dates.append(str(content.get("osm3s", {}).get("timestamp_osm_base", "")))
        for element in content.get("elements", ()):
            kind = element.get("type")
            if kind in found:
                found[kind].setdefault(_whole(element, "id"), element)
    header = osmium.io.Header()
    header.set("generator", "servicemap")
    date = min((one for one in dates if one), default="")
    if date:
        header.set("timestamp", date)
        header.set("osmosis_replication_timestamp", date)
    west, south, east, north = bounds
    box = osmium.osm.Box(osmium.osm.Location(west, south), osmium.osm.Location(east, north))
    header.add_box(box)
    with osmium.SimpleWriter(str(out), header=header, overwrite=True) as writer:
        for kind in KINDS:
            for number in sorted(found[kind]):
                writer.add(_object(kind, number, found[kind][number]))
    counts = {kind: len(found[kind]) for kind in KINDS}
    ways = found["way"].values()
    return {**counts, "highway": sum("highway" in one.get("tags", ()) for one in ways)}


def _object(kind: str, number: int, element: dict[str, Any]) -> Any:
    """An element as osmium writes it."""
    from osmium.osm import mutable

    tags = {str(key): str(value) for key, value in element.get("tags", {}).items()}
    if kind == "node":
        if "lon" not in element or "lat" not in element:
            raise ValueError(f"node {number} has no place")
        at = (float(element["lon"]), float(element["lat"]))
        return mutable.Node(id=number, location=at, tags=tags)
    if kind == "way":
        return mutable.Way(id=number, nodes=element.get("nodes", []), tags=tags)
    members = [
        (str(one["type"])[0], _whole(one, "ref"), str(one.get("role", "")))
        for one in element.get("members", ())
    ]
    return mutable.Relation(id=number, members=members, tags=tags)


def _whole(element: dict[str, Any], key: str) -> int:
    value = element.get(key)
    if not isinstance(value, int):
        raise ValueError(f"{element.get('type')} without {key}")  # noqa: TRY004 - of a file
    return value
