"""Speeds and durations as mappers write them.

Sources: OpenStreetMap wiki, ``Key:maxspeed`` (units, ``none``, ``walk``, codes
of countries) and ``Key:duration``.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KPH_PER_UNIT = {
    "": 1.0,
    "km/h": 1.0,
    "kmh": 1.0,
    "kph": 1.0,
    "mph": 1.609344,
    "knots": 1.852,
    "kn": 1.852,
}
WALK_KPH = 7.0  # the German court practice for "Schrittgeschwindigkeit" (Key:maxspeed)
TOP_KPH = 200.0  # a limit above this is a slip of the pen

FOOT_M, INCH_M = 0.3048, 0.0254
# Key:maxwidth, Key:maxheight: metres; Key:maxweight: tonnes
PER_UNIT = {"": 1.0, "m": 1.0, "t": 1.0, "kg": 0.001, "cm": 0.01, "ft": FOOT_M}

_SIZE = re.compile(r"([0-9]{1,6}(?:[.,][0-9]{1,6})?)\s*([a-z]*)")
_FEET = re.compile(r"([0-9]{1,3})'\s*(?:([0-9]{1,2}(?:\.[0-9]{1,2})?)(?:\"|''))?")
_SPEED = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*([a-z/]*)")
_ZONE = re.compile(r"[a-z]{2}:(?:zone:?)?([0-9]{1,3})")
_CLOCK = re.compile(r"([0-9]{1,3}):([0-5]?[0-9])(?::([0-5]?[0-9]))?")
_MINUTES = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*(?:m|min|mins|minutes)?")
_ISO = re.compile(
    r"p(?:([0-9]{1,3})d)?(?:t(?:([0-9]{1,4})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?)?"
)


def speed_kph(text: str, implicit_kph: Mapping[str, float]) -> float | None:
    """A speed limit in km/h.

    Parameters
    ----------
    text
        Value of ``maxspeed`` or one of its kin; of several values the smallest
        counts.
    implicit_kph
        Speed per code such as ``CN:urban``.

    Returns
    -------
    float or None
        ``inf`` where the value says that there is no limit; None where it says
        nothing that can be used (``signals``, ``variable``, nonsense).
    """
    found = [_one_speed(part.strip(), implicit_kph) for part in text.split(";")]
    usable = [kph for kph in found if kph is not None]
    return min(usable, default=None)


def _one_speed(text: str, implicit_kph: Mapping[str, float]) -> float | None:
    lower = text.lower()
    if lower in {"none", "unlimited"}:
        return math.inf
    if lower in {"walk", "walking"}:
        return WALK_KPH
    country, _, kind = text.partition(":")
    code = f"{country.upper()}:{kind.lower()}"
    for name in (text, code):
        if name in implicit_kph:
            return implicit_kph[name]
    zone = _ZONE.fullmatch(lower)
    match = _SPEED.fullmatch(zone[1] if zone else lower)
    if match is None or match[2] not in KPH_PER_UNIT:
        return None
    kph = float(match[1]) * KPH_PER_UNIT[match[2]]
    return kph if 0.0 < kph <= TOP_KPH else None


def size(text: str) -> float | None:
    """A width or height in metres, or a weight in tonnes: ``2``, ``1.8 m``, ``6'3"``.

    Returns
    -------
    float or None
        The smallest of several values; None where none can be used (``default``).
    """
    found = [_one_size(part.strip().lower()) for part in text.split(";")]
    return min((one for one in found if one is not None), default=None)


def _one_size(text: str) -> float | None:
    if feet := _FEET.fullmatch(text):
        return int(feet[1]) * FOOT_M + float(feet[2] or 0.0) * INCH_M
    match = _SIZE.fullmatch(text)
    if match is None or match[2] not in PER_UNIT:
        return None
    value = float(match[1].replace(",", ".")) * PER_UNIT[match[2]]
    return value if value > 0.0 else None


def duration_s(text: str) -> float | None:
    """A duration in seconds: ``00:20``, ``1:05:00``, ``20`` (minutes), ``PT1H30M``.

    Returns
    -------
    float or None
        None where the text is no positive duration.
    """
    lower = text.strip().lower()
    seconds = 0.0
    if clock := _CLOCK.fullmatch(lower):
        seconds = int(clock[1]) * 3600.0 + int(clock[2]) * 60.0 + int(clock[3] or 0)
    elif minutes := _MINUTES.fullmatch(lower):
        seconds = float(minutes[1]) * 60.0
    elif iso := _ISO.fullmatch(lower):
        days, hours, mins, secs = (int(part or 0) for part in iso.groups())
        seconds = ((days * 24.0 + hours) * 60.0 + mins) * 60.0 + secs
    return seconds if seconds > 0.0 else None
