"""A study written by hand around a drawn world, with answers that one can count.

On foot one column is a minute, so that in ``ART`` B is five, C ten and D fifteen
minutes from the service points at A. F and G are an island of the road network, x is
farther from any road than the snap limit. Every village has a power of two people: a
sum says exactly who is in it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numba

from worlds import draw

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ART = """
A----B----C----D----H          F----G
|
|
E




                    x
"""
# village -> letter, people; V03 is about fifteen minutes away, V07 about twenty
VILLAGES = {
    "V00": ("A", 1),
    "V01": ("B", 2),
    "V02": ("C", 4),
    "V03": ("D", 8),
    "V04": ("E", 16),
    "V05": ("F", 32),
    "V06": ("x", 64),
    "V07": ("H", 128),
}
# P2 stands first in the file, and both are at A: every answer is a tie
POINTS = {"P2": "A", "P1": "A"}

TOML = """
[study]
name = "{name}"
language = "{language}"
timezone = "Europe/Vaduz"

[roads]
source = "world.osm"

[facilities]
source = "points.csv"
datum = "wgs84"

[villages]
source = "villages.csv"
datum = "wgs84"

[people]
spread = "point"
kind = "resident"
year = 2024

[travel]
modes = ["{mode}"]
minutes = [5, 15]

[[question]]
id = "headline"
mode = "{mode}"
minutes = {minutes!r}
"""


def write(
    folder: Path,
    *,
    art: str = ART,
    villages: Mapping[str, tuple[str, int]] = VILLAGES,
    points: Mapping[str, str] = POINTS,
    mode: str = "walk",
    minutes: float = 15,
    language: str = "en",
    name: str = "Small",
    **world: object,
) -> Path:
    """Write the study's files into a new folder and give the folder back."""
    folder.mkdir(parents=True)
    seats = draw(folder, art, **world).seats
    rows = ["id,name,township,people,longitude,latitude"]
    for village, (letter, people) in villages.items():
        lon, lat = seats[letter]
        rows.append(f"{village},Village {village},Town,{people},{lon},{lat}")
    (folder / "villages.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    rows = ["id,name,tier,township,one-stop system,longitude,latitude"]
    for point, letter in points.items():
        lon, lat = seats[letter]
        rows.append(f"{point},Point {point},township,Town,yes,{lon},{lat}")
    (folder / "points.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    text = TOML.format(name=name, language=language, mode=mode, minutes=minutes)
    (folder / "servicemap.toml").write_text(text, encoding="utf-8")
    return folder


def environment(cache: Path, **more: str) -> dict[str, str]:
    """Environment of a subprocess: its own networks, the compiled kernels of this process."""
    own = {"SERVICEMAP_CACHE": str(cache), "PYTHONIOENCODING": "utf-8"}
    if numba.config.CACHE_DIR:
        own["NUMBA_CACHE_DIR"] = str(numba.config.CACHE_DIR)
    return {**os.environ, **own, **more}
