"""Days as people write them: weekdays, holidays, seasons, market days, in two languages."""

from __future__ import annotations

import re

from servicemap.hours import clock, syntax
from servicemap.hours.syntax import DAYS_OF, MONTHS, WEEKDAYS

_CHINESE_DAYS = (
    dict(zip("一二三四五六日", WEEKDAYS, strict=True))
    | dict(zip("1234567", WEEKDAYS, strict=True))
    | {"天": "Su", "末": "Sa-Su"}
)
_NAMED_DAY = r"(?:[一二三四五六日天末]|[1-7](?![\d点时:.]))"  # behind 周
_ENGLISH_DAYS = {name.lower(): name for name in WEEKDAYS}
_WEEK = r"(?:(?:每周(?=星期|礼拜)|每)?(?:周|星期|礼拜))"
_BARE_DAY = r"[一二三四五六日天](?!\ ?[点时十百]|[\d:.])"
_CHINESE_DAY = rf"(?:{_WEEK}{_NAMED_DAY}|{_BARE_DAY})"
_ENGLISH_DAY = r"(?:mo(?:n(?:days?)?)?|tu(?:es?(?:days?)?)?|we(?:d(?:nesdays?)?)?|th(?:u(?:rs?(?:days?)?)?)?|fr(?:i(?:days?)?)?|sa(?:t(?:urdays?)?)?|su(?:n(?:days?)?)?)\b\.?"  # noqa: E501 - one alternative per day
_COMMA = r"\ ?(?:、|,|和|及|与|&|and\b)?\ ?"
CHINESE_WEEKDAYS = (
    rf"{_WEEK}{_NAMED_DAY}(?:-{_CHINESE_DAY})?"
    rf"(?:(?:{_COMMA}|/){_CHINESE_DAY}(?:-{_CHINESE_DAY})?)*"
)
_ENGLISH_COMMA = r"\ ?(?:,|/|&|and\b)\ ?(?:and\ )?"
ENGLISH_WEEKDAYS = (
    rf"\b{_ENGLISH_DAY}(?:\ ?-\ ?{_ENGLISH_DAY})?"
    rf"(?:{_ENGLISH_COMMA}{_ENGLISH_DAY}(?:\ ?-\ ?{_ENGLISH_DAY})?)*"
)
_ENGLISH_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_ENGLISH_DATE = rf"(?:(?:20\d\d)\ )?{_ENGLISH_MONTH}(?:\ \d{{1,2}}(?!:?\d))?"
ENGLISH_DATES = rf"\b{_ENGLISH_DATE}(?:\ ?-\ ?(?:{_ENGLISH_DATE}|\d{{1,2}}(?!:?\d)))?"
_NEXT_YEAR = r"(?:次年|翌年|第二年)?"
CHINESE_DATES = (
    r"(?:(?:20\d\d)年)?\d{1,2}月(?:\d{1,2}[日号]|底)?"
    rf"(?:-{_NEXT_YEAR}(?:(?:20\d\d)年)?(?:\d{{1,2}}月(?:\d{{1,2}}[日号]|底)?|\d{{1,2}}[日号]))?"
    rf"|\d{{1,2}}-{_NEXT_YEAR}\d{{1,2}}月"
)
_DATE_POINT = re.compile(r"(?:(20\d\d)年)?(?:(\d{1,2})月)?(?:(\d{1,2})[日号]|(底))?")
_ORDINAL = (
    r"(?:[一二三四五1-5]|最后一?|1st|2nd|3rd|4th|5th|first|second|third|fourth|fifth|last)"
)
CHINESE_NTH = (
    rf"每(?:个)?月的?(?:第|首)?{_ORDINAL}?(?:{_COMMA}第?{_ORDINAL})*个?"
    rf"{_WEEK}[一二三四五六日天]"
)
ENGLISH_NTH = (
    rf"\b(?:the\ )?{_ORDINAL}(?:{_ENGLISH_COMMA}{_ORDINAL})*\ {_ENGLISH_DAY}"
    r"(?:\ (?:of|in|each|every|the|a)\b)*(?:\ month)"
)
_ORDINALS = {
    **dict(zip("一二三四五", range(1, 6), strict=True)),
    **{str(one): one for one in range(1, 6)},
    **dict(
        zip(
            ("first", "second", "third", "fourth", "fifth", "last"),
            (1, 2, 3, 4, 5, -1),
            strict=True,
        )
    ),
    **dict(zip(("1st", "2nd", "3rd", "4th", "5th"), range(1, 6), strict=True)),
    "首": 1,
    "最后": -1,
    "最后一": -1,
}
_DIGIT = r"(?:[一二三四五六七八九十](?![点时])|(?:10|\d)(?![\d点时:.月]))"
MARKET = rf"(?:每月)?逢(?:{_DIGIT}(?:{_COMMA}逢?{_DIGIT})*[日号]?|[单双][日号数]?)"
_LUNAR_DAY = (
    r"(?:初十|初[一二三四五六七八九]|二十[一二三四五六七八九]?|三十|[廿][一二三四五六七八九]?"
    r"|十[一二三四五六七八九]|\d{1,2}[日号])(?![点时:.])"
)
LUNAR_DAYS = rf"(?:每月的?)?{_LUNAR_DAY}(?:{_COMMA}{_LUNAR_DAY})*"
MONTH_DAYS = (
    r"每个?月的?\d{1,2}[日号]?(?:(?:、|,|和|及)\ ?\d{1,2}[日号]?(?![:点时.\d]))*[日号]"
)
ENGLISH_MONTH_DAYS = (
    r"(?:on\ )?(?:the\ )?days?\ \d{1,2}(?:(?:,\ ?|\ and\ )\d{1,2}(?!:?\d))*"
    r"(?:\ of\ (?:each|every|the)\ month)"
)
ENGLISH_LUNAR_DAYS = (
    r"lunar\ (?:calendar\ )?days?\ \d{1,2}(?:(?:,\ ?|\ and\ )\d{1,2}(?!:?\d))*"
)
_LAST_DAY = 31
_LAST_LUNAR_DAY = 30


def weekdays(text: str) -> tuple[str, ...] | None:
    """Weekdays in a row: ``周一至周五、周日`` is ``Mo-Fr``, ``Su``."""
    found = []
    day = rf"({_WEEK}{_NAMED_DAY}|[一二三四五六日天末]|{_ENGLISH_DAY})"
    for match in re.finditer(rf"{day}(?:\ ?-\ ?{day})?", text, re.IGNORECASE):
        ends = [_weekday(one) for one in match.groups() if one]
        if len(ends) == 2 and ("Sa-Su" in ends or ends[0] == ends[1]):  # noqa: PLR2004 - a range
            return None
        found.append("-".join(ends))
    return tuple(dict.fromkeys(found)) or None


def _weekday(word: str) -> str:
    last = word[-1]
    return _CHINESE_DAYS[last] if last in _CHINESE_DAYS else _ENGLISH_DAYS[word[:2].lower()]


def chinese_dates(text: str) -> str | None:
    """``5月1日-9月30日``, ``6-9月``, ``10月-次年4月`` as OSM spells them."""
    plain = re.sub(_NEXT_YEAR + r"$|次年|翌年|第二年", "", text)
    short = re.fullmatch(r"(\d{1,2})-(\d{1,2})月", plain)
    if short:
        plain = f"{short[1]}月-{short[2]}月"
    ends = []
    month = None
    for part in plain.split("-"):
        match = _DATE_POINT.fullmatch(part)
        if match is None:
            return None
        month = int(match[2]) if match[2] else month
        one = _date(match[1], month, int(match[3]) if match[3] else None, is_last=match[4])
        if one is None:
            return None
        ends.append(one)
    return _joined(ends)


def english_dates(text: str) -> str | None:
    """``May 1 - Sep 30``, ``Oct-Mar`` as OSM spells them."""
    ends, month = [], None
    for part in text.split("-"):
        match = re.fullmatch(
            rf"(20\d\d)?\ ?({_ENGLISH_MONTH})?\ ?(\d{{1,2}})?", part.strip(), re.IGNORECASE
        )
        if match is None:
            return None
        if match[2]:
            month = MONTHS.index(match[2][:3].title()) + 1
        one = _date(match[1], month, int(match[3]) if match[3] else None, is_last=None)
        if one is None:
            return None
        ends.append(one)
    return _joined(ends)


def _date(
    year: str | None, month: int | None, day: int | None, *, is_last: object
) -> str | None:
    if month is None or not 1 <= month <= len(MONTHS):
        return None
    name = MONTHS[month - 1]
    last = DAYS_OF.get(name, _LAST_DAY)
    if is_last:
        day = 28 if name == "Feb" else last
    if day is not None and not 1 <= day <= last:
        return None
    parts = [year] if year else []
    parts.append(name)
    if day is not None:
        parts.append(f"{day:02d}")
    return " ".join(parts)


def _joined(ends: list[str]) -> str | None:
    # 10月-次年4月15日 would be half a date
    if len({" 0" in one or one[-1].isdigit() for one in ends}) > 1:
        return None
    return "-".join(ends)


def nth_weekdays(text: str) -> tuple[str, ...] | None:
    """``每月第一、三个周三`` as ``We[1,3]``."""
    text = text.lower()
    day = re.search(
        rf"{_WEEK}([一二三四五六日天])$|({_ENGLISH_DAY})(?=\ (?:of|in|each|every|month))",
        text,
    )
    if day is None:
        return None
    name = _weekday(day[1] or day[2])
    head = text[: day.start()].removeprefix("每个月").removeprefix("每月")
    words = re.findall(rf"首|{_ORDINAL}", head)
    numbers = [_ORDINALS[word] for word in words if word in _ORDINALS]
    if not numbers or len(numbers) != len(words):
        return None
    return (f"{name}[{','.join(str(one) for one in sorted(set(numbers)))}]",)


def market(text: str) -> tuple[int, ...]:
    """Days of a month that end in the digits named: ``逢三、六、九``, ``逢双``."""
    named = text.split("逢", 1)[1]
    if named[0] in "单双":
        odd = named[0] == "单"
        return tuple(day for day in range(1, _LAST_DAY + 1) if day % 2 == odd)
    digits = {
        clock.number(one) % 10 for one in re.findall(r"10|\d|[一二三四五六七八九十]", named)
    }
    return tuple(day for day in range(1, _LAST_DAY + 1) if day % 10 in digits)


def month_days(text: str) -> tuple[int, ...] | None:
    """``每月5日、15日``, ``初五十五廿五``: days of a month."""
    found = []
    for word in re.findall(
        r"\d{1,2}|初十|初[一二三四五六七八九]|二十[一二三四五六七八九]?|三十"
        r"|廿[一二三四五六七八九]?|十[一二三四五六七八九]?",
        re.sub(r"[日号]", " ", text),
    ):
        day = clock.number(word.removeprefix("初").replace("廿", "二十"))
        if not 1 <= day <= _LAST_DAY:
            return None
        found.append(day)
    return tuple(sorted(set(found))) or None


def lunar(days: tuple[int, ...]) -> tuple[int, ...]:
    """Days that a lunar month can have."""
    return tuple(day for day in days if day <= _LAST_LUNAR_DAY)


def solar(days: tuple[int, ...]) -> tuple[str, ...]:
    """Days of every month as OSM spells them, one date each."""
    return tuple(
        f"{month} {day:02d}"
        for month in MONTHS
        for day in days
        if day <= syntax.DAYS_OF.get(month, _LAST_DAY)
    )
