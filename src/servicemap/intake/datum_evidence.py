"""Which datum a list of points has, judged by what the points are near.

Points that people copied from a map lie beside roads, in their township and near
their village. Read in the wrong datum they lie some hundred metres away, where
they are as near to roads as any other place is. So each hypothesis is held against
the same list moved by vectors that mean nothing (`OFFSETS`): for every point, the
share of moved copies that are at least as near is uniform between 0 and 1 where the
hypothesis is wrong, and small where it is right. The shares are summed up as
log-likelihood ratios of the density ``a u^(a-1)`` with ``a = 0.4`` against the
uniform one (the beta model of p-values, Pounds and Morris, Bioinformatics 19, 2003).
The moved lists themselves say how far such a sum strays by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from servicemap.intake import datums, within
from servicemap.intake.within import Floats

Measure = Callable[[Floats, Floats], Floats]
Undo = Callable[[Floats, Floats], tuple[Floats, Floats]]
Bools = npt.NDArray[np.bool_]

MIN_POINTS = 8  # fewer are never judged
SHAPE = 0.4  # of the beta density
# Log-likelihood by which the best hypothesis must beat every other one, and standard
# deviations of the moved lists by which it must stand out.
LIKELY, LIKELY_SD = 4.0, 3.0
SURE, SURE_SD = 8.0, 3.5
# What a conversion made twice must bring in addition: it is the rarer mistake.
TWICE_HANDICAP = 3.0
RADII_M = (350.0, 550.0, 800.0, 1100.0, 1500.0)
ANGLES = 12
CLEAR_M = 200.0  # a moved list this near to a hypothesis is no chance any more
SHOWN_M = 100_000.0  # farther is no distance to a road worth printing
LOOKED_AT_KM = 2  # roads are looked for at least this far around points
METRES_PER_DEGREE = float(np.radians(1.0) * within.EARTH_M)


def _same(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    return lon.copy(), lat.copy()


def _gcj02_twice(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    return datums.gcj02_to_wgs84(*datums.gcj02_to_wgs84(lon, lat))


def _bd09_of_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    return datums.gcj02_to_wgs84(*datums.bd09_to_wgs84(lon, lat))


def _bd09_twice(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    return datums.bd09_to_wgs84(*datums.bd09_to_gcj02(lon, lat))


# Name -> what turns the coordinates as given into WGS-84. The simple ones are datums
# that a study can declare; the others are conversions made once too often.
SIMPLE: dict[str, Undo] = {
    "wgs84": _same,
    "gcj02": datums.gcj02_to_wgs84,
    "bd09": datums.bd09_to_wgs84,
}
TWICE: dict[str, Undo] = {
    "gcj02_twice": _gcj02_twice,
    "bd09_of_gcj02": _bd09_of_gcj02,
    "bd09_twice": _bd09_twice,
    "undone_gcj02": datums.wgs84_to_gcj02,
    "undone_bd09": datums.wgs84_to_bd09,
}
HYPOTHESES: dict[str, Undo] = {**SIMPLE, **TWICE}
# As messages name them, in any language; ``+`` is a shift made twice, ``-`` one undone
# that was never made.
LABELS = {
    "wgs84": "WGS-84",
    "cgcs2000": "CGCS2000",
    "gcj02": "GCJ-02",
    "bd09": "BD-09",
    "gcj02_twice": "GCJ-02 + GCJ-02",
    "bd09_of_gcj02": "GCJ-02 + BD-09",
    "bd09_twice": "BD-09 + BD-09",
    "undone_gcj02": "WGS-84 - GCJ-02",
    "undone_bd09": "WGS-84 - BD-09",
}
# The datum of a table's row for each hypothesis: the shift that was made last.
DATUM_OF = {
    "gcj02_twice": "gcj02",
    "bd09_of_gcj02": "bd09",
    "bd09_twice": "bd09",
    "undone_gcj02": "gcj02",
    "undone_bd09": "bd09",
}


@dataclass(frozen=True)
class Verdict:
    """What the evidence says of one list of points.

    Attributes
    ----------
    datum
        The best hypothesis; None where none stands out.
    sure
        Overwhelming: it may be acted upon without asking.
    metres
        Hypothesis -> median distance to the roads, metres.
    points
        How many points were judged.
    """

    datum: str | None
    sure: bool
    metres: dict[str, float]
    points: int

    def figures(self) -> str:
        """The metres as messages print them, the simple hypotheses and the best one."""
        shown = [name for name in self.metres if name not in TWICE or name == self.datum]
        near = [
            f"{LABELS.get(name, name)} {self.metres[name]:.0f} m"
            for name in shown
            if self.metres[name] < SHOWN_M
        ]
        return ", ".join(near) or f"> {LOOKED_AT_KM} km"


@dataclass(frozen=True)
class Evidence:
    """Scores of every point under every hypothesis and every moved list.

    Attributes
    ----------
    scores
        Log-likelihood ratios, shape (points, hypotheses); order of `HYPOTHESES`.
    chance
        The same of the moved lists, shape (points, offsets).
    road_m
        Distances to the roads, shape (points, hypotheses).
    names
        Of the hypotheses.
    """

    scores: Floats
    chance: Floats
    road_m: Floats
    names: tuple[str, ...]

    def verdict(self, which: Bools | None = None, least: int = MIN_POINTS) -> Verdict:
        """Judge all points, or some of them, unless they are fewer than ``least``."""
        rows = slice(None) if which is None else which
        scores, chance = self.scores[rows], self.chance[rows]
        names = self.names
        count = len(scores)
        metres = {
            name: float(np.median(self.road_m[rows][:, place])) if count else np.nan
            for place, name in enumerate(names)
        }
        if count < least:
            return Verdict(None, sure=False, metres=metres, points=count)
        total = scores.sum(axis=0)
        total[[name in TWICE for name in names]] -= TWICE_HANDICAP
        order = np.argsort(-total, kind="stable")
        best = order[0]
        lead = float(total[best] - total[order[1]]) if len(order) > 1 else np.inf
        moved = chance.sum(axis=0)
        spread = max(float(moved.std()), 1e-9)
        stands = float((total[best] - moved.mean()) / spread)
        likely = lead >= LIKELY and stands >= LIKELY_SD and total[best] > 0
        sure = likely and lead >= SURE and stands >= SURE_SD and total[best] > moved.max()
        name = names[best] if likely else None
        return Verdict(name, sure=bool(sure), metres=metres, points=count)

    def gain(self, which: Bools, datum: str, usual: str) -> float:
        """Log-likelihood by which one hypothesis explains some points better."""
        own = self.scores[which].sum(axis=0)
        return float(own[self.names.index(datum)] - own[self.names.index(usual)])


def collect(
    lon: Floats,
    lat: Floats,
    to_roads: Measure,
    *,
    home_lon: Floats | None = None,
    home_lat: Floats | None = None,
    to_township: Measure | None = None,
    places: Mapping[str, tuple[Floats, Floats]] | None = None,
) -> Evidence:
    """Score points under every hypothesis.

    Parameters
    ----------
    lon, lat
        As given, degrees, without NaN, shape (n,).
    to_roads
        Metres to the nearest road of degrees WGS-84.
    home_lon, home_lat
        The village of each point, degrees WGS-84; NaN where it is not known.
    to_township
        Metres from each point to the area of the township that its row names, 0
        inside, NaN where it is not known; called with arrays of shape (n,).
    places
        Hypothesis -> degrees WGS-84, other than those of `HYPOTHESES`.
    """
    measures: list[Measure] = [to_roads]
    if home_lon is not None and home_lat is not None and not np.isnan(home_lon).all():
        measures.append(_to_home(home_lon, home_lat))
    if to_township is not None:
        measures.append(to_township)
    if places is None:
        places = {name: undo(lon, lat) for name, undo in HYPOTHESES.items()}
    moved = [
        (lon + east / (METRES_PER_DEGREE * np.cos(np.radians(lat))), lat + north)
        for east, north in _offsets(lon, lat, list(places.values()))
    ]
    scores = np.zeros((len(lon), len(places)))
    chance = np.zeros((len(lon), len(moved)))
    road_m = np.zeros_like(scores)
    for number, measure in enumerate(measures):
        here = np.column_stack([measure(*place) for place in places.values()])
        there = np.column_stack([measure(*place) for place in moved])
        scores += _likelihood(here, there)
        chance += _likelihood(there, there)
        if number == 0:
            road_m = here
    return Evidence(scores, chance, road_m, tuple(places))


def _likelihood(metres: Floats, moved: Floats) -> Floats:
    """Log density ratio of the shares of moved copies that are at least as near."""
    many = moved.shape[1]
    share = np.empty_like(metres)
    for place in range(metres.shape[1]):
        one = metres[:, place : place + 1]
        # Ties (a point inside its township, as most moved copies are) say half each.
        below = (moved < one - 0.5).sum(axis=1)
        equal = (np.abs(moved - one) <= 0.5).sum(axis=1)  # noqa: PLR2004 - half a metre
        share[:, place] = (below + equal / 2 + 0.5) / (many + 1)
    ratio = np.log(SHAPE) + (SHAPE - 1.0) * np.log(share)
    return np.where(np.isnan(metres), 0.0, ratio)


def _offsets(
    lon: Floats, lat: Floats, places: list[tuple[Floats, Floats]]
) -> list[tuple[float, float]]:
    """Vectors, metres east and degrees north, that lead to no hypothesis."""
    scale = METRES_PER_DEGREE * float(np.cos(np.radians(lat.mean())))
    taken = [
        (
            float((there[0] - lon).mean()) * scale,
            float((there[1] - lat).mean()) * METRES_PER_DEGREE,
        )
        for there in places
    ]
    done = []
    for ring, radius in enumerate(RADII_M):
        for step in range(ANGLES):
            angle = 2 * np.pi * (step + ring / len(RADII_M)) / ANGLES
            east, north = radius * float(np.cos(angle)), radius * float(np.sin(angle))
            if all(np.hypot(east - a, north - b) > CLEAR_M for a, b in taken):
                done.append((east, north / METRES_PER_DEGREE))
    return done


def _to_home(home_lon: Floats, home_lat: Floats) -> Measure:
    def measure(lon: Floats, lat: Floats) -> Floats:
        north = (lat - home_lat) * METRES_PER_DEGREE
        east = (lon - home_lon) * METRES_PER_DEGREE * np.cos(np.radians(lat))
        return np.asarray(np.hypot(east, north))

    return measure
