"""Which engine pays: the bucket queue, source by source, or sweeps over an order.

Both give the same milliseconds; only the time that it takes differs. A few
searches say how many junctions a source reaches. The work of either engine
follows from that, from the number of sources, and from what the network has
already: its order and its customisation.

The costs below were measured by ``benchmarks/sweeps.py``. Where no compiled
code can be kept between runs, compiling alone would cost more than sweeps save.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from servicemap.compiled import CACHE
from servicemap.routing.orders import order, readiness
from servicemap.routing.sweeps import LANES, MOST_MS
from servicemap.routing.workspace import Ends, Graph, Workspace

if TYPE_CHECKING:
    from servicemap.roads.network import Network

FEWEST = 64  # sources; below two batches there is nothing to share
PROBES = 8  # searches that say how far sources reach
START_NS = 10_000.0  # a source of the bucket queue, however little it reaches
SEARCH_NS = 35.0  # a junction that it reaches
SET_UP_NS = 100.0  # a junction, once per table of the sweeps
SWEEP_NS = 6.0  # a chordal edge below a swept junction, all lanes of a batch
TRIANGLE_NS = 35.0  # a triangle of the chordal graph, once per network
ORDER_NS = 12_000.0  # a junction, once per network and cache
COMPILE_NS = 10e9  # the kernels, once per installation
MARGIN = 1.5  # the estimate is rough: sweeps must promise this much
# of the chordal graphs of road networks, where there is none yet to be counted
EDGES, TRIANGLES = 4.3, 22.0  # a junction


def sweeps_pay(
    network: Network, net: Graph, sources: Ends, n_sources: int, bound: int
) -> bool:
    """Whether sweeps are likely to be faster.

    Parameters
    ----------
    network
        Roads of one mode.
    net
        Its arcs in the direction of the search.
    sources, n_sources
        How the sources meet junctions, and how many they are.
    bound
        Milliseconds.
    """
    if not CACHE or n_sources < FEWEST or bound > MOST_MS or not len(sources.node):
        return False
    reached = reached_on_average(net, sources, n_sources, bound)
    search = n_sources * (START_NS + reached * SEARCH_NS)
    swept = min(net.n, LANES * reached) * -(-n_sources // LANES)
    if MARGIN * (net.n * SET_UP_NS + swept * EDGES * SWEEP_NS) >= search:
        return False
    ready = readiness(network)
    edges, triangles, sweep = net.n * EDGES, net.n * TRIANGLES, net.n * SET_UP_NS
    if ready in {"ordered", "customised"}:
        upper = np.diff(order(network).upper_first)
        edges, triangles = float(upper.sum()), float((upper * (upper - 1) // 2).sum())
    else:
        sweep += net.n * ORDER_NS
    if ready == "never":
        sweep += COMPILE_NS
    if ready != "customised":
        sweep += triangles * TRIANGLE_NS
    sweep += swept * edges / net.n * SWEEP_NS
    return MARGIN * sweep < search


def reached_on_average(net: Graph, sources: Ends, n_sources: int, bound: int) -> float:
    """Junctions that a source reaches on average, by a few searches."""
    longest = int(net.arcs[1::2].max(initial=0)) + int(sources.ms.max(initial=0))
    space = Workspace(net, min(longest, bound))
    found = []
    for point in np.unique(np.linspace(0, n_sources - 1, PROBES).astype(int)):
        a, b = np.searchsorted(sources.point, [point, point + 1])
        seeds = Ends(
            sources.point[a:b], sources.node[a:b], sources.ms[a:b], sources.second[a:b]
        )
        found.append(space.run(seeds, bound) if a < b else 0)
    return float(np.mean(found))
