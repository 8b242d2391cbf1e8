"""Everything of a study and its map that has a name and a place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.locator.homes import Homes
from servicemap.locator.name_keys import fold
from servicemap.locator.names import Name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from servicemap.osm_file import Extract

    Numbers = Mapping[str, NDArray[np.float64]]
    Tables = Mapping[str, dict[str, list[Any]]]

HAMLETS = ("hamlet", "isolated_dwelling", "neighbourhood", "farm", "locality", "quarter")
SAME_PLACE_M = 1_500.0  # a village of the list and one of the map with its name
DEGREE_M = 111_195.0
SCALE = 1e-7  # of a degree: the unit of the extract's coordinates


def entries(
    tables: Tables,
    lon: Numbers,
    lat: Numbers,
    shapes: Mapping[str, list[str | None]],
    extract: Extract,
) -> list[Name]:
    """All names: villages, townships, service points; places and streets of the map.

    Parameters
    ----------
    tables, lon, lat, shapes
        As `study_data.StudyData` has them.
    extract
        Its ``places`` and the names of its roads.

    Returns
    -------
    list of Name
        A place of the map that the study has as a village is listed once.
    """
    homes = Homes(tables, lon, lat, shapes)
    found = [*_villages(tables["villages"], homes, lon, lat)]
    found += former_names(tables["former"], found)
    found += _townships(tables, lon, lat)
    found += _facilities(tables["facilities"], homes, lon, lat)
    found += _hamlets(tables["demand"], homes, lon, lat, {one.name for one in found})
    known: dict[str, list[tuple[float, float]]] = {}
    for one in found:
        known.setdefault(fold(one.name), []).append((one.lon, one.lat))
    ids = {one.place_id for one in found}
    for one in _places(extract, homes):
        there = known.get(fold(one.name), ())
        far = all(_apart_m((one.lon, one.lat), other) > SAME_PLACE_M for other in there)
        if one.place_id not in ids and far:
            found.append(one)
    found += _streets(extract, homes)
    return found


def _apart_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    east = (a[0] - b[0]) * np.cos(np.radians((a[1] + b[1]) / 2.0))
    return float(np.hypot(east, a[1] - b[1])) * DEGREE_M


def _villages(
    table: dict[str, list[Any]], homes: Homes, lon: Numbers, lat: Numbers
) -> Iterator[Name]:
    for row, (one, name, township) in enumerate(
        zip(table["village_id"], table["name"], table["township_id"], strict=True)
    ):
        place = lon["villages"][row], lat["villages"][row]
        if not np.isfinite(place[0]):
            place = homes.people_of(one)
        if np.isfinite(place[0]):
            yield Name(
                "village", one, name, "", homes.township_name(township), "",
                township or "", one, float(place[0]), float(place[1]),
            )  # fmt: skip


def former_names(table: dict[str, list[Any]], villages: list[Name]) -> list[Name]:
    """Names that villages had before: each leads to the village of today."""
    now = {one.place_id: one for one in villages}
    known = {(one.place_id, fold(one.name)) for one in villages}
    found = []
    for name, heir in zip(table["former_name"], table["village_id"], strict=True):
        if name and heir in now and (heir, fold(name)) not in known:
            known.add((heir, fold(name)))
            found.append(replace(now[heir], name=name, village=now[heir].name))
    return found


def _townships(tables: Tables, lon: Numbers, lat: Numbers) -> Iterator[Name]:
    """A township stands where its own centre is, else where its first village is."""
    points, villages = tables["facilities"], tables["villages"]
    listed = [*zip(villages["township_id"], map(fold, villages["name"]), strict=True)]
    for one, name in zip(
        tables["townships"]["township_id"], tables["townships"]["name"], strict=True
    ):
        if (one, fold(name)) in listed:
            continue  # its main village has its name, and stands for it
        halls = [
            (lon["facilities"][row], lat["facilities"][row])
            for row, of in enumerate(points["township_id"])
            if of == one and points["tier"][row] == "township"
        ]
        others = [
            (lon["villages"][row], lat["villages"][row])
            for row, of in enumerate(villages["township_id"])
            if of == one
        ]
        for place in [*halls, *others]:
            if np.isfinite(place[0]):
                x, y = map(float, place)
                yield Name("township", one, name, "", "", "", one, "", x, y)
                break


def _facilities(
    table: dict[str, list[Any]], homes: Homes, lon: Numbers, lat: Numbers
) -> Iterator[Name]:
    for row, one in enumerate(table["facility_id"]):
        x, y = float(lon["facilities"][row]), float(lat["facilities"][row])
        if np.isfinite(x):
            township, village = table["township_id"][row], table["village_id"][row]
            yield Name(
                "facility", one, table["name"][row], table["address"][row] or "",
                homes.township_name(township), homes.village_name(village),
                township or "", village or "", x, y,
            )  # fmt: skip


def _hamlets(
    table: dict[str, list[Any]], homes: Homes, lon: Numbers, lat: Numbers, known: set[str]
) -> Iterator[Name]:
    """Demand points: by their id, and by their name where the study has one."""
    labels = table.get("name") or [None] * len(table["demand_id"])
    for row, (one, of, label) in enumerate(
        zip(table["demand_id"], table["village_id"], labels, strict=True)
    ):
        x, y = float(lon["demand"][row]), float(lat["demand"][row])
        if not np.isfinite(x) or one == of:
            continue
        township = homes.township_of(of)
        name = label if label and label not in known else ""
        yield Name(
            "hamlet", one, name, "", homes.township_name(township),
            homes.village_name(of), township or "", of, x, y,
        )  # fmt: skip


def _places(extract: Extract, homes: Homes) -> Iterator[Name]:
    columns = ("osm_id", "name", "place", "lon", "lat")
    for one, name, place, x, y in zip(
        *(extract.places[column] for column in columns), strict=True
    ):
        if isinstance(name, str) and name.strip():
            kind = "hamlet" if place in HAMLETS else "place"
            yield _found(kind, str(one), name, homes, float(x), float(y))


def _streets(extract: Extract, homes: Homes) -> Iterator[Name]:
    """Streets: ways of one name in one village, at the middle one of them."""
    roads = extract.roads
    named = np.flatnonzero(np.array([bool(one) for one in roads.names])[roads.name])
    if not len(named):
        return
    middle = (roads.first[named] + roads.first[named + 1] - 1) // 2
    x: NDArray[np.float64] = roads.x[middle] * SCALE
    y: NDArray[np.float64] = roads.y[middle] * SCALE
    near = homes.nearest_villages(x, y)
    groups: dict[tuple[str, int], list[int]] = {}
    for row, (way, village) in enumerate(zip(named.tolist(), near.tolist(), strict=True)):
        groups.setdefault((roads.names[roads.name[way]], village), []).append(row)
    for (name, _), rows in sorted(groups.items()):
        spread = [
            _apart_m((x[row], y[row]), (float(x[rows].mean()), float(y[rows].mean())))
            for row in rows
        ]
        best = rows[int(np.argmin(spread))]
        one = f"w{roads.way_id[named[best]]}"
        yield _found("street", one, name, homes, float(x[best]), float(y[best]))


def _found(kind: str, one: str, name: str, homes: Homes, x: float, y: float) -> Name:
    home = homes.of(x, y)
    return Name(
        kind, one, name, "", home.township, home.village,
        home.township_id or "", home.village_id or "", round(x, 7), round(y, 7),
    )  # fmt: skip
