"""Areas as the locator gives them: in degrees, cut to the land of the study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from servicemap.roads.projection import Projection
from servicemap.routing.as_tables import in_degrees
from servicemap.routing.cut_areas import cut_shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from servicemap.land import Land
    from servicemap.roads.network import Network
    from servicemap.routing.isochrones import Area


@dataclass(frozen=True, eq=False)
class CutArea:
    """One area of a place.

    Attributes
    ----------
    cutoff_min
        Minutes.
    geometry
        In degrees; empty where all of it lies beyond the study's land.
    area_km2
        In the projected system.
    """

    cutoff_min: float
    geometry: Any
    area_km2: float


def cut_to(land: Land, found: Sequence[Area], network: Network) -> list[CutArea]:
    """Areas within the land of a study.

    Parameters
    ----------
    land
        Of the study.
    found
        Areas in metres.
    network
        Roads by which they were found.
    """
    shapes = in_degrees(found, network)
    left = cut_shapes(shapes, land.boundary, land.water)
    projection = Projection(network.crs)

    def metres(points: np.ndarray) -> np.ndarray:
        return np.column_stack(projection.to_metres(points[:, 0], points[:, 1]))

    return [
        CutArea(
            area.cutoff_min,
            shape,
            # what the cut does not meet is measured as it was drawn
            (area.geometry if shape is whole else shapely.transform(shape, metres)).area
            / 1e6,
        )
        for area, whole, shape in zip(found, shapes, left, strict=True)
    ]
