"""The first parts of the report: the whole, the townships, the gaps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from servicemap import table_columns
from servicemap.outputs.report import charts
from servicemap.outputs.report.blocks import Block, Paragraph, Picture, Table
from servicemap.outputs.report.telling import (
    Story,
    count,
    counted,
    decimal,
    headers,
    own_gaps,
    reasons,
    spread,
    text,
)
from servicemap.outputs.terms import question_text, term
from servicemap.shares import percent_text
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LARGE_UNITS = {"m2": 1_000_000, "m": 1_000}  # a page has room for km2 and km
MOST_GAPS = 20  # rows of a table that is read; the workbook has all


def whole(told: Story) -> Iterator[Block]:
    """The answer to the first question, then to all of them."""
    yield told.numbers.heading(told.say("whole"), 1)
    yield told.numbers.heading(told.say("answer"), 2)
    yield Paragraph(told.headline["sentence"])
    yield picture_of_map(told, 1.0)
    yield Paragraph(_facts(told))
    yield told.numbers.heading(told.say("questions"), 2)
    yield Paragraph(told.say("questions_intro", count=len(told.figures["coverage"])))
    yield _questions_table(told)
    yield Paragraph(told.say("undetermined_note"), "note")
    yield from _meanings_table(told)


def _facts(told: Story) -> str:
    facilities, headline = told.figures["facilities"], told.headline
    tiers = told.joined(
        [
            told.say(
                "tier_count", tier=term("tier", tier, told.language), count=its["open"]
            )
            for tier, its in facilities["by_tier"].items()
            if its["open"]
        ]
    )
    people = headline["people"]["total"]
    key = "facts" if people is not None else "facts_nobody"
    return told.say(
        key,
        people="" if people is None else f"{people:,}",
        townships=len(told.result.townships),
        villages=f"{headline['villages']['total']:,}",
        points=f"{facilities['open']:,}",
        tiers=tiers,
    )


def picture_of_map(told: Story, share: float) -> Picture:
    """The map of the headline with its number, so much of its width."""
    asked = question_text(told.result.study.questions[0], told.language)
    caption = told.say("map_caption", number=told.numbers.picture(), question=asked)
    return replace(
        told.map,
        caption=caption,
        width_share=share * told.map.width_share,
        least_share=share * told.map.least_share,
    )


def _questions_table(told: Story) -> Table:
    rows = [
        (
            question_text(question, told.language),
            percent_text(entry["people"]["percent"]),
            count(entry["people"]["covered"]),
            percent_text(entry["villages"]["percent"]),
            count(entry["villages"]["covered"]),
            count(entry["villages"]["undetermined"]),
        )
        for question, entry in zip(
            told.result.study.questions, told.figures["coverage"], strict=True
        )
    ]
    return Table(
        told.say("questions_table", number=told.numbers.table()),
        told.counting("unit_shares"),
        headers(
            told,
            "question people_percent people_covered villages_percent villages_covered "
            "villages_undetermined",
        ),
        tuple(rows),
        (0.36, 0.12, 0.15, 0.12, 0.12, 0.13),
        (1, 2, 3, 4, 5),
    )


def _meanings_table(told: Story) -> Iterator[Block]:
    """What the headline is a share of, and what it would be of other things."""
    rows = [one for one in told.headline["meanings"] if one["level"] == "city"]
    if not rows:
        return
    yield Paragraph(told.say("meanings_intro"))
    cells = []
    for row in rows:
        share = LARGE_UNITS.get(row["unit"], 1)
        kind = "people_of" if row["meaning"] == "people" else "meaning"
        what = term("meaning", row["meaning"], told.language)
        group = term("group", row["group"], told.language)
        said = told.say(kind, what=what, group=group) if kind == "people_of" else what
        amounts = [row[name] for name in ("total", "covered", "undetermined")]
        counts = [
            count(None if one is None else (one + share // 2) // share) for one in amounts
        ]
        unit = row["unit"] if share == 1 else f"k{row['unit']}"
        if row["total"] is None:
            continue  # people, where nobody was counted
        cells.append(
            (
                said,
                term("count_unit", unit, told.language),
                *counts,
                percent_text(row["percent"]),
                percent_text(row["percent_low"]),
                percent_text(row["percent_high"]),
            )
        )
    yield Table(
        told.say("meanings_table", number=told.numbers.table()),
        say("outputs.unit.meanings", told.language),
        headers(
            told,
            "meaning count_unit of_total of_covered of_undetermined of_percent "
            "percent_low percent_high",
        ),
        tuple(cells),
        (0.3, 0.1, 0.11, 0.12, 0.1, 0.09, 0.09, 0.09),
        (2, 3, 4, 5, 6, 7),
    )


def townships(told: Story) -> Iterator[Block]:
    """Who is ahead and who behind: sentence, chart, table in code order."""
    rows = [one for one in told.headline["by_township"] if one["township_id"] is not None]
    if not rows:
        return
    what = counted(told)
    yield told.numbers.heading(told.say("townships"), 1)
    if said := spread(told):
        yield Paragraph(said)
    bars = [(row["name"], row[what]["percent"]) for row in rows]
    whole = told.headline[what]["percent"]
    caption = told.say(f"chart_{what}", number=told.numbers.picture())
    yield charts.share_bars(caption, bars, whole)
    yield _townships_table(told)


def _townships_table(told: Story) -> Table:
    rows = told.headline["by_township"]
    cells = [
        (
            row["name"] or say("outputs.column.without_township", told.language),
            *_shares(row),
            "" if row["rank"] is None else str(row["rank"]),
        )
        for row in rows
    ]
    total = say("outputs.column.total", told.language)
    cells.append((total, *_shares(told.headline), ""))
    return Table(
        told.say("townships_table", number=told.numbers.table()),
        told.counting("unit_shares"),
        headers(
            told,
            "township villages villages_covered villages_percent people people_covered "
            "people_percent rank",
        ),
        tuple(cells),
        (0.2, 0.1, 0.11, 0.11, 0.13, 0.14, 0.12, 0.09),
        (1, 2, 3, 4, 5, 6, 7),
        has_total=True,
    )


def _shares(row: Mapping[str, Any]) -> tuple[str, ...]:
    cells = []
    for what in ("villages", "people"):
        shares = row[what]
        cells += [
            count(shares["total"]),
            count(shares["covered"]),
            percent_text(shares["percent"]),
        ]
    return tuple(cells)


def gaps(told: Story) -> Iterator[Block]:
    """Who is left out and why: sentence, chart, the largest ones."""
    yield told.numbers.heading(told.say("gaps"), 1)
    yield Paragraph(reasons(told))
    figures = told.figures["gaps"][0]
    rows = [
        (
            term("reason", reason, told.language),
            its["count"],
            told.counting(
                "villages_people", count=its["count"], people=count(its["people"])
            ),
        )
        for reason, its in figures["by_reason"].items()
    ]
    if not rows:
        return
    caption = told.say("chart_reasons", number=told.numbers.picture())
    yield charts.count_bars(caption, rows)
    yield from _gaps_table(told)


def _gaps_table(told: Story) -> Iterator[Block]:
    rows: Any = own_gaps(told)
    rows = rows[~rows["reason"].isin(table_columns.UNDETERMINED_REASONS)]
    if not len(rows):
        return
    cells = [
        (
            text(row.village),
            text(row.township),
            count(row.n_people),
            term("reason", row.reason, told.language),
            decimal(row.minutes_beyond),
            term("remedy", row.remedy, told.language),
        )
        for row in rows.head(MOST_GAPS).itertuples()
    ]
    yield Table(
        told.counting("gaps_table", number=told.numbers.table()),
        told.counting("unit_gaps"),
        headers(told, "village township people reason minutes_beyond remedy"),
        tuple(cells),
        (0.16, 0.16, 0.11, 0.19, 0.1, 0.28),
        (2, 4),
    )
    if len(rows) > MOST_GAPS:
        note = told.counting("gaps_cut", shown=MOST_GAPS, count=len(rows))
        yield Paragraph(note, "note")
