"""Arguments and options that several commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyArgument = Annotated[
    Path, typer.Argument(help="Folder of the study, or its servicemap.toml.")
]
Language = Annotated[
    str | None,
    typer.Option(help="Language of the messages: en or zh. [default: the study's]"),
]
Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON to stdout.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the file at --out.")]
