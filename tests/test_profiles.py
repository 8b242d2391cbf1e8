"""What a mode may use and how fast: tags in, one verdict out."""

from __future__ import annotations

import math
import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicemap.errors import InputError
from servicemap.roads import conditional, profile_files
from servicemap.roads.profiles import ROAD_KEYS, fingerprint, load
from servicemap.roads.quantities import duration_s, speed_kph
from servicemap.words import table

MODES = (
    "walk",
    "walk_elderly",
    "bike",
    "ebike",
    "ebike_20",
    "ebike_25",
    "motorcycle",
    "drive",
)
P = load(MODES)
WEDNESDAY_8 = datetime(2026, 3, 4, 8, 0)  # noqa: DTZ001 - tags speak of local time
SATURDAY_8 = datetime(2026, 3, 7, 8, 0)  # noqa: DTZ001


def tags(text: str) -> dict[str, str]:
    """``"highway=service access=no"`` as a dict; ``_`` in values stands for itself."""
    return dict(pair.split("=", 1) for pair in text.split())


def way(mode: str, text: str, **more):
    return P[mode].way(tags(text), **more)


def modes_allowed(text: str) -> str:
    """The initials of those who may use a way: w(alk), b(ike), m(otorcycle), d(rive)."""
    use = {"w": "walk", "b": "bike", "m": "motorcycle", "d": "drive"}
    return "".join(
        short
        for short, mode in use.items()
        if way(mode, text).forward or way(mode, text).backward
    )


@pytest.mark.parametrize(
    ("text", "who"),
    [
        # classes (OSM_tags_for_routing/Access_restrictions)
        ("highway=motorway", "md"),
        ("highway=motorway_link", "md"),
        ("highway=trunk", "wbmd"),
        ("highway=primary", "wbmd"),
        ("highway=residential", "wbmd"),
        ("highway=living_street", "wbmd"),
        ("highway=service service=driveway", "wbmd"),
        ("highway=road", "wbmd"),
        ("highway=track", "wbmd"),
        ("highway=path", "wb"),
        ("highway=cycleway", "wb"),
        ("highway=footway", "wb"),
        ("highway=pedestrian", "wb"),
        ("highway=steps", "wb"),
        ("highway=bridleway", "w"),
        ("highway=corridor", "w"),
        ("highway=elevator", "w"),
        ("highway=platform", "wb"),
        ("man_made=pier", "wb"),
        ("railway=platform", "wb"),
        ("public_transport=platform", "wb"),
        # nobody's
        ("highway=busway", ""),
        ("highway=bus_guideway", ""),
        ("highway=raceway", ""),
        ("highway=escape", ""),
        ("highway=via_ferrata", ""),
        ("highway=services", ""),
        ("highway=rest_area", ""),
        ("highway=construction construction=primary", ""),
        ("highway=proposed", ""),
        ("highway=abandoned", ""),
        ("highway=residential construction=yes", ""),
        ("disused:highway=residential", ""),
        ("abandoned:highway=track", ""),
        ("highway=nonsense", ""),
        ("waterway=river", ""),
        ("route=ferry", ""),
        # Key:access: the special key beats the general one
        ("highway=service access=private", ""),
        ("highway=service access=no foot=yes", "w"),
        ("highway=service access=no bicycle=yes", "b"),
        ("highway=service access=no motor_vehicle=yes", "md"),
        ("highway=service motor_vehicle=no motorcar=yes", "wbd"),
        ("highway=service vehicle=no", "w"),
        ("highway=service vehicle=no bicycle=yes", "wb"),
        ("highway=service motor_vehicle=no", "wb"),
        ("highway=service motorcycle=no", "wbd"),
        ("highway=service motorcar=no", "wbm"),
        ("highway=track motor_vehicle=agricultural", "wb"),
        ("highway=track motor_vehicle=agricultural;forestry", "wb"),
        ("highway=track vehicle=forestry", "w"),
        ("highway=service access=delivery", ""),
        ("highway=service access=permit", ""),
        ("highway=service access=customers", "wbmd"),
        ("highway=residential motor_vehicle=destination", "wbmd"),
        ("highway=service access=unknown", "wbmd"),
        ("highway=service access=private;customers", "wbmd"),
        ("highway=service access=no bus=yes", ""),
        ("highway=service access=no psv=designated", ""),
        ("highway=service service=emergency_access", "wb"),
        ("highway=secondary bicycle=use_sidepath", "wmd"),
        ("highway=secondary foot=use_sidepath", "bmd"),
        ("highway=trunk toll=yes", "wbmd"),
        # a general yes opens nothing that the class closes; a special one does
        ("highway=footway access=yes", "wb"),
        ("highway=footway motor_vehicle=yes", "wbmd"),
        ("highway=pedestrian motor_vehicle=destination", "wbmd"),
        ("highway=motorway access=yes", "md"),
        ("highway=motorway foot=yes", "wmd"),
        # Key:sidewalk, Key:motorroad
        ("highway=motorway sidewalk=right", "wmd"),
        ("highway=trunk motorroad=yes", "md"),
        ("highway=trunk motorroad=yes foot=yes", "wmd"),
        ("highway=trunk sidewalk=no", "wbmd"),
        # Key:area, Key:barrier on ways
        ("highway=pedestrian area=yes", "wb"),
        ("highway=service area=yes", "wb"),
        ("highway=service barrier=block", "wb"),
        ("highway=service barrier=retaining_wall", "wbmd"),
        ("barrier=wall", ""),
        # Key:ice_road, Key:winter_road: no road for most of the year
        ("highway=unclassified ice_road=yes", ""),
        ("highway=track winter_road=yes", ""),
        ("highway=track winter_road=no", "wbmd"),
        # Key:vehicle binds those who ride; who pushes a bicycle is on foot
        ("highway=pedestrian vehicle=no", "wb"),
        ("highway=footway access=no foot=yes", "wb"),
        ("highway=footway access=private", ""),
        ("highway=pedestrian vehicle=no foot=no", ""),
        ("highway=pedestrian bicycle=no", "w"),
        # surfaces that stop somebody
        # Key:tracktype speaks of firmness, not of access
        ("highway=track tracktype=grade5", "wbmd"),
        ("highway=track smoothness=very_horrible", "wbm"),
        ("highway=track smoothness=impassable", "w"),
        ("highway=track ford=yes", "wbmd"),
        ("highway=track ford=boat", ""),
        ("highway=path ford=stepping_stones", "w"),
        ("highway=path sac_scale=alpine_hiking", ""),
    ],
)
def test_a_way_is_open_to_those_whom_the_wiki_lets_in(text, who):
    assert modes_allowed(text) == who


@pytest.mark.parametrize(
    ("text", "who"),
    [
        # Key:maxwidth, Key:width, Key:maxheight, Key:maxweight
        ("highway=path motor_vehicle=yes width=1.5", "wbm"),
        ("highway=track width=1.9", "wbmd"),
        ("highway=track width=0.8 motor_vehicle=yes", "wb"),
        ("highway=residential maxwidth=1.8m", "wbm"),
        ("highway=residential maxwidth=6'", "wbm"),
        ("highway=residential maxwidth=6'6\"", "wbmd"),
        ("highway=residential maxwidth=narrow", "wbmd"),
        ("highway=residential maxwidth=2;1.7", "wbm"),
        ("highway=residential maxheight:physical=1.9", "wbm"),
        ("highway=residential maxheight=default", "wbmd"),
        ("highway=residential maxweight=3.5t", "wbmd"),
        ("highway=residential maxweight=1500kg", "wbm"),
        ("highway=residential maxweight=-3", "wbmd"),
    ],
)
def test_a_way_is_closed_to_those_who_do_not_fit(text, who):
    assert modes_allowed(text) == who


def test_cars_stop_at_a_gap_that_is_too_narrow_for_them():
    gap = tags("barrier=width_restrictor maxwidth=1.6 motor_vehicle=yes")
    assert P["drive"].node(gap).rule == "maxwidth"
    assert not P["drive"].node(gap).passable
    assert P["motorcycle"].node(gap).passable
    # the width of a gate post says nothing of the gap beside it
    assert P["drive"].node(tags("barrier=gate width=0.2")).passable


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("highway=path motor_vehicle=yes width=1.5", "width"),
        ("highway=service access=private", "access=private"),
        ("highway=track motor_vehicle=agricultural", "motor_vehicle=agricultural"),
        ("highway=footway", "highway=footway"),
        ("highway=construction", "highway=construction"),
        ("highway=zigzag", "highway=other"),
        ("highway=track smoothness=impassable", "smoothness=impassable"),
        ("highway=service barrier=bollard", "barrier=bollard"),
        ("highway=service barrier=unheard_of", "barrier=other"),
        ("highway=primary oneway=reversible", "oneway=reversible"),
        ("route=ferry motor_vehicle=yes", "ferry_off"),
        ("natural=water", "not_a_road"),
    ],
)
def test_a_way_left_out_names_the_rule_that_closed_it(text, rule):
    use = way("drive", text)
    assert not use.forward
    assert not use.backward
    assert use.rule == rule


def test_access_for_visitors_is_used_and_counted():
    use = way("drive", "highway=residential motor_vehicle=destination")
    assert (use.forward, use.rule) == (True, "motor_vehicle=destination")
    assert use.notes == ("motor_vehicle=destination",)


# --- directions ---------------------------------------------------------------


def arrows(mode: str, text: str, **more) -> str:
    use = way(mode, text, **more)
    return (">" if use.forward else "") + ("<" if use.backward else "")


@pytest.mark.parametrize(
    ("text", "drive", "bike", "walk"),
    [
        ("oneway=yes", ">", ">", "><"),
        ("oneway=true", ">", ">", "><"),
        ("oneway=1", ">", ">", "><"),
        ("oneway=-1", "<", "<", "><"),
        ("oneway=reverse", "<", "<", "><"),
        ("oneway=no", "><", "><", "><"),
        ("oneway=alternating", "><", "><", "><"),
        ("oneway=reversible", "", "", "><"),
        ("oneway=nonsense", "><", "><", "><"),
        ("junction=roundabout", ">", ">", "><"),
        ("junction=circular", ">", ">", "><"),
        ("junction=roundabout oneway=-1", "<", "<", "><"),
        ("junction=roundabout oneway=no", "><", "><", "><"),
        # Key:oneway:bicycle, Key:cycleway
        ("oneway=yes oneway:bicycle=no", ">", "><", "><"),
        ("oneway=yes oneway:bicycle=-1", ">", "<", "><"),
        ("oneway=yes cycleway=opposite", ">", "><", "><"),
        ("oneway=yes cycleway=opposite_lane", ">", "><", "><"),
        ("oneway=yes cycleway:left=opposite_track", ">", "><", "><"),
        ("oneway=yes cycleway:left=lane", ">", ">", "><"),
        ("oneway=yes cycleway:left:oneway=no", ">", "><", "><"),
        ("oneway=yes cycleway:left:oneway=-1", ">", "><", "><"),
        ("oneway=yes cycleway:right:oneway=yes", ">", ">", "><"),
        # a lane drawn as a way of its own, or none, opens nothing on the street
        ("oneway=yes cycleway:left=separate cycleway:left:oneway=-1", ">", ">", "><"),
        ("oneway=yes cycleway:right=no cycleway:right:oneway=no", ">", ">", "><"),
        ("oneway=yes cycleway:left=track cycleway:left:oneway=-1", ">", "><", "><"),
        ("oneway=-1 cycleway=opposite", "<", "><", "><"),
        # by vehicle
        ("oneway=yes oneway:motor_vehicle=no", "><", ">", "><"),
        ("oneway:motor_vehicle=yes", ">", "><", "><"),
        ("oneway=yes oneway:foot=yes", ">", ">", ">"),
        # access by direction (Forward_&_backward,_left_&_right)
        ("motor_vehicle:backward=no", ">", "><", "><"),
        ("vehicle:forward=no", "<", "<", "><"),
        ("oneway=yes bicycle:backward=yes", ">", "><", "><"),
        ("access=no motor_vehicle:forward=yes", ">", "", ""),
    ],
)
def test_a_street_is_open_in_the_tagged_directions(text, drive, bike, walk):
    street = f"highway=residential {text}"
    assert [arrows(mode, street) for mode in ("drive", "bike", "walk")] == [
        drive,
        bike,
        walk,
    ]


def test_a_motorway_is_one_way_and_its_ramp_is_not_unless_tagged():
    assert arrows("drive", "highway=motorway") == ">"
    assert arrows("drive", "highway=motorway oneway=no") == "><"
    assert arrows("drive", "highway=motorway_link") == "><"
    assert arrows("drive", "highway=motorway_link oneway=yes") == ">"


@pytest.mark.parametrize(
    ("text", "open_to_walkers"),
    [
        ("highway=footway oneway=yes", ">"),
        ("highway=steps oneway=-1", "<"),
        ("highway=footway oneway=yes bicycle=yes", "><"),
        ("highway=path oneway=yes", "><"),
        ("highway=path oneway=yes bicycle=no", ">"),
        ("highway=cycleway oneway=yes", "><"),
        ("highway=steps conveying=forward", ">"),
        ("highway=steps conveying=backward", "<"),
        ("highway=steps conveying=yes", "><"),
    ],
)
def test_plain_oneway_binds_walkers_only_where_nobody_else_goes(text, open_to_walkers):
    assert arrows("walk", text) == open_to_walkers


def test_a_pushed_bicycle_goes_as_a_pedestrian_and_not_where_walking_is_forbidden():
    assert way("bike", "highway=footway").forward_kph == 4.0
    assert arrows("bike", "highway=pedestrian oneway=yes") == "><"
    assert arrows("bike", "highway=steps conveying=forward") == ">"
    assert way("bike", "highway=pedestrian foot=no").rule == "foot=no"
    assert way("bike", "highway=residential bicycle=dismount").forward_kph == 4.0
    assert way("drive", "highway=residential motor_vehicle=dismount").rule.endswith(
        "dismount"
    )


def test_an_ebike_is_not_carried_up_steps():
    assert way("bike", "highway=steps").forward_kph == 2.0
    assert not way("ebike", "highway=steps").forward


def test_an_ebike_is_pushed_up_steps_with_a_ramp():
    for ramp in ("ramp=yes", "ramp:bicycle=yes", "ramp:wheelchair=yes"):
        use = way("ebike", f"highway=steps {ramp}")
        assert (use.forward_kph, use.backward_kph) == (2.0, 2.0)
    assert not way("ebike", "highway=steps ramp:stroller=yes").forward
    assert not way("ebike", "highway=steps ramp:bicycle=no").forward
    assert way("ebike", "highway=steps ramp=yes foot=no").rule == "foot=no"
    assert not way("ebike", "highway=motorway_link ramp=yes").forward


def test_a_bicycle_is_pushed_where_a_mountain_path_slows_walkers_and_then_left_at_home():
    assert way("bike", "highway=path sac_scale=hiking").forward_kph == 12.0
    assert way("bike", "highway=path sac_scale=mountain_hiking").forward_kph == 4.0
    rule = way("bike", "highway=path sac_scale=demanding_mountain_hiking").rule
    assert rule == "sac_scale=demanding_mountain_hiking"


@given(
    mode=st.sampled_from(MODES),
    highway=st.sampled_from(
        ["primary", "residential", "footway", "steps", "motorway", "path"]
    ),
    more=st.sampled_from(
        ["", " bicycle=no", " cycleway=opposite", " foot=no", " tracktype=grade4"]
    ),
)
def test_oneway_minus_one_mirrors_oneway_yes(mode, highway, more):
    text = f"highway={highway}{more}"
    one, other = way(mode, f"{text} oneway=yes"), way(mode, f"{text} oneway=-1")
    assert (one.forward, one.forward_kph) == (other.backward, other.backward_kph)
    assert (one.backward, one.backward_kph) == (other.forward, other.forward_kph)


# --- speeds -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kph"),
    [
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("50kmh", 50.0),
        ("30 mph", 30 * 1.609344),
        ("30mph", 30 * 1.609344),
        ("10 knots", 18.52),
        ("50;80", 50.0),
        ("none", math.inf),
        ("walk", 7.0),
        ("CN:urban", 50.0),
        ("CN:rural", 70.0),
        ("DE:rural", 100.0),
        ("PT:motorway", 120.0),
        ("DE:zone:30", 30.0),
        ("DE:zone30", 30.0),
        ("DE:30", 30.0),
        ("cn:urban", 50.0),
        ("HU:rural", 90.0),
        ("BE-BRU:urban", 30.0),
        ("XX:urban", None),
        ("signals", None),
        ("variable", None),
        ("0", None),
        ("-50", None),
        ("5000", None),
        ("fifty", None),
        ("", None),
    ],
)
def test_a_speed_limit_is_read_with_its_unit(text, kph):
    codes = P["drive"].rules.implicit_kph
    assert speed_kph(text, codes) == (None if kph is None else pytest.approx(kph))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:20", 1200.0),
        ("1:05:30", 3930.0),
        ("20", 1200.0),
        ("7.5 min", 450.0),
        ("PT1H30M", 5400.0),
        ("P1DT2H", 93600.0),
        ("PT45S", 45.0),
        ("0", None),
        ("PT", None),
        ("soon", None),
    ],
)
def test_a_duration_is_read_in_all_its_spellings(text, seconds):
    assert duration_s(text) == seconds


def test_without_a_limit_the_class_gives_the_speed_and_says_so():
    use = way("drive", "highway=tertiary")
    assert (use.forward_kph, use.assumed) == (38.0, True)
    assert way("drive", "highway=tertiary maxspeed=signals").assumed


def test_a_limit_gives_its_share_but_not_less_than_the_class():
    fast = way("drive", "highway=tertiary maxspeed=80")
    assert (fast.forward_kph, fast.assumed) == (pytest.approx(0.70 * 80), False)
    assert way("drive", "highway=tertiary maxspeed=50").forward_kph == 38.0
    assert way("drive", "highway=tertiary maxspeed=20").forward_kph == 20.0


@given(limit=st.integers(1, 150), more=st.integers(0, 50))
def test_a_higher_limit_never_makes_slower_and_is_never_exceeded(limit, more):
    low = way("drive", f"highway=secondary maxspeed={limit}").forward_kph
    high = way("drive", f"highway=secondary maxspeed={limit + more}").forward_kph
    assert low <= high
    assert low <= limit


def test_the_most_special_limit_counts_and_each_direction_has_its_own():
    use = way(
        "drive", "highway=trunk maxspeed=100 maxspeed:backward=60 maxspeed:motorcar=90"
    )
    assert use.forward_kph == pytest.approx(0.85 * 90)
    both = way("drive", "highway=trunk maxspeed:forward=100 maxspeed:backward=60")
    assert (both.forward_kph, both.backward_kph) == (85.0, 60.0)


@pytest.mark.parametrize("key", ["maxspeed:type", "zone:maxspeed", "zone:traffic"])
def test_what_stands_behind_a_limit_is_asked_where_none_is_tagged(key):
    use = way("drive", f"highway=secondary {key}=DE:rural")
    assert (use.forward_kph, use.assumed) == (pytest.approx(74.0), False)
    use = way("drive", f"highway=secondary maxspeed=30 {key}=DE:rural")
    assert use.forward_kph == 30.0
    assert way("drive", "highway=secondary zone:maxspeed=DE:30").forward_kph == 30.0


def test_no_limit_means_the_class_and_a_code_means_its_country():
    assert way("drive", "highway=motorway maxspeed=none").forward_kph == 95.0
    assert way("drive", "highway=primary maxspeed:type=CN:rural").forward_kph == 55.0
    assert not way("drive", "highway=primary maxspeed:type=CN:rural").assumed


def test_surface_smoothness_and_grade_slow_down():
    assert way("drive", "highway=tertiary surface=gravel").forward_kph == 35.0
    assert way("drive", "highway=tertiary surface=asphalt;mud").forward_kph == 8.0
    assert way("drive", "highway=tertiary smoothness=very_bad").forward_kph == 20.0
    grades = [
        way("drive", f"highway=track tracktype=grade{n}").forward_kph for n in range(1, 5)
    ]
    assert grades == sorted(grades, reverse=True)
    assert way("bike", "highway=track tracktype=grade5").forward_kph == 8.0


def test_a_car_crawls_through_lots_and_driveways():
    aisle = way("drive", "highway=service service=parking_aisle").forward_kph
    assert aisle < way("drive", "highway=service").forward_kph
    assert way("drive", "highway=service service=drive-through").forward_kph == 5.0


def test_walkers_keep_their_pace_whatever_the_limit():
    assert way("walk", "highway=primary maxspeed=20").forward_kph == 5.0
    assert way("walk", "highway=steps").forward_kph == 3.0
    assert way("walk_elderly", "highway=primary").forward_kph == 3.2
    assert P["walk_elderly"].leg_kph == 3.2
    assert P["drive"].leg_kph == 5.0


def test_ebikes_differ_in_top_speed_and_obey_limits():
    speeds = [
        way(mode, "highway=secondary").forward_kph
        for mode in ("ebike", "ebike_20", "ebike_25")
    ]
    assert speeds == [15.0, 20.0, 25.0]
    assert way("ebike_25", "highway=living_street maxspeed=10").forward_kph == 10.0


def test_a_motorcycle_is_held_to_eighty():
    assert way("motorcycle", "highway=motorway maxspeed=120").forward_kph == 80.0


# --- ferries ------------------------------------------------------------------


@pytest.fixture(scope="module")
def by_ferry(tmp_path_factory):
    file = tmp_path_factory.mktemp("profiles") / "modes.toml"
    file.write_text('[boat]\nextends = "walk"\nferry = true\n', encoding="utf-8")
    return load(["boat"], file)["boat"]


def test_ferries_are_off_until_a_profile_turns_them_on(by_ferry):
    crossing = tags("route=ferry duration=00:20")
    assert P["walk"].way(crossing).rule == "ferry_off"
    use = by_ferry.way(crossing, length_m=3_000.0)
    assert use.ferry
    assert not use.snappable
    assert (use.forward_kph, use.assumed) == (pytest.approx(9.0), False)


def test_a_ferry_without_a_usable_duration_has_the_assumed_speed(by_ferry):
    assert by_ferry.way(tags("route=ferry"), length_m=3_000.0).forward_kph == 10.0
    odd = by_ferry.way(tags("route=ferry duration=00:01"), length_m=30_000.0)
    assert (odd.forward_kph, odd.assumed, odd.notes) == (
        10.0,
        True,
        ("ferry_duration_odd",),
    )
    assert not by_ferry.way(tags("route=ferry foot=no")).forward


# --- snapping -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "snappable"),
    [
        ("highway=residential", True),
        ("highway=residential tunnel=yes", False),
        ("highway=residential tunnel=building_passage", True),
        ("highway=residential bridge=yes", False),
        ("highway=residential bridge=viaduct", False),
        ("highway=residential bridge=no", True),
        ("highway=motorway", False),
        ("highway=motorway_link", False),
        ("highway=trunk_link", False),
        ("highway=trunk", True),
        ("highway=primary_link", True),
    ],
)
def test_points_meet_the_road_where_a_door_can_open_onto_it(text, snappable):
    assert way("drive", text).snappable is snappable


# --- nodes --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("highway=crossing", "wbmd"),
        ("barrier=gate", "wbmd"),
        ("barrier=lift_gate", "wbmd"),
        ("barrier=gate locked=yes", ""),
        ("barrier=gate locked=yes foot=yes", "w"),
        ("barrier=gate access=private", ""),
        ("barrier=gate access=no foot=yes", "w"),
        ("barrier=gate motor_vehicle=private", "wb"),
        ("barrier=bollard", "wbm"),
        ("barrier=bollard access=yes", "wbm"),
        ("barrier=bollard motor_vehicle=yes", "wbmd"),
        ("barrier=bollard motorcycle=no", "wb"),
        ("barrier=block", "wb"),
        ("barrier=jersey_barrier", "wb"),
        ("barrier=cycle_barrier", "wb"),
        ("barrier=kissing_gate", "w"),
        ("barrier=stile", "w"),
        ("barrier=turnstile", "w"),
        ("barrier=cattle_grid", "wbmd"),
        ("barrier=border_control", "wbmd"),
        ("barrier=toll_booth", "wbmd"),
        ("barrier=entrance", "wbmd"),
        ("barrier=coupure", "wbmd"),
        ("barrier=kerb", "wbmd"),
        ("barrier=wall", ""),
        ("barrier=fence foot=yes", "w"),
        ("barrier=unheard_of", "wb"),
        ("ford=yes", "wbmd"),
        ("ford=stepping_stones", "w"),
        ("ford=boat", ""),
        # what is no barrier does not close the road beside it
        ("amenity=parking access=private", "wbmd"),
    ],
)
def test_a_node_lets_through_whom_its_barrier_lets_through(text, who):
    use = {"w": "walk", "b": "bike", "m": "motorcycle", "d": "drive"}
    assert "".join(s for s, mode in use.items() if P[mode].node(tags(text)).passable) == who


def test_a_stopped_node_names_its_rule():
    assert P["drive"].node(tags("barrier=bollard")).rule == "barrier=bollard"
    assert P["drive"].node(tags("barrier=gate locked=yes")).rule == "locked=yes"


def test_a_city_can_put_its_own_delay_at_lights(tmp_path):
    file = tmp_path / "modes.toml"
    file.write_text('[drive.delays]\n"highway=traffic_signals" = 25\n', encoding="utf-8")
    lights = tags("highway=traffic_signals")
    assert load(["drive"], file)["drive"].node(lights).delay_s == 25.0


@pytest.mark.parametrize(
    ("text", "walk_s", "bike_s", "drive_s"),
    [
        ("highway=traffic_signals", 10, 11, 11),
        ("highway=crossing crossing=traffic_signals", 20, 0, 0),
        ("highway=traffic_signals crossing=traffic_signals", 20, 11, 11),
        ("highway=crossing crossing=zebra", 0, 0, 0),
        ("highway=stop", 0, 0, 2),
        ("highway=give_way", 0, 0, 1),
        ("railway=level_crossing", 0, 0, 5),
        ("barrier=toll_booth", 0, 0, 15),
    ],
)
def test_lights_signs_and_crossings_cost_time(text, walk_s, bike_s, drive_s):
    modes = {"walk": walk_s, "bike": bike_s, "ebike": bike_s, "drive": drive_s}
    assert {mode: P[mode].node(tags(text)).delay_s for mode in modes} == modes


@pytest.mark.parametrize(
    ("text", "forward", "backward"),
    [
        ("traffic_signals:direction=forward", True, False),
        ("traffic_signals:direction=backward direction=backward", False, True),
        ("direction=backward", False, True),
        ("direction=both", True, True),
        ("direction=NE", True, True),
        ("traffic_signals=signal", True, True),
    ],
)
def test_a_light_may_stand_for_one_direction_only(text, forward, backward):
    use = P["drive"].node(tags(f"highway=traffic_signals {text}"))
    assert (use.forward, use.backward) == (forward, backward)
    # whoever crosses on foot waits either way
    assert P["walk"].node(tags(f"highway=traffic_signals {text}")).forward


# --- conditional tags ---------------------------------------------------------

RUSH = {"highway": "residential", "motor_vehicle:conditional": "no @ (Mo-Fr 07:00-09:00)"}


def test_a_conditional_ban_holds_in_its_hours_only():
    assert P["drive"].way(RUSH, when=WEDNESDAY_8).rule == "motor_vehicle=no"
    assert P["drive"].way(RUSH, when=SATURDAY_8).forward


def test_without_a_moment_conditional_tags_are_left_out_and_counted():
    use = P["drive"].way(RUSH)
    assert (use.forward, use.notes) == (True, ("conditional_skipped",))


def test_a_condition_that_cannot_be_read_changes_nothing_and_is_counted():
    strange = {**RUSH, "motor_vehicle:conditional": "no @ (sunset-sunrise)"}
    use = P["drive"].way(strange, when=WEDNESDAY_8)
    assert (use.forward, use.notes) == (True, ("conditional_unread",))


def test_conditions_may_open_turn_and_slow():
    school = {"highway": "service", "access": "no", "access:conditional": "yes @ (Mo-Fr)"}
    assert P["walk"].way(school, when=WEDNESDAY_8).forward
    assert not P["walk"].way(school, when=SATURDAY_8).forward
    tidal = {"highway": "primary", "oneway": "reversible"}
    tidal["oneway:conditional"] = "yes @ (06:00-12:00); -1 @ (12:00-22:00)"
    use = P["drive"].way(tidal, when=WEDNESDAY_8)
    assert (use.forward, use.backward) == (True, False)
    zone = {
        "highway": "primary",
        "maxspeed": "60",
        "maxspeed:conditional": "30 @ (07:30-08:30)",
    }
    assert P["drive"].way(zone, when=WEDNESDAY_8).forward_kph == 30.0


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ("Mo-Fr 07:00-09:00", True),
        ("Mo-Fr 08:00-09:00", True),
        ("Mo-Fr 07:00-08:00", False),  # the end is not part of it
        ("Mo,We 07:00-09:00", True),
        ("Sa-Tu", False),
        ("Fr-We", True),
        ("07:00-09:00,16:00-18:00", True),
        ("22:00-06:00", False),
        ("22:00-09:00", True),
        ("Tu 22:00-09:00", True),  # Tuesday night ends on Wednesday morning
        ("We 22:00-09:00", False),
        ("Mo-Fr 09:00-10:00; We 07:30-08:30", True),
        ("24/7", True),
        ("Mar", True),
        ("Nov-Mar", True),
        ("Apr-Oct", False),
        ("Dec 15-Mar 4", True),
        ("Dec 15-Mar 3", False),
        ("Mar 1-10", True),
        ("Mar 4", True),
        ("2026", True),
        ("2027", False),
        ("2026 Mar 1-2026 Apr 1", True),
        ("2025 Mar 1-2025 Apr 1", False),
        ("2025 Dec 1-2026 Mar 31 Mo-Fr 07:00-09:00", True),
        ("Mo-Fr AND 07:00-09:00", True),
        ("Sa AND 07:00-09:00", False),
        ("PH", None),
        # no moment is a holiday
        ("Mo-Fr 07:00-09:00; PH off", True),
        ("Mo-Fr 16:00-18:00; SH,PH off", False),
        ("Su,PH 07:00-19:00", False),
        ("PH,We 07:00-19:00", True),
        ("We 07:00-09:00; PH 10:00-12:00", True),
        ("Sa 07:00-09:00; PH 10:00-12:00", None),
        ("PH off", None),
        ("SH Mo-Fr 07:00-09:00", None),
        ("sunrise-sunset", None),
        ("weight>3.5", None),
        ("wet", None),
        ("25:00-26:00", None),
        ("0700-0900", None),
        ("", None),
    ],
)
def test_a_condition_on_wednesday_the_fourth_of_march_at_eight(condition, answer):
    assert conditional.holds(condition, WEDNESDAY_8) is answer


def test_the_last_clause_that_holds_counts():
    assert conditional.read("no @ (Mo-Fr); yes @ (07:00-09:00)", WEDNESDAY_8) == (
        "yes",
        False,
    )
    assert conditional.read("no @ Mo-Fr; yes @ Sa", WEDNESDAY_8) == ("no", False)
    assert conditional.read("no", WEDNESDAY_8) == (None, True)


# --- laws ---------------------------------------------------------------------

KNOWN_TEXT = sorted(
    {
        word
        for table_ in profile_files.built_in().values()
        for part in table_.values()
        if isinstance(part, dict)
        for values in part.values()
        if isinstance(values, list)
        for word in values
    }
    | {
        "residential",
        "footway",
        "ferry",
        "no @ (Mo-Fr 07:00-09:00)",
        "50",
        "PT20M",
        "roundabout",
    }
)
KEYS = [
    *sorted(ROAD_KEYS),
    "oneway:bicycle",
    "motor_vehicle:conditional",
    "maxspeed:forward",
    "oneway:conditional",
    "bicycle:backward",
    "cycleway:left:oneway",
]
ANY_TAGS = st.dictionaries(
    st.sampled_from(KEYS) | st.text(max_size=8),
    st.sampled_from(KNOWN_TEXT) | st.text(max_size=20),
    max_size=8,
)


@given(ANY_TAGS, st.sampled_from(MODES), st.none() | st.datetimes(datetime(1990, 1, 2)))  # noqa: DTZ001
def test_any_tags_get_a_verdict_and_what_is_allowed_moves(some, mode, when):
    before = dict(some)
    profile = P[mode]
    use = profile.way(some, when=when, length_m=100.0)
    assert some == before
    assert use.forward == (use.forward_kph > 0)
    assert use.backward == (use.backward_kph > 0)
    assert max(use.forward_kph, use.backward_kph) <= (
        90.0 if use.ferry else profile.max_kph
    )
    assert use.rule
    assert not (use.snappable and not (use.forward or use.backward))
    assert profile.node(some, when=when).delay_s >= 0
    assert profile.way(some, when=when, length_m=100.0) == use


@given(ANY_TAGS, st.sampled_from(MODES))
def test_names_and_other_tags_outside_the_road_keys_change_nothing(some, mode):
    kept = {key: value for key, value in some.items() if key.split(":")[0] in ROAD_KEYS}
    assert P[mode].way(kept, length_m=100.0) == P[mode].way(some, length_m=100.0)
    assert P[mode].node(kept) == P[mode].node(some)


@given(st.text(max_size=60))
def test_whatever_stands_in_a_tag_is_read_as_a_sound_value_or_as_none(text):
    limit = speed_kph(text, P["drive"].rules.implicit_kph)
    assert limit is None or limit > 0
    seconds = duration_s(text)
    assert seconds is None or seconds > 0
    value, *_ = conditional.read(text, WEDNESDAY_8)
    assert value is None or value in text


# --- files --------------------------------------------------------------------


def test_every_built_in_mode_has_a_title_in_both_languages():
    assert profile_files.known({}) == [*MODES[:6], "drive", "motorcycle"]
    for name in MODES:
        assert {f"mode_titles.{name}"} <= table("en").keys() & table("zh").keys()
        assert re.search(r"[一-鿿]", P[name].title("zh"))


def test_a_study_starts_from_a_built_in_mode_and_changes_what_it_must(tmp_path):
    file = tmp_path / "modes.toml"
    file.write_text(
        '[slow]\nextends = "walk_elderly"\nmax_kph = 2\n'
        'title = { zh = "慢行", en = "slow" }\n[slow.classes]\nsteps = "no"\n',
        encoding="gb18030",
    )
    slow = load(["slow", "walk"], file)["slow"]
    assert (slow.base, slow.title("zh"), slow.leg_kph) == ("walk", "慢行", 3.2)
    assert slow.way(tags("highway=residential")).forward_kph == 2.0
    assert not slow.way(tags("highway=steps")).forward
    assert P["walk_elderly"].way(tags("highway=steps")).forward


def test_a_table_with_a_built_in_name_changes_that_mode_and_its_variants(tmp_path):
    file = tmp_path / "modes.toml"
    file.write_text("[walk]\nmax_kph = 4\n", encoding="utf-8")
    assert load(["walk"], file)["walk"].max_kph == 4.0
    assert load(["walk_elderly"], file)["walk_elderly"].max_kph == 3.2
    assert load(["walk"], file)["walk"].base == "walk"


def test_an_unknown_mode_is_named_with_the_nearest_known_one():
    with pytest.raises(InputError, match="Did you mean ebike"):
        load(["ebikes"])
    with pytest.raises(InputError, match="Did you mean"):
        load(["common"])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('[a]\nextends = "walk"\nmax_khp = 3', "unknown_key"),
        ('[a]\nextends = "walk"\n[a.class_kph]\nfotway = 3', "unknown_key"),
        ('[a]\nextends = "walkk"', "unknown_profile"),
        ('[a]\nextends = "b"\n[b]\nextends = "a"', "profile_loop"),
        ('[a]\nextends = "walk"\nmax_kph = "fast"', "setting_type"),
        ('[a]\nextends = "walk"\nmax_kph = 0', "setting_type"),
        ('[a]\nextends = "walk"\nmax_kph = nan', "setting_type"),
        ('[a]\nextends = "walk"\nslope = "steep"', "setting_type"),
        ('[a]\nextends = "walk"\n[a.class_kph]\nsteps = 0', "setting_type"),
        ('[a]\nextends = "walk"\n[a.classes]\nmeadow = "yes"', "setting_type"),
        ("[a]\nmax_kph = 3", "setting_type"),
        ("max_kph = 3", "setting_type"),
        ('[a]\nextends = "walk"\n[a.closed_by]\ncolour = ["red"]', "tag_not_read"),
        ("[a", "toml"),
    ],
)
def test_each_fault_of_a_file_of_profiles_is_found(tmp_path, text, kind):
    file = tmp_path / "modes.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(["walk"], file)
    assert kind in {problem.kind for problem in caught.value.problems}
    for language in ("en", "zh"):
        assert "modes.toml" in caught.value.text(language)


def test_a_file_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load(["walk"], Path(tmp_path / "absent.toml"))


def test_the_fingerprint_is_stable_and_tells_any_change(tmp_path):
    file = tmp_path / "modes.toml"
    file.write_text("[drive.limit_share]\nprimary = 0.5\n", encoding="utf-8")
    assert fingerprint(load(["drive"])["drive"]) == fingerprint(P["drive"])
    assert fingerprint(load(["drive"], file)["drive"]) != fingerprint(P["drive"])
    assert len({fingerprint(profile) for profile in P.values()}) == len(P)


def test_every_tag_that_a_built_in_mode_asks_for_is_a_road_key():
    for profile in P.values():
        rules = profile.rules
        asked = [*rules.access, *rules.oneway_keys, *rules.limit_keys, *rules.lane_oneway]
        for words in (
            rules.never,
            rules.closed_by,
            rules.opened_by,
            rules.caps,
            rules.unsnappable,
        ):
            asked += words
        asked += [pair.partition("=")[0] for pair in (*rules.other_ways, *rules.delays)]
        assert {key.split(":")[0] for key in asked} <= ROAD_KEYS
