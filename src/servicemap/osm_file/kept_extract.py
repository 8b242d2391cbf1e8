"""Extracts kept between runs: reading map data again is what a second run would wait for.

An entry holds what `servicemap.osm_file.reading` made of a file, as arrays and JSON; the
key is the file's content and the code that read it. Geometry is kept as WKB, so that
every coordinate comes back with the same bits.
"""

from __future__ import annotations

import dataclasses
import itertools
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from servicemap import kept
from servicemap.errors import Problem
from servicemap.osm_file.extract import WGS84, Extract, RoadWays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

KIND = "extracts"
KEPT = 8  # extracts in the cache; the least recently used go first
ROADS = (
    *("way_id", "tagset", "name", "first", "node_id", "x", "y"),
    *("tagged_node", "node_tagset", "cut"),
)
FRAMES = {
    "places": ("osm_id", "name", "place", "lon", "lat", "tags"),
    "offices": ("osm_id", "name", "lon", "lat", "tags"),
    "buildings": ("osm_id", "lon", "lat", "area_m2", "levels", "building", "use"),
    "boundaries": ("osm_id", "name", "admin_level", "tags", "geometry"),
}
LAYERS = ("water", "woods", "built_up", "waterways", "coastline", "rail")
NUMBERS = ("lon", "lat", "area_m2", "levels", "admin_level")


@cache
def _code() -> str:
    """Hash of the source that turns a file into an extract, and of what it stands on."""
    source = kept.code(*sorted(Path(__file__).parent.glob("*.py")))
    return f"{source} {shapely.__version__} {shapely.geos_version_string} {pd.__version__}"


def _key(sha256: str, *, want_map: bool) -> str:
    return kept.key_of(f"{sha256}\n{want_map}\n{_code()}")


def load(file: Path, sha256: str, *, want_map: bool) -> Extract | None:
    """What was read of this content before; None where nothing was.

    Parameters
    ----------
    file
        Where it is now; gives the name only.
    sha256
        Its content.
    want_map
        As `servicemap.osm_file.read` was asked.
    """

    def made(meta: dict[str, Any], arrays: Arrays) -> Extract:
        return _extract(meta, arrays, file.name)

    return kept.load(KIND, _key(sha256, want_map=want_map), _names(), made)


def keep(extract: Extract, *, want_map: bool) -> None:
    """Write an extract into the cache; does nothing where that is not possible."""
    arrays: Arrays = {
        f"roads.{name}": np.asarray(getattr(extract.roads, name)) for name in ROADS
    }
    texts: dict[str, Any] = {}
    shapes = {name: extract.layers[name] for name in LAYERS}
    for table, columns in FRAMES.items():
        frame = getattr(extract, table)
        for column in columns:
            if column == "geometry":
                shapes[table] = frame
            elif column in NUMBERS:
                arrays[f"{table}.{column}"] = frame[column].to_numpy()
            else:
                texts[f"{table}.{column}"] = frame[column].tolist()
    for name, frame in shapes.items():
        arrays[f"{name}.wkb"], arrays[f"{name}.end"] = _packed(frame.geometry.to_numpy())
    for name in LAYERS:
        texts[f"{name}.kind"] = extract.layers[name]["kind"].tolist()
    types = {
        name: str(getattr(extract, table)[column].dtype)
        for name in texts
        for table, _, column in [name.partition(".")]
        if table in FRAMES
    }
    types |= {f"{name}.kind": str(extract.layers[name]["kind"].dtype) for name in LAYERS}
    roads = extract.roads
    meta = {
        "sha256": extract.sha256,
        "date": extract.date,
        "bounds": extract.bounds,
        "counts": dict(extract.counts),
        "problems": [
            {
                **dataclasses.asdict(dataclasses.replace(one, values={})),
                "values": dict(one.values),
            }
            for one in extract.problems
        ],
        "roads": {
            "tagsets": [dict(tags) for tags in roads.tagsets],
            "names": roads.names,
            "node_tagsets": [dict(tags) for tags in roads.node_tagsets],
            "restrictions": [
                (one, dict(tags), members) for one, tags, members in roads.restrictions
            ],
        },
        "texts": texts,
        "types": types,
    }
    key = _key(extract.sha256, want_map=want_map)
    kept.keep(KIND, key, arrays, meta, most=KEPT)


def _names() -> list[str]:
    numbers = [
        f"{table}.{column}"
        for table, columns in FRAMES.items()
        for column in columns
        if column in NUMBERS
    ]
    drawn = [
        f"{name}.{part}" for name in (*LAYERS, "boundaries") for part in ("wkb", "end")
    ]
    return [*(f"roads.{name}" for name in ROADS), *numbers, *drawn]


def _packed(shapes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """All WKB in one array, and where each ends."""
    each = [bytes(one) for one in shapely.to_wkb(shapes)]
    end = np.cumsum([len(one) for one in each], dtype="int64")
    return np.frombuffer(b"".join(each), dtype="uint8"), end


def _unpacked(wkb: NDArray[Any], end: NDArray[Any]) -> NDArray[Any]:
    whole = wkb.tobytes()
    cuts = [0, *end.tolist()]
    each = [whole[a:b] for a, b in itertools.pairwise(cuts)]
    shapes: NDArray[Any] = shapely.from_wkb(np.array(each, dtype=object))
    return shapes


def _extract(meta: dict[str, Any], arrays: Arrays, name: str) -> Extract:
    roads = meta["roads"]
    texts = {
        one: pd.Series(values, dtype=meta["types"][one])
        for one, values in meta["texts"].items()
    }

    def shapes(table: str) -> NDArray[Any]:
        return _unpacked(arrays[f"{table}.wkb"], arrays[f"{table}.end"])

    frames: dict[str, Any] = {}
    for table, columns in FRAMES.items():
        held = {
            column: texts[f"{table}.{column}"]
            if f"{table}.{column}" in texts
            else np.array(arrays[f"{table}.{column}"])
            for column in columns
            if column != "geometry"
        }
        frames[table] = pd.DataFrame(held)
        if "geometry" in columns:
            frames[table] = gpd.GeoDataFrame(
                frames[table], geometry=shapes(table), crs=WGS84
            )
    return Extract(
        name=name,
        sha256=meta["sha256"],
        date=meta["date"],
        bounds=tuple(meta["bounds"]),
        counts=meta["counts"],
        problems=tuple(Problem(**{**one, "source": name}) for one in meta["problems"]),
        roads=RoadWays(
            **{one: arrays[f"roads.{one}"] for one in ROADS},
            tagsets=tuple(roads["tagsets"]),
            names=tuple(roads["names"]),
            node_tagsets=tuple(roads["node_tagsets"]),
            restrictions=tuple(
                (one, tags, tuple((kind, ref, role) for kind, ref, role in members))
                for one, tags, members in roads["restrictions"]
            ),
        ),
        **frames,
        layers={
            one: gpd.GeoDataFrame(
                {"kind": texts[f"{one}.kind"]}, geometry=shapes(one), crs=WGS84
            )
            for one in LAYERS
        },
    )
