"""Files of profiles -> `Rules`: read, merge along ``extends``, check."""

from __future__ import annotations

import difflib
import math
import tomllib
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from servicemap import toml_values
from servicemap.errors import InputError, Problem
from servicemap.roads.rules import ROAD_KEYS, Rules

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN = "common"  # what all modes share; no mode itself
TOP_KPH = 200.0


@cache
def built_in() -> Mapping[str, Mapping[str, Any]]:
    """Tables of ``profiles.toml`` as they stand there."""
    file = resources.files(__package__).joinpath("profiles.toml")
    return MappingProxyType(tomllib.loads(file.read_text(encoding="utf-8")))


def built_in_limits() -> Mapping[str, float]:
    """Speed in km/h per code such as ``CN:urban``."""
    limits: Mapping[str, float] = built_in()[HIDDEN]["implicit_kph"]
    return limits


def own(file: Path) -> Mapping[str, Mapping[str, Any]]:
    """Tables of a study's own file of profiles.

    Raises
    ------
    InputError
        There is no such file, it is no TOML, or a table stands outside a mode.
    """
    if not file.is_file():
        raise InputError("file_not_found", path=str(file))
    tables = toml_values.content_of(file)
    stray = [name for name, table in tables.items() if not isinstance(table, dict)]
    if stray:
        raise InputError(
            [
                toml_values.wrong(file.name, name, tables[name], f"[{name}]")
                for name in stray
            ]
        )
    return tables


def merged(
    name: str, own_tables: Mapping[str, Mapping[str, Any]], source: str
) -> tuple[Rules, str]:
    """The rules of one mode and the name of the mode that it is a variant of.

    Parameters
    ----------
    name
        A mode that one of the two sets of tables holds.
    own_tables
        Tables of the study's own file; one that bears a built-in name changes it.
    source
        File name for findings.

    Raises
    ------
    InputError
        ``extends`` names no mode or leads back to itself; a key is unknown; a
        value does not fit; a tag would be asked for that no reader keeps.
    """
    chain = _ancestry(name, own_tables, source)
    data: dict[str, Any] = {}
    for _, table in reversed(chain):
        data = _over(data, table)
    data.pop("extends", None)
    data.setdefault("title", {})
    problems = list(_findings(name, data, source))
    if problems:
        raise InputError(problems)
    hints = typing.get_type_hints(Rules)
    rules = Rules(**{key: _sound(value, hints[key]) for key, value in data.items()})
    roots = [one for one, _ in chain if one != HIDDEN]
    return rules, roots[-1]


def _ancestry(
    name: str, own_tables: Mapping[str, Mapping[str, Any]], source: str
) -> list[tuple[str, Mapping[str, Any]]]:
    """The mode's tables, its own first, those of ``common`` last."""
    chain: list[tuple[str, Mapping[str, Any]]] = []
    at, use_own = name, True
    while True:
        mine = use_own and at in own_tables
        tables = own_tables if mine else built_in()
        if at not in tables:
            raise InputError(
                [_unknown(source, f"{chain[-1][0]}.extends", at, known(own_tables))]
            )
        if any(one is tables[at] for _, one in chain):
            raise InputError([Problem("profile_loop", "error", source, column=at)])
        chain.append((at, tables[at]))
        if at == HIDDEN and not mine:
            return chain
        # A table of a built-in name that extends nothing, or itself, changes that mode.
        base = tables[at].get("extends", at if at in built_in() else HIDDEN)
        use_own = not (mine and base == at)
        at = str(base)


def known(own_tables: Mapping[str, Any]) -> list[str]:
    """All modes that can be asked for, built-in ones first."""
    names = [*built_in(), *own_tables]
    return [one for one in dict.fromkeys(names) if one != HIDDEN]


def unknown_mode(source: str, name: str, modes: list[str]) -> Problem:
    """The finding that a mode is not known, with the nearest one that is."""
    return _unknown(source, "modes", name, modes)


def _unknown(source: str, column: str, name: str, modes: list[str]) -> Problem:
    near = difflib.get_close_matches(name, modes, n=1, cutoff=0.0)
    values = {"near": near[0], "known": ", ".join(modes)}
    return Problem(
        "unknown_profile", "error", source, column=column, value=name, values=values
    )


def _over(base: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merged key by key; everything else is replaced."""
    done = dict(base)
    for key, value in table.items():
        old = done.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        done[key] = _over(old, value) if both and old is not None else value
    return done


def _findings(name: str, data: Mapping[str, Any], source: str) -> Iterator[Problem]:
    hints = typing.get_type_hints(Rules)
    sound = True
    for key, value in data.items():
        if key not in hints:
            sound = False
            near = difflib.get_close_matches(key, list(hints), n=1, cutoff=0.0)
            yield Problem(
                "unknown_key",
                "error",
                source,
                column=f"{name}.{key}",
                values={"near": near[0]},
            )
            continue
        try:
            _sound(value, hints[key])
        except (TypeError, ValueError):
            sound = False
            yield toml_values.wrong(source, f"{name}.{key}", value, _spelled(hints[key]))
    if sound:
        yield from _sense(name, data, source)


def _sense(name: str, data: Mapping[str, Any], source: str) -> Iterator[Problem]:
    """What has the right form and still cannot be."""
    for key in ("leg_kph", "max_kph", "ferry_kph"):
        if not 0.0 < data[key] <= TOP_KPH:
            yield toml_values.wrong(
                source, f"{name}.{key}", data[key], f"0 < km/h <= {TOP_KPH:g}"
            )
    for key in ("class_kph", "limit_share", "implicit_kph"):
        for entry, value in data[key].items():
            if value == 0.0:
                yield toml_values.wrong(source, f"{name}.{key}.{entry}", value, "> 0")
    yield from _classes(name, data, source)
    for key, tag in _asked(data):
        if tag.split(":")[0] not in ROAD_KEYS:
            yield Problem(
                "tag_not_read",
                "error",
                source,
                column=f"{name}.{key}",
                value=tag,
                values={"known": ", ".join(sorted(ROAD_KEYS))},
            )


def _classes(name: str, data: Mapping[str, Any], source: str) -> Iterator[Problem]:
    """Tables by class speak of the same classes; each class has a speed."""
    classes = data["classes"]
    if not classes:
        modes = " | ".join(f'"{one}"' for one in known({}))
        yield toml_values.wrong(source, f"{name}.extends", "", modes)
        return
    for key in ("class_kph", "limit_share"):
        for entry in data[key]:
            if entry.partition(":")[0] not in classes:
                near = difflib.get_close_matches(entry, list(classes), n=1, cutoff=0.0)
                column, values = f"{name}.{key}.{entry}", {"near": near[0]}
                yield Problem("unknown_key", "error", source, column=column, values=values)
    for entry in classes:
        if entry not in data["class_kph"]:
            yield toml_values.wrong(source, f"{name}.class_kph.{entry}", "", "> 0")


def _asked(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every tag key that the rules ask for, with the setting that does."""
    for key in (
        "access",
        "push_access",
        "push_despite",
        "oneway_keys",
        "limit_keys",
        "lane_oneway",
        "direction_keys",
    ):
        yield from ((key, tag) for tag in data[key])
    for key in (
        "never",
        "closed_by",
        "opened_by",
        "ramps",
        "oneway_implied",
        "oneway_unless",
        "oneway_if",
        "contraflow",
        "caps",
        "unsnappable",
        "least",
        "node_closed_by",
    ):
        yield from ((key, tag) for tag in data[key])
    for key in ("other_ways", "delays"):
        yield from ((key, tag.partition("=")[0]) for tag in data[key])


def _sound(value: Any, hint: Any) -> Any:
    """A value as the type that a rule declares, numbers finite and not negative."""
    found = toml_values.typed(value, hint)
    for number in _numbers(found):
        if not (math.isfinite(number) and number >= 0):
            raise ValueError
    return found


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _numbers(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from _numbers(one)


def _spelled(hint: Any) -> str:
    return toml_values.spelled(hint).replace("number", "number >= 0")
