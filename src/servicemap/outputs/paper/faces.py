"""Fonts that travel with the program: Noto Sans SC, unpacked once into the cache.

A character that no font has is drawn as 〓, the printer's sign for a missing type,
and told; it is never an empty box that nobody notices.
"""

from __future__ import annotations

import hashlib
import lzma
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from servicemap.compiled import cache_folder
from servicemap.outputs.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LACKING = "〓"
APOSTROPHE = re.compile("(?<=[A-Za-z\u00c0-\u024f])’(?=[A-Za-z\u00c0-\u024f])")
POINT_MM = 25.4 / 72
Weight = Literal["Regular", "Bold", "Rare"]
# shown by nobody, and no glyph is asked for them
SILENT = frozenset(
    "\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


@dataclass(frozen=True)
class Face:
    """One weight: where its file is, and how wide its characters are.

    Attributes
    ----------
    path
        The unpacked TrueType file.
    advances
        Character to width in units of the size.
    """

    path: Path
    advances: Mapping[str, float]


@cache
def face(weight: Weight) -> Face:
    """One of the files; the first call on a machine unpacks it (a tenth of a second)."""
    from fontTools.ttLib import TTFont

    name = f"NotoSansSC-{weight}.ttf"
    packed = resources.files("servicemap.outputs.paper").joinpath("fonts", f"{name}.xz")
    path = _unpacked(packed.read_bytes(), name)
    with TTFont(path, lazy=True) as font:
        size = font["head"].unitsPerEm
        widths: Any = font["hmtx"].metrics
        named = font.getBestCmap()
        advances = {chr(code): widths[name][0] / size for code, name in named.items()}
    return Face(path, advances)


def _unpacked(packed: bytes, name: str) -> Path:
    root = cache_folder()
    folder = Path(tempfile.mkdtemp()) if root is None else root / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(packed).hexdigest()[:16]}-{name}"
    if not path.is_file():
        with replacing(path) as temporary:
            temporary.write_bytes(lzma.decompress(packed))
    return path


def runs(text: str, *, bold: bool = False) -> list[tuple[Face, str]]:
    """A text in pieces of one font each: rare characters have only one weight.

    An apostrophe within a word (Mas d’Alins) is drawn as the straight one: the curly
    one of a Chinese font is a quotation mark as wide as a character.
    """
    first = face("Bold" if bold else "Regular")
    if "’" in text:
        text = APOSTROPHE.sub("'", text)
    if all(one in first.advances for one in text):
        return [(first, text)] if text else []
    pieces: list[tuple[Face, str]] = []
    for one in text:
        own = first if one in first.advances or not _is_rare(one) else face("Rare")
        if pieces and pieces[-1][0] is own:
            pieces[-1] = (own, pieces[-1][1] + one)
        else:
            pieces.append((own, one))
    return pieces


def _is_rare(character: str) -> bool:
    return character in face("Rare").advances


def _is_known(character: str) -> bool:
    return character in face("Regular").advances or _is_rare(character)


def printable(text: str) -> str:
    """A text in one line, with 〓 for what no font has."""
    flat = " ".join("".join(one for one in text if one not in SILENT).split())
    return "".join(one if _is_known(one) else LACKING for one in flat)


def lacking(texts: Iterable[str]) -> str:
    """Characters of some texts that no font has, in order."""
    used = {one for text in texts for one in text if not one.isspace()}
    return "".join(sorted(one for one in used - SILENT if not _is_known(one)))


def width_mm(text: str, size_pt: float, *, bold: bool = False) -> float:
    """How wide a text is, in millimetres."""
    ems = sum(
        own.advances.get(one, 1.0) for own, piece in runs(text, bold=bold) for one in piece
    )
    return ems * size_pt * POINT_MM


def wrapped(text: str, size_pt: float, most_mm: float, *, bold: bool = False) -> list[str]:
    """Lines of a text that fit a width: Latin breaks at spaces, Chinese anywhere.

    A line does not begin with closing punctuation.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and width_mm((line + piece).rstrip(), size_pt, bold=bold) > most_mm:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    """What a line may be broken between."""
    closing, opening = "，。；：！？）》」』、%％）”’", "（《「『“‘"
    pieces: list[str] = []
    for one in text:
        before = pieces[-1] if pieces else ""
        joined = (
            (before and one in closing)
            or (before and before[-1] in opening)
            or (before and _is_word(before[-1]) and (_is_word(one) or one == " "))
        )
        if joined:
            pieces[-1] += one
        else:
            pieces.append(one)
    return pieces


def _is_word(character: str) -> bool:
    return ord(character) < 0x2E80 and not character.isspace()  # noqa: PLR2004 - CJK begins
