"""Where each row is: degrees read, swapped pairs found, shifted datums converted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap.intake import datum_evidence, datum_rows, metres, readings
from servicemap.intake.map_evidence import MapEvidence
from servicemap.intake.within import outside

if TYPE_CHECKING:
    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns
    from servicemap.intake.readings import Bounds, Mask
    from servicemap.intake.within import Floats

_MAX_LON, _MAX_LAT = 180.0, 90.0


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
    on_map: MapEvidence | None = None,
    around: datum_rows.Surroundings | None = None,
    crs: str = metres.AUTO,
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
    on_map
        Map data: evidence for swapped pairs, for points outside and in water.
    around
        Roads, villages and townships: evidence for the datum.
    crs
        Projected system of coordinates in metres, such as ``4549`` or ``bd09mc``;
        ``auto`` asks the map data and the roads.

    Returns
    -------
    Positions
        Geometry counts as WGS-84 or whatever ``datum`` says. Blank cells are no
        finding here: what they mean depends on the table.
    """
    on_map = on_map or MapEvidence()
    bounds = on_map.bounds
    given = readings.read(columns, crs, bounds, around)
    lon, lat, blank, problems = given.lon, given.lat, given.blank, [*given.problems]
    bad = np.isnan(lon) & ~blank & ~given.unusable
    zero = (lon == 0) & (lat == 0)
    swapped, right = _evidence(lon, lat, bounds)
    swapped &= ~zero & ~bad & (given.known == None)  # noqa: E711 - element by element
    if swap_lonlat:
        free = ~(bad | zero | blank) & (given.known == None)  # noqa: E711
        turn = swapped if (swapped.any() or right.any()) else free
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
    unusable = bad | zero | swapped | beyond | given.unusable
    lon = np.where(unusable | blank, np.nan, lon)
    lat = np.where(unusable | blank, np.nan, lat)
    names, more = datum_rows.settle(columns, datum, lon, lat, around, given.known)
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
            for row in columns.cells.index[outside(lon, lat, bounds)]
        ]
    if on_map.in_water is not None:
        problems += [
            columns.problem("in_water", "warning", row, at)
            for row in columns.cells.index[on_map.in_water(lon, lat)]
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


def _evidence(lon: Floats, lat: Floats, bounds: Bounds | None) -> tuple[Mask, Mask]:
    """Pairs that are surely the wrong way round, and pairs that are surely right."""
    swapped = (
        (np.abs(lat) > _MAX_LAT) & (np.abs(lon) <= _MAX_LAT) & (np.abs(lat) <= _MAX_LON)
    )
    right = (np.abs(lon) > _MAX_LAT) & (np.abs(lat) <= _MAX_LAT)
    if bounds is not None:
        here, there = ~outside(lon, lat, bounds), ~outside(lat, lon, bounds)
        given = ~np.isnan(lon)
        swapped |= given & there & ~here
        right |= given & here & ~there
    return np.asarray(swapped), np.asarray(right)


def _datum(hypothesis: str) -> str:
    return datum_evidence.DATUM_OF.get(hypothesis, hypothesis)
