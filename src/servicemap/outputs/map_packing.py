"""The map's views as its page reads them: packed tables, each of them once.

A table that several views have in common stands in the page once. Where the tables of
the places are more than one page carries, the page gets what the coverage table says of
villages instead: it answers the questions as they were asked, and no other minutes.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import table_columns, tables
from servicemap.analysis.places import Places, deciding, figures
from servicemap.outputs.map_shapes import pack_numbers
from servicemap.outputs.map_views import View, unit_ms
from servicemap.outputs.terms import limit_text, minutes_text, term, with_conditions
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.result import Result
    from servicemap.study import Language

NO_TIME = -1  # in the page's tables of times
NEAREST_SHOWN = 3
# Letters of all tables of one page: a bound by judgement. The longest page that
# benchmarks/map_size.py measures, 100,000 homes, is a sixth of it and ready in 2 s.
MOST_LETTERS = 12_000_000


def packed(
    result: Result, world: Places, found: list[View], *, with_places: bool = True
) -> tuple[list[dict[str, Any]], list[str]]:
    """The views as the page reads them, and the packed tables that they share.

    Parameters
    ----------
    result, world, found
        What a run found, its places and its views.
    with_places
        Whether the page counts places again; without, it is told the villages' figures.

    Returns
    -------
    views
        Per view who is asked and how, the reasons of the villages, the printed
        figures, and which of the tables holds its

        - ``times``: of each demand point in `unit_ms`; -1 where there is none,
        - ``reasons``: runs of demand points with the same one: 0 for none, else
          1 + position in `table_columns.REASONS`; then how many,
        - ``told``: instead of these two, of each village its status (position in
          `table_columns.COVERAGE_STATUSES`), then how many people are covered, not
          covered, undetermined; three times -1 where that is not known,
        - ``villageMs``: of each village in milliseconds; -1 where there is none,
        - ``nearest``: of each village how many points, then each one's position,
          tenths of a second, and metres + 1; 0 where they are not known.
    tables
        Each once, however many views have it in common.
    """
    unit = unit_ms(result)
    shared: dict[str, int] = {}

    def kept(numbers: Any) -> int:
        return shared.setdefault(pack_numbers(numbers), len(shared))

    middles = [_middle(view, world) for view in found]
    told = {at for middle in middles for at in middle[middle >= 0].tolist()}
    rows = result.travel_times
    rows = rows[rows["demand_id"].isin(world.demand_id[sorted(told)])]
    pairs: dict[str, dict[str, list[tuple[str, float, float]]]] = {}
    position = {one: n for n, one in enumerate(sorted(result.facilities["facility_id"]))}
    done = []
    for view, middle in zip(found, middles, strict=True):
        if view.mode not in pairs:
            pairs[view.mode] = _pairs(rows[rows["mode"] == view.mode], result.facilities)
        near = _nearest_points(view, middle, pairs[view.mode], position)
        one = {
            "question": view.question.id if view.question else None,
            "label": _label(view, result.study.language),
            "ruled": bool(view.question and view.question.minutes is None),
            "mode": view.mode,
            "group": view.group,
            "minutes": view.minutes,
            "villageMs": kept(_units(_village_times(view, middle), 1)),
            "within": _whole_or_none(view.villages["n_within"]),
            "why": [_reason_code(reason) for reason in view.villages["reason"]],
            "nearest": kept(near),
            "printed": _printed(result, view),
        }
        if with_places:
            reasons = [_reason_code(reason) for reason in view.places["reason"]]
            one["times"] = kept(_units(view.places["travel_time_s"], unit))
            one["reasons"] = kept(_runs(reasons))
        else:
            one["told"] = kept(_told(view.villages))
        done.append(one)
    return done, list(shared)


def _told(villages: pd.DataFrame) -> list[int]:
    """Status and people of each village, as `packed` writes them."""
    done: list[int] = []
    columns = ("n_people", "n_covered", "n_undetermined")
    counts = [_whole_or_none(villages[name]) for name in columns]
    for status, people, covered, open_ in zip(villages["status"], *counts, strict=True):
        done.append(table_columns.COVERAGE_STATUSES.index(status))
        if people is None or covered is None or open_ is None:
            done += [-1, -1, -1]
        else:
            done += [covered, people - covered - open_, open_]
    return done


def _label(view: View, language: Language) -> str:
    """The question in a few words, without who is counted: that is chosen apart."""
    if view.question is None:
        mode = term("mode", view.mode, language)
        minutes = minutes_text(view.minutes)
        return say("outputs.question.minutes", language, mode=mode, minutes=minutes)
    what = limit_text(view.question, language, view.group)
    return with_conditions(what, view.question, language)


def _units(seconds: Any, unit: int) -> np.ndarray:
    values = np.asarray(seconds, dtype="float64")
    is_known = ~np.isnan(values)
    whole = np.full(len(values), NO_TIME, dtype=np.int64)
    whole[is_known] = np.ceil(tables.to_ms(values[is_known]) / unit).astype(np.int64)
    return whole


def _runs(values: list[int]) -> list[int]:
    """Each value that stands in a row, and how often."""
    return [one for value, run in groupby(values) for one in (value, sum(1 for _ in run))]


def _reason_code(reason: Any) -> int:
    return table_columns.REASONS.index(reason) + 1 if isinstance(reason, str) else 0


def _whole_or_none(values: Any) -> list[int | None]:
    return [None if pd.isna(value) else int(value) for value in values]


def _printed(result: Result, view: View) -> dict[str, Any] | None:
    """Figures of the coverage table: the page holds its own count against them."""
    if view.question is None:
        return None
    rows = result.coverage
    rows = rows[(rows["question_id"] == view.question.id) & (rows["group"] == view.group)]
    city = rows[rows["level"] == "city"]
    status = view.villages["status"].value_counts()
    columns = ("n_people", "n_covered", "n_undetermined")
    people = [_whole_or_none(city[name])[0] for name in columns] if len(city) else [None]
    return {
        "people": None if None in people else people,
        "villages": [int(status.get(one, 0)) for one in table_columns.COVERAGE_STATUSES],
    }


def _middle(view: View, world: Places) -> Any:
    """Per village the demand point that its time is the time of; -1 without one."""
    counts = world.counts.get(view.group, world.counts["people"])
    weights = figures(counts, world.village_of, len(world.village_id)).weights
    is_open = view.places["reason"].isin(table_columns.UNDETERMINED_REASONS).to_numpy()
    of = np.where(is_open, -1, world.village_of)
    seconds = view.places["travel_time_s"].to_numpy(dtype="float64")
    times = np.where(np.isnan(seconds), np.inf, tables.to_ms(seconds))
    return deciding(times, weights, of, len(world.village_id))


def _village_times(view: View, middle: Any) -> Any:
    if view.question is not None:
        return view.villages["travel_time_s"]
    seconds = view.places["travel_time_s"].to_numpy(dtype="float64")
    return np.where(middle >= 0, seconds[middle], np.nan)


def _nearest_points(
    view: View,
    middle: Any,
    pairs: dict[str, list[tuple[str, float, float]]],
    position: dict[str, int],
) -> list[int]:
    """Per village the points nearest to its median place, as `packed` writes them."""
    names = view.places.index.to_numpy()
    nearest = view.places["nearest_facility_id"].to_numpy(dtype=object)
    seconds = view.places["travel_time_s"].to_numpy(dtype="float64")
    metres = view.places["distance_m"].to_numpy(dtype="float64")
    is_plain = view.question is None or view.question.is_plain
    done: list[int] = []
    for at in middle:
        near: list[tuple[str, float, float]] = []
        if at >= 0 and not np.isnan(seconds[at]) and isinstance(nearest[at], str):
            # other points may not do what the question names
            near = pairs.get(names[at], []) if is_plain else []
            near = near or [(nearest[at], seconds[at], metres[at])]
        done.append(len(near))
        for name, time, way in near:
            metres_told = 0 if np.isnan(way) else round(way) + 1
            done += [position[name], round(10 * time), metres_told]
    return done


def _pairs(
    rows: pd.DataFrame, points: pd.DataFrame
) -> dict[str, list[tuple[str, float, float]]]:
    """Per demand point the open points nearest to it, within the horizon, of one mode."""
    is_open = set(points.loc[points["status"] == "open", "facility_id"])
    rows = rows[rows["facility_id"].isin(is_open)]
    # sorting whole numbers takes a tenth of the time that sorting ids takes
    place, _ = pd.factorize(rows["demand_id"], sort=True)
    point, _ = pd.factorize(rows["facility_id"], sort=True)
    order = np.lexsort((point, rows["travel_time_s"].to_numpy(), place))
    first = np.flatnonzero(np.diff(place[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(first, np.diff(first, append=len(order)))
    best = rows.iloc[order[rank < NEAREST_SHOWN]]
    columns = [best[name] for name in ("demand_id", "facility_id", "travel_time_s")]
    found: dict[str, list[tuple[str, float, float]]] = {}
    for place, point, time, way in zip(*columns, best["distance_m"], strict=True):
        found.setdefault(place, []).append((point, time, way))
    return found
