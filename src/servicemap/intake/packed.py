"""Degrees, minutes and seconds written as one number: 121.1917 for 121°19′17″.

Such numbers look like degrees and lie some kilometres away. No pair of digits in them
is 60 or more, which many other coordinates never keep up; that is told, nothing is
changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.intake import metres, within

if TYPE_CHECKING:
    from servicemap.errors import Problem, Severity
    from servicemap.intake.columns import Columns
    from servicemap.intake.within import Bounds, Floats

MOST_SHARE = 0.5  # of the rows must then lie on the map
LEAST_ROWS = 12  # by chance, even of points side by side: one list in half a million
_SIXTY = 60
_MOST_LON, _MOST_LAT = 180, 90


def seconds(
    columns: Columns, lon: Floats, lat: Floats, bounds: Bounds | None
) -> list[Problem]:
    """Say once that degrees may be degrees, minutes and seconds; they stay as they are."""
    there = (np.abs(lon) <= metres.FROM_M) & (np.abs(lat) <= metres.FROM_M)
    there &= (lon != 0) | (lat != 0)
    meant = as_seconds(lon[there], lat[there]) if there.any() else None
    return _found(columns, "degrees_packed", "warning", there, meant, bounds)


def minutes(
    columns: Columns, lon: Floats, lat: Floats, which: Any, bounds: Bounds | None
) -> list[Problem]:
    """Say that what is taken for metres in some rows is degrees and minutes."""
    meant = as_minutes(lon[which], lat[which]) if which.any() else None
    return _found(columns, "minutes_packed", "error", which, meant, bounds)


def _found(
    columns: Columns,
    kind: str,
    severity: Severity,
    which: Any,
    meant: tuple[Floats, Floats] | None,
    bounds: Bounds | None,
) -> list[Problem]:
    if meant is None or bounds is None:
        return []
    if within.outside(*meant, bounds).mean() > MOST_SHARE:
        return []
    row = int(columns.cells.index[int(np.flatnonzero(which)[0])])
    place = {"lon": f"{meant[0][0]:.6f}", "lat": f"{meant[1][0]:.6f}"}
    return [columns.problem(kind, severity, row, "lon", count=int(which.sum()), **place)]


def as_seconds(lon: Floats, lat: Floats) -> tuple[Floats, Floats] | None:
    """What ``121.1917, 28.3823`` mean as degrees, minutes and seconds.

    Parameters
    ----------
    lon, lat
        As given, without NaN, shape (n,).

    Returns
    -------
    lon, lat
        Decimal degrees; None where the numbers cannot be meant so, or are too few.
    """
    if not _enough(lon, lat):
        return None
    minutes, rest = _behind(lon, lat)
    seconds = rest / 1e4
    if (minutes >= _SIXTY).any() or (seconds >= _SIXTY).any() or not rest.any():
        return None
    return _degrees(lon, lat, minutes + seconds / _SIXTY)


def as_minutes(lon: Floats, lat: Floats) -> tuple[Floats, Floats] | None:
    """What ``12119.2978, 2838.3916`` mean as degrees and minutes, as receivers write."""
    lon, lat = lon / 100, lat / 100
    if not _enough(lon, lat):
        return None
    minutes, rest = _behind(lon, lat)
    if (minutes >= _SIXTY).any():
        return None
    return _degrees(lon, lat, minutes + rest / 1e6)


def _enough(lon: Floats, lat: Floats) -> bool:
    if len(np.unique(np.column_stack([lon, lat]), axis=0)) < LEAST_ROWS:
        return False
    return bool(np.abs(lon).max() <= _MOST_LON and np.abs(lat).max() <= _MOST_LAT)


def _behind(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """The first two decimals of both, and what follows in millionths of them."""
    whole = np.round(np.abs(np.stack([lon, lat])) * 1e8)  # 0.19, not 0.1899999
    rest = whole % 1e8
    return rest // 1e6, rest % 1e6


def _degrees(lon: Floats, lat: Floats, minutes: Floats) -> tuple[Floats, Floats]:
    whole = np.floor(np.abs(np.stack([lon, lat])) + 1e-9)
    done = np.sign([lon, lat]) * (whole + minutes / _SIXTY)
    return done[0], done[1]
