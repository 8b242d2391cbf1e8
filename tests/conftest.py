"""What all tests share: no network, worlds drawn in ASCII, real countries, where to find them."""

from __future__ import annotations

import os
import socket
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from command_line import locked, process, servicemap  # noqa: F401 - fixtures for all tests
from servicemap import kept, osm_file
from servicemap.roads import osm_roads, prepared, profiles
from servicemap.roads.projection import projection_for
from servicemap.roads.snapping import snap
from worlds import World, draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from servicemap.osm_file import Extract
    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "shared"
REQUIRED = "SERVICEMAP_REQUIRE_SHARED"
LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True, scope="session")
def no_internet() -> Iterator[None]:
    """Whoever opens a connection that leaves this machine fails, and is told so."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        local = self.family == getattr(socket, "AF_UNIX", None)
        if not local and not str(host).startswith(LOOPBACK):
            msg = f"a test wanted to connect to {address!r}"
            raise OSError(msg)
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def shared_file(name: str) -> Path:
    """A file beside the checkout; a test that needs it is skipped where it is not there."""
    path = SHARED / name
    if not path.exists():
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{REQUIRED}=1, but ../shared/{name} is not there")
        pytest.skip(f"../shared/{name} is not there")
    return path


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """``shared("known/...")`` is that file, or the test is skipped."""
    return shared_file


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., World]:
    """``world(art, ...)`` draws a map, writes it as an OSM file and reads that."""
    return partial(draw, tmp_path)


class Country:
    """A real extract and its networks, each made once; nothing comes from the cache."""

    def __init__(self, path: Path) -> None:
        self.extract: Extract = osm_file.read(path, want_map=False)
        self.pieces = osm_roads.segments(self.extract.roads)
        self.projection = projection_for("auto", *prepared._middle(self.extract))
        self.network = cache(self._network)

    def scattered(self, mode: str, count: int, seed: int) -> Snaps:
        """Points up to some hundred metres beside roads, drawn with a seed."""
        net = self.network(mode)
        random = np.random.default_rng(seed)
        at = random.integers(0, len(net.vertex_x), count)
        x, y = (
            values[at] + random.normal(0.0, 80.0, count)
            for values in (net.vertex_x, net.vertex_y)
        )
        return snap(net, *self.projection.to_degrees(x, y))

    def _network(self, mode: str) -> Network:
        profile = profiles.load([mode])[mode]
        return osm_roads.build(self.extract, self.pieces, profile, self.projection)


@cache
def _country(path: Path) -> Country:
    return Country(path)


@pytest.fixture(scope="session")
def liechtenstein() -> Country:
    """Liechtenstein and both banks of the Rhine: from the repository, else from beside it."""
    own = sorted((HERE.parent / "data" / "liechtenstein").glob("*.osm.pbf"))
    if own:
        return _country(own[0])
    return _country(shared_file("data/liechtenstein/liechtenstein-2013-08-03.osm.pbf"))


@pytest.fixture(scope="session")
def andorra() -> Country:
    """Andorra: mountains, tunnels, some 100,000 road nodes."""
    return _country(shared_file("data/andorra/andorra-2025.osm.pbf"))


@pytest.fixture(scope="session")
def porto() -> Country:
    """Porto: a city region, 300,000 road nodes, 357 turn restrictions."""
    return _country(shared_file("data/porto/porto_portugal.osm.pbf"))


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Networks of these tests stay out of the user's cache; compiled kernels are shared."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "cache_folder", lambda: folder)
        yield folder
