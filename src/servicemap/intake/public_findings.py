"""Findings and names of files as the public may see them: no cells, no folders."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from servicemap.errors import Problem
    from servicemap.study import Study

MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)")
# what findings say of people, of any group and however few
COUNTS_TOLD = {
    "people_totals": ("count", "sum"),
    "people_on_points": ("count",),
    "people_without_village": ("count",),
    "published_alone": ("published",),
    "published_differs": ("published", "sum", "difference", "percent"),
    "grid_cells_left_out": ("people",),
}
# placeholders that quote cells, names of people's places among them
CELLS_TOLD = ("group", "lock", "name", "new", "old", "options", "text", "which")
# of roads and of service points, which are for everybody, and of files as such
OPEN_KINDS = re.compile(r"lines?_|roads_|turns_|missing_|points_off_roads|template_missing")
WORDS_OF_FILES = (
    "foreign_format",
    "not_its_format",
    "setting_unknown",  # a heading, which its text needs
    "unknown_format",
)
SETTINGS = ".toml"
FOLDERS = re.compile(r"(?:[A-Za-z]:)?[\\/](?:[^\\/\s\"'<>|:]+[\\/])+")
HELD_BACK = "…"


def public_problems(problems: Iterable[Problem], study: Study) -> list[Problem]:
    """Findings of a study; those of a public one name cells and do not quote them."""
    if study.outputs.audience != "public":
        return list(problems)
    return [unquoted(one) for one in problems]


def public_files(
    files: Iterable[Mapping[str, Any]], study: Study, key: str = "name"
) -> tuple[Mapping[str, Any], ...]:
    """What is known of files that were read; of a public study without their folders."""
    if study.outputs.audience != "public":
        return tuple(files)
    return tuple({**one, key: file_name(str(one[key]))} for one in files)


def file_name(path: str) -> str:
    """The last part of a path of any system."""
    return PureWindowsPath(path).name or path


def unquoted(problem: Problem) -> Problem:
    """A finding that names a cell and says neither what stands in it nor how many."""
    told = {
        name: _plain(one) if isinstance(one, str) else one
        for name, one in dict(problem.values).items()
    }
    told |= dict.fromkeys(COUNTS_TOLD.get(problem.kind, ()), HELD_BACK)
    if not OPEN_KINDS.match(problem.kind):
        told |= {name: HELD_BACK for name in CELLS_TOLD if name in told}
    is_open = problem.source.endswith(SETTINGS) or problem.kind in WORDS_OF_FILES
    value = _plain(problem.value) if is_open and problem.value is not None else None
    return replace(problem, source=file_name(problem.source), value=value, values=told)


def _plain(text: str) -> str:
    """A text without mobile numbers and without folders of somebody's computer."""
    return FOLDERS.sub("", MOBILE.sub("", text))
