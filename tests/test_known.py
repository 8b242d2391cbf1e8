"""Answers that GraphHopper published, found again: distances by car in Monaco, a
roundabout, and two places that no road joins (../shared/known/README.md)."""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from conftest import SHARED
from servicemap import osm_file
from servicemap.roads import osm_roads, profiles
from servicemap.roads.projection import projection_for
from servicemap.roads.snapping import snap
from servicemap.routing.travel_times import pairs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from servicemap.roads.network import Network

EXPECTED = "known/graphhopper/expected_car_distances.csv"


def cases() -> list[Any]:
    path = SHARED / EXPECTED
    if not path.exists():
        return [pytest.param(None, id="absent")]
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [pytest.param(row, id=f"{row['extract']}-{k}") for k, row in enumerate(rows)]


@cache
def network_of(path: Path) -> Network:
    extract = osm_file.read(path, want_map=False)
    pieces = osm_roads.segments(extract.roads)
    middle = np.median(extract.roads.x) * 1e-7, np.median(extract.roads.y) * 1e-7
    profile = profiles.load(["drive"])["drive"]
    return osm_roads.build(extract, pieces, profile, projection_for("auto", *middle))


def distance_m(
    network: Network, start: tuple[float, float], end: tuple[float, float]
) -> float | None:
    (lat_a, lon_a), (lat_b, lon_b) = start, end
    origin = snap(network, [lon_a], [lat_a], role="origin")
    destination = snap(network, [lon_b], [lat_b], role="destination")
    found = pairs(network, origin, destination, weight="distance")
    return float(found.distance_m[0]) if len(found.distance_m) else None


@pytest.mark.parametrize("case", cases())
def test_distances_by_car_are_the_published_ones(
    case: dict[str, str] | None, shared: Callable[[str], Path]
) -> None:
    if case is None:
        shared(EXPECTED)
    assert case is not None
    network = network_of(shared(f"known/graphhopper/{case['extract']}"))
    start = float(case["from_lat"]), float(case["from_lon"])
    end = float(case["to_lat"]), float(case["to_lon"])
    expected = float(case["distance_m"])
    # published in whole metres
    assert distance_m(network, start, end) == pytest.approx(
        expected, abs=max(1.0, expected / 1000)
    )


def test_no_road_joins_the_two_places_at_krautsand(shared: Callable[[str], Path]) -> None:
    network = network_of(shared("known/graphhopper/krautsand.osm.gz"))
    assert distance_m(network, (53.753177, 9.435968), (53.751299, 9.386959)) is None
