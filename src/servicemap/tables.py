"""The tables that flow between the stages: held against their contract.

A table is a plain pandas ``DataFrame`` (``GeoDataFrame`` where it has a
geometry) with the columns that `servicemap.table_columns` lists, in that order.
Stages agree on these names and on nothing else. ``docs/data.md`` lists the same
columns; a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import table_columns
from servicemap.table_columns import DTYPES, TABLES, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from servicemap.errors import Problem


class TableError(ValueError):
    """A table between two stages breaks its contract: a bug, not a user's error."""


def check(frame: pd.DataFrame, name: str, *, differ: bool = False) -> pd.DataFrame:
    """Hold a table against its contract.

    Parameters
    ----------
    frame
        The table; it is not changed.
    name
        Its name, a key of `TABLES`.
    differ
        That no key is repeated has been seen already: looking for it takes longest.

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
    if not differ:
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
        odd = sorted(set(values[~absent].unique()) - set(column.values))
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


def joined(parts: Iterable[pd.DataFrame], name: str) -> pd.DataFrame:
    """Tables of one kind, one after another, as one table of the contract."""
    kept = [part for part in parts if len(part)]
    if not kept:
        return empty(name, "EPSG:4326" if name == "isochrones" else None)
    return check(pd.concat(kept, ignore_index=True), name, differ=_apart(kept, name))


def _apart(parts: Sequence[pd.DataFrame], name: str) -> bool:
    """Whether some column of the key has one value in each part, and no two have the same.

    Then no key of one part is repeated in another; each by itself was checked before.
    """
    return any(
        len({part[column].iloc[0] for part in parts}) == len(parts)
        and all((part[column] == part[column].iloc[0]).all() for part in parts)
        for column in TABLES[name].key
    )


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


cutoff_ms = table_columns.cutoff_ms


def to_ms(seconds: Any) -> Any:
    """Seconds of a table back to the whole milliseconds that the kernels computed.

    Comparisons with a cutoff are made in milliseconds, so that a place at
    exactly 15.000 minutes is within 15 minutes on every machine.
    """
    return np.rint(np.asarray(seconds, dtype="float64") * 1000.0)


def in_order(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Rows sorted by code point of their keys, with a fresh index."""
    return frame.sort_values(list(by), kind="stable").reset_index(drop=True)
