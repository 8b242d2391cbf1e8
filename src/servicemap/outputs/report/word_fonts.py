"""Fonts of a Word document: one for Chinese, one for Latin, and what stands in for both."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

LATIN = "Times New Roman"
# fonts of offices' computers -> what Windows has where those are missing
STAND_INS = {
    "方正小标宋简体": "华文中宋",
    "仿宋_GB2312": "仿宋",
    "楷体_GB2312": "楷体",
    "黑体": "SimHei",
}
GB_CHARSET = "86"


def dress(thing: Any, name: str, size_pt: float) -> None:
    """Give a style or a run its fonts: Word keeps Chinese and Latin apart."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    thing.font.name = LATIN
    thing.font.size = Pt(size_pt)
    thing.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)


def name_stand_ins(document: Any) -> None:
    """Say which fonts to take for missing ones, and that Chinese letters are simplified.

    Without the language a program takes Japanese letter forms where it has to choose.
    """
    from docx.oxml.ns import qn

    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    for part in document.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = _with_fonts(part.blob)  # noqa: SLF001 - no public name


def _with_fonts(table: bytes) -> bytes:
    entries = "".join(
        f"<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(other)}/>"
        f'<w:charset w:val="{GB_CHARSET}"/></w:font>'
        for name, other in STAND_INS.items()
    )
    end = b"</w:fonts>"
    assert table.count(end) == 1
    return table.replace(end, entries.encode() + end)
