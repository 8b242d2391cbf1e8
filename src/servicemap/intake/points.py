"""Any list of points for ``matrix`` and ``isochrones``: an id and a place, nothing else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from servicemap.errors import InputError, Problem
from servicemap.intake import keys, sheets
from servicemap.intake.columns import Columns, match
from servicemap.intake.positions import positions


def read_points(
    path: str | Path, *, datum: str = "wgs84"
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Read points from a workbook, delimited text or a file with geometry.

    Parameters
    ----------
    path
        Columns are found by the documented synonyms: an id (else the name, else
        numbers are made), and longitude and latitude, both in one cell, or geometry
        (of areas a point inside).
    datum
        Of the coordinates: ``wgs84``, ``cgcs2000``, ``gcj02``, ``bd09``, ``auto``.

    Returns
    -------
    points, problems
        Columns ``id`` (text), ``lon``, ``lat`` (degrees WGS-84), in the order of the
        file. Rows without a usable place stay with NaN, each with a finding.

    Raises
    ------
    InputError
        The file cannot be read, has no coordinates, not one usable point, or the
        same id twice.
    """
    source = Path(path).name
    sheet = sheets.read(path, "points", source=source)
    columns = match(sheet, "points", {})
    # A study's own table has ids of villages and partners beside those of its points.
    told = [one for one in columns.problems if one.kind != "column_twice"]
    problems = [*sheet.problems, *told]
    if columns.geometry is None and not _has_place(columns):
        raise InputError([columns.problem("no_coordinates", "error"), *problems])
    ids, keep, more = keys.ids(columns, "id" if "id" in columns else "name")
    problems += more
    if not keep.all():
        raise InputError([problem for problem in more if problem.severity == "error"])
    at = positions(columns, datum=datum)
    problems += at.problems
    blank = at.lon.isna() & ~at.unusable
    problems += [columns.problem("point_blank", "error", row) for row in blank.index[blank]]
    if at.lon.isna().all():
        raise InputError(problems)
    points = pd.DataFrame({"id": ids, "lon": at.lon, "lat": at.lat}).reset_index(drop=True)
    return points, tuple(problems)


def _has_place(columns: Columns) -> bool:
    both = "lon" in columns and "lat" in columns
    return both or "lonlat" in columns or "link" in columns
