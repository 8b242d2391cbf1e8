"""Metres for geometry: the study's projected CRS, and lengths on the sphere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

HALF = 180.0  # degrees: the 180th meridian
EARTH_RADIUS_M = 6_371_008.8  # mean radius R1 of GRS 80, by contract
MAX_SCALE_ERROR = 0.01  # a CRS that bends lengths more than this would bend areas too


def great_circle_m(
    lon_a: NDArray[np.float64],
    lat_a: NDArray[np.float64],
    lon_b: NDArray[np.float64],
    lat_b: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Length in metres between points in degrees, by the haversine formula.

    Haversine keeps its precision at the short distances of road segments,
    where the law of cosines does not.
    """
    lat_1, lat_2 = np.radians(lat_a), np.radians(lat_b)
    half_lat = np.sin((lat_2 - lat_1) / 2.0)
    half_lon = np.sin(np.radians(np.asarray(lon_b) - lon_a) / 2.0)
    chord = half_lat**2 + np.cos(lat_1) * np.cos(lat_2) * half_lon**2
    return 2.0 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(chord)))


def within(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Longitudes, or what lies between two of them, beyond 180 degrees: the short way."""
    return np.where(np.abs(degrees) > HALF, degrees - np.sign(degrees) * 2 * HALF, degrees)


@dataclass(frozen=True)
class Projection:
    """From degrees to the metres of one projected CRS and back.

    Attributes
    ----------
    epsg
        Authority string of the projected CRS, for example ``EPSG:32632``.
    """

    epsg: str

    @property
    def _forward(self) -> Any:
        return _transformer(self.epsg)

    def to_metres(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Degrees to metres, vectorised."""
        x, y = self._forward.transform(np.asarray(lon), np.asarray(lat))
        return x, y

    def to_degrees(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Metres to degrees, vectorised."""
        from pyproj.enums import TransformDirection

        lon, lat = self._forward.transform(
            np.asarray(x), np.asarray(y), direction=TransformDirection.INVERSE
        )
        return lon, lat


@lru_cache(maxsize=16)
def _transformer(epsg: str) -> Any:
    """Making one takes a millisecond; any number of threads may use it."""
    import pyproj

    return pyproj.Transformer.from_crs("EPSG:4326", epsg, always_xy=True)


def projection_for(crs: str, lon: float, lat: float) -> Projection:
    """The study's CRS, or the UTM zone of a place when it says ``auto``.

    Raises
    ------
    InputError
        The CRS is unknown, is not in metres, or distorts lengths at that place
        by more than one per cent.
    """
    import pyproj

    if crs == "auto":
        area = pyproj.aoi.AreaOfInterest(lon, lat, lon, lat)
        zones = pyproj.database.query_utm_crs_info("WGS 84", area)
        if not zones:  # the polar caps
            return Projection("EPSG:32661" if lat > 0 else "EPSG:32761")
        return Projection(f"EPSG:{zones[0].code}")
    try:
        parsed = pyproj.CRS.from_user_input(int(crs) if crs.isdigit() else crs)
    except pyproj.exceptions.CRSError as error:
        raise InputError("crs_unknown", crs=crs) from error
    metres = all(axis.unit_name == "metre" for axis in parsed.axis_info)
    if not parsed.is_projected or not metres:
        raise InputError("crs_not_metres", crs=crs)
    factors = pyproj.Proj(parsed).get_factors(lon, lat)
    worst = max(abs(factors.meridional_scale - 1), abs(factors.parallel_scale - 1))
    if not worst <= MAX_SCALE_ERROR:
        raise InputError("crs_distorts", crs=crs, percent=f"{100 * worst:.1f}")
    return Projection(parsed.to_string())
