"""What the report says: sentences from templates, numbers from ``summary.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicemap.outputs.report import closing, findings
from servicemap.outputs.report.blocks import Block, Numbers, Paragraph, Table, Title
from servicemap.outputs.report.charts import headline_map
from servicemap.outputs.report.columns import lean
from servicemap.outputs.report.people_sources import people_sources
from servicemap.outputs.report.telling import Story, reasons, remedies, spread
from servicemap.outputs.terms import mark_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.result import Result


def papers(result: Result, figures: Mapping[str, Any]) -> dict[str, list[Block]]:
    """``report`` and ``brief``; the map that both show is drawn once."""
    drawn = headline_map(result, figures)

    def told() -> Story:
        return Story(result, figures, drawn, Numbers(result.study.language == "zh"))

    return {"report": report(told()), "brief": brief(told())}


def report(told: Story) -> list[Block]:
    """The whole report: findings, townships, gaps, points, advice, method, appendix."""
    result = told.result
    blocks: list[Block] = [
        Title(told.say("title", study=result.study.name)),
        *_mark(result),
        *findings.whole(told),
        *findings.townships(told),
        *findings.gaps(told),
        *closing.points(told),
        *closing.week(told),
        *people_sources(told),
        *closing.advice(told),
        *closing.method(told),
        *closing.appendix(told),
        *closing.made_by(told),
    ]
    return [lean(one) if isinstance(one, Table) else one for one in blocks]


def brief(told: Story) -> list[Block]:
    """The one-page brief (简报): answer, map, where it lacks, what would help."""
    result = told.result
    return [
        Title(told.say("brief_title", study=result.study.name)),
        *_mark(result),
        Paragraph(told.headline["sentence"], "brief"),
        findings.picture_of_map(told, 0.6),
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
