"""What all parts of the report share: names, numbers, and the sentences told twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import table_columns
from servicemap.outputs.terms import term
from servicemap.shares import percent_text
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.outputs.report.blocks import Numbers, Picture
    from servicemap.result import Result

NAMED = 3  # townships that a sentence names


@dataclass
class Story:
    """A result, its figures and its map, and the numbers of what was told already."""

    result: Result
    figures: Mapping[str, Any]
    map: Picture
    numbers: Numbers

    @property
    def language(self) -> Any:
        """Of the study."""
        return self.result.study.language

    @property
    def headline(self) -> Mapping[str, Any]:
        """Figures of the first question."""
        first: Mapping[str, Any] = self.figures["coverage"][0]
        return first

    def say(self, key: str, /, **values: object) -> str:
        """A text of the report."""
        return say(f"report.{key}", self.language, **values)

    def counting(self, key: str, /, **values: object) -> str:
        """A text that speaks of people, or its own where nobody was counted."""
        end = "" if counted(self) == "people" else "_nobody"
        return self.say(f"{key}{end}", **values)

    def joined(self, parts: list[str]) -> str:
        """A list as it stands in a sentence."""
        return say("outputs.comma", self.language).join(parts)


def spread(told: Story) -> str:
    """Who is ahead, who is behind, how many are below the whole."""
    what = counted(told)
    rows = [one for one in told.headline["by_township"] if one["rank"] is not None]
    whole = told.headline[what]["percent"]
    if len(rows) < 2 or whole is None:  # noqa: PLR2004 - who would be ahead of whom?
        return ""
    ordered = sorted(rows, key=lambda one: (one["rank"], one["township_id"]))
    most = min(NAMED, len(rows) // 2)  # nobody is both ahead and behind

    def named(some: list[Mapping[str, Any]]) -> str:
        return told.joined(
            [
                told.say(
                    "name_share",
                    name=one["name"],
                    percent=percent_text(one[what]["percent"]),
                )
                for one in some
            ]
        )

    below = sum(one[what]["percent"] < whole for one in rows)
    return told.say(
        f"spread_{what}",
        count=len(rows),
        best=named(ordered[:most]),
        worst=named(ordered[::-1][:most]),
        below=below,
        whole=percent_text(whole),
    )


def reasons(told: Story) -> str:
    """How many are left out, how many people, why, and what could not be determined."""
    figures = told.figures["gaps"][0]
    if not figures["count"] and not figures["undetermined"]["count"]:
        return told.say("no_gaps")
    why = {
        is_open: told.joined(
            [
                told.say(
                    "reason_count",
                    reason=term("reason", reason, told.language),
                    count=its["count"],
                )
                for reason, its in figures["by_reason"].items()
                if (reason in table_columns.UNDETERMINED_REASONS) == is_open
            ]
        )
        for is_open in (False, True)
    }
    said = (
        told.say("gaps_none")
        if not figures["count"]
        else told.say(
            "gaps_sentence" if figures["people"] is not None else "gaps_sentence_nobody",
            count=figures["count"],
            people=count(figures["people"]),
            reasons=why[False],
        )
    )
    open_ones = figures["undetermined"]["count"]
    if not open_ones:
        return said
    return said + told.say("gaps_undetermined", count=open_ones, reasons=why[True])


def remedies(told: Story) -> str:
    """What would help how many."""
    rows = own_gaps(told)
    counts = rows["remedy"].value_counts()
    if counts.empty:
        return ""
    ordered = sorted(counts.index, key=lambda one: (-counts[one], one))
    parts = [
        told.say(
            "remedy_count", remedy=term("remedy", one, told.language), count=counts[one]
        )
        for one in ordered
    ]
    return told.say("remedies", remedies=told.joined(parts))


def own_gaps(told: Story) -> pd.DataFrame:
    """Gaps of the headline with names, most people first.

    Where nobody was counted, those without a way come first, then the farthest.
    """
    first = told.result.study.questions[0].id
    gaps = told.result.gaps
    villages = told.result.villages.set_index("village_id")
    townships = told.result.townships.set_index("township_id")["name"]
    rows = gaps[gaps["question_id"] == first]
    named = rows.assign(
        village=rows["village_id"].map(villages["name"]),
        township_id=rows["village_id"].map(villages["township_id"]),
    )
    named = named.assign(
        township=named["township_id"].map(townships),
        order=-named["n_people"].astype("Float64").fillna(-1.0)
        if counted(told) == "people"
        else -named["minutes_beyond"].astype("Float64").fillna(np.inf),
    )
    ordered: pd.DataFrame = named.sort_values(["order", "village_id"], kind="stable")
    return ordered


def counted(told: Story) -> str:
    """Whether shares are of people or, where nobody was counted, of villages."""
    return "people" if told.headline["people"]["total"] is not None else "villages"


def headers(told: Story, names: str) -> tuple[str, ...]:
    """Headings of the workbook's columns of these names."""
    return tuple(say(f"outputs.column.{name}", told.language) for name in names.split())


def text(value: Any) -> str:
    """A cell of text; missing is empty."""
    return "" if value is None or pd.isna(value) else str(value)


def count(value: Any) -> str:
    """A whole number with its thousands apart; missing is empty."""
    return "" if value is None or pd.isna(value) else f"{int(value):,}"


def decimal(value: Any) -> str:
    """A number with one decimal; missing is empty."""
    return "" if value is None or pd.isna(value) else f"{float(value):.1f}"
