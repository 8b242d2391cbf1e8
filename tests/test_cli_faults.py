"""Faults that are no faulty content: files that lie about, targets, somebody who stops it.

Each has its input in ``bad_inputs``, named after the fault: ``tables/lock_file_beside``,
``targets/...``, ``interrupts/...``.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import small_study
from command_line import BAD, one_message
from conftest import HERE
from servicemap import cli, interrupts, without_study

pytestmark = pytest.mark.usefixtures("own_cache")

LIECHTENSTEIN = HERE.parent / "data" / "liechtenstein"
TARGETS = BAD / "targets"
LANGUAGES = ("en", "zh")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return small_study.write(tmp_path / "study")


def contents(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder, hidden files too; None stands for a folder."""
    return {
        path.relative_to(folder).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
    }


def asked(study: Path, command: str, out: Path | None = None) -> list[Any]:
    """Arguments of a command that writes, for the small world."""
    roads, points, villages = (
        study / name for name in ("world.osm", "points.csv", "villages.csv")
    )
    given: dict[str, list[Any]] = {
        "run": ["run", study],
        "init": ["init", out, "--roads", roads],
        "check": ["check", study],
        "matrix": ["matrix", "--roads", roads, "--from", villages, "--to", points],
        "isochrones": ["isochrones", "--roads", roads, "--points", points],
        "network": ["network", "export", roads],
    }
    option = {"init": [], "check": ["--fix", out]}.get(command, ["--out", out])
    return [*given[command], *(option if out is not None else [])]


# command -> ending of the file that it writes
FILES = {
    "matrix": ".csv",
    "isochrones": ".geojson",
    "network": ".gpkg",
    "check": ".xlsx",
}


# --- files that are not there --------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("command", "gone"),
    [
        ("matrix", "world.osm"),
        ("matrix", "points.csv"),
        ("matrix", "villages.csv"),
        ("isochrones", "world.osm"),
        ("isochrones", "points.csv"),
        ("init", "world.osm"),
        ("network", "world.osm"),
    ],
)
def test_a_file_that_is_missing_is_named_and_nothing_is_made(
    servicemap, small, tmp_path, command: str, gone: str, language: str
) -> None:
    (small / gone).unlink()
    out = tmp_path / "new" / f"out{FILES.get(command, '')}"
    before = contents(tmp_path)
    ran = servicemap(*asked(small, command, out), "--language", language)
    assert ran.code == 2
    one_message(ran, gone)
    assert bool(re.search("[一-鿿]", ran.err)) == (language == "zh")
    assert contents(tmp_path) == before


# --- a workbook that is open elsewhere -----------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "lock", sorted(p.name for p in (BAD / "tables" / "lock_file_beside").glob("[.~]*"))
)
def test_a_workbook_with_a_lock_file_beside_is_read_and_that_is_said(
    servicemap, small, tmp_path, lock: str, language: str
) -> None:
    """Excel, WPS and LibreOffice leave such files beside a workbook that they show."""
    folder = BAD / "tables" / "lock_file_beside"
    shutil.copy(folder / "points.xlsx", small)
    shutil.copy(folder / lock, small)
    text = (small / "servicemap.toml").read_text(encoding="utf-8")
    (small / "servicemap.toml").write_text(text.replace("points.csv", "points.xlsx"))
    before = contents(small)
    ran = servicemap("run", small, "--out", tmp_path / "maps", "--language", language)
    assert ran.code == 0
    assert "31" in ran.out.splitlines()[0]  # the figures of the points in points.csv
    assert "Traceback" not in ran.err
    assert "points.xlsx" in ran.err
    assert lock in ran.err
    assert contents(small) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lock_file_taken_for_the_workbook_is_refused(
    servicemap, small, language: str
) -> None:
    """A pattern or a careless click names ``~$points.xlsx`` itself."""
    lock = BAD / "tables" / "lock_file_beside" / "~$points.xlsx"
    command = ["matrix", "--roads", small / "world.osm", "--from", lock]
    ran = servicemap(*command, "--to", small / "points.csv", "--language", language)
    assert ran.code == 2
    one_message(ran, "~$points.xlsx")


# --- targets that cannot be written --------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", FILES)
def test_a_folder_where_the_file_should_be_is_refused_before_the_work(
    servicemap, small, tmp_path, command: str, language: str
) -> None:
    name = f"folder_where_a_file_should_be{FILES[command]}"
    shutil.copytree(TARGETS / "folder_where_a_file_should_be", tmp_path / name)
    before = contents(tmp_path)
    for more in ([], ["--overwrite"]):
        arguments = [*asked(small, command, tmp_path / name), *more]
        ran = servicemap(*arguments, "--language", language)
        assert ran.code == 2
        one_message(ran, name, "文件夹" if language == "zh" else "folder")
        assert "--overwrite" not in ran.err  # that would not help
        assert len(ran.err.splitlines()) == 1
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["map.html", "provenance.json"])
def test_a_folder_where_a_file_of_the_run_should_be_is_refused_before_the_work(
    servicemap, small, tmp_path, name: str
) -> None:
    """Found out in the end it would leave half of the files new and half of them old."""
    folder = tmp_path / "maps"
    shutil.copytree(TARGETS / "folder_where_a_file_should_be", folder / name)
    (folder / "summary.json").write_text("of an earlier run")
    before = contents(folder)
    ran = servicemap("run", small, "--out", folder)
    assert ran.code == 2
    one_message(ran, str(folder / name), "folder")
    assert len(ran.err.splitlines()) == 1
    assert contents(folder) == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("deeper", ["", "maps"])
@pytest.mark.parametrize("command", ["run", "init", *FILES])
def test_a_file_where_the_folder_should_be_is_refused_before_the_work(
    servicemap, small, tmp_path, command: str, deeper: str, language: str
) -> None:
    blocked = tmp_path / "file_where_a_folder_should_be"
    shutil.copy(TARGETS / blocked.name, blocked)
    before = contents(tmp_path)
    out = blocked / deeper
    if command in FILES:
        out /= f"out{FILES[command]}"
    ran = servicemap(*asked(small, command, out), "--language", language)
    assert ran.code == 2
    one_message(ran, str(blocked), "文件夹" if language == "zh" else "folder")
    if command != "check":  # which first has to find what is to be mended
        assert len(ran.err.splitlines()) == 1
    assert contents(tmp_path) == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", FILES)
def test_a_file_that_is_there_is_kept_without_overwrite(
    servicemap, small, tmp_path, command: str, language: str
) -> None:
    out = tmp_path / f"file_already_there{FILES[command]}"
    shutil.copy(TARGETS / "file_already_there.csv", out)
    before = contents(tmp_path)
    ran = servicemap(*asked(small, command, out), "--language", language)
    assert ran.code == 2
    one_message(ran, str(out), "--overwrite")
    assert len(ran.err.splitlines()) == 1
    assert contents(tmp_path) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_that_is_there_is_kept_and_that_is_said_before_the_extract_is_read(
    servicemap, small, language: str
) -> None:
    before = contents(small)
    ran = servicemap(*asked(small, "init", small), "--language", language)
    assert ran.code == 2
    one_message(ran, str(small), "servicemap.toml", "--overwrite")
    assert len(ran.err.splitlines()) == 1
    assert contents(small) == before


def test_a_study_is_replaced_whole_or_not_at_all(servicemap, small, tmp_path) -> None:
    """One of its files cannot be: the others stay as they were, too."""
    shutil.rmtree(small / "templates", ignore_errors=True)
    (small / "villages.csv").unlink()
    shutil.copytree(TARGETS / "folder_where_a_file_should_be", small / "villages.csv")
    before = contents(tmp_path)
    ran = servicemap(*asked(small, "init", small), "--overwrite")
    assert ran.code == 2
    one_message(ran, str(small / "villages.csv"), "folder")
    assert contents(tmp_path) == before


@pytest.mark.parametrize("at", ["points.csv", "villages.xlsx", "servicemap.toml"])
def test_a_study_of_which_one_file_is_open_elsewhere_stays_as_it_was(
    servicemap, small, tmp_path, monkeypatch, at: str
) -> None:
    """As Windows has it: what Excel shows cannot be moved away, nor replaced."""
    assert servicemap(*asked(small, "init", small), "--overwrite").code == 0
    before = contents(tmp_path)
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if self == small / at:
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    ran = servicemap(*asked(small, "init", small), "--overwrite")
    assert ran.code == 5
    one_message(ran, str(small))
    assert contents(tmp_path) == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", ["matrix", "isochrones", "network", "check"])
def test_a_file_that_is_open_elsewhere_is_refused_and_stays(
    servicemap, small, tmp_path, locked, command: str, language: str
) -> None:
    """Only Windows locks what a program shows: the refusal to rename is simulated."""
    out = tmp_path / f"file_already_there{FILES[command]}"
    shutil.copy(TARGETS / "file_already_there.csv", out)
    before = contents(tmp_path)
    locked(out.name)
    arguments = [*asked(small, command, out), "--overwrite", "--language", language]
    ran = servicemap(*arguments)
    assert ran.code == 5
    one_message(ran, out.name, "关闭" if language == "zh" else "Close it")
    assert contents(tmp_path) == before


@pytest.mark.parametrize("command", ["matrix", "isochrones"])
def test_what_a_result_is_made_from_is_never_replaced_by_it(
    servicemap, small, command: str
) -> None:
    """A slip of the finger, and ``--overwrite``: the points would be gone."""
    name = "points.csv" if command == "matrix" else "points.geojson"
    if command == "isochrones":
        import geopandas as gpd

        points = gpd.GeoDataFrame(
            {"id": ["P1"]}, geometry=gpd.points_from_xy([9.0], [47.0]), crs=4326
        )
        points.to_file(small / name, driver="GeoJSON", engine="pyogrio")
    arguments = [small / name if one == small / "points.csv" else one
                 for one in asked(small, command)]  # fmt: skip
    (small / "link.csv").symlink_to(small / name)
    (small / "link.geojson").symlink_to(small / name)
    before = contents(small)
    for out in (small / name, small / f"link{FILES[command]}", small / "." / name):
        ran = servicemap(*arguments, "--out", out, "--overwrite")
        assert ran.code == 2
        one_message(ran, str(out), "made from")
    assert contents(small) == before


def test_a_run_never_replaces_an_input_of_its_study(servicemap, small, tmp_path) -> None:
    """It writes villages.csv, and so may the study have called its own table."""
    before = contents(tmp_path)
    for out in (small, small / ".", small / ".." / small.name):
        ran = servicemap("run", small, "--out", out)
        assert ran.code == 2
        one_message(ran, "villages.csv", "another name or folder")
        assert len(ran.err.splitlines()) == 1
    assert contents(tmp_path) == before


def test_a_link_as_target_stays_a_link_and_its_file_gets_the_answer(
    servicemap, small, tmp_path
) -> None:
    (tmp_path / "share").mkdir()
    for name in ("old.csv", "new.csv"):
        (tmp_path / name).symlink_to(tmp_path / "share" / name)
    (tmp_path / "share" / "old.csv").write_text("old")
    for name in ("old.csv", "new.csv"):
        out = tmp_path / name
        assert servicemap(*asked(small, "matrix", out), "--overwrite").code == 0
        assert out.is_symlink()
        assert (tmp_path / "share" / name).read_text().startswith("from_id,")
    assert sorted(path.name for path in (tmp_path / "share").iterdir()) == [
        "new.csv",
        "old.csv",
    ]


def test_a_name_that_cannot_be_is_refused(servicemap, small, tmp_path) -> None:
    before = contents(tmp_path)
    ran = servicemap(*asked(small, "matrix", tmp_path / f"{'x' * 300}.csv"))
    assert ran.code == 2
    one_message(ran, "xxx.csv", "another name")
    assert contents(tmp_path) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", ["matrix", "isochrones"])
def test_an_answer_that_finds_no_room_where_stdout_leads_is_said(
    small, tmp_path, command: str
) -> None:
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(
            [sys.executable, "-m", "servicemap", *map(str, asked(small, command))],
            env=small_study.environment(tmp_path / "cache"), check=False,
            stdout=full, stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
    assert found.returncode == 5
    assert "Traceback" not in found.stderr
    assert "Exception ignored" not in found.stderr
    assert "No space left" in found.stderr
    assert "--out" in found.stderr


@pytest.mark.skipif(os.name == "nt", reason="rights of POSIX")
@pytest.mark.parametrize("command", ["run", "init", "matrix"])
def test_a_folder_that_takes_no_files_is_said_before_the_work(
    servicemap, small, tmp_path, monkeypatch, command: str
) -> None:
    """Simulated: the tests may run as root, who may write everywhere."""
    closed = tmp_path / "closed"
    closed.mkdir()
    real, real_mkdir = os.open, os.mkdir

    def refused(path: Any) -> bool:
        return Path(os.fspath(path)).parent == closed

    def open_(path: Any, *rest: Any, **more: Any) -> int:
        if refused(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *rest, **more)

    def mkdir(path: Any, *rest: Any, **more: Any) -> None:
        if refused(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        real_mkdir(path, *rest, **more)

    monkeypatch.setattr(os, "open", open_)
    monkeypatch.setattr(os, "mkdir", mkdir)
    out = closed / "times.csv" if command == "matrix" else closed
    ran = servicemap(*asked(small, command, out))
    assert ran.code == 5
    one_message(ran, str(closed))
    assert "world.osm" not in ran.err
    assert list(closed.iterdir()) == []


# --- somebody stops it ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment of all processes here: what one has prepared the next one finds."""
    return small_study.environment(tmp_path_factory.mktemp("warm"))


def stopped(case: dict[str, Any], folder: Path) -> list[Any]:
    """Arguments of a command that takes a while, with something at its target already."""
    roads = next(LIECHTENSTEIN.glob("*.osm.pbf"))
    command, _, more = str(case["command"]).partition(" ")
    if command == "run":
        shutil.copytree(TARGETS / "folder_where_a_file_should_be", folder / "maps")
        for name in ("map.html", "summary.json", "coverage.gpkg"):
            (folder / "maps" / name).write_text("of an earlier run")
        return ["run", LIECHTENSTEIN, "--out", "maps"]
    if command == "init":
        small_study.write(folder / "new")
        (folder / "new" / "roads.osm.pbf").write_bytes(b"of an earlier study")
        within = ["--within", LIECHTENSTEIN / "townships.geojson"] if more else []
        return ["init", "new", "--roads", roads, *within, "--overwrite"]
    random = np.random.default_rng(1)
    for name, count in (("many", 40_000), ("some", 400), ("few", 10)):
        at = random.uniform((9.49, 47.05), (9.60, 47.25), (count, 2))
        rows = [f"{row},{lon:.6f},{lat:.6f}" for row, (lon, lat) in enumerate(at)]
        text = "\n".join(["id,longitude,latitude", *rows])
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    out = folder / f"out{FILES[command]}"
    shutil.copy(TARGETS / "file_already_there.csv", out)
    points = {
        "matrix": ["--from", "many.csv", "--to", "few.csv"],
        "isochrones": ["--points", "some.csv"],
    }
    common = ["--roads", roads, "--mode", "drive", "--out", out, "--overwrite"]
    return [command, *points[command], *common]


class Stopped(NamedTuple):
    """How a command ended that a signal was sent to."""

    code: int
    out: str
    err: str
    took_s: float
    is_as_before: bool

    @property
    def is_too_late(self) -> bool:
        """It had given its answer already."""
        return self.code == 0 or self.out != ""


def stop(
    case: dict[str, Any], folder: Path, warm: dict[str, str], delay_s: float
) -> Stopped:
    """Begin a command in a folder of its own, and stop it so long after it said a word."""
    folder.mkdir()
    arguments = stopped(case, folder)
    before = contents(folder)
    with subprocess.Popen(
        [sys.executable, "-m", "servicemap", *map(str, arguments), "--language", "en"],
        cwd=folder, env=warm, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as child:  # fmt: skip
        assert child.stderr is not None
        said = []
        for line in child.stderr:
            said.append(line)
            if line.startswith(case["after"]):
                break
        else:
            pytest.fail(f"never said {case['after']!r}: {said}")
        time.sleep(delay_s)
        child.send_signal(getattr(signal, case["signal"]))
        started = time.monotonic()
        out, rest = child.communicate(timeout=60)
    took_s = time.monotonic() - started
    return Stopped(child.returncode, out, rest, took_s, contents(folder) == before)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals for a child alone")
@pytest.mark.parametrize(
    "file", sorted((BAD / "interrupts").glob("*.toml")), ids=lambda path: path.stem
)
def test_whoever_stops_a_command_finds_everything_as_it_was(
    tmp_path: Path, warm: dict[str, str], file: Path
) -> None:
    """One line, exit code 130, the target byte for byte, no temporary files."""
    case = tomllib.loads(file.read_text(encoding="utf-8"))
    # a fast machine may be done before the signal comes: then it is sent sooner
    for turn, share in enumerate((1.0, 0.5, 0.2, 0.0)):
        ended = stop(case, tmp_path / str(turn), warm, share * case["delay_s"])
        if not ended.is_too_late:
            break
    # Python itself ends by the signal, which a shell shows as 130 too, where Ctrl-C came
    # while a library ran code that it had made as text
    assert ended.code in (130, -signal.SIGINT), ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert "Exception ignored" not in ended.err
    assert ended.err.splitlines()[-1].startswith("Interrupted")
    assert ended.took_s < 20
    assert ended.is_as_before


@pytest.mark.parametrize("came", [True, False])
def test_ctrl_c_that_compiled_code_makes_an_error_of_is_still_ctrl_c(
    servicemap, small, monkeypatch, came: bool
) -> None:
    """numba: "CPUDispatcher(...) returned a result with an exception set"."""

    def search(*_: object, **__: object) -> None:
        if came:
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt as error:
                msg = "CPUDispatcher(...) returned a result with an exception set"
                raise SystemError(msg) from error
        msg = "a bug"
        raise SystemError(msg)

    monkeypatch.setattr(without_study, "pairs", search)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if came:
            ran = servicemap(*asked(small, "matrix"))
            assert ran.code == 130
            one_message(ran, "Interrupted")
        else:  # bugs keep their traceback
            monkeypatch.setattr(
                sys, "argv", ["servicemap", *map(str, asked(small, "matrix"))]
            )
            with pytest.raises(SystemError, match="a bug"):
                cli.main()
    finally:
        signal.signal(signal.SIGINT, before)
        interrupts.listen()
