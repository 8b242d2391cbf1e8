"""A page in headless Chromium, driven over the DevTools pipe with the standard library.

The browser can reach nothing but this machine where a test says so: every host name is
unknown to it, and what the page asks for is counted. The pipe (file descriptors 3 and 4, messages ended by NUL)
needs no port, no driver and no further package.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND"
HERE = "127.0.0.1"
# The child must have the pipe at 3 and 4, wherever it is in this process.
_PLACE = (
    "import fcntl, os, sys\n"
    "ends = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 10) for fd in sys.argv[1:3]]\n"
    "os.dup2(ends[0], 3); os.dup2(ends[1], 4)\n"
    "os.execvp(sys.argv[3], sys.argv[3:])\n"
)
PATIENCE_S = 60.0


def chromium() -> str | None:
    """Path of a Chromium, if one is installed."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Page:
    """One tab: what it asked for, what it said, and a way to talk to it."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = read, write
        self._rest, self._last = b"", 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command and wait for its answer."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            answer = self._next()
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)
        raise TimeoutError(method)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._read, 1 << 16)
            if not part:
                raise RuntimeError("the browser has gone")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def size(self, width: int, height: int, *, phone: bool = False) -> None:
        """Make the view so many CSS pixels large."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )

    def open(self, path: Path, fragment: str = "") -> float:
        """Open a file and wait until its map is ready; seconds that took."""
        started = time.monotonic()
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=path.resolve().as_uri() + fragment)
        self.wait("!!document.querySelector('html.sm-ready')")
        return time.monotonic() - started

    def run(self, script: str) -> Any:
        """Value of an expression in the page."""
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def wait(self, script: str, seconds: float = 20.0) -> None:
        """Wait until an expression holds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.run(script):
                return
            time.sleep(0.05)
        raise TimeoutError(f"{script}; the page said {self.complaints()}")

    def settle(self) -> None:
        """Let two frames pass."""
        self.run(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def press(self, key: str, text: str = "") -> None:
        """Press one key."""
        codes = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowDown": 40, "ArrowRight": 39}
        common = {"key": key, "windowsVirtualKeyCode": codes.get(key, 0)}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def click(self, x: float, y: float) -> None:
        """Press and release the left button at a place of the view."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    def move(self, x: float, y: float) -> None:
        """Move the pointer."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, path: Path) -> None:
        """Save what is seen."""
        data = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))

    def pdf(self, path: Path) -> None:
        """Save what would be printed."""
        answer = self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def requests(self) -> list[str]:
        """Addresses that were asked for, the opened files apart."""
        asked = [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
            and event["params"].get("type") != "Document"
        ]
        return [url for url in asked if not url.startswith(("data:", "about:"))]

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, exceptions and dialogs."""
        found = []
        for event in self.events:
            method, params = event.get("method"), event.get("params", {})
            is_bad = (
                method in ("Runtime.exceptionThrown", "Page.javascriptDialogOpening")
                or (
                    method == "Log.entryAdded"
                    and params["entry"]["level"] in ("error", "warning")
                )
                or (
                    method == "Runtime.consoleAPICalled"
                    and params["type"] in ("error", "warning", "assert")
                )
            )
            if is_bad:
                found.append(json.dumps(params, ensure_ascii=False)[:600])
        return found


@contextlib.contextmanager
def page(*, loopback: bool = False) -> Iterator[Page]:
    """A fresh browser with one tab; it and its profile are gone afterwards.

    With ``loopback`` it reaches servers of this machine.
    """
    reach = f"{NOWHERE} , EXCLUDE {HERE}" if loopback else NOWHERE
    program = chromium()
    if program is None:
        raise FileNotFoundError("no Chromium")
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [sys.executable, "-c", _PLACE, str(to_read), str(from_write)]
        command += [program, *FLAGS, reach, f"--user-data-dir={profile}", "about:blank"]
        browser = subprocess.Popen(
            command,
            pass_fds=(to_read, from_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": profile},  # its leftovers go with the profile
            start_new_session=True,
        )
        os.close(to_read)
        os.close(from_write)
        try:
            yield Page(from_read, to_write)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(browser.pid, signal.SIGTERM)
            try:
                browser.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(browser.pid, signal.SIGKILL)
                browser.wait(10)
            os.close(from_read)
            os.close(to_write)
