"""Lines of the templates and of the exceptions, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from servicemap.intake import cells
from servicemap.intake.items import BETWEEN
from servicemap.intake.opening_hours import opening_hours
from servicemap.intake.synonyms import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns
    from servicemap.intake.items import Catalogue
    from servicemap.intake.keys import Register

NOT_DONE = "none"
REST, ALL = "rest", "all"
# In OSM syntax: hours of a service that cannot be read are not those of its point.
UNKNOWN_HOURS = "unknown"


About = tuple[str | None, str | None, bool]  # group, item, whether it is every group


@dataclass(frozen=True)
class Offer:
    """How something is done; None is what the cell does not say."""

    handling: str | None = None
    who_may: str | None = None
    by_appointment: bool | None = None
    hours: str | None = None

    def over(self, other: Offer) -> Offer:
        """Take from another offer what this one does not say."""
        own = {name: value for name, value in vars(self).items() if value is not None}
        return replace(other, **own)


@dataclass(frozen=True)
class Line:
    """One row: at whom it is aimed, what it is about, how that is done.

    Attributes
    ----------
    tier, form
        Of a template; a form of None is every form.
    facility_id
        Of an exception.
    group
        A group, or `REST` or `ALL` with ``is_every``; None where ``item_id`` is given.
    """

    row: int
    offer: Offer
    tier: str = ""
    form: str | None = None
    facility_id: str = ""
    group: str | None = None
    item_id: str | None = None
    is_every: bool = False

    @property
    def target(self) -> tuple[str, ...]:
        """Rows with the same target say the same twice."""
        return (
            self.tier,
            self.form or "",
            self.facility_id,
            self.group or "",
            self.item_id or "",
            str(self.is_every),
        )


def lines(
    columns: Columns,
    catalogue: Catalogue,
    townships: Register,
    points: Mapping[str, str] | None = None,
) -> tuple[list[Line], list[Problem]]:
    """Rows of a sheet that can be used.

    Parameters
    ----------
    columns
        Matched against ``templates`` or ``exceptions``.
    catalogue
        The groups and items that rows may name.
    townships
        The townships that a list in ``who_may`` may name.
    points
        For exceptions: id to name of the points.

    Returns
    -------
    lines, problems
        A row with a word that is not known, or that says the same as an earlier one, is
        dropped with a finding.
    """
    handling, problems = columns.read(
        "handling", partial(cells.word, column="handling"), "handling_unknown", "error"
    )
    appointment, more = columns.read(
        "by_appointment", cells.flag, "flag_unreadable", "error"
    )
    problems += more
    hours, written, more = opening_hours(columns)
    problems += more
    hours = hours.where(hours.notna() | written.isna(), UNKNOWN_HOURS)
    who_may, more = _who_may(columns, townships)
    problems += more
    about, more = _about(columns, catalogue)
    problems += more
    aim, more = _points(columns, points) if points is not None else _tiers(columns)
    problems += more
    lost = {one.row for one in problems if one.severity == "error"}
    found: dict[tuple[str, ...], Line] = {}
    for row in (int(one) for one in columns.cells.index):
        if row in lost:
            continue
        offer = Offer(
            handling.get(row),
            who_may.get(row),
            appointment.get(row),
            None if pd.isna(hours[row]) else str(hours[row]),
        )
        group, item_id, is_every = about[row]
        line = replace(
            aim[row], offer=offer, group=group, item_id=item_id, is_every=is_every
        )
        first = found.setdefault(line.target, line)
        if first is not line:
            at = "item_id" if line.item_id else "item_group"
            problems.append(
                columns.problem("service_repeated", "error", row, at, first=first.row)
            )
    return list(found.values()), problems


def _who_may(columns: Columns, townships: Register) -> tuple[dict[int, str], list[Problem]]:
    found: dict[int, str] = {}
    problems = []
    for row, cell in columns.rows("who_may"):
        said = cells.text(cell)
        if said is None:
            continue
        word = cells.word(said, "who_may")
        if word is not None:
            found[row] = word
            continue
        ids = [townships.find(one, one)[0] for one in BETWEEN.split(said) if one]
        if None in ids or not ids:
            problems.append(columns.problem("who_may_unknown", "error", row, "who_may"))
        else:
            found[row] = ",".join(dict.fromkeys(one for one in ids if one is not None))
    return found, problems


def _about(
    columns: Columns, catalogue: Catalogue
) -> tuple[dict[int, About], list[Problem]]:
    """Group or item of each row."""
    found: dict[int, About] = {}
    problems = []
    texts = [columns.strings(name) for name in ("item_group", "item_id", "item")]
    known = ", ".join(list(catalogue.groups)[:12])
    for number, group, item_id, name in zip(columns.cells.index, *texts, strict=True):
        row = int(number)
        if item_id is not None or name is not None:
            item = catalogue.find_item(item_id, name)
            if item is None:
                at = "item_id" if item_id is not None else "item"
                problems.append(columns.problem("item_unknown", "error", row, at))
            found[row] = None, item, False
            continue
        own = None if group is None else catalogue.find_group(group)
        every = None if group is None or own else cells.word(group, "groups")
        if own is None and every is None:
            kind = "item_group_unknown" if group is not None else "item_not_named"
            problems.append(columns.problem(kind, "error", row, "item_group", known=known))
        found[row] = own or every, None, every is not None
    return found, problems


def _tiers(columns: Columns) -> tuple[dict[int, Line], list[Problem]]:
    """Tier and form of each template."""
    tier, problems = columns.read(
        "tier", partial(cells.word, column="tier"), "tier_unknown", "error"
    )
    form, more = columns.read(
        "form", partial(cells.word, column="form"), "template_form_unknown", "error"
    )
    problems += more
    problems += [
        columns.problem("tier_blank", "error", row, "tier")
        for row, cell in columns.rows("tier")
        if cells.is_blank(cell)
    ]
    rows = (int(one) for one in columns.cells.index)
    return {
        row: Line(row, Offer(), tier=tier.get(row, ""), form=form.get(row)) for row in rows
    }, problems


def _points(
    columns: Columns, points: Mapping[str, str]
) -> tuple[dict[int, Line], list[Problem]]:
    """Point of each exception: by its id, else by its name where only one has it."""
    by_name: dict[str, list[str]] = {}
    for one, name in points.items():
        by_name.setdefault(plain(name), []).append(one)
    problems = []
    found = {}
    texts = [columns.strings(name) for name in ("facility_id", "facility")]
    for number, facility_id, name in zip(columns.cells.index, *texts, strict=True):
        row = int(number)
        same = by_name.get(plain(name or ""), [])
        point = facility_id if facility_id in points else None
        if facility_id is None and len(same) == 1:
            point = same[0]
        if point is None:
            at = "facility_id" if facility_id is not None else "facility"
            problems.append(columns.problem("exception_point_unknown", "error", row, at))
        elif name is not None and plain(points[point]) != plain(name):
            values = {"name": points[point]}
            problems.append(
                columns.problem("exception_point_name", "note", row, "facility", **values)
            )
        found[row] = Line(row, Offer(), facility_id=point or "")
    return found, problems
