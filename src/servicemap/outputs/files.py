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

from servicemap import interrupts
from servicemap.errors import InputError, Problem, ResourceError, ServicemapError

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
        new file is complete on the disk. Of a link, the file that it leads to.
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
    InputError
        A folder has that name.
    ResourceError
        ``disk_full``, ``folder_unwritable``, ``target_open`` or ``cannot_write``.
        Whatever is raised, Ctrl-C included, the temporary is gone and the
        former file is as it was.
    """
    path = Path(os.path.realpath(path)) if path.is_symlink() else path
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        with _in_words(path):
            _probe(temporary, path)
            yield temporary
            to_disk(temporary)
            with interrupts.held():
                landed = _rename(temporary, path, beside=told is not None)
    finally:
        with interrupts.held():
            _discard(temporary)
    if told is not None:
        told(landed)


def make_folder(folder: Path) -> Path:
    """Make a folder for outputs, with its parents, and see that it takes files.

    Raises
    ------
    InputError
        A file has that name, or the name of a folder above.
    ResourceError
        The rights do not suffice.
    """
    try:
        there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
        if there.exists() and not there.is_dir():
            raise InputError("file_in_the_way", path=str(there))
        folder.mkdir(parents=True, exist_ok=True)
        _probe(folder / f".{secrets.token_hex(4)}")
    except OSError as error:
        raise _words_for(error, folder, folder) from error
    return folder


@contextmanager
def folder_for(folder: Path) -> Iterator[Path]:
    """Make a folder for outputs; where nothing comes of it, it goes again.

    Raises
    ------
    InputError, ResourceError
        As for `make_folder`.
    """
    new = []
    with suppress(OSError):
        new = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        yield make_folder(folder)
    except BaseException:
        with interrupts.held(), suppress(OSError):
            for one in new:
                one.rmdir()  # never one that holds something
        raise


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
        if isinstance(error, ServicemapError):
            raise
        is_full = (cause is not None and cause.errno in FULL) or _no_room(path.parent)
        if not is_full and (cause is None or _elsewhere(cause, path.parent)):
            raise
        raise _words_for(cause, path, path.parent) from error


def _words_for(cause: OSError | None, path: Path, folder: Path) -> ResourceError:
    """What the user is told when a file or a folder cannot be made."""
    named = {"path": str(path), "folder": str(folder)}
    if cause is None or cause.errno in FULL or _no_room(folder):
        return ResourceError("disk_full", **named)
    if cause.errno in FORBIDDEN:
        return ResourceError("folder_unwritable", **named)
    return ResourceError("cannot_write", **named, why=cause.strerror or str(cause))


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
        usage = shutil.disk_usage(folder)
    except OSError:
        return False
    return usage.total > 0 and usage.free < LITTLE_ROOM  # /proc and its like have no size


def _probe(temporary: Path, path: Path | None = None) -> None:
    """Find out about rights before minutes of work, not after them."""
    if path is not None and path.is_dir():
        raise InputError("target_folder", path=str(path))
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    os.close(descriptor)
    temporary.unlink()  # GDAL will not write into an empty file


def to_disk(temporary: Path) -> None:
    """See that a file's bytes are on the disk, not on their way there."""
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
