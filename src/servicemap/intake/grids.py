"""Population grids given as tables: cells with people as places where they live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap.errors import Problem
from servicemap.intake import cells, homes
from servicemap.intake.homes import POINTS
from servicemap.intake.people import FIGURES
from servicemap.intake.positions import positions

if TYPE_CHECKING:
    from servicemap.intake.columns import Columns
    from servicemap.intake.map_evidence import MapEvidence
    from servicemap.study import Source


def of_table(
    columns: Columns,
    source: Source,
    villages: pd.DataFrame,
    townships: pd.DataFrame,
    *,
    on_map: MapEvidence,
) -> tuple[pd.DataFrame, int, list[Problem]]:
    """Cells of a table: a place and people each.

    Parameters
    ----------
    columns
        Matched against the table ``grid``.
    source
        Datum and projection of the file.
    villages, townships
        Where cells belong, by the rule of homes.
    on_map
        Evidence for the coordinates.

    Returns
    -------
    points, rows_used, problems
        Columns `homes.POINTS`; cells without people or without a village are left out.
    """
    at = positions(
        columns,
        datum=source.datum,
        crs=source.crs,
        swap_lonlat=source.swap_lonlat,
        on_map=on_map,
    )
    people, problems = columns.read("people", _amount, "not_a_count", "warning")
    # the middle of a cell may lie in a bay, and cells beyond the study are counted below
    own = [one for one in at.problems if one.kind not in ("in_water", "outside_map")]
    problems = [*own, *problems]
    weight = np.array([people.get(int(row), 0.0) for row in columns.cells.index])
    points = pd.DataFrame(
        {
            "osm_id": [f"g{number:07d}" for number in range(len(weight))],
            "lon": at.lon.to_numpy(),
            "lat": at.lat.to_numpy(),
            "weight": weight,
        }
    )
    points = points[points["lon"].notna() & (points["weight"] > 0)]
    done = homes.with_village(points, villages, townships)
    left_out(problems, columns.sheet.source, points, done)
    return done[POINTS].reset_index(drop=True), int(at.lon.notna().sum()), problems


def _amount(cell: Any) -> float | None:
    value = cells.number(cell)
    return value if 0 <= value <= cells.MAX_COUNT else None  # NaN is not


def left_out(
    problems: list[Problem], source: str, cells_in: pd.DataFrame, used: pd.DataFrame
) -> None:
    """Tell how many cells, and people in them, belong to no village."""
    lost = float(cells_in["weight"].sum() - used["weight"].sum())
    if lost > 0.5:  # noqa: PLR2004 - half a person
        values = {"count": len(cells_in) - len(used), "people": round(lost)}
        problems.append(Problem("grid_cells_left_out", "note", source, values=values))


def figures(
    points: pd.DataFrame, villages: pd.DataFrame, kind: str, year: int | None, source: str
) -> pd.DataFrame:
    """Sums of the cells per village, whole people, where nobody gave any figure.

    Parameters
    ----------
    points
        Columns `homes.POINTS`.
    villages
        The checked table.
    kind, year, source
        Of the figures.

    Returns
    -------
    DataFrame
        Columns of `people.FIGURES`.
    """
    sums = points.groupby("village")["weight"].sum()
    names = villages["village_id"].to_numpy()[sums.index.to_numpy(dtype=int)]
    rows = [
        ("village", name, "people", kind, year, round(float(total)), source)
        for name, total in zip(names, sums, strict=True)
    ]
    return pd.DataFrame(rows, columns=FIGURES).astype({"year": "Int64"})
