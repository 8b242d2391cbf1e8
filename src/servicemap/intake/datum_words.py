"""Datums as people name them in headings, titles, notes and names of sheets."""

from __future__ import annotations

import re
import unicodedata

# Codes say it by themselves; names of maps only where coordinates are spoken of.
_CODES = {
    "wgs84": r"wgs[-_\s]?(?:19)?84",
    "cgcs2000": r"cgcs[-_\s]?2000|(?:国家|中国)?大地2000|(?:国家|中国)2000"
    r"|2000国家(?:大地)?|epsg:?\s?4490",
    "gcj02": r"gcj[-_\s]?0?2|火星|国测局",
    "bd09": r"bd[-_\s]?0?9(?:ll)?(?!\d|mc)",
    "other": r"西安\s?(?:19)?80|xi'?an\s?(?:19)?80|北京\s?(?:19)?54|beijing\s?(?:19)?54",
}
_MAPS = {
    "gcj02": r"高德|腾讯|amap|gaode|autonavi|tencent",
    "bd09": r"百度|baidu",
    "cgcs2000": r"天地图|tianditu",
}
_SPOKEN_OF = re.compile(
    r"坐标|经纬|经度|纬度|拾取|定位|datum|coordinate|longitude|latitude|\blon\b|\blng\b"
)
# 由高德坐标转换, 请勿使用百度坐标: what the coordinates were, or should not be.
_NOT_SO = re.compile(
    r"转换|转为|转成|换算|纠偏|勿|不要|不得|不是|不用|非|禁止|而不|convert|transform|\bnot\b|never"
)
_TAIL = r"(?:地图)?(?:坐标系?)?"
_TAILS = (_TAIL, r"(?:地图)?", r"")
_IN_HEADING = "|".join([*_CODES.values(), *_MAPS.values(), r"wgs", r"gcj", r"gps", r"2000"])
_ORDER = (None, "wgs84", "cgcs2000", "gcj02", "bd09")
_SHORT = {"wgs84": r"wgs", "gcj02": r"gcj"}  # enough in a heading


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def of_text(text: str) -> str | None:
    """The one datum that a title, a note or a name says; None for none, or for several.

    Returns
    -------
    str or None
        ``other`` is a datum that is not converted: Xian 1980, Beijing 1954.
    """
    done = _folded(text)
    if _NOT_SO.search(done):
        return None
    found = {name for name, words in _CODES.items() if re.search(words, done)}
    if _SPOKEN_OF.search(done):
        found |= {name for name, words in _MAPS.items() if re.search(words, done)}
    return found.pop() if len(found) == 1 else None


def of_heading(name: str) -> str | None:
    """The one datum that a heading of coordinates says: ``lng_bd09``, ``经度（高德）``."""
    done = _folded(name)
    found = {
        datum
        for words in (_CODES, _MAPS, _SHORT)
        for datum, pattern in words.items()
        if re.search(pattern, done)
    }
    return found.pop() if len(found) == 1 else None


def without(name: str) -> tuple[str, ...]:
    """What a heading may be called without its datum: 火星坐标经度 is 坐标经度, or 经度."""
    done = _folded(name)
    if not re.search(_IN_HEADING, done):
        return ()
    return tuple(
        dict.fromkeys(re.sub(rf"(?:{_IN_HEADING}){tail}", " ", done) for tail in _TAILS)
    )


def of_one_datum(lon: list[str], lat: list[str]) -> tuple[str, str] | None:
    """Headings of longitude and latitude that go together, of several pairs in one file.

    Where the datums of the first two differ, the first pair that agrees is taken: one
    without a datum, else in the order of `_ORDER`. None where nothing has to be changed.
    """
    if not lon or not lat or of_heading(lon[0]) == of_heading(lat[0]):
        return None
    first = {of_heading(name): name for name in reversed(lon)}
    second = {of_heading(name): name for name in reversed(lat)}
    agree = [one for one in _ORDER if one in first and one in second]
    return (first[agree[0]], second[agree[0]]) if agree else None
