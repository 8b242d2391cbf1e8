"""A new study: its roads downloaded, clipped or named, its tables drafted from them."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from servicemap import checksum, intake, interrupts, osm_file, study, words
from servicemap.errors import InputError, Problem
from servicemap.intake import drafting, study_area
from servicemap.outputs.files import folder_for
from servicemap.progress import Say, log
from servicemap.roads import profiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from servicemap.intake import DraftSummary

ROADS = "roads.osm.pbf"  # of a study that keeps its own
M_PER_KM, MINUTES_PER_HOUR = 1_000.0, 60.0


def init(
    folder: str | Path,
    roads: str | Path | None = None,
    *,
    place: str | None = None,
    bbox: Sequence[float] = (),
    within: str | Path | None = None,
    margin_km: float | None = None,
    name: str | None = None,
    language: str = "en",
    overwrite: bool = False,
    say: Say = log,
) -> DraftSummary:
    """Draft a study from an extract alone: points, villages, townships, questions.

    Parameters
    ----------
    folder
        Where the study goes; made when it is absent.
    roads
        OSM extract; unless told, that of ``place`` or ``bbox`` is downloaded and kept
        in the study as ``roads.osm.pbf``.
    place
        Name of a place as OpenStreetMap knows it.
    bbox
        West, south, east, north in degrees.
    within
        A file with an area, or with points: the extract is cut around it in a stream,
        the part is kept in the study, and places and points outside are left out.
    margin_km
        How far around ``within`` roads are kept; unless told as far as the fastest mode
        comes within the longest cutoff of the drafted study.
    name
        Title; unless told the name of the administrative area that holds most roads,
        else the folder's.
    language
        ``en`` or ``zh``: headers, words and comments.
    overwrite
        Replace a study that is there already.
    say
        Told the name of each stage.
    """
    folder = Path(folder)
    _free(folder, (study.FILE_NAME,), overwrite)
    with ExitStack() as until_drafted:
        until_drafted.enter_context(folder_for(folder))
        if roads is None:
            from servicemap.roads import download

            source, origin = download.extract_of(place, bbox, say=say), "downloaded"
        else:
            source, origin = Path(roads), "cut"
        values = {
            "name": source.name,
            "place": place or "",
            "bbox": ", ".join(map(str, bbox)),
        }
        path, told = source, ""
        if within is not None:
            area = study_area.read(Path(within))[0]
            metres = _margin_m() if margin_km is None else margin_km * M_PER_KM
            say("clip", name=source.name, km=f"{metres / M_PER_KM:g}")
            path = until_drafted.enter_context(_own(folder, source, overwrite))
            _clip(source, area, metres, path)
            values |= {
                "within": Path(within).name,
                "km": f"{metres / M_PER_KM:g}",
                "sha256": checksum.sha256(source),
            }
            told = words.say("intake.draft.cut", language, **values)
        elif roads is None:
            path = until_drafted.enter_context(_own(folder, source, overwrite))
            shutil.copyfile(source, path)
        if origin == "downloaded":
            told = words.say("intake.draft.downloaded", language, **values) + told
        say("extract", name=path.name)
        extract = osm_file.read(path)
        say("draft")
        return intake.draft(
            folder,
            extract,
            roads=path,
            is_own=path is not source,
            name=name,
            language=language,
            within=None if within is None else Path(within),
            origin=told,
            overwrite=overwrite,
        )


def _margin_m() -> float:
    """As far as the fastest mode of a drafted study comes within its longest cutoff."""
    fastest_kph = max(one.max_kph for one in profiles.load(drafting.MODES).values())
    return fastest_kph * M_PER_KM * max(drafting.MINUTES) / MINUTES_PER_HOUR


def _clip(source: Path, area: Any, margin_m: float, out: Path) -> None:
    """Cut an extract, or say that it lies elsewhere."""
    from servicemap.osm_file import clipping

    osm_file.refuse(source)
    counts = clipping.clip(source, out, study_area.widened(area, margin_m))
    if not counts["ways"]:
        raise InputError([Problem("clip_elsewhere", "error", source.name)])


@contextmanager
def _own(folder: Path, source: Path, overwrite: bool) -> Iterator[Path]:
    """Where to write roads that the study keeps: beside its files, until all are there."""
    _free(folder, (ROADS,), overwrite)
    target = folder / ROADS
    if target.exists() and source.exists() and target.samefile(source):
        raise InputError("target_is_input", path=target)
    with interrupts.temporary_folder(folder) as made:
        yield made / ROADS


def _free(folder: Path, names: Sequence[str], overwrite: bool) -> None:
    """See that a study may be made here, before an extract is read or downloaded."""
    there = [one for one in names if (folder / one).exists()]
    if there and not overwrite:
        raise InputError("draft_exists", path=str(folder), files=", ".join(there))
