"""The OpenAPI document: every operation and parameter in words, with examples that work."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from servicemap import __version__
from servicemap.locator.as_json import answer_json, matches_json
from servicemap.web import schemas
from servicemap.web.problems import MEDIA
from servicemap.words import say

if TYPE_CHECKING:
    from fastapi import FastAPI

    from servicemap.locator.engine import Locator
    from servicemap.study import Language

PROBLEMS = (400, 401, 408, 413, 421, 422, 500)


def openapi_parts(model: Any, media: str = "application/json") -> dict[str, Any]:
    """What FastAPI needs to describe an operation.

    Parameters
    ----------
    model
        Schema of its answer.
    media
        Type of its answer.
    """
    found: dict[int | str, dict[str, Any]] = {
        status: {"model": schemas.Problem, "content": {MEDIA: {}}} for status in PROBLEMS
    }
    found[200] = {"model": model, "content": {media: {}}}
    return {"responses": found, "response_model": None}


def document(app: FastAPI, locator: Locator, language: Language) -> dict[str, Any]:
    """The OpenAPI document in one language.

    Parameters
    ----------
    app
        The application.
    locator
        Its study: examples are its own places.
    language
        Of the texts.
    """
    if app.openapi_schema is None:
        app.title, app.version = "servicemap", __version__
        app.openapi_schema = _plain(app.openapi())
    content = copy.deepcopy(app.openapi_schema)
    study = locator.last_state.asked.name
    content["info"]["title"] = say("web.document.title", language, study=study)
    content["info"]["description"] = say("web.document.description", language)
    examples = _examples(locator, language)
    for path, operations in content["paths"].items():
        name = path.strip("/")
        for operation in operations.values():
            operation["summary"] = say(f"web.operation.{name}", language)
            operation["operationId"] = name
            for one in operation.get("parameters", ()):
                one["description"] = say(f"web.parameter.{one['name']}", language)
                key = f"{name}.{one['name']}"
                if key in examples:
                    one["example"] = examples[key]
            for status, response in operation["responses"].items():
                response["description"] = say(f"web.title.{status}", language)
            body = operation.get("requestBody")
            if body is not None:
                body["content"]["application/json"]["example"] = examples[f"{name}.body"]
            if f"{name}.answer" in examples:
                for media in operation["responses"]["200"]["content"].values():
                    media["example"] = examples[f"{name}.answer"]
    return content


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    """One media type per answer, and that alone; no titles that only repeat names."""
    for operations in content["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                media = response.get("content", {})
                own = [one for one in media if one != "application/json"]
                if own and "application/json" in media:
                    schema = media.pop("application/json").get("schema")
                    for one in own:
                        media[one].setdefault("schema", schema)
    return content


def _examples(locator: Locator, language: Language) -> dict[str, Any]:
    """Requests that have an answer in this study, and some of the answers."""
    state = locator.last_state
    data = state.data
    row = int(np.flatnonzero(np.isfinite(data.lon["villages"]))[:1].sum())
    lon, lat = (round(float(one["villages"][row]), 6) for one in (data.lon, data.lat))
    if not np.isfinite(lon):
        lon, lat = (
            round(float(np.nanmean(one["demand"])), 6) for one in (data.lon, data.lat)
        )
    village = data.tables["villages"]
    name = village["name"][row]
    found: dict[str, Any] = {
        "search.q": name[:2],
        "search.answer": {
            "matches": matches_json(state.names.search(name, 1), language),
            "version": state.version[:12],
        },
        "locate.where": f"{lon},{lat}",
        "locate.at": "2026-12-07 10:00",
        "locate.home": village["village_id"][row],
        "isochrone.lon": lon,
        "isochrone.lat": lat,
        "isochrone.minutes": [15],
        "matrix.body": {"origins": [[lon, lat]], "mode": next(iter(state.networks))},
        "coverage.question": state.asked.questions[0].id,
    }
    for operation in ("locate", "isochrone"):
        found[f"{operation}.mode"] = next(iter(state.networks))
    if state.offers.names:
        found["locate.item"] = state.offers.names[0][0]
    answer = answer_json(locator.locate((lon, lat), k=1), language)
    for point in answer["points"]:
        point["route"]["coordinates"] = point["route"]["coordinates"][:2]
    found["locate.answer"] = answer
    return found
