"""The made-up county as the sheets that an office would keep, headers as offices write."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd

from servicemap.synthetic.people import YEAR
from servicemap.synthetic.settlements import Settlements
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
MERGED = 2
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


@dataclass(frozen=True)
class Change:
    """A village that was two last year, or had another name."""

    what: str
    old: tuple[tuple[str, str], ...]  # code, name
    village: int  # row number today


def text_file(name: str) -> str:
    """A text that comes with this package."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def points(places: Settlements, table: pd.DataFrame, title: str) -> Page:
    """Service points."""
    towns, villages = places.townships, places.villages
    rows = [
        (
            row.facility_id,
            row.name,
            TIERS[row.tier],
            FORMS[row.form],
            towns["township_id"].iloc[row.township],
            towns["name"].iloc[row.township],
            villages["village_id"].iloc[row.village],
            villages["name"].iloc[row.village],
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
        for row in table.itertuples(index=False)
    ]
    notes = {"开放时间": "OSM 写法或集日写法（逢五逢十为农历）；空白为未知", "经度": "WGS84，度"}
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
        zip(stations["village"], zip(stations["lon"], stations["lat"], strict=True), strict=True)
    )
    draw = rng.random(len(table))
    free = (table["setting"] != "city").to_numpy() & ~table["seat"].to_numpy()
    unknown = set(np.flatnonzero(free)[np.argsort(draw[free])][
        : max(1, round(NOT_LOCATED_SHARE * len(table)))
    ].tolist())
    rows = []
    for k, row in enumerate(table.itertuples(index=False)):
        x, y, how = lon[k], lat[k], "实测" if draw[k] < 0.6 else "村部"  # noqa: PLR2004 - share
        if k in unknown:
            x, y, how = None, None, "未定位"
        elif k in station and draw[k] > 1.0 - OWN_STATION_SHARE:
            (x, y), how = station[k], "本村服务站"
        town = places.townships.iloc[row.township]
        kind = "社区" if row.kind == "community" else "村"
        area = AREA_TYPES[row.setting]
        rows.append(
            (row.village_id, row.name, town["township_id"], town["name"], kind, area, x, y, how)
        )
    return Page("村社区名录", VILLAGE_HEADER, rows, (f"{title}村（社区）名录",))


def hamlets(
    places: Settlements, people: pd.DataFrame, spot: Any, title: str
) -> Page:
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


def people(
    places: Settlements, census: pd.DataFrame, kind: str, title: str
) -> Page:
    """Figures of one kind (``resident`` or ``hukou``)."""
    word = {"resident": "常住人口", "hukou": "户籍人口"}[kind]
    header = ("村社区代码", "村社区名称", "乡镇街道", word, "60岁以上人口", "残疾人", "年份")
    town = places.townships["name"].to_numpy()[places.villages["township"]]
    columns = [census[name].tolist() for name in (kind, f"{kind}_elderly", f"{kind}_disabled")]
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


def changes(places: Settlements) -> list[Change]:
    """Two villages merged since last year, one renamed."""
    table = places.villages
    able = np.flatnonzero((table["setting"] == "plain") & ~table["seat"])
    found = []
    for number, village in enumerate(able[: MERGED + 1].tolist()):
        code, name = table["village_id"].iloc[village], table["name"].iloc[village]
        stem = name.removesuffix("村")
        if number < MERGED:
            old = tuple((f"{code[:9]}{901 + 2 * number + k}", f"{side}{stem}村") for k, side in enumerate("东西"))
            found.append(Change("合并", old, village))
        else:
            found.append(Change("更名", ((code, f"老{stem}村"),), village))
    return found


def changes_page(places: Settlements, found: list[Change], title: str) -> Page:
    """The sheet of merged and renamed villages."""
    header = ("调整类型", "原代码", "原名称", "现代码", "现名称", "乡镇街道", "调整日期", "依据")
    rows = []
    for change in found:
        now = places.villages.iloc[change.village]
        town = places.townships["name"].iloc[now["township"]]
        rows += [
            (change.what, code, name, now["village_id"], now["name"], town, "2025-03-01", f"{LABEL}〔2025〕1号")
            for code, name in change.old
        ]
    return Page("区划调整对照", header, rows, (f"{title}区划调整对照表",))


def last_year(
    places: Settlements, census: pd.DataFrame, found: list[Change], title: str, seed: int
) -> list[Page]:
    """Villages and residents of last year, with the villages of that time."""
    rng = np.random.default_rng([seed, 9])
    factor = rng.normal(1.012, 0.015, len(census))
    before = np.rint(census["resident"].to_numpy() * factor).astype(np.int64)
    elderly = np.rint(census["resident_elderly"].to_numpy() * factor * 0.97).astype(np.int64)
    old = {change.village: change.old for change in found}
    listed, counted = [], []
    for k, row in enumerate(places.villages.itertuples(index=False)):
        town = places.townships.iloc[row.township]
        units = old.get(k, ((row.village_id, row.name),))
        for turn, (code, name) in enumerate(units):
            part = [total // len(units) for total in (int(before[k]), int(elderly[k]))]
            if turn == 0:
                part = [int(before[k]) - part[0] * (len(units) - 1), int(elderly[k]) - part[1] * (len(units) - 1)]
            kind = "社区" if row.kind == "community" else "村"
            listed.append((code, name, town["township_id"], town["name"], kind))
            counted.append((code, name, town["name"], *part, YEAR - 1))
    year = YEAR - 1
    return [
        Page("村社区名录", VILLAGE_HEADER[:5], listed, (f"{title}{year}年村（社区）名录",)),
        Page(
            "常住人口",
            ("村社区代码", "村社区名称", "乡镇街道", "常住人口", "60岁以上人口", "年份"),
            counted,
            (f"{title}{year}年常住人口（按村社区）",),
        ),
    ]


def items(points_table: pd.DataFrame, title: str) -> list[Page]:
    """Catalogue, templates, exceptions."""
    content = tomllib.loads(text_file("items.toml"))
    catalogue: list[tuple[Any, ...]] = []
    for group in content["group"]:
        pairs = [f"{thing}{act}" for act in group["actions"] for thing in group["objects"]]
        catalogue += [
            (
                f"{group['prefix']}{number:03d}",
                name,
                group["name"],
                group["scope"],
                group["tied_to"],
                "是" if number <= group["frequent"] else "否",
                "是" if number <= group["frequent"] else "否",
            )
            for number, name in enumerate(pairs[: group["items"]], 1)
        ]
    templates: list[tuple[Any, ...]] = []
    for line in content["template"]:
        groups = line["group"] if isinstance(line["group"], list) else [line["group"]]
        templates += [
            (line["tier"], line["form"], one, line["handling"], line["who_may"], line["by_appointment"], None)
            for one in groups
        ]
    heading = f"{title}政务服务事项"
    return [
        Page(
            "事项目录",
            ("事项编码", "事项名称", "事项组", "通办范围", "关联对象", "是否高频", "是否延伸至银行网点"),
            catalogue,
            (f"{heading}目录",),
        ),
        Page(
            "服务模板",
            ("层级", "形式", "事项组", "办理方式", "服务对象", "是否预约", "开放时间"),
            templates,
            (f"{heading}服务模板（按层级和形式）",),
        ),
        Page(
            "例外",
            ("服务点编号", "服务点名称", "事项组", "事项编码", "办理方式", "服务对象", "是否预约", "开放时间", "说明"),
            _exceptions(points_table),
            (f"{heading}服务例外",),
        ),
    ]


def _exceptions(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Points that do more, less or at other times than their template says."""

    def some(tier: str, form: str, turn: int) -> pd.DataFrame:
        fits = table[(table["tier"] == tier) & (table["form"] == form)]
        return fits.iloc[turn::11].head(4)

    saturday = "Sa 09:00-12:00"
    rows: list[tuple[Any, ...]] = []
    for row in some("bank", "special_area", 1).itertuples():
        rows.append((row.facility_id, row.name, "烟草", None, "不办理", None, None, None, "未设烟草窗口"))
    for row in table[(table["tier"] == "township") & table["hours"].str.contains("Sa")].itertuples():
        rows.append((row.facility_id, row.name, "市场监管", None, "办结", "不限", "否", "Mo-Fr 08:30-12:00,13:30-17:00; PH off", "周六不办理"))
    for row in some("village", "window", 3).itertuples():
        rows.append((row.facility_id, row.name, "医疗保障", None, "办结", "不限", "否", None, "授权办结"))
    for row in some("village", "agent", 2).itertuples():
        rows.append((row.facility_id, row.name, None, "SB001", "收件", "不限", "是", saturday, "周六预约"))
    return rows


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
