"""Values of a request: numbers as people write them, nothing that only programs write."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_origin

from fastapi import Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from servicemap.study import MAX_MINUTES

NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
MOST_POINTS = 50
MOST_MATCHES = 50
MOST_CUTOFFS = 10


def number(value: Any) -> Any:
    """Digits with a point; not NaN, not Infinity, not 1_0."""
    if isinstance(value, bool) or (isinstance(value, str) and not NUMBER.fullmatch(value)):
        kind = "number"
        raise PydanticCustomError(kind, "not a number")
    return value


def whole(value: Any) -> Any:
    """Digits only."""
    if isinstance(value, str) and not WHOLE.fullmatch(value):
        kind = "whole"
        raise PydanticCustomError(kind, "not a whole number")
    return value


Number = Annotated[float, BeforeValidator(number), Field(allow_inf_nan=False)]
# the locator itself refuses what is no place on earth, and says where two are swapped
Lon = Annotated[Number, Field(json_schema_extra={"minimum": -180, "maximum": 180})]
Lat = Annotated[Number, Field(json_schema_extra={"minimum": -90, "maximum": 90})]
Minutes = Annotated[
    float, BeforeValidator(number), Field(gt=0, le=MAX_MINUTES, allow_inf_nan=False)
]
ServiceMinutes = Annotated[
    float, BeforeValidator(number), Field(ge=0, le=MAX_MINUTES, allow_inf_nan=False)
]
Cutoffs = Annotated[list[Minutes], Query(min_length=1, max_length=MOST_CUTOFFS)]
Count = Annotated[int, BeforeValidator(whole), Field(ge=1, le=MOST_POINTS)]
Limit = Annotated[int, BeforeValidator(whole), Field(ge=1, le=MOST_MATCHES)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Language = Literal["en", "zh"] | None
Flag = bool


def only_known(request: Request) -> None:
    """Refuse parameters that the operation does not have, and single ones given twice.

    Whoever writes ``minuts=5`` would otherwise get an answer to another question.

    Raises
    ------
    RequestValidationError
        With the names that the operation knows.
    """
    route = request.scope["route"]
    if not route.include_in_schema:  # pages for people
        return
    known = {one.alias: one.field_info.annotation for one in route.dependant.query_params}
    faults = []
    for name in dict.fromkeys(request.query_params.keys()):
        given = request.query_params.getlist(name)
        if name not in known:
            kind, about = "unknown", ", ".join(known)
        elif len(given) > 1 and get_origin(known[name]) is not list:
            kind, about = "twice", ", ".join(given)
        else:
            continue
        fault = {"type": kind, "loc": ("query", name), "msg": kind, "input": given}
        faults.append({**fault, "ctx": {"known": about}})
    if faults:
        raise RequestValidationError(faults)
