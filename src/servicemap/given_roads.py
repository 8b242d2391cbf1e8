"""The roads that a command was given: a file of them, or the study that names it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from servicemap import study
from servicemap.progress import log
from servicemap.roads import prepared, profiles, sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from servicemap.osm_file import Extract
    from servicemap.progress import Say
    from servicemap.roads.network import Network
    from servicemap.roads.profiles import Profile
    from servicemap.study import Study

DEFAULT_MODES = ("walk", "drive")


@dataclass(frozen=True)
class Given:
    """What a command was given: roads alone, or the study that names them.

    Attributes
    ----------
    asked
        The study; None for roads alone.
    roads
        Path of the roads.
    """

    asked: Study | None
    roads: Path

    @property
    def crs(self) -> str:
        """Projected system that the networks are made in."""
        return self.asked.about.crs if self.asked is not None else "auto"

    @property
    def when(self) -> datetime | None:
        """Moment at which conditions of the roads are judged."""
        return self.asked.moment if self.asked is not None else None

    @property
    def elevation(self) -> Path | None:
        """Elevation model of the roads."""
        return self.asked.elevation if self.asked is not None else None

    def read(self, *, want_map: bool) -> Extract:
        """The roads, with the layers of the study."""
        if self.asked is not None:
            return sources.of_study(self.asked, want_map=want_map)
        return sources.read(self.roads, want_map=want_map)

    def lazily(self) -> Extract | Path:
        """What `networks` needs: the file where it alone decides, else the roads read."""
        if self.asked is not None and not sources.is_alone(self.asked):
            return self.read(want_map=False)
        return self.roads

    def profiles(self, modes: Sequence[str]) -> dict[str, Profile]:
        """The modes asked for, else the study's, else walk and drive."""
        own = self.asked.modes if self.asked is not None else DEFAULT_MODES
        file = self.asked.profile_file if self.asked is not None else None
        asked_in = "--mode" if modes else study.FILE_NAME
        return profiles.load(modes or own, file, asked_in=asked_in)

    def networks(
        self, roads: Extract | Path, modes: Mapping[str, Profile], say: Say
    ) -> dict[str, Network]:
        """Networks of some modes, from the cache or built and kept there.

        Parameters
        ----------
        roads
            What `read` gave; or the file, read only if some network is not kept.
        modes
            What `profiles` gave.
        say
            Told the name of each mode that is built anew.
        """
        return prepared.networks(
            roads,
            modes,
            crs=self.crs,
            when=self.when,
            elevation=self.elevation,
            say=lambda mode: say("network", mode=mode),
        )


def given(source: str | Path, say: Say = log) -> Given:
    """Tell a study (a folder, or a toml) from a file of roads.

    Raises
    ------
    InputError
        The study names no roads.
    DownloadError
        They could not be had.
    """
    path = Path(source)
    if path.is_dir() or path.suffix.casefold() == ".toml":
        return of_study(study.read(path), say)
    return Given(None, path)


def of_study(asked: Study, say: Say = log) -> Given:
    """The roads of a study; downloaded where it names a place or box, and not there yet.

    Raises
    ------
    InputError
        It names none.
    DownloadError
        They could not be had.
    """
    return Given(asked, sources.file_of(asked, say))
