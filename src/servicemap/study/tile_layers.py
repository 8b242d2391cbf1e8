"""``[[tiles]]``: maps of others under ours, which a study names and nobody sees unasked.

A layer is either Tianditu (the user's key, on any host that serves it) or any address
in which ``{x}``, ``{y}`` and ``{z}`` stand for a tile's place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

TIANDITU_HOST = "t{s}.tianditu.gov.cn"
TIANDITU_SUBDOMAINS = "01234567"
# http://lbs.tianditu.gov.cn/server/MapService.html: one name per kind of map
TIANDITU = (
    "https://{host}/{layer}_{grid}/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER={layer}&STYLE=default&TILEMATRIXSET={grid}&FORMAT=tiles"
    "&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={{key}}"
)
DEEPEST = 22
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?", re.IGNORECASE)
_PLACE = re.compile(r"\{([^{}]*)\}")
_NEEDED = frozenset("xyz")
_EXAMPLE = 'url = "https://…/{z}/{x}/{y}.png"'
# no blank, quote or semicolon: addresses stand in the page's policy
_ADDRESS = re.compile(r"[A-Za-z0-9._~:/?#@!$&()*+,=%{}\[\]-]+")


@dataclass(frozen=True)
class Tiles:
    """One layer of tiles.

    Attributes
    ----------
    name
        In the map's list of layers.
    url
        Address of a tile, with ``{x}``, ``{y}``, ``{z}``, and ``{s}`` and ``{key}`` where
        the address has them. Missing for Tianditu.
    tianditu
        Kinds of Tianditu's maps from the lowest to the highest: ``vec`` (streets),
        ``cva`` (its names), ``img``, ``cia`` (pictures), ``ter``, ``cta`` (relief).
    host
        Of Tianditu, or of who serves it within an office.
    key
        The user's own; it stands in ``map.html`` for everyone who has the file.
    subdomains
        Each letter is a name that ``{s}`` may stand for.
    grid
        ``w``: Web Mercator; ``c``: degrees of longitude and latitude.
    datum
        ``gcj02`` for maps whose places are shifted (Amap, Tencent): the page shifts them
        back.
    source
        Who made the map, as it shall be printed beside it.
    zooms
        The least and the largest ``{z}`` that there are.
    """

    name: str = ""
    url: str | None = None
    tianditu: tuple[str, ...] = ()
    host: str = TIANDITU_HOST
    key: str = ""
    subdomains: str = ""
    grid: Literal["w", "c"] = "w"
    datum: Literal["wgs84", "gcj02"] = "wgs84"
    source: str = ""
    zooms: tuple[float, ...] = (1.0, 18.0)

    @property
    def names(self) -> str:
        """What ``{s}`` may stand for."""
        is_own = self.url is not None or self.host != TIANDITU_HOST
        return self.subdomains or ("" if is_own else TIANDITU_SUBDOMAINS)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses with ``{x}``, ``{y}``, ``{z}``, ``{s}`` left open, lowest first."""
        found = [] if self.url is None else [self.url]
        found += [
            TIANDITU.format(host=self.host, layer=quote(one), grid=self.grid)
            for one in self.tianditu
        ]
        return tuple(one.replace("{key}", quote(self.key, safe="")) for one in found)

    @property
    def origins(self) -> tuple[str, ...]:
        """Scheme and host of every address that may be asked, for the page's policy."""
        parts = [urlsplit(one) for one in self.addresses]
        found = (
            f"{part.scheme}://{part.netloc.replace('{s}', one)}"
            for part in parts
            for one in self.names or ("",)
        )
        return tuple(dict.fromkeys(found))


def faults(tiles: Tiles) -> Iterator[tuple[str, object, str]]:
    """What makes no sense in a layer: key, value, what is expected."""
    if not tiles.name.strip():
        yield "name", tiles.name, '"text"'
    if (tiles.url is None) == (not tiles.tianditu):
        yield "url", tiles.url or "", f'{_EXAMPLE} | tianditu = ["vec"]'
        return
    if tiles.tianditu:
        yield from _tianditu_faults(tiles)
    for address in tiles.addresses:
        if not _is_address(address, tiles.names):
            key = "url" if tiles.url is not None else "host"
            value = tiles.url if tiles.url is not None else tiles.host
            yield key, value, _EXAMPLE
            break
    low, high = (*tiles.zooms, 0.0, 0.0)[:2]
    if len(tiles.zooms) != 2 or not 0 <= low <= high <= DEEPEST or low % 1 or high % 1:  # noqa: PLR2004
        yield "zooms", list(tiles.zooms), f"[0, {DEEPEST}]"


def _tianditu_faults(tiles: Tiles) -> Iterator[tuple[str, object, str]]:
    wrong = [one for one in tiles.tianditu if not re.fullmatch("[a-z]{3}", one)]
    if wrong:
        yield "tianditu", wrong, '["vec", "cva"]'
    if not tiles.key.strip():
        yield "key", tiles.key, 'key = "…" (https://console.tianditu.gov.cn)'
    if tiles.datum != "wgs84":
        yield "datum", tiles.datum, '"wgs84"'


def _is_address(address: str, names: str) -> bool:
    places = set(_PLACE.findall(address))
    if not _ADDRESS.fullmatch(address) or not _NEEDED <= places <= _NEEDED | {"s"}:
        return False
    if ("s" in places) != bool(names) or not all(one.isalnum() for one in names):
        return False
    scheme, host = urlsplit(address)[:2]
    is_web = scheme in ("http", "https") and names.isascii()
    return is_web and bool(_HOST.fullmatch(host.replace("{s}", (names or "a")[0])))
