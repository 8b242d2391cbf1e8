"""Service points: a row of the sheet is a row of the table, or a finding says why not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap import tables
from servicemap.intake import cells, keys, places
from servicemap.intake.opening_hours import opening_hours
from servicemap.intake.positions import positions
from servicemap.intake.synonyms import value_word
from servicemap.intake.townships import register
from servicemap.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.errors import Problem, Severity
    from servicemap.intake.columns import Columns
    from servicemap.intake.map_evidence import MapEvidence
    from servicemap.study import Source

# The usual form of each tier, where the sheet has no word on it.
FORM_OF = {
    "city": "hall",
    "township": "hall",
    "village": "window",
    "bank": "window",
    "kiosk": "self_service",
    "mobile": "van",
}
# Tiers whose points have the one-stop system unless the sheet says otherwise.
ONE_STOP_TIERS = ("city", "township")
# Only where a sheet has no column of tiers: the first word found in a name tells.
TIER_IN_NAME = (
    ("自助", "kiosk"),
    ("流动", "mobile"),
    ("直通车", "mobile"),
    ("银行", "bank"),
    ("邮政", "bank"),
    ("信用社", "bank"),
    ("便民服务站", "village"),
    ("便民服务点", "village"),
    ("便民服务中心", "township"),
    ("政务服务中心", "city"),
    ("bank", "bank"),
    ("kiosk", "kiosk"),
    ("town hall", "township"),
)


# What a point of a neighbouring county is on purpose.
_AWAY = ("outside_map", "wrong_township")


def facilities(
    columns: Columns,
    source: Source,
    townships: pd.DataFrame,
    villages: keys.Register,
    *,
    on_map: MapEvidence,
    homes: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Table ``facilities``.

    Parameters
    ----------
    columns
        The sheet.
    source
        Datum and ``swap_lonlat`` of the file.
    townships, villages
        Where points may belong.
    on_map
        Map data: evidence for the coordinates.
    homes
        Table ``villages``, where its places can be trusted: further evidence.

    Returns
    -------
    facilities, problems
        Rows without usable coordinates stay, not located. Rows with a repeated id,
        or a tier or status that is no known word, are dropped, each with a finding.
    """
    ids, keep, problems = keys.ids(columns, "facility_id")
    names = register(townships)
    at = positions(
        columns,
        datum=source.datum,
        swap_lonlat=source.swap_lonlat,
        crs=source.crs,
        on_map=on_map,
        around=places.surroundings(
            columns,
            on_map,
            townships,
            names,
            None
            if homes is None
            else places.village_points(columns, villages, names, homes),
        ),
    )
    problems += at.problems
    tier, more = _tiers(columns)
    problems += more
    status, more = _words(columns, "status", "open")
    problems += more
    keep &= tier.notna() & status.notna()
    tier, status = tier.fillna("village"), status.fillna("open")
    form, more = _words(columns, "form", None)
    problems += more
    form = form.where(form.notna(), tier.map(FORM_OF))
    one_stop, more = _one_stop(columns, tier)
    problems += more
    name, more = keys.names(columns, ids)
    problems += more
    township, more = places.township_of(columns, townships, names, at.lon, at.lat)
    problems += more
    declared, more = _neighbours(columns)
    on_purpose = {columns.sheet.place(row) for row in declared}
    problems = [
        one
        for one in problems
        if not (one.kind in _AWAY and (one.sheet, one.row) in on_purpose)
    ]
    problems += more
    told = {(one.sheet, one.row) for one in at.problems}
    problems += [
        columns.problem("outside_study", "warning", row, "name")
        for row in places.outside_all(columns, townships, at.lon, at.lat)
        if row not in declared and columns.sheet.place(row) not in told
    ]
    village, more = places.village_of(columns, villages, township)
    problems += more
    hours, written, more = opening_hours(columns)
    problems += more
    windows, more = _windows(columns)
    problems += more
    blank = at.lon.isna() & ~at.unusable & keep
    problems += [
        columns.problem("not_located", "warning", row) for row in blank.index[blank]
    ]
    frame = pd.DataFrame(
        {
            "facility_id": ids,
            "name": name,
            "tier": tier,
            "form": form,
            "township_id": township,
            "village_id": village,
            "partner": columns.text("partner"),
            "one_stop": one_stop,
            "status": status,
            "hours": hours,
            "hours_written": written,
            "windows": windows,
            "phone": columns.text("phone"),
            "address": columns.text("address"),
            "lon": at.lon,
            "lat": at.lat,
            "datum": at.datum,
            "located_by": places.located_by(columns, at.lon),
        }
    )[keep]
    problems += _twins(columns, frame)
    return tables.check(tables.in_order(frame, ["facility_id"]), "facilities"), problems


def _neighbours(columns: Columns) -> tuple[set[int], list[Problem]]:
    """Rows that are declared to lie outside the study on purpose."""
    said, problems = columns.read("neighbour", cells.flag, "flag_unknown", "warning")
    return {row for row, flag in said.items() if flag}, problems


def _tiers(columns: Columns) -> tuple[pd.Series, list[Problem]]:
    if "tier" in columns:
        tier, problems = _words(columns, "tier", None)
        blank = [row for row, cell in columns.rows("tier") if cells.is_blank(cell)]
        problems += [columns.problem("tier_blank", "error", row, "tier") for row in blank]
        return tier, problems
    names = columns.text("name").fillna("").str.casefold()
    found = [
        next((tier for word, tier in TIER_IN_NAME if word in name), "township")
        for name in names
    ]
    tier = pd.Series(found, index=names.index, dtype="str")
    counts = {
        language: ", ".join(
            f"{value_word('tier', str(one), language)} {count}"
            for one, count in sorted(tier.value_counts().items())
        )
        for language in LANGUAGES
    }
    return tier, [columns.problem("tier_by_name", "warning", counts=counts)]


def _words(
    columns: Columns, column: str, default: str | None
) -> tuple[pd.Series, list[Problem]]:
    """A column of fixed values; blank means the default, an unknown word is an error."""
    usual = pd.Series(default, index=columns.cells.index, dtype="str")
    # An unknown form has the tier's usual form to fall back on.
    severity: Severity = "warning" if column == "form" else "error"
    said, problems = columns.read(
        column, partial(cells.word, column=column), f"{column}_unknown", severity
    )
    done = _with(usual, said)
    unknown = [
        row
        for row, cell in columns.rows(column)
        if row not in said and not cells.is_blank(cell)
    ]
    done[unknown] = pd.NA
    return done, problems


def _one_stop(columns: Columns, tier: pd.Series) -> tuple[pd.Series, list[Problem]]:
    usual = tier.isin(ONE_STOP_TIERS).astype("boolean")
    if "one_stop" not in columns:
        return usual, [columns.problem("one_stop_assumed", "note", count=int(usual.sum()))]
    said, problems = columns.read("one_stop", cells.flag, "flag_unknown", "warning")
    return _with(usual, said), problems


def _with(usual: pd.Series, said: Mapping[int, Any]) -> pd.Series:
    """A column with what the cells say in place of what is usual."""
    if not said:
        return usual
    # all at once: one by one is slow in columns of text
    told = [said.get(int(row), own) for row, own in zip(usual.index, usual, strict=True)]
    return pd.Series(told, index=usual.index, dtype=usual.dtype)


def _windows(columns: Columns) -> tuple[pd.Series, list[Problem]]:
    none = pd.Series(pd.NA, index=columns.cells.index, dtype="Int64")
    said, problems = columns.read("windows", cells.count, "not_a_count", "warning")
    return _with(none, said), problems


def _twins(columns: Columns, frame: pd.DataFrame) -> list[Problem]:
    located = frame[frame["lon"].notna()]
    again = located[["name", "tier", "lon", "lat"]].duplicated()
    return [
        columns.problem("same_point", "warning", row, "name")
        for row in located.index[again]
    ]
