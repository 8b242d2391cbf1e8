"""Layers of a study that change roads: closures and speeds, with their dates and modes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import shapely

from servicemap.errors import InputError, Problem
from servicemap.intake import cells, vectors
from servicemap.intake.synonyms import plain
from servicemap.roads import line_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Kind = Literal["closures", "speeds"]

HEADERS: dict[str, tuple[str, ...]] = {
    "from": ("start", "begin", "valid_from", "起", "开始", "开始日期", "起始日期"),
    "to": ("end", "until", "valid_to", "止", "结束", "结束日期", "截止日期"),
    "modes": ("mode", "出行方式", "适用方式"),
    "speed": ("kph", "speed_kph", "kmh", "车速", "速度", "时速"),
}
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})|^(\d{4})(\d{2})(\d{2})$"
)
_SPLIT = re.compile(r"[,;、，；\s]+")
_AREAS = (3, 6)
_LINES = (1, 5)
_POINTS = (0, 4)


@dataclass(frozen=True)
class Change:
    """One feature of a layer: where, and what tags its roads get.

    Attributes
    ----------
    shape
        Line or area, of a closure also one point; degrees.
    tags
        ``closed`` or ``speed_kph``, with ``:<mode>`` for one mode.
    feature
        Its number in the file, from 1.
    """

    shape: Any
    tags: Mapping[str, str]
    feature: int


def read(
    path: Path, source: str, kind: Kind, day: date | None, modes: Iterable[str]
) -> tuple[list[Change], list[Problem]]:
    """Features that are in force on a day.

    Parameters
    ----------
    path, source
        GIS file, and its name for messages.
    kind
        What the layer holds.
    day
        The study's day; without one, features with dates are not in force.
    modes
        Modes that may be named.

    Returns
    -------
    changes, problems
        A feature that cannot be used is a finding, and changes nothing.
    """
    frame, layer, problems = vectors.read(path, source)
    headers = line_words.columns(frame.columns.drop(frame.geometry.name), {}, HEADERS)
    if kind == "speeds" and "speed" not in headers:
        raise InputError([Problem("change_no_speed", "error", source, layer)])
    known = set(modes)
    changes = []
    undated = 0
    for number, shape in zip(frame.index, frame.geometry, strict=True):
        cell = {name: frame.loc[number, header] for name, header in headers.items()}
        tags, faults = _tags(kind, cell, shape, known)
        problems += [
            Problem(
                fault,
                "warning",
                source,
                layer,
                int(number),
                headers[column] if column else None,
                cells.text(cell[column]) if column else None,
            )
            for fault, column in faults
        ]
        start, end = _day(cell.get("from")), _day(cell.get("to"))
        if tags and (start or end) and day is None:
            undated += 1
        elif tags and _in_force(day, start, end):
            flat = shapely.force_2d(shape)
            several = shapely.get_type_id(flat) in _POINTS
            changes += [
                Change(one, tags, int(number))
                for one in (shapely.get_parts(flat) if several else [flat])
            ]
    if undated:
        values = {"count": undated}
        problems.append(
            Problem("change_needs_date", "warning", source, layer, values=values)
        )
    return changes, problems


def _tags(
    kind: Kind, cell: Mapping[str, Any], shape: Any, known: set[str]
) -> tuple[dict[str, str], list[tuple[str, str | None]]]:
    """Tags that a feature gives, none where it cannot be used; faults by column."""
    known_shapes = (*_AREAS, *_LINES, *(_POINTS if kind == "closures" else ()))
    if shape is None or shape.is_empty or shapely.get_type_id(shape) not in known_shapes:
        return {}, [("change_not_a_shape", None)]
    named = _modes(cell.get("modes"), known)
    if named is None:
        return {}, [("change_mode_unknown", "modes")]
    faults: list[tuple[str, str | None]] = [
        ("change_date_unread", name)
        for name in ("from", "to")
        if not cells.is_blank(cell.get(name)) and _day(cell[name]) is None
    ]
    start, end = _day(cell.get("from")), _day(cell.get("to"))
    if start is not None and end is not None and start > end:
        faults.append(("change_ends_before_it_begins", "to"))
    key, value = "closed", "yes"
    if kind == "speeds":
        kph = line_words.kph(cell["speed"])
        if kph is None:
            return {}, [*faults, ("line_speed_bad_row", "speed")]
        key, value = "speed_kph", f"{kph:g}"
    return ({f"{key}:{mode}": value for mode in named} if named else {key: value}), faults


def _modes(cell: Any, known: set[str]) -> list[str] | None:
    """Modes that a cell names, none for all; None when one is unknown."""
    text = cells.text(cell)
    if text is None or plain(text) in ("all", "全部", "所有"):
        return []
    names = [one for one in _SPLIT.split(text) if one]
    return names if set(names) <= known else None


def _day(cell: Any) -> date | None:
    text = cells.text(cell)
    found = _DATE.search(text) if text is not None else None
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups() if part is not None))
    except ValueError:
        return None


def _in_force(day: date | None, start: date | None, end: date | None) -> bool:
    """Whether a day lies between two; both count, and without dates every day does."""
    if day is None:
        return start is None and end is None
    return (start is None or start <= day) and (end is None or day <= end)
