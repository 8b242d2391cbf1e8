"""The tables of the annex, what stands behind the headline, with keys and columns."""

from __future__ import annotations

from servicemap.table_kinds import Table, column
from servicemap.table_values import (
    COVERAGE_STATUSES,
    GROUNDS,
    HANDLINGS,
    PEOPLE_KINDS,
    REASONS,
)

CATCHMENTS = ("2sfca", "e2sfca")
SUPPLIES = ("windows", "points")

MEANINGS = ("villages_with_station", "villages", "people", *GROUNDS)
PLACES = ("city", "tier", "area_type", "township")

REMEDY_KINDS = (
    "one_stop",
    "offer_item",
    "open_point",
    "extend_hours",
    "drop_appointment",
    "finish_here",
    "widen_right",
    "visit",
    "survey_road",
)

ANNEX: tuple[Table, ...] = (
    Table(
        "remedies",
        "one change over what exists, and whom it would cover",
        ("question_id", "kind", "facility_id", "village_id"),
        (
            column("question_id", "id"),
            column("rank", "integer"),
            column("kind", values=REMEDY_KINDS),
            column("facility_id?", "id"),
            column("village_id?", "id"),
            column("is_certain", "flag"),
            column("n_people?", "integer"),
            column("n_villages", "integer"),
            column("step?", "integer"),
            column("n_people_so_far?", "integer"),
            column("n_villages_so_far?", "integer"),
        ),
    ),
    Table(
        "meanings",
        "one meaning of coverage, of one place, for one group",
        ("question_id", "level", "id", "meaning", "group"),
        (
            column("question_id", "id"),
            column("level", values=PLACES),
            column("id", "id"),
            column("meaning", values=MEANINGS),
            column("group"),
            column("n_all?", "integer"),
            column("n_covered?", "integer"),
            column("n_uncovered?", "integer"),
            column("n_undetermined?", "integer"),
            column("rate?", "number"),
            column("rate_low?", "number"),
            column("rate_high?", "number"),
        ),
    ),
    Table(
        "depth",
        "how many people have so many points within the cutoff",
        ("question_id", "group", "n_within"),
        (
            column("question_id", "id"),
            column("group"),
            column("n_within", "integer"),
            column("n_places", "integer"),
            column("n_people?", "integer"),
        ),
    ),
    Table(
        "village_depth",
        "a village and its second nearest point",
        ("question_id", "village_id"),
        (
            column("question_id", "id"),
            column("village_id", "id"),
            column("n_within?", "integer"),
            column("second_facility_id?", "id"),
            column("second_time_s?", "number"),
        ),
    ),
    Table(
        "points_held",
        "what one point holds",
        ("question_id", "facility_id"),
        (
            column("question_id", "id"),
            column("facility_id", "id"),
            column("n_reached?", "integer"),
            column("n_nearest?", "integer"),
            column("n_alone?", "integer"),
            column("people_per_window?", "number"),
        ),
    ),
    Table(
        "partners",
        "what all points of one partner hold together",
        ("question_id", "partner"),
        (
            column("question_id", "id"),
            column("partner"),
            column("n_points", "integer"),
            column("n_reached?", "integer"),
            column("n_alone?", "integer"),
        ),
    ),
    Table(
        "tiers_shared",
        "people who reach points of exactly these tiers",
        ("question_id", "tiers"),
        (
            column("question_id", "id"),
            column("tiers"),
            column("n_places", "integer"),
            column("n_people?", "integer"),
        ),
    ),
    Table(
        "access",
        "how much of the supply is left for each person",
        ("question_id", "level", "id", "method"),
        (
            column("question_id", "id"),
            column("level", values=("village", "township", "city")),
            column("id", "id"),
            column("method", values=CATCHMENTS),
            column("supply", values=SUPPLIES),
            column("supply_per_1000?", "number"),
        ),
    ),
    Table(
        "village_items",
        "how many items of the catalogue a village's people can do in one way",
        ("question_id", "village_id", "handling"),
        (
            column("question_id", "id"),
            column("village_id", "id"),
            column("handling", values=("any", *HANDLINGS)),
            column("n_items?", "integer"),
            column("n_all", "integer"),
        ),
    ),
    Table(
        "village_groups",
        "a village and the nearest point that may and can do one item group",
        ("question_id", "village_id", "item_group"),
        (
            column("question_id", "id"),
            column("village_id", "id"),
            column("item_group"),
            column("status", values=COVERAGE_STATUSES),
            column("nearest_facility_id?", "id"),
            column("travel_time_s?", "number"),
            column("reason?", values=REASONS),
            column("would_do_facility_id?", "id"),
        ),
    ),
    Table(
        "group_rules",
        "an item group, and what its rules cost",
        ("question_id", "item_group"),
        (
            column("question_id", "id"),
            column("item_group"),
            column("n_items", "integer"),
            column("n_points", "integer"),
            column("n_people?", "integer"),
            column("n_covered?", "integer"),
            column("n_city_wide?", "integer"),
            column("n_gained?", "integer"),
            column("minutes?", "number"),
            column("minutes_city_wide?", "number"),
        ),
    ),
    Table(
        "hours_of_week",
        "coverage at one full hour of a plain week",
        ("question_id", "hour"),
        (
            column("question_id", "id"),
            column("hour", "integer"),
            column("n_people?", "integer"),
            column("n_covered?", "integer"),
            column("n_undetermined?", "integer"),
            column("n_open", "integer"),
            column("n_unknown", "integer"),
            column("is_best", "flag"),
            column("is_worst", "flag"),
        ),
    ),
    Table(
        "special_days",
        "coverage on a holiday or make-up workday, at its best hour",
        ("question_id", "date"),
        (
            column("question_id", "id"),
            column("date"),
            column("kind", values=("holiday", "makeup_workday")),
            column("name?"),
            column("best_hour?", "integer"),
            column("n_covered?", "integer"),
            column("n_undetermined?", "integer"),
            column("n_open", "integer"),
        ),
    ),
    Table(
        "market_days",
        "days of a month of a point that does not open by the weekday alone",
        ("facility_id", "month"),
        (
            column("facility_id", "id"),
            column("month"),
            column("n_days", "integer"),
            column("days"),
        ),
    ),
    Table(
        "people_sources",
        "the people of a township by one source",
        ("township_id", "published", "source", "kind", "year"),
        (
            column("township_id", "id"),
            column("published", "flag"),
            column("source"),
            column("kind", values=PEOPLE_KINDS),
            column("year?", "integer"),
            column("n_people", "integer"),
            column("n_villages?", "integer"),
        ),
    ),
)
