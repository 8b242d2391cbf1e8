"""The page of the OpenStreetMap wiki on which a rule is described."""

from __future__ import annotations

WIKI = "https://wiki.openstreetmap.org/wiki/"
# keys whose page is another one than Key:<key>
OTHER_PAGES = {
    "motor_vehicle": "Key:access",
    "motorcar": "Key:access",
    "motorcycle": "Key:access",
    "vehicle": "Key:access",
    "construction": "Lifecycle_prefix",
    "proposed": "Lifecycle_prefix",
    "abandoned": "Lifecycle_prefix",
    "disused": "Lifecycle_prefix",
    "razed": "Lifecycle_prefix",
    "demolished": "Lifecycle_prefix",
    "route": "Tag:route=ferry",
}
# names of rules that are no `key=value`
NAMED = {
    "ferry_off": "Tag:route=ferry",
    "not_a_road": "Key:highway",
    "highway=other": "Key:highway",
    "barrier=other": "Key:barrier",
    "open": None,
    "closure": None,  # of the study's own
}


def page_of(rule: str) -> str | None:
    """Address of the page; None for a rule of no page.

    Parameters
    ----------
    rule
        As `servicemap.roads.profiles.WayUse` and ``NodeUse`` name it.
    """
    if rule in NAMED:
        page = NAMED[rule]
        return None if page is None else f"{WIKI}{page}"
    key, equals, value = rule.partition("=")
    stem = key.partition(":")[0]
    if not equals:
        return None if not stem else f"{WIKI}Key:{stem}"
    if stem in OTHER_PAGES:
        return f"{WIKI}{OTHER_PAGES[stem]}"
    if stem in ("highway", "barrier", "man_made", "railway", "junction"):
        return f"{WIKI}Tag:{stem}={value}"
    return f"{WIKI}Key:{stem}"
