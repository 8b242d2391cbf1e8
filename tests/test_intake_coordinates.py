"""Degrees as people write them, and the shifted datums of Chinese web maps."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicemap.intake import datums
from servicemap.intake.datum_evidence import HYPOTHESES
from servicemap.intake.degrees import degrees, pair


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (121.5, 121.5),
        ("121.5", 121.5),
        ("１２１．５", 121.5),
        (" 121.5° ", 121.5),
        ("121°30'", 121.5),
        ("121°30′36″", 121.51),
        ("121°30'36\"E", 121.51),
        ("E121°30'36''", 121.51),
        ("121度30分36秒", 121.51),
        ("东经121度30分36秒", 121.51),
        ("东经121.51", 121.51),
        ("西经121.51", -121.51),
        ("121:30:36", 121.51),
        ("121 30 36", 121.51),
        ("47.1N", 47.1),
        ("S 47.1", -47.1),
        ("-47.1", -47.1),
        ("47,1409", 47.1409),
        ("经度：121.51", 121.51),
        ("lon=121.51", 121.51),
    ],
)
def test_an_angle_is_read_however_it_is_written(written, meant):
    assert degrees(written) == pytest.approx(meant, abs=1e-9)


@pytest.mark.parametrize(
    "written",
    [None, "", "n/a", "121°75'", "121.5°30'", "12,34,56", "东经北纬1", True, "1e999"],
)
def test_what_is_no_angle_is_not_guessed(written):
    assert math.isnan(degrees(written))


@pytest.mark.parametrize(
    "written",
    [
        "121.51,28.1",
        "121.51，28.1",
        "121.51 28.1",
        "(121.51; 28.1)",
        "E121.51, N28.1",
        "N28.1 E121.51",
        "北纬28.1，东经121.51",
        "121°30'36\"E 28°06'00\"N",
    ],
)
def test_two_angles_in_one_cell_are_longitude_and_latitude(written):
    assert pair(written) == pytest.approx((121.51, 28.1), abs=1e-9)


@given(st.floats(0, 179.9), st.booleans())
def test_degrees_minutes_seconds_read_back_as_the_same_angle(value, south):
    whole = int(value)
    minutes = int((value - whole) * 60)
    seconds = ((value - whole) * 60 - minutes) * 60
    if seconds >= 59.9999999:
        return

    read = degrees(f"{whole}°{minutes}′{seconds:.8f}″{'S' if south else 'N'}")

    assert read == pytest.approx(-value if south else value, abs=1e-9)


@given(st.text(max_size=40))
def test_no_text_raises(text):
    degrees(text)
    pair(text)


# The pairs that the authors of coordtransform print in its own test.
PLACE = (116.404, 39.915)


def one(function, lon, lat):
    return tuple(float(x[0]) for x in function(np.array([lon]), np.array([lat])))


def test_forward_shifts_equal_the_published_pairs():
    assert one(datums.wgs84_to_gcj02, *PLACE) == pytest.approx(
        (116.41024449916938, 39.91640428150164), abs=1e-9
    )
    assert one(datums.gcj02_to_bd09, *PLACE) == pytest.approx(
        (116.41036949371029, 39.92133699351021), abs=1e-9
    )


def test_published_single_step_inverses_are_near_and_ours_is_exact():
    published = (116.39775550083061, 39.91359571849836)

    ours = one(datums.gcj02_to_wgs84, *PLACE)

    assert ours == pytest.approx(published, abs=5e-5)
    assert one(datums.wgs84_to_gcj02, *ours) == pytest.approx(PLACE, abs=1e-10)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_round_trip_anywhere_in_china_is_exact_to_a_millimetre(datum):
    random = np.random.default_rng(1)
    lon, lat = random.uniform(73.6, 134.7, 20_000), random.uniform(18.2, 53.5, 20_000)
    forward = {"gcj02": datums.wgs84_to_gcj02, "bd09": datums.wgs84_to_bd09}[datum]

    back_lon, back_lat = HYPOTHESES[datum](*forward(lon, lat))

    millimetre = 1e-3 / 111_320
    assert np.abs(back_lat - lat).max() < millimetre
    assert (np.abs(back_lon - lon) * np.cos(np.radians(lat))).max() < millimetre


def test_the_shift_is_hundreds_of_metres_in_china_and_none_elsewhere():
    lon, lat = np.array([121.4, 9.52]), np.array([31.2, 47.14])

    there_lon, there_lat = datums.wgs84_to_bd09(lon, lat)

    metres = np.hypot((there_lon - lon) * 95_000, (there_lat - lat) * 111_000)
    assert 300 < metres[0] < 2000
    assert metres[1] == 0


def test_missing_coordinates_stay_missing_and_inputs_stay_as_they_are():
    lon, lat = np.array([np.nan, 121.4]), np.array([np.nan, 31.2])
    before = lon.copy(), lat.copy()

    done_lon, _ = datums.bd09_to_wgs84(lon, lat)

    assert np.isnan(done_lon[0])
    assert not np.isnan(done_lon[1])
    np.testing.assert_array_equal((lon, lat), before)
