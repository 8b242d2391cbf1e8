"""Values of a request: numbers as people write them, nothing that only programs write."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Query
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
Language = Annotated[str, Field(pattern="^(en|zh)$")] | None
Flag = bool
