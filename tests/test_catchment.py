"""Floating catchments: published figures, plain loops, and the law that nothing is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from servicemap.analysis.catchment import catchment, within, zones

KNOWN = Path(__file__).parents[2] / "shared" / "known" / "accessibility_bho"
FAST = [(10, 1.0), (20, 0.68), (30, 0.22)]


def random_case(seed: int):
    draw = np.random.default_rng(seed)
    people = pd.Series(2.0 ** np.arange(8), index=[f"D{n}" for n in range(8)])
    supply = pd.Series(
        draw.integers(0, 9, 4).astype(float), index=[f"F{n}" for n in range(4)]
    )
    pairs = [(d, f) for d in people.index for f in supply.index if draw.random() < 0.6]
    rows = pd.DataFrame(pairs, columns=["demand_id", "facility_id"])
    rows["travel_time_s"] = draw.choice(
        [300.0, 600.0, 600.001, 1200.0, 1800.0, 2000.0], len(rows)
    )
    return rows, people, supply


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("steps", [FAST, [(10, 1.0)]])
def test_supply_per_person_equals_plain_loops(seed, steps):
    """Two loops, as the papers write them; a time at the end of a zone is in it."""
    rows, people, supply = random_case(seed)

    def weight(seconds):
        return next((w for minutes, w in steps if seconds <= minutes * 60), 0.0)

    times = {
        (r.demand_id, r.facility_id): weight(r.travel_time_s) for r in rows.itertuples()
    }
    ratio = {}
    for f in supply.index:
        potential = sum(people[d] * times.get((d, f), 0) for d in people.index)
        ratio[f] = supply[f] / potential if potential else 0.0
    wanted = [
        sum(ratio[f] * times.get((d, f), 0) for f in supply.index) for d in people.index
    ]
    got = catchment(rows, people, supply, zones(steps))
    np.testing.assert_allclose(got, wanted)
    reached = [f for f in supply.index if any(times.get((d, f), 0) for d in people.index)]
    assert (got * people).sum() == pytest.approx(supply[reached].sum())


def test_places_and_points_without_a_figure_count_for_nothing():
    """A missing figure is nobody, and a point that is not listed offers nothing."""
    rows = pd.DataFrame(
        {
            "demand_id": ["D1", "D2", "D1"],
            "facility_id": ["F1", "F1", "F2"],
            "travel_time_s": 60.0,
        }
    )
    people = pd.Series([2, None], index=["D1", "D2"], dtype="Int64")
    got = catchment(rows, people, pd.Series([1.0], index=["F1"]), within(15))
    assert got.tolist() == [0.5, 0.5]


def test_zones_must_grow():
    """A zone that ends before the one inside it is a slip."""
    with pytest.raises(ValueError, match="grow"):
        zones([(20, 1.0), (10, 0.5)])


@pytest.mark.skipif(
    not KNOWN.is_dir(), reason="the published cases of ../shared are not here"
)
def test_jobs_of_belo_horizonte_are_as_published():
    """Jobs per person within 45 minutes by bus, for the five cells of the published table."""
    wanted = pd.read_csv(KNOWN / "expected_2sfca.csv").set_index("id").iloc[:, 0]
    land = pd.read_csv(KNOWN / "land_use_data.csv.gz").set_index("id").loc[wanted.index]
    times = pd.read_csv(KNOWN / "travel_matrix.csv.gz")
    if "mode" in times.columns:
        times = times[times["mode"] == "transit2"]
    times = times[times["from_id"].isin(wanted.index) & times["to_id"].isin(wanted.index)]
    rows = pd.DataFrame(
        {
            "demand_id": times["from_id"],
            "facility_id": times["to_id"],
            "travel_time_s": times["travel_time"] * 60,
        }
    )
    got = catchment(rows, land["population"], land["jobs"], within(45))
    assert got.round(4).tolist() == wanted.tolist()
