"""The findings of a check or a run on the screen: the worst first, like with like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicemap.cli.screen import language, talk, words
from servicemap.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

_ALIKE = ["severity", "kind", "source", "sheet", "column"]
_RANK = {"error": 0, "warning": 1, "note": 2}
_RANGES = 10  # of rows, in one line


def show(problems: pd.DataFrame, each: int, most: int) -> None:
    """Findings on stderr, errors first, those of a kind in one column together.

    Parameters
    ----------
    problems
        The table ``problems``.
    each
        So many of a kind are written out; a line says which rows have the others.
    most
        So many lines in all; the findings beyond are counted.
    """
    shown, left = 0, len(problems)
    for line, stands_for in _lines(problems, each):
        if shown == most:
            break
        talk(line)
        shown, left = shown + 1, left - stands_for
    if left:
        talk(words("cli.more_problems", count=left))


def _lines(problems: pd.DataFrame, each: int) -> Iterator[tuple[str, int]]:
    """Each line with the number of findings that it tells of."""
    ordered = problems.assign(rank=problems["severity"].map(_RANK)).sort_values(
        "rank", kind="stable"
    )
    for _, alike in ordered.groupby(_ALIKE, sort=False, dropna=False):
        # A line for a single finding more would be no shorter than the finding.
        written = each if len(alike) > each + 1 else len(alike)
        for row in alike.head(written).itertuples(index=False):
            yield f"{words(f'cli.severity.{row.severity}')}  {problem_line(row)}", 1
        rest = alike.iloc[written:]
        if len(rest):
            yield _like_the_last(rest), len(rest)


def _like_the_last(rest: pd.DataFrame) -> str:
    rows = sorted({int(row) for row in rest["row"].dropna()})
    if not rows:
        return words("cli.more_alike", count=len(rest))
    return words("cli.more_alike_rows", count=len(rest), rows=row_ranges(rows))


def row_ranges(rows: list[int]) -> str:
    """Row numbers in order as ranges: 2, 5–7, 9."""
    ranges: list[list[int]] = []
    for row in rows:
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    told = [
        f"{first}" if first == last else f"{first}–{last}"
        for first, last in ranges[:_RANGES]
    ]
    if len(ranges) > _RANGES:
        told.append("…")
    return words("cli.comma").join(told)


def problem_line(row: Any) -> str:
    """One row of the table ``problems`` as a line."""
    import pandas as pd

    def text(value: Any) -> str | None:
        return None if pd.isna(value) else str(value)

    place = Problem(
        kind=row.kind,
        severity=row.severity,
        source=row.source,
        sheet=text(row.sheet),
        row=None if pd.isna(row.row) else int(row.row),
        column=text(row.column),
        value=text(row.value),
    ).where(language())
    return words("where.line", where=place, message=row.message, remedy=row.remedy).strip()
