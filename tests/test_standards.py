"""Rules of cutoffs: which row of a standard holds, and what is wrong with a table of them."""

from __future__ import annotations

import pytest

from servicemap import study
from servicemap.errors import InputError
from servicemap.standards import Rule, applicable, area_class, presets, read_rules
from servicemap.words import LANGUAGES, table


def write(folder, text, encoding="utf-8"):
    path = folder / "standard.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_read_in_either_language(tmp_path, encoding):
    """Headings, tiers, modes and handling may be in Chinese; blank means any."""
    path = write(
        tmp_path,
        "区域类型,层级,出行方式,时限,办理方式\r\n城区,乡镇,步行,15,办结、自助\r\n山区,,骑电动自行车,30,\r\n",
        encoding,
    )
    assert read_rules(path) == (
        Rule(15.0, "城区", "township", "walk", ("finish", "self")),
        Rule(30.0, "山区", None, "ebike"),
    )
    english = write(tmp_path, "area_type,tier,minutes\ntown,bank,7.5\n")
    assert read_rules(english) == (Rule(7.5, "town", "bank"),)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", ["rules_empty"]),
        ("minutes\n", ["rules_empty"]),
        ("tier\nbank\n", ["rules_columns"]),
        ("minutes,colour\n5,red\n", ["rules_columns"]),
        ("tier,minutes\nbnk,0\nbank,x\n", ["rules_value"] * 3),
        ("minutes,handling\n5,maybe\n", ["rules_value"]),
    ],
)
def test_what_is_wrong_is_said_cell_by_cell(tmp_path, text, kinds):
    """All faults together, in both languages, with row and column."""
    with pytest.raises(InputError) as caught:
        read_rules(write(tmp_path, text))
    assert [problem.kind for problem in caught.value.problems] == kinds
    assert all(caught.value.text(language) for language in LANGUAGES)


def test_the_row_that_fits_best_holds():
    """An area's own word goes before town or country, a named tier before any; equals are alternatives."""
    rules = (
        Rule(10.0),
        Rule(15.0, "town"),
        Rule(20.0, "town", "bank"),
        Rule(25.0, "城区"),
        Rule(5.0, "城区", mode="drive"),
    )
    assert applicable(rules, None, "bank") == (rules[0],)
    assert applicable(rules, "镇区", "village") == (rules[1],)
    assert applicable(rules, "镇区", "bank") == (rules[2],)
    assert applicable(rules, "城区", "bank") == rules[3:]
    assert applicable(rules[1:], "山区", "bank") == ()


def test_town_and_country_follow_the_statistical_code():
    """Codes that begin with 1 are urban, with 2 rural."""
    assert {area_class(code) for code in ("111", "112", "121", "122", "123")} == {"town"}
    assert {area_class(code) for code in ("210", "220")} == {"country"}
    assert area_class("somewhere") is None


def test_every_preset_has_a_title_and_a_source():
    """In both languages; no figure without where it is from."""
    for language in LANGUAGES:
        words = table(language)
        for name in presets():
            assert words[f"terms.preset.{name}"]
            assert words[f"terms.preset_source.{name}"]


def ask(folder, lines):
    (folder / "servicemap.toml").write_text(f'[[question]]\nid = "q"\n{lines}\n', "utf-8")
    return study.read(folder)


def test_a_question_takes_its_rules_from_a_file_or_a_preset(tmp_path):
    """Modes and the horizon follow the rules."""
    write(tmp_path, "area_type,mode,minutes\ntown,walk,15\ncountry,,80\n")
    read = ask(tmp_path, 'rules = "standard.csv"\nmode = "ebike"')
    (question,) = read.questions
    assert (question.minutes, question.cutoffs_min) == (None, (15.0, 80.0))
    assert question.modes == ("walk", "ebike")
    assert read.horizon_min == 102.0
    (question,) = ask(tmp_path, 'preset = "1530"').questions
    assert question.standard == presets()["1530"]
    assert question.modes_of("people") == ("walk",)


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ('preset = "1531"', "preset_unknown"),
        ('preset = "1530"\nrules = "standard.csv"', "rules_and_preset"),
        ('rules = "nowhere.csv"', "rules_unreadable"),
        ('points = { status = "opened" }', "setting_type"),
        ('points = { state = "open" }', "unknown_key"),
        ('handling = ["finished"]', "setting_type"),
        ("service_min = -1", "setting_type"),
    ],
)
def test_settings_of_a_question_that_make_no_sense_are_told(tmp_path, lines, kind):
    """With what there is instead."""
    with pytest.raises(InputError) as caught:
        ask(tmp_path, lines)
    assert [problem.kind for problem in caught.value.problems] == [kind]
