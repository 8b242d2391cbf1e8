"""``servicemap.toml`` -> `Study`, or everything that is wrong with it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing
from pathlib import Path
from typing import Any

from servicemap import toml_values
from servicemap.errors import InputError, Problem
from servicemap.question import (
    MAX_MINUTES,
    Question,
    local_moment,
    questions_sense,
    with_rules,
)
from servicemap.study.sections import (
    FILE_NAME,
    About,
    Calendar,
    Changes,
    Hamlets,
    Items,
    Outputs,
    People,
    Published,
    Roads,
    Source,
    Study,
    Travel,
)
from servicemap.study.tile_layers import Tiles, faults

MAX_SNAP_M = 10_000.0
MAX_JOIN_M = 50.0
# toml section -> (field of Study, dataclass)
SECTIONS: dict[str, tuple[str, type]] = {
    "study": ("about", About),
    "roads": ("roads", Roads),
    "facilities": ("facilities", Source),
    "villages": ("villages", Source),
    "townships": ("townships", Source),
    "changes": ("changes", Changes),
    "people": ("people", People),
    "published": ("published", Published),
    "hamlets": ("hamlets", Hamlets),
    "homesteads": ("homesteads", Source),
    "grid": ("grid", Source),
    "items": ("items", Items),
    "calendar": ("calendar", Calendar),
    "travel": ("travel", Travel),
    "outputs": ("outputs", Outputs),
}
LISTS = ("question", "tiles")  # written [[so]], once for each
# keys of [study] that are fields of Study itself
STUDY_KEYS = ("village_covered_share",)


def settings() -> dict[str, tuple[str, ...]]:
    """All settings by section, as ``docs/data.md`` must list them."""
    found = {
        section: tuple(f.name for f in dataclasses.fields(cls))
        for section, (_, cls) in SECTIONS.items()
    }
    found["study"] += STUDY_KEYS
    found["tiles"] = tuple(f.name for f in dataclasses.fields(Tiles))
    found["question"] = tuple(
        f.name for f in dataclasses.fields(Question) if f.metadata.get("setting", True)
    )
    return found


def read(path: str | Path) -> Study:
    """Read a study.

    Parameters
    ----------
    path
        The study's folder or its ``servicemap.toml`` (UTF-8 with or without
        BOM, or GB18030).

    Raises
    ------
    InputError
        The file is absent, is not TOML, or has unknown keys or values of the
        wrong type; all of them are reported together.
    """
    file = Path(path)
    if file.is_dir():
        file = file / FILE_NAME
    if not file.is_file():
        raise InputError("study_not_found", path=str(path))
    if file.suffix.casefold() != ".toml":
        raise InputError("study_other_file", path=str(path))
    return _study(toml_values.content_of(file), file)


def _study(content: dict[str, Any], file: Path) -> Study:
    problems: list[Problem] = []
    parts: dict[str, Any] = {"folder": file.parent}
    for section, value in content.items():
        if section in SECTIONS and isinstance(value, dict):
            name, cls = SECTIONS[section]
            own = dict(value)
            if section == "study":
                own_keys = {key: own.pop(key) for key in STUDY_KEYS if key in own}
                parts |= _typed(own_keys, Study, section, file, problems)
            parts[name] = _fill(cls, own, section, file, problems)
        elif section == "question" and _is_list(value):
            parts["questions"] = tuple(
                _question(one, f"question {number}", file, problems)
                for number, one in enumerate(value, 1)
            )
        elif section == "tiles" and _is_list(value):
            parts["tiles"] = tuple(
                _tiles(one, f"tiles {number}", file, problems)
                for number, one in enumerate(value, 1)
            )
        elif section == "scenario" and isinstance(value, dict):
            parts["scenarios"] = value
        else:
            problems.append(_no_section(file.name, section))
    if not problems:
        study = Study(**parts)
        problems += _sense(study, file)
    if problems:
        raise InputError(problems)
    return study


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _no_section(source: str, section: str) -> Problem:
    """A name that no section has, or one that has it and is written differently."""
    if section in (*LISTS, *SECTIONS, "scenario"):
        lists = {"scenario": "[scenario.name]"} | {one: f"[[{one}]]" for one in LISTS}
        expected = lists.get(section, f"[{section}]")
        return toml_values.misplaced(source, section, expected)
    return toml_values.unknown(source, section, [*SECTIONS, *LISTS, "scenario"])


def _question(
    given: dict[str, Any], section: str, file: Path, problems: list[Problem]
) -> Question:
    """One question, with the rules that it names."""
    return with_rules(_fill(Question, given, section, file, problems), file, problems)


def _tiles(
    given: dict[str, Any], section: str, file: Path, problems: list[Problem]
) -> Tiles:
    """One layer of tiles; what makes no sense in it becomes findings."""
    before = len(problems)
    found: Tiles = _fill(Tiles, given, section, file, problems)
    if len(problems) == before:
        problems += [
            toml_values.wrong(file.name, f"{section}.{key}", value, expected)
            for key, value, expected in faults(found)
        ]
    return found


def _fill(
    cls: type, given: dict[str, Any], section: str, file: Path, problems: list[Problem]
) -> Any:
    done = _typed(given, cls, section, file, problems)
    if cls is Question and "id" not in given:
        problems.append(Problem("question_id", "error", file.name, column=section))
        done["id"] = section
    return cls(**done)


def _typed(
    given: dict[str, Any], cls: type, section: str, file: Path, problems: list[Problem]
) -> dict[str, Any]:
    """Values that fit the fields of a dataclass; the others become findings."""
    hints = typing.get_type_hints(cls)
    done: dict[str, Any] = {}
    for key, value in given.items():
        setting = f"{section}.{key}"
        if key not in hints:
            problems.append(toml_values.unknown(file.name, setting, hints))
            continue
        try:
            done[key] = toml_values.typed(value, hints[key])
        except (TypeError, ValueError):
            expected = toml_values.spelled(hints[key])
            problems.append(toml_values.wrong(file.name, setting, value, expected))
    return done


def _sense(study: Study, file: Path) -> list[Problem]:
    """Values of the right type that make no sense."""
    problems = []

    def bad(key: str, value: object, expected: str) -> None:
        problems.append(toml_values.wrong(file.name, key, value, expected))

    travel = study.travel
    for minutes in travel.minutes:
        if not 0 < minutes <= MAX_MINUTES:
            bad("travel.minutes", minutes, f"0 < minutes <= {MAX_MINUTES:g}")
    if not 0 < travel.horizon_min <= MAX_MINUTES:
        bad("travel.horizon_min", travel.horizon_min, f"0 < minutes <= {MAX_MINUTES:g}")
    if not 0 < travel.snap_limit_m <= MAX_SNAP_M:
        bad("travel.snap_limit_m", travel.snap_limit_m, f"0 < metres <= {MAX_SNAP_M:g}")
    if travel.when is not None and local_moment(travel.when) is None:
        bad("travel.when", travel.when, '"2026-12-05 10:00"')
    if not travel.modes:
        bad("travel.modes", "[]", '["walk", ...]')
    if not 0 < study.village_covered_share <= 1:
        bad("study.village_covered_share", study.village_covered_share, "0 < share <= 1")
    problems += _roads_sense(study.roads, file)
    return problems + questions_sense(study.questions, file)


def _roads_sense(roads: Roads, file: Path) -> list[Problem]:
    problems = []

    def bad(key: str, value: object, expected: str) -> None:
        problems.append(toml_values.wrong(file.name, key, value, expected))

    if not 0 <= roads.join_m <= MAX_JOIN_M:
        bad("roads.join_m", roads.join_m, f"0 <= metres <= {MAX_JOIN_M:g}")
    if roads.date is not None and not _is_date(roads.date):
        bad("roads.date", roads.date, '"2026-12-05"')
    if roads.bbox and not is_box(roads.bbox):
        bad("roads.bbox", list(roads.bbox), "[west, south, east, north]")
    return problems


def is_box(sides: tuple[float, ...]) -> bool:
    """Whether numbers are west, south, east and north of an area on earth."""
    if len(sides) != 4:  # noqa: PLR2004
        return False
    west, south, east, north = sides
    return -180 <= west < east <= 180 and -90 <= south < north <= 90  # noqa: PLR2004


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
