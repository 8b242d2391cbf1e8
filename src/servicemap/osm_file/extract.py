"""What an extract holds, as tables and arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from servicemap.errors import Problem

DEGREES = 1e-7  # osmium's own fixed-point unit
WGS84 = "EPSG:4326"


@dataclass(frozen=True)
class RoadWays:
    """Roads as the extract has them, before any mode is asked.

    Attributes
    ----------
    way_id, tagset, name
        One value per way: OSM id, index into ``tagsets``, index into ``names``.
    first
        Way ``i`` has the nodes ``first[i]`` to ``first[i + 1] - 1``.
    node_id, x, y
        One value per way node; coordinates in units of 1e-7 degrees.
    tagged_node, node_tagset
        Nodes with tags that matter (barriers, signals) and their ``node_tagsets``.
    restrictions
        ``(relation id, tags, members)`` with members ``(type, ref, role)``.
    cut : (n, 2) int32
        Places (x, y) at which a way goes on to a node that is not in the file.
    """

    way_id: NDArray[np.int64]
    tagset: NDArray[np.int32]
    name: NDArray[np.int32]
    first: NDArray[np.int64]
    node_id: NDArray[np.int64]
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    tagsets: tuple[Mapping[str, str], ...]
    names: tuple[str, ...]
    tagged_node: NDArray[np.int64]
    node_tagset: NDArray[np.int32]
    node_tagsets: tuple[Mapping[str, str], ...]
    restrictions: tuple[
        tuple[int, Mapping[str, str], tuple[tuple[str, int, str], ...]], ...
    ]
    cut: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 2), np.int32))


@dataclass(frozen=True)
class Extract:
    """What an extract holds; all geometry in degrees, EPSG:4326.

    Attributes
    ----------
    bounds
        West, south, east, north.
    places
        ``osm_id, name, place, lon, lat, tags``.
    offices
        ``osm_id, name, lon, lat, tags``: town halls, public buildings, banks,
        post offices, government offices; areas by a point inside them.
    buildings
        ``osm_id, lon, lat, area_m2, levels, building, use``.
    boundaries
        ``osm_id, name, admin_level, tags, geometry``: administrative areas that
        close within the file.
    layers
        ``water, woods, built_up, waterways, coastline, rail`` for drawing;
        ``waterways`` also stop the straight leg from a point to its road.
    changes
        Layers of the study that changed the roads, in their order: ``layer`` (``extra``,
        ``planned``, ``closures``, ``speeds``), ``source``, ``sha256``, and figures.
    made_of
        What the roads depend on besides the file itself, as a hash; "" for nothing.
    """

    name: str
    sha256: str
    date: str | None
    bounds: tuple[float, float, float, float]
    counts: Mapping[str, int]
    problems: tuple[Problem, ...]
    roads: RoadWays
    places: pd.DataFrame
    offices: pd.DataFrame
    buildings: pd.DataFrame
    boundaries: gpd.GeoDataFrame
    layers: Mapping[str, gpd.GeoDataFrame]
    changes: tuple[Mapping[str, Any], ...] = ()
    made_of: str = ""
