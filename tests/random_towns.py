"""Towns drawn by lot: streets of all sorts between letters on a bent grid, and points beside them."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import numpy as np

from worlds import World, draw

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 5
NODES = string.ascii_uppercase[: SIDE * SIDE]
POINTS = "abcdefghij"
CLASSES = ("residential", "primary", "service", "footway", "track", "steps")


def town(
    folder: Path,
    seed: int,
    *,
    sorts: tuple[str, ...] = CLASSES,
    oneway: float = 0.3,
    missing: float = 0.15,
    more: tuple[tuple[str, dict[str, str]], ...] = (),
    turned: bool = False,
    **options: Any,
) -> World:
    """A town of 25 crossings; the same seed gives the same town.

    ``turned`` draws every way from its other end: all one-way streets turn round.
    """
    random = np.random.default_rng(seed)
    rows = [[" "] * (6 * SIDE) for _ in range(3 * SIDE)]
    for number, mark in enumerate(NODES):
        r, c = divmod(number, SIDE)
        rows[3 * r + random.integers(0, 2)][6 * c + random.integers(0, 4)] = mark
    free = [
        (r, c) for r, row in enumerate(rows) for c, mark in enumerate(row) if mark == " "
    ]
    for mark, k in zip(POINTS, random.permutation(len(free)), strict=False):
        rows[free[k][0]][free[k][1]] = mark
    ways = []
    for number in range(len(NODES)):
        for other in (number + 1 if (number + 1) % SIDE else None, number + SIDE):
            if other is None or other >= len(NODES) or random.random() < missing:
                continue
            tags = {"highway": str(random.choice(sorts))}
            if random.random() < oneway:
                tags["oneway"] = "yes"
            pair = NODES[number] + NODES[other]
            ways.append((pair[:: random.choice([1, -1])], tags))
    ways += more
    if turned:
        ways = [(letters[::-1], tags) for letters, tags in ways]
    art = "\n".join("." + "".join(row) for row in rows)
    return draw(folder, art, ways=ways, **options)
