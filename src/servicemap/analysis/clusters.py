"""Groups of neighbouring places: what lies within two kilometres hangs together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

EARTH_M = 6_371_008.8
NEIGHBOUR_M = 2_000.0


def clusters(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    people: NDArray[np.float64],
    ids: list[str],
    neighbour_m: float = NEIGHBOUR_M,
) -> NDArray[np.int64]:
    """Sort places into numbered groups, linked by steps of at most ``neighbour_m``.

    Parameters
    ----------
    lon, lat
        Degrees; a place without coordinates belongs to no group.
    people
        What ranks the groups.
    ids
        Break ties.
    neighbour_m
        Longest step, along a great circle.

    Returns
    -------
    ndarray of int
        From 1, the group with most people first, then the one with most
        places, then the one with the smallest id; -1 without coordinates.
    """
    found = np.full(len(ids), -1, dtype="int64")
    here = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if not len(here):
        return found
    group = _linked(lon[here], lat[here], neighbour_m)
    members: dict[int, list[int]] = {}
    for place, number in zip(here.tolist(), group.tolist(), strict=True):
        members.setdefault(number, []).append(place)
    ranked = sorted(
        members.values(),
        key=lambda own: (-people[own].sum(), -len(own), min(ids[one] for one in own)),
    )
    for number, own in enumerate(ranked, 1):
        found[own] = number
    return found


def _linked(
    lon: NDArray[np.float64], lat: NDArray[np.float64], neighbour_m: float
) -> NDArray[np.int64]:
    """The same number for places that steps link.

    Candidates come from a plane in which no two places are farther apart than on the
    sphere; shapely's tree is loaded in every run, scipy's takes a quarter of a second.
    """
    east, north = np.radians(lon), np.radians(lat)
    sphere = np.column_stack(
        (np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north))
    )
    chord = 2 * np.sin(neighbour_m / EARTH_M / 2)
    around = sphere - sphere.mean(axis=0)
    _, axes = np.linalg.eigh(around.T @ around)  # the flattest view comes first
    flat = shapely.points(sphere @ axes[:, 1:])
    wider = chord * (1 + 1e-6)
    one, other = shapely.STRtree(flat).query(flat, predicate="dwithin", distance=wider)
    near = np.linalg.norm(sphere[one] - sphere[other], axis=1) <= chord
    one, other = one[near], other[near]
    label = np.arange(len(lon))
    while True:
        least = label.copy()
        np.minimum.at(least, one, label[other])
        least = least[least]  # as far as the neighbour's neighbour at once
        if (least == label).all():
            return label
        label = least
