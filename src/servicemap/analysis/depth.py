"""Depth of coverage: how many points are in reach, and what each of them holds alone."""

from __future__ import annotations

import pandas as pd

DEPTHS = (0, 1, 2, 3)  # the last means as many or more


def depth(coverage: pd.DataFrame) -> pd.DataFrame:
    """Count demand points and people by the number of points within the cutoff.

    Parameters
    ----------
    coverage
        Table of the contract with the level ``demand``.

    Returns
    -------
    DataFrame
        Columns ``question_id``, ``group``, ``n_within`` (0, 1, 2, and 3 for
        three or more), ``n_places``, ``n_people`` (missing where no place has
        a figure); every number of points has its row, undetermined places
        have none. Questions and groups in the order of ``coverage``.
    """
    rows = coverage[(coverage["level"] == "demand") & coverage["n_within"].notna()]
    capped = rows.assign(n_within=rows["n_within"].clip(upper=DEPTHS[-1]), n_places=1)
    keys = ["question_id", "group", "n_within"]
    asked = coverage[keys[:2]].drop_duplicates()
    every = asked.merge(pd.DataFrame({"n_within": list(DEPTHS)}), how="cross")
    sums = capped.groupby(keys, as_index=False).agg(
        n_places=("n_places", "sum"),
        n_people=("n_people", "sum"),
        n_known=("n_people", "count"),
    )
    joined = every.astype({"n_within": "Int64"}).merge(sums, how="left", on=keys)
    filled = joined.fillna({"n_places": 0, "n_people": 0, "n_known": 0})
    has_figures = filled.groupby(keys[:2])["n_known"].transform("sum") > 0
    return filled.assign(
        n_places=filled["n_places"].astype("Int64"),
        n_people=filled["n_people"].astype("Int64").where(has_figures),
    )[[*keys, "n_places", "n_people"]]


def held_alone(coverage: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """Say for each point who is nearest to it, and who loses coverage when it closes.

    Parameters
    ----------
    coverage
        Table of the contract with the level ``demand``.
    facilities
        Table of the contract; open points get a row.

    Returns
    -------
    DataFrame
        Columns ``question_id``, ``group``, ``facility_id``, ``n_nearest``
        (people covered whose nearest point it is) and ``n_alone`` (people who
        have no other point within the cutoff: what it adds, and what is lost
        without it); missing without people figures. Questions and groups in
        the order of ``coverage``, points by code point.
    """
    rows = coverage[(coverage["level"] == "demand") & (coverage["status"] == "covered")]
    keys = ["question_id", "group", "facility_id"]
    rows = rows.rename(columns={"nearest_facility_id": "facility_id"})
    alone = rows["n_people"].where(rows["n_within"] == 1, 0)
    sums = rows.assign(n_nearest=rows["n_people"], n_alone=alone)
    sums = sums.groupby(keys, as_index=False)[["n_nearest", "n_alone"]].sum()
    is_open = facilities["status"] == "open"
    points = pd.DataFrame({"facility_id": sorted(facilities.loc[is_open, "facility_id"])})
    places = coverage[coverage["level"] == "demand"]
    known = places.groupby(keys[:2], as_index=False).agg(n_known=("n_people", "count"))
    asked = coverage[keys[:2]].drop_duplicates().merge(known, how="left", on=keys[:2])
    every = asked.merge(points.astype("str"), how="cross").merge(sums, how="left", on=keys)
    for name in ("n_nearest", "n_alone"):
        counts = every[name].fillna(0).astype("Int64")
        every[name] = counts.where(every["n_known"] > 0)
    return every[[*keys, "n_nearest", "n_alone"]]
