"""The table ``coverage`` -> rates: the one place where percentages come from.

A rate never stands without saying of what: of villages or of people, which
question, which group, and between which bounds it lies as long as some places
are undetermined.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

UNITS = ("villages", "people")
COLUMNS = (
    "question_id",
    "level",
    "id",
    "group",
    "unit",
    "n_all",
    "n_covered",
    "n_uncovered",
    "n_undetermined",
    "rate",
    "rate_low",
    "rate_high",
)


def rates(
    coverage: pd.DataFrame,
    villages: pd.DataFrame,
    level: Literal["city", "township"] | None = None,
) -> pd.DataFrame:
    """Rates of coverage in villages and in people.

    Parameters
    ----------
    coverage
        Table of the contract.
    villages
        Table of the contract; says which village is of which township.
    level
        Only the city or only the townships.

    Returns
    -------
    DataFrame
        One row per question, level (``city``, ``township``), id, group and
        unit (``villages``, ``people``), questions and groups in the order of
        ``coverage``, ids by code point, with

        - ``n_all = n_covered + n_uncovered + n_undetermined`` (Int64, missing
          where there are no people figures),
        - ``rate = n_covered / (n_covered + n_uncovered)``,
        - ``rate_low = n_covered / n_all``: nobody undetermined is covered,
        - ``rate_high = (n_covered + n_undetermined) / n_all``: all of them are.

        Rates are shares from 0 to 1, missing where their denominator is 0.
        ``villages`` of a group are judged by the people of that group.
    """
    keys = ["question_id", "level", "id", "group"]
    people = coverage[coverage["level"].isin(["township", "city"])][keys].reset_index(
        drop=True
    )
    figures = coverage.loc[
        coverage["level"].isin(["township", "city"]),
        ["n_people", "n_covered", "n_undetermined"],
    ].reset_index(drop=True)
    n_uncovered = figures["n_people"] - figures["n_covered"] - figures["n_undetermined"]
    by_people = people.assign(
        unit="people",
        n_covered=figures["n_covered"],
        n_uncovered=n_uncovered,
        n_undetermined=figures["n_undetermined"],
    )
    by_villages = people.assign(unit="villages").merge(
        _village_counts(coverage, villages), how="left", on=keys
    )
    counts = ["n_covered", "n_uncovered", "n_undetermined"]
    by_villages[counts] = by_villages[counts].fillna(0).astype("Int64")
    # Both have the rows of `people` in its order: villages first, then people.
    rows = pd.concat([by_villages, by_people]).sort_index(kind="stable")
    if level is not None:
        rows = rows[rows["level"] == level]
    return _with_rates(rows.reset_index(drop=True))


def _village_counts(coverage: pd.DataFrame, villages: pd.DataFrame) -> pd.DataFrame:
    rows = coverage.loc[
        coverage["level"] == "village", ["question_id", "id", "group", "status"]
    ]
    township = pd.Series(
        villages["township_id"].to_numpy(), index=villages["village_id"].to_numpy()
    )
    in_township = rows.assign(level="township", id=township.reindex(rows["id"]).to_numpy())
    both = pd.concat(
        [in_township[in_township["id"].notna()], rows.assign(level="city", id="city")]
    )
    keys = ["question_id", "level", "id", "group"]
    flags = {
        f"n_{status}": (both["status"] == status).astype("Int64")
        for status in ("covered", "uncovered", "undetermined")
    }
    return both[keys].assign(**flags).groupby(keys, as_index=False).sum()


def _with_rates(rows: pd.DataFrame) -> pd.DataFrame:
    covered, uncovered, unknown = (
        rows[name].astype("Int64")
        for name in ("n_covered", "n_uncovered", "n_undetermined")
    )
    everything = covered + uncovered + unknown
    done = rows.assign(
        n_all=everything,
        n_covered=covered,
        n_uncovered=uncovered,
        n_undetermined=unknown,
        rate=_share(covered, covered + uncovered),
        rate_low=_share(covered, everything),
        rate_high=_share(covered + unknown, everything),
    )
    return done[list(COLUMNS)]


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    above = part.to_numpy(dtype="float64", na_value=np.nan)
    below = whole.to_numpy(dtype="float64", na_value=np.nan)
    defined = below > 0
    return pd.Series(
        np.divide(above, below, out=np.full(len(part), np.nan), where=defined),
        index=part.index,
    )
