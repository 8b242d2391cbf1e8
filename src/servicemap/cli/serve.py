"""``servicemap serve``: answers over HTTP."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from servicemap.cli import screen
from servicemap.cli.options import Language, StudyArgument
from servicemap.errors import InputError, MissingExtraError, ServicemapError

PORTS = 65_535
INTERRUPTED = 130


def serve(
    study: StudyArgument,
    host: Annotated[
        str, typer.Option(help="Address to listen on; beyond loopback a token is needed.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8000,
    host_name: Annotated[
        list[str] | None,
        typer.Option(help="A further name by which the server may be called."),
    ] = None,
    language: Language = None,
) -> None:
    """Answer questions over HTTP: places, points, areas, times, coverage. It only reads.

    The address of the page with all requests is printed on stdout. Ctrl-C and SIGTERM
    finish what runs. Beyond loopback callers need the token of the environment variable
    `SERVICEMAP_TOKEN`; without one it is made and printed.

    **Example:** `servicemap serve data/demo-county --port 8000`
    """
    screen.speak(language, study)
    if not 0 <= port <= PORTS:
        raise InputError("value", name="--port", value=port, expected=f"0 .. {PORTS}")
    try:
        from servicemap.web import server
    except ModuleNotFoundError as error:
        raise MissingExtraError("extra_missing", extra="web", name=error.name) from error
    from servicemap.locator import name_keys
    from servicemap.locator.engine import Locator

    token, is_new = server.token_for(host)
    made = server.listen(host, port)
    with screen.stages() as say:
        locator = Locator(study, say=say, complain=_complain, settle=server.settle)
    address = made.getsockname()
    shown = f"[{address[0]}]" if ":" in address[0] else address[0]

    def ready() -> None:
        if token is not None:
            screen.talk(
                screen.words("cli.serve_token_new" if is_new else "cli.serve_token")
            )
        if is_new:
            screen.talk(f"{server.TOKEN}={token}")
        screen.talk(screen.words("cli.serving", study=locator.last_state.asked.name))
        screen.data(f"http://{shown}:{address[1]}/")
        # the dictionary of readings takes a third of a second: nobody waits for it now
        threading.Thread(target=name_keys.sound, args=("重",), daemon=True).start()

    stopped = server.serve(locator, made, token=token, names=host_name or (), ready=ready)
    screen.talk(screen.words("cli.served"))
    raise typer.Exit(INTERRUPTED if stopped == signal.SIGINT else 0)


def _complain(error: ServicemapError) -> None:
    """The study's files have changed and cannot be read: the last state is kept."""
    screen.complain(error.text(screen.language()))
