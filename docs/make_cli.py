"""Writes ``cli.md`` from the commands' own ``--help``: ``python docs/make_cli.py``."""

from __future__ import annotations

import os
import re
from pathlib import Path

HEAD = (
    "# The command line\n\n"
    "Written by `make docs` from `servicemap --help`. Data go to stdout, talk to stderr; "
    "exit codes are in [data.md](data.md#exit-codes-and-environment).\n"
)


def page() -> str:
    """Every command with its help text, in the order of the program."""
    os.environ.update({"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "96"})
    from typer import rich_utils
    from typer.main import get_command
    from typer.testing import CliRunner

    from servicemap.cli import app

    rich_utils.MAX_WIDTH = 96
    rich_utils.FORCE_TERMINAL = False
    runner = CliRunner()
    parts = [HEAD]
    for name in ["", *get_command(app).commands]:  # type: ignore[attr-defined]
        arguments = [name, "--help"] if name else ["--help"]
        text = runner.invoke(app, arguments, prog_name="servicemap").output
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)
        text = "\n".join(line.rstrip() for line in text.strip().splitlines())
        title = f"servicemap {name}".strip()
        parts.append(f"## `{title}`\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    Path(__file__).with_name("cli.md").write_text(page(), encoding="utf-8")
