"""Peers in environments of their own: a process that is asked by lines of JSON.

Where the environments come from (nothing of them is installed by us):

    python3.11 -m venv PEERS    && PEERS/bin/pip install scipy networkx pandana igraph
    python3.12 -m venv PEERS312 && PEERS312/bin/pip install osrm-bindings pyvalhalla shapely

Say where they are with ``--peers PEERS/bin/python --peers312 PEERS312/bin/python`` or
in SERVICEMAP_PEERS and SERVICEMAP_PEERS312. A peer that is absent is left out, with
the reason.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from stopwatch import Took

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

HERE = Path(__file__).parent


def add_options(parser: argparse.ArgumentParser) -> None:
    for name in ("peers", "peers312"):
        parser.add_argument(
            f"--{name}",
            default=os.environ.get(f"SERVICEMAP_{name.upper()}"),
            help="Python of the environment that holds these peers",
        )


class Absent(Exception):  # noqa: N818 - not an error: the benchmark goes on
    """A peer cannot be asked; the reason is its text."""


class Peer:
    """One peer's process, for as long as it is wanted."""

    def __init__(self, python: str | None, script: str, *arguments: object) -> None:
        if not python:
            raise Absent(f"{script}: no environment named (see benchmarks/peers.py)")
        if not Path(python).exists():
            raise Absent(f"{script}: there is no {python}")
        kept = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")
        one_thread = dict.fromkeys(
            ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
        )
        self._process = subprocess.Popen(
            [python, str(HERE / script), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={key: os.environ[key] for key in kept if key in os.environ} | one_thread,
        )
        self.told = self._answer(script)

    def _answer(self, script: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.__exit__()
            raise Absent(f"{script} stopped: run it by hand to see why")
        told: dict[str, Any] = json.loads(line)
        if "absent" in told:
            self.__exit__()
            raise Absent(f"{script}: {told['absent']}")
        return told

    def ask(self, **request: object) -> dict[str, Any]:
        """An answer; keys ``wall_ms`` and ``cpu_ms`` where something was timed."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer(str(request.get("do")))

    def rival(self, **request: object) -> Callable[[], Took]:
        """The same request again and again, for `stopwatch.interleaved`."""

        def take() -> Took:
            told = self.ask(**request)
            return Took(told["wall_ms"], told["cpu_ms"])

        return take

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
