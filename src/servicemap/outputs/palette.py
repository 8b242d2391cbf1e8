"""Colours and shapes of pictures and printed maps: those of the interactive map.

No legend needs relearning; a test compares them with ``assets/palette.js``.
"""

from __future__ import annotations

import math

PAPER = {
    "desk": "#f1eee8",
    "land": "#f7f5f0",
    "water": "#d3e2ea",
    "waterLine": "#aecbd9",
    "woods": "#e5ecdb",
    "built": "#ece7df",
    "text": "#23262d",
    "place": "#5c6069",
    "border": "#8d8796",
    "beyond": "#e8842c",
    "noWay": "#a84300",
    "unknown": "#8a8f98",
    "accent": "#3b2a80",
}
RAMP = ("#3b2a80", "#6a59b3", "#9f93d3", "#cfc9ea")  # from the shortest time on
BAND_SHARE = 0.55  # opacity of the areas within reach
QUIET = "#6c6577"  # names of areas
RED = "#b0123f"  # what a reader must not miss

# outline colour, sign size in millimetres on A4
TIERS = {
    "city": (RED, 2.1),
    "township": ("#0b5fa5", 1.45),
    "village": ("#0c7a6b", 0.85),
    "bank": ("#8a6100", 1.0),
    "kiosk": ("#394150", 0.95),
    "mobile": ("#a3227f", 1.0),
}
# class of road -> casing, fill, width in millimetres on A4 at 1:100,000 and below
ROADS = {
    "path": ("#b3a68f", None, 0.12),
    "track": ("#b7a98f", None, 0.14),
    "minor": ("#c9c3b8", "#ffffff", 0.22),
    "tertiary": ("#c3bcb0", "#ffffff", 0.38),
    "secondary": ("#b9b0a2", "#ffffff", 0.5),
    "primary": ("#a89c88", "#fffdf7", 0.62),
    "trunk": ("#b99a66", "#f9e6c3", 0.75),
    "motorway": ("#b3904f", "#f8dfb2", 0.85),
}
RAIL = "#8f8c90"


def ramp(index: int, count: int) -> str:
    """Colour of the cutoff at a place among ``count`` cutoffs, shortest first."""
    if count < 2:  # noqa: PLR2004 - nothing to mix
        return RAMP[1]
    place = index / (count - 1) * (len(RAMP) - 1)
    low = min(int(place), len(RAMP) - 2)
    return mixed(RAMP[low], RAMP[low + 1], place - low)


def mixed(first: str, second: str, share: float) -> str:
    """A colour between two, halves upwards as in JavaScript."""
    parts = []
    for at in (1, 3, 5):
        low, high = int(first[at : at + 2], 16), int(second[at : at + 2], 16)
        parts.append(f"{math.floor(low + (high - low) * share + 0.5):02x}")
    return "#" + "".join(parts)


def sign(tier: str) -> tuple[tuple[float, float], ...] | None:
    """Corners of a tier's sign around the origin, y upwards; None for a circle."""
    shapes = {
        "city": _star(5, 0.48),
        "township": ((-0.86, 0.86), (0.86, 0.86), (0.86, -0.86), (-0.86, -0.86)),
        "bank": ((0.0, 1.15), (1.15, 0.0), (0.0, -1.15), (-1.15, 0.0)),
        "kiosk": ((0.0, 1.1), (1.05, -0.8), (-1.05, -0.8)),
        "mobile": _star(6, 0.866),
    }
    return shapes.get(tier)


def _star(tips: int, inner: float) -> tuple[tuple[float, float], ...]:
    found = []
    for corner in range(2 * tips):
        reach = inner if corner % 2 else 1.15
        turn = math.pi * corner / tips + math.pi / 2
        found.append((math.cos(turn) * reach, math.sin(turn) * reach))
    return tuple(found)
