"""Files of a drafted study get their names together: all of them or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicemap import interrupts
from servicemap.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

FORMER = ".former"  # holds what is replaced, until all is in place


def place(work: Path, folder: Path, *, overwrite: bool) -> tuple[str, ...]:
    """Move the files of a study to where it is; else what was there stays.

    Parameters
    ----------
    work
        Holds the new files and nothing else, on the same disk as the study.
    folder
        Of the study.
    overwrite
        Replace files that are there.

    Returns
    -------
    tuple
        Names of the files, in order.

    Raises
    ------
    InputError
        Some are there, or a folder has the name of one.
    """
    files = [path for path in work.rglob("*") if path.is_file()]
    names = sorted(path.relative_to(work).as_posix() for path in files)
    there = [name for name in names if (folder / name).exists()]
    if there and not overwrite:
        raise InputError("draft_exists", path=str(folder), files=", ".join(there))
    for name in there:
        if (folder / name).is_dir():
            raise InputError("target_folder", path=str(folder / name))
    moves = [(folder / name, work / FORMER / name) for name in there]
    moves += [(work / name, folder / name) for name in names]
    with interrupts.held():
        _move_all(moves)
    return tuple(names)


def _move_all(moves: list[tuple[Path, Path]]) -> None:
    """Move files one by one; when one will not, those before it go back."""
    for done, (here, there) in enumerate(moves):
        try:
            there.parent.mkdir(parents=True, exist_ok=True)
            here.replace(there)
        except OSError:
            for back, origin in reversed(moves[:done]):
                origin.replace(back)
            raise
