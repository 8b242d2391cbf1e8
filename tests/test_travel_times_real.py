"""Times of real countries against a plain heap Dijkstra on raw pieces of road."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import Country
from oracle import Oracle
from servicemap.roads import profiles
from servicemap.routing.travel_times import nearest, pairs
from turn_oracle import TurnOracle, plain_rules

N_ORIGINS, N_GOALS = 12, 25


@pytest.fixture(
    scope="module",
    params=["liechtenstein walk", "liechtenstein drive", "andorra walk", "andorra drive"],
)
def case(request: pytest.FixtureRequest) -> tuple:
    """A network, origins, goals, and the oracle's table of times and lengths."""
    name, mode = request.param.split()
    country: Country = request.getfixturevalue(name)
    net = country.network(mode)
    origins = country.scattered(mode, N_ORIGINS, seed=1)
    goals = country.scattered(mode, N_GOALS, seed=2)
    profile = profiles.load([mode])[mode]
    rules = plain_rules(country.extract, {"motorcar"}) if mode == "drive" else []
    oracle = TurnOracle(country.extract, profile, net, rules)
    if not rules:
        oracle = Oracle(country.extract, profile, net)
    return net, origins, goals, *oracle.table(origins, goals)


def table(found, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    ms, length = np.full(shape, np.inf), np.full(shape, np.inf)
    ms[found.origin, found.destination] = found.travel_ms
    length[found.origin, found.destination] = found.distance_m
    return ms, length


@pytest.mark.parametrize("search_from", ["origins", "destinations"])
@pytest.mark.parametrize("threads", [1, 2])
def test_pairs_equal_dijkstra_to_the_millisecond(
    case, search_from: str, threads: int
) -> None:
    net, origins, goals, ms, length = case
    found = pairs(net, origins, goals, search_from=search_from, threads=threads)
    got_ms, got_length = table(found, ms.shape)
    np.testing.assert_array_equal(got_ms, ms)
    np.testing.assert_allclose(got_length, length, atol=1e-5)
    assert np.isfinite(ms).mean() > 0.8


def test_the_other_direction_is_the_other_question(case) -> None:
    net, origins, goals, ms, _ = case
    back, _ = table(pairs(net, goals, origins), ms.T.shape)
    if net.mode == "drive":
        assert (ms != back.T).any()
    else:
        assert (ms == back.T).mean() > 0.5


def test_a_bound_keeps_exactly_the_pairs_within_it(case) -> None:
    net, origins, goals, ms, length = case
    found = pairs(net, origins, goals, minutes=12.5)
    got_ms, got_length = table(found, ms.shape)
    within = ms <= 750_000
    np.testing.assert_array_equal(got_ms, np.where(within, ms, np.inf))
    np.testing.assert_allclose(got_length, np.where(within, length, np.inf), atol=1e-5)


def test_the_nearest_is_the_least_of_the_pairs(case) -> None:
    net, origins, goals, ms, length = case
    found = nearest(net, origins, goals)
    none = ~np.isfinite(ms).any(axis=1)
    best = ms.argmin(axis=1)
    rows = np.arange(len(best))
    np.testing.assert_array_equal(found.destination, np.where(none, -1, best))
    np.testing.assert_array_equal(found.travel_ms, np.where(none, -1, ms.min(axis=1)))
    np.testing.assert_allclose(
        found.distance_m, np.where(none, np.nan, length[rows, best]), atol=1e-5
    )
