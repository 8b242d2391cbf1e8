"""Whose place is it: the village and the township that a place belongs to.

Rules of the own township or village need it. A place inside an area belongs to it;
without areas it belongs where the nearest demand point does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MOST_APART_M = 3_000.0  # farther from every demand point, nobody's place is guessed
DEGREE_M = 111_195.0


KnownBy = Literal["said", "area", "nearest", "unknown"]


@dataclass(frozen=True)
class Home:
    """Village and township of a place, and how they are known; None where they are not.

    Attributes
    ----------
    village, township
        Their names; empty where unknown.
    known_by
        ``said`` by whoever asks or by the study's own table, ``area`` the place lies in,
        ``nearest`` demand point, ``unknown``.
    """

    village_id: str | None
    township_id: str | None
    village: str
    township: str
    known_by: KnownBy


class Homes:
    """Villages and townships of any places.

    Parameters
    ----------
    tables, lon, lat, shapes
        As `study_data.StudyData` has them.
    """

    def __init__(
        self,
        tables: Mapping[str, dict[str, list[Any]]],
        lon: Mapping[str, Any],
        lat: Mapping[str, Any],
        shapes: Mapping[str, list[str | None]],
    ) -> None:
        villages, townships = tables["villages"], tables["townships"]
        self._villages = dict(zip(villages["village_id"], villages["name"], strict=True))
        self._townships = dict(
            zip(townships["township_id"], townships["name"], strict=True)
        )
        self._township_of = dict(
            zip(villages["village_id"], villages["township_id"], strict=True)
        )
        self._ids = {
            "villages": villages["village_id"],
            "townships": townships["township_id"],
        }
        self._shapes = shapes
        self._demand_village = tables["demand"]["village_id"]
        self._lon, self._lat = lon["demand"], lat["demand"]
        self._row = {one: row for row, one in enumerate(villages["village_id"])}
        self._village_row = np.array(
            [self._row[one] for one in self._demand_village], dtype=np.int64
        )

    def village_name(self, village_id: str | None) -> str:
        """Name of a village; empty where there is none."""
        return str(self._villages.get(village_id or "", ""))

    def township_name(self, township_id: str | None) -> str:
        """Name of a township; empty where there is none."""
        return str(self._townships.get(township_id or "", ""))

    def township_of(self, village_id: str | None) -> str | None:
        """Township of a village."""
        return self._township_of.get(village_id or "")

    def is_village(self, village_id: str) -> bool:
        """Whether there is such a village."""
        return village_id in self._villages

    def people_of(self, village_id: str) -> tuple[float, float]:
        """First demand point of a village that has a place; NaN without one."""
        rows = np.flatnonzero(
            (self._village_row == self._row[village_id]) & np.isfinite(self._lon)
        )
        if not len(rows):
            return float("nan"), float("nan")
        return float(self._lon[rows[0]]), float(self._lat[rows[0]])

    def said(self, village_id: str) -> Home:
        """Home in a village that was named."""
        return self._home(village_id, self.township_of(village_id), "said")

    def of(self, lon: float, lat: float) -> Home:
        """Home of any place, by areas, else by the nearest demand point.

        Parameters
        ----------
        lon, lat
            Degrees.
        """
        village = self._inside("villages", lon, lat)
        if village is not None:
            return self._home(village, self.township_of(village), "area")
        township = self._inside("townships", lon, lat)
        near = self._nearest(lon, lat, township)
        if township is not None:
            return self._home(near, township, "area")
        if near is None:
            return self._home(None, None, "unknown")
        return self._home(near, self.township_of(near), "nearest")

    def _home(
        self, village_id: str | None, township_id: str | None, known_by: KnownBy
    ) -> Home:
        village, township = self.village_name(village_id), self.township_name(township_id)
        return Home(village_id, township_id, village, township, known_by)

    def nearest_villages(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Row of the village of the demand point nearest to each place, however far."""
        from scipy.spatial import cKDTree

        located = np.flatnonzero(np.isfinite(self._lon))
        if not len(located):
            return np.full(len(lon), -1, dtype=np.int64)
        shrink = np.cos(np.radians(float(np.mean(self._lat[located]))))
        own = np.column_stack([self._lon[located] * shrink, self._lat[located]])
        _, row = cKDTree(own).query(np.column_stack([lon * shrink, lat]))
        return np.asarray(self._village_row[located[row]])

    @cached_property
    def _trees(self) -> dict[str, Any]:
        import shapely

        trees = {}
        for table, shapes in self._shapes.items():
            rows = [row for row, one in enumerate(shapes) if one]
            areas = shapely.from_wkb([shapes[row] for row in rows])
            trees[table] = (shapely.STRtree(areas), rows) if rows else None
        return trees

    def _inside(self, table: str, lon: float, lat: float) -> str | None:
        found = self._trees.get(table)
        if found is None:
            return None
        import shapely

        tree, rows = found
        hits = tree.query(shapely.Point(lon, lat), predicate="intersects")
        return min((self._ids[table][rows[hit]] for hit in hits), default=None)

    def _nearest(self, lon: float, lat: float, township: str | None) -> str | None:
        if not len(self._lon):
            return None
        east = (self._lon - lon) * np.cos(np.radians(lat))
        apart = np.hypot(east, self._lat - lat) * DEGREE_M
        near = np.flatnonzero(apart <= MOST_APART_M)  # of NaN that is false
        for row in near[np.argsort(apart[near], kind="stable")[:50]].tolist():
            village: str = self._demand_village[row]
            if township is None or self.township_of(village) == township:
                return village
        return None
