"""Chains -> the arrays of a `Network`: numbering, arcs, components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.roads.components import reached, strong
from servicemap.roads.hilbert import hilbert_order
from servicemap.roads.network import MAIN, Network
from servicemap.roads.split import Corners, Sequences, Split, split

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from servicemap.osm_file import Extract
    from servicemap.roads.projection import Projection

BARRING = ("river", "canal")  # a straight leg may not cross these
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
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    extract: Extract,
    report: dict[str, Any],
    shores: tuple[NDArray[np.int32], NDArray[np.int32]] | None = None,
    turns: Callable[[Corners], tuple[Sequences, dict[str, Any]]] | None = None,
) -> Network:
    """Number junctions and edges, split junctions, and lay out the arrays.

    Segments come in chain order; ``tail`` to ``head`` is the chain's direction. Nodes
    have degrees and metres of the projection.
    ``shores`` are land and group of every node, where ferries are left out;
    ``turns`` says which sequences of arcs are forbidden, and what to report of them.
    """
    starts, ends = chain_first[:-1], chain_first[1:] - 1
    junctions = np.unique(np.concatenate([tail[starts], head[ends]]))
    junctions = junctions[hilbert_order(x[junctions], y[junctions])]
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

    forward_ms = np.minimum(along(forward_ms), LONGEST_MS)
    backward_ms = np.minimum(along(backward_ms), LONGEST_MS)
    corners = Corners(
        number=number,
        u=u,
        v=v,
        forward=forward[starts[rank]],
        backward=backward[starts[rank]],
        forward_ms=forward_ms[last],
        backward_ms=backward_ms[last],
        first_way=way[starts[rank]],
        last_way=way[ends[rank]],
    )
    n = len(junctions)
    sequences, told = turns(corners) if turns is not None else ((), {})
    nodes = split(corners, n, sequences)
    first_node = np.searchsorted(nodes.junction, np.arange(n)).astype(np.int32)
    along_m = _along_each(length_m, starts[rank], counts, edge_first)
    out = _arcs(nodes, corners, along_m[last], reverse=False)
    back = _arcs(nodes, corners, along_m[last], reverse=True)
    component, components, leaves, enters = _components(
        nodes, along_m[last], out[:2], back[:2]
    )
    nowhere = np.zeros(len(lon), dtype=np.int32)
    by_edge = [labels[tail[starts[rank]]] for labels in (shores or (nowhere, nowhere))]
    by_code = np.lexsort((nodes.tail, nodes.code))
    codes = np.arange(2 * len(u) + 1)
    if turns is not None:
        copied = np.bincount(nodes.junction, minlength=n)
        told = {
            **told,
            "junctions_split": int((copied > 1).sum()),
            "copies": int(len(nodes.junction) - n),
        }
        report = {**report, "turns": told}
    return Network(
        mode=mode,
        crs=projection.epsg,
        leg_mps=leg_mps,
        node_x=x[junctions][nodes.junction],
        node_y=y[junctions][nodes.junction],
        node_junction=nodes.junction.astype(np.int32),
        edge_u=first_node[u],
        edge_v=first_node[v],
        edge_forward=corners.forward,
        edge_backward=corners.backward,
        edge_component=component,
        edge_leaves=leaves,
        edge_enters=enters,
        edge_land=by_edge[0],
        edge_beyond=by_edge[1],
        edge_first=edge_first,
        vertex_lon=lon[vertex],
        vertex_lat=lat[vertex],
        vertex_x=x[vertex],
        vertex_y=y[vertex],
        forward_ms=forward_ms.astype(np.int32),
        backward_ms=backward_ms.astype(np.int32),
        along_m=along_m,
        vertex_way=per_vertex(way, -1),
        snappable=per_vertex(snappable, False),
        arc_first=out[0],
        arcs=out[1],
        arc_m=out[2],
        arc_edge=out[3],
        back_first=back[0],
        back_arcs=back[1],
        back_m=back[2],
        back_edge=back[3],
        into=nodes.into.astype(np.int32),
        from_first=np.searchsorted(nodes.code[by_code], codes).astype(np.int64),
        from_nodes=nodes.tail[by_code].astype(np.int32),
        water=_water(extract, projection),
        way_id=extract.roads.way_id,
        way_name=extract.roads.name,
        names=extract.roads.names,
        report={"junctions": n, "edges": len(u), **report, "components": components},
    )


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


def _arcs(
    nodes: Split, corners: Corners, edge_m: NDArray[np.float64], *, reverse: bool
) -> tuple[Any, ...]:
    """Arcs in rows by their tail (by their head when reversed).

    Returns
    -------
    first, interleaved head and ms, length in metres, edge * 2 + direction
    """
    tail, head = (nodes.head, nodes.tail) if reverse else (nodes.tail, nodes.head)
    edge = nodes.code >> 1
    ms = np.where(nodes.code & 1, corners.backward_ms[edge], corners.forward_ms[edge])
    order = np.lexsort((nodes.code, head, tail))
    n = len(nodes.junction)
    first = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=n), out=first[1:])
    pairs = np.empty(2 * len(order), dtype=np.int32)
    pairs[0::2], pairs[1::2] = head[order], ms[order]
    return first, pairs, edge_m[edge[order]], nodes.code[order].astype(np.int32)


def _components(
    nodes: Split,
    length_m: NDArray[np.float64],
    out: tuple[NDArray[np.int64], NDArray[np.int32]],
    back: tuple[NDArray[np.int64], NDArray[np.int32]],
) -> tuple[NDArray[np.int32], list[dict[str, Any]], NDArray[np.bool_], NDArray[np.bool_]]:
    """Strongly connected components of the edges, most kilometres first.

    Strong, so that nobody is joined to a road that cannot be left, or not
    reached: a one-way road cut at the border of the extract is such a trap. Who
    only leaves, or only arrives, may be joined to more: the last two arrays say
    from which edges the main component is reached, and which are reached from it.
    An edge belongs to a component when one of its arcs does; where turn restrictions
    part its two directions, to the larger one.
    """
    n = len(nodes.junction)
    tail, head, edge = nodes.tail, nodes.head, nodes.code >> 1
    count, label = strong(*out)
    inside = label[tail] == label[head]
    # an edge counts once for each component that it is in, then for the first of them
    seats = np.unique(edge[inside] * count + label[tail[inside]])
    seat_edge, seat_label = seats // max(count, 1), seats % max(count, 1)
    km = np.bincount(seat_label, weights=length_m[seat_edge] / 1000.0, minlength=count)
    smallest = np.full(count, n, dtype=np.int64)
    np.minimum.at(smallest, label, np.arange(n))
    order = np.lexsort((smallest, -km))
    number = np.empty(count, dtype=np.int32)
    number[order] = np.arange(count, dtype=np.int32)
    component: NDArray[np.int32] = np.full(len(length_m), count, dtype=np.int32)
    np.minimum.at(component, seat_edge, number[seat_label])
    component[component == count] = -1
    km = np.bincount(
        component[component >= 0],
        weights=length_m[component >= 0] / 1000.0,
        minlength=count,
    )
    listed = [
        {"component": rank, "km": round(float(one), 3)}
        for rank, one in enumerate(km)
        if one > 0
    ]
    assert MAIN == 0
    seed = int(np.flatnonzero(label == order[MAIN])[0])

    from_main, to_main = reached(*out, seed), reached(*back, seed)
    enters = np.zeros(len(length_m), dtype=bool)
    enters[edge[from_main[tail]]] = True
    into = nodes.into.reshape(-1, 2)
    leaves: NDArray[np.bool_] = np.any((into >= 0) & to_main[into], axis=1)
    return component, listed, leaves, enters


def _water(extract: Extract, projection: Projection) -> NDArray[np.float64]:
    """Rivers and canals as straight segments in metres; those in tunnels are drawn, too."""
    import shapely

    layer = extract.layers["waterways"]
    lines = layer.geometry[layer["kind"].isin(BARRING)].to_numpy()
    if not len(lines):
        return np.empty((0, 4))
    points, line = shapely.get_coordinates(lines, return_index=True)
    x, y = projection.to_metres(points[:, 0], points[:, 1])
    same = line[1:] == line[:-1]
    return np.column_stack([x[:-1], y[:-1], x[1:], y[1:]])[same]
