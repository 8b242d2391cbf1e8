"""A faster start: libraries that are being loaded make no garbage.

Loading numba, pandas and their kind makes half a million objects that stay. Python's
collector looks through all of them again and again while they are made, finds nothing,
and takes a fifth of the start for it.
"""

from __future__ import annotations

import atexit
import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Objects made between two looks, and looks between those at older objects: a run makes
# few objects in rings, and memory is in arrays, which are freed without the collector.
COMMAND_THRESHOLDS = (100_000, 20, 20)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Load something without looking for garbage; afterwards all is as it was."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def collect_seldom() -> None:
    """For a process of our own: the command line, not a library in somebody's program.

    At the end the collector would look once more through everything that is about to
    vanish, for a third of a second; nothing of ours waits for that.
    """
    gc.set_threshold(*COMMAND_THRESHOLDS)
    atexit.register(gc.freeze)
