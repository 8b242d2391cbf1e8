"""GCJ-02 and BD-09, the shifted coordinates of Chinese web maps, to WGS-84 and back.

The published formulas (known from the ``eviltransform`` and ``coordtransform``
projects) go from WGS-84 to GCJ-02 on the Krasovsky 1940 ellipsoid, and from there
to BD-09. They have no closed inverse, so the inverse is iterated until the forward
formula gives the input again: better than a tenth of a millimetre, where the usual
single step is off by metres. CGCS2000 (EPSG:4490) equals WGS-84 within decimetres
and passes unchanged.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

_A_M = 6_378_245.0  # Krasovsky 1940, semi-major axis
_EE = 0.006_693_421_622_965_943  # its first eccentricity, squared
_X_PI = np.pi * 3000.0 / 180.0
_ITERATIONS = 30
_ENOUGH = 1e-11  # degrees, about a micrometre
# The formulas leave what is outside this box alone.
CHINA = (72.004, 0.8293, 137.8347, 55.8271)


def in_china_box(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Whether the shift applies: inside the box that the map services use."""
    west, south, east, north = CHINA
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return np.asarray(inside, dtype=bool)


def wgs84_to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Shift WGS-84 degrees to GCJ-02 (Amap, Tencent); outside the box nothing moves."""
    x, y = lon - 105.0, lat - 35.0
    waves = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    root = np.sqrt(np.abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (
        (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    )
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (
        (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    )
    radians = np.radians(lat)
    flat = 1.0 - _EE * np.sin(radians) ** 2
    d_lat = np.degrees(north / (_A_M * (1.0 - _EE) / (flat * np.sqrt(flat))))
    d_lon = np.degrees(east / (_A_M / np.sqrt(flat) * np.cos(radians)))
    inside = in_china_box(lon, lat)
    return np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)


def gcj02_to_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Shift GCJ-02 degrees to BD-09 (Baidu)."""
    length = np.hypot(lon, lat) + 0.000_02 * np.sin(lat * _X_PI)
    angle = np.arctan2(lat, lon) + 0.000_003 * np.cos(lon * _X_PI)
    return length * np.cos(angle) + 0.0065, length * np.sin(angle) + 0.006


def wgs84_to_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Shift WGS-84 degrees to BD-09; outside the box nothing moves."""
    shifted = gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))
    inside = in_china_box(lon, lat)
    return np.where(inside, shifted[0], lon), np.where(inside, shifted[1], lat)


def _inverse(forward: Shift, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Fixed point of ``point = given - (forward(point) - point)``."""
    done_lon, done_lat = lon.copy(), lat.copy()
    for _ in range(_ITERATIONS):
        there_lon, there_lat = forward(done_lon, done_lat)
        off_lon, off_lat = lon - there_lon, lat - there_lat
        done_lon, done_lat = done_lon + off_lon, done_lat + off_lat
        if not np.any(np.maximum(np.abs(off_lon), np.abs(off_lat)) > _ENOUGH):
            break
    return done_lon, done_lat


def gcj02_to_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 degrees back to WGS-84."""
    return _inverse(wgs84_to_gcj02, lon, lat)


def bd09_to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """BD-09 degrees back to GCJ-02."""
    return _inverse(gcj02_to_bd09, lon, lat)


def bd09_to_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """BD-09 degrees back to WGS-84."""
    return _inverse(wgs84_to_bd09, lon, lat)
