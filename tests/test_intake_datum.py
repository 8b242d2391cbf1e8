"""The datum of points judged by the streets they lie beside: Wuhan, shifted by each datum."""

import geopandas
import numpy as np
import pytest
import shapely

from servicemap import study as studies
from servicemap.intake import datum_evidence, datums, load
from servicemap.intake.datum_evidence import HYPOTHESES, collect
from servicemap.intake.road_distance import RoadDistance
from servicemap.study import Source, Study

# What was done to right coordinates, for each hypothesis on how to undo it.
DONE = {
    "wgs84": lambda lon, lat: (lon, lat),
    "gcj02": datums.wgs84_to_gcj02,
    "bd09": datums.wgs84_to_bd09,
    "gcj02_twice": lambda *p: datums.wgs84_to_gcj02(*datums.wgs84_to_gcj02(*p)),
    "bd09_of_gcj02": lambda *p: datums.wgs84_to_bd09(*datums.wgs84_to_gcj02(*p)),
    "bd09_twice": lambda *p: datums.gcj02_to_bd09(*datums.wgs84_to_bd09(*p)),
    "undone_gcj02": datums.gcj02_to_wgs84,
    "undone_bd09": datums.bd09_to_wgs84,
}
BOX = (114.25, 30.50, 114.38, 30.60)  # the middle of the city
METRE = 1 / 111_195


@pytest.fixture(scope="module")
def streets():
    """Ends of the street pieces in the middle of Wuhan, and distances to them."""
    pytest.importorskip("pyarrow")
    from conftest import shared_file

    frame = geopandas.read_parquet(shared_file("data/wuhan/wuhan_streets.parquet"))
    ends = shapely.get_coordinates(frame.to_crs(4326).geometry.to_numpy())
    lon, lat = ends[:, 0].reshape(-1, 2), ends[:, 1].reshape(-1, 2)
    inside = (lon[:, 0] > BOX[0]) & (lon[:, 0] < BOX[2])
    inside &= (lat[:, 0] > BOX[1]) & (lat[:, 0] < BOX[3])
    lon, lat = lon[inside], lat[inside]
    roads = RoadDistance(lon, lat)
    return lon, lat, roads


def beside(streets, count, seed, metres):
    """Points at random places of the streets, some metres off them."""
    lon, lat, _ = streets
    random = np.random.default_rng(seed)
    piece, share = random.integers(0, len(lon), count), random.random(count)
    angle, away = random.random(count) * 2 * np.pi, 3 + abs(random.normal(0, metres, count))
    x = lon[piece, 0] + share * (lon[piece, 1] - lon[piece, 0])
    y = lat[piece, 0] + share * (lat[piece, 1] - lat[piece, 0])
    return (
        x + away * np.cos(angle) * METRE / np.cos(np.radians(30.55)),
        y + away * np.sin(angle) * METRE,
    )


@pytest.mark.parametrize("datum", HYPOTHESES)
def test_undoing_gives_back_what_was_shifted(datum):
    lon, lat = np.array([114.3, 121.1, 9.5]), np.array([30.5, 28.1, 47.1])

    back = HYPOTHESES[datum](*DONE[datum](lon, lat))

    np.testing.assert_allclose(back, (lon, lat), atol=1e-3 * METRE)


@pytest.mark.parametrize("datum", HYPOTHESES)
def test_forty_points_beside_streets_are_judged_right_and_surely(streets, datum):
    for seed in range(3):
        verdict = collect(
            *DONE[datum](*beside(streets, 40, seed, 15)), streets[2]
        ).verdict()

        assert (verdict.datum, verdict.sure) == (datum, True)
        assert verdict.metres[datum] == min(verdict.metres.values()) < 25


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_twenty_points_are_enough_and_never_judged_wrong(streets, datum):
    judged = [
        collect(*DONE[datum](*beside(streets, 20, seed, 15)), streets[2]).verdict().datum
        for seed in range(12)
    ]

    assert set(judged) <= {datum, None}
    assert judged.count(datum) >= 11


@pytest.mark.parametrize(("count", "metres"), [(7, 10), (20, 400)])
def test_thin_evidence_leaves_it_undecided(streets, count, metres):
    for seed in range(5):
        points = DONE["gcj02"](*beside(streets, count, seed, metres))

        assert not collect(*points, streets[2]).verdict().sure


def test_points_anywhere_are_of_no_datum(streets):
    for seed in range(5):
        random = np.random.default_rng(seed)
        lon, lat = random.uniform(*BOX[::2], 200), random.uniform(*BOX[1::2], 200)

        assert collect(lon, lat, streets[2]).verdict().datum is None


def test_own_villages_tell_where_roads_do_not():
    random = np.random.default_rng(1)
    lon, lat = random.uniform(114.2, 114.4, 12), random.uniform(30.4, 30.6, 12)
    nowhere = RoadDistance(np.empty((0, 2)), np.empty((0, 2)))
    near = lon + random.normal(0, 60, 12) * METRE, lat + random.normal(0, 60, 12) * METRE

    verdict = collect(
        *datums.wgs84_to_gcj02(*near), nowhere, home_lon=lon, home_lat=lat
    ).verdict()

    assert (verdict.datum, verdict.sure) == ("gcj02", True)


def test_distance_is_to_the_road_and_not_to_its_nodes():
    roads = RoadDistance(np.array([[114.0, 114.02]]), np.array([[30.0, 30.0]]))

    found = roads(np.array([114.0101, np.nan]), np.array([30.0 + 50 * METRE, 30.0]))

    assert found[0] == pytest.approx(50, abs=2)
    assert np.isnan(found[1])


def test_a_distance_does_not_depend_on_what_was_asked_before():
    """Points in the middle of two earlier ones are far from both of their streets."""
    lon = np.array([[114.0, 114.001], [114.25, 114.251], [114.5, 114.501]])
    roads = RoadDistance(lon, lon - 84.0)
    between = np.array([114.2505]), np.array([30.25])
    roads(np.array([114.0, 114.5]), np.array([30.0, 30.5]))

    found = roads(*between)

    np.testing.assert_array_equal(found, RoadDistance(lon, lon - 84.0)(*between))
    assert found[0] < 50


class Streets:
    """An extract that holds the streets and nothing else."""

    bounds = (113.9, 30.3, 114.6, 30.8)
    buildings = ()

    def __init__(self, lon, lat):
        count = len(lon)
        self.roads = type("Roads", (), {})()
        self.roads.way_id = np.arange(count)
        self.roads.tagset = np.zeros(count, dtype=np.int32)
        self.roads.tagsets = ({"highway": "residential"},)
        self.roads.first = np.arange(0, 2 * count + 1, 2)
        self.roads.x = np.round(lon.ravel() * 1e7).astype(np.int32)
        self.roads.y = np.round(lat.ravel() * 1e7).astype(np.int32)


def study(folder, streets, datum, shifts, extra=""):
    """Points beside streets, the first half shifted by one datum, the others by another."""
    lon, lat = beside(streets, 60, 5, 12)
    half = np.arange(60) < 30
    moved = np.where(half, DONE[shifts[0]](lon, lat), DONE[shifts[1]](lon, lat))
    rows = [
        f"P{k},站{k},村,{'甲' if half[k] else '乙'}行,{moved[0][k]:.7f},{moved[1][k]:.7f}"
        for k in range(60)
    ]
    head = "编号,名称,层级,合作银行,经度,纬度"
    (folder / "p.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    (folder / "v.csv").write_text("编号,村名,乡镇,经度,纬度\nV1,一村,甲镇,114.3,30.55\n")
    inputs = load(
        Study(
            folder=folder,
            villages=Source(source="v.csv", datum="wgs84"),
            facilities=Source(source="p.csv", datum=datum),
            people=studies.People(spread="point"),
        ),
        Streets(*streets[:2]),
    )
    points = inputs.facilities.set_index("facility_id").loc[[f"P{k}" for k in range(60)]]
    away = np.hypot(points["lon"] - lon, points["lat"] - lat).to_numpy() / METRE
    found = {one.kind: one for one in inputs.problems if one.source == "p.csv"}
    return away, half, found


def test_auto_converts_on_overwhelming_evidence_and_prints_the_metres(tmp_path, streets):
    away, _, found = study(tmp_path, streets, "auto", ("bd09", "bd09"))

    assert away.max() < 0.1
    assert found["datum_judged"].severity == "warning"
    assert "BD-09 6 m" in found["datum_judged"].message()
    assert found["datum_converted"].values["count"] == 60


def test_rows_of_one_source_are_judged_apart(tmp_path, streets):
    away, _, found = study(tmp_path, streets, "auto", ("gcj02", "wgs84"))

    assert away.max() < 0.1
    assert found["gcj02_rows"].values["group"] == "合作银行 = 甲行"
    assert found["gcj02_rows"].values["count"] == 30
    assert found["datum_confirmed"].severity == "note"


@pytest.mark.parametrize("declared", ["wgs84", "cgcs2000"])
def test_a_declared_datum_is_doubted_and_never_overruled(tmp_path, streets, declared):
    away, _, found = study(tmp_path, streets, declared, ("gcj02", "gcj02"))

    assert away.min() > 300
    assert found["datum_doubted"].values["datum"] == "GCJ-02"
    assert "datum_converted" not in found


def test_a_datum_rightly_declared_is_no_finding(tmp_path, streets):
    away, _, found = study(tmp_path, streets, "gcj02", ("gcj02", "gcj02"))

    assert away.max() < 0.1
    assert not [
        kind for kind in found if kind not in ("datum_converted", "one_stop_assumed")
    ]


def test_evidence_changes_nothing_that_it_was_given(streets):
    lon, lat = beside(streets, 30, 1, 10)
    before = lon.copy(), lat.copy()

    collect(lon, lat, streets[2])

    np.testing.assert_array_equal((lon, lat), before)
    assert datum_evidence.MIN_POINTS <= 20


def small_group(folder, streets, count, shift):
    """Some rows of one bank, given in another datum than sixty others."""
    lon, lat = beside(streets, 60 + count, 7, 12)
    own = np.arange(60 + count) < count
    moved = DONE[shift](lon, lat)
    x, y = np.where(own, moved[0], lon), np.where(own, moved[1], lat)
    rows = [
        f"P{k},站{k},村,{'甲行' if own[k] else ''},{x[k]:.7f},{y[k]:.7f}"
        for k in range(len(lon))
    ]
    text = "\n".join(["编号,名称,层级,合作银行,经度,纬度", *rows])
    (folder / "p.csv").write_text(text, encoding="utf-8")
    (folder / "v.csv").write_text("编号,村名,乡镇,经度,纬度\nV1,一村,甲镇,114.3,30.55\n")
    inputs = load(
        Study(
            folder=folder,
            villages=Source(source="v.csv", datum="wgs84"),
            facilities=Source(source="p.csv", datum="auto"),
            people=studies.People(spread="point"),
        ),
        Streets(*streets[:2]),
    )
    found = [one for one in inputs.problems if one.source == "p.csv"]
    return inputs.facilities, {one.kind: one for one in found}


@pytest.mark.parametrize("count", [5, 7])
def test_a_few_rows_of_another_datum_are_told_and_never_converted(tmp_path, streets, count):
    points, found = small_group(tmp_path, streets, count, "bd09")

    assert found["bd09_rows"].values["count"] == count
    own = points[points["facility_id"].isin([f"P{k}" for k in range(count)])]
    assert set(own["datum"]) == {"wgs84"}


@pytest.mark.parametrize(("count", "shift"), [(2, "gcj02"), (3, "wgs84"), (7, "wgs84")])
def test_two_rows_say_too_little_and_right_ones_are_no_finding(
    tmp_path, streets, count, shift
):
    _, found = small_group(tmp_path, streets, count, shift)

    assert not [kind for kind in found if kind.endswith("_rows")]


def test_no_small_group_of_right_points_is_told(tmp_path, streets):
    """A bank a few rows: groups of many sizes, of points that are partly far off."""
    for seed in range(6):
        lon, lat = beside(streets, 90, seed, 60)
        far = np.random.default_rng(seed).random(90) < 0.1
        lon = np.where(far, lon + 500 * METRE, lon)
        rows = [
            f"P{k},站{k},村,银行{k // (3 + k % 5)},路{k % 25},{lon[k]:.7f},{lat[k]:.7f}"
            for k in range(90)
        ]
        text = "\n".join(["编号,名称,层级,合作银行,地址,经度,纬度", *rows])
        (tmp_path / "p.csv").write_text(text, encoding="utf-8")
        (tmp_path / "v.csv").write_text(
            "编号,村名,乡镇,经度,纬度\nV1,一村,甲镇,114.3,30.55\n"
        )
        given = load(
            Study(
                folder=tmp_path,
                villages=Source(source="v.csv", datum="wgs84"),
                facilities=Source(source="p.csv", datum="wgs84"),
                people=studies.People(spread="point"),
            ),
            Streets(*streets[:2]),
        )

        assert not [one for one in given.problems if one.kind.endswith("_rows")]
