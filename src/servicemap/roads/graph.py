"""Chains -> the arrays of a `Network`: numbering, arcs, components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import scipy.sparse
import shapely

from servicemap.roads.network import MAIN, Network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.osm_file import Extract
    from servicemap.roads.projection import Projection

BARRING = ("river", "canal")  # a straight leg may not cross these
HILBERT_LEVEL = 16
LONGEST_MS = 2**31 - 1  # 24 days on one edge: beyond every bound, and no overflow


def assemble(
    *,
    mode: str,
    projection: Projection,
    leg_mps: float,
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    forward: NDArray[np.bool_],
    backward: NDArray[np.bool_],
    forward_ms: NDArray[np.int64],
    backward_ms: NDArray[np.int64],
    length_m: NDArray[np.float64],
    way: NDArray[np.int32],
    snappable: NDArray[np.bool_],
    chain_first: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    extract: Extract,
    report: dict[str, Any],
) -> Network:
    """Number junctions and edges, and lay out the arrays.

    Segments come in chain order; ``tail`` to ``head`` is the chain's direction.
    """
    starts, ends = chain_first[:-1], chain_first[1:] - 1
    x, y = projection.to_metres(lon, lat)
    junctions = np.unique(np.concatenate([tail[starts], head[ends]]))
    junctions = junctions[_hilbert(x[junctions], y[junctions])]
    number = np.full(len(lon), -1, dtype=np.int64)
    number[junctions] = np.arange(len(junctions))

    # edges in the order of their junctions, so that arcs read memory forwards
    u, v = number[tail[starts]], number[head[ends]]
    rank = np.lexsort((starts, np.maximum(u, v), np.minimum(u, v)))
    u, v = u[rank], v[rank]
    counts = (ends - starts + 1)[rank]
    edge_first = np.concatenate([[0], np.cumsum(counts + 1)])
    segment = _ranges(starts[rank], counts)
    seat = np.arange(len(segment)) + np.repeat(np.arange(len(counts)), counts)
    last = edge_first[1:] - 1

    def per_vertex(values: NDArray[Any], fill: Any) -> NDArray[Any]:
        spread = np.full(edge_first[-1], fill, dtype=values.dtype)
        spread[seat] = values[segment]
        return spread

    vertex = np.empty(edge_first[-1], dtype=np.int64)
    vertex[seat] = tail[segment]
    vertex[last] = head[ends[rank]]

    def along(values: NDArray[Any]) -> NDArray[Any]:
        """Sums from the first vertex of each edge."""
        steps = np.zeros(edge_first[-1] + 1, dtype=values.dtype)
        steps[seat + 1] = values[segment]
        steps[edge_first] = 0
        total = np.cumsum(steps)[:-1]
        return total - np.repeat(total[edge_first[:-1]], counts + 1)

    edge_forward = forward[starts[rank]]
    edge_backward = backward[starts[rank]]
    fields = {
        "edge_u": u.astype(np.int32),
        "edge_v": v.astype(np.int32),
        "edge_forward": edge_forward,
        "edge_backward": edge_backward,
        "edge_first": edge_first,
        "vertex_lon": lon[vertex],
        "vertex_lat": lat[vertex],
        "vertex_x": x[vertex],
        "vertex_y": y[vertex],
        "forward_ms": np.minimum(along(forward_ms), LONGEST_MS).astype(np.int32),
        "backward_ms": np.minimum(along(backward_ms), LONGEST_MS).astype(np.int32),
        "along_m": _along_each(length_m, starts[rank], counts, edge_first),
        "vertex_way": per_vertex(way, -1),
        "snappable": per_vertex(snappable, False),
    }
    n = len(junctions)
    out = arcs_of(n, fields, reverse=False)
    back = arcs_of(n, fields, reverse=True)
    component, components, leaves, enters = _components(
        n, fields, length_m=fields["along_m"][last]
    )
    return Network(
        mode=mode,
        crs=projection.epsg,
        leg_mps=leg_mps,
        node_x=x[junctions],
        node_y=y[junctions],
        edge_component=component,
        edge_leaves=leaves,
        edge_enters=enters,
        arc_first=out[0],
        arcs=out[1],
        arc_m=out[2],
        arc_edge=out[3],
        back_first=back[0],
        back_arcs=back[1],
        back_m=back[2],
        back_edge=back[3],
        water=_water(extract, projection),
        way_id=extract.roads.way_id,
        way_name=extract.roads.name,
        names=extract.roads.names,
        report={"junctions": n, "edges": len(u), **report, "components": components},
        **fields,
    )


def _hilbert(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order of points along a Hilbert curve; equal cells keep the order of their ids."""
    points = gpd.GeoSeries(gpd.points_from_xy(x, y))
    distance = points.hilbert_distance(level=HILBERT_LEVEL).to_numpy()
    return np.argsort(distance, kind="stable")


def _ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Concatenated ranges ``start, start + 1, ...`` of the given lengths."""
    offsets = np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(starts, counts) + np.arange(int(counts.sum())) - offsets


def _along_each(
    length_m: NDArray[np.float64],
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    edge_first: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Length from the first vertex of each edge, summed edge by edge.

    A running total over the whole network would leave each edge with the
    rounding of all edges before it; a long edge is summed on its own.
    """
    total = np.zeros(edge_first[-1])
    longest = int(counts.max(initial=0))
    open_edges = np.arange(len(counts))
    for step in range(longest):
        open_edges = open_edges[counts[open_edges] > step]
        at = edge_first[open_edges] + step
        total[at + 1] = total[at] + length_m[starts[open_edges] + step]
    return total


def arcs_of(n: int, fields: dict[str, Any], *, reverse: bool) -> tuple[Any, ...]:
    """Arcs in rows by their tail (by their head when reversed).

    Returns
    -------
    first, interleaved head and ms, length in metres, edge * 2 + direction
    """
    u, v = fields["edge_u"], fields["edge_v"]
    last = fields["edge_first"][1:] - 1
    ahead = np.flatnonzero(fields["edge_forward"])
    behind = np.flatnonzero(fields["edge_backward"])
    tail = np.concatenate([u[ahead], v[behind]])
    head = np.concatenate([v[ahead], u[behind]])
    ms = np.concatenate(
        [fields["forward_ms"][last[ahead]], fields["backward_ms"][last[behind]]]
    )
    metres = fields["along_m"][last[np.concatenate([ahead, behind])]]
    code = np.concatenate([ahead * 2, behind * 2 + 1])
    if reverse:
        tail, head = head, tail
    order = np.lexsort((code, head, tail))
    first = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=n), out=first[1:])
    pairs = np.empty(2 * len(order), dtype=np.int32)
    pairs[0::2], pairs[1::2] = head[order], ms[order]
    return first, pairs, metres[order], code[order].astype(np.int32)


def _components(
    n: int, fields: dict[str, Any], length_m: NDArray[np.float64]
) -> tuple[NDArray[np.int32], list[dict[str, Any]], NDArray[np.bool_], NDArray[np.bool_]]:
    """Strongly connected components of the edges, most kilometres first.

    Strong, so that nobody is joined to a road that cannot be left, or not
    reached: a one-way road cut at the border of the extract is such a trap. Who
    only leaves, or only arrives, may be joined to more: the last two arrays say
    from which edges the main component is reached, and which are reached from it.
    """
    u, v = fields["edge_u"], fields["edge_v"]
    ahead, behind = fields["edge_forward"], fields["edge_backward"]
    tail = np.concatenate([u[ahead], v[behind]])
    head = np.concatenate([v[ahead], u[behind]])
    graph = scipy.sparse.csr_matrix(
        (np.ones(len(tail), np.int32), (tail, head)), shape=(n, n)
    )
    count, label = scipy.sparse.csgraph.connected_components(graph, connection="strong")
    both = label[u] == label[v]
    km = np.bincount(label[u[both]], weights=length_m[both] / 1000.0, minlength=count)
    smallest = np.full(count, n, dtype=np.int64)
    np.minimum.at(smallest, label, np.arange(n))
    order = np.lexsort((smallest, -km))
    number = np.empty(count, dtype=np.int32)
    number[order] = np.arange(count, dtype=np.int32)
    component = np.where(both, number[label[u]], -1).astype(np.int32)
    listed = [
        {"component": rank, "km": round(float(km[old]), 3)}
        for rank, old in enumerate(order)
        if km[old] > 0
    ]
    assert MAIN == 0
    seed = int(np.flatnonzero(label == order[MAIN])[0])

    def reached(arcs: Any) -> NDArray[np.bool_]:
        nodes = np.zeros(n, dtype=bool)
        nodes[scipy.sparse.csgraph.breadth_first_order(arcs, seed)[0]] = True
        return nodes

    from_main, to_main = reached(graph), reached(graph.T.tocsr())
    leaves = (ahead & to_main[v]) | (behind & to_main[u])
    enters = (ahead & from_main[u]) | (behind & from_main[v])
    return component, listed, leaves, enters


def _water(extract: Extract, projection: Projection) -> NDArray[np.float64]:
    """Rivers and canals as straight segments in metres; those in tunnels are drawn, too."""
    layer = extract.layers["waterways"]
    lines = layer.geometry[layer["kind"].isin(BARRING)].to_numpy()
    if not len(lines):
        return np.empty((0, 4))
    points, line = shapely.get_coordinates(lines, return_index=True)
    x, y = projection.to_metres(points[:, 0], points[:, 1])
    same = line[1:] == line[:-1]
    return np.column_stack([x[:-1], y[:-1], x[1:], y[1:]])[same]
