"""Degrees as people write them, and the shifted datums of Chinese web maps."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicemap.intake import (
    baidu_metres,
    datums,
    map_links,
    packed,
    read_points,
    readings,
    sheets,
)
from servicemap.intake.columns import match
from servicemap.intake.datum_evidence import HYPOTHESES
from servicemap.intake.datum_rows import Surroundings
from servicemap.intake.degrees import degrees, pair
from servicemap.intake.road_distance import RoadDistance
from servicemap.intake.sheets import Sheet


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
        ("Lon: 121.51E", 121.51),
        ("121.51东", 121.51),
        ("121º30'36\"", 121.51),  # the sign of ordinals, not of degrees
        ("121˚30ˊ36ˊˊ", 121.51),
        ("121d30m36s", 121.51),  # not south
        ("121d30m36sW", -121.51),
        ("121 deg 30 min 36 sec", 121.51),
        ("121-30-36", 121.51),
        ("121.51。", 121.51),
    ],
)
def test_an_angle_is_read_however_it_is_written(written, meant):
    assert degrees(written) == pytest.approx(meant, abs=1e-9)


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "n/a",
        "121-30",
        "121.30.36",
        "lon=121.5N",
        "121°75'",
        "121.5°30'",
        "12,34,56",
        "东经北纬1",
        True,
        "1e999",
    ],
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
        "121°30'36\"E28°6'N",
        "东经121.51北纬28.1",
        "东经121度30分36秒北纬28度6分",
        "N 28 06 00 E 121 30 36",
        "lat 28.1 lon 121.51",
        "lng=121.51&lat=28.1",
        '{"lng":"121.51","lat":"28.1"}',
        "X:121.51 Y:28.1",
        "POINT(121.51 28.1)",
        "经纬度：121.51，28.1",
        "坐标（121.51，28.1）",
    ],
)
def test_two_angles_in_one_cell_are_longitude_and_latitude(written):
    assert pair(written) == pytest.approx((121.51, 28.1), abs=1e-9)


@pytest.mark.parametrize("written", ["121.51,", "121.51,28.1,0", "121.51-28.1", "站(1,x)"])
def test_half_a_pair_is_none(written):
    assert all(math.isnan(one) for one in pair(written))


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


# --- metres, links


def bands(lon, lat):
    """Degrees to Baidu's metres by its published forward table, 22.5 to 45 degrees north."""
    terms = (
        *(0.00220636496208, 111320.7020209128, 51751.86112841131, 3796837.749470245),
        *(992013.7397791013, -1221952.21711287, 1340652.697009075),
        *(-620943.6990984312, 144416.9293806241, 37.5),
    )
    share = lat / terms[9]
    return (
        terms[0] + terms[1] * lon,
        sum(terms[2 + power] * share**power for power in range(7)),
    )


def test_baidu_metres_equal_the_published_forward_table():
    lon, lat = np.array([104.1, 116.404, 121.5]), np.array([30.7, 39.915, 31.2])

    back = baidu_metres.to_bd09(*bands(lon, lat))

    np.testing.assert_allclose(back, (lon, lat), atol=1e-6)


ZHEJIANG = (120.4, 27.5, 121.6, 28.9)
PLACES = np.array([120.95, 121.02, 121.1]), np.array([28.1, 28.2, 28.15])


def metres_of(code, lon, lat):
    from pyproj import Transformer

    return Transformer.from_crs(4490, code, always_xy=True).transform(lon, lat)


@pytest.mark.parametrize(
    ("code", "bounds", "label"),
    [
        (4528, None, "zone 40"),
        (4549, ZHEJIANG, "CM 120E"),
        (4499, None, "zone 21"),
    ],
)
def test_gauss_krueger_metres_are_told_by_their_zone_or_by_the_map(code, bounds, label):
    east, north = metres_of(code, *PLACES)
    for first, second in ((east, north), (north, east)):
        columns = sheet_of(first, second)

        found = readings.read(columns, "auto", bounds, None)

        np.testing.assert_allclose((found.lon, found.lat), PLACES, atol=1e-8)
        assert set(found.known) == {"cgcs2000"}
        assert [one.kind for one in found.problems] == ["metres_read"]
        assert label in found.problems[0].message()


def sheet_of(first, second):
    frame = pd.DataFrame(
        {"x": list(first), "y": list(second)}, index=range(2, len(first) + 2), dtype=object
    )
    sheet = Sheet("p.xlsx", None, 1, frame, None, (), "")
    return match(sheet, "points", {})


def test_baidu_metres_are_told_from_web_mercator_by_the_map():
    narrow = (120.9, 28.0, 121.2, 28.3)

    found = readings.read(sheet_of(*bands(*PLACES)), "auto", narrow, None)

    assert "metres_unknown" in [one.kind for one in found.problems]
    assert "BD09MC" in found.problems[0].message()
    declared = readings.read(sheet_of(*bands(*PLACES)), "bd09mc", narrow, None)
    # the table of `bands` is that of latitudes above 30: a metre off here
    np.testing.assert_allclose((declared.lon, declared.lat), PLACES, atol=2e-5)
    assert set(declared.known) == {"bd09"}


def test_roads_decide_between_projections_that_all_lie_in_the_map():
    random = np.random.default_rng(3)
    lon, lat = random.uniform(114.1, 114.5, 30), random.uniform(30.4, 30.7, 30)
    roads = RoadDistance(
        np.column_stack([lon - 0.002, lon + 0.002]), np.column_stack([lat, lat])
    )
    around = Surroundings(roads)
    for code in (4547, 32650):
        found = readings.read(
            sheet_of(*metres_of(code, lon, lat)), "auto", (113.9, 30.3, 114.6, 30.8), around
        )

        assert f"EPSG:{code}" in found.problems[0].message()
        np.testing.assert_allclose((found.lon, found.lat), (lon, lat), atol=1e-6)


def test_metres_without_any_evidence_are_a_finding_and_no_place():
    found = readings.read(sheet_of([500_100.0], [3_100_000.0]), "auto", None, None)

    assert [one.kind for one in found.problems] == ["metres_unknown"]
    assert found.unusable.all()
    assert np.isnan(found.lon).all()


def test_a_projection_that_is_none_is_a_finding():
    found = readings.read(sheet_of([500_100.0], [3_100_000.0]), "4326", ZHEJIANG, None)

    assert [one.kind for one in found.problems] == ["crs_unknown", "metres_unknown"]


@pytest.mark.parametrize(
    ("link", "place"),
    [
        ("https://uri.amap.com/marker?position=116.404,39.915&name=x", "gcj02"),
        ("https://wb.amap.com/?p=B0%2C39.915%2C116.404%2Cx", "gcj02"),
        ("https://wb.amap.com/?q=39.915,116.404,x", "gcj02"),
        ("https://ditu.amap.com/regeo?lng=116.404&lat=39.915", "gcj02"),
        ("amapuri://route?dlat=39.915&dlon=116.404", "gcj02"),
        (
            "https://apis.map.qq.com/uri/v1/marker?marker=coord:39.915,116.404;title:x",
            "gcj02",
        ),
        ("http://api.map.baidu.com/marker?location=39.915,116.404&output=html", "bd09"),
        (
            "http://api.map.baidu.com/marker?location=39.915,116.404&coord_type=gcj02",
            "gcj02",
        ),
        ("https://map.baidu.com/poi/x/@12958175.5,4825923.77,19z?uid=a", "bd09"),
        (
            "https://www.google.com/maps/place/X/@39,116,15z/data=!3d39.915!4d116.404",
            "gcj02",
        ),
        ("https://www.google.com/maps/@39.915,116.404,15z", "gcj02"),
        ("https://maps.apple.com/?ll=39.915,116.404", "gcj02"),
        ("https://www.openstreetmap.org/#map=15/39.915/116.404", "wgs84"),
        ("https://www.openstreetmap.org/?mlat=39.915&mlon=116.404#map=1/2/3", "wgs84"),
        ("位置 geo:39.915,116.404;u=35", "wgs84"),
        ("baidumap://map/marker?location=39.915,116.404&title=x", "bd09"),
        ("qqmap://map/marker?marker=coord:39.915,116.404;title:x", "gcj02"),
        ("https://map.qq.com/poi/?sm=1&loc=39.915,116.404", "gcj02"),
        ("甲站 uri.amap.com/marker?position=116.404,39.915", "gcj02"),
        ("uri.amap.com/marker?position=116.404,39.915&src=http://x", "gcj02"),
        ("https://www.bing.com/maps?cp=39.915~116.404&lvl=15", None),
        ("https://maps.example.org/?lat=39.915&lng=116.404", None),
    ],
)
def test_share_links_give_the_place_and_the_datum_of_their_map(link, place):
    found = map_links.find(link)

    assert (found.lon, found.lat) == pytest.approx((116.404, 39.915), abs=1e-5)
    assert found.datum == place


@pytest.mark.parametrize(
    "link", ["https://surl.amap.com/abc", "https://j.map.baidu.com/3f/x", "http://[bad"]
)
def test_a_link_without_coordinates_gives_none(link):
    assert math.isnan(map_links.find(link).lon)


@given(st.text(max_size=30))
def test_no_link_raises(text):
    for start in (
        "https://uri.amap.com/marker?position=",
        "http://map.baidu.com/@",
        "geo:",
    ):
        map_links.find(start + text)


def test_links_in_their_own_column_are_converted_row_by_row(tmp_path):
    (tmp_path / "p.csv").write_text(
        "编号,经度,纬度,地图链接\nA,121.1,28.1,\n"
        'B,,,"https://uri.amap.com/marker?position=121.1,28.1"\n'
        "C,,,https://surl.amap.com/x\n",
        encoding="utf-8",
    )

    points, problems = read_points(tmp_path / "p.csv")

    assert points["lon"][0] == 121.1
    assert one(datums.wgs84_to_gcj02, points["lon"][1], points["lat"][1]) == pytest.approx(
        (121.1, 28.1), abs=1e-9
    )
    assert math.isnan(points["lon"][2])
    kinds = {problem.kind: problem.row for problem in problems}
    assert kinds["link_without_place"] == 4
    assert "not_degrees" not in kinds


def test_a_link_to_an_unknown_map_has_the_datum_of_the_file(tmp_path):
    (tmp_path / "p.csv").write_text(
        "编号,链接\nA,https://maps.example.org/?lat=28.1&lng=121.1\n", encoding="utf-8"
    )

    declared, _ = read_points(tmp_path / "p.csv", datum="gcj02")

    shifted = one(datums.gcj02_to_wgs84, 121.1, 28.1)
    assert (declared["lon"][0], declared["lat"][0]) == pytest.approx(shifted, abs=1e-9)


def packed_numbers(lon, lat, kind):
    """Degrees as one number of degrees, minutes and seconds, or degrees and minutes."""
    done = []
    for one in (lon, lat):
        whole = np.floor(one)
        minutes = (one - whole) * 60
        if kind == "minutes":
            done.append(np.round(whole * 100 + minutes, 4))
        else:
            seconds = (minutes - np.floor(minutes)) * 60
            done.append(np.round(whole + np.floor(minutes) / 100 + seconds / 1e4, 6))
    return done


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["seconds", "minutes"]))
def test_degrees_minutes_and_seconds_in_one_number_are_recognised(seed, kind):
    random = np.random.default_rng(seed)
    lon, lat = random.uniform(121.0, 121.9, 20), random.uniform(28.0, 28.9, 20)
    read = packed.as_seconds if kind == "seconds" else packed.as_minutes
    given_as = packed_numbers(lon, lat, kind)
    if (
        any((np.round(one * 1e4) % 100 >= 60).any() for one in given_as)
        and kind == "seconds"
    ):
        return  # 59.99995 seconds are written as 60

    meant = read(*given_as)

    assert meant is not None
    assert np.abs(meant[0] - lon).max() < 1e-5
    assert np.abs(meant[1] - lat).max() < 1e-5


def test_true_degrees_and_metres_are_never_taken_for_packed_ones():
    """Also of points within one village, whose first decimals are all alike."""
    random = np.random.default_rng(5)
    for _ in range(400):
        x, y = random.uniform(73, 135), random.uniform(18, 53)
        wide = 10.0 ** random.uniform(-2, 0)
        lon, lat = x + random.uniform(0, wide, 30), y + random.uniform(0, wide, 30)
        assert packed.as_seconds(np.round(lon, 6), np.round(lat, 6)) is None
        assert packed.as_minutes(lon * 1e5, lat * 1e5) is None
    few = packed_numbers(np.linspace(121, 122, 9), np.linspace(28, 29, 9), "seconds")
    assert packed.as_seconds(*few) is None


@pytest.mark.parametrize(
    ("kind", "finding", "severity", "n_located"),
    [
        ("seconds", "degrees_packed", "warning", 20),
        ("minutes", "minutes_packed", "error", 0),
    ],
)
def test_packed_degrees_are_told_with_what_they_would_be(
    tmp_path, kind, finding, severity, n_located
):
    lon, lat = np.linspace(121.02, 121.38, 20), np.linspace(28.01, 28.19, 20)
    rows = zip(*packed_numbers(lon, lat, kind), strict=True)
    text = "编号,名称,经度,纬度\n" + "".join(
        f"P{n},站{n},{x:.4f},{y:.4f}\n" for n, (x, y) in enumerate(rows)
    )
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    columns = match(sheets.read(tmp_path / "p.csv", "points"), "points", {})

    reading = readings.read(columns, "auto", (121.0, 28.0, 121.4, 28.2), None)

    (one,) = [one for one in reading.problems if one.kind == finding]
    assert (one.severity, one.row, one.values["count"]) == (severity, 2, 20)
    assert float(one.values["lon"]) == pytest.approx(121.02, abs=2e-4)
    assert np.count_nonzero(~np.isnan(reading.lon)) == n_located
