"""Degrees, minutes and seconds in columns of their own -> one column of angles."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from servicemap.intake import cells
from servicemap.intake.synonyms import header_index, meaning

_UNIT = re.compile(r"^(.+?)[\s_\-]*\(?(度|分|秒|deg|min|sec)\)?$", re.IGNORECASE)
_PLACE = {"度": 0, "分": 1, "秒": 2, "deg": 0, "min": 1, "sec": 2}
_MARKS = "°′″"
Names = list[str | None]


def units(names: Names, below: list[Any]) -> Names | None:
    """Names of a header of two rows, 度 分 秒 below 经度; None where it is none.

    Parameters
    ----------
    names
        The upper row; a heading stands over the columns to its right that have none.
    below
        The row below it.
    """
    texts = [cell.strip().casefold() if isinstance(cell, str) else cell for cell in below]
    said = [one for one in texts if not cells.is_blank(one)]
    if not said or not all(isinstance(one, str) and one in _PLACE for one in said):
        return None
    done: Names = []
    above: str | None = None
    for place, name in enumerate(names):
        above = name if name is not None else above
        unit = texts[place] if place < len(texts) else None
        done.append(name if cells.is_blank(unit) else f"{above}（{unit}）")
    return done


def joined(names: Names, rows: list[list[Any]]) -> tuple[Names, int]:
    """Put the parts of angles into the first of their columns; ``rows`` are changed.

    Returns
    -------
    names, count
        Names, None for columns that are no longer needed; how many angles were joined.
    """
    groups: dict[str, dict[int, int]] = {}
    for place, name in enumerate(names):
        found = _UNIT.match(unicodedata.normalize("NFKC", name)) if name else None
        if found is not None and meaning(found[1], _index()) in ("lon", "lat"):
            groups.setdefault(found[1], {}).setdefault(_PLACE[found[2].casefold()], place)
    done = list(names)
    count = 0
    for name, parts in groups.items():
        if not {0, 1} <= parts.keys():
            continue  # 经度（度） alone is an angle
        places = [parts[one] for one in sorted(parts)]
        for row in rows:
            angle = _angle([row[place] for place in places])
            for place in places:
                row[place] = None
            row[places[0]] = angle
        done = [None if place in places else one for place, one in enumerate(done)]
        done[places[0]] = name
        count += 1
    return done, count


def _index() -> dict[str, str]:
    return header_index("points")


def _angle(parts: list[Any]) -> str | None:
    texts = [cells.text(part) for part in parts]
    if not any(texts):
        return None
    return "".join(f"{text or 0}{mark}" for text, mark in zip(texts, _MARKS, strict=False))
