"""``servicemap gaps``: whom a finished run leaves out, and what would help."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from servicemap.cli import screen
from servicemap.cli.finished import Out, QuestionId, RunArgument, finished, put, questions
from servicemap.cli.options import Json, Language, Overwrite

RANKS = ("people", "depth")


def gaps(
    run: RunArgument,
    question: QuestionId = None,
    reason: Annotated[
        str | None, typer.Option(help="Only this reason: too_far, closed, not_offered, ...")
    ] = None,
    cluster: Annotated[
        int | None, typer.Option(help="Only this group of neighbouring gaps.")
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            help="Rank by people left out, or by depth: minutes beyond the cutoff."
        ),
    ] = "people",
    remedies: Annotated[
        bool,
        typer.Option(
            "--remedies", help="What would help over what exists, instead of the villages."
        ),
    ] = False,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
    language: Language = None,
) -> None:
    """Villages that a finished run leaves out: reason, people, minutes beyond, remedy.

    Ranked by people, then by minutes beyond, then by id; undetermined ones last. With
    `--by depth` by minutes beyond (no known way first), then by people, then by id.
    `--remedies` ranks changes by the people whom each gains by itself; `step` and the
    sums after it take one after another, each time the one that gains most (greedy).

    **Example:** `servicemap gaps maps/demo-county --question headline --out gaps.csv`
    """
    folder, figures = finished(run, language)
    from servicemap.errors import InputError
    from servicemap.outputs.finished_run import rows_of
    from servicemap.table_columns import REASONS

    if reason is not None and reason not in REASONS:
        expected = " | ".join(REASONS)
        raise InputError("value", name="--reason", value=reason, expected=expected)
    if by not in RANKS:
        raise InputError("value", name="--by", value=by, expected=" | ".join(RANKS))
    asked = questions(figures, question)
    if remedies:
        if reason is not None or cluster is not None:
            raise InputError("remedies_alone")
        put(_remedies(folder, asked), out, overwrite=overwrite, as_json=json)
        return
    rank = dict.fromkeys(asked, 0)
    rows = []
    own = [
        row
        for row in rows_of(folder, "gaps", screen.language())
        if row["question_id"] in rank
    ]
    for row in _ranked(own, asked, by):
        rank[row["question_id"]] += 1
        if reason in (None, row["reason"]) and cluster in (None, row["cluster_id"]):
            rows.append({"rank": rank[row["question_id"]], **row})
    put(rows, out, overwrite=overwrite, as_json=json)


def _ranked(rows: list[dict[str, Any]], asked: list[str], by: str) -> list[dict[str, Any]]:
    """Gaps as they are, by people; or by depth within each question."""
    if by == "people":
        return rows

    def depth(row: dict[str, Any]) -> tuple[Any, ...]:
        beyond, people = row["minutes_beyond"], row["n_people"]
        return (
            asked.index(row["question_id"]),
            row["status"] == "undetermined",
            -math.inf if beyond is None else -beyond,
            math.inf if people is None else -people,
            row["village_id"],
        )

    return sorted(rows, key=depth)


def _remedies(folder: Path, asked: list[str]) -> list[dict[str, Any]]:
    """Rows of ``remedies`` with the change in words and the name of its target."""
    from servicemap.outputs.finished_run import rows_of
    from servicemap.outputs.terms import term

    language = screen.language()
    facilities = rows_of(folder, "facilities", language)
    points = {one["facility_id"]: one["name"] for one in facilities}
    places = rows_of(folder, "villages", language)
    villages = {one["village_id"]: one["village"] for one in places}
    rows = []
    for row in rows_of(folder, "remedies", language):
        if row["question_id"] not in asked:
            continue
        name = points.get(row["facility_id"]) or villages.get(row["village_id"])
        said = {"change": term("change", row["kind"], language), "name": name}
        rows.append({**row, **said})
    return rows
