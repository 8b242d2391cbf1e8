"""Where results may go: found out before the work, not after it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from servicemap.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from servicemap.study import Study


def refuse(
    out: Path | None,
    *,
    overwrite: bool,
    suffixes: tuple[str, ...] = (),
    inputs: Iterable[Path] = (),
    option: str = "--out",
) -> None:
    """Say it where a file may not be written.

    Parameters
    ----------
    out
        The file; None for stdout, which is always right.
    overwrite
        Whether one that is there may be replaced.
    suffixes
        Its possible endings, in small letters.
    inputs
        What the command reads: never replaced.
    option
        That named the file.

    Raises
    ------
    InputError
        Another ending, a file that is there, an input, a folder of that name.
    """
    if out is None:
        return
    if suffixes and out.suffix.lower() not in suffixes:
        raise InputError("value", name=option, value=out, expected=" | ".join(suffixes))
    try:
        there, is_folder = out.exists(), out.is_dir()
    except (OSError, ValueError) as error:  # too long, or with a zero byte
        why = getattr(error, "strerror", None) or str(error)
        raise InputError("target_name", path=out, why=why) from error
    if is_folder:
        raise InputError("target_folder", path=out)
    _spare(out, inputs)
    if there and not overwrite:
        raise InputError("target_exists", path=out)


@contextmanager
def file(
    out: Path | None,
    *,
    overwrite: bool,
    suffixes: tuple[str, ...] = (),
    inputs: Iterable[Path] = (),
) -> Iterator[None]:
    """Make the folder of a file; where the file does not come, the folder goes again.

    Parameters
    ----------
    out, overwrite, suffixes, inputs
        As for `refuse`.

    Raises
    ------
    InputError
        As from `refuse`; a file is where a folder should be.
    ResourceError
        The rights do not suffice.
    """
    refuse(out, overwrite=overwrite, suffixes=suffixes, inputs=inputs)
    if out is None:
        yield
        return
    from servicemap.outputs.files import folder_for

    with folder_for(out.parent):
        yield


@contextmanager
def results(asked: Study, out: Path | None, names: Iterable[str] = ()) -> Iterator[Path]:
    """The folder for the results of a study; it goes again when nothing comes of it.

    Parameters
    ----------
    asked
        The study.
    out
        The folder; ``maps/STUDY`` unless told.
    names
        Of the files to be written.

    Raises
    ------
    InputError
        One of them would replace an input of the study, or is a folder.
    ResourceError
        The rights do not suffice.
    """
    from servicemap.outputs.files import folder_for

    with folder_for(out or Path("maps") / asked.folder.resolve().name) as folder:
        inputs = inputs_of(asked)
        for name in names:
            refuse(folder / name, overwrite=True, inputs=inputs)
        yield folder


def inputs_of(asked: Study) -> tuple[Path, ...]:
    """What a study reads, its toml too."""
    from servicemap.locator.watched import files_of

    return files_of(asked)


def _spare(out: Path, inputs: Iterable[Path]) -> None:
    """Refuse to replace what is read, by whatever name."""
    if out.exists() and any(one.exists() and out.samefile(one) for one in inputs):
        raise InputError("target_is_input", path=out)
