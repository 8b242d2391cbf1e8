"""The catalogue of items, the templates of services, the exceptions."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from servicemap.synthetic.pages import text_file
from servicemap.synthetic.settlements import records
from servicemap.synthetic.workbooks import Page

if TYPE_CHECKING:
    import pandas as pd


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
            (
                line["tier"],
                line["form"],
                one,
                line["handling"],
                line["who_may"],
                line["by_appointment"],
                None,
            )
            for one in groups
        ]
    heading = f"{title}政务服务事项"
    return [
        Page(
            "事项目录",
            (
                "事项编码",
                "事项名称",
                "事项组",
                "通办范围",
                "关联对象",
                "是否高频",
                "是否延伸至银行网点",
            ),
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
            (
                "服务点编号",
                "服务点名称",
                "事项组",
                "事项编码",
                "办理方式",
                "服务对象",
                "是否预约",
                "开放时间",
                "说明",
            ),
            _exceptions(points_table),
            (f"{heading}服务例外",),
        ),
    ]


def _exceptions(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Points that do more, less or at other times than their template says."""

    def some(tier: str, form: str, turn: int) -> pd.DataFrame:
        fits = table[(table["tier"] == tier) & (table["form"] == form)]
        return fits.iloc[turn::11].head(4)

    def lines(frame: pd.DataFrame, *rest: str | None) -> list[tuple[Any, ...]]:
        return [(row.facility_id, row.name, *rest) for row in records(frame)]

    weekdays = "Mo-Fr 08:30-12:00,13:30-17:00; PH off"
    late = table[(table["tier"] == "township") & table["hours"].str.contains("Sa")]
    return [
        *lines(
            some("bank", "special_area", 1),
            *("烟草", None, "不办理", None, None, None, "未设烟草窗口"),
        ),
        *lines(late, "市场监管", None, "办结", "不限", "否", weekdays, "周六不办理"),
        *lines(
            some("village", "window", 3),
            *("医疗保障", None, "办结", "不限", "否", None, "授权办结"),
        ),
        *lines(
            some("village", "agent", 2),
            *(None, "SB001", "收件", "不限", "是", "Sa 09:00-12:00", "周六预约"),
        ),
    ]
