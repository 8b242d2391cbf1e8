"""A route in words: one sentence per step, as a clerk would tell the way.

Names of streets are what the map data say, untouched: a page that shows these
sentences as HTML makes them safe first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicemap.words import say

if TYPE_CHECKING:
    from servicemap.routing.routes import Leg, Route, Step
    from servicemap.study import Language

VERBS = {
    "walk": "walk",
    "bike": "ride",
    "ebike": "ride",
    "motorcycle": "ride",
    "drive": "drive",
}
COMPASS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
KILOMETRE_M = 1_000
HUNDRED_M = 100
LEAST_LEG_M = 1.0  # nobody is told to walk less than this


def length_text(metres: float, language: Language) -> str:
    """Write a length as one says it: 45 m, 240 m, 1.3 km."""
    if metres < HUNDRED_M:
        return say("map.metres", language, metres=max(5, 5 * round(metres / 5)))
    tens = 10 * round(metres / 10)
    if tens < KILOMETRE_M:
        return say("map.metres", language, metres=tens)
    return say("map.kilometres", language, kilometres=f"{metres / KILOMETRE_M:.1f}")


def step_text(
    step: Step, mode: str, language: Language, place: str | None = None, street: str = ""
) -> str:
    """One step as a sentence.

    Parameters
    ----------
    step
        A step of a route.
    mode
        How one travels; modes of a study's own are told by the word before their
        first underscore (``walk_elderly``: walk), else neutrally.
    language
        Of the sentence.
    place
        What the destination is called; "the destination" unless told.
    street
        Name of the street on which one comes.
    """
    if step.turn == "arrive":
        return say(f"route.arrive.{step.side}", language, place=_place(place, language))
    verb = VERBS.get(mode, VERBS.get(mode.partition("_")[0], "go"))
    length = length_text(step.length_m, language)
    named = "named" if step.name else "unnamed"
    if step.turn == "depart":
        compass = COMPASS[round(step.heading_deg / 45.0) % len(COMPASS)]
        return say(
            f"route.depart.{named}",
            language,
            verb=say(f"route.verb.{verb}", language),
            compass=say(f"route.compass.{compass}", language),
            street=step.name,
            length=length,
        )
    if step.name and step.name == street:
        named = "same"
    return say(
        f"route.turn.{named}.{step.turn}",
        language,
        street=step.name,
        distance=say(f"route.on.{verb}", language, length=length),
    )


def route_text(
    route: Route, mode: str, language: Language, place: str | None = None
) -> list[str]:
    """Describe the whole way from door to door, one sentence per item.

    Parameters
    ----------
    route, mode, language, place
        As in `step_text`. Straight legs shorter than a metre are not told.
    """
    before, after = route.legs
    told = [*_leg(before, "route.leg.out", language, place)]
    steps = route.steps
    if route.at_m[-1] < LEAST_LEG_M:  # one stands at the destination's door already
        steps = steps[-1:]
    streets = ["", *(step.name for step in steps)]
    told += [
        step_text(step, mode, language, place, street)
        for step, street in zip(steps, streets, strict=False)
    ]
    told += _leg(after, "route.leg.in", language, place)
    return told


def _leg(leg: Leg, key: str, language: Language, place: str | None) -> list[str]:
    if not leg.length_m >= LEAST_LEG_M:
        return []
    length = length_text(leg.length_m, language)
    return [say(key, language, length=length, place=_place(place, language))]


def _place(place: str | None, language: Language) -> str:
    return place if place is not None else say("route.destination", language)
