"""The page that shows the OpenAPI document and lets one try it, all from here."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from servicemap.outputs.safe_text import safe, script_json
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.study import Language


@cache
def _asset(name: str) -> str:
    folder = resources.files("servicemap.web").joinpath("assets")
    return folder.joinpath(name).read_text(encoding="utf-8")


def page(content: dict[str, Any], language: Language) -> tuple[str, str]:
    """The page and its content security policy.

    Parameters
    ----------
    content
        The OpenAPI document.
    language
        Of the page.

    Returns
    -------
    page, policy
        The policy lets only the page's own script and style run, and only this server
        be asked.
    """
    script, style = _asset("docs.js"), _asset("docs.css")
    parts = [_operation(*one, content, language) for one in _operations(content)]
    other, name = ("en", "English") if language == "zh" else ("zh", "中文")
    tongue = "zh-CN" if language == "zh" else "en"
    info = content["info"]
    text = (
        f'<!DOCTYPE html>\n<html lang="{tongue}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{safe(info['title'])}</title><style>{style}</style></head><body>\n"
        f"<header><h1>{safe(info['title'])}</h1><p>{safe(info['description'])}</p>"
        f'<p><a href="/openapi.json?language={language}">openapi.json</a> '
        f'<a href="/docs?language={other}" lang="{other}">{name}</a></p></header>\n'
        f"<main>{''.join(parts)}</main>\n"
        '<script type="application/json" id="words">'
        f"{script_json(_words(language))}</script>\n"
        f"<script>{script}</script></body></html>\n"
    )
    policy = (
        "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'none'; script-src {_hash(script)}; style-src {_hash(style)}"
    )
    return text, policy


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _operations(content: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, operations in content["paths"].items()
        for method, operation in operations.items()
    ]


def _words(language: Language) -> dict[str, str]:
    names = ("failed", "took", "status", "waiting", "characters", "cut")
    return {name: say(f"web.page.{name}", language) for name in names}


def _operation(
    method: str,
    path: str,
    operation: dict[str, Any],
    content: dict[str, Any],
    language: Language,
) -> str:
    rows = [
        _field(one, content, language)
        for one in operation.get("parameters", ())
        if one["name"] != "language"
    ]
    body = operation.get("requestBody")
    if body is not None:
        example = body["content"]["application/json"]["example"]
        text = safe(json.dumps(example, ensure_ascii=False))
        label = safe(say("web.page.body", language))
        rows.append(
            f"<label><code>body</code><span>{label}</span>"
            f'<textarea name="body" rows="3">{text}</textarea></label>'
        )
    answer = operation["responses"]["200"]["content"]
    media = next(iter(answer))
    example = answer[media].get("example")
    shown = ""
    if example is not None:
        text = safe(json.dumps(example, ensure_ascii=False, indent=1))
        label = safe(say("web.page.example", language))
        shown = f"<details><summary>{label}</summary><pre>{text}</pre></details>"
    codes = ", ".join(operation["responses"])
    return (
        f"<section><h2><b>{method.upper()}</b> <code>{safe(path)}</code></h2>"
        f"<p>{safe(operation['summary'])}</p>"
        f'<form data-method="{method}" data-path="{safe(path)}">{"".join(rows)}'
        f"<button>{safe(say('web.page.try', language))}</button></form>"
        f'<p class="note">{safe(media)}; {safe(codes)}</p>{shown}'
        '<output hidden><p></p><pre tabindex="0"></pre></output></section>\n'
    )


def _field(one: dict[str, Any], content: dict[str, Any], language: Language) -> str:
    schema = one["schema"]
    parts = [schema, *schema.get("anyOf", ())]
    limits = [_limits(part, content) for part in parts]
    needed = one.get("required", False)
    example = one.get("example", "")
    if isinstance(example, list):
        example = ", ".join(f"{value:g}" for value in example)
    note = "; ".join(dict.fromkeys(limit for limit in limits if limit))
    default = schema.get("default")
    if default is not None:
        said = json.dumps(default, ensure_ascii=False)
        note = "; ".join(
            filter(None, (note, say("web.page.default", language, value=said)))
        )
    mark = safe(say("web.page.needed", language)) if needed else ""
    value = safe(str(example)) if needed or one["name"] == "where" else ""
    return (
        f"<label><code>{safe(one['name'])}</code>"
        f"<span>{safe(one['description'])} <i>{safe(note)}</i> <b>{mark}</b></span>"
        f'<input name="{safe(one["name"])}" value="{value}" '
        f'placeholder="{safe(str(example))}" autocomplete="off"></label>'
    )


def _limits(schema: dict[str, Any], content: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = content["components"]["schemas"][name]
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None and high is None:
        return ""
    sign = "<" if "exclusiveMinimum" in schema else "≤"
    return f"{low:g} {sign} … ≤ {high:g}" if high is not None else f"{low:g} {sign} …"
