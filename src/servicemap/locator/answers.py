"""A place, an item, a moment -> the nearest points that will do, and what else would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.hours import opening
from servicemap.locator.verdicts import IN_USE, Terms, Verdict, verdict
from servicemap.roads.ferries import ferry_only
from servicemap.roads.snapping import Snaps, snap
from servicemap.table_columns import REASONS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from servicemap.hours.days import Day, DayCalendar
    from servicemap.locator.where import Place
    from servicemap.roads.network import Network
    from servicemap.routing.one_to_many import OneToMany
    from servicemap.routing.routes import Route

WITHIN_DAYS = 14  # a point that opens no sooner is not told as opening next


@dataclass(frozen=True, eq=False)
class Found:
    """One service point as an answer.

    Attributes
    ----------
    facility
        Its columns of the contract's table.
    lon, lat
        Degrees; of the point itself.
    travel_ms, distance_m
        Door to door; on the roads, without the straight legs.
    verdict
        What it is to whoever asks.
    opens_next
        From the arrival on, long enough for the service; None where it is open then,
        where it is not known, or where no moment was asked for.
    route
        The way.
    """

    facility: Mapping[str, Any]
    lon: float
    lat: float
    travel_ms: int
    distance_m: float
    verdict: Verdict
    opens_next: dt.datetime | None
    route: Route


@dataclass(frozen=True, eq=False)
class Answer:
    """Where to go.

    Attributes
    ----------
    place, mode
        Where somebody starts, and how they travel.
    item
        Id and name of the item or group; None where none was asked for.
    terms
        What was asked.
    snap_m, snap_lon, snap_lat
        Where the place met the road; None where it did not.
    points
        The nearest points that will do, by time, then id.
    instead
        For each single fault the nearest point that lacks only this: what would do if
        it were otherwise. Only points nearer than the first of ``points``.
    reason
        Why there is no point; None where there is one.
    version
        Of the study's files.
    road_layers
        Files of the study that change the roads of the map.
    day
        What kind of day the moment is on; None where none was asked for.
    """

    place: Place
    mode: str
    item: tuple[str, str] | None
    terms: Terms
    snap_m: float | None
    snap_lon: float | None
    snap_lat: float | None
    points: tuple[Found, ...]
    instead: tuple[tuple[str, Found], ...]
    reason: str | None
    version: str
    road_layers: tuple[str, ...]
    day: Day | None


@dataclass(frozen=True, eq=False)
class Service:
    """The points of a study on the roads of one mode."""

    network: Network
    points: Snaps
    tool: OneToMany
    facilities: tuple[Mapping[str, Any], ...]
    calendar: DayCalendar
    snap_limit_m: float
    version: str
    road_layers: tuple[str, ...]


def answer(
    service: Service, place: Place, item: tuple[str, str] | None, terms: Terms, k: int
) -> Answer:
    """Find the nearest points that will do.

    Parameters
    ----------
    service
        Points and roads of the mode.
    place
        Where somebody starts.
    item
        Id and name of what they need.
    terms
        What they ask for.
    k
        So many points at most.
    """
    origin = snap(
        service.network,
        np.array([place.lon]),
        np.array([place.lat]),
        service.snap_limit_m,
        "origin",
    )
    points: list[tuple[int, int, Verdict]] = []
    singles: dict[tuple[str, bool], tuple[int, int, Verdict]] = {}
    closest: tuple[int, int, Verdict] | None = None
    for one in _judged(service, origin, terms):
        row, _, found = one
        if not found.faults:
            points.append(one)
            if len(points) == k:
                break
            continue
        if closest is None or found.lacks < closest[2].lacks:
            closest = one
        if not points and len(found.faults) == 1:
            in_use = service.facilities[row]["status"] == IN_USE
            singles.setdefault((found.faults[0], in_use), one)
    reason = None if points else _reason(service, origin, closest)
    instead = sorted(
        singles.items(), key=lambda one: (REASONS.index(one[0][0]), not one[0][1])
    )
    told = [*points, *(one for _, one in instead)]
    farthest_ms = max((travel_ms for _, travel_ms, _ in told), default=0)
    ways = service.tool.ways(origin, [row for row, _, _ in told], farthest_ms)
    done = [_found(service, one, way, terms) for one, way in zip(told, ways, strict=True)]
    met = origin.edge[0] >= 0
    return Answer(
        place=place,
        mode=service.network.mode,
        item=item,
        terms=terms,
        snap_m=float(origin.leg_m[0]) if met else None,
        snap_lon=float(origin.lon[0]) if met else None,
        snap_lat=float(origin.lat[0]) if met else None,
        points=tuple(done[: len(points)]),
        instead=tuple(
            (fault, one)
            for ((fault, _), _), one in zip(instead, done[len(points) :], strict=True)
        ),
        reason=reason,
        version=service.version,
        road_layers=service.road_layers,
        day=None if terms.at is None else service.calendar.day(terms.at.date()),
    )


def _judged(
    service: Service, origin: Snaps, terms: Terms
) -> Iterator[tuple[int, int, Verdict]]:
    """Points that can be reached from the nearest on, each with its verdict."""
    for row, travel_ms in service.tool.by_time(origin):
        facility = service.facilities[row]
        yield row, travel_ms, verdict(row, travel_ms, facility, terms, service.calendar)


def _reason(
    service: Service, origin: Snaps, closest: tuple[int, int, Verdict] | None
) -> str:
    """Why there is no point: the way to the one that lacks least says it."""
    if origin.edge[0] < 0:
        return "off_network"
    if closest is not None:
        return closest[2].faults[0]
    if ferry_only(service.network, origin, service.points)[0]:
        return "ferry_only"
    return "island" if origin.island[0] else "no_route"


def _found(
    service: Service, one: tuple[int, int, Verdict], way: Route | None, terms: Terms
) -> Found:
    row, travel_ms, said = one
    assert way is not None
    assert way.travel_ms == travel_ms
    facility = service.facilities[row]
    opens = None
    if said.arrival is not None and said.is_open is False and facility["status"] == IN_USE:
        opens = opening.next_opening(
            said.hours, said.arrival, service.calendar, WITHIN_DAYS, terms.service_min
        )
    return Found(
        facility=facility,
        lon=float(service.points.own_lon[row]),
        lat=float(service.points.own_lat[row]),
        travel_ms=travel_ms,
        distance_m=way.distance_m,
        verdict=said,
        opens_next=opens,
        route=way,
    )
