"""The files that a study is made of, and whether any has changed since it was read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from servicemap import checksum, toml_values
from servicemap.study import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servicemap.study import Study

Stamp = tuple[tuple[str, int, int, int], ...]


def files_of(asked: Study) -> tuple[Path, ...]:
    """Every file that the study's toml names, and the toml itself, sorted.

    Whatever setting names a file or a folder, it counts: a setting that is new cannot be
    forgotten here. Of a Shapefile the files beside it count as well. A file that is not
    there may come back, and a folder may get another file: both are listed too.
    """
    toml = asked.folder / FILE_NAME
    found = {toml}
    for text in _texts(toml_values.content_of(toml)):
        try:
            path = asked.path(text)
            if path.is_file():
                found |= {*path.parent.glob(f"{_plain(path.stem)}.*")} | {path}
            elif path.is_dir() and path.resolve() != asked.folder.resolve():
                found |= {path, *(one for one in path.iterdir() if one.is_file())}
            elif path.suffix:
                found.add(path)
        except (OSError, ValueError):  # a title with a zero byte, a name that is too long
            continue
    return tuple(sorted(found))


def _plain(stem: str) -> str:
    """A file name as a pattern that means only itself."""
    return "".join(f"[{one}]" if one in "*?[" else one for one in stem)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def stamp(files: tuple[Path, ...]) -> Stamp:
    """What the system says about files without reading them: cheap, asked every time."""
    found = []
    for file in files:
        try:
            seen = file.stat()
        except (OSError, ValueError):
            found.append((str(file), -1, -1, -1))
        else:
            found.append((str(file), seen.st_mtime_ns, seen.st_size, seen.st_ino))
    return tuple(found)


def version(files: tuple[Path, ...]) -> str:
    """What is in files, as a short text: equal files, equal text, wherever they lie."""
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            digest.update(f"{file.name}\n{checksum.sha256(file)}\n".encode())
    return digest.hexdigest()[:32]
