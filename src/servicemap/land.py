"""The land of a study, to which its areas are cut: inside its outline, outside water.

A run and the locator cut alike, so that an area is the same wherever it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from servicemap.osm_file import Extract
    from servicemap.study import Study


@dataclass(frozen=True, eq=False)
class Land:
    """What areas are cut to.

    Attributes
    ----------
    boundary
        The study's outline in degrees, valid; None where nothing is cut.
    water
        Polygons in degrees that are left out.
    """

    boundary: Any
    water: tuple[Any, ...]

    @classmethod
    def of(
        cls, asked: Study, townships: gpd.GeoDataFrame, water: Sequence[Any] | None
    ) -> Land:
        """The land of a study.

        Parameters
        ----------
        asked
            Its travel settings say what is cut.
        townships
            With their outlines.
        water
            Shapes of its water, which count where it is left out.
        """
        from servicemap.outputs.basemap import outline

        travel = asked.travel
        # townships of which some have no outline do not make one of the study
        is_whole = asked.roads.within or townships.geometry.notna().all()
        cut = travel.cut_at_boundary and is_whole
        boundary = outline(asked, townships) if cut else None
        if boundary is not None:
            boundary = shapely.make_valid(boundary)
        wet = water if travel.leave_out_water and water is not None else ()
        return cls(boundary, tuple(one for one in wet if one is not None))

    @classmethod
    def read(cls, asked: Study, townships: gpd.GeoDataFrame, extract: Extract) -> Land:
        """The land of a study from its map data, which are drawn only for their water."""
        water = None
        if asked.travel.leave_out_water:
            from servicemap.outputs.basemap import basemap

            water = tuple(basemap(extract, asked, townships)["water"].geometry)
        return cls.of(asked, townships, water)

    @classmethod
    def from_hex(cls, boundary: str | None, water: Sequence[str]) -> Land:
        """The land that `as_hex` wrote."""
        shape = None if boundary is None else shapely.from_wkb(boundary)
        return cls(shape, tuple(shapely.from_wkb(list(water))))

    def as_hex(self) -> tuple[str | None, list[str]]:
        """Boundary and water as WKB in hexadecimal digits."""
        shape = None if self.boundary is None else self.boundary.wkb_hex
        return shape, [one.wkb_hex for one in self.water]
