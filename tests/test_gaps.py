"""Gaps: the villages left out, why, and which of them lie together."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from made_tables import facility, home, random_world, shuffled, village, world
from servicemap import table_columns
from servicemap.analysis.clusters import EARTH_M, clusters
from servicemap.analysis.gaps import REMEDIES
from servicemap.study import Question
from servicemap.words import LANGUAGES, say

SEEDS = range(10)
KM = 1000 / EARTH_M * 180 / math.pi  # degrees of latitude


@pytest.mark.parametrize("with_people", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
def test_gaps_are_the_villages_that_are_not_covered(seed, with_people):
    """Every uncovered and undetermined village once per question, ranked as documented."""
    made = random_world(seed, with_people=with_people)
    cover, found = made.coverage(), made.gaps()
    group_of = {"headline": "people", "old": "elderly"}
    wanted = []
    for question in made.study.questions:
        rows = cover[(cover["question_id"] == question.id) & (cover["level"] == "village")]
        rows = rows[rows["group"] == group_of[question.id]]
        ranked = []
        for one in rows.to_dict("records"):
            if one["status"] == "covered":
                continue
            unknown = one["status"] == "undetermined"
            left_out = one["n_undetermined"]
            if not unknown and with_people:
                left_out = one["n_people"] - one["n_covered"] - left_out
            time = one["travel_time_s"]
            beyond = (
                np.inf
                if pd.isna(time)
                else (round(time * 1000) - question.minutes * 60000) / 60000
            )
            people = 1 if pd.isna(left_out) else -left_out
            ranked.append(
                (
                    unknown,
                    people,
                    -beyond,
                    one["id"],
                    left_out,
                    one["reason"],
                    one["nearest_facility_id"],
                )
            )
        wanted += [(question.id, *row) for row in sorted(ranked, key=lambda row: row[:4])]
    assert len(found) == len(wanted)
    for got, (question_id, _, _, beyond, place, people, reason, point) in zip(
        found.to_dict("records"), wanted, strict=True
    ):
        assert (got["question_id"], got["village_id"]) == (question_id, place)
        assert got["reason"] == reason
        assert (pd.isna(got["n_people"]) and pd.isna(people)) or got["n_people"] == people
        assert -beyond == (
            np.inf if pd.isna(got["minutes_beyond"]) else got["minutes_beyond"]
        )
        assert got["nearest_facility_id"] == point or (
            pd.isna(got["nearest_facility_id"]) and pd.isna(point)
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_order_of_rows_changes_nothing(seed):
    """Shuffled tables give the same gaps."""
    made = random_world(seed)
    pd.testing.assert_frame_equal(made.gaps(), shuffled(made, seed).gaps())


def test_minutes_beyond_say_how_much_longer_it_takes_to_be_covered():
    """At a share of 0.8 the fourth of five people decides, not the median."""
    made = world(
        facilities=[facility("F1"), facility("F2")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 3), home("D2", "V1", 1), home("D3", "V1", 1)],
        minutes={("D1", "F1"): 5.0, ("D2", "F2"): 22.5, ("D3", "F1"): 40.0},
    ).asking(Question("headline"), share=0.8)
    got = made.gaps().iloc[0]
    assert (got["minutes_beyond"], got["nearest_facility_id"]) == (7.5, "F2")
    assert (got["n_people"], got["reason"], got["remedy"]) == (2, "too_far", "nearer_point")
    longer = made.asking(Question("headline", minutes=22.5), share=0.8)
    assert longer.gaps().empty


def test_undetermined_villages_stand_after_the_uncovered():
    """However many people they have; their people are counted as undetermined."""
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1"), village("V2")],
        demand=[home("D1", "V1", 1), home("D2", "V2", 1024)],
        minutes={("D1", "F1"): 30.0},
        reasons={"D2": "off_network"},
    )
    got = made.gaps()
    assert got["village_id"].tolist() == ["V1", "V2"]
    assert got["n_people"].tolist() == [1, 1024]
    assert got["cluster_id"].isna().tolist() == [False, True]
    assert got["remedy"].tolist() == ["nearer_point", "check_roads"]


def test_neighbouring_gaps_make_one_cluster():
    """Steps of 1.9 km hang together, 2.1 km do not; the larger in people is number 1."""
    steps = {"V1": 0.0, "V2": 1.9, "V3": 3.8, "V4": 5.9}
    made = world(
        facilities=[facility("F1")],
        villages=[village(one, lon=9.5, lat=47 + km * KM) for one, km in steps.items()],
        demand=[home(f"D{one}", one, 8 if one == "V4" else 2) for one in steps],
        minutes={(f"D{one}", "F1"): 30.0 for one in steps},
    )
    got = made.gaps().set_index("village_id")["cluster_id"]
    assert got.to_dict() == {"V4": 1, "V1": 2, "V2": 2, "V3": 2}


@pytest.mark.parametrize("seed", SEEDS)
def test_clusters_equal_a_flood_fill(seed):
    """Groups are what spreading from neighbour to neighbour finds, ranked by people."""
    draw = np.random.default_rng(seed)
    size = int(draw.integers(1, 40))
    lon, lat = 9 + draw.random(size) / 8, 47 + draw.random(size) / 8
    lon[draw.random(size) < 0.1] = np.nan
    people = draw.integers(0, 50, size).astype(float)
    ids = [f"V{n:02}" for n in range(size)]

    def apart_m(a, b):
        p, q = math.radians(lat[a]), math.radians(lat[b])
        half = (
            math.sin((q - p) / 2) ** 2
            + math.cos(p) * math.cos(q) * math.sin(math.radians(lon[b] - lon[a]) / 2) ** 2
        )
        return 2 * EARTH_M * math.asin(math.sqrt(half))

    groups, left = [], {n for n in range(size) if not math.isnan(lon[n])}
    while left:
        group, fresh = set(), {left.pop()}
        while fresh:
            one = fresh.pop()
            group.add(one)
            near = {n for n in left if apart_m(one, n) <= 2000}
            left -= near
            fresh |= near
        groups.append(sorted(group))
    groups.sort(key=lambda own: (-sum(people[n] for n in own), -len(own), ids[own[0]]))
    wanted = [-1] * size
    for number, own in enumerate(groups, 1):
        for one in own:
            wanted[one] = number
    assert clusters(lon, lat, people, ids).tolist() == wanted


def test_no_gaps_is_an_empty_table():
    """A study that reaches everybody has the columns and no rows."""
    made = world(
        facilities=[facility("F1")],
        villages=[village("V1")],
        demand=[home("D1", "V1", 1)],
        minutes={("D1", "F1"): 5.0},
    )
    got = made.gaps()
    assert got.empty
    assert list(got.columns) == table_columns.TABLES["gaps"].names


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_remedy_has_its_words(language):
    """What helps is said in both languages."""
    assert set(REMEDIES) <= set(table_columns.REASONS)
    for remedy in set(REMEDIES.values()):
        assert say(f"terms.remedy.{remedy}", language)
