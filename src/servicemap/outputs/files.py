"""Files appear whole or not at all: write to a temporary, fsync, rename.

A target that another program holds open (Excel and WPS lock what they show)
is not lost work: the file is written beside it, and that is said.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from servicemap.errors import Problem, ResourceError, ServicemapError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_BESIDE = 99  # "map (99).html" and still locked: give up rather than litter
FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
LITTLE_ROOM = 1 << 20  # bytes; libraries hide "disk full" behind errors of their own
# what SQLite, and whoever rebuilds a database, leave beside it when they are stopped
COMPANIONS = ("-journal", "-wal", "-shm", ".rebuilt")


@dataclass(frozen=True)
class Landed:
    """Where a file is now, and a finding when that is not where it was asked for."""

    path: Path
    problem: Problem | None = None


@dataclass(frozen=True)
class Written:
    """Where files are, and what was odd about writing them.

    Attributes
    ----------
    files
        Name as it was asked for -> path.
    problems
        What was found while they were written.
    """

    files: dict[str, Path]
    problems: tuple[Problem, ...]


@contextmanager
def replacing(path: Path, told: Callable[[Landed], None] | None = None) -> Iterator[Path]:
    """Give a temporary beside ``path`` to write to, and rename it when all went well.

    Parameters
    ----------
    path
        The target. Its folder exists; what was there before stays until the
        new file is complete on the disk.
    told
        Called once with where the file landed. Without it, a target that is
        open in another program is an error; with it, the file is written
        beside the target as ``name (1).ext`` and the finding says so.

    Yields
    ------
    Path
        A name in the same folder, with the same suffix, that does not exist yet.

    Raises
    ------
    ResourceError
        ``disk_full``, ``folder_unwritable``, ``target_open`` or ``cannot_write``.
        Whatever is raised, Ctrl-C included, the temporary is gone and the
        former file is as it was.
    """
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        with _in_words(path):
            _probe(temporary)
            yield temporary
            _to_disk(temporary)
            landed = _rename(temporary, path, beside=told is not None)
    finally:
        _discard(temporary)
    if told is not None:
        told(landed)


def make_folder(folder: Path) -> Path:
    """Make a folder for outputs, with its parents.

    Raises
    ------
    ResourceError
        A file has that name, or the rights do not suffice.
    """
    with _in_words(folder / "."):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


class OutFolder:
    """The files that one command writes into a folder, and what becomes of each.

    Parameters
    ----------
    path
        The folder; it is made where it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = make_folder(path)
        self._landed: dict[str, Landed | None] = {}

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """Give a temporary to write to; it gets its name when the block ends well."""
        self._landed[name] = None

        def keep(one: Landed) -> None:
            self._landed[name] = one

        with replacing(self._path / name, keep) as temporary:
            yield temporary

    def written(self) -> Written:
        """All files so far, in the order in which they were asked for."""
        landed = {name: one for name, one in self._landed.items() if one is not None}
        problems = (one.problem for one in landed.values())
        return Written(
            {name: one.path for name, one in landed.items()},
            tuple(problem for problem in problems if problem is not None),
        )


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Turn errors of the operating system into the user's words; bugs stay bugs."""
    try:
        yield
    except Exception as error:
        cause = _system_error(error)
        named = {"path": str(path), "folder": str(path.parent)}
        if isinstance(error, ServicemapError):
            raise
        if (cause and cause.errno in FULL) or _no_room(path.parent):
            raise ResourceError("disk_full", **named) from error
        if cause is None or _elsewhere(cause, path.parent):
            raise
        if cause.errno in FORBIDDEN:
            raise ResourceError("folder_unwritable", **named) from error
        why = cause.strerror or str(cause)
        raise ResourceError("cannot_write", **named, why=why) from error


def _system_error(error: BaseException | None) -> OSError | None:
    """Find the OSError at the bottom of a library's own error, if there is one."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError):
            return error
        inner = [one for one in error.args if isinstance(one, OSError)]
        if inner:
            return inner[0]
        error = error.__cause__
    return None


def _elsewhere(error: OSError, folder: Path) -> bool:
    """Whether the error is about a file that is not ours, such as a missing asset."""
    name = error.filename
    return isinstance(name, str | os.PathLike) and folder not in Path(name).parents


def _no_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < LITTLE_ROOM
    except OSError:
        return False


def _probe(temporary: Path) -> None:
    """Find out about rights before minutes of work, not after them."""
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    os.close(descriptor)
    temporary.unlink()  # GDAL will not write into an empty file


def _to_disk(temporary: Path) -> None:
    with temporary.open("r+b") as file:
        os.fsync(file.fileno())


def _rename(temporary: Path, path: Path, *, beside: bool) -> Landed:
    if path.exists():
        shutil.copymode(path, temporary)
    try:
        temporary.replace(path)
    except PermissionError as error:
        if not beside:
            raise ResourceError("target_open", path=str(path)) from error
        return _rename_beside(temporary, path, error)
    _folder_to_disk(path.parent)
    return Landed(path)


def _rename_beside(temporary: Path, path: Path, error: PermissionError) -> Landed:
    for number in range(1, MOST_BESIDE + 1):
        other = path.with_name(f"{path.stem} ({number}){path.suffix}")
        if other.exists():
            continue
        try:
            temporary.replace(other)
        except PermissionError:
            continue
        _folder_to_disk(path.parent)
        problem = Problem(
            "written_beside", "warning", path.name, values={"beside": other.name}
        )
        return Landed(other, problem)
    raise ResourceError("target_open", path=str(path)) from error


def _folder_to_disk(folder: Path) -> None:
    """Make the rename itself last through a power cut, where folders can be synced."""
    if os.name == "nt":
        return
    with suppress(OSError):  # some network drives refuse; the file itself is safe
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _discard(temporary: Path) -> None:
    for name in (temporary.name, *(temporary.name + end for end in COMPANIONS)):
        with suppress(OSError):
            temporary.with_name(name).unlink(missing_ok=True)
