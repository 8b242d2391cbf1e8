"""Hamlets (自然村): where within a village people live, as offices list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap.intake import cells, keys, places
from servicemap.intake.columns import match
from servicemap.intake.homes import POINTS
from servicemap.intake.people import ALL, FIGURES, KIND_ORDER, count_columns
from servicemap.intake.positions import positions
from servicemap.intake.townships import register

if TYPE_CHECKING:
    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns
    from servicemap.intake.map_evidence import MapEvidence
    from servicemap.study import Hamlets

_SHOWN = 5


def hamlets(
    columns: Columns,
    source: Hamlets,
    townships: pd.DataFrame,
    villages: pd.DataFrame,
    found: keys.Register,
    *,
    on_map: MapEvidence,
) -> tuple[pd.DataFrame, pd.DataFrame, int, list[Problem]]:
    """Points of hamlets with weights, and the figures that they sum up to.

    Parameters
    ----------
    columns
        The sheet, matched against the table ``hamlets``.
    source
        Datum, kind and year of the file.
    townships, villages, found
        Where hamlets may belong; the register of the villages.
    on_map
        Evidence for the coordinates.

    Returns
    -------
    points, figures, rows_used, problems
        ``points`` has the columns `homes.POINTS`; weights are people, else
        households, else 1, the same for all hamlets of a village. ``figures`` has the
        columns `people.FIGURES`, for villages of which every hamlet has a number.
    """
    ids, keep, problems = keys.ids(columns, "hamlet_id")
    names = register(townships)
    homes = places.village_points(columns, found, names, villages)
    around = places.surroundings(columns, on_map, townships, names, homes)
    at = positions(
        columns,
        datum=source.datum,
        crs=source.crs,
        swap_lonlat=source.swap_lonlat,
        on_map=on_map,
        around=around,
    )
    problems += at.problems
    township, more = places.township_of(columns, townships, names, at.lon, at.lat)
    problems += more
    village, more = places.village_of(columns, found, township)
    problems += [one for one in more if one.kind not in _TOLD_HERE]
    column = "village" if "village" in columns else "village_id"
    lost = village.isna() & keep
    problems += [
        columns.problem("hamlet_village_unknown", "error", row, column)
        for row in village.index[lost]
    ]
    used = keep & village.notna()
    blank = used & at.lon.isna() & ~at.unusable
    problems += [
        columns.problem("hamlet_not_located", "warning", row) for row in blank.index[blank]
    ]
    counts, more = _counts(columns)
    problems += more
    frame = pd.DataFrame(
        {
            "osm_id": ids,
            "village": places.dense_ids(village, villages["village_id"].to_numpy()),
            "lon": at.lon,
            "lat": at.lat,
        }
    ).assign(**counts)[used]
    located = frame[frame["lon"].notna()].sort_values("osm_id", kind="stable")
    points = located.assign(weight=_weights(located, list(counts)))[POINTS]
    figures = _figures(columns, frame, counts, source, villages)
    return points.reset_index(drop=True), figures, int(used.sum()), problems


_TOLD_HERE = ("village_unknown", "village_ambiguous")


def _counts(columns: Columns) -> tuple[dict[str, pd.Series], list[Problem]]:
    """Households, and people by kind or group, as the sheet's columns say."""
    problems: list[Problem] = []
    beside = match(columns.sheet, "people", {})
    found: dict[str, pd.Series] = {}
    taken = set(columns.headers.values())
    wanted = [(columns, "households")] if "households" in columns else []
    wanted += [
        (beside, name)
        for name in count_columns(beside)
        if beside.headers[name] not in taken
    ]
    for part, name in wanted:
        said, more = part.read(name, cells.count, "not_a_count", "warning")
        problems += more
        values = [said.get(int(row)) for row in columns.cells.index]
        found[name] = pd.Series(values, index=columns.cells.index, dtype="Float64")
    return found, problems


def _weights(points: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Weights by village: the first column that every one of its hamlets has."""
    order = [*(kind for kind in (*KIND_ORDER, ALL) if kind in names)]
    order += ["households"] if "households" in names else []
    weight = np.ones(len(points))
    open_ = np.ones(len(points), dtype=bool)
    village = points["village"].to_numpy()
    for name in order:
        value = points[name].to_numpy(dtype=float, na_value=np.nan)
        whole = (
            pd.Series(value)
            .groupby(village)
            .transform(lambda one: bool(one.notna().all() and one.sum() > 0))
        )
        take = open_ & whole.to_numpy(dtype=bool)
        weight[take] = value[take]
        open_ &= ~take
    return weight


def _figures(
    columns: Columns,
    frame: pd.DataFrame,
    counts: dict[str, pd.Series],
    source: Hamlets,
    villages: pd.DataFrame,
) -> pd.DataFrame:
    rows = []
    names = villages["village_id"].to_numpy()
    for name in counts:
        if name == "households":
            continue
        wide = name in KIND_ORDER
        for village, own in frame.groupby("village")[name]:
            if own.notna().all():
                rows.append(
                    (
                        *("village", names[int(str(village))]),
                        ALL if wide or name == ALL else name,
                        name if wide else source.kind or "resident",
                        source.year,
                        int(own.sum()),
                        columns.sheet.source,
                    )
                )
    return pd.DataFrame(rows, columns=FIGURES).astype({"year": "Int64"})


def joined(
    figures: pd.DataFrame, sums: pd.DataFrame, columns: Columns
) -> tuple[pd.DataFrame, list[Problem]]:
    """Figures of the villages, filled up with the sums of their hamlets.

    A sum beside a village's own figure of the same kind is only compared.

    Parameters
    ----------
    figures, sums
        Columns `people.FIGURES`.
    columns
        The sheet of hamlets, for findings.
    """
    key = ["level", "place_id", "group", "kind"]
    there = figures.drop_duplicates(key, keep="last").set_index(key)["count"]
    fits = sums.set_index(key).index
    known = fits.isin(there.index)
    both = sums[known].assign(own=[there[one] for one in fits[known]])
    off = both[both["own"] != both["count"]]
    problems = []
    if len(off):
        shown = [
            f"{one.place_id} {one.group}: {one.count_}/{one.own}"
            for one in off.rename(columns={"count": "count_"}).head(_SHOWN).itertuples()
        ]
        which = ", ".join(shown) + (", ..." if len(off) > _SHOWN else "")
        problems.append(
            columns.problem("hamlets_differ", "warning", count=len(off), which=which)
        )
    fresh = sums[~known]
    if not len(fresh):
        return figures, problems
    parts = [part for part in (figures, fresh) if len(part)]
    return pd.concat(parts, ignore_index=True), problems
