"""``provenance.json``: when, where, with what; the one file that differs between runs."""

from __future__ import annotations

import platform
import socket
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from servicemap.checksum import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from servicemap.result import Result

# What a figure may depend on.
PACKAGES = (
    "servicemap",
    "folium",
    "geopandas",
    "numba",
    "numpy",
    "osmium",
    "pandas",
    "pyogrio",
    "pyproj",
    "scipy",
    "shapely",
    "xlsxwriter",
)


def provenance(result: Result, files: Mapping[str, Path]) -> dict[str, Any]:
    """Everything about a run that is not a finding.

    Parameters
    ----------
    result
        Its own ``provenance`` (start, durations, ...) is taken over and wins.
    files
        Name of each file of the run -> where its content lies now.

    Returns
    -------
    dict
        ``written`` (ISO 8601, the study's time zone), ``host``, ``system``,
        ``python``, ``versions``, ``inputs``, what the run recorded, and
        ``files`` with ``name``, ``bytes`` and ``sha256``.
    """
    own = dict(result.provenance)
    versions = {**_versions(), **own.pop("versions", {})}
    found: dict[str, Any] = {
        "written": _now(result.study.about.timezone),
        "host": socket.gethostname(),
        "system": platform.platform(),
        "python": platform.python_version(),
        **own,
        "versions": versions,
        "inputs": [dict(one) for one in result.inputs],
        "files": [
            {"name": name, "bytes": path.stat().st_size, "sha256": sha256(path)}
            for name, path in files.items()
        ],
    }
    return found


def _now(timezone: str) -> str:
    try:
        zone: Any = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    return datetime.now(zone).isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
