"""What a document is made of, whatever file it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DIGITS = "零一二三四五六七八九"
# control characters, marks that turn the direction of writing, and no characters at all
UNREADABLE = frozenset(map(chr, (*range(9), 11, 12, *range(14, 32), 0x7F, 0xFFFE, 0xFFFF)))
UNREADABLE |= frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


@dataclass(frozen=True)
class Title:
    """The document's own title."""

    text: str


@dataclass(frozen=True)
class Heading:
    """A heading of level 1, 2 or 3; its number is part of the text."""

    text: str
    level: int


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; notes are smaller, briefs are set closer to stay on one page."""

    text: str
    kind: Literal["text", "note", "brief"] = "text"


@dataclass(frozen=True)
class Table:
    """A table with its number and title, its unit line, headers and cells as text.

    Attributes
    ----------
    widths
        Share of each column in the width of the table.
    has_total
        The last row is a total.
    numeric
        Which columns are figures, set to the right.
    """

    title: str
    unit: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    numeric: tuple[int, ...] = ()
    has_total: bool = False


@dataclass(frozen=True)
class Picture:
    """A PNG with what it shows, for those who see it and those who do not.

    Attributes
    ----------
    width_share
        Of the width of the text.
    least_share
        Down to which it may shrink to stay on a page.
    narrow
        The same drawn for a phone, if it is: letters of a wide picture are too small there.
    """

    png: bytes
    caption: str
    width_share: float = 1.0
    least_share: float = 1.0
    narrow: bytes | None = None


@dataclass(frozen=True)
class PageBreak:
    """What follows begins on a new page."""


Block = Title | Heading | Paragraph | Table | Picture | PageBreak


@dataclass
class Numbers:
    """Numbers of headings, tables and pictures in the order in which they come.

    Chinese headings count 一、（一）1. as GB/T 9704-2012, 7.3.3; English 1, 1.1, 1.1.1,
    with a letter for the first in an appendix.
    """

    is_chinese: bool
    letter: str = ""
    _at: list[int] = field(default_factory=lambda: [0, 0, 0])
    tables: int = 0
    pictures: int = 0

    def heading(self, text: str, level: int) -> Heading:
        """The next heading of a level."""
        self._at[level - 1] += 1
        self._at[level:] = [0] * (3 - level)
        return Heading(f"{self._number(level)}{text}", level)

    def _number(self, level: int) -> str:
        own = self._at[level - 1]
        if self.is_chinese:
            return (f"{chinese(own)}、", f"（{chinese(own)}）", f"{own}.")[level - 1]
        first = self.letter or str(self._at[0])
        return ".".join((first, *map(str, self._at[1:level]))) + " "

    def table(self) -> int:
        """Number of the next table."""
        self.tables += 1
        return self.tables

    def picture(self) -> int:
        """Number of the next picture."""
        self.pictures += 1
        return self.pictures


def chinese(number: int) -> str:
    """1 to 99 as 一 to 九十九."""
    tens, ones = divmod(number, 10)
    if not tens:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def plain(text: str) -> str:
    """A text without what neither XML nor a reader can take: control characters, halves."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(one for one in whole if one not in UNREADABLE)
