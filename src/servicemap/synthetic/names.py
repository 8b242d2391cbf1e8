"""Made-up names: townships, villages, hamlets, roads. None is meant to be a real place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

CITY = "示范市"
FIRST = (
    "云石青梅桐松竹柏兰菊莲枫杏桃柳榆槐桑荷芦苇雁鹭鹤鹿泉"
    "霞星月晴岚雾霜露琴墨砚帆锚渔盐沙贝珠玉银锦绣"
)
SECOND = "溪坞岙岭坪湾塘浦渡桥畈峰岩洞谷川洋港屿坑墩埠陇湖潭源岗埭"
HAMLET_FIRST = "上下里外前后东西南北中大小新老高"
HAMLET_SECOND = "山头坑边屋基岙里湾底田畈溪口岭脚塘下坪上桥头墙围店前坞底园里"
STREETS = "东西南北中环"
BANKS = ("示例银行甲", "示例银行乙")


def city(number: int) -> str:
    """Name of a county-level city; a county has one, a province many."""
    return CITY if number == 0 else f"示范{number + 1}市"


def _pairs(rng: np.random.Generator) -> list[str]:
    """All two-character names, shuffled."""
    names = [a + b for a in FIRST for b in SECOND]
    return [names[k] for k in rng.permutation(len(names))]


def township_names(rng: np.random.Generator, count: int) -> list[str]:
    """Distinct stems of township names; beyond the stock they get a prefix."""
    return _spread(_pairs(rng), count)


def village_names(rng: np.random.Generator, count: int) -> list[str]:
    """Distinct stems of village names."""
    return _spread(_pairs(rng), count)


def _spread(stock: list[str], count: int) -> list[str]:
    names = list(stock)
    for first in HAMLET_FIRST:
        if len(names) >= count:
            break
        names += [first + name for name in stock]
    while len(names) < count:  # beyond any real province: numbered
        names += [f"{name}{len(names) // len(stock)}" for name in stock]
    return names[:count]


def hamlet_names(rng: np.random.Generator, count: int) -> list[str]:
    """Names of hamlets; they repeat from village to village, as real ones do."""
    ends = [HAMLET_SECOND[k : k + 2] for k in range(0, len(HAMLET_SECOND), 2)]
    first = rng.integers(0, len(HAMLET_FIRST), count)
    middle = rng.integers(0, len(FIRST), count)
    last = rng.integers(0, len(ends), count)
    return [
        HAMLET_FIRST[a] + ends[c] if (a + b) % 3 else FIRST[b] + ends[c]
        for a, b, c in zip(first.tolist(), middle.tolist(), last.tolist(), strict=True)
    ]
