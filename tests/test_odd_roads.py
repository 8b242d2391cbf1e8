"""Roads that cannot be as they are drawn: each kind has a rule and is counted."""

from __future__ import annotations

import pytest

from servicemap.roads import odd_roads
from servicemap.roads.profile_files import built_in_limits


def told(town) -> dict:
    return odd_roads.odd(town.extract.roads, built_in_limits())


@pytest.mark.parametrize("limit", ["-5", "0", "9999", "fast", "50;-1"])
def test_a_limit_that_is_no_speed_is_counted_and_the_class_counts(world, limit) -> None:
    odd = world("A----B", ways={"AB": {"maxspeed": limit}})
    plain = world("A----B", name="plain.osm")
    half = limit == "50;-1"  # one of two values can be read
    assert told(odd).get("roads_speed") == (None if half else {"count": 1, "ways": [1]})
    if not half:
        assert odd.ms("drive", "A", "B") == plain.ms("drive", "A", "B")
        assert odd.network("drive").report["km_assumed_speed"] > 0


@pytest.mark.parametrize("limit", ["30", "20 mph", "none", "walk", "CN:urban", "signals"])
def test_a_limit_that_says_something_is_no_finding(world, limit) -> None:
    assert "roads_speed" not in told(world("A----B", ways={"AB": {"maxspeed": limit}}))


def test_a_way_of_one_point_is_left_out_and_counted(world) -> None:
    town = world("A----B----C", ways={"AB": {}, "C": {}, "BB": {}})
    assert town.extract.counts["ways_no_line"] == 2
    assert [one.kind for one in town.extract.problems if one.kind == "roads_no_line"]
    assert sorted(town.extract.roads.way_id.tolist()) == [1, 4]


def test_a_piece_of_no_length_takes_a_millisecond(world) -> None:
    art = "A----B    C"
    town = world(art, ways={"AB": {}, "BD": {}, "DC": {}}, seats={"D": "B"})
    plain = world("A----B----C", name="plain.osm")
    assert told(town)["roads_short"] == {"count": 1, "ways": [2]}
    assert town.ms("walk", "A", "C") == plain.ms("walk", "A", "C") + 1


def test_of_a_road_drawn_twice_the_faster_one_counts(world) -> None:
    town = world(
        "A----B",
        ways=[("AB", {"highway": "service"}), ("BA", {"highway": "primary"})],
    )
    plain = world("A----B", ways={"AB": {"highway": "primary"}}, name="plain.osm")
    assert told(town)["roads_double"] == {"count": 1, "ways": [2]}
    assert town.ms("drive", "A", "B") == plain.ms("drive", "A", "B")


LOOP = """
    A----B----C
         |    |
         D----E
"""


def test_a_way_that_ends_where_it_begins_is_driven_round(world) -> None:
    town = world(LOOP, ways={"AB": {}, "BCEDB": {"oneway": "yes"}})
    assert told(town)["roads_loop"] == {"count": 1, "ways": [2]}
    assert town.ms("drive", "A", "C") < town.ms("drive", "C", "A")


def test_an_open_roundabout_is_driven_along_its_line(world) -> None:
    ring = {"junction": "roundabout"}
    town = world(LOOP, ways={"AB": {}, "BCED": ring, "BD": {"highway": "footway"}})
    assert told(town)["roads_circle"] == {"count": 1, "ways": [2]}
    assert town.ms("drive", "A", "D") is not None
    net = town.network("drive")
    (ring_edge,) = (net.edge_forward != net.edge_backward).nonzero()[0]
    # a trap: it leads from the main component to D, and from there nowhere
    assert net.edge_component[ring_edge] == -1
    assert net.edge_enters[ring_edge]
    assert not net.edge_leaves[ring_edge]
    # closed, of one piece or of two, it is none
    assert "roads_circle" not in told(world(LOOP, ways={"BCEDB": ring}, name="1.osm"))
    two = world(LOOP, ways={"BCE": ring, "EDB": ring}, name="2.osm")
    assert "roads_circle" not in told(two)


def test_findings_are_notes_with_their_ways(world) -> None:
    town = world("A----B", ways={"AB": {"maxspeed": "-5"}})
    (one,) = odd_roads.findings(town.extract.roads, built_in_limits(), "roads.osm")
    assert (one.kind, one.severity) == ("roads_speed", "note")
    for language in ("en", "zh"):
        assert "1" in one.message(language)
        assert one.remedy(language)
