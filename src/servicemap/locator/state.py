"""One state of a study: its tables, names, roads, and the points on the roads."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from servicemap.errors import InputError
from servicemap.intake import holidays
from servicemap.locator.answers import Service
from servicemap.locator.homes import Homes
from servicemap.locator.names import Names
from servicemap.locator.offers import Offers
from servicemap.roads.snapping import snap
from servicemap.routing.one_to_many import OneToMany

if TYPE_CHECKING:
    from servicemap.hours.days import DayCalendar
    from servicemap.locator.study_data import StudyData
    from servicemap.roads.network import Network
    from servicemap.study import Study


@dataclass(eq=False)
class State:
    """One state of a study: everything that answers come from.

    Attributes
    ----------
    asked
        The study as its toml has it.
    version
        Of its files.
    data
        Tables and names.
    networks
        Roads per mode.
    """

    asked: Study
    version: str
    data: StudyData
    networks: dict[str, Network]
    _services: dict[str, Service] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def names(self) -> Names:
        """Search over all names."""
        return Names(self.data.names, self.data.keys)

    @cached_property
    def homes(self) -> Homes:
        """Villages and townships of places."""
        data = self.data
        return Homes(data.tables, data.lon, data.lat, data.shapes)

    @cached_property
    def offers(self) -> Offers:
        """What the points do."""
        tables = self.data.tables
        ids = tables["facilities"]["facility_id"]
        return Offers(tables["items"], tables["services"], ids)

    @cached_property
    def calendar(self) -> DayCalendar:
        """Holidays and make-up workdays."""
        return holidays.calendar(self.asked).calendar

    @cached_property
    def facilities(self) -> tuple[dict[str, Any], ...]:
        """The points, one dict each, by id."""
        columns = self.data.tables["facilities"]
        rows = zip(*columns.values(), strict=True)
        return tuple(dict(zip(columns, row, strict=True)) for row in rows)

    def network(self, mode: str) -> Network:
        """Roads of one mode.

        Raises
        ------
        InputError
            The study has no such mode.
        """
        if mode not in self.networks:
            modes = " | ".join(self.networks)
            raise InputError("value", name="mode", value=mode[:40], expected=modes)
        return self.networks[mode]

    def service(self, mode: str) -> Service:
        """The points on the roads of one mode; joined to them when first asked for."""
        network = self.network(mode)
        with self._lock:
            if mode not in self._services:
                limit_m = self.asked.travel.snap_limit_m
                lon, lat = (one["facilities"] for one in (self.data.lon, self.data.lat))
                points = snap(network, lon, lat, limit_m, "destination")
                self._services[mode] = Service(
                    network=network,
                    points=points,
                    tool=OneToMany(network, points),
                    facilities=self.facilities,
                    calendar=self.calendar,
                    snap_limit_m=limit_m,
                    version=self.version,
                    road_layers=self.asked.roads.layers,
                )
        return self._services[mode]
