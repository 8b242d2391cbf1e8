"""Travel times made by another router, in place of our own: ``run --times od.csv``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

# names that other routers' tables use
SYNONYMS = {"from_id": "demand_id", "to_id": "facility_id"}
NEEDED = ("demand_id", "facility_id", "travel_time_s")


def read_travel_times(
    path: Path,
    modes: Iterable[str],
    demand: pd.DataFrame,
    facilities: pd.DataFrame,
    sets: Mapping[str, tuple[str, ...]],
    horizon_min: float,
) -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    """Tables ``travel_times`` and ``nearest`` from a CSV file.

    Parameters
    ----------
    path
        CSV with ``demand_id`` (or ``from_id``), ``facility_id`` (or ``to_id``),
        ``travel_time_s``, and optionally ``mode`` and ``distance_m``. Without a
        mode the times count for the study's only mode. Rows without a time say
        that there is none.
    modes
        Modes of the study.
    demand, facilities
        Tables whose ids the file must use.
    sets
        Sets of points, as `servicemap.analysis.questions.point_sets` names them.
    horizon_min
        Pairs beyond it are left out of ``travel_times``.

    Raises
    ------
    InputError
        The file is absent, lacks columns, or holds unknown ids, negative times or
        a pair twice; all of them are reported together.
    """
    if not path.is_file():
        raise InputError("file_not_found", path=str(path))
    try:
        frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        problem = Problem(
            "times_unreadable", "error", path.name, values={"why": str(error)}
        )
        raise InputError([problem]) from error
    frame = frame.rename(columns=SYNONYMS)
    modes = list(modes)
    lacking = [name for name in NEEDED if name not in frame.columns]
    if "mode" not in frame.columns and len(modes) == 1:
        frame["mode"] = modes[0]
    elif "mode" not in frame.columns:
        lacking.append("mode")
    if lacking:
        values = {"lacking": ", ".join(lacking)}
        raise InputError([Problem("times_columns", "error", path.name, values=values)])
    if "distance_m" not in frame.columns:
        frame["distance_m"] = ""
    problems = list(_faults(frame, path.name, modes, demand, facilities))
    if problems:
        raise InputError(problems)
    seconds = pd.to_numeric(frame["travel_time_s"].replace("", np.nan))
    frame = frame.assign(
        # whole milliseconds, as in our own tables, so that ties stay ties
        travel_time_s=np.rint(seconds * 1000.0) / 1000.0,
        distance_m=pd.to_numeric(frame["distance_m"].replace("", np.nan)),
    )
    frame = frame[frame["travel_time_s"].notna() & frame["mode"].isin(modes)]
    frame = frame[[*NEEDED[:2], "mode", "travel_time_s", "distance_m"]]
    within = frame[frame["travel_time_s"] <= horizon_min * 60.0]
    within = tables.in_order(within, ["demand_id", "facility_id", "mode"])
    near = [
        _nearest(frame, demand, mode, set_id, members)
        for mode in modes
        for set_id, members in sets.items()
    ]
    return [tables.check(within, "travel_times")], near


def _faults(
    frame: pd.DataFrame,
    name: str,
    modes: list[str],
    demand: pd.DataFrame,
    facilities: pd.DataFrame,
) -> Iterable[Problem]:
    known = {
        "demand_id": set(demand["demand_id"]),
        "facility_id": set(facilities["facility_id"]),
        "mode": set(modes),
    }
    for column, values in known.items():
        for row in frame.index[~frame[column].isin(values)]:
            value = frame.loc[row, column]
            yield Problem("times_unknown", "error", name, None, row + 2, column, value)
    seconds = pd.to_numeric(frame["travel_time_s"].replace("", np.nan), errors="coerce")
    odd = (frame["travel_time_s"] != "") & ~(np.isfinite(seconds) & (seconds >= 0))
    for row in frame.index[odd]:
        value = frame.loc[row, "travel_time_s"]
        yield Problem("times_value", "error", name, None, row + 2, "travel_time_s", value)
    metres = pd.to_numeric(frame["distance_m"].replace("", np.nan), errors="coerce")
    odd = (frame["distance_m"] != "") & ~(np.isfinite(metres) & (metres >= 0))
    for row in frame.index[odd]:
        value = frame.loc[row, "distance_m"]
        yield Problem("times_value", "error", name, None, row + 2, "distance_m", value)
    for row in frame.index[frame.duplicated(["demand_id", "facility_id", "mode"])]:
        yield Problem("times_twice", "error", name, None, row + 2)


def _nearest(
    frame: pd.DataFrame,
    demand: pd.DataFrame,
    mode: str,
    set_id: str,
    members: tuple[str, ...],
) -> pd.DataFrame:
    """The nearest point of a set; what the table does not list is ``no_route``."""
    own = frame[(frame["mode"] == mode) & frame["facility_id"].isin(members)]
    own = tables.in_order(own, ["demand_id", "travel_time_s", "facility_id"])
    best = own.drop_duplicates("demand_id").set_index("demand_id")
    best = best.reindex(demand["demand_id"].to_numpy())
    done = pd.DataFrame(
        {
            "demand_id": demand["demand_id"].to_numpy(),
            "mode": mode,
            "set_id": set_id,
            "facility_id": best["facility_id"].to_numpy(),
            "travel_time_s": best["travel_time_s"].to_numpy(),
            "distance_m": best["distance_m"].to_numpy(),
        }
    )
    done["reason"] = pd.Series("no_route", done.index).where(done["travel_time_s"].isna())
    return tables.check(done, "nearest")
