"""``provenance.json``: when, where, with what; the one file that differs between runs."""

from __future__ import annotations

import json
import platform
import socket
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from servicemap.checksum import sha256
from servicemap.study import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.result import Result
    from servicemap.study import Study

PROVENANCE = "provenance.json"
# What a figure may depend on.
PACKAGES = (
    "servicemap",
    "borax",
    "chinesecalendar",
    "folium",
    "geopandas",
    "numba",
    "numpy",
    "opening-hours-py",
    "osmium",
    "pandas",
    "pyogrio",
    "pypinyin",
    "pyproj",
    "python-calamine",
    "rapidfuzz",
    "scipy",
    "shapely",
    "xlsxwriter",
)
RASTER = ("exactextract", "rasterio")  # where they are installed


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
        ``written`` (ISO 8601, the study's time zone), ``study_folder`` and ``host`` unless
        the run is for the public,
        ``system``, ``python``, ``versions``, ``inputs``, what the run recorded, and
        ``files`` with ``name``, ``bytes`` and ``sha256``.
    """
    own = dict(result.provenance)
    versions = {**_versions(), **own.pop("versions", {})}
    found: dict[str, Any] = {
        "written": _now(result.study.about.timezone),
        **_whose(result.study),
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


def _whose(study: Study) -> dict[str, str]:
    """Computer and folder, which are nobody's business where a run is for the public."""
    if study.outputs.audience == "public":
        return {}
    return {"study_folder": str(study.folder.resolve()), "host": socket.gethostname()}


def study_of(folder: Path) -> Path | None:
    """The study that a folder is, or that a run in it answered; None where it is neither.

    Parameters
    ----------
    folder
        A study (folder or toml), or the folder of a run.
    """
    if folder.is_file() or (folder / FILE_NAME).is_file():
        return folder
    try:
        recorded = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        return Path(recorded["study_folder"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _now(timezone: str) -> str:
    try:
        zone: Any = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    return datetime.now(zone).isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    found = {}
    for name in (*PACKAGES, *RASTER):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
