"""Roads with closures and speeds laid over them: cut to the metre, and marked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.errors import Problem
from servicemap.roads.drawing import UNITS, Drawn, insert
from servicemap.roads.pieces import straight_lines
from servicemap.roads.projection import projection_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from servicemap.osm_file import RoadWays
    from servicemap.roads.change_files import Change

BESIDE_M = 15.0  # a line of a layer means the roads this near that run along it
SAME_M = 1.0  # a point this much nearer to one road than to another means the one
LARGEST_ANGLE = np.radians(30.0)


def with_changes(
    roads: RoadWays, changes: Sequence[Change], source: str
) -> tuple[RoadWays, list[Problem], dict[str, Any]]:
    """Roads on which a layer of a study is in force.

    An area means all roads inside it, cut at its border. A line means the roads within
    15 m that run along it (by at most 30 degrees), from its beginning to its end. A point
    means the nearest road within 15 m, 15 m to either side; where roads meet, all of them.

    Parameters
    ----------
    roads
        Not changed.
    changes
        Features with the tags that their roads get.
    source
        The layer's file, for findings.

    Returns
    -------
    roads
        Ways are cut where a change begins or ends; the parts keep the way's id.
    problems
        Features that meet no road.
    figures
        ``features, features_used, ways, km``.
    """
    lon, lat = roads.x / UNITS, roads.y / UNITS
    projection = projection_for("auto", float(np.median(lon)), float(np.median(lat)))
    x, y = projection.to_metres(lon, lat)
    ids, node = np.unique(roads.node_id, return_inverse=True)
    count = len(roads.way_id)
    drawn = Drawn(
        roads.first,
        lon,
        lat,
        x,
        y,
        node.reshape(-1).astype(np.int64),
        np.zeros(count, np.int64),
        np.ones(count, bool),
    )

    def metres(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(projection.to_metres(degrees[:, 0], degrees[:, 1]))

    shapes = [shapely.transform(one.shape, metres) for one in changes]
    regions = [_region(shape) for shape in shapes]
    drawn = _cut(drawn, regions)
    fresh = int(drawn.node.max(initial=-1)) + 1 - len(ids)
    lowest = min(0, int(ids.min(initial=0)))
    ids = np.concatenate([ids, lowest - 1 - np.arange(fresh)])
    marks, problems = _marks(drawn, changes, shapes, regions, source)
    return _marked(roads, drawn, ids, marks, changes, problems)


def _region(shape: Any) -> Any:
    if shapely.get_dimensions(shape) == 2:  # noqa: PLR2004 - an area
        return shapely.make_valid(shape)
    if shapely.get_dimensions(shape) == 0:
        return shapely.buffer(shape, BESIDE_M)
    return shapely.buffer(shape, BESIDE_M, cap_style="flat")


def _cut(drawn: Drawn, regions: Sequence[Any]) -> Drawn:
    """Vertices where roads cross the border of a region."""
    start, pieces = straight_lines(drawn.x, drawn.y, drawn.first)
    tree = shapely.STRtree(pieces)
    segment: list[int] = []
    share: list[float] = []
    for region in regions:
        border = shapely.boundary(region)
        for row in tree.query(border, predicate="intersects"):
            points = shapely.get_coordinates(shapely.intersection(pieces[row], border))
            at = start[row]
            dx, dy = drawn.x[at + 1] - drawn.x[at], drawn.y[at + 1] - drawn.y[at]
            square = dx**2 + dy**2
            for px, py in points:
                t = ((px - drawn.x[at]) * dx + (py - drawn.y[at]) * dy) / max(square, 1e-12)
                if 0.0 < t < 1.0:
                    segment.append(int(at))
                    share.append(float(t))
    if not segment:
        return drawn
    where, along = np.array(segment, dtype=np.int64), np.array(share)
    values = {
        name: getattr(drawn, name)[where]
        + along * (getattr(drawn, name)[where + 1] - getattr(drawn, name)[where])
        for name in ("lon", "lat", "x", "y")
    }
    fresh = int(drawn.node.max()) + 1 + np.arange(len(where))
    return insert(drawn, where, along, fresh, values)


def _marks(
    drawn: Drawn,
    changes: Sequence[Change],
    shapes: Sequence[Any],
    regions: Sequence[Any],
    source: str,
) -> tuple[dict[int, tuple[int, ...]], list[Problem]]:
    """First vertex of each piece that changes -> the changes, in their order."""
    start, pieces = straight_lines(drawn.x, drawn.y, drawn.first)
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    tree = shapely.STRtree(middle)
    marks: dict[int, tuple[int, ...]] = {}
    problems = []
    for number, (change, shape, region) in enumerate(
        zip(changes, shapes, regions, strict=True)
    ):
        rows = np.sort(tree.query(region, predicate="contains"))
        if shapely.get_dimensions(shape) == 1:
            rows = rows[_runs_along(drawn, start[rows], middle[rows], shape)]
        elif shapely.get_dimensions(shape) == 0 and len(rows):
            rows = rows[_nearest_ways(drawn, start[rows], pieces[rows], shape)]
        if not len(rows):
            problems.append(
                Problem("change_meets_no_road", "warning", source, row=change.feature)
            )
        for row in rows.tolist():
            at = int(start[row])
            marks[at] = (*marks.get(at, ()), number)
    return marks, problems


def _nearest_ways(
    drawn: Drawn, at: NDArray[np.int64], pieces: NDArray[Any], point: Any
) -> NDArray[np.bool_]:
    """Whether pieces belong to the way that is nearest to a point, or to one as near."""
    away = shapely.distance(pieces, point)
    way = drawn.line[at]
    return np.isin(way, way[away <= away.min() + SAME_M])


def _runs_along(
    drawn: Drawn, at: NDArray[np.int64], middle: NDArray[Any], line: Any
) -> NDArray[np.bool_]:
    """Whether pieces have the direction that the line has beside them."""
    parts = shapely.get_parts(line)
    _, nearest = shapely.STRtree(parts).query_nearest(middle, all_matches=False)
    beside = parts[nearest]
    place = shapely.line_locate_point(beside, middle)
    before = shapely.line_interpolate_point(beside, np.maximum(place - 1.0, 0.0))
    after = shapely.line_interpolate_point(beside, place + 1.0)
    own = np.arctan2(drawn.y[at + 1] - drawn.y[at], drawn.x[at + 1] - drawn.x[at])
    its = np.arctan2(
        shapely.get_y(after) - shapely.get_y(before),
        shapely.get_x(after) - shapely.get_x(before),
    )
    turn = np.abs((own - its + np.pi / 2) % np.pi - np.pi / 2)
    return turn <= LARGEST_ANGLE


def _marked(
    roads: RoadWays,
    drawn: Drawn,
    ids: NDArray[np.int64],
    marks: dict[int, tuple[int, ...]],
    changes: Sequence[Change],
    problems: list[Problem],
) -> tuple[RoadWays, list[Problem], dict[str, Any]]:
    """Cut ways where the changes differ, and give the parts their tags."""
    sets: dict[tuple[int, ...], int] = {(): 0}
    mark = np.zeros(len(drawn.lon), dtype=np.int64)
    for at, its in marks.items():
        mark[at] = sets.setdefault(its, len(sets))
    ends = np.zeros(len(mark), dtype=bool)
    ends[drawn.first[1:] - 1] = True
    begins = np.zeros(len(mark), dtype=bool)
    begins[drawn.first[:-1]] = True
    breaks = np.zeros(len(mark), dtype=bool)
    breaks[1:] = mark[1:] != mark[:-1]
    breaks &= ~ends & ~begins
    # a vertex where a way is cut ends one part and begins the next
    vertex = np.repeat(np.arange(len(mark)), 1 + breaks)
    second = np.zeros(len(vertex), dtype=bool)
    second[1:] = vertex[1:] == vertex[:-1]
    first = np.flatnonzero(second | (begins[vertex] & ~second))
    way, its_mark = drawn.line[vertex[first]], mark[vertex[first]]
    tagsets = list(roads.tagsets)
    known: dict[tuple[int, int], int] = {}
    listed = list(sets)
    tagset = roads.tagset[way].copy()
    for row in np.flatnonzero(its_mark):
        key = (int(tagset[row]), int(its_mark[row]))
        if key not in known:
            extra = {
                name: value
                for number in listed[key[1]]
                for name, value in changes[number].tags.items()
            }
            known[key] = len(tagsets)
            tagsets.append({**roads.tagsets[key[0]], **extra})
        tagset[row] = known[key]
    changed = np.array(sorted(marks), dtype=np.int64)
    length_m = np.hypot(
        drawn.x[changed + 1] - drawn.x[changed], drawn.y[changed + 1] - drawn.y[changed]
    )
    used = {number for its in marks.values() for number in its}
    figures = {
        "features": len(changes),
        "features_used": len(used),
        "ways": len(np.unique(roads.way_id[drawn.line[changed]])),
        "km": round(float(length_m.sum()) / 1000.0, 3),
    }
    done = replace(
        roads,
        way_id=roads.way_id[way],
        tagset=tagset.astype(np.int32),
        name=roads.name[way],
        first=np.append(first, len(vertex)).astype(np.int64),
        node_id=ids[drawn.node[vertex]],
        x=np.rint(drawn.lon[vertex] * UNITS).astype(np.int32),
        y=np.rint(drawn.lat[vertex] * UNITS).astype(np.int32),
        tagsets=tuple(tagsets),
    )
    return done, problems, figures
