"""``servicemap doctor``: whether this machine has what a run needs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from servicemap.cli import screen

FONTS = ("Noto Sans CJK", "Source Han", "SimSun", "SimHei", "Microsoft YaHei", "PingFang")
LEAST_GIB = 2.0
GIB = 2.0**30


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
    language: Annotated[str, typer.Option(help="Language: en or zh.")] = "en",
) -> None:
    """Show versions, fonts, memory and the cache folder, and what is wrong with them.

    Exit code 1 when something is wrong.

    **Example:** `servicemap doctor`
    """
    screen.speak(language)
    import platform

    import psutil

    from servicemap.compiled import CACHE, cache_folder
    from servicemap.outputs.provenance import PACKAGES

    folder = cache_folder()
    free_gib = shutil.disk_usage(folder or Path.cwd()).free / GIB
    memory_gib = psutil.virtual_memory().available / GIB
    found = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "cache_folder": None if folder is None else str(folder),
        "compiled_code_kept": CACHE,
        "memory_available_gib": round(memory_gib, 1),
        "disk_free_gib": round(free_gib, 1),
        "chinese_font": _font(),
        "encoding": sys.stdout.encoding,
    }
    faults = []
    if folder is None:
        faults.append(screen.words("cli.doctor.cache"))
    if memory_gib < LEAST_GIB:
        faults.append(screen.words("cli.doctor.memory", gib=f"{memory_gib:.1f}"))
    if free_gib < 1.0:
        faults.append(screen.words("cli.doctor.disk", gib=f"{free_gib:.1f}"))
    faults += [
        screen.words("cli.doctor.package", name=name)
        for name, version in found["packages"].items()
        if version is None
    ]
    notes = [] if found["chinese_font"] else [screen.words("cli.doctor.font")]
    if json:
        screen.data_json({**found, "faults": faults, "notes": notes})
    else:
        for key, value in found.items():
            if isinstance(value, dict):
                value = ", ".join(f"{name} {version}" for name, version in value.items())  # noqa: PLW2901 - shown in one line
            screen.data(f"{screen.words(f'cli.doctor.label.{key}')}: {value}")
    for line in [*faults, *notes]:
        screen.talk(line)
    if not faults:
        screen.talk(screen.words("cli.doctor.well"))
    raise typer.Exit(1 if faults else 0)


def _version(name: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _font() -> str | None:
    """A Chinese font that the system offers; maps in a browser need one."""
    places = [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        Path("/Library/Fonts"),
        Path("/System/Library/Fonts"),
        Path("C:/Windows/Fonts"),
        Path.home() / ".local/share/fonts",
        Path.home() / ".fonts",
    ]
    marks = {name.replace(" ", "").lower(): name for name in FONTS}
    marks |= {"simsun": "SimSun", "simhei": "SimHei", "msyh": "Microsoft YaHei"}
    for place in places:
        if not place.is_dir():
            continue
        for file in place.rglob("*.[to]t[fc]"):
            plain = file.name.replace("-", "").replace(" ", "").lower()
            for mark, name in marks.items():
                if mark in plain:
                    return name
    return None
