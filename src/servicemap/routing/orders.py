"""Contraction orders kept between runs, and customised once per network.

An order is one ``.npy`` per array, never pickled, under a key of everything
that it depends on: who is joined with whom, where the junctions lie, and the
source code that made it. Times are no part of the key: one order serves every
scenario of speeds; closed roads make a network, and an order, of their own.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from servicemap import kept
from servicemap.routing import contraction, dissection
from servicemap.routing.contraction import Climb, Order, customise, fresh_order

if TYPE_CHECKING:
    from servicemap.roads.network import Network

KIND = "orders"
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
        made = kept.load(KIND, _key(network), ARRAYS, _order)
        if made is None or len(made.rank) != network.n_nodes:
            made = fresh_order(network)
            arrays = {name: getattr(made, name) for name in ARRAYS}
            kept.keep(KIND, _key(network), arrays, {}, most=KEPT)
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
    home = kept.home(KIND)
    if home is None or not home.is_dir():
        return "never"
    return "ordered" if (home / _key(network)).is_dir() else "nothing"


@cache
def _code() -> str:
    return kept.code(*(Path(str(one.__file__)) for one in (dissection, contraction)))


_KEYS: WeakKeyDictionary[Network, str] = WeakKeyDictionary()


def _key(network: Network) -> str:
    if network not in _KEYS:
        joined = (network.arc_first, network.arcs[0::2], network.node_x, network.node_y)
        _KEYS[network] = kept.key_of(_code(), joined)
    return _KEYS[network]


def _order(_: dict[str, Any], arrays: dict[str, Any]) -> Order:
    return Order(**arrays)
