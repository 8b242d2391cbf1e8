"""A small made-up county as a finished `Result`, for tests of outputs.

Three townships, eight villages with five demand points each (40), seven service
points of six tiers, one question on foot, one for the elderly, one by car. It is
small enough to check by hand and has one of everything that an output must cope
with: a village off the road network, an island that only a ferry reaches, a
village located by its own station, missing phones and hours, a planned point,
and names that try to be HTML, JavaScript or a spreadsheet formula.

Times are straight lines times 1.35 at a constant speed, in whole milliseconds;
what follows from them is computed by `analysis`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from servicemap import table_columns, tables
from servicemap.analysis.annex import annex
from servicemap.analysis.answers import Answers
from servicemap.analysis.coverage import coverage
from servicemap.analysis.gaps import gaps
from servicemap.errors import Problem
from servicemap.result import Result
from servicemap.study import About, Question, Study, Travel

WEST, SOUTH = 121.0, 28.8
KM_LON, KM_LAT = 97.5, 110.9  # kilometres in a degree here
WIDE_KM, HIGH_KM = 24.0, 18.0
DETOUR = 1.35
SPEED_MPS = {"walk": 1.25, "drive": 30 / 3.6}
SNAP_M = 40.0
CRS = "EPSG:4326"

IMG = "<img src=x onerror=alert(1)>"
TEMPLATE = "${alert(1)}"
SCRIPT = "</script><script>alert(1)</script>"
TICKS = "`+alert(1)+`"
RTL = "\u202eabc\u202c"
FORMULA = "=HYPERLINK(0)"
HOSTILE = (IMG, TEMPLATE, SCRIPT, TICKS, RTL, FORMULA)

# id, Chinese, English, outline in km (west, south, east, north)
# fmt: off
TOWNSHIPS = (
    ("330001", "临川镇", "Linchuan", (1.0, 1.0, 11.0, 9.0)),
    ("330002", "石岭乡", "Shiling", (1.0, 9.0, 11.0, 17.0)),
    ("330003", f"湾头镇{TEMPLATE}", f"Wantou{TEMPLATE}", (11.0, 1.0, 23.5, 17.0)),
)
# fmt: on
# id, Chinese, English, township, kind, x km, y km, people per demand point, located_by
# fmt: off
VILLAGES = (
    ("330001001", "城关社区", "Chengguan", "330001", "community", 6.0, 5.0, 1200, "office"),
    ("330001002", "上塘村", "Shangtang", "330001", "village", 4.6, 5.9, 240, "survey"),
    ("330001003", f"下塘村{IMG}", f"Xiatang{IMG}", "330001", "village", 8.6, 3.0, 180, "survey"),
    ("330002001", "高坪村", "Gaoping", "330002", "village", 5.5, 12.4, 90, "polygon"),
    ("330002002", f"岭头村{TICKS}", f"Lingtou{TICKS}", "330002", "village", 8.7, 14.6, 60, "own_station"),
    ("330002003", f"松坑村{RTL}", f"Songkeng{RTL}", "330002", "village", 2.6, 15.2, 30, "by_hand"),
    ("330003001", f"湾头村{FORMULA}", f"Wantou village{FORMULA}", "330003", "village", 15.2, 7.6, 320, "places"),
    ("330003002", "屿心村", "Yuxin", "330003", "village", 21.6, 4.2, 110, "survey"),
)
# fmt: on
OFF_NETWORK = "330002003"
FERRY_ONLY = "330003002"
OWN_STATION = "330002002"
# id, Chinese, English, tier, form, township, village, x, y, status, hours, windows, phone
# fmt: off
FACILITIES = (
    ("F01", "临川市政务服务中心", "Linchuan service centre", "city", "hall", "330001", None, 6.2, 5.2, "open", "Mo-Fr 09:00-17:00; Sa 09:00-12:00", 42, "0000-1000001"),
    ("F02", f"石岭乡便民服务中心{SCRIPT}", f"Shiling centre{SCRIPT}", "township", "hall", "330002", None, 5.8, 12.0, "open", "Mo-Fr 08:30-17:00", 6, f"0000-1000002{IMG}"),
    ("F03", "湾头镇便民服务中心", "Wantou centre", "township", "hall", "330003", None, 14.9, 7.9, "open", "Mo-Fr 08:30-17:00", 8, None),
    ("F04", "上塘村便民服务站", "Shangtang station", "village", "window", "330001", "330001002", 4.7, 5.8, "open", None, 1, None),
    ("F05", "示例银行湾头支行", "Example Bank Wantou", "bank", "special_area", "330003", None, 15.6, 7.1, "open", "Mo-Sa 09:00-16:30", 2, "0000-1000005"),
    ("F06", "城关自助服务亭", "Chengguan kiosk", "kiosk", "self_service", "330001", None, 5.6, 4.6, "open", "24/7", None, None),
    ("F07", f"岭头代办点{TEMPLATE}", f"Lingtou agent{TEMPLATE}", "mobile", "agent", "330002", "330002002", 8.7, 14.6, "planned", "Tu 08:30-11:30", None, None),
)
# fmt: on
# id, Chinese, English, which of the groups, scope
# fmt: off
ITEMS = (
    ("I01", "社会保险参保登记", "Enrol in social insurance", 0, "city"),
    ("I02", "医疗保险异地就医备案", "Register treatment elsewhere", 1, "city"),
    ("I03", "居民身份证换领", "Renew an identity card", 2, "township"),
)
# fmt: on
GROUPS = {
    True: ("社会保障", "医疗保障", "公安"),
    False: ("social security", "medical insurance", "police"),
}
AROUND = ((0.0, 0.0), (0.45, 0.2), (-0.35, 0.4), (0.25, -0.5), (-0.6, -0.3))


def small_result(language: str = "zh", *, counted: bool = True) -> Result:
    """The whole county; the same object content on every call.

    With ``counted=False`` nobody has said how many people live where.
    """
    zh = language == "zh"
    study = _study(language)
    villages, townships = _villages(zh), _townships(zh)
    demand, facilities = _demand(counted=counted), _facilities(zh)
    travel_times = _travel_times(demand, facilities, study)
    nearest = _nearest(demand, facilities, travel_times, study)
    answers = Answers(
        study,
        facilities=facilities,
        services=_services(facilities, zh),
        items=_items(zh),
        townships=townships,
        villages=villages,
        demand=demand,
        travel_times=travel_times,
        nearest=nearest,
    )
    covered = coverage(answers)
    return Result(
        study=study,
        facilities=facilities,
        townships=townships,
        villages=villages,
        demand=demand,
        people=_people(demand),
        items=_items(zh),
        services=_services(facilities, zh),
        snaps=_snaps(demand, facilities, study),
        travel_times=travel_times,
        nearest=nearest,
        coverage=covered,
        gaps=gaps(study, coverage=covered, villages=villages, demand=demand),
        annex=annex(answers, covered),
        isochrones=_isochrones(study, facilities),
        problems=_problems(language),
        basemap=_basemap(zh),
        inputs=(
            {
                "name": "roads.osm.pbf",
                "sha256": "0" * 64,
                "rows": None,
                "date": "2026-01-02T03:04:05Z",
            },
            {"name": "points.xlsx", "sha256": "1" * 64, "rows": 7, "date": None},
            {"name": "villages.xlsx", "sha256": "2" * 64, "rows": 8, "date": None},
        ),
        network={
            mode: {
                "junctions": 812,
                "edges": 1930,
                "km": 402.5,
                "km_by_class": {"primary": 40.0, "tertiary": 120.5, "residential": 242.0},
                "km_assumed_speed": 310.0,
                "dropped": {"ferry": 1, "private": 3},
                "components": [
                    {"component": 0, "km": 396.1, "points": 7},
                    {"component": 1, "km": 6.4, "points": 0},
                ],
            }
            for mode in study.modes
        },
        audit=pd.DataFrame(
            [
                {
                    "mode": mode,
                    "cutoff_min": cutoff,
                    "area_km2": round(3.1 * cutoff, 3),
                    "where": where,
                    "samples": 2000,
                    "decided": 800,
                    "precision": 0.992,
                    "recall": 0.991,
                }
                for mode in study.modes
                for cutoff in study.travel.minutes
                for where in ("off_road", "on_road")
            ]
        ),
        provenance={
            "started": "2026-12-05T10:00:00+08:00",
            "host": "example",
            "versions": {"servicemap": "0.1.0"},
        },
    )


def _study(language: str) -> Study:
    return Study(
        folder=Path("small"),
        about=About(
            name="示例县（示例数据）" if language == "zh" else "Example county (made up)",
            language=language,
        ),
        travel=Travel(modes=("walk", "drive")),
        questions=(
            Question("headline", mode="walk", minutes=15.0),
            Question("elderly", mode="walk", minutes=15.0, people="elderly"),
            Question("by_car", mode="drive", minutes=15.0),
        ),
    )


def _lonlat(x: Any, y: Any) -> tuple[Any, Any]:
    return np.round(WEST + np.asarray(x) / KM_LON, 6), np.round(
        SOUTH + np.asarray(y) / KM_LAT, 6
    )


def _km(shape: Any) -> Any:
    """A shape drawn in kilometres, in degrees."""
    return shapely.transform(shape, lambda xy: np.column_stack(_lonlat(xy[:, 0], xy[:, 1])))


def _frame(
    rows: list[dict[str, Any]], columns: list[str] | None = None
) -> geopandas.GeoDataFrame:
    columns = columns or []
    frame = pd.DataFrame(rows, columns=[*columns, "geometry"])
    return geopandas.GeoDataFrame(frame, geometry="geometry", crs=CRS)


def _townships(zh: bool) -> Any:
    rows = [
        {
            "township_id": i,
            "name": a if zh else b,
            "area_type": None,
            "geometry": _km(box(*outline)),
        }
        for i, a, b, outline in TOWNSHIPS
    ]
    return tables.check(_frame(rows, ["township_id", "name", "area_type"]), "townships")


def _villages(zh: bool) -> Any:
    rows = []
    for i, a, b, township, kind, x, y, _, by in VILLAGES:
        lon, lat = _lonlat(x, y)
        outline = _km(Point(x, y).buffer(1.1, quad_segs=3)) if by == "polygon" else None
        rows.append(
            {
                "village_id": i,
                "name": a if zh else b,
                "township_id": township,
                "kind": kind,
                "area_type": "mountain" if township == "330002" else None,
                "lon": float(lon),
                "lat": float(lat),
                "geometry": outline,
                "located_by": by,
            }
        )
    frame = pd.DataFrame(rows)
    return tables.check(
        geopandas.GeoDataFrame(frame, geometry="geometry", crs=CRS), "villages"
    )


def _demand(*, counted: bool) -> pd.DataFrame:
    rows = []
    for i, _, _, _, _, x, y, people, by in VILLAGES:
        for number, (dx, dy) in enumerate(AROUND):
            at = (0.0, 0.0) if by == "own_station" else (dx * 1.6, dy * 1.6)
            lon, lat = _lonlat(x + at[0], y + at[1])
            count = people if number == 0 else people // 2 + 7 * number
            rows.append(
                {
                    "demand_id": f"{i}-{number + 1}",
                    "village_id": i,
                    "lon": float(lon),
                    "lat": float(lat),
                    "people": count,
                    "elderly": count * 3 // 10,
                }
            )
    frame = pd.DataFrame(rows).astype({"people": "Int64", "elderly": "Int64"})
    if not counted:
        nobody = pd.array([pd.NA] * len(frame), dtype="Int64")
        frame = frame.assign(people=nobody, elderly=nobody)
    return tables.check(frame, "demand")


def _facilities(zh: bool) -> pd.DataFrame:
    rows = []
    for (
        i,
        a,
        b,
        tier,
        form,
        township,
        village,
        x,
        y,
        status,
        hours,
        windows,
        phone,
    ) in FACILITIES:
        lon, lat = _lonlat(x, y)
        rows.append(
            {
                "facility_id": i,
                "name": a if zh else b,
                "tier": tier,
                "form": form,
                "township_id": township,
                "village_id": village,
                "partner": ("示例银行" if zh else "Example Bank")
                if tier == "bank"
                else None,
                "one_stop": tier in ("city", "township", "village"),
                "status": status,
                "hours": hours,
                "windows": windows,
                "phone": phone,
                "address": f"人民路 {i} 号 {TICKS}" if zh else f"{i} Main Street {TICKS}",
                "lon": float(lon),
                "lat": float(lat),
                "datum": "wgs84",
                "located_by": "office",
            }
        )
    return tables.check(pd.DataFrame(rows), "facilities")


def _items(zh: bool) -> pd.DataFrame:
    rows = [
        {
            "item_id": i,
            "name": a if zh else b,
            "item_group": GROUPS[zh][group],
            "scope": scope,
            "tied_to": None,
        }
        for i, a, b, group, scope in ITEMS
    ]
    return tables.check(pd.DataFrame(rows).astype({"tied_to": "str"}), "items")


def _services(facilities: pd.DataFrame, zh: bool) -> pd.DataFrame:
    rows = []
    for point in facilities.itertuples():
        for group in GROUPS[zh]:
            if group == GROUPS[zh][2] and point.tier in (
                "village",
                "bank",
                "kiosk",
                "mobile",
            ):
                continue
            handling = {"city": "finish", "township": "finish", "kiosk": "self"}.get(
                point.tier, "accept"
            )
            rows.append(
                {
                    "facility_id": point.facility_id,
                    "item_group": group,
                    "item_id": None,
                    "handling": handling,
                    "hours": None,
                    "by_appointment": point.tier == "mobile",
                    "who_may": "anyone",
                }
            )
    return tables.check(pd.DataFrame(rows), "services")


def _people(demand: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            "village_id": village,
            "group": group,
            "kind": "hukou",
            "year": 2025,
            "count": int(count),
            "source": "villages.xlsx",
        }
        for group in ("people", "elderly")
        for village, count in demand.groupby("village_id")[group].sum(min_count=1).items()
        if not pd.isna(count)
    ]
    if not rows:
        return tables.empty("people")
    return tables.check(pd.DataFrame(rows), "people")


def _travel_times(
    demand: pd.DataFrame, facilities: pd.DataFrame, study: Study
) -> pd.DataFrame:
    rows = []
    for mode in study.modes:
        for place in demand.itertuples():
            if place.village_id in (OFF_NETWORK, FERRY_ONLY):
                continue
            for point in facilities.itertuples():
                metres = (
                    DETOUR
                    * 1000
                    * np.hypot(
                        (place.lon - point.lon) * KM_LON, (place.lat - point.lat) * KM_LAT
                    )
                )
                milliseconds = round(
                    1000 * (metres / SPEED_MPS[mode] + SNAP_M / SPEED_MPS["walk"])
                )
                if milliseconds <= tables.cutoff_ms(study.horizon_min):
                    rows.append(
                        {
                            "demand_id": place.demand_id,
                            "facility_id": point.facility_id,
                            "mode": mode,
                            "travel_time_s": milliseconds / 1000,
                            "distance_m": round(float(metres) + SNAP_M, 1),
                        }
                    )
    return tables.check(
        tables.in_order(pd.DataFrame(rows), ["demand_id", "facility_id", "mode"]),
        "travel_times",
    )


def _nearest(
    demand: pd.DataFrame, facilities: pd.DataFrame, travel_times: pd.DataFrame, study: Study
) -> pd.DataFrame:
    open_points = facilities.loc[facilities["status"] == "open", "facility_id"]
    rows = []
    for mode in study.modes:
        within = travel_times[
            (travel_times["mode"] == mode) & travel_times["facility_id"].isin(open_points)
        ]
        ranked = within.sort_values(["demand_id", "travel_time_s", "facility_id"])
        best = ranked.groupby("demand_id").first()
        for place in demand.itertuples():
            row: dict[str, Any] = {
                "demand_id": place.demand_id,
                "mode": mode,
                "set_id": "open",
            }
            if place.demand_id in best.index:
                row |= best.loc[
                    place.demand_id, ["facility_id", "travel_time_s", "distance_m"]
                ].to_dict()
            elif place.village_id == OFF_NETWORK:
                row["reason"] = "off_network"
            elif place.village_id == FERRY_ONLY:
                row["reason"] = "ferry_only"
            else:  # beyond the horizon: found by the search without one
                row |= {"facility_id": "F02", "travel_time_s": 4200.0, "distance_m": 5250.0}
            rows.append(row)
    frame = pd.DataFrame(rows, columns=table_columns.TABLES["nearest"].names)
    frame = frame.astype({"travel_time_s": "float64", "distance_m": "float64"})
    return tables.check(tables.in_order(frame, ["demand_id", "mode", "set_id"]), "nearest")


def _snaps(demand: pd.DataFrame, facilities: pd.DataFrame, study: Study) -> pd.DataFrame:
    rows = []
    for mode in study.modes:
        for table, ids, frame in (
            ("demand", "demand_id", demand),
            ("facilities", "facility_id", facilities),
        ):
            for number, place in enumerate(frame.itertuples()):
                row = {"point_id": getattr(place, ids), "table": table, "mode": mode}
                if getattr(place, "village_id", None) == OFF_NETWORK:
                    row["reason"] = "off_network"
                else:
                    row |= {
                        "edge_id": number,
                        "fraction": 0.25,
                        "snap_m": SNAP_M,
                        "component": 0,
                    }
                    row |= {"lon": place.lon, "lat": place.lat + 0.0003}
                    if getattr(place, "village_id", None) == FERRY_ONLY:
                        row |= {"component": 1, "reason": "island"}
                rows.append(row)
    frame = pd.DataFrame(rows, columns=table_columns.TABLES["snaps"].names)
    return tables.check(tables.in_order(frame, ["table", "point_id", "mode"]), "snaps")


def _coast() -> Polygon:
    return Polygon(
        [
            (0, 0),
            (19, 0),
            (18.4, 2.5),
            (19.2, 5),
            (17.6, 7.4),
            (18.1, 9.4),
            (19.6, 11.5),
            (18.8, 14),
            (20.2, 18),
            (0, 18),
        ]
    )


def _isle() -> Polygon:
    return Point(21.6, 4.2).buffer(1.5, quad_segs=6)


RIVER = LineString(
    [(3.0, 18), (4.2, 14.0), (7.2, 10.4), (9.4, 7.8), (12.8, 6.2), (16.0, 5.6), (18.9, 4.2)]
)


def _isochrones(study: Study, facilities: pd.DataFrame) -> Any:
    rows = []
    land = _coast()
    at = {
        i: (x, y)
        for i, _, _, _, _, _, _, x, y, status, *_ in FACILITIES
        if status == "open"
    }
    for mode in study.modes:
        for cutoff in study.travel.minutes:
            seconds = cutoff * 60 - SNAP_M / SPEED_MPS["walk"]
            radius = SPEED_MPS[mode] * seconds / DETOUR / 1000
            areas = {
                i: Point(xy).buffer(radius, quad_segs=5).intersection(land)
                for i, xy in at.items()
            }
            areas["all"] = shapely.union_all(list(areas.values()))
            rows += [
                {
                    "facility_id": i,
                    "mode": mode,
                    "direction": "to",
                    "cutoff_min": cutoff,
                    "geometry": _km(area),
                }
                for i, area in areas.items()
            ]
    frame = _frame(rows, ["facility_id", "mode", "direction", "cutoff_min"])
    return tables.check(frame, "isochrones")


def _problems(language: str) -> pd.DataFrame:
    found = [
        Problem(
            "unknown_key_far",
            "warning",
            "points.xlsx",
            sheet="服务点",
            row=5,
            column="经度",
            value=IMG,
            values={"known": "lon, lat"},
        ),
        Problem("question_id", "note", "servicemap.toml", column="question"),
    ]
    return tables.problems_table(found, language)


def _basemap(zh: bool) -> dict[str, Any]:
    frame = box(0, 0, WIDE_KM, HIGH_KM)
    land = MultiPolygon([_coast(), _isle()])
    roads = [
        (
            "primary",
            [
                (0, 4.4),
                (3, 4.8),
                (6, 5.1),
                (9, 6.0),
                (12, 7.4),
                (15, 7.8),
                (17.3, 8.4),
                (18.4, 12),
                (17.8, 18),
            ],
        ),
        ("secondary", [(6, 5.1), (6.4, 8), (5.7, 12), (5.4, 14.6), (6.3, 18)]),
        ("tertiary", [(6, 5.1), (8.6, 3.0), (11.4, 2.2), (17.8, 2.0)]),
        ("tertiary", [(5.7, 12), (8.7, 14.6), (12.2, 15.4), (17.9, 14.6)]),
        ("minor", [(4.0, 6.6), (4.7, 5.8), (6, 5.1), (6.9, 4.2)]),
        ("minor", [(15, 7.8), (15.6, 7.1), (15.2, 6.4)]),
        ("minor", [(20.9, 3.6), (21.6, 4.2), (22.4, 4.9)]),
        ("track", [(5.4, 14.6), (4.0, 15.6), (3.4, 16.8)]),
        ("path", [(8.7, 14.6), (9.6, 12.4), (9.0, 10.2)]),
        ("motorway", [(0, 2.2), (7, 1.6), (12.6, 4.4), (14.2, 10.2), (14.8, 18)]),
    ]
    for village in VILLAGES:
        if village[0] == OFF_NETWORK:
            continue
        x, y = village[5], village[6]
        for step in (-0.5, 0.0, 0.5):
            roads += [
                ("minor", [(x - 0.7, y + step), (x + 0.7, y + step)]),
                ("minor", [(x + step, y - 0.7), (x + step, y + 0.7)]),
            ]
    woods = [
        Point(x, y).buffer(r, quad_segs=4)
        for x, y, r in (
            (2.6, 13, 1.9),
            (8.6, 12.2, 1.2),
            (11.5, 13.6, 1.7),
            (3, 8.8, 1.1),
            (12.4, 10.4, 1.0),
            (2.0, 2.0, 0.9),
        )
    ]
    built = [
        Point(x, y).buffer(0.25 + n / 1600, quad_segs=3)
        for _, _, _, _, _, x, y, n, _ in VILLAGES
    ]
    names = [(v[1] if zh else v[2], v[4] == "community", v[5], v[6]) for v in VILLAGES]
    places = [
        {"name": name, "place": "town" if big else "village", "geometry": _km(Point(x, y))}
        for name, big, x, y in names
    ]
    places.append({"name": SCRIPT, "place": "hamlet", "geometry": _km(Point(11.0, 4.5))})
    places.append(
        {
            "name": "示例市" if zh else "Example City",
            "place": "city",
            "geometry": _km(Point(6.1, 5.4)),
        }
    )

    def layer(shapes: list[Any]) -> Any:
        return _frame([{"geometry": _km(shape)} for shape in shapes])

    return {
        "land": layer([land]),
        "water": layer([frame.difference(land), Point(9.9, 6.9).buffer(0.5)]),
        "waterways": layer([RIVER]),
        "woods": layer(woods),
        "built_up": layer(built),
        "roads": _frame(
            [
                {"road_class": kind, "geometry": _km(LineString(line))}
                for kind, line in roads
            ],
            ["road_class"],
        ),
        "rail": layer([LineString([(0, 9.2), (7, 9.0), (13, 9.4), (17, 16), (17.2, 18)])]),
        "places": _frame(places, ["name", "place"]),
        "boundary": layer([box(1, 1, 23.5, 17)]),
    }
