"""A study for the benchmark of the service: points and villages by lot on real roads.

Everything in it but the roads is made up: 300 points with hours and telephones in 30
townships, an item catalogue with rules, and 10,000 villages with Chinese names, so that
suggestions have as many names as a large city has villages and hamlets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from servicemap import osm_file

if TYPE_CHECKING:
    from pathlib import Path

N_POINTS, N_VILLAGES, N_COLUMNS, N_ROWS = 300, 10_000, 6, 5
FIRST = "石白长东西南北上下大小高新安平金银龙凤云清红青黄"
SECOND = "山河溪岭坑湾坪桥塘田头洋岗沙水泉林竹松梅柳杨桃家庄店口门井坡崖渡埠厝前后里"
HOURS = (
    "Mo-Fr 08:30-12:00,13:30-17:00; PH off",
    "Mo-Sa 08:00-17:30",
    "Mo-Su 09:00-20:00",
    "24/7",
    "",
)
TOML = """
[study]
name = "{name}"
language = "zh"
timezone = "Asia/Shanghai"

[roads]
source = "{roads}"

[facilities]
source = "points.csv"
datum = "wgs84"

[villages]
source = "villages.csv"
datum = "wgs84"

[items]
source = "items.csv"
templates = "templates.csv"

[travel]
modes = ["drive", "walk"]

[[question]]
id = "headline"
mode = "drive"
minutes = 15
"""
ITEMS = (
    "id,item,group,scope",
    "A1,Medical card,insurance,city-wide",
    "A2,Refund of costs,insurance,city-wide",
    "B1,Pension,pension,city-wide",
    "C1,Land register,land,own township",
)
TEMPLATES = (
    "tier,item group,handling,who may,opening hours",
    "township,all,finish,anyone,",
    "village,insurance,accept,anyone,",
    "village,land,agent,own village,",
    "bank,pension,self-service,anyone,24/7",
)
ITEM_IDS = ("A1", "B1", "C1", "insurance")


def write(extract: Path, folder: Path) -> None:
    """Write the study's files; the same extract gives the same bytes."""
    random = np.random.default_rng(15)
    roads = osm_file.read(extract, want_map=False).roads
    at = random.choice(len(roads.x), N_POINTS + N_VILLAGES, replace=False)
    lon, lat = roads.x[at] * 1e-7, roads.y[at] * 1e-7
    township = _cells(lon, N_COLUMNS) * N_ROWS + _cells(lat, N_ROWS)
    names = _names(random)
    points = ["id,name,tier,township,opening hours,phone,address,longitude,latitude"]
    for row in range(N_POINTS):
        tier = ("township", "village", "bank")[min(2, row % 5)]
        hours = HOURS[row % 7 % len(HOURS)]
        points.append(
            f'P{row:04},Point {row},{tier},Town {township[row]},"{hours}",'
            f"0000-{row:04},Road {row},{lon[row]:.7f},{lat[row]:.7f}"
        )
    villages = ["id,name,township,longitude,latitude"]
    villages += [
        f"V{row:05},{name},Town {township[k]},{lon[k]:.7f},{lat[k]:.7f}"
        for row, (name, k) in enumerate(
            zip(names, range(N_POINTS, N_POINTS + N_VILLAGES), strict=True)
        )
    ]
    folder.mkdir(parents=True)
    for name, lines in (
        ("points.csv", points),
        ("villages.csv", villages),
        ("items.csv", ITEMS),
        ("templates.csv", TEMPLATES),
        ("servicemap.toml", [TOML.format(name=extract.stem, roads=extract.resolve())]),
    ):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _cells(degrees: np.ndarray, count: int) -> np.ndarray:
    """Strips that hold equally many places."""
    rank = np.argsort(np.argsort(degrees))
    return rank * count // len(degrees)


def _names(random: np.random.Generator) -> list[str]:
    """So many different names of two or three characters and 村."""
    made: dict[str, None] = {}
    while len(made) < N_VILLAGES:
        first = random.choice(list(FIRST))
        more = random.choice(list(SECOND), random.integers(1, 3))
        made[first + "".join(more) + "村"] = None
    return list(made)
