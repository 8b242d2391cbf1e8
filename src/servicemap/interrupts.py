"""Ctrl-C, a closed terminal, a system that shuts down: a command ends in order.

Whoever asks a command to end raises ``KeyboardInterrupt`` in it, so that temporary files
go and the exit code says so. Two moments are kept free of that: while finished files get
their names, one right after the other, and while temporary ones are removed.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

# Ctrl-C; the wish of the system or of `kill`; a terminal that is closed
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_asked: list[int] = []
_holds: list[None] = []


def listen() -> None:
    """Take the signals that nobody else has taken; what `nohup` ignores stays ignored."""
    _asked.clear()
    for name in _NAMES:
        number = getattr(signal, name, None)
        free = (signal.default_int_handler, signal.SIG_DFL)
        if number is not None and signal.getsignal(number) in free:
            signal.signal(number, _on_signal)


def _on_signal(number: int, frame: FrameType | None) -> None:
    _asked.append(number)
    if not _holds:
        signal.default_int_handler(number, frame)


def is_asked() -> bool:
    """Whether a signal came, whatever became of it."""
    return bool(_asked)


def obey() -> None:
    """End now where that was asked for, and got lost in the C code of a library or waited.

    Raises
    ------
    KeyboardInterrupt
        A signal came.
    """
    if _asked:
        raise KeyboardInterrupt


@contextmanager
def held() -> Iterator[None]:
    """Let a few file operations finish together; a signal waits for the next `obey`."""
    _holds.append(None)
    try:
        yield
    finally:
        _holds.pop()


@contextmanager
def temporary_folder(folder: Path) -> Iterator[Path]:
    """Make a folder in another, for files that are moved out of it; it always goes.

    The one of `tempfile` stays where a signal comes between its making and its use.
    """
    made = None
    try:
        with held():
            made = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder))
        obey()
        yield made
    finally:
        if made is not None:
            with held():
                shutil.rmtree(made, ignore_errors=True)
