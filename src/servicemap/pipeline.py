"""The one file that knows the order: a study goes in, a `Result` comes out."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap import map_edge, preparation, tables
from servicemap.analysis.annex import annex
from servicemap.analysis.coverage import coverage
from servicemap.analysis.gaps import gaps
from servicemap.errors import SHOWN, Problem
from servicemap.intake.ground import ground
from servicemap.intake.public import public_study
from servicemap.intake.public_findings import public_files, public_problems
from servicemap.land import Land
from servicemap.outputs.basemap import basemap
from servicemap.outputs.road_changes import changed_roads
from servicemap.progress import Say, log
from servicemap.result import Result
from servicemap.roads import islands, restrictions
from servicemap.roads.snapping import Role, Snaps, snap, snaps_table
from servicemap.routed import Routed
from servicemap.routing.as_tables import (
    isochrones_table,
)
from servicemap.routing.audit import audit
from servicemap.routing.cut_areas import cut_areas
from servicemap.routing.isochrones import SINGLE_THIN_CELLS, areas
from servicemap.routing.reached_roads import reached_roads, reached_roads_table
from servicemap.study import Study
from servicemap.study import read as read_study

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy as np

    from servicemap.roads.network import Network


OPEN = "open"


def run(
    asked: Study | str | Path,
    *,
    times: str | Path | None = None,
    say: Say = log,
) -> Result:
    """Answer a study's questions.

    Parameters
    ----------
    asked
        A study, its folder, or its ``servicemap.toml``.
    times
        A table of travel times made by another router (``demand_id, facility_id,
        mode, travel_time_s`` and, if known, ``distance_m``) in place of ours.
    say
        Told the name of each stage as it begins.

    Returns
    -------
    Result

    Raises
    ------
    ServicemapError
        The input cannot be used, or no road network can be made of it.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    asked = public_study(asked if isinstance(asked, Study) else read_study(asked))
    extract, given = preparation.read(asked, say)
    odd = preparation.examined(asked, given)
    roads = preparation.networks(asked, extract, say)
    facilities, demand = given.facilities, given.demand
    say("basemap")
    drawn = basemap(extract, asked, given.townships)
    land = Land.of(asked, given.townships, tuple(drawn["water"].geometry))
    found = _Found()
    routed = Routed(asked, given, ground(extract, given.villages, given.townships))
    if times is not None:
        routed.read(times)
    for mode, network in roads.items():
        limit_m = asked.travel.snap_limit_m
        points = _snap(network, facilities, limit_m, "destination")
        homes = _snap(network, demand, limit_m, "origin")
        found.snaps += [
            snaps_table(network, points, facilities["facility_id"], "facilities"),
            snaps_table(network, homes, demand["demand_id"], "demand"),
        ]
        if times is None:
            say("travel_times", mode=mode, demand=len(demand), facilities=len(facilities))
            routed.route(network, points, homes)
        is_open = (facilities["status"] == OPEN).to_numpy()
        found.problems += _off_roads(points, facilities[is_open], is_open, asked, mode)
        say("isochrones", mode=mode)
        _areas(found, network, points.masked(is_open), facilities, asked, land)
        seated = {
            "facilities": (list(facilities["facility_id"]), points),
            "villages": (list(demand["village_id"]), homes),
        }
        found.problems += map_edge.findings(
            network, extract, seated, is_open, max(asked.travel.minutes)
        )
        found.reports[mode] = _report(network, seated)
    say("coverage")
    answers = routed.answers()
    covered = coverage(answers)
    left_out = gaps(asked, coverage=covered, villages=given.villages, demand=demand)
    problems = [*preparation.findings(asked, extract, given), *odd, *found.problems]
    problems += restrictions.findings(found.reports, extract.name)
    findings = tuple(public_problems(problems, asked))
    return Result(
        study=asked,
        facilities=facilities,
        townships=given.townships,
        villages=given.villages,
        demand=demand,
        people=given.people,
        items=given.items,
        services=given.services,
        snaps=tables.joined(found.snaps, "snaps"),
        travel_times=routed.travel_times,
        nearest=routed.nearest,
        coverage=covered,
        gaps=left_out,
        isochrones=tables.joined(found.isochrones, "isochrones"),
        problems=tables.problems_table(findings, asked.language),
        findings=findings,
        basemap=drawn,
        inputs=public_files(preparation.inputs_used(asked, extract, given), asked),
        road_changes=public_files(extract.changes, asked, "source"),
        changed_roads=changed_roads(extract),
        network=found.reports,
        audit=pd.concat(found.audit, ignore_index=True),
        annex={
            **annex(answers, covered, routed.ground_answers()),
            "people_sources": given.people_sources,
        },
        reached_roads=pd.concat(found.reached_roads, ignore_index=True),
        provenance={
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - clock, 3),
        },
    )


@dataclass
class _Found:
    """What the modes found, one after another."""

    snaps: list[pd.DataFrame] = field(default_factory=list)
    isochrones: list[pd.DataFrame] = field(default_factory=list)
    audit: list[pd.DataFrame] = field(default_factory=list)
    reached_roads: list[pd.DataFrame] = field(default_factory=list)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def _report(
    network: Network, seated: Mapping[str, tuple[list[str], Snaps]]
) -> dict[str, Any]:
    """The network's own report, with what sits on its islands."""
    edges = {kind: (ids, at.edge) for kind, (ids, at) in seated.items()}
    return {**network.report, "components": islands.components(network, edges)}


def _snap(network: Network, frame: pd.DataFrame, limit_m: float, role: Role) -> Snaps:
    return snap(network, frame["lon"].to_numpy(), frame["lat"].to_numpy(), limit_m, role)


def _off_roads(
    points: Snaps, facilities: pd.DataFrame, is_open: np.ndarray, asked: Study, mode: str
) -> Iterator[Problem]:
    """Open points with coordinates that met no road; an error when none did."""
    off = (points.edge[is_open] < 0) & facilities["lon"].notna().to_numpy()
    if not off.any():
        return
    shown = list(facilities.loc[off, "facility_id"])
    yield Problem(
        "points_off_roads",
        "error" if (points.edge[is_open] < 0).all() else "warning",
        asked.facilities.source or "",
        values={
            "count": len(shown),
            "total": len(facilities),
            "mode": mode,
            "which": ", ".join(shown[:SHOWN]) + (", ..." if len(shown) > SHOWN else ""),
            "limit": f"{asked.travel.snap_limit_m:g}",
        },
    )


def _areas(
    found: _Found,
    network: Network,
    points: Snaps,
    facilities: pd.DataFrame,
    asked: Study,
    land: Land,
) -> None:
    """Merged and single areas of the open points, the merged ones' audit, the roads."""
    options: dict[str, Any] = {"snap_limit_m": asked.travel.snap_limit_m}
    minutes = asked.travel.minutes
    ids = facilities["facility_id"]
    merged = list(areas(network, points, minutes, merged=True, **options))
    single = [
        area
        for area in areas(network, points, minutes, thin_cells=SINGLE_THIN_CELLS, **options)
        if points.edge[area.row] >= 0
    ]
    tables_of = [
        cut_areas(isochrones_table(some, ids, network, "to"), land.boundary, land.water)
        for some in (merged, single)
    ]
    found.isochrones += tables_of
    checked = audit(network, points, merged, **options)  # the cut is no disagreement
    if land.boundary is not None or land.water:
        left = tables_of[0].to_crs(network.crs)
        km2 = dict(zip(left["cutoff_min"], left.area / 1e6, strict=True))
        checked["area_km2"] = checked["cutoff_min"].map(km2).fillna(0.0).round(3)
    found.audit.append(checked)
    roads = reached_roads(network, points, max(minutes), merged=True)
    found.reached_roads.append(reached_roads_table(roads, ids, network, "to"))
