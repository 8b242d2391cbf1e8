"""``servicemap coverage``: who is covered, of what and of whom, in a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from servicemap.cli import screen
from servicemap.cli.finished import Out, QuestionId, RunArgument, finished, put, questions
from servicemap.cli.options import Json, Language, Overwrite

LEVELS = ("city", "tier", "area_type", "township", "village")
SHARES = ("total", "covered", "uncovered", "undetermined")
PERCENTS = ("percent", "percent_low", "percent_high")


def coverage(
    run: RunArgument,
    level: Annotated[
        str, typer.Option(help="city, tier, area_type, township or village.")
    ] = "city",
    question: QuestionId = None,
    table: Annotated[
        str | None,
        typer.Option(help="A table of the annex instead: depth, points_held, ..."),
    ] = None,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
    language: Language = None,
) -> None:
    """Coverage of a finished run, of what and of whom, the headline question first.

    All meanings of coverage stand side by side, and every share says of what: villages
    that have a station; villages, people, buildings, built-up ground (m2) and roads (m)
    within reach; with counts and the range that undetermined ones leave open. For the
    city, for points of one tier alone, by kind of area, by township; for villages their
    status, time and reason. `--table` gives any table of `coverage.gpkg`.

    **Example:** `servicemap coverage maps/demo-county --level township --out townships.csv`
    """
    folder, figures = finished(run, language)
    from servicemap.errors import InputError
    from servicemap.outputs.finished_run import rows_of

    if level not in LEVELS:
        expected = " | ".join(LEVELS)
        raise InputError("value", name="--level", value=level, expected=expected)
    asked = questions(figures, question)
    if table is not None:
        rows = rows_of(folder, table, screen.language())
        rows = [one for one in rows if one.get("question_id", asked[0]) in asked]
    elif level == "village":
        rows = _villages(folder, figures, asked)
    else:
        rows = _shares(folder, figures, asked, level)
    put(rows, out, overwrite=overwrite, as_json=json)


def _shares(
    folder: Path, figures: dict[str, Any], asked: list[str], level: str
) -> list[dict[str, Any]]:
    """One row per question, place, meaning and group, shares as in ``summary.json``."""
    from servicemap.outputs.coverage_figures import with_shares
    from servicemap.outputs.finished_run import rows_of
    from servicemap.outputs.terms import term

    language = screen.language()
    entries = {entry["question_id"]: entry for entry in figures["coverage"]}
    known: dict[str, dict[str, Any]] = {
        question: {one["township_id"]: one for one in entry["by_township"]}
        for question, entry in entries.items()
    }
    questions = {one["id"]: one for one in figures["study"]["questions"]}
    rows = []
    for row in rows_of(folder, "meanings", language):
        question = row["question_id"]
        if row["level"] != level or question not in asked:
            continue
        entry, shares = entries[question], with_shares(row)
        township = known[question].get(row["id"], {}) if level == "township" else {}
        ranked = shares["meaning"] == "people" and shares["group"] == entry["group"]
        rows.append(
            {
                "question_id": question,
                "mode": _mode(questions[question], shares["group"], entry),
                "cutoff_min": entry["minutes"],
                "level": level,
                "id": row["id"],
                "name": _name(row, township, figures),
                "meaning": row["meaning"],
                "of_what": term("meaning", row["meaning"], language),
                "unit": shares["unit"],
                "group": shares["group"],
                **{name: shares[name] for name in (*SHARES, *PERCENTS)},
                "rank": township.get("rank") if ranked else None,
                "share_of_week_percent": entry["share_of_week_percent"]
                if ranked and level == "city"
                else None,
            }
        )
    return rows


def _mode(question: dict[str, Any], group: str, entry: dict[str, Any]) -> str:
    """The mode of one people group, which need not be that of the question's own."""
    own = question["mode"]
    if group == entry["group"] or not isinstance(own, dict):
        return str(entry["mode"])
    mode = str(own.get(group, own["default"]))
    ruled = [str(rule["mode"] or mode) for rule in question["standard"]]
    return "+".join(dict.fromkeys(ruled or [mode]))


def _name(
    row: dict[str, Any], township: dict[str, Any], figures: dict[str, Any]
) -> str | None:
    from servicemap.outputs.terms import term

    if row["level"] == "city":
        return str(figures["study"]["name"])
    if row["level"] == "township":
        return township.get("name")
    return term(row["level"], row["id"], screen.language())


def _villages(
    folder: Path, figures: dict[str, Any], asked: list[str]
) -> list[dict[str, Any]]:
    """Rows of the villages for the people group that each question counts."""
    from servicemap.outputs.finished_run import rows_of

    groups = {one["question_id"]: one["group"] for one in figures["coverage"]}
    language = screen.language()
    villages = {one["village_id"]: one for one in rows_of(folder, "villages", language)}
    rows = []
    for row in rows_of(folder, "coverage", language):
        question = row["question_id"]
        if row["level"] != "village" or question not in asked:
            continue
        if row["group"] == groups[question]:
            village = villages.get(row["id"], {})
            named = {name: village.get(name) for name in ("village", "township")}
            rows.append({**row, **named})
    return rows
