"""The sea is where the coast says: on the right of it, out to the edge of the extract."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from servicemap.outputs.basemap import _sea

FRAME = shapely.box(0.0, 0.0, 10.0, 10.0)


def coast(*lines):
    return np.array([shapely.LineString(line) for line in lines], dtype=object)


@pytest.mark.parametrize("loose", [0.0, 0.1, 0.4])
def test_a_coast_that_ends_just_inside_the_extract_still_parts_land_from_sea(loose):
    """Land on the left of the way northwards; an extract is often cut beyond its coast."""
    sea = _sea(coast([(7.0, loose), (7.0, 10.0 - loose)]), FRAME)
    assert sea.equals(shapely.box(7.0, 0.0, 10.0, 10.0))


def test_an_island_is_land_and_a_bay_is_sea():
    """Islands run the other way round: their land is on the left too."""
    island = [(8.0, 4.0), (9.0, 4.0), (9.0, 5.0), (8.0, 5.0), (8.0, 4.0)]
    sea = _sea(coast([(7.0, 0.0), (5.0, 5.0), (7.0, 10.0)], island), FRAME)
    assert sea.contains(shapely.Point(6.0, 5.0))
    assert not sea.intersects(shapely.Point(8.5, 4.5))
    assert not sea.intersects(shapely.Point(1.0, 5.0))


def test_without_a_coast_all_is_land():
    assert _sea(coast(), FRAME) is None
