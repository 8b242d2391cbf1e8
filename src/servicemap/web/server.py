"""Listening: uvicorn, with patience for slow clients and an end to it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import os
import secrets
import signal
import socket
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from servicemap.errors import InputError, ResourceError
from servicemap.web.app import application
from servicemap.web.guards import LOOPBACK, Guards
from servicemap.web.problems import problem
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from servicemap.locator.engine import Locator
    from servicemap.locator.state import State

HEADER_S = 10.0  # for a whole request line with its headers to arrive
IDLE_S = 15  # between two requests of one connection
GRACE_S = 30  # for what runs when the server is told to stop
MOST_CONNECTIONS = 400
LEAST_TOKEN = 16
TOKEN = "SERVICEMAP_TOKEN"  # noqa: S105 - the name of it


class _Patient(H11Protocol):
    """A connection that must ask: what is idle at two looks in a row is sent away.

    uvicorn ends what is idle after an answer, and waits for ever for the rest of a
    request line or of headers.
    """

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.loop.call_later(HEADER_S, self._look, None)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's English
        """Say in words that a request cannot be read, as every other answer does."""
        guards: Any = self.config.app
        language = guards.language
        said = problem("unreadable", 400, language, say("web.unreadable", language))
        headers = [*said.raw_headers, (b"connection", b"close")]
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=bytes(said.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event))
        self.transport.close()

    def _look(self, idle_since: Any) -> None:
        """Close it where no request has begun since the one that had ended then."""
        if self.transport.is_closing():
            return
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and self.cycle is idle_since:
            self.transport.close()
        else:
            seen = self.cycle if is_idle else self
            self.loop.call_later(IDLE_S + HEADER_S, self._look, seen)


class _Server(uvicorn.Server):
    """Finishes what runs when told to stop, and then ends in order."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self.stopped_by: int | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {
            one: signal.signal(one, self.handle_exit)
            for one in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def handle_exit(self, sig: int, frame: Any) -> None:
        self.stopped_by = sig
        super().handle_exit(sig, frame)


def settle(state: State) -> None:
    """Make a state ready, so that nobody who asks has to wait for a part of it.

    A study is hundreds of thousands of small objects that stay: left to the garbage
    collector, each of its full rounds would hold up all answers for a tenth of a second.
    """
    for mode in state.networks:
        state.service(mode)
    state.names.search("zz zz")
    state.homes.of(0.0, 0.0)
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    if host in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def token_for(host: str) -> tuple[str | None, bool]:
    """The token that callers must know, and whether it was made just now.

    None on loopback, unless the environment variable `TOKEN` has one.

    Raises
    ------
    InputError
        The one that is set is too short to be a secret.
    """
    said = os.environ.get(TOKEN, "")
    if said and len(said) < LEAST_TOKEN:
        raise InputError("token_short", name=TOKEN, least=LEAST_TOKEN)
    if said or is_loopback(host):
        return said or None, False
    return secrets.token_urlsafe(24), True


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; with port 0 on one that is free.

    Raises
    ------
    ResourceError
        The address is not ours, or is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay off, but only on sockets that say they are TCP:
    # without it every answer on a kept connection waits 40 ms
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(128)
    except OSError as error:
        made.close()
        raise ResourceError("cannot_listen", host=host, port=port, why=error) from error
    return made


def serve(
    locator: Locator,
    made: socket.socket,
    *,
    token: str | None,
    names: Sequence[str] = (),
    ready: Callable[[], None] = lambda: None,
) -> int | None:
    """Answer until told to stop.

    Parameters
    ----------
    locator
        The study, opened.
    made
        A socket that listens.
    token
        What callers must know; None on loopback.
    names
        Further names by which the server may be called.
    ready
        Called once when it answers.

    Returns
    -------
    int or None
        The signal that stopped it.
    """
    host = made.getsockname()[0]
    own = [*LOOPBACK, host, *names]
    language = locator.last_state.asked.language
    app = Guards(
        application(locator),
        hosts=own if is_loopback(host) else [*own, socket.gethostname()],
        any_address=not is_loopback(host),
        token=token,
        language=language,
    )
    config = uvicorn.Config(
        app,
        http=_Patient,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=GRACE_S,
        limit_concurrency=MOST_CONNECTIONS,
    )
    server = _Server(config, ready)
    asyncio.run(server.serve([made]))
    return server.stopped_by
