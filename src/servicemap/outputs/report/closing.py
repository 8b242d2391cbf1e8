"""The last parts of the report: points, advice, method, appendix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.outputs.report import charts
from servicemap.outputs.report.blocks import (
    Block,
    Heading,
    Numbers,
    PageBreak,
    Paragraph,
    Table,
)
from servicemap.outputs.report.telling import (
    NAMED,
    Story,
    count,
    headers,
    own_gaps,
    remedies,
    text,
)
from servicemap.outputs.summary import agreement
from servicemap.outputs.terms import question_text, term
from servicemap.outputs.workbook_cover import meaning_lines, method_lines
from servicemap.outputs.workbook_hours import first_with_hours, week_values
from servicemap.shares import percent_of, percent_text
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_STEPS = 10


def points(told: Story) -> Iterator[Block]:
    """Service points by tier."""
    facilities = told.figures["facilities"]
    yield told.numbers.heading(told.say("points"), 1)
    yield Paragraph(
        told.say(
            "points_sentence",
            count=facilities["count"],
            open=facilities["open"],
            planned=facilities["planned"],
            closed=facilities["closed"],
            one_stop=facilities["one_stop"],
        )
    )
    names = "count open planned closed one_stop".split()
    cells = [
        (term("tier", tier, told.language), *(count(its[name]) for name in names))
        for tier, its in facilities["by_tier"].items()
    ]
    total = say("outputs.column.total", told.language)
    cells.append((total, *(count(facilities[name]) for name in names)))
    titles = [say("outputs.column.tier", told.language), told.say("count")]
    titles += [
        term("point_status", one, told.language) for one in ("open", "planned", "closed")
    ]
    titles.append(say("outputs.column.one_stop", told.language))
    yield Table(
        told.say("points_table", number=told.numbers.table()),
        told.say("points_unit"),
        tuple(titles),
        tuple(cells),
        (0.35, 0.13, 0.13, 0.13, 0.13, 0.13),
        (1, 2, 3, 4, 5),
        has_total=True,
    )


def week(told: Story) -> Iterator[Block]:
    """When people are within reach: the hours of the week; nothing where they are alike."""
    at = first_with_hours(told.result)
    if at is None:
        return
    rows = told.result.annex["hours_of_week"]
    question = told.result.study.questions[at]
    values = week_values(rows, question.id)
    known = [one for one in values if one is not None]
    days = say("outputs.annex.weekdays", told.language).split("|")
    counted = rows["n_people"].notna().any()
    end = "" if counted else "_nobody"

    def when(value: float) -> str:
        """The first hour of the week that has a value."""
        day, hour = divmod(values.index(value), charts.HOURS)
        return told.say("day_hour", day=days[day], hour=f"{hour:02d}:00")

    most, least = max(known), min(known)
    show = percent_text if counted else count
    yield told.numbers.heading(told.say("week"), 2)
    yield Paragraph(
        told.say(
            f"week_sentence{end}",
            question=question_text(question, told.language),
            most=show(most),
            most_at=when(most),
            least=show(least),
            least_at=when(least),
        )
    )
    caption = told.say(f"chart_week{end}", number=told.numbers.picture())
    darkest = 100.0 if counted else most
    yield charts.week_heat(caption, days, values, darkest)


def advice(told: Story) -> Iterator[Block]:
    """What would help, and whom."""
    said = remedies(told)
    if not said:
        return
    yield told.numbers.heading(told.say("advice"), 1)
    yield Paragraph(said)
    rows = own_gaps(told)
    ordered = sorted(rows.groupby("remedy"), key=lambda pair: (-len(pair[1]), pair[0]))
    for remedy, its in ordered:
        names = [text(one) for one in its["village"].head(NAMED * 2)]
        people = its["n_people"].sum(min_count=1)
        title = term("remedy", remedy, told.language)
        yield told.numbers.heading(title[:1].upper() + title[1:], 2)
        yield Paragraph(
            told.counting(
                "advice_item",
                count=len(its),
                people=count(people),
                names=told.joined(names),
                more=told.say("and_others") if len(its) > len(names) else "",
            )
        )
    yield from _steps(told)


def _steps(told: Story) -> Iterator[Block]:
    """The first changes over what exists, one after another, with whom they gain."""
    rows = told.result.annex.get("remedies")
    if rows is None:
        return
    first = told.result.study.questions[0].id
    steps = rows[(rows["question_id"] == first) & rows["step"].notna()]
    if not len(steps):
        return
    tables = {"facility_id": told.result.facilities, "village_id": told.result.villages}
    names = {
        key: dict(zip(frame[key], frame["name"], strict=True))
        for key, frame in tables.items()
    }
    cells = [
        (
            count(row["step"]),
            term("change", row["kind"], told.language),
            text(
                names["facility_id"].get(row["facility_id"])
                or names["village_id"].get(row["village_id"])
            ),
            count(row["n_people_so_far"]),
            count(row["n_villages_so_far"]),
        )
        for row in steps.sort_values("step").head(MOST_STEPS).to_dict("records")
    ]
    yield Paragraph(told.counting("steps_intro"))
    yield Table(
        told.say("steps_table", number=told.numbers.table()),
        told.counting("unit_steps"),
        headers(told, "step change target people_so_far villages_so_far"),
        tuple(cells),
        (0.1, 0.3, 0.28, 0.16, 0.16),
        (0, 3, 4),
    )


def method(told: Story) -> Iterator[Block]:
    """How it was computed, how good it is, what it was computed from."""
    yield told.numbers.heading(told.say("method"), 1)
    yield told.numbers.heading(told.say("how"), 2)
    for line in (*method_lines(told.result), *meaning_lines(told.result)):
        yield Paragraph(line)
    yield told.numbers.heading(told.say("limits"), 2)
    yield Paragraph(_agreement(told))
    findings = told.figures["problems"]["by_severity"]
    yield Paragraph(told.say("findings", **findings))
    yield told.numbers.heading(told.say("sources"), 2)
    cells = [
        (
            str(one["name"]),
            text(one.get("sheet")),
            count(one.get("rows")),
            str(one["date"])[:10] if one.get("date") else "",
            str(one["sha256"])[:12],
        )
        for one in told.figures["inputs"]
    ]
    yield Table(
        told.say("sources_table", number=told.numbers.table()),
        told.say("sources_unit"),
        tuple(
            told.say(f"source_{name}")
            for name in ("file", "sheet", "rows", "date", "sha256")
        ),
        tuple(cells),
        (0.3, 0.22, 0.12, 0.16, 0.2),
        (2,),
    )


def made_by(told: Story) -> Iterator[Block]:
    """The last line."""
    yield Paragraph(say("outputs.made_by", told.language), "note")


def _agreement(told: Story) -> str:
    """How far areas and router agree at worst."""
    found = agreement(told.figures["isochrones"])
    if found is None:
        return told.say("no_agreement")
    return told.say("agreement", worst=percent_text(percent_of(found[0])))


def appendix(told: Story) -> Iterator[Block]:
    """A paragraph a township."""
    rows = [one for one in told.headline["by_township"] if one["township_id"] is not None]
    if not rows:
        return
    yield PageBreak()
    yield Heading(told.say("appendix"), 1)
    gaps: Any = own_gaps(told)
    numbers = Numbers(told.numbers.is_chinese, letter="A")
    numbers.heading("", 1)
    for row in rows:
        yield numbers.heading(row["name"], 2)
        yield Paragraph(_township_sentence(told, row))
        its = gaps[gaps["township_id"] == row["township_id"]]
        if not len(its):
            continue
        named = [
            told.say(
                "gap_named" if not pd.isna(one.n_people) else "gap_named_nobody",
                village=text(one.village),
                people=count(one.n_people),
                reason=term("reason", one.reason, told.language),
            )
            for one in its.itertuples()
        ]
        yield Paragraph(told.say("township_gaps", count=len(its), gaps=told.joined(named)))


def _township_sentence(told: Story, row: Mapping[str, Any]) -> str:
    villages, people = row["villages"], row["people"]
    key = "township_people" if people["total"] is not None else "township_villages"
    return told.say(
        key,
        villages=count(villages["total"]),
        villages_covered=count(villages["covered"]),
        villages_percent=percent_text(villages["percent"]),
        people=count(people["total"]),
        people_covered=count(people["covered"]),
        people_percent=percent_text(people["percent"]),
        undetermined=count(villages["undetermined"]),
        rank="-" if row["rank"] is None else row["rank"],
    )
