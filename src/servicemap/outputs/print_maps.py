"""`Result` -> printed maps: PDF, SVG and PNG of a sheet, a slide, an atlas."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from servicemap.errors import Problem
from servicemap.outputs.files import OutFolder, Written
from servicemap.outputs.paper import atlas, faces
from servicemap.outputs.paper.formats import FORMATS
from servicemap.outputs.paper.saving import save
from servicemap.outputs.paper.scene import scene
from servicemap.outputs.paper.sheet import overview
from servicemap.words import renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from servicemap.outputs.paper.canvas import Canvas
    from servicemap.result import Result

NO_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f]')  # what no name of a file may hold on Windows


def write_print_maps(
    result: Result,
    figures: Mapping[str, Any],
    folder: Path,
    *,
    question_id: str,
    papers: Iterable[str] = ("A4",),
    kinds: Iterable[str] = ("pdf",),
    slide: bool = False,
    with_atlas: bool = False,
) -> Written:
    """Write the printed maps of one question.

    Parameters
    ----------
    result
        What a run found; it is not changed.
    figures
        Its `servicemap.outputs.summary.summary`.
    folder
        Where the files go; it is made where it does not exist.
    question_id
        One of the study's questions; its id is part of the names of the files,
        except for the headline.
    papers, kinds
        Of ``A4``, ``A3``; of ``pdf``, ``svg``, ``png`` (300 dots per inch).
    slide
        Also ``map_slide.png``, 1,920 x 1,080 pixels.
    with_atlas
        Also ``atlas_<paper>.pdf``: the overview, then a page a township.

    Returns
    -------
    Written
        Name to path, and findings: characters that no font has, files that were
        open elsewhere.
    """
    out = OutFolder(folder)
    with renamed(result.study.outputs.wording):
        drawn = scene(result, figures, question_id)
        is_headline = question_id == result.study.questions[0].id
        end = "" if is_headline else f"_{NO_NAME.sub('_', question_id)}"
        texts: set[str] = set()

        def put(name: str, pages: Iterable[Canvas], kind: str, dpi: float) -> None:
            with out.file(name) as temporary:
                save(_told(pages, texts), temporary, kind, dpi)

        for paper in papers:
            sheet = FORMATS[paper]
            whole = [overview(drawn, sheet)]
            for kind in kinds:
                put(f"map{end}_{paper.lower()}.{kind}", whole, kind, sheet.dpi)
            if with_atlas:
                pages = atlas.pages(drawn, sheet)
                put(f"atlas{end}_{paper.lower()}.pdf", pages, "pdf", sheet.dpi)
        if slide:
            sheet = FORMATS["slide"]
            put(f"map{end}_slide.png", [overview(drawn, sheet)], "png", sheet.dpi)
        written = out.written()
        return replace(written, problems=(*written.problems, *_lacking(texts)))


def _told(pages: Iterable[Canvas], texts: set[str]) -> Iterator[Canvas]:
    """The same pages; what is written on them is collected."""
    for page in pages:
        texts.update(page.texts)
        yield page


def _lacking(texts: Iterable[str]) -> list[Problem]:
    """A finding where characters have no glyph: they stand as 〓 on the map."""
    characters = faces.lacking(texts)
    if not characters:
        return []
    found = sorted(text for text in texts if any(one in characters for one in text))
    codes = ", ".join(f"{one} U+{ord(one):04X}" for one in characters[:5])
    values = {"characters": codes, "count": len(characters), "text": found[0]}
    return [Problem("glyph_missing", "warning", "map", values=values)]
