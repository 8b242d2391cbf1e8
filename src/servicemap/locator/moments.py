"""A date and time that somebody typed -> local time."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from zoneinfo import ZoneInfo

from servicemap.errors import InputError

NOW = ("now", "现在")
# the year first, so that no day is taken for a month
_MOMENT = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})[T ]+|年(\d{1,2})月(\d{1,2})日 *)"
    r"(\d{1,2})(?::(\d{2})(?::(\d{2}))?|[时点](?:(\d{1,2})分)?)",
    re.ASCII,
)
YEARS = (1970, 2100)
MOST_CHARACTERS = 100


def moment(text: str, timezone: str) -> dt.datetime:
    """Local time of the study.

    Parameters
    ----------
    text
        ``2026-12-05 10:00``, also with ``T``, seconds, ``/`` or ``.``, in full-width
        characters, or as ``2026年12月5日10时30分``; or ``now``.
    timezone
        Of the study, for ``now``.

    Raises
    ------
    InputError
        It is no date and time.
    """
    plain = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).strip()
    if plain.lower() in NOW:
        return dt.datetime.now(ZoneInfo(timezone)).replace(tzinfo=None, microsecond=0)
    parts = _MOMENT.fullmatch(plain)
    if parts is not None and YEARS[0] <= int(parts[1]) <= YEARS[1]:
        month, day = parts[3] or parts[5], parts[4] or parts[6]
        clock = parts[7], parts[8] or parts[10] or 0, parts[9] or 0
        try:
            return dt.datetime(*map(int, (parts[1], month, day, *clock)))  # type: ignore[arg-type]  # noqa: DTZ001 - local, as the hours are
        except ValueError:
            pass
    raise InputError("bad_moment", value=text[:40])
