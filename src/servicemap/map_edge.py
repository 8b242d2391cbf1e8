"""Where an extract is cut: who is stranded there, and who may do better beyond it.

A road is cut where the next point of its way is not in the file, where it leaves the
bounds that the file states, and where a motorway, trunk, primary or secondary road
ends in nothing. Nothing is known of what lies beyond.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.errors import SHOWN, Problem
from servicemap.roads.network import MAIN
from servicemap.roads.snapping import snap
from servicemap.routing.travel_times import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from servicemap.osm_file import Extract
    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps

THROUGH_ROADS = ("motorway", "trunk", "primary", "secondary")
MS_PER_MIN = 60_000


def cut_vertices(network: Network, extract: Extract) -> NDArray[np.bool_]:
    """Vertices of a network at which, or beyond which, the map is cut.

    Parameters
    ----------
    network
        Roads of one mode.
    extract
        What they were made of.

    Returns
    -------
    (vertices,) bool
    """
    lon, lat = network.vertex_lon, network.vertex_lat
    west, south, east, north = extract.bounds
    found = (lon < west) | (lon > east) | (lat < south) | (lat > north)
    spots = np.rint(np.column_stack([lon, lat]) * 1e7).astype(np.int64)
    if len(extract.roads.cut):
        wanted = extract.roads.cut.astype(np.int64)
        found |= np.isin(_one_number(spots), _one_number(wanted))
    return found | _ends_of_through_roads(network, extract)


def findings(
    network: Network,
    extract: Extract,
    seated: Mapping[str, tuple[Sequence[str], Snaps]],
    is_open: NDArray[np.bool_],
    minutes: float,
) -> Iterator[Problem]:
    """What the edge of the map may hide from one mode.

    Parameters
    ----------
    network
        Roads of the mode.
    extract
        What they were made of.
    seated
        ``facilities`` and ``villages``: ids, and where they met the roads. A village
        may stand several times.
    is_open
        Which service points are open.
    minutes
        The largest cutoff.

    Yields
    ------
    Problem
        ``cut_facilities``, ``cut_villages``: they meet roads that are an island in the
        map and leave it. ``edge_near``: villages from which the edge is nearer than
        any open point, and within the cutoff.
    """
    cut = cut_vertices(network, extract)
    if not cut.any():
        return
    edges = np.unique(network.edge_of_vertex[cut])
    stranded = np.zeros(network.n_edges, dtype=bool)
    broken = np.unique(network.edge_component[edges])
    stranded |= np.isin(network.edge_component, broken[broken > MAIN])
    stranded[edges[network.edge_component[edges] < MAIN]] = True
    for kind, (ids, at) in seated.items():
        lost = (at.edge >= 0) & stranded[np.maximum(at.edge, 0)]
        if lost.any():
            yield _told(f"cut_{kind}", "warning", extract, network, ids, lost)
    names, homes = seated["villages"]
    edge_ms = nearest(network, homes, _at(network, cut)).travel_ms
    point_ms = nearest(network, homes, seated["facilities"][1].masked(is_open)).travel_ms
    near = (edge_ms >= 0) & (edge_ms <= minutes * MS_PER_MIN)
    near &= (point_ms < 0) | (edge_ms < point_ms)
    if near.any():
        yield _told("edge_near", "note", extract, network, names, near)


def _told(
    kind: str,
    severity: Any,
    extract: Extract,
    network: Network,
    ids: Sequence[str],
    rows: NDArray[np.bool_],
) -> Problem:
    named = np.asarray(ids, dtype=object)
    shown = sorted({str(one) for one in named[rows]})
    more = ", ..." if len(shown) > SHOWN else ""
    values = {
        "mode": network.mode,
        "count": len(shown),
        "total": len(set(named.tolist())),
        "which": ", ".join(shown[:SHOWN]) + more,
    }
    return Problem(kind, severity, extract.name, values=values)


def _at(network: Network, cut: NDArray[np.bool_]) -> Snaps:
    """One place per edge that is cut: the first and the last of its cut vertices."""
    rows = np.flatnonzero(cut)
    edge = network.edge_of_vertex[rows]
    _, first = np.unique(edge, return_index=True)
    last = np.append(first[1:] - 1, len(rows) - 1)
    at = np.unique(rows[np.concatenate([first, last])])
    # motorways and bridges take no points, and are cut all the same
    everywhere = replace(
        network, snappable=np.ones(len(network.snappable), dtype=bool), water=_NONE
    )
    return snap(
        everywhere, network.vertex_lon[at], network.vertex_lat[at], 1.0, "destination"
    )


_NONE = np.empty((0, 4))


def _one_number(spots: NDArray[np.int64]) -> NDArray[np.int64]:
    """Coordinates in whole 1e-7 degrees as one number each."""
    found: NDArray[np.int64] = (spots[:, 0] << 32) + (spots[:, 1] + 2**31)
    return found


def _ends_of_through_roads(network: Network, extract: Extract) -> NDArray[np.bool_]:
    """Ends of great roads from which no other road goes on."""
    roads = extract.roads
    great = np.array([tags.get("highway") in THROUGH_ROADS for tags in roads.tagsets])
    first, last = network.edge_first[:-1], network.edge_first[1:] - 1
    met = np.bincount(
        np.concatenate([network.edge_u, network.edge_v]), minlength=network.n_nodes
    )
    found = np.zeros(len(network.vertex_lon), dtype=bool)
    for node, vertex, segment in (
        (network.edge_u, first, first),
        (network.edge_v, last, last - 1),
    ):
        way = network.vertex_way[segment]
        ends = (met[node] == 1) & great[roads.tagset[way]]
        found[vertex[ends]] = True
    return found
