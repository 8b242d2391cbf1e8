"""Rows without coordinates get an approximate place by name or address, and say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from servicemap import tables
from servicemap.intake import keys, readings
from servicemap.intake.gazetteer import TAKEN, Found, Gazetteer
from servicemap.table_columns import TABLES

if TYPE_CHECKING:
    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns

T = TypeVar("T", bound=pd.DataFrame)

# Kinds of places that a row's own name may mean.
_KINDS = {"villages": ("place",), "facilities": ("office",)}


def placed(
    frame: T,
    table: str,
    columns: Columns,
    gazetteer: Gazetteer,
    townships: pd.DataFrame,
    villages: pd.DataFrame,
) -> tuple[T, list[Problem]]:
    """Place what has no coordinates.

    Parameters
    ----------
    frame, table
        Table ``villages`` or ``facilities``, and its name.
    columns
        Its sheet, for findings.
    gazetteer
        Where names are looked up.
    townships, villages
        Areas within which a row is looked for; places of a point's own village.

    Returns
    -------
    table, problems
        Rows that were placed have ``located_by`` ``gazetteer``. A row whose
        coordinates are given and wrong is not placed: the cells are to be put right.
    """
    (key,) = TABLES[table].key
    lost = frame["lon"].isna()
    if not lost.any():
        return frame, []
    ids, keep, _ = keys.ids(columns, key)
    rows = {str(one): int(row) for row, one in ids[keep].items()}  # type: ignore[call-overload]
    areas = dict(zip(townships["township_id"], townships["geometry"], strict=True))
    homes = villages.set_index("village_id")[["lon", "lat"]].to_dict("index")
    done = frame.copy()
    problems: list[Problem] = []
    for label in frame.index[lost]:
        record = frame.loc[label].to_dict()
        row = rows.get(record[key])
        if row is None or not readings.is_blank(columns, row):
            continue
        found = gazetteer.find(
            record["name"] if record["name"] != record[key] else None,
            _text(record.get("address")),
            kinds=_KINDS[table],
            area=_known(areas.get(record["township_id"])),
            village=_home(homes, record) if table == "facilities" else None,
        )
        if found is None:
            continue
        taken = found.score >= TAKEN and found.alone
        problems.append(_finding(columns, row, found, taken=taken))
        if taken:
            done.loc[label, "lon"] = found.entry.lon
            done.loc[label, "lat"] = found.entry.lat
            done.loc[label, "located_by"] = "gazetteer"
    checked: T = tables.check(done, table)  # type: ignore[assignment]
    return checked, problems


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _known(area: Any) -> Any:
    return None if area is None or area.is_empty else area


def _home(homes: dict[Any, Any], record: dict[str, Any]) -> tuple[float, float] | None:
    own = homes.get(record.get("village_id"))
    if own is None or pd.isna(own["lon"]):
        return None
    return float(own["lon"]), float(own["lat"])


def _finding(columns: Columns, row: int, found: Found, *, taken: bool) -> Problem:
    kind = "place_proposed"
    if taken:
        kind = f"placed_by_{found.how}"
    elif not found.alone:
        kind = "place_ambiguous"
    return columns.problem(
        kind,
        "warning" if taken else "note",
        row,
        "name",
        name=found.entry.name or "?",
        score=f"{found.score:.2f}",
        lon=f"{found.entry.lon:.5f}",
        lat=f"{found.entry.lat:.5f}",
    )
