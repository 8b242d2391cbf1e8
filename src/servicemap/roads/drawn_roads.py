"""Lines of a GIS as roads: alone, or joined with the roads of an extract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.errors import SHOWN, Problem
from servicemap.osm_file import RoadWays
from servicemap.roads.drawing import UNITS, Drawn, level_of, nodes_of
from servicemap.roads.joining import Joined, join
from servicemap.roads.projection import projection_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from servicemap.roads.line_files import Lines
    from servicemap.roads.projection import Projection

DUPLICATE_M = 15.0  # two drawings of one road lie this near
DUPLICATE_SHARE = 0.8  # of a line's length
ELSEWHERE_M = 1_000.0  # between the frames of a file of lines and of the roads


@dataclass(frozen=True)
class Joins:
    """How lines are joined, as a study asks.

    Attributes
    ----------
    join_m
        Largest gap that is bridged, metres; 0 joins only equal coordinates.
    crossings
        Whether lines of one level that cross are joined.
    """

    join_m: float = 1.0
    crossings: bool = False


def empty_roads() -> RoadWays:
    """No roads at all."""

    def none(dtype: str) -> NDArray[Any]:
        return np.empty(0, dtype=dtype)

    return RoadWays(
        way_id=none("int64"),
        tagset=none("int32"),
        name=none("int32"),
        first=np.zeros(1, dtype="int64"),
        node_id=none("int64"),
        x=none("int32"),
        y=none("int32"),
        tagsets=(),
        names=("",),
        tagged_node=none("int64"),
        node_tagset=none("int32"),
        node_tagsets=(),
        restrictions=(),
    )


def with_lines(
    roads: RoadWays, lines: Lines, joins: Joins, source: str
) -> tuple[RoadWays, list[Problem], dict[str, Any]]:
    """Roads with the lines of a file among them.

    Parameters
    ----------
    roads
        What is there already; `empty_roads` for lines alone. It is not changed.
    lines
        Of a file.
    joins
        What is joined.
    source
        The file, for findings.

    Returns
    -------
    roads
        Ways of lines follow those that were there. Their ids are the file's own where
        there was nothing before, else negative numbers; their nodes are negative.
    problems
        What was joined, crossed, left loose, drawn twice.
    figures
        ``lines, km, ends_joined, ends_on_lines, largest_gap_m, crossings,
        crossings_joined, loose_ends, duplicates, duplicate_km``.
    """
    lon = np.concatenate([roads.x / UNITS, lines.lon])
    lat = np.concatenate([roads.y / UNITS, lines.lat])
    alone = not len(roads.way_id)
    projection = projection_for("auto", float(np.median(lon)), float(np.median(lat)))
    drawn, ids = _drawn(roads, lines, lon, lat, projection, joins)
    duplicates, duplicate_m = (
        (np.empty(0, np.int64), 0.0) if alone else _duplicates(drawn, len(roads.way_id))
    )
    done = join(drawn, joins.join_m, crossings=joins.crossings)
    figures = {
        "lines": len(lines.tags),
        "km": round(_metres(drawn, len(roads.way_id)) / 1000.0, 3),
        "ends_joined": len(done.ends_on_ends),
        "ends_on_lines": len(done.ends_on_lines),
        "largest_gap_m": round(_largest(done), 3),
        "crossings": len(done.crossings),
        "crossings_joined": done.crossings_joined and len(done.crossings) > 0,
        "loose_ends": len(done.loose),
        "duplicates": len(duplicates),
        "duplicate_km": round(duplicate_m / 1000.0, 3),
    }
    problems = _findings(done, figures, joins, source)
    away_m = 0.0 if alone else _away(drawn, len(roads.way_id))
    if away_m > ELSEWHERE_M:
        km = {"km": f"{away_m / 1000.0:,.1f}"}
        problems.append(Problem("lines_elsewhere", "warning", source, values=km))
    if len(duplicates):
        which = [str(lines.number[one]) for one in duplicates[:SHOWN]]
        values = {
            "count": len(duplicates),
            "km": figures["duplicate_km"],
            "which": ", ".join(which),
            "metres": f"{DUPLICATE_M:g}",
        }
        problems.append(Problem("lines_duplicate", "warning", source, values=values))
    way_id = lines.number
    if not alone:
        lowest = min(0, int(roads.way_id.min()))
        way_id = lowest - 1 - np.arange(len(lines.tags))
    return _roads(roads, lines, done.drawn, ids, way_id), problems, figures


def _drawn(
    roads: RoadWays,
    lines: Lines,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    projection: Projection,
    joins: Joins,
) -> tuple[Drawn, NDArray[np.int64]]:
    """Old roads and new lines as one drawing; ids of its first nodes."""
    x, y = projection.to_metres(lon, lat)
    old_id, old_node = np.unique(roads.node_id, return_inverse=True)
    words = [level_of(tags) for tags in (*roads.tagsets, *lines.tags)]
    number = np.unique(words, return_inverse=True)[1].astype(np.int64)
    own = len(roads.tagsets)
    level = np.concatenate([number[:own][roads.tagset], number[own:]])
    count = len(roads.way_id)
    fresh = nodes_of(
        lines.lon, lines.lat, lines.first, level[count:], crossings=joins.crossings
    )
    first = np.concatenate([roads.first, lines.first[1:] + roads.first[-1]])
    fixed = np.zeros(len(level), dtype=bool)
    fixed[:count] = True
    node = np.concatenate([old_node.reshape(-1), fresh + len(old_id)]).astype(np.int64)
    lowest = min(0, int(old_id.min(initial=0)))
    fresh_id = lowest - 1 - np.arange(int(fresh.max(initial=-1)) + 1)
    return (
        Drawn(first.astype(np.int64), lon, lat, x, y, node, level, fixed),
        np.concatenate([old_id, fresh_id]),
    )


def _roads(
    roads: RoadWays,
    lines: Lines,
    drawn: Drawn,
    ids: NDArray[np.int64],
    way_id: NDArray[np.int64],
) -> RoadWays:
    """The joined drawing as roads; nodes of crossings get the next free numbers."""
    most = int(drawn.node.max(initial=-1)) + 1
    lowest = min(0, int(ids.min(initial=0)))
    more = lowest - 1 - np.arange(max(most - len(ids), 0))
    ids = np.concatenate([ids, more])
    tagsets: dict[tuple[tuple[str, str], ...], int] = {}

    def rows(of: Iterable[Mapping[str, str]]) -> NDArray[np.int32]:
        words = (tuple(sorted(tags.items())) for tags in of)
        found = [tagsets.setdefault(one, len(tagsets)) for one in words]
        return np.array(found, dtype=np.int32)

    old, own = rows(roads.tagsets), rows(lines.tags)
    names = {name: at for at, name in enumerate(roads.names)}
    name = [names.setdefault(one, len(names)) for one in lines.names]
    return replace(
        roads,
        way_id=np.concatenate([roads.way_id, way_id]),
        tagset=np.concatenate([old[roads.tagset], own]),
        name=np.concatenate([roads.name, np.array(name, dtype=np.int32)]),
        first=drawn.first,
        node_id=ids[drawn.node],
        x=np.rint(drawn.lon * UNITS).astype(np.int32),
        y=np.rint(drawn.lat * UNITS).astype(np.int32),
        tagsets=tuple(dict(one) for one in tagsets),
        names=tuple(names),
    )


def _metres(drawn: Drawn, old: int) -> float:
    """Length of the new lines."""
    start = drawn.first[old]
    x, y, line = drawn.x[start:], drawn.y[start:], drawn.line[start:]
    return float(np.hypot(np.diff(x), np.diff(y))[line[1:] == line[:-1]].sum())


def _away(drawn: Drawn, old: int) -> float:
    """Metres between the frames of the old roads and of the new lines; 0 if they meet."""
    start = drawn.first[old]
    frames = [
        shapely.box(x.min(), y.min(), x.max(), y.max())
        for x, y in (
            (drawn.x[:start], drawn.y[:start]),
            (drawn.x[start:], drawn.y[start:]),
        )
    ]
    return float(shapely.distance(*frames))


def _largest(done: Joined) -> float:
    gaps = np.concatenate([done.ends_on_ends[:, 2], done.ends_on_lines[:, 2]])
    return float(gaps.max(initial=0.0))


def _duplicates(drawn: Drawn, old: int) -> tuple[NDArray[np.int64], float]:
    """New lines that run along old ones: most of their length lies within some metres."""
    shapes = [
        shapely.linestrings(np.column_stack([drawn.x[a:b], drawn.y[a:b]]))
        for a, b in zip(drawn.first[old:-1], drawn.first[old + 1 :], strict=True)
    ]
    there = drawn.first[old]
    points = np.column_stack([drawn.x[:there], drawn.y[:there]])
    roads = shapely.linestrings(points, indices=drawn.line[:there])
    tree = shapely.STRtree(roads)
    found, metres = [], 0.0
    for number, shape in enumerate(shapes):
        near = tree.query(shape, predicate="dwithin", distance=DUPLICATE_M)
        if not len(near):
            continue
        around = shapely.buffer(shapely.union_all(roads[near]), DUPLICATE_M, quad_segs=2)
        length = shapely.length(shapely.intersection(shape, around))
        if length >= DUPLICATE_SHARE * shape.length and shape.length > DUPLICATE_M:
            found.append(number)
            metres += shape.length
    return np.array(found, dtype=np.int64), metres


def _findings(
    done: Joined, figures: Mapping[str, Any], joins: Joins, source: str
) -> list[Problem]:
    problems = []
    joints = len(done.ends_on_ends) + len(done.ends_on_lines)
    if joints:
        gaps = np.vstack([done.ends_on_ends, done.ends_on_lines])
        widest = gaps[np.argsort(-gaps[:, 2], kind="stable")]
        values = {
            "count": joints,
            "inside": len(done.ends_on_lines),
            "limit": f"{joins.join_m:g}",
            "gap": f"{figures['largest_gap_m']:g}",
            "which": _places(widest),
        }
        problems.append(Problem("lines_joined", "warning", source, values=values))
    if len(done.crossings):
        kind = "lines_crossings_joined" if done.crossings_joined else "lines_cross"
        values = {"count": len(done.crossings), "which": _places(done.crossings)}
        problems.append(Problem(kind, "note", source, values=values))
    if len(done.loose):
        nearest = done.loose[np.argsort(done.loose[:, 2], kind="stable")]
        values = {
            "count": len(nearest),
            "gap": f"{nearest[0, 2]:.3g}",
            "limit": f"{joins.join_m:g}",
            "which": _places(nearest),
        }
        problems.append(Problem("lines_loose", "warning", source, values=values))
    return problems


def _places(rows: NDArray[np.float64] | Sequence[Any]) -> str:
    return "; ".join(f"{row[0]:.6f} {row[1]:.6f}" for row in rows[:SHOWN])
