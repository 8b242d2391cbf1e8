"""GIS lines in a file -> `Lines` with tags, and what was wrong with them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.errors import SHOWN, InputError, Problem
from servicemap.intake import cells, vectors
from servicemap.roads import line_words, profile_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

UNKNOWN_CLASS = "unclassified"
LINE, MULTI_LINE = 1, 5
# what a line that only a cost column describes is, from either end
_ONEWAY_OF_COSTS = {(True, True): None, (True, False): "yes", (False, True): "-1"}


@dataclass(frozen=True)
class Lines:
    """Lines with the tags that a profile judges.

    Attributes
    ----------
    first : (lines + 1,) int64
        Line ``i`` has the vertices ``first[i]`` to ``first[i + 1] - 1``.
    lon, lat : (vertices,) float64
        Degrees, as exact as the file has them.
    tags
        One per line; the keys of OpenStreetMap.
    names
        One per line, "" for none.
    number : (lines,) int64
        The line's own id where the file has whole numbers, else its feature, from 1.
    """

    first: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    tags: tuple[Mapping[str, str], ...]
    names: tuple[str, ...]
    number: NDArray[np.int64]


@dataclass
class _Found:
    """Faults by kind, with where they were first seen."""

    source: str
    layer: str | None
    counts: Counter[str] = field(default_factory=Counter)
    which: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, which: object) -> None:
        self.counts[kind] += 1
        listed = self.which.setdefault(kind, [])
        if len(listed) < SHOWN and str(which) not in listed:
            listed.append(str(which))

    def problems(self) -> list[Problem]:
        weights = {"line_class_unknown": "warning", "line_speed_bad": "warning"}
        weights |= dict.fromkeys(("line_no_shape", "line_not_a_line"), "warning")
        weights |= dict.fromkeys(("line_oneway_unknown", "line_cost_unread"), "warning")
        weights |= dict.fromkeys(("line_off_earth", "line_column_unknown"), "warning")
        return [
            Problem(
                kind,
                weights.get(kind, "note"),  # type: ignore[arg-type]
                self.source,
                self.layer,
                values={"count": count, "which": ", ".join(self.which[kind])},
            )
            for kind, count in self.counts.items()
        ]


def read(
    path: Path,
    source: str,
    *,
    by_hand: Mapping[str, str] | None = None,
    classes: Mapping[str, str] | None = None,
) -> tuple[Lines, list[Problem]]:
    """Read the lines of a GIS file.

    Parameters
    ----------
    path
        Shapefile (also zipped), GeoPackage, FileGDB, GeoJSON, GeoParquet or KML.
    source
        The name to show in messages.
    by_hand
        Column of ours -> header in the file.
    classes
        Word in the column of classes -> class of OpenStreetMap.

    Raises
    ------
    InputError
        The file cannot be read, or holds no line.
    """
    frame, layer, problems = vectors.read(path, source)
    found = _Found(source, layer)
    names = frame.columns.drop(frame.geometry.name)
    headers = line_words.columns(names, by_hand or {})
    for column, header in (by_hand or {}).items():
        if column not in line_words.content()["columns"]:
            found.add("line_column_unknown", column)
        elif column not in headers:
            found.add("line_column_absent", header)
    rows = {
        column: list(frame[header].astype(object)) for column, header in headers.items()
    }
    if "class" not in headers and "cost" not in headers:
        found.add("line_no_classes", ", ".join(map(str, frame.columns[:SHOWN])))
    shapes = frame.geometry.to_numpy()
    parts, row = _parts(shapes, list(frame.index), found)
    if not len(parts):
        raise InputError([Problem("line_none", "error", source, layer), *problems])
    tags = _tags(rows, row, classes or {}, found)
    points, line = shapely.get_coordinates(parts, return_index=True)
    first = np.searchsorted(line, np.arange(len(parts) + 1)).astype(np.int64)
    names = [cells.text(cell) or "" for cell in rows.get("name", [""] * len(frame))]
    return (
        Lines(
            first=first,
            lon=points[:, 0],
            lat=points[:, 1],
            tags=tuple(tags),
            names=tuple(names[at] for at in row),
            number=_numbers(rows.get("id"), row),
        ),
        [*problems, *found.problems()],
    )


def _parts(
    shapes: NDArray[Any], index: list[int], found: _Found
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Single flat lines of two different points or more, and the feature of each."""
    shapes = _lines_on_earth(shapes, index, found)
    there = ~shapely.is_missing(shapes)
    for at in np.flatnonzero(there & shapely.has_z(shapes)):
        found.add("line_3d", index[at])
    for at in np.flatnonzero(there & (shapely.get_type_id(shapes) == MULTI_LINE)):
        if shapely.get_num_geometries(shapes[at]) > 1:
            found.add("line_many_parts", index[at])
    parts, row = shapely.get_parts(shapely.force_2d(shapes[there]), return_index=True)
    row = np.flatnonzero(there)[row]
    short = shapely.length(parts) == 0
    for at in row[short]:
        found.add("line_no_length", index[at])
    parts, row = parts[~short], row[~short]
    before = shapely.get_num_coordinates(parts)
    parts = shapely.remove_repeated_points(parts, 0.0)
    for at in row[shapely.get_num_coordinates(parts) < before]:
        found.add("line_repeated_points", index[at])
    for at in row[shapely.is_closed(parts)]:
        found.add("line_loop", index[at])
    _, at_first = np.unique(shapely.to_wkb(shapely.normalize(parts)), return_index=True)
    twice = np.ones(len(parts), dtype=bool)
    twice[at_first] = False
    for at in row[twice]:
        found.add("line_twice", index[at])
    return parts, row


def _lines_on_earth(shapes: NDArray[Any], index: list[int], found: _Found) -> NDArray[Any]:
    """The shapes that are lines somewhere on earth; the others are missing."""
    shapes = shapes.copy()
    kind = shapely.get_type_id(shapes)
    for at in np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes)):
        found.add("line_no_shape", index[at])
        shapes[at] = None
    there = ~shapely.is_missing(shapes)
    for at in np.flatnonzero(there & ~np.isin(kind, (LINE, MULTI_LINE))):
        found.add("line_not_a_line", index[at])
        shapes[at] = None
    there = ~shapely.is_missing(shapes)
    with np.errstate(invalid="ignore"):
        inside = (np.abs(shapely.bounds(shapes)) <= (180, 90, 180, 90)).all(axis=1)
    for at in np.flatnonzero(there & ~inside):
        found.add("line_off_earth", index[at])
        shapes[at] = None
    return shapes


@cache
def _known_classes() -> frozenset[str]:
    return frozenset(profile_files.merged("drive", {}, "profiles.toml")[0].classes)


def _tags(
    rows: Mapping[str, list[Any]],
    row: NDArray[np.int64],
    own: Mapping[str, str],
    found: _Found,
) -> list[dict[str, str]]:
    """Tags of each line."""
    words = line_words.class_words(own, _known_classes())
    classes: dict[str, str | None] = {}
    by_row: dict[int, dict[str, str]] = {}
    for at in dict.fromkeys(row.tolist()):
        cell = {column: values[at] for column, values in rows.items()}
        word = cells.text(cell.get("class"))
        name: str | None = UNKNOWN_CLASS
        if word is not None:
            if word not in classes:
                meant = line_words.road_class(word, words)
                classes[word] = meant if meant in _known_classes() else None
            name = classes[word]
            if name is None:
                found.add("line_class_unknown", word)
        by_row[at] = {"highway": name or UNKNOWN_CLASS, **_tags_of(cell, found)}
    return [by_row[at] for at in row.tolist()]


def _tags_of(cell: Mapping[str, Any], found: _Found) -> dict[str, str]:
    """Tags that the other columns tell."""
    tags: dict[str, str] = {}
    for column, key in (("speed", "speed_kph"), ("maxspeed", "maxspeed")):
        if cells.is_blank(cell.get(column)):
            continue
        value = line_words.kph(cell[column])
        if value is None:
            found.add("line_speed_bad", cells.text(cell[column]))
        else:
            tags[key] = f"{value:g}"
    way = _oneway(cell, found)
    if way == "closed":
        tags["access"] = "no"
    elif way is not None:
        tags["oneway"] = way
    for key in ("bridge", "tunnel"):
        word = cells.text(cell.get(key))
        # a viaduct is a bridge; F and N are what exports of OpenStreetMap say for no
        if word not in (None, "F") and cells.flag(word) is not False:
            tags[key] = "yes"
    level = cells.text(cell.get("level"))
    if level is not None:
        tags["layer"] = level.removesuffix(".0")
    return tags


def _oneway(cell: Mapping[str, Any], found: _Found) -> str | None:
    """The direction of a line: its own columns, else the signs of its costs."""
    for column in ("oneway", "direction"):
        if cells.is_blank(cell.get(column)):
            continue
        value = line_words.direction(cell[column], column)
        if value is None:
            found.add("line_oneway_unknown", cells.text(cell[column]))
        else:
            return value
    ahead, behind = (_is_open(cell.get(one), found) for one in ("cost", "reverse_cost"))
    if ahead is None:
        return None
    if behind is None:
        behind = ahead
    return "closed" if not ahead and not behind else _ONEWAY_OF_COSTS[ahead, behind]


def _is_open(cost: Any, found: _Found) -> bool | None:
    """Whether a cost opens a direction; None where there is none that can be read."""
    if cells.is_blank(cost):
        return None
    value = cells.number(cost)
    if math.isnan(value):
        found.add("line_cost_unread", cells.text(cost))
        return None
    return value >= 0


def _numbers(ids: list[Any] | None, row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole, positive numbers of the file's own, else the number of the feature."""
    if ids is not None:
        own = [cells.count(cell) for cell in ids]
        if all(own) and len(set(own)) == len(own):
            return np.array(own, dtype=np.int64)[row]
    return row.astype(np.int64) + 1
