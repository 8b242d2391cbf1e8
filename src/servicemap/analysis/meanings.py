"""The meanings of coverage side by side: stations, villages, people, ground.

Each is a count of its own things with the undetermined apart; none is derived
from another, and none from an area on the map.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import table_columns, tables
from servicemap.analysis.by_tier import statuses_by_tier
from servicemap.analysis.places import take, total
from servicemap.analysis.times import COVERED, UNCOVERED, UNDETERMINED
from servicemap.analysis.villages import village_status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicemap.analysis.answers import Answers
    from servicemap.analysis.places import Flags, Numbers, Places, Positions
    from servicemap.analysis.times import Codes
    from servicemap.question import Question
    from servicemap.study import Study

STATION = "village"  # the tier of the stations that villages have
NO_AREA_TYPE = "none"
CITY = "city"
GROUND = " ground"  # a blank in front, which no people group has


def meanings(answers: Answers, ground: Answers | None = None) -> pd.DataFrame:
    """Count every meaning of coverage for the city, each tier, area type and township.

    Parameters
    ----------
    answers
        The study's questions over its tables.
    ground
        The same over the pieces of ground of `ground_demand`; None without any.

    Returns
    -------
    DataFrame
        Table ``meanings``: questions in study order; of each the city, then
        what points of one tier cover by themselves, then villages of one kind
        of area, then townships.
    """
    parts: list[pd.DataFrame] = []
    for question in answers.study.questions:
        found = _Statuses(answers, ground, question)
        city, *divided = _levels(answers.places)
        parts.append(_of_places(answers, ground, found, city))
        for tier in found.tiers:
            at = replace(city, name="tier", ids=pd.Index([tier]))
            parts.append(_of_places(answers, ground, found, at))
        parts += [_of_places(answers, ground, found, level) for level in divided]
    done = pd.concat(parts, ignore_index=True)
    return tables.check(done.assign(**_rates(done)), "meanings")


def ground_study(study: Study) -> Study:
    """The questions as asked of ground: by the mode of the people that each counts."""
    questions = tuple(
        replace(one, mode=one.mode_of(one.people), people="people")
        for one in study.questions
    )
    return replace(study, questions=questions)


def ground_demand(ground: pd.DataFrame) -> pd.DataFrame:
    """Pieces of ground as table ``demand``, each kind a group in whole units.

    Nobody is counted there: ``people`` is missing.
    """
    kinds = {
        kind: ground["amount"].where(ground["kind"] == kind, 0)
        for kind in table_columns.GROUNDS
    }
    frame = ground.rename(columns={"ground_id": "demand_id"})
    columns = ["demand_id", "village_id", "lon", "lat"]
    return tables.check(frame[columns].assign(people=np.nan, **kinds), "demand")


@dataclass(frozen=True)
class _Level:
    """A way to divide the villages: names of the parts, and the part of each village."""

    name: str
    ids: pd.Index
    of: Positions


def _levels(world: Places) -> Iterator[_Level]:
    size = len(world.village_id)
    yield _Level(CITY, pd.Index([CITY]), np.zeros(size, dtype="int64"))
    kinds = [NO_AREA_TYPE if one is None else str(one) for one in world.area_type]
    known = pd.Index(sorted(set(kinds)), dtype="str")
    yield _Level("area_type", known, known.get_indexer(pd.Index(kinds)).astype("int64"))
    yield _Level("township", world.township_id, world.township_of)


class _Statuses:
    """Answers of one question at homes and pieces of ground, of all tiers and of each."""

    def __init__(
        self, answers: Answers, ground: Answers | None, question: Question
    ) -> None:
        self.question = question
        group = question.people
        self.groups = list(dict.fromkeys([group, *answers.places.groups]))
        self._known: dict[tuple[str, str | None], Codes] = {}
        for name in self.groups:
            self._known[name, None] = answers.reach(question, name).status
            for tier, status in statuses_by_tier(answers, question, name):
                self._known[name, tier] = status
        self.tiers = [tier for name, tier in self._known if name == group and tier]
        if ground is not None:
            asked = replace(question, mode=question.mode_of(group), people="people")
            self._known[GROUND, None] = ground.reach(asked, "people").status
            for tier, status in statuses_by_tier(ground, asked, "people"):
                self._known[GROUND, tier] = status

    def of(self, name: str, level: _Level) -> Codes:
        """Status of each place of a people group, or of each piece of ground."""
        return self._known[name, level.ids[0] if level.name == "tier" else None]


def _of_places(
    answers: Answers, ground: Answers | None, found: _Statuses, level: _Level
) -> pd.DataFrame:
    """All meanings of one question, for the parts of one level."""
    world, size, question = answers.places, len(level.ids), found.question
    group = question.people
    parts: list[tuple[str, str, dict[str, Numbers]]] = []
    if (answers.facilities["tier"] == STATION).any() and (
        level.name != "tier" or level.ids[0] == STATION
    ):
        parts.append(("villages_with_station", group, _stations(answers, question, level)))
    share = answers.study.village_covered_share
    weights = answers.figures[group].weights
    status = village_status(found.of(group, level), world, weights, share)
    parts.append(("villages", group, _sums(np.ones(len(status)), status, level.of, size)))
    for name in found.groups:
        figures = answers.figures[name]
        of = level.of[world.village_of]
        sums = _sums(figures.people, found.of(name, level), of, size)
        is_known = total(figures.known.astype("float64"), level.of, size) > 0
        counts = {key: np.where(is_known, sums[key], np.nan) for key in sums}
        parts.append(("people", name, counts))
    if ground is not None:
        of = level.of[ground.places.village_of]
        status = found.of(GROUND, level)
        parts += [
            (kind, group, _sums(ground.places.counts[kind], status, of, size))
            for kind in table_columns.GROUNDS
            if ground.places.counts[kind].any()
        ]
    frames = [
        pd.DataFrame({"id": level.ids, "meaning": meaning, "group": name, **counts})
        for meaning, name, counts in parts
    ]
    # all meanings of one place stand together
    rows = pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)
    return rows.assign(question_id=question.id, level=level.name)


def _sums(amount: Numbers, status: Codes, of: Positions, size: int) -> dict[str, Numbers]:
    names = {"covered": COVERED, "uncovered": UNCOVERED, "undetermined": UNDETERMINED}
    return {
        f"n_{name}": total(amount * (status == code), of, size)
        for name, code in names.items()
    }


def _stations(answers: Answers, question: Question, level: _Level) -> dict[str, Numbers]:
    """Villages that have a station which counts for somebody, whenever it is open.

    A station that names no village may be that of any village without one in its
    township: so many of those, at most, are undetermined.
    """
    world, size = answers.places, len(level.ids)
    counts: Flags = answers.conditions(question).of_points(question.handlings)
    is_station = counts & (answers.facilities["tier"] == STATION).to_numpy()
    village, township = answers.homes.seats
    has = np.zeros(len(world.village_id), dtype=bool)
    has[village[is_station & (village >= 0)]] = True
    lost = is_station & (village < 0)
    known = township[lost & (township >= 0)]
    somewhere = np.bincount(known, minlength=len(world.township_id))
    anywhere = int((lost & (township < 0)).sum())
    maybe = np.full(size, float(anywhere))
    pairs = np.unique(np.column_stack([level.of, world.township_of]), axis=0)
    pairs = pairs[(pairs >= 0).all(axis=1)]
    maybe += total(take(somewhere, pairs[:, 1], 0).astype("float64"), pairs[:, 0], size)
    covered = total(has.astype("float64"), level.of, size)
    without = total((~has).astype("float64"), level.of, size)
    unknown = np.minimum(without, maybe)
    return {
        "n_covered": covered,
        "n_uncovered": without - unknown,
        "n_undetermined": unknown,
    }


def _rates(rows: pd.DataFrame) -> dict[str, Any]:
    covered, uncovered, unknown = (
        rows[f"n_{name}"].to_numpy(dtype="float64")
        for name in ("covered", "uncovered", "undetermined")
    )
    everything = covered + uncovered + unknown

    def share(part: Numbers, whole: Numbers) -> Numbers:
        done = np.full(len(part), np.nan)
        np.divide(part, whole, out=done, where=whole > 0)
        return done

    return {
        "n_all": everything,
        "rate": share(covered, covered + uncovered),
        "rate_low": share(covered, everything),
        "rate_high": share(covered + unknown, everything),
    }
