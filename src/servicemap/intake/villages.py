"""Villages: one row of the sheet, one row of the table; located or not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.errors import Problem
from servicemap.intake import cells, keys, places
from servicemap.intake.former import VillageRegister
from servicemap.intake.positions import positions
from servicemap.intake.townships import code_of, register

if TYPE_CHECKING:
    import geopandas

    from servicemap.intake.columns import Columns
    from servicemap.intake.former import Former
    from servicemap.intake.map_evidence import MapEvidence
    from servicemap.study import Source

_COMMUNITY = ("社区", "居委会", "居民委员会", "社区居委会")
_POLYGONS = (3, 6)


def villages(
    columns: Columns,
    source: Source,
    townships: pd.DataFrame,
    *,
    on_map: MapEvidence,
) -> tuple[geopandas.GeoDataFrame, pd.Series, list[Problem]]:
    """Table ``villages``.

    Parameters
    ----------
    columns
        The sheet.
    source
        Datum and ``swap_lonlat`` of the file.
    townships
        The checked table.
    on_map
        Map data: evidence for the coordinates.

    Returns
    -------
    villages, row_ids, problems
        ``row_ids`` has the village of each used row, for figures in the same sheet.
    """
    import geopandas
    import shapely

    ids, keep, problems = keys.ids(columns, "village_id")
    names = register(townships)
    at = positions(
        columns,
        datum=source.datum,
        swap_lonlat=source.swap_lonlat,
        crs=source.crs,
        on_map=on_map,
        around=places.surroundings(columns, on_map, townships, names),
    )
    problems += at.problems
    name, more = keys.names(columns, ids)
    problems += more
    township, more = places.township_of(columns, townships, names, at.lon, at.lat)
    problems += more
    known = set(townships["township_id"])
    for row in township.index[township.isna()]:
        code = code_of(ids[row], known)
        if code is not None:
            township[row] = code
    kind, more = _kinds(columns, name)
    problems += more
    shapes: Any = np.full(len(ids), None, dtype=object)
    if columns.geometry is not None:
        shapes = np.array(columns.geometry.array, dtype=object)
        shapes[~np.isin(shapely.get_type_id(shapes), _POLYGONS)] = None
        shapes = shapely.make_valid(shapes)
    located = places.located_by(columns, at.lon, shapes)
    blank = at.lon.isna() & ~at.unusable & keep
    problems += [
        columns.problem("not_located", "warning", row) for row in blank.index[blank]
    ]
    frame = geopandas.GeoDataFrame(
        {
            "village_id": ids,
            "name": name,
            "township_id": township,
            "kind": kind,
            "area_type": columns.text("area_type"),
            "lon": at.lon,
            "lat": at.lat,
            "located_by": located,
        },
        geometry=geopandas.GeoSeries(shapes, index=ids.index, crs=4326),
        crs=4326,
    )[keep]
    problems += _namesakes(columns, frame)
    done = tables.check(tables.in_order(frame, ["village_id"]), "villages")
    return done, ids[keep], problems


def at_own_station(
    villages: geopandas.GeoDataFrame, facilities: pd.DataFrame, source: str
) -> tuple[geopandas.GeoDataFrame, list[Problem]]:
    """Villages without a place of their own, put where their own station is.

    ``located_by`` says so, because such a village is covered by its station without
    any road being tested.
    """
    stations = facilities[
        (facilities["tier"] == "village")
        & facilities["village_id"].notna()
        & facilities["lon"].notna()
    ].drop_duplicates("village_id")
    place = stations.set_index("village_id")[["lon", "lat"]]
    lost = villages["lon"].isna() & villages["village_id"].isin(place.index)
    if not lost.any():
        return villages, []
    done = villages.copy()
    for column in ("lon", "lat"):
        done.loc[lost, column] = villages.loc[lost, "village_id"].map(place[column])
    done.loc[lost, "located_by"] = "own_station"
    count = {"count": int(lost.sum())}
    return (
        tables.check(done, "villages"),
        [Problem("at_own_station", "note", source, values=count)],
    )


def as_of_today(
    villages: geopandas.GeoDataFrame, former: Former, columns: Columns, row_ids: pd.Series
) -> tuple[geopandas.GeoDataFrame, list[Problem]]:
    """Leave out former villages that the list still has, and take over new names.

    Parameters
    ----------
    villages
        The list as it is.
    former
        The changes, seen from this list.
    columns, row_ids
        Its sheet, and the village of each row.

    Returns
    -------
    villages, problems
        A finding for every row that is another village today.
    """
    row_of = {one: int(row) for row, one in row_ids.items()}  # type: ignore[call-overload]
    known = VillageRegister(villages)
    problems: list[Problem] = []
    gone: set[str] = set()
    renamed: dict[str, str] = {}
    for event, heirs in zip(former.events, former.heirs, strict=True):
        own = known.find(event.village_id, None if event.village_id else event.name,
                         event.township_id)[0]  # fmt: skip
        if own is None or own in gone:
            continue
        if own not in former.kept_since(event.date) | {heir.village_id for heir in heirs}:
            gone.add(own)
            news = ", ".join(known.name_of(heir.village_id) for heir in heirs)
            problems.append(
                columns.problem("former_listed", "warning", row_of[own], "name", new=news)
            )
            continue
        new = event.parts[0].name
        listed = known.name_of(own)
        if len(event.parts) == 1 and new and listed == event.name and new != listed:
            renamed[own] = new
            problems.append(
                columns.problem("former_name", "warning", row_of[own], "name", new=new)
            )
    if not gone and not renamed:
        return villages, []
    done = villages[~villages["village_id"].isin(gone)].reset_index(drop=True)
    names = done["village_id"].map(renamed)
    done["name"] = names.where(names.notna(), done["name"])
    return tables.check(done, "villages"), problems


def _kinds(columns: Columns, name: pd.Series) -> tuple[pd.Series, list[Problem]]:
    by_name = [
        "community" if one.strip().endswith(_COMMUNITY) else "village" for one in name
    ]
    said, problems = columns.read(
        "kind", partial(cells.word, column="kind"), "kind_unknown", "note"
    )
    kind = [said.get(int(row), one) for row, one in zip(name.index, by_name, strict=True)]
    return pd.Series(kind, index=name.index, dtype="str"), problems


def _namesakes(columns: Columns, frame: pd.DataFrame) -> list[Problem]:
    again = frame[["name", "township_id"]].duplicated() & frame["name"].notna()
    return [
        columns.problem("same_name", "warning", row, "name") for row in frame.index[again]
    ]
