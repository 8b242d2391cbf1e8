"""`Result` -> everything that the map's page knows, as one plain value for JSON.

Names and texts of the user are data here and stay data in the page: they are
shown with ``textContent`` and drawn on canvas, never made part of HTML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import table_columns, tables
from servicemap.analysis.places import Places, places
from servicemap.hours import as_shown
from servicemap.outputs import map_layers, map_packing, map_views
from servicemap.outputs.basemap import has_outline
from servicemap.outputs.map_search import search_keys
from servicemap.outputs.map_shapes import pack_numbers, pack_points
from servicemap.outputs.road_changes import changes_text
from servicemap.outputs.service_words import services_said
from servicemap.outputs.terms import mark_text
from servicemap.words import table

if TYPE_CHECKING:
    from servicemap.result import Result
    from servicemap.study import Study

# Parts of the words that the page shows; the other texts stay out of it.
PAGE_WORDS = ("map.", "terms.")


def map_data(result: Result) -> dict[str, Any]:
    """The page's data.

    Parameters
    ----------
    result
        What a run found; it is not changed.

    Returns
    -------
    dict
        Only JSON's own types. Villages, demand points, townships and points
        are columns in the order of their ids, and name one another by position.
    """
    world = places(result.demand, result.villages, result.townships)
    found = map_views.views(result, world)
    demand = _demand(result, world, found)
    views, shared = map_packing.packed(result, world, found)
    letters = len(demand["xy"]) + sum(map(len, shared))
    is_large = letters > map_packing.MOST_LETTERS
    if is_large:
        found = [view for view in found if view.question is not None]
        views, shared = map_packing.packed(result, world, found, with_places=False)
        demand = {"n": 0, "village": "", "placed": "", "xy": "", "people": {}}
    language = result.study.language
    words = {
        key: text for key, text in table(language).items() if key.startswith(PAGE_WORDS)
    }
    townships = _townships(result, world)
    villages = _villages(result, world)
    named = {*townships["names"], *villages["names"]}
    return {
        "language": language,
        "words": words,
        "study": result.study.name,
        "frame": map_layers.frame(result),
        "share": result.study.village_covered_share,
        "unit": map_views.unit_ms(result),
        "minutes": list(result.study.travel.minutes),
        "horizon": result.study.horizon_min,
        "reasons": list(table_columns.REASONS),
        "undetermined": list(table_columns.UNDETERMINED_REASONS),
        "tiers": list(table_columns.TIERS),
        "views": views,
        "tables": shared,
        "townships": townships,
        "villages": villages,
        "demand": demand,
        "isLarge": is_large,
        "points": _points(result, world),
        "gaps": _gaps(result, world),
        "bands": map_layers.bands(result),
        "basemap": map_layers.basemap(
            result.basemap,
            named,
            with_outline=has_outline(result.study, result.townships),
        ),
        "tiles": _tiles(result.study),
        "mark": mark_text(result.study),
        "about": _about(result),
    }


def _tiles(study: Study) -> list[dict[str, Any]]:
    """Layers of tiles that the study names, as the page asks for them."""
    return [
        {
            "name": one.name,
            "urls": list(one.addresses),
            "subdomains": one.names,
            "grid": one.grid,
            "datum": one.datum,
            "source": one.source,
            "zooms": [int(zoom) for zoom in one.zooms],
        }
        for one in study.tiles
    ]


def _townships(result: Result, world: Places) -> dict[str, Any]:
    known = result.townships.set_index("township_id").reindex(world.township_id)
    names = _texts(known["name"], world.township_id)
    return {
        "ids": list(world.township_id),
        "names": names,
        "keys": search_keys(names),
        "shapes": map_layers.township_shapes(known),
    }


def _villages(result: Result, world: Places) -> dict[str, Any]:
    rows = result.villages.set_index("village_id").reindex(world.village_id)
    names = _texts(rows["name"], world.village_id)
    lon, lat, is_placed = _village_points(result, rows, world)
    return {
        "ids": list(world.village_id),
        "names": names,
        "keys": search_keys(names),
        "township": [int(at) for at in world.township_of],
        "kind": _texts(rows["kind"]),
        "located": _texts(rows["located_by"]),
        "placed": [int(one) for one in is_placed],
        "xy": pack_points(lon, lat),
        "shapes": map_layers.village_shapes(rows),
    }


def _village_points(result: Result, rows: Any, world: Places) -> tuple[Any, Any, Any]:
    """Where a village is drawn: its own place, else the middle of its people."""
    lon, lat = (rows[name].to_numpy(dtype="float64").copy() for name in ("lon", "lat"))
    demand = tables.in_order(result.demand, ["demand_id"])
    own = pd.Series(world.village_of)
    for values, column in ((lon, "lon"), (lat, "lat")):
        middle = demand[column].groupby(own.to_numpy()).mean()
        means = middle.reindex(range(len(values))).to_numpy(dtype="float64")
        values[:] = np.where(np.isnan(values), means, values)
    is_placed = np.isfinite(lon) & np.isfinite(lat)
    return np.where(is_placed, lon, 0.0), np.where(is_placed, lat, 0.0), is_placed


def _demand(result: Result, world: Places, found: list[map_views.View]) -> dict[str, Any]:
    rows = tables.in_order(result.demand, ["demand_id"])
    lon, lat = (rows[name].to_numpy(dtype="float64") for name in ("lon", "lat"))
    groups = dict.fromkeys(view.group for view in found)
    return {
        "n": len(rows),
        "village": pack_numbers(np.diff(world.village_of, prepend=0)),
        "placed": "" if world.is_located.all() else pack_numbers(world.is_located),
        "xy": pack_points(
            np.where(world.is_located, lon, 0.0), np.where(world.is_located, lat, 0.0)
        ),
        "people": {
            group: pack_numbers(np.nan_to_num(world.counts[group], nan=-1.0).astype(int))
            for group in groups
            if group in world.counts
        },
    }


def _points(result: Result, world: Places) -> dict[str, Any]:
    language = result.study.language
    rows = tables.in_order(result.facilities, ["facility_id"])
    lists, services = _services(result, rows["facility_id"])
    names = _texts(rows["name"])
    is_placed = rows["lon"].notna() & rows["lat"].notna()
    township = world.township_id.get_indexer(pd.Index(rows["township_id"]))
    return {
        "ids": list(rows["facility_id"]),
        "names": names,
        "keys": search_keys(names),
        "tier": _texts(rows["tier"]),
        "form": _texts(rows["form"]),
        "status": _texts(rows["status"]),
        "township": [int(at) for at in township],
        "partner": _texts(rows["partner"]),
        "oneStop": [bool(one) for one in rows["one_stop"]],
        "hours": [
            as_shown(hours, written, language)
            for hours, written in zip(rows["hours"], rows["hours_written"], strict=True)
        ],
        "windows": [None if pd.isna(one) else int(one) for one in rows["windows"]],
        "phone": _texts(rows["phone"]),
        "address": _texts(rows["address"]),
        "located": _texts(rows["located_by"]),
        "serviceLists": lists,
        "services": services,
        "snap": _snaps(result, rows["facility_id"]),
        "placed": [int(one) for one in is_placed],
        "xy": pack_points(rows["lon"].fillna(0.0), rows["lat"].fillna(0.0)),
    }


def _services(result: Result, facility_ids: Any) -> tuple[list[Any], list[int]]:
    """Every distinct list of services, and which of them each point has; -1 is none.

    A list has per way of doing: handling, names, what limits it.
    """
    said = services_said(result)
    place = {one: at for at, one in enumerate(dict.fromkeys(said.values()))}
    lists = [[[way.handling, way.names, way.limits] for way in one] for one in place]
    return lists, [place[said[one]] if one in said else -1 for one in facility_ids]


def _snaps(result: Result, facility_ids: Any) -> dict[str, list[int | None]]:
    """Per mode the metres from each point to the road."""
    rows = result.snaps[result.snaps["table"] == "facilities"]
    done: dict[str, list[int | None]] = {}
    for mode in result.study.modes:
        metres = rows[rows["mode"] == mode].set_index("point_id")["snap_m"]
        metres = metres.reindex(facility_ids)
        done[mode] = [None if pd.isna(one) else round(float(one)) for one in metres]
    return done


def _gaps(result: Result, world: Places) -> dict[str, list[list[Any]]]:
    """Per question, in the order of the table: village, reason, people, remedy."""
    done: dict[str, list[list[Any]]] = {}
    columns = ["question_id", "village_id", "reason", "n_people", "remedy"]
    at = world.village_id.get_indexer(pd.Index(result.gaps["village_id"]))
    for village, row in zip(at, result.gaps[columns].to_numpy(), strict=True):
        question, _, reason, people, remedy = row
        done.setdefault(question, []).append(
            [
                int(village),
                table_columns.REASONS.index(reason),
                None if pd.isna(people) else int(people),
                None if pd.isna(remedy) else remedy,
            ]
        )
    return done


def _about(result: Result) -> dict[str, Any]:
    """Sources and method in figures; nothing that changes from run to run."""
    return {
        "date": result.data_date,
        # a workbook with several sheets is one file
        "inputs": list(dict.fromkeys(str(one["name"]) for one in result.inputs)),
        "snapLimit": result.study.travel.snap_limit_m,
        "roadChanges": changes_text(result.road_changes, result.study.language),
        "hasSlopes": result.study.roads.elevation is not None,
        "network": {
            mode: round(float(figures["km"]))
            for mode, figures in result.network.items()
            if figures.get("km") is not None
        },
        "findings": {
            severity: int((result.problems["severity"] == severity).sum())
            for severity in ("error", "warning", "note")
        },
    }


def _texts(values: Any, instead: Any = None) -> list[Any]:
    """Texts; missing is ``None``, or the entry of ``instead``."""
    others = [None] * len(values) if instead is None else list(instead)
    return [
        other if pd.isna(value) else str(value)
        for value, other in zip(values, others, strict=True)
    ]
