"""Depth of coverage: how many points are in reach."""

from __future__ import annotations

import pandas as pd

from servicemap import tables

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
        Table ``depth``: ``question_id``, ``group``, ``n_within`` (0, 1, 2, and 3 for
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
    done = filled.assign(
        n_places=filled["n_places"].astype("Int64"),
        n_people=filled["n_people"].astype("Int64").where(has_figures),
    )[[*keys, "n_places", "n_people"]]
    return tables.check(done, "depth")
