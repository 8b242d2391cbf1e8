"""Coverage -> the table ``gaps``: the villages that a question leaves out, ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap import table_columns, tables
from servicemap.analysis.clusters import clusters
from servicemap.analysis.places import (
    Numbers,
    Places,
    deciding,
    figures,
    find,
    places,
    take,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.study import Question, Study

# reason -> what would help; the words stand under terms.remedy
REMEDIES = {
    "too_far": "nearer_point",
    "no_route": "check_roads",
    "island": "check_roads",
    "ferry_only": "nearer_point",
    "off_network": "check_roads",
    "not_located": "locate_village",
    "closed": "open_point",
    "hours_unknown": "ask_hours",
    "by_appointment": "drop_appointment",
    "accept_only": "finish_here",
    "not_offered": "offer_item",
    "not_entitled": "widen_right",
}


def gaps(
    study: Study,
    *,
    coverage: pd.DataFrame,
    villages: pd.DataFrame,
    demand: pd.DataFrame,
) -> pd.DataFrame:
    """Rank the villages that are not covered, with the reason and what would help.

    Parameters
    ----------
    study
        Its questions; each counts the people group that it names.
    coverage
        Table of the contract with the levels ``demand`` and ``village``.
    villages, demand
        Tables of the contract.

    Returns
    -------
    DataFrame
        Table ``gaps``: questions in study order; uncovered villages first, by
        people left out, then by minutes beyond (no way at all before any
        time), then by id; undetermined villages after them. ``n_people`` are
        the people who are uncovered (undetermined). ``minutes_beyond`` says by
        how much the cutoff would have to grow for the village to be covered;
        missing where no time is known. ``cluster_id`` numbers groups of
        neighbouring uncovered villages, the one with most people first.
    """
    world = places(demand, villages)
    at = coverage.groupby(["question_id", "group", "level"], sort=False).indices
    parts = []
    for question in study.questions:
        key = question.id, question.people
        of_village = coverage.iloc[at[*key, "village"]]
        left_out = of_village[of_village["status"].isin(["uncovered", "undetermined"])]
        if len(left_out):
            homes = coverage.iloc[at[*key, "demand"]]
            decided = _deciders(homes, world, key[1], study.village_covered_share)
            parts.append(_gaps_of(question, left_out, decided, villages, world))
    if not parts:
        return tables.empty("gaps")
    return tables.check(pd.concat(parts, ignore_index=True), "gaps")


def _gaps_of(
    question: Question,
    left_out: pd.DataFrame,
    decided: tuple[Numbers, NDArray[np.object_]],
    villages: pd.DataFrame,
    world: Places,
) -> pd.DataFrame:
    beyond_min, facility = decided
    at = find(world.village_id, left_out["id"])
    unknown = (left_out["status"] == "undetermined").to_numpy()
    n_undetermined = left_out["n_undetermined"]
    n_uncovered = left_out["n_people"] - left_out["n_covered"] - n_undetermined
    rows = pd.DataFrame(
        {
            "question_id": question.id,
            "village_id": left_out["id"].to_numpy(),
            "reason": left_out["reason"].to_numpy(),
            "n_people": n_uncovered.where(~unknown, n_undetermined).to_numpy(),
            "minutes_beyond": beyond_min[at],
            "nearest_facility_id": facility[at],
            "would_do_facility_id": left_out["would_do_facility_id"].to_numpy(),
            "remedy": [REMEDIES.get(reason) for reason in left_out["reason"]],
        }
    )
    rows["cluster_id"] = _clusters(rows[~unknown], villages).reindex(rows.index)
    # Missing people come last, a missing time before every time.
    rank = pd.DataFrame(
        {
            "unknown": unknown,
            "people": -rows["n_people"].astype("Float64").fillna(-1.0).astype("float64"),
            "minutes": -rows["minutes_beyond"].fillna(np.inf),
            "id": rows["village_id"],
        }
    )
    order = rank.sort_values(["unknown", "people", "minutes", "id"]).index
    return rows.loc[order, table_columns.TABLES["gaps"].names].reset_index(drop=True)


def _deciders(
    points: pd.DataFrame, world: Places, group: str, share: float
) -> tuple[Numbers, NDArray[np.object_]]:
    """Per village, minutes beyond and nearest point of whom it takes to reach the share."""
    size, n_villages = len(world.demand_id), len(world.village_id)
    weights = figures(world.counts[group], world.village_of, n_villages).weights
    at = find(world.demand_id, points["id"])
    beyond_ms = np.full(size, np.inf)
    minutes = points["minutes_beyond"].to_numpy(dtype="float64")
    rounded = np.where(np.isnan(minutes), np.inf, np.rint(minutes * 60_000))
    # whoever is covered comes first; it is never they who decide
    beyond_ms[at] = np.where(points["status"] == "covered", -1.0, rounded)
    facility = np.full(size, None, dtype=object)
    facility[at] = points["nearest_facility_id"].astype(object).to_numpy()
    of = np.full(size, -1, dtype="int64")
    of[at] = np.where(points["status"] == "undetermined", -1, world.village_of[at])
    decider = deciding(beyond_ms, weights, of, n_villages, share)
    of_village = take(beyond_ms, decider, np.inf)
    names = take(facility, decider, None)
    return np.where(np.isfinite(of_village), of_village, np.nan) / 60_000, names


def _clusters(rows: pd.DataFrame, villages: pd.DataFrame) -> pd.Series:
    own = pd.DataFrame(villages).set_index("village_id")
    lon = own["lon"].reindex(rows["village_id"]).to_numpy(dtype="float64")
    lat = own["lat"].reindex(rows["village_id"]).to_numpy(dtype="float64")
    people: Numbers = rows["n_people"].to_numpy(dtype="float64", na_value=0.0)
    numbers = clusters(lon, lat, people, rows["village_id"].tolist())
    values = pd.array([pd.NA if one < 0 else one for one in numbers], dtype="Int64")
    return pd.Series(values, index=rows.index, dtype="Int64")
