"""Marching squares against counting: which grid points are inside, how many pieces and holes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.ndimage
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from servicemap.routing.contour import polygons

EIGHT = np.ones((3, 3), dtype=int)


def framed(inner: np.ndarray, outside: int = -7) -> np.ndarray:
    return np.pad(inner.astype(np.int32), 1, constant_values=outside)


fields = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda shape: arrays(np.int32, shape, elements=st.integers(-20, 20))
)


def check(
    field: np.ndarray,
    i0: int = 0,
    j0: int = 0,
    cell_m: float = 25.0,
    thin_cells: float = 0.0,
) -> None:
    shape = polygons(field, i0, j0, cell_m, thin_cells)
    assert shape.is_valid
    j, i = np.mgrid[: field.shape[0], : field.shape[1]]
    x, y = (i + i0) * cell_m, (j + j0) * cell_m
    # contains is strict: a grid point never lies on a ring
    np.testing.assert_array_equal(shapely.contains_xy(shape, x, y), field >= 0)
    np.testing.assert_array_equal(shapely.intersects_xy(shape, x, y), field >= 0)
    _, pieces = scipy.ndimage.label(field >= 0, EIGHT)
    _, outsides = scipy.ndimage.label(field < 0)
    assert len(shape.geoms) == pieces
    assert sum(len(part.interiors) for part in shape.geoms) == outsides - 1
    for part in shape.geoms:
        assert part.exterior.is_ccw
        assert not any(hole.is_ccw for hole in part.interiors)


@given(fields)
@settings(max_examples=300, deadline=None)
def test_exactly_the_grid_points_of_zero_or_more_are_inside(inner: np.ndarray) -> None:
    check(framed(inner))


@pytest.mark.parametrize("thin_cells", [0.0, 0.1, 0.25, 0.5, 1.0])
def test_large_random_fields_are_valid_and_right(thin_cells: float) -> None:
    random = np.random.default_rng(4)
    for share in (0.05, 0.3, 0.5, 0.7, 0.95):
        inner = np.where(random.random((60, 80)) < share, 1, -1) * random.integers(
            0, 1000, (60, 80)
        )
        inner = np.where((inner == 0) & (random.random(inner.shape) < 0.5), -1, inner)
        check(framed(inner), 12_345, -678, thin_cells=thin_cells)


@given(fields, st.floats(0.01, 1.0))
@settings(max_examples=300, deadline=None)
def test_an_outline_with_fewer_vertices_is_valid_and_parts_the_same_grid_points(
    inner: np.ndarray, thin_cells: float
) -> None:
    check(framed(inner), thin_cells=thin_cells)


def smooth_field() -> np.ndarray:
    random = np.random.default_rng(11)
    hills = scipy.ndimage.gaussian_filter(random.standard_normal((120, 150)), 6.0)
    return framed(np.round(hills * 1e5).clip(-2_000, 2_000), -2_000)


@pytest.mark.parametrize("thin_cells", [0.1, 0.25, 0.5])
def test_a_thinned_outline_keeps_vertices_as_they_were_and_moves_no_farther_than_told(
    thin_cells: float,
) -> None:
    cell_m = 25.0
    whole = polygons(smooth_field(), 0, 0, cell_m)
    thin = polygons(smooth_field(), 0, 0, cell_m, thin_cells)
    before, after = (shapely.get_coordinates(one) for one in (whole, thin))
    assert len(after) < 0.6 * len(before)
    assert set(map(tuple, after)) <= set(map(tuple, before))
    assert shapely.hausdorff_distance(whole, thin) <= thin_cells * cell_m + 1e-6


def test_a_thinned_ring_has_the_same_bits_in_a_larger_field() -> None:
    small = polygons(smooth_field(), 1_001, 2_002, 33.0, 0.25)
    large = np.pad(smooth_field(), ((3, 1), (2, 4)), constant_values=-2_000)
    assert polygons(large, 1_001 - 2, 2_002 - 3, 33.0, 0.25).wkb == small.wkb


@given(fields, st.lists(st.integers(0, 25), min_size=2, max_size=4))
@settings(max_examples=150, deadline=None)
def test_rings_nest(inner: np.ndarray, rises: list[int]) -> None:
    rises = sorted(rises)
    shapes = [
        polygons(framed(np.clip(inner + rise - 10, -15, 15), -15), 0, 0, 25.0)
        for rise in rises
    ]
    for small, large in itertools.pairwise(shapes):
        assert small.is_empty or large.buffer(1e-7).covers(small)


@given(fields, st.integers(0, 5), st.integers(0, 5))
@settings(max_examples=100, deadline=None)
def test_a_ring_has_the_same_bits_in_a_larger_field(
    inner: np.ndarray, more: int, other: int
) -> None:
    small = polygons(framed(inner), 1_001, 2_002, 33.0)
    large = np.pad(framed(inner), ((more, other), (other, more)), constant_values=-7)
    again = polygons(large, 1_001 - other, 2_002 - more, 33.0)
    assert again.wkb == small.wkb


def test_a_saddle_joins_its_inside_corners() -> None:
    for corners in ([[5, -5], [-5, 5]], [[-5, 5], [5, -5]], [[0, -1], [-9, 0]]):
        shape = polygons(framed(np.array(corners)), 0, 0, 1.0)
        assert len(shape.geoms) == 1
        assert shape.covers(shapely.Point(1.5, 1.5))


def test_the_line_lies_where_the_value_is_zero() -> None:
    field = framed(np.array([[30, 30, 30]]), -10)
    west, south, east, north = polygons(field, 0, 0, 10.0).bounds
    assert (west, south, east, north) == (2.5, 2.5, 37.5, 17.5)


def test_an_empty_field_has_no_area_and_a_full_one_no_hole() -> None:
    assert polygons(framed(np.full((4, 4), -1)), 0, 0, 25.0).is_empty
    full = polygons(framed(np.full((4, 4), 9)), 0, 0, 25.0)
    assert len(full.geoms) == 1
    assert not full.geoms[0].interiors


def test_a_ring_within_a_hole_is_a_piece_of_its_own() -> None:
    field = np.full((9, 9), -1)
    field[1:8, 1:8] = 1
    field[2:7, 2:7] = -1
    field[4, 4] = 1
    shape = polygons(field.astype(np.int32), 0, 0, 1.0)
    assert sorted(len(part.interiors) for part in shape.geoms) == [0, 1]
    check(field.astype(np.int32))


def test_the_field_is_left_as_it_was() -> None:
    field = framed(np.array([[1, -2], [3, 4]]))
    before = field.copy()
    polygons(field, 0, 0, 1.0)
    np.testing.assert_array_equal(field, before)
