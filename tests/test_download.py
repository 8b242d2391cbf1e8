"""Roads by place or box: asked of a server on this machine that serves recorded answers."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import osmnx
import pytest
from typer.testing import CliRunner

from servicemap import osm_file, preparation, road_network, study
from servicemap.cli import app
from servicemap.errors import DownloadError, InputError
from servicemap.roads import download, sources
from servicemap.roads.download import NOMINATIM, OVERPASS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Country

RECORDED = Path(__file__).parent / "recorded"
BOX = (9.4835, 47.166, 9.4945, 47.172)


@dataclass
class Server:
    """Answers by the kind of question; ``first`` are sent before those, once each."""

    address: str = ""
    first: list[tuple[int, bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    places: bytes = b"[]"
    elements: bytes | None = None
    cut: bool = False

    def reply(self, kind: str, question: str) -> tuple[int, bytes]:
        self.asked.append(kind)
        if self.first:
            return self.first.pop(0)
        if kind == "search":
            return 200, self.places
        if self.elements is not None:
            return 200, self.elements
        name = "roads" if "'highway'" in question else "map"
        return 200, (RECORDED / f"overpass_{name}.json").read_bytes()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, own_folder: Path) -> Iterator[Server]:
    made = Server(places=(RECORDED / "nominatim_schaan.json").read_bytes())

    class Handler(BaseHTTPRequestHandler):
        def _reply(self, question: str) -> None:
            status, body = made.reply(urlsplit(self.path).path.split("/")[-1], question)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if made.cut else body)

        def do_GET(self) -> None:
            self._reply(urlsplit(self.path).query)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._reply(parse_qs(body)["data"][0])

        def log_message(self, *_: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    made.address = f"http://127.0.0.1:{http.server_port}"
    monkeypatch.setenv(OVERPASS, f"{made.address}/api")
    monkeypatch.setenv(NOMINATIM, made.address)
    monkeypatch.setattr(download, "PATIENCE_S", (0.01, 0.01))
    yield made
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from servicemap import kept

    folder = tmp_path / "cache"
    monkeypatch.setattr(kept, "cache_folder", lambda: folder)
    return folder


def tags_of(extract: osm_file.Extract) -> dict[int, dict[str, str]]:
    roads = extract.roads
    return {
        int(way): dict(roads.tagsets[at])
        for way, at in zip(roads.way_id, roads.tagset, strict=True)
    }


def test_downloaded_roads_are_those_of_the_extract(
    server: Server, liechtenstein: Country
) -> None:
    """Same ways, same tags, whole; the same turn restriction; the box in the header."""
    file = download.extract_of(None, BOX)
    own = osm_file.read(file)
    whole = liechtenstein.extract
    tags = tags_of(own)
    assert len(tags) == 28
    assert tags == {way: tags_of(whole)[way] for way in tags}
    lengths = [
        dict(
            zip(
                one.roads.way_id.tolist(),
                (one.roads.first[1:] - one.roads.first[:-1]).tolist(),
                strict=True,
            )
        )
        for one in (own, whole)
    ]
    assert all(lengths[0][way] == lengths[1][way] for way in tags)
    (restriction,) = own.roads.restrictions
    assert restriction in whole.roads.restrictions
    assert own.bounds == pytest.approx(BOX)
    assert own.date == "2013-08-03T12:00:00Z"
    assert server.asked == ["interpreter", "interpreter"]


def test_what_was_downloaded_is_not_asked_for_again(
    server: Server, own_folder: Path
) -> None:
    once = download.extract_of("Schaan, Liechtenstein")
    assert server.asked == ["search", "interpreter", "interpreter"]
    again = download.extract_of(" Schaan,  Liechtenstein")
    assert again == once
    assert len(server.asked) == 3
    assert [one.name for one in own_folder.rglob("*") if one.is_file()] == [once.name]
    assert once.name == "Schaan,_Liechtenstein.osm.pbf"


def test_a_study_by_place_answers_without_a_network_once_it_has_the_roads(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "servicemap.toml").write_text('[roads]\nplace = "Schaan"\n', "utf-8")
    first = road_network.build(folder, ["walk"])["walk"]
    assert first.report["km"] > 1
    extract = sources.of_study(study.read(folder))
    assert "roads_downloaded" in {one.kind for one in extract.problems}
    monkeypatch.setenv(OVERPASS, "http://127.0.0.1:1")
    monkeypatch.setenv(NOMINATIM, "http://127.0.0.1:1")
    again = road_network.build(folder, ["walk"])["walk"]
    assert again.report == first.report


def test_a_busy_server_is_waited_for_in_words(server: Server) -> None:
    server.first = [(429, b"rate limited"), (504, b"")]
    told: list[tuple[str, Any]] = []
    download.extract_of(None, BOX, say=lambda stage, **values: told.append((stage, values)))
    assert [stage for stage, _ in told] == ["download", "download_wait", "download_wait"]
    assert [values["status"] for _, values in told[1:]] == [429, 504]


def test_a_server_that_stays_busy_is_given_up(server: Server) -> None:
    server.first = [(429, b"")] * 10
    with pytest.raises(DownloadError, match=r"busy.*429.*asked 3 times.*some minutes"):
        download.extract_of(None, BOX)
    assert len(server.asked) == 3


def remarked(text: str) -> bytes:
    whole = json.loads((RECORDED / "overpass_roads.json").read_bytes())
    return json.dumps({**whole, "remark": text}).encode()


def test_a_partial_answer_is_not_used(server: Server, own_folder: Path) -> None:
    """Overpass stops in mid-answer with status 200 and says so in a remark."""
    server.first = [(200, remarked("runtime error: Query timed out after 25 seconds."))]
    with pytest.raises(DownloadError, match=r"not whole.*timed out after 25 seconds"):
        download.extract_of(None, BOX)
    assert not list(own_folder.rglob("*.pbf"))
    assert download.extract_of(None, BOX).is_file()


def test_a_second_try_goes_on_where_the_first_ended(server: Server) -> None:
    answer = (RECORDED / "overpass_roads.json").read_bytes()
    server.first = [(200, answer), (200, remarked("out of memory"))]
    with pytest.raises(DownloadError, match="out of memory"):
        download.extract_of(None, BOX)
    download.extract_of(None, BOX)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>The server is overloaded</html>", "not whole"),
        (b'{"elements": [{"type": "node", "id": 1}]}', "node 1 has no place"),
        (b'{"elements": [{"type": "way"}]}', "way without id"),
        (b'{"elements": []}', "no roads there"),
        (b"[]", "not whole"),
    ],
)
def test_an_answer_that_is_none_is_told_in_words(
    server: Server, body: bytes, says: str
) -> None:
    server.elements = body
    with pytest.raises(DownloadError, match=says) as caught:
        download.extract_of(None, BOX)
    assert caught.value.text("zh")


def test_a_connection_that_breaks_is_told_in_words(server: Server) -> None:
    server.cut = True
    with pytest.raises(DownloadError, match=r"not whole|cannot be reached"):
        download.extract_of(None, BOX)


def test_a_refusal_is_told_in_words(server: Server) -> None:
    server.first = [(403, b"{}")]
    with pytest.raises(DownloadError, match=r"refused \(403 Forbidden\)"):
        download.extract_of(None, BOX)


def test_a_server_that_does_not_answer_in_time(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv(OVERPASS, address)
        with pytest.raises(DownloadError, match=r"no answer within 0.2 s"):
            download.extract_of(None, BOX)


def test_a_server_that_is_not_there(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OVERPASS, "http://127.0.0.1:1/api")
    with pytest.raises(
        DownloadError, match=r"cannot be reached \(\[Errno .*refused\).*without a network"
    ):
        download.extract_of(None, BOX)


@pytest.mark.parametrize(
    ("places", "says"),
    [
        ([], "knows no such place"),
        (
            [{"geojson": {"type": "Point", "coordinates": [9.5, 47.1]}}],
            "without an outline",
        ),
        (
            [
                {
                    "geojson": {
                        "type": "Polygon",
                        "coordinates": [[[8, 46], [11, 46], [11, 49], [8, 49], [8, 46]]],
                    }
                }
            ],
            r"km2 are too much",
        ),
    ],
)
def test_a_place_that_cannot_be_asked_for(
    server: Server, places: list[dict[str, Any]], says: str
) -> None:
    known = json.loads((RECORDED / "nominatim_schaan.json").read_bytes())[0]
    server.places = json.dumps([{**known, **one} for one in places]).encode()
    with pytest.raises(DownloadError, match=says):
        download.extract_of("Somewhere")
    assert server.asked == ["search"]


def test_osmnx_gets_its_own_settings_back(server: Server) -> None:
    names = ("cache_folder", "cache_only_mode", "overpass_url", "requests_kwargs")
    before = [getattr(osmnx.settings, name) for name in names]
    resolver = socket.getaddrinfo
    download.extract_of(None, BOX)
    assert [getattr(osmnx.settings, name) for name in names] == before
    assert socket.getaddrinfo is resolver


@pytest.mark.parametrize("bbox", ["[9.5, 47.1, 9.4, 47.2]", "[9, 47]", "[9, 47, 200, 48]"])
def test_a_box_that_is_none_is_refused(tmp_path: Path, bbox: str) -> None:
    (tmp_path / "servicemap.toml").write_text(f"[roads]\nbbox = {bbox}\n", "utf-8")
    with pytest.raises(InputError, match="west, south, east, north"):
        study.read(tmp_path)


def test_a_place_beside_a_file_has_no_effect_and_is_said(tmp_path: Path) -> None:
    (tmp_path / "servicemap.toml").write_text(
        '[roads]\nsource = "a.osm.pbf"\nplace = "Schaan"\n', "utf-8"
    )
    (found,) = preparation._without_effect(study.read(tmp_path))
    assert (found.kind, found.column) == ("second_source", "roads.place")
    assert "roads.source" in found.message("zh")


@pytest.mark.parametrize(
    "asked", [["--place", "Schaan"], ["--bbox", "9.4835,47.166,9.4945,47.172"]]
)
def test_init_keeps_the_downloaded_extract_in_the_study(
    server: Server, tmp_path: Path, asked: list[str]
) -> None:
    folder = tmp_path / "study"
    done = CliRunner().invoke(app, ["init", str(folder), *asked])
    assert done.exit_code == 0, done.output
    made = study.read(folder)
    assert made.roads.source == "roads.osm.pbf"
    assert (folder / "roads.osm.pbf").is_file()
    asked_before = len(server.asked)
    assert len(sources.of_study(made, want_map=False).roads.way_id) >= 28
    assert len(server.asked) == asked_before
