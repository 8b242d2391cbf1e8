"""The words that hours are written with, in Chinese and English, by what they mean."""

from __future__ import annotations

import re

from servicemap.hours import clock, selectors

_HOLIDAYS = (
    r"(?:国家)?法定的?(?:节假日|假日|节日|假期)|节假日|国定假日"
    r"|\b(?:public |bank |statutory |national )?holidays?\b|\bPH\b"
)
_DO = "开放|营业|上班|办公|服务|办理|受理"

# What each word means; the first kind that fits counts.
KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "note",
        (
            r"(?:需要?)?(?:提前|电话)?预约(?:服务|办理|开放|上门)?",
            r"(?:only )?by appointment(?: only)?",
        ),
    ),
    (
        "always",
        (
            r"\b24/7\b|7 ?[x×*] ?24(?:小时)?|24 ?[x×*] ?7(?:小时)?",
            r"(?:全天)?24 ?小时(?:全天)?(?:自助)?(?:服务|开放|营业)?",
            r"\b24 ?h(?:ours?|rs?)?\b(?: (?:a|per) day)?",
            "全天候?|整天|昼夜|around the clock|all day",
        ),
    ),
    (
        "every",
        (
            "全年无休|全年|天天|每天|每日|全周|整周|一周[七7]天",
            r"\bdaily\b|\bevery ?day\b|\b(?:7|seven) days a week\b",
        ),
    ),
    ("nth", (selectors.CHINESE_NTH, selectors.ENGLISH_NTH)),
    ("workdays", (r"(?:法定)?工作日", r"\b(?:working |business |work)days?\b")),
    ("weekdays", (r"\bweekdays?\b",)),
    ("weekend", ("双休日|周末", r"\bweekends?\b")),
    (
        "but_holidays",
        (
            rf"除(?:了)?(?:{_HOLIDAYS})(?:以)?外|(?:不含|不包括|除去)(?:{_HOLIDAYS})",
            rf"\b(?:except(?:ing)?|excluding|excl\.|not)(?: on| for)? (?:{_HOLIDAYS})",
        ),
    ),
    (
        "with_holidays",
        (rf"(?:含|包括|包含|\bincl\.|\bincluding|\bincludes?) ?(?:{_HOLIDAYS})",),
    ),
    ("holidays", (_HOLIDAYS,)),
    ("lunar_word", ("(?:每个?月的?)?(?:农历|阴历|旧历)的?",)),
    ("solar_word", ("公历|阳历|新历",)),
    ("market", (selectors.MARKET,)),
    ("month_days", (selectors.MONTH_DAYS, selectors.ENGLISH_MONTH_DAYS)),
    ("english_lunar", (selectors.ENGLISH_LUNAR_DAYS,)),
    ("dates", (selectors.CHINESE_DATES,)),
    ("english_dates", (selectors.ENGLISH_DATES,)),
    ("chinese_days", (selectors.CHINESE_WEEKDAYS,)),
    ("english_days", (selectors.ENGLISH_WEEKDAYS,)),
    (
        "season",
        ("夏令时|冬令时|夏秋季?|冬春季?|[春夏秋冬]季", r"\b(?:summer|winter)\b"),
    ),
    ("but", ("除外",)),
    (
        "as_usual",
        (
            rf"(?:照常|正常|均|都|也)(?:{_DO})|照常|不(?:休息|休|放假|打烊|关门)|无休",
            r"\bopen as usual\b|\bas usual\b|\bincluded\b",
        ),
    ),
    (
        "off",
        (
            rf"(?:不|停止|暂停)(?:对外)?(?:{_DO})|休息|休业|放假|关门|关闭|闭馆|停办|休",
            r"\bclosed\b|\boff\b",
        ),
    ),
    ("time", (clock.SPAN.pattern,)),
    ("lunar_days", (selectors.LUNAR_DAYS,)),
    ("market_word", ("(?:赶|逢)[集场圩墟街](?:[日天]|的日子)?|集市日?|[集圩墟]日",)),
    (
        "noise",
        (
            r"(?:对外|窗口|日常)?(?:办公|开放|服务|营业|工作|上班|办理|受理|办事|接待)时间",
            "对外(?:办公|服务|开放)",
            f"(?:中午|午间)?(?:不午休|不间断|不打烊)|中午不休息?|{_DO}|接待|时间|[为是的均都在]",
            r"\b(?:(?:opening|office|business|service) )?hours\b|\b(?:open|from|on|the)\b",
        ),
    ),
    ("strong", (r"[;。\n|]",)),
    ("bracket", (r"[()\[\]【】〔〕]",)),
    ("join", (r"、|以?及|和|与|&|/|\band\b",)),
    ("weak", ("[,:·.]",)),
    ("space", (r"\s+",)),
)


def _one(patterns: tuple[str, ...]) -> str:
    """One pattern of several, without names of its own."""
    return re.sub(r"\(\?P<\w+>", "(?:", "|".join(patterns))


SCANNER = re.compile(
    "|".join(f"(?P<{kind}>{_one(patterns)})" for kind, patterns in KINDS), re.IGNORECASE
)
