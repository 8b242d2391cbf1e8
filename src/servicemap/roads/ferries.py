"""What lies beyond a ferry, where ferries are left out.

Ferries are off unless a profile turns them on. A place from which no road leads to a
service point may still be joined to it by a ferry of the map: that is another finding
than a road that is missing from the map.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from servicemap.osm_file import RoadWays
    from servicemap.roads.network import Network
    from servicemap.roads.pieces import Segments
    from servicemap.roads.profiles import Profile
    from servicemap.roads.snapping import Snaps

Shores = tuple["NDArray[np.int32]", "NDArray[np.int32]"]


def shores(
    roads: RoadWays,
    pieces: Segments,
    profile: Profile,
    when: datetime | None,
    used: tuple[NDArray[np.int64], NDArray[np.int64]],
    n: int,
) -> Shores | None:
    """Lands that roads hold together, and groups of lands that ferries join.

    Parameters
    ----------
    roads, pieces
        Roads of the extract and their straight pieces.
    profile, when
        The mode; None is returned where it uses ferries, or could use none.
    used
        End nodes of the pieces that the mode uses.
    n
        Number of nodes, copies at barriers included.

    Returns
    -------
    land, group : (n,) int32
        By node, whatever the direction of travel.
    """
    if profile.ferry:
        return None
    boat = replace(profile, rules=replace(profile.rules, ferry=True))
    taken = [
        number
        for number, tags in enumerate(roads.tagsets)
        if "ferry" in tags.get("route", "")
        and profile.way(tags, when=when).ferry
        and (use := boat.way(tags, when=when)).ferry
        and (use.forward or use.backward)
    ]
    if not taken:
        return None
    on_ferry = np.isin(roads.tagset, taken)[pieces.way]
    land = _labels(*used, n)
    a = np.concatenate([used[0], pieces.a[on_ferry]])
    b = np.concatenate([used[1], pieces.b[on_ferry]])
    return land, _labels(a, b, n)


def _labels(a: NDArray[np.int64], b: NDArray[np.int64], n: int) -> NDArray[np.int32]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    return np.asarray(label, dtype=np.int32)


def ferry_only(network: Network, origins: Snaps, destinations: Snaps) -> NDArray[np.bool_]:
    """Origins that ferries, and no roads, join to some destination.

    Parameters
    ----------
    network
        Roads of one mode.
    origins, destinations
        Points snapped to it.

    Returns
    -------
    (origins,) bool
        Whether a destination lies on another land of the same group.
    """
    goal = destinations.edge[destinations.edge >= 0]
    hit, edge = origins.edge >= 0, np.maximum(origins.edge, 0)
    group, land = network.edge_beyond, network.edge_land
    n_group = np.bincount(group[goal], minlength=int(group.max(initial=0)) + 1)
    n_land = np.bincount(land[goal], minlength=int(land.max(initial=0)) + 1)
    found: NDArray[np.bool_] = hit & (n_group[group[edge]] > n_land[land[edge]])
    return found
