"""Every sentence exists in both languages, is used, and gets the values that it names.

The source is read, not run: a message that no test provokes is held to this as well.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest

import servicemap
from servicemap import errors
from servicemap.words import LANGUAGES, say, table

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(servicemap.__file__).parent
SPEAKERS = ("say", "words")
ERRORS = tuple(
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.ServicemapError)
)
# a Problem fills these by itself
OWN = {"source", "sheet", "row", "column", "value"}
# what a text may hold besides plain words: never a stray brace or a control character
ODD = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\ufeff]")


def placeholders(template: str) -> set[str]:
    return {name.partition(".")[0] for _, name, _, _ in Formatter().parse(template) if name}


@dataclass(frozen=True)
class Said:
    """A place in the source where a text is named."""

    where: str
    keys: tuple[str, ...]
    given: frozenset[str] | None  # names of the values; None where they are not spelled out


@cache
def trees() -> dict[str, ast.Module]:
    return {
        file.relative_to(SOURCE).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted(SOURCE.rglob("*.py"))
    }


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def keywords(node: ast.Call) -> frozenset[str] | None:
    names = [one.arg for one in node.keywords]
    return None if None in names else frozenset(name for name in names if name)


def values_of(node: ast.Call) -> frozenset[str] | None:
    """Names of a Problem's values, when they stand there as a dict."""
    found = [one.value for one in node.keywords if one.arg == "values"]
    if not found:
        return frozenset() if called(node) == "Problem" else None
    if isinstance(found[0], ast.Dict):
        names = [getattr(key, "value", None) for key in found[0].keys]
        return None if None in names else frozenset(map(str, names))
    return None


def text_of(node: ast.AST | None) -> tuple[str, ...]:
    """A literal text, or both of a choice between two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (node.value,)
    if isinstance(node, ast.IfExp):
        return text_of(node.body) + text_of(node.orelse)
    return ()


@cache
def said() -> tuple[Said, ...]:
    return tuple(_said())


def _said() -> Iterator[Said]:
    for name, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            first = node.args[0] if node.args else None
            first = first or next((k.value for k in node.keywords if k.arg == "kind"), None)
            texts, who = text_of(first), called(node)
            where = f"{name}:{node.lineno}"
            if who in SPEAKERS:
                keys = tuple(text for text in texts if "." in text)
                # say("extract") names a stage of the pipeline, not a text
                yield Said(where, keys, keywords(node))
            elif who in ERRORS:
                given = keywords(node)
                yield Said(where, tuple(f"errors.{text}" for text in texts), given)
            elif who == "Problem":
                given = values_of(node)
                for end in ("message", "remedy"):
                    yield Said(where, tuple(f"problems.{t}.{end}" for t in texts), given)


@cache
def literals() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """All texts of the source and of the map's scripts, and texts with gaps as patterns."""
    plain, patterns = set(), set()
    for script in sorted(SOURCE.rglob("assets/*.js")):
        quoted = re.findall(r'"([a-z0-9_.]+)"', script.read_text(encoding="utf-8"))
        plain |= set(quoted)
        # there a text with a gap is "map.handling." + handling
        patterns |= {re.escape(one) + "[^.]*" for one in quoted if one.endswith(".")}
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                plain.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [getattr(part, "value", None) for part in node.values]
                fixed = "".join(part for part in parts if isinstance(part, str))
                if len(fixed) >= 4 and re.fullmatch(r"[a-z0-9_.]+", fixed):
                    patterns.add(
                        "".join(
                            re.escape(p) if isinstance(p, str) else "[^.]*" for p in parts
                        )
                    )
    return frozenset(plain), tuple(re.compile(one) for one in sorted(patterns))


def test_the_languages_have_the_same_keys() -> None:
    first, *others = (set(table(language)) for language in LANGUAGES)
    for other in others:
        assert first ^ other == set()


@pytest.mark.parametrize("key", sorted(table("en")))
def test_a_text_names_the_same_values_in_every_language(key: str) -> None:
    texts = {language: table(language)[key] for language in LANGUAGES}
    assert len({frozenset(placeholders(text)) for text in texts.values()}) == 1, texts
    assert len({bool(text.strip()) for text in texts.values()}) == 1, texts
    for text in texts.values():
        assert not ODD.search(text), texts


def test_the_chinese_texts_are_chinese() -> None:
    english, chinese = table("en"), table("zh")
    same = {
        key
        for key, text in chinese.items()
        if text == english[key] and len(re.sub(r"\{[^}]*\}|[^A-Za-z]", "", text)) > 12
    }
    # whole English sentences that nobody translated
    assert not {key for key in same if " " in english[key].strip()}


def test_every_text_that_the_source_names_is_there() -> None:
    known = set(table("en"))
    lost = {(one.where, key) for one in said() for key in one.keys if key not in known}
    assert lost == set()


def test_every_text_with_a_gap_in_its_name_finds_some_key() -> None:
    known = table("en")
    prefixes = {key.partition(".")[0] for key in known}
    for pattern in literals()[1]:
        prefix, dot, _ = pattern.pattern.partition(r"\.")
        if dot and prefix in prefixes and prefix not in {"problems", "errors"}:
            assert any(pattern.fullmatch(key) for key in known), pattern.pattern


def test_every_text_gets_the_values_that_it_names() -> None:
    known = table("en")
    for one in said():
        for key in one.keys:
            if one.given is None or key not in known:
                continue
            own = OWN if key.startswith("problems.") else set()
            lacking = placeholders(known[key]) - one.given - own
            assert not lacking, f"{one.where}: {key} lacks {sorted(lacking)}"


def test_every_text_is_used() -> None:
    plain, patterns = literals()

    def used(name: str) -> bool:
        return name in plain or any(pattern.fullmatch(name) for pattern in patterns)

    unused = {
        key
        for key in table("en")
        if not used(key)
        and not (key.startswith(("problems.", "errors.")) and used(key.split(".")[1]))
    }
    assert unused == set()


def test_a_language_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no words for language 'fr'"):
        say("where.comma", "fr")
