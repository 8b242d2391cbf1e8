"""The datum that a file itself says: in a heading, a title, a note, the name of a sheet."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from servicemap import table_columns
from servicemap.intake import datum_words
from servicemap.intake.datum_evidence import LABELS
from servicemap.intake.sheets import STEP

if TYPE_CHECKING:
    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns

Names = npt.NDArray[np.object_]

_COORDINATES = ("lon", "lat", "lonlat")
_SHOWN = 60  # characters of a note in a message


def said(columns: Columns, datum: str) -> tuple[Names, list[Problem]]:
    """The datum that the file says, per row; None where it says none.

    Headings count before notes and names of sheets, these before the name of the file.

    Parameters
    ----------
    columns
        The sheet.
    datum
        As the study says it; what is declared there is not overruled, and a file that
        says something else is a finding.

    Returns
    -------
    names, problems
        Two headings, or two notes, that do not agree say nothing, which is a finding.
    """
    names = np.full(len(columns.cells), None, dtype=object)
    parts = columns.sheet.remarks or ((),)
    places = columns.cells.index.to_numpy() // STEP if len(parts) > 1 else None
    problems: list[Problem] = []
    heard: dict[str, str] = {}
    for part, remarks in enumerate(parts):
        found = _heard(columns, remarks)
        distinct = {_same(one) for one in found}
        if len(distinct) > 1:
            texts = "; ".join(dict.fromkeys(found.values()))
            problems.append(columns.problem("datum_said_twice", "warning", said=texts))
        elif found:
            one, text = next(iter(found.items()))
            heard.setdefault(one, text)
            if one in table_columns.DATUMS:
                names[slice(None) if places is None else places == part] = one
    for one, text in heard.items():
        values: dict[str, Any] = {"said": text, "datum": LABELS.get(one, text)}
        if one not in table_columns.DATUMS:
            problems.append(columns.problem("datum_old", "warning", **values))
        elif datum in table_columns.DATUMS and _same(datum) != _same(one):
            values["declared"] = LABELS[datum]
            problems.append(
                columns.problem("datum_said_otherwise", "warning", code=one, **values)
            )
        elif datum == "auto":
            problems.append(columns.problem("datum_said", "note", code=one, **values))
    return names, problems


def _heard(columns: Columns, remarks: tuple[str, ...]) -> dict[str, str]:
    """Datum -> the words that say it, of the first kind of place that says any."""
    headings = [columns.headers[one] for one in _COORDINATES if one in columns]
    stem = PurePath(columns.sheet.source).stem
    for texts, reader in (
        (headings, datum_words.of_heading),
        (remarks, datum_words.of_text),
        ((stem,), datum_words.of_text),
    ):
        found: dict[str, str] = {}
        for text in texts:
            datum = reader(text)
            if datum is not None:
                found.setdefault(datum, text[:_SHOWN])
        if found:
            return found
    return {}


def _same(datum: str) -> str:
    return "wgs84" if datum == "cgcs2000" else datum
