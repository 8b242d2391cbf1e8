"""Tiles that a study names: what is asked for, and whether they lie on their ground."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import re
import struct
import threading
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import browser
from servicemap import study
from servicemap.errors import InputError
from servicemap.intake import datums
from servicemap.outputs.web_map import map_html, write_map
from servicemap.study import Tiles
from small_result import small_result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

needs_browser = pytest.mark.skipif(
    browser.chromium() is None, reason=f"none of {', '.join(browser.NAMES)} is installed"
)
PLACE = (121.1234, 28.8765)  # in the middle of the small county
SIDE = 256
RED = (230, 0, 120)


def png(pixels: np.ndarray) -> bytes:
    """An RGB picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data))
            + kind
            + data
            + struct.pack(">I", zlib.crc32(kind + data))
        )

    high, wide, _ = pixels.shape
    rows = np.concatenate([np.zeros((high, 1), np.uint8), pixels.reshape(high, -1)], axis=1)
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows.tobytes(), 1))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def read_png(data: bytes) -> np.ndarray:
    """Pixels of a screenshot."""
    import matplotlib.image

    import io  # isort: skip

    return np.rint(matplotlib.image.imread(io.BytesIO(data))[:, :, :3] * 255).astype(int)


def tile_of(lon: float, lat: float, z: int, grid: str) -> tuple[float, float]:
    """Column and row, with fractions, by the textbook."""
    if grid == "c":
        return (lon + 180) / 360 * 2**z, (90 - lat) / 360 * 2**z
    y = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))
    return (lon / 360 + 0.5) * 2**z, (0.5 - y / (2 * np.pi)) * 2**z


class Server:
    """Grey tiles with one red spot at a place, and every address that was asked for."""

    def __init__(self, lon: float, lat: float, grid: str) -> None:
        self.asked: list[str] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                z, x, y = map(int, re.findall(r"\d+", self.path.partition("?")[0])[-3:])
                pixels = np.full((SIDE, SIDE, 3), 205, np.uint8)
                column, row = tile_of(lon, lat, z, grid)
                at_x, at_y = (column - x) * SIDE, (row - y) * SIDE
                if -8 < at_x < SIDE + 8 and -8 < at_y < SIDE + 8:
                    yy, xx = np.mgrid[:SIDE, :SIDE] + 0.5
                    pixels[np.hypot(xx - at_x, yy - at_y) < 7] = RED
                body = png(pixels)
                self.send_response(200)
                self.send_header("Content-Type", "image/png")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer((browser.HERE, 0), Handler)
        self.address = f"http://{browser.HERE}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def serving(datum: str, grid: str) -> Iterator[Server]:
    """A server of tiles in a datum; the spot lies at PLACE for those who shift it back."""
    lon, lat = PLACE
    if datum == "gcj02":
        shifted = datums.wgs84_to_gcj02(np.array([lon]), np.array([lat]))
        lon, lat = (float(one[0]) for one in shifted)
    server = Server(lon, lat, grid)
    try:
        yield server
    finally:
        server.close()


def with_tiles(*tiles: Tiles) -> Any:
    result = small_result()
    return dataclasses.replace(result, study=dataclasses.replace(result.study, tiles=tiles))


def spot(page: browser.Page, path: Path) -> tuple[float, float] | None:
    """Middle of the red spot in the view, in CSS pixels."""
    page.picture(path)
    pixels = read_png(path.read_bytes())
    is_red = (np.abs(pixels - np.array(RED)) < 40).all(axis=2)
    if not is_red.any():
        return None
    y, x = np.nonzero(is_red)
    return float(x.mean() + 0.5), float(y.mean() + 0.5)


def test_a_page_without_tiles_allows_no_host_and_one_with_tiles_just_theirs() -> None:
    """The page's policy names exactly the hosts of the study's layers."""
    policy = re.compile(r"img-src ([^;]*);")
    assert policy.findall(map_html(small_result())) == ["data:"]
    own = Tiles("a", url="https://maps.example.org:8080/{z}/{x}/{y}.png?a=1")
    other = Tiles("b", tianditu=("vec", "cva"), key="k")
    named = policy.findall(map_html(with_tiles(own, other)))[0].split()
    tianditu = [f"https://t{one}.tianditu.gov.cn" for one in range(8)]
    assert named == ["data:", "https://maps.example.org:8080", *tianditu]


def test_tianditu_is_asked_as_its_page_says() -> None:
    """Kinds in their order, the matrix set of the grid, the user's key and host."""
    own = Tiles(
        "天地图", tianditu=("img", "cia"), key="a b", host="map.example.cn", grid="c"
    )
    assert own.addresses == tuple(
        f"https://map.example.cn/{kind}_c/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
        f"&LAYER={kind}&STYLE=default&TILEMATRIXSET=c&FORMAT=tiles"
        "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=a%20b"
        for kind in ("img", "cia")
    )
    assert own.origins == ("https://map.example.cn",)


@pytest.mark.parametrize(
    "lines",
    [
        'url = "https://example.org/{z}/{x}/{y}.png"',
        'name = "a"',
        'name = "a"\nurl = "https://example.org/{z}/{x}.png"',
        'name = "a"\nurl = "file:///{z}/{x}/{y}.png"',
        'name = "a"\nurl = "javascript:alert({x}{y}{z})"',
        'name = "a"\nurl = "https://example.org; script-src *//{z}/{x}/{y}"',
        'name = "a"\nurl = "https://example.org/{z}/{x}/{y}/{other}"',
        'name = "a"\nurl = "https://{s}.example.org/{z}/{x}/{y}"',
        'name = "a"\nurl = "https://{s}.example.org/{z}/{x}/{y}"\nsubdomains = "a;*"',
        'name = "a"\nurl = "https://*/{z}/{x}/{y}"',
        'name = "a"\nurl = "https://example.org/{z}/{x}/{y}"\ntianditu = ["vec"]',
        'name = "a"\nurl = "https://example.org/{z}/{x}/{y}"\nzooms = [9, 3]',
        'name = "a"\nurl = "https://example.org/{z}/{x}/{y}"\ndatum = "bd09"',
        'name = "a"\ntianditu = ["vec"]',
        'name = "a"\ntianditu = ["vec"]\nkey = "k"\ndatum = "gcj02"',
        'name = "a"\ntianditu = ["vec"]\nkey = "k"\nhost = "example.org;x"',
        'name = "a"\ntianditu = ["../x"]\nkey = "k"',
    ],
)
def test_a_layer_that_makes_no_sense_is_refused(tmp_path: Path, lines: str) -> None:
    """Addresses that are none, hosts that could change the policy, missing keys."""
    toml = f'[study]\nname = "x"\n[[tiles]]\n{lines}\n'
    (tmp_path / "servicemap.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        study.read(tmp_path)
    assert {one.kind for one in caught.value.problems} == {"setting_type"}
    assert all("tiles 1" in str(one.column) for one in caught.value.problems)


def test_layers_of_a_study_are_read(tmp_path: Path) -> None:
    """In their order, with what is not said filled in."""
    toml = (
        '[[tiles]]\nname = "a"\nurl = "https://{s}.example.org/{z}/{x}/{y}"\n'
        'subdomains = "ab"\n[[tiles]]\nname = "b"\ntianditu = ["vec"]\nkey = "k"\n'
    )
    (tmp_path / "servicemap.toml").write_text(toml, encoding="utf-8")
    first, second = study.read(tmp_path).tiles
    assert first.origins == ("https://a.example.org", "https://b.example.org")
    assert second.names == "01234567"


@pytest.fixture(scope="module")
def tab() -> Iterator[browser.Page]:
    """One browser for all tests; it reaches this machine and nothing else."""
    with browser.page(loopback=True) as opened:
        opened.size(1200, 800)
        yield opened


@pytest.fixture
def page(tab: browser.Page) -> browser.Page:
    """The same browser, which has seen nothing yet."""
    tab.events.clear()
    return tab


@needs_browser
@pytest.mark.browser
@pytest.mark.parametrize(
    ("datum", "grid", "zoom"),
    [
        ("wgs84", "w", 13),
        ("gcj02", "w", 13),
        ("gcj02", "w", 16.25),
        ("wgs84", "c", 11),
        ("gcj02", "c", 14.5),
    ],
)
def test_a_tile_lies_on_its_ground(
    page: browser.Page, datum: Any, grid: Any, zoom: float, tmp_path: Path
) -> None:
    """What stands in a tile at a place is seen at that place, shifted tiles too."""
    with serving(datum, grid) as server:
        url = f"{server.address}/tiles/{{z}}/{{x}}/{{y}}.png"
        result = with_tiles(Tiles("瓦片", url=url, grid=grid, datum=datum))
        write_map(result, tmp_path / "map.html")
        page.open(tmp_path / "map.html")
        assert server.asked == []  # nothing unasked
        page.run(
            "SM.change({hidden: {villages: true, people: true, gaps: true, bands: true,"
            " townships: true, names: true, 'tier.village': true}})"
        )
        page.run(
            f"void SM.map.setView([{PLACE[1]}, {PLACE[0]}], {zoom}, {{animate: false}})"
        )
        page.run("document.querySelectorAll('input[name=sm-tiles]')[1].click()")
        page.wait(
            "(all => all.length > 3 && all.every(one => one.complete))"
            "(Array.from(document.querySelectorAll('.sm-tile')))"
        )
        page.settle()
        seen = spot(page, tmp_path / "seen.png")
        wanted = page.run(
            f"(at => {{ const box = SM.map.getContainer().getBoundingClientRect();"
            f" return [at.x + box.left, at.y + box.top]; }})"
            f"(SM.map.latLngToContainerPoint([{PLACE[1]}, {PLACE[0]}]))"
        )
        assert seen is not None
        assert np.hypot(seen[0] - wanted[0], seen[1] - wanted[1]) < 1.2
        assert {one.split("/tiles")[0] for one in page.requests()} == {server.address}
        assert page.complaints() == []
        assert "tiles=0" in page.run("SM.link()")
        page.run("document.querySelectorAll('input[name=sm-tiles]')[0].click()")
        assert page.run("document.querySelectorAll('.sm-tile').length") == 0
        page.settle()
        assert spot(page, tmp_path / "gone.png") is None


@needs_browser
@pytest.mark.browser
def test_the_page_shifts_as_the_readers_do_and_asks_no_other_host(
    page: browser.Page, tmp_path: Path
) -> None:
    """The formula of the page is that of ``intake.datums``; its policy stops the rest."""
    write_map(
        with_tiles(Tiles("a", url="http://127.0.0.1:9/{z}/{x}/{y}")), tmp_path / "m.html"
    )
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(70, 140, 40), rng.uniform(0, 56, 40)
    page.open(tmp_path / "m.html")
    places = list(map(list, zip(lon.tolist(), lat.tolist(), strict=True)))
    there = page.run(f"{places}.map(at => SM.gcj02(at[0], at[1]))")
    assert np.abs(np.array(there).T - datums.wgs84_to_gcj02(lon, lat)).max() < 1e-9
    inside = datums.in_china_box(lon, lat)
    back = np.array(page.run(f"{there}.map(at => SM.fromGcj02(at[0], at[1]))"))
    assert np.abs(back[inside] - np.array(places)[inside]).max() < 1e-8
    page.run("new Image().src = 'http://127.0.0.1:10/other.png'")
    page.settle()
    told = " ".join(page.complaints())
    assert "Content Security Policy" in told
    page.run("SM.change({tiles: 0})")
    page.wait("document.getElementById('sm-toast').textContent.length > 0")
