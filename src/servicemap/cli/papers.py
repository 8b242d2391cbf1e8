"""Commands that make papers of a study or of a run: ``map``, ``report``, ``export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from servicemap.cli import screen, targets
from servicemap.cli.options import Language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from servicemap.outputs.files import Written
    from servicemap.result import Result

Answered = Annotated[
    Path,
    typer.Argument(
        help="Folder of a study, its servicemap.toml, or the folder that a run wrote.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(help="Folder for the files. [default: the run's folder, or maps/STUDY]"),
]
QuestionId = Annotated[
    str | None, typer.Option(help="Id of the question. [default: the headline]")
]


def print_map(
    study: Answered,
    paper: Annotated[str, typer.Option(help="A4 or A3, or both with a comma.")] = "A4",
    formats: Annotated[
        str,
        typer.Option("--format", help="pdf, svg, png (300 dpi), with commas between."),
    ] = "pdf",
    atlas: Annotated[
        bool, typer.Option("--atlas", help="Also an atlas: one page a township (PDF).")
    ] = False,
    slide: Annotated[
        bool, typer.Option("--slide", help="Also a 16:9 picture for a meeting (PNG).")
    ] = False,
    question: QuestionId = None,
    out: Out = None,
    language: Language = None,
) -> None:
    """Draw printed maps: sheets, a slide, an atlas with a page a township.

    Files: `map_a4.pdf`, `map_a3.png`, `map_slide.png`, `atlas_a4.pdf`, ...

    **Example:** `servicemap map data/liechtenstein --paper A4,A3 --format pdf,png --atlas`
    """
    from servicemap.outputs.paper import KINDS, PAPERS

    papers = _chosen("--paper", paper, PAPERS)
    kinds = _chosen("--format", formats, KINDS)
    require("matplotlib", "print")
    result, figures, folder, said = answered(study, out, language)
    asked = asked_question(result, question)
    from servicemap.outputs.print_maps import write_print_maps

    with screen.stages() as say:
        say("write", folder=folder)
        written = write_print_maps(
            result,
            figures,
            folder,
            question_id=asked,
            papers=papers,
            kinds=kinds,
            slide=slide,
            with_atlas=atlas,
        )
    finish(written, said)


def report(
    study: Answered,
    formats: Annotated[
        str, typer.Option("--format", help="docx, html, with a comma between.")
    ] = "docx,html",
    out: Out = None,
    language: Language = None,
) -> None:
    """Write the report and a one-page brief: sentences, maps, charts, tables.

    Files: `report.docx`, `report.html`, `brief.docx`, `brief.html`. The Word files keep
    to GB/T 9704-2012, or to the template that the study names.

    **Example:** `servicemap report data/liechtenstein --format docx`
    """
    from servicemap.outputs.report import KINDS

    kinds = _chosen("--format", formats, KINDS)
    for module, extra in (("matplotlib", "report"), ("docx", "report")):
        require(module, extra)
    result, figures, folder, said = answered(study, out, language)
    from servicemap.outputs.reports import write_report

    with screen.stages() as say:
        say("write", folder=folder)
        written = write_report(result, figures, folder, kinds=kinds)
    finish(written, said)


def export(
    study: Answered,
    formats: Annotated[
        str, typer.Option("--format", help="geojson, parquet, shp, with commas between.")
    ] = "geojson",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the files. [default: export in the run's folder]"),
    ] = None,
    language: Language = None,
) -> None:
    """Write the layers as GeoJSON, GeoParquet or Shapefile, for other programs.

    Shapefiles are in UTF-8; `fields.csv` says what their short field names stand for.

    **Example:** `servicemap export data/liechtenstein --format geojson,shp`
    """
    from servicemap.outputs.exports import KINDS, LAYERS, PARTS, write_exports

    kinds = _chosen("--format", formats, KINDS)
    if "parquet" in kinds:
        require("pyarrow", "parquet")
    names = [f"{layer}.{kind}" for layer in LAYERS for kind in (*kinds, *PARTS)]
    result, figures, folder, said = answered(study, out, language, names)
    folder = folder if out else folder / "export"
    with screen.stages() as say:
        say("write", folder=folder)
        written = write_exports(result, figures, folder, kinds=kinds)
    finish(written, said)


def answered(
    path: Path, out: Path | None, language: str | None, names: Iterable[str] = ()
) -> tuple[Result, dict[str, Any], Path, list[str]]:
    """Answer the study again: its result, its figures, where files go, what was odd.

    Files of these names must not replace what the study reads.
    """
    from servicemap.errors import InputError
    from servicemap.outputs.provenance import study_of
    from servicemap.outputs.summary import summary
    from servicemap.pipeline import run
    from servicemap.study import read

    found = study_of(path)
    if found is None:
        raise InputError("study_not_found", path=str(path))
    screen.speak(language, found)
    asked = read(found)
    is_run = found != path
    folder = out or (path if is_run else Path("maps") / asked.folder.resolve().name)
    with targets.results(asked, folder, names), screen.stages() as say:
        result = run(asked, say=say)
    figures = summary(result)
    said = []
    if is_run and _differs(path / "summary.json", figures):
        said.append(screen.words("cli.run_outdated", folder=path, study=found))
    return result, figures, folder, said


def _differs(file: Path, figures: dict[str, Any]) -> bool:
    """Whether a run's figures are others than those of today."""
    import json

    try:
        return bool(json.loads(file.read_text(encoding="utf-8")) != figures)
    except (OSError, ValueError):
        return False


def asked_question(result: Result, question: str | None) -> str:
    """Id of the question that was asked for; the headline unless told."""
    from servicemap.errors import InputError

    ids = [one.id for one in result.study.questions]
    if question is not None and question not in ids:
        expected = " | ".join(ids)
        raise InputError("value", name="--question", value=question, expected=expected)
    return question or ids[0]


def require(module: str, extra: str) -> None:
    """Say which extra is missing, before any work.

    Raises
    ------
    MissingExtraError
        The module cannot be found.
    """
    from importlib.util import find_spec

    from servicemap.errors import MissingExtraError

    if find_spec(module) is None:
        raise MissingExtraError("extra", module=module, extra=extra)


def finish(written: Written, said: list[str]) -> None:
    """Findings and files on the screen; exit 1 where something was odd."""
    lines = [*said, *(one.line(screen.language()) for one in written.problems)]
    for line in lines:
        screen.talk(line)
    for path in written.files.values():
        screen.data(str(path))
    raise typer.Exit(1 if lines else 0)


def _chosen(name: str, text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Values of an option with commas; each is one of the known ones."""
    from servicemap.errors import InputError

    by_plain = {one.lower(): one for one in known}
    wanted = [one.strip().lower() for one in text.split(",") if one.strip()]
    if not wanted or any(one not in by_plain for one in wanted):
        raise InputError("value", name=name, value=text, expected=", ".join(known))
    return tuple(dict.fromkeys(by_plain[one] for one in wanted))
