"""Values of a toml as the types that a dataclass declares, with faults as findings."""

from __future__ import annotations

import codecs
import difflib
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from servicemap.errors import InputError, Problem

if TYPE_CHECKING:
    from pathlib import Path

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def text_of(file: Path) -> str:
    """Text in UTF-8 (with or without BOM), UTF-16 (with BOM) or GB18030.

    Raises
    ------
    InputError
        It is in none of these.
    """
    data = file.read_bytes()
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding)
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError([Problem("encoding", "error", file.name)])


def content_of(file: Path) -> dict[str, Any]:
    """Tables of a toml file.

    Raises
    ------
    InputError
        The file is not TOML, or in no known encoding.
    """
    try:
        return tomllib.loads(text_of(file))
    except tomllib.TOMLDecodeError as error:
        values = {"why": str(error)}
        raise InputError([Problem("toml", "error", file.name, values=values)]) from error


def typed(value: Any, hint: Any) -> Any:  # noqa: C901 - one line per kind of hint
    """A value as the type that a field declares.

    Whole numbers count as numbers, true and false do not; lists become tuples,
    tables read-only mappings.

    Raises
    ------
    TypeError, ValueError
        It is of another type, or none of the values that are allowed.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, typing.Union):
        for option in arguments:
            try:
                return typed(value, option)
            except (TypeError, ValueError):
                continue
        raise TypeError
    if origin is Literal:
        if value not in arguments:
            raise ValueError
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise TypeError
        return tuple(typed(one, arguments[0]) for one in value)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise TypeError
        items = {str(key): typed(one, arguments[1]) for key, one in value.items()}
        return MappingProxyType(items)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if hint is type(None) or not isinstance(value, hint):
        raise TypeError
    if hint is not bool and isinstance(value, bool):
        raise TypeError
    return value


def spelled(hint: Any) -> str:
    """A type as a person would write a value of it in the toml."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return " | ".join(spelled(one) for one in arguments if one is not type(None))
    if origin is Literal:
        return " | ".join(f'"{one}"' for one in arguments)
    if origin is tuple:
        return f"[{spelled(arguments[0])}, ...]"
    if origin is not None and issubclass(origin, Mapping):
        return f"{{ name = {spelled(arguments[1])} }}"
    names = {str: '"text"', float: "number", int: "whole number", bool: "true | false"}
    return names.get(hint, str(hint))


def wrong(source: str, setting: str, value: object, expected: str) -> Problem:
    """The finding that a value does not fit."""
    return Problem(
        "setting_type",
        "error",
        source,
        column=setting,
        value=str(value),
        values={"expected": expected},
    )


def misplaced(source: str, section: str, expected: str) -> Problem:
    """The finding that a section is written as something else: a value, a list."""
    values = {"expected": expected}
    return Problem("section_type", "error", source, column=section, values=values)


def unknown(source: str, setting: str, known: Iterable[str]) -> Problem:
    """The finding that there is no such setting, with the nearest one that there is."""
    names = list(known)
    near = difflib.get_close_matches(setting.rpartition(".")[2], names, n=1, cutoff=0.5)
    values = {"near": near[0] if near else "", "known": ", ".join(names)}
    kind = "unknown_key" if near else "unknown_key_far"
    return Problem(kind, "error", source, column=setting, values=values)
