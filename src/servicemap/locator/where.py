"""What somebody typed -> one place, or the places that it may mean."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from servicemap.errors import InputError, ServicemapError
from servicemap.locator.choosing import chosen
from servicemap.locator.names import MOST_CHARACTERS, Match, Names
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.locator.homes import Home, Homes

NUMBER = r"[+-]?\d{1,3}(?:\.\d{1,20})?"
_PAIR = re.compile(rf"\s*\(?\s*({NUMBER})\s*[,，;；\s]\s*({NUMBER})\s*\)?\s*")
MARGIN_DEG = 0.1  # outside the extract by more than this, a place is a mistake
LISTED = 10

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """Where somebody starts.

    Attributes
    ----------
    kind
        ``coordinates``, or a kind of `names.Name`.
    place_id, name, township, village
        As in `names.Name`; empty for coordinates.
    lon, lat
        Degrees.
    home
        Whose rules count.
    how, score
        How the name was found; ``coordinates`` and 1 where none was given.
    """

    kind: str
    place_id: str
    name: str
    township: str
    village: str
    lon: float
    lat: float
    home: Home
    how: str = "coordinates"
    score: float = 1.0


class WhereError(ServicemapError):
    """A text means no place, or several; `matches` are those that it may mean."""

    exit_code = 1

    def __init__(self, kind: str, where: str, matches: list[Match]) -> None:
        super().__init__(kind, where=where)
        self.matches = matches

    def text(self, language: str = "en") -> str:
        """The message and the places, each with its township."""
        where = str(self.values["where"])[:60]
        lines = [say(f"errors.{self.kind}", language, where=where)]
        lines += [match_text(one, language) for one in self.matches[:LISTED]]
        return "\n".join(lines)


def about(kind: str, context: tuple[str, str], language: str, address: str = "") -> str:
    """What kind of place it is, in which township and village, at which address."""
    named = [one for one in dict.fromkeys(context) if one]
    where = say("where.comma", language).join(named)
    if not where and kind != "township":
        where = say("locator.no_township", language)
    parts = [say(f"locator.kind.{kind}", language), where, address]
    return say("locator.separator", language).join(part for part in parts if part)


def match_text(match: Match, language: str = "en") -> str:
    """One place in a line: id, name, kind, township."""
    name = match.name
    now = name.village if name.village != name.name else ""
    return say(
        "locator.match",
        language,
        id=name.place_id,
        name=name.name or name.place_id,
        about=about(name.kind, (name.township, now), language, name.address),
        lon=f"{name.lon:.5f}",
        lat=f"{name.lat:.5f}",
    )


def find_place(
    where: str, names: Names, homes: Homes, bounds: Bounds, home: str | None = None
) -> Place:
    """The one place that a text means.

    Parameters
    ----------
    where
        ``lon,lat``, an id, or a name.
    names, homes
        Of the study.
    bounds
        West, south, east, north of the map data.
    home
        Id of the village whose rules count; that of the place unless told.

    Raises
    ------
    WhereError
        The text means no place, or several.
    InputError
        It is no text, or coordinates that cannot be; there is no such village.
    """
    if not where.strip():
        raise InputError("where_empty")
    if len(where) > MOST_CHARACTERS:
        raise InputError("where_too_long", length=len(where), most=MOST_CHARACTERS)
    own = None if home is None else said_home(home, homes)
    pair = _PAIR.fullmatch(where)
    if pair is not None:
        return at_coordinates(float(pair[1]), float(pair[2]), homes, bounds, own)
    if _meant_as_coordinates(where):
        raise InputError("where_coordinates", where=where[:60])
    match = chosen(names.exact(where))  # which is what a whole search would choose
    matches = [] if match else names.search(where, LISTED)
    match = match or chosen(matches, where)
    if match is None:
        kind = "where_several" if matches else "where_unknown"
        if matches and matches[0].how == "similar":
            kind = "where_unsure"
        raise WhereError(kind, where, matches)
    name = match.name
    if own is None:
        own = (
            homes.said(name.village_id) if name.village_id else homes.of(name.lon, name.lat)
        )
    return Place(
        name.kind, name.place_id, name.name, name.township, name.village,
        name.lon, name.lat, own, match.how, match.score,
    )  # fmt: skip


def _meant_as_coordinates(where: str) -> bool:
    """Two numbers as a program writes them (nan, 1e2, 1_0), which nobody's place is."""
    parts = re.split(r"[,，;；]", where)
    if len(parts) != 2:  # noqa: PLR2004 - longitude and latitude
        return False
    try:
        return [float(one) for one in parts] != []
    except ValueError:
        return False


def said_home(village_id: str, homes: Homes) -> Home:
    """Home in a village that was named.

    Raises
    ------
    InputError
        There is no such village.
    """
    if not homes.is_village(village_id):
        raise InputError("home_unknown", home=village_id[:60])
    return homes.said(village_id)


def at_coordinates(
    lon: float, lat: float, homes: Homes, bounds: Bounds, home: Home | None = None
) -> Place:
    """A place by its coordinates.

    Raises
    ------
    InputError
        They cannot be, look swapped, or lie outside the map data.
    """
    check_coordinates(lon, lat, bounds)
    here = homes.of(lon, lat)
    return Place("coordinates", "", "", here.township, here.village, lon, lat, home or here)


def check_coordinates(lon: float, lat: float, bounds: Bounds) -> None:
    """Refuse coordinates that cannot be meant.

    Raises
    ------
    InputError
        Not finite, off the globe, swapped, or outside the map data.
    """
    values = {"lon": f"{lon:g}", "lat": f"{lat:g}"}
    if _inside(lon, lat, bounds):
        return
    if _inside(lat, lon, bounds):
        raise InputError("coordinates_swapped", **values)
    if not (math.isfinite(lon) and math.isfinite(lat)) or abs(lon) > 180 or abs(lat) > 90:  # noqa: PLR2004 - degrees of the globe
        raise InputError("coordinates_absurd", **values)
    west, south, east, north = (f"{one:.3f}" for one in bounds)
    raise InputError(
        "coordinates_outside", **values, west=west, south=south, east=east, north=north
    )


def _inside(lon: float, lat: float, bounds: Bounds) -> bool:
    west, south, east, north = bounds
    return (
        west - MARGIN_DEG <= lon <= east + MARGIN_DEG
        and south - MARGIN_DEG <= lat <= north + MARGIN_DEG
    )


__all__ = ["LISTED", "Place", "WhereError", "at_coordinates", "find_place"]
