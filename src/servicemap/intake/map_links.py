"""Links that phone maps share -> longitude, latitude and the datum of that map.

Only what stands in the link itself is read: nothing is opened. A short link holds no
coordinates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import numpy as np

from servicemap.intake import baidu_metres

# Links that open an app, and whose map that is.
_APPS = {
    "amapuri": "amap.com",
    "iosamap": "amap.com",
    "androidamap": "amap.com",
    "baidumap": "baidu.com",
    "bdapp": "baidu.com",
    "qqmap": "map.qq.com",
}
_NUMBER = r"-?\d{1,9}(?:\.\d+)?"
_PAIR = re.compile(rf"(?<![\w.])({_NUMBER})\s*[,;|/~]\s*({_NUMBER})")
_DECIMALS = 360.0  # what is beyond is metres
# Hosts (their ends) and the datum of the coordinates in their links. Google and Apple
# draw mainland China in GCJ-02; elsewhere that is WGS-84 and nothing moves.
_DATUMS = (
    ("amap.com", "gcj02"),
    ("autonavi.com", "gcj02"),
    ("gaode.com", "gcj02"),
    ("map.qq.com", "gcj02"),
    ("baidu.com", "bd09"),
    ("tianditu.gov.cn", "cgcs2000"),
    ("google.com", "gcj02"),
    ("google.cn", "gcj02"),
    ("apple.com", "gcj02"),
    ("openstreetmap.org", "wgs84"),
    ("osm.org", "wgs84"),
)
_HOSTS = "|".join(re.escape(host) for host, _ in _DATUMS)
_LINK = re.compile(
    rf"(?:https?://|geo:|(?:{'|'.join(_APPS)})://)\S+"
    rf"|(?<![\w.@/-])(?:[a-z0-9-]+\.)*(?:{_HOSTS})/\S+",  # without its https://
    re.IGNORECASE,
)
_BAIDU_COORD = {"gcj02": "gcj02", "wgs84": "wgs84", "bd09ll": "bd09", "bd09": "bd09"}
# Parameters with one coordinate each, and with a pair; longitude or latitude first.
_LON = ("lng", "lon", "longitude", "mlon", "pointx", "x", "dlon")
_LAT = ("lat", "latitude", "mlat", "pointy", "y", "dlat")
_LON_FIRST = ("position", "lnglat", "lonlat", "dest", "center")
_LAT_FIRST = (
    "location",
    "latlng",
    "ll",
    "sll",
    "q",
    "p",
    "coord",
    "marker",
    "query",
    "loc",
    "cp",
)
_AT = re.compile(rf"@({_NUMBER}),({_NUMBER})")
_GOOGLE = re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})")
_OSM = re.compile(rf"map=\d+(?:\.\d+)?/({_NUMBER})/({_NUMBER})")


@dataclass(frozen=True)
class Place:
    """Degrees as a link gives them, and their datum; NaN where it gives none.

    The datum is None for maps that are not known here: it is that of the file.
    """

    lon: float
    lat: float
    datum: str | None


def find(cell: Any) -> Place | None:
    """The place that a cell's link names; None when there is no link in the cell.

    Amap (uri.amap.com, wb.amap.com and others), Tencent, Baidu (degrees and metres),
    Tianditu, Google, Apple and OpenStreetMap links and ``geo:`` addresses are read.
    A link without coordinates gives NaN.
    """
    if not isinstance(cell, str):
        return None
    found = _LINK.search(cell)
    if found is None:
        return None
    link = found.group()
    if link.casefold().startswith("geo:"):
        pair = _PAIR.match(link[4:])
        return _place(pair, "wgs84", lat_first=True)
    scheme, _, rest = link.partition("://")
    if not scheme.isalpha():
        link = f"https://{link}"
    elif scheme.casefold() in _APPS:
        link = f"https://{_APPS[scheme.casefold()]}/{rest}"
    try:
        parts = urlsplit(link)
    except ValueError:
        return Place(np.nan, np.nan, None)
    else:
        host = (parts.hostname or "").casefold()
        ends = (name for end, name in _DATUMS if host == end or host.endswith(f".{end}"))
        datum = next(ends, None)
    return _from_parts(parts.path, parts.query, unquote(parts.fragment), datum)


def _from_parts(path: str, query: str, fragment: str, datum: str | None) -> Place:
    asked = {key.casefold(): value for key, value in parse_qsl(query)}
    if datum == "bd09":
        datum = _BAIDU_COORD.get(asked.get("coord_type", "bd09ll").casefold(), datum)
    lon = next((asked[key] for key in _LON if key in asked), None)
    lat = next((asked[key] for key in _LAT if key in asked), None)
    if lon is not None and lat is not None:
        return _place(re.match(r"(.*),(.*)", f"{lon},{lat}"), datum, lat_first=False)
    for keys, lat_first in ((_LON_FIRST, False), (_LAT_FIRST, True)):
        for key in keys:
            pair = _PAIR.search(asked.get(key, ""))
            if pair is not None:
                return _place(pair, datum, lat_first=lat_first)
    place = unquote(path)
    pinned = _GOOGLE.search(place)
    if pinned is not None:
        return _place(pinned, datum, lat_first=True)
    pair = _AT.search(place)
    if pair is not None:
        metres = abs(float(pair[1])) > _DECIMALS
        return _place(pair, datum, lat_first=not metres)
    return _place(_OSM.search(fragment), datum, lat_first=True)


def _place(pair: re.Match[str] | None, datum: str | None, *, lat_first: bool) -> Place:
    if pair is None:
        return Place(np.nan, np.nan, datum)
    try:
        first, second = float(pair[1]), float(pair[2])
    except ValueError:
        return Place(np.nan, np.nan, datum)
    if datum == "bd09" and abs(first) > _DECIMALS and abs(second) > _DECIMALS:
        lon, lat = baidu_metres.to_bd09(np.array([first]), np.array([second]))
        return Place(float(lon[0]), float(lat[0]), datum)
    return Place(second, first, datum) if lat_first else Place(first, second, datum)
