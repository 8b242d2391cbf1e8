"""Make the fonts of the printed maps from Google's Noto Sans SC, as npm has it.

``npm pack @expo-google-fonts/noto-sans-sc@0.4.3``, unpack it, then
``python docs/make_fonts.py FOLDER``. The glyphs are those of the source, without
hints and without layout features that horizontal text does not need.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parents[1] / "src/servicemap/outputs/paper/fonts"
SOURCES = {
    "Regular": (
        "400Regular/NotoSansSC_400Regular.ttf",
        "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16",
    ),
    "Bold": (
        "700Bold/NotoSansSC_700Bold.ttf",
        "9a38ae0ab28cd5a256f9ea8e00dedc688aac17f7915fcb000572990afa956b96",
    ),
}
# Latin with accents, punctuation, arrows, signs, circled figures, shapes, kana, full width
SIGNS = ((0x20, 0x250), (0x2000, 0x2070), (0x2100, 0x2300), (0x2460, 0x2500))
SIGNS += ((0x25A0, 0x2670), (0x3000, 0x3040), (0xFF00, 0xFFF0))
HANZI = ((0x3400, 0xA000), (0x20000, 0x40000))


def gb2312() -> set[int]:
    """Characters of GB 2312-80: what titles and headings are made of."""
    pairs = (bytes([a, b]) for a in range(0xA1, 0xF8) for b in range(0xA1, 0xFF))
    return {ord(text) for pair in pairs if (text := pair.decode("gb2312", "ignore"))}


def within(*ranges: tuple[int, int]) -> set[int]:
    """All code points of some ranges."""
    return {code for low, high in ranges for code in range(low, high)}


def make(source: Path, wanted: set[int], target: Path) -> None:
    """Cut a font down to some characters and pack it."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.layout_features = []
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GSUB", "GPOS", "GDEF", "STAT"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.recalc_timestamp = False
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted & set(font.getBestCmap()))
    cutter.subset(font)
    content = io.BytesIO()
    font.save(content)
    target.write_bytes(lzma.compress(content.getvalue(), preset=9 | lzma.PRESET_EXTREME))


def main() -> None:
    """Two weights of what is common, and what is rare in the regular one."""
    folder = Path(sys.argv[1])
    for file, recorded in SOURCES.values():
        found = hashlib.sha256((folder / file).read_bytes()).hexdigest()
        if found != recorded:
            sys.exit(f"{file}: sha256 is {found}, recorded is {recorded}")
    basic = within(*SIGNS) | gb2312()
    regular, bold = (folder / SOURCES[name][0] for name in ("Regular", "Bold"))
    make(regular, basic, HERE / "NotoSansSC-Regular.ttf.xz")
    make(bold, basic, HERE / "NotoSansSC-Bold.ttf.xz")
    make(regular, within(*HANZI) - basic, HERE / "NotoSansSC-Rare.ttf.xz")


if __name__ == "__main__":
    main()
