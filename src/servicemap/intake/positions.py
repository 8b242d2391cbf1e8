"""Where each row is: degrees read, swapped pairs found, shifted datums converted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicemap.intake import cells, datum_evidence, datum_rows, datums, degrees

if TYPE_CHECKING:
    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns

Bounds = tuple[float, float, float, float]
Mask = npt.NDArray[np.bool_]

_MAX_LON, _MAX_LAT = 180.0, 90.0
# A point beyond the map data by more than this share of their size (at least
# 0.05 degrees) is a finding.
_MARGIN_SHARE, _MARGIN_MIN = 0.25, 0.05


@dataclass(frozen=True)
class Positions:
    """Degrees WGS-84 per row; NaN where there are none.

    Attributes
    ----------
    lon, lat
        Shape (n,).
    datum
        The datum in which each row was given.
    unusable
        Rows whose coordinates were given and cannot be used.
    problems
        One finding per such row, notes on what was converted.
    """

    lon: pd.Series
    lat: pd.Series
    datum: pd.Series
    unusable: pd.Series
    problems: tuple[Problem, ...]


def positions(
    columns: Columns,
    *,
    datum: str,
    swap_lonlat: bool = False,
    bounds: Bounds | None = None,
    around: datum_rows.Surroundings | None = None,
) -> Positions:
    """Read where each row is.

    Parameters
    ----------
    columns
        With ``lon`` and ``lat``, or ``lonlat``, or a geometry.
    datum
        ``wgs84``, ``cgcs2000``, ``gcj02``, ``bd09``, ``column`` (each row says so
        itself) or ``auto`` (the column if there is one, else WGS-84 unless the
        evidence says otherwise, see `datum_rows`).
    swap_lonlat
        Exchange the pairs that are found swapped. When no pair of the file shows
        which way round it is, exchange all.
    bounds
        West, south, east, north of the map data: evidence for swapped pairs and
        for points outside.
    around
        Roads, villages and townships: evidence for the datum.

    Returns
    -------
    Positions
        Geometry counts as WGS-84 or whatever ``datum`` says. Blank cells are no
        finding here: what they mean depends on the table.
    """
    if columns.geometry is not None:
        lon, lat, blank, problems = _from_geometry(columns)
    else:
        lon, lat, blank, problems = _from_cells(columns)
    bad = np.isnan(lon) & ~blank
    zero = (lon == 0) & (lat == 0)
    swapped, right = _evidence(lon, lat, bounds)
    swapped &= ~zero & ~bad
    if swap_lonlat:
        turn = swapped if (swapped.any() or right.any()) else ~(bad | zero | blank)
        lon, lat = np.where(turn, lat, lon), np.where(turn, lon, lat)
        if turn.any():
            problems.append(
                columns.problem("lonlat_exchanged", "note", count=int(turn.sum()))
            )
        swapped = np.zeros_like(swapped)
    beyond = ~swapped & ((np.abs(lon) > _MAX_LON) | (np.abs(lat) > _MAX_LAT))
    at = _column(columns)
    for kind, mask in (
        ("not_degrees", bad),
        ("zero_zero", zero),
        ("swapped_lonlat", swapped),
        ("out_of_range", beyond),
    ):
        problems += [
            columns.problem(kind, "error", row, at) for row in columns.cells.index[mask]
        ]
    unusable = bad | zero | swapped | beyond
    lon = np.where(unusable | blank, np.nan, lon)
    lat = np.where(unusable | blank, np.nan, lat)
    names, more = datum_rows.settle(columns, datum, lon, lat, around)
    problems += more
    for name in sorted(set(names) - {"wgs84", "cgcs2000"}):
        mask = (names == name) & ~np.isnan(lon)
        undo = datum_evidence.HYPOTHESES[name]
        lon[mask], lat[mask] = undo(lon[mask], lat[mask])
        if mask.any():
            count, label = int(mask.sum()), datum_evidence.LABELS[name]
            problems.append(
                columns.problem("datum_converted", "note", count=count, datum=label)
            )
    if bounds is not None:
        problems += [
            columns.problem("outside_map", "warning", row, at)
            for row in columns.cells.index[_outside(lon, lat, bounds)]
        ]
    index = columns.cells.index
    return Positions(
        pd.Series(lon, index=index),
        pd.Series(lat, index=index),
        pd.Series([_datum(name) for name in names], index=index, dtype="str"),
        pd.Series(unusable, index=index),
        tuple(problems),
    )


def _column(columns: Columns) -> str | None:
    return next((name for name in ("lon", "lonlat") if name in columns), None)


def _from_geometry(
    columns: Columns,
) -> tuple[datums.Floats, datums.Floats, Mask, list[Problem]]:
    import shapely

    shapes = np.asarray(columns.geometry.array)  # type: ignore[union-attr]
    blank = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    kind = shapely.get_type_id(shapes)
    lines = np.isin(kind, (1, 2, 5))
    points = np.full(len(shapes), None, dtype=object)
    usable = ~blank & ~lines
    points[usable] = shapely.point_on_surface(shapes[usable])
    exact = usable & (kind == 0)
    points[exact] = shapes[exact]
    lon = np.array(shapely.get_x(points), dtype=float)
    lat = np.array(shapely.get_y(points), dtype=float)
    return lon, lat, blank, []


def _from_cells(
    columns: Columns,
) -> tuple[datums.Floats, datums.Floats, Mask, list[Problem]]:
    rows = len(columns.cells)
    lon, lat = np.full(rows, np.nan), np.full(rows, np.nan)
    blank = np.ones(rows, dtype=bool)
    if "lon" in columns and "lat" in columns:
        own_lon, own_lat = columns.cells["lon"], columns.cells["lat"]
        lon = np.array([degrees.degrees(cell) for cell in own_lon], dtype=float)
        lat = np.array([degrees.degrees(cell) for cell in own_lat], dtype=float)
        empty = [
            cells.is_blank(one) and cells.is_blank(two)
            for one, two in zip(own_lon, own_lat, strict=True)
        ]
        blank = np.array(empty, dtype=bool)
    pairs = columns.cells["lonlat"] if "lonlat" in columns else None
    if pairs is None and "lon" in columns:
        pairs = columns.cells["lon"]  # both in the column of one
    if pairs is not None:
        for position, cell in enumerate(pairs):
            if np.isnan(lon[position]) and not cells.is_blank(cell):
                lon[position], lat[position] = degrees.pair(cell)
                blank[position] = False
    half = np.isnan(lon) != np.isnan(lat)
    lon[half] = np.nan
    lat[half] = np.nan
    return lon, lat, blank, []


def _evidence(
    lon: datums.Floats, lat: datums.Floats, bounds: Bounds | None
) -> tuple[Mask, Mask]:
    """Pairs that are surely the wrong way round, and pairs that are surely right."""
    swapped = (
        (np.abs(lat) > _MAX_LAT) & (np.abs(lon) <= _MAX_LAT) & (np.abs(lat) <= _MAX_LON)
    )
    right = (np.abs(lon) > _MAX_LAT) & (np.abs(lat) <= _MAX_LAT)
    if bounds is not None:
        here, there = ~_outside(lon, lat, bounds), ~_outside(lat, lon, bounds)
        given = ~np.isnan(lon)
        swapped |= given & there & ~here
        right |= given & here & ~there
    return np.asarray(swapped), np.asarray(right)


def _outside(lon: datums.Floats, lat: datums.Floats, bounds: Bounds) -> Mask:
    west, south, east, north = bounds
    wide = max((east - west) * _MARGIN_SHARE, _MARGIN_MIN)
    high = max((north - south) * _MARGIN_SHARE, _MARGIN_MIN)
    out = (lon < west - wide) | (lon > east + wide)
    out |= (lat < south - high) | (lat > north + high)
    return np.asarray(out, dtype=bool)


def _datum(hypothesis: str) -> str:
    return datum_evidence.DATUM_OF.get(hypothesis, hypothesis)
