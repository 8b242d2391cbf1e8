"""The one rule by which a share becomes a percentage.

One decimal, halves upwards; and what is not all never prints as 100, nor what is not
nothing as 0. A reader of "100.0 %" stops looking for the one village that is left out.
"""

from __future__ import annotations

import math

LEAST, MOST = 0.1, 99.9  # what the least and the largest part of a whole print as
_SAME = 1e-9  # sums of floats that should be a whole are this far from it at most


def percent(part: int, rest: int) -> float | None:
    """``part`` of ``part + rest`` in percent, one decimal; of nothing: None.

    In whole numbers, because the same share must not print as 12.3 in one file and as
    12.4 in another.

    Examples
    --------
    >>> percent(5, 3), percent(1999, 1), percent(1, 99_999), percent(7, 0)
    (62.5, 99.9, 0.1, 100.0)
    """
    whole = part + rest
    if not whole:
        return None
    rounded = (2000 * part + whole) // (2 * whole) / 10
    return min(max(rounded, LEAST), MOST) if 0 < part < whole else rounded


def percent_of(share: float) -> float:
    """A share from 0 to 1 in percent by the same rule, where there are no whole numbers.

    Shares above 1 (of a figure that others published) are rounded alike.

    Examples
    --------
    >>> percent_of(0.99999), percent_of(0.1 * 3 + 0.7), percent_of(0.00001)
    (99.9, 100.0, 0.1)
    """
    rounded = math.floor(1000.0 * share + 0.5) / 10
    if _SAME < share < 1.0 - _SAME:
        return min(max(rounded, LEAST), MOST)
    return rounded


def percent_text(value: float | None) -> str:
    """A percentage of this module as it is printed, without its sign; unknown: a dash."""
    return "-" if value is None or math.isnan(value) else f"{value:.1f}"
