"""A graph that osmnx saved as GraphML -> `RoadWays`, and what such a graph has lost."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.errors import InputError, Problem
from servicemap.osm_file import RoadWays
from servicemap.osm_file.kinds import road_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SUFFIX = ".graphml"
UNITS = 10**7  # per degree
_HEAD = 65_536
# Keys whose absence changes answers: said, one by one, where no edge has them.
EXPECTED = (
    *("access", "foot", "bicycle", "motor_vehicle", "oneway:bicycle"),
    *("maxspeed", "surface", "tracktype", "junction"),
)
NODE_EXPECTED = ("highway", "barrier")
# attributes of osmnx's own; `oneway` is read by hand
_OWN = frozenset({"oneway", "reversed", "length", "osmid", "geometry"})
# of several values along one edge the most restrictive counts: the first of these
_STRICT = ("no", "private")
_FROM_FAST = (
    *("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified"),
    *("residential", "living_street", "service", "pedestrian", "track", "path", "steps"),
)


def read(path: Path, source: str) -> tuple[RoadWays, list[Problem], dict[str, int]]:
    """Read the edges of a saved graph as ways.

    Parameters
    ----------
    path, source
        The file, and its name for messages.

    Returns
    -------
    roads
        A way per street: the two edges of a street that is open both ways are one.
        ``restrictions`` are empty; vertices inside an edge get negative node ids.
    problems
        What the graph lacks, what is mixed along its edges.
    counts
        ``edges`` of the file and ``ways``.

    Raises
    ------
    InputError
        The file is no GraphML, or no graph of osmnx (its nodes have no ``x`` and
        ``y``, or its edges no ``osmid``).
    """
    graph = _graph(path, source)
    to_degrees = _projection(graph, source)
    node_ids = sorted(graph.nodes)
    try:
        at = {
            one: to_degrees(graph.nodes[one]["x"], graph.nodes[one]["y"])
            for one in node_ids
        }
    except KeyError as error:
        raise InputError([Problem("saved_graph_foreign", "error", source)]) from error
    ways = _Ways(at, to_degrees)
    edges = sorted(
        graph.edges(keys=True, data=True), key=lambda one: (one[0], one[1], one[2])
    )
    for tail, head, _, data in _once(edges, source):
        ways.add(tail, head, data)
    if not ways.first[1:]:
        raise InputError([Problem("no_ways", "error", source)])
    tagged = [
        (one, tags)
        for one in node_ids
        if (tags := road_tags(_texts(graph.nodes[one])))
        and set(dict(tags)) & set(NODE_EXPECTED)
    ]
    problems = _findings(edges, tagged, ways, source)
    counts = {"edges": len(edges), "ways": len(ways.way_id)}
    return ways.roads(tagged), problems, counts


def _graph(path: Path, source: str) -> Any:
    from xml.etree.ElementTree import ParseError

    head = path.read_bytes()[:_HEAD].lower()
    if b"<graphml" not in head or b"<!doctype" in head or b"<!entity" in head:
        raise InputError([Problem("not_its_format", "error", source, value=SUFFIX)])
    import osmnx

    try:
        return osmnx.load_graphml(path, edge_dtypes={"oneway": str, "reversed": str})
    except (ParseError, ValueError, KeyError, SyntaxError) as error:
        why = {"why": str(error) or type(error).__name__}
        raise InputError(
            [Problem("file_unreadable", "error", source, values=why)]
        ) from error


def _projection(graph: Any, source: str) -> Any:
    """How coordinates of the graph become degrees: it may have been saved projected."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_user_input(graph.graph.get("crs", "EPSG:4326"))
    except CRSError as error:
        raise InputError([Problem("no_crs", "error", source)]) from error
    if crs.is_geographic:
        return lambda x, y: (x, y)
    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform


def _once(edges: Iterable[Any], source: str) -> Iterable[Any]:
    """Edges, those of a street that is open both ways once, in the order of its nodes."""
    seen: set[Any] = set()
    # the edge that runs as the way is drawn comes first, so that it is the one kept
    for edge in sorted(edges, key=lambda one: str(one[3].get("reversed")) != "False"):
        tail, head, _, data = edge
        if "osmid" not in data:
            raise InputError([Problem("saved_graph_foreign", "error", source)])
        if _direction(data) is None:
            ends = (min(tail, head), max(tail, head))
            key = (ends, _ids(data), round(float(data.get("length", 0.0)), 1))
            if key in seen:
                continue
            seen.add(key)
        yield edge


def _ids(data: Mapping[str, Any]) -> tuple[int, ...]:
    osmid = data["osmid"]
    return tuple(
        sorted({int(one) for one in osmid} if isinstance(osmid, list) else {osmid})
    )


def _direction(data: Mapping[str, Any]) -> str | None:
    """``yes``, another value of the key, or None for both ways."""
    told = str(data.get("oneway", "False"))
    if told in ("False", "None", "nan", ""):
        return None
    return "yes" if told == "True" else told


class _Ways:
    """Ways being gathered."""

    def __init__(self, at: Mapping[int, tuple[float, float]], to_degrees: Any) -> None:
        self.at, self.to_degrees = at, to_degrees
        self.way_id: list[int] = []
        self.tagset: list[int] = []
        self.name: list[int] = []
        self.first = [0]
        self.node_id: list[int] = []
        self.lon: list[float] = []
        self.lat: list[float] = []
        self.tagsets: dict[tuple[tuple[str, str], ...], int] = {}
        self.names: dict[str, int] = {"": 0}
        self.mixed: list[int] = []
        self.fresh = min(0, min(at, default=0))

    def add(self, tail: int, head: int, data: Mapping[str, Any]) -> None:
        """One edge as a way."""
        texts = _texts(data)
        way = _direction(data)
        if way is not None:
            texts["oneway"] = way
        if any(isinstance(data.get(key), list) for key in texts):
            self.mixed.append(_ids(data)[0])
        self.way_id.append(_ids(data)[0])
        self.tagset.append(self.tagsets.setdefault(road_tags(texts), len(self.tagsets)))
        name = texts.get("name") or texts.get("ref") or ""
        self.name.append(self.names.setdefault(name, len(self.names)))
        inside: list[tuple[float, float]] = []
        if data.get("geometry") is not None:
            points = list(data["geometry"].coords)
            inside = [self.to_degrees(x, y) for x, y, *_ in points[1:-1]]
        nodes = [tail, *range(self.fresh - 1, self.fresh - 1 - len(inside), -1), head]
        self.fresh -= len(inside)
        self.node_id += nodes
        for lon, lat in (self.at[tail], *inside, self.at[head]):
            self.lon.append(lon)
            self.lat.append(lat)
        self.first.append(len(self.node_id))

    def roads(self, tagged: list[tuple[int, tuple[tuple[str, str], ...]]]) -> RoadWays:
        """What was gathered, as arrays."""
        node_tagsets: dict[tuple[tuple[str, str], ...], int] = {}
        rows = [node_tagsets.setdefault(tags, len(node_tagsets)) for _, tags in tagged]
        return RoadWays(
            way_id=np.array(self.way_id, dtype="int64"),
            tagset=np.array(self.tagset, dtype="int32"),
            name=np.array(self.name, dtype="int32"),
            first=np.array(self.first, dtype="int64"),
            node_id=np.array(self.node_id, dtype="int64"),
            x=np.rint(np.array(self.lon) * UNITS).astype("int32"),
            y=np.rint(np.array(self.lat) * UNITS).astype("int32"),
            tagsets=tuple(dict(key) for key in self.tagsets),
            names=tuple(self.names),
            tagged_node=np.array([one for one, _ in tagged], dtype="int64"),
            node_tagset=np.array(rows, dtype="int32"),
            node_tagsets=tuple(dict(key) for key in node_tagsets),
            restrictions=(),
        )


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    """Attributes as tags; of several values the most restrictive one."""
    return {
        key: _one(key, value)
        for key, value in data.items()
        if key not in _OWN and value is not None and value != ""
    }


def _one(key: str, value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    words = sorted(str(one) for one in value)
    if key == "highway":
        ranks = {one: at for at, one in enumerate(_FROM_FAST)}
        return max(words, key=lambda one: (ranks.get(one.removesuffix("_link"), 0), one))
    if key == "maxspeed":
        return min(words, key=_number)
    return next((one for one in _STRICT if one in words), words[0])


def _number(text: str) -> float:
    found = re.match(r"\s*\d+(?:\.\d+)?", text)
    return float(found[0]) if found else math.inf


def _findings(
    edges: list[Any], tagged: list[Any], ways: _Ways, source: str
) -> list[Problem]:
    has = {key for *_, data in edges for key in data}
    on_nodes = {key for _, tags in tagged for key, _ in tags}
    lost = [key for key in EXPECTED if key not in has]
    lost += [f"{key} (node)" for key in NODE_EXPECTED if key not in on_nodes]
    problems = [
        Problem("saved_graph", "warning", source, values={"lost": ", ".join(lost) or "-"})
    ]
    if all(_direction(data) is None for *_, data in edges):
        problems.append(Problem("saved_graph_both_ways", "warning", source))
    if ways.mixed:
        which = ", ".join(map(str, sorted(set(ways.mixed))[:5]))
        values = {"count": len(ways.mixed), "which": which}
        problems.append(Problem("saved_graph_mixed", "note", source, values=values))
    return problems
