"""Networks kept between runs: one ``.npy`` per array, memory-mapped, never pickled.

The key holds everything that a network depends on: the bytes of the extract,
the profile, the projected CRS, the moment, and the source code that made it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap import checksum, osm_file
from servicemap.compiled import cache_folder
from servicemap.roads import osm_roads, profiles
from servicemap.roads.network import ARRAYS, Network
from servicemap.roads.projection import projection_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from servicemap.osm_file import Extract
    from servicemap.roads.profiles import Profile

KEPT = 64  # networks in the cache; the least recently used go first
META = "network.json"


@cache
def _code() -> str:
    """Hash of the source that turns an extract into a network."""
    digest = hashlib.sha256(np.__version__.encode())
    here = Path(__file__).parent
    for file in [
        *sorted(here.glob("*.py")),
        *sorted(here.glob("*.toml")),
        *sorted((here.parent / "osm_file").glob("*.py")),
    ]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _key(sha256: str, profile: Profile, crs: str, when: datetime | None) -> str:
    parts = [
        sha256,
        profiles.fingerprint(profile),
        crs,
        when.isoformat() if when else "",
        _code(),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def networks(
    source: Path | Extract,
    modes: Mapping[str, Profile],
    *,
    crs: str = "auto",
    when: datetime | None = None,
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
    say
        Told the name of each mode that is built anew.
    """
    extract = None if isinstance(source, Path) else source
    if extract is None:
        if not source.is_file() or source.stat().st_size == 0:  # type: ignore[union-attr]
            extract = osm_file.read(source, want_map=False)  # type: ignore[arg-type]  # says why not
        else:
            sha256 = checksum.sha256(source)  # type: ignore[arg-type]
    if extract is not None:
        sha256 = extract.sha256
    found: dict[str, Network] = {}
    pieces = projection = None
    for name, profile in modes.items():
        key = _key(sha256, profile, crs, when)
        kept = _load(key)
        if kept is not None:
            found[name] = kept
            continue
        if extract is None:
            extract = osm_file.read(source, want_map=False)  # type: ignore[arg-type]
        if say is not None:
            say(name)
        if pieces is None:
            pieces = osm_roads.segments(extract.roads)
            projection = projection_for(crs, *_middle(extract))
        assert projection is not None
        network = osm_roads.build(extract, pieces, profile, projection, when=when)
        _keep(key, network)
        found[name] = network
    return found


def _middle(extract: Extract) -> tuple[float, float]:
    """Middle of the roads, not of the frame: a far ferry pier would move the zone."""
    roads = extract.roads
    return float(np.median(roads.x)) * 1e-7, float(np.median(roads.y)) * 1e-7


def _folder() -> Path | None:
    root = cache_folder()
    return None if root is None else root / "networks"


def _load(key: str) -> Network | None:
    folder = _folder()
    if folder is None:
        return None
    home = folder / key
    try:
        meta = json.loads((home / META).read_text(encoding="utf-8"))
        arrays: dict[str, Any] = {
            # copy-on-write: kernels are compiled for arrays that may be written, and
            # a read-only mapping would compile each of them a second time
            name: np.load(home / f"{name}.npy", mmap_mode="c", allow_pickle=False)
            for name in ARRAYS
        }
        meta["names"] = tuple(meta["names"])
        plain = {name: values.view(np.ndarray) for name, values in arrays.items()}
        network = Network(**meta, **plain)
        os.utime(home)
    except FileNotFoundError:
        if home.is_dir():
            shutil.rmtree(home, ignore_errors=True)
        return None
    except (OSError, ValueError, TypeError, KeyError, EOFError):
        # damaged: out of the way, or it could never be replaced
        shutil.rmtree(home, ignore_errors=True)
        return None
    return network


def _keep(key: str, network: Network) -> None:
    """Write beside and rename: two runs at once do no harm, a full disk neither."""
    folder = _folder()
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f"{key}.", dir=folder))
    except OSError:
        return
    try:
        for name in ARRAYS:
            np.save(scratch / f"{name}.npy", getattr(network, name), allow_pickle=False)
        meta = {
            "mode": network.mode,
            "crs": network.crs,
            "leg_mps": network.leg_mps,
            "names": network.names,
            "report": dict(network.report),
        }
        text = json.dumps(meta, ensure_ascii=False)
        (scratch / META).write_text(text, encoding="utf-8")
        scratch.rename(folder / key)
    except OSError:
        pass  # another run was faster, or the disk is full: the network is in memory
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    _forget_oldest(folder)


def _forget_oldest(folder: Path) -> None:
    try:
        homes = [(home.stat().st_mtime, home) for home in folder.iterdir() if home.is_dir()]
    except OSError:
        return
    for _, home in sorted(homes, reverse=True)[KEPT:]:
        shutil.rmtree(home, ignore_errors=True)
