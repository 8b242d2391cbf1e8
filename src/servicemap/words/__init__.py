"""Every sentence a user may read, one folder per language, one file per part of the house.

The files are TOML tables of templates for :meth:`str.format`. Code never holds
a sentence: it names a key and passes values, so that a message can be shown in
the language of the study or of the command line. A test compares the
languages key by key and placeholder by placeholder.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LANGUAGES = ("en", "zh")
_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")


_wording: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("wording", default=())


@contextmanager
def renamed(wording: Mapping[str, str]) -> Iterator[None]:
    """Say an office's own words for some of ours, as long as this lasts.

    Parameters
    ----------
    wording
        A word of ours -> the office's. Longer words are replaced first; names and
        numbers that are put into a sentence are never touched.
    """
    ordered = sorted(wording.items(), key=lambda pair: (-len(pair[0]), pair[0]))
    token = _wording.set(tuple((ours, theirs) for ours, theirs in ordered if ours))
    try:
        yield
    finally:
        _wording.reset(token)


def table(language: str) -> dict[str, str]:
    """All templates of one language, keys joined with dots.

    Parameters
    ----------
    language
        ``"en"`` or ``"zh"``.

    Returns
    -------
    dict
        Key (``"problems.swapped_lonlat.message"``) to template, with the words of
        `renamed` in them.
    """
    return _table(language, _wording.get())


@cache
def _table(language: str, wording: tuple[tuple[str, str], ...]) -> dict[str, str]:
    if wording:
        return {key: _reworded(text, wording) for key, text in _table(language, ()).items()}
    if language not in LANGUAGES:
        msg = f"no words for language {language!r}; there are {', '.join(LANGUAGES)}"
        raise ValueError(msg)
    flat: dict[str, str] = {}
    folder = resources.files(__package__).joinpath(language)
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".toml"):
            _flatten(tomllib.loads(file.read_text(encoding="utf-8")), "", flat)
    return flat


def _reworded(template: str, wording: tuple[tuple[str, str], ...]) -> str:
    """A template with other words between its placeholders."""
    parts = _PLACEHOLDER.split(template)
    for at in range(0, len(parts), 2):
        for ours, theirs in wording:
            parts[at] = parts[at].replace(
                ours, theirs.replace("{", "{{").replace("}", "}}")
            )
    return "".join(parts)


def _flatten(branch: dict[str, object], prefix: str, into: dict[str, str]) -> None:
    for key, value in branch.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            _flatten(value, f"{name}.", into)
        elif name in into:
            msg = f"the text {name!r} stands in two files"
            raise ValueError(msg)
        else:
            into[name] = str(value)


def say(key: str, language: str = "en", /, **values: object) -> str:
    """One sentence in one language.

    Parameters
    ----------
    key
        Dotted key of the template.
    language
        ``"en"`` or ``"zh"``.
    **values
        What the template's placeholders stand for.

    Raises
    ------
    KeyError
        The key or a placeholder's value is missing: a bug, not a user's error.
    """
    return table(language)[key].format(**values)
