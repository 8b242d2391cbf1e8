"""A first study from an extract alone: what ``servicemap init`` does."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap import interrupts
from servicemap.errors import Problem, ResourceError
from servicemap.intake import (
    blank_books,
    datums,
    draft_places,
    draft_points,
    study_area,
    templates,
    together,
    within,
)
from servicemap.study import FILE_NAME
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from servicemap.osm_file import Extract

MAX_UP = 2  # folders that a relative path may climb
MOST_OF_ROADS = 2_000  # places that say in which area most roads are
MODES, MINUTES = ("walk", "drive"), (5, 10, 15, 30)  # of a drafted study
POINTS, VILLAGES = "points", "villages"
HAN, HALF = r"[\u4e00-\u9fff]", 0.5
TOWNSHIPS, SOURCES = "townships.geojson", "SOURCES.md"


@dataclass(frozen=True)
class DraftSummary:
    """What was drafted.

    Attributes
    ----------
    folder
        Of the study.
    files
        Names of the files written, in order.
    counts
        ``facilities``, ``villages``, ``townships``, and points by tier.
    problems
        What was left out, merged, or made up.
    """

    folder: Path
    files: tuple[str, ...]
    counts: Mapping[str, int]
    problems: tuple[Problem, ...]


def draft(
    folder: Path,
    extract: Extract,
    *,
    roads: str | Path,
    is_own: bool = False,
    name: str | None = None,
    language: str = "en",
    within: Path | None = None,
    origin: str = "",
    overwrite: bool = False,
) -> DraftSummary:
    """Write a study that ``check`` and ``run`` accept and a planner can edit.

    Parameters
    ----------
    folder
        Made when it is absent.
    extract
        Of the roads file.
    roads
        Path of the roads file; the study names it relative to its own folder where
        that is possible.
    is_own
        The file becomes a part of the study, under its name, together with the others.
    name
        Title; unless told the name of the administrative area that holds most roads,
        else the folder's.
    language
        Of the study: headers, words, comments.
    within
        A file with an area, or with points (`servicemap.intake.study_area`): what lies
        outside is left out.
    origin
        Where the roads file is from, for the list of sources.
    overwrite
        Replace a study that is there already.

    Returns
    -------
    DraftSummary
        Files: `FILE_NAME`, points and villages each as workbook and CSV, townships
        as GeoJSON where the extract has boundaries, and their sources.

    Raises
    ------
    InputError
        A study is there already; the area cannot be read.
    ResourceError
        The folder cannot be written.
    """
    problems: list[Problem] = []
    is_outline = False
    if within is not None:
        extract, is_outline = _clip(extract, within)
    townships = draft_places.townships(extract.boundaries, extract.places)
    villages, more = draft_places.villages(extract.places, townships, source=extract.name)
    problems += more
    facilities, more = draft_points.facilities(
        extract.offices, townships, source=extract.name, language=language
    )
    problems += more
    for table, frame in (("facilities", facilities), ("villages", villages)):
        if not len(frame):
            problems.append(Problem(f"draft_no_{table}", "warning", extract.name))
    if not len(townships):
        problems.append(Problem("draft_no_townships", "note", extract.name))
    elif _is_chinese(extract):
        # no official borders from OpenStreetMap on a map of China: names only
        townships = townships.assign(geometry=None)
        problems.append(Problem("draft_no_borders", "note", extract.name))
    counts = {
        "facilities": len(facilities),
        "villages": len(villages),
        "townships": len(townships),
        **{
            str(tier): int(n)
            for tier, n in sorted(facilities["tier"].value_counts().items())
        },
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with interrupts.temporary_folder(folder) as work:
            _tables(work, facilities, villages, townships, language)
            texts = {
                "name": name
                or _place_name(extract, within, language)
                or folder.resolve().name,
                "roads": Path(roads).name if is_own else _relative(Path(roads), folder),
                "origin": origin,
                "within": _relative(within, folder) if within and is_outline else None,
            }
            _texts(work, extract, texts, counts, language)
            if is_own:
                Path(roads).replace(work / Path(roads).name)
            files = together.place(work, folder, overwrite=overwrite)
    except OSError as error:
        why = error.strerror or str(error)
        raise ResourceError("draft_unwritable", path=str(folder), why=why) from error
    return DraftSummary(folder, files, counts, tuple(problems))


def _place_name(extract: Extract, file: Path | None, language: str) -> str | None:
    """Name of where the roads are, as far as they lie in the area of a file."""
    step = max(len(extract.roads.x) // MOST_OF_ROADS, 1)
    lon = np.asarray(extract.roads.x[::step] * 1e-7, dtype="float64")
    lat = np.asarray(extract.roads.y[::step] * 1e-7, dtype="float64")
    if file is not None:
        held = within.areas(lon, lat, [study_area.read(file)[0]]) >= 0
        lon, lat = lon[held], lat[held]
    return draft_places.place_name(extract.boundaries, lon, lat, language)


def _is_in_box(extract: Extract) -> bool:
    west, south, *_ = extract.bounds
    return (
        datums.CHINA[0] < west < datums.CHINA[2]
        and datums.CHINA[1] < south < datums.CHINA[3]
    )


def _is_chinese(extract: Extract) -> bool:
    """In the box of China, and most of its places are written in Han characters."""
    names = extract.places["name"]
    return (
        _is_in_box(extract)
        and len(names) > 0
        and bool(names.str.contains(HAN).mean() > HALF)
    )


def _clip(extract: Extract, file: Path) -> tuple[Extract, bool]:
    """What lies inside the area of a file, and whether that is an outline."""
    area, is_outline = study_area.read(file)

    def inside(frame: pd.DataFrame) -> pd.DataFrame:
        at = within.areas(
            frame["lon"].to_numpy(float), frame["lat"].to_numpy(float), [area]
        )
        return frame[at >= 0]

    places, offices = inside(extract.places), inside(extract.offices)
    return replace(extract, places=places, offices=offices), is_outline


def _relative(path: Path, folder: Path) -> str:
    """Seen from the folder; absolute where it is far away or on another drive."""
    try:
        seen = Path(os.path.relpath(path.resolve(), folder.resolve()))
    except ValueError:
        return path.resolve().as_posix()
    far = seen.parts.count("..") > MAX_UP
    return (path.resolve() if far else seen).as_posix()


def _tables(
    work: Path, facilities: pd.DataFrame, villages: Any, townships: Any, language: str
) -> None:
    names = {
        "township": dict(zip(townships["township_id"], townships["name"], strict=True)),
        "village": dict(zip(villages["village_id"], villages["name"], strict=True)),
    }
    for stem, table, frame, columns in (
        (POINTS, "facilities", facilities, templates.POINT_COLUMNS),
        (VILLAGES, "villages", villages, templates.VILLAGE_COLUMNS),
    ):
        cells = templates.rows(frame, columns, names, language)
        headers = templates.head(table, columns, language)
        templates.write_csv(work / f"{stem}.csv", headers, cells)
        title = say(f"intake.draft.sheet_{table}", language)
        sheet = templates.Sheet(title, table, columns, cells)
        templates.write_workbook(work / f"{stem}.xlsx", [sheet], language)
    blank_books.write(work / blank_books.FOLDER, language)
    if len(townships):
        shapes = townships.set_precision(1e-7)
        features = [
            {
                "type": "Feature",
                "properties": {"township_id": one, "name": name},
                "geometry": None if shape is None else shape.__geo_interface__,
            }
            for one, name, shape in zip(
                townships["township_id"], townships["name"], shapes, strict=True
            )
        ]
        lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in features)
        text = f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'
        (work / TOWNSHIPS).write_text(text, encoding="utf-8", newline="\n")


def _texts(
    work: Path,
    extract: Extract,
    texts: Mapping[str, str | None],
    counts: Mapping[str, int],
    language: str,
) -> None:
    west, south, east, north = extract.bounds
    inside = _is_in_box(extract)
    clip = texts["within"]
    study = say(
        "intake.draft.study",
        language,
        name=_quoted(texts["name"] or ""),
        timezone="Asia/Shanghai" if inside or language == "zh" else "UTC",
        roads=_quoted(texts["roads"] or ""),
        sha256=extract.sha256,
        modes=json.dumps(MODES),
        minutes=json.dumps(MINUTES),
        within=f"within = {_quoted(clip)}" if clip else '# within = "boundary.geojson"',
        townships=f'[townships]\nsource = "{TOWNSHIPS}"\n' if counts["townships"] else "",
    )
    (work / FILE_NAME).write_text(study, encoding="utf-8", newline="\n")
    sources = say(
        "intake.draft.sources",
        language,
        name=texts["name"],
        extract=extract.name,
        sha256=extract.sha256,
        origin=texts["origin"],
        date=extract.date or say("intake.draft.no_date", language),
        bounds=f"{west:.4f}, {south:.4f}, {east:.4f}, {north:.4f}",
        **{key: counts[key] for key in ("facilities", "villages", "townships")},
    )
    (work / SOURCES).write_text(sources, encoding="utf-8", newline="\n")


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
