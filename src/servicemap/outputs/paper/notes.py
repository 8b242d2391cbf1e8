"""Words on a sheet: title, shares, source, date, projection, review number, audience."""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicemap.outputs.palette import PAPER, RED
from servicemap.outputs.paper.faces import width_mm, wrapped
from servicemap.outputs.paper.furniture import PALE, scale_text
from servicemap.outputs.terms import conditions_text, mark_text, question_text
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.outputs.paper.canvas import Canvas
    from servicemap.outputs.paper.formats import Box
    from servicemap.outputs.paper.scene import Scene

ONE_LINE = 0.88  # how small the sentence may become to stand in one line


def draw_title(
    canvas: Canvas, scene: Scene, box: Box, zoom: float, title: str, sentence: str
) -> None:
    """Title, the question, its answer in a sentence; the mark of internal maps."""
    study = scene.result.study
    mark = mark_text(study) if study.outputs.audience == "internal" else ""
    room = box.width
    if mark:
        size = 8.5 * zoom
        wide = width_mm(mark, size, bold=True)
        canvas.text(
            box.right,
            box.top - 4.6 * zoom,
            mark,
            size,
            colour=RED,
            bold=True,
            align="right",
        )
        room -= wide + 4 * zoom
    size = 17.0 * zoom
    while width_mm(title, size, bold=True) > room and size > 9 * zoom:
        size *= 0.95
    canvas.text(box.left, box.top - 6.0 * zoom, title, size, bold=True)
    question = scene.question
    # what a point must do to count is in the sentence itself
    if not (question.is_plain or conditions_text(question, scene.language)):
        asked = question_text(question, scene.language)
        sentence = say("paper.asked", scene.language, question=asked, sentence=sentence)
    size = 7.2 * zoom
    if 1.0 < width_mm(sentence, size) / box.width < 1.0 / ONE_LINE:
        size *= box.width / width_mm(sentence, size) * 0.999
    for at, line in enumerate(wrapped(sentence, size, box.width)[:2]):
        y = box.top - (10.6 + 3.6 * at) * zoom
        canvas.text(box.left, y, line, size, colour=PAPER["place"])


def share_text(scene: Scene, what: str) -> str:
    """What a large figure is the share of."""
    shares = scene.entry[what]
    covered, uncovered = shares["covered"] or 0, shares["uncovered"] or 0
    return say(
        f"paper.share_{what}",
        scene.language,
        covered=f"{covered:,}",
        determined=f"{covered + uncovered:,}",
    )


def draw_notes(canvas: Canvas, scene: Scene, box: Box, zoom: float, scale: float) -> None:
    """Two lines at the foot: where it is from, and how it is drawn."""
    language, study = scene.language, scene.result.study
    unknown = say("paper.unknown", language)
    files = [str(one["name"]) for one in scene.result.inputs[1:]]
    comma = say("outputs.comma", language)
    source = say("paper.source", language, date=scene.result.data_date or unknown)
    if files:
        source += say("paper.files", language, files=comma.join(dict.fromkeys(files)))
    facts = [say("paper.projection", language, projection=projection_name(scene))]
    facts.append(scale_text(scale, language))
    facts.append(say("paper.slopes" if study.roads.elevation else "paper.flat", language))
    if study.outputs.office:
        facts.append(say("paper.office", language, office=study.outputs.office))
    if study.outputs.date:
        facts.append(say("paper.drawn", language, date=study.outputs.date))
    review = "" if study.outputs.audience == "internal" else mark_text(study)
    size = 5.6 * zoom
    room = box.width - (width_mm(review, size) + 5 * zoom if review else 0.0)
    (source, *_) = wrapped(source, size, box.width) or [""]
    canvas.text(box.left, box.bottom + 3.2 * zoom, source, size, colour=PALE)
    joined = say("paper.then", language).join(facts)
    (joined, *_) = wrapped(joined, size, room) or [""]
    canvas.text(box.left, box.bottom + 0.4 * zoom, joined, size, colour=PALE)
    if review:
        canvas.text(
            box.right, box.bottom + 0.4 * zoom, review, size, colour=PALE, align="right"
        )


def projection_name(scene: Scene) -> str:
    """Name and code of the study's projection, as the register has them."""
    import pyproj

    return f"{pyproj.CRS(scene.projection.epsg).name} ({scene.projection.epsg})"
