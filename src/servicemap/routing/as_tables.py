"""Results of the router as the tables of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from servicemap import tables
from servicemap.roads.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps
    from servicemap.routing.isochrones import Area, Direction
    from servicemap.routing.travel_times import Nearest, Pairs

DIGITS = 6  # of a degree: a tenth of a metre, so that rounding moves no ring across another


def seconds(travel_ms: np.ndarray) -> np.ndarray:
    """Whole milliseconds as seconds; -1 becomes missing."""
    travel_ms = np.asarray(travel_ms)
    return np.where(travel_ms < 0, np.nan, travel_ms / 1000.0)


def travel_times_table(
    pairs: Pairs, demand_id: pd.Series, facility_id: pd.Series, mode: str
) -> pd.DataFrame:
    """Table ``travel_times`` of one mode; origins are demand points."""
    frame = pd.DataFrame(
        {
            # taken from the columns themselves: millions of texts are not made anew
            "demand_id": demand_id.array.take(pairs.origin),
            "facility_id": facility_id.array.take(pairs.destination),
            "mode": mode,
            "travel_time_s": seconds(pairs.travel_ms),
            "distance_m": np.round(pairs.distance_m, 2),
        }
    )
    row = pairs.origin.astype(np.int64) * len(facility_id) + pairs.destination
    differ = demand_id.is_unique and facility_id.is_unique and (np.diff(row) > 0).all()
    return tables.check(frame, "travel_times", differ=bool(differ))


def nearest_table(
    found: Nearest,
    snaps: Snaps,
    demand_id: pd.Series,
    facility_id: pd.Series,
    mode: str,
    set_id: str,
    by_ferry: np.ndarray | None = None,
) -> pd.DataFrame:
    """Table ``nearest`` of one mode and set, with a reason where there is no time.

    ``by_ferry`` tells for each origin whether a ferry that the mode does not use
    would join it to a point of the set.
    """
    none = found.destination < 0
    reason = snaps.reason
    reason[none & pd.isna(reason)] = "no_route"
    if by_ferry is not None:
        reason[none & by_ferry] = "ferry_only"
    # a row of missing ids at the end serves those without a nearest point
    ids = np.append(facility_id.to_numpy().astype(object), [None])
    frame = pd.DataFrame(
        {
            "demand_id": demand_id.to_numpy(),
            "mode": mode,
            "set_id": set_id,
            "facility_id": ids[np.where(none, len(ids) - 1, found.destination)],
            "travel_time_s": seconds(found.travel_ms),
            "distance_m": np.round(found.distance_m, 2),
            "reason": reason,
        }
    )
    return tables.check(frame, "nearest")


def in_degrees(areas: Sequence[Area], network: Network) -> np.ndarray:
    """Shapes of areas in degrees.

    Returns
    -------
    ndarray of shapely geometries, shape (areas,)
    """
    shapes = np.array([area.geometry for area in areas], dtype=object)
    projection = Projection(network.crs)

    def degrees(points: np.ndarray) -> np.ndarray:
        lon, lat = projection.to_degrees(points[:, 0], points[:, 1])
        return np.round(np.column_stack([lon, lat]), DIGITS)

    return shapely.transform(shapes, degrees) if len(shapes) else shapes


def isochrones_table(
    areas: Iterable[Area],
    facility_id: pd.Series,
    network: Network,
    direction: Direction,
) -> gpd.GeoDataFrame:
    """Table ``isochrones`` in degrees; ``facility_id`` is ``all`` for merged areas."""
    listed = list(areas)
    shapes = in_degrees(listed, network)
    ids = facility_id.to_numpy()
    frame = gpd.GeoDataFrame(
        {
            "facility_id": ["all" if area.row < 0 else ids[area.row] for area in listed],
            "mode": network.mode,
            "direction": direction,
            "cutoff_min": [float(area.cutoff_min) for area in listed],
        },
        geometry=gpd.GeoSeries(list(shapes), crs="EPSG:4326"),
    )
    checked: gpd.GeoDataFrame = tables.check(frame, "isochrones")
    return checked
