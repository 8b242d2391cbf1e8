"""Roads of an extract and one profile -> `Network`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.errors import InputError
from servicemap.osm_file.kinds import OTHER_ROADS
from servicemap.roads import ferries, restrictions, turns
from servicemap.roads.chains import chains
from servicemap.roads.graph import assemble
from servicemap.roads.pieces import Segments, segments

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from servicemap.osm_file import Extract, RoadWays
    from servicemap.roads.network import Network
    from servicemap.roads.profiles import Profile, WayUse
    from servicemap.roads.projection import Projection
    from servicemap.roads.slope import Ground
    from servicemap.roads.split import Corners, Sequences

__all__ = ["Segments", "WayUses", "build", "class_of", "judge", "milliseconds", "segments"]

KPH_TO_M_PER_MS = 1.0 / 3_600.0
LIMIT_MS = 2**30  # one arc beyond 12 days is a fault of the data, and would overflow sums


@dataclass(frozen=True)
class WayUses:
    """A profile's judgement per way, as arrays."""

    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    forward_kph: NDArray[np.float64]
    backward_kph: NDArray[np.float64]
    assumed: NDArray[np.bool_]
    snappable: NDArray[np.bool_]
    rule: NDArray[np.int32]
    rules: tuple[str, ...]


def judge(
    roads: RoadWays, way_m: NDArray[np.float64], profile: Profile, when: datetime | None
) -> WayUses:
    """Ask the profile once per distinct set of tags; ferries once per way."""
    rules: dict[str, int] = {}

    def row(use: WayUse) -> tuple[Any, ...]:
        rule = rules.setdefault(use.rule, len(rules))
        return (
            use.forward,
            use.backward,
            use.forward_kph,
            use.backward_kph,
            use.assumed,
            use.snappable and not use.ferry,
            rule,
        )

    uses = [profile.way(tags, when=when) for tags in roads.tagsets]
    # A duration is that of the whole way, also where a layer of the study cut it.
    _, whole = np.unique(roads.way_id, return_inverse=True)
    way_m = np.bincount(whole, weights=way_m)[whole].astype(np.float64)
    per_way = np.array([row(use) for use in uses], dtype=np.float64)[roads.tagset]
    by_boat = np.array([use.ferry for use in uses])
    for way in np.flatnonzero(by_boat[roads.tagset]):
        tags, length_m = roads.tagsets[roads.tagset[way]], float(way_m[way])
        per_way[way] = row(profile.way(tags, when=when, length_m=length_m))
    return WayUses(
        forward=per_way[:, 0] > 0,
        backward=per_way[:, 1] > 0,
        forward_kph=per_way[:, 2],
        backward_kph=per_way[:, 3],
        assumed=per_way[:, 4] > 0,
        snappable=per_way[:, 5] > 0,
        rule=per_way[:, 6].astype(np.int32),
        rules=tuple(rules),
    )


def milliseconds(
    length_m: NDArray[np.float64], kph: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Time of each segment in whole milliseconds, at least 1.

    A segment of no length still takes one millisecond, so that times rise
    strictly along every path and the shortest of equally fast paths is found
    by following them in order.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        time = np.rint(length_m / (kph * KPH_TO_M_PER_MS))
    time = np.where(np.isfinite(time), time, LIMIT_MS)
    return np.clip(time, 1, LIMIT_MS).astype(np.int64)


def build(
    extract: Extract,
    pieces: Segments,
    profile: Profile,
    projection: Projection,
    *,
    when: datetime | None = None,
    ground: Ground | None = None,
) -> Network:
    """Make the network of one mode.

    Parameters
    ----------
    extract
        The map data.
    pieces
        `segments` of its roads; shared by all modes.
    profile
        What the mode may use and how fast.
    projection
        Metres of the study.
    when
        Moment at which conditional tags are judged; None leaves them out.
    ground
        Slopes of the pieces; None leaves all roads flat.

    Raises
    ------
    InputError
        No road of the extract may be used by this mode.
    """
    roads = extract.roads
    way_m: NDArray[np.float64] = np.bincount(
        pieces.way, weights=pieces.length_m, minlength=len(roads.way_id)
    ).astype(np.float64)
    uses = judge(roads, way_m, profile, when)
    usable = uses.forward | uses.backward
    kept = usable[pieces.way]
    if not kept.any():
        raise InputError("no_usable_roads", name=extract.name, mode=profile.name)
    a, b, way = pieces.a[kept], pieces.b[kept], pieces.way[kept]
    length_m = pieces.length_m[kept]
    forward, backward = uses.forward[way], uses.backward[way]
    forward_kph, backward_kph = (
        uses.forward_kph[pieces.way],
        uses.backward_kph[pieces.way],
    )
    slopes = ground is not None and profile.slope != "none"
    if ground is not None and slopes:
        forward_kph = ground.kph(profile, forward_kph, forward=True)
        backward_kph = ground.kph(profile, backward_kph, forward=False)
    forward_ms = milliseconds(length_m, forward_kph[kept])
    backward_ms = milliseconds(length_m, backward_kph[kept])

    blocked, delay_ms, barriers = _nodes(roads, pieces, profile, when)
    forward_ms += delay_ms[0][b]
    backward_ms += delay_ms[1][a]
    a, b, of = _split_blocked(a, b, pieces, blocked)
    lon, lat = pieces.lon[of], pieces.lat[of]
    x, y = (metres[of] for metres in pieces.metres(projection))

    bound, passed_over = restrictions.binding(roads, profile, when)
    cut = np.zeros(len(lon), dtype=bool)
    cut[turns.nodes_between(roads, bound, pieces.node_id)] = True

    def forbidden(corners: Corners) -> tuple[Sequences, dict[str, Any]]:
        sequences, counts = turns.forbidden(roads, bound, corners, pieces.node_id)
        used = counts.pop("applied", 0)
        counts.update(passed_over)
        return sequences, {"restrictions": used, "not_used": dict(sorted(counts.items()))}

    order, flip, first, _ = chains(a, b, forward, backward, len(lon), cut)
    report = _report(roads, uses, way_m, usable, barriers)
    if ground is not None and slopes:
        report["slope"] = {"model": profile.slope, **ground.report}
    if when is not None:
        report["when"] = when.isoformat(sep=" ", timespec="minutes")
    return assemble(
        mode=profile.name,
        projection=projection,
        leg_mps=profile.leg_kph / 3.6,
        tail=np.where(flip, b[order], a[order]),
        head=np.where(flip, a[order], b[order]),
        forward=np.where(flip, backward[order], forward[order]),
        backward=np.where(flip, forward[order], backward[order]),
        forward_ms=np.where(flip, backward_ms[order], forward_ms[order]),
        backward_ms=np.where(flip, forward_ms[order], backward_ms[order]),
        length_m=length_m[order],
        way=way[order],
        snappable=uses.snappable[way][order],
        chain_first=first,
        lon=lon,
        lat=lat,
        x=x,
        y=y,
        extract=extract,
        report=report,
        shores=ferries.shores(roads, pieces, profile, when, (a, b), len(lon)),
        turns=forbidden if roads.restrictions else None,
    )


def _nodes(
    roads: RoadWays, pieces: Segments, profile: Profile, when: datetime | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], dict[str, int]]:
    """Nodes that the mode cannot pass; what the others cost along a way, and against it."""
    delay_ms = np.zeros((2, len(pieces.node_id)), dtype=np.int64)
    if not len(roads.tagged_node):
        return np.empty(0, np.int64), delay_ms, {}
    uses = [profile.node(tags, when=when) for tags in roads.node_tagsets]
    passable = np.array([use.passable for use in uses])[roads.node_tagset]
    delay = np.array(
        [
            [round(use.delay_s * 1000) * meant for meant in (use.forward, use.backward)]
            for use in uses
        ]
    )[roads.node_tagset].T
    at = np.searchsorted(pieces.node_id, roads.tagged_node)
    at = np.minimum(at, len(pieces.node_id) - 1)
    on_road = pieces.node_id[at] == roads.tagged_node
    delay_ms[:, at[on_road]] = delay[:, on_road]
    stopped = on_road & ~passable
    barriers: dict[str, int] = defaultdict(int)
    for tagset in roads.node_tagset[stopped]:
        barriers[uses[tagset].rule] += 1
    return at[stopped], delay_ms, dict(sorted(barriers.items()))


def _split_blocked(
    a: NDArray[np.int64], b: NDArray[np.int64], pieces: Segments, blocked: NDArray[np.int64]
) -> tuple[Any, Any, Any]:
    """Give every road end at an impassable node a node of its own.

    The road can then be reached up to the barrier from both sides, and not passed.
    The last of the arrays says of which node of the pieces each node is.
    """
    every = np.arange(len(pieces.node_id))
    if not len(blocked):
        return a, b, every
    stop = np.zeros(len(pieces.node_id), dtype=bool)
    stop[blocked] = True
    ends = np.concatenate([a, b])
    hit = np.flatnonzero(stop[ends])
    copies = len(pieces.node_id) + np.arange(len(hit))
    of = np.concatenate([every, ends[hit]])
    ends[hit] = copies
    return ends[: len(a)], ends[len(a) :], of


def class_of(tags: Mapping[str, str]) -> str:
    """What a way is called in the report: a road, a pier, a platform, else a ferry."""
    if "highway" in tags:
        return tags["highway"]
    found = (value for key, value in OTHER_ROADS if tags.get(key) == value)
    return next(found, "ferry")


def _report(
    roads: RoadWays,
    uses: WayUses,
    way_m: NDArray[np.float64],
    usable: NDArray[np.bool_],
    barriers: dict[str, int],
) -> dict[str, Any]:
    km = way_m / 1000.0
    classes = np.array([class_of(tags) for tags in roads.tagsets])
    of_way = classes[roads.tagset]
    by_class = {
        str(name): round(float(km[usable & (of_way == name)].sum()), 3)
        for name in np.unique(of_way[usable])
    }
    dropped = {}
    for number, rule in sorted(enumerate(uses.rules), key=lambda item: item[1]):
        out = ~usable & (uses.rule == number)
        if out.any():
            dropped[rule] = {"ways": int(out.sum()), "km": round(float(km[out].sum()), 3)}
    return {
        "km": round(float(km[usable].sum()), 3),
        "km_by_class": by_class,
        "km_assumed_speed": round(float(km[usable & uses.assumed].sum()), 3),
        "dropped": dropped,
        "barriers": barriers,
    }
