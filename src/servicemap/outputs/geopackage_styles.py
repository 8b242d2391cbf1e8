"""How QGIS draws each layer of ``coverage.gpkg``: colours, signs, legends.

The status colours (blue, orange, grey) and the bands of the areas (one hue,
light to dark) stay apart for colour-blind readers and in greyscale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicemap import table_columns
from servicemap.outputs import qml
from servicemap.outputs.qml import Look
from servicemap.outputs.terms import minutes_text, question_text, term
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from servicemap.study import Language, Study

STATUS_COLOURS = {
    "covered": "44,123,182,255",
    "uncovered": "217,95,2,255",
    "undetermined": "150,150,150,255",
}
CHANGE_COLOURS = {
    "drawn": "49,130,74,255",
    "closed": "178,24,43,255",
    "speed": "128,80,160,255",
}
TIER_LOOKS = {  # colour, sign, millimetres
    "city": ("122,1,119,255", "star", 6.0),
    "township": ("197,27,138,255", "square", 4.2),
    "village": ("49,130,74,255", "triangle", 3.2),
    "bank": ("8,81,156,255", "diamond", 3.6),
    "kiosk": ("0,130,140,255", "pentagon", 3.4),
    "mobile": ("166,97,26,255", "cross_fill", 3.6),
}
# From far (pale) to near (dark); cutoffs take evenly spaced steps of it.
BAND_RAMP = ((222, 235, 247), (158, 202, 225), (66, 146, 198), (8, 81, 156))
BAND_OPACITY = 150
SHARE_STEPS = (0, 20, 40, 60, 80, 100)
SHARE_RAMP = (
    (255, 247, 230),
    (253, 224, 178),
    (240, 190, 130),
    (205, 150, 95),
    (150, 100, 60),
)
NO_FIGURE = "225,225,225,255"
EDGE = "110,110,110,255"


def status_style(shape: qml.Shape, language: Language, label: str = "") -> str:
    """Covered, not covered, undetermined."""
    solid = shape == "marker"
    looks = [
        Look(
            status,
            term("status", status, language),
            colour if solid else colour.replace(",255", ",110"),
            size_mm=3.0 if label else 1.6,
        )
        for status, colour in STATUS_COLOURS.items()
    ]
    return qml.categorized(shape, "status", looks, label)


def tier_style(language: Language) -> str:
    """Service points: a sign and a colour per tier."""
    looks = [
        Look(tier, term("tier", tier, language), colour, size_mm=size, mark=mark)
        for tier, (colour, mark, size) in TIER_LOOKS.items()
    ]
    return qml.categorized("marker", "tier", looks)


def band_style(cutoffs: Iterable[float], language: Language) -> str:
    """Areas: the longer, the paler; the shorter are drawn on top."""
    ordered = sorted(cutoffs, reverse=True)
    looks = [
        Look(
            f'"cutoff_min" = {minutes_text(cutoff)}',
            say("outputs.layer.within", language, minutes=minutes_text(cutoff)),
            _step(BAND_RAMP, number, len(ordered), BAND_OPACITY),
            edge="255,255,255,120",
        )
        for number, cutoff in enumerate(ordered)
    ]
    return qml.ruled("fill", looks)


def road_style(cutoffs: Iterable[float], language: Language) -> str:
    """Reached roads: each in the colour of the shortest area that holds it to its end.

    The longest band has no upper bound: no road goes on beyond it, and a time that is
    the cutoff but for its last digit must not fall out of the picture.
    """
    ordered = sorted(cutoffs, reverse=True)
    looks = []
    for number, cutoff in enumerate(ordered):
        bounds = []
        if number + 1 < len(ordered):
            bounds.append(f'"from_min" > {minutes_text(ordered[number + 1])}')
        if number:
            bounds.append(f'"from_min" <= {minutes_text(cutoff)}')
        looks.append(
            Look(
                " and ".join(bounds),
                say("outputs.layer.within", language, minutes=minutes_text(cutoff)),
                _step(BAND_RAMP, number, len(ordered), 255),
                width_mm=0.6,
            )
        )
    return qml.ruled("line", looks)


def share_style(language: Language) -> str:
    """Townships: share of people (of villages where nobody was counted) in five steps."""
    looks = []
    for number, low in enumerate(SHARE_STEPS[:-1]):
        high = SHARE_STEPS[number + 1]
        last = "<=" if high == SHARE_STEPS[-1] else "<"
        looks.append(
            Look(
                f'"percent" >= {low} and "percent" {last} {high}',
                say("outputs.layer.share", language, low=low, high=high),
                _step(SHARE_RAMP, number, len(SHARE_RAMP), 110),
                edge=EDGE,
                width_mm=0.4,
            )
        )
    none = say("outputs.layer.no_share", language)
    looks.append(Look("ELSE", none, NO_FIGURE, edge=EDGE, width_mm=0.4))
    return qml.ruled("fill", looks, "name")


def gap_style(study: Study) -> str:
    """Villages left out, one entry per question; only the headline's is ticked."""
    looks = []
    for number, question in enumerate(study.questions):
        for status in table_columns.COVERAGE_STATUSES[1:]:
            name = question.id.replace("'", "''")
            what = question_text(question, study.language)
            looks.append(
                Look(
                    f"\"question_id\" = '{name}' and \"status\" = '{status}'",
                    f"{what}: {term('status', status, study.language)}",
                    "255,255,255,0",
                    edge=STATUS_COLOURS[status],
                    size_mm=5.0,
                    width_mm=0.7,
                    shown=number == 0,
                )
            )
    return qml.ruled("marker", looks)


def leg_style(study: Study) -> str:
    """Thin lines, the walked legs, one entry per mode; the headline's mode is ticked."""
    headline = study.questions[0]
    own = headline.mode_of(headline.people)
    looks = [
        Look(
            f"\"mode\" = '{mode}'",
            term("mode", mode, study.language),
            "90,90,90,200",
            width_mm=0.3,
            shown=mode == own,
        )
        for mode in study.modes
    ]
    return qml.ruled("line", looks)


def change_style(language: Language) -> str:
    """Thick lines: what the study drew, closed, or gave a speed."""
    looks = [
        Look(change, say(f"outputs.road_changes.{change}", language), colour, width_mm=0.8)
        for change, colour in CHANGE_COLOURS.items()
    ]
    return qml.categorized("line", "change", looks)


def _step(
    ramp: tuple[tuple[int, int, int], ...], number: int, steps: int, opacity: int
) -> str:
    """Colour ``number`` of ``steps``, evenly spaced on a ramp."""
    at = number / (steps - 1) * (len(ramp) - 1) if steps > 1 else len(ramp) - 1
    low = min(int(at), len(ramp) - 2)
    red, green, blue = (
        round(first + (second - first) * (at - low))
        for first, second in zip(ramp[low], ramp[low + 1], strict=True)
    )
    return f"{red},{green},{blue},{opacity}"
