"""Takes osmium's objects one by one; nodes and tags of ways come as arrays, in batches."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

from servicemap.osm_file.batches import MISSING, WAYS
from servicemap.osm_file.extract import DEGREES, WGS84, RoadWays
from servicemap.osm_file.kinds import (
    NODE_KEYS,
    USES,
    is_of_use,
    is_office,
    is_road_point,
    layer_of,
    road_tags,
)
from servicemap.osm_file.parts import parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.osm_file.batches import Batch, Ways

POSITION = {"lon": "float64", "lat": "float64"}  # also of a table without rows


@dataclass
class Collector:
    """Takes osmium's objects one by one; the only loop over an extract in Python."""

    ways: Ways
    path: str
    seen: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    too_short: int = 0
    bad_areas: int = 0

    def __post_init__(self) -> None:
        self._wkb = osmium.geom.WKBFactory()
        self._take = {
            osmium.osm.Node: self._node,
            osmium.osm.Way: self._way,
            osmium.osm.Relation: self._relation,
            osmium.osm.Area: self._area,
        }
        self._unsettled = 0
        self._roads: list[tuple[NDArray[Any], ...]] = []
        self.tagset, self.name_index = array("i"), array("i")
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
        take = self._take.get(type(thing))
        if take is not None:  # none for changesets
            take(thing)

    def _relation(self, relation: Any) -> None:
        if relation.deleted:  # of a file with history, or from an editor
            return
        self.seen["r"] += 1
        if relation.tags.get("type", "").startswith("restriction"):
            members = tuple((m.type, m.ref, m.role) for m in relation.members)
            self.restrictions.append((relation.id, dict(relation.tags), members))

    def _node(self, node: Any) -> None:
        self.seen["n"] += 1
        tags = node.tags
        # all tags take longer to read than these keys to look for
        if not any(key in tags for key in NODE_KEYS) or not node.location.valid():
            return
        if node.deleted:
            return
        tags = dict(tags)
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
        self.seen["w"] += 1
        if is_of_use(way.tags) and not way.deleted:
            self.ways.add(way)
            self._unsettled += 1
            if self._unsettled == WAYS:
                self.settle()

    def settle(self) -> None:
        """Take the ways that were handed over, as arrays; once more at the end."""
        self._unsettled = 0
        batch = self._placed(self.ways.batch())
        here = parts(batch)
        self.missing += here.missing
        self.too_short += here.too_short
        self.broken += here.broken
        nodes = (one[here.stays] for one in (batch.node_id, batch.x, batch.y))
        self._roads.append((batch.way_id[here.way], here.count, *nodes))
        for way in here.way.tolist():
            kind = batch.kinds[way]
            self.tagset.append(self.tagsets.setdefault(kind.road_tags, len(self.tagsets)))
            self.name_index.append(self.names.setdefault(kind.name, len(self.names)))
        for way, kind in enumerate(batch.kinds):
            for layer, what in kind.lines:
                rows = slice(batch.first[way], batch.first[way + 1])
                points = np.column_stack([batch.x[rows], batch.y[rows]])
                points = points[points[:, 0] != MISSING]
                if len(points) > 1:
                    self.lines[layer].append((what, points))

    def _placed(self, batch: Batch) -> Batch:
        """Ways with the places of nodes that were never uploaded, too."""
        rows = np.flatnonzero((batch.node_id < 0) & (batch.x == MISSING))
        if not len(rows):
            return batch
        known, places = self._unsent
        at = np.searchsorted(known, batch.node_id[rows])
        at = np.minimum(at, max(len(known) - 1, 0))
        found = np.isin(batch.node_id[rows], known)
        rows, at = rows[found], at[found]
        x, y = batch.x.copy(), batch.y.copy()
        x[rows], y[rows] = places[at].T
        return replace(batch, x=x, y=y)

    @cached_property
    def _unsent(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Negative ids, ascending, and their places, which osmium keeps for no way.

        An editor (JOSM) gives such ids to what was drawn and not yet uploaded.
        """
        found = {
            node.id: (node.location.x, node.location.y)
            for node in osmium.FileProcessor(self.path, osmium.osm.NODE)
            if node.id < 0 and node.location.valid()
        }
        ids = sorted(found)
        places = np.array([found[one] for one in ids], np.int32).reshape(-1, 2)
        return np.array(ids, np.int64), places

    def _area(self, area: Any) -> None:
        tags = area.tags  # asked for some keys: reading all takes longer
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
            self.offices.append((osm_id, tags.get("name", ""), wkb, None, dict(tags)))
        if building:
            use = next((tags[key] for key in USES if key in tags), "")
            levels = tags.get("building:levels", "")
            self.buildings.append((osm_id, wkb, levels, tags["building"], use))
        if admin:
            self.boundaries.append((osm_id, tags.get("name", ""), dict(tags), wkb))
        if layer:
            self.drawn[layer].append((tags.get("landuse", ""), wkb))

    def roads(self) -> RoadWays:
        """The roads as arrays; after the last ways were settled."""
        way_id, count, node_id, x, y = map(np.concatenate, zip(*self._roads, strict=True))
        return RoadWays(
            way_id=way_id,
            tagset=np.array(self.tagset, dtype="int32"),
            name=np.array(self.name_index, dtype="int32"),
            first=np.cumsum([0, *count], dtype="int64"),
            node_id=node_id,
            x=x,
            y=y,
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
