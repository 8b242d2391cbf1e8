"""Days of the Chinese lunar calendar (农历)."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

FIRST, LAST = dt.date(1900, 1, 31), dt.date(2100, 12, 31)  # what the almanac knows


@lru_cache(maxsize=65_536)
def day_of_month(date: dt.date) -> int | None:
    """Day of the lunar month, 1 to 30; None outside 1900 to 2100.

    Months have 29 or 30 days; a leap month (闰月) counts like any other.
    """
    if not FIRST <= date <= LAST:
        return None
    from borax.calendars.lunardate import LunarDate

    return int(LunarDate.from_solar(date).day)
