"""What the answers look like: the schemas of the OpenAPI document.

Answers are written by the locator and only held against these in tests.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from servicemap.web.values import Minutes, Number

Lonlat = Annotated[list[Number], Field(min_length=2, max_length=2)]


class _Exact(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """Problem details, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[str] | None = None
    matches: list[Match] | None = None


class Match(_Exact):
    """A place that a text may mean."""

    kind: str
    id: str
    name: str | None
    township: str | None
    village: str | None
    address: str | None
    lon: float
    lat: float
    how: str
    score: float
    text: str


class Matches(_Exact):
    """Places that a text may mean, the likeliest first."""

    matches: list[Match]
    version: str


class Home(_Exact):
    """Whose rules count."""

    village_id: str | None
    township_id: str | None
    known_by: Literal["said", "area", "nearest", "unknown"]


class Place(_Exact):
    """Where the way begins."""

    kind: str
    id: str | None
    name: str | None
    township: str | None
    village: str | None
    lon: float
    lat: float
    home: Home
    how: str
    score: float


class Snap(_Exact):
    """Where a place met the road."""

    lon: float
    lat: float
    snap_m: float


class Line(_Exact):
    """GeoJSON."""

    type: Literal["LineString"]
    coordinates: Annotated[list[Lonlat], Field(min_length=2)]


class Point(_Exact):
    """A service point as an answer."""

    facility_id: str
    name: str
    tier: str
    form: str
    status: str
    township_id: str | None
    village_id: str | None
    phone: str | None
    address: str | None
    lon: float
    lat: float
    travel_time_s: float
    distance_m: float
    faults: list[str]
    handling: str | None
    by_appointment: bool
    hours: str | None
    hours_text: str | None
    arrival: str | None
    is_open: bool | None
    opens_next: str | None
    text: str
    snap: Snap
    steps: list[str]
    route: Line


class Instead(_Exact):
    """What else would do, and on which condition."""

    reason: str
    text: str
    point: Point


class Item(_Exact):
    """An item or an item group."""

    id: str
    name: str


class Day(_Exact):
    """What kind of day a date is."""

    kind: Literal["workday", "weekend", "holiday", "makeup_workday"]
    name: str | None
    is_known: bool


class Answer(_Exact):
    """Where to go."""

    place: Place
    snap: Snap | None
    mode: str
    item: Item | None
    at: str | None
    day: Day | None
    service_min: float
    minutes: float | None
    points: list[Point]
    instead: list[Instead]
    reason: str | None
    reason_text: str | None
    version: str
    road_layers: list[str]


class Geometry(_Exact):
    """GeoJSON."""

    type: Literal["Point", "MultiPolygon", "Polygon"]
    coordinates: list[Any]


class Feature(_Exact):
    """GeoJSON, RFC 7946."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: dict[str, Any]


class Features(_Exact):
    """GeoJSON, RFC 7946."""

    type: Literal["FeatureCollection"]
    features: list[Feature]


class Pairs(_Exact):
    """Places whose pairs are asked for."""

    origins: Annotated[list[Lonlat], Field(min_length=1)]
    destinations: Annotated[list[Lonlat] | None, Field(min_length=1)] = None
    mode: str | None = None
    minutes: Minutes | None = None


class Matrix(_Exact):
    """Times and lengths; a row per origin, a column per destination."""

    mode: str
    minutes: float | None
    destination_ids: list[str] | None
    origins: list[Snap | None]
    destinations: list[Snap | None]
    travel_time_s: list[list[float | None]]
    distance_m: list[list[float | None]]
    reason: list[list[str | None]]
    version: str


class CatalogueItem(_Exact):
    """An item of the catalogue."""

    item_id: str
    name: str
    item_group: str


class Items(_Exact):
    """The catalogue."""

    items: list[CatalogueItem]
    version: str


class Covered(_Exact):
    """One village in the answer to one question."""

    village_id: str
    status: str | None
    reason: str | None
    travel_time_s: float | None
    nearest_facility_id: str | None
    n_within: int | None
    n_people: int | None
    n_covered: int | None


class Coverage(_Exact):
    """Answers to the study's questions, as in summary.json."""

    questions: list[dict[str, Any]]
    villages: list[Covered] | None
    version: str


class Health(_Exact):
    """Whether the study can be read, and which state of it is answered from."""

    status: Literal["ok", "stale"]
    study: str
    version: str
    modes: list[str]
    points: int
    villages: int
    trouble: str | None


Problem.model_rebuild()
