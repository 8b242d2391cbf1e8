"""Population figures as files have them: per village or per township, by kind and year."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from servicemap import table_columns
from servicemap.errors import Problem
from servicemap.intake import cells, keys
from servicemap.intake.carried import Figure, carried
from servicemap.intake.synonyms import value_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.intake.columns import Columns
    from servicemap.intake.former import Heirs, VillageRegister
    from servicemap.study import People

ALL = "people"  # the group of everybody
# Where several kinds are there and the study names none, the first of these is spread.
KIND_ORDER = ("resident", "census", "actual", "hukou")
_NOT_GROUPS = frozenset(
    {"village_id", "village", "township_id", "township", "kind", "year", "source"}
)
FIGURES = ["level", "place_id", "group", "kind", "year", "count", "source"]


def count_columns(columns: Columns) -> list[str]:
    """Columns of a sheet that hold counts of people, in its order."""
    return [str(name) for name in columns.cells.columns if str(name) not in _NOT_GROUPS]


@dataclass(frozen=True)
class Place:
    """What a row is about: a village or township of today, or a former village."""

    level: str
    place_id: str
    village: tuple[str | None, str | None, str | None] = (None, None, None)
    former: Heirs | None = None


def figures(
    columns: Columns,
    setting: People,
    townships: keys.Register,
    villages: VillageRegister,
    *,
    place_ids: Mapping[int, Place] | None = None,
) -> tuple[pd.DataFrame, int, list[Problem]]:
    """Read the figures of a sheet.

    Parameters
    ----------
    columns
        Matched against the table ``people``.
    setting
        Kind and year of figures that do not say them.
    townships, villages
        The places that figures may belong to.
    place_ids
        Village of each row, for figures that stand in the villages' own sheet.

    Returns
    -------
    figures, rows_used, problems
        Columns `FIGURES`: ``level`` is ``village`` or ``township``. Figures of former
        villages are those of today's.
    """
    problems: list[Problem] = []
    place = (
        place_ids
        if place_ids is not None
        else _places(columns, townships, villages, problems)
    )
    counts = count_columns(columns)
    said_kind = _kinds(columns, problems)
    years = {row: cells.year(cell) for row, cell in columns.rows("year")}
    said_source = dict(zip(columns.cells.index, columns.strings("source"), strict=True))
    found: list[Figure] = []
    seen: set[tuple[object, ...]] = set()
    again: list[str] = []
    assumed = False
    for name in counts:
        column = name.partition("@")[0]  # less the year, where there are several
        wide = column in table_columns.PEOPLE_KINDS
        group = ALL if wide or column == ALL else column
        scale = cells.scale(columns.headers[name])
        year = columns.years.get(name, setting.year)
        for number, cell in columns.rows(name):
            if number not in place or cells.is_blank(cell):
                continue
            value = cells.count(cell, scale)
            if value is None:
                problems.append(columns.problem("people_not_count", "error", number, name))
                continue
            kind = column if wide else said_kind.get(number) or setting.kind
            assumed |= kind is None
            own_year = years.get(number)
            of_year = own_year if own_year is not None else year
            source = said_source[number] or columns.sheet.source
            key = (group, kind or "resident", of_year, source)
            one = _figure(place[number], key, value, number, villages)
            if (one.level, one.place_id, key) in seen:
                again.append(place[number].place_id)
                continue
            seen.add((one.level, one.place_id, key))
            found.append(one)
    if assumed:
        problems.append(columns.problem("people_kind_assumed", "note"))
    if again:
        names = ", ".join(sorted(set(again))[:5])
        problems.append(
            columns.problem("people_repeated", "error", count=len(again), which=names)
        )
    found, more = carried(found, villages.former, columns)
    problems += [*more, *_more_than_all(found, columns)]
    rows = [(one.level, one.place_id, *one.key[:3], one.count, one.key[3]) for one in found]
    frame = pd.DataFrame(rows, columns=FIGURES).astype({"year": "Int64"})
    return frame, len(place), problems


def _more_than_all(figures: list[Figure], columns: Columns) -> list[Problem]:
    """Groups that have more people than there are people."""
    everybody = {
        (one.level, one.place_id, one.key[1:]): one.count
        for one in figures
        if one.key[0] == ALL
    }
    return [
        columns.problem("people_group_more", "warning", one.row, str(one.key[0]))
        for one in figures
        if one.count > everybody.get((one.level, one.place_id, one.key[1:]), one.count)
    ]


def _figure(
    place: Place,
    key: tuple[object, ...],
    count: int,
    row: int,
    villages: VillageRegister,
) -> Figure:
    former, year = place.former, key[2]
    if former is None and place.level == "village" and isinstance(year, int):
        # The code may be that of a larger or smaller village of that year.
        former = villages.former.of(*place.village, year)
    if former is None:
        return Figure(place.level, place.place_id, key, count, row)
    return Figure(place.level, former[0], key, count, row, former[1])


def _places(
    columns: Columns,
    townships: keys.Register,
    villages: VillageRegister,
    problems: list[Problem],
) -> dict[int, Place]:
    found: dict[int, Place] = {}
    names = ("township_id", "township", "village_id", "village")
    given = zip(*(columns.strings(name) for name in names), strict=True)
    heading: str | None = None  # the township that a row of its own names above these
    headings = 0
    for row, texts in zip(columns.cells.index, given, strict=True):
        said = dict(zip(names, texts, strict=True))
        township, fault = townships.find(said["township_id"], said["township"])
        if said["township_id"] is None and said["township"] is None:
            own = (
                None
                if said["village"] is None
                else townships.find(None, said["village"])[0]
            )
            if own is not None and villages.find(None, said["village"], heading)[0] is None:
                heading, headings = own, headings + 1
                found[row] = Place("township", own)
                continue
            township = heading
        at = "township" if "township" in columns else "township_id"
        if said["village_id"] is not None or said["village"] is not None:
            told = (said["village_id"], said["village"], township)
            former = villages.heirs(*told)
            if former is not None:
                found[row] = Place("village", former[0], told, former)
                continue
            one, fault = villages.find(*told)
            at = "village" if "village" in columns else "village_id"
            if one is not None:
                found[row] = Place("village", one, told)
                continue
        elif township is not None:
            found[row] = Place("township", township)
            continue
        kind = f"people_place_{fault}" if fault else "people_place_blank"
        problems.append(columns.problem(kind, "error", row, at))
    if headings:
        problems.append(columns.problem("people_headings", "note", count=headings))
    return found


def _kinds(columns: Columns, problems: list[Problem]) -> Mapping[int, str]:
    said, more = columns.read(
        "kind", partial(cells.word, column="people_kind"), "people_kind_unknown", "warning"
    )
    problems += more
    return said


def kinds_in_words(*kinds: str) -> dict[str, str]:
    """Kinds of figures in words, and as the study's file spells them."""
    words = (f"{value_word('people_kind', one, 'zh')} {one}" for one in kinds)
    return {"en": ", ".join(kinds), "zh": "、".join(words)}


def to_spread(
    frame: pd.DataFrame, setting: People, source: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """The figures that become demand: one kind, one year, never two kinds in one sum.

    Parameters
    ----------
    frame
        All figures.
    setting
        Names the kind and year; else the first of `KIND_ORDER` that is there, and
        each place's latest year.
    source
        For findings.
    """
    if frame.empty:
        return frame, []
    problems: list[Problem] = []
    there = set(frame.loc[frame["group"] == ALL, "kind"]) or set(frame["kind"])
    kind: str = next(one for one in KIND_ORDER if one in there)
    if setting.kind is not None and setting.kind in there:
        kind = setting.kind
    elif setting.kind is not None:
        values = {"wanted": kinds_in_words(setting.kind), "taken": kinds_in_words(kind)}
        problems.append(Problem("people_kind_absent", "warning", source, values=values))
    elif len(there) > 1:
        values = {"taken": kinds_in_words(kind), "there": kinds_in_words(*sorted(there))}
        problems.append(Problem("people_kinds", "note", source, values=values))
    done = frame[(frame["kind"] == kind) | (frame["group"] != ALL)]
    if setting.year is not None:
        of_year = (done["year"] == setting.year).fillna(value=False)
        # a group that has no figure of that year keeps those of others
        other = ~done["group"].isin(done.loc[of_year, "group"])
        if other.any():
            groups = ", ".join(sorted(done.loc[other, "group"].unique()))
            told = {"year": setting.year, "groups": groups}
            problems.append(Problem("people_year_absent", "warning", source, values=told))
        done = done[of_year | other]
    order = done.assign(own=done["kind"] == kind, at=done["year"].fillna(0)).sort_values(
        ["own", "at"], ascending=False, kind="stable"
    )
    one = order.drop_duplicates(["level", "place_id", "group"])
    if len(one) < len(done):
        dropped = {"count": len(done) - len(one)}
        problems.append(Problem("people_years", "note", source, values=dropped))
    return one[FIGURES].sort_index().reset_index(drop=True), problems
