"""Who is told what a long piece of work is doing.

Every long function takes ``say``, which is called with the name of each stage
as it begins and with what belongs to it. The command line shows it as words;
without a listener the stages go to the log of the program that calls us.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

Say = Callable[..., None]

_log = logging.getLogger("servicemap")


def log(stage: str, **values: object) -> None:
    """Write a stage to the logger ``servicemap``, at level INFO."""
    _log.info("%s %s", stage, values)
