"""A finished run as commands take it: which one, which questions, its rows as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated, Any

import typer

from servicemap.cli import screen, targets

RunArgument = Annotated[
    Path, typer.Argument(help="Folder that a run wrote, or the study's folder.")
]
QuestionId = Annotated[
    str | None, typer.Option(help="Only this question. [default: all, the headline first]")
]
Out = Annotated[
    Path | None, typer.Option(help="CSV file, UTF-8 with BOM. [default: stdout]")
]
DECIMALS = 6


def finished(path: Path, language: str | None) -> tuple[Path, dict[str, Any]]:
    """Folder and figures of a run; the messages speak the language of its study."""
    screen.speak(language)
    from servicemap.outputs.finished_run import figures_of, find_run

    folder = find_run(path)
    figures = figures_of(folder)
    screen.speak(language or figures["study"]["language"])
    return folder, figures


def questions(figures: dict[str, Any], question: str | None) -> list[str]:
    """Ids of the questions that are wanted, in the order of the study."""
    from servicemap.errors import InputError

    known = [one["question_id"] for one in figures["coverage"]]
    if question is None:
        return known
    if question not in known:
        expected = " | ".join(known)
        raise InputError("value", name="--question", value=question, expected=expected)
    return [question]


def _shown(value: Any) -> Any:
    """Numbers of tables with six decimals: a millionth of a share, a decimetre."""
    return round(value, DECIMALS) if isinstance(value, float) else value


def put(
    rows: list[dict[str, Any]], out: Path | None, *, overwrite: bool, as_json: bool
) -> None:
    """Rows as CSV into a file or on the screen, or as JSON on the screen."""
    from servicemap.outputs.files import replacing
    from servicemap.outputs.tables_csv import as_text

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
    with targets.file(out, overwrite=overwrite):
        if as_json:
            screen.data_json(rows)
        if out is not None:
            with replacing(out) as temporary:
                temporary.write_bytes(text.getvalue().encode("utf-8-sig"))
        elif not as_json:
            screen.data(text.getvalue().replace("\r\n", "\n").rstrip("\n"))
    screen.talk(screen.words("cli.rows", count=len(rows)))
