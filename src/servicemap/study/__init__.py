"""``servicemap.toml`` -> `Study`: what to read and what to ask."""

from servicemap.question import MAX_MINUTES, Question
from servicemap.study.reading import MAX_SNAP_M, SECTIONS, is_box, read, settings
from servicemap.study.sections import (
    FILE_NAME,
    About,
    Calendar,
    Changes,
    Datum,
    Hamlets,
    Items,
    Kind,
    Language,
    Outputs,
    People,
    Published,
    Roads,
    Source,
    Spread,
    Study,
    Travel,
)
from servicemap.study.tile_layers import Tiles

__all__ = [
    "FILE_NAME",
    "MAX_MINUTES",
    "MAX_SNAP_M",
    "SECTIONS",
    "About",
    "Calendar",
    "Changes",
    "Datum",
    "Hamlets",
    "Items",
    "Kind",
    "Language",
    "Outputs",
    "People",
    "Published",
    "Question",
    "Roads",
    "Source",
    "Spread",
    "Study",
    "Tiles",
    "Travel",
    "is_box",
    "read",
    "settings",
]
