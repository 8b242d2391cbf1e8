"""Blocks -> a Word document by GB/T 9704-2012, or in the user's own template.

A template is a docx whose styles named below are taken as they are; those that it
lacks are added. Its margins, headers and footers stay. The same blocks give the same
bytes: times in the file are fixed.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

from servicemap.outputs.report.blocks import (
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Table,
    Title,
    plain,
)
from servicemap.outputs.report.columns import column_widths_mm
from servicemap.outputs.report.paging import TEXT_MM, paged
from servicemap.outputs.report.word_fonts import dress, name_stand_ins

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from servicemap.outputs.report.blocks import Block

# style -> East Asian font, size in points, bold; GB/T 9704-2012, 7.3: the title in 2号
# 小标宋, text in 3号 仿宋, headings in 黑体, 楷体, 仿宋
STYLES: dict[str, tuple[str, float, bool]] = {
    "servicemap title": ("方正小标宋简体", 22.0, False),
    "servicemap heading 1": ("黑体", 16.0, False),
    "servicemap heading 2": ("楷体_GB2312", 16.0, False),
    "servicemap heading 3": ("仿宋_GB2312", 16.0, True),
    "servicemap text": ("仿宋_GB2312", 16.0, False),
    "servicemap brief": ("仿宋_GB2312", 14.0, False),
    "servicemap note": ("仿宋_GB2312", 12.0, False),
    "servicemap caption": ("黑体", 12.0, False),
    "servicemap cell": ("仿宋_GB2312", 10.5, False),
}
LINE_PT = 28.95  # 22 lines in 225 mm
BRIEF_LINE_PT = 23.0
MARGINS_MM = {"top": 37.0, "bottom": 35.0, "left": 28.0, "right": 26.0}
FOOTER_MM = 26.0  # from the foot of the page: 7 mm below the text
PAGE_NUMBER_PT = 14.0
LEAST_ROWS = 3  # of a table on a page
STILL = (1980, 1, 1, 0, 0, 0)


def write_word(
    blocks: Iterable[Block],
    path: Path,
    *,
    title: str,
    is_chinese: bool,
    template: Path | None = None,
) -> None:
    """Write a document.

    Parameters
    ----------
    blocks
        What it says.
    path
        The file to write.
    title
        Title in its properties.
    is_chinese
        Paragraphs are indented by two characters.
    template
        A docx of the user's; what it holds comes first.
    """
    import docx

    document = docx.Document(None if template is None else str(template))
    if template is None:
        _page(document)
        name_stand_ins(document)
    _styles(document, is_chinese=is_chinese)
    if template is None:  # whose page is known
        blocks = paged(blocks, is_chinese=is_chinese)
    told = [*blocks]
    for before, block, after in zip([None, *told], told, [*told[1:], None], strict=False):
        _add(document, block, after)
        if isinstance(before, PageBreak):  # a paragraph with a break may fill a page itself
            document.paragraphs[-1].paragraph_format.page_break_before = True
    _properties(document, title)
    content = io.BytesIO()
    document.save(content)
    _still(content, path)


def _add(document: Any, block: Block, after: Block | None) -> None:
    if isinstance(block, Title):
        document.add_paragraph(plain(block.text), style="servicemap title")
    elif isinstance(block, Heading):
        style = f"servicemap heading {block.level}"
        document.add_paragraph(plain(block.text), style=style)
    elif isinstance(block, Paragraph):
        document.add_paragraph(plain(block.text), style=f"servicemap {block.kind}")
    elif isinstance(block, Picture):
        _picture(document, block)
    elif isinstance(block, Table):
        is_noted = isinstance(after, Paragraph) and after.kind == "note"
        _table(document, block, is_noted=is_noted)


def _picture(document: Any, block: Picture) -> None:
    from docx.shared import Mm

    holder = document.add_paragraph(style="servicemap caption")
    holder.paragraph_format.keep_with_next = True
    run = holder.add_run()
    shape = run.add_picture(io.BytesIO(block.png), width=Mm(TEXT_MM * block.width_share))
    # what is read out to those who do not see it
    shape._inline.docPr.set("descr", plain(block.caption))  # noqa: SLF001 - no public name
    document.add_paragraph(plain(block.caption), style="servicemap caption")


def _table(document: Any, block: Table, *, is_noted: bool) -> None:
    """Title above, unit line to the right, headers repeated on every page."""
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    head = document.add_paragraph(plain(block.title), style="servicemap caption")
    head.paragraph_format.keep_with_next = True
    unit = document.add_paragraph(plain(block.unit), style="servicemap cell")
    unit.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    unit.paragraph_format.keep_with_next = True
    table = document.add_table(rows=0, cols=len(block.headers))
    _lines(table)
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER  # else it juts out by a cell's padding
    widths = column_widths_mm(block, TEXT_MM, STYLES["servicemap cell"][1])
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    rows = [block.headers, *block.rows]
    for at, texts in enumerate(rows):
        row = table.add_row()
        is_strong = at == 0 or (block.has_total and at == len(rows) - 1)
        cells = row.cells
        for column, text in enumerate(texts):
            cell = cells[column]
            cell.width = Mm(widths[column])
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
            holder = cell.paragraphs[0]
            holder.style = document.styles["servicemap cell"]
            holder.paragraph_format.keep_with_next = _keeps(at, len(rows), is_noted) or None
            holder.add_run(plain(text)).bold = is_strong or None
            if at == 0:
                holder.alignment = WD_ALIGN_PARAGRAPH.CENTER
            elif column in block.numeric:
                holder.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _whole_row(row, is_header=at == 0)
    if not is_noted:
        document.add_paragraph("", style="servicemap cell")


def _keeps(at: int, count: int, is_noted: bool) -> bool:
    """Whether a row stays with the next: three at least on either side of a page's end."""
    is_last = at == count - 1
    return is_noted if is_last else at < LEAST_ROWS or at >= count - LEAST_ROWS


def _lines(table: Any) -> None:
    """Lines of a table, whatever styles a template has."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        heavy = side in ("top", "bottom")
        values = {
            "val": "single",
            "sz": "8" if heavy else "4",
            "space": "0",
            "color": "444444",
        }
        for name, value in values.items():
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)  # noqa: SLF001 - no public name


def _whole_row(row: Any, *, is_header: bool) -> None:
    """No row is torn by the end of a page; the header stands on each."""
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - no public name
    properties.append(OxmlElement("w:cantSplit"))
    if is_header:
        properties.append(OxmlElement("w:tblHeader"))


def _page(document: Any) -> None:
    """A4 with the standard's margins; page numbers outside, at the foot."""
    from docx.shared import Mm

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, margin in MARGINS_MM.items():
        setattr(section, f"{side}_margin", Mm(margin))
    section.footer_distance = Mm(FOOTER_MM)
    document.settings.odd_and_even_pages_header_footer = True
    for footer, is_odd in ((section.footer, True), (section.even_page_footer, False)):
        footer.is_linked_to_previous = False
        _page_number(footer.paragraphs[0], is_odd=is_odd)


def _page_number(holder: Any, *, is_odd: bool) -> None:
    """``— 1 —`` in 4号 宋体; odd pages to the right, even ones to the left (7.5)."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    holder.alignment = WD_ALIGN_PARAGRAPH.RIGHT if is_odd else WD_ALIGN_PARAGRAPH.LEFT
    indent = Pt(PAGE_NUMBER_PT)
    if is_odd:
        holder.paragraph_format.right_indent = indent
    else:
        holder.paragraph_format.left_indent = indent
    for part in ("— ", "begin", " PAGE ", "end", " —"):
        run = holder.add_run()
        dress(run, "宋体", PAGE_NUMBER_PT)
        if part in ("begin", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), part)
            run._r.append(mark)  # noqa: SLF001 - no public name
        elif part == " PAGE ":
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = part
            run._r.append(code)  # noqa: SLF001 - no public name
        else:
            run.text = part


def _styles(document: Any, *, is_chinese: bool) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
    from docx.shared import Pt

    known = {style.name for style in document.styles}
    for name, (font, size, bold) in STYLES.items():
        if name in known:  # the template's own
            continue
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.quick_style = True
        dress(style, font, size)
        # the standard's headings differ in their Chinese fonts, which Latin has not
        style.font.bold = bold or ("heading" in name and not is_chinese) or None
        layout = style.paragraph_format
        layout.space_before, layout.space_after = Pt(0), Pt(0)
        layout.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        layout.line_spacing = Pt(LINE_PT)
        if name in ("servicemap caption", "servicemap cell", "servicemap note"):
            layout.line_spacing_rule = WD_LINE_SPACING.SINGLE
        if name in ("servicemap title", "servicemap caption"):
            layout.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if name == "servicemap note":
            layout.space_before = Pt(3)
        if name == "servicemap brief":
            layout.line_spacing = Pt(BRIEF_LINE_PT)
        if name == "servicemap title":
            layout.line_spacing = Pt(34)
            layout.space_after = Pt(LINE_PT)
        if "heading" in name:
            layout.keep_with_next = True
            _outline(style, int(name[-1]))
        is_text = name in ("servicemap text", "servicemap brief")
        if is_text or "heading" in name:
            layout.first_line_indent = Pt(2 * size) if is_chinese else Pt(0)
            layout.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY if is_text else None


def _outline(style: Any, level: int) -> None:
    """Headings stand in the navigation pane and in a table of contents."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark = OxmlElement("w:outlineLvl")
    mark.set(qn("w:val"), str(level - 1))
    style.element.get_or_add_pPr().append(mark)


def _properties(document: Any, title: str) -> None:
    from datetime import UTC, datetime

    told = document.core_properties
    still = datetime(2000, 1, 1, tzinfo=UTC)
    told.title, told.author, told.comments = plain(title)[:255], "servicemap", ""
    told.created = told.modified = still
    told.last_modified_by = "servicemap"


def _still(content: io.BytesIO, path: Path) -> None:
    """The same parts in a zip without the time of day."""
    with zipfile.ZipFile(content) as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            entry = zipfile.ZipInfo(name, STILL)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            after.writestr(entry, before.read(name))
