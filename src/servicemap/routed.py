"""Times of a study, mode by mode, and its questions over them.

A run and the service ask alike, so that a figure is the same wherever it is asked for.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from servicemap import tables
from servicemap.analysis.answers import Answers
from servicemap.analysis.questions import point_sets
from servicemap.ground_times import GroundTimes
from servicemap.intake.travel_table import read_travel_times
from servicemap.roads.ferries import ferry_only
from servicemap.routing.as_tables import nearest_table, travel_times_table
from servicemap.routing.travel_times import nearest, pairs

if TYPE_CHECKING:
    import pandas as pd

    from servicemap.intake import Inputs
    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps
    from servicemap.study import Study


class Routed:
    """Routes homes and pieces of ground to the points, and asks the study's questions.

    Parameters
    ----------
    asked
        The questions, and how far pairs are kept.
    given
        Checked tables.
    ground
        Table of the contract.
    want_distance
        False leaves lengths missing, on which no answer depends; times are the same.
    """

    def __init__(
        self,
        asked: Study,
        given: Inputs,
        ground: pd.DataFrame,
        *,
        want_distance: bool = True,
    ) -> None:
        self._study, self._given = asked, given
        self._want_distance = want_distance
        self._sets = point_sets(asked, given.facilities, given.services, given.items)
        self._times: list[pd.DataFrame] = []
        self._nearest: list[pd.DataFrame] = []
        self._ground = GroundTimes(asked, ground)

    def read(self, path: str | Path) -> None:
        """Take times made by another router in place of ours."""
        given, asked = self._given, self._study
        self._times, self._nearest = read_travel_times(
            Path(path),
            asked.modes,
            given.demand,
            given.facilities,
            self._sets,
            asked.horizon_min,
        )

    def route(self, network: Network, points: Snaps, homes: Snaps) -> None:
        """Find the pairs of one mode within the horizon, and the nearest beyond it.

        Parameters
        ----------
        network
            Roads of the mode.
        points, homes
            The points and the places of demand on them, rows as in the tables.
        """
        given, mode = self._given, network.mode
        demand_id = given.demand["demand_id"]
        facility_id = given.facilities["facility_id"]
        within = pairs(
            network,
            homes,
            points,
            minutes=self._study.horizon_min,
            want_distance=self._want_distance,
        )
        self._times.append(travel_times_table(within, demand_id, facility_id, mode))
        for set_id, members in self._sets.items():
            kept = points.masked(facility_id.isin(members).to_numpy())
            self._nearest.append(
                nearest_table(
                    nearest(network, homes, kept),
                    homes,
                    demand_id,
                    facility_id,
                    mode,
                    set_id,
                    ferry_only(network, homes, kept),
                )
            )
        self._ground.route(network, points, facility_id)

    @cached_property
    def travel_times(self) -> pd.DataFrame:
        """Table of the contract, once all modes are routed."""
        # the modes' tables are let go: pairs are most of the memory
        parts, self._times = self._times, []
        return tables.joined(parts, "travel_times")

    @cached_property
    def nearest(self) -> pd.DataFrame:
        """Table of the contract, once all modes are routed."""
        return tables.joined(self._nearest, "nearest")

    def answers(self) -> Answers:
        """The questions over the tables."""
        given = self._given
        return Answers(
            self._study,
            facilities=given.facilities,
            services=given.services,
            items=given.items,
            townships=given.townships,
            villages=given.villages,
            demand=given.demand,
            travel_times=self.travel_times,
            nearest=self.nearest,
            calendar=given.calendar,
        )

    def ground_answers(self) -> Answers | None:
        """The questions over the pieces of ground; None without any."""
        return self._ground.answers(self._given)
