"""What speaks for a service point, and what against it: one point, one person, one moment.

Faults are reasons of the contract, in its order; a point without a fault will do.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from servicemap.hours import opening
from servicemap.locator.offers import HANDLINGS, Offer, may_serve
from servicemap.table_columns import REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.hours.days import DayCalendar
    from servicemap.locator.homes import Home
    from servicemap.locator.offers import Case

IN_USE = "open"
# Single faults from the easiest to put right on, as the reasons of a run's gaps are
# looked for (`servicemap.analysis.reasons.WAIVERS`); what is only too far comes last.
EASIEST = (
    "hours_unknown",
    "closed",
    "by_appointment",
    "accept_only",
    "not_entitled",
    "not_offered",
    "too_far",
)
NOT_HANDLED = ("agent", "accept")  # papers are taken, somebody else decides


@dataclass(frozen=True)
class Terms:
    """What somebody asks for.

    Attributes
    ----------
    cases
        Of the item; empty when any point will do.
    home
        Whose rules count.
    at
        When the way begins, local time; None asks for no hours.
    service_min
        How long it takes there.
    finish
        Only points that finish it: acceptance and agents do not count.
    appointment
        Points that serve by appointment count.
    minutes
        Points farther away will not do; None sets no bound.
    """

    cases: tuple[Case, ...]
    home: Home
    at: dt.datetime | None
    service_min: float
    finish: bool
    appointment: bool
    minutes: float | None


@dataclass(frozen=True)
class Verdict:
    """What a point is to whoever asks.

    Attributes
    ----------
    faults
        Reasons why it will not do, in the contract's order; empty where it will.
    handling
        How the item is done; None where no item was asked for or it is not done.
    by_appointment
        An appointment is needed.
    hours
        OSM syntax of the service, else of the point; None where unknown.
    arrival
        Local time; None where no moment was asked for.
    is_open
        On arrival for the time of the service; None where unknown or not asked.
    """

    faults: tuple[str, ...]
    handling: str | None
    by_appointment: bool
    hours: str | None
    arrival: dt.datetime | None
    is_open: bool | None

    @property
    def lacks(self) -> tuple[int, int]:
        """How far it is from being one that will do: faults, then how hard a single is."""
        only = len(self.faults) == 1
        return len(self.faults), EASIEST.index(self.faults[0]) if only else 0


def verdict(
    row: int,
    travel_ms: int,
    facility: Mapping[str, str | None],
    terms: Terms,
    calendar: DayCalendar,
) -> Verdict:
    """Judge one point that can be reached.

    Parameters
    ----------
    row
        Of the point.
    travel_ms
        Door to door.
    facility
        Its ``status, hours, township_id, village_id``.
    terms
        What is asked for.
    calendar
        Tells holidays and make-up workdays.
    """
    arrival = None if terms.at is None else terms.at + dt.timedelta(milliseconds=travel_ms)
    faults: set[str] = set()
    if terms.minutes is not None and travel_ms > round(terms.minutes * 60_000):
        faults.add("too_far")
    if facility["status"] != IN_USE:
        faults.add("closed")
    own = facility["township_id"], facility["village_id"]
    plain = Offer("finish", None, by_appointment=False, who_may="anyone")
    unoffered: list[bool | None] = []
    best: list[tuple[tuple[str, ...], Offer, bool | None]] = []
    for case in terms.cases:
        offers = case.offers.get(row, ())
        if not offers:
            # what would do if it offered the item is open then, too
            found, _, is_open = _judged(
                plain, "city", own, facility["hours"], terms, arrival, calendar
            )
            faults |= {"not_offered", *found}
            unoffered.append(is_open)
            continue
        judged = [
            _judged(offer, case.scope, own, facility["hours"], terms, arrival, calendar)
            for offer in offers
        ]
        best.append(min(judged, key=_rank))
    if not terms.cases:
        text = facility["hours"]
        best.append(_judged(plain, "city", own, text, terms, arrival, calendar))
    for found, _, _ in best:
        faults |= set(found)
    last = max(best, key=_rank, default=None)
    is_done = bool(terms.cases) and last is not None and "not_offered" not in faults
    states = [*(state for _, _, state in best), *unoffered]
    return Verdict(
        faults=tuple(reason for reason in REASONS if reason in faults),
        handling=last[1].handling if is_done and last is not None else None,
        by_appointment=any(offer.by_appointment for _, offer, _ in best),
        hours=(last[1].hours if last else None) or facility["hours"],
        arrival=arrival,
        is_open=False
        if False in states
        else None
        if None in states or not states
        else True,
    )


def _judged(
    offer: Offer,
    scope: str,
    own: tuple[str | None, str | None],
    hours: str | None,
    terms: Terms,
    arrival: dt.datetime | None,
    calendar: DayCalendar,
) -> tuple[tuple[str, ...], Offer, bool | None]:
    """Faults of one offer, and whether it is open on arrival."""
    faults = []
    is_open = None
    if arrival is not None:
        text = offer.hours or hours
        is_open = opening.open_for(text, arrival, terms.service_min, calendar)
        if is_open is not True:
            faults.append("closed" if is_open is False else "hours_unknown")
    if offer.by_appointment and not terms.appointment:
        faults.append("by_appointment")
    if terms.finish and offer.handling in NOT_HANDLED:
        faults.append("accept_only")
    if not may_serve(scope, offer, terms.home, own):
        faults.append("not_entitled")
    return tuple(faults), offer, is_open


def _rank(
    judged: tuple[tuple[str, ...], Offer, bool | None],
) -> tuple[int, int, bool, str, str]:
    """Fewest faults, then the handling that spares most ways; ties by what is written."""
    faults, offer, _ = judged
    return (
        len(faults),
        HANDLINGS.index(offer.handling),
        offer.by_appointment,
        offer.who_may,
        offer.hours or "",
    )
