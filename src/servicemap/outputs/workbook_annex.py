"""The worksheets of the annex: what stands behind the headline.

Each shows a table of the annex, with names beside ids; nothing is computed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicemap.outputs.sheets import Field
from servicemap.outputs.terms import term
from servicemap.outputs.workbook_hours import days_sheet, market_sheet, week_sheet
from servicemap.outputs.workbook_meanings import meanings_sheet
from servicemap.outputs.workbook_words import AnnexWords, is_counted
from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.outputs.sheets import Sheet
    from servicemap.result import Result


# sheets without a figure where nobody was counted
OF_PEOPLE_ALONE = ("points_held", "access")


def annex_sheets(result: Result, first: int) -> list[Sheet]:
    """All sheets of the annex that have something to say, numbered from ``first``."""
    makers = {
        "remedies": _remedies,
        "meanings": meanings_sheet,
        "depth": _depth,
        "tiers_shared": _tiers,
        "partners": _partners,
        "points_held": _points,
        "village_depth": _second,
        "access": _access,
        "people_sources": _people_sources,
        "village_items": _items,
        "group_rules": _rules,
        "hours_of_week": week_sheet,
        "special_days": days_sheet,
        "market_days": market_sheet,
    }
    left_out = () if is_counted(result) else OF_PEOPLE_ALONE
    known = [
        name for name in makers if len(result.annex.get(name, ())) and name not in left_out
    ]
    return [
        makers[name](AnnexWords(result, name, number))
        for number, name in enumerate(known, first)
    ]


def _remedies(words: AnnexWords) -> Sheet:
    points = words.named("facility", "facility_id", "facilities", "facility_id").cells
    villages = words.named("village", "village_id", "villages", "village_id").cells
    is_point = words.rows["facility_id"].notna()
    codes = words.rows["facility_id"].where(is_point, words.rows["village_id"])
    names = [
        point if own else village
        for own, point, village in zip(is_point, points, villages, strict=True)
    ]
    return words.sheet(
        [
            words.questions(),
            words.column("rank", "rank", "count"),
            Field(words.heading("change"), words.terms("change", words.rows["kind"])),
            Field(words.heading("target_id"), list(codes)),
            Field(words.heading("target"), names),
            words.column("people_gained", "n_people", "count"),
            words.column("villages_gained", "n_villages", "count"),
            Field(
                words.heading("is_certain"),
                words.terms("certain", words.rows["is_certain"]),
            ),
            words.column("step", "step", "count"),
            words.column("people_so_far", "n_people_so_far", "count"),
            words.column("villages_so_far", "n_villages_so_far", "count"),
        ],
        frozen=3,
    )


def _depth(words: AnnexWords) -> Sheet:
    asked = {one.id: one.people for one in words.study.questions}
    is_asked = words.rows["question_id"].map(asked) == words.rows["group"]
    words.rows = words.rows[is_asked]
    deepest = int(words.rows["n_within"].max())
    more = say("outputs.annex.or_more", words.language, count=deepest)
    counts = [more if one == deepest else str(one) for one in words.rows["n_within"]]
    return words.sheet(
        [
            words.questions(),
            Field(words.heading("group"), words.terms("group", words.rows["group"])),
            Field(words.heading("n_within"), counts),
            words.column("places", "n_places", "count"),
            words.column("people", "n_people", "count"),
        ]
    )


def _people_sources(words: AnnexWords) -> Sheet:
    kinds = [term("people_kind", one, words.language) for one in words.rows["kind"]]
    published = words.terms("yes", words.rows["published"])
    return words.sheet(
        [
            words.named("township", "township_id", "townships", "township_id"),
            words.column("source", "source"),
            Field(words.heading("published"), published),
            Field(words.heading("people_kind"), kinds),
            words.column("year", "year"),
            words.column("people", "n_people", "count"),
            words.column("villages_with_figure", "n_villages", "count"),
        ]
    )


def _tiers(words: AnnexWords) -> Sheet:
    comma = say("outputs.comma", words.language)
    said = [
        comma.join(term("tier", tier, words.language) for tier in one.split("+"))
        for one in words.rows["tiers"]
    ]
    return words.sheet(
        [
            words.questions(),
            Field(words.heading("tiers"), said),
            words.column("places", "n_places", "count"),
            words.column("people", "n_people", "count"),
        ]
    )


def _partners(words: AnnexWords) -> Sheet:
    return words.sheet(
        [
            words.questions(),
            words.column("partner", "partner"),
            words.column("points_counting", "n_points", "count"),
            words.column("people_reached", "n_reached", "count"),
            words.column("people_lost", "n_alone", "count"),
        ]
    )


def _points(words: AnnexWords) -> Sheet:
    return words.sheet(
        [
            words.questions(),
            words.column("facility_id", "facility_id"),
            words.named("facility", "facility_id", "facilities", "facility_id"),
            words.column("people_reached", "n_reached", "count"),
            words.column("people_nearest", "n_nearest", "count"),
            words.column("people_lost", "n_alone", "count"),
            words.column("people_per_window", "people_per_window", "decimal"),
        ],
        frozen=3,
    )


def _second(words: AnnexWords) -> Sheet:
    minutes = (words.rows["second_time_s"] / 60).round(3)
    return words.sheet(
        [
            words.column("village_id", "village_id"),
            words.named("village", "village_id", "villages", "village_id"),
            words.column("n_within", "n_within", "count"),
            words.named("second", "second_facility_id", "facilities", "facility_id"),
            Field(words.heading("minutes"), list(minutes), "decimal"),
        ]
    )


def _items(words: AnnexWords) -> Sheet:
    handlings = list(dict.fromkeys(words.rows["handling"]))
    whole = int(words.rows["n_all"].max())
    wide = words.rows.pivot_table(
        index="village_id", columns="handling", values="n_items", sort=False, dropna=False
    )
    words.rows = wide.reset_index()
    fields = [
        words.column("village_id", "village_id"),
        words.named("village", "village_id", "villages", "village_id"),
    ]
    for handling in handlings:
        title = (
            words.heading("items_any", count=whole)
            if handling == "any"
            else words.heading(
                "items_by", handling=term("handling", handling, words.language)
            )
        )
        fields.append(Field(title, list(words.rows[handling]), "count"))
    return words.sheet(fields)


def _rules(words: AnnexWords) -> Sheet:
    return words.sheet(
        [
            words.column("item_group", "item_group"),
            words.column("n_items", "n_items", "count"),
            words.column("points_counting", "n_points", "count"),
            words.column("people", "n_people", "count"),
            words.column("people_covered", "n_covered", "count"),
            words.column("people_city_wide", "n_city_wide", "count"),
            words.column("people_gained", "n_gained", "count"),
            words.column("minutes", "minutes", "decimal"),
            words.column("minutes_city_wide", "minutes_city_wide", "decimal"),
        ],
        frozen=1,
    )


def _access(words: AnnexWords) -> Sheet:
    rows = words.rows[words.rows["level"] != "village"]
    keys = ["question_id", "level", "id", "supply"]
    methods = rows.pivot(index=keys, columns="method", values="supply_per_1000")
    words.rows = rows[keys].drop_duplicates().merge(methods.reset_index(), on=keys)
    whole = words.heading("total")
    townships = words.named("township", "id", "townships", "township_id")
    names = [
        whole if level == "city" else name
        for level, name in zip(words.rows["level"], townships.cells, strict=True)
    ]
    # the whole has no code
    codes = words.rows["id"].where(words.rows["level"] != "city", None)
    return words.sheet(
        [
            words.questions(),
            Field(words.heading("township_id"), list(codes)),
            Field(words.heading("township"), names),
            Field(words.heading("supply"), words.terms("supply", words.rows["supply"])),
            words.column("access_2sfca", "2sfca", "decimal"),
            words.column("access_e2sfca", "e2sfca", "decimal"),
        ],
        frozen=3,
    )
