"""The area that a study is about: from a file with areas, or around points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicemap.errors import InputError, Problem
from servicemap.intake import guard, points, vectors

if TYPE_CHECKING:
    from pathlib import Path

AROUND_M = 1_000.0  # around the hull of points
METRES_PER_DEGREE = 111_195.0  # of a great circle on the sphere
SHEETS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".et", ".ods")


def outline(file: Path, source: str) -> Any:
    """The union of a file's areas, in degrees.

    Parameters
    ----------
    file
        A file with geometry.
    source
        The name to show in messages.

    Raises
    ------
    InputError
        The file cannot be read, or has no areas.
    """
    area, is_outline = read(file, source)
    if not is_outline:
        raise InputError([Problem("not_an_area", "error", source)])
    return area


def read(file: Path, source: str | None = None) -> tuple[Any, bool]:
    """Read an area.

    Parameters
    ----------
    file
        A file with geometry, or a table of points with coordinates (WGS-84).
    source
        The name to show in messages; the path itself unless told.

    Returns
    -------
    area
        Polygon or multipolygon, degrees: the union of the file's areas; where it has
        none, the convex hull of its points and lines and a kilometre around it.
    is_outline
        Whether the file has areas.

    Raises
    ------
    InputError
        The file cannot be read, or has no place.
    """
    import shapely

    shown = source or str(file)
    path = guard.local(file, shown)
    suffix = path.suffix.casefold()
    if suffix in vectors.SUFFIXES:
        shapes = vectors.read(path, shown)[0].geometry.to_numpy()
        area = shapely.union_all(shapely.make_valid(shapes))
        if area.area > 0:
            parts = shapely.get_parts(area)
            return shapely.union_all(parts[shapely.get_dimensions(parts) == 2]), True  # noqa: PLR2004
        hull = shapely.convex_hull(area)
    elif suffix in SHEETS:
        table, _ = points.read_points(path)
        at = table[["lon", "lat"]].dropna().to_numpy(float)
        hull = shapely.convex_hull(shapely.multipoints(at))
    else:
        raise InputError([Problem("unknown_format", "error", shown, value=path.suffix)])
    if hull.is_empty:
        raise InputError([Problem("not_an_area", "error", shown)])
    return widened(hull, AROUND_M), False


def widened(area: Any, metres: float) -> Any:
    """An area in degrees and so many metres around it, a little more rather than less."""
    import numpy as np
    import shapely

    _, south, _, north = area.bounds
    flat = float(
        np.cos(np.radians(max(abs(south), abs(north)) + metres / METRES_PER_DEGREE))
    )
    shrunk = shapely.transform(area, lambda at: at * [flat, 1.0])
    # a circle of straight lines lies inside it by 1 % with 8 corners a quarter
    wide = shapely.buffer(shrunk, 1.01 * metres / METRES_PER_DEGREE)
    return shapely.transform(wide, lambda at: at / [flat, 1.0])
