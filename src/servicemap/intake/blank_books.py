"""Workbooks to be filled in: one per section of a study, an example row in every sheet.

A row whose first cell begins with ``示例：`` or ``Example:`` is not read as data
(`headings.aside`), so that a template may be named by a study while it still has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicemap.intake import templates
from servicemap.intake.synonyms import value_word
from servicemap.words import say

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "templates"
_PERSONS = ("resident", "elderly", "disabled", "year")
_DONE = ("item_group", "item_id", "handling", "who_may", "by_appointment", "hours")
# File -> sheets: name of the sheet, columns in order.
BOOKS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "points.xlsx": (
        (
            "facilities",
            (*templates.POINT_COLUMNS[:-2], "neighbour", *templates.POINT_COLUMNS[-2:]),
        ),
    ),
    "villages.xlsx": (
        ("villages", templates.VILLAGE_COLUMNS),
        (
            "hamlets",
            (
                *("hamlet_id", "name", "village_id", "village", "township"),
                *("households", "resident", "hukou", "lon", "lat", "datum"),
            ),
        ),
        (
            "changes",
            (
                *("old_id", "old_name", "new_id", "new_name", "township"),
                *("kind", "date", "share", "moved_people"),
            ),
        ),
    ),
    "townships.xlsx": (
        ("townships", ("township_id", "name", "area_type", "published_road_km")),
    ),
    "people.xlsx": (
        ("people", ("village_id", "village", "township", *_PERSONS, "source")),
    ),
    "published.xlsx": (
        ("published", ("township_id", "township", "people", "kind", "year", "source")),
    ),
    "homesteads.xlsx": (
        (
            "homesteads",
            (
                *("village_id", "village", "township", "households", "people"),
                *("lon", "lat", "datum"),
            ),
        ),
    ),
    "grid.xlsx": (("grid", ("lon", "lat", "people")),),
    "items.xlsx": (
        (
            "items",
            ("item_id", "name", "item_group", "scope", "tied_to", "tiers", "at_bank"),
        ),
        ("templates", ("tier", "form", *_DONE)),
        ("exceptions", ("facility_id", "facility", *_DONE, "remark")),
    ),
    "holidays.xlsx": (("holidays", ("date", "to_date", "day_kind", "name")),),
}
# Sheets that are read as another table.
TABLES = {"published": "people"}
# Words of fixed values in the examples: column -> value.
_VALUES = {
    "tier": "village",
    "form": "window",
    "status": "open",
    "datum": "gcj02",
    "located_by": "survey",
    "scope": "city",
    "tied_to": "insurance",
    "handling": "finish",
    "who_may": "anyone",
    "day_kind": "holiday",
}
_NUMBERS: dict[str, float] = {
    "lon": 121.1234567,
    "lat": 28.1234567,
    "windows": 2,
    "people": 1286,
    "resident": 1286,
    "hukou": 1521,
    "elderly": 342,
    "disabled": 27,
    "households": 86,
    "year": 2025,
    "moved_people": 1286,
    "published_road_km": 128.5,
}
# Sheet -> kind in its example, and the list of words that has it.
_KINDS = {
    "villages": ("kind", "village"),
    "changes": ("change_kind", "merge"),
    "published": ("people_kind", "resident"),
}
# Figures of one homestead, or of a whole township, where they differ from a village's.
_SIZES = {
    ("homesteads", "people"): 4,
    ("homesteads", "households"): 1,
    ("published", "people"): 18_640,
}


def write(folder: Path, language: str) -> None:
    """Write all template workbooks into a folder.

    Parameters
    ----------
    folder
        Made when it is absent.
    language
        Of headers, notes, words and examples.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file, pages in BOOKS.items():
        sheets = [
            templates.Sheet(
                say(f"intake.template.{name}", language),
                TABLES.get(name, name),
                columns,
                [],
                _example(name, columns, language),
            )
            for name, columns in pages
        ]
        templates.write_workbook(folder / file, sheets, language)


def _example(name: str, columns: tuple[str, ...], language: str) -> list[Any]:
    row = [_cell(name, column, language) for column in columns]
    row[0] = say("intake.example.row", language, value=row[0])
    return row


def _cell(name: str, column: str, language: str) -> Any:
    table = TABLES.get(name, name)
    if templates.choices(table, column, language) and column not in _VALUES:
        if column == "kind":
            return value_word(*_KINDS[name], language)
        return value_word("flag", "no" if column == "neighbour" else "yes", language)
    if column in _VALUES:
        return value_word(column, _VALUES[column], language)
    if (name, column) in _SIZES:
        return _SIZES[name, column]
    if column in _NUMBERS:
        return _NUMBERS[column]
    key = f"{name}_{column}" if (name, column) in _OWN else column
    return say(f"intake.example.{key}", language)


# Columns whose example depends on the sheet.
_OWN = {
    ("facilities", "name"),
    ("hamlets", "name"),
    ("townships", "name"),
    ("items", "name"),
    ("items", "tiers"),
    ("holidays", "name"),
    ("holidays", "date"),
}
