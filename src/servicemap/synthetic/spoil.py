"""What is planted: faults of points, villages and people, each on a row of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap.synthetic.names import BANKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from servicemap.synthetic.county import County
    from servicemap.synthetic.spoiler import Planted, Spoiler

WIDE_DIGITS = str.maketrans("0123456789.", "０１２３４５６７８９．")
FAR = (116.397, 39.909)  # another end of the country


def _coordinates(sheet: Spoiler) -> None:
    """Faults of 经度 and 纬度, the same for points and villages."""

    def there(row: int) -> bool:
        return isinstance(sheet.cell(row, "经度"), float)

    def both(
        count: int,
        change: Callable[[float, float], tuple[Any, Any]],
        fault: Planted,
    ) -> None:
        for _ in range(count):
            row = sheet.take(there)
            if row is None:
                return
            lon, lat = sheet.cell(row, "经度"), sheet.cell(row, "纬度")
            a, b = change(lon, lat)
            sheet.rows[row][sheet.column("经度")] = a
            sheet.rows[row][sheet.column("纬度")] = b
            sheet.note(row, "经度", fault)

    both(3, lambda lon, lat: (lat, lon), ("swapped_lonlat", "error", "经纬度填反"))
    both(2, lambda _lon, _lat: (0.0, 0.0), ("zero_zero", "error", "经纬度均为0"))
    both(2, lambda _lon, _lat: (None, None), ("not_located", "warning", "没有坐标"))
    both(1, lambda _lon, lat: ("见附件", lat), ("not_degrees", "error", "坐标不是数"))
    both(1, lambda lon, lat: (lon, lat + 100.0), ("out_of_range", "error", "纬度超出范围"))
    both(1, lambda _lon, _lat: FAR, ("outside_map", "error", "坐标在研究范围之外"))
    both(
        3,
        lambda lon, lat: (str(lon), str(lat)),
        ("number_as_text", "silent", "文本格式的数"),
    )
    both(
        2,
        lambda lon, lat: (str(lon).translate(WIDE_DIGITS), str(lat).translate(WIDE_DIGITS)),
        ("wide_digits", "silent", "全角数字"),
    )
    both(2, lambda lon, lat: (dms(lon), dms(lat)), ("dms", "silent", "度分秒"))


def dms(degrees: float) -> str:
    """Degrees, minutes and seconds as people write them."""
    seconds = round(degrees * 3_600.0, 2)
    whole, rest = divmod(seconds, 3_600.0)
    minutes, left = divmod(rest, 60.0)
    return f"{int(whole)}°{int(minutes)}′{left:.2f}″"


def spoil_points(sheet: Spoiler, county: County, referred: frozenset[str]) -> None:
    """All faults of the sheet of service points.

    Points that other sheets refer to keep their row: one fault, one finding.
    """
    towns = county.places.townships["name"].tolist()
    _shift(sheet)
    _coordinates(sheet)
    for header in ("乡镇街道代码", "村社区代码"):  # names must do, as in most real lists
        for row in sheet.rows:
            row[sheet.column(header)] = None

    def other_town(row: int) -> str:
        own = sheet.cell(row, "乡镇街道")
        return str(next(name for name in towns[::-1] if name != own))

    def is_village(row: int) -> bool:
        return sheet.cell(row, "层级") == "村" and str(sheet.cell(row, "村社区")).endswith(
            "村"
        )

    def alone(row: int) -> bool:
        return sheet.cell(row, "服务点编号") not in referred

    def clear_village(row: int) -> str:
        sheet.rows[row][sheet.column("村社区")] = None
        return other_town(row)

    sheet.plant(
        2, "乡镇街道", lambda _: "不存在镇", ("township_unknown", "warning", "没有这个乡镇")
    )
    sheet.plant(
        2, "乡镇街道", clear_village, ("wrong_township", "warning", "坐标在别的乡镇")
    )
    sheet.plant(
        2,
        "乡镇街道",
        lambda row: str(sheet.cell(row, "乡镇街道")).removesuffix("镇"),
        ("short_township", "silent", "乡镇名称未写“镇”字"),
        lambda row: str(sheet.cell(row, "乡镇街道")).endswith("镇"),
    )
    sheet.plant(
        1,
        "村社区",
        lambda _: "不存在村",
        ("village_unknown", "warning", "没有这个村"),
        is_village,
    )
    sheet.plant(
        2,
        "村社区",
        lambda row: f"{sheet.cell(row, '村社区')}村委会".replace("村村", "村"),
        ("long_village", "silent", "村名后写了“村委会”"),
        is_village,
    )
    sheet.plant(
        1, "层级", lambda _: "省级", ("tier_unknown", "error", "无法识别的层级"), alone
    )
    sheet.plant(
        1, "形式", lambda _: "其他形式", ("form_unknown", "warning", "无法识别的形式")
    )
    sheet.plant(
        1, "状态", lambda _: "待定", ("status_unknown", "error", "无法识别的状态"), alone
    )
    sheet.plant(
        1, "政务服务2.0", lambda _: "待核实", ("flag_unknown", "warning", "不是“是”或“否”")
    )
    sheet.plant(1, "窗口数", lambda _: "若干", ("not_a_count", "warning", "窗口数不是整数"))
    sheet.plant(1, "服务点名称", lambda _: None, ("nameless", "warning", "没有名称"))
    sheet.plant(
        1,
        "服务点名称",
        lambda row: f"{sheet.cell(row, '服务点名称')}\x07",
        ("cell_cleaned", "warning", "含控制字符"),
    )
    sheet.plant(
        2,
        "开放时间",
        lambda _: "看情况",
        ("hours_unreadable", "warning", "开放时间无法识别"),
    )
    sheet.plant(
        3,
        "开放时间",
        lambda _: "周一至周五 8:30-12:00，13:30-17:00，法定节假日除外",
        ("chinese_hours", "silent", "中文写法的开放时间"),
    )
    sheet.plant(
        1,
        "服务点名称",
        lambda _: '<img src=x onerror="alert(1)">',
        ("hostile_name", "silent", "名称是网页代码"),
    )
    sheet.plant(
        1, "服务点名称", lambda _: "=1+1", ("formula_name", "silent", "名称以等号开头")
    )
    sheet.repeat(
        2, {"服务点名称": "重复编号"}, ("id_repeated", "error", "编号与前面的行重复")
    )
    sheet.append({"服务点编号": "合计", "窗口数": 999.0}, ("total_row", "note", "合计行"))
    sheet.append({"服务点编号": "注：本表为示例数据。"}, ("note_row", "note", "表下说明"))


def _shift(sheet: Spoiler) -> None:
    """One bank's list came from one phone map, the terminals' list from another."""
    from servicemap.intake.datums import wgs84_to_bd09, wgs84_to_gcj02

    for header, value, shift, kind in (
        ("合作银行", BANKS[1], wgs84_to_gcj02, "gcj02_rows"),
        ("层级", "自助终端", wgs84_to_bd09, "bd09_rows"),
    ):
        while (row := sheet.take(lambda row: sheet.cell(row, header) == value)) is not None:  # noqa: B023 - used at once
            at = (np.array([sheet.cell(row, name)]) for name in ("经度", "纬度"))
            for name, moved in zip(("经度", "纬度"), shift(*at), strict=True):
                sheet.rows[row][sheet.column(name)] = round(float(moved[0]), 6)
            sheet.note(row, "经度", (kind, "warning", "坐标取自手机地图"))


def spoil_villages(sheet: Spoiler, county: County) -> None:
    """All faults of the list of villages."""
    towns = county.places.townships["township_id"].tolist()
    seats = [list(row) for row in sheet.rows[: len(towns)]]  # as they were
    blank: Planted = ("not_located", "warning", "没有坐标")
    while (row := sheet.take(lambda row: sheet.cell(row, "经度") is None)) is not None:
        sheet.note(row, "经度", blank)
    _coordinates(sheet)

    def elsewhere(row: int) -> float:
        own = sheet.cell(row, "乡镇街道代码")
        far = seats[-1] if own != towns[-1] else seats[0]
        sheet.rows[row][sheet.column("纬度")] = far[sheet.column("纬度")] + 0.001
        return float(far[sheet.column("经度")] + 0.001)

    used = set(county.places.villages["name"].iloc[county.points["village"]])

    def alone(row: int) -> bool:  # no point refers to it: one fault, one finding
        return sheet.cell(row, "村社区名称") not in used

    def other_name(row: int) -> str:
        sheet.rows[row][sheet.column("乡镇街道")] = "不存在镇"
        return "990101999000"

    def located(row: int) -> bool:
        return isinstance(sheet.cell(row, "经度"), float) and row >= len(seats)

    sheet.plant(
        2, "经度", elsewhere, ("wrong_township", "warning", "坐标在别的乡镇"), located
    )
    sheet.plant(
        2,
        "村社区代码",
        lambda row: f"{float(sheet.cell(row, '村社区代码')):.5E}",
        ("code_lost_digits", "error", "代码变成了科学计数法"),
        alone,
    )
    sheet.plant(
        1, "类型", lambda _: "其他", ("kind_unknown", "warning", "既不是村也不是社区")
    )
    sheet.plant(1, "村社区名称", lambda _: None, ("nameless", "warning", "没有名称"), alone)
    sheet.plant(
        1,
        "乡镇街道代码",
        other_name,
        ("township_unknown", "warning", "没有这个乡镇"),
        alone,
    )
    sheet.repeat(2, {"村社区名称": "重复"}, ("id_repeated", "error", "代码与前面的行重复"))
    sheet.append(
        {"村社区代码": "合计", "村社区名称": "共若干个村"}, ("total_row", "note", "合计行")
    )


def spoil_people(sheet: Spoiler) -> None:
    """All faults of the figures."""
    header = "常住人口"
    sheet.plant(
        2,
        header,
        lambda row: f"{sheet.cell(row, header):,}",
        ("thousands", "silent", "千位分隔符"),
    )
    sheet.plant(
        2,
        header,
        lambda row: str(sheet.cell(row, header)).translate(WIDE_DIGITS),
        ("wide_digits", "silent", "全角数字"),
    )
    sheet.plant(
        1, header, lambda _: "约八百", ("people_not_count", "error", "人数不是整数")
    )
    sheet.plant(1, header, lambda _: -5, ("people_not_count", "error", "人数为负"))
    sheet.append(
        {"村社区代码": "990101999999", "村社区名称": "不存在村", header: 100, "年份": 2025},
        ("people_place_unknown", "error", "没有这个村"),
    )
    sheet.repeat(1, {}, ("people_repeated", "warning", "同一个村出现两次"))
    total = sum(
        cell for row in sheet.rows if isinstance(cell := row[sheet.column(header)], int)
    )
    sheet.append({"村社区代码": "合计", header: total}, ("total_row", "note", "合计行"))
