"""What a point must be and do to count for a question, condition by condition.

Each condition can be waived by itself: a point that would count if one were
waived is the reason why a place is not covered, and what would help.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from servicemap.analysis.catalogue import Errand
from servicemap.analysis.jurisdiction import CITY_WIDE
from servicemap.analysis.places import take

if TYPE_CHECKING:
    import pandas as pd

    from servicemap.analysis.catalogue import Catalogue, Kind
    from servicemap.analysis.jurisdiction import Homes
    from servicemap.analysis.openness import AtHour, Openness
    from servicemap.analysis.places import Flags, Numbers, Positions
    from servicemap.analysis.times import Pairs
    from servicemap.study import Question

NOTHING: frozenset[str] = frozenset()
CONDITIONS = ("status", "hours", "appointment", "handling", "rights", "offered")


def looked_at(question: Question, facilities: pd.DataFrame) -> Flags:
    """Which points a question looks at, whatever they do: status, tier, partner, ids."""
    found = facilities["status"].isin(question.statuses)
    tiers = question.points_of("tier")
    if tiers:
        found &= facilities["tier"].isin(tiers)
    for column, key in (("partner", "without_partner"), ("facility_id", "without")):
        left_out = question.points_of(key)
        if left_out:
            found &= ~facilities[column].isin(left_out)
    return np.asarray(found.to_numpy(dtype=bool))


class Conditions:
    """The conditions of one question over the points of a study.

    Parameters
    ----------
    question
        What is asked.
    facilities
        In the order that positions refer to.
    catalogue
        Who does what.
    homes
        Who may be served where; without it only `of_points` can be asked.
    openness
        When points are open, or None where hours are not looked at.
    """

    def __init__(
        self,
        question: Question,
        facilities: pd.DataFrame,
        catalogue: Catalogue,
        homes: Homes | None = None,
        openness: Openness | AtHour | None = None,
    ) -> None:
        self.looked_at = looked_at(question, facilities)
        self.errands = _errands(question, catalogue)
        self._homes = homes
        self._openness = openness
        self._takes_appointments = question.appointment
        self._by_point: dict[tuple[frozenset[str], tuple[str, ...] | None], Flags] = {}

    def at(self, openness: Openness | AtHour) -> Conditions:
        """The same conditions with other hours; what is known without hours is shared."""
        other = copy.copy(self)
        other._openness = openness  # noqa: SLF001 - its own class
        return other

    def doing(self, errands: tuple[Errand, ...]) -> Conditions:
        """The same conditions for other errands."""
        other = copy.copy(self)
        other.errands = errands
        other._by_point = {}  # noqa: SLF001 - its own class
        return other

    def city_wide(self) -> Conditions:
        """The same conditions if anybody could do everything anywhere."""
        return self.doing(
            tuple(
                Errand("city", tuple(replace(kind, who_may="anyone") for kind in one.kinds))
                for one in self.errands
            )
        )

    @property
    def size(self) -> int:
        """How many points there are."""
        return len(self.looked_at)

    @property
    def has_hours(self) -> bool:
        """Whether it matters when somebody arrives."""
        return self._openness is not None

    @property
    def has_rights(self) -> bool:
        """Whether it matters where somebody lives."""
        return any(
            errand.scope not in CITY_WIDE
            or any(kind.who_may not in CITY_WIDE for kind in errand.kinds)
            for errand in self.errands
        )

    def depends_on_pairs(self, waive: frozenset[str] = NOTHING) -> bool:
        """Whether it matters who comes or when, besides which point it is."""
        looks_at_rights = "rights" not in waive and self.has_rights
        return looks_at_rights or ("hours" not in waive and self.has_hours)

    def looks_at(self, condition: str, handlings: tuple[str, ...] | None = ()) -> bool:
        """Whether one of `CONDITIONS` keeps anything from counting, if not waived.

        Parameters
        ----------
        handlings
            Kinds of handling that count; empty means any, None means none.
        """
        return bool(
            {
                "status": not self.looked_at.all(),
                "hours": self.has_hours,
                "appointment": bool(self.errands) and not self._takes_appointments,
                "handling": bool(self.errands) and handlings != (),
                "rights": self.has_rights,
                "offered": bool(self.errands),
            }[condition]
        )

    def within_scope(self, pairs: Pairs) -> Flags | None:
        """Which pairs are near enough home for all that is asked; None where all are.

        Worked out once for all pairs of a mode, and kept with them.
        """
        scopes = {errand.scope for errand in self.errands} - {*CITY_WIDE}
        found = None
        for scope in sorted(scopes):
            key = self._homes, scope
            if key not in pairs.flags:
                pairs.flags[key] = self._allows(scope, (pairs.demand, pairs.facility))
            own = pairs.flags[key]
            found = own if found is None else found & own
        return found

    def of_points(
        self,
        handlings: tuple[str, ...] | None = (),
        waive: frozenset[str] = NOTHING,
    ) -> Flags:
        """Which points count for somebody at some time: rights and hours are waived."""
        key = waive, handlings
        if key not in self._by_point:
            everyone = np.arange(self.size)
            nowhere = np.full(self.size, -1)
            self._by_point[key] = self._counts(
                (nowhere, everyone),
                np.zeros(self.size),
                handlings,
                waive | {"rights", "hours"},
                maybe=False,
            )
        return self._by_point[key]

    def counts(
        self,
        at: tuple[Positions, Positions],
        time_ms: Numbers,
        handlings: tuple[str, ...] | None = (),
        waive: frozenset[str] = NOTHING,
        *,
        maybe: bool = False,
    ) -> Flags:
        """Say for each pair whether the point counts for the place.

        Parameters
        ----------
        at
            Positions of demand points and service points, -1 is no point.
        time_ms
            Travel times: who sets out at the question's moment arrives so much later.
        handlings
            Kinds of handling that count; empty means any, None means none.
        waive
            Conditions of `CONDITIONS` that are not looked at.
        maybe
            Take points whose hours are unknown for open.
        """
        if not self.depends_on_pairs(waive):
            return take(self.of_points(handlings, waive), at[1], absent=False)
        # what a point can never do need not be asked pair by pair
        possible = take(self.of_points(handlings, waive), at[1], absent=False)
        if possible.all():
            return self._counts(at, time_ms, handlings, waive, maybe=maybe)
        rows = np.flatnonzero(possible)
        found = np.zeros(len(possible), dtype=bool)
        pairs = at[0][rows], at[1][rows]
        found[rows] = self._counts(pairs, time_ms[rows], handlings, waive, maybe=maybe)
        return found

    def _counts(
        self,
        at: tuple[Positions, Positions],
        time_ms: Numbers,
        handlings: tuple[str, ...] | None,
        waive: frozenset[str],
        *,
        maybe: bool,
    ) -> Flags:
        looks = "hours" not in waive and self._openness is not None
        found = np.ones(len(at[1]), dtype=bool)
        if "status" not in waive:
            found &= take(self.looked_at, at[1], absent=False)
        else:
            found &= at[1] >= 0
        if not self.errands or "offered" in waive:
            if looks and self._openness is not None:
                found &= self._openness.is_open(None, at[1], time_ms, maybe=maybe)
            return found
        # rights first: they leave few pairs, and hours take longest
        for errand in self.errands:
            if "rights" not in waive:
                found &= self._allows(errand.scope, at)
            served = np.zeros(len(found), dtype=bool)
            for kind in errand.kinds:
                if not self._fits(kind, handlings, waive):
                    continue
                # only pairs of points that have such a row, and are not served yet
                its = found & ~served & take(kind.points, at[1], absent=False)
                rows = np.flatnonzero(its)
                if "rights" not in waive:
                    rows = rows[self._allows(kind.who_may, (at[0][rows], at[1][rows]))]
                if looks and self._openness is not None:
                    is_open = self._openness.is_open(
                        kind.hours, at[1][rows], time_ms[rows], maybe=maybe
                    )
                    rows = rows[is_open]
                served[rows] = True
            found &= served
        return found

    def _allows(self, rule: str, at: tuple[Positions, Positions]) -> Flags:
        if self._homes is None:
            msg = "rights were asked for without homes"
            raise TypeError(msg)
        return self._homes.allows(rule, at)

    def _fits(
        self, kind: Kind, handlings: tuple[str, ...] | None, waive: frozenset[str]
    ) -> bool:
        """Whether rows of a kind count, wherever they are."""
        is_handled = handlings is not None and (not handlings or kind.handling in handlings)
        is_free = self._takes_appointments or not kind.by_appointment
        return ("handling" in waive or is_handled) and ("appointment" in waive or is_free)


def _errands(question: Question, catalogue: Catalogue) -> tuple[Errand, ...]:
    """What a point must do; of a plain question nothing."""
    if question.names:
        return catalogue.errands(question.names)
    is_asked = bool(question.handlings) or not question.appointment
    is_asked |= any(rule.handling for rule in question.standard)
    return (catalogue.anything,) if is_asked else ()


def both(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...] | None:
    """Kinds of handling that both allow; empty means any, None that there are none."""
    if not first or not second:
        return first or second
    return tuple(one for one in first if one in second) or None
