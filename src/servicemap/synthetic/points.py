"""Service points of the made-up county: centres, stations, banks, terminals, buses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap.synthetic import names

if TYPE_CHECKING:
    from servicemap.synthetic.settlements import Settlements
    from servicemap.synthetic.streets import Drawing
    from servicemap.synthetic.terrain import Terrain

# Of 420 villages; other sizes in proportion.
PER_420 = {"one_stop": 209, "plain_station": 84, "agent": 32, "van": 30, "kiosk": 32}
OFFICE = "Mo-Fr 08:30-12:00,13:30-17:00; PH off"
WITH_SATURDAY = "Mo-Fr 08:30-12:00,13:30-17:00; Sa 09:00-12:00; PH off"
STATION = "Mo-Fr 08:30-11:30,14:00-16:30; PH off"
SOME_DAYS = "Mo,We,Fr 08:30-11:30; PH off"
BANK = "Mo-Fr 08:30-17:00; Sa-Su 09:00-16:00"
ALWAYS = "24/7"
BUS = ("We[1],We[3] 09:00-11:30", "Th[2],Th[4] 09:00-11:30", "Tu[1] 14:00-16:00")
MARKET = (
    "农历逢五、逢十 08:00-11:00",
    "农历逢三、逢八 08:00-11:00",
    "农历逢二、逢七 08:00-11:00",
)
COLUMNS = (
    "facility_id",
    "name",
    "tier",
    "form",
    "township",
    "village",
    "partner",
    "one_stop",
    "status",
    "hours",
    "windows",
    "x",
    "y",
)
WINDOW_SHARE = 0.6  # of the outlets in villages
PLACE_ORDER = {"city": 0, "town": 0, "plain": 1, "island": 1, "mountain": 2}


def service_points(
    terrain: Terrain, places: Settlements, drawing: Drawing, seed: int
) -> pd.DataFrame:
    """All points.

    Returns
    -------
    DataFrame
        `COLUMNS` (township and village are row numbers) and lon, lat, phone, address;
        tier and form are the words of `servicemap.tables`.
    """
    rng = np.random.default_rng([seed, 7])
    first = ~places.hamlets["village"].duplicated().to_numpy()
    spot = drawing.hamlets[first]
    rows: list[dict[str, Any]] = []
    _centres(rng, places, drawing, spot, rows)
    _stations(rng, places, spot, rows)
    _banks(rng, places, spot, rows)
    _terminals(rng, places, spot, rows)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["lon"], frame["lat"] = terrain.grid.lonlat(frame["x"], frame["y"])
    number = np.arange(1, len(frame) + 1)
    frame["facility_id"] = [f"F{one:05d}" for one in number.tolist()]
    frame["phone"] = [f"0000-{8_000_000 + one}" for one in number.tolist()]
    town = places.townships["name"].to_numpy()[frame["township"]]
    village = places.villages["name"].to_numpy()[frame["village"]]
    house = rng.integers(1, 199, len(frame))
    frame["address"] = [
        f"{names.CITY}{a}{b}{c}号（示例）"
        for a, b, c in zip(town, village, house.tolist(), strict=True)
    ]
    return frame


def _near(rng: np.random.Generator, spot: Any, metres: float) -> tuple[float, float]:
    angle = rng.uniform(0.0, 2.0 * math.pi)
    return (
        float(spot[0]) + metres * math.cos(angle),
        float(spot[1]) + metres * math.sin(angle),
    )


def _row(
    place: tuple[int, int],
    at: tuple[float, float],
    name: str,
    form: tuple[str, str],
    hours: str | None,
    **more: Any,
) -> dict[str, Any]:
    fixed = {"partner": None, "one_stop": False, "status": "open", "windows": None}
    row = {"name": name, "tier": form[0], "form": form[1], "hours": hours}
    where = {"township": place[0], "village": place[1], "x": at[0], "y": at[1]}
    return {**fixed, **row, **where, **more}


def _centres(
    rng: np.random.Generator,
    places: Settlements,
    drawing: Drawing,
    spot: Any,
    rows: list[dict[str, Any]],
) -> None:
    seats = places.townships["cell"].to_numpy()
    for number, cell in enumerate(places.cities.tolist()):
        town = int(np.flatnonzero(seats == cell)[0])
        at = _near(rng, (drawing.x[cell], drawing.y[cell]), 35.0)
        rows.append(
            _row(
                (town, town),  # the seat of township k is village k
                at,
                f"{names.city(number)}政务服务中心",
                ("city", "hall"),
                WITH_SATURDAY,
                one_stop=True,
                windows=48,
            )
        )
    for town, name in enumerate(places.townships["name"]):
        rows.append(
            _row(
                (town, town),
                _near(rng, spot[town], 45.0),
                f"{name}便民服务中心",
                ("township", "hall"),
                WITH_SATURDAY if rng.random() < 0.35 else OFFICE,  # noqa: PLR2004 - share
                one_stop=True,
                windows=int(rng.integers(4, 13)),
            )
        )


def _share(places: Settlements, what: str) -> int:
    return round(PER_420[what] * len(places.villages) / 420)


def _stations(
    rng: np.random.Generator,
    places: Settlements,
    spot: Any,
    rows: list[dict[str, Any]],
) -> None:
    """Stations with the one-stop system, stations without, agents, buses, or nothing."""
    labels, towns = (places.villages[name].tolist() for name in ("name", "township"))
    villages = places.villages
    rank = villages["setting"].map(PLACE_ORDER).to_numpy() + rng.uniform(
        0, 1.6, len(villages)
    )
    order = np.argsort(rank, kind="stable")
    ends = np.cumsum(
        [_share(places, what) for what in ("one_stop", "plain_station", "agent")]
    )
    for place, village in enumerate(order.tolist()):
        name, town = labels[village], towns[village]
        at = _near(rng, spot[village], 22.0)
        where = (town, village)
        draw = rng.random()
        if place < ends[0]:
            label = f"{name}便民服务站"
            hours = None if draw < 0.03 else STATION  # noqa: PLR2004 - share not known
            windows = int(rng.integers(1, 4))
            more = {"one_stop": True, "windows": windows}
            rows.append(_row(where, at, label, ("village", "window"), hours, **more))
        elif place < ends[1]:
            label = f"{name}便民服务站"
            hours = None if draw < 0.06 else SOME_DAYS if draw < 0.4 else STATION  # noqa: PLR2004
            rows.append(_row(where, at, label, ("village", "agent"), hours, windows=1))
        elif place < ends[2]:
            label, hours = f"{name}代办点", MARKET[place % len(MARKET)]
            rows.append(_row(where, at, label, ("village", "agent"), hours))
    for turn, village in enumerate(order[::-1][: _share(places, "van")].tolist()):
        name, town = labels[village], towns[village]
        at = _near(rng, spot[village], 30.0)
        label, hours = f"民生服务直通车{name}停靠点", BUS[turn % len(BUS)]
        rows.append(_row((town, village), at, label, ("mobile", "van"), hours))


def _banks(
    rng: np.random.Generator,
    places: Settlements,
    spot: Any,
    rows: list[dict[str, Any]],
) -> None:
    """One bank in every seat, the other in towns; both in the city; some in villages."""
    labels, towns = (places.villages[name].tolist() for name in ("name", "township"))
    settings = places.villages["setting"].to_numpy()
    seats = len(places.townships)
    urban = np.flatnonzero((settings == "city") & (np.arange(len(settings)) >= seats))
    plain = np.flatnonzero((settings == "plain") & (np.arange(len(settings)) >= seats))
    bigger = np.flatnonzero((places.townships["kind"] != "乡").to_numpy())
    some = max(1, len(settings) // 30)
    first = [*range(seats), *urban[::2].tolist(), *rng.permutation(plain)[:some].tolist()]
    second = [*bigger.tolist(), *urban[1::2].tolist()]
    for bank, villages in zip(names.BANKS, (first, second), strict=True):
        for village in villages:
            town = towns[village]
            seat = village < seats
            other = "window" if rng.random() < WINDOW_SHARE else "self_service"
            form = "special_area" if seat else other
            label = f"{bank}{labels[village]}网点"
            at = _near(rng, spot[village], 60.0)
            more = {"partner": bank, "windows": 2 if seat else 1}
            rows.append(_row((town, village), at, label, ("bank", form), BANK, **more))


def _terminals(
    rng: np.random.Generator,
    places: Settlements,
    spot: Any,
    rows: list[dict[str, Any]],
) -> None:
    labels, towns = (places.villages[name].tolist() for name in ("name", "township"))
    settings = places.villages["setting"].to_numpy()
    rank = np.where(np.isin(settings, ("city", "town")), 0.0, 1.0)
    order = np.argsort(rank + rng.uniform(0.0, 1.2, len(rank)), kind="stable")
    count = max(1, _share(places, "kiosk"))
    for turn, village in enumerate(order[:count].tolist()):
        town = towns[village]
        status = "planned" if turn % 11 == 10 else "closed" if turn % 16 == 15 else "open"  # noqa: PLR2004 - every so many
        label = f"{labels[village]}24小时自助服务终端"
        at = _near(rng, spot[village], 70.0)
        rows.append(
            _row(
                (town, village), at, label, ("kiosk", "self_service"), ALWAYS, status=status
            )
        )
