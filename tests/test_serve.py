"""`servicemap serve` as a process: slow and hostile clients, signals, tokens, ports."""

import asyncio
import concurrent.futures
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
import uvicorn

import browser
import small_study
from servicemap.errors import InputError, ResourceError
from servicemap.web import server

PATIENCE_S = 90


class Serving:
    """A running server and how to ask it."""

    def __init__(self, folder, cache, *options, **more):
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "servicemap",
                "serve",
                str(folder),
                "--port",
                "0",
                *options,
            ],
            env=small_study.environment(cache, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.address = self.process.stdout.readline().strip()
        self.port = int(self.address.rstrip("/").rpartition(":")[2])

    def get(self, path, **headers):
        """Status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def socket(self):
        """A connection of one's own."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def stop(self, how=signal.SIGTERM):
        """End it; its code and what it said."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, err


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return small_study.write(tmp_path_factory.mktemp("serve") / "study")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def serving(folder, cache):
    """One server for all who do not stop it."""
    made = Serving(folder, cache)
    yield made
    made.stop()


HOSTILE = [
    b"\x00" * 1_000,
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET /locate?where=" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
    b"GET /%ff%fe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /locate?where=%ff&lon=%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"POST /matrix HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\n",
    b"POST /matrix HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /matrix HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n",
    b"POST /matrix HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nzz",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
]


# Answers of the page come when the test lets them: the first question's after the second's.
HELD_BACK = """
    window.held = [];
    window.fetch = () => new Promise(done => held.push(
      text => done({status: 200, text: async () => text})));
"""


@pytest.mark.browser
@pytest.mark.skipif(browser.chromium() is None, reason="there is no Chromium")
@pytest.mark.parametrize("size", [(390, 844), (1400, 900)])
def test_the_page_waits_in_sight_and_shows_the_answer_to_the_last_question(serving, size):
    """By keyboard alone, on a phone's and on a desk's screen."""
    shown = "document.querySelector('form[data-path=\"/search\"]').parentElement"
    head = f"{shown}.querySelector('output p').textContent"
    text = f"{shown}.querySelector('output pre').textContent"
    with browser.page(loopback=True) as tab:
        tab.size(*size, phone=size[0] < 500)
        tab.call("Page.navigate", url=f"{serving.address}docs?language=en")
        tab.wait("document.readyState === 'complete' && document.forms.length > 5")
        assert tab.run("document.documentElement.scrollWidth <= innerWidth")
        tab.run(HELD_BACK)
        tab.run(f"{shown}.querySelector('input').focus()")
        tab.press("Enter", "\r")
        tab.wait("held.length === 1")
        assert tab.run(head) == "Waiting for the answer ..."
        assert tab.run(f"{shown}.querySelector('output').ariaBusy") == "true"
        tab.press("Enter", "\r")
        tab.wait("held.length === 2")
        tab.run("held[1]('{\"last\": 1}')")
        tab.wait(f"{head}.startsWith('Status 200')")
        tab.run("held[0]('{\"first\": 1}')")
        tab.settle()
        assert "last" in tab.run(text)
        assert "first" not in tab.run(text)
        assert "11 characters" in tab.run(head)
        assert tab.run(f"{shown}.querySelector('output').ariaBusy") is None
        # a long answer says that it is not all there
        tab.press("Enter", "\r")
        tab.wait("held.length === 3")
        tab.run("held[2](JSON.stringify('x'.repeat(200000)))")
        tab.wait(f"{head}.includes('only the beginning is shown')")
        assert tab.run(f"{text}.length") == 100_000


def test_hostile_requests_stop_nobody_else(serving):
    for one in HOSTILE:
        with serving.socket() as wire:
            wire.sendall(one)
            wire.settimeout(0.3)
            try:
                told = wire.recv(65_536)
            except TimeoutError:
                told = b""
            except ConnectionError:
                told = b""
        assert b" 200 " not in told.partition(b"\r\n")[0]
        assert b" 500 " not in told.partition(b"\r\n")[0]
    assert serving.get("/health")[0] == 200


def test_what_is_not_http_gets_a_problem_in_words(serving):
    with serving.socket() as wire:
        wire.sendall("GET /locate?where=荷谷 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        wire.settimeout(PATIENCE_S)
        told = b""
        while more := wire.recv(65_536):
            told += more
    head, _, body = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    assert "percent-encoded" in json.loads(body)["detail"]


def test_slow_clients_stop_nobody_else(serving):
    slow = [serving.socket() for _ in range(60)]
    try:
        for number, one in enumerate(slow):
            if number % 3 == 0:
                one.sendall(b"GET /locate?where=V01 HTTP/1.1\r\nHost: 127")
            elif number % 3 == 1:
                one.sendall(
                    b"POST /matrix HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\n{"
                )
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: serving.get("/locate?where=V01"), range(40)))
        assert {status for status, _ in answers} == {200}
        assert len({body for _, body in answers}) == 1
    finally:
        for one in slow:
            one.close()


def test_who_never_finishes_a_request_is_sent_away(serving):
    with serving.socket() as headers, serving.socket() as body:
        headers.sendall(b"GET /health HTTP/1.1\r\nHost:")
        body.sendall(
            b"POST /matrix HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"
        )
        started = time.monotonic()
        assert headers.recv(100) == b""
        assert b" 408 " in body.recv(1_000).partition(b"\r\n")[0]
        assert time.monotonic() - started < 3 * server.HEADER_S


def test_half_a_second_request_is_not_waited_for_and_a_long_answer_is(monkeypatch):
    monkeypatch.setattr(server, "HEADER_S", 0.2)
    monkeypatch.setattr(server, "IDLE_S", 0.1)

    async def slow(scope, receive, send):
        await asyncio.sleep(1.0)
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    async def ask():
        config = uvicorn.Config(slow, lifespan="off", log_config=None)
        config.load()
        state = uvicorn.server.ServerState()
        made = await asyncio.get_running_loop().create_server(
            lambda: server._Patient(config, state, {}), "127.0.0.1", 0
        )
        async with made:
            reader, writer = await asyncio.open_connection(*made.sockets[0].getsockname())
            request = b"GET / HTTP/1.1\r\nHost: x\r\n"
            writer.write(request + b"\r\n")
            first = await reader.readuntil(b"ok")
            writer.write(request)
            rest = await asyncio.wait_for(reader.read(), PATIENCE_S)
            writer.close()
            await writer.wait_closed()
        return first, rest

    first, rest = asyncio.run(ask())
    assert first.startswith(b"HTTP/1.1 200")
    assert rest == b""


def test_one_connection_may_ask_many_times(serving):
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=PATIENCE_S)
    for _ in range(30):
        connection.request("GET", "/search?q=V0")
        answer = connection.getresponse()
        assert answer.status == 200
        assert len(json.loads(answer.read())["matches"]) == 8
    connection.close()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_lets_what_runs_finish(folder, cache, how, code):
    made = Serving(folder, cache)
    with made.socket() as wire:
        wire.sendall(
            b"GET /coverage HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )
        time.sleep(0.3)
        made.process.send_signal(how)
        told = b""
        while part := wire.recv(65_536):
            told += part
    assert told.startswith(b"HTTP/1.1 200")
    assert json.loads(told.partition(b"\r\n\r\n")[2])["questions"]
    ended, _, err = made.stop(how)
    assert ended == code
    assert "Stopped" in err
    assert "Traceback" not in err


def test_beyond_loopback_a_token_is_made_and_said(folder, cache):
    made = Serving(folder, cache, "--host", "0.0.0.0")
    assert made.get("/health")[0] == 401
    _, out, err = made.stop()
    assert out == ""  # the address was read already
    token = next(line for line in err.splitlines() if line.startswith(server.TOKEN))
    assert len(token.partition("=")[2]) >= 32
    assert "needs" in err or "need this token" in err


def test_the_token_of_the_environment_counts_on_loopback_too(folder, cache):
    secret = "one-that-is-long-enough"
    made = Serving(folder, cache, **{server.TOKEN: secret})
    assert made.get("/health")[0] == 401
    assert made.get("/health", Authorization=f"Bearer {secret}")[0] == 200
    _, _, err = made.stop()
    assert secret not in err


def test_a_short_token_is_refused(monkeypatch):
    monkeypatch.setenv(server.TOKEN, "short")
    with pytest.raises(InputError, match="too short"):
        server.token_for("127.0.0.1")


def test_a_port_in_use_is_said(serving):
    with pytest.raises(ResourceError, match="cannot be listened on"):
        server.listen("127.0.0.1", serving.port)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("example", False),
    ],
)
def test_what_is_loopback_and_what_is_not(host, own):
    assert server.is_loopback(host) is own
