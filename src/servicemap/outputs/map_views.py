"""What the map can be asked: one view per question and people group.

A view carries the time of every demand point, so that the page can count again
for any number of minutes. Times are whole seconds, rounded up: where every
cutoff is a whole number of seconds, ``seconds <= cutoff`` answers exactly as the
comparison in milliseconds does. A study with a finer cutoff gets milliseconds.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from servicemap import table_columns, tables
from servicemap.analysis.places import Places, deciding, figures
from servicemap.outputs.map_shapes import pack_numbers
from servicemap.outputs.terms import limit_text, minutes_text, term, with_conditions
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.result import Result
    from servicemap.study import Language, Question

NO_TIME = -1  # in the page's tables of times
NEAREST_SHOWN = 3
CIRCLE_MIN = 15.0  # the view of a question whose cutoffs come from rules starts here


class View(NamedTuple):
    """One thing to ask: who is within how many minutes, in which mode.

    Attributes
    ----------
    question
        Missing where a mode of ``[travel]`` is shown that no question asks for.
    group, mode, minutes
        Who is counted, how they travel, where the slider starts.
    places
        Index ``demand_id`` in the order of `Places`; columns ``travel_time_s``,
        ``reason``, ``nearest_facility_id``.
    villages
        The coverage rows of the villages in the order of `Places`; empty rows
        without a question.
    """

    question: Question | None
    group: str
    mode: str
    minutes: float
    places: pd.DataFrame
    villages: pd.DataFrame


def views(result: Result, world: Places) -> list[View]:
    """All views in the order of the study; the headline is the first."""
    study = result.study
    found = []
    for question in study.questions:
        asked = result.coverage[result.coverage["question_id"] == question.id]
        groups = sorted(set(asked["group"]), key=lambda one: (one != question.people, one))
        for group in groups:
            rows = asked[asked["group"] == group]
            found.append(
                View(
                    question=question,
                    group=group,
                    mode=question.mode_of(group),
                    minutes=CIRCLE_MIN if question.minutes is None else question.minutes,
                    places=_level(rows, "demand").reindex(world.demand_id),
                    villages=_level(rows, "village").reindex(world.village_id),
                )
            )
    return found + _unasked(result, world, found)


def unit_ms(result: Result) -> int:
    """Milliseconds in the page's unit of time."""
    minutes = [*result.study.travel.minutes]
    minutes += [q.minutes for q in result.study.questions if q.minutes is not None]
    is_whole = all(tables.cutoff_ms(one) % 1000 == 0 for one in minutes)
    return 1000 if is_whole else 1


def packed(
    result: Result, world: Places, found: list[View]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The views as the page reads them, and the packed tables that they share.

    Returns
    -------
    views
        Per view who is asked and how, the reasons of the villages, the printed
        figures, and which of the tables holds its

        - ``times``: of each demand point in `unit_ms`; -1 where there is none,
        - ``reasons``: runs of demand points with the same one: 0 for none, else
          1 + position in `table_columns.REASONS`; then how many,
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

    pairs: dict[str, dict[str, list[tuple[str, float, float]]]] = {}
    position = {one: n for n, one in enumerate(sorted(result.facilities["facility_id"]))}
    done = []
    for view in found:
        reasons = [_reason_code(reason) for reason in view.places["reason"]]
        if view.mode not in pairs:
            pairs[view.mode] = _pairs(result, view.mode)
        middle = _middle(view, world)
        done.append(
            {
                "question": view.question.id if view.question else None,
                "label": _label(view, result.study.language),
                "ruled": bool(view.question and view.question.minutes is None),
                "mode": view.mode,
                "group": view.group,
                "minutes": view.minutes,
                "times": kept(_units(view.places["travel_time_s"], unit)),
                "reasons": kept(_runs(reasons)),
                "villageMs": kept(_units(_village_times(view, middle), 1)),
                "within": _whole_or_none(view.villages["n_within"]),
                "why": [_reason_code(reason) for reason in view.villages["reason"]],
                "nearest": kept(_nearest_points(view, middle, pairs[view.mode], position)),
                "printed": _printed(result, view),
            }
        )
    return done, list(shared)


def _label(view: View, language: Language) -> str:
    """The question in a few words, without who is counted: that is chosen apart."""
    if view.question is None:
        mode = term("mode", view.mode, language)
        minutes = minutes_text(view.minutes)
        return say("outputs.question.minutes", language, mode=mode, minutes=minutes)
    what = limit_text(view.question, language, view.group)
    return with_conditions(what, view.question, language)


def _level(rows: pd.DataFrame, level: str) -> pd.DataFrame:
    return rows[rows["level"] == level].set_index("id")


def _unasked(result: Result, world: Places, found: list[View]) -> list[View]:
    """A view of all open points for each mode that no question asks for."""
    asked = {view.mode for view in found if view.question and view.question.is_plain}
    is_lost = ~world.is_located | world.is_untested
    blank = pd.DataFrame(columns=table_columns.TABLES["coverage"].names).set_index("id")
    added = []
    for mode in result.study.modes:
        rows = result.nearest
        rows = rows[(rows["mode"] == mode) & (rows["set_id"] == "open")]
        if mode in asked or rows.empty:
            continue
        places = rows.set_index("demand_id").reindex(world.demand_id)
        places = places.rename(columns={"facility_id": "nearest_facility_id"})
        added.append(
            View(
                question=None,
                group=found[0].group if found else "people",
                mode=mode,
                minutes=found[0].minutes if found else CIRCLE_MIN,
                places=places.assign(reason=places["reason"].mask(is_lost, "not_located")),
                villages=blank.reindex(world.village_id),
            )
        )
    return added


def _units(seconds: Any, unit: int) -> np.ndarray:
    values = np.asarray(seconds, dtype="float64")
    is_known = ~np.isnan(values)
    whole = np.full(len(values), NO_TIME, dtype=np.int64)
    whole[is_known] = np.ceil(tables.to_ms(values[is_known]) / unit).astype(np.int64)
    return whole


def _reason_code(reason: Any) -> int:
    return table_columns.REASONS.index(reason) + 1 if isinstance(reason, str) else 0


def _runs(values: list[int]) -> list[int]:
    """Each value that stands in a row, and how often."""
    return [one for value, run in groupby(values) for one in (value, sum(1 for _ in run))]


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


def _pairs(result: Result, mode: str) -> dict[str, list[tuple[str, float, float]]]:
    """Per demand point the open points nearest to it, within the horizon."""
    points = result.facilities
    is_open = set(points.loc[points["status"] == "open", "facility_id"])
    rows = result.travel_times
    rows = rows[(rows["mode"] == mode) & rows["facility_id"].isin(is_open)]
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
