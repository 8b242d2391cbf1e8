"""Villages from the place nodes of an extract, townships from its boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.errors import Problem
from servicemap.intake import within

if TYPE_CHECKING:
    import geopandas

# place=* that is a village or community of its own, and which of them is the latter.
# Quarters and suburbs are parts of one; localities need not be inhabited.
KINDS = {
    "city": "community",
    "town": "community",
    "village": "village",
    "hamlet": "village",
    "isolated_dwelling": "village",
}
# Levels at which municipalities are mapped, the finest first.
LEVELS = (9, 8, 7, 6)
MIN_TOWNSHIPS = 2
MIN_SHARE = 0.5
LIKE_SHARE = 0.02  # of the roads: areas that hold as many, but for the border


def villages(
    places: pd.DataFrame, townships: geopandas.GeoDataFrame, *, source: str
) -> tuple[geopandas.GeoDataFrame, list[Problem]]:
    """Table ``villages`` from ``Extract.places``; the township is the area around each.

    Parameters
    ----------
    places
        Columns ``osm_id, name, place, lon, lat, tags``.
    townships
        The checked table.
    source
        Name of the extract, for findings.
    """
    import geopandas

    chosen = inhabited(places)
    problems = []
    nameless = int((places["place"].isin(KINDS) & (places["name"] == "")).sum())
    if nameless:
        count = {"count": nameless}
        problems.append(Problem("places_nameless", "note", source, values=count))
    area = within.areas(
        chosen["lon"].to_numpy(float),
        chosen["lat"].to_numpy(float),
        townships["geometry"].to_numpy(),
    )
    ids = [*townships["township_id"], None]
    frame = geopandas.GeoDataFrame(
        {
            "village_id": chosen["osm_id"].to_numpy(),
            "name": [" ".join(name.split()) for name in chosen["name"]],
            "township_id": pd.array([ids[one] for one in area], dtype="str"),
            "kind": chosen["place"].map(KINDS).to_numpy(),
            "lon": chosen["lon"].round(7).to_numpy(float),
            "lat": chosen["lat"].round(7).to_numpy(float),
            "located_by": "places",
        },
        geometry=geopandas.GeoSeries([None] * len(chosen), crs=4326),
        crs=4326,
    )
    return tables.check(tables.in_order(frame, ["village_id"]), "villages"), problems


def inhabited(places: pd.DataFrame) -> pd.DataFrame:
    """Named places of the kinds in `KINDS`."""
    return places[places["place"].isin(KINDS) & (places["name"].str.strip() != "")]


def place_name(
    boundaries: geopandas.GeoDataFrame, lon: Any, lat: Any, language: str
) -> str | None:
    """Name of the administrative area that holds most of some places, if one does.

    Of areas that hold about as many (`LIKE_SHARE`) the finest: a city, not the province
    around it. None where no area holds more than half.
    """
    named = boundaries[boundaries["name"].str.strip() != ""]
    named = named.sort_values(["admin_level", "osm_id"], kind="stable")
    if not len(named) or not len(lon):
        return None
    held = [
        float(np.mean(within.areas(lon, lat, [shape]) >= 0)) for shape in named.geometry
    ]
    most = max(held)
    if most <= MIN_SHARE:
        return None
    # the last is the finest
    best = max(at for at, share in enumerate(held) if share >= most - LIKE_SHARE)
    row = named.iloc[best]
    return " ".join(str(row["tags"].get(f"name:{language}") or row["name"]).split())


def townships(boundaries: geopandas.GeoDataFrame, places: pd.DataFrame) -> Any:
    """Table ``townships``: the finest level that divides the villages.

    Of the levels 9 to 6, the first at which at least two areas hold at least half of
    the villages. Areas without a village are left out: they are neighbours that
    happen to close within the file.

    Returns
    -------
    GeoDataFrame
        Empty where no level fits.
    """
    import geopandas

    chosen = inhabited(places)
    lon, lat = chosen["lon"].to_numpy(float), chosen["lat"].to_numpy(float)
    for level in LEVELS:
        own = boundaries[(boundaries["admin_level"] == level) & (boundaries["name"] != "")]
        own = own.sort_values("osm_id", kind="stable")
        area = within.areas(lon, lat, own.geometry.to_numpy())
        held = np.unique(area[area >= 0])
        if len(held) < MIN_TOWNSHIPS or np.mean(area >= 0) < MIN_SHARE:
            continue
        own = own.iloc[held]
        frame = geopandas.GeoDataFrame(
            {
                "township_id": own["osm_id"].to_numpy(),
                "name": [" ".join(name.split()) for name in own["name"]],
            },
            geometry=geopandas.GeoSeries(own.geometry.to_numpy(), crs=4326),
            crs=4326,
        )
        return tables.check(tables.in_order(frame, ["township_id"]), "townships")
    return tables.empty("townships", crs=4326)
