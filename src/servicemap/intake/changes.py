"""The sheet of merged, split, renamed and recoded villages (区划调整对照)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from servicemap.intake import cells, keys
from servicemap.intake.synonyms import plain

if TYPE_CHECKING:
    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns

_SUM_OFF = 0.005  # how far shares may be from a whole, for they are rounded
_PER_CENT = 100.0


@dataclass(frozen=True)
class Part:
    """What an old village became, or one part of it; ``share`` of its people."""

    village_id: str | None
    name: str | None
    township_id: str | None
    share: float | None
    row: int


@dataclass(frozen=True)
class Event:
    """One old village at one date.

    Attributes
    ----------
    village_id, name, township_id
        As it was; the township is that of the row where no old one is told.
    kind
        ``merge``, ``split``, ``rename``, ``recode`` or ``transfer``; None where the
        sheet does not say it.
    date
        From when on; None where the sheet does not say it.
    parts
        One, or several where people and land went to several villages.
    """

    village_id: str | None
    name: str | None
    township_id: str | None
    kind: str | None
    date: dt.date | None
    parts: tuple[Part, ...]

    @property
    def label(self) -> str:
        """For messages."""
        return " ".join(one for one in (self.name, self.village_id) if one)

    def is_kept_by(self, part: Part) -> bool:
        """Whether a part is the old village itself, under its own code or name."""
        if self.village_id and part.village_id:
            return self.village_id == part.village_id
        return bool(self.name and part.name and plain(self.name) == plain(part.name))


def events(
    columns: Columns, townships: keys.Register
) -> tuple[tuple[Event, ...], int, list[Problem]]:
    """Read the sheet; rows of one old village and one date are one event.

    Parameters
    ----------
    columns
        Matched against the table ``changes``.
    townships
        Where villages may have belonged.

    Returns
    -------
    events, rows_used, problems
        In the order of dates, those without one first.
    """
    dates, problems = columns.read(
        "date", partial(cells.date, whole=False), "date_unreadable", "warning"
    )
    kinds, more = columns.read(
        "kind", partial(cells.word, column="change_kind"), "change_kind_unknown", "warning"
    )
    problems += more
    shares, more = columns.read("share", _share, "change_share_unreadable", "error")
    problems += more
    moved, more = columns.read("moved_people", cells.count, "not_a_count", "error")
    problems += more
    names = ("old_id", "old_name", "old_township", "new_id", "new_name")
    texts = [columns.strings(name) for name in (*names, "township_id", "township")]
    groups: dict[Any, list[tuple[Part, Any]]] = {}
    used = 0
    for row, old, was, old_town, new, now, town_id, town in zip(
        (int(one) for one in columns.cells.index), *texts, strict=True
    ):
        if not (old or was) or not (new or now):
            at = "old_name" if not (old or was) else "new_name"
            problems.append(columns.problem("change_blank", "error", row, at))
            continue
        present = townships.find(town_id, town)[0]
        before = townships.find(None, old_town)[0] or present
        key = (old or (before, plain(was or "")), dates.get(row))
        part = Part(new, now, present, shares.get(row), row)
        head = (old, was, before, kinds.get(row), dates.get(row))
        groups.setdefault(key, []).append((part, head))
        used += 1
    done = []
    for rows in groups.values():
        old, was, before, kind, day = rows[0][1]
        parts = _whole([part for part, _ in rows], kind, old, was, before)
        parts, more = _shared(columns, parts, moved)
        problems += more
        done.append(Event(old, was, before, kind, day, tuple(parts)))
    done.sort(key=lambda one: (one.date or dt.date.min, one.parts[0].row))
    return tuple(done), used, problems


def _whole(
    parts: list[Part], kind: str | None, old: str | None, was: str | None, home: str | None
) -> list[Part]:
    """A transfer that names only what went away leaves the rest where it was."""
    rest = Event(old, was, home, kind, None, ())
    if kind != "transfer" or any(rest.is_kept_by(part) for part in parts):
        return parts
    gone = [part.share for part in parts]
    left = None if None in gone else 1.0 - sum(one for one in gone if one is not None)
    return [*parts, Part(old, was, home, left, parts[0].row)]


def _shared(
    columns: Columns, parts: list[Part], moved: dict[int, int]
) -> tuple[list[Part], list[Problem]]:
    """Shares that sum up to a whole: as stated, else by the people that moved."""
    if len(parts) == 1:
        only = parts[0]
        one = Part(only.village_id, only.name, only.township_id, 1.0, only.row)
        return [one], []
    stated = [part.share for part in parts]
    rows = [part.row for part in parts]
    if all(one is None for one in stated) and len(set(rows)) == len(rows):
        stated = [float(moved[row]) if row in moved else None for row in rows]
        total = sum(one for one in stated if one is not None)
        if None not in stated and total > 0:
            stated = [None if one is None else one / total for one in stated]
    known = [one for one in stated if one is not None]
    total = sum(known)
    sound = len(known) == len(parts) and min(known) >= 0 and abs(total - 1.0) <= _SUM_OFF
    problems = []
    if known and not sound:
        text = f"{total:.1%}" if len(known) == len(parts) else "?"
        column = "share" if "share" in columns else "moved_people"
        problems.append(
            columns.problem("change_shares", "error", rows[0], column, total=text)
        )
    done = [
        Part(
            part.village_id,
            part.name,
            part.township_id,
            share / total if sound and share is not None else None,
            part.row,
        )
        for part, share in zip(parts, stated, strict=True)
    ]
    return done, problems


def _share(cell: Any) -> float | None:
    """A share as ``0.6``, ``60%`` or ``60``."""
    text = (cells.text(cell) or "").replace("％", "%")
    number = cells.number(text.rstrip("%"))
    if text.endswith("%") or number > 1.0:
        number /= _PER_CENT
    return number if 0.0 <= number <= 1.0 else None
