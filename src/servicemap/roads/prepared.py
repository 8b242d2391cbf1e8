"""Networks kept between runs: one ``.npy`` per array, memory-mapped, never pickled.

The key holds everything that a network depends on: the bytes of the extract,
the profile, the projected CRS, the moment, and the source code that made it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap import checksum, kept
from servicemap.roads import profiles, sources
from servicemap.roads.network import ARRAYS, Network
from servicemap.roads.projection import projection_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from servicemap.osm_file import Extract
    from servicemap.roads.osm_roads import Segments
    from servicemap.roads.profiles import Profile
    from servicemap.roads.slope import Ground

KEPT = 64  # networks in the cache; the least recently used go first
KIND = "networks"


@cache
def _code() -> str:
    """Hash of the source that turns an extract into a network."""
    here = Path(__file__).parent
    reader = here.parent / "osm_file"
    return kept.code(
        *sorted(here.glob("*.py")),
        *sorted(here.glob("*.toml")),
        *sorted(reader.glob("*.py")),
    )


def _key(
    sha256: str, profile: Profile, crs: str, when: datetime | None, heights: str
) -> str:
    moment = when.isoformat() if when else ""
    sloped = heights if profile.slope != "none" else ""
    return kept.key_of(
        "\n".join([sha256, profiles.fingerprint(profile), crs, moment, sloped, _code()])
    )


def networks(
    source: Path | Extract,
    modes: Mapping[str, Profile],
    *,
    crs: str = "auto",
    when: datetime | None = None,
    elevation: Path | None = None,
    say: Callable[[str], None] | None = None,
) -> dict[str, Network]:
    """Networks of several modes, from the cache or built and then kept.

    Parameters
    ----------
    source
        Path of an extract, read only when some network is not in the cache, or
        the extract itself.
    modes
        Profiles by name.
    crs
        Projected CRS, or ``auto`` for the UTM zone.
    when
        Moment for conditional tags.
    elevation
        Elevation model: a tile, or a folder of tiles; None leaves roads flat.
    say
        Told the name of each mode that is built anew.
    """
    if isinstance(source, Path) and (sources.is_lines(source) or not _is_there(source)):
        source = sources.read(source, want_map=False)  # or says why not
    extract = None if isinstance(source, Path) else source
    if extract is not None:
        sha256 = extract.made_of or extract.sha256
    else:
        assert isinstance(source, Path)
        sha256 = checksum.sha256(source)
    found: dict[str, Network] = {}
    pieces = projection = ground = None
    heights = "" if elevation is None else _heights(elevation)
    for name, profile in modes.items():
        key = _key(sha256, profile, crs, when, heights)
        known = kept.load(KIND, key, ARRAYS, _network)
        if known is not None:
            found[name] = known
            continue
        if extract is None:
            assert isinstance(source, Path)
            extract = sources.read(source, want_map=False)
        if say is not None:
            say(name)
        # what makes networks is not loaded where all of them are kept
        from servicemap.roads import osm_roads

        if pieces is None:
            pieces = osm_roads.segments(extract.roads)
            projection = projection_for(crs, *_middle(extract))
        assert projection is not None
        if elevation is not None and ground is None and profile.slope != "none":
            ground = _ground(extract, pieces, elevation)
        network = osm_roads.build(
            extract, pieces, profile, projection, when=when, ground=ground
        )
        _keep(key, network)
        found[name] = network
    return found


def _is_there(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _heights(elevation: Path) -> str:
    from servicemap.roads.elevation import fingerprint

    return fingerprint(elevation, elevation.name)


def _ground(extract: Extract, pieces: Segments, elevation: Path) -> Ground:
    from servicemap.roads.elevation import read
    from servicemap.roads.slope import ground

    box = (pieces.lon.min(), pieces.lat.min(), pieces.lon.max(), pieces.lat.max())
    bounds = tuple(float(side) for side in box)
    model = read(elevation, elevation.name, bounds)  # type: ignore[arg-type]  # four sides
    return ground(extract.roads, pieces, model)


def _middle(extract: Extract) -> tuple[float, float]:
    """Middle of the roads, not of the frame: a far ferry pier would move the zone."""
    roads = extract.roads
    return float(np.median(roads.x)) * 1e-7, float(np.median(roads.y)) * 1e-7


def _network(meta: dict[str, Any], arrays: dict[str, Any]) -> Network:
    return Network(**{**meta, "names": tuple(meta["names"])}, **arrays)


def _keep(key: str, network: Network) -> None:
    meta = {
        "mode": network.mode,
        "crs": network.crs,
        "leg_mps": network.leg_mps,
        "names": network.names,
        "report": dict(network.report),
    }
    arrays = {name: getattr(network, name) for name in ARRAYS}
    kept.keep(KIND, key, arrays, meta, most=KEPT)
