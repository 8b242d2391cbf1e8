"""What the map data say about coordinates: how far they reach, roads, water."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from servicemap.intake import on_water, road_distance
from servicemap.intake.within import Floats

if TYPE_CHECKING:
    from servicemap.intake.datum_evidence import Measure
    from servicemap.osm_file import Extract

InWater = Callable[[Floats, Floats], npt.NDArray[np.bool_]]


@dataclass(frozen=True)
class MapEvidence:
    """Evidence of one extract; all None where there is no extract.

    Attributes
    ----------
    bounds
        West, south, east, north.
    to_roads
        Metres to the nearest road.
    in_water
        Whether points lie in the sea or in a lake.
    """

    bounds: tuple[float, float, float, float] | None = None
    to_roads: Measure | None = None
    in_water: InWater | None = None


def of_extract(extract: Extract | None) -> MapEvidence:
    """Evidence of an extract."""
    if extract is None:
        return MapEvidence()
    return MapEvidence(
        extract.bounds,
        road_distance.of_extract(extract),
        partial(on_water.on_water, extract),
    )
