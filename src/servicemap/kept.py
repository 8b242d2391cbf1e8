"""Arrays kept between runs: a folder per entry, one ``.npy`` per array, never pickled.

The key of an entry says everything that it depends on, so an entry is never out
of date. A cache that cannot be read or written does no harm: what is damaged is
put out of the way and made anew, and what cannot be kept is in memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from servicemap.compiled import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    Arrays = dict[str, Any]

T = TypeVar("T")
META = "entry.json"


def code(*files: Path) -> str:
    """Hash of source files, and of numpy's version: what makes an entry what it is."""
    digest = hashlib.sha256(np.__version__.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def own_code(folder: Path = Path(__file__).parent) -> str:
    """Hash of all our source, for what nearly all of it goes into.

    The toml files count as well: speeds, norms, words and synonyms are in them.
    """
    return code(
        *sorted(one for kind in ("py", "toml") for one in folder.rglob(f"*.{kind}"))
    )


def key_of(text: str, arrays: Iterable[NDArray[Any]] = ()) -> str:
    """Key of an entry from a text and the content of arrays."""
    digest = hashlib.sha256(text.encode())
    for values in arrays:
        flat = np.ascontiguousarray(values)
        digest.update(repr((flat.dtype.str, flat.shape)).encode())
        digest.update(flat.view(np.uint8).reshape(-1).data if flat.size else b"")
    return digest.hexdigest()[:32]


def home(kind: str) -> Path | None:
    """Folder of all entries of a kind; None where nothing can be kept."""
    root = cache_folder()
    return None if root is None else root / kind


def load(
    kind: str,
    key: str,
    names: Iterable[str],
    make: Callable[[dict[str, Any], Arrays], T],
) -> T | None:
    """Find an entry and make of it what it was.

    Parameters
    ----------
    kind, key
        Which entry.
    names
        Its arrays. They are mapped copy-on-write: kernels are compiled for arrays
        that may be written, and a read-only mapping would compile each a second time.
    make
        Gets the description and the arrays; an OSError, ValueError, TypeError or
        KeyError of it says that the entry is damaged.

    Returns
    -------
    object or None
        None where there is no such entry, or a damaged one, which is then removed.
    """
    folder = home(kind)
    if folder is None:
        return None
    entry = folder / key
    try:
        meta = json.loads((entry / META).read_text(encoding="utf-8"))
        arrays = {
            name: np.load(entry / f"{name}.npy", mmap_mode="c", allow_pickle=False).view(
                np.ndarray
            )
            for name in names
        }
        found = make(meta, arrays)
        os.utime(entry)
    except (OSError, ValueError, TypeError, KeyError, EOFError):
        # out of the way, or it could never be replaced
        shutil.rmtree(entry, ignore_errors=True)
        return None
    return found


def keep(
    kind: str,
    key: str,
    arrays: Mapping[str, NDArray[Any]],
    meta: Mapping[str, Any],
    *,
    most: int,
) -> None:
    """Write beside and rename: two runs at once do no harm, a full disk neither.

    Parameters
    ----------
    kind, key
        Which entry.
    arrays, meta
        What `load` shall find.
    most
        Entries of this kind; the least recently used go first.
    """
    folder = home(kind)
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f"{key}.", dir=folder))
    except OSError:
        return
    try:
        for name, values in arrays.items():
            np.save(scratch / f"{name}.npy", values, allow_pickle=False)
        text = json.dumps(dict(meta), ensure_ascii=False)
        (scratch / META).write_text(text, encoding="utf-8")
        scratch.rename(folder / key)
    except OSError:
        pass  # another run was faster, or the disk is full: it is in memory
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    try:
        entries = [(one.stat().st_mtime, one) for one in folder.iterdir() if one.is_dir()]
    except OSError:
        return
    for _, entry in sorted(entries, reverse=True)[most:]:
        shutil.rmtree(entry, ignore_errors=True)
