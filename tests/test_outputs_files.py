"""Files appear whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from servicemap.errors import InputError, ResourceError
from servicemap.outputs.files import make_folder, replacing


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def lock(monkeypatch: pytest.MonkeyPatch, *locked: str) -> None:
    """Let renaming onto these names fail as Windows does for open files."""
    rename = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if Path(target).name in locked:
            raise PermissionError(errno.EACCES, "in use", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)


def test_a_new_file_appears_under_its_name_and_nothing_else_stays(tmp_path):
    with replacing(tmp_path / "a.txt") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".txt"
        temporary.write_text("new")

    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "new"


def test_the_former_file_stays_until_the_new_one_is_complete(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")

    with replacing(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"

    assert target.read_text() == "new"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_the_rights_of_the_former_file_are_kept(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    target.chmod(0o640)

    with replacing(target) as temporary:
        temporary.write_text("new")

    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, ZeroDivisionError])
def test_whatever_stops_the_writing_leaves_the_old_file_and_no_temporary(tmp_path, stop):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def half() -> None:
        with replacing(target) as temporary:
            temporary.write_text("ha")
            raise stop

    with pytest.raises(stop):
        half()

    assert names(tmp_path) == ["a.txt"]
    assert target.read_text() == "old"


def test_the_journal_of_a_broken_off_database_goes_too(tmp_path):
    def half() -> None:
        with replacing(tmp_path / "a.gpkg") as temporary:
            base = sqlite3.connect(temporary)
            base.execute("CREATE TABLE t (x)")
            base.execute("INSERT INTO t VALUES (1)")
            base.close()
            for end in ("-wal", ".rebuilt"):
                temporary.with_name(temporary.name + end).write_bytes(b"")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()

    assert names(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_said_in_words(tmp_path):
    def half() -> None:
        with replacing(tmp_path / "a.txt") as temporary:
            temporary.write_text("h")
            with Path("/dev/full").open("w") as full:
                full.write("x")

    with pytest.raises(ResourceError) as raised:
        half()

    assert raised.value.kind == "disk_full"
    assert raised.value.exit_code == 5
    assert "full" in raised.value.text("en")
    assert "磁盘已满" in raised.value.text("zh")
    assert names(tmp_path) == []


def test_an_error_of_a_library_that_holds_the_systems_error_is_understood(tmp_path):
    class LibraryError(Exception):
        pass

    with pytest.raises(ResourceError) as raised, replacing(tmp_path / "a.txt"):
        raise LibraryError(OSError(errno.ENOSPC, "No space left on device"))

    assert raised.value.kind == "disk_full"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EPERM])
def test_a_folder_without_the_right_to_write_is_said_before_any_work(
    tmp_path, monkeypatch, number
):
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ResourceError) as raised, replacing(tmp_path / "a.txt"):
        pytest.fail("nothing should be written")

    assert raised.value.kind == "folder_unwritable"
    assert "--out" in raised.value.text("en")


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="this user may write anywhere"
)
def test_a_read_only_folder_is_said_in_words(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)

    with pytest.raises(ResourceError) as raised, replacing(folder / "a.txt"):
        pytest.fail("nothing should be written")

    assert raised.value.kind == "folder_unwritable"


def test_a_folder_whose_name_a_file_has_is_said_in_words(tmp_path):
    (tmp_path / "maps").write_text("a file")

    with pytest.raises(InputError) as raised:
        make_folder(tmp_path / "maps" / "study")

    assert raised.value.kind == "file_in_the_way"
    assert str(tmp_path / "maps") in raised.value.text("zh")


def test_a_folder_deep_in_one_without_rights_is_said_in_words(tmp_path, monkeypatch):
    """The system names the folder above, of which nobody had spoken."""
    real = os.mkdir

    def mkdir(path: str, *rest: object) -> None:
        if Path(path).parent == tmp_path:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        real(path, *rest)

    monkeypatch.setattr(os, "mkdir", mkdir)
    with pytest.raises(ResourceError) as raised:
        make_folder(tmp_path / "a" / "b" / "c")

    assert raised.value.kind == "folder_unwritable"


def test_a_target_that_is_open_elsewhere_is_written_beside_and_said(tmp_path, monkeypatch):
    target = tmp_path / "workbook.xlsx"
    target.write_text("old")
    lock(monkeypatch, "workbook.xlsx")
    landed = []

    with replacing(target, landed.append) as temporary:
        temporary.write_text("new")

    assert names(tmp_path) == ["workbook (1).xlsx", "workbook.xlsx"]
    assert target.read_text() == "old"
    assert landed[0].path.read_text() == "new"
    assert landed[0].problem.kind == "written_beside"
    assert "workbook (1).xlsx" in landed[0].problem.line("zh")


def test_writing_beside_never_replaces_another_file(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("old")
    (tmp_path / "a (1).csv").write_text("somebody's")
    lock(monkeypatch, "a.csv")
    landed = []

    with replacing(tmp_path / "a.csv", landed.append) as temporary:
        temporary.write_text("new")

    assert landed[0].path.name == "a (2).csv"
    assert (tmp_path / "a (1).csv").read_text() == "somebody's"


def test_a_locked_target_is_an_error_where_nobody_listens(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("old")
    lock(monkeypatch, "a.csv")

    with pytest.raises(ResourceError) as raised, replacing(tmp_path / "a.csv") as temporary:
        temporary.write_text("new")

    assert raised.value.kind == "target_open"
    assert names(tmp_path) == ["a.csv"]


def test_a_missing_file_of_our_own_is_a_bug_and_keeps_its_traceback(tmp_path):
    (tmp_path / "out").mkdir()

    with pytest.raises(FileNotFoundError), replacing(tmp_path / "out" / "a.html"):
        (tmp_path / "asset.js").read_text()
