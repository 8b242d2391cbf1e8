"""Where compiled kernels and prepared networks are kept between runs.

numba writes its machine code beside the source by default, which fails at
import where site-packages are read-only. Kernels therefore use a folder of
the user's, and where none can be written they are compiled anew each time.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import numba
import platformdirs

ENVIRONMENT = "SERVICEMAP_CACHE"


@cache
def cache_folder() -> Path | None:
    """The user's cache folder of this product, or None where it cannot be written."""
    chosen = os.environ.get(ENVIRONMENT)
    folder = (
        Path(chosen) if chosen else Path(platformdirs.user_cache_dir("servicemap", False))
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    return folder


def _kernels() -> bool:
    if os.environ.get("NUMBA_CACHE_DIR"):
        return True
    folder = cache_folder()
    if folder is None:
        return False
    numba.config.CACHE_DIR = str(folder / "kernels")
    return True


CACHE = _kernels()
"""Whether kernels may be cached: the value of ``cache=`` in every ``njit``."""
