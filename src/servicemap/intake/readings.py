"""Coordinates as the cells give them: degrees, pairs, links, metres, shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from servicemap.intake import cells, degrees, map_links, metres, packed, within
from servicemap.intake.datum_evidence import MIN_POINTS

if TYPE_CHECKING:
    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns
    from servicemap.intake.datum_rows import Surroundings
    from servicemap.intake.within import Floats

Bounds = within.Bounds
Mask = npt.NDArray[np.bool_]
Names = npt.NDArray[np.object_]

PLACES = ("lon", "lat", "lonlat", "link")  # columns that say where a row is
_MOST = 0.5  # of the rows must lie within the map for a projected system to fit
_LEAST_WHOLE = 1e5  # degrees without their decimal point have six digits and more
_POWERS = range(3, 9)
_LONG_LIST = 20
_SAME_DEGREES = 1e-5  # two systems that agree to a metre are one


@dataclass(frozen=True)
class Reading:
    """What the cells say, one value per row.

    Attributes
    ----------
    lon, lat
        Degrees in the row's own datum; NaN where there are none.
    blank
        Rows that say nothing.
    unusable
        Rows that say something with a finding of its own.
    known
        Datum that the coordinates themselves tell; None elsewhere.
    problems
        Findings.
    """

    lon: Floats
    lat: Floats
    blank: Mask
    unusable: Mask
    known: Names
    problems: tuple[Problem, ...]


def read(
    columns: Columns,
    crs: str,
    bounds: Bounds | None,
    around: Surroundings | None,
) -> Reading:
    """Read the coordinates of a sheet.

    Parameters
    ----------
    columns
        With ``lon`` and ``lat``, or ``lonlat``, or a geometry.
    crs
        Projected system of metres, as the study says it; ``auto``.
    bounds, around
        Map data, roads and places: evidence for the system of metres.
    """
    if columns.geometry is not None:
        return _from_geometry(columns)
    lon, lat, blank = _numbers(columns)
    rows = len(lon)
    known = np.full(rows, None, dtype=object)
    unusable = np.zeros(rows, dtype=bool)
    problems: list[Problem] = []
    _links(columns, lon, lat, blank, known, unusable, problems)
    if crs == metres.AUTO and bounds is not None:
        lost = _points_lost(columns, lon, lat, bounds, problems)
        lon[lost] = lat[lost] = np.nan
        unusable |= lost
    problems += _coarse(columns, lon, lat)
    large = metres.are_metres(lon, lat)
    problems += packed.seconds(columns, lon, lat, bounds)
    more = packed.minutes(columns, lon, lat, large, bounds)
    if more:
        problems += more
        lon[large] = lat[large] = np.nan
        unusable |= large
    elif large.any():
        count = int(large.sum())
        solved: metres.System | list[metres.System]
        try:
            solved = _solve(lon, lat, large, crs, bounds, around)
        except ValueError:
            problems.append(columns.problem("crs_unknown", "error", code=crs))
            solved = []
        if isinstance(solved, metres.System):
            lon[large], lat[large] = solved.to_degrees(lon[large], lat[large])
            known[large] = solved.datum
            unusable |= large & np.isnan(lon)
            problems.append(
                columns.problem("metres_read", "note", count=count, system=solved.label)
            )
        else:
            options = "; ".join(dict.fromkeys(one.label for one in solved)) or "?"
            problems.append(
                columns.problem("metres_unknown", "error", count=count, options=options)
            )
            lon[large] = lat[large] = np.nan
            unusable |= large
    return Reading(lon, lat, blank, unusable, known, tuple(problems))


def _points_lost(
    columns: Columns, lon: Floats, lat: Floats, bounds: Bounds, problems: list[Problem]
) -> Mask:
    """Whole numbers that lie on the map once their decimal point is back."""
    west, south, east, north = bounds
    lost = np.zeros(len(lon), dtype=bool)
    large = _is_whole(lon) | _is_whole(lat)
    for place in np.flatnonzero(large & ~np.isnan(lon) & ~np.isnan(lat)):
        x, y = _with_point(lon[place], west, east), _with_point(lat[place], south, north)
        if x is not None and y is not None:
            lost[place] = True
            row = int(columns.cells.index[int(place)])
            shown = {"lon": f"{x:.7g}", "lat": f"{y:.7g}"}
            problems.append(
                columns.problem("decimal_point_lost", "error", row, "lon", **shown)
            )
    return lost


def _is_whole(angle: Floats) -> Mask:
    return np.asarray((angle >= _LEAST_WHOLE) & (angle == np.round(angle)), dtype=bool)


def _with_point(angle: float, low: float, high: float) -> float | None:
    """An angle within bounds, its decimal point put back where it has none."""
    if not _is_whole(np.array([angle]))[0]:
        return angle if low < angle < high else None
    fits = (angle / 10.0**k for k in _POWERS if low < angle / 10.0**k < high)
    return next(fits, None)


def _coarse(columns: Columns, lon: Floats, lat: Floats) -> list[Problem]:
    """Rows with two decimals among finer ones; a long list of nothing else at once."""
    there = (np.abs(lon) <= metres.FROM_M) & ~np.isnan(lat)
    coarse = there & (lon == np.round(lon, 2)) & (lat == np.round(lat, 2))
    coarse &= (lon != 0) | (lat != 0)
    if coarse.sum() * 2 < there.sum():
        return [
            columns.problem("coordinates_coarse", "warning", int(row), "lon")
            for row in columns.cells.index[coarse]
        ]
    if coarse.sum() >= _LONG_LIST:
        return [columns.problem("coordinates_coarse", "warning")]
    return []


def is_blank(columns: Columns, row: int) -> bool:
    """Whether a row has no coordinates of its own, right or wrong."""
    there = (name for name in PLACES if name in columns)
    return all(cells.is_blank(columns.cells[name].loc[row]) for name in there)


def _from_geometry(columns: Columns) -> Reading:
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
    none = np.zeros(len(lon), dtype=bool)
    return Reading(lon, lat, blank, none, np.full(len(lon), None, dtype=object), ())


def _numbers(columns: Columns) -> tuple[Floats, Floats, Mask]:
    rows = len(columns.cells)
    lon, lat = np.full(rows, np.nan), np.full(rows, np.nan)
    blank = np.ones(rows, dtype=bool)
    if "lon" in columns and "lat" in columns:
        own_lon, own_lat = columns.cells["lon"], columns.cells["lat"]
        lon = np.array([_number(cell) for cell in own_lon], dtype=float)
        lat = np.array([_number(cell) for cell in own_lat], dtype=float)
        empty = [
            cells.is_blank(one) and cells.is_blank(two)
            for one, two in zip(own_lon, own_lat, strict=True)
        ]
        blank = np.array(empty, dtype=bool)
    for place, cell in enumerate(_pairs(columns)):
        if np.isnan(lon[place]) and not cells.is_blank(cell):
            lon[place], lat[place] = degrees.pair(cell)
            blank[place] = False
    half = np.isnan(lon) != np.isnan(lat)
    lon[half] = np.nan
    lat[half] = np.nan
    return lon, lat, blank


def _number(cell: Any) -> float:
    """An angle, or metres with thousands separators."""
    angle = degrees.degrees(cell)
    if np.isnan(angle):
        number = cells.number(cell)
        return number if abs(number) > metres.FROM_M else np.nan
    return angle


def _pairs(columns: Columns) -> Any:
    """Cells that may hold both coordinates: their own column, else that of one."""
    for name in ("lonlat", "lon"):
        if name in columns:
            return columns.cells[name]
    return []


def _links(
    columns: Columns,
    lon: Floats,
    lat: Floats,
    blank: Mask,
    known: Names,
    unusable: Mask,
    problems: list[Problem],
) -> None:
    """Coordinates of share links, where a row has no others."""
    for name in ("lonlat", "link", "lon"):
        for place, (row, cell) in enumerate(columns.rows(name)):
            if not np.isnan(lon[place]) or unusable[place]:
                continue
            found = map_links.find(cell)
            if found is None:
                continue
            blank[place] = False
            if np.isnan(found.lon):
                unusable[place] = True
                problems.append(columns.problem("link_without_place", "error", row, name))
            else:
                lon[place], lat[place] = found.lon, found.lat
                known[place] = found.datum


def _solve(
    first: Floats,
    second: Floats,
    which: Mask,
    crs: str,
    bounds: Bounds | None,
    around: Surroundings | None,
) -> metres.System | list[metres.System]:
    """The system of some rows' metres, or those between which nothing decides."""
    a, b = first[which], second[which]
    if crs != metres.AUTO:
        options = list(metres.declared(crs))
    else:
        middle = None if bounds is None else (bounds[0] + bounds[2]) / 2
        options = metres.fitting(a, b, middle)
    places: list[tuple[metres.System, Floats, Floats]] = []
    for one in options:
        lon, lat = one.to_degrees(a, b)
        there = ~np.isnan(lon)
        if bounds is not None:
            there &= ~within.outside(lon, lat, bounds)
        again = any(
            np.nanmax(np.hypot(lon - x, lat - y), initial=0.0) < _SAME_DEGREES
            for _, x, y in places
        )
        if there.mean() >= _MOST and not again:
            places.append((one, lon, lat))
    if len(places) == 1 or (places and crs != metres.AUTO):
        return places[0][0]
    if around is None or len(places) < 2 or len(a) < MIN_POINTS:  # noqa: PLR2004 - nothing to decide
        return [one for one, *_ in places] or options
    wide = {}
    for number, (_, lon, lat) in enumerate(places):
        x, y = np.full(len(first), np.nan), np.full(len(first), np.nan)
        x[which], y[which] = lon, lat
        wide[str(number)] = (x, y)
    rows = np.flatnonzero(which)
    kept = np.all([~np.isnan(x[rows]) for x, _ in wide.values()], axis=0)
    verdict = around.collect(*wide["0"], rows[kept], wide).verdict()
    if verdict.sure and verdict.datum is not None:
        return places[int(verdict.datum)][0]
    return [one for one, *_ in places]
