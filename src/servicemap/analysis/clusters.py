"""Groups of neighbouring places: what lies within two kilometres hangs together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    east, north = np.radians(lon), np.radians(lat)
    sphere = np.column_stack(
        (np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north))
    )
    chord = 2 * np.sin(neighbour_m / EARTH_M / 2)
    ends = cKDTree(sphere).query_pairs(chord, output_type="ndarray")
    size = len(lon)
    links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1], dtype="int64")
