"""Where compiled kernels and prepared networks are kept between runs.

numba writes its machine code beside the source by default, which fails at
import where site-packages are read-only. Kernels therefore use a folder of
the user's, and where none can be written they are compiled anew each time.
"""

from __future__ import annotations

import os
import sys
import tempfile
from functools import cache
from importlib import import_module, util
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


def _blas_alone() -> None:
    """Let numba find BLAS without the rest of scipy's linear algebra: 0.2 s at the start.

    Before its first kernel numba asks for ``scipy.linalg.cython_blas``, and with it comes
    a package that nothing here uses. The one module is loaded by itself, and numba finds
    it where it looks; who imports ``scipy.linalg`` later gets the whole of it.
    """
    name = "scipy.linalg"
    spec = None if name in sys.modules else util.find_spec(name)
    if spec is None:
        return
    sys.modules[name] = util.module_from_spec(spec)
    try:
        import_module(f"{name}.cython_blas")
    except ImportError:  # laid out in another way: numba imports it as it always did
        sys.modules.pop(f"{name}.cython_blas", None)
    finally:
        del sys.modules[name]


def _kernels() -> bool:
    if os.environ.get("NUMBA_CACHE_DIR"):
        return True
    folder = cache_folder()
    if folder is None:
        return False
    numba.config.CACHE_DIR = str(folder / "kernels")
    return True


_blas_alone()
CACHE = _kernels()
"""Whether kernels may be cached: the value of ``cache=`` in every ``njit``."""


@numba.njit(cache=CACHE)  # type: ignore[untyped-decorator]  # of numba's
def _nothing() -> int:
    return 0


def start() -> None:
    """Let numba load what it needs before its first kernel, whatever that is: 0.15 s."""
    _nothing()
