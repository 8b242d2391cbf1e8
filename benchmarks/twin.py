"""The main kernel's twin in C++, compiled here and never shipped: what numba costs."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from servicemap.routing.search import LOWEST, search_kernel
from servicemap.routing.workspace import Workspace
from stopwatch import Took, interleaved, timed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.routing.workspace import Graph

SOURCE = Path(__file__).with_name("twin.cpp")
TARGET = 1.25


@njit
def search_all(
    first, arcs, sources, bound, state, bucket, pool, reached, spent, add_up
):  # fmt: skip
    """The kernel from one source after another, compiled as the twin's loop is."""
    zero = np.zeros(1, np.int64)
    state[:] = LOWEST
    epoch = np.int64(LOWEST + 1)
    spent[:] = 0
    for k in range(len(sources)):
        if epoch > 2**31 - 2 - bound - 1:
            state[:] = LOWEST
            epoch = np.int64(LOWEST + 1)
        epoch += bound + 1
        found = search_kernel(
            first, arcs, sources[k : k + 1], zero, 0, 1, bound, epoch, state, bucket, pool,
            reached,
        )  # fmt: skip
        spent[0] += found
        for i in range(found if add_up else 0):
            spent[1] += epoch - state[reached[i]]


def beside(
    mode: str, net: Graph, sources: NDArray[np.int32], bound: int, repeats: int
) -> None:
    """Milliseconds a source of both; the same labels, by their sum."""
    print(f"\n# The kernel and its twin in C++, {mode}, milliseconds a source")
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        print("left out: no g++ or clang++ here")
        return
    space = Workspace(net, bound)
    spent = np.empty(2, np.int64)

    def ours(*, add_up: bool = False) -> None:
        search_all(
            space.first, net.arcs, sources, bound, space.state, space.bucket, space.pool,
            space.reached, spent, add_up,
        )  # fmt: skip

    with tempfile.TemporaryDirectory() as room:
        program, data = Path(room) / "twin", Path(room) / "graph.bin"
        subprocess.run(
            [compiler, "-O3", "-march=native", "-std=c++17", SOURCE, "-o", program],
            check=True,
        )
        head = [net.n, len(net.arcs), len(sources), bound, len(space.bucket)]
        with data.open("wb") as file:
            for values in (
                np.array([*head, len(space.pool)], np.int64),
                space.first,
                np.asarray(net.arcs, np.int32),
                np.asarray(sources, np.int32),
            ):
                values.tofile(file)

        def run_twin() -> list[float]:
            told = subprocess.run([program, data], check=True, capture_output=True).stdout
            return [float(word) for word in told.split()]

        ours(add_up=True)
        reached, total = spent.tolist()
        _, _, their_reached, their_total = run_twin()
        assert (reached, total) == (their_reached, their_total), "labels differ"
        took = interleaved(
            {"ours": timed(ours), "twin": lambda: Took(*run_twin()[:2])}, repeats
        )
    ours_took, theirs = took["ours"] / len(sources), took["twin"] / len(sources)
    print(
        f"ours {ours_took.wall_ms:.4f} wall, {ours_took.cpu_ms:.4f} cpu; twin "
        f"{theirs.wall_ms:.4f} wall, {theirs.cpu_ms:.4f} cpu; ours over twin "
        f"{ours_took.wall_ms / theirs.wall_ms:.2f} wall, "
        f"{ours_took.cpu_ms / theirs.cpu_ms:.2f} cpu (target {TARGET}); "
        f"{reached:,} labels, sums equal"
    )
