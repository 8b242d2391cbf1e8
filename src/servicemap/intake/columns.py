"""Headers as written -> columns of a table: synonyms, or by hand, never by guess."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from servicemap.errors import Problem, Severity
from servicemap.intake import cells
from servicemap.intake.heading_match import (
    add_by_synonym,
    finding,
    mapped_by_hand,
    near,
    parts_alone,
)
from servicemap.intake.synonyms import (
    headers,
    without_year,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import geopandas

    from servicemap.intake.sheets import Sheet

T = TypeVar("T")
_SHOWN = 40  # characters of a value in a message
# Columns that hold codes, and which of them identifies the rows of a table.
_CODES = ("facility_id", "village_id", "township_id", "hamlet_id", "id")
_KEYS = {
    "facilities": "facility_id",
    "villages": "village_id",
    "townships": "township_id",
    "points": "id",
    "hamlets": "hamlet_id",
}

# Columns in which a word such as 无 is no value.
_MAY_BE_NOTHING = frozenset({"hours", "phone", "address", "partner"})


@dataclass(frozen=True)
class Columns:
    """A sheet with the columns of a table.

    Attributes
    ----------
    sheet
        Where it is from.
    cells
        Cells as read, named by table column; index = row numbers.
    headers
        Table column -> header as written.
    years
        Table column -> year that its header names.
    problems
        Findings on the headers.
    """

    sheet: Sheet
    cells: pd.DataFrame
    headers: Mapping[str, str]
    years: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def __contains__(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in self.cells.columns

    def rows(self, column: str) -> Iterator[tuple[int, Any]]:
        """Row number and cell of one column; nothing where the column is absent."""
        if column in self:
            yield from zip(
                (int(row) for row in self.cells.index), self.cells[column], strict=True
            )

    def read(
        self,
        column: str,
        reader: Callable[[Any], T | None],
        unknown: str,
        severity: Severity,
    ) -> tuple[dict[int, T], list[Problem]]:
        """Cells of one column that say something.

        Parameters
        ----------
        column
            Of the table; an absent one says nothing.
        reader
            Turns a cell into a value, None where it cannot.
        unknown, severity
            Finding for each cell that is neither blank nor readable.

        Returns
        -------
        values, problems
            Row number -> value; blank cells and unreadable ones are absent.
        """
        values: dict[int, T] = {}
        problems = []
        for row, cell in self.rows(column):
            found = reader(cell)
            if found is not None:
                values[row] = found
            elif not cells.is_blank(cell):
                problems.append(self.problem(unknown, severity, row, column))
        return values, problems

    @property
    def geometry(self) -> geopandas.GeoSeries | None:
        """Geometry of a file that has one."""
        return self.sheet.geometry

    def text(self, column: str) -> pd.Series:
        """One column as text; missing where the cell is blank or the column absent."""
        return pd.Series(self.strings(column), index=self.cells.index, dtype="str")

    def strings(self, column: str) -> list[str | None]:
        """Give one column as `text` does, in a list, which is faster to walk through.

        Ids come in half width: ``Ｆ０１`` is F01. No telephone is called 无.
        """
        if column not in self:
            return [None] * len(self.cells)
        texts = [cells.text(cell) for cell in self.cells[column]]
        if column.endswith("_id"):
            texts = [one and cells.seen(one) for one in texts]
        if column in _MAY_BE_NOTHING:
            texts = [None if cells.says_nothing(one) else one for one in texts]
        return texts

    def problem(
        self,
        kind: str,
        severity: Severity,
        row: int | None = None,
        column: str | None = None,
        **values: Any,
    ) -> Problem:
        """A finding in this sheet: the column is named as the file names it."""
        value = None
        if row is not None and column is not None and column in self:
            value = cells.text(self.cells[column].loc[row])
        sheet, number = (
            (self.sheet.sheet, None) if row is None else self.sheet.place(int(row))
        )
        return Problem(
            kind,
            severity,
            self.sheet.source,
            sheet,
            number,
            self.headers.get(column, column) if column else None,
            value[:_SHOWN] if value else None,
            values,
        )


def match(
    sheet: Sheet,
    table: str,
    by_hand: Mapping[str, str],
    *,
    groups: bool = False,
    years: bool = False,
) -> Columns:
    """Find the columns of a table in a sheet.

    Parameters
    ----------
    sheet
        As read.
    table
        Its synonyms are used.
    by_hand
        Column -> header, from the study; these win, also over the sheet 设置.
    groups
        Whether ``by_hand`` may name columns that the table does not know: people
        groups of the user's own.
    years
        Whether the same column may stand there for several years.

    Returns
    -------
    Columns
        Headers that no column asks for are left out; near misses are proposed in a
        finding.
    """
    names = [str(name) for name in sheet.cells.columns]
    by_hand = {**sheet.by_hand, **by_hand}
    taken, problems = mapped_by_hand(sheet, table, by_hand, names, groups=groups)
    problems += add_by_synonym(sheet, table, by_hand, names, taken, years=years)
    parts = parts_alone(names, table, taken)
    problems += [
        finding(sheet, "column_part", "warning", name, wanted=column)
        for name, column in parts.items()
    ]
    rest = [name for name in names if name not in parts and name not in taken.values()]
    problems += [
        finding(sheet, "column_proposed", "note", name, wanted=column)
        for column in headers(table)
        if column not in taken
        for name in near(column, rest, table)
    ]
    done = pd.DataFrame(
        {column: sheet.cells[name] for column, name in taken.items()},
        index=sheet.cells.index,
        dtype=object,
    )
    said = {column: without_year(name)[1] for column, name in taken.items()}
    of_headers = {column: year for column, year in said.items() if year is not None}
    columns = Columns(sheet, done, taken, of_headers)
    problems += [
        columns.problem("code_became_date", "warning", row, column)
        for column in _CODES
        for row, cell in columns.rows(column)
        if isinstance(cell, dt.date)
    ]
    problems += [
        columns.problem("code_lost_digits", "warning", row, column)
        for column in _CODES
        if column != _KEYS.get(table)  # told where ids are read
        for row, cell in columns.rows(column)
        if cells.lost_digits(cell)
    ]
    for column in taken:
        errors = []
        for row, cell in zip(done.index, done[column], strict=True):
            if not isinstance(cell, str):
                continue
            if cells.is_error(cell):
                errors.append(row)
                kind = "formula_lost" if cell == cells.NO_RESULT else "cell_error"
                problems.append(columns.problem(kind, "warning", row, column))
            elif cells.is_hurt(cell):
                problems.append(columns.problem("cell_cleaned", "warning", row, column))
        done.loc[errors, column] = None
    return Columns(sheet, done, taken, of_headers, tuple(problems))


def needs(columns: Columns, column: str, table: str) -> Problem:
    """Say that a column is missing without which a file is of no use."""
    words = headers(table)[column]
    there = ", ".join(str(name) for name in columns.sheet.cells.columns)
    names = {
        "en": ", ".join((*words["en"][:3], *words["zh"][:3])),
        "zh": "、".join((*words["zh"][:3], *words["en"][:1])),
    }
    title = {language: words[language][0] for language in names}
    return columns.problem(
        "column_missing", "error", there=there[:300], names=names, key=column, title=title
    )
