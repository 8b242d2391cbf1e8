"""What the cell reader leaves out of an xlsx file: hidden rows, errors, lost formulas."""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from servicemap.intake import cells, guard

if TYPE_CHECKING:
    from pathlib import Path

_BOOK = "xl/workbook.xml"
_LINKS = "xl/_rels/workbook.xml.rels"
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_NUMBER = re.compile(rb"\br=\"(\d+)\"")
_HIDDEN = re.compile(rb"\bhidden=\"(?:1|true)\"")


# A cell that holds an error, and a formula whose result was never saved.
_ERROR = re.compile(
    rb"<c\b(?=[^>]*\bt=\"e\")[^>]*\br=\"([A-Z]+)(\d+)\"[^>]*>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?"
    rb"<v>([^<]*)</v>"
)
_LOST = re.compile(
    rb"<c\b(?![^>]*\bt=\"str\")[^>]*\br=\"([A-Z]+)(\d+)\"[^>]*>"
    rb"(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>"
)


@dataclass(frozen=True)
class Parts:
    """Of one sheet.

    Attributes
    ----------
    hidden_rows
        Their numbers.
    marks
        Row and column, from 0, -> the error that the cell holds, or `cells.NO_RESULT`.
    """

    hidden_rows: tuple[int, ...] = ()
    marks: dict[tuple[int, int], str] = field(default_factory=dict)


def read(path: Path, source: str) -> dict[str, Parts]:
    """The parts of each sheet that has some; xlsx and xlsm only.

    Parameters
    ----------
    path
        A workbook whose directory and entities were found harmless.
    source
        The name to show in messages.

    Raises
    ------
    InputError
        A sheet cannot be unpacked.
    """
    if not zipfile.is_zipfile(path):
        return {}
    found = {}
    with guard.archive(path, source) as archive:
        names = set(archive.namelist())
        if _BOOK not in names or _LINKS not in names:
            return {}
        for name, part in _parts(archive).items():
            if part in names:
                content = archive.read(part)
                found[name] = Parts(_hidden(content), _marks(content))
    return found


def _hidden(content: bytes) -> tuple[int, ...]:
    if b"hidden=" not in content:
        return ()
    return tuple(
        int(number[1])
        for row in _ROW.finditer(content)
        if _HIDDEN.search(row[1]) and (number := _NUMBER.search(row[1]))
    )


def _marks(content: bytes) -> dict[tuple[int, int], str]:
    found = {}
    if b't="e"' in content:
        for letters, row, error in _ERROR.findall(content):
            found[int(row) - 1, _column(letters)] = error.decode("ascii", "replace")
    if b"<f" in content:
        for letters, row in _LOST.findall(content):
            found[int(row) - 1, _column(letters)] = cells.NO_RESULT
    return found


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - ord("A") + 1
    return place - 1


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Name of a sheet -> its part of the archive."""
    try:
        book = ET.fromstring(archive.read(_BOOK))  # noqa: S314 - entities were refused
        links = ET.fromstring(archive.read(_LINKS))  # noqa: S314 - the same
    except ET.ParseError:
        return {}
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    found = {}
    for sheet in book.iter():
        if not sheet.tag.endswith("}sheet"):
            continue
        own = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), None)
        target = targets.get(own, "")
        found[sheet.get("name", "")] = posixpath.normpath(
            target[1:] if target.startswith("/") else posixpath.join("xl", target)
        )
    return found
