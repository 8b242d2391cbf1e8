"""Every value of a table has a word in both languages; questions read as sentences."""

from __future__ import annotations

import tomllib
from importlib import resources

import pandas as pd
import pytest

from servicemap import table_columns
from servicemap.analysis.gaps import REMEDIES
from servicemap.outputs.terms import conditions_text, question_text, term, terms
from servicemap.study import Question
from servicemap.words import LANGUAGES, table

VOCABULARIES = {
    "tier": table_columns.TIERS,
    "form": table_columns.FORMS,
    "point_status": table_columns.STATUSES,
    "kind": table_columns.VILLAGE_KINDS,
    "located_by": table_columns.LOCATED_BY,
    "status": table_columns.COVERAGE_STATUSES,
    "reason": table_columns.REASONS,
    "remedy": sorted(set(REMEDIES.values())),
    "severity": ("error", "warning", "note"),
}


def built_in_modes() -> list[str]:
    text = resources.files("servicemap.roads").joinpath("profiles.toml").read_text("utf-8")
    return [name for name in tomllib.loads(text) if name != "common"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_has_a_word(language):
    words = table(language)
    wanted = {**VOCABULARIES, "mode": built_in_modes()}

    lacking = [
        f"terms.{kind}.{value}"
        for kind, values in wanted.items()
        for value in values
        if f"terms.{kind}.{value}" not in words
    ]

    assert lacking == []


def test_a_value_without_a_word_stands_for_itself_and_a_missing_one_is_empty():
    assert term("group", "students", "zh") == "students"
    assert term("reason", pd.NA, "zh") == ""
    assert term("yes", True, "zh") == "是"
    column = pd.Series(["walk", None, "walk"], dtype="str")
    assert terms("mode", column, "en") == ["on foot", "", "on foot"]


@pytest.mark.parametrize(
    ("question", "english", "chinese"),
    [
        (Question("a"), "15 min on foot, all residents", "步行15分钟，居民"),
        (
            Question("b", mode="drive", minutes=7.5, people="elderly"),
            "7.5 min by car, older people",
            "驾车7.5分钟，老年人",
        ),
        (
            Question("c", items=("医保", "社保"), when="2026-12-05 10:00"),
            "15 min on foot, all residents; items: 医保, 社保; 2026-12-05 10:00",
            "步行15分钟，居民；事项：医保、社保；2026-12-05 10:00",
        ),
        (
            Question("d", minutes=None, rules="standard.csv"),
            "time limit by rules, on foot, all residents",
            "步行，时限按规则，居民",
        ),
    ],
)
def test_a_question_is_said_in_a_few_words(question, english, chinese):
    assert question_text(question, "en") == english
    assert question_text(question, "zh") == chinese


def test_what_a_point_must_do_to_count_is_said_and_of_the_plain_question_nothing():
    plain = Question("a", mode="drive", minutes=7.5, people="elderly")
    assert conditions_text(plain, "en") == conditions_text(plain, "zh") == ""
    assert conditions_text(Question("b", when="share of week"), "en") == ""
    asked = Question("c", items=("医保", "社保"), when="2026-12-05 10:00")
    assert conditions_text(asked, "en") == "items: 医保, 社保; 2026-12-05 10:00"
    assert conditions_text(asked, "zh") == "事项：医保、社保；2026-12-05 10:00"
