"""What stands before every request: host, token, size, patience; and behind: ETag, gzip."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import hmac
import ipaddress
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from servicemap.web.problems import asked_language, problem
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_BODY = 1_000_000  # bytes
BODY_S = 10.0  # for all of a body to arrive
LEAST_ZIPPED = 600  # bytes; a shorter answer is not worth it
ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


class Guards:
    """Checks and headers around an application.

    Parameters
    ----------
    app
        What answers.
    hosts
        Names and addresses by which the server may be called.
    any_address
        Any numerical address may be used besides: for a server that listens on all.
    token
        What callers must know; None on loopback.
    language
        Of the words, for callers who ask for none.
    """

    def __init__(
        self,
        app: App,
        *,
        hosts: Iterable[str],
        any_address: bool,
        token: str | None,
        language: str,
    ) -> None:
        self.app, self.language = app, language
        self.hosts = {one.lower() for one in hosts}
        self.any_address = any_address
        self.token = None if token is None else token.encode()

    async def __call__(
        self, scope: MutableMapping[str, Any], receive: Receive, send: Send
    ) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        refused = self._refused(headers)
        waiting = receive
        if refused is None and scope["method"] in ("POST", "PUT", "PATCH"):
            found = await self._body(headers, receive)
            if isinstance(found, tuple):
                refused = found
            else:
                waiting = _given(found, receive)
        sending = _Sender(send, headers, scope["method"])
        if refused is not None:
            kind, status, more = refused
            language = asked_language(Request(scope), self.language)
            detail = say(f"web.{kind}", language)
            response = problem(kind, status, language, detail, more)
            await response(scope, receive, sending)
            return
        await self.app(scope, waiting, sending)

    def _refused(
        self, headers: dict[bytes, bytes]
    ) -> tuple[str, int, dict[str, str]] | None:
        if not self._is_own(headers.get(b"host", b"").decode("latin-1")):
            return "host", 421, {}
        if self.token is not None and not self._knows(headers.get(b"authorization", b"")):
            asked = 'Bearer realm="servicemap", Basic realm="servicemap"'
            return "token", 401, {"WWW-Authenticate": asked}
        return None

    def _is_own(self, host: str) -> bool:
        """Whether we are meant: a page of another site may name our port."""
        front, _, port = host.rpartition(":")
        name = front if port.isdigit() else host
        name = name.strip("[]").lower()
        if name in self.hosts:
            return True
        if not self.any_address:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _knows(self, said: bytes) -> bool:
        scheme, _, value = said.partition(b" ")
        given = value.strip()
        if scheme.lower() == b"basic":
            try:
                given = base64.b64decode(given, validate=True).partition(b":")[2]
            except ValueError:
                given = b""
        elif scheme.lower() != b"bearer":
            given = b""
        assert self.token is not None
        return hmac.compare_digest(given, self.token)

    async def _body(
        self, headers: dict[bytes, bytes], receive: Receive
    ) -> bytes | tuple[str, int, dict[str, str]]:
        """All of a body, read with a limit in size and in time."""
        told = headers.get(b"content-length", b"0")
        if told.isdigit() and int(told) > MOST_BODY:
            return "too_large", 413, {"Connection": "close"}
        parts = bytearray()
        try:
            async with asyncio.timeout(BODY_S):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return "slow", 408, {"Connection": "close"}
                    parts += message.get("body", b"")
                    if len(parts) > MOST_BODY:
                        return "too_large", 413, {"Connection": "close"}
                    if not message.get("more_body", False):
                        return bytes(parts)
        except TimeoutError:
            return "slow", 408, {"Connection": "close"}


def _given(body: bytes, receive: Receive) -> Receive:
    """A body that is there already, then whatever else comes."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


class _Sender:
    """Holds an answer until it is whole, then adds ETag and gzip."""

    def __init__(self, send: Send, asked: dict[bytes, bytes], method: str) -> None:
        self._send, self._asked, self._method = send, asked, method
        self._start: Message = {}
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish()
            return
        await self._send(message)

    async def _finish(self) -> None:
        status, body = self._start["status"], bytes(self._body)
        gone = (b"content-length",)
        headers = [one for one in self._start["headers"] if one[0].lower() not in gone]
        headers += ALWAYS
        if status == 200 and self._method in ("GET", "HEAD"):  # noqa: PLR2004
            tag = b'W/"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
            headers += [
                (b"etag", tag),
                (b"cache-control", b"no-cache"),
                (b"vary", b"Accept-Encoding, Accept-Language, Authorization"),
            ]
            if self._is_known(tag):
                kept = (b"etag", b"cache-control", b"vary")
                headers = [one for one in headers if one[0] in kept]
                await self._done(304, headers, b"", whole=False)
                return
        else:
            headers.append((b"cache-control", b"no-store"))
        if len(body) >= LEAST_ZIPPED and _takes_gzip(self._asked):
            body = await asyncio.to_thread(gzip.compress, body, 5, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        await self._done(status, headers, body)

    def _is_known(self, tag: bytes) -> bool:
        said = [one.strip() for one in self._asked.get(b"if-none-match", b"").split(b",")]
        bare = tag.removeprefix(b"W/")
        return b"*" in said or bare in {one.removeprefix(b"W/") for one in said}

    async def _done(
        self, status: int, headers: list[Any], body: bytes, *, whole: bool = True
    ) -> None:
        if whole:
            headers = [*headers, (b"content-length", str(len(body)).encode())]
        await self._send(
            {"type": "http.response.start", "status": status, "headers": headers}
        )
        await self._send({"type": "http.response.body", "body": body})


def _takes_gzip(asked: dict[bytes, bytes]) -> bool:
    for part in asked.get(b"accept-encoding", b"").lower().split(b","):
        name, _, weight = part.strip().partition(b";")
        if name.strip() in (b"gzip", b"*"):
            return weight.replace(b" ", b"") not in (
                b"q=0",
                b"q=0.0",
                b"q=0.00",
                b"q=0.000",
            )
    return False
