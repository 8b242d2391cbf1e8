"""One table on one worksheet, as an office expects it.

Title with the table's number, unit line, header, rows, a line of totals;
frozen header, filter, widths by content, landscape A4 with the header on every
page. Text never becomes a formula or a link.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Kind = Literal["text", "count", "decimal", "degrees"]
NUMBER_FORMATS: dict[Kind, str] = {
    "text": "@",
    "count": "#,##0",
    "decimal": "#,##0.0",
    "degrees": "0.000000",
}
NARROWEST, WIDEST = 7, 30  # characters
HEADING_LINES = 3
TITLE_SIZE = 16
LINE_HEIGHT, MOST_LINES = 16, 8  # points; a cell with more text is cut in print
LOOKED_AT = 500  # rows that decide a column's width
LONGEST_TEXT = 32_767  # characters in a cell, says Excel
LONGEST_NAME = 31  # characters in a sheet's name, says Excel
A4 = 9
HEADER_ROW = 2
MOST_ROWS = 1_048_576 - HEADER_ROW - 2  # what a worksheet holds, less header and totals
FONTS = {"zh": ("宋体", 11), "en": ("Calibri", 11)}
# Background and letters: blue, orange, grey stay apart for colour-blind readers.
STATUS_COLOURS = {
    "covered": ("#DCEBF7", "#1F4E79"),
    "uncovered": ("#FBE3D0", "#8A3B00"),
    "undetermined": ("#E7E7E7", "#555555"),
}
BAR_COLOUR = "#9DC3E6"
HEAT_COLOUR = "#2C7BB6"


@dataclass(frozen=True)
class Field:
    """One column of a worksheet: its heading, its cells, how they look.

    ``bar`` draws each percentage as a bar in its cell, ``heat_to`` shades it up to this;
    ``colours`` maps a text to background and letter colour.
    """

    title: str
    cells: Sequence[Any]
    kind: Kind = "text"
    total: Any = None
    bar: bool = False
    heat_to: float | None = None
    colours: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """One table: name of its tab, title, unit line, columns; frozen left columns.

    ``cut`` is what the unit line says, with ``{shown}`` and ``{rows}``, when there
    are more rows than a worksheet can hold.
    """

    name: str
    title: str
    unit: str
    fields: Sequence[Field]
    cut: str = ""
    total: bool = False
    frozen: int = 2


class Formats:
    """The cell formats of one workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook, language: str) -> None:
        name, size = FONTS[language]
        self._book = book
        self._base = {"font_name": name, "font_size": size, "valign": "vcenter"}
        self._made: dict[str, Format] = {}

    def __call__(self, **properties: Any) -> Format:
        """Make a format with these properties on top of the workbook's font."""
        key = repr(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({**self._base, **properties})
        return self._made[key]


def clean(text: str) -> str:
    """Make a text fit a cell: no lone surrogates, not too long."""
    readable = text.encode("utf-8", "replace").decode("utf-8")
    return readable if len(readable) <= LONGEST_TEXT else readable[: LONGEST_TEXT - 1] + "…"


def write_sheet(book: xlsxwriter.Workbook, formats: Formats, sheet: Sheet) -> Worksheet:
    """Add one worksheet with one table."""
    page = book.add_worksheet(sheet.name[:LONGEST_NAME])
    last = max(len(sheet.fields) - 1, 1)
    everything = max((len(column.cells) for column in sheet.fields), default=0)
    rows = min(everything, MOST_ROWS)
    title = formats(bold=True, font_size=TITLE_SIZE, align="center")
    page.merge_range(0, 0, 0, last, "", title)
    page.write_string(0, 0, clean(sheet.title), title)
    unit = formats(italic=True, align="right", font_color="#555555")
    page.merge_range(1, 0, 1, last, "", unit)
    cut = sheet.cut.format(shown=rows, rows=everything) if rows < everything else ""
    page.write_string(1, 0, cut + sheet.unit, unit)
    page.set_default_row(LINE_HEIGHT + 2)
    page.set_row(0, 28)
    page.set_row(HEADER_ROW, LINE_HEIGHT * HEADING_LINES)
    widths = _widths(sheet)
    head = formats(bold=True, border=1, bg_color="#DDE6EF", align="center", text_wrap=True)
    first = HEADER_ROW + 1
    for at, column in enumerate(sheet.fields):
        page.write_string(HEADER_ROW, at, clean(column.title), head)
        for number, value in enumerate(column.cells[:rows], first):
            _cell(page, number, at, value, formats(**_look(column.kind)))
        if sheet.total:
            look = formats(**_look(column.kind), bold=True, bg_color="#F2F2F2")
            _cell(page, first + rows, at, column.total, look)
        page.set_column(at, at, widths[at])
        if rows:
            _colour(page, formats, column, (first, at, first + rows - 1, at))
    _heights(page, sheet.fields, widths, rows)
    if rows:
        page.autofilter(HEADER_ROW, 0, first + rows - 1, len(sheet.fields) - 1)
    page.freeze_panes(first, min(sheet.frozen, len(sheet.fields)))
    _paper(page)
    return page


def _look(kind: Kind) -> dict[str, Any]:
    wrapped = {"text_wrap": True, "indent": 1} if kind == "text" else {"align": "right"}
    return {"border": 1, "num_format": NUMBER_FORMATS[kind], **wrapped}


def _cell(page: Worksheet, row: int, column: int, value: Any, look: Format) -> None:
    """Text as text, numbers as numbers, missing as an empty cell with its border."""
    if value is None or pd.isna(value):
        page.write_blank(row, column, None, look)
    elif isinstance(value, str):
        page.write_string(row, column, clean(value), look)
    else:
        page.write_number(row, column, value, look)


def _colour(
    page: Worksheet, formats: Formats, column: Field, area: tuple[int, int, int, int]
) -> None:
    for text, (background, letters) in column.colours.items():
        page.conditional_format(
            *area,
            {
                "type": "cell",
                "criteria": "==",
                "value": f'"{text}"',
                "format": formats(bg_color=background, font_color=letters),
            },
        )
    if column.heat_to:
        page.conditional_format(
            *area,
            {
                "type": "2_color_scale",
                "min_type": "num",
                "max_type": "num",
                "min_value": 0,
                "max_value": column.heat_to,
                "min_color": "#FFFFFF",
                "max_color": HEAT_COLOUR,
            },
        )
    if column.bar:
        page.conditional_format(
            *area,
            {
                "type": "data_bar",
                "bar_solid": True,
                "bar_color": BAR_COLOUR,
                "min_type": "num",
                "max_type": "num",
                "min_value": 0,
                "max_value": 100,
            },
        )


def _heights(
    page: Worksheet, fields: Sequence[Field], widths: Sequence[float], rows: int
) -> None:
    """Give rows with wrapped text their height: LibreOffice and WPS do not find it."""
    texts = [
        (column.cells, width)
        for column, width in zip(fields, widths, strict=True)
        if column.kind == "text"
    ]
    for number in range(rows):
        lines = max(
            (
                math.ceil(_columns(_spell(cells[number], "text")) / (width - 1))
                for cells, width in texts
            ),
            default=1,
        )
        if lines > 1:
            page.set_row(HEADER_ROW + 1 + number, LINE_HEIGHT * min(lines, MOST_LINES))


def _paper(page: Worksheet) -> None:
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEADER_ROW)
    page.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
    page.set_footer("&C&P / &N")


def _widths(sheet: Sheet) -> list[float]:
    """Widths of all columns; a narrow table is as wide as its title, which is not cut."""
    widths = [_width(column) for column in sheet.fields]
    title = max(_columns(sheet.title) * TITLE_SIZE / 11, _columns(sheet.unit)) + 2
    room = sum(widths) if len(widths) > 1 else sum(widths) + NARROWEST
    return [width * max(title / room, 1.0) for width in widths]


def _width(column: Field) -> float:
    """Characters that the longest value needs; Chinese ones count twice."""
    looked_at = [*column.cells[:LOOKED_AT], column.total]
    widest = max(_columns(_spell(value, column.kind)) for value in looked_at)
    heading = max(
        _columns(column.title) / HEADING_LINES,
        *(len(word) for word in column.title.split() if word.isascii()),
        0,
    )
    return min(max(widest + 2.5, heading + 3, NARROWEST), WIDEST)


def _spell(value: Any, kind: Kind) -> str:
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, str):
        return value
    return {"count": f"{value:,.0f}", "decimal": f"{value:,.1f}"}.get(kind, f"{value:.6f}")


def _columns(text: str) -> int:
    seen = text[: WIDEST * MOST_LINES]
    if seen.isascii():
        return len(seen)
    return len(seen) + sum(unicodedata.east_asian_width(one) in "WF" for one in seen)
