"""A server in a process of its own on loopback: started, asked, timed, stopped.

Processor time is that of the server's process, all threads, as the system counts it
(Linux: /proc; elsewhere it is not told). Every wait is bounded.
"""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE_S = 120.0
CLIENTS = 24  # of one load; more requests at once than these wait, and that is counted


def cpu_ms(pid: int) -> float:
    """Processor time of a process so far; NaN where the system does not tell."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return float("nan")
    ticks = told.rpartition(")")[2].split()
    return 1000.0 * (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


class Wire:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._made = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)

    def get(self, path: str) -> bytes:
        """The body of an answer with status 200."""
        self._made.request("GET", path)
        answer = self._made.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:300].decode()}")
        return body

    def close(self) -> None:
        """Hang up."""
        self._made.close()


class Server:
    """A process that listens on a port of loopback."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port

    @classmethod
    def start(cls, command: Sequence[str], **environment: str) -> Self:
        """Run ``servicemap serve``, which says where it listens."""
        process = subprocess.Popen(
            [*command, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **environment},
        )
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise SystemExit(f"{' '.join(command)} stopped: run it by hand to see why")
        return cls(process, int(address.rstrip("/").rpartition(":")[2]))

    @property
    def cpu_ms(self) -> float:
        """Of the process so far."""
        return cpu_ms(self.process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE_S)


@dataclass(frozen=True)
class Load:
    """What a load of requests met: milliseconds by the wall, and the server's own."""

    wall_ms: list[float]
    cpu_ms: float
    seconds: float

    def at(self, percent: int) -> float:
        """A percentile."""
        return statistics.quantiles(self.wall_ms, n=100, method="inclusive")[percent - 1]

    def __str__(self) -> str:
        cpu_each = self.cpu_ms / len(self.wall_ms)
        return (
            f"{len(self.wall_ms):>8} {self.at(50):>8.1f} {self.at(95):>8.1f} "
            f"{self.at(99):>8.1f} {max(self.wall_ms):>8.1f} | {cpu_each:>7.1f} "
            f"{self.cpu_ms / self.seconds / 1000.0:>6.2f}"
        )


HEAD = (
    f"{'requests':>8} {'p50 ms':>8} {'p95':>8} {'p99':>8} {'most':>8} | "
    f"{'cpu ms':>7} {'cores':>6}"
)


def steady(server: Server, paths: Sequence[str], per_second: float) -> Load:
    """Requests at fixed moments, whether the ones before are answered or not.

    A request's time counts from the moment at which it was due, so that one that has
    to wait for others is as late as a person would find it.
    """
    wires = [Wire(server.port) for _ in range(CLIENTS)]
    free = list(wires)
    cpu, began = server.cpu_ms, time.perf_counter()

    def ask(path: str, due: float) -> float:
        wire = free.pop()
        wire.get(path)
        free.append(wire)
        return 1000.0 * (time.perf_counter() - due)

    with ThreadPoolExecutor(CLIENTS) as pool:
        waiting = []
        for number, path in enumerate(paths):
            due = began + number / per_second
            time.sleep(max(0.0, due - time.perf_counter()))
            waiting.append(pool.submit(ask, path, due))
        wall = [one.result(PATIENCE_S) for one in waiting]
    seconds = time.perf_counter() - began
    for wire in wires:
        wire.close()
    return Load(wall, server.cpu_ms - cpu, seconds)


def in_turn(server: Server, paths: Sequence[str]) -> Load:
    """Requests one after the other over one connection."""
    wire, wall = Wire(server.port), []
    cpu, began = server.cpu_ms, time.perf_counter()
    for path in paths:
        sent = time.perf_counter()
        wire.get(path)
        wall.append(1000.0 * (time.perf_counter() - sent))
    seconds = time.perf_counter() - began
    wire.close()
    return Load(wall, server.cpu_ms - cpu, seconds)
