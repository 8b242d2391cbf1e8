"""The sheets of a study as they stand in their files, and what would be changed there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from servicemap.intake import cells, sheets, study_files
from servicemap.intake.corrections import corrections

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns
    from servicemap.intake.corrections import Correction
    from servicemap.intake.inputs import Inputs
    from servicemap.study import Study

TABLES = ("townships", "villages", "facilities", "people")  # whose cells are corrected
COPIED = ("changes",)  # that the others lean on


@dataclass(frozen=True)
class Page:
    """A sheet as it stands in the file, and what would be changed in it.

    Attributes
    ----------
    rows
        All cells from A1 on, titles and notes included.
    header_row
        Row number of the header.
    places
        Header -> column number, from 0.
    """

    table: str
    source: str
    sheet: str | None
    rows: list[list[Any]]
    header_row: int
    places: Mapping[str, int]
    corrections: tuple[Correction, ...]
    problems: tuple[Problem, ...]


def pages(study: Study, given: Inputs) -> list[Page]:
    """Every sheet that was read, with its corrections and its findings.

    Parameters
    ----------
    study
        As read from its toml.
    given
        What `inputs.load` made of it.

    Returns
    -------
    list of Page
        Files with geometry have no cells and are left out.
    """
    done = []
    files = study_files.read(study)[0]
    for table in (*TABLES, *COPIED):
        columns = files[table]
        if columns is None or columns.geometry is not None:
            continue
        found = [] if table in COPIED else list(corrections(table, columns, given))
        path = study.path(getattr(study, table).source)
        for sheet, rows in sheets.raw(columns.sheet, path, table):
            own = tuple(one for one in found if one.sheet == sheet)
            problems = tuple(
                one
                for one in given.problems
                if one.source == columns.sheet.source and one.sheet == sheet
            )
            done.append(_page(table, columns, sheet, rows, own, problems))
    return done


def _page(
    table: str,
    columns: Columns,
    sheet: str | None,
    rows: list[list[Any]],
    corrections: tuple[Correction, ...],
    problems: tuple[Problem, ...],
) -> Page:
    """Find the columns of the read table in the raw rows: by their headers, in order."""
    header = columns.sheet.header_of(sheet) or 1
    places: dict[str, int] = {}
    wanted = [str(name) for name in columns.sheet.cells.columns]
    # a header may stand one row lower, under a heading that spans columns
    cells_of = [rows[at] for at in (header - 1, header) if at < len(rows)]
    for row in cells_of:
        for place, cell in enumerate(row):
            name = cells.text(cell)
            if name in wanted and name not in places and place not in places.values():
                places[name] = place
    return Page(
        table, columns.sheet.source, sheet, rows, header, places, corrections, problems
    )
