"""Coverage of each question: counts, shares, ranks, and the sentence that says them.

Shares are computed from whole counts and rounded once, by the rule in `shares`, so that
one rate is the same number in every file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.analysis.rates import UNITS, rates
from servicemap.outputs.road_changes import changes_text
from servicemap.outputs.terms import conditions_text, minutes_text, modes_text, term
from servicemap.shares import percent, percent_of
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.result import Answered
    from servicemap.study import Language, Question, Study

Place = tuple[str, str, str]  # level, id, unit
Counts = tuple[int | None, int | None, int | None]  # covered, uncovered, undetermined
# what is counted, where the meaning itself does not say it
UNIT_OF = {"villages_with_station": "villages", "built_up": "m2", "roads": "m"}
NOBODY: Counts = (0, 0, 0)
UNKNOWN: Counts = (None, None, None)


def coverage_figures(result: Answered) -> list[dict[str, Any]]:
    """One entry per question, in the order of the study.

    Returns
    -------
    list of dict
        ``question_id``, ``mode``, ``minutes``, ``group``; ``villages`` and
        ``people``, each with ``total``, ``covered``, ``uncovered``,
        ``undetermined``, ``percent``, ``percent_low``, ``percent_high``;
        ``by_township``: the same per township in code order with its ``rank``,
        last the villages without a township (``township_id`` is None), where
        there are some; ``sentence`` in the language of the study; ``meanings``: of
        the whole, the tiers and the kinds of area every meaning of coverage.
    """
    counts = rates(result.coverage, result.villages)
    return [_coverage(result, question, counts) for question in result.study.questions]


def _coverage(result: Answered, question: Question, counts: pd.DataFrame) -> dict[str, Any]:
    its = _counted(counts, question)
    units = {unit: its.get(("city", "city", unit), UNKNOWN) for unit in UNITS}
    city = {unit: _shares(units[unit]) for unit in UNITS}
    # A township without villages has nobody; where nobody was counted, it is unknown.
    nobody = {unit: UNKNOWN if units[unit] == UNKNOWN else NOBODY for unit in UNITS}
    by_township = []
    rest = dict(units)
    for township in result.townships.sort_values("township_id").itertuples():
        code = township.township_id
        own = {unit: its.get(("township", code, unit), nobody[unit]) for unit in UNITS}
        rest = {unit: _less(rest[unit], own[unit]) for unit in UNITS}
        head = {"township_id": code, "name": township.name}
        by_township.append(head | {unit: _shares(own[unit]) for unit in UNITS})
    if any(rest["villages"]):  # villages whose township is not known
        shares = {unit: _shares(rest[unit]) for unit in UNITS}
        by_township.append({"township_id": None, "name": None} | shares)
    entry = {
        "question_id": question.id,
        "mode": "+".join(question.modes_of(question.people)),
        "minutes": question.minutes,
        "group": question.people,
        **city,
        "share_of_week_percent": _share_of_week(result, question),
        "by_township": _ranked(by_township),
    }
    said = _sentence(entry, question, result.study)
    if marked := changes_text(result.road_changes, result.study.language):
        said = f"{said}{'' if result.study.language == 'zh' else ' '}{marked}"
    return entry | {"sentence": said, "meanings": _meanings(result, question)}


def _share_of_week(result: Answered, question: Question) -> float | None:
    """Share of the week's hours that people are covered, in percent; where it is asked."""
    share = result.answers(question, "city")["share_of_week"].dropna()
    return percent_of(float(share.iloc[0])) if len(share) else None


def _meanings(result: Answered, question: Question) -> list[dict[str, Any]]:
    """Every meaning of coverage with its counts and shares, townships apart."""
    rows = result.annex.get("meanings")
    if rows is None:
        return []
    its = rows[(rows["question_id"] == question.id) & (rows["level"] != "township")]
    return [with_shares(row) for row in its.to_dict("records")]


def with_shares(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row of the table ``meanings`` with its shares as the other figures have them."""
    counts = (
        _whole(row["n_covered"]),
        _whole(row["n_uncovered"]),
        _whole(row["n_undetermined"]),
    )
    head = {name: row[name] for name in ("level", "id", "meaning", "group")}
    return head | {"unit": UNIT_OF.get(row["meaning"], row["meaning"])} | _shares(counts)


def _counted(counts: pd.DataFrame, question: Question) -> dict[Place, Counts]:
    """Covered, uncovered, undetermined by level, id and unit; no people figures: None."""
    its = counts[
        (counts["question_id"] == question.id) & (counts["group"] == question.people)
    ]
    return {
        (row["level"], row["id"], row["unit"]): (
            _whole(row["n_covered"]),
            _whole(row["n_uncovered"]),
            _whole(row["n_undetermined"]),
        )
        for row in its.to_dict("records")
    }


def _whole(count: Any) -> int | None:
    return None if pd.isna(count) else int(count)


def _less(counts: Counts, taken: Counts) -> Counts:
    covered, uncovered, unknown = (
        None if all_of is None else all_of - (part or 0)
        for all_of, part in zip(counts, taken, strict=True)
    )
    return (covered, uncovered, unknown)


def _shares(counts: Counts) -> dict[str, Any]:
    """Put the share beside the counts, and its range while some are undetermined."""
    covered, uncovered, unknown = counts
    named = {"covered": covered, "uncovered": uncovered, "undetermined": unknown}
    if covered is None or uncovered is None:
        no_shares = dict.fromkeys(("percent", "percent_low", "percent_high"))
        return {"total": None, **named, **no_shares}
    maybe = unknown or 0
    return {
        "total": covered + uncovered + maybe,
        **named,
        "percent": percent(covered, uncovered),
        "percent_low": percent(covered, uncovered + maybe),
        "percent_high": percent(covered + maybe, uncovered),
    }


def _ranked(by_township: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the rank by share: of people, or of villages where nobody was counted."""

    def share(one: dict[str, Any]) -> float | None:
        counted = one["people"]["total"] is not None
        found: float | None = one["people" if counted else "villages"]["percent"]
        return found

    shares = [share(one) for one in by_township if one["township_id"] is not None]
    return [
        one
        | {
            "rank": None
            if (own := share(one)) is None or one["township_id"] is None
            else 1 + sum(other > own for other in shares if other is not None)
        }
        for one in by_township
    ]


def _sentence(entry: Mapping[str, Any], question: Question, study: Study) -> str:
    villages, people = entry["villages"], entry["people"]
    what = "people" if people["percent"] is not None else "villages"
    if villages["percent"] is None:
        return say("outputs.headline.nothing", study.language)
    rules = "_rules" if entry["minutes"] is None else ""
    said = say(
        f"outputs.headline.{what}{rules}",
        study.language,
        minutes="" if entry["minutes"] is None else minutes_text(entry["minutes"]),
        mode=modes_text(entry["mode"], study.language),
        point=_point(question, study.language),
        group=term("group", entry["group"], study.language),
        percent=people["percent"],
        covered=_grouped(people["covered"]),
        determined=_grouped((people["covered"] or 0) + (people["uncovered"] or 0)),
        villages_covered=_grouped(villages["covered"]),
        villages_determined=_grouped(villages["covered"] + villages["uncovered"]),
        villages_percent=villages["percent"],
    )
    shares = entry[what]
    if not (villages["undetermined"] or people["undetermined"]):
        return said
    key = "undetermined" if what == "people" else "undetermined_villages"
    more = say(
        f"outputs.headline.{key}",
        study.language,
        villages=_grouped(villages["undetermined"]),
        people=_grouped(people["undetermined"]),
        low=shares["percent_low"],
        high=shares["percent_high"],
    )
    return f"{said}{'' if study.language == 'zh' else ' '}{more}"


def _point(question: Question, language: Language) -> str:
    """What is reached: not just any point where a question asks for more."""
    conditions = conditions_text(question, language)
    if not conditions:
        return say("outputs.headline.point", language)
    return say("outputs.headline.point_if", language, conditions=conditions)


def _grouped(count: int | None) -> str:
    return "" if count is None else f"{count:,}"
