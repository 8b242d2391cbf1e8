"""Two-step floating catchment areas: how much of a point is left for each person.

Step 1 divides the supply of a point (windows, staff) by the people who may
come to it; step 2 adds up, for a place, what the points in its reach have
left. Sources: Luo and Wang (2003), *Environment and Planning B* 30(6), 865-884
(2SFCA, `within`); Luo and Qi (2009), *Health & Place* 15(4), 1100-1107
(E2SFCA, `zones`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from servicemap import tables
from servicemap.analysis.places import find, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from servicemap.analysis.places import Numbers, Positions

Decay = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def within(minutes: float) -> Decay:
    """Weigh every time within a cutoff 1, and every other 0."""
    return zones([(minutes, 1.0)])


def zones(steps: Sequence[tuple[float, float]]) -> Decay:
    """Weigh by zones: ``[(10, 1.0), (20, 0.68), (30, 0.22)]`` is Luo and Qi's fast decay.

    Parameters
    ----------
    steps
        Pairs of minutes (upper end, included) and weight, in growing order;
        beyond the last the weight is 0.
    """
    ends = np.array([tables.cutoff_ms(minutes) for minutes, _ in steps], dtype="float64")
    weights = np.array([weight for _, weight in steps] + [0.0])
    if (np.diff(ends) <= 0).any():
        msg = "zones must grow"
        raise ValueError(msg)

    def weigh(time_ms: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(weights[np.searchsorted(ends, time_ms, side="left")])

    return weigh


def catchment(
    travel_times: pd.DataFrame, people: pd.Series, supply: pd.Series, decay: Decay
) -> pd.Series:
    """Supply per person at each demand point, by two-step floating catchment areas.

    Parameters
    ----------
    travel_times
        Table of the contract, rows of one mode.
    people
        By ``demand_id``; a missing figure counts as nobody.
    supply
        By ``facility_id``, of the points that count; a point that is absent or
        has a missing figure offers nothing.
    decay
        Weights of times in milliseconds: `within`, `zones`.

    Returns
    -------
    Series
        By the index of ``people``, in its order; units of supply per person, 0
        where nothing is in reach. What a point could serve is lost where
        nobody lives in its reach. Over all places, people times supply per
        person adds up to the supply of all points that somebody reaches.
    """
    demand = find(people.index, travel_times["demand_id"])
    facility = find(supply.index, travel_times["facility_id"])
    known = (demand >= 0) & (facility >= 0)
    time_ms = np.asarray(tables.to_ms(travel_times["travel_time_s"]))[known]
    per_person = of_pairs(
        (demand[known], facility[known]),
        decay(time_ms),
        people.to_numpy(dtype="float64", na_value=0.0),
        supply.to_numpy(dtype="float64", na_value=0.0),
    )
    return pd.Series(per_person, index=people.index, name="supply_per_person")


def of_pairs(
    at: tuple[Positions, Positions], weight: Numbers, heads: Numbers, offer: Numbers
) -> Numbers:
    """`catchment` over arrays: pairs as positions, their weights, people, supply."""
    demand, to = at
    potential = total(heads[demand] * weight, to, len(offer))
    ratio = np.divide(offer, potential, out=np.zeros(len(offer)), where=potential > 0)
    return total(ratio[to] * weight, demand, len(heads))
