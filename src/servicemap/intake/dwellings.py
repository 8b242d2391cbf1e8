"""Where within the villages people can be put: hamlets, else grid cells, else homes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from servicemap.intake import homes
from servicemap.intake.places import dense_ids

if TYPE_CHECKING:
    from collections.abc import Collection

    from servicemap.osm_file import Extract

GRID_M = 200.0  # points on built-up ground where no building is mapped
COLUMNS = [*homes.POINTS, "is_home"]


def dwellings(
    villages: pd.DataFrame,
    townships: pd.DataFrame,
    extract: Extract | None,
    *,
    spread: str,
    hamlets: pd.DataFrame | None,
    grid: pd.DataFrame | None,
    plots: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Points that people are spread over, each in a village.

    A village that lists hamlets has those; another one its homestead plots, else the
    cells of the grid, else its homes on the map. Weights of one township stay
    comparable: hamlets together weigh what the homes of their village weigh, or what
    they would by the median village that has both.

    Parameters
    ----------
    villages, townships
        The checked tables.
    extract
        Its buildings.
    spread
        ``auto`` takes all in that order; ``hamlets``, ``homesteads``, ``grid`` and
        ``buildings`` one of them, ``point`` none.
    hamlets, grid, plots
        As `hamlets.hamlets`, `grids` and `homestead_files` give them; None where the
        study has none.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; ``village`` is a position in ``villages``.
    """
    below = _empty()
    if grid is not None and spread in ("auto", "grid"):
        below = grid.assign(is_home=False)[COLUMNS]
    elif extract is not None and len(extract.buildings) and spread in ("auto", "buildings"):
        found = homes.with_village(homes.homes(extract), villages, townships)
        below = found.assign(is_home=True)[COLUMNS]
    for name, given in (("homesteads", plots), ("hamlets", hamlets)):
        if given is not None and len(given) and spread in ("auto", name):
            below = _above(given.assign(is_home=False)[COLUMNS], below)
    return below


def _above(above: pd.DataFrame, below: pd.DataFrame) -> pd.DataFrame:
    """Places that come first, then those of villages without any, weights comparable."""
    total, under = (part.groupby("village")["weight"].sum() for part in (above, below))
    ratio = (under / total).dropna()
    usual = float(ratio.median()) if len(ratio) else 1.0
    scale = above["village"].map(ratio).fillna(usual).to_numpy(dtype=float)
    above = above.assign(weight=above["weight"] * scale)
    rest = below[~below["village"].isin(above["village"])]
    parts = [part for part in (above, rest) if len(part)]
    return pd.concat(parts, ignore_index=True)


def on_ground(
    villages: pd.DataFrame,
    townships: pd.DataFrame,
    extract: Extract | None,
    wanted: Collection[int],
) -> dict[int, pd.DataFrame]:
    """Grid points on the built-up ground of townships without mapped homes.

    Parameters
    ----------
    villages, townships
        The checked tables.
    extract
        Its built-up ground.
    wanted
        The townships, as positions in the table.

    Returns
    -------
    dict
        Township -> points with columns `COLUMNS`; a township without any is absent.
    """
    found: dict[int, pd.DataFrame] = {}
    if extract is None:
        return found
    of_township = dense_ids(villages["township_id"], townships["township_id"].to_numpy())
    for township in sorted(wanted):
        members = np.flatnonzero(of_township == township)
        if not len(members):
            continue
        area = townships["geometry"].iloc[township]
        points = homes.ground_points(extract, area, GRID_M)
        lon, lat = (points[name].to_numpy(float) for name in ("lon", "lat"))
        near = homes.nearest_of(members, villages, lon, lat)
        points = points.assign(village=near, is_home=True)[near >= 0]
        if len(points):
            found[township] = points[COLUMNS]
    return found


def _empty() -> pd.DataFrame:
    none = {name: np.array([], dtype=float) for name in COLUMNS}
    return pd.DataFrame(none).astype({"village": "int64", "is_home": "bool"})
