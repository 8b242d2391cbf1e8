"""Elevation models: SRTM tiles (``.hgt``, also zipped) and GeoTIFF, asked at places.

An SRTM tile is a square of big-endian 16-bit metres, rows from north to south, named
after its south-western corner; -32768 is a void (USGS, *SRTM Topography*). GeoTIFF
needs rasterio.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap import checksum
from servicemap.errors import InputError, MissingExtraError, Problem
from servicemap.intake import guard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

METRES_PER_DEGREE = 111_195.0
VOID = -32_768
HIGHEST_M = 9_000.0  # above and below these no road leads
LOWEST_M = -500.0
SIDES = (1201, 3601)  # samples along a side of an SRTM tile: 3 and 1 arc seconds
MOST_CELLS = 200_000_000
TIFF = (".tif", ".tiff")
_HGT = re.compile(r"([NS])(\d{2})([EW])(\d{3})[^/\\]*\.hgt$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Tile:
    """A grid of heights whose samples stand ``dx`` apart from west to east.

    Attributes
    ----------
    z : (rows, columns) float32
        Metres, rows from north to south; NaN where there is none.
    x0, y0
        The first sample, in units of ``crs``.
    dx, dy
        Distance of samples, both positive.
    crs
        System of the samples; None for degrees.
    """

    z: NDArray[np.float32]
    x0: float
    y0: float
    dx: float
    dy: float
    crs: str | None = None

    @property
    def cell_m(self) -> float:
        """Distance of samples from north to south in metres."""
        return self.dy * (METRES_PER_DEGREE if self.crs is None else 1.0)

    def at(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Heights between samples (bilinear over those that are known); NaN outside."""
        x, y = lon, lat
        if self.crs is not None:
            from pyproj import Transformer

            turn = Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)
            x, y = turn.transform(lon, lat)
        column, row = (x - self.x0) / self.dx, (self.y0 - y) / self.dy
        rows, columns = self.z.shape
        inside = np.abs(column - (columns - 1) / 2.0) <= columns / 2.0
        inside &= np.abs(row - (rows - 1) / 2.0) <= rows / 2.0
        column = np.clip(np.where(inside, column, 0.0), 0.0, columns - 1.0)
        row = np.clip(np.where(inside, row, 0.0), 0.0, rows - 1.0)
        i, j = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
        share_i, share_j = row - i, column - j
        total, weight = np.zeros(len(row)), np.zeros(len(row))
        for di, wi in ((0, 1.0 - share_i), (1, share_i)):
            for dj, wj in ((0, 1.0 - share_j), (1, share_j)):
                z = self.z[np.minimum(i + di, rows - 1), np.minimum(j + dj, columns - 1)]
                known = wi * wj * np.isfinite(z)
                total += known * np.where(np.isfinite(z), z, 0.0)
                weight += known
        known = inside & (weight > 0.0)
        return np.divide(total, weight, out=np.full(len(row), np.nan), where=known)


@dataclass(frozen=True, eq=False)
class Elevation:
    """One elevation model: its tiles and its name."""

    name: str
    tiles: tuple[Tile, ...]

    @property
    def cell_m(self) -> float:
        """Distance of samples in the coarsest tile, metres."""
        return max(tile.cell_m for tile in self.tiles)

    def at(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Heights in metres; NaN where no tile has one. The first tile that has counts."""
        z = np.full(len(lon), np.nan)
        for tile in self.tiles:
            lacking = np.flatnonzero(np.isnan(z))
            z[lacking] = tile.at(lon[lacking], lat[lacking])
        return z


def files_of(path: Path, source: str) -> list[Path]:
    """The tiles of a setting: one file, or all in a folder, by name.

    Raises
    ------
    InputError
        There is no such file, or a folder without tiles.
    """
    if not path.is_dir():
        return [guard.local(path, source)]
    found = [
        one
        for one in sorted(path.iterdir(), key=lambda item: item.name)
        if one.name.casefold().endswith((".hgt", ".hgt.zip", *TIFF))
    ]
    if not found:
        raise _unreadable(source, "*.hgt, *.hgt.zip, *.tif")
    return found


def fingerprint(path: Path, source: str) -> str:
    """What a model is kept under: the content of its files."""
    return "+".join(checksum.sha256(file) for file in files_of(path, source))


def read(path: Path, source: str, bounds: tuple[float, float, float, float]) -> Elevation:
    """Read what lies within some bounds.

    Parameters
    ----------
    path
        A tile (``.hgt``, ``.hgt.zip``, ``.tif``) or a folder of tiles.
    source
        The name to show in messages.
    bounds
        West, south, east, north of the roads, degrees.

    Raises
    ------
    InputError
        A file is not what its name says, or does not meet the roads.
    MissingExtraError
        A GeoTIFF is named and rasterio is not installed.
    """
    tiles: list[Tile] = []
    for file in files_of(path, source):
        shown = source if file == path else f"{source}/{file.name}"
        if file.suffix.casefold() in TIFF:
            tiles += _tiff(file, shown, bounds)
        else:
            tiles += _srtm(file, shown, bounds)
    if not tiles:
        raise InputError([Problem("elevation_elsewhere", "error", source)])
    return Elevation(path.name, tuple(tiles))


def _unreadable(source: str, why: str) -> InputError:
    return InputError(
        [Problem("elevation_unreadable", "error", source, values={"why": why})]
    )


def _contents(file: Path, source: str) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the tiles in a file."""
    if file.suffix.casefold() != ".zip":
        yield file.name, file.read_bytes()
        return
    try:
        with zipfile.ZipFile(file) as archive:
            for one in archive.infolist():
                if _HGT.search(one.filename) and one.file_size in _sizes():
                    yield one.filename, archive.read(one)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise _unreadable(source, str(error)) from error


def _sizes() -> tuple[int, ...]:
    return tuple(2 * side * side for side in SIDES)


def _srtm(
    file: Path, source: str, bounds: tuple[float, float, float, float]
) -> Iterator[Tile]:
    found = 0
    for name, content in _contents(file, source):
        match = _HGT.search(name)
        if match is None or len(content) not in _sizes():
            break
        found += 1
        lat = float(match[2]) * (1 if match[1] in "Nn" else -1)
        lon = float(match[4]) * (1 if match[3] in "Ee" else -1)
        west, south, east, north = bounds
        if lon > east or lon + 1 < west or lat > north or lat + 1 < south:
            continue
        side = SIDES[_sizes().index(len(content))]
        heights = np.frombuffer(content, dtype=">i2").reshape(side, side)
        step = 1.0 / (side - 1)
        yield Tile(_cleaned(heights), lon, lat + 1.0, step, step)
    if not found:
        raise _unreadable(source, "N28E121.hgt, 1201 x 1201 or 3601 x 3601")


def _cleaned(heights: NDArray[Any]) -> NDArray[np.float32]:
    z = heights.astype(np.float32)
    z[(z < LOWEST_M) | (z > HIGHEST_M)] = np.nan  # voids, and what cannot be
    return z


def _tiff(
    file: Path, source: str, bounds: tuple[float, float, float, float]
) -> Iterator[Tile]:
    try:
        import rasterio
        import rasterio.errors
        from pyproj import Transformer
        from rasterio.windows import Window
    except ImportError as error:
        raise MissingExtraError("needs_rasterio", path=source) from error
    try:
        with rasterio.open(file, driver="GTiff") as raster:
            if raster.crs is None:
                raise InputError([Problem("no_crs", "error", source)])
            turned = raster.transform
            if turned.b or turned.d or turned.a <= 0 or turned.e >= 0:
                raise _unreadable(source, "north up")
            degrees = raster.crs.is_geographic
            crs = None if degrees else raster.crs.to_wkt()
            box = bounds
            if crs is not None:
                turn = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
                box = turn.transform_bounds(*bounds)
            left = max(0, int((box[0] - turned.c) / turned.a) - 2)
            right = min(raster.width, int((box[2] - turned.c) / turned.a) + 3)
            top = max(0, int((turned.f - box[3]) / -turned.e) - 2)
            bottom = min(raster.height, int((turned.f - box[1]) / -turned.e) + 3)
            if left >= right or top >= bottom:
                return
            if (right - left) * (bottom - top) > MOST_CELLS:
                raise _unreadable(source, f"> {MOST_CELLS:,}")
            window = Window(left, top, right - left, bottom - top)
            band = raster.read(1, window=window, masked=True).astype(np.float32)
    except rasterio.errors.RasterioError as error:
        raise _unreadable(source, str(error).replace(str(file), source)) from error
    yield Tile(
        _cleaned(band.filled(np.nan)),
        turned.c + (left + 0.5) * turned.a,
        turned.f + (top + 0.5) * turned.e,
        turned.a,
        -turned.e,
        crs,
    )
