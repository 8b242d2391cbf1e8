"""The files that a study names, opened: their sheets chosen, their columns found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from servicemap.errors import InputError, Problem
from servicemap.intake import holidays, item_sheets, rasters, sheets
from servicemap.intake import people as population
from servicemap.intake.columns import Columns, match, needs
from servicemap.intake.synonyms import headers
from servicemap.progress import Say, log

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from servicemap.study import Source, Study

LONG_BYTES = 1_000_000
LONG_ROWS = 10_000
_CHANGES = re.compile(r"调整|撤并|变更|变动|对照|changed? villages", re.IGNORECASE)


def read(
    study: Study, say: Say = log
) -> tuple[dict[str, Columns | None], holidays.Days, list[Problem]]:
    """Open all files of a study that hold tables.

    Parameters
    ----------
    study
        Names the files.
    say
        Told of files of more than `LONG_BYTES`, and of the rows of those with more than
        `LONG_ROWS`.

    Returns
    -------
    files, days, problems
        Sheets with their columns found, by table; None where the study names no file.
        The calendar. Findings on sheets and headers.

    Raises
    ------
    InputError
        A file is absent, unreadable or without the columns that it is read for; faults
        of all files are raised together.
    """
    problems: list[Problem] = []
    fatal: list[Problem] = []
    done: dict[str, Columns | None] = {}
    wanted: dict[str, Any] = {
        "townships": study.townships,
        "villages": study.villages,
        "changes": study.changes,
        "facilities": study.facilities,
        "people": study.people,
        "hamlets": study.hamlets,
        "homesteads": study.homesteads,
        "grid": study.grid,
    }
    for table, setting in wanted.items():
        done[table] = None
        if setting.source is None:
            if table in ("villages", "facilities"):
                kind = "villages_not_named" if table == "villages" else "points_not_named"
                fatal.append(
                    Problem(kind, "error", "servicemap.toml", column=f"{table}.source")
                )
            continue
        if setting.source.casefold().endswith(rasters.SUFFIXES) and table == "grid":
            continue  # no cells of a sheet
        path = study.path(setting.source)
        _say_long(path, setting.source, say)
        try:
            columns = _columns(path, table, setting)
        except InputError as error:
            fatal += error.problems or (
                Problem(
                    "file_unreadable", "error", setting.source, values={"why": str(error)}
                ),
            )
            continue
        problems += [*columns.sheet.problems, *columns.problems]
        lacking = _lacking(columns, table)
        fatal += lacking
        done[table] = columns
        if len(columns.cells) >= LONG_ROWS:
            say("rows_read", name=setting.source, rows=f"{len(columns.cells):,}")
    problems += _changes_not_named(study, done["villages"])
    days = None
    try:
        items, more = item_sheets.read(study)
        done |= items
        problems += more
    except InputError as error:
        fatal += error.problems
    try:
        days = holidays.calendar(study)
    except InputError as error:
        fatal += error.problems
    problems = _without_read(problems, done.values())
    if fatal or days is None:
        raise InputError([*fatal, *problems])
    return done, days, problems


def _without_read(
    problems: list[Problem], files: Iterable[Columns | None]
) -> list[Problem]:
    """Findings less those on tables beside one another that other sections read."""
    read: set[tuple[str, str | None, str | None]] = set()
    for one in files:
        if one is not None:
            sheet = one.sheet
            spans = sheet.spans or ((sheet.sheet or "", None),)
            read |= {(sheet.source, name or None, span) for name, span in spans}
    return [
        one
        for one in problems
        if one.kind != "table_not_read"
        or not {(one.source, one.sheet, span) for span in (one.values["span"], None)} & read
    ]


def _say_long(path: Path, source: str, say: Say) -> None:
    size = path.stat().st_size if path.is_file() else 0
    if size >= LONG_BYTES:
        say("reading_file", name=source, size=f"{size / 1e6:.1f}")


def _changes_not_named(study: Study, villages: Columns | None) -> list[Problem]:
    """A sheet of changed villages beside the villages, that nobody asked for."""
    if study.changes.source is not None or villages is None:
        return []
    source = villages.sheet.source
    return [
        Problem("changes_not_named", "note", source, one, values={"source": source})
        for one in villages.sheet.others
        if _CHANGES.search(one)
    ]


def _columns(path: Path, table: str, setting: Source | Any) -> Columns:
    by_hand = dict(setting.columns)
    if table == "villages":
        # Figures may stand beside the villages: their columns are mapped there too.
        mine = set(headers("villages"))
        by_hand = {
            name: header
            for name, header in by_hand.items()
            if name in mine or name not in headers("people")
        }
    sheet = sheets.read(
        path,
        table,
        source=setting.source,
        sheet=setting.sheet,
        by_hand=setting.columns,
    )
    return match(sheet, table, by_hand, groups=table == "people", years=table == "people")


def _lacking(columns: Columns, table: str) -> Iterable[Problem]:
    """Columns without which a file is of no use."""
    needed = {
        "villages": ("village_id", "name"),
        "facilities": ("facility_id", "name"),
        "townships": ("township_id", "name"),
        "people": ("township_id", "township", "village", "village_id"),
        "hamlets": ("village_id", "village"),
        "grid": ("people",),
        "changes": ("old_id", "old_name"),
        "homesteads": ("lon", "lonlat", "link"),
    }[table]
    if table == "homesteads" and columns.geometry is not None:
        return []
    if table == "changes" and not any(one in columns for one in ("new_id", "new_name")):
        return [needs(columns, "new_name", table)]
    if any(name in columns for name in needed):
        if table == "people" and not population.count_columns(columns):
            return [needs(columns, "people", "people")]
        return []
    return [needs(columns, needed[-1], table)]
