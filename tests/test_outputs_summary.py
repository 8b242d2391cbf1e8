"""The figures of ``summary.json`` are those of the tables, counted by hand."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from servicemap import table_columns, tables
from servicemap.outputs.summary import as_json, summary, write_summary
from small_result import small_result

COUNTS = ("total", "covered", "uncovered", "undetermined")


@pytest.fixture(scope="module")
def result():
    return small_result("zh")


@pytest.fixture(scope="module")
def figures(result):
    return summary(result)


def without_people(result):
    """The same county where nobody was ever counted."""
    unknown = dict.fromkeys(("n_people", "n_covered", "n_undetermined"), pd.NA)
    demand = result.demand.assign(people=pd.NA, elderly=pd.NA).astype(
        {"people": "Int64", "elderly": "Int64"}
    )
    coverage = tables.check(
        result.coverage.assign(**unknown).astype(dict.fromkeys(unknown, "Int64")),
        "coverage",
    )
    return dataclasses.replace(result, demand=demand, coverage=coverage)


def test_the_keys_are_those_of_the_contract(figures):
    assert list(figures) == [
        "schema_version",
        "study",
        "inputs",
        "network",
        "road_changes",
        "snaps",
        "facilities",
        "people",
        "coverage",
        "gaps",
        "annex",
        "isochrones",
        "problems",
    ]


def test_people_and_villages_are_counted_as_by_hand(result, figures):
    for entry in figures["coverage"]:
        asked = [
            row
            for row in result.coverage.itertuples()
            if row.question_id == entry["question_id"] and row.group == entry["group"]
        ]
        villages = [row.status for row in asked if row.level == "village"]
        places = [row for row in asked if row.level == "demand"]
        for status in table_columns.COVERAGE_STATUSES:
            assert entry["villages"][status] == villages.count(status)
            assert entry["people"][status] == sum(
                row.n_people for row in places if row.status == status
            )


def test_townships_add_up_to_the_whole(figures):
    for entry in figures["coverage"]:
        for unit in ("villages", "people"):
            for name in COUNTS:
                added = sum(one[unit][name] for one in entry["by_township"])
                assert added == entry[unit][name]


def test_villages_without_a_township_stand_in_a_line_of_their_own(result):
    villages = result.villages.copy()
    lost = villages["township_id"] == "330003"
    villages.loc[lost, "township_id"] = None
    townships = result.townships[result.townships["township_id"] != "330003"]
    coverage = result.coverage[
        ~((result.coverage["level"] == "township") & (result.coverage["id"] == "330003"))
    ]
    whole = summary(result)["coverage"][0]
    other = dataclasses.replace(
        result,
        villages=tables.check(villages, "villages"),
        townships=townships,
        coverage=coverage.reset_index(drop=True),
    )

    entry = summary(other)["coverage"][0]

    last, former = entry["by_township"][-1], whole["by_township"][-1]
    assert (last["township_id"], last["rank"]) == (None, None)
    assert (last["villages"], last["people"]) == (former["villages"], former["people"])
    assert entry["people"] == whole["people"]


def test_a_township_without_villages_has_no_share_and_no_rank(result):
    more = result.townships.iloc[[0]].assign(township_id="330009", name="空镇")
    townships = tables.check(pd.concat([result.townships, more]), "townships")

    entry = summary(dataclasses.replace(result, townships=townships))["coverage"][0]

    last = entry["by_township"][-1]
    assert last["people"]["total"] == 0
    assert last["people"]["percent"] is None
    assert last["rank"] is None
    assert sorted(one["rank"] for one in entry["by_township"][:-1]) == [1, 2, 3]


def test_without_people_figures_villages_are_counted_and_people_are_unknown(result):
    figures = summary(without_people(result))
    entry = figures["coverage"][0]

    assert set(entry["people"].values()) == {None}
    assert entry["villages"] == summary(result)["coverage"][0]["villages"]
    assert figures["people"]["counted"] == {"people": None, "elderly": None}
    assert figures["gaps"][0]["count"] > 0
    assert "无人口数据" in entry["sentence"]
    assert [one["rank"] for one in entry["by_township"]] == [1, 3, 2]


def test_the_range_holds_the_share(figures):
    for entry in figures["coverage"]:
        for shares in (entry["villages"], entry["people"]):
            assert shares["percent_low"] <= shares["percent"] <= shares["percent_high"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sentence_says_the_headline_and_what_is_undetermined(language):
    entry = summary(small_result(language))["coverage"][0]

    for number in ("percent", "percent_low", "percent_high"):
        assert f"{entry['people'][number]:.1f}" in entry["sentence"]
    assert f"{entry['people']['covered']:,}" in entry["sentence"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "reach a service point that counts (items: 医保; 2026-12-05 10:00) within"),
        ("zh", "可到达符合条件（事项：医保；2026-12-05 10:00）的服务点的居民占"),
    ],
)
def test_the_sentence_says_for_what_and_when_where_not_every_point_counts(language, said):
    result = small_result(language)
    first, *others = result.study.questions
    asked = dataclasses.replace(first, items=("医保",), when="2026-12-05 10:00")
    study = dataclasses.replace(result.study, questions=(asked, *others))
    assert (
        said in summary(dataclasses.replace(result, study=study))["coverage"][0]["sentence"]
    )
    assert said not in summary(result)["coverage"][0]["sentence"]


def test_gaps_are_counted_apart_from_what_is_undetermined(result, figures):
    entry = figures["gaps"][0]
    coverage = figures["coverage"][0]

    assert entry["count"] == coverage["villages"]["uncovered"]
    assert entry["undetermined"]["count"] == coverage["villages"]["undetermined"]
    rows = entry["count"] + entry["undetermined"]["count"]
    assert sum(one["count"] for one in entry["by_reason"].values()) == rows


def test_facilities_are_counted_by_tier_and_status(result, figures):
    by_tier = figures["facilities"]["by_tier"]

    assert sum(one["count"] for one in by_tier.values()) == len(result.facilities)
    assert by_tier["mobile"]["planned"] == 1
    assert figures["facilities"]["open"] == 6


def test_areas_carry_their_accuracy_on_and_off_roads(figures):
    first = figures["isochrones"][0]

    assert (first["mode"], first["cutoff_min"]) == ("walk", 5.0)
    assert first["off_road"] == {
        "samples": 2000,
        "decided": 800,
        "precision": 0.992,
        "recall": 0.991,
    }
    assert len(figures["isochrones"]) == 8


def test_the_result_is_left_as_it_was(result):
    before = small_result("zh")
    summary(result)

    for name in ("coverage", "villages", "gaps", "snaps", "facilities", "townships"):
        pd.testing.assert_frame_equal(getattr(result, name), getattr(before, name))


def test_the_file_is_plain_json_without_nan_and_the_same_every_time(tmp_path, result):
    def forbidden(word: str) -> None:
        pytest.fail(f"{word} in the file")

    for name in ("a.json", "b.json"):
        write_summary(summary(result), tmp_path / name)

    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=forbidden) == summary(result)
    assert "示例县" in text
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_missing_and_infinite_values_become_null():
    odd = {"a": [np.nan, np.inf, pd.NA, pd.NaT, None], "b": np.int64(3), "c": np.True_}

    assert as_json(odd) == {"a": [None] * 5, "b": 3, "c": True}
