"""Commands that work on a study: ``init``, ``check``, ``run``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from servicemap.cli import findings, screen, targets
from servicemap.cli.options import Json, Language, StudyArgument


def init(
    folder: Annotated[Path, typer.Argument(help="Folder for the new study.")],
    roads: Annotated[
        Path | None,
        typer.Option(help="OSM extract: .osm.pbf, .osm, .osm.gz or .osm.bz2."),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(help="Instead: a place of OpenStreetMap whose roads to download."),
    ] = None,
    bbox: Annotated[
        str | None,
        typer.Option(help="Instead: WEST,SOUTH,EAST,NORTH in degrees, to download."),
    ] = None,
    within: Annotated[
        Path | None,
        typer.Option(help="File with an area or points: cut the extract around it."),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Kilometres kept around it. [default: fastest speed x longest cutoff]",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="Title. [default: the place's name, else the folder's]"),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(help="Language of the study and of the messages: en or zh."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a study that is there already.")
    ] = False,
    json: Json = False,
) -> None:
    """Draft a study from an OSM extract: points, villages, townships, questions.

    With `--place` or `--bbox` the extract is downloaded from OpenStreetMap (the only thing
    that needs a network) and kept in the study. With `--within` the extract, of a whole
    province if need be, is cut in a stream, and the part is kept in the study: roads up to
    60 km around the area, which is half an hour at 120 km/h, unless `--margin` says less.

    **Example:** `servicemap init data/andorra --roads andorra.osm.pbf`
    """
    chosen = screen.speak(language)
    from servicemap.errors import InputError
    from servicemap.new_study import init as draft

    given = [one for one in (roads, place, bbox) if one is not None]
    if len(given) != 1:
        raise InputError("init_source" if not given else "init_sources")

    with screen.stages() as say:
        summary = draft(
            folder,
            roads,
            place=place,
            bbox=_box(bbox),
            within=within,
            margin_km=margin,
            name=name,
            language=chosen,
            overwrite=overwrite,
            say=say,
        )
    for problem in summary.problems:
        line = problem.line(chosen)
        screen.talk(f"{screen.words(f'cli.severity.{problem.severity}')}  {line}")
    if json:
        screen.data_json(
            {
                "folder": str(folder),
                "files": list(summary.files),
                "counts": dict(summary.counts),
            }
        )
        return
    screen.data(screen.words("cli.drafted", folder=folder, **_counted(summary.counts)))
    screen.talk(screen.words("cli.next_check", folder=screen.as_argument(folder)))


def _box(text: str | None) -> tuple[float, ...]:
    """West, south, east and north of an option."""
    if text is None:
        return ()
    from servicemap.errors import InputError
    from servicemap.study import is_box

    try:
        sides = tuple(float(one) for one in text.replace(" ", ",").split(",") if one)
    except ValueError:
        sides = ()
    if not is_box(sides):
        expected = "WEST,SOUTH,EAST,NORTH"
        raise InputError("value", name="--bbox", value=text, expected=expected)
    return sides


def _counted(counts: Any) -> dict[str, int]:
    return {
        name: int(counts.get(name, 0)) for name in ("facilities", "villages", "townships")
    }


def check(
    study: StudyArgument,
    fix: Annotated[
        Path | None,
        typer.Option(help="Workbook for a corrected copy with every change marked."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a copy that is there already.")
    ] = False,
    language: Language = None,
    json: Json = False,
) -> None:
    """Check all inputs of a study and list every finding, with its place and remedy.

    Exit code 1 when there are errors or warnings.

    **Example:** `servicemap check data/liechtenstein --fix corrected.xlsx`
    """
    screen.speak(language, study)
    from dataclasses import replace

    from servicemap.errors import InputError
    from servicemap.preparation import check as examine
    from servicemap.study import read
    from servicemap.tables import problems_table

    asked = read(study)
    chosen = screen.language()
    asked = replace(asked, about=replace(asked.about, language=chosen))
    inputs = targets.inputs_of(asked) if fix is not None else ()
    targets.refuse(
        fix, overwrite=overwrite, suffixes=(".xlsx",), inputs=inputs, option="--fix"
    )
    failed: InputError | None = None
    try:
        with screen.stages() as say:
            given, problems = examine(asked, say=say)
    except InputError as error:
        if not error.problems:
            raise
        failed, problems = error, problems_table(error.problems, screen.language())
    if json:
        screen.data_json(_records(problems))
    else:
        findings.show(problems, each=20, most=1_000)
    counts = problems["severity"].value_counts()
    tally = {name: int(counts.get(name, 0)) for name in ("error", "warning", "note")}
    if failed is not None:
        screen.talk(screen.words("cli.check_failed", **tally))
        raise typer.Exit(failed.exit_code)
    found = {
        "facilities": len(given.facilities),
        "villages": len(given.villages),
        "townships": len(given.townships),
        "demand": len(given.demand),
    }
    screen.talk(screen.words("cli.checked", **found, **tally))
    if fix is not None:
        from servicemap.preparation import fix as correct

        changes = correct(asked, given, fix, overwrite=overwrite)
        screen.talk(screen.words("cli.fixed", path=fix, count=changes))
    raise typer.Exit(1 if tally["error"] or tally["warning"] else 0)


def _records(frame: Any) -> list[dict[str, Any]]:
    """Rows for JSON; what is missing is null."""
    plain = frame.astype(object).where(frame.notna(), None)
    records: list[dict[str, Any]] = plain.to_dict("records")
    return records


def run(
    study: StudyArgument,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results. [default: maps/STUDY]")
    ] = None,
    times: Annotated[
        Path | None,
        typer.Option(help="CSV of travel times by another router, in place of ours."),
    ] = None,
    language: Language = None,
    json: Json = False,
) -> None:
    """Answer a study's questions: map, GeoPackage, workbook, CSV and JSON files.

    **Example:** `servicemap run data/liechtenstein --out maps/liechtenstein`
    """
    screen.speak(language, study)
    from servicemap.outputs.summary import summary
    from servicemap.outputs.write import FILES, write
    from servicemap.pipeline import run as answer
    from servicemap.study import read
    from servicemap.tables import problems_table

    asked = read(study)
    with targets.results(asked, out, FILES) as folder, screen.stages() as say:
        result = answer(asked, times=times, say=say)
        say("write", folder=folder)
        written = write(result, folder)
    # on the screen in its language; the files speak that of the study
    findings.show(problems_table(result.findings, screen.language()), each=3, most=20)
    for problem in written.problems:
        screen.talk(problem.line(screen.language()))
    figures = summary(result)
    if json:
        screen.data_json(figures)
    else:
        for question in figures["coverage"]:
            screen.data(_answer(question))
        screen.data(_agreement(figures["isochrones"]))
    for path in written.files.values():
        screen.talk(str(path))
    errors = int((result.problems["severity"] == "error").sum())
    raise typer.Exit(1 if errors else 0)


def _answer(question: dict[str, Any]) -> str:
    """One question's answer in a sentence; shares are of what could be determined."""
    from servicemap.outputs.terms import modes_text, term
    from servicemap.shares import percent_text

    language = screen.language()
    villages, people = question["villages"], question["people"]
    left = villages["undetermined"]
    values = {
        "id": question["question_id"],
        "mode": modes_text(question["mode"], language),
        "limit": _limit(question["minutes"]),
        "covered": villages["covered"],
        "total": villages["covered"] + villages["uncovered"],
        "percent": percent_text(villages["percent"]),
        "unknown": screen.words("cli.answer_unknown", undetermined=left) if left else "",
    }
    if people["total"] is None:
        return screen.words("cli.answer_villages", **values)
    group = question["group"]
    is_all = group == "people"
    return screen.words(
        "cli.answer_people",
        **values,
        whom=screen.words("cli.answer_whom") if is_all else term("group", group, language),
        people_covered=f"{people['covered']:,}",
        people_total=f"{people['covered'] + people['uncovered']:,}",
        people_percent=percent_text(people["percent"]),
    )


def _limit(minutes: float | None) -> str:
    """The cutoff in words; by rules there are several."""
    if minutes is None:
        return screen.words("cli.within_rules")
    return screen.words("cli.within", minutes=f"{minutes:g}")


def _agreement(isochrones: list[dict[str, Any]]) -> str:
    """How often areas and router agree, at worst over modes and cutoffs."""
    from servicemap.outputs.summary import agreement
    from servicemap.shares import percent_of, percent_text

    found = agreement(isochrones)
    if found is None:
        return screen.words("cli.no_agreement")
    share, decided = found
    return screen.words(
        "cli.agreement", worst=percent_text(percent_of(share)), samples=f"{decided:,}"
    )
