"""Commands that read a finished run: ``coverage`` and ``gaps``."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from servicemap.cli import screen

RunArgument = Annotated[
    Path, typer.Argument(help="Folder that a run wrote, or the study's folder.")
]
QuestionId = Annotated[
    str | None, typer.Option(help="Only this question. [default: all, the headline first]")
]
Out = Annotated[
    Path | None, typer.Option(help="CSV file, UTF-8 with BOM. [default: stdout]")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the file at --out.")]
Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON to stdout.")]
Language = Annotated[
    str | None,
    typer.Option(help="Language of the messages: en or zh. [default: the study's]"),
]
LEVELS = ("city", "tier", "area_type", "township", "village")
SHARES = ("total", "covered", "uncovered", "undetermined")
DECIMALS = 6
RANKS = ("people", "depth")
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
    folder, figures = _finished(run, language)
    from servicemap.errors import InputError
    from servicemap.outputs.finished_run import rows_of

    if level not in LEVELS:
        expected = " | ".join(LEVELS)
        raise InputError("value", name="--level", value=level, expected=expected)
    asked = _questions(figures, question)
    if table is not None:
        rows = rows_of(folder, table)
        rows = [one for one in rows if one.get("question_id", asked[0]) in asked]
    elif level == "village":
        rows = _villages(folder, figures, asked)
    else:
        rows = _shares(folder, figures, asked, level)
    _put(rows, out, overwrite=overwrite, as_json=json)


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
    folder, figures = _finished(run, language)
    from servicemap.errors import InputError
    from servicemap.outputs.finished_run import rows_of
    from servicemap.table_columns import REASONS

    if reason is not None and reason not in REASONS:
        expected = " | ".join(REASONS)
        raise InputError("value", name="--reason", value=reason, expected=expected)
    if by not in RANKS:
        raise InputError("value", name="--by", value=by, expected=" | ".join(RANKS))
    asked = _questions(figures, question)
    if remedies:
        if reason is not None or cluster is not None:
            raise InputError("remedies_alone")
        _put(_remedies(folder, figures, asked), out, overwrite=overwrite, as_json=json)
        return
    rank = dict.fromkeys(asked, 0)
    rows = []
    for row in _ranked(rows_of(folder, "gaps"), asked, by):
        if row["question_id"] not in rank:
            continue
        rank[row["question_id"]] += 1
        if reason in (None, row["reason"]) and cluster in (None, row["cluster_id"]):
            rows.append({"rank": rank[row["question_id"]], **row})
    _put(rows, out, overwrite=overwrite, as_json=json)


def _ranked(rows: list[dict[str, Any]], asked: list[str], by: str) -> list[dict[str, Any]]:
    """Gaps as they are, by people; or by depth within each question."""
    if by == "people":
        return rows

    def depth(row: dict[str, Any]) -> tuple[Any, ...]:
        beyond, people = row["minutes_beyond"], row["n_people"]
        return (
            asked.index(row["question_id"]) if row["question_id"] in asked else len(asked),
            row["status"] == "undetermined",
            -math.inf if beyond is None else -beyond,
            math.inf if people is None else -people,
            row["village_id"],
        )

    return sorted(rows, key=depth)


def _remedies(
    folder: Path, figures: dict[str, Any], asked: list[str]
) -> list[dict[str, Any]]:
    """Rows of ``remedies`` with the change in words and the name of its target."""
    from servicemap.outputs.finished_run import rows_of
    from servicemap.outputs.terms import term

    points = {one["facility_id"]: one["name"] for one in rows_of(folder, "facilities")}
    villages = {one["village_id"]: one["village"] for one in rows_of(folder, "villages")}
    language = figures["study"]["language"]
    rows = []
    for row in rows_of(folder, "remedies"):
        if row["question_id"] not in asked:
            continue
        name = points.get(row["facility_id"]) or villages.get(row["village_id"])
        said = {"change": term("change", row["kind"], language), "name": name}
        rows.append({**row, **said})
    return rows


def _finished(path: Path, language: str | None) -> tuple[Path, dict[str, Any]]:
    screen.speak(language)
    from servicemap.outputs.finished_run import figures_of, find_run

    folder = find_run(path)
    figures = figures_of(folder)
    screen.speak(language or figures["study"]["language"])
    return folder, figures


def _questions(figures: dict[str, Any], question: str | None) -> list[str]:
    """Ids of the questions that are wanted, in the order of the study."""
    from servicemap.errors import InputError

    known = [one["question_id"] for one in figures["coverage"]]
    if question is None:
        return known
    if question not in known:
        expected = " | ".join(known)
        raise InputError("value", name="--question", value=question, expected=expected)
    return [question]


def _shares(
    folder: Path, figures: dict[str, Any], asked: list[str], level: str
) -> list[dict[str, Any]]:
    """One row per question, place, meaning and group, shares as in ``summary.json``."""
    from servicemap.outputs.coverage_figures import with_shares
    from servicemap.outputs.finished_run import rows_of
    from servicemap.outputs.terms import term

    language = figures["study"]["language"]
    entries = {entry["question_id"]: entry for entry in figures["coverage"]}
    known: dict[str, dict[str, Any]] = {
        question: {one["township_id"]: one for one in entry["by_township"]}
        for question, entry in entries.items()
    }
    rows = []
    for row in rows_of(folder, "meanings"):
        question = row["question_id"]
        if row["level"] != level or question not in asked:
            continue
        entry, shares = entries[question], with_shares(row)
        township = known[question].get(row["id"], {}) if level == "township" else {}
        ranked = shares["meaning"] == "people" and shares["group"] == entry["group"]
        rows.append(
            {
                "question_id": question,
                "mode": entry["mode"],
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


def _name(
    row: dict[str, Any], township: dict[str, Any], figures: dict[str, Any]
) -> str | None:
    from servicemap.outputs.terms import term

    if row["level"] == "city":
        return str(figures["study"]["name"])
    if row["level"] == "township":
        return township.get("name")
    return term(row["level"], row["id"], figures["study"]["language"])


def _villages(
    folder: Path, figures: dict[str, Any], asked: list[str]
) -> list[dict[str, Any]]:
    """Rows of the villages for the people group that each question counts."""
    from servicemap.outputs.finished_run import rows_of

    groups = {one["question_id"]: one["group"] for one in figures["coverage"]}
    villages = {one["village_id"]: one for one in rows_of(folder, "villages")}
    rows = []
    for row in rows_of(folder, "coverage"):
        question = row["question_id"]
        if row["level"] != "village" or question not in asked:
            continue
        if row["group"] == groups[question]:
            village = villages.get(row["id"], {})
            named = {name: village.get(name) for name in ("village", "township")}
            rows.append({**row, **named})
    return rows


def _shown(value: Any) -> Any:
    """Numbers of tables with six decimals: a millionth of a share, a decimetre."""
    return round(value, DECIMALS) if isinstance(value, float) else value


def _put(
    rows: list[dict[str, Any]], out: Path | None, *, overwrite: bool, as_json: bool
) -> None:
    """Rows as CSV into a file or on the screen, or as JSON on the screen."""
    from servicemap.errors import InputError
    from servicemap.outputs.files import replacing
    from servicemap.outputs.tables_csv import as_text

    if out is not None and out.exists() and not overwrite:
        raise InputError("target_exists", path=str(out))
    if as_json:
        screen.data_json(rows)
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(
            {
                key: as_text(value) if isinstance(value, str) else _shown(value)
                for key, value in row.items()
            }
            for row in rows
        )
    if out is not None:
        with replacing(out) as temporary:
            temporary.write_bytes(text.getvalue().encode("utf-8-sig"))
    elif not as_json:
        screen.data(text.getvalue().replace("\r\n", "\n").rstrip("\n"))
    screen.talk(screen.words("cli.rows", count=len(rows)))
