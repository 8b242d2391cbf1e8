"""Every file in ``bad_inputs`` has one fault and is named after the finding it must give.

No other finding than that one may appear: a false alarm is a fault of ours.
"""

import dataclasses
import json
import re
import zipfile
from pathlib import Path

import pytest

from servicemap import study
from servicemap.errors import InputError
from servicemap.intake import inputs, load, read_points
from servicemap.intake.sheets import read
from servicemap.study import Source, Study
from servicemap.words import LANGUAGES, table

BAD = Path(__file__).parent / "bad_inputs"
BOUNDS = (120.9, 27.9, 121.6, 28.4)
SQUARES = {"甲镇": (121.0, 28.0), "乙镇": (121.2, 28.0), "丙镇": (121.4, 28.0)}


def cases(folder):
    return sorted((BAD / folder).iterdir(), key=lambda path: path.name)


def named(path):
    return path.name


class Evidence:
    """What intake asks of an extract when there are no buildings: the bounds."""

    bounds = BOUNDS
    buildings = ()


@pytest.fixture
def folder(tmp_path):
    """A study with nothing wrong: three square townships, two villages, two points."""
    features = [
        {
            "type": "Feature",
            "properties": {"编号": f"T{number}", "名称": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[x, y], [x + 0.2, y], [x + 0.2, y + 0.2], [x, y + 0.2], [x, y]]
                ],
            },
        }
        for number, (name, (x, y)) in enumerate(SQUARES.items(), 1)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (tmp_path / "townships.geojson").write_text(text, encoding="utf-8")
    (tmp_path / "villages.csv").write_text(
        "编号,村名,乡镇,经度,纬度\nV1,一村,甲镇,121.1,28.1\nV2,二村,甲镇,121.12,28.12\n",
        encoding="utf-8",
    )
    (tmp_path / "points.csv").write_text(
        "编号,名称,层级,乡镇,经度,纬度\nP1,甲镇便民服务中心,乡镇,甲镇,121.1,28.1\n",
        encoding="utf-8",
    )
    return tmp_path


def a_study(folder, **files):
    names = {
        "townships": "townships.geojson",
        "villages": "villages.csv",
        "facilities": "points.csv",
        **files,
    }
    parts = {
        name: Source(source=str(file)) for name, file in names.items() if name != "people"
    }
    people = (
        study.People(source=str(files["people"])) if "people" in files else study.People()
    )
    return Study(folder=folder, people=people, **parts)


def kinds(problems):
    for problem in problems:
        assert problem.line("en")
        assert problem.line("zh")
    return {problem.kind for problem in problems if problem.severity != "note"}


def test_every_finding_of_intake_has_words_in_both_languages():
    folder = Path(inputs.__file__).parent
    found = set()
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'"([a-z_]+)",\s*"(?:error|warning|note)"', text))
    assert len(found) > 60
    for language in LANGUAGES:
        words = table(language)
        lacking = {kind for kind in found if f"problems.{kind}.message" not in words}
        assert lacking == set()


def test_a_study_without_faults_gives_no_alarm(folder):
    done = load(a_study(folder), Evidence())

    assert kinds(done.problems) == set()


@pytest.mark.parametrize("path", cases("facilities"), ids=named)
def test_one_fault_among_points_is_found_and_spoils_nothing_else(folder, path):
    done = load(a_study(folder, facilities=path), Evidence())

    assert kinds(done.problems) == {path.stem}
    assert "甲镇便民服务中心" in set(done.facilities["name"])
    (entry,) = [one for one in done.files if one["name"] == str(path)]
    assert entry["rows"] == entry["rows_used"] + entry["rows_dropped"]
    assert entry["rows_used"] == len(done.facilities)


@pytest.mark.parametrize("path", cases("villages"), ids=named)
def test_one_fault_among_villages_is_found_and_spoils_nothing_else(folder, path):
    done = load(a_study(folder, villages=path), Evidence())

    assert kinds(done.problems) == {path.stem}
    assert "V1" in set(done.villages["village_id"])
    assert set(done.demand["village_id"]) == set(done.villages["village_id"])


@pytest.mark.parametrize("path", cases("people"), ids=named)
def test_one_fault_among_figures_is_found_and_spoils_nothing_else(folder, path):
    done = load(a_study(folder, people=path), Evidence())

    assert kinds(done.problems) == {path.stem}
    assert done.people.loc[done.people["village_id"] == "V1", "count"].gt(0).all()


@pytest.mark.parametrize("path", cases("files"), ids=named)
def test_a_file_that_cannot_be_used_says_why(path):
    with pytest.raises(InputError) as caught:
        read_points(path)

    assert caught.value.problems[0].kind == path.stem
    assert path.name in caught.value.text("en")
    assert path.name in caught.value.text("zh")


def test_faults_of_several_files_are_reported_together(folder):
    broken = a_study(folder, villages="absent.csv", facilities=BAD / "files/encrypted.xlsx")

    with pytest.raises(InputError) as caught:
        load(broken, None)

    assert [problem.kind for problem in caught.value.problems][:2] == [
        "file_absent",
        "encrypted",
    ]


def test_a_study_without_files_says_which_it_needs(folder):
    with pytest.raises(InputError) as caught:
        load(Study(folder=folder), None)

    assert {problem.kind for problem in caught.value.problems} == {
        "villages_not_named",
        "points_not_named",
    }


def test_points_without_any_usable_place_are_nothing_to_work_with(folder):
    (folder / "points.csv").write_text("编号,名称,层级\nP1,甲站,村\n", encoding="utf-8")

    with pytest.raises(InputError) as caught:
        load(a_study(folder), None)

    assert caught.value.problems[0].kind == "no_points"


@pytest.mark.parametrize(
    "path",
    ["https://example.org/points.csv", "/vsicurl/example.org/a.geojson", "ftp://a/b.csv"],
)
def test_addresses_and_virtual_paths_are_refused(path):
    with pytest.raises(InputError) as caught:
        read_points(path)

    assert caught.value.problems[0].kind == "not_local"


def test_a_zip_bomb_is_refused_by_its_directory_alone(tmp_path):
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(120):
                part.write(b" " * 1_000_000)

    with pytest.raises(InputError) as caught:
        read(bomb, "points")

    assert caught.value.problems[0].kind == "zip_bomb"


def test_a_column_mapped_by_hand_to_a_header_that_is_not_there_is_found(folder):
    mapped = a_study(folder)
    mapped = dataclasses.replace(
        mapped,
        facilities=Source(
            source="points.csv", columns={"phone": "热线", "telefone": "名称"}
        ),
    )

    done = load(mapped, None)

    assert kinds(done.problems) == {"column_absent", "column_unknown"}
