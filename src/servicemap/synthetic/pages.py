"""The made-up county as the sheets that an office would keep, headers as offices write."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
import pandas as pd

from servicemap.synthetic.people import YEAR
from servicemap.synthetic.settlements import Settlements, records
from servicemap.synthetic.workbooks import LABEL, Page

TIERS = {
    "city": "市级",
    "township": "乡镇",
    "village": "村",
    "bank": "银行网点",
    "kiosk": "自助终端",
    "mobile": "流动服务",
}
FORMS = {
    "hall": "大厅",
    "special_area": "专区",
    "window": "专窗",
    "self_service": "自助区",
    "agent": "代办",
    "van": "流动车",
}
STATUSES = {"open": "运行", "planned": "规划", "closed": "停用"}
AREA_TYPES = {
    "city": "城区",
    "town": "镇区",
    "plain": "平原",
    "mountain": "山区",
    "island": "海岛",
}
OWN_STATION_SHARE = 0.08
NOT_LOCATED_SHARE = 0.008
POINT_HEADER = (
    "服务点编号",
    "服务点名称",
    "层级",
    "形式",
    "乡镇街道代码",
    "乡镇街道",
    "村社区代码",
    "村社区",
    "合作银行",
    "政务服务2.0",
    "状态",
    "开放时间",
    "窗口数",
    "电话",
    "地址",
    "经度",
    "纬度",
    "备注",
)
VILLAGE_HEADER = (
    "村社区代码",
    "村社区名称",
    "乡镇街道代码",
    "乡镇街道",
    "类型",
    "区域类型",
    "经度",
    "纬度",
    "坐标来源",
)


def text_file(name: str) -> str:
    """A text that comes with this package."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def points(places: Settlements, table: pd.DataFrame, title: str) -> Page:
    """Service points."""
    town_ids, towns = (places.townships[name].tolist() for name in ("township_id", "name"))
    ids, villages = (places.villages[name].tolist() for name in ("village_id", "name"))
    rows = [
        (
            row.facility_id,
            row.name,
            TIERS[row.tier],
            FORMS[row.form],
            town_ids[row.township],
            towns[row.township],
            ids[row.village],
            villages[row.village],
            row.partner if isinstance(row.partner, str) else None,
            "是" if row.one_stop else "否",
            STATUSES[row.status],
            row.hours if isinstance(row.hours, str) else None,
            None if pd.isna(row.windows) else int(row.windows),
            row.phone,
            row.address,
            float(row.lon),
            float(row.lat),
            LABEL,
        )
        for row in records(table)
    ]
    notes = {
        "开放时间": "OSM 写法或集日写法（逢五逢十为农历）；空白为未知",
        "经度": "WGS84，度",
    }
    return Page("服务点", POINT_HEADER, rows, (f"{title}服务点一览表",), notes=notes)


def villages(
    places: Settlements,
    spot: Any,
    points_table: pd.DataFrame,
    title: str,
    seed: int,
) -> Page:
    """List of villages; some located by their own station only, a few not at all."""
    rng = np.random.default_rng([seed, 8])
    table = places.villages
    lon, lat = (axis.tolist() for axis in spot)
    stations = points_table[points_table["tier"] == "village"].drop_duplicates("village")
    station = dict(
        zip(
            stations["village"],
            zip(stations["lon"], stations["lat"], strict=True),
            strict=True,
        )
    )
    draw = rng.random(len(table))
    free = (table["setting"] != "city").to_numpy() & ~table["seat"].to_numpy()
    alone = ~np.isin(np.arange(len(table)), list(station))
    rank = np.lexsort((draw, ~alone))  # without a station first: nothing places them
    unknown = set(
        rank[free[rank]][: max(1, round(NOT_LOCATED_SHARE * len(table)))].tolist()
    )
    town_ids, towns = (places.townships[name].tolist() for name in ("township_id", "name"))
    rows = []
    for k, row in enumerate(records(table)):
        x, y, how = lon[k], lat[k], "实测" if draw[k] < 0.6 else "村部"  # noqa: PLR2004 - share
        if k in unknown:
            x, y, how = None, None, "未定位"
        elif k in station and draw[k] > 1.0 - OWN_STATION_SHARE:
            (x, y), how = station[k], "本村服务站"
        kind = "社区" if row.kind == "community" else "村"
        area = AREA_TYPES[row.setting]
        rows.append(
            (
                row.village_id,
                row.name,
                town_ids[row.township],
                towns[row.township],
                kind,
                area,
                x,
                y,
                how,
            )
        )
    return Page("村社区名录", VILLAGE_HEADER, rows, (f"{title}村（社区）名录",))


def hamlets(places: Settlements, people: pd.DataFrame, spot: Any, title: str) -> Page:
    """Hamlets: parent, households, people, point."""
    header = (
        "自然村编号",
        "自然村名称",
        "村社区代码",
        "所属村社区",
        "户数",
        "常住人口",
        "户籍人口",
        "经度",
        "纬度",
    )
    ids = places.villages["village_id"].to_numpy()[places.hamlets["village"]]
    owner = places.villages["name"].to_numpy()[places.hamlets["village"]]
    rows = list(
        zip(
            places.hamlets["hamlet_id"],
            places.hamlets["name"],
            ids.tolist(),
            owner.tolist(),
            people["households"].tolist(),
            people["resident"].tolist(),
            people["hukou"].tolist(),
            *(axis.tolist() for axis in spot),
            strict=True,
        )
    )
    return Page("自然村", header, rows, (f"{title}自然村一览表",))


def people(places: Settlements, census: pd.DataFrame, kind: str, title: str) -> Page:
    """Figures of one kind (``resident`` or ``hukou``)."""
    word = {"resident": "常住人口", "hukou": "户籍人口"}[kind]
    header = (
        "村社区代码",
        "村社区名称",
        "乡镇街道",
        word,
        "60岁以上人口",
        "残疾人",
        "年份",
    )
    town = places.townships["name"].to_numpy()[places.villages["township"]]
    columns = [
        census[name].tolist() for name in (kind, f"{kind}_elderly", f"{kind}_disabled")
    ]
    rows = [
        (*row, YEAR)
        for row in zip(
            places.villages["village_id"],
            places.villages["name"],
            town.tolist(),
            *columns,
            strict=True,
        )
    ]
    return Page(word, header, rows, (f"{title}{YEAR}年{word}（按村社区）",))


NOTE = (
    "本工作簿全部内容为程序生成的示例数据，不对应任何真实的地点、机构、电话或人口；"
    "代码以99开头，不是真实的区划代码。"
)
COUNTED = {
    "townships": "乡镇街道",
    "villages": "村（社区）",
    "hamlets": "自然村",
    "people": "常住人口（虚构）",
    "houses": "房屋",
    "points": "服务点",
    "city": "其中：市级政务服务中心",
    "township": "其中：乡镇街道便民服务中心",
    "village": "其中：村（社区）便民服务站、代办点",
    "bank": "其中：合作银行网点",
    "kiosk": "其中：24小时自助服务终端",
    "mobile": "其中：民生服务直通车停靠点",
    "one_stop": "开通政务服务2.0的村（社区）便民服务站",
    "road_km": "道路里程（公里）",
    "bridges": "桥梁",
    "ferries": "轮渡",
    "roadless": "地图上没有道路的村",
}
