"""What the web answers are made of: tables and areas as JSON and GeoJSON."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap import kept
from servicemap.errors import InputError
from servicemap.hours import in_words
from servicemap.locator.covered import covered
from servicemap.routing.as_tables import DIGITS as AREA_DIGITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from servicemap.locator.engine import Locator
    from servicemap.locator.state import State
    from servicemap.roads.snapping import Snaps
    from servicemap.study import Language

MOST_PAIRS = 100_000
DIGITS = 7
KIND = "answers"
KEPT = 16
VILLAGE_COLUMNS = (
    *("village_id", "status", "reason", "travel_time_s", "nearest_facility_id"),
    *("n_within", "n_people", "n_covered"),
)
_counting = threading.Lock()


def points(state: State, language: Language, tier: str | None) -> dict[str, Any]:
    """Service points as GeoJSON."""
    data = state.data
    return _features(
        (
            facility["facility_id"],
            data.lon["facilities"][row],
            data.lat["facilities"][row],
            {**facility, "hours_text": in_words(facility["hours"], language) or None},
        )
        for row, facility in enumerate(state.facilities)
        if tier is None or facility["tier"] == tier
    )


def villages(state: State) -> dict[str, Any]:
    """Villages as GeoJSON, each by its point; null where it has none."""
    data, table = state.data, state.data.tables["villages"]
    rows = zip(*table.values(), strict=True)
    return _features(
        (
            values["village_id"],
            data.lon["villages"][row],
            data.lat["villages"][row],
            {
                **values,
                "township": state.homes.township_name(values["township_id"]) or None,
            },
        )
        for row, values in enumerate(dict(zip(table, one, strict=True)) for one in rows)
    )


def _features(rows: Any) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "id": one,
            "geometry": {
                "type": "Point",
                "coordinates": [round(float(lon), DIGITS), round(float(lat), DIGITS)],
            }
            if np.isfinite(lon)
            else None,
            "properties": values,
        }
        for one, lon, lat, values in rows
    ]
    return {"type": "FeatureCollection", "features": features}


def isochrone(
    locator: Locator,
    place: tuple[float, float],
    minutes: Sequence[float],
    mode: str | None,
    direction: Any,
) -> str:
    """Areas around a place as text of GeoJSON, the largest first, as a map draws them."""
    import shapely

    cutoffs = sorted({float(one) for one in minutes}, reverse=True)
    found, network, reason = locator.isochrone(
        *place, cutoffs, mode=mode, direction=direction
    )
    if reason is not None:
        shapes = ["null"] * len(cutoffs)
        km2: list[float | None] = [None] * len(cutoffs)
    else:
        shapes = [
            "null" if area.geometry.is_empty else shapely.to_geojson(area.geometry)
            for area in found
        ]
        km2 = [round(area.area_km2, AREA_DIGITS) for area in found]
    features = []
    for cutoff, shape, area in zip(cutoffs, shapes, km2, strict=True):
        properties = {
            "mode": network.mode,
            "direction": direction,
            "cutoff_min": cutoff,
            "area_km2": area,
            "reason": reason,
        }
        # thousands of coordinates: they are text already, and stay it
        features.append(
            f'{{"type":"Feature","id":"{cutoff:g}","geometry":{shape},'
            f'"properties":{json.dumps(properties)}}}'
        )
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def matrix(
    locator: Locator,
    origins: Sequence[tuple[float, float]],
    destinations: Sequence[tuple[float, float]] | None,
    mode: str | None,
    minutes: float | None,
) -> dict[str, Any]:
    """Times of all pairs as rows of numbers; null with a reason where there is none.

    Raises
    ------
    InputError
        There are more than `MOST_PAIRS` pairs.
    """
    state = locator.state
    n_goals = len(state.facilities) if destinations is None else len(destinations)
    if len(origins) * n_goals > MOST_PAIRS:
        pairs = len(origins) * n_goals
        raise InputError("too_many_places", pairs=pairs, most=MOST_PAIRS)
    found = locator.matrix(origins, destinations, mode=mode, minutes=minutes, state=state)
    shape = (len(origins), n_goals)
    time_s = np.full(shape, None, dtype=object)
    metres = np.full(shape, None, dtype=object)
    at = found.pairs.origin, found.pairs.destination
    time_s[at] = found.pairs.travel_ms / 1000.0
    metres[at] = np.round(found.pairs.distance_m, 2)
    reason = found.reasons()
    ids = state.data.tables["facilities"]["facility_id"]
    return {
        "mode": found.mode,
        "minutes": minutes,
        "destination_ids": list(ids) if destinations is None else None,
        "origins": _snaps(found.origins),
        "destinations": _snaps(found.destinations),
        "travel_time_s": time_s.tolist(),
        "distance_m": metres.tolist(),
        "reason": reason.tolist(),
        "version": state.version[:12],
    }


def _snaps(snaps: Snaps) -> list[dict[str, float] | None]:
    return [
        None
        if edge < 0
        else {
            "lon": round(float(lon), DIGITS),
            "lat": round(float(lat), DIGITS),
            "snap_m": round(float(metres), 2),
        }
        for edge, lon, lat, metres in zip(
            snaps.edge, snaps.lon, snaps.lat, snaps.leg_m, strict=True
        )
    ]


def items(state: State) -> dict[str, Any]:
    """The catalogue."""
    columns = ("item_id", "name", "item_group")
    listed = [dict(zip(columns, one, strict=True)) for one in state.offers.names]
    return {"items": listed, "version": state.version[:12]}


def coverage(state: State, question: str | None) -> dict[str, Any]:
    """Answers to the study's questions, computed as a batch run does, once per state.

    Parameters
    ----------
    state
        Of the study.
    question
        Id of a question whose villages are wanted.

    Raises
    ------
    InputError
        There is no such question.
    """
    known = [one.id for one in state.asked.questions]
    if question is not None and question not in known:
        expected = " | ".join(known)
        raise InputError("value", name="question", value=question[:40], expected=expected)
    with _counting:  # one at a time: it takes all there is of a small machine
        key = kept.key_of(f"{state.version}\n{kept.own_code()}")
        found = kept.load(KIND, key, (), lambda meta, _: meta)
        if found is None:
            found = _answers(state)
            kept.keep(KIND, key, {}, found, most=KEPT)
    rows = found["villages"].get(question) if question is not None else None
    return {
        "questions": found["questions"],
        "villages": rows,
        "version": state.version[:12],
    }


def _answers(state: State) -> dict[str, Any]:
    from servicemap.outputs.coverage_figures import coverage_figures
    from servicemap.outputs.summary import as_json

    result = covered(state)
    rows = {}
    for question in result.study.questions:
        own = result.answers(question, "village").rename(columns={"id": "village_id"})
        own = own[list(VILLAGE_COLUMNS)].sort_values("village_id")
        rows[question.id] = _records(own)
    figures: list[dict[str, Any]] = as_json(coverage_figures(result))
    return {"questions": figures, "villages": rows}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON's own types, made column by column; what is missing is None."""
    columns = [
        table[name].astype(object).where(table[name].notna(), None).tolist()
        for name in table.columns
    ]
    names = table.columns.tolist()
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
