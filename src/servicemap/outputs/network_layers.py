"""Networks -> a GeoPackage: per mode edges with their times both ways, and junctions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from servicemap.outputs.geopackage import VERSION, no_waiting, rebuild
from servicemap.roads.osm_roads import class_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from servicemap.osm_file import RoadWays
    from servicemap.roads.network import Network


def edges(network: Network, roads: RoadWays) -> gpd.GeoDataFrame:
    """Edges of one mode, cut where one way of the map ends and the next begins.

    Parameters
    ----------
    network
        Roads of one mode.
    roads
        The ways that it was made of.

    Returns
    -------
    GeoDataFrame
        ``edge_id, way_id, name, class, from_junction, to_junction`` (of the whole
        edge), ``forward, backward, forward_s, backward_s, forward_kph, backward_kph``
        (missing where closed), ``length_m, snappable, component``, in EPSG:4326; lines
        run forwards.
    """
    first = network.edge_first
    last = np.zeros(len(network.vertex_x), dtype=bool)
    last[first[1:] - 1] = True
    edge = network.edge_of_vertex
    way = network.vertex_way
    starts = np.zeros(len(way), dtype=bool)
    starts[first[:-1]] = True
    starts[1:] |= (way[1:] != way[:-1]) & ~last[1:]
    begin = np.flatnonzero(starts)
    # the end of a piece is the beginning of the next one, or the last vertex of the edge
    end = np.minimum(np.append(begin[1:], len(way)), first[edge[begin] + 1] - 1)
    counts = end - begin + 1
    line = np.repeat(np.arange(len(begin)), counts)
    offset = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
    vertex = np.repeat(begin, counts) + offset
    points = np.column_stack([network.vertex_lon[vertex], network.vertex_lat[vertex]])
    lines = shapely.linestrings(points, indices=line)
    its, of_way = edge[begin], way[begin]
    length_m = network.along_m[end] - network.along_m[begin]
    classes = np.array([class_of(tags) for tags in roads.tagsets], dtype=object)
    names = np.array(network.names, dtype=object)
    table: dict[str, Any] = {
        "edge_id": its,
        "way_id": network.way_id[of_way],
        "name": names[network.way_name[of_way]],
        "class": classes[roads.tagset[of_way]],
        "from_junction": network.edge_u[its],
        "to_junction": network.edge_v[its],
    }
    for way_round, is_open, ms in (
        ("forward", network.edge_forward[its], network.forward_ms),
        ("backward", network.edge_backward[its], network.backward_ms),
    ):
        seconds = np.abs(ms[end] - ms[begin]) / 1000.0
        kph = np.divide(
            length_m * 3.6, seconds, out=np.zeros_like(seconds), where=seconds > 0
        )
        table[way_round] = is_open
        table[f"{way_round}_s"] = np.where(is_open, seconds, np.nan)
        table[f"{way_round}_kph"] = np.where(is_open, np.round(kph, 1), np.nan)
    table["length_m"] = np.round(length_m, 2)
    table["snappable"] = network.snappable[begin]
    table["component"] = network.edge_component[its]
    return gpd.GeoDataFrame(table, geometry=lines, crs="EPSG:4326")


def junctions(network: Network) -> gpd.GeoDataFrame:
    """Junctions of one mode: ``junction, n_edges, component``, EPSG:4326."""
    first, last = network.edge_first[:-1], network.edge_first[1:] - 1
    node = np.concatenate([network.edge_u, network.edge_v])
    vertex = np.concatenate([first, last])
    component = np.tile(network.edge_component, 2)
    order = np.lexsort((component, node))
    number, at, counts = np.unique(node[order], return_index=True, return_counts=True)
    seat = vertex[order][at]
    # an edge between two components is in none; the junction is in that of another edge
    best = np.full(int(number.max(initial=-1)) + 1, np.iinfo(np.int32).max, dtype=np.int32)
    inside = component >= 0
    np.minimum.at(best, node[inside], component[inside])
    found = np.where(best[number] == np.iinfo(np.int32).max, -1, best[number])
    points = shapely.points(network.vertex_lon[seat], network.vertex_lat[seat])
    return gpd.GeoDataFrame(
        {"junction": number, "n_edges": counts, "component": found},
        geometry=points,
        crs="EPSG:4326",
    )


def write_network(
    networks: Mapping[str, Network], roads: RoadWays, path: Path
) -> dict[str, int]:
    """Write ``edges_<mode>`` and ``junctions_<mode>``; two runs write the same bytes.

    Parameters
    ----------
    networks
        By mode.
    roads
        The ways that they were made of.
    path
        A file that does not exist yet, ending in ``.gpkg``.

    Returns
    -------
    dict
        Layer -> rows.
    """
    written: dict[str, int] = {}
    for mode, network in networks.items():
        for name, rows in (
            (f"edges_{mode}", edges(network, roads)),
            (f"junctions_{mode}", junctions(network)),
        ):
            options = {"layer": name, "dataset_options": {"VERSION": VERSION}}
            with no_waiting():
                pyogrio.write_dataframe(rows, path, driver="GPKG", **options)
            written[name] = len(rows)
    rebuild(path)
    return written
