"""The CSV files open right in Excel and WPS and read back as what they were."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicemap import table_columns, tables
from servicemap.outputs.summary import summary
from servicemap.outputs.tables_csv import (
    FORMULA_STARTS,
    VILLAGE_COLUMNS,
    as_text,
    as_written,
    village_answers,
    write_problems,
    write_villages,
)
from small_result import FORMULA, small_result


@pytest.fixture(scope="module")
def result():
    return small_result("zh")


@pytest.fixture
def villages(tmp_path, result):
    write_villages(village_answers(result), tmp_path / "villages.csv")
    return (tmp_path / "villages.csv").read_bytes()


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_file_has_a_bom_and_crlf(villages):
    assert villages.startswith(b"\xef\xbb\xbfquestion_id,mode,")
    assert villages.count(b"\n") == villages.count(b"\r\n") == 1 + 3 * 8


def test_one_row_per_question_and_village_in_the_order_of_the_study(villages, result):
    found = rows(villages)

    assert list(found[0]) == list(VILLAGE_COLUMNS)
    assert [row["question_id"] for row in found[::8]] == ["headline", "elderly", "by_car"]
    ids = [row["village_id"] for row in found[:8]]
    assert ids == sorted(result.villages["village_id"])


def test_the_statuses_are_those_of_the_summary(villages, result):
    for entry in summary(result)["coverage"]:
        asked = [
            row for row in rows(villages) if row["question_id"] == entry["question_id"]
        ]
        for status in table_columns.COVERAGE_STATUSES:
            count = sum(row["status"] == status for row in asked)
            assert count == entry["villages"][status]
        people = sum(int(row["n_covered"]) for row in asked)
        assert people == entry["people"]["covered"]


def test_unknown_values_are_empty_cells_and_reasons_are_in_words(villages):
    roadless = next(row for row in rows(villages) if row["village_id"] == "330002003")

    assert roadless["travel_time_min"] == roadless["nearest_facility"] == ""
    assert roadless["status_text"] == "未能判定"
    assert roadless["reason"] == "off_network"
    assert roadless["reason_text"]


def test_a_time_just_beyond_the_cutoff_does_not_look_as_if_it_were_within(result):
    answers = village_answers(result)
    late = answers[(answers["status"] == "uncovered") & answers["travel_time_min"].notna()]

    assert (late["travel_time_min"] > late["cutoff_min"]).all()


def test_a_village_called_like_a_formula_stays_text(tmp_path, result):
    villages = result.villages.assign(name=[FORMULA] * len(result.villages))
    changed = village_answers(result).assign(village=villages["name"].iloc[0])
    write_villages(changed, tmp_path / "villages.csv")

    found = rows((tmp_path / "villages.csv").read_bytes())[0]["village"]

    assert found == f"'{FORMULA}"
    assert as_written(found) == FORMULA


def test_negative_coordinates_stay_numbers(tmp_path, result):
    write_villages(village_answers(result).assign(lon=-8.61), tmp_path / "v.csv")

    assert rows((tmp_path / "v.csv").read_bytes())[0]["lon"] == "-8.61"


@given(st.text() | st.text(alphabet="'=+-@\t\r\n＝＠a", max_size=6))
def test_guarding_a_text_can_be_undone_and_leaves_no_formula(text):
    guarded = as_text(text)

    assert as_written(guarded) == text
    assert not guarded.startswith(FORMULA_STARTS)


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_characters="\0", codec="utf-8")), min_size=1
    )
)
def test_any_text_survives_the_file(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("csv") / "problems.csv"
    frame = tables.empty("problems").reindex(range(len(texts))).assign(value=texts)

    write_problems(frame, path)

    assert [as_written(row["value"]) for row in rows(path.read_bytes())] == texts


def test_problems_keep_their_columns_and_places(tmp_path, result):
    write_problems(result.problems, tmp_path / "problems.csv")
    found = rows((tmp_path / "problems.csv").read_bytes())

    assert list(found[0]) == table_columns.TABLES["problems"].names
    assert (found[0]["sheet"], found[0]["row"], found[0]["column"]) == (
        "服务点",
        "5",
        "经度",
    )
    assert found[1]["row"] == ""
