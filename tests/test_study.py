"""The study file: what is read, what is refused, and in which words."""

import pytest

from servicemap import study
from servicemap.errors import InputError

GOOD = """
[study]
name = "示范市"
language = "zh"
[travel]
modes = ["walk"]
minutes = [5, 7.5]
[[question]]
id = "headline"
mode = { default = "drive", elderly = "walk" }
minutes = 40
"""


def written(folder, text, encoding="utf-8"):
    """A study folder with this toml."""
    (folder / "servicemap.toml").write_bytes(text.encode(encoding))
    return folder


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_toml_is_read_in_the_encodings_that_offices_save(tmp_path, encoding):
    """With and without BOM, and in GB18030, the study is the same."""
    asked = study.read(written(tmp_path, GOOD, encoding))
    assert (asked.name, asked.language) == ("示范市", "zh")


def test_the_horizon_reaches_beyond_the_largest_cutoff(tmp_path):
    """At least 60 minutes, and 1.25 x the largest cutoff + 2 where that is more."""
    assert study.read(written(tmp_path, GOOD)).horizon_min == 60.0
    far = study.read(written(tmp_path, GOOD.replace("minutes = 40", "minutes = 100")))
    assert far.horizon_min == 127.0


def test_modes_are_those_of_the_maps_and_of_the_questions(tmp_path):
    """A question's mode needs no second mention under [travel]."""
    asked = study.read(written(tmp_path, GOOD))
    assert asked.modes == ("walk", "drive")
    assert asked.questions[0].mode_of("elderly") == "walk"
    assert asked.questions[0].mode_of("people") == "drive"


def test_all_faults_are_reported_together_with_the_nearest_known_name(tmp_path):
    """Unknown keys, wrong types and senseless values come in one error."""
    text = GOOD.replace("language", "langage").replace("[5, 7.5]", '[5, "x"]')
    with pytest.raises(InputError) as caught:
        study.read(written(tmp_path, text))
    assert [problem.kind for problem in caught.value.problems] == [
        "unknown_key",
        "setting_type",
    ]
    assert "Did you mean language?" in str(caught.value)
    assert "是否应为 language？" in caught.value.text("zh")


@pytest.mark.parametrize(
    "line",
    [
        "minutes = [0]",
        "minutes = [-5]",
        "minutes = [nan]",
        "minutes = [10000]",
        "modes = []",
        "snap_limit_m = 0",
        "horizon_min = inf",
    ],
)
def test_values_that_make_no_sense_are_refused(tmp_path, line):
    """Zero, negative, endless and missing values name the setting."""
    with pytest.raises(InputError) as caught:
        study.read(written(tmp_path, f"[travel]\n{line}\n"))
    assert caught.value.problems[0].column == f"travel.{line.split()[0]}"


def test_a_folder_without_a_study_says_how_to_make_one(tmp_path):
    """The message names the path and the command."""
    with pytest.raises(InputError, match="servicemap init"):
        study.read(tmp_path)


def test_every_question_has_an_id_of_its_own(tmp_path):
    """A missing id and a repeated one are both errors."""
    for text in ('[[question]]\nmode = "walk"\n', '[[question]]\nid = "a"\n' * 2):
        with pytest.raises(InputError):
            study.read(written(tmp_path, text))
