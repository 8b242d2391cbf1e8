"""Closures, speeds, extra and planned roads: what changes, and that every output says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from servicemap import pipeline, study
from servicemap.errors import InputError
from servicemap.outputs.summary import summary
from servicemap.outputs.write import write
from servicemap.roads import change_files, osm_roads, profiles, sources
from servicemap.roads.projection import projection_for
from servicemap.roads.snapping import snap
from servicemap.routing.travel_times import pairs
from worlds import COLUMN_M, LAT, LON, ROW_M

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from servicemap.osm_file import Extract
    from worlds import World

pytestmark = pytest.mark.usefixtures("own_cache")

TOWN = """
    A---------B---------C
    |                   |
    |                   |
    D---------E---------F
"""


def layer(path: Path, shapes: list[Any], **columns: list[Any]) -> str:
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)
    frame.to_file(path)
    return path.name


def asked(world: World, folder: Path, **roads: Any) -> study.Study:
    """A study of a drawn world: a point at C, a village at A, another at D."""
    folder.mkdir(exist_ok=True)
    lon, lat = world.degrees("ACD")
    (folder / "points.csv").write_text(
        f"id,name,lon,lat\nP1,Hall,{lon[1]},{lat[1]}\n", encoding="utf-8"
    )
    (folder / "villages.csv").write_text(
        f"id,name,lon,lat\nV1,Upper,{lon[0]},{lat[0]}\nV2,Lower,{lon[2]},{lat[2]}\n",
        encoding="utf-8",
    )
    told = "".join(f"{name} = {json.dumps(value)}\n" for name, value in roads.items())
    (folder / "servicemap.toml").write_text(
        f'[roads]\nsource = "{world.path.as_posix()}"\n{told}'
        '[facilities]\nsource = "points.csv"\n[villages]\nsource = "villages.csv"\n'
        '[travel]\nmodes = ["walk"]\nminutes = [15]\n',
        encoding="utf-8",
    )
    return study.read(folder)


def ms(extract: Extract, world: World, mode: str, ends: str) -> int | None:
    profile = profiles.load([mode])[mode]
    net = osm_roads.build(
        extract,
        osm_roads.segments(extract.roads),
        profile,
        projection_for("auto", LON, LAT),
    )
    lon, lat = world.degrees(ends)
    found = pairs(net, *(snap(net, lon[i : i + 1], lat[i : i + 1]) for i in (0, 1)))
    return int(found.travel_ms[0]) if len(found.travel_ms) else None


def box_between(world: World, marks: str, share: tuple[float, float]) -> Any:
    """An area over part of a drawn road."""
    lon, lat = world.degrees(marks)
    west, east = (lon[0] + one * (lon[1] - lon[0]) for one in share)
    return shapely.box(west, lat[0] - 2e-4, east, lat[0] + 2e-4)


def test_a_closed_stretch_sends_walkers_round(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """A to C is twenty minutes straight; with B-C closed, 20 + two sides of 7.5."""
    made = world(TOWN)
    folder = tmp_path / "study"
    folder.mkdir()
    area = box_between(made, "BC", (0.4, 0.6))
    name = layer(folder / "closed.geojson", [area], note=["bridge"])
    extract = sources.of_study(asked(made, folder, closures=name))
    plain = sources.of_study(asked(made, folder))
    assert ms(plain, made, "walk", "AC") == pytest.approx(20 * 60_000, abs=100)
    round_ms = (20 + 2 * 7.5) * 60_000
    assert ms(extract, made, "walk", "AC") == pytest.approx(round_ms, rel=1e-3)
    (change,) = extract.changes
    assert (change["layer"], change["features_used"], change["ways"]) == ("closures", 1, 1)
    assert change["km"] == pytest.approx(2 * COLUMN_M / 1000, abs=0.001)


def test_an_area_cuts_roads_at_its_border_to_the_metre(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("A---------C")
    area = box_between(made, "AC", (1 / 3, 2 / 3))
    name = layer(tmp_path / "closed.geojson", [area], note=["x"])
    extract = sources.of_study(asked_simple(made, tmp_path, closures=name))
    roads = extract.roads
    lengths = np.bincount(
        (pieces := osm_roads.segments(roads)).way, weights=pieces.length_m
    )
    assert lengths == pytest.approx([10 * COLUMN_M / 3] * 3, abs=0.5)
    assert [("closed" in roads.tagsets[at]) for at in roads.tagset] == [False, True, False]
    assert set(roads.way_id) == {1}


def test_a_line_closes_the_road_it_follows_and_not_the_street_it_crosses(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("""
              X
              |
        A-----B-----C
              |
              Y
    """)
    lon, lat = made.degrees("AC")
    drawn = shapely.LineString([(lon[0], lat[0] + 5e-5), (lon[1], lat[1] + 5e-5)])
    name = layer(tmp_path / "closed.geojson", [drawn], note=["x"])
    extract = sources.of_study(asked_simple(made, tmp_path, closures=name))
    closed = {
        int(way)
        for way, at in zip(extract.roads.way_id, extract.roads.tagset, strict=True)
        if "closed" in extract.roads.tagsets[at]
    }
    assert len(closed) == 2
    assert ms(extract, made, "walk", "XY") == pytest.approx(4 * ROW_M * 720, rel=2e-3)


def asked_simple(world: World, folder: Path, **roads: Any) -> study.Study:
    told = "".join(f"{name} = {json.dumps(value)}\n" for name, value in roads.items())
    (folder / "servicemap.toml").write_text(
        f'[roads]\nsource = "{world.path.as_posix()}"\n{told}', encoding="utf-8"
    )
    return study.read(folder)


@pytest.mark.parametrize(
    ("date", "closed"),
    [
        ("2026-12-04", False),
        ("2026-12-05", True),
        ("2026-12-07", True),
        ("2026-12-08", False),
    ],
)
def test_a_closure_is_in_force_from_its_first_day_to_its_last(
    world: Callable[..., World], tmp_path: Path, date: str, closed: bool
) -> None:
    made = world("A---------C")
    area = box_between(made, "AC", (0.2, 0.8))
    name = layer(tmp_path / "c.geojson", [area], 起=["2026年12月5日"], 止=["2026/12/7"])
    extract = sources.of_study(asked_simple(made, tmp_path, closures=name, date=date))
    assert (ms(extract, made, "walk", "AC") is None) == closed


def test_dates_without_a_day_change_nothing_and_say_so(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("A---------C")
    area = box_between(made, "AC", (0.2, 0.8))
    name = layer(tmp_path / "c.geojson", [area], start=["2026-12-05"])
    extract = sources.of_study(asked_simple(made, tmp_path, closures=name))
    assert ms(extract, made, "walk", "AC") is not None
    assert "change_needs_date" in {one.kind for one in extract.problems}


def test_a_closure_for_one_mode_leaves_the_others(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("A---------C")
    area = box_between(made, "AC", (0.2, 0.8))
    name = layer(tmp_path / "c.geojson", [area], modes=["drive, ebike"])
    extract = sources.of_study(asked_simple(made, tmp_path, closures=name))
    assert ms(extract, made, "drive", "AC") is None
    assert ms(extract, made, "ebike_20", "AC") is None  # a variant of it
    assert ms(extract, made, "walk", "AC") is not None


def test_a_speed_of_the_study_replaces_that_of_the_map(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """Half the road at 10 km/h: cars only, as no other mode is named."""
    made = world("A---------C", ways={"AC": {"maxspeed": "50"}})
    name = layer(tmp_path / "v.geojson", [box_between(made, "AC", (0, 0.5))], 车速=[10])
    extract = sources.of_study(asked_simple(made, tmp_path, speeds=name))
    plain = sources.of_study(asked_simple(made, tmp_path))
    half_m = 5 * COLUMN_M
    before = ms(plain, made, "drive", "AC")
    after = ms(extract, made, "drive", "AC")
    assert before is not None
    assert after == pytest.approx(before / 2 + half_m * 360, rel=2e-3)
    on_foot = ms(plain, made, "walk", "AC")
    assert ms(extract, made, "walk", "AC") == pytest.approx(on_foot, abs=2)


def test_a_ferry_that_a_layer_cuts_takes_no_longer(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """Ten columns in ten minutes: its duration is that of all its parts together."""
    ferry = {"highway": "", "route": "ferry", "duration": "00:10"}
    made = world(
        "B--A---------C--D",
        ways={"AC": ferry},
        profiles='[boat]\nextends = "walk"\nferry = true\n',
    )
    name = layer(tmp_path / "v.geojson", [box_between(made, "AC", (0.2, 0.7))], 车速=[10])
    extract = sources.of_study(asked_simple(made, tmp_path, speeds=name))
    assert len(extract.roads.way_id) == 5
    net = osm_roads.build(
        extract,
        osm_roads.segments(extract.roads),
        made.profile("boat"),
        projection_for("auto", LON, LAT),
    )
    lon, lat = made.degrees("AC")
    found = pairs(net, *(snap(net, lon[i : i + 1], lat[i : i + 1]) for i in (0, 1)))
    assert int(found.travel_ms[0]) == pytest.approx(600_000, abs=5)


def test_a_speed_for_walkers_counts_also_where_cars_have_the_same(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("A---------C", ways={"AC": {"maxspeed": "50"}})
    whole = box_between(made, "AC", (-0.1, 1.1))
    name = layer(tmp_path / "v.geojson", [whole, whole], 车速=[2, 2], modes=["", "walk"])
    extract = sources.of_study(asked_simple(made, tmp_path, speeds=name))
    slow_ms = 10 * COLUMN_M / 2 * 3600
    assert ms(extract, made, "walk", "AC") == pytest.approx(slow_ms, rel=2e-3)
    assert ms(extract, made, "drive", "AC") == pytest.approx(slow_ms, rel=2e-3)
    plain = sources.of_study(asked_simple(made, tmp_path))
    assert ms(extract, made, "bike", "AC") == ms(plain, made, "bike", "AC")


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"modes": ["rocket"]}, "change_mode_unknown"),
        ({"from": ["soon"]}, "change_date_unread"),
    ],
)
def test_a_cell_that_cannot_be_read_is_a_finding(
    tmp_path: Path, columns: dict[str, list[str]], kind: str
) -> None:
    layer(tmp_path / "c.geojson", [shapely.box(9, 47, 9.1, 47.1)], **columns)
    _, problems = change_files.read(
        tmp_path / "c.geojson", "c.geojson", "closures", None, ["walk"]
    )
    (problem,) = problems
    assert (problem.kind, problem.row) == (kind, 1)
    assert problem.message("zh")


def test_speeds_without_a_column_are_refused(tmp_path: Path) -> None:
    layer(tmp_path / "v.geojson", [shapely.box(9, 47, 9.1, 47.1)], note=["x"])
    with pytest.raises(InputError, match="speed"):
        change_files.read(tmp_path / "v.geojson", "v.geojson", "speeds", None, ["walk"])


def test_a_feature_that_meets_no_road_is_a_finding(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("A---------C")
    name = layer(tmp_path / "c.geojson", [shapely.box(1, 1, 2, 2)], note=["x"])
    extract = sources.of_study(asked_simple(made, tmp_path, closures=name))
    assert "change_meets_no_road" in {one.kind for one in extract.problems}


def test_a_drawn_village_road_joins_the_roads_of_the_map(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """From the middle of A-B to E, each end some decimetres short of its road."""
    made = world(TOWN)
    (lon_a, lon_b), (lat, _) = made.degrees("AB")
    lon_e, lat_e = (values[0] for values in made.degrees("E"))
    short = 5e-6  # half a metre
    road = shapely.LineString([((lon_a + lon_b) / 2, lat - short), (lon_e, lat_e + short)])
    name = layer(tmp_path / "drawn.geojson", [road], 等级=["村道"])
    plain = sources.of_study(asked_simple(made, tmp_path))
    extract = sources.of_study(asked_simple(made, tmp_path, extra=[name]))
    before, after = (ms(one, made, "walk", "AE") for one in (plain, extract))
    assert before is not None
    assert after is not None
    assert after < before - 60_000
    straight_m = np.hypot(5 * COLUMN_M, 3 * ROW_M)
    assert after == pytest.approx((5 * COLUMN_M + straight_m) * 720, rel=5e-3)
    assert (extract.roads.way_id < 0).sum() == 1
    assert extract.changes[0]["ends_joined"] + extract.changes[0]["ends_on_lines"] == 2


def test_roads_of_the_map_are_not_joined_with_one_another(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """Two lines of the map cross without a node: a bridge. A file of lines changes nothing."""
    made = world(
        """
        A----B   X----Y

        C
    """,
        ways={"AB": {}, "XY": {}, "BX": {"bridge": "yes"}, "CX": {}},
    )
    far = shapely.LineString([(9.2, 47.2), (9.201, 47.2)])
    name = layer(tmp_path / "far.geojson", [far], 等级=["村道"])
    options = {"extra": [name], "crossings": "joined", "join_m": 20}
    plain = sources.of_study(asked_simple(made, tmp_path))
    extract = sources.of_study(asked_simple(made, tmp_path, **options))
    old = extract.roads.way_id > 0
    assert old.sum() == len(plain.roads.way_id)
    count = int(extract.roads.first[old.sum()])
    np.testing.assert_array_equal(extract.roads.node_id[:count], plain.roads.node_id)


def test_a_line_along_a_road_is_reported_as_a_duplicate(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world(TOWN)
    lon, lat = made.degrees("AB")
    beside = shapely.LineString([(lon[0], lat[0] + 5e-5), (lon[1], lat[1] + 5e-5)])
    name = layer(tmp_path / "twice.geojson", [beside], 等级=["村道"])
    extract = sources.of_study(asked_simple(made, tmp_path, extra=[name]))
    (found,) = [one for one in extract.problems if one.kind == "lines_duplicate"]
    assert found.values["count"] == 1


def test_every_output_says_that_the_roads_were_changed(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world(TOWN)
    folder = tmp_path / "study"
    folder.mkdir()
    name = layer(folder / "closed.geojson", [box_between(made, "BC", (0.4, 0.6))], a=["x"])
    lon, lat = made.degrees("BE")
    drawn = layer(folder / "drawn.gpkg", [shapely.LineString(np.column_stack([lon, lat]))])
    result = pipeline.run(asked(made, folder, closures=name, planned=[drawn]))
    figures = summary(result)
    assert [one["layer"] for one in figures["road_changes"]] == ["planned", "closures"]
    sentence = figures["coverage"][0]["sentence"]
    assert "closed.geojson" in sentence
    assert "drawn.gpkg" in sentence
    assert {"roads_planned", "roads_closures"} <= set(result.problems["kind"])
    assert {"closed.geojson", "drawn.gpkg"} <= {one["name"] for one in result.inputs}
    write(result, tmp_path / "out")
    rows = gpd.read_file(tmp_path / "out" / "coverage.gpkg", layer="road_changes")
    assert set(rows["change"]) == {"drawn", "closed"}
    page = (tmp_path / "out" / "map.html").read_text(encoding="utf-8")
    assert "closed.geojson closes" in page


def test_networks_in_the_cache_know_the_layers(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """A second run with another closure does not find the first one's network."""
    from servicemap.roads import prepared

    made = world("A---------C")
    layer(tmp_path / "c.geojson", [box_between(made, "AC", (0.2, 0.8))], note=["x"])
    wanted = profiles.load(["walk"])
    extracts = [
        sources.of_study(asked_simple(made, tmp_path)),
        sources.of_study(asked_simple(made, tmp_path, closures="c.geojson")),
    ]
    km = [prepared.networks(one, wanted)["walk"].report["km"] for one in extracts]
    assert km[1] < km[0] / 2


def test_who_asks_for_a_way_is_led_round_a_closure_too(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """`find` and `serve` route on the study's roads, not on those of the map alone."""
    from servicemap.locator.engine import Locator

    made = world(TOWN)
    folder = tmp_path / "study"
    folder.mkdir()
    name = layer(folder / "closed.geojson", [box_between(made, "BC", (0.4, 0.6))], a=["x"])
    asked(made, folder, closures=name)
    lon, lat = made.degrees("A")
    place = (float(lon[0]), float(lat[0]))
    (point,) = Locator(folder).locate(place, mode="walk", minutes=60).points[:1]
    assert point.travel_ms == pytest.approx((20 + 2 * 7.5) * 60_000, rel=1e-3)


def near(world: World, marks: str, share: float, north_m: float = 0.0) -> shapely.Point:
    """A point on the way between two letters, or some metres north of it."""
    (west, east), (lat, _) = world.degrees(marks)
    return shapely.Point(west + share * (east - west), lat + north_m / 111_195.0)


def closed_m(extract: Extract) -> dict[int, float]:
    """Metres that are closed, by way."""
    pieces = osm_roads.segments(extract.roads)
    metres: dict[int, float] = {}
    for row, way in enumerate(extract.roads.way_id):
        if "closed" in extract.roads.tagsets[extract.roads.tagset[row]]:
            length = float(pieces.length_m[pieces.way == row].sum())
            metres[int(way)] = metres.get(int(way), 0.0) + length
    return metres


PARALLEL = """
    A---------C

    D---------F
"""


def test_a_point_closes_the_nearest_road_and_not_its_neighbour(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """15 m to either side of it."""
    made = world(PARALLEL)
    name = layer(tmp_path / "p.geojson", [near(made, "AC", 0.5, 4.0)], note=["landslip"])
    extract = sources.of_study(asked_simple(made, tmp_path, closures=name))
    assert closed_m(extract) == {1: pytest.approx(2 * np.sqrt(15**2 - 4**2), rel=0.01)}


def test_a_point_between_two_roads_closes_the_nearer_one(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("""
        A---------C
        |         |
        D---------F
    """)
    text = made.path.read_text("utf-8")
    (lat_a, lat_d) = (made.degrees("A")[1][0], made.degrees("D")[1][0])
    close = lat_a - 20 / 111_195.0  # the lower road 20 m below the upper one
    made.path.write_text(text.replace(f'lat="{lat_d}"', f'lat="{close}"'), "utf-8")
    name = layer(tmp_path / "p.geojson", [near(made, "AC", 0.5, -6.0)], note=["x"])
    extract = sources.of_study(asked_simple(made, tmp_path, closures=name))
    plain = sources.of_study(asked_simple(made, tmp_path))
    assert len(closed_m(extract)) == 1
    before, after = (ms(one, made, "walk", "AC") for one in (plain, extract))
    assert before is not None
    assert after == pytest.approx(before + 2 * 20 * 720, abs=200)


def test_a_point_at_a_junction_closes_all_roads_that_meet_there(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("""
              X
              |
        A-----B-----C
              |
              Y
    """)
    name = layer(tmp_path / "p.geojson", [near(made, "BC", 0.0)], note=["x"])
    extract = sources.of_study(asked_simple(made, tmp_path, closures=name))
    assert list(closed_m(extract).values()) == pytest.approx([15.0] * 4, rel=0.01)


@pytest.mark.parametrize(("date", "closed"), [("2026-12-05", True), ("2026-12-08", False)])
def test_points_have_dates_and_several_parts(
    world: Callable[..., World], tmp_path: Path, date: str, closed: bool
) -> None:
    made = world(PARALLEL)
    both = shapely.MultiPoint([near(made, "AC", 0.5), near(made, "DF", 0.5)])
    name = layer(tmp_path / "p.geojson", [both], 起=["20261205"], 止=["2026年12月7日"])
    extract = sources.of_study(asked_simple(made, tmp_path, closures=name, date=date))
    assert not [one for one in extract.problems if one.source == name]
    assert list(closed_m(extract)) == ([1, 2] if closed else [])


def test_a_point_far_from_any_road_is_a_finding(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("A---------C")
    name = layer(tmp_path / "p.geojson", [near(made, "AC", 0.5, 40.0)], note=["x"])
    extract = sources.of_study(asked_simple(made, tmp_path, closures=name))
    assert "change_meets_no_road" in {one.kind for one in extract.problems}


@pytest.mark.parametrize(
    ("kind", "shape", "columns", "expected"),
    [
        ("speeds", shapely.Point(9, 47), {"speed": [30]}, "change_not_a_shape"),
        ("closures", shapely.Point(), {}, "change_not_a_shape"),
        ("closures", None, {}, "change_not_a_shape"),
        (
            "speeds",
            shapely.box(9, 47, 9.1, 47.1),
            {"speed": ["fast"]},
            "line_speed_bad_row",
        ),
        ("speeds", shapely.box(9, 47, 9.1, 47.1), {"speed": [-5]}, "line_speed_bad_row"),
        (
            "closures",
            shapely.Point(9, 47),
            {"from": ["2026-12-09"], "to": ["2026-12-01"]},
            "change_ends_before_it_begins",
        ),
    ],
)
def test_a_feature_that_cannot_be_meant_is_a_finding(
    tmp_path: Path, kind: Any, shape: Any, columns: dict[str, list[Any]], expected: str
) -> None:
    good = shapely.box(9, 47, 9.1, 47.1)
    own = {name: [cells[0], cells[0]] for name, cells in columns.items()}
    frame = gpd.GeoDataFrame(own, geometry=[good, shape], crs=4326)
    frame.to_file(tmp_path / "c.gpkg", engine="pyogrio")
    _, problems = change_files.read(tmp_path / "c.gpkg", "c.gpkg", kind, None, ["walk"])
    found = [one for one in problems if one.row == 2 and one.kind == expected]
    assert len(found) == 1
    assert found[0].message("zh")


def test_lines_far_from_the_roads_are_a_finding(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """Longitude and latitude exchanged, or another system: they join nothing."""
    made = world(TOWN)
    (lon_a, lon_b), (lat, _) = made.degrees("AB")
    swapped = shapely.LineString([(lat, lon_a), (lat, lon_b)])
    name = layer(tmp_path / "swapped.geojson", [swapped], 等级=["村道"])
    extract = sources.of_study(asked_simple(made, tmp_path, extra=[name]))
    (found,) = [one for one in extract.problems if one.kind == "lines_elsewhere"]
    assert float(found.values["km"].replace(",", "")) > 1_000


def test_who_asks_for_a_way_is_told_of_the_layers(
    world: Callable[..., World], tmp_path: Path
) -> None:
    from servicemap.locator.as_json import answer_json
    from servicemap.locator.engine import Locator
    from servicemap.locator.telling import head

    made = world(TOWN)
    folder = tmp_path / "study"
    folder.mkdir()
    lon, lat = made.degrees("BE")
    drawn = layer(folder / "drawn.gpkg", [shapely.LineString(np.column_stack([lon, lat]))])
    asked(made, folder, extra=[drawn])
    answer = Locator(folder).locate((float(lon[0]), float(lat[0])), mode="walk")
    assert answer_json(answer, "zh")["road_layers"] == ["drawn.gpkg"]
    assert any("drawn.gpkg" in line for line in head(answer, "en"))
