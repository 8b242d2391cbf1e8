"""Names on printed maps: they never collide, and the important one wins."""

from __future__ import annotations

import itertools

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from servicemap.outputs.paper.faces import width_mm
from servicemap.outputs.paper.formats import Box
from servicemap.outputs.paper.labels import AREA_SIZES, Taken, Wish, _boxes, place

SHEET = Box(0.0, 0.0, 100.0, 80.0)


def wish(text, x, y, rank=1.0, **more):
    return Wish(text, x, y, 6.0, rank, "#000000", gap=1.0, **more)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text("大岙峃垟村AB", min_size=1, max_size=5),
            st.floats(0, 100),
            st.floats(0, 80),
            st.integers(0, 3),
        ),
        max_size=40,
    )
)
def test_no_two_names_overlap_and_none_leaves_the_frame(wanted):
    """Whatever is asked for: boxes of placed names are apart and inside."""
    spots = place([wish(*one) for one in wanted], SHEET, Taken())
    boxes = [box for spot in spots for box in _boxes(spot)]
    for a, b in itertools.combinations(boxes, 2):
        assert not (a[0] < b[2] and a[2] > b[0] and a[1] < b[3] and a[3] > b[1])
    for left, bottom, right, top in boxes:
        assert left >= 0
        assert bottom >= 0
        assert right <= 100
        assert top <= 80


def test_the_important_name_takes_the_place_and_signs_are_never_covered():
    """Room for one name only: the higher rank has it, whatever the order asked."""
    walls = [(0, 0, 100, 38), (0, 43, 100, 80), (0, 38, 40, 43), (61, 38, 100, 43)]
    two = [wish("低等的村名字", 45, 40, rank=1.0), wish("高等的村名字", 45, 40, rank=2.0)]
    for order in (two, two[::-1]):
        spots = place(order, SHEET, Taken(walls))
        assert [spot.wish.text for spot in spots] == ["高等的村名字"]
        assert not Taken(walls).meets(_boxes(spots[0]))


def test_a_road_bears_its_name_where_it_is_straight_enough():
    """Along the line, turned with it and readable from below; not around a bend."""
    straight = [(10.0, 60.0), (60.0, 30.0)]
    (spot,) = place([wish("山前公路", 0, 0, line=straight)], SHEET, Taken())
    assert -35 < spot.angle < -25
    zigzag = [(10.0 + 2 * i, 40.0 + 3 * (i % 2)) for i in range(12)]
    long = wish("一条很长很长很长的公路名字", 0, 0, line=zigzag)
    assert place([long], SHEET, Taken()) == []


def test_widths_are_those_of_the_font():
    """A Chinese character is as wide as the size: 10 points are 3.53 millimetres."""
    assert abs(width_mm("村", 10.0) - 10 * 25.4 / 72) < 1e-9
    assert width_mm("村村", 10.0) == 2 * width_mm("村", 10.0)
    assert width_mm("i", 10.0) < width_mm("W", 10.0)


def township(text, outline, **more):
    middle = outline.centroid
    return Wish(
        text, middle.x, middle.y, 8.0, 9.0, "#000000", is_area=True, outline=outline, **more
    )


def test_a_township_is_named_where_its_land_has_room():
    """Its middle is full of signs: the name stands elsewhere in it, as large as it was."""
    land = shapely.box(10, 10, 90, 70)
    signs = [(30, 20, 70, 60)]
    (spot,) = place([township("山前镇", land)], SHEET, Taken(signs))
    assert spot.wish.size_pt == 8.0
    assert spot.leader is None
    (box,) = _boxes(spot)
    assert land.contains(shapely.box(*box))
    assert not Taken(signs).meets([box])


def test_a_township_full_of_signs_is_named_in_smaller_letters():
    """Between rows of signs there are 2.6 millimetres, less than the name is tall."""
    land = shapely.box(10, 10, 90, 70)
    rows = [(0, up, 100, up + 3.0) for up in np.arange(0, 80, 5.6)]
    (spot,) = place([township("山前镇", land)], SHEET, Taken(rows))
    assert spot.wish.size_pt == 8.0 * AREA_SIZES[-1]
    assert spot.leader is None
    assert not Taken(rows).meets(_boxes(spot))


def test_a_township_too_small_for_its_name_has_a_line_to_it():
    """An island: the name lies in the sea, and neither name nor line covers anything."""
    island = shapely.box(48, 38, 52, 42)
    harbour = [(44, 41, 47, 44)]
    first, *others = place(
        [
            township("一个名字很长的海岛乡", island),
            *(wish(f"村{at}", 50 + 3 * at, 40, rank=1.0) for at in range(-4, 5)),
        ],
        SHEET,
        Taken(harbour),
    )
    assert first.leader is not None
    assert island.contains(shapely.Point(first.leader[0]))
    assert not Taken(harbour).meets(_boxes(first))
    for other in others:
        assert not Taken(_boxes(first)).meets(_boxes(other))
