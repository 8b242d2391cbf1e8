"""Junctions that are joined to each other: our kernels beside scipy's."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.csgraph
from numpy.typing import NDArray

from servicemap.roads.components import reached, strong


def rows(
    pairs: list[tuple[int, int]], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Arcs in rows by their tail; beside each head something that is none."""
    arcs = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    first = np.searchsorted(arcs[:, 0], np.arange(n + 1))
    beside = np.column_stack([arcs[:, 1], np.full(len(arcs), -7)])
    return first.astype(np.int64), beside.ravel().astype(np.int32)


def test_a_ring_is_one_component_and_a_one_way_road_off_it_another() -> None:
    out = rows([(0, 1), (1, 2), (2, 0), (2, 3), (4, 0)], 5)
    count, label = strong(*out)
    assert count == 3
    assert label[0] == label[1] == label[2]
    assert len({int(label[k]) for k in (0, 3, 4)}) == 3
    assert label[3] < label[0] < label[4]  # what is led to comes first
    assert reached(*out, 2).tolist() == [True, True, True, True, False]
    assert reached(*out, 3).tolist() == [False, False, False, True, False]


def test_a_junction_without_roads_is_alone() -> None:
    count, label = strong(*rows([], 3))
    assert count == 3
    assert sorted(label.tolist()) == [0, 1, 2]
    assert reached(*rows([], 3), 1).tolist() == [False, True, False]


def test_no_junctions_are_no_components() -> None:
    count, label = strong(*rows([], 0))
    assert count == len(label) == 0


@pytest.mark.parametrize("seed", range(12))
def test_components_and_reach_are_those_of_scipy(seed: int) -> None:
    """40 junctions with loops, double arcs and few or many roads."""
    random, n = np.random.default_rng(seed), 40
    pairs = [tuple(one) for one in random.integers(0, n, (10 * (seed + 1), 2)).tolist()]
    out = rows(pairs, n)
    tail, head = np.array(pairs).T
    graph = scipy.sparse.csr_matrix((np.ones(len(tail)), (tail, head)), shape=(n, n))
    expected, theirs = scipy.sparse.csgraph.connected_components(graph, connection="strong")
    count, label = strong(*out)
    assert count == expected == len(np.unique(label))
    assert len({*zip(label.tolist(), theirs.tolist(), strict=True)}) == count
    for start in range(n):
        order = scipy.sparse.csgraph.breadth_first_order(graph, start)[0]
        assert np.flatnonzero(reached(*out, start)).tolist() == sorted(order.tolist())


def test_a_road_of_many_junctions_needs_no_deep_recursion() -> None:
    n = 200_000
    one_way = [(k, k + 1) for k in range(n - 1)]
    assert strong(*rows(one_way, n))[0] == n
    assert strong(*rows([*one_way, (n - 1, 0)], n))[0] == 1
    assert reached(*rows(one_way, n), 0).all()
