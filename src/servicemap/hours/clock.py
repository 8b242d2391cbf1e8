"""Times of day as people write them: ``上午8点半到12点``, ``8:30-12:00``, ``9am-5pm``.

A time that may be meant in two ways (``8:30-5:00``) is not read.
"""

from __future__ import annotations

import re
from functools import lru_cache

DAY_MIN = 24 * 60
_EVENING_MIN = 17 * 60  # from here on a span may run over midnight without saying so
NUMERALS = "零一二三四五六七八九"
_CHINESE = r"(?:二十[一二三四]?|十[一二三四五六七八九]?|[零一二两三四五六七八九])"
_CHINESE_MINUTE = r"(?:[二三四五]?十[一二三四五六七八九]?|零[一二三四五六七八九])"
_BEFORE = r"上午|早上|早晨|清晨|凌晨|中午|正午|下午|午后|傍晚|晚上|晚间|夜间|夜里|早|晚"
_AFTER = r"a\.?m\b\.?|p\.?m\b\.?"
_POINT = rf"""
    (?P<next{{0}}>次日|翌日|第二天|next\ day)?\ ?
    (?P<half{{0}}>{_BEFORE})?\ ?
    (?:
        (?P<hour{{0}}>\d{{{{1,2}}}}|{_CHINESE})
        (?:
            [:.](?P<minute{{0}}>\d\d)(?::00)?(?:\ ?(?P<after{{0}}>{_AFTER}))?(?!\d)
            | (?P<mark{{0}}>[点时])(?:钟|整)?
              (?:(?P<spoken{{0}}>\d{{{{1,2}}}}|{_CHINESE_MINUTE})分?|(?P<part{{0}}>半|一刻|三刻))?
            | (?:\ ?(?P<only{{0}}>{_AFTER}))?(?![\d点时:.])
        )
        | (?P<four{{0}}>\d{{{{4}}}})(?!\d)
        | (?P<word{{0}}>noon|midday|midnight)\b
    )
"""
_LAID_OUT = rf"{_POINT.format(1)}\ ?-\ ?{_POINT.format(2)}"
SPAN = re.compile(re.sub(r"(?<!\\)\s+", "", _LAID_OUT), re.IGNORECASE)
_WORDS = {"noon": 12 * 60, "midday": 12 * 60, "midnight": DAY_MIN}
_PARTS = {"半": 30, "一刻": 15, "三刻": 45}
_MORNING = ("上午", "早上", "早晨", "清晨", "凌晨", "早", "am")
_NOON = ("中午", "正午")
_HALF_MIN = 12 * 60


def number(text: str) -> int:
    """A whole number below 60, in digits or Chinese numerals."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.replace("两", "二").rpartition("十")
    value = NUMERALS.index(ones[-1]) if ones else 0
    if not ten:
        return value
    return 10 * (NUMERALS.index(tens) if tens else 1) + value


@lru_cache(maxsize=8_192)
def span(text: str) -> str | None:
    """A span of time in OSM syntax.

    Parameters
    ----------
    text
        What `SPAN` matches.

    Returns
    -------
    str or None
        ``08:30-12:00``; None where it may mean two things, or nothing.
    """
    match = SPAN.fullmatch(text)
    if match is None:
        return None
    first, last = _read(match, 1), _read(match, 2)
    if first is None or last is None or not _is_time(match):
        return None
    (start, half), (end, other) = first, last
    if half is None and other == "pm" and _is_bare(match):
        # 1-5pm and 9-5pm: the first is what leads up to the second
        half = "pm" if start < end <= _HALF_MIN or start == _HALF_MIN else "am"
    start = _on_the_clock(start, half)
    if other is None and half == "pm" and end <= _HALF_MIN:
        end += _HALF_MIN  # 下午2点到5点; but 上午9点到5点 may mean either
    else:
        end = _on_the_clock(end, other or half, is_end=True)
    return _spelled(start, end, is_next_day=bool(match["next2"]))


def _is_bare(match: re.Match[str]) -> bool:
    return match["half1"] is None and match["after1"] is None and match["only1"] is None


def _is_time(match: re.Match[str]) -> bool:
    """Whether bare numbers (``9-17``) are surely hours, and four digits come in pairs."""
    fours = [match[f"four{side}"] for side in (1, 2)]
    if any(fours):
        return all(fours)
    marks = ("minute", "mark", "only", "half", "word")
    is_marked = [any(match[f"{name}{side}"] for name in marks) for side in (1, 2)]
    if all(is_marked):
        return True
    if any(is_marked):
        digits = match["hour1"] if not is_marked[0] else match["hour2"]
        other = 2 if not is_marked[0] else 1
        # 9-11:30 may be a slip; 9-11点, 9-5pm and 上午9-11 are not
        return bool(digits) and not match[f"minute{other}"]
    return False


def _read(match: re.Match[str], side: int) -> tuple[int, str | None] | None:
    """Minutes as written, and the half of the day that is said."""

    def get(name: str) -> str | None:
        return match[f"{name}{side}"]

    word, four = get("word"), get("four")
    if word:
        return _WORDS[word.lower()], "said"
    if four:
        hour, minute = int(four[:2]), int(four[2:])
    else:
        hour = number(get("hour") or "0")
        minute = int(get("minute") or 0) + _PARTS.get(get("part") or "", 0)
        minute += number(get("spoken") or "0")
    if minute > 59 or hour * 60 + minute > DAY_MIN:  # noqa: PLR2004 - minutes of an hour
        return None
    after = (get("after") or get("only") or "").lower().replace(".", "")
    half = after or get("half")
    if half in _NOON:
        return hour * 60 + minute, "noon"
    if half is None:
        return hour * 60 + minute, None
    if half == "凌晨" and hour == 12:  # noqa: PLR2004 - 凌晨12点 is midnight
        return minute, "said"
    return hour * 60 + minute, "am" if half in _MORNING else "pm"


def _on_the_clock(minutes: int, half: str | None, *, is_end: bool = False) -> int:
    if half == "pm" and minutes < _HALF_MIN:
        return minutes + _HALF_MIN
    if half == "noon" and minutes < 3 * 60:  # 中午1点
        return minutes + _HALF_MIN
    if half == "am" and not is_end and _HALF_MIN <= minutes < _HALF_MIN + 60:
        return minutes - _HALF_MIN  # 12:30 am; as an end it is noon
    return minutes


def _spelled(start: int, end: int, *, is_next_day: bool) -> str | None:
    if end <= start:
        runs_over = is_next_day or start >= _EVENING_MIN
        if not runs_over or end == start:
            return None
    elif is_next_day:
        return None
    if start >= DAY_MIN:
        return None
    return "-".join(f"{one // 60:02d}:{one % 60:02d}" for one in (start, end))


def overlap(spans: tuple[str, ...]) -> bool:
    """Whether spans of one day overlap or stand in the wrong order: a slip, or evening."""
    edges = [int(one[:2]) * 60 + int(one[3:]) for span in spans for one in span.split("-")]
    starts, ends = edges[::2], edges[1::2]
    return any(end > start for end, start in zip(ends[:-1], starts[1:], strict=True))
