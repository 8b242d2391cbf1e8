"""The tables of a study as arrays, made once, and the answer of each question.

Adding a question adds arithmetic over pairs that are there; nothing is routed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import standards, tables
from servicemap.analysis.catalogue import Catalogue
from servicemap.analysis.conditions import Conditions, both
from servicemap.analysis.jurisdiction import Homes
from servicemap.analysis.legs import Leg
from servicemap.analysis.openness import Openness, SettingOut
from servicemap.analysis.places import figures, places
from servicemap.analysis.questions import check_questions, moment_of, set_of
from servicemap.analysis.reach import reach
from servicemap.analysis.times import NearestTable, TravelTimes

if TYPE_CHECKING:
    from servicemap.analysis.places import Figures, Places, Positions
    from servicemap.analysis.reach import Reach
    from servicemap.analysis.times import Nearest, Pairs
    from servicemap.hours import DayCalendar
    from servicemap.question import Question
    from servicemap.standards import Rule
    from servicemap.study import Study


MINUTES_OF_DAY = 1_440
PLAIN_YEAR = 2026  # of the plain week


class Answers:
    """A study's questions over its tables.

    Parameters
    ----------
    study
        Its questions and ``village_covered_share``.
    facilities, services, items, townships, villages, demand, travel_times, nearest
        Tables of the contract. ``travel_times`` holds pairs of all points,
        closed and planned ones too; ``nearest`` has the sets of
        `servicemap.analysis.questions.point_sets`.
    calendar
        Holidays and make-up workdays; those of the country of the study's time
        zone unless told.

    Raises
    ------
    InputError
        A question asks for what the data or this version cannot answer.
    """

    def __init__(
        self,
        study: Study,
        *,
        facilities: pd.DataFrame,
        services: pd.DataFrame,
        items: pd.DataFrame,
        townships: pd.DataFrame,
        villages: pd.DataFrame,
        demand: pd.DataFrame,
        travel_times: pd.DataFrame,
        nearest: pd.DataFrame,
        calendar: DayCalendar | None = None,
    ) -> None:
        check_questions(
            study,
            services=services,
            items=items,
            demand=demand,
            villages=villages,
            townships=townships,
        )
        self.study = study
        self.places: Places = places(demand, villages, townships)
        self.facilities = tables.in_order(pd.DataFrame(facilities), ["facility_id"])
        self.facility_id = pd.Index(self.facilities["facility_id"])
        self.catalogue = Catalogue(self.facility_id, services, items)
        self.homes = Homes(self.places, self.facilities)
        self.calendar = calendar or _calendar(study)
        hours = self.facilities["hours"].astype(object)
        self.own_hours: list[str | None] = hours.where(hours.notna(), None).tolist()
        self.texts: list[str | None] = [
            *dict.fromkeys([*self.own_hours, *self.catalogue.hours])
        ]
        self._sets = set_of(study, self.facilities, services, items, self.catalogue)
        self._travel_times = TravelTimes(travel_times, self.places, self.facility_id)
        self._nearest_table = NearestTable(nearest, self.places, self.facility_id)
        self._pairs: dict[str, Pairs] = {}
        self._nearest: dict[tuple[str, str], Nearest] = {}
        self._conditions: dict[Any, Conditions] = {}
        self._reach: dict[Any, Reach] = {}
        self._settings_out: dict[Any, SettingOut] = {}
        self.figures: dict[str, Figures] = {
            group: figures(counts, self.places.village_of, len(self.places.village_id))
            for group, counts in self.places.counts.items()
        }
        self._area_of, self._areas = _codes(self.places.area_type[self.places.village_of])
        self._tier_of, self._tiers = _codes(self.facilities["tier"].to_numpy(dtype=object))

    def pairs(self, mode: str) -> Pairs:
        """The pairs of a mode."""
        if mode not in self._pairs:
            self._pairs[mode] = self._travel_times.pairs(mode)
        return self._pairs[mode]

    def nearest(self, mode: str, set_id: str) -> Nearest:
        """What the search without a horizon found for a mode and a set."""
        if (mode, set_id) not in self._nearest:
            self._nearest[mode, set_id] = self._nearest_table.of(mode, set_id)
        return self._nearest[mode, set_id]

    def conditions(self, question: Question) -> Conditions:
        """What a point must be and do for a question."""
        key = (question.names, *_filters(question))
        if key not in self._conditions:
            self._conditions[key] = Conditions(
                question,
                self.facilities,
                self.catalogue,
                self.homes,
                self._openness(question),
            )
        return self._conditions[key]

    def _openness(self, question: Question) -> Openness | None:
        moment = moment_of(question)
        if moment is None:
            return None
        longest = self.study.horizon_min + question.service_min
        days = 2 + int(longest // MINUTES_OF_DAY)
        key = moment, question.service_min
        if key not in self._settings_out:
            when = SettingOut(moment, question.service_min, self.calendar, days)
            self._settings_out[key] = when
        return Openness(self.own_hours, self._settings_out[key])

    @property
    def year(self) -> int:
        """Year of the first question with a moment, else that of the plain week."""
        moments = (moment_of(question) for question in self.study.questions)
        return next((one.year for one in moments if one is not None), PLAIN_YEAR)

    def reach(self, question: Question, group: str, set_id: str | None = None) -> Reach:
        """The answer of every demand point, for one people group.

        Questions that ask the same of the same modes share it. ``set_id`` is
        the set of the table ``nearest``, of a question outside the study.
        """
        set_id = set_id or self._sets[question.id]
        modes = question.modes_of(group)
        key = (
            question.names,
            *_filters(question),
            question.mode_of(group),
            modes,
            question.minutes,
            question.standard,
            set_id,
        )
        if key not in self._reach:
            legs = self.legs(question, group, set_id)
            self._reach[key] = reach(legs, self.places, self.conditions(question))
        return self._reach[key]

    def legs(self, question: Question, group: str, set_id: str | None = None) -> list[Leg]:
        """The ways in which a question lets a place be covered."""
        set_id = set_id or self._sets[question.id]
        own = question.mode_of(group)
        if not question.standard:
            cutoff_ms = tables.cutoff_ms(question.minutes or 0.0)
            found = self.pairs(own), self.nearest(own, set_id)
            return [Leg(*found, cutoff_ms, question.handlings)]
        fit: dict[Rule, Any] = {}
        for area, name in enumerate(self._areas):
            for tier, of_points in enumerate(self._tiers):
                for rule in standards.applicable(question.standard, name, str(of_points)):
                    shape = len(self._areas), len(self._tiers)
                    fit.setdefault(rule, np.zeros(shape, dtype=bool))[area, tier] = True
        return [
            Leg(
                self.pairs(rule.mode or own),
                self.nearest(rule.mode or own, set_id),
                tables.cutoff_ms(rule.minutes),
                both(question.handlings, rule.handling),
                flags,
                self._area_of,
                self._tier_of,
            )
            for rule, flags in sorted(fit.items(), key=lambda one: repr(one[0]))
        ]


def _calendar(study: Study) -> DayCalendar:
    from servicemap.hours import DayCalendar, country_of

    return DayCalendar(country=country_of(study.about.timezone))


def _filters(question: Question) -> tuple[Any, ...]:
    points = tuple(sorted((key, question.points_of(key)) for key in question.points))
    handled = any(rule.handling for rule in question.standard)
    return (
        question.handlings,
        handled,
        question.appointment,
        points,
        question.when,
        question.service_min,
    )


def _codes(values: Any) -> tuple[Positions, list[str | None]]:
    """Codes of words, and the words by code; a missing word is one of its own."""
    words = pd.Series(values, dtype=object)
    words = words.where(words.notna(), None)
    known: dict[str | None, int] = {}
    codes = np.array([known.setdefault(one, len(known)) for one in words], dtype="int64")
    return codes, list(known) or [None]
