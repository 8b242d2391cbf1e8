"""What a table of the contract is made of: columns of a kind, which may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "number", "integer", "flag", "geometry", "object"]

# pandas dtype of a column of each kind. Integers are nullable: missing stays
# missing and is never a made-up number.
DTYPES: dict[Kind, str] = {
    "id": "str",
    "text": "str",
    "number": "float64",
    "integer": "Int64",
    "flag": "boolean",
    "geometry": "geometry",
    "object": "object",
}


@dataclass(frozen=True)
class Column:
    """One column: its kind, whether it may be missing, and the values it may have."""

    name: str
    kind: Kind
    optional: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: what a row is, its key, its columns in order."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    extra: bool = False  # further columns are allowed (people groups)

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]


def column(name: str, kind: Kind = "text", values: tuple[str, ...] = ()) -> Column:
    """Declare a column; a question mark behind its name lets it be missing."""
    return Column(name.rstrip("?"), kind, name.endswith("?"), values)
