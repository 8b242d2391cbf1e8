"""Population rasters (GeoTIFF): cells cut along the areas of villages or townships."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap.checksum import sha256
from servicemap.errors import InputError, MissingExtraError, Problem
from servicemap.intake import guard, homes
from servicemap.intake.cells import MAX_COUNT
from servicemap.intake.grids import left_out
from servicemap.intake.homes import POINTS

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".tif", ".tiff")
MAX_CELLS = 20_000_000
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MARGIN = 0.03  # degrees around the villages


def of_raster(
    path: Path, source: str, villages: pd.DataFrame, townships: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, Any], list[Problem]]:
    """Cells of a raster of people per cell, cut along the areas of villages.

    Where the villages have areas (else the townships), a cell on a border counts for
    each side by the share of it that lies there (exactextract); a village then takes
    the cells of its area, or of its township the nearest ones. Without areas a cell
    goes with its middle.

    Parameters
    ----------
    path
        GeoTIFF with one band of people per cell; what is not positive is nobody.
    source
        The name to show in messages.
    villages, townships
        The checked tables.

    Returns
    -------
    points, entry, problems
        Columns `homes.POINTS`; ``entry`` is the file's row of ``Inputs.files``.

    Raises
    ------
    InputError
        No GeoTIFF, no coordinate system, or too many cells.
    MissingExtraError
        rasterio or exactextract is not installed.
    """
    file = guard.local(path, source)
    with file.open("rb") as stream:
        if not stream.read(4).startswith(_TIFF):
            raise InputError(
                [Problem("not_its_format", "error", source, value=file.suffix)]
            )
    try:
        import exactextract
        import rasterio
    except ImportError as error:
        raise MissingExtraError("needs_raster", path=source) from error
    problems: list[Problem] = []
    try:
        with rasterio.open(file, driver="GTiff") as raster:
            if raster.crs is None:
                raise InputError([Problem("no_crs", "error", source)])
            column, shapes = _areas(villages, townships)
            if shapes is None:
                cut = _middles(raster, source, villages)
            else:
                cut = _cut(exactextract, raster, shapes, column)
    except rasterio.errors.RasterioError as error:
        why = {"why": str(error).replace(str(file), source)}
        raise InputError(
            [Problem("file_unreadable", "error", source, values=why)]
        ) from error
    done = _with_village(cut, villages, townships)
    left_out(problems, source, cut, done)
    entry = {
        "name": source,
        "sha256": sha256(file),
        "rows": len(cut),
        "date": None,
        "sheet": None,
        "header_row": None,
        "rows_used": len(done),
        "rows_dropped": len(cut) - len(done),
    }
    return done[POINTS].reset_index(drop=True), entry, problems


def _areas(villages: Any, townships: Any) -> tuple[str, Any]:
    """Whose areas to cut along, and the areas; None where not all are known."""
    for column, table in (("village", villages), ("township", townships)):
        if len(table) and table.geometry.notna().all():
            return column, table[["geometry"]]
    return "", None


def _cut(exactextract: Any, raster: Any, shapes: Any, column: str) -> pd.DataFrame:
    """Cells of each area, which ``column`` names, and the people of the share inside."""
    import shapely

    areas = shapes.to_crs(raster.crs).reset_index(drop=True)
    wanted = ["values", "coverage", "center_x", "center_y", "cell_id"]
    found = exactextract.exact_extract(
        raster, areas, wanted, output="pandas", include_geom=False
    )
    parts = []
    for number, row in enumerate(found.itertuples(index=False)):
        value, share, x, y, cell = (
            np.ma.filled(getattr(row, one), np.nan) for one in wanted
        )
        value = np.asarray(value, dtype=float)
        kept = _is_peopled(value)
        if not kept.any():
            continue
        x, y = np.asarray(x, dtype=float)[kept], np.asarray(y, dtype=float)[kept]
        area = areas.geometry.iloc[number]
        out = ~shapely.contains_xy(area, x, y)
        if out.any():  # the middle of a cell on the border lies on the other side
            ring = shapely.shortest_line(area, shapely.points(x[out], y[out]))
            ends = shapely.get_coordinates(shapely.get_point(ring, 0))
            x[out], y[out] = ends[:, 0], ends[:, 1]
        parts.append(
            pd.DataFrame(
                {
                    "osm_id": [f"r{one:09d}" for one in np.asarray(cell)[kept]],
                    column: number,
                    "x": x,
                    "y": y,
                    "weight": value[kept] * np.asarray(share, dtype=float)[kept],
                }
            )
        )
    cut = pd.concat(parts, ignore_index=True) if parts else _none()
    return _in_degrees(cut, raster.crs)


def _is_peopled(value: np.ndarray) -> np.ndarray:
    """Which cells hold people; absurd counts are marks of no data that are not declared."""
    return np.asarray((value > 0) & (value <= MAX_COUNT))


def _none() -> pd.DataFrame:
    return pd.DataFrame({"osm_id": [], "x": [], "y": [], "weight": []})


def _in_degrees(frame: pd.DataFrame, crs: Any) -> pd.DataFrame:
    from pyproj import Transformer

    turn = Transformer.from_crs(crs, 4326, always_xy=True)
    lon, lat = turn.transform(frame["x"].to_numpy(float), frame["y"].to_numpy(float))
    return frame.assign(lon=lon, lat=lat).drop(columns=["x", "y"])


def _middles(raster: Any, source: str, villages: pd.DataFrame) -> pd.DataFrame:
    """Middles of the cells around the villages."""
    from pyproj import Transformer
    from rasterio.windows import Window

    west, south, east, north = (
        float(villages[name].agg(how)) + margin
        for how, margin in (("min", -_MARGIN), ("max", _MARGIN))
        for name in ("lon", "lat")
    )
    turn = Transformer.from_crs(4326, raster.crs, always_xy=True)
    west, south, east, north = turn.transform_bounds(west, south, east, north)
    grid = raster.transform  # north up, as rasters of people are
    if grid.b or grid.d:
        raise InputError([Problem("raster_turned", "error", source)])
    columns = np.clip(np.array([west - grid.c, east - grid.c]) / grid.a, 0, raster.width)
    lines = np.clip(np.array([north - grid.f, south - grid.f]) / grid.e, 0, raster.height)
    left, top = int(np.floor(columns.min())), int(np.floor(lines.min()))
    wide, high = int(np.ceil(columns.max())) - left, int(np.ceil(lines.max())) - top
    if wide * high > MAX_CELLS:
        limit = {"limit": MAX_CELLS}
        raise InputError([Problem("too_many_rows", "error", source, values=limit)])
    if not wide or not high:
        return _in_degrees(_none(), raster.crs)
    window = Window(left, top, wide, high)
    values = raster.read(1, window=window, masked=True).astype(float).filled(np.nan)
    line, column = np.nonzero(_is_peopled(values))
    frame = pd.DataFrame(
        {
            "osm_id": [
                f"r{top + a:05d}_{left + b:05d}" for a, b in zip(line, column, strict=True)
            ],
            "x": grid.c + grid.a * (left + column + 0.5),
            "y": grid.f + grid.e * (top + line + 0.5),
            "weight": values[line, column],
        }
    )
    return _in_degrees(frame, raster.crs)


def _with_village(
    cut: pd.DataFrame, villages: pd.DataFrame, townships: pd.DataFrame
) -> pd.DataFrame:
    if "village" in cut:
        return cut
    # A piece stays in the township that it was cut for, so that two pieces of one cell
    # never come to one village.
    known = cut["township"].to_numpy() if "township" in cut else None
    return homes.with_village(cut, villages, townships, known)
