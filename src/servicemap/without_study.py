"""Travel times and areas of any points on any roads, without a study."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap.errors import InputError, Problem
from servicemap.intake import read_points
from servicemap.progress import Say, log
from servicemap.roads import prepared, profiles, sources
from servicemap.roads.snapping import Role, Snaps, snap
from servicemap.routing.as_tables import isochrones_table, seconds
from servicemap.routing.isochrones import areas
from servicemap.routing.reached_roads import reached_roads, reached_roads_table
from servicemap.routing.travel_times import pairs
from servicemap.study import MAX_MINUTES, MAX_SNAP_M

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from servicemap.roads.network import Network
    from servicemap.roads.profiles import Profile
    from servicemap.routing.isochrones import Direction
    from servicemap.routing.travel_times import Pairs, Weight

Points = str | Path | pd.DataFrame
MOST_PAIRS = 50_000_000


def network(
    roads: str | Path,
    mode: str,
    *,
    crs: str = "auto",
    profile_file: str | Path | None = None,
    say: Say = log,
) -> Network:
    """The road network of one mode, prepared or from the cache.

    Parameters
    ----------
    roads
        OSM extract (``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``), or GIS lines.
    mode
        Name of a profile: ``walk``, ``bike``, ``ebike``, ``motorcycle``, ``drive``, ...
    crs
        Projected CRS, or ``auto`` for the UTM zone.
    profile_file
        A toml file with profiles of your own.
    say
        Told when the network is built anew.
    """
    known = profiles.load([mode], Path(profile_file) if profile_file else None)
    return _network(roads, known, crs=crs, say=say)[0]


def _network(
    roads: str | Path, known: Mapping[str, Profile], *, crs: str = "auto", say: Say
) -> tuple[Network, tuple[Problem, ...]]:
    """The network of the one mode, and what was found in the file of its roads."""
    # an extract that was cut off, what was joined of lines, what a saved graph lacks:
    # it must be said every time, and only the file tells it, or what is kept of it
    extract = sources.read(Path(roads), want_map=False)
    made = prepared.networks(
        extract, known, crs=crs, say=lambda name: say("network", mode=name)
    )
    return next(iter(made.values())), extract.problems


def matrix(
    roads: str | Path,
    origins: Points,
    destinations: Points,
    *,
    mode: str = "walk",
    minutes: float | None = None,
    weight: Weight = "time",
    snap_limit_m: float = 500.0,
    say: Say = log,
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Travel time and distance of every pair, with a reason where there is none.

    Parameters
    ----------
    roads
        OSM extract.
    origins, destinations
        A file (CSV, workbook, GeoJSON, GeoPackage, ...) or a table with
        ``id, lon, lat`` in degrees.
    mode
        Name of a profile.
    minutes
        Bound of the door-to-door time; None for no bound.
    weight
        What the path minimises, ``time`` or ``distance``.
    snap_limit_m
        The longest straight leg between a point and its road, metres.
    say
        Told the name of each stage.

    Returns
    -------
    pairs : DataFrame
        ``from_id, to_id, travel_time_s, distance_m, reason``, in the order of
        the inputs. ``travel_time_s`` includes both straight legs, walked;
        ``distance_m`` is the length on the roads, without them.
    problems
        Findings in the files.

    Raises
    ------
    InputError
        A file or a value cannot be used.
    """
    _limits(minutes=minutes, snap_limit_m=snap_limit_m)
    start, problems = _points(origins)
    goal, more = _points(destinations)
    if len(start) * len(goal) > MOST_PAIRS:
        raise InputError("too_many_pairs", pairs=len(start) * len(goal), most=MOST_PAIRS)
    net, found_in_roads = _network(roads, profiles.load([mode]), say=say)
    say("travel_times", mode=mode, demand=len(start), facilities=len(goal))
    at_start = _snap(net, start, snap_limit_m, "origin")
    at_goal = _snap(net, goal, snap_limit_m, "destination")
    found = pairs(net, at_start, at_goal, minutes=minutes, weight=weight)
    shape = (len(start), len(goal))
    travel_ms = np.full(shape, -1, dtype=np.int64)
    distance_m = np.full(shape, np.nan)
    travel_ms[found.origin, found.destination] = found.travel_ms
    distance_m[found.origin, found.destination] = found.distance_m
    frame = pd.DataFrame(
        {
            "from_id": np.repeat(start["id"].to_numpy(), shape[1]),
            "to_id": np.tile(goal["id"].to_numpy(), shape[0]),
            "travel_time_s": seconds(travel_ms.ravel()),
            "distance_m": np.round(distance_m.ravel(), 2),
            "reason": pair_reasons(net, at_start, at_goal, found, minutes).ravel(),
        }
    )
    twice = [one for one in more if one not in problems]  # where both are one file
    return frame, (*found_in_roads, *problems, *twice)


def pair_reasons(
    net: Network, start: Snaps, goal: Snaps, found: Pairs, minutes: float | None
) -> np.ndarray:
    """Why a pair has no time: the origin's reason, the destination's, too far, no route."""
    shape = (len(start.edge), len(goal.edge))
    reason = np.full(shape, None, dtype=object)
    absent = np.ones(shape, dtype=bool)
    absent[found.origin, found.destination] = False
    on_main = [(snaps.edge >= 0) & ~snaps.island for snaps in (start, goal)]
    reason[absent] = "no_route"
    group, land = net.edge_beyond, net.edge_land
    here, there = (np.maximum(snaps.edge, 0) for snaps in (start, goal))
    by_ferry = group[here][:, None] == group[there][None, :]
    by_ferry &= land[here][:, None] != land[there][None, :]
    reason[absent & by_ferry] = "ferry_only"
    # by way of the main component there is always a route
    reason[absent & on_main[0][:, None] & on_main[1][None, :]] = "too_far"
    if minutes is not None:
        # elsewhere a search without a bound must say so
        rows = np.flatnonzero((absent & (reason == "no_route")).any(axis=1))
        if len(rows):
            kept = np.zeros(shape[0], dtype=bool)
            kept[rows] = True
            far = pairs(net, start.masked(kept), goal)
            hit = absent[far.origin, far.destination]
            reason[far.origin[hit], far.destination[hit]] = "too_far"
    for snaps, axis in ((goal, 1), (start, 0)):
        unsnapped = np.flatnonzero(snaps.edge < 0)
        why = snaps.reason[unsnapped]
        if axis == 1:
            reason[:, unsnapped] = why[None, :]
        else:
            reason[unsnapped, :] = why[:, None]
    return reason


def isochrones(
    roads: str | Path,
    points: Points,
    *,
    mode: str = "walk",
    minutes: Sequence[float] = (5.0, 10.0, 15.0),
    direction: Direction = "to",
    merge: bool = False,
    cell_m: float | None = None,
    snap_limit_m: float = 500.0,
    lines: bool = False,
    say: Say = log,
) -> tuple[gpd.GeoDataFrame, tuple[Problem, ...]]:
    """Areas within cutoffs of points, one per point and cutoff or all points merged.

    Parameters
    ----------
    roads, points, mode, snap_limit_m, say
        As for `matrix`.
    minutes
        Cutoffs.
    direction
        ``to``: from where a point is reached in time; ``from``: what is reached
        from it.
    merge
        One area of all points together per cutoff.
    cell_m
        Distance of grid points in metres; see `servicemap.routing.isochrones`.
    lines
        The roads within the cutoffs instead of the areas, cut where the time is up.

    Returns
    -------
    areas : GeoDataFrame
        ``facility_id, mode, direction, cutoff_min, area_km2, reason, geometry``
        in EPSG:4326; a point that met no road has no geometry and a reason. With
        ``lines`` one row per piece of road: ``facility_id, mode, direction,
        cutoff_min, edge_id, name, from_min, to_min, length_m, geometry``; a point
        that met no road has no rows.
    problems
        Findings in the file.
    """
    for cutoff in minutes:
        _limits(minutes=cutoff, snap_limit_m=snap_limit_m, cell_m=cell_m)
    if not len(minutes):
        raise InputError("value", name="minutes", value="", expected="5,10,15")
    cutoffs = sorted(set(minutes))
    at, problems = _points(points)
    net, found_in_roads = _network(roads, profiles.load([mode]), say=say)
    say("isochrones", mode=mode)
    role: Role = "destination" if direction == "to" else "origin"
    snaps = _snap(net, at, snap_limit_m, role)
    if lines:
        reached = (
            one
            for cutoff in cutoffs
            for one in reached_roads(net, snaps, cutoff, direction=direction, merged=merge)
        )
        table = reached_roads_table(reached, at["id"], net, direction)
        return table, (*found_in_roads, *problems)
    found = list(
        areas(
            net,
            snaps,
            cutoffs,
            direction=direction,
            merged=merge,
            cell_m=cell_m,
            snap_limit_m=snap_limit_m,
        )
    )
    table = isochrones_table(found, at["id"], net, direction)
    km2 = [round(area.geometry.area / 1e6, 4) for area in found]
    table.insert(4, "area_km2", km2)
    why = snaps.reason
    lost = [area.row >= 0 and snaps.edge[area.row] < 0 for area in found]
    reason = [why[area.row] if area.row >= 0 else None for area in found]
    table.insert(5, "reason", pd.Series(reason, dtype="str"))
    table.loc[lost, "area_km2"] = np.nan
    table.geometry = table.geometry.where(~np.array(lost), None)
    return table, (*found_in_roads, *problems)


def _snap(net: Network, points: pd.DataFrame, limit_m: float, role: Role) -> Snaps:
    return snap(net, points["lon"].to_numpy(), points["lat"].to_numpy(), limit_m, role)


def _points(points: Points) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    if not isinstance(points, pd.DataFrame):
        return read_points(points)
    lacking = [name for name in ("id", "lon", "lat") if name not in points.columns]
    if lacking:
        raise InputError("points_columns", lacking=", ".join(lacking))
    return points.assign(id=points["id"].astype(str)), ()


_MOST = {
    "minutes": MAX_MINUTES,
    "snap_limit_m": MAX_SNAP_M,
    "cell_m": 1_000.0,
}


def _limits(**values: Any) -> None:
    """Values that make sense; NaN never does."""
    for name, value in values.items():
        most = _MOST[name]
        if value is None:
            continue
        if not math.isfinite(value) or not 0 < value <= most:
            raise InputError(
                "value", name=name, value=value, expected=f"0 < {name} <= {most:g}"
            )
