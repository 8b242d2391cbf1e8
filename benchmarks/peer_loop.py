"""The peers' side of the talk: requests in, answers out, one line of JSON each.

Imported by the ``peer_*.py`` scripts, which run in environments of their own; it needs
nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# what libraries print must not come between the answers
_answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def say(**told: object) -> None:
    _answers.write(json.dumps(told) + "\n")
    _answers.flush()


def run_or_leave(*command: object) -> None:
    """Run a peer's own program; where it fails, say why the peer is absent and end."""
    run = subprocess.run(
        [str(one) for one in command], capture_output=True, text=True, check=False
    )
    if run.returncode:
        say(absent=(run.stdout + run.stderr)[-300:])
        sys.exit()


def timed(run: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    """Milliseconds by the wall and of the processor, and what came of it."""
    cpu, wall = time.process_time(), time.perf_counter()
    came = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall_ms": 1000 * wall, "cpu_ms": 1000 * cpu}, came


def serve(doing: dict[str, Callable[..., dict[str, Any]]]) -> None:
    """Answer until the other side has no more requests."""
    for line in sys.stdin:
        request = json.loads(line)
        say(**doing[request.pop("do")](**request))
