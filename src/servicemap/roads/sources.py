"""A file of roads, whatever its form -> `Extract`; a study's files -> one `Extract`."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from servicemap.errors import InputError, Problem
from servicemap.progress import log

# Libraries of geometry are loaded only where a file must be read: a process that finds
# its networks in the cache starts without them.
if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.osm_file import Extract, RoadWays
    from servicemap.progress import Say
    from servicemap.roads.change_files import Kind
    from servicemap.roads.drawn_roads import Joins
    from servicemap.study import Study

WGS84 = "EPSG:4326"
DRAWN_LAYERS = ("water", "woods", "built_up", "waterways", "coastline", "rail")
LINE_SUFFIXES = frozenset(
    {
        *(".geojson", ".json", ".gpkg", ".shp", ".zip", ".kml", ".gdb"),
        *(".parquet", ".geoparquet"),
    }
)


def is_lines(path: Path) -> bool:
    """Whether a file holds GIS lines, by its name."""
    return path.suffix.casefold() in LINE_SUFFIXES


def is_graph(path: Path) -> bool:
    """Whether a file holds a graph that osmnx saved, by its name."""
    return path.suffix.casefold() == ".graphml"


def read(
    path: str | Path,
    *,
    source: str | None = None,
    want_map: bool = True,
    columns: Mapping[str, str] | None = None,
    classes: Mapping[str, str] | None = None,
    joins: Joins | None = None,
) -> Extract:
    """Read roads.

    Parameters
    ----------
    path
        OSM extract, a graph that osmnx saved (``.graphml``), or GIS lines.
    source
        The name to show in messages.
    want_map
        As for `servicemap.osm_file.read`.
    columns, classes
        As for `servicemap.roads.line_files.read`.
    joins
        How GIS lines are joined.

    Raises
    ------
    InputError
        The file cannot be used.
    """
    from servicemap import osm_file

    file = Path(path)
    if not is_lines(file) and not is_graph(file):
        return osm_file.read(file, want_map=want_map)
    from servicemap.intake import vectors
    from servicemap.roads import drawn_roads, line_files, saved_graph

    if not file.exists():
        raise InputError("file_not_found", path=str(path))
    shown = source or file.name
    if is_graph(file):
        roads, problems, counts = saved_graph.read(file, shown)
        sha256 = vectors.checksum(file)
        return extract_of(roads, file.name, sha256, counts, tuple(problems))
    lines, problems = line_files.read(file, shown, by_hand=columns, classes=classes)
    roads, more, figures = drawn_roads.with_lines(
        drawn_roads.empty_roads(), lines, joins or drawn_roads.Joins(), shown
    )
    counts = {"ways": len(lines.tags), **figures}
    extract = extract_of(
        roads, file.name, vectors.checksum(file), counts, (*problems, *more)
    )
    settings = repr(
        (dict(columns or {}), dict(classes or {}), joins or drawn_roads.Joins())
    )
    return replace(extract, made_of=_hash(extract.sha256, settings))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def extract_of(
    roads: RoadWays,
    name: str,
    sha256: str,
    counts: Mapping[str, Any],
    problems: tuple[Problem, ...] = (),
) -> Extract:
    """Roads alone as an extract: no places, no buildings, nothing to draw."""
    import geopandas as gpd
    import pandas as pd

    from servicemap.osm_file import Extract
    from servicemap.roads.drawing import UNITS

    empty = gpd.GeoDataFrame({"kind": []}, geometry=[], crs=WGS84)
    places = ["osm_id", "name", "place", "lon", "lat", "tags"]
    buildings = {
        name: pd.Series([], dtype=dtype)
        for name, dtype in (
            ("osm_id", "str"),
            ("lon", "float64"),
            ("lat", "float64"),
            ("area_m2", "float64"),
            ("levels", "float64"),
            ("building", "str"),
            ("use", "str"),
        )
    }
    boundaries = gpd.GeoDataFrame(
        {"osm_id": [], "name": [], "admin_level": [], "tags": []}, geometry=[], crs=WGS84
    )
    return Extract(
        name=name,
        sha256=sha256,
        date=None,
        bounds=(
            float(roads.x.min()) / UNITS,
            float(roads.y.min()) / UNITS,
            float(roads.x.max()) / UNITS,
            float(roads.y.max()) / UNITS,
        ),
        counts={"nodes_with_tags": 0, "relations": 0, "missing_nodes": 0, **counts},
        problems=problems,
        roads=roads,
        places=pd.DataFrame([], columns=places).astype({"name": "str"}),
        offices=pd.DataFrame([], columns=["osm_id", "name", "lon", "lat", "tags"]),
        buildings=pd.DataFrame(buildings),
        boundaries=boundaries,
        layers=dict.fromkeys(DRAWN_LAYERS, empty),
    )


def file_of(asked: Study, say: Say = log) -> Path:
    """The file of the roads that a study names; downloaded where it names a place or box.

    Parameters
    ----------
    asked
        The study.
    say
        Told ``download`` and ``download_wait``.

    Raises
    ------
    InputError
        The study names no roads, or an address.
    DownloadError
        The roads could not be had, and why.
    """
    own = asked.roads
    if own.source is not None:
        if "://" in own.source:
            raise InputError([Problem("not_local", "error", own.source)])
        return asked.path(own.source)
    if own.place is None and not own.bbox:
        raise InputError("no_roads_source")
    from servicemap.roads import download

    return download.extract_of(own.place, own.bbox, say=say)


def is_alone(asked: Study) -> bool:
    """Whether the networks of a study depend on one file of map data alone."""
    return not asked.roads.layers and not is_lines(Path(asked.roads.source or ""))


def of_study(asked: Study, *, want_map: bool = True, say: Say = log) -> Extract:
    """The roads that a study names, with its layers: extra and planned roads, then changes.

    Parameters
    ----------
    asked
        The study.
    want_map
        As for `servicemap.osm_file.read`.
    say
        As for `file_of`.

    Returns
    -------
    Extract
        ``changes`` says what each layer did, ``made_of`` tells its networks apart.

    Raises
    ------
    InputError
        The study names no roads; a file cannot be used, or is not the recorded one.
    """
    from servicemap.intake import vectors
    from servicemap.roads import (
        change_files,
        changed_roads,
        drawn_roads,
        line_files,
        profile_files,
    )

    own = asked.roads
    path = file_of(asked, say)
    joins = drawn_roads.Joins(own.join_m, own.crossings == "joined")
    words = {"columns": own.columns, "classes": own.classes}
    extract = read(path, source=own.source, want_map=want_map, joins=joins, **words)
    if own.sha256 is not None and own.sha256.lower() != extract.sha256:
        values = {"recorded": own.sha256[:12], "found": extract.sha256[:12]}
        raise InputError([Problem("sha256", "error", extract.name, values=values)])
    if own.source is None:
        date = {"date": extract.date or "?"}
        note_of_it = Problem("roads_downloaded", "note", extract.name, values=date)
        extract = replace(extract, problems=(note_of_it, *extract.problems))
    roads, problems, changes = extract.roads, list(extract.problems), []

    def note(layer: str, source: str, path: Path, figures: Mapping[str, Any]) -> None:
        changes.append(
            {"layer": layer, "source": source, "sha256": vectors.checksum(path), **figures}
        )

    for layer, source in [
        *(("extra", one) for one in own.extra),
        *(("planned", one) for one in own.planned),
    ]:
        path = _local(asked, source)
        lines, more = line_files.read(
            path, source, by_hand=own.columns, classes=own.classes
        )
        roads, found, figures = drawn_roads.with_lines(roads, lines, joins, source)
        problems += [*more, *found]
        note(layer, source, path, figures)
    layers: tuple[tuple[Kind, str | None], ...] = (
        ("closures", own.closures),
        ("speeds", own.speeds),
    )
    known = profile_files.known({})
    for kind, named in layers:
        if named is None:
            continue
        path = _local(asked, named)
        features, more = change_files.read(
            path, named, kind, _day(asked), [*known, *asked.modes]
        )
        roads, found, figures = changed_roads.with_changes(roads, features, named)
        problems += [*more, *found]
        note(kind, named, path, figures)
    if not changes:
        return extract
    day = _day(asked)
    settings = repr((joins, dict(own.columns), dict(own.classes), day, asked.modes))
    files = [f"{one['layer']} {one['sha256']}" for one in changes]
    return replace(
        extract,
        roads=roads,
        problems=tuple(problems),
        changes=tuple(changes),
        made_of=_hash(extract.made_of or extract.sha256, *files, settings),
    )


def _local(asked: Study, source: str) -> Path:
    """Path of a layer's file, or that it is no ordinary file."""
    from servicemap.intake import guard

    path = asked.path(source)
    if not is_lines(path):
        raise InputError([Problem("unknown_format", "error", source, value=path.suffix)])
    return guard.local(path, source)


def _day(asked: Study) -> date | None:
    """The day on which layers are in force: told, else that of the study's moment."""
    if asked.roads.date is not None:
        return date.fromisoformat(asked.roads.date)
    return None if asked.moment is None else asked.moment.date()
