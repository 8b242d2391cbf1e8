"""Last year's figures, and what changed since: merged and renamed villages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servicemap.synthetic.pages import VILLAGE_HEADER
from servicemap.synthetic.people import YEAR
from servicemap.synthetic.settlements import Settlements, records
from servicemap.synthetic.workbooks import LABEL, Page

if TYPE_CHECKING:
    import pandas as pd

MERGED = 2


@dataclass(frozen=True)
class Change:
    """A village that was two last year, or had another name."""

    what: str
    old: tuple[tuple[str, str], ...]  # code, name
    village: int  # row number today


def changes(places: Settlements) -> list[Change]:
    """Two villages merged since last year, one renamed."""
    table = places.villages
    able = np.flatnonzero((table["setting"] == "plain") & ~table["seat"])
    found = []
    for number, village in enumerate(able[: MERGED + 1].tolist()):
        code, name = table["village_id"].iloc[village], table["name"].iloc[village]
        stem = name.removesuffix("村")
        if number < MERGED:
            old = tuple(
                (f"{code[:9]}{901 + 2 * number + k}", f"{side}{stem}村")
                for k, side in enumerate("东西")
            )
            found.append(Change("合并", old, village))
        else:
            found.append(Change("更名", ((code, f"老{stem}村"),), village))
    return found


def changes_page(places: Settlements, found: list[Change], title: str) -> Page:
    """The sheet of merged and renamed villages."""
    header = (
        "调整类型",
        "原代码",
        "原名称",
        "现代码",
        "现名称",
        "乡镇街道",
        "调整日期",
        "依据",
    )
    rows = []
    for change in found:
        now = places.villages.iloc[change.village]
        town = places.townships["name"].iloc[now["township"]]
        rows += [
            (
                change.what,
                code,
                name,
                now["village_id"],
                now["name"],
                town,
                "2025-03-01",
                f"{LABEL}〔2025〕1号",
            )
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
    elderly = np.rint(census["resident_elderly"].to_numpy() * factor * 0.97).astype(
        np.int64
    )
    old = {change.village: change.old for change in found}
    listed, counted = [], []
    for k, row in enumerate(records(places.villages)):
        town = places.townships.iloc[row.township]
        units = old.get(k, ((row.village_id, row.name),))
        for turn, (code, name) in enumerate(units):
            part = [total // len(units) for total in (int(before[k]), int(elderly[k]))]
            if turn == 0:
                part = [
                    int(before[k]) - part[0] * (len(units) - 1),
                    int(elderly[k]) - part[1] * (len(units) - 1),
                ]
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
