"""The column of opening hours: read whole or not at all, and kept as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from servicemap.hours import to_osm

if TYPE_CHECKING:
    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns


def opening_hours(columns: Columns) -> tuple[pd.Series, pd.Series, list[Problem]]:
    """Hours in OSM syntax, and as they were written.

    Parameters
    ----------
    columns
        A sheet with a column ``hours``; without one nothing is known.

    Returns
    -------
    hours, written, problems
        Hours that cannot be read are missing, which is unknown and not closed; the row
        stays, and a finding names it.
    """
    written = columns.text("hours")
    found = [None if pd.isna(text) else to_osm(text) for text in written]
    hours = pd.Series(found, index=written.index, dtype="str")
    problems = [
        columns.problem("hours_unreadable", "warning", row, "hours")
        for row in written.index[written.notna() & hours.isna()]
    ]
    return hours, written, problems
