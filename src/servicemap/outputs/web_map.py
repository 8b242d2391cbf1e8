"""``map.html``: the interactive map, one file that asks the network for nothing.

folium makes the page and the Leaflet map; its scripts and styles are replaced by
the vendored ones, everything is inlined, and the page's own policy forbids any
request but those for tiles that the study names. The drawing is done by the scripts
in ``assets/`` from one block of data.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from servicemap.outputs.map_data import map_data
from servicemap.outputs.safe_text import safe, script_json
from servicemap.outputs.still_picture import still_picture
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from servicemap.result import Result

MAP_ID = "servicemap"  # folium would draw a new one on every run
# In this order: each script uses those before it.
SCRIPTS = (
    "decode",
    "model",
    "counts",
    "palette",
    "dom",
    "state",
    "sheet",
    "tiles",
    "basemap",
    "labels",
    "symbols",
    "card",
    "search",
    "lists",
    "panel",
    "legend",
    "tools",
    "main",
)
_POLICY = "POLICY-GOES-HERE"
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
# Pictures of controls that this map does not have, and a file for debuggers.
_PICTURE = re.compile(r"url\((?!#)[^)]*\)")
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')
_SOURCE_MAP = re.compile(r"\n//# sourceMappingURL=\S+\s*$")


def write_map(result: Result, path: Path) -> None:
    """Write the interactive map as one HTML file.

    Parameters
    ----------
    result
        What a run found; it is not changed.
    path
        File to write: UTF-8, the same bytes for the same result.
    """
    path.write_text(map_html(result), encoding="utf-8", newline="\n")


def map_html(result: Result) -> str:
    """The page as text; see `write_map`."""
    data = map_data(result)
    west, south, east, north = data["frame"]
    page = _page(
        title=safe(say("map.title", result.study.language, study=result.study.name)),
        too_old=_too_old(result, data["frame"]),
        language="zh-CN" if result.study.language == "zh" else "en",
        centre=((south + north) / 2, (west + east) / 2),
        data=script_json(data),
    )
    origins = dict.fromkeys(one for tiles in result.study.tiles for one in tiles.origins)
    return page.replace(_POLICY, _policy(page, origins))


def _too_old(result: Result, frame: list[float]) -> str:
    """A hint and a picture: seen until the scripts have made the map, or instead of it."""
    hint = say("map.old_engine", result.study.language)
    label = say("map.title", result.study.language, study=result.study.name)
    return f"<p>{safe(hint)}</p>{still_picture(result, frame, label)}"


def _page(
    *, title: str, too_old: str, language: str, centre: tuple[float, float], data: str
) -> str:
    import folium
    from branca.element import Element, Figure, MacroElement
    from folium.template import Template

    class Raw(Element):  # type: ignore[misc]
        """Text that no template language looks into."""

        _template = Template("{{ this.text }}")

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Start(MacroElement):  # type: ignore[misc]
        """Starts our scripts once folium has made the map."""

        _template = Template(
            "{% macro script(this, kwargs) %}"
            "SM.start({{ this._parent.get_name() }});"
            "{% endmacro %}"
        )

    figure = Figure(title=title)
    figure.header.add_child(Raw(_head()), name="head")
    figure.header.add_child(Raw(f"<style>{_leaflet_css()}</style>"), name="leaflet_css")
    figure.header.add_child(Raw(f"<style>{_asset('map.css')}</style>"), name="css")
    figure.header.add_child(Raw(f"<script>{_leaflet_js()}</script>"), name="leaflet")
    world = folium.Map(
        location=centre,
        zoom_start=11,
        tiles=None,
        zoom_control=False,
        prefer_canvas=True,
        max_zoom=18,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=110,
        box_zoom=True,
    )
    world._id = MAP_ID  # noqa: SLF001 - the only way to name the map
    # instance attributes: folium's own lists are shared by every map of the process
    world.default_js, world.default_css = [], []
    world._parent = None  # noqa: SLF001 - leaves the figure that folium made for it
    figure.add_child(world, name="map")
    world.add_child(Start(), name="start")
    scripts = "\n".join(_asset(f"{name}.js") for name in SCRIPTS)
    figure.html.add_child(Raw(_body(too_old, data, scripts)), name="body")
    html = str(figure.render()).replace("<html>", f'<html lang="{language}">', 1)
    # folium forbids enlarging the page, which some eyes need
    return _VIEWPORT.sub(
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        html,
        count=1,
    )


def _head() -> str:
    return "\n".join(
        (
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="renderer" content="webkit">',
            '<meta http-equiv="X-UA-Compatible" content="IE=edge">',
            '<meta name="referrer" content="no-referrer">',
        )
    )


def _body(too_old: str, data: str, scripts: str) -> str:
    return (
        f'<div id="sm-old">{too_old}</div>\n'
        '<main id="sm-panel"></main>\n'
        '<div id="sm-tools"></div>\n'
        '<aside id="sm-legend"></aside>\n'
        '<div id="sm-toast" role="status"></div>\n'
        f'<script type="application/json" id="sm-data">{data}</script>\n'
        f"<script>{scripts}</script>"
    )


def _policy(page: str, origins: Iterable[str]) -> str:
    """Only the scripts and styles of this page, by their hashes, and no request at all.

    Images may come from the hosts of the tiles that the study names, and from nowhere
    without such tiles.
    """
    scripts = " ".join(_hash(text) for text in _SCRIPT.findall(page))
    styles = " ".join(_hash(text) for text in _STYLE.findall(page))
    images = " ".join(("data:", *origins))
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; "
        f"img-src {images}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _leaflet_js() -> str:
    return _SOURCE_MAP.sub("", _asset("leaflet/leaflet.js"))


def _leaflet_css() -> str:
    return _PICTURE.sub("none", _asset("leaflet/leaflet.css"))


@cache
def _asset(name: str) -> Any:
    return resources.files("servicemap.outputs").joinpath("assets", name).read_text("utf-8")
