"""Which heading of a sheet is which column: by hand, or by synonyms, never by guess."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from servicemap.errors import Problem, Severity
from servicemap.intake import datum_words
from servicemap.intake.synonyms import (
    SHORTENED,
    header_index,
    header_ranks,
    headers,
    meaning,
    plain,
    without_brackets,
    without_year,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.intake.sheets import Sheet

_NEAR = 0.75  # likeness from which a header is proposed
_MANY = 300  # characters of a list of headers


def finding(
    sheet: Sheet, kind: str, severity: Severity, header: str, **values: Any
) -> Problem:
    """A finding on one heading."""
    return Problem(kind, severity, sheet.source, sheet.sheet, None, header, None, values)


def mapped_by_hand(
    sheet: Sheet,
    table: str,
    by_hand: Mapping[str, str],
    names: list[str],
    *,
    groups: bool,
) -> tuple[dict[str, str], list[Problem]]:
    """Columns that the study maps."""
    taken: dict[str, str] = {}
    problems = []
    for column, wanted in by_hand.items():
        fits = [name for name in names if plain(name) == plain(wanted)]
        if column not in headers(table) and not groups:
            known = ", ".join(headers(table))
            problems.append(finding(sheet, "column_unknown", "error", column, known=known))
        elif fits:
            taken[column] = fits[0]
        else:
            known = ", ".join(names)[:_MANY]
            problems.append(finding(sheet, "column_absent", "error", wanted, known=known))
    return taken, problems


def add_by_synonym(
    sheet: Sheet,
    table: str,
    by_hand: Mapping[str, str],
    names: list[str],
    taken: dict[str, str],
    *,
    years: bool = False,
) -> list[Problem]:
    """Add the columns that synonyms tell.

    Whole headers come before shortened ones, names early in a list before later ones,
    among equals the latest year, then the first of the file. Several years of one
    column are columns of their own, ``resident@2023``, where ``years`` are asked for.
    """
    index, ranks = header_index(table), header_ranks(table)
    problems = []
    told: set[str] = set()
    for shorten in SHORTENED:
        short = {name: shorten(name) for name in names if shorten(name) in index}
        for name in sorted(short, key=lambda one: (ranks[short[one]], -_year(one))):
            column = index[short[name]]
            if column in by_hand or name in taken.values() or name in told:
                continue
            if column not in taken:
                taken[column] = name
                continue
            of_year = f"{column}@{_year(name)}"
            other = _year(name) not in (0, _year(taken[column]))
            if years and other and of_year not in taken:
                taken[of_year] = name
                continue
            told.add(name)
            twice = {"taken": taken[column]}
            problems.append(finding(sheet, "column_twice", "note", name, **twice))
    _keep_pairs(names, index, by_hand, taken)
    return problems


def parts_alone(names: list[str], table: str, taken: Mapping[str, str]) -> dict[str, str]:
    """Headings that count some of the people, without one of all: 常住人口（男）."""
    index = header_index(table)
    found = {}
    for name in names:
        column = index.get(without_brackets(name))
        if column is not None and column not in taken and meaning(name, index) is None:
            found[name] = column
    return found


def _year(name: str) -> int:
    return without_year(name)[1] or 0


def _keep_pairs(
    names: list[str],
    index: Mapping[str, str],
    by_hand: Mapping[str, str],
    taken: dict[str, str],
) -> None:
    """Never take the longitude of one datum and the latitude of another."""
    if "lon" not in taken or "lat" not in taken or {"lon", "lat"} & by_hand.keys():
        return
    lon, lat = (
        [taken[axis], *(name for name in names if meaning(name, index) == axis)]
        for axis in ("lon", "lat")
    )
    pair = datum_words.of_one_datum(lon, lat)
    if pair is not None:
        taken["lon"], taken["lat"] = pair


def near(column: str, names: list[str], table: str) -> list[str]:
    """Headings that resemble one of a column: proposed, never taken."""
    words = headers(table)[column]
    known = [plain(one) for one in (*words["en"], *words["zh"]) if len(plain(one)) > 2]  # noqa: PLR2004 - short names are near everything
    return [
        name
        for name in names
        if difflib.get_close_matches(plain(name), known, n=1, cutoff=_NEAR)
    ][:1]
