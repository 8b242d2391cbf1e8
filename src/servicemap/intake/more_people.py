"""Population figures that are compared and never counted: other files, published totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.errors import InputError, Problem
from servicemap.intake import people, sheets
from servicemap.intake.columns import Columns, match, needs
from servicemap.intake.comparison import compared
from servicemap.intake.townships import register as register_of
from servicemap.study import People

if TYPE_CHECKING:
    from servicemap.intake import keys
    from servicemap.intake.former import VillageRegister
    from servicemap.study import Study


@dataclass(frozen=True)
class MorePeople:
    """Further figures of a study.

    Attributes
    ----------
    sources
        Table ``people_sources``.
    files
        Rows of ``Inputs.files``.
    """

    sources: pd.DataFrame
    files: tuple[dict[str, Any], ...]
    problems: tuple[Problem, ...]


def read(
    study: Study,
    of_townships: Columns | None,
    *,
    areas: pd.DataFrame,
    villages: pd.DataFrame,
    register: VillageRegister,
    counted: list[pd.DataFrame | None],
    rough: pd.DataFrame | None,
) -> MorePeople:
    """Read ``[people] compare``, ``[published]``, and totals in the townships' own file.

    Parameters
    ----------
    study
        Names the files; ``file.xlsx#sheet`` is a sheet of a workbook.
    of_townships
        The townships' sheet; its columns of people are published totals.
    areas, villages, register
        The places that figures may belong to.
    counted, rough
        Figures of the study, and of its grid, columns `people.FIGURES`.

    Raises
    ------
    InputError
        A file is absent or unreadable, or has no column of people.
    """
    townships = register_of(areas)
    files: list[dict[str, Any]] = []
    problems: list[Problem] = []
    others = []
    for named in study.people.compare:
        source, _, sheet = named.partition("#")
        columns = _columns(study, source, sheet or None, {})
        setting = People(kind=study.people.kind, year=None)
        frame, used, more = people.figures(columns, setting, townships, register)
        problems += [*columns.sheet.problems, *columns.problems, *more]
        files.append(columns.sheet.entry(used))
        others.append(frame.assign(source=_labelled(frame, source, named)))
    told = []
    own = study.published
    setting = People(kind=own.kind or study.people.kind, year=own.year)
    if own.source is not None:
        columns = _columns(study, own.source, own.sheet, own.columns)
        frame, used, more = people.figures(columns, setting, townships, register)
        problems += [*columns.sheet.problems, *columns.problems, *more]
        files.append(columns.sheet.entry(used))
        apart = int((frame["level"] != "township").sum())
        if apart:
            problems.append(
                columns.problem("published_not_township", "warning", count=apart)
            )
        told.append(frame)
    if of_townships is not None:
        told.append(_beside(of_townships, setting, townships, register))
    against = compared(
        [part for part in (*counted, *others) if part is not None],
        _joined(told),
        villages=villages,
        townships=areas,
        tolerance_percent=own.tolerance_percent,
        rough=[] if rough is None else [rough],
    )
    return MorePeople(against.sources, tuple(files), (*problems, *against.problems))


def _columns(study: Study, source: str, sheet: str | None, by_hand: Any) -> Columns:
    path = study.path(source)
    read_sheet = sheets.read(path, "people", source=source, sheet=sheet, by_hand=by_hand)
    columns = match(read_sheet, "people", dict(by_hand), groups=True, years=True)
    if not people.count_columns(columns):
        raise InputError([needs(columns, "people", "people")])
    return columns


def _beside(
    columns: Columns,
    setting: People,
    townships: keys.Register,
    villages: VillageRegister,
) -> pd.DataFrame:
    """Columns of people in the townships' own file."""
    beside = match(columns.sheet, "people", {}, years=True)
    taken = set(columns.headers.values())
    counts = [n for n in people.count_columns(beside) if beside.headers[n] not in taken]
    if not counts:
        return pd.DataFrame(columns=people.FIGURES)
    kept = [*counts, *(n for n in ("kind", "year", "source") if n in beside)]
    cells = beside.cells[kept].copy()
    for place in ("township_id", "township"):
        name = "name" if place == "township" else place
        if name in columns:
            cells[place] = columns.cells[name]
    headers = {name: beside.headers.get(name, name) for name in cells.columns}
    trimmed = Columns(beside.sheet, cells, headers, beside.years)
    return people.figures(trimmed, setting, townships, villages)[0]


def _labelled(frame: pd.DataFrame, source: str, named: str) -> pd.Series:
    """A sheet's figures bear its name, so that two sheets of a workbook stay apart."""
    return frame["source"].where(frame["source"] != source, named)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    full = [part for part in parts if len(part)]
    if not full:
        return pd.DataFrame(columns=people.FIGURES)
    return pd.concat(full, ignore_index=True)
