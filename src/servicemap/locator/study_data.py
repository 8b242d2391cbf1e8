"""What the locator keeps of a study: its tables and names, read once and then found again.

Reading workbooks and an extract takes seconds; what was read is kept in the cache under
a key of the files' content and of our code, which reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import kept, tables
from servicemap.intake.ground import ground
from servicemap.land import Land
from servicemap.locator import gazetteer, name_keys
from servicemap.locator.name_keys import Keys
from servicemap.locator.names import Name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from servicemap.hours.days import DayCalendar
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
    "ground": "ground_id",
}
_ORDER = {
    "services": ["facility_id", "item_group", "item_id"],
    "former": ["former_name", "former_id", "village_id", "date"],
}
ARRAYS = tuple(
    f"{table}_{axis}"
    for table in ("facilities", "villages", "demand", "ground")
    for axis in ("lon", "lat")
)

Columns = dict[str, list[Any]]


@dataclass(frozen=True, eq=False)
class StudyData:
    """Tables as columns, rows by code point of their ids; what is missing is None.

    Attributes
    ----------
    tables
        ``facilities, villages, townships, demand, items, services, ground``: the columns
        of the contract; ``former``: villages of earlier times. Without coordinates and
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
    changes
        What layers of the study did to its roads.
    """

    tables: Mapping[str, Columns]
    lon: Mapping[str, Any]
    lat: Mapping[str, Any]
    shapes: Mapping[str, list[str | None]]
    names: list[Name]
    keys: list[Keys]
    bounds: tuple[float, float, float, float]
    land: Land
    changes: tuple[Mapping[str, Any], ...]

    def inputs(self, calendar: DayCalendar) -> Inputs:
        """The tables that questions are answered from, as they were when they were read.

        Parameters
        ----------
        calendar
            Holidays and make-up workdays.

        Returns
        -------
        Inputs
            Without what a run only reports: figures of people by source, findings, files.
        """
        from servicemap.intake import Inputs

        return Inputs(
            facilities=self.frame("facilities"),
            townships=self.frame("townships"),
            villages=self.frame("villages"),
            demand=self.frame("demand"),
            people=tables.empty("people"),
            items=self.frame("items"),
            services=self.frame("services"),
            calendar=calendar,
            former=pd.DataFrame(self.tables["former"]),
            people_sources=pd.DataFrame(),
            problems=(),
            files=(),
        )

    def frame(self, name: str) -> Any:
        """A table of the contract, rows by id."""
        columns: dict[str, Any] = dict(self.tables[name])
        if name in self.lon:
            columns |= {"lon": self.lon[name], "lat": self.lat[name]}
        frame: pd.DataFrame = pd.DataFrame(columns)
        if name in self.shapes:
            import geopandas
            import shapely

            shapes = shapely.from_wkb(np.array(self.shapes[name], dtype=object))
            frame = geopandas.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")
        return tables.check(frame, name)


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
    frames: dict[str, pd.DataFrame] = {
        name: getattr(given, name) for name in KEYS if name != "ground"
    }
    frames["ground"] = ground(extract, given.villages, given.townships)
    columns: dict[str, Columns] = {}
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
        columns[name] = _columns(frame)
    entries = gazetteer.entries(columns, lon, lat, shapes, extract)
    return StudyData(
        tables=columns,
        lon=lon,
        lat=lat,
        shapes=shapes,
        names=entries,
        keys=[name_keys.keys(one.name) for one in entries],
        bounds=extract.bounds,
        land=Land.read(asked, given.townships, extract),
        changes=extract.changes,
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
        "changes": [dict(one) for one in data.changes],
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
        changes=tuple(meta["changes"]),
    )


__all__ = ["StudyData", "made_of", "study_data"]
