"""How often do areas and times disagree: every run samples places and routes each.

Points are drawn uniformly in the box of the largest area plus a kilometre, and
on the roads themselves. Precision: of the points inside an area, the share
that is truly within the cutoff. Recall: of the points truly within, the share
that is inside. "Truly" is the time of the same point by the router.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from servicemap.roads.projection import Projection
from servicemap.roads.snapping import snap
from servicemap.routing.travel_times import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps
    from servicemap.routing.isochrones import Area

SAMPLES = 4_000
MARGIN_M = 1_000.0
SEED = 15
COLUMNS = ["mode", "cutoff_min", "area_km2", "where", "samples", "precision", "recall"]


def audit(
    network: Network,
    points: Snaps,
    merged: Sequence[Area],
    *,
    snap_limit_m: float = 500.0,
    samples: int = SAMPLES,
) -> pd.DataFrame:
    """Precision and recall of merged areas (direction ``to``), off roads and on them.

    Parameters
    ----------
    network
        Roads of one mode.
    points
        The points that the areas belong to.
    merged
        Merged areas of several cutoffs, in the network's CRS.
    snap_limit_m
        The limit that the areas were made with.
    samples
        Points to draw in the box, and again on roads.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; a share is missing where no sample decides it.
    """
    shapes = [area.geometry for area in merged if not area.geometry.is_empty]
    if not shapes:
        return pd.DataFrame(columns=COLUMNS)
    west, south, east, north = shapely.total_bounds(np.array(shapes))
    random = np.random.default_rng(SEED)
    x = random.uniform(west - MARGIN_M, east + MARGIN_M, samples)
    y = random.uniform(south - MARGIN_M, north + MARGIN_M, samples)
    lon, lat = Projection(network.crs).to_degrees(x, y)
    road_lon, road_lat, road_x, road_y = _on_roads(network, random, samples)
    groups = (("off_road", lon, lat, x, y), ("on_road", road_lon, road_lat, road_x, road_y))
    rows = []
    for where, at_lon, at_lat, at_x, at_y in groups:
        snaps = snap(network, at_lon, at_lat, snap_limit_m, "origin")
        travel_ms = nearest(network, snaps, points).travel_ms
        for area in merged:
            inside = shapely.contains_xy(area.geometry, at_x, at_y)
            within = (travel_ms >= 0) & (travel_ms <= round(area.cutoff_min * 60_000))
            both = int((inside & within).sum())
            rows.append(
                {
                    "mode": network.mode,
                    "cutoff_min": area.cutoff_min,
                    "area_km2": round(area.geometry.area / 1e6, 3),
                    "where": where,
                    "samples": samples,
                    "precision": _share(both, int(inside.sum())),
                    "recall": _share(both, int(within.sum())),
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else float("nan")


def _on_roads(
    network: Network, random: np.random.Generator, samples: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Places on snappable roads, uniform by length."""
    is_last = np.zeros(len(network.vertex_x), dtype=bool)
    is_last[network.edge_first[1:] - 1] = True
    start = np.flatnonzero(~is_last & network.snappable)
    length = network.along_m[start + 1] - network.along_m[start]
    segment = start[random.choice(len(start), samples, p=length / length.sum())]
    t = random.uniform(0.0, 1.0, samples)

    def between(values: np.ndarray) -> np.ndarray:
        return values[segment] + t * (values[segment + 1] - values[segment])

    return (
        between(network.vertex_lon),
        between(network.vertex_lat),
        between(network.vertex_x),
        between(network.vertex_y),
    )
