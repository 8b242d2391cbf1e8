"""Villages: one row of the sheet, one row of the table; located or not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.errors import Problem
from servicemap.intake import cells, keys, places
from servicemap.intake.positions import positions
from servicemap.intake.townships import code_of, register

if TYPE_CHECKING:
    import geopandas

    from servicemap.intake.columns import Columns
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


def village_register(villages: pd.DataFrame) -> keys.Register:
    """Villages by id and by name within their township."""
    parents = {
        one: None if pd.isna(township) else township
        for one, township in zip(
            villages["village_id"].to_numpy(dtype=object),
            villages["township_id"].to_numpy(dtype=object),
            strict=True,
        )
    }
    names = dict(zip(villages["village_id"], villages["name"], strict=True))
    return keys.Register(names, keys.VILLAGE_SUFFIXES, parents)


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
