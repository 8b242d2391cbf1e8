"""Service points from the offices of an extract: which count, as what, which are one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from servicemap import tables
from servicemap.errors import Problem
from servicemap.intake import within
from servicemap.intake.facilities import FORM_OF, ONE_STOP_TIERS
from servicemap.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

SAME_M = 50.0  # a node and an area this near with one name are one office
# Values of government=* that are places where residents have business.
MUNICIPAL = frozenset(
    """
    administrative municipal local local_authority register_office registrar
    public_service citizen_services social_services social_security social_welfare
    welfare tax immigration city community local_government
    """.split()
)
# Words in a name or operator that make a public building or government office one.
# Kept to what is common; a planner adds the rest in the workbook.
OFFICE_WORDS = (
    "gemeinde",
    "rathaus",
    "stadthaus",
    "amtshaus",
    "verwaltung",
    "bürgerservice",
    "bürgerbüro",
    "comú",
    "comunal",
    "ajuntament",
    "ayuntamiento",
    "govern d",
    "immigra",
    "mairie",
    "municip",
    "comune di",
    "prefeitura",
    "câmara",
    "junta de freguesia",
    "town hall",
    "city hall",
    "civic cent",
    "council",
    "citizen",
    "service centre",
    "政务",
    "便民",
    "行政服务",
    "办事服务",
    "为民服务",
    "党群服务",
    "人民政府",
    "街道办事处",
    "社区",
    "村委会",
    "村民委员会",
    "居委会",
    "居民委员会",
)
# And words that take it out again: not a place to hand in papers.
OTHER_WORDS = (
    "archiv",
    "arxiu",
    "archiu",
    "duana",
    "douane",
    "zoll",
    "customs",
    "aduana",
    "embassy",
    "botschaft",
    "consul",
    "kirche",
    "church",
    "court",
    "police",
    "polizei",
    "fire",
    "museum",
    "档案",
    "海关",
    "法院",
    "检察院",
    "公安局",
    "派出所",
    "活动中心",
    "卫生",
)
# An office that itself says it is the seat of a level above municipalities is of tier
# city.
CITY_LEVELS = frozenset("23456")
_KEPT = {"townhall": "townhall", "bank": "bank", "post_office": "post"}


def facilities(
    offices: pd.DataFrame, townships: pd.DataFrame, *, source: str, language: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Table ``facilities`` from ``Extract.offices``.

    Parameters
    ----------
    offices
        Columns ``osm_id, name, lon, lat, tags``.
    townships
        Their areas give each point its township.
    source
        Name of the extract, for findings.
    language
        Of names that have to be made.

    Returns
    -------
    facilities, problems
        Town halls, government offices and public buildings that are offices for
        residents become tier ``township`` (``city`` when their own tags say so);
        banks and post offices tier ``bank``. How many were left out, merged or
        named by us is noted.
    """
    rows: list[dict[str, Any]] = []
    left_out = 0
    office: Any
    for office in offices.sort_values("osm_id").itertuples(index=False):
        kind = _kind(office.tags, office.name)
        if kind is None:
            left_out += 1
            continue
        rows.append(
            {**_row(office, kind, language), "_kind": kind, "_named": bool(office.name)}
        )
    problems: list[Problem] = []

    def note(what: str, count: int) -> None:
        if count:
            problems.append(Problem(what, "note", source, values={"count": count}))

    note("offices_left_out", left_out)
    if not rows:
        return tables.empty("facilities"), problems
    frame = pd.DataFrame(rows)
    twin = _twins(frame)
    note("offices_merged", int(twin.sum()))
    frame = frame[~twin]
    note("offices_nameless", int((~frame["_named"]).sum()))
    shapes = townships["geometry"].to_numpy()
    area = within.areas(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float), shapes)
    ids = [*townships["township_id"], None]
    frame["township_id"] = pd.array([ids[one] for one in area], dtype="str")
    frame = frame.drop(columns=["_kind", "_named"])
    return tables.check(tables.in_order(frame, ["facility_id"]), "facilities"), problems


def _kind(tags: Mapping[str, str], name: str) -> str | None:
    if tags.get("amenity") in _KEPT:
        return _KEPT[tags["amenity"]]
    words = f"{name} {tags.get('operator', '')}".casefold()
    if any(word in words for word in OTHER_WORDS):
        return None
    if tags.get("government") in MUNICIPAL or any(word in words for word in OFFICE_WORDS):
        return "office"
    return None


def _row(office: Any, kind: str, language: str) -> dict[str, Any]:
    tags = office.tags
    tier = "township" if kind in ("townhall", "office") else "bank"
    if tier == "township" and tags.get("admin_level") in CITY_LEVELS:
        tier = "city"
    partner = tags.get("operator") or tags.get("brand")
    if kind == "bank":  # a bank is called what it is; a post office is called where it is
        partner = partner or office.name or None
    made = say(f"intake.draft.nameless_{kind}", language, id=office.osm_id)
    return {
        "facility_id": office.osm_id,
        "name": " ".join(office.name.split()) or made,
        "tier": tier,
        "form": FORM_OF[tier],
        "partner": partner if tier == "bank" else None,
        "one_stop": tier in ONE_STOP_TIERS,
        "status": "open",
        "hours": tags.get("opening_hours"),
        "phone": tags.get("phone") or tags.get("contact:phone"),
        "address": _address(tags),
        "lon": round(office.lon, 7),
        "lat": round(office.lat, 7),
        "datum": "wgs84",
        "located_by": "survey",
    }


def _address(tags: Mapping[str, str]) -> str | None:
    if "addr:full" in tags:
        return tags["addr:full"]
    street = " ".join(
        tags[key] for key in ("addr:street", "addr:housenumber") if key in tags
    )
    town = " ".join(tags[key] for key in ("addr:postcode", "addr:city") if key in tags)
    return ", ".join(part for part in (street, town) if part) or None


def _twins(frame: pd.DataFrame) -> pd.Series:
    """Rows that are another row again: node and area of one office.

    Of two, the named one stays, then the one with more filled columns, then the one
    with the smaller id.
    """
    filled = frame.notna().sum(axis=1)
    rank = sorted(
        range(len(frame)),
        key=lambda one: (
            not frame["_named"].iloc[one],
            -int(filled.iloc[one]),
            frame["facility_id"].iloc[one],
        ),
    )
    lat_0 = float(frame["lat"].mean())
    x, y = within.metres(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float), lat_0)
    gone = np.zeros(len(frame), dtype=bool)
    kinds, names = frame["_kind"].to_numpy(), frame["name"].to_numpy()
    named, ids = frame["_named"].to_numpy(), frame["facility_id"].to_numpy()
    for place, one in enumerate(rank):
        if gone[one]:
            continue
        for other in rank[place + 1 :]:
            near = np.hypot(x[one] - x[other], y[one] - y[other]) <= SAME_M
            if near and kinds[one] == kinds[other] and ids[one][0] != ids[other][0]:
                same = not named[other] or names[one].casefold() == names[other].casefold()
                gone[other] |= same
    return pd.Series(gone, index=frame.index)
