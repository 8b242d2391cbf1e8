"""Inputs as the public may see them: nothing personal goes into any table of a run.

What a public study must not show is taken out before anything is computed, so that
no file can hold it and all figures of a run still agree. People are counted at
places of at least `LEAST` of every group (the threshold rule of official statistics:
Hundepool et al. 2012, *Statistical Disclosure Control*, section 4.2.1).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.errors import InputError, Problem
from servicemap.intake import within
from servicemap.intake.public_findings import MOBILE, file_name, unquoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from servicemap.intake.inputs import Inputs
    from servicemap.study import Study

LEAST = 10
PLACES = 4  # decimals of a degree: eleven metres
PERSONAL_FORMS = ("agent", "van")  # at somebody's home, or on somebody's phone
TEXTS = ("address", "hours_written", "phone")  # cells in which people write numbers


def public_study(study: Study) -> Study:
    """The study without questions about groups that are not for the public.

    Raises
    ------
    InputError
        No question is left.
    """
    sensitive = study.outputs.sensitive
    if study.outputs.audience != "public":
        return study
    kept = tuple(one for one in study.questions if one.people not in sensitive)
    if not kept:
        raise InputError("public_nothing", groups=", ".join(sensitive))
    return replace(study, questions=kept)


def public_inputs(given: Inputs, study: Study) -> Inputs:
    """Inputs without what is personal.

    Sensitive groups and mobile numbers are gone, agents have no address, homes are
    gathered until each place has at least `LEAST` people of every group that it has,
    coordinates are rounded, what is still too small is missing, and findings quote no
    cells.
    """
    if study.outputs.audience != "public":
        return given
    sensitive = set(study.outputs.sensitive)
    demand, hidden = gathered(given.demand.drop(columns=[*sensitive], errors="ignore"))
    people = given.people[~given.people["group"].isin(sensitive)]
    people = people.assign(source=people["source"].map(file_name, na_action="ignore"))
    small = people["count"].between(1, LEAST - 1)
    note = Problem(
        "public_gathered",
        "note",
        file_name(study.people.source or study.villages.source or ""),
        values={
            "before": len(given.demand),
            "after": len(demand),
            "least": LEAST,
            "hidden": hidden,
        },
    )
    return replace(
        given,
        facilities=_points(given.facilities),
        villages=_rounded(given.villages),
        demand=tables.check(demand, "demand"),
        people=people[~small].reset_index(drop=True),
        people_sources=_large(given.people_sources),
        problems=(*map(unquoted, given.problems), note),
    )


def _large(sources: pd.DataFrame) -> pd.DataFrame:
    small = sources["n_people"].between(1, LEAST - 1)
    return sources[~small].reset_index(drop=True)


def _points(facilities: pd.DataFrame) -> pd.DataFrame:
    """Service points without the numbers and homes of persons."""
    is_personal = facilities["form"].isin(PERSONAL_FORMS)
    texts = {
        name: facilities[name]
        .map(_without_mobiles, na_action="ignore")
        .astype(facilities[name].dtype)
        for name in facilities.columns.intersection(list(TEXTS))
    }
    done = facilities.assign(**texts)
    return done.assign(
        phone=done["phone"].mask(is_personal), address=done["address"].mask(is_personal)
    )


def _without_mobiles(text: str) -> str | None:
    """What is left of a cell without mobile numbers; None where nothing is."""
    rest = MOBILE.sub("", text).strip(" ,;，；、/")
    return rest or None


def gathered(demand: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Homes of a village put together until no place has a small count.

    A place with fewer than `LEAST` people of some group that it has joins the nearest
    place of its village that has enough, or all of the village become one. A place
    stands where most of its people live.

    Returns
    -------
    demand
        Places with rounded coordinates; a count that is small even for the whole
        village is missing.
    hidden
        How many counts are missing.
    """
    groups = tables.people_groups(demand)
    ordered = tables.in_order(demand, ["demand_id"])
    counts = ordered[groups].to_numpy(dtype="float64", na_value=np.nan)
    lon, lat = (ordered[name].to_numpy(dtype="float64") for name in ("lon", "lat"))
    host = np.arange(len(ordered))
    sums = counts.copy()
    for rows in ordered.groupby("village_id", sort=True).indices.values():
        left = np.sort(rows)
        while True:
            joined = _hosts(left, sums, lon, lat)
            moved = np.flatnonzero(joined != left)
            if not len(moved):
                break
            for place in moved:  # what is missing stays missing
                sums[joined[place]] += sums[left[place]]
                host[host == left[place]] = joined[place]
            left = np.unique(joined)
    kept = np.unique(host)
    small = (sums > 0) & (sums < LEAST)
    found = ordered.iloc[kept].reset_index(drop=True)
    for at, name in enumerate(groups):
        values = pd.array(sums[kept, at], dtype="Float64")
        found[name] = pd.Series(values).mask(small[kept, at]).astype("Int64")
    return _rounded(found), int(small[kept].sum())


def _hosts(
    rows: NDArray[np.int64],
    counts: NDArray[np.float64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> NDArray[np.int64]:
    """For each place of a village the place that it is counted at."""
    own = np.nan_to_num(counts[rows])
    is_small = ((own > 0) & (own < LEAST)).any(axis=1)
    is_located = np.isfinite(lon[rows]) & np.isfinite(lat[rows])
    if not is_small.any():
        return rows
    large = np.flatnonzero(~is_small & is_located & (own[:, 0] > 0))
    weights = np.where(is_located, own[:, 0], -1.0)
    if not len(large):
        return np.full(len(rows), rows[int(np.argmax(weights))])
    x, y = within.metres(lon[rows], lat[rows], float(np.nanmean(lat[rows])))
    host = rows.copy()
    for at in np.flatnonzero(is_small):
        if not is_located[at]:
            host[at] = rows[large[int(np.argmax(own[large, 0]))]]
            continue
        apart = np.hypot(x[large] - x[at], y[large] - y[at])
        host[at] = rows[large[int(np.argmin(apart))]]
    return host


def _rounded(table: Any) -> Any:
    return table.assign(lon=table["lon"].round(PLACES), lat=table["lat"].round(PLACES))
