"""Opening hours: people's words, OSM syntax, days of every kind, states, words again.

Nothing is imported before it is asked for, so that the command line starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from servicemap.hours.days import Day, DayCalendar, country_of
    from servicemap.hours.opening import (
        intervals,
        next_opening,
        open_by_hour_of_week,
        open_by_hour_of_week_of_many,
        open_dates,
        open_for,
        share_of_week,
        state_at,
        states_at,
    )
    from servicemap.hours.spoken import as_shown, in_words
    from servicemap.hours.wording import to_osm

_WHERE = {
    "Day": "days",
    "DayCalendar": "days",
    "as_shown": "spoken",
    "country_of": "days",
    "in_words": "spoken",
    "intervals": "opening",
    "next_opening": "opening",
    "open_by_hour_of_week": "opening",
    "open_by_hour_of_week_of_many": "opening",
    "open_dates": "opening",
    "open_for": "opening",
    "share_of_week": "opening",
    "state_at": "opening",
    "states_at": "opening",
    "to_osm": "wording",
}

__all__ = [
    "Day",
    "DayCalendar",
    "as_shown",
    "country_of",
    "in_words",
    "intervals",
    "next_opening",
    "open_by_hour_of_week",
    "open_by_hour_of_week_of_many",
    "open_dates",
    "open_for",
    "share_of_week",
    "state_at",
    "states_at",
    "to_osm",
]


def __getattr__(name: str) -> Any:
    """Import the module of a public name on first use."""
    if name in _WHERE:
        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
