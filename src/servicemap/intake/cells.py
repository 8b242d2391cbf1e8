"""One cell: text, whole number, yes or no, one of a few words."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from functools import cache
from typing import Any

from servicemap.intake.synonyms import plain, value_words, without_brackets

MAX_COUNT = 10_000_000_000  # more people than there are
MAX_TEXT = 32_000  # characters; what a cell of a workbook holds
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")
_EXPONENT = re.compile(r"^\d(\.\d+)?[eE]\+?\d{1,2}$")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
_UNITS = re.compile(r"(人|户|个|名|台|间|people|persons)$")
_MYRIAD = 10_000
_IN_MYRIADS = re.compile(r"[(（\[/、:：\s]\s*万\s*[人名口]?")
_WITH_MYRIADS = re.compile(r"^(\d+(?:\.\d+)?)\s*万\s*[人名口]?$")
# Days since the start of spreadsheet time that are dates of 1990 to 2199.
_SERIAL_START = dt.date(1899, 12, 30)  # right from 1 March 1900 on
_SERIALS = (32_874, 109_574)
_DATE = re.compile(
    r"(\d{4})(?:\D+(\d{1,2})(?:\D+(\d{1,2}))?)?[年月日号]?|(\d{4})(\d\d)(\d\d)"
)
_FIRST_DAY = (1, 1, 1)
_TIME = re.compile(r"(?<=\d)[T ]+\d{1,2}:.*$")
# Excel keeps 15 digits of a number: what is longer ends in zeros that are not its own.
_EXACT_DIGITS = 15

# What a formula is shown as that no program has computed.
NO_RESULT = "#FORMULA!"
_ERROR = re.compile(
    r"^#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA|BUSY!|FIELD!"
    r"|BLOCKED!|UNKNOWN!|CONNECT!|FORMULA!)\s*$"
)
# Signs without width that come along when text is copied from web pages and chats.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")

# What people write into a cell that has to have something in it.
_NOTHING = frozenset(
    {"/", "\\", "-", "--", "—", "——", "－", "无", "暂无", "没有", "不详", "未知", "空"}
    | {"n/a", "na", "none", "nil", "unknown"}
)


def is_blank(cell: Any) -> bool:
    """Nothing in the cell: absent, NaN, or only spaces."""
    if cell is None:
        return True
    if isinstance(cell, float):
        return math.isnan(cell)
    return isinstance(cell, str) and not cell.strip()


def text(cell: Any) -> str | None:  # noqa: PLR0911 - one line per kind of cell
    """A cell as text: control characters out, ends trimmed, ``33.0`` as ``33``."""
    if isinstance(cell, str):
        return _CONTROL.sub("", cell).strip()[:MAX_TEXT] or None
    if is_blank(cell):
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e18:  # noqa: PLR2004 - beyond it digits are lost anyway
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def is_error(cell: Any) -> bool:
    """Whether a cell holds an error of a spreadsheet, or a formula without its result."""
    return isinstance(cell, str) and cell.startswith("#") and bool(_ERROR.match(cell))


def says_nothing(said: str | None) -> bool:
    """Whether a text stands where there is nothing to say: ``/``, ``无``, ``n/a``."""
    return said is not None and said.casefold() in _NOTHING


def is_hurt(cell: Any) -> bool:
    """Whether `text` has to take characters away: control characters, or too many."""
    return isinstance(cell, str) and (len(cell) > MAX_TEXT or bool(_CONTROL.search(cell)))


def seen(said: str) -> str:
    """A text without signs that have no width, half width throughout: for numbers, ids."""
    if said.isascii():
        return said.strip()
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", said)).strip()


def lost_digits(cell: Any) -> bool:
    """A code that a spreadsheet program turned into ``3.30382E+11`` or rounded."""
    if isinstance(cell, str):
        return bool(_EXPONENT.match(unicodedata.normalize("NFKC", cell.strip())))
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return abs(cell) >= 10.0**_EXACT_DIGITS
    return False


def number(cell: Any) -> float:
    """A number as people write it (``１２３``, ``1,234 人``); NaN when it is none."""
    if is_blank(cell) or isinstance(cell, bool):
        return math.nan
    if isinstance(cell, int | float):
        return float(cell)
    done = seen(str(cell))
    done = _UNITS.sub("", done).strip()
    if _THOUSANDS.match(done):
        done = done.replace(",", "")
    try:
        value = float(done.replace(" ", ""))
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def of_serial(number: float) -> dt.date:
    """The date that spreadsheet programs keep as a number of days."""
    return _SERIAL_START + dt.timedelta(days=int(number))


def date(cell: Any, *, whole: bool = True) -> dt.date | None:
    """A day: ``2025-03-01``, ``2025年3月1日``, ``20250301``, a date, its serial number.

    Parameters
    ----------
    cell
        As a file gives it.
    whole
        Unless asked, a month or a year alone is not read; else it is its first day.
    """
    if isinstance(cell, dt.date):
        return cell.date() if isinstance(cell, dt.datetime) else cell
    days = number(cell)
    if _SERIALS[0] <= days <= _SERIALS[1] and days.is_integer():
        return of_serial(days)
    match = _DATE.fullmatch(_TIME.sub("", text(cell) or "").replace(" ", ""))
    parts = [int(one) for one in match.groups() if one] if match else []
    if not parts or (whole and len(parts) < len(_FIRST_DAY)):
        return None
    try:
        return dt.date(*parts, *_FIRST_DAY[len(parts) :])
    except ValueError:
        return None


def year(cell: Any) -> int | None:
    """A year: ``2024``, ``2024年底``, a date, or a date's serial number."""
    if isinstance(cell, dt.date):
        return cell.year
    found = re.match(r"\s*((?:19|20|21)\d{2})(?!\d)", text(cell) or "")
    if found is not None:
        return int(found[1])
    serial = number(cell)
    if _SERIALS[0] <= serial <= _SERIALS[1]:
        return of_serial(serial).year
    return None


def scale(heading: str) -> int:
    """What numbers below a heading count in: 10,000 below 常住人口（万人）, else 1."""
    return _MYRIAD if _IN_MYRIADS.search(heading) else 1


def count(cell: Any, unit: int = 1) -> int | None:
    """Read a whole number that is not negative and not absurd; None when it is none.

    Parameters
    ----------
    cell
        As a file gives it; with 万 (``1.2万``) it counts in ten thousands.
    unit
        What the number counts in, as `scale` gives it.
    """
    value = number(cell)
    if math.isnan(value) and isinstance(cell, str):
        found = _WITH_MYRIADS.match(unicodedata.normalize("NFKC", cell).strip())
        value, unit = (float(found[1]), _MYRIAD) if found else (math.nan, 1)
    if unit > 1:
        value = round(value * unit, 3) if not math.isnan(value) else value
    return int(value) if 0 <= value <= MAX_COUNT and value.is_integer() else None


def word(cell: Any, column: str) -> str | None:
    """The value of the contract that a cell's word stands for, None when unknown.

    What stands in brackets counts where the word is known with it, else not:
    ``拟建（2026年）`` is planned.
    """
    done = text(cell)
    if done is None:
        return None
    known = _words(column)
    found = known.get(plain(done))
    return found if found is not None else known.get(without_brackets(done))


def flag(cell: Any) -> bool | None:
    """Yes or no, None when it is neither."""
    found = word(cell, "flag")
    return None if found is None else found == "yes"


@cache
def _words(column: str) -> dict[str, str]:
    """Normalised word -> value, longest promise first: the value itself always counts."""
    found: dict[str, str] = {}
    for value, words in value_words(column).items():
        for one in (value, *words["en"], *words["zh"]):
            found.setdefault(plain(one), value)
    return found
