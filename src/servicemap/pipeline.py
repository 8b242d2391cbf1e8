"""The one file that knows the order: a study goes in, a `Result` comes out."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import intake, osm_file, study, tables
from servicemap.analysis.annex import annex
from servicemap.analysis.answers import Answers
from servicemap.analysis.coverage import coverage
from servicemap.analysis.gaps import gaps
from servicemap.analysis.questions import check_questions, point_sets
from servicemap.checksum import sha256
from servicemap.errors import SHOWN, Problem
from servicemap.intake.public import public_inputs, public_study
from servicemap.intake.travel_table import read_travel_times
from servicemap.outputs.basemap import basemap
from servicemap.outputs.road_changes import changed_roads
from servicemap.progress import Say, log
from servicemap.result import Result
from servicemap.roads import (
    elevation,
    islands,
    prepared,
    profiles,
    restrictions,
    sources,
)
from servicemap.roads.ferries import ferry_only
from servicemap.roads.snapping import Role, Snaps, snap, snaps_table
from servicemap.routing.as_tables import (
    isochrones_table,
    nearest_table,
    travel_times_table,
)
from servicemap.routing.audit import audit
from servicemap.routing.isochrones import areas
from servicemap.routing.travel_times import nearest, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from servicemap.intake import DraftSummary, Inputs
    from servicemap.osm_file import Extract
    from servicemap.roads.network import Network
    from servicemap.study import Study


OPEN = "open"
# Outlines of single points, hundreds of them, may move by a quarter of a cell: a third of
# the vertices stays. Merged areas, which maps and figures show, are as they were found.
SINGLE_THIN_CELLS = 0.25


def read(asked: Study, say: Say = log) -> tuple[Extract, Inputs]:
    """Map data and checked tables of a study.

    Raises
    ------
    InputError
        Something that the study needs is absent, unreadable or unusable.
    """
    say("extract", name=Path(asked.roads.source or "").name)
    extract = sources.of_study(asked)
    say("intake")
    return extract, public_inputs(intake.load(asked, extract), asked)


def _without_effect(asked: Study) -> list[Problem]:
    """Settings that are understood and not acted upon yet: said, never passed over."""
    roads = asked.roads
    named = {
        "roads.place": roads.place,
        "roads.bbox": roads.bbox,
        "scenario": ", ".join(asked.scenarios),
    }
    return [
        Problem("not_yet", "warning", study.FILE_NAME, column=name)
        for name, value in named.items()
        if value
    ]


def init(
    folder: str | Path,
    roads: str | Path,
    *,
    within: str | Path | None = None,
    name: str | None = None,
    language: str = "en",
    overwrite: bool = False,
    say: Say = log,
) -> DraftSummary:
    """Draft a study from an extract alone: points, villages, townships, questions.

    Parameters
    ----------
    folder
        Where the study goes; made when it is absent.
    roads
        OSM extract.
    within
        A file with an area; places and points outside are left out.
    name
        Title; the folder's name unless told.
    language
        ``en`` or ``zh``: headers, words and comments.
    overwrite
        Replace a study that is there already.
    say
        Told the name of each stage.
    """
    path = Path(roads)
    say("extract", name=path.name)
    extract = osm_file.read(path)
    say("draft")
    return intake.draft(
        Path(folder),
        extract,
        roads=path,
        name=name,
        language=language,
        within=None if within is None else Path(within),
        overwrite=overwrite,
    )


def check(asked: Study | str | Path, *, say: Say = log) -> tuple[Inputs, pd.DataFrame]:
    """Read everything that a study names and report what was found.

    Returns
    -------
    inputs
        The checked tables.
    problems
        Table ``problems``, in the study's language.

    Raises
    ------
    InputError
        There is nothing to work with; carries all findings.
    """
    if not isinstance(asked, study.Study):
        asked = study.read(asked)
    asked = public_study(asked)
    extract, given = read(asked, say)
    odd = _examined(asked, given)
    profiles.load(asked.modes, _profile_file(asked), asked_in=study.FILE_NAME)
    problems = [*_without_effect(asked), *_changes(extract), *extract.problems]
    problems += [*given.problems, *odd]
    return given, tables.problems_table(problems, asked.language)


def fix(asked: Study, given: Inputs, out: str | Path, *, overwrite: bool = False) -> int:
    """Write a corrected copy of a study's sheets, for a person to accept.

    Parameters
    ----------
    asked, given
        The study, and what `check` returned for it.
    out
        The workbook: a list of changes, then every sheet that was read, with each
        change marked green and each doubt yellow.
    overwrite
        Replace a file that is there already.

    Returns
    -------
    int
        How many cells were changed.
    """
    from servicemap.intake.corrections import pages
    from servicemap.outputs.fixed_copy import write_fixed_copy

    path, language = Path(out), asked.language
    return write_fixed_copy(
        pages(asked, given), path, language=language, overwrite=overwrite
    )


def networks(asked: Study, source: Extract | Path, say: Say = log) -> dict[str, Network]:
    """Road networks of all modes of a study, from the cache or built and then kept.

    Parameters
    ----------
    asked
        The study.
    source
        Its extract, or where that is: then it is read only if some network is not kept.
    say
        Told the name of each mode that is built anew.
    """
    modes = profiles.load(asked.modes, _profile_file(asked), asked_in=study.FILE_NAME)
    return prepared.networks(
        source,
        modes,
        crs=asked.about.crs,
        when=asked.moment,
        elevation=asked.elevation,
        say=lambda mode: say("network", mode=mode),
    )


def _examined(asked: Study, given: Inputs) -> tuple[Problem, ...]:
    """Hold the questions against the tables, before anything is computed."""
    return check_questions(
        asked,
        services=given.services,
        items=given.items,
        demand=given.demand,
        villages=given.villages,
        townships=given.townships,
    )


def _profile_file(asked: Study) -> Path | None:
    return asked.path(asked.roads.profiles) if asked.roads.profiles else None


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
    if not isinstance(asked, study.Study):
        asked = study.read(asked)
    asked = public_study(asked)
    extract, given = read(asked, say)
    found_odd = _examined(asked, given)
    roads = networks(asked, extract, say)
    facilities, demand = given.facilities, given.demand
    sets = point_sets(asked, facilities, given.services, given.items)
    parts: dict[str, list[pd.DataFrame]] = {
        name: [] for name in ("snaps", "travel_times", "nearest", "isochrones", "audit")
    }
    if times is not None:
        parts["travel_times"], parts["nearest"] = read_travel_times(
            Path(times), asked.modes, demand, facilities, sets, asked.horizon_min
        )
    reports: dict[str, dict[str, Any]] = {}
    off_roads: list[Problem] = []
    for mode, network in roads.items():
        limit_m = asked.travel.snap_limit_m
        points = _snap(network, facilities, limit_m, "destination")
        homes = _snap(network, demand, limit_m, "origin")
        parts["snaps"] += [
            snaps_table(network, points, facilities["facility_id"], "facilities"),
            snaps_table(network, homes, demand["demand_id"], "demand"),
        ]
        if times is None:
            say("travel_times", mode=mode, demand=len(demand), facilities=len(facilities))
            found = pairs(network, homes, points, minutes=asked.horizon_min)
            parts["travel_times"].append(
                travel_times_table(
                    found, demand["demand_id"], facilities["facility_id"], mode
                )
            )
            for set_id, members in sets.items():
                kept = points.masked(facilities["facility_id"].isin(members).to_numpy())
                parts["nearest"].append(
                    nearest_table(
                        nearest(network, homes, kept),
                        homes,
                        demand["demand_id"],
                        facilities["facility_id"],
                        mode,
                        set_id,
                        ferry_only(network, homes, kept),
                    )
                )
        is_open = (facilities["status"] == OPEN).to_numpy()
        off_roads += _off_roads(points, facilities[is_open], is_open, asked, mode)
        say("isochrones", mode=mode)
        shapes, checked = _areas(network, points.masked(is_open), facilities, asked)
        parts["isochrones"] += shapes
        parts["audit"].append(checked)
        reports[mode] = {
            **network.report,
            "components": islands.components(
                network,
                {
                    "facilities": (list(facilities["facility_id"]), points.edge),
                    "villages": (list(demand["village_id"]), homes.edge),
                },
            ),
        }
    say("coverage")
    travel_times = _join(parts["travel_times"], "travel_times")
    reached = _join(parts["nearest"], "nearest")
    answers = Answers(
        asked,
        facilities=facilities,
        services=given.services,
        items=given.items,
        townships=given.townships,
        villages=given.villages,
        demand=demand,
        travel_times=travel_times,
        nearest=reached,
        calendar=given.calendar,
    )
    covered = coverage(answers)
    left_out = gaps(asked, coverage=covered, villages=given.villages, demand=demand)
    say("basemap")
    problems = [*_without_effect(asked), *_changes(extract), *extract.problems]
    problems += [*given.problems, *found_odd, *off_roads]
    problems += restrictions.findings(reports, extract.name)
    return Result(
        study=asked,
        facilities=facilities,
        townships=given.townships,
        villages=given.villages,
        demand=demand,
        people=given.people,
        items=given.items,
        services=given.services,
        snaps=_join(parts["snaps"], "snaps"),
        travel_times=travel_times,
        nearest=reached,
        coverage=covered,
        gaps=left_out,
        isochrones=_join(parts["isochrones"], "isochrones"),
        problems=tables.problems_table(problems, asked.language),
        basemap=basemap(extract, asked, given.townships),
        inputs=(*_inputs(extract), *given.files, *_heights(asked)),
        road_changes=extract.changes,
        changed_roads=changed_roads(extract),
        network=reports,
        audit=pd.concat(parts["audit"], ignore_index=True),
        annex=annex(answers, covered),
        provenance={
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - clock, 3),
        },
    )


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
    network: Network, points: Snaps, facilities: pd.DataFrame, asked: Study
) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Merged and single areas of the open points, and the audit of the merged ones."""
    options: dict[str, Any] = {"snap_limit_m": asked.travel.snap_limit_m}
    minutes = asked.travel.minutes
    ids = facilities["facility_id"]
    merged = list(areas(network, points, minutes, merged=True, **options))
    single = [
        area
        for area in areas(network, points, minutes, thin_cells=SINGLE_THIN_CELLS, **options)
        if points.edge[area.row] >= 0
    ]
    shapes = [isochrones_table(found, ids, network, "to") for found in (merged, single)]
    return shapes, audit(network, points, merged, **options)


def _changes(extract: Extract) -> Iterator[Problem]:
    """A note for each layer that changed the roads: it stands in every list of findings."""
    for one in extract.changes:
        yield Problem(
            f"roads_{one['layer']}",
            "note",
            one["source"],
            values={"ways": one.get("ways", one.get("lines")), "km": f"{one['km']:g}"},
        )


def _inputs(extract: Extract) -> Iterator[Mapping[str, Any]]:
    yield {
        "name": extract.name,
        "sha256": extract.sha256,
        "rows": len(np.unique(extract.roads.way_id[extract.roads.way_id > 0])),
        "date": extract.date,
    }
    for one in extract.changes:
        rows = one.get("features", one.get("lines"))
        yield {"name": one["source"], "sha256": one["sha256"], "rows": rows, "date": None}


def _heights(asked: Study) -> list[Mapping[str, Any]]:
    """The elevation model, where one is given; one entry per tile."""
    if asked.elevation is None:
        return []
    source = asked.roads.elevation or ""
    return [
        {"name": file.name, "sha256": sha256(file), "rows": None, "date": None}
        for file in elevation.files_of(asked.elevation, source)
    ]


def _join(parts: list[pd.DataFrame], name: str) -> pd.DataFrame:
    kept = [part for part in parts if len(part)]
    if not kept:
        return tables.empty(name, "EPSG:4326" if name == "isochrones" else None)
    return tables.check(pd.concat(kept, ignore_index=True), name)
