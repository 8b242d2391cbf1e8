"""Components of a network with what sits on them: which islands matter, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.errors import SHOWN
from servicemap.roads.network import MAIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from servicemap.roads.network import Network

Seated = tuple["Sequence[str]", "NDArray[np.int32]"]


def components(network: Network, seated: Mapping[str, Seated]) -> list[dict[str, Any]]:
    """All components, most kilometres first, with what sits on them.

    Parameters
    ----------
    network
        Roads of one mode.
    seated
        What may sit on them: kind of thing -> names, and the edge that each met
        (-1 for none). A name may come several times, as a village with several
        places where people live does.

    Returns
    -------
    list of dict
        ``component``, ``km``, ``points`` (how many rows sit on it); for islands with
        something on them also ``on_it``: kind -> up to five different names, by code
        point; for all islands ``lon, lat``, a place on their longest edge.
    """
    edge = network.edge_component
    longest = _longest_edges(network)
    counts: dict[int, int] = {}
    names: dict[int, dict[str, set[str]]] = {}
    for kind, (labels, edges) in seated.items():
        for label, at in zip(labels, edges.tolist(), strict=True):
            number = int(edge[at]) if at >= 0 else -1
            if number < 0:
                continue
            counts[number] = counts.get(number, 0) + 1
            if number != MAIN:
                names.setdefault(number, {}).setdefault(kind, set()).add(str(label))
    listed = []
    for one in network.report["components"]:
        number = one["component"]
        entry = {**one, "points": counts.get(number, 0)}
        if number != MAIN:
            vertex = _middle(network, longest[number])
            entry["lon"] = round(float(network.vertex_lon[vertex]), 6)
            entry["lat"] = round(float(network.vertex_lat[vertex]), 6)
        if number in names:
            entry["on_it"] = {
                kind: sorted(found)[:SHOWN] for kind, found in names[number].items()
            }
        listed.append(entry)
    return listed


def _longest_edges(network: Network) -> dict[int, int]:
    """Longest edge of each component; of equally long ones the first."""
    order = np.lexsort((np.arange(network.n_edges), -network.edge_m))
    label = network.edge_component[order]
    number, first = np.unique(label, return_index=True)
    return {int(one): int(order[at]) for one, at in zip(number, first, strict=True)}


def _middle(network: Network, edge: int) -> int:
    first, last = network.edge_first[edge], network.edge_first[edge + 1] - 1
    return int((first + last) // 2)
