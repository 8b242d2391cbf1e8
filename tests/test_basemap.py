"""Land and sea of the basemap: water lies on the right of the coast line."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import LineString, Point

from servicemap import osm_file, study
from servicemap.outputs import basemap
from servicemap.outputs.basemap import _sea
from servicemap.synthetic import make_county

FRAME = shapely.box(0, 0, 10, 10)
ISLAND = LineString([(8, 5), (9, 5), (9, 6), (8, 6), (8, 5)])  # land on the left


def sea(*coast: LineString) -> shapely.Geometry | None:
    return _sea(np.array(coast, dtype=object), FRAME)


def test_the_sea_lies_on_the_right_of_a_coast_that_crosses_the_frame() -> None:
    water = sea(LineString([(6, -1), (6, 11)]))
    assert water.equals(shapely.box(6, 0, 10, 10))


def test_a_coast_that_ends_inside_the_frame_goes_on_to_it() -> None:
    water = sea(LineString([(6, 0.3), (6, 9.8)]))
    assert water.symmetric_difference(shapely.box(6, 0, 10, 10)).area < 1e-9


@pytest.mark.parametrize("loose", [0.0, 0.1, 0.4])
def test_a_coast_that_ends_just_inside_the_extract_still_parts_land_from_sea(loose) -> None:
    """Land on the left of the way northwards; an extract is often cut beyond its coast."""
    water = sea(LineString([(7.0, loose), (7.0, 10.0 - loose)]))
    assert water.equals(shapely.box(7.0, 0.0, 10.0, 10.0))


def test_a_coast_in_pieces_is_one_coast() -> None:
    water = sea(LineString([(6, 5), (6, 9.7)]), LineString([(6, 0.4), (6, 5)]))
    assert water.symmetric_difference(shapely.box(6, 0, 10, 10)).area < 1e-9


def test_an_island_is_land_in_the_sea() -> None:
    water = sea(LineString([(6, -1), (6, 11)]), ISLAND)
    assert water.area == pytest.approx(39.0)
    assert not water.contains(Point(8.5, 5.5))


def test_an_island_is_land_and_a_bay_is_sea() -> None:
    """Islands run the other way round: their land is on the left too."""
    island = LineString([(8.0, 4.0), (9.0, 4.0), (9.0, 5.0), (8.0, 5.0), (8.0, 4.0)])
    water = sea(LineString([(7.0, 0.0), (5.0, 5.0), (7.0, 10.0)]), island)
    assert water.contains(Point(6.0, 5.0))
    assert not water.intersects(Point(8.5, 4.5))
    assert not water.intersects(Point(1.0, 5.0))


def test_an_island_alone_makes_the_frame_sea() -> None:
    assert sea(ISLAND).area == pytest.approx(99.0)


def test_coasts_that_contradict_one_another_make_no_sea() -> None:
    assert sea(LineString([(3, -1), (3, 11)]), LineString([(7, 11), (7, -1)])) is not None
    assert sea(LineString([(3, 11), (3, -1)]), LineString([(7, 11), (7, -1)])).equals(
        shapely.box(0, 0, 3, 10)  # the middle is land by one coast and sea by the other
    )


def test_a_country_without_coast_is_land() -> None:
    assert sea() is None


def test_people_of_the_made_up_county_live_on_land(tmp_path) -> None:
    made = make_county(tmp_path, townships=3, villages=20, seed=1)
    extract = osm_file.read(made.folder / "roads.osm.pbf")
    layers = basemap.basemap(extract, study.read(made.folder), extract.boundaries)
    homes = shapely.points(extract.buildings[["lon", "lat"]].to_numpy(dtype=float))
    places = layers["places"].geometry.to_numpy()
    land = layers["land"].geometry.iloc[0]
    for points in (homes, places):
        assert len(points)
        assert shapely.contains(land, points).mean() > 0.99
