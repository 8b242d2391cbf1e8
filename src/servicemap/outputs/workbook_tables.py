"""The worksheets of ``workbook.xlsx``, one function each, in their order.

Every figure is taken from ``summary.json`` or from the tables of the result;
nothing is computed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicemap.hours import as_shown
from servicemap.outputs.service_words import services_said, services_text
from servicemap.outputs.sheets import Field, Sheet
from servicemap.outputs.tables_csv import village_answers
from servicemap.outputs.terms import modes_text, question_text
from servicemap.outputs.workbook_annex import annex_sheets
from servicemap.outputs.workbook_words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from servicemap.result import Result


def sheets(
    result: Result, figures: Mapping[str, Any], answers: pd.DataFrame | None = None
) -> list[Sheet]:
    """All tables of the workbook, numbered from 1; ``answers`` by who has them already."""
    answers = village_answers(result) if answers is None else answers
    main = [
        _townships(result, figures, 1),
        _villages(result, answers, 2),
        _points(result, 3),
        _gaps(result, answers, 4),
        _questions(result, figures, 5),
        _matrix(result, figures, 6),
    ]
    annex = annex_sheets(result, len(main) + 1)
    return [*main, *annex, _problems(result, len(main) + len(annex) + 1)]


def _shares(
    words: Words, rows: list[Mapping[str, Any]], total: Mapping[str, Any] | None
) -> list[Field]:
    """Villages and people by status with their shares; ``total`` fills the last line."""

    def column(what: str, name: str, heading: str, *, share: bool = False) -> Field:
        return Field(
            words.heading(heading),
            [row[what][name] for row in rows],
            "decimal" if share else "count",
            None if total is None else total[what][name],
            bar=share and name == "percent",
        )

    fields = []
    for what in ("villages", "people"):
        fields += [
            column(what, "total", what),
            column(what, "covered", f"{what}_covered"),
            column(what, "uncovered", f"{what}_uncovered"),
            column(what, "undetermined", f"{what}_undetermined"),
            column(what, "percent", f"{what}_percent", share=True),
        ]
    counted = any(row["people"]["total"] is not None for row in rows)
    unit = "people" if counted else "villages"
    fields += [
        column(unit, name, name, share=True) for name in ("percent_low", "percent_high")
    ]
    return fields


def _township_names(words: Words, rows: list[Mapping[str, Any]]) -> list[str]:
    outside = words.heading("without_township")
    return [outside if row["township_id"] is None else row["name"] for row in rows]


def _townships(result: Result, figures: Mapping[str, Any], number: int) -> Sheet:
    words = Words(result, "townships", number)
    headline = figures["coverage"][0]
    rows = headline["by_township"]
    is_open = result.facilities["status"] == "open"
    homes = result.facilities.loc[is_open, "township_id"]
    counts = homes.value_counts()
    points = [
        int(
            homes.isna().sum()
            if row["township_id"] is None
            else counts.get(row["township_id"], 0)
        )
        for row in rows
    ]
    return words.sheet(
        [
            Field(words.heading("township_id"), [row["township_id"] for row in rows]),
            Field(
                words.heading("township"),
                _township_names(words, rows),
                total=words.heading("total"),
            ),
            *_shares(words, rows, headline),
            Field(words.heading("rank"), [row["rank"] for row in rows], "count"),
            Field(words.heading("points"), points, "count", int(is_open.sum())),
        ],
        total=True,
    )


def _villages(result: Result, answers: pd.DataFrame, number: int) -> Sheet:
    words = Words(result, "villages", number)
    questions = result.study.questions
    by_question = {
        question.id: answers[answers["question_id"] == question.id]
        for question in questions
    }
    own = by_question[questions[0].id]
    fields = [
        Field(words.heading("village_id"), list(own["village_id"])),
        Field(words.heading("village"), list(own["village"])),
        Field(words.heading("township"), list(own["township"])),
        Field(words.heading("kind"), words.terms("kind", own["kind"])),
        Field(words.heading("people"), list(own["n_people"]), "count"),
        Field(words.heading("people_covered"), list(own["n_covered"]), "count"),
        Field(words.heading("people_undetermined"), list(own["n_undetermined"]), "count"),
        Field(words.heading("status"), list(own["status_text"]), colours=words.colours()),
        Field(words.heading("minutes"), list(own["travel_time_min"]), "decimal"),
        Field(words.heading("distance"), list(own["distance_m"].round()), "count"),
        Field(words.heading("nearest"), list(own["nearest_facility"])),
        Field(words.heading("n_within"), list(own["n_within"]), "count"),
        Field(words.heading("reason"), list(own["reason_text"])),
        Field(words.heading("located_by"), words.terms("located_by", own["located_by"])),
    ]
    for question in questions[1:]:
        its = by_question[question.id]
        said = question_text(question, words.language)
        fields += [
            Field(
                words.heading("status_of", question=said),
                list(its["status_text"]),
                colours=words.colours(),
            ),
            Field(
                words.heading("minutes_of", question=said),
                list(its["travel_time_min"]),
                "decimal",
            ),
        ]
    return words.sheet(fields)


def _points(result: Result, number: int) -> Sheet:
    words = Words(result, "points", number)
    points = result.facilities.sort_values("facility_id")
    townships = dict(
        zip(result.townships["township_id"], result.townships["name"], strict=True)
    )
    hours = [
        as_shown(osm, written, words.language)
        for osm, written in zip(points["hours"], points["hours_written"], strict=True)
    ]
    said = services_said(result)
    done = [
        services_text(said.get(one, ()), words.language) for one in points["facility_id"]
    ]
    plain = {
        name: Field(words.heading(name), list(points[name]))
        for name in ("partner", "phone", "address")
    }
    return words.sheet(
        [
            Field(words.heading("facility_id"), list(points["facility_id"])),
            Field(words.heading("facility"), list(points["name"])),
            Field(words.heading("township"), list(points["township_id"].map(townships))),
            Field(words.heading("tier"), words.terms("tier", points["tier"])),
            Field(words.heading("form"), words.terms("form", points["form"])),
            plain["partner"],
            Field(words.heading("one_stop"), words.terms("yes", points["one_stop"])),
            Field(
                words.heading("point_status"),
                words.terms("point_status", points["status"]),
            ),
            Field(words.heading("hours"), hours),
            Field(words.heading("services"), done),
            Field(words.heading("windows"), list(points["windows"]), "count"),
            plain["phone"],
            plain["address"],
            Field(words.heading("lon"), list(points["lon"]), "degrees"),
            Field(words.heading("lat"), list(points["lat"]), "degrees"),
            Field(
                words.heading("located_by"),
                words.terms("located_by", points["located_by"]),
            ),
        ]
    )


def _gaps(result: Result, answers: pd.DataFrame, number: int) -> Sheet:
    words = Words(result, "gaps", number)
    shown = ["question_id", "village_id", "village", "township", "status_text"]
    gaps = result.gaps.merge(answers[shown], on=["question_id", "village_id"], how="left")
    said = {
        question.id: question_text(question, words.language)
        for question in result.study.questions
    }
    names = dict(
        zip(result.facilities["facility_id"], result.facilities["name"], strict=True)
    )
    nearest = gaps["nearest_facility_id"].map(names)
    return words.sheet(
        [
            Field(words.heading("question"), list(gaps["question_id"].map(said))),
            Field(words.heading("village_id"), list(gaps["village_id"])),
            Field(words.heading("village"), list(gaps["village"])),
            Field(words.heading("township"), list(gaps["township"])),
            Field(
                words.heading("status"), list(gaps["status_text"]), colours=words.colours()
            ),
            Field(words.heading("people"), list(gaps["n_people"]), "count"),
            Field(words.heading("reason"), words.terms("reason", gaps["reason"])),
            Field(words.heading("minutes_beyond"), list(gaps["minutes_beyond"]), "decimal"),
            Field(words.heading("nearest"), list(nearest)),
            Field(words.heading("cluster"), list(gaps["cluster_id"]), "count"),
            Field(words.heading("remedy"), words.terms("remedy", gaps["remedy"])),
        ],
        frozen=3,
    )


def _questions(result: Result, figures: Mapping[str, Any], number: int) -> Sheet:
    words = Words(result, "questions", number)
    rows = figures["coverage"]
    questions = result.study.questions
    return words.sheet(
        [
            Field(
                words.heading("question"),
                [question_text(question, words.language) for question in questions],
            ),
            Field(
                words.heading("mode"),
                [modes_text(row["mode"], words.language) for row in rows],
            ),
            Field(words.heading("cutoff"), [row["minutes"] for row in rows], "decimal"),
            Field(
                words.heading("group"), words.terms("group", [row["group"] for row in rows])
            ),
            *_shares(words, rows, None),
            Field(
                words.heading("share_of_week"),
                [row["share_of_week_percent"] for row in rows],
                "decimal",
            ),
        ],
        frozen=1,
    )


def _matrix(result: Result, figures: Mapping[str, Any], number: int) -> Sheet:
    words = Words(result, "matrix", number)
    coverage = figures["coverage"]
    counted = coverage[0]["people"]["total"] is not None
    what = "people" if counted else "villages"
    rows = coverage[0]["by_township"]
    fields = [
        Field(words.heading("township_id"), [row["township_id"] for row in rows]),
        Field(
            words.heading("township"),
            _township_names(words, rows),
            total=words.heading("total"),
        ),
    ]
    for question, entry in zip(result.study.questions, coverage, strict=True):
        fields.append(
            Field(
                question_text(question, words.language),
                [row[what]["percent"] for row in entry["by_township"]],
                "decimal",
                entry[what]["percent"],
                bar=True,
            )
        )
    return words.sheet(fields, None if counted else "matrix_villages", total=True)


def _problems(result: Result, number: int) -> Sheet:
    words = Words(result, "problems", number)
    found = result.problems
    return words.sheet(
        [
            Field(words.heading("severity"), words.terms("severity", found["severity"])),
            Field(words.heading("source"), list(found["source"])),
            Field(words.heading("sheet"), list(found["sheet"])),
            Field(words.heading("row"), list(found["row"]), "count"),
            Field(words.heading("column"), list(found["column"])),
            Field(words.heading("value"), list(found["value"])),
            Field(words.heading("found"), list(found["message"])),
            Field(words.heading("todo"), list(found["remedy"])),
        ]
    )
