"""Roads by the name of a place or by a box: asked of Overpass once, kept as an extract.

osmnx geocodes, divides large areas and asks; it stores each raw answer. The answers are
written as an ordinary extract, so that downloaded roads go through the same reader,
profiles and rules as a file, and a second run needs no network.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import time
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from servicemap import kept
from servicemap.errors import DownloadError, ResourceError
from servicemap.progress import Say, log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

T = TypeVar("T")

KIND = "downloads"
FORMAT = "1"
OVERPASS, NOMINATIM = "SERVICEMAP_OVERPASS", "SERVICEMAP_NOMINATIM"
PATIENCE_S = (15.0, 45.0, 90.0)  # waits while a server is busy, then it is given up
TIMEOUT_S = 180
MARGIN_M = 1_000.0  # around the outline of a place: roads run in and out of it
SIMPLER_M = 250.0  # of that margin goes into a shorter question
MOST_KM2 = 20_000.0  # beyond that, an extract is quicker for all
LONGEST = 200  # of a reason that a library gives
BUSY = frozenset({429, 502, 503, 504})
RESTRICTIONS = (
    "restriction",
    *(
        f"restriction:{mode}"
        for mode in ("conditional", "motorcar", "motorcycle", "bicycle", "hgv", "bus")
    ),
)
# What the reader of extracts makes use of (`servicemap.osm_file.kinds`): tags of any
# element; Overpass adds the nodes of ways with all their tags, so barriers and signals
# need no question of their own.
ROADS: Mapping[str, bool | str | list[str]] = {
    "highway": True,
    "route": "ferry",
    "man_made": "pier",
    "railway": ["platform", "rail", "light_rail", "narrow_gauge"],
    "public_transport": "platform",
    "type": list(RESTRICTIONS),
}
MAP: Mapping[str, bool | str | list[str]] = {
    "place": True,
    "amenity": ["townhall", "public_building", "bank", "post_office"],
    "office": "government",
    "building": True,
    "natural": ["water", "wood", "coastline"],
    "waterway": ["river", "canal", "stream", "riverbank"],
    "landuse": [
        *("forest", "reservoir", "basin"),
        *("residential", "commercial", "retail", "industrial"),
    ],
    # boundaries, without those of countries and provinces that only pass by
    "admin_level": ["6", "7", "8", "9", "10"],
}


class _BusyError(Exception):
    """The server asks to come back later."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def extract_of(place: str | None, bbox: Sequence[float] = (), *, say: Say = log) -> Path:
    """The extract of a place or box: from the cache, else downloaded and kept there.

    Parameters
    ----------
    place
        Name as Nominatim knows it; its outline with a kilometre around it is asked for.
    bbox
        West, south, east, north in degrees; taken where no place is named.
    say
        Told ``download`` and ``download_wait``.

    Returns
    -------
    Path
        An ``.osm.pbf``. Remove it to have newer data.

    Raises
    ------
    DownloadError
        Nothing, not everything or no roads could be had, and why.
    ResourceError
        There is no cache to keep it in.
    """
    place = " ".join((place or "").split()) or None
    name = place or ", ".join(f"{side:g}" for side in bbox)
    asked = place or [float(side) for side in bbox]
    key = kept.key_of(repr((FORMAT, asked)))
    home = kept.home(KIND)
    if home is None:
        raise ResourceError("download_nowhere")
    file = home / key / f"{_file_name(name)}.osm.pbf"
    if not file.is_file():
        say("download", name=name)
        _download(place, bbox, name, file, say)
    return file


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.,-]+", "_", name).strip("._")[:80] or "roads"


def _download(
    place: str | None, bbox: Sequence[float], name: str, file: Path, say: Say
) -> None:
    """Ask, and write the answers as one file; it appears whole or not at all."""
    from servicemap.osm_file import answers

    # raw answers stay until all are there: a second try goes on where the first ended
    raw = file.parent / "answers"
    try:
        raw.mkdir(parents=True, exist_ok=True)
        area = _area(place, bbox, name, raw, say)
        for tags in (ROADS, MAP):
            _patiently(raw, partial(_ask, area, tags), say)
        part = file.with_name(f".{os.getpid()}.{file.name}")
        try:
            counts = answers.write(sorted(raw.rglob("*.json")), part, area.bounds)
            if counts["highway"]:
                part.replace(file)
        except ValueError as error:
            shutil.rmtree(raw, ignore_errors=True)
            raise _partial(error) from error
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ResourceError("download_nowhere") from error
    shutil.rmtree(raw, ignore_errors=True)
    if not counts["highway"]:
        raise DownloadError("download_empty", name=name)


def _area(place: str | None, bbox: Sequence[float], name: str, raw: Path, say: Say) -> Any:
    """What is asked for, as a polygon in degrees."""
    import osmnx
    import shapely

    if place is None:
        area = shapely.box(*bbox)
    else:
        outline = _patiently(raw, partial(_outline, place), say)
        flat, crs = osmnx.projection.project_geometry(outline)
        wide = shapely.buffer(flat, MARGIN_M, quad_segs=2).simplify(SIMPLER_M)
        area, _ = osmnx.projection.project_geometry(wide, crs=crs, to_latlong=True)
        area = shapely.make_valid(area)
    km2 = osmnx.projection.project_geometry(area)[0].area / 1e6
    if km2 > MOST_KM2:
        raise DownloadError(
            "download_large", name=name, km2=f"{km2:,.0f}", limit=f"{MOST_KM2:,.0f}"
        )
    return area


def _outline(place: str, osmnx: Any) -> Any:
    try:
        return osmnx.geocode_to_gdf(place).geometry.iloc[0]
    except TypeError as error:
        raise DownloadError("download_no_outline", name=place) from error
    except ValueError as error:
        if "0 results" not in str(error):
            raise  # an answer that is none
        raise DownloadError("download_no_place", name=place) from error


def _ask(area: Any, tags: Mapping[str, Any], osmnx: Any) -> None:
    """Have osmnx store the raw answers; it interrupts itself before it makes tables."""
    with suppress(InterruptedError):
        osmnx.features_from_polygon(area, dict(tags))


def _patiently(raw: Path, ask: Callable[[Any], T], say: Say) -> T:
    """Ask; wait and ask again while the server is busy; say in words what went wrong."""
    from requests import exceptions

    with _settings(raw) as osmnx:
        waits = iter(PATIENCE_S)
        while True:
            try:
                return ask(osmnx)
            except _BusyError as busy:
                wait_s = next(waits, None)
                if wait_s is None:
                    told = {"status": busy.status, "count": len(PATIENCE_S) + 1}
                    raise DownloadError("download_busy", **_servers(), **told) from busy
                say("download_wait", seconds=f"{wait_s:g}", status=busy.status)
                time.sleep(wait_s)
            except exceptions.Timeout as error:
                raise DownloadError(
                    "download_timeout", **_servers(), seconds=TIMEOUT_S
                ) from error
            except (
                exceptions.ChunkedEncodingError,
                exceptions.ContentDecodingError,
                exceptions.JSONDecodeError,
            ) as error:
                raise _partial(error) from error
            except exceptions.RequestException as error:
                raise DownloadError(
                    "download_unreachable", **_servers(), why=_short(error)
                ) from error
            except ValueError as error:  # osmnx: an answer that cannot be read
                raise _partial(error) from error


def _partial(error: Exception) -> DownloadError:
    return DownloadError("download_partial", **_servers(), why=_short(error))


def _look(answer: Any, *_: Any, **__: Any) -> None:
    """Judge an answer before osmnx does, which would wait without a word and for ever."""
    if answer.is_redirect:
        return
    server = answer.url.split("?")[0]
    if answer.status_code in BUSY:
        raise _BusyError(answer.status_code)
    if not answer.ok:
        raise DownloadError(
            "download_refused",
            server=server,
            status=f"{answer.status_code} {answer.reason}",
        )
    if b'"remark"' in answer.content:
        # Overpass stops in mid-answer, with status 200, when time or memory run out
        remark = answer.json().get("remark")
        if remark:
            raise DownloadError("download_partial", server=server, why=str(remark))


@contextmanager
def _settings(raw: Path) -> Iterator[Any]:
    """Lend osmnx our settings; put back what it had, also the resolver that it replaces."""
    import osmnx

    ours: dict[str, Any] = {
        "cache_folder": raw,
        "use_cache": True,
        "cache_only_mode": True,
        "overpass_url": _server(OVERPASS),
        "nominatim_url": _server(NOMINATIM),
        "overpass_rate_limit": False,  # a busy server says so, and is waited for in words
        "doh_url_template": None,
        "requests_timeout": TIMEOUT_S,
        "requests_kwargs": {
            **osmnx.settings.requests_kwargs,
            "hooks": {"response": _look},
        },
        "http_user_agent": "servicemap (osmnx)",
    }
    before = {name: getattr(osmnx.settings, name) for name in ours}
    resolver = socket.getaddrinfo
    try:
        for name, value in ours.items():
            setattr(osmnx.settings, name, value)
        yield osmnx
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        socket.getaddrinfo = resolver


def _server(which: str) -> str:
    """Address of a server: the user's own, else that of OpenStreetMap's volunteers."""
    known = {
        OVERPASS: "https://overpass-api.de/api",
        NOMINATIM: "https://nominatim.openstreetmap.org/",
    }
    return os.environ.get(which) or known[which]


def _servers() -> dict[str, str]:
    return {"server": f"{_server(OVERPASS)}, {_server(NOMINATIM)}"}


def _short(error: Exception) -> str:
    """A line or two of an error, without addresses of objects."""
    whole = str(error) or type(error).__name__
    system = re.search(r"\[Errno -?\d+\] [^'\")]+", whole)
    text = system[0] if system else re.sub(r"<[^<>]* at 0x[0-9a-f]+>:? ?", "", whole)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
