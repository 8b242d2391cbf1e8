"""Parts of an xlsx file that the cell reader leaves out: which rows are hidden."""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from servicemap.intake import guard

if TYPE_CHECKING:
    from pathlib import Path

_BOOK = "xl/workbook.xml"
_LINKS = "xl/_rels/workbook.xml.rels"
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_NUMBER = re.compile(rb"\br=\"(\d+)\"")
_HIDDEN = re.compile(rb"\bhidden=\"(?:1|true)\"")


def hidden_rows(path: Path, source: str) -> dict[str, tuple[int, ...]]:
    """Numbers of the hidden rows of each sheet that has some; xlsx and xlsm only.

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
            if part not in names:
                continue
            content = archive.read(part)
            if b"hidden=" not in content:
                continue
            rows = [
                int(number[1])
                for row in _ROW.finditer(content)
                if _HIDDEN.search(row[1]) and (number := _NUMBER.search(row[1]))
            ]
            if rows:
                found[name] = tuple(rows)
    return found


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
