"""The Hilbert curve visits every cell once and steps from neighbour to neighbour."""

import geopandas as gpd
import numpy as np
import pytest

from servicemap.roads.hilbert import LEVELS, hilbert_number, hilbert_order


@pytest.mark.parametrize("levels", [1, 2, 3, 6])
def test_the_curve_goes_from_each_cell_to_one_beside_it(levels: int) -> None:
    column, row = np.meshgrid(*[np.arange(1 << levels)] * 2)
    number = hilbert_number(column.ravel(), row.ravel(), levels)
    assert sorted(number) == list(range(4**levels))
    at = np.argsort(number)
    steps = np.abs(np.diff(column.ravel()[at])) + np.abs(np.diff(row.ravel()[at]))
    assert (steps == 1).all()


@pytest.mark.parametrize("levels", [2, 5])
def test_cells_of_a_quadrant_follow_one_another(levels: int) -> None:
    column, row = np.meshgrid(*[np.arange(1 << levels)] * 2)
    number = hilbert_number(column.ravel(), row.ravel(), levels)
    coarse = hilbert_number(column.ravel() >> 1, row.ravel() >> 1, levels - 1)
    # a level deeper the curve is turned, but never leaves a cell before it is done
    at = np.argsort(number)
    groups = coarse[at].reshape(-1, 4)
    assert (groups == groups[:, :1]).all()


def test_places_near_in_memory_are_as_near_as_by_another_hand() -> None:
    random = np.random.default_rng(3)
    x, y = random.uniform(0, 30_000, 20_000), random.uniform(5e6, 5.02e6, 20_000)

    def hops(order: np.ndarray) -> float:
        return float(np.hypot(np.diff(x[order]), np.diff(y[order])).mean())

    other = gpd.GeoSeries(gpd.points_from_xy(x, y)).hilbert_distance(level=LEVELS)
    theirs = np.argsort(other.to_numpy(), kind="stable")
    assert hops(hilbert_order(x, y)) == pytest.approx(hops(theirs), rel=0.02)


def test_places_of_one_cell_keep_their_order_and_no_places_have_none() -> None:
    same = np.full(5, 7.0)
    assert hilbert_order(same, same).tolist() == [0, 1, 2, 3, 4]
    assert hilbert_order(np.zeros(0), np.zeros(0)).tolist() == []
