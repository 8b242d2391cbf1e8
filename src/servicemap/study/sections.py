"""What a study says, section by section: every setting declared once, with its default.

Reading, defaults, the check for unknown keys and the test of ``docs/data.md`` all use
these declarations.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - the fields are read at run time
from collections.abc import Mapping  # noqa: TC003 - the fields are read at run time
from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003 - the fields are read at run time
from typing import Any, Literal

from servicemap.question import Question, local_moment
from servicemap.study.tile_layers import Tiles  # noqa: TC001 - read at run time

FILE_NAME = "servicemap.toml"

Language = Literal["zh", "en"]
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09", "auto", "column"]
Spread = Literal["auto", "point", "buildings", "hamlets", "homesteads", "grid"]
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

    @property
    def layers(self) -> tuple[str, ...]:
        """Files that change the roads of the map: extra, planned, closures, speeds."""
        named = (*self.extra, *self.planned, self.closures, self.speeds)
        return tuple(one for one in named if one)


@dataclass(frozen=True)
class Source:
    """``[facilities]``, ``[villages]``, ``[townships]``, ``[grid]`` and the like."""

    source: str | None = None
    sheet: str | None = None
    datum: Datum = "auto"
    crs: str = "auto"
    swap_lonlat: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """``[changes]``: merged, split, renamed and recoded villages (区划调整对照)."""

    source: str | None = None
    sheet: str | None = None
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
    compare: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """``[published]``: totals of townships as published, to hold sums against."""

    source: str | None = None
    sheet: str | None = None
    kind: Kind | None = None
    year: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    tolerance_percent: float = 1.0


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
    that of the first question unless told, where it names one. ``cut_at_boundary`` ends
    areas at the outline of the study; ``leave_out_water`` cuts lakes and the sea out.
    """

    modes: tuple[str, ...] = ("walk", "drive")
    minutes: tuple[float, ...] = (5.0, 10.0, 15.0, 30.0)
    snap_limit_m: float = 500.0
    horizon_min: float = 60.0
    when: str | None = None
    cut_at_boundary: bool = True
    leave_out_water: bool = False


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
    changes: Changes = Changes()
    people: People = People()
    published: Published = Published()
    hamlets: Hamlets = Hamlets()
    homesteads: Source = Source()
    grid: Source = Source()
    items: Items = Items()
    calendar: Calendar = Calendar()
    travel: Travel = Travel()
    outputs: Outputs = Outputs()
    questions: tuple[Question, ...] = (Question("headline"),)
    tiles: tuple[Tiles, ...] = ()
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

    @property
    def profile_file(self) -> Path | None:
        """The study's own profiles; None where it has none."""
        return self.path(self.roads.profiles) if self.roads.profiles else None

    def path(self, relative: str) -> Path:
        """A path of the toml, seen from the study's folder."""
        return self.folder / relative
