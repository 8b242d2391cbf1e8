"""Whole people shared by weight, and many points gathered into few: sums never change."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from servicemap.intake import within

Ints = npt.NDArray[np.int64]


def largest_remainder(total: int, weights: npt.NDArray[np.float64]) -> Ints:
    """Share a whole number by weight; the shares are whole and sum up to it.

    Each gets the whole part of its quota; what is left goes to the largest
    remainders, ties to the earlier one (Hamilton's method).

    Parameters
    ----------
    total
        Not negative.
    weights
        Not negative, at least one positive, shape (n,).
    """
    quota = total * (weights / weights.sum())
    # Equal quotas must have equal remainders, whatever their last bit says.
    whole = np.floor(quota + 1e-9).astype(np.int64)
    rest = np.round(quota - whole, 9)
    left = int(total - whole.sum())
    order = np.argsort(-rest, kind="stable")
    if left >= 0:
        whole[order[:left]] += 1
    else:
        whole[order[left:]] -= 1
    done: Ints = whole
    return done


def gather(points: pd.DataFrame, groups: list[str], cell_m: float) -> pd.DataFrame:
    """Points of one village within one cell as one point at their people's mean.

    Parameters
    ----------
    points
        Columns ``village``, ``lon``, ``lat`` and the groups, each with people.
    groups
        Columns that are added up.
    cell_m
        Side of a cell in metres.

    Returns
    -------
    DataFrame
        The same columns, and ``cell``, a name of the cell.
    """
    lat_0 = float(points["lat"].mean())
    x, y = within.metres(points["lon"].to_numpy(), points["lat"].to_numpy(), lat_0)
    weight = points[groups].sum(axis=1).to_numpy(dtype=float)
    cells = pd.DataFrame(
        {
            "village": points["village"].to_numpy(),
            "x": np.floor(x / cell_m).astype(np.int64),
            "y": np.floor(y / cell_m).astype(np.int64),
            "lon": points["lon"].to_numpy() * weight,
            "lat": points["lat"].to_numpy() * weight,
            "weight": weight,
            **{group: points[group].to_numpy() for group in groups},
        }
    )
    done = cells.groupby(["village", "x", "y"], as_index=False).sum()
    done["lon"] /= done["weight"]
    done["lat"] /= done["weight"]
    done["cell"] = [f"c{one}_{two}" for one, two in zip(done["x"], done["y"], strict=True)]
    return done.drop(columns=["x", "y"])
