"""What can go wrong, as values: one finding (`Problem`) and a few exceptions.

Messages say where, what, which and what to do. They are templates of
`servicemap.words`, so the same error can be shown in English and in Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["error", "warning", "note"]

SHOWN = 5  # an error names at most this many findings, then counts the rest


@dataclass(frozen=True)
class Problem:
    """One finding about the input; one row of the table ``problems``.

    Attributes
    ----------
    kind
        Name of the finding; texts are ``problems.<kind>.message`` and ``.remedy``.
    severity
        ``error`` (the row or file is not used), ``warning`` or ``note``.
    source
        File name as the user wrote it.
    sheet, row, column, value
        Where it is: ``row`` counts as the spreadsheet program does (first line is 1).
    values
        What else the texts' placeholders need; a mapping has one value per language.
    """

    kind: str
    severity: Severity
    source: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def message(self, language: str = "en") -> str:
        """What was found, without the place."""
        return say(f"problems.{self.kind}.message", language, **self._named(language))

    def remedy(self, language: str = "en") -> str:
        """What to do about it."""
        return say(f"problems.{self.kind}.remedy", language, **self._named(language))

    def where(self, language: str = "en") -> str:
        """File, sheet, row, column and value, as far as they are known."""
        parts = [self.source]
        if self.sheet:
            parts.append(say("where.sheet", language, sheet=self.sheet))
        if self.row is not None:
            parts.append(say("where.row", language, row=self.row))
        if self.column:
            cell = self.column if self.value is None else f"{self.column} = {self.value}"
            parts.append(cell)
        return say("where.comma", language).join(parts)

    def line(self, language: str = "en") -> str:
        """The whole finding in one line: where, what, what to do."""
        return say(
            "where.line",
            language,
            where=self.where(language),
            message=self.message(language),
            remedy=self.remedy(language),
        ).strip()

    def _named(self, language: str) -> dict[str, Any]:
        own = {
            "source": self.source,
            "sheet": self.sheet or "",
            "row": self.row if self.row is not None else "",
            "column": self.column or "",
            "value": self.value if self.value is not None else "",
        }
        said = {
            name: value[language] if isinstance(value, Mapping) else value
            for name, value in self.values.items()
        }
        return {**own, **said}


class ServicemapError(Exception):
    """Anything that the user, not the programmer, can put right.

    Parameters
    ----------
    kind
        Name of the error; its text is ``errors.<kind>``.
    **values
        What the text's placeholders stand for.
    """

    exit_code = 2

    def __init__(self, kind: str, **values: object) -> None:
        super().__init__(kind)
        self.kind = kind
        self.values = values

    def text(self, language: str = "en") -> str:
        """The message in one language."""
        return say(f"errors.{self.kind}", language, **self.values)

    def __str__(self) -> str:
        """English text."""
        return self.text()


class InputError(ServicemapError, ValueError):
    """The input cannot be used; all faults of it are collected in ``problems``."""

    def __init__(self, problems: Iterable[Problem] | str, /, **values: object) -> None:
        if isinstance(problems, str):
            super().__init__(problems, **values)
            self.problems: tuple[Problem, ...] = ()
        else:
            super().__init__("input")
            self.problems = tuple(problems)

    def text(self, language: str = "en") -> str:
        """The first findings, errors before warnings, then how many more there are."""
        if not self.problems:
            return super().text(language)
        order = {"error": 0, "warning": 1, "note": 2}
        ranked = sorted(self.problems, key=lambda problem: order[problem.severity])
        lines = [problem.line(language) for problem in ranked[:SHOWN]]
        if len(ranked) > SHOWN:
            lines.append(say("where.more", language, count=len(ranked) - SHOWN))
        return "\n".join(lines)


class NetworkError(ServicemapError):
    """The map data make no road network for this study."""


class SitingError(ServicemapError):
    """A placement question has no answer, and why."""


class DownloadError(ServicemapError):
    """Map data could not be fetched."""


class MissingExtraError(ServicemapError):
    """A feature needs an optional package that is not installed."""

    exit_code = 3


class ResourceError(ServicemapError):
    """Memory, disk or rights do not suffice."""

    exit_code = 5
