"""Every change of villages followed to those of today; chains and circles found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from servicemap.intake import keys
from servicemap.intake.former import Former, Heir
from servicemap.intake.synonyms import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from servicemap.errors import Problem
    from servicemap.intake.changes import Event, Part
    from servicemap.intake.columns import Columns


@dataclass(frozen=True)
class _Ends:
    """Where an event leads: villages of today, or the fault that prevents it."""

    heirs: tuple[Heir, ...] = ()
    fault: str | None = None
    steps: int = 1


def former(
    events: Sequence[Event], register: keys.Register, columns: Columns
) -> tuple[Former, list[Problem]]:
    """Follow every change to the villages of today.

    A step is followed further when what it names is no village of today, or changed
    again at a later date.

    Parameters
    ----------
    events
        In the order of dates.
    register
        Villages of today.
    columns
        The sheet of changes, for findings.

    Returns
    -------
    former, problems
        Chains are notes; circles and places that nobody knows are errors, and what
        leads there is left out.
    """
    problems: list[Problem] = []
    kept: list[tuple[Event, tuple[Heir, ...]]] = []
    for number, event in enumerate(events):
        ends = _follow(events, register, number, ())
        row = event.parts[0].row
        if ends.fault is not None:
            at = "new_id" if "new_id" in columns else "new_name"
            problems.append(columns.problem(ends.fault, "error", row, at, old=event.label))
            continue
        kept.append((event, ends.heirs))
        if ends.steps > 1:
            problems.append(
                columns.problem(
                    "change_chain", "note", row, old=event.label, count=ends.steps
                )
            )
        if len(ends.heirs) > 1 and any(heir.share is None for heir in ends.heirs):
            count = len(ends.heirs)
            problems.append(
                columns.problem(
                    "change_no_shares", "warning", row, old=event.label, count=count
                )
            )
        if event.kind in ("merge", "rename", "recode") and len(event.parts) > 1:
            problems.append(columns.problem("change_kind_differs", "warning", row, "kind"))
    by_id: dict[str, list[int]] = {}
    by_name: dict[str, list[int]] = {}
    for place, (event, _) in enumerate(kept):
        if event.village_id is not None:
            by_id.setdefault(event.village_id, []).append(place)
        if event.name is not None:
            for one in keys.forms(event.name, keys.VILLAGE_SUFFIXES):
                by_name.setdefault(one, []).append(place)
    done = Former(
        tuple(event for event, _ in kept), tuple(heirs for _, heirs in kept), by_id, by_name
    )
    return done, problems


def _follow(
    events: Sequence[Event], register: keys.Register, number: int, path: tuple[int, ...]
) -> _Ends:
    event = events[number]
    heirs: dict[str, list[float | None]] = {}
    steps = 1
    for part in event.parts:
        present = register.find(part.village_id, part.name, part.township_id)[0]
        if part.village_id is not None and present is not None:
            # The code counts: a namesake with another code is another village.
            by_code = register.find(part.village_id, None, part.township_id)[0]
            present = by_code if by_code is not None else present
        after = _next(events, part, number)
        again = after is not None and (present is None or _later(events[after], event))
        if again and after is not None:
            if after in (*path, number):
                return _Ends(fault="change_circle")
            ends = _follow(events, register, after, (*path, number))
            if ends.fault is not None:
                return ends
            steps = max(steps, 1 + ends.steps)
            for heir in ends.heirs:
                share = (
                    None
                    if heir.share is None or part.share is None
                    else heir.share * part.share
                )
                heirs.setdefault(heir.village_id, []).append(share)
        elif present is not None:
            if _goes_round(events, number, after):
                return _Ends(fault="change_circle")
            heirs.setdefault(present, []).append(part.share)
        else:
            return _Ends(fault="change_new_unknown")
    return _Ends(tuple(Heir(one, _sum(heirs[one])) for one in sorted(heirs)), None, steps)


def _sum(shares: Iterable[float | None]) -> float | None:
    known = list(shares)
    return None if None in known else sum(one for one in known if one is not None)


def _later(one: Event, other: Event) -> bool:
    return one.date is not None and (other.date is None or one.date > other.date)


def _next(events: Sequence[Event], part: Part, number: int) -> int | None:
    """The first change after this one of what a part became."""
    own = events[number]
    for place, event in enumerate(events):
        if place == number or _later(own, event):
            continue
        if part.village_id is not None and event.village_id is not None:
            same = part.village_id == event.village_id
        else:
            here = {part.township_id, None}
            same = (
                part.name is not None
                and event.name is not None
                and event.township_id in here
                and plain(part.name) == plain(event.name)
            )
        if same and not (event.date == own.date and own.date is not None):
            return place
    return None


def _goes_round(events: Sequence[Event], number: int, after: int | None) -> bool:
    """Whether undated changes lead back to where they began, other than by staying."""
    seen = {number}
    while after is not None and events[after].date is None:
        if after in seen:
            return True
        seen.add(after)
        if all(events[after].is_kept_by(part) for part in events[after].parts):
            return False
        ways = [
            _next(events, part, after)
            for part in events[after].parts
            if not events[after].is_kept_by(part)
        ]
        if number in ways:
            return events[number].date is None
        after = next((way for way in ways if way is not None), None)
    return False
