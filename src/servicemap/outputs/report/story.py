"""What the report says: sentences from templates, numbers from ``summary.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicemap.outputs.report import closing, findings
from servicemap.outputs.report.blocks import Block, Numbers, Paragraph, Title
from servicemap.outputs.report.telling import Story, reasons, remedies, spread
from servicemap.outputs.terms import mark_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.result import Result


def report(result: Result, figures: Mapping[str, Any]) -> list[Block]:
    """The whole report: findings, townships, gaps, points, advice, method, appendix."""
    told = Story(result, figures, Numbers(result.study.language == "zh"))
    return [
        Title(told.say("title", study=result.study.name)),
        *_mark(result),
        *findings.whole(told),
        *findings.townships(told),
        *findings.gaps(told),
        *closing.points(told),
        *closing.advice(told),
        *closing.method(told),
        *closing.appendix(told),
    ]


def brief(result: Result, figures: Mapping[str, Any]) -> list[Block]:
    """The one-page brief (简报): answer, map, where it lacks, what would help."""
    told = Story(result, figures, Numbers(result.study.language == "zh"))
    return [
        Title(told.say("brief_title", study=result.study.name)),
        *_mark(result),
        Paragraph(told.headline["sentence"], "brief"),
        findings.picture_of_map(told, 0.6, dpi=220.0),
        *(
            Paragraph(text, "brief")
            for text in (spread(told), reasons(told), remedies(told))
            if text
        ),
    ]


def _mark(result: Result) -> list[Block]:
    """For whom it is."""
    text = mark_text(result.study)
    return [Paragraph(text, "note")] if text else []
