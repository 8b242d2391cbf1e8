"""Files with geometry -> points and areas in EPSG:4326.

GDAL opens whatever a file's bytes ask for, and some of its formats read other
files or the network. So the bytes are looked at first and only a few formats pass.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from servicemap.checksum import sha256
from servicemap.errors import InputError, MissingExtraError, Problem
from servicemap.intake import guard, shapefiles, text_files

if TYPE_CHECKING:
    import geopandas

SUFFIXES = (
    *(".geojson", ".json", ".gpkg", ".shp", ".zip", ".kml", ".kmz", ".gdb"),
    *(".parquet", ".geoparquet"),
)
# Drivers that may answer for a file of each kind; any other one is refused.
DRIVERS = frozenset(
    {"GeoJSON", "TopoJSON", "GPKG", "ESRI Shapefile", "KML", "LIBKML", "OpenFileGDB"}
)
# Drivers that follow references to other files or to the network, and that every build
# of GDAL has: never registered, where this module is the first to load it.
_SKIPPED = "OGR_VRT,ESRIJSON"
_SQLITE = b"SQLite format 3\x00"
_SHAPE = b"\x00\x00\x27\x0a"
_PARQUET = b"PAR1"
_HEAD = 65_536
# Files of a FileGDB: a00000001.gdbtable and the like, and two short ones.
_PART = re.compile(
    r"(?:[a-z]\d{8}(?:\.[\w-]+)*\.(?:gdb\w+|atx|spx|freelist)|gdb|timestamps)"
)
_FIELD = re.compile(
    r"(<(?:\w+:)?(?:Data|SimpleData|SimpleField)\b[^>]*?\bname=)"
    r"""(?:"([^"]*)"|'([^']*)')"""
)
_DECLARED = re.compile(r"<\?xml[^>]*\?>")
_IN_DATABASE = re.compile(r"((?:.*/)?[^/]+\.gdb)/([^/]+)$", re.IGNORECASE)


def read(
    path: Path, source: str, layer: str | None = None
) -> tuple[geopandas.GeoDataFrame, str | None, list[Problem]]:
    """Read one layer.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, Shapefile or FileGDB (both also zipped), KML, KMZ, GeoParquet.
    source
        The name to show in messages.
    layer
        Its name; the first one unless told.

    Returns
    -------
    frame, layer, problems
        Geometry in EPSG:4326; the index counts features from 1.

    Raises
    ------
    InputError
        Another format, damage, no features, no coordinate system.
    MissingExtraError
        GeoParquet without pyarrow.
    """
    kind = _kind(path, source)
    if kind == "zip":
        with tempfile.TemporaryDirectory(prefix="servicemap-") as folder:
            return _open(_unzip(path, source, Path(folder)), source, layer)
    if kind == "gdb":
        # only the folder's own files, copied: no link leads out of it
        with tempfile.TemporaryDirectory(prefix="servicemap-") as folder:
            inside = _database(path, source, Path(folder))
            return _open(inside, source, layer)
    if kind == "parquet":
        return _finish(_parquet(path, source), source, None, [])
    if path.suffix.casefold() in (".kml", ".kmz"):
        with tempfile.TemporaryDirectory(prefix="servicemap-") as folder:
            if path.suffix.casefold() == ".kmz":
                path = _kmz(path, source, Path(folder))
            plain, names = _kml(path, source, Path(folder))
            frame, shown, found = _open(plain, source, layer, folders=True)
            # the driver adds a dozen fields of its own, mostly empty
            return frame.dropna(axis=1, how="all").rename(columns=names), shown, found
    return _open(path, source, layer)


def checksum(path: Path) -> str:
    """Checksum of a file, or of a database's files in the order of their names."""
    if not path.is_dir():
        return sha256(path)
    parts = [f"{one.name} {sha256(one)}" for one in sorted(path.iterdir()) if one.is_file()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _kind(path: Path, source: str) -> str:
    if path.is_dir():
        if path.suffix.casefold() != ".gdb":
            raise InputError([Problem("is_folder", "error", source)])
        return "gdb"
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    body = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    suffix = path.suffix.casefold()
    lowered = head.lower()
    fits = {
        ".geojson": body.startswith(b"{"),
        ".json": body.startswith(b"{"),
        ".gpkg": head.startswith(_SQLITE) and head[68:70] in (b"GP", b"\0\0"),
        ".shp": head.startswith(_SHAPE),
        ".zip": head.startswith(b"PK"),
        ".kmz": head.startswith(b"PK"),
        ".gdb": False,  # a database is a folder
        ".kml": _is_kml(lowered),
        ".parquet": head.startswith(_PARQUET),
        ".geoparquet": head.startswith(_PARQUET),
    }
    if not fits[suffix]:
        raise InputError([Problem("not_its_format", "error", source, value=suffix)])
    return {".zip": "zip", ".parquet": "parquet", ".geoparquet": "parquet"}.get(
        suffix, "ogr"
    )


def _is_kml(head: bytes) -> bool:
    refused = (b"<!doctype", b"<!entity", b"<ogrvrt")
    return b"<kml" in head and not any(one in head for one in refused)


def _kmz(path: Path, source: str, folder: Path) -> Path:
    """Unpack the main document of a KMZ: doc.kml, else the first one."""
    names = [one for one in guard.zip_names(path, source) if one[-4:].casefold() == ".kml"]
    inside = folder / "packed.kml"
    with guard.archive(path, source) as archive:
        for name in sorted(names, key=lambda one: (one.casefold() != "doc.kml", one))[:1]:
            inside.write_bytes(archive.read(name))
    if not names or not _is_kml(inside.read_bytes()[:_HEAD].lower()):
        raise InputError([Problem("not_its_format", "error", source, value=".kmz")])
    return inside


def _unzip(path: Path, source: str, folder: Path) -> Path:
    """Unpack the one Shapefile or database of a zip, under names of our own."""
    names = [name for name in guard.zip_names(path, source) if "__MACOSX" not in name]
    shapes = [name for name in names if name.casefold().endswith(".shp")]
    bases = sorted(
        {found[1] for name in names if (found := _IN_DATABASE.match(name)) is not None}
    )
    if len(shapes) + len(bases) != 1:
        count = {"count": len(shapes) + len(bases)}
        raise InputError([Problem("zip_shapefiles", "error", source, values=count)])
    with guard.archive(path, source) as archive:
        if bases:
            inside = folder / "layer.gdb"
            inside.mkdir()
            for name in names:
                found = _IN_DATABASE.match(name)
                if found is not None and _PART.fullmatch(found[2]):
                    (inside / found[2]).write_bytes(archive.read(name))
            return inside
        stem = shapes[0][: -len(".shp")]
        for name in names:
            suffix = name[len(stem) :].casefold()
            if name.startswith(stem) and suffix in shapefiles.PARTS:
                (folder / f"layer{suffix}").write_bytes(archive.read(name))
    return folder / "layer.shp"


def _kml(path: Path, source: str, folder: Path) -> tuple[Path, dict[str, str]]:
    """Copy a KML file with fields that the driver can name, and their own names."""
    text = text_files.decode(path.read_bytes(), source)
    own: dict[str, str] = {}

    def short(found: re.Match[str]) -> str:
        name = html.unescape(found[2] or found[3] or "")
        return f'{found[1]}"{own.setdefault(name, f"servicemap_{len(own)}")}"'

    text = _FIELD.sub(short, text)
    text = _DECLARED.sub('<?xml version="1.0" encoding="UTF-8"?>', text, count=1)
    plain = folder / "layer.kml"
    plain.write_text(text.lstrip("\ufeff"), encoding="utf-8")
    return plain, {short: name for name, short in own.items()}


def _database(path: Path, source: str, folder: Path) -> Path:
    """Copy a FileGDB's own files: a link or an odd name in it leads nowhere."""
    inside = folder / "layer.gdb"
    inside.mkdir()
    size = 0
    for part in sorted(path.iterdir()):
        if part.is_symlink() or not part.is_file() or not _PART.fullmatch(part.name):
            continue
        size += part.stat().st_size
        if size > guard.MAX_BYTES:
            values = {"size": f"{size / 1e6:.0f}", "limit": f"{guard.MAX_BYTES / 1e6:.0f}"}
            raise InputError([Problem("file_large", "error", source, values=values)])
        shutil.copyfile(part, inside / part.name)
    if not size:
        raise InputError([Problem("no_rows", "error", source)])
    return inside


def _open(
    path: Path, source: str, layer: str | None, *, folders: bool = False
) -> tuple[geopandas.GeoDataFrame, str | None, list[Problem]]:
    os.environ.setdefault("OGR_SKIP", _SKIPPED)
    import pyogrio

    problems = shapefiles.lacking(path, source)
    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        if pyogrio.read_info(path, layer=layers[0])["driver"] not in DRIVERS:
            suffix = Path(source).suffix
            raise InputError([Problem("not_its_format", "error", source, value=suffix)])
        if layer is not None and layer not in layers:
            names = {"known": ", ".join(layers)}
            raise InputError(
                [Problem("sheet_absent", "error", source, layer, values=names)]
            )
        options = shapefiles.encoding(path)
        if folders and layer is None and len(layers) > 1:
            frame = _folders(path, layers)
            values = {"folders": ", ".join(layers)}
            problems.append(Problem("folders_joined", "note", source, values=values))
            return _finish(frame, source, None, problems)
        chosen = layer or layers[0]
        problems += [
            Problem("sheet_not_read", "warning", source, name, values={"chosen": chosen})
            for name in layers
            if name != chosen and layer is None
        ]
        frame = pyogrio.read_dataframe(path, layer=chosen, **options)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        IndexError,
        ValueError,
    ) as error:
        if isinstance(error, InputError):
            raise
        why = {"why": str(error).replace(str(path), source)}
        raise InputError(
            [Problem("file_unreadable", "error", source, values=why)]
        ) from error
    shown = chosen if len(layers) > 1 else None
    return _finish(frame, source, shown, problems)


def _folders(path: Path, layers: list[str]) -> geopandas.GeoDataFrame:
    """The folders of a KML as one table; each row knows its folder."""
    import pandas as pd
    import pyogrio

    frames = [pyogrio.read_dataframe(path, layer=name) for name in layers]
    # fields that nobody filled in would make columns of mixed kinds
    filled = [
        frame.dropna(axis=1, how="all").assign(folder=name)
        for frame, name in zip(frames, layers, strict=True)
        if len(frame) and hasattr(frame, "geometry")
    ]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


def _parquet(path: Path, source: str) -> geopandas.GeoDataFrame:
    import geopandas

    try:
        return geopandas.read_parquet(path)
    except ImportError as error:
        raise MissingExtraError("needs_pyarrow", path=source) from error
    except (ValueError, OSError) as error:
        why = {"why": str(error)}
        raise InputError(
            [Problem("file_unreadable", "error", source, values=why)]
        ) from error


def _finish(
    frame: geopandas.GeoDataFrame, source: str, layer: str | None, problems: list[Problem]
) -> tuple[geopandas.GeoDataFrame, str | None, list[Problem]]:
    if not hasattr(frame, "geometry") or len(frame) == 0:
        raise InputError([Problem("no_rows", "error", source, layer)])
    if frame.crs is None:
        west, south, east, north = frame.total_bounds
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):  # noqa: PLR2004 - degrees
            raise InputError([Problem("no_crs", "error", source, layer)])
        problems.append(Problem("no_crs_degrees", "note", source, layer))
        frame = frame.set_crs(4326)
    frame = frame.to_crs(4326)
    frame.index = range(1, len(frame) + 1)
    return frame, layer, problems
