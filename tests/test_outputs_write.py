"""A run writes all its files or none, and the same ones every time."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from servicemap import interrupts
from servicemap.errors import InputError, ResourceError
from servicemap.outputs import write as write_module
from servicemap.outputs.write import write
from small_result import small_result

FILES = [
    "coverage.gpkg",
    "map.html",
    "problems.csv",
    "provenance.json",
    "summary.json",
    "villages.csv",
    "workbook.xlsx",
]


@pytest.fixture(scope="module")
def result():
    return small_result("zh")


@pytest.fixture(scope="module")
def finished(result, tmp_path_factory):
    """A folder with all files of one run; nobody changes it."""
    folder = tmp_path_factory.mktemp("finished")
    write(result, folder)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_all_files_of_the_contract_are_written(tmp_path, result):
    written = write(result, tmp_path / "maps" / "study")

    assert names(tmp_path / "maps" / "study") == FILES
    assert sorted(written.files) == FILES
    assert all(path.is_file() for path in written.files.values())
    assert written.problems == ()


def test_a_second_run_writes_the_same_bytes_but_for_the_provenance(
    tmp_path, result, finished
):
    time.sleep(1.1)
    write(result, tmp_path)

    for name in FILES:
        if name != "provenance.json":
            assert (tmp_path / name).read_bytes() == (finished / name).read_bytes(), name


def test_time_host_and_versions_stand_in_the_provenance_alone(finished):
    said = json.loads((finished / "provenance.json").read_text(encoding="utf-8"))

    assert said["host"] == "example"  # what the run recorded wins
    assert said["versions"]["pyogrio"]
    assert said["written"].endswith("+08:00")
    for one in said["files"]:
        content = (finished / one["name"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
        assert one["bytes"] == len(content)
    host = socket.gethostname().encode()
    if len(host) > 8:  # shorter names may stand in the files by chance
        for name in set(FILES) - {"provenance.json"}:
            assert host not in (finished / name).read_bytes()


def test_what_decides_on_opening_hours_and_names_stands_in_the_provenance(finished):
    """Another table of holidays is another answer."""
    told = json.loads((finished / "provenance.json").read_text(encoding="utf-8"))
    asked = {"borax", "chinesecalendar", "opening-hours-py", "rapidfuzz", "rasterio"}
    assert asked <= set(told["versions"])


def test_csv_files_say_what_the_summary_says(finished):
    figures = json.loads((finished / "summary.json").read_text(encoding="utf-8"))
    with (finished / "villages.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["question_id"] == "headline"]
    with (finished / "problems.csv").open(encoding="utf-8-sig", newline="") as file:
        problems = list(csv.DictReader(file))

    covered = sum(row["status"] == "covered" for row in rows)
    assert covered == figures["coverage"][0]["villages"]["covered"]
    assert len(problems) == figures["problems"]["count"]


@pytest.mark.parametrize("stopped", ["write_geopackage", "write_map", "provenance"])
def test_ctrl_c_in_the_middle_leaves_the_former_files_and_nothing_else(
    tmp_path, result, monkeypatch, stopped
):
    for name in FILES:
        (tmp_path / name).write_text("old")
    real = getattr(write_module, stopped)

    def interrupted(*arguments: object) -> None:
        real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(write_module, stopped, interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(result, tmp_path)

    assert names(tmp_path) == FILES
    assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_between_two_renames_waits_until_all_files_have_their_names(
    tmp_path, result, monkeypatch, number
):
    """Half of the files new and half of them old would be a run that never was."""
    for name in FILES:
        (tmp_path / name).write_text("old")
    rename = Path.replace
    renamed = []

    def replace(self: Path, target: Path) -> Path:
        if target.name in FILES:
            renamed.append(target)
            if len(renamed) == 3:
                signal.raise_signal(number)
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        interrupts.listen()
        write(result, tmp_path)
        with pytest.raises(KeyboardInterrupt):
            interrupts.obey()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
        interrupts.listen()

    assert names(tmp_path) == FILES
    assert sorted(path.name for path in renamed) == FILES
    assert b"old" not in {path.read_bytes() for path in renamed}


def test_a_folder_in_the_place_of_a_file_leaves_all_former_files(tmp_path, result):
    for name in FILES:
        (tmp_path / name).write_text("old")
    (tmp_path / "map.html").unlink()
    (tmp_path / "map.html").mkdir()
    with pytest.raises(InputError) as raised:
        write(result, tmp_path)

    assert raised.value.kind == "target_folder"
    assert names(tmp_path) == FILES
    assert {path.read_text() for path in tmp_path.iterdir() if path.is_file()} == {"old"}


def test_the_command_line_knows_the_names_of_all_files_before_they_are_written():
    assert sorted(write_module.FILES) == FILES


def test_a_full_disk_leaves_the_former_files(tmp_path, result, monkeypatch):
    (tmp_path / "summary.json").write_text("old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(write_module, "write_workbook", full)
    with pytest.raises(ResourceError) as raised:
        write(result, tmp_path)

    assert raised.value.kind == "disk_full"
    assert "workbook.xlsx" in raised.value.text("zh")
    assert names(tmp_path) == ["summary.json"]
    assert (tmp_path / "summary.json").read_text() == "old"


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_made(
    tmp_path, result, monkeypatch
):
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ResourceError) as raised:
        write(result, tmp_path)

    assert raised.value.kind == "folder_unwritable"
    assert names(tmp_path) == []


def test_a_workbook_that_is_open_elsewhere_is_written_beside_and_said(
    tmp_path, result, monkeypatch
):
    (tmp_path / "workbook.xlsx").write_text("old")
    rename = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if Path(target).name == "workbook.xlsx":
            raise PermissionError(errno.EACCES, "in use", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    written = write(result, tmp_path)

    assert written.files["workbook.xlsx"].name == "workbook (1).xlsx"
    assert (tmp_path / "workbook.xlsx").read_text() == "old"
    assert [problem.kind for problem in written.problems] == ["written_beside"]
    assert names(tmp_path) == sorted([*FILES, "workbook (1).xlsx"])
