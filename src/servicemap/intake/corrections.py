"""What a corrected copy of the input would say: cell by cell, for a person to accept.

Only what the check has found out is proposed: coordinates as decimal degrees WGS-84,
full names of the townships and villages that were recognised, numbers as numbers,
ids that were made. Nothing is guessed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.intake import cells, degrees, keys, readings
from servicemap.intake.people import count_columns
from servicemap.intake.synonyms import plain
from servicemap.table_columns import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from servicemap.intake.columns import Columns
    from servicemap.intake.inputs import Inputs

_DIGITS = 7  # of a degree: a centimetre
_SAME = 0.6e-7
_UNUSABLE = frozenset(
    {"not_degrees", "zero_zero", "swapped_lonlat", "out_of_range", "link_without_place"}
)
_PLACED = ("facilities", "villages")


@dataclass(frozen=True)
class Correction:
    """One cell that would be changed.

    Attributes
    ----------
    table, source, sheet, row, column
        Where it is; ``column`` is the file's own header.
    old, new
        The cell as it is and as it would be; None is a blank.
    reason
        ``coordinates``, ``swapped``, ``zero``, ``datum``, ``name``, ``number``, ``id``
        or ``cleaned``; texts are ``intake.fix.<reason>``.
    """

    table: str
    source: str
    sheet: str | None
    row: int
    column: str
    old: Any
    new: Any
    reason: str


def corrections(table: str, columns: Columns, given: Inputs) -> Iterator[Correction]:
    """Cells of one table's sheet that would be changed.

    Parameters
    ----------
    table
        ``townships``, ``villages``, ``facilities`` or ``people``.
    columns
        Its sheet.
    given
        What `inputs.load` made of it.
    """
    yield from _cleaned(table, columns)
    if table in _PLACED:
        yield from _of_places(table, columns, given)
    if table == "people":
        for name in count_columns(columns):
            yield from _numbers(table, columns, name)
    if table == "facilities":
        yield from _numbers(table, columns, "windows")


def _made(
    table: str, columns: Columns, row: int, column: str, new: Any, reason: str
) -> Correction:
    sheet, number = columns.sheet.place(row)
    old = columns.cells[column].loc[row]
    header = columns.headers[column]
    return Correction(table, columns.sheet.source, sheet, number, header, old, new, reason)


def _cleaned(table: str, columns: Columns) -> Iterator[Correction]:
    for column in columns.cells.columns:
        for row, cell in columns.rows(str(column)):
            if cells.is_hurt(cell):
                yield _made(table, columns, row, str(column), cells.text(cell), "cleaned")


def _numbers(table: str, columns: Columns, column: str) -> Iterator[Correction]:
    for row, cell in columns.rows(column):
        value = cells.count(cell)
        if value is not None and isinstance(cell, str) and cell.strip() != str(value):
            yield _made(table, columns, row, column, value, "number")


def _of_places(table: str, columns: Columns, given: Inputs) -> Iterator[Correction]:
    (key,) = TABLES[table].key
    ids, keep, _ = keys.ids(columns, key)
    if key in columns:
        for row in ids.index[keep]:
            cell = columns.cells[key].loc[row]
            if cells.text(cell) != ids[row]:
                yield _made(table, columns, int(row), key, ids[row], "id")
    frame: pd.DataFrame = getattr(given, table).set_index(key)
    used = {int(row): str(one) for row, one in ids[keep].items() if one in frame.index}  # type: ignore[call-overload]
    yield from _names(table, columns, used, frame, given)
    # what was of no use was not what the place came from
    unusable = {
        (one.sheet, one.row)
        for one in given.problems
        if one.source == columns.sheet.source and one.kind in _UNUSABLE
    }
    usable = {
        row: one for row, one in used.items() if columns.sheet.place(row) not in unusable
    }
    yield from _coordinates(table, columns, usable, frame)
    yield from _by_finding(table, columns, given)


def _names(
    table: str,
    columns: Columns,
    used: dict[int, str],
    frame: pd.DataFrame,
    given: Inputs,
) -> Iterator[Correction]:
    """Full names of the townships and villages that a row was found to mean."""
    for column, places, suffixes in (
        ("township", given.townships, keys.TOWNSHIP_SUFFIXES),
        ("village", given.villages, keys.VILLAGE_SUFFIXES),
    ):
        if column not in columns or f"{column}_id" not in frame:
            continue
        full = dict(zip(places[f"{column}_id"], places["name"], strict=True))
        own = frame[f"{column}_id"].to_dict()
        for row, cell in columns.rows(column):
            said, name = cells.text(cell), full.get(own.get(used.get(row)))
            if not said or not name or said in full or plain(said) == plain(name):
                continue
            if _forms(said, suffixes) & _forms(name, suffixes):
                yield _made(table, columns, row, column, name, "name")


def _forms(name: str, suffixes: tuple[str, ...]) -> set[str]:
    return {plain(name), keys.stem(name, suffixes)}


def _coordinates(
    table: str, columns: Columns, used: dict[int, str], frame: pd.DataFrame
) -> Iterator[Correction]:
    """Decimal degrees WGS-84 in place of what was read as them."""
    lon, lat = frame["lon"].to_dict(), frame["lat"].to_dict()
    pair = "lon" in columns and "lat" in columns
    datum = frame["datum"].to_dict() if "datum" in frame else {}
    for row, one in used.items():
        x, y = round(float(lon[one]), _DIGITS), round(float(lat[one]), _DIGITS)
        if np.isnan(x) or readings.is_blank(columns, row):
            continue  # what was placed by other means is left alone
        moved = datum.get(one, "wgs84") not in ("wgs84", "cgcs2000")
        reason = "datum" if moved else "coordinates"
        if pair:
            for column, value in (("lon", x), ("lat", y)):
                cell = columns.cells[column].loc[row]
                is_number = isinstance(cell, int | float) or _as_written(cell)
                if not is_number or abs(degrees.degrees(cell) - value) > _SAME:
                    yield _made(table, columns, row, column, value, reason)
        elif "lonlat" in columns:
            text = f"{x:.7f},{y:.7f}"
            if cells.text(columns.cells["lonlat"].loc[row]) != text:
                yield _made(table, columns, row, "lonlat", text, reason)
        if moved and "datum" in columns:
            yield _made(table, columns, row, "datum", "WGS84", "datum")


def _as_written(cell: Any) -> bool:
    """Text that any program reads as the number that it is."""
    if not isinstance(cell, str) or not cell.isascii():
        return False
    try:
        return bool(np.isfinite(float(cell)))
    except ValueError:
        return False


def _by_finding(table: str, columns: Columns, given: Inputs) -> Iterator[Correction]:
    """Pairs found swapped are exchanged, pairs of zeros made blank."""
    if "lon" not in columns or "lat" not in columns:
        return
    rows = {columns.sheet.place(int(row)): int(row) for row in columns.cells.index}
    for problem in given.problems:
        at = rows.get((problem.sheet, problem.row or 0))
        if problem.source != columns.sheet.source or at is None:
            continue
        lon, lat = columns.cells["lon"].loc[at], columns.cells["lat"].loc[at]
        if problem.kind == "swapped_lonlat":
            yield _made(table, columns, at, "lon", lat, "swapped")
            yield _made(table, columns, at, "lat", lon, "swapped")
        elif problem.kind == "zero_zero":
            yield _made(table, columns, at, "lon", None, "zero")
            yield _made(table, columns, at, "lat", None, "zero")
