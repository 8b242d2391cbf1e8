"""The answers to a study's questions as its state has them, equal to those of a run.

Nothing is read and nothing is drawn: the tables, the roads and the points on them are
those that places are asked of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicemap.analysis.coverage import coverage
from servicemap.analysis.meanings import meanings
from servicemap.intake.public import public_study
from servicemap.intake.public_findings import public_files
from servicemap.result import Answered
from servicemap.roads.snapping import snap
from servicemap.routed import Routed

if TYPE_CHECKING:
    from servicemap.locator.state import State


def covered(state: State) -> Answered:
    """Coverage and its meanings; of the annex nothing else.

    Parameters
    ----------
    state
        Of the study.
    """
    asked = public_study(state.asked)
    given = state.data.inputs(state.calendar)
    routed = Routed(asked, given, state.data.frame("ground"), want_distance=False)
    lon, lat = (given.demand[name].to_numpy() for name in ("lon", "lat"))
    for mode, network in state.networks.items():
        homes = snap(network, lon, lat, asked.travel.snap_limit_m, "origin")
        routed.route(network, state.service(mode).points, homes)
    answers = routed.answers()
    return Answered(
        study=asked,
        townships=given.townships,
        villages=given.villages,
        coverage=coverage(answers),
        annex={"meanings": meanings(answers, routed.ground_answers())},
        road_changes=public_files(state.data.changes, asked, "source"),
    )
