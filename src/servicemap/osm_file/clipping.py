"""A part of an OSM extract, taken in a stream: whole ways, whole areas, turn restrictions.

Nothing of the extract is held in memory but what is kept and the ids of the ways near by:
places of nodes are in a file of osmium's while it runs.
"""

from __future__ import annotations

from array import array
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import osmium
import shapely

from servicemap.errors import InputError, Problem
from servicemap.osm_file.kinds import AREA_KEYS, KEYS, NODE_KEYS

MISSING = 2_147_483_647  # osmium's coordinate of a node that is not in the file
CHUNK = 100_000  # nodes written at a time
UNITS = 10**7  # per degree, osmium's own
# Boundaries of countries and provinces would bring their whole border along.
LARGEST_LEVEL = 6


def clip(source: Path, out: Path, area: Any) -> dict[str, int]:
    """Write what of an extract lies in an area or reaches into it.

    Parameters
    ----------
    source
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``, its objects in the usual
        order (nodes, ways, relations, each by id).
    out
        The file to write, ``.osm.pbf``.
    area
        Polygon or multipolygon in degrees.

    Returns
    -------
    dict
        ``nodes``, ``ways``, ``relations`` written and ``ways_seen``.

    Raises
    ------
    InputError
        The source is damaged.

    Notes
    -----
    Kept are ways with a key that the reader of extracts looks at, where their line meets
    the area, with all their nodes; areas made of several ways (multipolygons,
    administrative boundaries of level 6 and finer) of which one way does, with all their
    ways; turn restrictions of which one way is kept; places, offices and points on roads.
    """
    with TemporaryDirectory(prefix=".clip-", dir=out.parent) as folder:
        try:
            return _clip(source, out, area, Path(folder))
        except (RuntimeError, osmium.InvalidLocationError) as error:
            values = {"why": str(error)}
            problem = Problem("cut_osm", "error", source.name, values=values)
            raise InputError([problem]) from error


def _clip(source: Path, out: Path, area: Any, scratch: Path) -> dict[str, int]:
    """Three passes: what lies in the area, what its relations need, what is written."""
    store = osmium.index.create_map(f"sparse_file_array,{scratch / 'places'}")
    found = _Found(area)
    for thing in (
        osmium.FileProcessor(str(source), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations(store)
        .with_filter(osmium.filter.KeyFilter(*NODE_KEYS).enable_for(osmium.osm.NODE))
    ):
        if thing.is_node():
            found.node(thing)
        else:
            found.way(thing)
    for relation in osmium.FileProcessor(str(source), osmium.osm.RELATION):
        found.relation(relation)
    places = osmium.NodeLocationsForWays(store)
    places.ignore_errors()
    taken = _Taken()
    ways = scratch / "ways.osm.pbf"
    with osmium.SimpleWriter(str(ways)) as writer:
        for way in osmium.FileProcessor(str(source), osmium.osm.WAY).with_filter(places):
            if way.id in found.kept or way.id in found.members:
                taken.add(way)
                writer.add(way)
    header = _header(source, area.bounds)
    with osmium.SimpleWriter(str(out), header=header, overwrite=True) as writer:
        nodes = taken.write(writer, found.tagged)
        with osmium.io.Reader(str(ways)) as reader:
            osmium.apply(reader, writer)
        for relation in found.relations:
            writer.add(relation)
    return {
        "nodes": nodes,
        "ways": taken.ways,
        "relations": len(found.relations),
        "ways_seen": found.seen,
    }


def _header(source: Path, bounds: tuple[float, float, float, float]) -> Any:
    """The source's date, the area's bounds."""
    old = osmium.io.Reader(str(source), osmium.osm.NOTHING).header()
    header = osmium.io.Header()
    header.set("generator", "servicemap")
    for key in ("timestamp", "osmosis_replication_timestamp"):
        if old.get(key):
            header.set(key, old.get(key))
    west, south, east, north = bounds
    header.add_box(
        osmium.osm.Box(osmium.osm.Location(west, south), osmium.osm.Location(east, north))
    )
    return header


class _Found:
    """What lies in the area: ids of ways, tagged nodes, relations."""

    def __init__(self, area: Any) -> None:
        shapely.prepare(area)
        self.area = area
        self.box = tuple(round(side * UNITS) for side in area.bounds)
        self.seen = 0
        self.near: set[int] = set()  # whatever their tags: members of areas have none
        self.kept: set[int] = set()
        self.members: set[int] = set()
        self.tagged: dict[int, tuple[int, int, dict[str, str], bool]] = {}
        self.relations: list[Any] = []

    def node(self, node: Any) -> None:
        """A node with a key that matters, in the frame; by itself only in the area."""
        x, y = node.location.x, node.location.y
        west, south, east, north = self.box
        if not (west <= x <= east and south <= y <= north):
            return
        tags = dict(node.tags)
        alone = any(key in tags for key in ("place", "amenity", "office")) and bool(
            shapely.contains_xy(self.area, x / UNITS, y / UNITS)
        )
        self.tagged[node.id] = (x, y, tags, alone)

    def way(self, way: Any) -> None:
        """A way whose line meets the area."""
        self.seen += 1
        xs = [node.x for node in way.nodes]
        ys = [node.y for node in way.nodes]
        if MISSING in xs:
            there = [at for at, x in enumerate(xs) if x != MISSING]
            xs, ys = [xs[at] for at in there], [ys[at] for at in there]
        west, south, east, north = self.box
        if not xs or max(xs) < west or min(xs) > east or max(ys) < south or min(ys) > north:
            return
        points = np.column_stack([xs, ys]) / UNITS
        line = shapely.linestrings(points) if len(points) > 1 else shapely.points(points[0])
        if shapely.intersects(self.area, line):
            self.near.add(way.id)
            if any(key in way.tags for key in KEYS):
                self.kept.add(way.id)

    def relation(self, relation: Any) -> None:
        """A turn restriction of a kept way; an area with a way near by."""
        kind = relation.tags.get("type", "")
        ways = [one.ref for one in relation.members if one.type == "w"]
        if kind.startswith("restriction"):
            wanted = any(one in self.kept for one in ways)
        elif kind in ("multipolygon", "boundary"):
            wanted = _matters(relation.tags) and any(one in self.near for one in ways)
            if wanted:
                self.members.update(ways)
        else:
            wanted = False
        if wanted:
            members = [(one.type, one.ref, one.role) for one in relation.members]
            self.relations.append(
                osmium.osm.mutable.Relation(
                    id=relation.id, members=members, tags=dict(relation.tags)
                )
            )


def _matters(tags: Any) -> bool:
    level = tags.get("admin_level", "")
    if "boundary" in tags and level.isdigit() and int(level) < LARGEST_LEVEL:
        return False
    return any(key in tags for key in AREA_KEYS)


class _Taken:
    """Nodes of the ways that are taken."""

    def __init__(self) -> None:
        self.ways = 0
        self.id, self.x, self.y = array("q"), array("i"), array("i")

    def add(self, way: Any) -> None:
        """Remember its nodes; those that the file lacks stay missing."""
        self.ways += 1
        for node in way.nodes:
            if node.x != MISSING:
                self.id.append(node.ref)
                self.x.append(node.x)
                self.y.append(node.y)

    def write(self, writer: Any, tagged: dict[int, tuple[int, int, Any, bool]]) -> int:
        """Write all nodes once, by id, with the tags that matter."""
        alone = [(one, x, y) for one, (x, y, _, by_itself) in tagged.items() if by_itself]
        rows = np.array(alone, dtype=np.int64).reshape(-1, 3)
        columns = zip((self.id, self.x, self.y), rows.T, strict=True)
        own, x, y = (np.concatenate([np.asarray(one), more]) for one, more in columns)
        number, at = np.unique(own, return_index=True)
        for start in range(0, len(number), CHUNK):
            part = slice(start, start + CHUNK)
            every = (number[part], x[at[part]], y[at[part]])
            for one, lon, lat in zip(*(values.tolist() for values in every), strict=True):
                tags = tagged[one][2] if one in tagged else {}
                place = osmium.osm.Location(lon / UNITS, lat / UNITS)
                writer.add(osmium.osm.mutable.Node(id=one, location=place, tags=tags))
        return len(number)
