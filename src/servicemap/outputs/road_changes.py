"""Roads that layers of the study changed: as lines, and in a sentence for every output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from servicemap.osm_file import Extract
    from servicemap.study import Language

CHANGES = (("closed", "closed"), ("speed", "speed_kph"))


def changed_roads(extract: Extract) -> gpd.GeoDataFrame | None:
    """Roads that are drawn, closed, or have a speed of the study's own.

    Parameters
    ----------
    extract
        Roads with the layers of the study.

    Returns
    -------
    GeoDataFrame or None
        One row per piece and change: ``way_id, name, change, detail`` (modes of a
        closure, km/h of a speed), EPSG:4326; None where no layer changed anything.
    """
    if not extract.changes:
        return None
    roads = extract.roads
    drawn = any(one["layer"] in ("extra", "planned") for one in extract.changes)
    own = np.flatnonzero(drawn & (roads.way_id < 0)).tolist()
    rows: list[tuple[int, str, str]] = [(way, "drawn", "") for way in own]
    for number, tags in enumerate(roads.tagsets):
        for change, key in CHANGES:
            said = {
                name.partition(":")[2]: value
                for name, value in tags.items()
                if name.partition(":")[0] == key
            }
            detail = ", ".join(
                (mode if change == "closed" else f"{mode} {value}").strip()
                for mode, value in sorted(said.items())
            )
            if said:
                ways = np.flatnonzero(roads.tagset == number).tolist()
                rows += [(way, change, detail) for way in ways]
    rows.sort()
    return gpd.GeoDataFrame(
        {
            "way_id": np.array([int(roads.way_id[way]) for way, _, _ in rows], "int64"),
            "name": [roads.names[roads.name[way]] for way, _, _ in rows],
            "change": [change for _, change, _ in rows],
            "detail": [detail for _, _, detail in rows],
        },
        geometry=[_line(roads, way) for way, _, _ in rows],
        crs="EPSG:4326",
    )


def _line(roads: Any, way: int) -> shapely.LineString:
    part = slice(int(roads.first[way]), int(roads.first[way + 1]))
    return shapely.LineString(np.column_stack([roads.x[part], roads.y[part]]) * 1e-7)


def changes_text(changes: Iterable[Mapping[str, Any]], language: Language) -> str:
    """Say which layers changed the roads; nothing where none did."""
    parts = [
        say(
            f"outputs.road_changes.{one['layer']}",
            language,
            source=one["source"],
            km=f"{one['km']:,.1f}",
        )
        for one in changes
    ]
    if not parts:
        return ""
    return say(
        "outputs.road_changes.all",
        language,
        which=say("outputs.comma", language).join(parts),
    )
