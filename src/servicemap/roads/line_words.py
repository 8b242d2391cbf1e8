"""What cells of GIS lines mean: classes, directions, speeds, as OpenStreetMap has them."""

from __future__ import annotations

import math
import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from servicemap.intake import cells
from servicemap.intake.synonyms import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FASTEST_KPH = 200.0  # no road of the world is posted or driven faster
_UNIT = re.compile(r"(?:km/?h|kph|公里/?(?:小)?时|千米/?(?:小)?时|码)\s*$", re.IGNORECASE)


@cache
def content() -> dict[str, Any]:
    """The lists of headers and words, ``line_classes.toml``."""
    file = resources.files(__package__).joinpath("line_classes.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def columns(
    names: Iterable[str],
    by_hand: Mapping[str, str],
    known: Mapping[str, Iterable[str]] | None = None,
) -> dict[str, str]:
    """Column of ours -> header in the file.

    Parameters
    ----------
    names
        Headers of the file.
    by_hand
        The study's own map; these win, headers that the file lacks say nothing.
    known
        Column of ours -> headers that mean it; those of roads unless told.
    """
    there = {plain(str(name)): str(name) for name in reversed(list(names))}
    found: dict[str, str] = {}
    for column, meaning in (known or content()["columns"]).items():
        wanted = [by_hand[column]] if column in by_hand else [column, *meaning]
        for one in wanted:
            header = there.get(plain(one))
            if header is not None and header not in found.values():
                found[column] = header
                break
    return found


def class_words(own: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    """Normalised word -> class of OpenStreetMap; the study's own words win.

    Parameters
    ----------
    own
        The study's own words -> class.
    known
        Classes of OpenStreetMap, which stand for themselves.
    """
    table = {plain(name): name for name in known}
    for words in (content()["classes"], own):
        table |= {plain(name): str(value) for name, value in words.items()}
    return table


def road_class(text: str, words: Mapping[str, str]) -> str | None:
    """Class that a word names, of a list the first; None for one that nobody knows."""
    first = text.strip("[]() ").split(",")[0].strip(" '\"")
    return words.get(plain(first))


def direction(cell: Any, table: str) -> str | None:
    """``yes``, ``-1``, ``no`` or ``closed``; None for a word that nobody knows."""
    text = cells.text(cell)
    if text is None:
        return None
    word = text.strip().lower().removesuffix(".0")
    for value, words in content()[table].items():
        if word in words:
            return str(value)
    return None


def kph(cell: Any) -> float | None:
    """Speed above 0 and not absurd, with or without its unit; None for anything else."""
    text = cells.text(cell)
    if text is None:
        return None
    value = cells.number(_UNIT.sub("", text).strip())
    usable = math.isfinite(value) and 0.0 < value <= FASTEST_KPH
    return value if usable else None
