"""Writing sheets and other small files so that the same content gives the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LABEL = "示例数据"
MADE = dt.datetime(2026, 10, 1)  # noqa: DTZ001 - workbooks know no time zones
WIDE = 44
LARGE = 1_000_000  # cells; beyond it rows are written as they come


@dataclass(frozen=True)
class Page:
    """One worksheet: lines above the header, the header, rows, lines below."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    above: Sequence[str] = ()
    below: Sequence[str] = ()
    notes: Mapping[str, str] = field(default_factory=dict)  # header -> comment
    hidden: bool = False

    @property
    def first_row(self) -> int:
        """Row number of the first row of data, as the spreadsheet program counts."""
        return len(self.above) + 2


def write_workbook(path: Path, pages: Sequence[Page]) -> None:
    """Write worksheets; text stays text, empty cells stay empty."""
    import xlsxwriter

    cells = sum(len(page.rows) * len(page.header) for page in pages)
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "constant_memory": cells > LARGE,
    }
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"title": LABEL, "comments": LABEL, "created": MADE})
    bold = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
    title = book.add_format({"bold": True, "font_size": 14})
    for page in pages:
        _write_page(book.add_worksheet(page.name), page, title, bold)
    book.close()


def _write_page(sheet: Any, page: Page, title: Any, bold: Any) -> None:
    top = len(page.above)
    for column, width in enumerate(_widths(page)):
        sheet.set_column(column, column, width)
    for number, line in enumerate(page.above):
        sheet.write_string(number, 0, line, title)
    for column, name in enumerate(page.header):
        sheet.write_string(top, column, name, bold)
        if name in page.notes:
            sheet.write_comment(top, column, page.notes[name])
    for number, row in enumerate(page.rows, top + 1):
        _write_row(sheet, number, row)
    for number, line in enumerate(page.below, top + 1 + len(page.rows)):
        sheet.write_string(number, 0, line)
    sheet.freeze_panes(top + 1, 0)
    if page.hidden:
        sheet.hide()


def _write_row(sheet: Any, number: int, row: Sequence[Any]) -> None:
    for column, value in enumerate(row):
        if isinstance(value, str):
            sheet.write_string(number, column, value)
        elif value is not None:
            sheet.write_number(number, column, value)


def _widths(page: Page) -> list[int]:
    sample = [page.header, *page.rows[:200]]
    return [
        min(WIDE, 3 + max(_width(row[k]) for row in sample if k < len(row)))
        for k in range(len(page.header))
    ]


def _width(value: Any) -> int:
    text = "" if value is None else str(value)
    return sum(1 if ord(letter) < 0x2E80 else 2 for letter in text)  # noqa: PLR2004 - first CJK


def write_csv(path: Path, page: Page, encoding: str = "utf-8-sig") -> None:
    """Write a page as CSV (CRLF, quotes where needed), without title lines."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(page.header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in page.rows)
    path.write_bytes(text.getvalue().encode(encoding))


def write_geojson(
    path: Path, name: str, features: Sequence[tuple[Any, Mapping[str, Any]]]
) -> None:
    """Write geometries in degrees with their properties (RFC 7946), one a line."""
    import shapely

    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": dict(properties),
                "geometry": json.loads(shapely.to_geojson(geometry)),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for geometry, properties in features
    ]
    head = '{"type":"FeatureCollection","name":' + json.dumps(name, ensure_ascii=False)
    body = ",\n".join(lines)
    text = f'{head},"features":[\n{body}\n]}}\n'
    path.write_bytes(text.encode())


def write_zip(path: Path, name: str, content: bytes) -> None:
    """Write one file into a zip, with a fixed date."""
    info = zipfile.ZipInfo(name, (2026, 10, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, content, compresslevel=9)
