"""People of the made-up county: registered, resident, old, disabled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from servicemap.synthetic.settlements import Settlements

YEAR = 2025
# setting -> median registered people, residents per registered, share of 60 and over
MAKEUP = {
    "city": (3_600.0, 1.45, 0.15),
    "town": (2_900.0, 1.15, 0.20),
    "plain": (1_350.0, 0.95, 0.27),
    "mountain": (640.0, 0.58, 0.46),
    "island": (720.0, 0.66, 0.42),
}
PERSONS_PER_HOUSEHOLD = 2.7


def census(places: Settlements, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Figures of this year.

    Returns
    -------
    villages
        village_id, hukou, hukou_elderly, hukou_disabled, resident, resident_elderly,
        resident_disabled; whole numbers.
    hamlets
        hamlet_id, hukou, resident, households; sums over a village are its figures.
    """
    rng = np.random.default_rng([seed, 6])
    makeup = np.array([MAKEUP[one] for one in places.villages["setting"]])
    count = len(makeup)
    hukou = np.rint(makeup[:, 0] * rng.lognormal(0.0, 0.38, count)).astype(np.int64)
    stay = makeup[:, 1] * rng.lognormal(0.0, 0.12, count)
    resident = np.rint(hukou * stay).astype(np.int64)
    old = np.clip(makeup[:, 2] * rng.lognormal(0.0, 0.12, count), 0.05, 0.75)
    disabled = np.clip(rng.normal(0.055, 0.012, count), 0.02, 0.1)
    away = np.where(stay < 1.0, 0.8, 1.0)  # the old stay while the young leave
    villages = pd.DataFrame(
        {
            "village_id": places.villages["village_id"],
            "hukou": hukou,
            "hukou_elderly": np.rint(hukou * old * away).astype(np.int64),
            "hukou_disabled": np.rint(hukou * disabled).astype(np.int64),
            "resident": resident,
            "resident_elderly": np.rint(resident * old).astype(np.int64),
            "resident_disabled": np.rint(resident * disabled).astype(np.int64),
        }
    )
    village = places.hamlets["village"].to_numpy()
    share = places.hamlets["share"].to_numpy()
    own_resident = apportion(resident, village, share)
    hamlets = pd.DataFrame(
        {
            "hamlet_id": places.hamlets["hamlet_id"],
            "hukou": apportion(hukou, village, share),
            "resident": own_resident,
            "households": np.ceil(own_resident / PERSONS_PER_HOUSEHOLD).astype(np.int64),
        }
    )
    return villages, hamlets


def apportion(totals: np.ndarray, owner: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Whole parts of whole totals by the largest remainder; ties to the first part.

    Parameters
    ----------
    totals
        One per owner.
    owner, share
        One per part; the shares of an owner sum to 1; owners in order.
    """
    exact = totals[owner] * share
    parts = np.floor(exact).astype(np.int64)
    rest = totals - np.bincount(owner, weights=parts, minlength=len(totals)).astype(
        np.int64
    )
    order = np.lexsort((np.arange(len(owner)), -(exact - parts), owner))
    first = np.searchsorted(owner[order], np.arange(len(totals)))
    rank = np.empty(len(owner), dtype=np.int64)
    rank[order] = np.arange(len(owner)) - first[owner[order]]
    return np.asarray(parts + (rank < rest[owner]))
