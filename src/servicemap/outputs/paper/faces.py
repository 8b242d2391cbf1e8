"""Fonts that travel with the program: Noto Sans SC, unpacked once into the cache.

A character that no font has is drawn as 〓, the printer's sign for a missing type,
and told; it is never an empty box that nobody notices.
"""

from __future__ import annotations

import hashlib
import lzma
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from servicemap.compiled import cache_folder
from servicemap.outputs.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LACKING = "〓"
POINT_MM = 25.4 / 72
FILES = {False: "NotoSansSC-Regular.ttf.xz", True: "NotoSansSC-Bold.ttf.xz"}
# shown by nobody, and no glyph is asked for them
SILENT = frozenset("\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


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
def face(*, bold: bool = False) -> Face:
    """A weight of the font; the first call of a machine unpacks it (a quarter second)."""
    from fontTools.ttLib import TTFont

    packed = resources.files("servicemap.outputs.paper").joinpath("fonts", FILES[bold])
    path = _unpacked(packed.read_bytes(), FILES[bold].removesuffix(".xz"))
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


def weight_for(text: str, *, bold: bool) -> bool:
    """Whether a text can be set in bold: rare characters have only the regular weight."""
    return bold and all(one in face(bold=True).advances for one in text)


def printable(text: str) -> str:
    """A text in one line, with 〓 for what no font has."""
    known = face().advances
    flat = " ".join("".join(one for one in text if one not in SILENT).split())
    return "".join(one if one in known else LACKING for one in flat)


def lacking(texts: Iterable[str]) -> str:
    """Characters of some texts that no font has, in order."""
    known = face().advances
    used = {one for text in texts for one in text if not one.isspace()}
    return "".join(sorted(used - set(known) - SILENT))


def width_mm(text: str, size_pt: float, *, bold: bool = False) -> float:
    """How wide a text is, in millimetres."""
    known = face(bold=weight_for(text, bold=bold)).advances
    return sum(known.get(one, 1.0) for one in text) * size_pt * POINT_MM


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
