"""What the locator keeps of a study: its tables and names, read once and then found again.

Reading workbooks and an extract takes seconds; what was read is kept in the cache under
a key of the files' content and of our code, which reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap import kept
from servicemap.land import Land
from servicemap.locator import gazetteer, name_keys
from servicemap.locator.name_keys import Keys
from servicemap.locator.names import Name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from servicemap.intake import Inputs
    from servicemap.osm_file import Extract
    from servicemap.study import Study

KIND = "located"
KEPT = 16  # studies in the cache; the least recently used go first
KEYS = {
    "facilities": "facility_id",
    "villages": "village_id",
    "townships": "township_id",
    "demand": "demand_id",
    "items": "item_id",
    "services": None,
    "former": None,
}
_ORDER = {
    "services": ["facility_id", "item_group", "item_id"],
    "former": ["former_name", "former_id", "village_id", "date"],
}
ARRAYS = tuple(
    f"{table}_{axis}"
    for table in ("facilities", "villages", "demand")
    for axis in ("lon", "lat")
)

Columns = dict[str, list[Any]]


@dataclass(frozen=True, eq=False)
class StudyData:
    """Tables as columns, rows by code point of their ids; what is missing is None.

    Attributes
    ----------
    tables
        ``facilities, villages, townships, demand, items, services``: the columns of the
        contract; ``former``: villages of earlier times. Without coordinates and
        geometry.
    lon, lat
        Per table, degrees; NaN where a row has no coordinates.
    shapes
        Per table, WKB in hexadecimal digits or None: areas of villages and townships.
    names, keys
        What can be found by name.
    bounds
        West, south, east, north of the extract.
    land
        To which areas are cut.
    """

    tables: Mapping[str, Columns]
    lon: Mapping[str, Any]
    lat: Mapping[str, Any]
    shapes: Mapping[str, list[str | None]]
    names: list[Name]
    keys: list[Keys]
    bounds: tuple[float, float, float, float]
    land: Land


def study_data(
    version: str, asked: Study, read: Callable[[], tuple[Extract, Inputs]]
) -> StudyData:
    """Tables and names of a study, from the cache or read and then kept.

    Parameters
    ----------
    version
        Of the study's files.
    asked
        The study.
    read
        Reads the files.
    """
    key = kept.key_of(f"{version}\n{kept.own_code()}")
    known = kept.load(KIND, key, ARRAYS, _found)
    if known is None:
        known = made_of(asked, *read())
        _keep(key, known)
    return known


def made_of(asked: Study, extract: Extract, given: Inputs) -> StudyData:
    """Tables and names from what was read.

    Parameters
    ----------
    asked
        The study.
    extract
        For names of places and streets, and for its water.
    given
        Checked tables.
    """
    frames: dict[str, pd.DataFrame] = {name: getattr(given, name) for name in KEYS}
    tables: dict[str, Columns] = {}
    lon, lat, shapes = {}, {}, {}
    for name, key in KEYS.items():
        frame = frames[name]
        by = [key] if key else _ORDER[name]
        frame = frame.sort_values(by, kind="stable").reset_index(drop=True)
        if "geometry" in frame:
            shapes[name] = [
                None if one is None else one.wkb_hex for one in frame["geometry"]
            ]
        if "lon" in frame:
            lon[name] = frame["lon"].to_numpy(dtype="float64")
            lat[name] = frame["lat"].to_numpy(dtype="float64")
        tables[name] = _columns(frame)
    entries = gazetteer.entries(tables, lon, lat, shapes, extract)
    return StudyData(
        tables=tables,
        lon=lon,
        lat=lat,
        shapes=shapes,
        names=entries,
        keys=[name_keys.keys(one.name) for one in entries],
        bounds=extract.bounds,
        land=Land.read(asked, given.townships, extract),
    )


def _columns(frame: pd.DataFrame) -> Columns:
    plain = frame.drop(columns=["lon", "lat", "geometry"], errors="ignore")
    plain = plain.astype(object).where(plain.notna(), None)
    return {str(name): [_plain(one) for one in plain[name]] for name in plain.columns}


def _plain(value: Any) -> Any:
    """Values that JSON can hold."""
    return value.item() if isinstance(value, np.generic) else value


def _keep(key: str, data: StudyData) -> None:
    arrays = {
        f"{table}_{axis}": values[table]
        for axis, values in (("lon", data.lon), ("lat", data.lat))
        for table in values
    }
    meta = {
        "tables": dict(data.tables),
        "shapes": dict(data.shapes),
        "bounds": list(data.bounds),
        "land": data.land.as_hex(),
        "names": {
            one.name: [getattr(entry, one.name) for entry in data.names]
            for one in fields(Name)
        },
        "keys": {
            one.name: [getattr(own, one.name) for own in data.keys] for one in fields(Keys)
        },
    }
    kept.keep(KIND, key, arrays, meta, most=KEPT)


def _found(meta: dict[str, Any], arrays: dict[str, Any]) -> StudyData:
    columns = zip(*meta["names"].values(), strict=True)
    own = zip(*meta["keys"].values(), strict=True)
    return StudyData(
        tables=meta["tables"],
        lon={one[:-4]: arrays[one] for one in ARRAYS if one.endswith("_lon")},
        lat={one[:-4]: arrays[one] for one in ARRAYS if one.endswith("_lat")},
        shapes=meta["shapes"],
        names=[Name(*one) for one in columns],
        keys=[Keys(*map(tuple, one)) for one in own],
        bounds=tuple(meta["bounds"]),
        land=Land.from_hex(*meta["land"]),
    )


__all__ = ["StudyData", "made_of", "study_data"]
