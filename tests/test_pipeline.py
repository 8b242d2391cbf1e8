"""Studies from their files to their answers, with answers that one can count."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import itertools
import json
import locale
import re
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from python_calamine import CalamineWorkbook

import small_study
from conftest import HERE, shared_file
from servicemap import new_study, pipeline, preparation, study, without_study
from servicemap.errors import InputError
from servicemap.outputs.summary import summary
from servicemap.outputs.write import write

if TYPE_CHECKING:
    from pathlib import Path

    from servicemap.result import Result

pytestmark = pytest.mark.usefixtures("own_cache")

LIECHTENSTEIN = HERE.parent / "data" / "liechtenstein"
PEOPLE = 37_370
FILES = {
    "map.html",
    "coverage.gpkg",
    "villages.csv",
    "workbook.xlsx",
    "summary.json",
    "problems.csv",
    "provenance.json",
}


def at(result: Result, level: str, question: str = "headline") -> pd.DataFrame:
    """Answers of one level, by id."""
    rows = result.coverage[
        (result.coverage["level"] == level)
        & (result.coverage["question_id"] == question)
        & (result.coverage["group"] == "people")
    ]
    return rows.set_index("id")


def city(result: Result, question: str = "headline") -> pd.Series:
    return at(result, "city", question).iloc[0]


# --- a small world ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_study.write(tmp_path_factory.mktemp("small") / "study")


@pytest.fixture(scope="module")
def answers(small: Path) -> Result:
    return pipeline.run(small)


def test_a_village_at_exactly_fifteen_minutes_is_covered(answers: Result) -> None:
    villages = at(answers, "village")
    assert villages.loc["V03", "travel_time_s"] == 900.0
    assert villages.loc["V03", "status"] == "covered"


@pytest.mark.parametrize(("minutes", "covered"), [(15.0, 31), (15.0 - 1 / 60_000, 23)])
def test_a_millisecond_decides(tmp_path: Path, minutes: float, covered: int) -> None:
    result = pipeline.run(small_study.write(tmp_path / "study", minutes=minutes))
    assert city(result)["n_covered"] == covered


def test_people_say_exactly_who_is_covered(answers: Result) -> None:
    """V00 to V04 are in reach; of the others only V06 may still be, for all one knows."""
    assert city(answers)["n_people"] == 255
    assert city(answers)["n_covered"] == 1 + 2 + 4 + 8 + 16
    assert city(answers)["n_undetermined"] == 64


def test_a_tie_goes_to_the_smaller_id_whatever_the_order_of_the_file(
    answers: Result,
) -> None:
    assert list(answers.facilities["facility_id"]) == ["P1", "P2"]
    known = at(answers, "demand")["nearest_facility_id"].dropna()
    assert set(known) == {"P1"}
    assert set(at(answers, "demand").loc[known.index, "n_within"]) == {0, 2}


@pytest.mark.parametrize(
    ("village", "status", "reason"),
    [
        ("V05", "uncovered", "island"),
        ("V06", "undetermined", "off_network"),
        ("V07", "uncovered", "too_far"),
    ],
)
def test_what_is_not_in_reach_has_its_reason(
    answers: Result, village: str, status: str, reason: str
) -> None:
    row = at(answers, "village").loc[village]
    assert (row["status"], row["reason"]) == (status, reason)
    assert reason == "too_far" or pd.isna(row["travel_time_s"])


def test_gaps_are_ranked_by_people_and_say_by_how_much(answers: Result) -> None:
    decided = answers.gaps[answers.gaps["reason"] != "off_network"]
    assert list(decided["village_id"]) == ["V07", "V05"]
    assert decided["minutes_beyond"].iloc[0] == 5.0
    assert set(answers.gaps["village_id"]) == {"V05", "V06", "V07"}


def test_areas_hold_the_covered_villages_and_no_others(answers: Result) -> None:
    areas = answers.isochrones.query("facility_id == 'all' and cutoff_min == 15")
    shape = areas.geometry.iloc[0]
    seats = answers.demand.set_index("demand_id")
    inside = shapely.contains_xy(shape, seats["lon"], seats["lat"])
    # V03 stands on the very rim
    assert set(seats.index[inside]) | {"V03"} == {"V00", "V01", "V02", "V03", "V04"}


def test_the_files_given_are_not_changed_by_a_run(small: Path, answers: Result) -> None:
    before = {file.name: file.read_bytes() for file in sorted(small.iterdir())}
    pipeline.run(small)
    assert {file.name: file.read_bytes() for file in sorted(small.iterdir())} == before


ROUND = """
A----B
|    |
|    |
C----D
"""


@pytest.mark.parametrize(("oneway", "back"), [("AB", True), ("BA", False)])
def test_times_run_from_the_village_to_the_point(
    tmp_path: Path, oneway: str, back: bool
) -> None:
    """A to B is five minutes on foot; a car that may not go that way takes the other three sides."""
    path = small_study.write(
        tmp_path / "study",
        art=ROUND,
        villages={"V00": ("A", 1)},
        points={"P1": "B"},
        mode="drive",
        ways={oneway: {"oneway": "yes", "maxspeed": "30"}, "AC CD DB": {"maxspeed": "30"}},
    )
    seconds = at(pipeline.run(path), "village").loc["V00", "travel_time_s"]
    there, here = (
        without_study.matrix(path / "world.osm", path / a, path / b, mode="drive")[0]
        for a, b in (("villages.csv", "points.csv"), ("points.csv", "villages.csv"))
    )
    assert there["travel_time_s"].iloc[0] == seconds
    other = here["travel_time_s"].iloc[0]
    assert bool(seconds < other) == back
    # three sides of the block: five columns, two times three rows of two and a half
    assert max(seconds, other) / min(seconds, other) == pytest.approx(20 / 5, rel=0.02)


# --- travel times of another router ------------------------------------------------------


def table_of_times(result: Result, file: Path, **change: Any) -> Path:
    frame = result.travel_times.drop(columns="distance_m")
    for pair, seconds in change.items():
        village, point = pair.split("_")
        rows = (frame["demand_id"] == village) & (frame["facility_id"] == point)
        frame.loc[rows, "travel_time_s"] = seconds
    frame.to_csv(file, index=False)
    return file


def test_our_own_times_given_back_to_us_give_the_same_coverage(
    small: Path, answers: Result, tmp_path: Path
) -> None:
    again = pipeline.run(small, times=table_of_times(answers, tmp_path / "od.csv"))
    kept = ["n_people", "n_covered", "nearest_facility_id", "travel_time_s", "n_within"]
    known = at(answers, "village").index.drop(["V05", "V06"])
    pd.testing.assert_frame_equal(
        at(again, "village").loc[known, kept], at(answers, "village").loc[known, kept]
    )
    assert city(again)["n_covered"] == 31


def test_other_times_give_other_answers(
    small: Path, answers: Result, tmp_path: Path
) -> None:
    """V03 is a millisecond late, V07 comes within it at P2."""
    changed = {"V03_P1": 900.001, "V03_P2": 900.001, "V07_P2": 900.0}
    result = pipeline.run(
        small, times=table_of_times(answers, tmp_path / "od.csv", **changed)
    )
    assert city(result)["n_covered"] == 1 + 2 + 4 + 16 + 128
    assert at(result, "village").loc["V07", "nearest_facility_id"] == "P2"
    assert at(result, "village").loc["V07", "n_within"] == 1


def test_the_matrix_of_the_command_line_can_be_given_to_a_run(
    small: Path, tmp_path: Path
) -> None:
    """Columns from_id, to_id without a mode; pairs without a time are pairs without a way."""
    frame, _ = without_study.matrix(
        small / "world.osm", small / "villages.csv", small / "points.csv", mode="walk"
    )
    frame.to_csv(tmp_path / "od.csv", index=False)
    result = pipeline.run(small, times=tmp_path / "od.csv")
    assert city(result)["n_covered"] == 31


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("demand_id,facility_id\nV00,P1\n", ["times_columns"]),
        ("", ["times_unreadable"]),
        (
            "demand_id,facility_id,travel_time_s\nV99,P1,5\nV00,P9,5\n",
            ["times_unknown"] * 2,
        ),
        (
            "demand_id,facility_id,travel_time_s\nV00,P1,soon\nV01,P1,-1\n",
            ["times_value"] * 2,
        ),
        (
            "demand_id,facility_id,travel_time_s\nV00,P1,nan\nV01,P1,inf\n",
            ["times_value"] * 2,
        ),
        ("demand_id,facility_id,travel_time_s\nV00,P1,5\nV00,P1,6\n", ["times_twice"]),
        ("demand_id,facility_id,mode,travel_time_s\nV00,P1,fly,5\n", ["times_unknown"]),
    ],
)
def test_faults_of_such_a_table_are_reported_together(
    small: Path, tmp_path: Path, text: str, kinds: list[str]
) -> None:
    (tmp_path / "od.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        pipeline.run(small, times=tmp_path / "od.csv")
    assert [problem.kind for problem in caught.value.problems] == kinds
    assert "od.csv" in caught.value.text("zh")


def test_a_table_that_is_not_there_is_named(small: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="od.csv"):
        pipeline.run(small, times=tmp_path / "od.csv")


# --- the same bytes, the same network ----------------------------------------------------


def digests(folder: Path) -> dict[str, str]:
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.iterdir())
        if file.name != "provenance.json"
    }


def other_locale() -> str:
    for name in ("de_DE.UTF-8", "zh_CN.UTF-8", "C.UTF-8"):
        try:
            locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_ALL, "")
        return name
    return "C"


def test_two_runs_give_the_same_bytes_in_another_zone_language_and_on_one_thread(
    small: Path, answers: Result, tmp_path: Path
) -> None:
    write(answers, tmp_path / "one")
    assert {file.name for file in (tmp_path / "one").iterdir()} == FILES
    surroundings = small_study.environment(
        tmp_path / "cache",
        TZ="Pacific/Kiritimati",
        LC_ALL=other_locale(),
        NUMBA_NUM_THREADS="1",
        OMP_NUM_THREADS="1",
        PYTHONHASHSEED="7",
        PYTHONIOENCODING="gb18030",
    )
    command = [sys.executable, "-m", "servicemap", "run", str(small), "--out", "two"]
    subprocess.run(command, cwd=tmp_path, env=surroundings, check=True, capture_output=True)
    assert digests(tmp_path / "two") == digests(tmp_path / "one")


def test_a_second_run_builds_no_network(tmp_path: Path) -> None:
    path = small_study.write(tmp_path / "study", name="Anew", points={"P1": "B"})
    stages: list[list[str]] = [[], []]
    for heard in stages:
        pipeline.run(path, say=lambda stage, heard=heard, **_: heard.append(stage))
    # the extract's other tests may have kept the same roads already
    assert "network" not in stages[1]
    assert [stage for stage in stages[0] if stage != "network"] == stages[1]


def test_another_profile_is_another_network(tmp_path: Path) -> None:
    path = small_study.write(tmp_path / "study")
    before = city(pipeline.run(path))["n_covered"]
    own = "[walk]\nmax_kph = 10.0\n[walk.class_kph]\nresidential = 10.0\n"
    text = (path / "servicemap.toml").read_text(encoding="utf-8")
    (path / "own.toml").write_text(own, encoding="utf-8")
    text = text.replace("[roads]", '[roads]\nprofiles = "own.toml"')
    (path / "servicemap.toml").write_text(text, encoding="utf-8")
    assert (before, city(pipeline.run(path))["n_covered"]) == (31, 31 + 128)


# --- a real country ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def country() -> Result:
    return pipeline.run(LIECHTENSTEIN)


@pytest.fixture(scope="module")
def folder(country: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("liechtenstein")
    write(country, made)
    return made


@pytest.fixture(scope="module")
def figures(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (folder / "summary.json").read_text(encoding="utf-8")
    )
    return found


def test_a_run_of_liechtenstein_writes_all_files(folder: Path) -> None:
    assert {file.name for file in folder.iterdir()} == FILES


@pytest.mark.parametrize("question", ["walk_15", "drive_15"])
def test_every_person_of_liechtenstein_is_in_one_place_at_every_level(
    country: Result, question: str
) -> None:
    for level in ("demand", "village", "township", "city"):
        rows = at(country, level, question)
        assert rows["n_people"].sum() == PEOPLE
        assert rows["n_covered"].sum() == city(country, question)["n_covered"]
        assert rows["n_undetermined"].sum() == city(country, question)["n_undetermined"]
    demand = at(country, "demand", question)
    by_status = demand.groupby("status")["n_people"].sum()
    assert by_status.sum() == PEOPLE
    assert by_status["covered"] == city(country, question)["n_covered"]
    assert by_status.get("undetermined", 0) == city(country, question)["n_undetermined"]


def test_people_of_each_municipality_are_the_figures_of_the_file(country: Result) -> None:
    with (LIECHTENSTEIN / "populations_2014.csv").open(encoding="utf-8-sig") as file:
        told = {row["municipality"]: int(row["people"]) for row in csv.DictReader(file)}
    names = country.townships.set_index("township_id")["name"]
    found = at(country, "township", "walk_15")["n_people"].rename(index=names)
    assert found.to_dict() == told


@pytest.mark.parametrize("question", ["walk_15", "drive_15"])
def test_summary_says_what_the_tables_say(
    country: Result, figures: dict[str, Any], question: str
) -> None:
    (told,) = [one for one in figures["coverage"] if one["question_id"] == question]
    whole, villages = city(country, question), at(country, "village", question)
    assert told["people"]["total"] == PEOPLE
    assert told["people"]["covered"] == whole["n_covered"]
    assert told["people"]["undetermined"] == whole["n_undetermined"]
    parts = ("covered", "uncovered", "undetermined")
    assert sum(told["people"][part] for part in parts) == PEOPLE
    counts = villages["status"].value_counts()
    for part in parts:
        assert told["villages"][part] == counts.get(part, 0)
    assert json.loads(json.dumps(summary(country))) == figures


def test_villages_csv_the_workbook_and_the_geopackage_say_the_same(
    country: Result, folder: Path
) -> None:
    """Village by village: people in reach of the headline question."""
    headline = at(country, "village", country.study.questions[0].id)["n_covered"]
    with (folder / "villages.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(country.villages) * len(country.study.questions)
    by_csv = {
        row["village_id"]: int(row["n_covered"])
        for row in rows
        if row["question_id"] == "walk_15" and row["group"] == "people"
    }
    assert by_csv == headline.to_dict()

    layer = gpd.read_file(folder / "coverage.gpkg", layer="villages")
    of_headline = layer[layer["question_id"] == "walk_15"].set_index("village_id")
    assert of_headline["n_covered"].to_dict() == headline.to_dict()

    book = CalamineWorkbook.from_path(folder / "workbook.xlsx")
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    cells = {cell for sheet in sheets for row in sheet for cell in row}
    assert PEOPLE in cells
    assert int(headline.sum()) in cells


def test_the_far_bank_of_the_rhine_is_not_in_walking_reach(country: Result) -> None:
    """Two places opposite Vaduz, a kilometre from the Landtag, with the river between."""
    far = np.array([[9.5100484, 47.1343832], [9.5109893, 47.1320950]])
    near = (9.5216, 47.1391)
    landtag = country.facilities.set_index("facility_id").loc["n22124"]
    metres = np.hypot(
        (far[:, 0] - landtag["lon"]) * 75_700, (far[:, 1] - landtag["lat"]) * 111_200
    )
    assert (metres < 15 * 5_000 / 60).all()
    areas = country.isochrones.query(
        "facility_id == 'all' and mode == 'walk' and cutoff_min == 15"
    )
    (shape,) = areas.geometry
    assert shapely.contains_xy(shape, *near)
    assert not shapely.contains_xy(shape, far[:, 0], far[:, 1]).any()
    # a buffer of fifteen minutes' walk, which other tools draw, would hold both


def test_areas_nest_and_agree_with_the_router(country: Result) -> None:
    merged = country.isochrones[country.isochrones["facility_id"] == "all"]
    for _, rings in merged.groupby("mode"):
        shapes = list(rings.sort_values("cutoff_min").geometry)
        assert all(shape.is_valid for shape in shapes)
        for small_ring, large_ring in itertools.pairwise(shapes):
            assert small_ring.difference(large_ring).area < 1e-12
    # the floor is for five minutes on foot, where a cell is a large part of the rim
    assert country.audit[["precision", "recall"]].min().min() > 0.93


def test_areas_end_at_the_outline_of_the_study(country: Result) -> None:
    (outline,) = country.basemap["boundary"].geometry
    beyond = country.isochrones.geometry.difference(outline.buffer(1e-9))
    assert beyond.is_empty.all()
    # the counter at the border would be reached from across the Rhine as well
    assert len(country.isochrones) > 100
    assert country.isochrones.geometry.is_valid.all()


def test_reached_roads_are_a_layer_with_minutes(country: Result, folder: Path) -> None:
    for mode in country.study.modes:
        layer = gpd.read_file(folder / "coverage.gpkg", layer=f"reached_roads_{mode}")
        longest = max(country.study.travel.minutes)
        assert (layer["from_min"] <= longest + 1e-6).all()
        assert (layer["to_min"] <= layer["from_min"]).all()
        assert set(layer["cutoff_min"]) == {longest}


def test_reached_roads_have_the_colours_of_the_areas(country: Result, folder: Path) -> None:
    """Every road falls under one rule, and its colour is that of the area it lies in."""
    with contextlib.closing(sqlite3.connect(folder / "coverage.gpkg")) as base:
        found = dict(
            base.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall()
        )

    def rules(name: str, colour: str) -> list[tuple[str, str, str]]:
        renderer = ET.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", found[name]))[0]
        colours = {
            symbol.get("name"): next(
                prop.get("v").rsplit(",", 1)[0]
                for prop in symbol.iter("prop")
                if prop.get("k") == colour
            )
            for symbol in renderer.find("symbols")
        }
        return [
            (rule.get("filter"), rule.get("label"), colours[rule.get("symbol")])
            for rule in renderer.find("rules")
        ]

    for mode in country.study.modes:
        roads = rules(f"reached_roads_{mode}", "line_color")
        areas = rules(f"isochrones_{mode}", "color")
        assert [one[1:] for one in roads] == [one[1:] for one in areas]
        assert len({colour for *_, colour in roads}) == len(roads) > 1
        layer = gpd.read_file(folder / "coverage.gpkg", layer=f"reached_roads_{mode}")
        under = [layer.eval(wanted.replace('"', "")) for wanted, *_ in roads]
        assert (np.sum(under, axis=0) == 1).all()
        for its, (wanted, *_) in zip(under, areas, strict=True):
            cutoff = float(wanted.rsplit(" ", 1)[1])
            assert (layer.loc[its, "from_min"] <= cutoff + 1e-6).all()
            assert its.any()


def test_nothing_is_infinite_or_a_made_up_number(country: Result, folder: Path) -> None:
    text = (folder / "summary.json").read_text(encoding="utf-8")
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in summary.json"))
    for frame in (country.coverage, country.travel_times, country.snaps, country.gaps):
        numbers = frame.select_dtypes("number")
        assert not np.isinf(numbers.astype("float64")).any().any()
        assert not (numbers.astype("float64") < 0).any().any()
        assert not (numbers.astype("float64") > 1e8).any().any()


# --- from nothing but an extract ---------------------------------------------------------


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    extract = shared_file("data/andorra/andorra-2025.osm.pbf")
    made = tmp_path_factory.mktemp("andorra") / "study"
    new_study.init(made, extract, name="Andorra")
    return made


def test_a_study_of_andorra_is_drafted_from_its_extract_alone(drafted: Path) -> None:
    asked = study.read(drafted)
    given, _ = preparation.check(asked)
    assert len(given.villages) == 73
    assert given.villages["lon"].notna().all()
    names = given.facilities["name"].str.lower()
    assert names.str.contains("comú").sum() >= 5  # the parishes' town halls
    assert names.str.contains("post|correos").sum() >= 4
    assert (given.facilities["tier"] == "bank").sum() >= 20
    assert set(asked.modes) >= {"walk", "drive"}


def test_andorra_runs_in_one_go(drafted: Path) -> None:
    result = pipeline.run(drafted)
    for question in result.study.questions:
        villages = at(result, "village", question.id)
        assert len(villages) == 73
        assert (villages["status"] == "covered").any()
    assert set(result.isochrones["mode"]) == {"walk", "drive"}
    walk, drive = (
        (at(result, "village", name)["status"] == "covered").sum()
        for name in ("walk_15", "drive_15")
    )
    assert walk < drive
    lost = result.snaps[
        (result.snaps["table"] == "demand") & result.snaps["edge_id"].isna()
    ]
    assert set(lost["reason"]) <= {"off_network"}


def test_without_a_listener_the_stages_go_to_the_log(small: Path, caplog) -> None:
    with caplog.at_level("INFO", logger="servicemap"):
        pipeline.run(small)
    stages = [record.getMessage().split()[0] for record in caplog.records]
    assert stages[:3] == ["extract", "intake", "basemap"]
    assert stages[-1] == "coverage"
