"""The application: requests into questions to a `Locator`, answers into JSON.

It only reads, and it asks nobody but the locator.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import anyio
import orjson
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from servicemap.errors import InputError, ServicemapError
from servicemap.locator.as_json import answer_json, matches_json
from servicemap.locator.engine import SERVICE_MIN
from servicemap.locator.moments import moment
from servicemap.web import problems, replies, schemas
from servicemap.web.document import document, openapi_parts
from servicemap.web.page import page
from servicemap.web.problems import language_of
from servicemap.web.values import (
    Count,
    Cutoffs,
    Flag,
    Language,
    Lat,
    Limit,
    Lon,
    Minutes,
    ServiceMinutes,
    Text,
    only_known,
)

if TYPE_CHECKING:
    from servicemap.locator.engine import Locator

GEOJSON = "application/geo+json"
Direction = Literal["to", "from"]
Tier = Literal["city", "township", "village", "bank", "kiosk", "mobile"] | None


def application(locator: Locator) -> FastAPI:  # noqa: C901 - one function per request
    """The application of one study.

    Parameters
    ----------
    locator
        The study, opened.
    """
    known = [Depends(only_known)]
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, dependencies=known)
    app.state.language = locator.last_state.asked.language
    handlers: dict[Any, Any] = {
        ServicemapError: problems.of_error,
        RequestValidationError: problems.of_values,
        HTTPException: problems.of_http,
        Exception: problems.of_bug,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    counting = anyio.CapacityLimiter(2)  # of those who wait for it, the others' threads

    @app.get("/health", **openapi_parts(schemas.Health))
    def health(request: Request, language: Language = None) -> Response:  # noqa: ARG001
        state, trouble = locator.last_state, locator.trouble
        return _json(
            {
                "status": "ok" if trouble is None else "stale",
                "study": state.asked.name,
                "version": state.version[:12],
                "modes": list(state.networks),
                "points": len(state.facilities),
                "villages": len(state.data.tables["villages"]["village_id"]),
                "trouble": None if trouble is None else trouble.kind,
            }
        )

    @app.get("/search", **openapi_parts(schemas.Matches))
    def search(
        request: Request,
        q: Text,
        limit: Limit = 10,
        language: Language = None,  # noqa: ARG001
    ) -> Response:
        state = locator.state
        found = state.names.search(q, limit)
        matches = matches_json(found, language_of(request))
        return _json({"matches": matches, "version": state.version[:12]})

    @app.get("/locate", **openapi_parts(schemas.Answer))
    def locate(
        request: Request,
        where: Text | None = None,
        lon: Lon | None = None,
        lat: Lat | None = None,
        item: Text | None = None,
        at: Text | None = None,
        mode: Text | None = None,
        k: Count = 5,
        minutes: Minutes | None = None,
        service_min: ServiceMinutes = SERVICE_MIN,
        home: Text | None = None,
        finish: Flag = False,
        walk_in: Flag = False,
        language: Language = None,  # noqa: ARG001 - read by language_of
    ) -> Response:
        zone = locator.last_state.asked.about.timezone
        answer = locator.locate(
            _place(where, lon, lat),
            item=item,
            at=None if at is None else moment(at, zone),
            mode=mode,
            k=k,
            minutes=minutes,
            service_min=service_min,
            home=home,
            finish=finish,
            walk_in=walk_in,
        )
        return _json(answer_json(answer, language_of(request)))

    @app.get("/isochrone", **openapi_parts(schemas.Features, GEOJSON))
    def isochrone(
        request: Request,  # noqa: ARG001
        lon: Lon,
        lat: Lat,
        minutes: Cutoffs,
        mode: Text | None = None,
        direction: Direction = "to",
        language: Language = None,  # noqa: ARG001
    ) -> Response:
        found = replies.isochrone(locator, (lon, lat), minutes, mode, direction)
        return _json(found, GEOJSON)

    @app.post("/matrix", **openapi_parts(schemas.Matrix))
    def matrix(
        request: Request,  # noqa: ARG001
        pairs: schemas.Pairs,
        language: Language = None,  # noqa: ARG001
    ) -> Response:
        return _json(
            replies.matrix(
                locator,
                [(lon, lat) for lon, lat in pairs.origins],
                None
                if pairs.destinations is None
                else [(lon, lat) for lon, lat in pairs.destinations],
                pairs.mode,
                pairs.minutes,
            )
        )

    @app.get("/coverage", **openapi_parts(schemas.Coverage))
    async def coverage(
        request: Request,  # noqa: ARG001
        question: Text | None = None,
        language: Language = None,  # noqa: ARG001
    ) -> Response:
        state = await anyio.to_thread.run_sync(lambda: locator.state)
        work = partial(replies.coverage, state, question)
        return _json(await anyio.to_thread.run_sync(work, limiter=counting))

    @app.get("/points", **openapi_parts(schemas.Features, GEOJSON))
    def points(
        request: Request,
        tier: Tier = None,
        language: Language = None,  # noqa: ARG001
    ) -> Response:
        return _json(replies.points(locator.state, language_of(request), tier), GEOJSON)

    @app.get("/villages", **openapi_parts(schemas.Features, GEOJSON))
    def villages(request: Request, language: Language = None) -> Response:  # noqa: ARG001
        return _json(replies.villages(locator.state), GEOJSON)

    @app.get("/items", **openapi_parts(schemas.Items))
    def items(request: Request, language: Language = None) -> Response:  # noqa: ARG001
        return _json(replies.items(locator.state))

    @app.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> Response:
        return _json(document(app, locator, language_of(request)))

    @app.get("/", include_in_schema=False)
    @app.get("/docs", include_in_schema=False)
    def docs(request: Request) -> Response:
        language = language_of(request)
        text, policy = page(document(app, locator, language), language)
        return HTMLResponse(text, headers={"content-security-policy": policy})

    return app


def _json(content: Any, media: str = "application/json") -> Response:
    """An answer; thousands of coordinates are what most of it is, hence orjson."""
    if isinstance(content, str):
        return Response(content.encode("utf-8", "replace"), media_type=media)
    try:
        body = orjson.dumps(content)
    except TypeError:  # half a character, as files may hold: orjson refuses it
        text = json.dumps(
            content, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        body = text.encode("utf-8", "replace")
    return Response(body, media_type=media)


def _place(
    where: str | None, lon: float | None, lat: float | None
) -> str | tuple[float, float]:
    if where is not None and lon is None and lat is None:
        return where
    if where is None and lon is not None and lat is not None:
        return lon, lat
    raise InputError("where_or_lonlat")
