"""`Result` -> the files of a run, all of them or none.

Every file is first written to a temporary; only when all are complete are
they renamed, one right after the other. An error or Ctrl-C before that leaves
the former files as they were.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from servicemap import interrupts
from servicemap.outputs.files import OutFolder, Written, to_disk
from servicemap.outputs.geopackage import write_geopackage
from servicemap.outputs.provenance import PROVENANCE, provenance
from servicemap.outputs.summary import summary, write_summary
from servicemap.outputs.tables_csv import village_answers, write_problems, write_villages
from servicemap.outputs.web_map import write_map
from servicemap.outputs.workbook import write_workbook
from servicemap.words import renamed

if TYPE_CHECKING:
    from collections.abc import Callable

    from servicemap.result import Result

FILES = (
    *("summary.json", "problems.csv", "villages.csv", "workbook.xlsx"),
    *("coverage.gpkg", "map.html", PROVENANCE),
)


def write(result: Result, folder: Path) -> Written:
    """Write all files of a run.

    They are ``map.html``, ``coverage.gpkg``, ``villages.csv``, ``workbook.xlsx``,
    ``summary.json``, ``problems.csv`` and ``provenance.json``.

    Parameters
    ----------
    result
        What a run found; it is not changed.
    folder
        Where the files go; it is made where it does not exist.

    Returns
    -------
    Written
        ``files``: name as above -> path. A file whose target another program
        holds open lies beside it as ``name (1).ext``, with a finding.

    Raises
    ------
    InputError
        A folder has the name of a file to be written.
    ResourceError
        The folder cannot be written, or the disk is full.
    """
    with renamed(result.study.outputs.wording):
        return _write(result, OutFolder(Path(folder)))


def _write(result: Result, folder: OutFolder) -> Written:
    figures = summary(result)
    answers = village_answers(result)  # three files show them
    writers: dict[str, Callable[[Path], None]] = {
        "summary.json": lambda path: write_summary(figures, path),
        "problems.csv": lambda path: write_problems(result.problems, path),
        "villages.csv": lambda path: write_villages(answers, path),
        "workbook.xlsx": lambda path: write_workbook(result, figures, path, answers),
        "coverage.gpkg": lambda path: write_geopackage(result, figures, path, answers),
        "map.html": lambda path: write_map(result, path),
    }
    with ExitStack() as after, ExitStack() as stack:
        contents: dict[str, Path] = {}
        for name, fill in writers.items():
            contents[name] = stack.enter_context(folder.file(name))
            fill(contents[name])
            to_disk(contents[name])  # so that only the renaming is left in the end
        last = stack.enter_context(folder.file(PROVENANCE))
        write_summary(provenance(result, contents), last)
        after.enter_context(interrupts.held())
    return folder.written()
