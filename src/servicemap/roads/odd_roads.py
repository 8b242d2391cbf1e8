"""What is odd in a map's roads: counted and told, each kind handled by its rule.

The rules are in ``docs/data.md``, *Odd roads*. None of these stops a study.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.errors import SHOWN, Problem
from servicemap.roads.quantities import speed_kph

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from servicemap.osm_file import RoadWays

# Values that stand for a limit which no number tells (Key:maxspeed).
NO_FAULT = ("roads_loop", "roads_double")  # counted, not told: maps have them
NO_NUMBER = frozenset(("signals", "variable", "default", "implicit", "unposted", "no"))
CIRCLES = frozenset(("roundabout", "circular"))


def odd(roads: RoadWays, implicit_kph: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Kinds of odd roads with how many there are and on which ways.

    Parameters
    ----------
    roads
        Roads of an extract.
    implicit_kph
        Speed per code such as ``CN:urban``, from a profile.

    Returns
    -------
    dict
        Kind -> ``count`` and ``ways`` (up to five OSM ids, ascending); kinds without
        any are absent. ``roads_speed``: ways whose limit is no speed; ``roads_loop``:
        ways that end where they begin and are no circle to drive round;
        ``roads_short``: pieces of no length; ``roads_double``: pieces that an earlier
        way has as well; ``roads_circle``: circles that are not closed.
    """
    last = np.zeros(len(roads.node_id), dtype=bool)
    last[roads.first[1:] - 1] = True
    start = np.flatnonzero(~last)
    way = np.repeat(np.arange(len(roads.way_id)), np.diff(roads.first))[start]
    a, b = roads.node_id[start], roads.node_id[start + 1]
    still = (roads.x[start] == roads.x[start + 1]) & (roads.y[start] == roads.y[start + 1])
    pair = np.stack([np.minimum(a, b), np.maximum(a, b)], axis=1)
    order = np.lexsort((way, pair[:, 1], pair[:, 0]))
    same = (pair[order[1:]] == pair[order[:-1]]).all(axis=1)
    circles = _of(roads, lambda tags: tags.get("junction") in CIRCLES)
    ends = roads.node_id[roads.first[:-1]] == roads.node_id[roads.first[1:] - 1]
    areas = _of(roads, lambda tags: tags.get("area") == "yes")
    found = {
        "roads_speed": np.flatnonzero(_of(roads, lambda tags: _unread(tags, implicit_kph))),
        "roads_loop": np.flatnonzero(ends & ~circles & ~areas),
        "roads_short": way[still],
        "roads_double": way[order[1:][same]],
        "roads_circle": _open_circles(roads, circles),
    }
    return {
        kind: {
            "count": len(rows),
            "ways": [int(one) for one in np.unique(roads.way_id[rows])[:SHOWN]],
        }
        for kind, rows in found.items()
        if len(rows)
    }


def findings(
    roads: RoadWays, implicit_kph: Mapping[str, float], source: str
) -> Iterator[Problem]:
    """A note per kind of odd roads that is a fault of the map.

    Parameters
    ----------
    roads, implicit_kph
        As for `odd`.
    source
        Name of the extract.
    """
    for kind, told in odd(roads, implicit_kph).items():
        if kind in NO_FAULT:
            continue
        values = {"count": told["count"], "ways": ", ".join(map(str, told["ways"]))}
        yield Problem(kind, "note", source, values=values)


def _of(roads: RoadWays, holds: Any) -> NDArray[np.bool_]:
    """Ways whose tags fulfil a condition."""
    of_set: NDArray[np.bool_] = np.array([bool(holds(tags)) for tags in roads.tagsets])
    return of_set[roads.tagset]


def _unread(tags: Mapping[str, str], implicit_kph: Mapping[str, float]) -> bool:
    """Whether a limit is neither a speed nor a word for one."""
    return any(
        speed_kph(text, implicit_kph) is None and text.strip().lower() not in NO_NUMBER
        for key, text in tags.items()
        if key in ("maxspeed", "maxspeed:forward", "maxspeed:backward")
    )


def _open_circles(roads: RoadWays, circles: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Ways of circles at whose end no other way of a circle goes on."""
    rows = np.flatnonzero(circles)
    begin, end = roads.node_id[roads.first[rows]], roads.node_id[roads.first[rows + 1] - 1]
    return rows[~np.isin(end, begin) & (begin != end)]
