"""A sheet that is being spoilt, and the list of what was done to it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from servicemap.synthetic.workbooks import Page

Expect = Literal["error", "warning", "note", "silent"]
Planted = tuple[str, Expect, str]  # kind, what a check owes, in words


@dataclass(frozen=True)
class Fault:
    """One planted fault.

    Attributes
    ----------
    row
        As the spreadsheet program counts; None for a file or sheet as a whole.
    expect
        Severity of the finding that a check owes, or ``silent``: unusual, but read
        without loss, so that a warning would be a false alarm.
    """

    file: str
    sheet: str | None
    row: int | None
    column: str | None
    kind: str
    expect: Expect
    what: str


class Spoiler:
    """A sheet that is being spoilt; rows are taken in random order, each once."""

    def __init__(self, file: str, page: Page, rng: np.random.Generator) -> None:
        self.file = file
        self._page = page
        self.rows = [list(row) for row in page.rows]
        self.faults: list[Fault] = []
        self._order = rng.permutation(len(self.rows)).tolist()
        self._below: list[str] = []

    def column(self, header: str) -> int:
        """Number of a column."""
        return list(self._page.header).index(header)

    def cell(self, row: int, header: str) -> Any:
        """Value of a cell."""
        return self.rows[row][self.column(header)]

    def take(self, fits: Callable[[int], bool] = lambda _: True) -> int | None:
        """The next untouched row that fits; None when there is none left."""
        for place, row in enumerate(self._order):
            if fits(row):
                del self._order[place]
                return int(row)
        return None

    def plant(
        self,
        count: int,
        header: str,
        change: Callable[[int], Any],
        fault: Planted,
        fits: Callable[[int], bool] = lambda _: True,
    ) -> None:
        """Change one cell in so many rows; ``change`` gets the row, returns the cell."""
        for _ in range(count):
            row = self.take(fits)
            if row is not None:
                self.rows[row][self.column(header)] = change(row)
                self.note(row, header, fault)

    def note(self, row: int, header: str | None, fault: Planted) -> None:
        """Write a fault down."""
        sheet = None if self.file.endswith(".csv") else self._page.name
        number = self._page.first_row + row
        self.faults.append(Fault(self.file, sheet, number, header, *fault))

    def file_fault(self, kind: str, expect: Expect, sheet: str | None, what: str) -> Fault:
        """A fault of the file or of a sheet as a whole."""
        return Fault(self.file, sheet, None, None, kind, expect, what)

    def append(self, cells: dict[str, Any], fault: Planted) -> None:
        """Add a row below."""
        row = [cells.get(name) for name in self._page.header]
        self.rows.append(row)
        self.note(len(self.rows) - 1, None, fault)

    def repeat(self, count: int, changes: dict[str, Any], fault: Planted) -> None:
        """Add copies of untouched rows below."""
        for turn in range(count):
            row = self.take()
            if row is not None:
                copy = dict(zip(self._page.header, self.rows[row], strict=True))
                new = {key: f"{value}{turn}" for key, value in changes.items()}
                self.append({**copy, **new}, fault)

    def page(self) -> Page:
        """The spoilt sheet."""
        return dataclasses.replace(self._page, rows=[tuple(row) for row in self.rows])
