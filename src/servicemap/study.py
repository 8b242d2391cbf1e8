"""``servicemap.toml`` -> `Study`: what to read and what to ask.

Every setting is declared once, as a field of a frozen dataclass; reading,
defaults, the check for unknown keys and the test of ``docs/data.md`` all use
that declaration.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing
from collections.abc import Mapping  # noqa: TC003 - the fields are read at run time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from servicemap import toml_values
from servicemap.errors import InputError, Problem
from servicemap.question import (
    MAX_MINUTES,
    Question,
    local_moment,
    questions_sense,
    with_rules,
)

FILE_NAME = "servicemap.toml"

Language = Literal["zh", "en"]
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09", "auto", "column"]
Spread = Literal["auto", "point", "buildings", "hamlets", "grid"]
Kind = Literal["hukou", "resident", "census", "actual"]


@dataclass(frozen=True)
class About:
    """``[study]``: title, language, time zone, projected CRS."""

    name: str = "servicemap"
    language: Language = "en"
    timezone: str = "Asia/Shanghai"
    crs: str = "auto"


@dataclass(frozen=True)
class Roads:
    """``[roads]``: where the road network comes from; paths start at the study's folder."""

    source: str | None = None
    place: str | None = None
    bbox: tuple[float, ...] = ()
    sha256: str | None = None
    within: str | None = None
    extra: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()
    closures: str | None = None
    speeds: str | None = None
    date: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    join_m: float = 1.0
    crossings: Literal["apart", "joined"] = "apart"
    elevation: str | None = None
    profiles: str | None = None


@dataclass(frozen=True)
class Source:
    """``[facilities]``, ``[villages]``, ``[townships]``, ``[grid]``: one file each."""

    source: str | None = None
    sheet: str | None = None
    datum: Datum = "auto"
    crs: str = "auto"
    swap_lonlat: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class People:
    """``[people]``: population figures and how they are spread within a place."""

    source: str | None = None
    sheet: str | None = None
    spread: Spread = "auto"
    kind: Kind | None = None
    year: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hamlets(Source):
    """``[hamlets]``: where within a village people live, as offices list it."""

    kind: Kind | None = None
    year: int | None = None


@dataclass(frozen=True)
class Items:
    """``[items]``: the catalogue, the templates of services, the exceptions; optional.

    ``catalogue``, ``templates`` and ``exceptions`` name sheets of the workbook ``source``,
    or files of their own.
    """

    source: str | None = None
    catalogue: str | None = None
    templates: str | None = None
    exceptions: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Calendar:
    """``[calendar]``: holidays and make-up workdays, for opening hours.

    ``country`` is ``auto`` (China for its time zones, else none), ``none``, or an ISO code.
    """

    holidays: str | None = None
    country: str = "auto"


@dataclass(frozen=True)
class Travel:
    """``[travel]``: modes, cutoffs of the maps, limits, the moment of travel.

    ``when`` is a local date and time at which conditional tags of the roads are judged;
    that of the first question unless told, where it names one.
    """

    modes: tuple[str, ...] = ("walk", "drive")
    minutes: tuple[float, ...] = (5.0, 10.0, 15.0, 30.0)
    snap_limit_m: float = 500.0
    horizon_min: float = 60.0
    when: str | None = None


@dataclass(frozen=True)
class Outputs:
    """``[outputs]``: for whom the maps and papers are, and what must stand on them.

    Attributes
    ----------
    audience
        ``internal`` papers are marked so; ``public`` ones hold nothing personal.
    sensitive
        People groups that a public study leaves out.
    review_number
        Of a map that was reviewed for publication (审图号).
    office, date
        Who made the maps, and when, as it shall be printed.
    template
        A Word document whose styles and page the reports take.
    wording
        The office's own words for those of the program: ``{ "服务盲区" = "服务薄弱村" }``.
    """

    audience: Literal["internal", "public"] = "internal"
    sensitive: tuple[str, ...] = ("disabled",)
    review_number: str | None = None
    office: str | None = None
    date: str | None = None
    template: str | None = None
    wording: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """One study: its folder, its inputs, its questions."""

    folder: Path
    about: About = About()
    roads: Roads = Roads()
    facilities: Source = Source()
    villages: Source = Source()
    townships: Source = Source()
    people: People = People()
    hamlets: Hamlets = Hamlets()
    grid: Source = Source()
    items: Items = Items()
    calendar: Calendar = Calendar()
    travel: Travel = Travel()
    outputs: Outputs = Outputs()
    questions: tuple[Question, ...] = (Question("headline"),)
    village_covered_share: float = 0.5
    scenarios: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Title of the study."""
        return self.about.name

    @property
    def language(self) -> Language:
        """Language of the outputs."""
        return self.about.language

    @property
    def modes(self) -> tuple[str, ...]:
        """Modes of ``[travel]`` and of the questions, in that order."""
        asked = [mode for question in self.questions for mode in question.modes]
        return tuple(dict.fromkeys([*self.travel.modes, *asked]))

    @property
    def horizon_min(self) -> float:
        """How far pairs are kept: at least 1.25 x the largest cutoff + 2 minutes."""
        cutoffs = [*self.travel.minutes]
        cutoffs += [minutes for q in self.questions for minutes in q.cutoffs_min]
        largest = max(cutoffs, default=0.0)
        return max(self.travel.horizon_min, 1.25 * largest + 2.0)

    @property
    def moment(self) -> dt.datetime | None:
        """Local time at which roads are judged; None passes their conditions over."""
        told = self.travel.when
        if told is None and self.questions:
            told = self.questions[0].when
        return local_moment(told or "")

    @property
    def elevation(self) -> Path | None:
        """Elevation model of the roads; None leaves them flat."""
        return self.path(self.roads.elevation) if self.roads.elevation else None

    def path(self, relative: str) -> Path:
        """A path of the toml, seen from the study's folder."""
        return self.folder / relative


# toml section -> (field of Study, dataclass)
SECTIONS: dict[str, tuple[str, type]] = {
    "study": ("about", About),
    "roads": ("roads", Roads),
    "facilities": ("facilities", Source),
    "villages": ("villages", Source),
    "townships": ("townships", Source),
    "people": ("people", People),
    "hamlets": ("hamlets", Hamlets),
    "grid": ("grid", Source),
    "items": ("items", Items),
    "calendar": ("calendar", Calendar),
    "travel": ("travel", Travel),
    "outputs": ("outputs", Outputs),
}
OTHER_SECTIONS = ("question", "scenario")
# keys of [study] that are fields of Study itself
STUDY_KEYS = ("village_covered_share",)


def settings() -> dict[str, tuple[str, ...]]:
    """All settings by section, as ``docs/data.md`` must list them."""
    found = {
        section: tuple(f.name for f in dataclasses.fields(cls))
        for section, (_, cls) in SECTIONS.items()
    }
    found["study"] += STUDY_KEYS
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
        elif section == "question" and isinstance(value, list):
            parts["questions"] = tuple(
                _question(one, f"question {number}", file, problems)
                for number, one in enumerate(value, 1)
                if isinstance(one, dict)
            )
        elif section == "scenario" and isinstance(value, dict):
            parts["scenarios"] = value
        else:
            known = [*SECTIONS, *OTHER_SECTIONS]
            problems.append(toml_values.unknown(file.name, section, known))
    if not problems:
        study = Study(**parts)
        problems += _sense(study, file)
    if problems:
        raise InputError(problems)
    return study


def _question(
    given: dict[str, Any], section: str, file: Path, problems: list[Problem]
) -> Question:
    """One question, with the rules that it names."""
    return with_rules(_fill(Question, given, section, file, problems), file, problems)


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
    if roads.bbox and len(roads.bbox) != 4:  # noqa: PLR2004
        bad("roads.bbox", list(roads.bbox), "[west, south, east, north]")
    return problems


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


MAX_SNAP_M = 10_000.0
MAX_JOIN_M = 50.0

__all__ = [
    "MAX_MINUTES",
    "About",
    "Calendar",
    "Items",
    "Outputs",
    "People",
    "Question",
    "Roads",
    "Source",
    "Study",
    "Travel",
    "read",
    "settings",
]
