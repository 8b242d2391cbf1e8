"""The villages of a study as they are today, and what they were before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from servicemap.intake import changes, townships
from servicemap.intake import villages as settlements
from servicemap.intake.carried import rows_carried
from servicemap.intake.former import VillageRegister
from servicemap.intake.people import Place
from servicemap.intake.succession import former

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas
    import pandas as pd

    from servicemap.errors import Problem
    from servicemap.intake.columns import Columns


@dataclass(frozen=True)
class Today:
    """Villages of today.

    Attributes
    ----------
    villages
        The table, without former villages.
    register
        Finds them by their names of today and of former times.
    place_ids
        What each row of the list is about, for figures that stand there.
    files
        Rows of ``Inputs.files``.
    """

    villages: geopandas.GeoDataFrame
    register: VillageRegister
    place_ids: Mapping[int, Place]
    files: tuple[dict[str, Any], ...] = ()
    problems: tuple[Problem, ...] = field(default=())


def today(
    villages: geopandas.GeoDataFrame,
    row_ids: pd.Series,
    *,
    areas: pd.DataFrame,
    of_villages: Columns,
    of_changes: Columns | None,
    others: Iterable[Columns | None] = (),
) -> Today:
    """Hold the list of villages against the sheet of changes.

    Parameters
    ----------
    villages, row_ids
        The list as it stands in its file, and the village of each row.
    areas
        Table ``townships``.
    of_villages, of_changes
        The sheets; a study may have no changes.
    others
        Further sheets whose rows name villages.
    """
    rows = list(zip(row_ids.index.tolist(), row_ids.tolist(), strict=True))
    if of_changes is None:
        plain = {row: Place("village", one, (one, None, None)) for row, one in rows}
        return Today(villages, VillageRegister(villages, None, areas), plain)
    names = townships.register(areas)
    found, used, problems = changes.events(of_changes, names)
    first, _ = former(found, VillageRegister(villages, None, areas), of_changes)
    now, more = settlements.as_of_today(villages, first, of_villages, row_ids)
    known, again = former(found, VillageRegister(now, None, areas), of_changes)
    register = VillageRegister(now, known, areas)
    problems += [*again, *more]
    for sheet in others:
        problems += [] if sheet is None else rows_carried(sheet, register, names)
    named = {
        one.village_id: (one.village_id, one.name, _text(one.township_id))
        for one in villages[["village_id", "name", "township_id"]].itertuples()
    }
    places: dict[int, Place] = {}
    for row, one in rows:
        heirs = register.heirs(*named[one])
        label = one if heirs is None else heirs[0]
        places[row] = Place("village", label, named[one], heirs)
    entry = of_changes.sheet.entry(used)
    return Today(now, register, places, (entry,), tuple(problems))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
