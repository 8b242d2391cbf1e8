"""What a person sees: talk on stderr, data on stdout, in the chosen language."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from servicemap import interrupts
from servicemap.errors import InputError, ResourceError
from servicemap.words import LANGUAGES, say

if TYPE_CHECKING:
    from servicemap.study import Language


_language: ContextVar[str] = ContextVar("language", default="en")


def speak(language: str | None, study: Path | None = None) -> str:
    """Settle the language: the option, else the study's own, else English."""
    if language is not None and language not in LANGUAGES:
        raise InputError(
            "value", name="--language", value=language, expected=" | ".join(LANGUAGES)
        )
    if language is None and study is not None:
        language = _language_of(study)
    _language.set(language or "en")
    return language or "en"


def _language_of(path: Path) -> str | None:
    """The study's language, even when the rest of its toml is faulty."""
    file = path / "servicemap.toml" if path.is_dir() else path
    with suppress(OSError, InputError):
        from servicemap.toml_values import content_of

        study = content_of(file).get("study")
        chosen = study.get("language") if isinstance(study, dict) else None
        return chosen if chosen in LANGUAGES else None
    return None


def language() -> Language:
    """The language that was settled."""
    return cast("Language", _language.get())


def words(key: str, /, **values: object) -> str:
    """A text in the settled language."""
    return say(key, language(), **values)


def unicode_streams() -> None:
    """Chinese on a console with another code page: replace, never fail."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def as_argument(path: Path) -> str:
    """A path as it is typed behind a command, in quotes where it needs them."""
    if os.name == "nt":
        return subprocess.list2cmdline([str(path)])
    return shlex.quote(str(path))


def complain(text: str) -> None:
    """An error, on stderr."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{text}\n")


def talk(text: str) -> None:
    """Anything that is not data, on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def data(text: str) -> None:
    """A result, on stdout.

    Raises
    ------
    ResourceError
        It goes to a file, and the disk is full.
    """
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_output()
        why = error.strerror or str(error)
        raise ResourceError("output_lost", why=why) from error


def drop_output() -> None:
    """Nothing more goes to stdout, not even what waits to be flushed on the way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def data_json(value: Any) -> None:
    """A result as JSON, without NaN."""
    data(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def _begin(text: str, show: Callable[[str], None]) -> None:
    interrupts.obey()
    show(text)


@contextmanager
def stages() -> Iterator[Callable[..., None]]:
    """Show each stage while it runs: a spinner on a terminal, a line each elsewhere."""
    _first_run()
    if not sys.stderr.isatty():
        yield lambda stage, **values: _begin(words(f"cli.stage.{stage}", **values), talk)
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("") as status:
        yield lambda stage, **values: _begin(
            words(f"cli.stage.{stage}", **values), status.update
        )


def _first_run() -> None:
    """Say that the first run compiles, so that nobody takes it for a hang."""
    from servicemap.compiled import CACHE, cache_folder

    folder = cache_folder()
    if not CACHE or folder is None or not any((folder / "kernels").glob("*/*.nbi")):
        talk(words("cli.compiling"))
