"""Writes ``cli.md`` from the commands' own ``--help``: ``python docs/make_cli.py``."""

from __future__ import annotations

import os
import re
from pathlib import Path
from unittest.mock import patch


def commands() -> list[str]:
    """All commands in the order of the program, those of a group after the group."""
    from typer.main import get_command

    from servicemap.cli import app

    names = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        names.append(name)
        names += [f"{name} {one}" for one in getattr(command, "commands", ())]
    return names


HEAD = (
    "# The command line\n\n"
    "Written by `make docs` from `servicemap --help`. Data go to stdout, talk to stderr; "
    "exit codes are in [data.md](data.md#exit-codes-and-environment).\n"
)
WIDTH = 96


def page() -> str:
    """Every command with its help text, in the order of the program.

    The width is fixed and colours are off, whatever the terminal; the process is
    left as it was.
    """
    from typer import rich_utils
    from typer.testing import CliRunner

    from servicemap.cli import app

    plain = {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": str(WIDTH)}
    parts = [HEAD]
    with (
        patch.dict(os.environ, plain),
        patch.object(rich_utils, "MAX_WIDTH", WIDTH),
        patch.object(rich_utils, "FORCE_TERMINAL", new=False),
    ):
        for name in ["", *commands()]:
            arguments = [*name.split(), "--help"]
            text = CliRunner().invoke(app, arguments, prog_name="servicemap").output
            text = re.sub(r"\x1b\[[0-9;]*m", "", text)
            text = "\n".join(line.rstrip() for line in text.strip().splitlines())
            title = f"servicemap {name}".strip()
            parts.append(f"## `{title}`\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    file = Path(__file__).with_name("cli.md")
    file.write_text(page(), encoding="utf-8", newline="\n")
