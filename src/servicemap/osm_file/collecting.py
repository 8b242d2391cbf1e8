"""Takes osmium's objects one by one: the only loop over an extract in Python."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

from servicemap.osm_file.extract import DEGREES, WGS84, RoadWays
from servicemap.osm_file.kinds import (
    OTHER_ROADS,
    STREAMS,
    USES,
    is_office,
    is_road_point,
    layer_of,
    road_tags,
)

LINE = 2  # a line has two ends
MISSING = 2_147_483_647  # osmium's coordinate of a node that is not in the file
_Columns = tuple[tuple[int, ...], ...]  # node ids, and their coordinates in 1e-7 degrees
POSITION = {"lon": "float64", "lat": "float64"}  # also of a table without rows


@dataclass
class Collector:
    """Takes osmium's objects one by one; the only loop over an extract in Python."""

    seen: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    too_short: int = 0
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
        """One node, way, relation or area."""
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
        if is_office(tags):
            at = (node.lon, node.lat)
            self.offices.append((f"n{node.id}", tags.get("name", ""), *at, tags))
        if is_road_point(tags):
            key = road_tags(tags)
            self.tagged_node.append(node.id)
            self.node_tagset.append(
                self.node_tagsets.setdefault(key, len(self.node_tagsets))
            )

    def _way(self, way: Any) -> None:
        tags = way.tags
        if "highway" in tags or any(tags.get(key) == value for key, value in OTHER_ROADS):
            self._road(way, dict(tags))
        kind = tags.get("waterway")
        if kind in STREAMS:
            covered = tags.get("tunnel", "no") != "no"
            self._line("waterways", way, "culvert" if covered else kind)
        if tags.get("natural") == "coastline":
            self._line("coastline", way, "coastline")
        if tags.get("railway") in ("rail", "light_rail", "narrow_gauge"):
            self._line("rail", way, tags["railway"])

    def _road(self, way: Any, tags: dict[str, str]) -> None:
        nodes = [(node.ref, node.x, node.y) for node in way.nodes]
        key = road_tags(tags)
        name = tags.get("name") or tags.get("ref") or ""
        for ids, xs, ys in self._pieces(way.id, nodes):
            self.way_id.append(way.id)
            self.tagset.append(self.tagsets.setdefault(key, len(self.tagsets)))
            self.name_index.append(self.names.setdefault(name, len(self.names)))
            self.node_id.extend(ids)
            self.x.extend(xs)
            self.y.extend(ys)
            self.first.append(len(self.node_id))

    def _pieces(self, way_id: int, nodes: list[tuple[int, int, int]]) -> list[_Columns]:
        """A way without the nodes that the extract lacks, and none twice in a row."""
        columns = list(zip(*nodes, strict=True))
        distinct = len(set(columns[0])) if columns else 0
        self.too_short += distinct < LINE
        # nearly every way has each node once, or the first again at the end of a ring
        is_ring = len(nodes) > LINE and nodes[0] == nodes[-1]
        is_plain = distinct >= LINE and distinct == len(nodes) - is_ring
        if is_plain and MISSING not in columns[1]:
            return [tuple(columns)]
        pieces: list[list[tuple[int, int, int]]] = [[]]
        for number, node in enumerate(nodes):
            if node[1] == MISSING:
                self.missing += 1
                # what is left of the road before the gap, and after it
                beside = nodes[max(number - 1, 0)], nodes[min(number + 1, len(nodes) - 1)]
                self.broken += [(way_id, *at[1:]) for at in beside if at[1] != MISSING]
                if pieces[-1]:
                    pieces.append([])
            elif not pieces[-1] or pieces[-1][-1][0] != node[0]:
                pieces[-1].append(node)
        return [tuple(zip(*one, strict=True)) for one in pieces if len(one) >= LINE]

    def _line(self, layer: str, way: Any, kind: str) -> None:
        points = [(n.x, n.y) for n in way.nodes if n.x != MISSING]
        if len(points) > 1:
            self.lines[layer].append((kind, np.array(points, dtype="int32")))

    def _area(self, area: Any) -> None:
        tags = dict(area.tags)
        office = is_office(tags)
        layer = layer_of(tags)
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
            use = next((tags[key] for key in USES if key in tags), "")
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
            cut=np.array([at[1:] for at in self.broken], dtype="int32").reshape(-1, 2),
        )

    def place_table(self) -> pd.DataFrame:
        """Place nodes."""
        columns = ["osm_id", "name", "place", "lon", "lat", "tags"]
        return pd.DataFrame(self.places, columns=columns).astype(POSITION)

    def office_table(self) -> pd.DataFrame:
        """Offices, those mapped as areas by a point inside them."""
        rows = []
        for osm_id, name, lon, lat, tags in self.offices:
            at = (lon, lat)
            if isinstance(lon, str):  # an area, as WKB
                inside = shapely.point_on_surface(shapely.from_wkb(lon))
                at = (inside.x, inside.y)
            rows.append((osm_id, name, *at, tags))
        columns = ["osm_id", "name", "lon", "lat", "tags"]
        return pd.DataFrame(rows, columns=columns).astype(POSITION)

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
        return gpd.GeoDataFrame(
            pd.DataFrame(rows, columns=columns).astype({"admin_level": "int64"}),
            geometry="geometry",
            crs=WGS84,
        )

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
