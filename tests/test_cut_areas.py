"""Areas end at the study's outline, and water can be left out of them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

from servicemap.routing.cut_areas import cut_areas


def table(*shapes: Polygon) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "facility_id": [f"P{k}" for k in range(len(shapes))],
            "mode": "walk",
            "direction": "to",
            "cutoff_min": 15.0,
        },
        geometry=[MultiPolygon([shape]) for shape in shapes],
        crs="EPSG:4326",
    )


def disc(lon: float, lat: float, radius: float) -> Polygon:
    return Point(lon, lat).buffer(radius, 64)


def test_an_area_across_the_border_ends_at_it() -> None:
    found = cut_areas(table(disc(9.0, 47.0, 0.01)), box(9.0, 46.0, 10.0, 48.0))
    (shape,) = found.geometry
    assert shape.is_valid
    assert shape.bounds[0] == pytest.approx(9.0, abs=1e-9)
    assert shape.area == pytest.approx(disc(9.0, 47.0, 0.01).area / 2, rel=1e-3)
    assert all(part.exterior.is_ccw for part in shape.geoms)


def test_an_area_within_the_border_is_the_very_same() -> None:
    before = table(disc(9.0, 47.0, 0.01), disc(9.5, 47.0, 0.01))
    found = cut_areas(before, box(8.0, 46.0, 9.5, 48.0), [disc(9.5, 47.0, 0.001)])
    assert shapely.to_wkb(found.geometry[0]) == shapely.to_wkb(before.geometry[0])
    assert shapely.to_wkb(found.geometry[1]) != shapely.to_wkb(before.geometry[1])


def test_an_area_beyond_the_border_is_left_out_and_spoils_no_other() -> None:
    before = table(disc(9.0, 47.0, 0.01), disc(12.0, 47.0, 0.01))
    found = cut_areas(before, box(8.0, 46.0, 10.0, 48.0))
    assert list(found["facility_id"]) == ["P0"]
    assert found.crs == before.crs
    assert len(before) == 2  # the input is as it was


def test_a_lake_is_a_hole_and_a_river_as_a_line_is_none() -> None:
    lake = disc(9.0, 47.0, 0.004)
    river = shapely.LineString([(8.9, 47.0), (9.1, 47.0)])
    (shape,) = cut_areas(table(disc(9.0, 47.0, 0.01)), None, [river, lake]).geometry
    assert not shapely.contains_xy(shape, 9.0, 47.0)
    assert shapely.contains_xy(shape, 9.006, 47.0)
    assert [len(part.interiors) for part in shape.geoms] == [1]


def test_without_a_border_and_water_nothing_is_cut() -> None:
    before = table(disc(9.0, 47.0, 0.01))
    found = cut_areas(before, None)
    assert shapely.to_wkb(found.geometry[0]) == shapely.to_wkb(before.geometry[0])
    assert len(cut_areas(before.iloc[:0], box(0, 0, 1, 1))) == 0


@pytest.mark.parametrize("seed", range(5))
def test_rings_nest_after_the_cut_as_before(seed: int) -> None:
    random = np.random.default_rng(seed)
    angle = np.linspace(0.0, 2 * np.pi, 300, endpoint=False)
    rough = 1.0 + 0.3 * random.uniform(size=300)
    star = np.column_stack([np.cos(angle), np.sin(angle)]) * rough[:, None]
    rings = [
        Polygon(np.round([9.0, 47.0] + scale * star, 6)) for scale in (0.01, 0.02, 0.03)
    ]
    border = Polygon([9.01, 47.0] + 0.025 * random.permutation(star)[:40]).convex_hull
    lakes = [disc(*random.uniform([8.98, 46.98], [9.02, 47.02]), 0.003) for _ in range(9)]
    inner, middle, outer = cut_areas(table(*rings), border, lakes).geometry
    assert all(shape.is_valid for shape in (inner, middle, outer))
    assert inner.difference(middle).area < 1e-15
    assert middle.difference(outer).area < 1e-15
    assert outer.difference(border.buffer(1e-9)).is_empty
