"""Who may be served where: the scope of an item and what a point says about it.

A point serves a place when every item that the question names is handled
there for that place: some row of ``services`` says so (``who_may``), and the
item may be done that far from home (``scope``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap.analysis.places import find, take

if TYPE_CHECKING:
    from servicemap.analysis.places import Flags, Places, Positions

CITY_WIDE = ("anyone", "city")  # the study area is the city
BETWEEN = re.compile(r"[\s,;|/，；、]+")  # between the township ids of a list


class Homes:
    """Rules of home for pairs of demand point and service point.

    A rule of the own township (village) is never met where the township
    (village) of the place or of the point is unknown.

    Parameters
    ----------
    facilities
        In the order that the positions of service points refer to.
    """

    def __init__(self, places: Places, facilities: pd.DataFrame) -> None:
        self._places = places
        self._village = find(places.village_id, facilities["village_id"])
        self._township = find(places.township_id, facilities["township_id"])
        # of the home of each demand point, looked up once and not pair by pair
        self._home_township = take(places.township_of, places.village_of, -1)
        self._lists: dict[str, Positions] = {}

    @property
    def seats(self) -> tuple[Positions, Positions]:
        """Positions of the village and the township of each service point, -1 is none."""
        return self._village, self._township

    def allows(self, rule: str, at: tuple[Positions, Positions]) -> Flags:
        """Say for each pair whether a rule lets the point serve the place.

        Parameters
        ----------
        rule
            A value of ``who_may`` or ``scope``: ``anyone``, ``city``,
            ``township``, ``village``, or township ids with commas between.
        at
            Positions of the demand points and of the service points, -1 is no point.
        """
        demand, facility = at
        if rule in CITY_WIDE:
            return np.ones(len(demand), dtype=bool)
        if rule == "village":
            village = take(self._places.village_of, demand, -1)
            return np.asarray(
                (village >= 0) & (village == take(self._village, facility, -1))
            )
        township = take(self._home_township, demand, -1)
        if rule == "township":
            return np.asarray(
                (township >= 0) & (township == take(self._township, facility, -1))
            )
        if rule not in self._lists:
            names = pd.Series(BETWEEN.split(rule))
            self._lists[rule] = find(self._places.township_id, names)
        return (township >= 0) & np.isin(township, self._lists[rule])
