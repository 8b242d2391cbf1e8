"""Where lines meet: ends on ends, ends on the inside of lines, crossings on request.

Lines of a GIS are drawn, not connected: an end may miss its road by a hand's
breadth, and two roads that cross may do so on a bridge. What is joined here is
counted with the gap that was bridged; nothing else is joined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.roads.drawing import Drawn, insert
from servicemap.roads.pieces import straight_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Joined:
    """Lines that meet, and what was done for it.

    Attributes
    ----------
    drawn
        The lines, with vertices added where others meet them.
    ends_on_ends, ends_on_lines : (joints, 3) float64
        Place (degrees) and gap in metres of each joint that bridged a gap or met the
        inside of a line.
    crossings : (crossings, 2) float64
        Places where lines of one level cross without a common point, joined or not.
    crossings_joined
        Whether they were joined.
    loose : (ends, 3) float64
        Ends that nothing joins though a line is near: place, distance in metres.
    """

    drawn: Drawn
    ends_on_ends: NDArray[np.float64]
    ends_on_lines: NDArray[np.float64]
    crossings: NDArray[np.float64]
    crossings_joined: bool
    loose: NDArray[np.float64]


def join(drawn: Drawn, join_m: float, *, crossings: bool, loose_m: float = 20.0) -> Joined:
    """Join ends to what they nearly touch.

    Parameters
    ----------
    drawn
        The lines.
    join_m
        Largest gap that is bridged, metres; 0 joins only equal coordinates.
    crossings
        Whether lines of one level that cross are joined there.
    loose_m
        Ends with a line this near that were not joined are listed.

    Returns
    -------
    Joined
    """
    on_ends = np.empty((0, 3))
    if join_m > 0:
        drawn, on_ends = _merge_ends(drawn, join_m)
    reach_m = max(join_m, loose_m)
    node, segment, t, gap = _near_ends(drawn, reach_m)
    taken = gap <= join_m if join_m > 0 else np.zeros(len(gap), dtype=bool)
    seat = _seat_of(drawn)
    on_lines = np.column_stack(
        [drawn.lon[seat[node[taken]]], drawn.lat[seat[node[taken]]], gap[taken]]
    )
    dead_end = np.bincount(drawn.node) == 1
    left = ~taken & ~np.isin(node, node[taken]) & dead_end[node]
    loose_node, at = np.unique(node[left], return_index=True)
    loose = np.column_stack(
        [drawn.lon[seat[loose_node]], drawn.lat[seat[loose_node]], gap[left][at]]
    )
    crossed, found = _crossings(drawn)
    ends = segment[taken], t[taken], node[taken]
    drawn = _with_new_nodes(
        drawn, ends, seat[node[taken]], crossed if crossings else None, found
    )
    return Joined(drawn, on_ends, on_lines, found, crossings, loose)


def _seat_of(drawn: Drawn) -> NDArray[np.int64]:
    """A vertex of each node: its first end, else its first vertex."""
    order = np.lexsort((np.arange(len(drawn.node)), ~drawn.is_end, drawn.node))
    node, at = np.unique(drawn.node[order], return_index=True)
    seat = np.zeros(int(drawn.node.max(initial=-1)) + 1, dtype=np.int64)
    seat[node] = order[at]
    return seat


def _merge_ends(drawn: Drawn, join_m: float) -> tuple[Drawn, NDArray[np.float64]]:
    """Make ends within a gap of one another, or of a settled vertex, one node."""
    # loaded here: a study without drawn lines starts a tenth of a second earlier
    import scipy.sparse.csgraph
    import scipy.spatial

    is_fixed = drawn.fixed[drawn.line]
    free = np.unique(drawn.node[drawn.is_end & ~is_fixed])
    settled = np.unique(drawn.node[is_fixed])
    free = np.setdiff1d(free, settled, assume_unique=True)
    seat = _seat_of(drawn)
    node = np.concatenate([settled, free])
    at = np.column_stack([drawn.x[seat[node]], drawn.y[seat[node]]])
    tree = scipy.spatial.cKDTree(at[len(settled) :])
    pairs = tree.query_pairs(join_m, output_type="ndarray") + len(settled)
    if len(settled) and len(free):
        far, nearest = scipy.spatial.cKDTree(at[: len(settled)]).query(
            at[len(settled) :], distance_upper_bound=join_m
        )
        hit = np.flatnonzero(np.isfinite(far))
        pairs = np.vstack([pairs, np.column_stack([nearest[hit], hit + len(settled)])])
    if not len(pairs):
        return drawn, np.empty((0, 3))
    graph = scipy.sparse.coo_matrix(
        (np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(node),) * 2
    )
    _, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    # settled nodes come first, so a group bears the number of one of them if it has one
    _, head = np.unique(label, return_index=True)
    to = node[head[label]]
    moved = np.flatnonzero((to != node) & (np.arange(len(node)) >= len(settled)))
    gap = np.hypot(*(at[moved] - at[head[label[moved]]]).T)
    table = np.arange(int(drawn.node.max()) + 1)
    table[node[moved]] = to[moved]
    fresh = table[drawn.node]
    new_seat = seat[fresh]
    shifted = fresh != drawn.node
    joints = np.column_stack([drawn.lon[seat[to[moved]]], drawn.lat[seat[to[moved]]], gap])
    values = {
        name: np.where(shifted, getattr(drawn, name)[new_seat], getattr(drawn, name))
        for name in ("lon", "lat", "x", "y")
    }
    changed = Drawn(drawn.first, node=fresh, level=drawn.level, fixed=drawn.fixed, **values)
    return changed, joints


def _near_ends(drawn: Drawn, reach_m: float) -> tuple[Any, Any, Any, Any]:
    """Ends with the inside of another line near: node, segment, place on it, gap.

    One row per end and line, the nearest piece of the line. Ends of settled lines only
    meet others when they are dead ends, and never settled lines.
    """
    start, pieces = straight_lines(drawn.x, drawn.y, drawn.first)
    line = drawn.line
    is_fixed = drawn.fixed[line]
    degree = np.bincount(drawn.node, minlength=int(drawn.node.max(initial=-1)) + 1)
    wanted = drawn.is_end & (~is_fixed | (degree[drawn.node] == 1))
    ends = np.flatnonzero(wanted)
    _, once = np.unique(
        np.column_stack([drawn.node[ends], drawn.level[line[ends]]]),
        axis=0,
        return_index=True,
    )
    ends = ends[np.sort(once)]
    if not len(ends) or not len(start):
        return (np.empty(0, np.int64),) * 2 + (np.empty(0),) * 2
    points = shapely.points(drawn.x[ends], drawn.y[ends])
    which, piece = shapely.STRtree(pieces).query(
        points, predicate="dwithin", distance=reach_m
    )
    end, at = ends[which], start[piece]
    other = line[at]
    own_nodes = np.column_stack(
        [drawn.node[drawn.first[:-1]], drawn.node[drawn.first[1:] - 1]]
    )
    good = drawn.level[line[end]] == drawn.level[other]
    good &= ~(drawn.fixed[line[end]] & drawn.fixed[other])
    # a line that already meets this node there, or at one of its own ends
    good &= (own_nodes[other] != drawn.node[end][:, None]).all(axis=1)
    touching = np.unique(np.column_stack([line, drawn.node]), axis=0)
    keys = touching[:, 0] * (len(degree) + 1) + touching[:, 1]
    good &= ~np.isin(other * (len(degree) + 1) + drawn.node[end], keys)
    end, at, other = end[good], at[good], other[good]
    ax, ay = drawn.x[at], drawn.y[at]
    dx, dy = drawn.x[at + 1] - ax, drawn.y[at + 1] - ay
    square = dx**2 + dy**2
    along = (drawn.x[end] - ax) * dx + (drawn.y[end] - ay) * dy
    t = np.clip(np.divide(along, square, out=np.zeros_like(dx), where=square > 0), 0, 1)
    gap = np.hypot(drawn.x[end] - ax - t * dx, drawn.y[end] - ay - t * dy)
    order = np.lexsort((at, gap, other, drawn.node[end]))
    pair = np.column_stack([drawn.node[end], other])[order]
    _, nearest = np.unique(pair, axis=0, return_index=True)
    kept = order[nearest]
    return drawn.node[end[kept]], at[kept], t[kept], gap[kept]


def _crossings(drawn: Drawn) -> tuple[tuple[Any, Any, Any, Any], NDArray[np.float64]]:
    """Pieces of one level that cross inside both, without a common node."""
    start, pieces = straight_lines(drawn.x, drawn.y, drawn.first)
    line = drawn.line
    free = np.flatnonzero(~drawn.fixed[line[start]])
    one, two = shapely.STRtree(pieces).query(pieces[free], predicate="crosses")
    one = free[one]
    a, b = start[one], start[two]
    # two free lines are found from either side
    good = (drawn.fixed[line[b]] | (a < b)) & (line[a] != line[b])
    good &= drawn.level[line[a]] == drawn.level[line[b]]
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        good &= drawn.node[a + i] != drawn.node[b + j]
    one, two, a, b = one[good], two[good], a[good], b[good]
    points = shapely.intersection(pieces[one], pieces[two])
    single = shapely.get_type_id(points) == 0
    points, a, b = points[single], a[single], b[single]
    x, y = shapely.get_x(points), shapely.get_y(points)

    def share(at: NDArray[np.int64]) -> NDArray[np.float64]:
        length = np.hypot(drawn.x[at + 1] - drawn.x[at], drawn.y[at + 1] - drawn.y[at])
        done = np.hypot(x - drawn.x[at], y - drawn.y[at])
        return np.divide(done, length, out=np.zeros_like(done), where=length > 0)

    t, u = share(a), share(b)
    lon = drawn.lon[a] + t * (drawn.lon[a + 1] - drawn.lon[a])
    lat = drawn.lat[a] + t * (drawn.lat[a + 1] - drawn.lat[a])
    return (a, t, b, u), np.column_stack([lon, lat])


def _with_new_nodes(
    drawn: Drawn,
    ends: tuple[Any, Any, Any],
    seat: NDArray[np.int64],
    crossed: tuple[Any, Any, Any, Any] | None,
    found: NDArray[np.float64],
) -> Drawn:
    """Put vertices into lines: for ends that meet them, and for crossings.

    ``ends`` are segment, place on it and node; ``seat`` a vertex of each such node.
    """
    segment, t, node = ends
    values = {name: getattr(drawn, name)[seat] for name in ("lon", "lat", "x", "y")}
    if crossed is not None and len(found):
        a, ta, b, tb = crossed
        fresh = int(drawn.node.max()) + 1 + np.arange(len(a))
        segment = np.concatenate([segment, a, b])
        t = np.concatenate([t, ta, tb])
        node = np.concatenate([node, fresh, fresh])
        more = {
            "lon": found[:, 0],
            "lat": found[:, 1],
            "x": drawn.x[a] + ta * (drawn.x[a + 1] - drawn.x[a]),
            "y": drawn.y[a] + ta * (drawn.y[a + 1] - drawn.y[a]),
        }
        values = {
            name: np.concatenate([values[name], more[name], more[name]]) for name in values
        }
    return insert(drawn, segment, t, node, values)
