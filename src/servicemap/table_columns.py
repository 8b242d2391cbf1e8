"""The contract itself: every table, its key, its columns, the values they may have."""

from __future__ import annotations

from servicemap.annex_columns import ANNEX
from servicemap.table_kinds import DTYPES, Column, Kind, Table
from servicemap.table_kinds import column as _col

__all__ = ["DTYPES", "TABLES", "Column", "Kind", "Table"]

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


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "facilities",
            "a service point",
            ("facility_id",),
            (
                _col("facility_id", "id"),
                _col("name"),
                _col("tier", values=TIERS),
                _col("form", values=FORMS),
                _col("township_id?", "id"),
                _col("village_id?", "id"),
                _col("partner?"),
                _col("one_stop", "flag"),
                _col("status", values=STATUSES),
                _col("hours?"),
                _col("hours_written?"),
                _col("windows?", "integer"),
                _col("phone?"),
                _col("address?"),
                _col("lon?", "number"),
                _col("lat?", "number"),
                _col("datum", values=DATUMS),
                _col("located_by", values=LOCATED_BY),
            ),
        ),
        Table(
            "items",
            "an item of the catalogue",
            ("item_id",),
            (
                _col("item_id", "id"),
                _col("name"),
                _col("item_group"),
                _col("scope", values=SCOPES),
                _col("tied_to?"),
            ),
        ),
        Table(
            "services",
            "what one point does for one item group or item",
            ("facility_id", "item_group", "item_id"),
            (
                _col("facility_id", "id"),
                _col("item_group?"),
                _col("item_id?", "id"),
                _col("handling", values=HANDLINGS),
                _col("hours?"),
                _col("by_appointment", "flag"),
                _col("who_may"),
            ),
        ),
        Table(
            "townships",
            "a township or street",
            ("township_id",),
            (
                _col("township_id", "id"),
                _col("name"),
                _col("area_type?"),
                _col("published_road_km?", "number"),
                _col("geometry?", "geometry"),
            ),
        ),
        Table(
            "villages",
            "a village or community",
            ("village_id",),
            (
                _col("village_id", "id"),
                _col("name"),
                _col("township_id?", "id"),
                _col("kind", values=VILLAGE_KINDS),
                _col("area_type?"),
                _col("lon?", "number"),
                _col("lat?", "number"),
                _col("geometry?", "geometry"),
                _col("located_by", values=LOCATED_BY),
            ),
        ),
        Table(
            "demand",
            "a place where people live; every village has at least one",
            ("demand_id",),
            (
                _col("demand_id", "id"),
                _col("village_id", "id"),
                _col("lon?", "number"),
                _col("lat?", "number"),
                _col("people?", "integer"),
            ),
            extra=True,
        ),
        Table(
            "people",
            "one population figure and where it is from",
            ("village_id", "group", "kind", "year", "source"),
            (
                _col("village_id", "id"),
                _col("group"),
                _col("kind", values=PEOPLE_KINDS),
                _col("year?", "integer"),
                _col("count", "integer"),
                _col("source"),
            ),
        ),
        Table(
            "candidates",
            "where a point could go",
            ("candidate_id",),
            (
                _col("candidate_id", "id"),
                _col("name"),
                _col("lon", "number"),
                _col("lat", "number"),
                _col("cost?", "number"),
                _col("township_id?", "id"),
            ),
        ),
        Table(
            "snaps",
            "where a point met the road",
            ("table", "point_id", "mode"),
            (
                _col("point_id", "id"),
                _col("table"),
                _col("mode"),
                _col("edge_id?", "integer"),
                _col("fraction?", "number"),
                _col("snap_m?", "number"),
                _col("component?", "integer"),
                _col("lon?", "number"),
                _col("lat?", "number"),
                _col("reason?", values=REASONS),
            ),
        ),
        Table(
            "travel_times",
            "a pair within the horizon",
            ("demand_id", "facility_id", "mode"),
            (
                _col("demand_id", "id"),
                _col("facility_id", "id"),
                _col("mode"),
                _col("travel_time_s", "number"),
                _col("distance_m?", "number"),
            ),
        ),
        Table(
            "nearest",
            "the nearest point of a set without a horizon, or why there is none",
            ("demand_id", "mode", "set_id"),
            (
                _col("demand_id", "id"),
                _col("mode"),
                _col("set_id", "id"),
                _col("facility_id?", "id"),
                _col("travel_time_s?", "number"),
                _col("distance_m?", "number"),
                _col("reason?", values=REASONS),
            ),
        ),
        Table(
            "coverage",
            "one question, one place, one meaning",
            ("question_id", "level", "id", "group"),
            (
                _col("question_id", "id"),
                _col("level", values=LEVELS),
                _col("id", "id"),
                _col("group"),
                _col("n_people?", "integer"),
                _col("n_covered?", "integer"),
                _col("n_undetermined?", "integer"),
                _col("nearest_facility_id?", "id"),
                _col("travel_time_s?", "number"),
                _col("distance_m?", "number"),
                _col("n_within?", "integer"),
                _col("status?", values=COVERAGE_STATUSES),
                _col("reason?", values=REASONS),
                _col("minutes_beyond?", "number"),
                _col("would_do_facility_id?", "id"),
                _col("share_of_week?", "number"),
            ),
        ),
        Table(
            "gaps",
            "a village that a question leaves out",
            ("question_id", "village_id"),
            (
                _col("question_id", "id"),
                _col("village_id", "id"),
                _col("reason", values=REASONS),
                _col("n_people?", "integer"),
                _col("minutes_beyond?", "number"),
                _col("nearest_facility_id?", "id"),
                _col("would_do_facility_id?", "id"),
                _col("cluster_id?", "integer"),
                _col("remedy?"),
            ),
        ),
        Table(
            "isochrones",
            "an area",
            ("facility_id", "mode", "direction", "cutoff_min"),
            (
                _col("facility_id", "id"),
                _col("mode"),
                _col("direction", values=DIRECTIONS),
                _col("cutoff_min", "number"),
                _col("geometry", "geometry"),
            ),
        ),
        Table(
            "problems",
            "one finding about the input",
            (),
            (
                _col("severity", values=("error", "warning", "note")),
                _col("source"),
                _col("sheet?"),
                _col("row?", "integer"),
                _col("column?"),
                _col("value?"),
                _col("kind"),
                _col("message"),
                _col("remedy"),
            ),
        ),
    )
} | {table.name: table for table in ANNEX}
