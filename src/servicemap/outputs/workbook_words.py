"""Headings, titles and values of one worksheet, in the language of the study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from servicemap.outputs.sheets import STATUS_COLOURS, Field, Sheet
from servicemap.outputs.terms import question_text, term
from servicemap.words import say, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from servicemap.result import Result


class Words:
    """Headings, titles and values of one worksheet in the study's language."""

    def __init__(self, result: Result, name: str, number: int) -> None:
        self.study = result.study
        self.language = result.study.language
        self.name = name
        self.number = number

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
        return Sheet(
            say(f"outputs.sheet.{self.name}", self.language),
            say(
                f"outputs.title.{title or self.name}",
                self.language,
                number=self.number,
                question=headline,
            ),
            say(f"outputs.unit.{self._unit(title)}", self.language),
            fields,
            cut=table(self.language)["outputs.cut"],
            **more,
        )

    def _unit(self, title: str | None) -> str:
        """A title of its own may have a unit of its own."""
        own = title is not None and f"outputs.unit.{title}" in table(self.language)
        return title if own and title is not None else self.name


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
