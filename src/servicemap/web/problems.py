"""Errors as problem details (RFC 9457), in the language that was asked for."""

from __future__ import annotations

import json
import sys
import traceback
from typing import TYPE_CHECKING, Any, cast

from starlette.responses import Response

from servicemap.errors import ServicemapError
from servicemap.locator.as_json import matches_json
from servicemap.locator.where import WhereError
from servicemap.words import LANGUAGES, say, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import Request
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException

    from servicemap.study import Language

MEDIA = "application/problem+json"
UNPROCESSABLE, TOO_LARGE = 422, 413
TOO_MANY = "too_many_places"
SHOWN = 5
MOST_SHOWN = 100
UNSHOWN = ("missing", "json_invalid", "unknown", "twice")  # no value is to blame


def language_of(request: Request) -> Language:
    """The language that was asked for, else the browser's, else the study's."""
    return asked_language(request, request.app.state.language)


def asked_language(request: Request, otherwise: str) -> Language:
    """The language that was asked for, else the browser's, else another.

    Parameters
    ----------
    request
        A request, which need not have come to the application yet.
    otherwise
        For who asks for none that is known.
    """
    asked = request.query_params.get("language")
    if asked not in LANGUAGES:
        wanted = request.headers.get("accept-language", "").lower()
        parts = [one.strip()[:2] for one in wanted.split(",")]
        asked = next((one for one in parts if one in LANGUAGES), None)
    return cast("Language", asked or otherwise)


def problem(
    kind: str,
    status: int,
    language: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """A response with problem details.

    Parameters
    ----------
    kind
        Name of the problem: the end of its ``type``.
    status
        HTTP status.
    language
        Of the texts.
    detail
        What is wrong with this request.
    headers
        More headers.
    **more
        Further members.
    """
    content = {
        "type": f"urn:servicemap:problem:{kind}",
        "title": say(f"web.title.{status}", language),
        "status": status,
        "detail": detail,
        **more,
    }
    body = json.dumps(content, ensure_ascii=False, allow_nan=False).encode(
        "utf-8", "replace"
    )
    return Response(body, status, dict(headers or {}), MEDIA)


async def of_error(request: Request, error: Exception) -> Response:
    """A `ServicemapError`: what was asked for cannot be, and why."""
    assert isinstance(error, ServicemapError)
    language = language_of(request)
    status = TOO_LARGE if error.kind == TOO_MANY else UNPROCESSABLE
    more: dict[str, Any] = {}
    if isinstance(error, WhereError):
        more["matches"] = matches_json(error.matches, language)
    return problem(error.kind, status, language, error.text(language), **more)


async def of_values(request: Request, error: Exception) -> Response:
    """Values that have the wrong form."""
    language = language_of(request)
    found = cast("RequestValidationError", error).errors()
    lines = [_line(one, language) for one in found[:SHOWN]]
    detail = say("web.values", language, count=len(found))
    return problem("values", UNPROCESSABLE, language, detail, errors=lines)


def _line(fault: Mapping[str, Any], language: str) -> str:
    where = [str(one) for one in cast("Sequence[Any]", fault["loc"])[1:]]
    if not where or fault["type"] == "json_invalid":
        where = ["body"]
    key = f"web.fault.{fault['type']}"
    limits = {
        name: f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in (fault.get("ctx") or {}).items()
        if isinstance(value, int | float | str)
    }
    known = table(language)
    if key not in known:
        key = "web.fault.other"
    shown = known[key].format_map(_Limits(limits))
    name, value = ".".join(where)[:60], fault.get("input", "")
    if fault["type"] in UNSHOWN or isinstance(value, list | dict | bytes):
        return say("web.fault_of", language, where=name, what=shown)
    value = str(value)[:MOST_SHOWN]
    return say("web.fault_at", language, where=name, value=value, what=shown)


class _Limits(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"


async def of_http(request: Request, error: Exception) -> Response:
    """No such page, no such method."""
    language = language_of(request)
    found = cast("HTTPException", error)
    status = found.status_code
    kind = f"http_{status}"
    key = f"web.title.{status}"
    if key not in table(language):
        return Response(status_code=status, headers=found.headers)
    return problem(kind, status, language, say(key, language), found.headers)


async def of_bug(request: Request, error: Exception) -> Response:
    """A mistake of ours: told on stderr, not to the world."""
    traceback.print_exception(error, file=sys.stderr)
    language = language_of(request)
    return problem("bug", 500, language, say("web.bug", language))
