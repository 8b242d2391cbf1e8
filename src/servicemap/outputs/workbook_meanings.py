"""The worksheet of the meanings of coverage side by side, each line saying of what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from servicemap.outputs.coverage_figures import with_shares
from servicemap.outputs.sheets import Field
from servicemap.outputs.terms import term

if TYPE_CHECKING:
    from servicemap.outputs.sheets import Sheet
    from servicemap.outputs.workbook_words import AnnexWords

COUNTS = ("total", "covered", "uncovered", "undetermined")
SHARES = ("percent", "percent_low", "percent_high")


def meanings_sheet(words: AnnexWords) -> Sheet:
    """Per question the whole, the tiers, the kinds of area, then the townships."""
    shares = [with_shares(row) for row in words.rows.to_dict("records")]
    if not words.counted:
        of_people = [row["unit"] == "people" for row in shares]
        shares = [row for row in shares if row["unit"] != "people"]
        words.rows = words.rows[~np.array(of_people, dtype=bool)]
    townships = words.named("place", "id", "townships", "township_id").cells
    places = [
        township if row["level"] == "township" else place_text(words, row)
        for row, township in zip(shares, townships, strict=True)
    ]
    said = {name: words.terms(name, words.rows[name]) for name in ("meaning", "group")}
    levels = [words.terms("place_level", words.rows["level"]), places]
    units = words.terms("count_unit", [row["unit"] for row in shares])
    return words.sheet(
        [
            words.questions(),
            Field(words.heading("place_level"), levels[0]),
            Field(words.heading("place"), levels[1]),
            Field(words.heading("meaning"), said["meaning"]),
            Field(words.heading("group"), said["group"]),
            Field(words.heading("count_unit"), units),
            *(
                Field(words.heading(f"of_{name}"), [row[name] for row in shares], "count")
                for name in COUNTS
            ),
            *(
                Field(
                    words.heading(f"of_{name}" if name == "percent" else name),
                    [row[name] for row in shares],
                    "decimal",
                    bar=name == "percent",
                )
                for name in SHARES
            ),
        ],
        frozen=4,
    )


def place_text(words: AnnexWords, row: dict[str, object]) -> str:
    """The whole, a tier, or a kind of area in words."""
    if row["level"] == "city":
        return words.heading("total")
    return term(str(row["level"]), row["id"], words.language)
