"""Medians of interleaved runs, in wall time and in processor time.

On a machine that does other work as well, processor time is what a run itself cost and
wall time what it happened to take; both are told. Rivals take turns, so that what
slows one down slows them all.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Took:
    """Milliseconds by the clock on the wall, and of the processor (all threads)."""

    wall_ms: float
    cpu_ms: float

    def __truediv__(self, by: float) -> Took:
        return Took(self.wall_ms / by, self.cpu_ms / by)


def timed(run: Callable[[], object]) -> Callable[[], Took]:
    """A rival of this process."""

    def take() -> Took:
        cpu, wall = time.process_time(), time.perf_counter()
        run()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return Took(1000 * wall, 1000 * cpu)

    return take


def interleaved(rivals: dict[str, Callable[[], Took]], repeats: int) -> dict[str, Took]:
    """Median of each; the first round warms up and is not counted."""
    rounds: dict[str, list[Took]] = {name: [] for name in rivals}
    for number in range(repeats + 1):
        for name, run in rivals.items():
            took = run()
            if number:
                rounds[name].append(took)
    return {
        name: Took(
            statistics.median(one.wall_ms for one in all_of),
            statistics.median(one.cpu_ms for one in all_of),
        )
        for name, all_of in rounds.items()
    }
