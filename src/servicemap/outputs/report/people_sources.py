"""Sources of population side by side, by township."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.outputs.report.blocks import Block, Paragraph, Table
from servicemap.outputs.report.telling import Story, count
from servicemap.outputs.terms import term
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 5  # sources that fit beside each other on a page
NAME_SHARE = 0.2


def people_sources(told: Story) -> Iterator[Block]:
    """A column a source, those published first; nothing where there is one source.

    More than `MOST` are several tables.
    """
    rows = told.result.annex.get("people_sources", pd.DataFrame())
    if not len(rows):
        return
    yield told.numbers.heading(told.say("people_sources"), 2)
    yield Paragraph(told.say("people_sources_intro"))
    key = ["published", "source", "kind", "year"]
    parts: list[tuple[Any, pd.DataFrame]] = [
        (one, part) for one, part in rows.groupby(key, sort=False, dropna=False)
    ]
    parts.sort(key=lambda one: (not one[0][0], *map(str, one[0][1:])))
    for first in range(0, len(parts), MOST):
        yield _table(told, parts[first : first + MOST])


def _table(told: Story, parts: list[tuple[Any, pd.DataFrame]]) -> Table:
    towns = told.result.townships
    sums = [
        dict(zip(part["township_id"], part["n_people"], strict=True)) for _, part in parts
    ]
    cells = [
        (str(name), *(count(own.get(one)) for own in sums))
        for one, name in zip(towns["township_id"], towns["name"], strict=True)
        if any(one in own for own in sums)
    ]
    total = [part["n_people"].sum() for _, part in parts]
    cells.append((say("outputs.column.total", told.language), *map(count, total)))
    each = (1 - NAME_SHARE) / len(parts)
    return Table(
        told.say("people_sources_table", number=told.numbers.table()),
        told.say("people_sources_unit"),
        (
            say("outputs.column.township", told.language),
            *(_heading(told, one) for one, _ in parts),
        ),
        tuple(cells),
        (NAME_SHARE, *[each] * len(parts)),
        tuple(range(1, len(parts) + 1)),
        has_total=True,
    )


def _heading(told: Story, one: tuple[Any, ...]) -> str:
    published, source, kind, year = one
    return told.say(
        "people_source_published" if published else "people_source",
        source=source,
        kind=term("people_kind", kind, told.language),
        year="" if pd.isna(year) else int(year),
    )
