"""The tables that flow between the stages: columns, types, units, keys.

A table is a plain pandas ``DataFrame`` (``GeoDataFrame`` where it has a
geometry) with the columns listed here, in this order. Stages agree on these
names and on nothing else. ``docs/data.md`` lists the same columns; a test
compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from servicemap.errors import Problem

Kind = Literal["id", "text", "number", "integer", "flag", "geometry", "object"]

# pandas dtype of a column of each kind. Integers are nullable: missing stays
# missing and is never a made-up number.
DTYPES: dict[Kind, str] = {
    "id": "str",
    "text": "str",
    "number": "float64",
    "integer": "Int64",
    "flag": "boolean",
    "geometry": "geometry",
    "object": "object",
}

TIERS = ("city", "township", "village", "bank", "kiosk", "mobile")
FORMS = ("hall", "special_area", "window", "self_service", "agent", "van")
STATUSES = ("open", "planned", "closed")
DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
SCOPES = ("city", "township", "village")
HANDLINGS = ("finish", "accept", "agent", "self", "remote")
VILLAGE_KINDS = ("village", "community")
LOCATED_BY = (
    "survey",
    "office",
    "own_station",
    "polygon",
    "places",
    "gazetteer",
    "by_hand",
    "none",
)
PEOPLE_KINDS = ("hukou", "resident", "census", "actual")
LEVELS = ("demand", "village", "township", "city")
COVERAGE_STATUSES = ("covered", "uncovered", "undetermined")
DIRECTIONS = ("to", "from")
REASONS = (
    "too_far",
    "no_route",
    "island",
    "ferry_only",
    "off_network",
    "not_located",
    "closed",
    "hours_unknown",
    "by_appointment",
    "not_offered",
    "accept_only",
    "not_entitled",
)
# These say that the data do not suffice for an answer, not that the answer is no.
UNDETERMINED_REASONS = ("off_network", "not_located", "hours_unknown")


@dataclass(frozen=True)
class Column:
    """One column: its kind, whether it may be missing, and the values it may have."""

    name: str
    kind: Kind
    optional: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: what a row is, its key, its columns in order."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    extra: bool = False  # further columns are allowed (people groups)

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]


def _col(name: str, kind: Kind = "text", values: tuple[str, ...] = ()) -> Column:
    return Column(name.rstrip("?"), kind, name.endswith("?"), values)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "facilities",
            "a service point",
            ("facility_id",),
            (
                _col("facility_id", "id"),
                _col("name"),
                _col("tier", values=TIERS),
                _col("form", values=FORMS),
                _col("township_id?", "id"),
                _col("village_id?", "id"),
                _col("partner?"),
                _col("one_stop", "flag"),
                _col("status", values=STATUSES),
                _col("hours?"),
                _col("windows?", "integer"),
                _col("phone?"),
                _col("address?"),
                _col("lon?", "number"),
                _col("lat?", "number"),
                _col("datum", values=DATUMS),
                _col("located_by", values=LOCATED_BY),
            ),
        ),
        Table(
            "items",
            "an item of the catalogue",
            ("item_id",),
            (
                _col("item_id", "id"),
                _col("name"),
                _col("item_group"),
                _col("scope", values=SCOPES),
                _col("tied_to?"),
            ),
        ),
        Table(
            "services",
            "what one point does for one item group or item",
            ("facility_id", "item_group", "item_id"),
            (
                _col("facility_id", "id"),
                _col("item_group?"),
                _col("item_id?", "id"),
                _col("handling", values=HANDLINGS),
                _col("hours?"),
                _col("by_appointment", "flag"),
                _col("who_may"),
            ),
        ),
        Table(
            "townships",
            "a township or street",
            ("township_id",),
            (
                _col("township_id", "id"),
                _col("name"),
                _col("area_type?"),
                _col("geometry?", "geometry"),
            ),
        ),
        Table(
            "villages",
            "a village or community",
            ("village_id",),
            (
                _col("village_id", "id"),
                _col("name"),
                _col("township_id?", "id"),
                _col("kind", values=VILLAGE_KINDS),
                _col("area_type?"),
                _col("lon?", "number"),
                _col("lat?", "number"),
                _col("geometry?", "geometry"),
                _col("located_by", values=LOCATED_BY),
            ),
        ),
        Table(
            "demand",
            "a place where people live; every village has at least one",
            ("demand_id",),
            (
                _col("demand_id", "id"),
                _col("village_id", "id"),
                _col("lon?", "number"),
                _col("lat?", "number"),
                _col("people?", "integer"),
            ),
            extra=True,
        ),
        Table(
            "people",
            "one population figure and where it is from",
            ("village_id", "group", "kind", "year", "source"),
            (
                _col("village_id", "id"),
                _col("group"),
                _col("kind", values=PEOPLE_KINDS),
                _col("year?", "integer"),
                _col("count", "integer"),
                _col("source"),
            ),
        ),
        Table(
            "candidates",
            "where a point could go",
            ("candidate_id",),
            (
                _col("candidate_id", "id"),
                _col("name"),
                _col("lon", "number"),
                _col("lat", "number"),
                _col("cost?", "number"),
                _col("township_id?", "id"),
            ),
        ),
        Table(
            "snaps",
            "where a point met the road",
            ("table", "point_id", "mode"),
            (
                _col("point_id", "id"),
                _col("table"),
                _col("mode"),
                _col("edge_id?", "integer"),
                _col("fraction?", "number"),
                _col("snap_m?", "number"),
                _col("component?", "integer"),
                _col("lon?", "number"),
                _col("lat?", "number"),
                _col("reason?", values=REASONS),
            ),
        ),
        Table(
            "travel_times",
            "a pair within the horizon",
            ("demand_id", "facility_id", "mode"),
            (
                _col("demand_id", "id"),
                _col("facility_id", "id"),
                _col("mode"),
                _col("travel_time_s", "number"),
                _col("distance_m?", "number"),
            ),
        ),
        Table(
            "nearest",
            "the nearest point of a set without a horizon, or why there is none",
            ("demand_id", "mode", "set_id"),
            (
                _col("demand_id", "id"),
                _col("mode"),
                _col("set_id", "id"),
                _col("facility_id?", "id"),
                _col("travel_time_s?", "number"),
                _col("distance_m?", "number"),
                _col("reason?", values=REASONS),
            ),
        ),
        Table(
            "coverage",
            "one question, one place, one meaning",
            ("question_id", "level", "id", "group"),
            (
                _col("question_id", "id"),
                _col("level", values=LEVELS),
                _col("id", "id"),
                _col("group"),
                _col("n_people?", "integer"),
                _col("n_covered?", "integer"),
                _col("n_undetermined?", "integer"),
                _col("nearest_facility_id?", "id"),
                _col("travel_time_s?", "number"),
                _col("distance_m?", "number"),
                _col("n_within?", "integer"),
                _col("status?", values=COVERAGE_STATUSES),
                _col("reason?", values=REASONS),
            ),
        ),
        Table(
            "gaps",
            "a village that a question leaves out",
            ("question_id", "village_id"),
            (
                _col("question_id", "id"),
                _col("village_id", "id"),
                _col("reason", values=REASONS),
                _col("n_people?", "integer"),
                _col("minutes_beyond?", "number"),
                _col("nearest_facility_id?", "id"),
                _col("cluster_id?", "integer"),
                _col("remedy?"),
            ),
        ),
        Table(
            "isochrones",
            "an area",
            ("facility_id", "mode", "direction", "cutoff_min"),
            (
                _col("facility_id", "id"),
                _col("mode"),
                _col("direction", values=DIRECTIONS),
                _col("cutoff_min", "number"),
                _col("geometry", "geometry"),
            ),
        ),
        Table(
            "problems",
            "one finding about the input",
            (),
            (
                _col("severity", values=("error", "warning", "note")),
                _col("source"),
                _col("sheet?"),
                _col("row?", "integer"),
                _col("column?"),
                _col("value?"),
                _col("kind"),
                _col("message"),
                _col("remedy"),
            ),
        ),
    )
}


class TableError(ValueError):
    """A table between two stages breaks its contract: a bug, not a user's error."""


def check(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Hold a table against its contract.

    Parameters
    ----------
    frame
        The table; it is not changed.
    name
        Its name, a key of `TABLES`.

    Returns
    -------
    DataFrame
        The same rows, columns in the order of the contract, optional columns
        that were absent added as missing, dtypes as in `DTYPES`.

    Raises
    ------
    TableError
        Names every fault: missing or unknown columns, wrong types, values that
        are not allowed, missing values, repeated keys.
    """
    table = TABLES[name]
    faults = [
        f"column {column.name} is absent"
        for column in table.columns
        if column.name not in frame.columns and not column.optional
    ]
    unknown = [str(column) for column in frame.columns if column not in table.names]
    if unknown and not table.extra:
        faults.append(f"unknown columns {', '.join(unknown)}")
    done: dict[str, Any] = {}
    for column in table.columns:
        if column.name not in frame.columns:
            done[column.name] = _missing(column, len(frame))
            continue
        try:
            done[column.name] = _cast(frame[column.name], column)
        except (TypeError, ValueError) as error:
            faults.append(f"column {column.name}: {error}")
            continue
        faults += _column_faults(done[column.name], column)
    faults += _key_faults(done, table)
    if faults:
        msg = f"table {name}: " + "; ".join(faults)
        raise TableError(msg)
    for extra in unknown:
        done[extra] = frame[extra].to_numpy()
    return _assemble(done, frame)


def _assemble(done: dict[str, Any], like: pd.DataFrame) -> pd.DataFrame:
    plain = {
        name: values.reset_index(drop=True) if isinstance(values, pd.Series) else values
        for name, values in done.items()
    }
    if "geometry" not in plain:
        return pd.DataFrame(plain)
    import geopandas

    frame: pd.DataFrame = geopandas.GeoDataFrame(
        plain, geometry="geometry", crs=getattr(like, "crs", None)
    )
    return frame


def _missing(column: Column, rows: int) -> Any:
    if column.kind == "geometry":
        import geopandas

        return geopandas.GeoSeries([None] * rows)
    return pd.Series([pd.NA if column.kind != "number" else np.nan] * rows).astype(
        DTYPES[column.kind]  # type: ignore[call-overload]
    )


def _cast(values: pd.Series, column: Column) -> Any:
    if column.kind in ("geometry", "object"):
        return values
    if column.kind in ("id", "text") and not isinstance(values.dtype, pd.StringDtype):
        present = values.dropna()
        if not all(isinstance(value, str) for value in present):
            msg = "holds values that are not text"
            raise TypeError(msg)
    return values.astype(DTYPES[column.kind])  # type: ignore[call-overload]


def _column_faults(values: Any, column: Column) -> list[str]:
    faults = []
    absent = values.isna()
    if not column.optional and absent.any():
        faults.append(f"column {column.name}: {int(absent.sum())} values are missing")
    if column.values:  # noqa: PD011 - of a Column, not of a Series
        odd = sorted(set(values[~absent]) - set(column.values))
        if odd:
            faults.append(f"column {column.name}: {', '.join(odd)} is not allowed")
    if column.kind == "number" and np.isinf(values[~absent]).any():
        faults.append(f"column {column.name}: infinite values")
    return faults


def _key_faults(done: dict[str, Any], table: Table) -> list[str]:
    if not table.key or not all(name in done for name in table.key):
        return []
    keys = pd.DataFrame({name: done[name].reset_index(drop=True) for name in table.key})
    repeated = keys[keys.duplicated()].head(3)
    return [
        "repeated key " + " / ".join(str(value) for value in row)
        for row in repeated.itertuples(index=False)
    ]


def empty(name: str, crs: Any = None) -> pd.DataFrame:
    """A table of the contract without rows."""
    table = TABLES[name]
    done = {column.name: _missing(column, 0) for column in table.columns}
    frame = _assemble(done, pd.DataFrame())
    return frame if crs is None else frame.set_crs(crs)  # type: ignore[operator]


def people_groups(demand: pd.DataFrame) -> list[str]:
    """Names of the people columns of ``demand``: ``people`` and what came with it."""
    fixed = {"demand_id", "village_id", "lon", "lat"}
    return [str(column) for column in demand.columns if column not in fixed]


def problems_table(problems: Iterable[Problem], language: str) -> pd.DataFrame:
    """Findings as the table ``problems``, in their order, with texts in one language."""
    rows = [
        {
            "severity": problem.severity,
            "source": problem.source,
            "sheet": problem.sheet,
            "row": problem.row,
            "column": problem.column,
            "value": problem.value,
            "kind": problem.kind,
            "message": problem.message(language),
            "remedy": problem.remedy(language),
        }
        for problem in problems
    ]
    if not rows:
        return empty("problems")
    return check(pd.DataFrame(rows, columns=TABLES["problems"].names), "problems")


def to_ms(seconds: Any) -> Any:
    """Seconds of a table back to the whole milliseconds that the kernels computed.

    Comparisons with a cutoff are made in milliseconds, so that a place at
    exactly 15.000 minutes is within 15 minutes on every machine.
    """
    return np.rint(np.asarray(seconds, dtype="float64") * 1000.0)


def cutoff_ms(minutes: float) -> int:
    """A cutoff in whole milliseconds."""
    return round(minutes * 60_000)


def in_order(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Rows sorted by code point of their keys, with a fresh index."""
    return frame.sort_values(list(by), kind="stable").reset_index(drop=True)
