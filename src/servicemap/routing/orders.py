"""Contraction orders kept between runs, and customised once per network.

An order is one ``.npy`` per array, never pickled, under a key of everything
that it depends on: who is joined with whom, where the junctions lie, and the
source code that made it. Times are no part of the key: one order serves every
scenario of speeds; closed roads make a network, and an order, of their own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

import numpy as np

from servicemap.compiled import cache_folder
from servicemap.routing import contraction, dissection
from servicemap.routing.contraction import Climb, Order, customise, fresh_order

if TYPE_CHECKING:
    from servicemap.roads.network import Network

KEPT = 64  # orders in the cache; the least recently used go first
ARRAYS = tuple(item.name for item in fields(Order))

_ORDERS: WeakKeyDictionary[Network, Order] = WeakKeyDictionary()
_CLIMBS: WeakKeyDictionary[Network, Climb] = WeakKeyDictionary()


def climb(network: Network, *, reverse: bool) -> Climb:
    """A network's order with its travel times, made once per network.

    Parameters
    ----------
    network
        Roads of one mode.
    reverse
        Against the arrows.
    """
    made = _CLIMBS.get(network)
    if made is None:
        made = _CLIMBS[network] = customise(network, order(network))
    return made.reversed() if reverse else made


def order(network: Network) -> Order:
    """A network's order: of this process, else from the cache, else anew and kept."""
    made = _ORDERS.get(network)
    if made is None:
        home = _home(network)
        made = None if home is None else _load(home)
        if made is None or len(made.rank) != network.n_nodes:
            made = fresh_order(network)
            if home is not None:
                _keep(home, made)
        _ORDERS[network] = made
    return made


def readiness(
    network: Network,
) -> Literal["customised", "ordered", "nothing", "never"]:
    """How much is there already: ``customised``, ``ordered``, ``nothing`` or ``never``.

    ``never``: no order was ever kept here, so that its kernels are not compiled yet.
    """
    if network in _CLIMBS:
        return "customised"
    if network in _ORDERS:
        return "ordered"
    home = _home(network)
    if home is None or not home.parent.is_dir():
        return "never"
    return "ordered" if home.is_dir() else "nothing"


@cache
def _code() -> bytes:
    digest = hashlib.sha256(np.__version__.encode())
    for module in (dissection, contraction):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.digest()


_KEYS: WeakKeyDictionary[Network, str] = WeakKeyDictionary()


def _home(network: Network) -> Path | None:
    root = cache_folder()
    if root is None:
        return None
    if network not in _KEYS:
        digest = hashlib.sha256(_code())
        heads = np.ascontiguousarray(network.arcs[0::2])
        for values in (network.arc_first, heads, network.node_x, network.node_y):
            digest.update(np.ascontiguousarray(values).tobytes())
        _KEYS[network] = digest.hexdigest()[:32]
    return root / "orders" / _KEYS[network]


def _load(home: Path) -> Order | None:
    try:
        made = Order(
            **{name: np.load(home / f"{name}.npy", allow_pickle=False) for name in ARRAYS}
        )
        os.utime(home)
    except FileNotFoundError:
        if home.is_dir():
            shutil.rmtree(home, ignore_errors=True)
        return None
    except (OSError, ValueError, EOFError):
        # damaged: out of the way, or it could never be replaced
        shutil.rmtree(home, ignore_errors=True)
        return None
    return made


def _keep(home: Path, made: Order) -> None:
    """Write beside and rename: two runs at once do no harm, a full disk neither."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f"{home.name}.", dir=home.parent))
    except OSError:
        return
    try:
        for name in ARRAYS:
            np.save(scratch / f"{name}.npy", getattr(made, name), allow_pickle=False)
        scratch.rename(home)
    except OSError:
        pass  # another run was faster, or the disk is full: the order is in memory
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    try:
        homes = [
            (one.stat().st_mtime, one) for one in home.parent.iterdir() if one.is_dir()
        ]
    except OSError:
        return
    for _, one in sorted(homes, reverse=True)[KEPT:]:
        shutil.rmtree(one, ignore_errors=True)
