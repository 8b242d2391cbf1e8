"""A date and time that somebody typed -> local time."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from servicemap.errors import InputError

NOW = "now"
_MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII
)
YEARS = (1970, 2100)


def moment(text: str, timezone: str) -> dt.datetime:
    """Local time of the study.

    Parameters
    ----------
    text
        ``2026-12-05 10:00``, also with ``T`` or seconds, or ``now``.
    timezone
        Of the study, for ``now``.

    Raises
    ------
    InputError
        It is no date and time.
    """
    if text.strip().lower() == NOW:
        return dt.datetime.now(ZoneInfo(timezone)).replace(tzinfo=None, microsecond=0)
    parts = _MOMENT.fullmatch(text.strip())
    if parts is not None and YEARS[0] <= int(parts[1]) <= YEARS[1]:
        try:
            return dt.datetime(*(int(one or 0) for one in parts.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - local, as the hours are
        except ValueError:
            pass
    raise InputError("bad_moment", value=text[:40])
