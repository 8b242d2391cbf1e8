"""Times from pieces of ground to the service points, and what the questions say there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.analysis.answers import Answers
from servicemap.analysis.meanings import ground_demand, ground_study
from servicemap.roads.snapping import snap
from servicemap.routing.as_tables import travel_times_table
from servicemap.routing.travel_times import pairs

if TYPE_CHECKING:
    from servicemap.intake import Inputs
    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps
    from servicemap.study import Study


class GroundTimes:
    """Routes pieces of ground as homes are routed, within the cutoffs of the questions.

    Parameters
    ----------
    asked
        The questions; of each the mode of the people that it counts.
    ground
        Table of the contract.
    """

    def __init__(self, asked: Study, ground: pd.DataFrame) -> None:
        self._study = ground_study(asked)
        self._ground = ground
        self._times: list[pd.DataFrame] = []
        self._off_network: list[pd.DataFrame] = []

    def route(self, network: Network, points: Snaps, facility_id: pd.Series) -> None:
        """Find the pairs of one mode, and the pieces of ground that meet no road."""
        mode, ground = network.mode, self._ground
        asked = [one for one in self._study.questions if mode in one.modes_of("people")]
        if not asked or not len(ground):
            return
        homes = snap(
            network,
            ground["lon"].to_numpy(),
            ground["lat"].to_numpy(),
            self._study.travel.snap_limit_m,
            "origin",
        )
        longest = max(minutes for one in asked for minutes in one.cutoffs_min)
        found = pairs(network, homes, points, minutes=longest, want_distance=False)
        self._times.append(
            travel_times_table(found, ground["ground_id"], facility_id, mode)
        )
        lost = ground.loc[homes.edge < 0, "ground_id"]
        self._off_network.append(
            pd.DataFrame(
                {
                    "demand_id": lost,
                    "mode": mode,
                    "set_id": "open",
                    "facility_id": pd.NA,
                    "travel_time_s": np.nan,
                    "distance_m": np.nan,
                    "reason": "off_network",
                }
            )
        )

    def answers(self, given: Inputs) -> Answers | None:
        """The questions over the pieces of ground; None without any or without times."""
        if not self._times:
            return None
        kept = [one for one in self._off_network if len(one)]
        nearest = (
            tables.check(pd.concat(kept, ignore_index=True), "nearest")
            if kept
            else tables.empty("nearest")
        )
        return Answers(
            self._study,
            facilities=given.facilities,
            services=given.services,
            items=given.items,
            townships=given.townships,
            villages=given.villages,
            demand=ground_demand(self._ground),
            travel_times=pd.concat(self._times, ignore_index=True),
            nearest=nearest,
            calendar=given.calendar,
        )
