"""What has a name and a place in a study: places, offices, streets and villages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.intake.gazetteer import Entry, Gazetteer

if TYPE_CHECKING:
    import pandas as pd

    from servicemap.osm_file import Extract


def of_study(extract: Extract | None, villages: pd.DataFrame) -> Gazetteer:
    """Places of the map data, and the villages of the study that have a place.

    Parameters
    ----------
    extract
        Its named places, offices with ``addr:*``, and named streets.
    villages
        The checked table.
    """
    there = villages[villages["lon"].notna()]
    columns = ("name", "lon", "lat")
    rows = zip(*(there[name] for name in columns), strict=True)
    entries = [Entry("village", str(name), lon, lat) for name, lon, lat in rows]
    places = getattr(extract, "places", None)
    if places is not None:
        rows = zip(*(places[name] for name in columns), strict=True)
        entries += [Entry("place", str(name), lon, lat) for name, lon, lat in rows if name]
    offices = getattr(extract, "offices", None)
    if offices is not None:
        rows = zip(*(offices[name] for name in (*columns, "tags")), strict=True)
        for name, lon, lat, tags in rows:
            if name:
                entries.append(Entry("office", str(name), lon, lat))
            street = tags.get("addr:street") or tags.get("addr:place")
            if street:
                number = tags.get("addr:housenumber", "")
                entries.append(Entry("address", street, lon, lat, number))
    roads = getattr(extract, "roads", None)
    if roads is not None:
        entries += _streets(roads)
    return Gazetteer(entries)


def _streets(roads: Any) -> list[Entry]:
    """The middle way node of every named street."""
    if not len(getattr(roads, "names", ())):
        return []
    from servicemap.osm_file.extract import DEGREES

    middle = (roads.first[:-1] + roads.first[1:] - 1) // 2
    ways = np.argsort(roads.name, kind="stable")
    numbers, first, count = np.unique(
        roads.name[ways], return_index=True, return_counts=True
    )
    done = []
    for number, start, many in zip(numbers, first, count, strict=True):
        name = roads.names[number] if number >= 0 else ""
        if name:
            node = middle[ways[start + many // 2]]
            lon, lat = float(roads.x[node]) * DEGREES, float(roads.y[node]) * DEGREES
            done.append(Entry("street", name, lon, lat))
    return done
