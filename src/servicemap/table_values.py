"""The words that columns of the contract may hold."""

from __future__ import annotations

TIERS = ("city", "township", "village", "bank", "kiosk", "mobile")
FORMS = ("hall", "special_area", "window", "self_service", "agent", "van")
STATUSES = ("open", "planned", "closed")
DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
SCOPES = ("city", "township", "village")
HANDLINGS = ("finish", "accept", "agent", "self", "remote")
VILLAGE_KINDS = ("village", "community")
LOCATED_BY = (
    "survey",
    "office",
    "own_station",
    "polygon",
    "places",
    "gazetteer",
    "by_hand",
    "none",
)
PEOPLE_KINDS = ("hukou", "resident", "census", "actual")
LEVELS = ("demand", "village", "township", "city")
GROUNDS = ("buildings", "built_up", "roads")
COVERAGE_STATUSES = ("covered", "uncovered", "undetermined")
DIRECTIONS = ("to", "from")
REASONS = (
    "too_far",
    "no_route",
    "island",
    "ferry_only",
    "off_network",
    "not_located",
    "closed",
    "hours_unknown",
    "by_appointment",
    "not_offered",
    "accept_only",
    "not_entitled",
)
# These say that the data do not suffice for an answer, not that the answer is no.
UNDETERMINED_REASONS = ("off_network", "not_located", "hours_unknown")
