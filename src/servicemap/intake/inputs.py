"""The files of a study -> checked tables; all faults of all files are collected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap import table_columns, tables
from servicemap.errors import InputError, Problem
from servicemap.intake import facilities as points
from servicemap.intake import (
    history,
    homesteads,
    map_evidence,
    more_people,
    named_places,
    placing,
    services,
    spread,
    study_files,
    townships,
)
from servicemap.intake import people as population
from servicemap.intake import villages as settlements
from servicemap.intake.columns import Columns, match
from servicemap.intake.synonyms import headers
from servicemap.progress import Say, log

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas

    from servicemap.hours import DayCalendar
    from servicemap.intake.former import VillageRegister
    from servicemap.osm_file import Extract
    from servicemap.study import Study

# Findings after which the villages' places are no evidence for the points.
_DOUBTS = ("datum_assumed", "datum_undecided", "datum_likely", "datum_doubted")


@dataclass(frozen=True)
class Inputs:
    """What a study reads, checked.

    Attributes
    ----------
    facilities, townships, villages, demand, people, items, services
        Tables of `servicemap.tables`; degrees WGS-84.
    former
        Villages of earlier times and what they became, columns `former.COLUMNS`.
    people_sources
        Sums by township and source.
    calendar
        Holidays and make-up workdays, for opening hours.
    problems
        Findings in the order of the files: townships, villages, changes, facilities,
        people, items, holidays.
    files
        Per file: ``name, sha256, rows, date, sheet, header_row, rows_used,
        rows_dropped``; ``rows`` is the sum of the last two.
    """

    facilities: pd.DataFrame
    townships: geopandas.GeoDataFrame
    villages: geopandas.GeoDataFrame
    demand: pd.DataFrame
    people: pd.DataFrame
    items: pd.DataFrame
    services: pd.DataFrame
    calendar: DayCalendar
    former: pd.DataFrame
    people_sources: pd.DataFrame
    problems: tuple[Problem, ...]
    files: tuple[dict[str, Any], ...]


def load(study: Study, extract: Extract | None, say: Say = log) -> Inputs:
    """Read and check everything that a study names, roads apart.

    Parameters
    ----------
    study
        As read from its toml.
    extract
        Map data: evidence for coordinates, buildings to spread people over. May be
        None.
    say
        Told of long files: that they are read, and how many rows are checked.

    Raises
    ------
    InputError
        There is nothing to work with: a file is absent or unreadable, there is no
        village, or no service point with a usable place. Carries all findings.
    """
    on_map = map_evidence.of_extract(extract)
    files, days, problems = study_files.read(study, say)
    of_townships, of_villages = files["townships"], files["villages"]
    of_points, of_people = files["facilities"], files["people"]
    assert of_villages is not None
    assert of_points is not None
    found: list[Problem] = list(problems)
    if of_townships is not None:
        areas, more = townships.townships(of_townships)
        found += more
    else:
        areas = townships.from_others([of_villages, of_points])
    villages, row_ids, more = settlements.villages(
        of_villages, study.villages, areas, on_map=on_map
    )
    found += more
    doubtful = any(problem.kind in _DOUBTS for problem in more)
    now = history.today(
        villages,
        row_ids,
        areas=areas,
        of_villages=of_villages,
        of_changes=files["changes"],
        others=[files[name] for name in ("facilities", "hamlets", "people")],
    )
    villages, register = now.villages, now.register
    found += now.problems
    facilities, more = points.facilities(
        of_points,
        study.facilities,
        areas,
        register,
        on_map=on_map,
        homes=None if doubtful else villages,
    )
    found += more
    villages, more = settlements.at_own_station(
        villages, facilities, of_points.sheet.source
    )
    found += more
    villages, facilities, more = _placed(
        extract, areas, villages, facilities, (of_villages, of_points)
    )
    found += more
    live = homesteads.read(study, files, areas, villages, register, on_map=on_map)
    found += live.problems
    figures, used, more = _figures(
        study,
        of_villages,
        of_people,
        areas=areas,
        villages=register,
        place_ids=now.place_ids,
    )
    found += more
    source = of_people.sheet.source if of_people is not None else of_villages.sheet.source
    figures, more = live.filled(figures)
    found += more
    further = more_people.read(
        study,
        of_townships,
        areas=areas,
        villages=villages,
        register=register,
        counted=[figures, live.sums],
        rough=live.own,
    )
    found += further.problems
    chosen, more = population.to_spread(figures, study.people, source)
    found += more
    demand, shared, more = spread.demand(
        villages,
        areas,
        chosen,
        extract,
        spread=study.people.spread,
        source=source,
        language=study.language,
        hamlets=live.hamlets,
        grid=live.grid,
        plots=live.plots,
    )
    found += more
    lost = villages["lon"].isna().all() and demand["lon"].isna().all()
    if facilities["lon"].isna().all() or lost:
        kind = "no_villages" if lost else "no_points"
        at_fault = of_points if kind == "no_points" else of_villages
        raise InputError([at_fault.problem(kind, "error"), *found])
    entries = [(of_townships, len(areas)), (of_villages, len(villages))]
    entries += [(of_points, len(facilities)), (of_people, used)]
    done = services.offered(files, facilities, townships.register(areas), study.language)
    found += done.problems
    entries += [(files[name], count) for name, count in done.used.items()]
    return Inputs(
        facilities=facilities,
        townships=areas,
        villages=villages,
        demand=demand,
        people=_people(figures, shared),
        items=done.items,
        services=done.services,
        calendar=days.calendar,
        problems=(*found, *days.problems),
        former=register.former.table(),
        people_sources=further.sources,
        files=(
            *(one.sheet.entry(count) for one, count in entries if one is not None),
            *now.files,
            *live.files,
            *further.files,
            *days.files,
        ),
    )


def _placed(
    extract: Extract | None,
    areas: pd.DataFrame,
    villages: Any,
    facilities: pd.DataFrame,
    files: tuple[Columns, Columns],
) -> tuple[Any, pd.DataFrame, list[Problem]]:
    """Villages, then points, that have no coordinates: placed by name or address."""
    if not (villages["lon"].isna().any() or facilities["lon"].isna().any()):
        return villages, facilities, []
    names = named_places.of_study(extract, villages)
    villages, found = placing.placed(villages, "villages", files[0], names, areas, villages)
    facilities, more = placing.placed(
        facilities, "facilities", files[1], names, areas, villages
    )
    return villages, facilities, [*found, *more]


def _figures(
    study: Study,
    of_villages: Columns,
    of_people: Columns | None,
    *,
    areas: pd.DataFrame,
    villages: VillageRegister,
    place_ids: Mapping[int, population.Place],
) -> tuple[pd.DataFrame, int, list[Problem]]:
    """Figures of the people's own file, else of the villages' sheet."""
    register = townships.register(areas)
    if of_people is not None:
        return population.figures(of_people, study.people, register, villages)
    mapped = {
        name: header
        for name, header in study.villages.columns.items()
        if name in headers("people") and name not in headers("villages")
    }
    beside = match(of_villages.sheet, "people", mapped, years=True)
    own = population.count_columns(beside)
    # A header that says what a village is does not say how many live there.
    spare = [
        name for name in own if beside.headers[name] not in of_villages.headers.values()
    ]
    kept = [*spare, *(name for name in ("kind", "year", "source") if name in beside)]
    kept = [
        name for name in kept if beside.headers[name] not in of_villages.headers.values()
    ]
    trimmed = Columns(
        beside.sheet,
        beside.cells[kept],
        {name: beside.headers[name] for name in kept},
        beside.years,
    )
    return population.figures(
        trimmed, study.people, register, villages, place_ids=place_ids
    )


def _people(figures: pd.DataFrame, shared: pd.DataFrame) -> pd.DataFrame:
    own = figures[figures["level"] == "village"].rename(columns={"place_id": "village_id"})
    names = table_columns.TABLES["people"].names
    rows = [part[names] for part in (own, shared) if len(part)]
    if not rows:
        return tables.empty("people")
    done = pd.concat(rows, ignore_index=True).astype({"year": "Int64"})
    key = list(table_columns.TABLES["people"].key)
    return tables.check(tables.in_order(done, key), "people")
