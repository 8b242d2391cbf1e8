"""Graph libraries that search from a junction: scipy, networkx, pandana, igraph.

Started by ``reach.py`` in the peers' environment with the folder that holds
``MODE.npz``: ``first, head, ms`` (parallel arcs replaced by the fastest), ``x, y`` and
``sources``. Graphs are built before the clock starts.
"""

from __future__ import annotations

import sys
from collections import deque
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peer_loop import say, serve, timed

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import igraph
    import networkx as nx
    import numpy as np
    import pandana
    import pandas as pd
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra
except ImportError as missing:
    say(absent=str(missing))
    sys.exit()

FOLDER = Path(sys.argv[1])
BOUND = int(sys.argv[2])
AT_ONCE = 32  # sources a call of scipy: fewer calls, and still few megabytes


@cache
def arrays(mode: str) -> dict[str, np.ndarray]:
    with np.load(FOLDER / f"{mode}.npz") as kept:
        return dict(kept)


@cache
def tails(mode: str) -> np.ndarray:
    first = arrays(mode)["first"]
    return np.repeat(np.arange(len(first) - 1), np.diff(first))


@cache
def of_scipy(mode: str) -> csr_array:
    a = arrays(mode)
    n = len(a["first"]) - 1
    return csr_array((a["ms"].astype(float), a["head"], a["first"]), shape=(n, n))


@cache
def of_networkx(mode: str) -> nx.DiGraph:
    a = arrays(mode)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(a["first"]) - 1))
    graph.add_weighted_edges_from(
        zip(tails(mode).tolist(), a["head"].tolist(), a["ms"].tolist(), strict=True),
        weight="ms",
    )
    return graph


@cache
def of_osmnx(mode: str) -> nx.MultiDiGraph:
    """As osmnx holds streets: a multigraph whose edges carry what it keeps of a way."""
    a = arrays(mode)
    graph = nx.MultiDiGraph()
    places = zip(a["x"].tolist(), a["y"].tolist(), strict=True)
    graph.add_nodes_from(
        (v, {"x": x, "y": y, "street_count": 3}) for v, (x, y) in enumerate(places)
    )
    arcs = zip(tails(mode).tolist(), a["head"].tolist(), a["ms"].tolist(), strict=True)
    for k, (u, v, ms) in enumerate(arcs):
        graph.add_edge(
            u, v, osmid=k, highway="residential", name="Rua", oneway=False,
            reversed=False, length=ms / 100.0, speed_kph=36.0, travel_time=ms,
        )  # fmt: skip
    return graph


@cache
def of_pandana(mode: str) -> pandana.Network:
    a = arrays(mode)
    return pandana.Network(
        pd.Series(a["x"]),
        pd.Series(a["y"]),
        pd.Series(tails(mode)),
        pd.Series(a["head"]),
        # it multiplies by 1,000 and cuts to whole numbers of 32 bits: milliseconds again
        pd.DataFrame({"s": (a["ms"] + 0.1) / 1000.0}),
        twoway=False,
    )


@cache
def of_igraph(mode: str) -> igraph.Graph:
    a = arrays(mode)
    ends = np.column_stack([tails(mode), a["head"]])
    return igraph.Graph(
        len(a["first"]) - 1, ends, directed=True, edge_attrs={"ms": a["ms"].tolist()}
    )


def by_scipy(mode: str, sources: np.ndarray) -> Callable[[], Any]:
    graph = of_scipy(mode)
    return lambda: (
        dijkstra(graph, indices=sources[k : k + AT_ONCE], limit=BOUND)
        for k in range(0, len(sources), AT_ONCE)
    )


def by_scipy_single(mode: str, sources: np.ndarray) -> Callable[[], Any]:
    graph = of_scipy(mode)
    return lambda: (dijkstra(graph, indices=[v], limit=BOUND) for v in sources.tolist())


def by_ego_graph(mode: str, sources: np.ndarray) -> Callable[[], Any]:
    graph = of_networkx(mode)
    return lambda: (
        nx.ego_graph(graph, v, radius=BOUND, distance="ms") for v in sources.tolist()
    )


def by_recipe(mode: str, sources: np.ndarray) -> Callable[[], Any]:
    graph = of_osmnx(mode)
    return lambda: (
        nx.ego_graph(graph, v, radius=BOUND, distance="travel_time")
        for v in sources.tolist()
    )


def by_cutoff(mode: str, sources: np.ndarray) -> Callable[[], Any]:
    graph = of_networkx(mode)
    return lambda: (
        nx.single_source_dijkstra_path_length(graph, v, cutoff=BOUND, weight="ms")
        for v in sources.tolist()
    )


def by_pandana(mode: str, sources: np.ndarray) -> Callable[[], Any]:
    graph = of_pandana(mode)
    return lambda: (
        graph.nodes_in_range([v], (BOUND + 0.1) / 1000.0) for v in sources.tolist()
    )


def by_igraph(mode: str, sources: np.ndarray) -> Callable[[], Any]:
    graph = of_igraph(mode)
    return lambda: (
        graph.distances(source=v, weights="ms", mode="out") for v in sources.tolist()
    )


# a name -> what makes a run; a run hands out one answer after another
DOING = {
    "scipy": by_scipy,
    "scipy_single": by_scipy_single,
    "ego_graph": by_ego_graph,
    "recipe": by_recipe,
    "cutoff": by_cutoff,
    "pandana": by_pandana,
    "igraph": by_igraph,
}


def labels(name: str, came: Any) -> list[dict[int, float]]:
    """Per source: junction -> milliseconds (0 for all where only junctions are told)."""
    if name in {"ego_graph", "recipe"}:
        return [dict.fromkeys(graph, 0.0) for graph in came]
    if name == "cutoff":
        return came
    if name == "pandana":
        return [
            dict(zip(table["destination"], np.rint(1000.0 * table["s"]), strict=True))
            for table in came
        ]
    rows = (
        np.concatenate(came)
        if name.startswith("scipy")
        else np.array([row[0] for row in came])
    )
    return [{int(v): float(row[v]) for v in np.flatnonzero(row <= BOUND)} for row in rows]


def asked(name: str) -> Callable[..., dict[str, Any]]:
    def answer(mode: str, count: int, save: str = "") -> dict[str, Any]:
        run = DOING[name](mode, arrays(mode)["sources"][:count])
        # answers are let go one by one, unless they are to be compared
        took, came = timed(lambda: deque(run(), maxlen=None if save else 0))
        if save:
            found = labels(name, came)
            np.savez(
                save,
                first=np.cumsum([0, *(len(one) for one in found)]),
                node=np.concatenate([sorted(one) for one in found]),
                ms=np.concatenate([[one[v] for v in sorted(one)] for one in found]),
            )
        return took

    return answer


say(ready=True)
serve({name: asked(name) for name in DOING})
