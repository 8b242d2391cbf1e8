"""The files of a finished run, read back: figures and tables, nothing computed again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from servicemap.errors import InputError
from servicemap.outputs.terms import term

if TYPE_CHECKING:
    from servicemap.study import Language

SUMMARY, TABLES = "summary.json", "coverage.gpkg"
NOT_DATA = ("fid", "geom")
# columns of our own words, and the column of the values that they say
SAID = {f"{kind}_text": kind for kind in ("reason", "remedy", "status", "tier")}


def find_run(path: Path) -> Path:
    """The folder of a run: the one that is named, else that of the study.

    Raises
    ------
    InputError
        There is no run.
    """
    folder = path.parent if path.suffix == ".toml" else path
    for one in (folder, Path("maps") / folder.resolve().name):
        if (one / SUMMARY).is_file() and (one / TABLES).is_file():
            return one
    raise InputError("no_run", path=str(path))


def figures_of(folder: Path) -> dict[str, Any]:
    """The content of ``summary.json``."""
    found: dict[str, Any] = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    return found


def names_of(folder: Path) -> list[str]:
    """Names of the tables and layers of ``coverage.gpkg``."""
    with closing(_open(folder)) as base:
        rows = base.execute("SELECT table_name FROM gpkg_contents").fetchall()
    return sorted(name for (name,) in rows if name != "layer_styles")


def rows_of(folder: Path, name: str, language: Language) -> list[dict[str, Any]]:
    """Rows of one table of ``coverage.gpkg``, in its order, without its geometry.

    Parameters
    ----------
    folder, name
        Which table of which run.
    language
        Of our own words in it, whatever language the run was made in; names and other
        texts of the study stand as they are.

    Raises
    ------
    InputError
        There is no such table.
    """
    known = names_of(folder)
    if name not in known:
        expected = " | ".join(known)
        raise InputError("value", name="--table", value=name, expected=expected)
    with closing(_open(folder)) as base:
        base.row_factory = sqlite3.Row
        quoted = name.replace('"', '""')
        rows = base.execute(f'SELECT * FROM "{quoted}" ORDER BY fid')  # noqa: S608 - a known name
        return [
            {key: row[key] for key in row.keys() if key not in NOT_DATA}  # noqa: SIM118
            | {
                key: term(kind, row[kind], language)
                for key, kind in SAID.items()
                if key in row.keys() and kind in row.keys()  # noqa: SIM118
            }
            for row in rows
        ]


def _open(folder: Path) -> sqlite3.Connection:
    """Open the database for reading only: a run's files stay as they are."""
    address = f"{(folder / TABLES).resolve().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(address, uri=True)
