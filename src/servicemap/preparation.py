"""A study before its run: read, checked, corrected; its networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap import given_roads, intake, study, tables
from servicemap.analysis.questions import check_questions
from servicemap.checksum import sha256
from servicemap.errors import Problem
from servicemap.intake import study_area
from servicemap.intake.public import public_inputs, public_study
from servicemap.progress import Say, log
from servicemap.roads import elevation, odd_roads, sources
from servicemap.roads.profile_files import built_in_limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from servicemap.intake import Inputs
    from servicemap.osm_file import Extract
    from servicemap.roads.network import Network
    from servicemap.study import Study


def read(asked: Study, say: Say = log) -> tuple[Extract, Inputs]:
    """Map data and checked tables of a study.

    Raises
    ------
    InputError
        Something that the study needs is absent, unreadable or unusable.
    """
    extract, given = _as_given(asked, say)
    return extract, public_inputs(given, asked)


def _as_given(asked: Study, say: Say) -> tuple[Extract, Inputs]:
    """Map data and tables as the files have them, whoever may see them."""
    if asked.roads.within is not None:  # drawn last, but found out before the work
        study_area.outline(asked.path(asked.roads.within), asked.roads.within)
    say("extract", name=sources.file_of(asked, say).name)
    extract = sources.of_study(asked)
    say("intake")
    return extract, intake.load(asked, extract, say)


def check(asked: Study | str | Path, *, say: Say = log) -> tuple[Inputs, pd.DataFrame]:
    """Read everything that a study names and report what was found.

    Returns
    -------
    inputs
        The checked tables.
    problems
        Table ``problems``, in the study's language.

    Raises
    ------
    InputError
        There is nothing to work with; carries all findings.
    """
    if not isinstance(asked, study.Study):
        asked = study.read(asked)
    asked = public_study(asked)
    extract, given = _as_given(asked, say)  # the files themselves, also of a public study
    odd = examined(asked, given)
    given_roads.of_study(asked).profiles(())  # says what is wrong with its modes
    problems = [*findings(asked, extract, given), *odd]
    return given, tables.problems_table(problems, asked.language)


def fix(asked: Study, given: Inputs, out: str | Path, *, overwrite: bool = False) -> int:
    """Write a corrected copy of a study's sheets, for a person to accept.

    Parameters
    ----------
    asked, given
        The study, and what `check` returned for it.
    out
        The workbook: a list of changes, then every sheet that was read, with each
        change marked green and each doubt yellow.
    overwrite
        Replace a file that is there already.

    Returns
    -------
    int
        How many cells were changed.
    """
    from servicemap.intake.corrected_pages import pages
    from servicemap.outputs.fixed_copy import write_fixed_copy

    path, language = Path(out), asked.language
    return write_fixed_copy(
        pages(asked, given), path, language=language, overwrite=overwrite
    )


def networks(asked: Study, source: Extract | Path, say: Say = log) -> dict[str, Network]:
    """Road networks of all modes of a study, from the cache or built and then kept.

    Parameters
    ----------
    asked
        The study.
    source
        Its extract, or where that is: then it is read only if some network is not kept.
    say
        Told the name of each mode that is built anew.
    """
    roads = given_roads.of_study(asked, say)
    return roads.networks(source, roads.profiles(()), say)


def examined(asked: Study, given: Inputs) -> tuple[Problem, ...]:
    """Hold the questions against the tables, before anything is computed."""
    return check_questions(
        asked,
        services=given.services,
        items=given.items,
        demand=given.demand,
        villages=given.villages,
        townships=given.townships,
        facilities=given.facilities,
    )


def findings(asked: Study, extract: Extract, given: Inputs) -> Iterator[Problem]:
    """What was found in the study's settings, roads and tables, in this order."""
    yield from _without_effect(asked)
    yield from _changes(extract)
    yield from extract.problems
    yield from odd_roads.findings(extract.roads, built_in_limits(), extract.name)
    yield from given.problems


def _without_effect(asked: Study) -> list[Problem]:
    """Settings that are understood and not acted upon: said, never passed over."""
    roads = asked.roads
    named = ["scenario"] if asked.scenarios else []
    found = [Problem("not_yet", "warning", study.FILE_NAME, column=one) for one in named]
    given = {"source": roads.source, "place": roads.place, "bbox": roads.bbox}
    first, *others = [name for name, value in given.items() if value] or [""]
    values = {"winner": f"roads.{first}"}
    return found + [
        Problem(
            "second_source",
            "warning",
            study.FILE_NAME,
            column=f"roads.{one}",
            values=values,
        )
        for one in others
    ]


def _changes(extract: Extract) -> Iterator[Problem]:
    """A note for each layer that changed the roads: it stands in every list of findings."""
    for one in extract.changes:
        yield Problem(
            f"roads_{one['layer']}",
            "note",
            one["source"],
            values={"ways": one.get("ways", one.get("lines")), "km": f"{one['km']:g}"},
        )


def inputs_used(
    asked: Study, extract: Extract, given: Inputs
) -> Iterator[Mapping[str, Any]]:
    """Every file that a run reads: ``name, sha256, rows, date``; roads first."""
    yield {
        "name": extract.name,
        "sha256": extract.sha256,
        "rows": len(np.unique(extract.roads.way_id[extract.roads.way_id > 0])),
        "date": extract.date,
    }
    for one in extract.changes:
        rows = one.get("features", one.get("lines"))
        yield {"name": one["source"], "sha256": one["sha256"], "rows": rows, "date": None}
    yield from given.files
    yield from _heights(asked)


def _heights(asked: Study) -> list[Mapping[str, Any]]:
    """The elevation model, where one is given; one entry per tile."""
    if asked.elevation is None:
        return []
    source = asked.roads.elevation or ""
    return [
        {"name": file.name, "sha256": sha256(file), "rows": None, "date": None}
        for file in elevation.files_of(asked.elevation, source)
    ]
