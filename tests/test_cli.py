"""The command line as a user meets it: what it prints where, what it leaves, how it ends.

Most commands run in this process; what concerns the process itself (imports, Ctrl-C,
pipes) runs in one of its own.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import typer

import small_study
from command_line import BAD, one_message, with_fault
from conftest import HERE
from servicemap import cli, interrupts
from servicemap.cli import screen

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("own_cache")

LIECHTENSTEIN = HERE.parent / "data" / "liechtenstein"
TOP = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
# those of a group by both words: "network inspect"
ALL: dict[str, Any] = {
    f"{name} {one}".strip(): its
    for name, command in TOP.items()
    for one, its in getattr(command, "commands", {"": command}).items()
}
COMMANDS = sorted(ALL)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return small_study.write(tmp_path / "study")


@pytest.fixture
def files(small: Path) -> dict[str, Any]:
    """Arguments of ``matrix`` and ``isochrones`` for the small world."""
    roads, points, villages = (
        small / name for name in ("world.osm", "points.csv", "villages.csv")
    )
    return {
        "matrix": ["matrix", "--roads", roads, "--from", villages, "--to", points],
        "isochrones": ["isochrones", "--roads", roads, "--points", points],
    }


# --- help, versions, imports -------------------------------------------------------------


def test_the_program_without_a_command_shows_its_commands(servicemap) -> None:
    shown = servicemap("--help")
    assert shown.code == 0
    for name in TOP:
        assert name in shown.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_that_names_it(servicemap, command) -> None:
    shown = servicemap(*command.split(), "--help")
    assert shown.code == 0
    words = re.sub(r"[\s│]+", " ", shown.out)
    assert f"Example: servicemap {command}" in words


def examples() -> list[tuple[str, list[str]]]:
    return [
        (name, shlex.split(re.sub(r"\s+", " ", text)))
        for name, command in sorted(ALL.items())
        for text in re.findall(r"`(servicemap [^`]+)`", command.help or "")
    ]


@pytest.mark.parametrize(("command", "words"), examples(), ids=[c for c, _ in examples()])
def test_examples_of_the_help_are_accepted_as_printed(
    command: str, words: list[str]
) -> None:
    """Each is parsed, not run: unknown options or missing ones would raise."""
    own = ["servicemap", *command.split()]
    assert words[: len(own)] == own
    ALL[command].make_context(command, words[len(own) :])


def test_the_version_is_that_of_the_package(servicemap) -> None:
    from servicemap import __version__

    assert servicemap("--version").out.strip() == __version__


def test_nothing_heavy_is_imported_to_show_help() -> None:
    """A planner who asks for help waits for typer, not for a compiler."""
    heavy = {
        "geopandas",
        "numba",
        "folium",
        "osmium",
        "pandas",
        "scipy",
        "shapely",
        "osmnx",
    }
    code = "import sys, servicemap.cli; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, encoding="utf-8"
    )
    assert (
        set(found.stdout.split()) & (heavy | {"numpy", "xlsxwriter", "pypinyin"}) == set()
    )


@pytest.mark.parametrize(
    "arguments",
    [["frobnicate"], ["run"], ["matrix", "--roads", "x.osm"], ["run", "x", "--nonsense"]],
)
def test_wrong_usage_ends_with_2(servicemap, arguments: list[str]) -> None:
    ran = servicemap(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert "--help" in ran.err


# --- a study -----------------------------------------------------------------------------


def test_init_check_and_run_lead_from_an_extract_to_a_map(
    servicemap, tmp_path: Path
) -> None:
    extract = LIECHTENSTEIN / "liechtenstein-2013-08-03.osm.pbf"
    made = servicemap("init", tmp_path / "study", "--roads", extract, "--json")
    assert made.code == 0
    counts = made.json()["counts"]
    assert counts["villages"] == 17
    assert {"servicemap.toml", "points.xlsx", "villages.xlsx"} <= set(made.json()["files"])

    checked = servicemap("check", tmp_path / "study", "--json")
    assert checked.code in (0, 1)
    assert {problem["severity"] for problem in checked.json()} <= {
        "error",
        "warning",
        "note",
    }
    assert checked.code == int(any(p["severity"] != "note" for p in checked.json()))

    again = servicemap("init", tmp_path / "study", "--roads", extract)
    assert again.code == 2
    one_message(again, str(tmp_path / "study"), "--overwrite")


def test_a_run_answers_on_stdout_and_talks_on_stderr(servicemap, small, tmp_path) -> None:
    ran = servicemap("run", small, "--out", tmp_path / "maps")
    assert ran.code == 0
    headline, agreement = ran.out.splitlines()
    assert headline.startswith("headline: 31 of 191 people (16.2 %)")
    assert "64,000" not in headline
    assert "%" in agreement
    assert "world.osm" in ran.err
    assert str(tmp_path / "maps" / "map.html") in ran.err
    assert (tmp_path / "maps" / "map.html").exists()


def test_a_run_in_chinese_answers_in_chinese(servicemap, small, tmp_path) -> None:
    ran = servicemap("run", small, "--out", tmp_path / "maps", "--language", "zh")
    assert ran.code == 0
    assert re.search("[一-鿿]", ran.out)
    assert "191" in ran.out


def test_findings_of_a_run_speak_the_language_of_the_screen_the_files_that_of_the_study(
    servicemap, small, tmp_path
) -> None:
    villages = small / "villages.csv"
    lines = villages.read_text(encoding="utf-8").splitlines()
    lines.append("V99,Nowhere" + "," * (lines[0].count(",") - 1))
    villages.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = servicemap("run", small, "--out", tmp_path / "out", "--language", "zh")
    assert "请填写经度和纬度" in told.err
    assert "Enter longitude" not in told.err
    written = (tmp_path / "out" / "problems.csv").read_text(encoding="utf-8-sig")
    assert "请填写经度和纬度" not in written
    assert "Enter longitude" in written


def test_json_of_a_run_is_its_summary(servicemap, small, tmp_path) -> None:
    ran = servicemap("run", small, "--out", tmp_path / "maps", "--json")
    assert ran.json() == json.loads((tmp_path / "maps" / "summary.json").read_text("utf-8"))
    assert ran.json()["coverage"][0]["people"]["covered"] == 31


def test_findings_of_check_end_with_1_and_stand_on_stderr(servicemap, small) -> None:
    """The drawn extract has no relations, which is worth a warning."""
    ran = servicemap("check", small)
    assert ran.code == 1
    assert ran.out == ""
    assert "world.osm" in ran.err
    assert "2 warnings" in ran.err  # the village at 9.0, 47.0 has no decimals to speak of


def test_points_far_from_every_road_are_an_error_that_does_not_stop_the_run(
    servicemap, small, tmp_path
) -> None:
    shutil.copy(BAD / "tables" / "points_outside_the_roads.csv", small / "points.csv")
    ran = servicemap("run", small, "--out", tmp_path / "maps")
    assert ran.code == 1
    assert "points.csv" in ran.err
    assert "snap_limit_m" in ran.err
    assert (tmp_path / "maps" / "problems.csv").exists()


def test_times_of_another_router_are_read_before_the_work(
    servicemap, small, tmp_path
) -> None:
    ran = servicemap(
        "run", small, "--out", tmp_path / "maps", "--times", tmp_path / "no.csv"
    )
    assert ran.code == 2
    one_message(ran, "no.csv")
    assert "areas" not in ran.err


# --- faults of a study, one per file -----------------------------------------------------


STUDIES = sorted((BAD / "studies").glob("*.toml"))
FATAL = [
    *(path for path in STUDIES if not path.name.startswith("odd_but_fine")),
    *(p for p in sorted((BAD / "tables").glob("*.csv")) if "outside" not in p.name),
    *(
        BAD / "extracts" / name
        for name in (
            "a_web_page.osm",
            "cut_after_the_nodes.osm.pbf",
            "cut_inside_a_block.osm.pbf",
            "cut_inside_a_tag.osm",
            "empty.osm.pbf",
            "no_roads.osm",
            "not_a_pbf.osm.pbf",
        )
    ),
]
# file -> what the message must name, where that is not the file of the fault
NAMED = {
    **{path.name: "nowhere" for path in STUDIES if path.name.startswith("file_missing")},
    "within_is_points.toml": "villages.csv",
    "roads_not_named.toml": "servicemap.toml",
    "roads_from_the_web.toml": "https://example.org/world.osm",
    "another_extract.toml": "world.osm",
    "mode_unknown.toml": "wlak",
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("fault", FATAL, ids=lambda path: path.name)
def test_a_fault_is_one_message_with_exit_code_2_and_leaves_nothing(
    servicemap, small, tmp_path, fault: Path, language: str
) -> None:
    with_fault(small, fault)
    before = sorted(small.iterdir())
    ran = servicemap("run", small, "--out", tmp_path / "maps", "--language", language)
    assert ran.code == 2
    place = {"studies": "servicemap.toml", "tables": f"{fault.stem.partition('_')[0]}.csv"}
    named = NAMED.get(fault.name, place.get(fault.parent.name, fault.name))
    one_message(ran, named)
    assert bool(re.search("[一-鿿]", ran.err)) == (language == "zh")
    assert not (tmp_path / "maps").exists() or not list((tmp_path / "maps").iterdir())
    assert sorted(small.iterdir()) == before


@pytest.mark.parametrize(
    "toml", [path for path in STUDIES if path not in FATAL], ids=lambda path: path.name
)
def test_a_toml_as_offices_save_it_is_read(servicemap, small, tmp_path, toml: Path) -> None:
    with_fault(small, toml)
    ran = servicemap("check", small)
    # the study says zh, and so do the messages
    assert ran.code == 1
    assert "警告" in ran.err
    assert "Traceback" not in ran.err


def test_an_extract_that_is_not_there_is_named_with_its_remedy(servicemap, small) -> None:
    (small / "world.osm").unlink()
    ran = servicemap("run", small)
    assert ran.code == 2
    one_message(ran, "world.osm", "servicemap.toml")


def test_a_cut_between_blocks_is_a_finding_of_a_run_that_goes_on(
    servicemap, small, tmp_path
) -> None:
    """Such a file reads as a smaller country; check says so and ends with 1."""
    with_fault(small, BAD / "extracts" / "cut_after_the_ways.osm.pbf")
    ran = servicemap("check", small)
    assert ran.code == 1
    assert "cut_after_the_ways.osm.pbf" in ran.err


def test_a_workbook_that_is_open_elsewhere_is_read_and_said(servicemap, small) -> None:
    """Excel and WPS leave ``~$name`` beside a workbook that they show."""
    frame = pd.read_csv(small / "points.csv", dtype=str)
    frame.to_excel(small / "points.xlsx", index=False, engine="xlsxwriter")
    (small / "~$points.xlsx").write_bytes(b"\x05Office")
    text = (small / "servicemap.toml").read_text(encoding="utf-8")
    (small / "servicemap.toml").write_text(text.replace("points.csv", "points.xlsx"))
    ran = servicemap("check", small)
    assert ran.code == 1
    assert "~$points.xlsx" in ran.err
    assert "2 service points" in ran.err
    assert (small / "~$points.xlsx").exists()


def test_a_folder_without_a_study_says_how_to_make_one(servicemap, tmp_path) -> None:
    ran = servicemap("run", tmp_path)
    assert ran.code == 2
    one_message(ran, str(tmp_path), "servicemap init")


# --- targets that cannot be written ------------------------------------------------------


def test_a_folder_below_a_file_is_refused_before_the_work(servicemap, small) -> None:
    ran = servicemap("run", small, "--out", small / "points.csv" / "maps")
    assert ran.code == 2
    one_message(ran, str(small / "points.csv"), "--out")
    assert "world.osm" not in ran.err


def test_a_folder_without_rights_is_refused(
    servicemap, small, tmp_path, monkeypatch
) -> None:
    """Simulated: the tests may run as root, who may write everywhere."""

    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    ran = servicemap("run", small, "--out", tmp_path / "maps")
    assert ran.code == 5
    one_message(ran, str(tmp_path))


def test_a_result_that_is_open_elsewhere_is_written_beside_and_said(
    servicemap, small, tmp_path, locked
) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "workbook.xlsx").write_bytes(b"shown in Excel")
    locked("workbook.xlsx")
    ran = servicemap("run", small, "--out", tmp_path / "maps")
    assert ran.code == 0
    assert "workbook (1).xlsx" in ran.err
    assert (tmp_path / "maps" / "workbook.xlsx").read_bytes() == b"shown in Excel"
    assert (tmp_path / "maps" / "workbook (1).xlsx").exists()


def test_a_matrix_that_is_open_elsewhere_is_refused(
    servicemap, files, tmp_path, locked
) -> None:
    out = tmp_path / "times.csv"
    out.write_text("shown in Excel")
    locked("times.csv")
    ran = servicemap(*files["matrix"], "--out", out, "--overwrite")
    assert ran.code == 5
    one_message(ran, "times.csv")
    assert out.read_text() == "shown in Excel"
    assert [file.name for file in tmp_path.glob("*times*")] == ["times.csv"]


# --- matrix ------------------------------------------------------------------------------


def test_a_matrix_has_every_pair_with_a_time_or_a_reason(servicemap, files) -> None:
    ran = servicemap(*files["matrix"])
    assert ran.code == 0
    rows = ran.rows()
    assert list(rows[0]) == ["from_id", "to_id", "travel_time_s", "distance_m", "reason"]
    pairs = [(row["from_id"], row["to_id"]) for row in rows]
    assert len(pairs) == len(set(pairs)) == 8 * 2
    for row in rows:
        assert (row["travel_time_s"] == "") == (row["reason"] != "")
        assert (row["distance_m"] == "") == (row["reason"] != "")
    by_pair = dict(zip(pairs, rows, strict=True))
    assert by_pair["V03", "P1"]["travel_time_s"] == "900.000"
    assert by_pair["V03", "P1"]["distance_m"] == "1250.00"
    assert by_pair["V05", "P1"]["reason"] in ("no_route", "island")
    assert by_pair["V06", "P2"]["reason"] == "off_network"


@pytest.mark.parametrize(
    ("minutes", "within"),
    [("15", 5), ("0.5", 1), (f"{15 - 1 / 60_000:.9f}", 4), ("20", 6), ("1440", 6)],
)
def test_minutes_may_be_fractions_and_bound_exactly(
    servicemap, files, minutes, within
) -> None:
    rows = servicemap(*files["matrix"], "--minutes", minutes).rows()
    assert sum(row["travel_time_s"] != "" for row in rows if row["to_id"] == "P1") == within
    reasons = {row["reason"] for row in rows if row["from_id"] == "V07"}
    assert reasons == ({""} if within == 6 else {"too_far"})


@pytest.mark.parametrize("minutes", ["0", "-5", "nan", "inf", "10000", "1e300"])
@pytest.mark.parametrize("command", ["matrix", "isochrones"])
def test_minutes_that_make_no_sense_are_refused(
    servicemap, files, command, minutes
) -> None:
    ran = servicemap(*files[command], "--minutes", minutes)
    assert ran.code == 2
    one_message(ran, "minutes", "1440")


def test_the_shortest_way_is_not_always_the_fastest(servicemap, tmp_path) -> None:
    """By car: the street across is short and slow, the road around long and fast."""
    study = small_study.write(
        tmp_path / "study",
        art="A----B\n|    |\n|    |\nC----D",
        villages={"V00": ("A", 1)},
        points={"P1": "B"},
        ways={
            "AB": {"maxspeed": "10"},
            "AC CD DB": {"maxspeed": "90", "highway": "primary"},
        },
    )
    common = ["matrix", "--roads", study / "world.osm", "--from", study / "villages.csv"]
    common += ["--to", study / "points.csv", "--mode", "drive"]
    (fast,) = servicemap(*common).rows()
    (short,) = servicemap(*common, "--weight", "distance").rows()
    assert float(short["distance_m"]) < float(fast["distance_m"])
    assert float(short["travel_time_s"]) > float(fast["travel_time_s"])
    assert servicemap(*common, "--weight", "beauty").code == 2


def test_points_of_every_kind_of_file_give_the_same_matrix(
    servicemap, files, small
) -> None:
    frame = pd.read_csv(small / "villages.csv", dtype=str)
    places = gpd.GeoDataFrame(
        frame[["id", "name"]],
        geometry=gpd.points_from_xy(frame["longitude"], frame["latitude"]),
        crs="EPSG:4326",
    )
    places.to_file(small / "v.geojson", driver="GeoJSON", engine="pyogrio")
    places.to_file(small / "v.gpkg", driver="GPKG", engine="pyogrio")
    frame.to_excel(small / "v.xlsx", index=False, engine="xlsxwriter")
    expected = servicemap(*files["matrix"]).out
    for name in ("v.geojson", "v.gpkg", "v.xlsx"):
        other = [
            small / name if part == small / "villages.csv" else part
            for part in files["matrix"]
        ]
        assert servicemap(*other).out == expected, name


def test_a_matrix_as_json_has_null_where_nothing_is_known(servicemap, files) -> None:
    records = servicemap(*files["matrix"], "--json").json()
    assert len(records) == 16
    lost = [record for record in records if record["reason"]]
    assert lost
    assert all(record["travel_time_s"] is None for record in lost)


@pytest.mark.parametrize("command", ["matrix", "isochrones"])
def test_an_existing_file_is_kept_unless_told(servicemap, files, tmp_path, command) -> None:
    out = tmp_path / ("times.csv" if command == "matrix" else "areas.geojson")
    out.write_text("mine")
    ran = servicemap(*files[command], "--out", out)
    assert ran.code == 2
    one_message(ran, out.name, "--overwrite")
    assert out.read_text() == "mine"
    assert servicemap(*files[command], "--out", out, "--overwrite").code == 0
    assert out.read_text(encoding="utf-8") != "mine"


@pytest.mark.parametrize(
    ("command", "change"),
    [
        ("matrix", ["--mode", "fly"]),
        ("matrix", ["--out", "times.txt"]),
        ("matrix", ["--language", "fr"]),
        ("matrix", ["--snap-limit-m", "-1"]),
        ("isochrones", ["--minutes", "5,x"]),
        ("isochrones", ["--minutes", ","]),
        ("isochrones", ["--minutes", "0"]),
        ("isochrones", ["--minutes", "5,nan"]),
        ("isochrones", ["--minutes", "10000"]),
        ("matrix", ["--minutes", "0"]),
        ("matrix", ["--minutes", "nan"]),
        ("isochrones", ["--direction", "up"]),
        ("isochrones", ["--cell-m", "nan"]),
    ],
)
def test_a_value_that_does_not_fit_is_named(servicemap, files, command, change) -> None:
    ran = servicemap(*files[command], *change)
    assert ran.code == 2
    one_message(ran, "minutes" if change[0] == "--minutes" else change[1])


# --- isochrones --------------------------------------------------------------------------


def rings(value: dict[str, Any]) -> Iterator[list[list[float]]]:
    for part in value["coordinates"]:
        yield from part


def test_areas_as_geojson_are_valid_nested_and_named(servicemap, files) -> None:
    found = servicemap(*files["isochrones"], "--minutes", "2.5,15,5").json()
    assert found["type"] == "FeatureCollection"
    seen: dict[str, list[Any]] = {}
    for feature in found["features"]:
        told, shape = feature["properties"], shapely.geometry.shape(feature["geometry"])
        assert shape.is_valid
        assert not shape.is_empty
        seen.setdefault(told["facility_id"], []).append((told["cutoff_min"], shape))
        for ring in rings(feature["geometry"]):
            assert ring[0] == ring[-1]
            assert all(8.9 < lon < 9.1 and 46.9 < lat < 47.1 for lon, lat in ring)
        for part in shape.geoms:
            assert part.exterior.is_ccw  # RFC 7946, 3.1.6
    assert set(seen) == {"P1", "P2"}
    for areas in seen.values():
        assert [cutoff for cutoff, _ in areas] == [2.5, 5.0, 15.0]
        for (_, inner), (_, outer) in itertools.pairwise(areas):
            assert outer.covers(inner)


def test_areas_as_geopackage_hold_the_same(servicemap, files, tmp_path) -> None:
    text = servicemap(*files["isochrones"], "--minutes", "5,15")
    ran = servicemap(
        *files["isochrones"], "--minutes", "5,15", "--out", tmp_path / "a.gpkg"
    )
    assert ran.code == 0
    assert ran.out == ""
    layer = gpd.read_file(tmp_path / "a.gpkg", layer="isochrones")
    assert layer.crs == "EPSG:4326"
    plain = gpd.GeoDataFrame.from_features(text.json(), crs="EPSG:4326")
    for name in ("facility_id", "cutoff_min", "area_km2"):
        assert list(layer[name]) == list(plain[name])
    assert layer.geometry.geom_equals(plain.geometry).all()
    assert [file.name for file in tmp_path.glob("*a*.gpkg*")] == ["a.gpkg"]


def test_merged_areas_are_one_per_cutoff(servicemap, files) -> None:
    found = servicemap(*files["isochrones"], "--minutes", "5,15", "--merge").json()[
        "features"
    ]
    told = [(f["properties"]["facility_id"], f["properties"]["cutoff_min"]) for f in found]
    assert told == [("all", 5.0), ("all", 15.0)]
    assert all(f["properties"]["area_km2"] > 0 for f in found)


def test_reached_roads_are_lines_with_minutes(servicemap, files, tmp_path) -> None:
    asked = [*files["isochrones"], "--lines", "--minutes", "5,15"]
    found = servicemap(*asked).json()["features"]
    km: dict[tuple[str, float], float] = {}
    for feature in found:
        told, line = feature["properties"], feature["geometry"]
        assert line["type"] == "LineString"
        # towards the point minutes fall along the line
        assert told["cutoff_min"] + 1e-6 >= told["from_min"] >= told["to_min"] >= 0.0
        key = told["facility_id"], told["cutoff_min"]
        km[key] = km.get(key, 0.0) + told["length_m"] / 1000.0
    assert km["P1", 15.0] > km["P1", 5.0] > 0.0
    ran = servicemap(*asked, "--merge", "--out", tmp_path / "roads.gpkg")
    assert ran.code == 0
    layer = gpd.read_file(tmp_path / "roads.gpkg", layer="reached_roads")
    assert set(layer["facility_id"]) == {"all"}
    wrong = servicemap(*asked, "--cell-m", "50")
    assert wrong.code == 2
    assert "--cell-m" in wrong.err


def test_a_point_off_the_roads_has_a_reason_and_no_area(servicemap, files, small) -> None:
    """One bad point does not spoil the others."""
    with (small / "points.csv").open("a", encoding="utf-8") as file:
        file.write("P9,Far away,township,Town,yes,9.2,47.2\n")
    found = servicemap(*files["isochrones"], "--minutes", "5").json()["features"]
    by_id = {f["properties"]["facility_id"]: f for f in found}
    assert by_id["P9"]["geometry"] is None
    assert by_id["P9"]["properties"]["reason"] == "off_network"
    assert by_id["P9"]["properties"]["area_km2"] is None
    assert by_id["P1"]["geometry"] is not None


def test_one_way_streets_make_to_and_from_differ(servicemap, tmp_path) -> None:
    study = small_study.write(
        tmp_path / "study",
        art="A----B----C----D",
        villages={"V00": ("A", 1)},
        points={"P1": "B"},
        mode="drive",
        ways={"AB BC CD": {"oneway": "yes"}},
    )
    common = [
        "isochrones",
        "--roads",
        study / "world.osm",
        "--points",
        study / "points.csv",
    ]
    common += ["--mode", "drive", "--minutes", "2"]
    shapes = [
        shapely.geometry.shape(
            servicemap(*common, "--direction", way).json()["features"][0]["geometry"]
        ).centroid.x
        for way in ("to", "from")
    ]
    assert shapes[0] < shapes[1]


# --- doctor, demo ------------------------------------------------------------------------


def test_doctor_lists_versions_and_says_whether_all_is_well(servicemap) -> None:
    found = servicemap("doctor", "--json")
    assert found.code == int(bool(found.json()["faults"]))
    assert found.json()["packages"]["numba"]
    for language in ("en", "zh"):
        assert servicemap("doctor", "--language", language).code == found.code


def test_doctor_finds_a_cache_that_cannot_be_written(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    surroundings = small_study.environment(tmp_path / "file" / "cache")
    found = subprocess.run(
        [sys.executable, "-m", "servicemap", "doctor"],
        env=surroundings, check=False, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert found.returncode == 1
    assert "SERVICEMAP_CACHE" in found.stderr


# --- the process -------------------------------------------------------------------------


def test_ctrl_c_that_got_lost_in_a_library_ends_the_run_at_the_next_stage(
    monkeypatch,
) -> None:
    monkeypatch.setattr(interrupts, "_asked", [])
    before = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        interrupts.listen()
        with screen.stages() as say:
            say("draft")
            with contextlib.suppress(KeyboardInterrupt):  # as some C code does
                signal.raise_signal(signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                say("draft")
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell's pipe")
def test_a_reader_who_leaves_early_is_no_error(process, files) -> None:
    """As in ``servicemap matrix ... | head -1``."""
    command = [sys.executable, "-m", "servicemap", *map(str, files["matrix"])]
    with process(command) as child:
        child.stdout.close()
        talk = child.stderr.read()
    assert child.returncode == 0
    assert "Traceback" not in talk
    assert "BrokenPipe" not in talk


def test_two_runs_at_once_do_no_harm(process, small) -> None:
    """Both build the same network and keep it at the same moment."""
    command = [sys.executable, "-m", "servicemap", "run", str(small), "--json", "--out"]
    with process([*command, "one"]) as first, process([*command, "two"]) as second:
        found = [child.communicate(timeout=120)[0] for child in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert found[0] == found[1]
    assert not math.isnan(json.loads(found[0])["coverage"][0]["people"]["percent"])


# --- map -----------------------------------------------------------------------------------


def test_a_printed_map_is_made_of_a_study_and_of_its_run(
    servicemap, small: Path, tmp_path: Path
) -> None:
    """Of a run it goes into the run's folder; when the study has changed, that is said."""
    run = tmp_path / "run"
    assert servicemap("run", small, "--out", run).code in (0, 1)
    made = servicemap("map", run, "--format", "svg")
    assert made.code == 0
    assert made.out.strip() == str(run / "map_a4.svg")
    assert (run / "map_a4.svg").is_file()
    (run / "summary.json").write_text("{}", encoding="utf-8")
    again = servicemap("map", run, "--format", "svg", "--language", "en")
    assert again.code == 1
    assert "are not those that the study" in again.err
    other = servicemap("map", small, "--out", tmp_path / "other", "--paper", "a3")
    assert other.code == 0
    assert (tmp_path / "other" / "map_a3.pdf").is_file()


def test_a_map_that_cannot_be_asked_for_is_refused_with_what_can(
    servicemap, small: Path, tmp_path: Path
) -> None:
    """Paper, format, question, folder: each refusal names what is possible."""
    one_message(servicemap("map", small, "--paper", "B5"), "--paper", "A4, A3")
    one_message(servicemap("map", small, "--format", "gif"), "--format", "pdf, svg, png")
    asked = servicemap("map", small, "--question", "nobody")
    assert asked.code == 2
    assert "--question" in asked.err
    one_message(servicemap("map", tmp_path / "nothing"), "nothing")
