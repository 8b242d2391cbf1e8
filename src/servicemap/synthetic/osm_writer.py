"""Nodes, ways and relations, numbered as they come, written as PBF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DATE = "2026-10-01T00:00:00Z"
GENERATOR = "servicemap demo (made-up data, 示例数据)"


class Extract:
    """Nodes, ways and relations in the order of their numbers."""

    def __init__(self) -> None:
        self.lon: list[Any] = []
        self.lat: list[Any] = []
        self.count = 0
        self.tags: dict[int, dict[str, str]] = {}
        self.ways: list[tuple[list[int], Mapping[str, str]]] = []
        self.relations: list[tuple[list[tuple[str, int, str]], dict[str, str]]] = []

    def nodes(self, lon: Any, lat: Any) -> int:
        """Add nodes; their ids follow on from the one that is returned."""
        first = self.count + 1
        self.lon.append(np.asarray(lon))
        self.lat.append(np.asarray(lat))
        self.count += len(self.lon[-1])
        return first

    def node(self, lon: float, lat: float, tags: dict[str, str]) -> None:
        """Add one node with tags."""
        self.tags[self.nodes([lon], [lat])] = tags

    def way(self, nodes: list[int], tags: Mapping[str, str]) -> int:
        """Add a way; returns its id."""
        self.ways.append((nodes, tags))
        return len(self.ways)

    def ring(self, coordinates: Any, tags: Mapping[str, str]) -> int:
        """Add a closed way of its own nodes."""
        xy = np.asarray(coordinates)[:-1]
        first = self.nodes(xy[:, 0], xy[:, 1])
        ids = list(range(first, first + len(xy)))
        return self.way([*ids, first], tags)

    def area(self, polygon: Any, tags: dict[str, str]) -> None:
        """Add a polygon: a closed way, or a relation where it has holes."""
        polygon = shapely.geometry.polygon.orient(polygon)
        if not polygon.interiors:
            self.ring(polygon.exterior.coords, tags)
            return
        rings = [(polygon.exterior, "outer"), *((r, "inner") for r in polygon.interiors)]
        members = [("w", self.ring(ring.coords, {}), role) for ring, role in rings]
        self.relations.append((members, {"type": "multipolygon", **tags}))

    def write(self, path: Path, bounds: tuple[float, float, float, float]) -> None:
        """Write the file: sorted, with its frame and date, no time of writing."""
        import osmium

        header = osmium.io.Header()
        header.add_box(osmium.osm.Box(*bounds))
        header.set("generator", GENERATOR)
        header.set("sorting", "Type_then_ID")
        header.set("osmosis_replication_timestamp", DATE)
        file = osmium.io.File(str(path), "pbf,add_metadata=false")
        lon, lat = np.concatenate(self.lon).tolist(), np.concatenate(self.lat).tolist()
        nothing: dict[str, str] = {}
        make = osmium.osm.mutable
        with osmium.SimpleWriter(file, header=header, overwrite=True) as writer:
            for number, at in enumerate(zip(lon, lat, strict=True), 1):
                tags = self.tags.get(number, nothing)
                writer.add_node(make.Node(id=number, location=at, tags=tags))
            for number, (nodes, way_tags) in enumerate(self.ways, 1):
                writer.add_way(make.Way(id=number, nodes=nodes, tags=way_tags))
            for number, (members, own) in enumerate(self.relations, 1):
                writer.add_relation(make.Relation(id=number, members=members, tags=own))
