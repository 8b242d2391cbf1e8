"""Headings, titles and values of one worksheet, in the language of the study.

Where nobody was counted anywhere in the study, columns of people are left out, and
titles and unit lines that speak of people give way to their own (``..._nobody``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.outputs.sheets import STATUS_COLOURS, Field, Sheet
from servicemap.outputs.terms import question_text, term
from servicemap.words import say, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from servicemap.result import Result


# headings of columns that are empty where nobody was counted
OF_PEOPLE = (
    *("people", "people_covered", "people_uncovered", "people_undetermined"),
    *("people_percent", "share_of_week", "people_gained", "people_so_far"),
    *("people_reached", "people_nearest", "people_lost", "people_per_window"),
    "people_city_wide",
)


def is_counted(result: Result) -> bool:
    """Whether the study has a figure of people, of any group, for any village."""
    return bool(result.coverage["n_people"].notna().any())


class Words:
    """Headings, titles and values of one worksheet in the study's language."""

    def __init__(self, result: Result, name: str, number: int) -> None:
        self.study = result.study
        self.language = result.study.language
        self.name = name
        self.number = number
        self.counted = is_counted(result)

    def heading(self, key: str, **values: Any) -> str:
        """Give the heading of one column."""
        return say(f"outputs.column.{key}", self.language, **values)

    def terms(self, kind: str, values: Iterable[Any]) -> list[str]:
        """Put values of a table in words."""
        return [term(kind, value, self.language) for value in values]

    def colours(self) -> dict[str, tuple[str, str]]:
        """Give the colours of the statuses, by their words."""
        return {
            term("status", status, self.language): colours
            for status, colours in STATUS_COLOURS.items()
        }

    def sheet(self, fields: list[Field], title: str | None = None, **more: Any) -> Sheet:
        """Put one worksheet together: name, numbered title, unit line, columns."""
        headline = question_text(self.study.questions[0], self.language)
        if not self.counted:
            people = {self.heading(key) for key in OF_PEOPLE}
            fields = [one for one in fields if one.title not in people]
        return Sheet(
            say(f"outputs.sheet.{self.name}", self.language),
            say(
                f"outputs.title.{self._own('title', title)}",
                self.language,
                number=self.number,
                question=headline,
            ),
            say(f"outputs.unit.{self._own('unit', title)}", self.language),
            fields,
            cut=table(self.language)["outputs.cut"],
            **more,
        )

    def _own(self, line: str, title: str | None) -> str:
        """Name of the title or unit line: the sheet's, unless there is a closer one."""
        nobody = None if self.counted else f"{self.name}_nobody"
        known = table(self.language)
        for one in (title, nobody):
            if one is not None and f"outputs.{line}.{one}" in known:
                return one
        return self.name


class AnnexWords(Words):
    """Headings of one annex sheet, and names of questions, points, villages, townships."""

    def __init__(self, result: Result, name: str, number: int) -> None:
        super().__init__(result, name, number)
        self.rows = result.annex.get(name, pd.DataFrame())
        self._result = result

    def questions(self) -> Field:
        """The question of each row."""
        said = {one.id: question_text(one, self.language) for one in self.study.questions}
        return Field(self.heading("question"), list(self.rows["question_id"].map(said)))

    def named(self, heading: str, column: str, table: str, key: str) -> Field:
        """Names of what a column of ids points to."""
        frame = getattr(self._result, table)
        names = dict(zip(frame[key], frame["name"], strict=True))
        return Field(self.heading(heading), list(self.rows[column].map(names)))

    def column(self, heading: str, column: str, kind: Any = "text") -> Field:
        """A column as it stands."""
        return Field(self.heading(heading), list(self.rows[column]), kind)
