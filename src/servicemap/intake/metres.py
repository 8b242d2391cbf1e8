"""Projected metres in place of degrees: which system they are of, and where that is.

Read are CGCS2000 Gauss-Krueger coordinates in zones of 3 and 6 degrees with or
without the zone's number before the easting, UTM, Web Mercator and Baidu's metres.
Several may fit a number; the map data, and then the roads, tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.intake import baidu_metres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicemap.intake.within import Floats

FROM_M = 1_000.0  # both numbers are beyond this: no degrees
AUTO, BAIDU = "auto", "bd09mc"
_FALSE_M, _HALF_M = 500_000.0, 400_000.0
_ZONE_M = 1e6
_NORTH_M = 6_300_000.0  # of China
_WORLD_M = 20_100_000.0
# EPSG codes of CGCS2000 / Gauss-Krueger: first zone, first code.
_GK6, _GK3, _GK3_CM = (13, 23, 4491), (25, 45, 4513), (75, 135, 4534)


@dataclass(frozen=True)
class System:
    """A projected system that numbers may be of.

    Attributes
    ----------
    code
        ``EPSG:4549`` or ``bd09mc``.
    datum
        Of the degrees that come of it.
    north_first
        The first column holds northings, as X does in Chinese surveys.
    """

    code: str
    datum: str
    north_first: bool

    @property
    def label(self) -> str:
        """As messages name it, in any language."""
        if self.code == BAIDU:
            return "BD09MC"
        from pyproj import CRS

        return f"{CRS.from_user_input(self.code).name} ({self.code})"

    def to_degrees(self, first: Floats, second: Floats) -> tuple[Floats, Floats]:
        """Degrees of two columns, shape (n,); NaN where the projection has none."""
        east, north = (second, first) if self.north_first else (first, second)
        if self.code == BAIDU:
            return baidu_metres.to_bd09(east, north)
        from pyproj import CRS, Transformer

        crs = CRS.from_user_input(self.code)
        degrees = crs.geodetic_crs or CRS.from_epsg(4326)
        lon, lat = Transformer.from_crs(crs, degrees, always_xy=True).transform(east, north)
        lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
        bad = ~np.isfinite(lon) | ~np.isfinite(lat)
        return np.where(bad, np.nan, lon), np.where(bad, np.nan, lat)


def are_metres(first: Floats, second: Floats) -> Any:
    """Which rows hold metres: no angle is so large."""
    return (np.abs(first) > FROM_M) & (np.abs(second) > FROM_M)


def declared(code: str) -> tuple[System, System]:
    """The systems of a code as the study gives it: easting first, northing first.

    Raises
    ------
    ValueError
        The code names no projected system.
    """
    if code.casefold() == BAIDU:
        return System(BAIDU, "bd09", False), System(BAIDU, "bd09", True)
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    text = f"EPSG:{code}" if code.isdigit() else code
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        raise ValueError(code) from error
    if not crs.is_projected:
        raise ValueError(code)
    geodetic = crs.geodetic_crs
    datum = "cgcs2000" if geodetic is not None and "2000" in geodetic.name else "wgs84"
    return System(text, datum, False), System(text, datum, True)


def fitting(first: Floats, second: Floats, middle_lon: float | None) -> list[System]:
    """Systems whose numbers look like these, the likeliest first.

    Parameters
    ----------
    first, second
        Metres, shape (n,), at least one row.
    middle_lon
        Of the map data: UTM zones and meridians are looked for around it. None: only
        what names its zone itself.
    """
    a, b = float(np.median(first)), float(np.median(second))
    found = []
    for north_first, east, north in ((False, a, b), (True, b, a)):
        found += [
            System(code, datum, north_first)
            for code, datum in _codes(east, north, middle_lon)
        ]
    return found


def _codes(east: float, north: float, middle: float | None) -> Iterator[tuple[str, str]]:
    zone, rest = divmod(east, _ZONE_M)
    in_zone = abs(rest - _FALSE_M) < _HALF_M
    if in_zone and 0 < north < _NORTH_M:
        for start, end, code in (_GK6, _GK3):
            if start <= zone <= end:
                yield f"EPSG:{code + int(zone) - start}", "cgcs2000"
    if middle is None:
        return
    if in_zone and zone == 0 and 0 < north < _NORTH_M:
        yield from _near(middle)
    if abs(east) < _WORLD_M and abs(north) < _WORLD_M:
        yield BAIDU, "bd09"
        yield "EPSG:3857", "wgs84"


def _near(middle: float) -> Iterator[tuple[str, str]]:
    """Zones around a meridian: what an easting without a zone's number may be of."""
    start, end, code = _GK3_CM
    for meridian in range(start, end + 1, 3):
        if abs(meridian - middle) <= 6:  # noqa: PLR2004 - degrees of a wide zone
            yield f"EPSG:{code + (meridian - start) // 3}", "cgcs2000"
    own = int((middle + 180) // 6) + 1
    for number in (own, own - 1, own + 1):
        if 1 <= number <= 60:  # noqa: PLR2004 - zones of the world
            yield f"EPSG:{32600 + number}", "wgs84"
