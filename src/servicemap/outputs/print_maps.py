"""`Result` -> printed maps: PDF, SVG and PNG of a sheet, a slide, an atlas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicemap.errors import Problem
from servicemap.outputs.files import Landed, Written, make_folder, replacing
from servicemap.outputs.paper import atlas, faces
from servicemap.outputs.paper.canvas import save_pages
from servicemap.outputs.paper.formats import FORMATS
from servicemap.outputs.paper.scene import scene
from servicemap.outputs.paper.sheet import overview

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from servicemap.outputs.paper.canvas import Canvas
    from servicemap.result import Result



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
    folder = make_folder(folder)
    drawn = scene(result, figures, question_id)
    is_headline = question_id == result.study.questions[0].id
    end = "" if is_headline else f"_{question_id}"
    landed: dict[str, Landed] = {}
    texts: set[str] = set()

    def put(name: str, fill: Callable[[Path], None]) -> None:
        def keep(one: Landed) -> None:
            landed[name] = one

        with replacing(folder / name, keep) as temporary:
            fill(temporary)

    def kept(pages: Iterable[Canvas]) -> Iterable[Canvas]:
        for page in pages:
            yield page
            texts.update(page.texts)

    for paper in papers:
        sheet = FORMATS[paper]
        canvas = overview(drawn, sheet)
        texts.update(canvas.texts)
        for kind in kinds:
            name = f"map{end}_{paper.lower()}.{kind}"
            put(name, lambda path, kind=kind, one=canvas, to=sheet: one.save(path, kind, to.dpi))
        if with_atlas:
            name = f"atlas{end}_{paper.lower()}.pdf"
            pages = kept(atlas.pages(drawn, sheet))
            put(name, lambda path, pages=pages: save_pages(pages, path))
    if slide:
        sheet = FORMATS["slide"]
        canvas = overview(drawn, sheet)
        texts.update(canvas.texts)
        put(f"map{end}_slide.png", lambda path: canvas.save(path, "png", sheet.dpi))
    problems = [one.problem for one in landed.values() if one.problem is not None]
    problems += _lacking(texts)
    return Written({name: one.path for name, one in landed.items()}, tuple(problems))


def _lacking(texts: Iterable[str]) -> list[Problem]:
    """A finding where characters have no glyph: they stand as 〓 on the map."""
    characters = faces.lacking(texts)
    if not characters:
        return []
    found = sorted(text for text in texts if any(one in characters for one in text))
    codes = ", ".join(f"{one} U+{ord(one):04X}" for one in characters[:5])
    values = {"characters": codes, "count": len(characters), "text": found[0]}
    return [Problem("glyph_missing", "warning", "map", values=values)]
