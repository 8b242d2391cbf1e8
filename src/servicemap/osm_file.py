"""The one place that reads an OSM extract: everything that any stage needs, in one pass.

PBF, ``.osm``, ``.osm.gz`` and ``.osm.bz2`` are read by osmium. Python sees
only the objects whose keys matter; the rest is dropped by a filter in C++.
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

from servicemap.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

DEGREES = 1e-7  # osmium's own fixed-point unit
WGS84 = "EPSG:4326"
MISSING = 2_147_483_647  # osmium's coordinate of a node that is not in the file
INSIDE_SHARE = 0.02  # closer to the frame than this share of it may just be the cut

# A tag of a road or a node matters to routing when its key, up to the first
# colon, is one of these. Names are kept apart, so that equal roads share one
# set of tags and a profile judges each set once.
ROAD_KEYS = frozenset(
    """
    access agricultural area barrier bicycle bicycle_road bridge bus busway conveying
    construction crossing cycleway cyclestreet disused duration electric_bicycle
    embedded_rails ferry foot footway ford forestry goods hazmat height hgv highway
    horse impassable incline indoor junction lanes level locked man_made maxspeed mofa
    moped motor_vehicle motorcar motorcycle motorroad mtb oneway opening_hours parking
    piste psv public_transport railway ramp reversible route sac_scale seasonal
    segregated service share_taxi sidewalk ski smoothness stairwell status steps surface
    taxi toll toll_booth tourist_bus traffic_calming traffic_sign traffic_signals
    tracktype trail_visibility tunnel vehicle wheelchair width winter_road wheelbarrow
    abandoned proposed razed demolished removed informal driving_side
    """.split()
)

_KEYS = (
    "highway",
    "route",
    "barrier",
    "ford",
    "man_made",
    "railway",
    "place",
    "amenity",
    "office",
    "building",
    "natural",
    "landuse",
    "waterway",
    "boundary",
    "type",
)
_AREA_KEYS = ("amenity", "office", "building", "natural", "landuse", "waterway", "boundary")
_OFFICES = ("townhall", "public_building", "bank", "post_office")
_WOODS = {("natural", "wood"), ("landuse", "forest")}
_WATER = {
    ("natural", "water"),
    ("waterway", "riverbank"),
    ("landuse", "reservoir"),
    ("landuse", "basin"),
}
_BUILT_UP = ("residential", "commercial", "retail", "industrial")
_STREAMS = ("river", "canal", "stream")
_USES = ("amenity", "shop", "tourism", "office", "leisure", "craft", "man_made")


@dataclass(frozen=True)
class RoadWays:
    """Roads as the extract has them, before any mode is asked.

    Attributes
    ----------
    way_id, tagset, name
        One value per way: OSM id, index into ``tagsets``, index into ``names``.
    first
        Way ``i`` has the nodes ``first[i]`` to ``first[i + 1] - 1``.
    node_id, x, y
        One value per way node; coordinates in units of 1e-7 degrees.
    tagged_node, node_tagset
        Nodes with tags that matter (barriers, signals) and their ``node_tagsets``.
    restrictions
        ``(relation id, tags, members)`` with members ``(type, ref, role)``.
    """

    way_id: NDArray[np.int64]
    tagset: NDArray[np.int32]
    name: NDArray[np.int32]
    first: NDArray[np.int64]
    node_id: NDArray[np.int64]
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    tagsets: tuple[Mapping[str, str], ...]
    names: tuple[str, ...]
    tagged_node: NDArray[np.int64]
    node_tagset: NDArray[np.int32]
    node_tagsets: tuple[Mapping[str, str], ...]
    restrictions: tuple[
        tuple[int, Mapping[str, str], tuple[tuple[str, int, str], ...]], ...
    ]


@dataclass(frozen=True)
class Extract:
    """What an extract holds; all geometry in degrees, EPSG:4326.

    Attributes
    ----------
    bounds
        West, south, east, north.
    places
        ``osm_id, name, place, lon, lat, tags``.
    offices
        ``osm_id, name, lon, lat, tags``: town halls, public buildings, banks,
        post offices, government offices; areas by a point inside them.
    buildings
        ``osm_id, lon, lat, area_m2, levels, building, use``.
    boundaries
        ``osm_id, name, admin_level, tags, geometry``: administrative areas that
        close within the file.
    layers
        ``water, woods, built_up, waterways, coastline, rail`` for drawing;
        ``waterways`` also stop the straight leg from a point to its road.
    """

    name: str
    sha256: str
    date: str | None
    bounds: tuple[float, float, float, float]
    counts: Mapping[str, int]
    problems: tuple[Problem, ...]
    roads: RoadWays
    places: pd.DataFrame
    offices: pd.DataFrame
    buildings: pd.DataFrame
    boundaries: gpd.GeoDataFrame
    layers: Mapping[str, gpd.GeoDataFrame]


def sha256(path: Path) -> str:
    """Checksum of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(path: str | Path, *, want_map: bool = True) -> Extract:
    """Read an OSM extract.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.
    want_map
        Also assemble areas (water, buildings, boundaries); without them only
        roads, places and waterways are read, in half the time.

    Raises
    ------
    InputError
        The file is absent, empty, not an OSM file, cut inside a block, or
        holds no roads.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError("file_not_found", path=str(path))
    if file.stat().st_size == 0:
        raise InputError([Problem("empty_file", "error", file.name)])
    collected = _Collector()
    processor = osmium.FileProcessor(str(file)).with_locations()
    if want_map:
        processor = processor.with_areas(osmium.filter.KeyFilter(*_AREA_KEYS))
    processor = processor.with_filter(osmium.filter.KeyFilter(*_KEYS))
    header = None
    try:
        header = osmium.io.Reader(str(file)).header()
        for thing in processor:
            collected.take(thing)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        kind = "not_osm" if header is None else "cut_osm"
        raise InputError(
            [Problem(kind, "error", file.name, values={"why": str(error)})]
        ) from error
    roads = collected.roads()
    box = header.box()
    if box.valid():
        bounds = (
            box.bottom_left.lon,
            box.bottom_left.lat,
            box.top_right.lon,
            box.top_right.lat,
        )
    elif len(roads.x):
        bounds = (
            float(roads.x.min()) * DEGREES,
            float(roads.y.min()) * DEGREES,
            float(roads.x.max()) * DEGREES,
            float(roads.y.max()) * DEGREES,
        )
    else:
        bounds = (-180.0, -90.0, 180.0, 90.0)
    if not len(roads.way_id):
        kind = "no_roads" if collected.seen["w"] else "no_ways"
        raise InputError([Problem(kind, "error", file.name)])
    date = header.get("osmosis_replication_timestamp") or header.get("timestamp")
    return Extract(
        name=file.name,
        sha256=sha256(file),
        date=date or None,
        bounds=bounds,
        counts={
            "nodes_with_tags": collected.seen["n"],
            "ways": collected.seen["w"],
            "relations": collected.seen["r"],
            "missing_nodes": collected.missing,
        },
        problems=_findings(collected, file.name, bounds),
        roads=roads,
        places=_frame(collected.places, ["osm_id", "name", "place", "lon", "lat", "tags"]),
        offices=collected.office_table(),
        buildings=collected.building_table(),
        boundaries=collected.boundary_table(),
        layers=collected.layers(),
    )


def _findings(
    collected: _Collector, name: str, bounds: tuple[float, float, float, float]
) -> tuple[Problem, ...]:
    """Signs that a file was cut between two blocks, which reads without an error.

    A cut file is a smaller country: nodes come first, then ways, then
    relations, so the end of the file is what is lost.
    """
    found = []
    if not collected.seen["r"]:
        found.append(Problem("no_relations", "warning", name))
    west, south, east, north = bounds
    margin = INSIDE_SHARE * min(east - west, north - south)
    inside = list(
        dict.fromkeys(
            way
            for way, x, y in collected.broken
            if west + margin < x * DEGREES < east - margin
            and south + margin < y * DEGREES < north - margin
        )
    )
    if inside:
        found.append(
            Problem(
                "missing_nodes",
                "warning",
                name,
                values={"count": len(inside), "ways": ", ".join(map(str, inside[:5]))},
            )
        )
    if collected.bad_areas:
        found.append(
            Problem("bad_areas", "note", name, values={"count": collected.bad_areas})
        )
    return tuple(found)


def _frame(rows: list[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns)


@dataclass
class _Collector:
    """Takes osmium's objects one by one; the only loop over an extract in Python."""

    seen: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    bad_areas: int = 0

    def __post_init__(self) -> None:
        self._wkb = osmium.geom.WKBFactory()
        self.way_id, self.tagset, self.name_index = array("q"), array("i"), array("i")
        self.first, self.node_id = array("q", [0]), array("q")
        self.x, self.y = array("i"), array("i")
        self.tagsets: dict[tuple[tuple[str, str], ...], int] = {}
        self.names: dict[str, int] = {"": 0}
        self.tagged_node, self.node_tagset = array("q"), array("i")
        self.node_tagsets: dict[tuple[tuple[str, str], ...], int] = {}
        self.restrictions: list[Any] = []
        self.places: list[tuple[Any, ...]] = []
        self.offices: list[tuple[Any, ...]] = []
        self.buildings: list[tuple[Any, ...]] = []
        self.boundaries: list[tuple[Any, ...]] = []
        self.drawn: dict[str, list[tuple[str, str]]] = {
            name: [] for name in ("water", "woods", "built_up")
        }
        self.lines: dict[str, list[tuple[str, Any]]] = {
            name: [] for name in ("waterways", "coastline", "rail")
        }
        self.broken: list[tuple[int, int, int]] = []
        self.seen = {"n": 0, "w": 0, "r": 0}

    def take(self, thing: Any) -> None:
        if thing.is_area():
            self._area(thing)
        elif thing.is_way():
            self.seen["w"] += 1
            self._way(thing)
        elif thing.is_node():
            self.seen["n"] += 1
            self._node(thing)
        elif thing.is_relation():
            self.seen["r"] += 1
            if thing.tags.get("type", "").startswith("restriction"):
                members = tuple((m.type, m.ref, m.role) for m in thing.members)
                self.restrictions.append((thing.id, dict(thing.tags), members))

    def _node(self, node: Any) -> None:
        tags = dict(node.tags)
        if not node.location.valid():
            return
        if "place" in tags:
            row = (tags.get("name", ""), tags["place"], node.lon, node.lat, tags)
            self.places.append((f"n{node.id}", *row))
        if _is_office(tags):
            at = (node.lon, node.lat)
            self.offices.append((f"n{node.id}", tags.get("name", ""), *at, tags))
        if "barrier" in tags or "highway" in tags or "ford" in tags:
            key = _road_tags(tags)
            self.tagged_node.append(node.id)
            self.node_tagset.append(
                self.node_tagsets.setdefault(key, len(self.node_tagsets))
            )

    def _way(self, way: Any) -> None:
        tags = way.tags
        if (
            "highway" in tags
            or tags.get("route") == "ferry"
            or tags.get("man_made") == "pier"
            or tags.get("railway") == "platform"
        ):
            self._road(way, dict(tags))
        kind = tags.get("waterway")
        if kind in _STREAMS:
            covered = tags.get("tunnel", "no") != "no"
            self._line("waterways", way, "culvert" if covered else kind)
        if tags.get("natural") == "coastline":
            self._line("coastline", way, "coastline")
        if tags.get("railway") in ("rail", "light_rail", "narrow_gauge"):
            self._line("rail", way, tags["railway"])

    def _road(self, way: Any, tags: dict[str, str]) -> None:
        nodes = [(node.ref, node.x, node.y) for node in way.nodes]
        pieces: list[list[tuple[int, int, int]]] = [[]]
        for number, node in enumerate(nodes):
            if node[1] == MISSING:
                self.missing += 1
                # what is left of the road before the gap, and after it
                beside = nodes[max(number - 1, 0)], nodes[min(number + 1, len(nodes) - 1)]
                self.broken += [(way.id, *at[1:]) for at in beside if at[1] != MISSING]
                if pieces[-1]:
                    pieces.append([])
            elif not pieces[-1] or pieces[-1][-1][0] != node[0]:
                pieces[-1].append(node)
        key = _road_tags(tags)
        name = tags.get("name") or tags.get("ref") or ""
        for piece in pieces:
            if len(piece) < 2:  # noqa: PLR2004 - a line has two ends
                continue
            self.way_id.append(way.id)
            self.tagset.append(self.tagsets.setdefault(key, len(self.tagsets)))
            self.name_index.append(self.names.setdefault(name, len(self.names)))
            ids, xs, ys = zip(*piece, strict=True)
            self.node_id.extend(ids)
            self.x.extend(xs)
            self.y.extend(ys)
            self.first.append(len(self.node_id))

    def _line(self, layer: str, way: Any, kind: str) -> None:
        points = [(n.x, n.y) for n in way.nodes if n.x != MISSING]
        if len(points) > 1:
            self.lines[layer].append((kind, np.array(points, dtype="int32")))

    def _area(self, area: Any) -> None:
        tags = dict(area.tags)
        office = _is_office(tags)
        layer = _layer_of(tags)
        building = tags.get("building", "no") != "no"
        admin = tags.get("boundary") == "administrative" and "admin_level" in tags
        if not (office or layer or building or admin):
            return
        try:
            wkb = self._wkb.create_multipolygon(area)
        except RuntimeError:
            self.bad_areas += 1
            return
        osm_id = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
        if office:
            self.offices.append((osm_id, tags.get("name", ""), wkb, None, tags))
        if building:
            use = next((tags[key] for key in _USES if key in tags), "")
            levels = tags.get("building:levels", "")
            self.buildings.append((osm_id, wkb, levels, tags["building"], use))
        if admin:
            self.boundaries.append((osm_id, tags.get("name", ""), tags, wkb))
        if layer:
            self.drawn[layer].append((tags.get("landuse", ""), wkb))

    def roads(self) -> RoadWays:
        """The roads as arrays."""
        return RoadWays(
            way_id=np.array(self.way_id, dtype="int64"),
            tagset=np.array(self.tagset, dtype="int32"),
            name=np.array(self.name_index, dtype="int32"),
            first=np.array(self.first, dtype="int64"),
            node_id=np.array(self.node_id, dtype="int64"),
            x=np.array(self.x, dtype="int32"),
            y=np.array(self.y, dtype="int32"),
            tagsets=tuple(dict(key) for key in self.tagsets),
            names=tuple(self.names),
            tagged_node=np.array(self.tagged_node, dtype="int64"),
            node_tagset=np.array(self.node_tagset, dtype="int32"),
            node_tagsets=tuple(dict(key) for key in self.node_tagsets),
            restrictions=tuple(self.restrictions),
        )

    def office_table(self) -> pd.DataFrame:
        """Offices, those mapped as areas by a point inside them."""
        rows = []
        for osm_id, name, lon, lat, tags in self.offices:
            at = (lon, lat)
            if isinstance(lon, str):  # an area, as WKB
                inside = shapely.point_on_surface(shapely.from_wkb(lon))
                at = (inside.x, inside.y)
            rows.append((osm_id, name, *at, tags))
        return _frame(rows, ["osm_id", "name", "lon", "lat", "tags"])

    def building_table(self) -> pd.DataFrame:
        """Buildings with a point inside, footprint and use."""
        ids, wkbs, levels, kinds, uses = (
            zip(*self.buildings, strict=True) if self.buildings else ([],) * 5
        )
        shapes = shapely.from_wkb(np.array(wkbs, dtype=object))
        inside = shapely.point_on_surface(shapes)
        lat = shapely.get_y(inside)
        metres = 111_195.0  # per degree of a great circle on the sphere
        return pd.DataFrame(
            {
                "osm_id": pd.Series(list(ids), dtype="str"),
                "lon": shapely.get_x(inside),
                "lat": lat,
                "area_m2": shapely.area(shapes) * metres**2 * np.cos(np.radians(lat)),
                "levels": pd.to_numeric(pd.Series(list(levels)), errors="coerce").astype(
                    "float64"
                ),
                "building": pd.Series(list(kinds), dtype="str"),
                "use": pd.Series(list(uses), dtype="str"),
            }
        )

    def boundary_table(self) -> gpd.GeoDataFrame:
        """Administrative areas."""
        rows = [
            (osm_id, name, int(tags["admin_level"]), tags, shapely.from_wkb(wkb))
            for osm_id, name, tags, wkb in self.boundaries
            if tags["admin_level"].isdigit()
        ]
        columns = ["osm_id", "name", "admin_level", "tags", "geometry"]
        return gpd.GeoDataFrame(_frame(rows, columns), geometry="geometry", crs=WGS84)

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Layers for drawing."""
        done = {}
        for name, rows in self.drawn.items():
            kinds = [kind for kind, _ in rows]
            shapes = shapely.from_wkb(np.array([wkb for _, wkb in rows], dtype=object))
            done[name] = gpd.GeoDataFrame({"kind": kinds}, geometry=shapes, crs=WGS84)
        for name, lines in self.lines.items():
            kinds = [kind for kind, _ in lines]
            shapes = [shapely.linestrings(xy * DEGREES) for _, xy in lines]
            done[name] = gpd.GeoDataFrame({"kind": kinds}, geometry=shapes, crs=WGS84)
        return done


def _is_office(tags: Mapping[str, str]) -> bool:
    return tags.get("amenity") in _OFFICES or tags.get("office") == "government"


def _road_tags(tags: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        sorted(item for item in tags.items() if item[0].partition(":")[0] in ROAD_KEYS)
    )


def _layer_of(tags: Mapping[str, str]) -> str | None:
    pairs = set(_pairs(tags))
    if pairs & _WATER:
        return "water"
    if pairs & _WOODS:
        return "woods"
    if tags.get("landuse") in _BUILT_UP:
        return "built_up"
    return None


def _pairs(tags: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((key, tags[key]) for key in ("natural", "waterway", "landuse") if key in tags)
