"""What a file must be before anything opens it: local, of sane size, no zip bomb."""

from __future__ import annotations

import errno
import re
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from servicemap.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 500_000_000
MAX_ROWS = 1_048_576  # what a worksheet holds
MAX_COLUMNS = 2_000
MAX_UNPACKED = 2_000_000_000
MAX_ENTRIES = 10_000
# Worksheets of repeated text pack about 1:60; bombs start far above.
SUSPICIOUS_RATIO = 250
SUSPICIOUS_BYTES = 100_000_000

_LOCKED = 0x1  # flag of a part that needs a password
_XML_HEAD = 4096  # a document type stands before everything else

_REMOTE = re.compile(r"://|^[/\\]vsi|^[A-Za-z]{2,}:[^\\/]", re.IGNORECASE)


def local(path: str | Path, source: str | None = None) -> Path:
    """A path that names an ordinary, non-empty local file.

    Parameters
    ----------
    path
        As the user gave it.
    source
        The name to show in messages; the path itself unless told.

    Raises
    ------
    InputError
        It is an address or a GDAL ``/vsi`` path, is absent, a folder, empty or
        too large.
    """
    shown = source or str(path)
    text = str(path)
    # a path put together from a folder and an address has lost one of its slashes
    if _REMOTE.search(text) or _REMOTE.search(shown):
        raise InputError([Problem("not_local", "error", shown)])
    file = Path(text)
    if file.is_dir() and file.suffix.casefold() == ".gdb":
        return file  # a database of many files; its reader looks at them
    if file.is_dir():
        raise InputError([Problem("is_folder", "error", shown)])
    if not file.is_file():
        raise InputError([Problem("file_absent", "error", shown)])
    try:
        size = file.stat().st_size
        with file.open("rb"):
            pass
    except OSError as error:
        why = {"why": error.strerror or str(error)}
        raise InputError(
            [Problem("file_unreadable", "error", shown, values=why)]
        ) from error
    if size == 0:
        raise InputError([Problem("file_empty", "error", shown)])
    if size > MAX_BYTES:
        raise InputError(
            [
                Problem(
                    "file_large",
                    "error",
                    shown,
                    values={"size": f"{size / 1e6:.0f}", "limit": f"{MAX_BYTES / 1e6:.0f}"},
                )
            ]
        )
    return file


@contextmanager
def archive(path: Path, source: str) -> Iterator[zipfile.ZipFile]:
    """Open a zip file; whatever is damaged in it while it is read is a finding.

    Raises
    ------
    InputError
        Not a zip file, damaged, or a part is locked with a password.
    """
    try:
        with zipfile.ZipFile(path) as opened:
            if any(entry.flag_bits & _LOCKED for entry in opened.infolist()):
                raise InputError([Problem("encrypted", "error", source)])
            yield opened
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,  # a way of packing that nobody here knows
        OSError,
        UnicodeDecodeError,  # in the name of a part
    ) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise  # no room for what was unpacked
        raise InputError([Problem("zip_broken", "error", source)]) from error


def zip_names(path: Path, source: str) -> list[str]:
    """Names in a zip file, after its directory was found to be harmless.

    Raises
    ------
    InputError
        Not a zip file, or it would unpack to far more than it should.
    """
    with archive(path, source) as opened:
        entries = opened.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(path.stat().st_size, 1)
    bomb = unpacked > MAX_UNPACKED or (
        unpacked > SUSPICIOUS_BYTES and unpacked / packed > SUSPICIOUS_RATIO
    )
    if bomb or len(entries) > MAX_ENTRIES:
        raise InputError(
            [
                Problem(
                    "zip_bomb",
                    "error",
                    source,
                    values={"size": f"{unpacked / 1e6:.0f}", "entries": len(entries)},
                )
            ]
        )
    return [entry.filename for entry in entries]


def no_entities(path: Path, source: str) -> None:
    """Refuse a workbook whose XML declares entities: no office program writes that.

    Raises
    ------
    InputError
        A part has a document type.
    """
    with archive(path, source) as opened:
        for entry in opened.infolist():
            if not entry.filename.endswith((".xml", ".rels")):
                continue
            with opened.open(entry) as stream:
                head = stream.read(_XML_HEAD).replace(b"\0", b"").upper()
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                part = {"part": entry.filename}
                raise InputError([Problem("xml_entities", "error", source, values=part)])


def locks(path: Path, source: str) -> list[Problem]:
    """Lock files beside a workbook: somebody has it open and may not have saved."""
    names = (
        f"~${path.name}",
        f"~${path.name[2:]}",
        f".~{path.name}",
        f".~lock.{path.name}#",
    )
    found = [name for name in names if (path.parent / name).exists()]
    return [
        Problem("file_open", "warning", source, values={"lock": name}) for name in found[:1]
    ]
