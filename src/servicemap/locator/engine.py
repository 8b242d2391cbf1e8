"""`Locator`: a study opened once, then asked any number of times by any number of threads.

Every question looks first whether the study's files have changed. If so they are read
again before anything is answered, so that no answer mixes two states of a study.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from servicemap import given_roads, preparation, study
from servicemap.errors import ServicemapError
from servicemap.locator import watched, where
from servicemap.locator.answers import Answer, answer
from servicemap.locator.land_areas import CutArea, cut_to
from servicemap.locator.state import State
from servicemap.locator.study_data import study_data
from servicemap.locator.verdicts import Terms
from servicemap.progress import Say, log
from servicemap.roads.snapping import Snaps, snap
from servicemap.routing.isochrones import SINGLE_THIN_CELLS, areas
from servicemap.routing.travel_times import Pairs, pairs
from servicemap.without_study import pair_reasons

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from servicemap.locator.names import Match
    from servicemap.roads.network import Network
    from servicemap.study import Study

SERVICE_MIN = 15.0
TRIES = 3  # files that change while they are read are read again


@dataclass(frozen=True, eq=False)
class Matrix:
    """Times of all pairs of some places, and where those met the road."""

    network: Network
    origins: Snaps
    destinations: Snaps
    pairs: Pairs
    minutes: float | None

    @property
    def mode(self) -> str:
        """How one travels."""
        return self.network.mode

    def reasons(self) -> Any:
        """Why a pair has no time; None where it has one.

        Returns
        -------
        ndarray of object, shape (origins, destinations)
        """
        return pair_reasons(
            self.network, self.origins, self.destinations, self.pairs, self.minutes
        )


@dataclass(frozen=True, eq=False)
class _Held:
    """A state, and the files that it was read from: replaced as one."""

    state: State
    files: tuple[Path, ...]
    stamp: watched.Stamp
    trouble: ServicemapError | None


class Locator:
    """A study that is asked.

    Parameters
    ----------
    folder
        The study's folder or its ``servicemap.toml``.
    say
        Told the name of each stage while the study is read.
    complain
        Told why changed files cannot be read, once per change.
    settle
        Given each new state before anybody is answered from it.

    Raises
    ------
    ServicemapError
        The study cannot be read.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        say: Say = log,
        complain: Callable[[ServicemapError], None] = lambda _: None,
        settle: Callable[[State], None] = lambda _: None,
    ) -> None:
        self._folder, self._say, self._complain = folder, say, complain
        self._settle = settle
        self._lock = threading.Lock()
        self._held = self._read(None)

    @property
    def state(self) -> State:
        """The study as its files are now; read again where they have changed.

        Files that cannot be read leave the last state that could, and `trouble`.
        """
        held = self._held
        if watched.stamp(held.files) == held.stamp:
            return held.state
        with self._lock:
            held = self._held
            if watched.stamp(held.files) != held.stamp:
                self._held = self._read(held)
            return self._held.state

    @property
    def last_state(self) -> State:
        """The state that was read last, whatever the files are now."""
        return self._held.state

    @property
    def trouble(self) -> ServicemapError | None:
        """Why the files that are there now cannot be read; None where they can."""
        return self._held.trouble

    def _read(self, held: _Held | None) -> _Held:
        """The files as they are now; where they change meanwhile, once more."""
        for _ in range(TRIES):
            files = held.files if held else ()
            before = watched.stamp(files)
            try:
                asked = study.read(self._folder)
                files = watched.files_of(asked)
                before = watched.stamp(files)
                version = watched.version(files)
                if held is not None and held.state.version == version:
                    state = held.state  # touched, not changed
                else:
                    state = self._made(asked, version)
                    self._settle(state)
            except ServicemapError as error:
                if held is None:
                    raise
                self._complain(error)
                # remembered, so that it is not tried anew at every question
                found = _Held(held.state, files, before, error)
            else:
                found = _Held(state, files, before, None)
            if watched.stamp(files) == before:
                break
        return found

    def _made(self, asked: Study, version: str) -> State:
        data = study_data(version, asked, lambda: preparation.read(asked, self._say))
        source = given_roads.of_study(asked, self._say).lazily()
        roads = preparation.networks(asked, source, self._say)
        return State(asked, version, data, roads)

    def search(self, text: str, most: int = 10) -> list[Match]:
        """Places that a text may mean; see `names.Names.search`."""
        return self.state.names.search(text, most)

    def place(self, text: str, home: str | None = None) -> where.Place:
        """The one place that a text means; see `where.find_place`."""
        state = self.state
        return where.find_place(text, state.names, state.homes, state.data.bounds, home)

    def locate(
        self,
        place: str | tuple[float, float],
        *,
        item: str | None = None,
        at: dt.datetime | None = None,
        mode: str | None = None,
        k: int = 5,
        minutes: float | None = None,
        service_min: float = SERVICE_MIN,
        home: str | None = None,
        finish: bool = False,
        walk_in: bool = False,
    ) -> Answer:
        """The nearest points that will do.

        Parameters
        ----------
        place
            A text as of `where.find_place`, or longitude and latitude.
        item
            Id or name of an item, or name of a group; None asks for any point.
        at
            When the way begins, local time without a zone; None asks for no hours.
        mode
            The study's first unless told.
        k
            So many points at most.
        minutes
            Points farther away will not do.
        service_min
            How long it takes there.
        home
            Id of the village whose rules count; that of the place unless told.
        finish
            Only points that finish it.
        walk_in
            Only points that need no appointment.

        Raises
        ------
        WhereError, InputError
            The place, the item or the mode is unknown, or means several.
        """
        state = self.state
        if isinstance(place, str):
            start = where.find_place(
                place, state.names, state.homes, state.data.bounds, home
            )
        else:
            own = where.said_home(home, state.homes) if home else None
            start = where.at_coordinates(*place, state.homes, state.data.bounds, own)
        wanted = state.offers.wanted(item) if item else None
        terms = Terms(
            cases=wanted.cases if wanted else (),
            home=start.home,
            at=at,
            service_min=service_min,
            finish=finish,
            appointment=not walk_in,
            minutes=minutes,
        )
        service = state.service(mode or state.asked.modes[0])
        named = (wanted.item_id, wanted.name) if wanted else None
        return answer(service, start, named, terms, k)

    def matrix(
        self,
        origins: Sequence[tuple[float, float]],
        destinations: Sequence[tuple[float, float]] | None = None,
        *,
        mode: str | None = None,
        minutes: float | None = None,
        state: State | None = None,
    ) -> Matrix:
        """Times of all pairs, as the batch run has them.

        Parameters
        ----------
        origins, destinations
            Longitude and latitude; all points of the study unless told.
        mode
            The study's first unless told.
        minutes
            Bound of the door-to-door time.
        state
            Of the study; as its files are now unless told.
        """
        state = state or self.state
        service = state.service(mode or state.asked.modes[0])
        for one in [*origins, *(destinations or ())]:
            where.check_coordinates(*one, state.data.bounds)
        start = snap(service.network, *_columns(origins), service.snap_limit_m, "origin")
        goal = service.points
        if destinations is not None:
            there = _columns(destinations)
            goal = snap(service.network, *there, service.snap_limit_m, "destination")
        found = pairs(service.network, start, goal, minutes=minutes, threads=1)
        return Matrix(service.network, start, goal, found, minutes)

    def isochrone(
        self,
        lon: float,
        lat: float,
        minutes: Sequence[float],
        *,
        mode: str | None = None,
        direction: Literal["to", "from"] = "to",
    ) -> tuple[list[CutArea], Network, str | None]:
        """Areas around any place, as a run has those of its points.

        See `servicemap.routing.isochrones.areas`.

        Returns
        -------
        areas, network, reason
            Areas within the study's land. The reason says why the place met no road;
            then there are no areas.
        """
        state = self.state
        where.check_coordinates(lon, lat, state.data.bounds)
        network = state.network(mode or state.asked.modes[0])
        role: Literal["destination", "origin"] = (
            "destination" if direction == "to" else "origin"
        )
        limit_m = state.asked.travel.snap_limit_m
        at = snap(network, np.array([lon]), np.array([lat]), limit_m, role)
        if at.edge[0] < 0:
            return [], network, "off_network"
        found = list(
            areas(
                network, at, minutes, direction=direction, snap_limit_m=limit_m,
                thin_cells=SINGLE_THIN_CELLS,
            )
        )  # fmt: skip
        return cut_to(state.data.land, found, network), network, None


def _columns(places: Sequence[tuple[float, float]]) -> tuple[Any, Any]:
    table = np.array(places, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
