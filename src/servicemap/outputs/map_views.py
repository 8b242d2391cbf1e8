"""What the map can be asked: one view per question and people group.

A view carries the time of every demand point, so that the page can count again
for any number of minutes. Times are whole seconds, rounded up: where every
cutoff is a whole number of seconds, ``seconds <= cutoff`` answers exactly as the
comparison in milliseconds does. A study with a finer cutoff gets milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from servicemap import table_columns, tables

if TYPE_CHECKING:
    from servicemap.analysis.places import Places
    from servicemap.result import Result
    from servicemap.study import Question

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
