"""Small worlds drawn in ASCII, each written as a real OSM file and read by the real reader.

    town = world('''
        A----B----C
        |
        |    h
        D
        ''',
        ways={"AB": {"oneway": "yes"}},
    )
    assert town.ms("walk", "h", "C") ...

*Capital letters* are nodes of roads; ``-`` ``|`` ``/`` ``\\`` join them, and each
drawn line is a way of its own with ``highway=residential``, unless ``ways`` tells
its tags. *Small letters* are points where people or offices are; they may stand
beside a road or on it. One column is one minute on foot (83.333 m at 5 km/h), one
row is two and a half: ``A----B``, and A over ``|`` over B, are five minutes each.

``ways`` may also name ways that are not drawn: ``"AC"`` is a straight road from A
to C, ``"ABC"`` one way of two pieces, ``"AB AB"`` two parallel ones. ``rivers``
are lines of letters; letters used by nothing else are no road nodes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap import osm_file
from servicemap.roads import osm_roads, profiles
from servicemap.roads.projection import EARTH_RADIUS_M, projection_for
from servicemap.roads.snapping import Snaps, snap
from servicemap.routing.travel_times import pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from servicemap.osm_file import Extract
    from servicemap.roads.network import Network

COLUMN_M = 5_000.0 / 60.0
ROW_M = 2.5 * COLUMN_M
LON, LAT = 9.0, 47.0  # the middle of UTM zone 32
PER_DEGREE_M = np.pi * EARTH_RADIUS_M / 180.0
LINES = {"-": (0, 1), "|": (1, 0), "\\": (1, 1), "/": (1, -1)}
FIVE_MINUTES_MS = 300_000
# coordinates in a file are whole 1e-7 degrees (a centimetre, 8 ms on foot)
ROUNDING_MS = 20
Tags = dict[str, str]


def place(row: float, column: float) -> tuple[float, float]:
    """Longitude and latitude of a character, as an OSM file can hold them."""
    lat = LAT - row * ROW_M / PER_DEGREE_M
    lon = LON + column * COLUMN_M / (PER_DEGREE_M * np.cos(np.radians(lat)))
    return round(float(lon), 7), round(float(lat), 7)


def _letters(art: str) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """Seats of all letters, and the drawn lines as pairs of letters."""
    lines = art.strip("\n").split("\n")
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    rows = [line[margin:] for line in lines]
    width = max(map(len, rows))
    rows = [row.ljust(width) for row in rows]
    seats = {
        mark: (r, c)
        for r, row in enumerate(rows)
        for c, mark in enumerate(row)
        if mark.isalpha()
    }
    drawn = []
    for mark, (r, c) in sorted(seats.items()):
        if not mark.isupper():
            continue
        for line, (down, right) in LINES.items():
            i, j, length = r + down, c + right, 0
            while (
                0 <= i < len(rows)
                and 0 <= j < width
                and (rows[i][j] == line or rows[i][j].islower())
            ):
                length += rows[i][j] == line
                i, j = i + down, j + right
            if length and 0 <= i < len(rows) and 0 <= j < width and rows[i][j].isupper():
                drawn.append(mark + rows[i][j])
    return seats, drawn


@dataclass(frozen=True)
class World:
    """A drawn map, read back from its file."""

    path: Path
    seats: Mapping[str, tuple[float, float]]
    profiles: Path | None = None
    made: dict[str, Network] = field(default_factory=dict)

    @cached_property
    def extract(self) -> Extract:
        """What the reader makes of the file."""
        return osm_file.read(self.path)

    def edit(self, old: str, new: str) -> None:
        """Change the file before it is read; ids of nodes count the letters from 1."""
        text = self.path.read_text("utf-8")
        assert old in text
        self.path.write_text(text.replace(old, new), "utf-8")

    def profile(self, mode: str) -> Any:
        """The mode's profile."""
        return profiles.load([mode], self.profiles)[mode]

    def network(self, mode: str = "walk") -> Network:
        """Roads of one mode; built once."""
        if mode not in self.made:
            self.made[mode] = osm_roads.build(
                self.extract,
                osm_roads.segments(self.extract.roads),
                self.profile(mode),
                projection_for("auto", LON, LAT),
            )
        return self.made[mode]

    def degrees(self, marks: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """Longitudes and latitudes of letters."""
        at = np.array([self.seats[mark] for mark in marks]).reshape(-1, 2)
        return at[:, 0], at[:, 1]

    def snap(self, mode: str, marks: Iterable[str], limit_m: float = 500.0) -> Snaps:
        """Letters joined to the roads of one mode."""
        return snap(self.network(mode), *self.degrees(marks), limit_m)

    def ms(self, mode: str, origin: str, destination: str, **options: Any) -> int | None:
        """Milliseconds from letter to letter; None where there is no way."""
        found = pairs(
            self.network(mode),
            self.snap(mode, origin),
            self.snap(mode, destination),
            **options,
        )
        return int(found.travel_ms[0]) if len(found.travel_ms) else None


def draw(
    folder: Path,
    art: str,
    *,
    ways: Mapping[str, Tags] | Iterable[tuple[str, Tags]] = (),
    nodes: Mapping[str, Tags] | None = None,
    rivers: Iterable[str] = (),
    water: Tags | None = None,
    turns: Iterable[tuple[str, str, str, str] | tuple[str, str, str, str, Tags]] = (),
    profiles: str | None = None,
    seats: Mapping[str, str] | None = None,
    name: str = "world.osm",
) -> World:
    """Draw a world; see the top of this file.

    Parameters
    ----------
    folder
        Where the file goes.
    art
        The map.
    ways
        Letters of a way -> its tags (``highway=residential`` unless told), as a
        table or as pairs.
    nodes
        Letter -> tags of the node.
    rivers, water
        Letters of rivers, and their tags (``waterway=river`` unless told).
    turns
        Turn restrictions: value, letters of the way from, of the node or the ways in
        between, of the way to, and further tags. An empty text is a missing member,
        ``?`` one that is not in the file.
    profiles
        A study's own profiles, as TOML.
    seats
        Letters that are not drawn -> the letter in whose place they are.
    name
        Name of the file.
    """
    drawn_seats, drawn = _letters(art)
    same = {mark: drawn_seats[other] for mark, other in (seats or {}).items()}
    seats = {**drawn_seats, **same}
    table = list(ways.items() if hasattr(ways, "items") else ways)
    named = [(one, tags) for letters, tags in table for one in letters.split()]
    rivers = list(rivers)
    told = {
        frozenset(pair)
        for letters in [*(letters for letters, _ in named), *rivers]
        for pair in _steps(letters)
    }
    plain = [(pair, {}) for pair in drawn if frozenset(pair) not in told]
    lines = [(one, {"highway": "residential", **tags}) for one, tags in named + plain]
    lines = [(one, {k: v for k, v in tags.items() if v}) for one, tags in lines]
    lines += [(one, water or {"waterway": "river"}) for one in rivers]
    used = sorted({mark for letters, _ in lines for mark in letters} | set(nodes or {}))
    ids = {mark: number for number, mark in enumerate(used, start=1)}
    degrees = {mark: place(*seat) for mark, seat in seats.items()}
    text = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
    for mark in used:
        lon, lat = degrees[mark]
        inner = _tags((nodes or {}).get(mark, {}))
        text.append(
            f'<node id="{ids[mark]}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">{inner}</node>'
        )
    for number, (letters, tags) in enumerate(lines, start=1):
        refs = "".join(f'<nd ref="{ids[mark]}"/>' for mark in letters)
        text.append(f'<way id="{number}" version="1">{refs}{_tags(tags)}</way>')
    numbers = {frozenset(letters): k for k, (letters, _) in enumerate(lines, start=1)}
    for number, (value, *members, more) in enumerate(
        [(*one, {}) if len(one) < 5 else one for one in turns], start=1
    ):
        inner = ""
        for role, letters in zip(("from", "via", "to"), members, strict=True):
            for part in letters.split():
                node = role == "via" and len(part) == 1
                ref = ids.get(part) if node else numbers.get(frozenset(part))
                inner += (
                    f'<member type="{"node" if node else "way"}" ref="{ref or 999_999}" '
                    f'role="{role}"/>'
                )
        tags = {"type": "restriction", "restriction": value, **more}
        tags = {k: v for k, v in tags.items() if v}
        text.append(f'<relation id="{number}" version="1">{inner}{_tags(tags)}</relation>')
    text.append("</osm>")
    path = folder / name
    path.write_text("\n".join(text), encoding="utf-8")
    own = None
    if profiles is not None:
        own = folder / "profiles.toml"
        own.write_text(profiles, encoding="utf-8")
    return World(path, degrees, own)


def _steps(letters: str) -> list[str]:
    return [a + b for a, b in itertools.pairwise(letters)]


def _tags(tags: Mapping[str, str]) -> str:
    return "".join(f'<tag k="{escape(k)}" v="{escape(v)}"/>' for k, v in tags.items())
