"""What a Shapefile is made of: parts that were left behind, and its table's encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicemap.errors import InputError, Problem

if TYPE_CHECKING:
    from pathlib import Path

PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def lacking(path: Path, source: str) -> list[Problem]:
    """Parts of a Shapefile that were left behind; nothing for other files.

    Raises
    ------
    InputError
        The index is one of them. Without its table the shapes can still be read.
    """
    if path.suffix.casefold() != ".shp":
        return []
    beside = {one.name.casefold() for one in path.parent.iterdir()}
    lost = [
        suffix
        for suffix in (".shx", ".dbf")
        if path.with_suffix(suffix).name.casefold() not in beside
    ]
    if not lost:
        return []
    parts = {"parts": ", ".join(lost)}
    if ".shx" in lost:
        raise InputError([Problem("shape_parts", "error", source, values=parts)])
    return [Problem("shape_parts", "warning", source, values=parts)]


def encoding(path: Path) -> dict[str, str]:
    """What the reader must be told: UTF-8 if the table is that strictly, else GB18030.

    Nothing for other files, and where a .cpg says it.
    """
    if path.suffix.casefold() != ".shp" or path.with_suffix(".cpg").exists():
        return {}
    table = path.with_suffix(".dbf")
    try:
        table.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        # The 32-byte header of a dbf is binary: only the cells behind it tell.
        data = table.read_bytes()
        start = int.from_bytes(data[8:10], "little")
        try:
            data[start:].decode("utf-8")
        except UnicodeDecodeError:
            return {"encoding": "GB18030"}
    except OSError:
        pass
    return {"encoding": "UTF-8"}
