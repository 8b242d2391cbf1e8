"""Heights of elevation models, and what slopes do to times."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from conftest import Country
from servicemap.errors import InputError
from servicemap.roads import elevation, osm_roads, prepared, profiles
from servicemap.roads.projection import projection_for
from servicemap.roads.slope import ground, power_kph, tobler
from worlds import LAT, LON

SIDE = 1201
BOX = (LON - 0.5, LAT - 0.5, LON + 0.5, LAT + 0.5)


def hill(per_degree: float = 10_000.0) -> np.ndarray:
    """Heights that rise evenly towards the east."""
    return np.tile(np.linspace(0.0, per_degree, SIDE), (SIDE, 1))


def tile(folder, heights: np.ndarray, name: str = "N46E009.hgt", *, zipped: bool = False):
    content = np.rint(heights).astype(">i2").tobytes()
    file = folder / name
    if zipped:
        file = folder / f"{name}.zip"
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, content)
    else:
        file.write_bytes(content)
    return file


def sloped(made, mode: str, model):
    """A world's network on a hill."""
    pieces = osm_roads.segments(made.extract.roads)
    heights = elevation.read(model, model.name, (LON, LAT - 0.1, LON + 0.1, LAT))
    made.made[mode] = osm_roads.build(
        made.extract,
        pieces,
        made.profile(mode),
        projection_for("auto", LON, LAT),
        ground=ground(made.extract.roads, pieces, heights),
    )
    return made.made[mode]


# ------------------------------------------------------------------ models
@pytest.mark.parametrize("zipped", [False, True])
def test_heights_between_samples_are_in_between(tmp_path, zipped) -> None:
    file = tile(tmp_path, hill(1200.0), zipped=zipped)
    model = elevation.read(file, file.name, (9.0, 46.0, 10.0, 47.0))
    lon = np.array([9.0, 9.25, 9.1234, 10.0, 8.9, 10.1])
    lat = np.array([46.0, 46.3, 46.777, 47.0, 46.5, 46.5])
    want = [0.0, 300.0, 148.08, 1200.0, np.nan, np.nan]
    np.testing.assert_allclose(model.at(lon, lat), want, atol=1e-3)
    assert model.cell_m == pytest.approx(92.66, abs=0.01)


def test_rows_run_from_north_to_south(tmp_path) -> None:
    file = tile(
        tmp_path, np.tile(np.linspace(0, 1200, SIDE)[:, None], (1, SIDE)), "S01W001.hgt"
    )
    model = elevation.read(file, file.name, (-1.0, -1.0, 0.0, 0.0))
    z = model.at(np.array([-0.5, -0.5]), np.array([0.0, -0.75]))
    np.testing.assert_allclose(z, [0.0, 900.0], atol=1e-3)


def test_voids_have_no_height_and_do_not_spoil_their_neighbours(tmp_path) -> None:
    heights = hill(1200.0)
    heights[600:700, 300:400] = -32_768
    file = tile(tmp_path, heights)
    model = elevation.read(file, file.name, (9.0, 46.0, 10.0, 47.0))
    z = model.at(np.array([350.0, 299.5]) / 1200 + 9, np.array([46.45, 46.45]))
    assert np.isnan(z[0])
    assert z[1] == pytest.approx(299.0, abs=1e-3)


def test_a_geotiff_is_read_in_its_own_system(tmp_path) -> None:
    rasterio = pytest.importorskip("rasterio")
    from affine import Affine

    projection = projection_for("auto", LON, LAT)
    x, y = projection.to_metres(np.array([LON]), np.array([LAT]))
    file = tmp_path / "dem.tif"
    z = np.tile(np.arange(400) * 10.0, (400, 1)).astype("float32")
    z[0, 0] = -9999
    options = {
        "driver": "GTiff",
        "width": 400,
        "height": 400,
        "count": 1,
        "dtype": "float32",
    }
    at = Affine(30, 0, x[0] - 3000, 0, -30, y[0] + 3000)
    with rasterio.open(
        file, "w", crs=projection.epsg, transform=at, nodata=-9999, **options
    ) as out:
        out.write(z, 1)
    model = elevation.read(file, file.name, (LON, LAT - 0.01, LON + 0.01, LAT))
    assert model.cell_m == pytest.approx(30.0)
    found = model.at(np.array([LON]), np.array([LAT]))
    assert found[0] == pytest.approx((3000 / 30 - 0.5) * 10, abs=0.01)


def test_a_folder_of_tiles_is_one_model(tmp_path) -> None:
    tile(tmp_path, hill(), "N46E009.hgt")
    tile(tmp_path, hill() + 5000, "N46E010.hgt", zipped=True)
    model = elevation.read(tmp_path, "dem", (9.5, 46.0, 10.5, 47.0))
    assert len(model.tiles) == 2
    z = model.at(np.array([9.5, 10.5]), np.array([46.5, 46.5]))
    np.testing.assert_allclose(z, [5000, np.nan], atol=1)  # beyond 9,000 m nothing is


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("N46E009.hgt", b"short", "elevation_unreadable"),
        ("dem.hgt", bytes(2 * SIDE * SIDE), "elevation_unreadable"),
        ("N46E009.hgt.zip", b"PK no zip", "elevation_unreadable"),
        ("N10E010.hgt", bytes(2 * SIDE * SIDE), "elevation_elsewhere"),
    ],
)
def test_what_is_no_model_of_the_place_is_named(tmp_path, name, content, kind) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        elevation.read(tmp_path / name, name, BOX)
    assert caught.value.problems[0].kind == kind
    assert name in caught.value.text("zh")


# ------------------------------------------------------------------ models of speed
def test_toblers_function_is_fastest_a_little_downhill() -> None:
    slope = np.array([0.0, -0.05, 0.1, -0.1])
    np.testing.assert_allclose(tobler(slope), [1.0, np.exp(0.175), np.exp(-0.35), 1.0])


def test_the_power_is_what_the_speed_takes() -> None:
    slope = np.array([-0.05, 0.0, 0.03, 0.1, 0.3])
    v = power_kph(slope, 150.0, 90.0) / 3.6
    angle = np.arctan(slope)
    force = 90.0 * 9.80665 * (np.sin(angle) + 0.008 * np.cos(angle)) + 0.36 * v**2
    np.testing.assert_allclose(force * v, 150.0, rtol=1e-6)


# ------------------------------------------------------------------ roads on a hill
LINE = "A----------B----------C"


def test_up_is_slower_than_down_and_level_roads_stay(world, tmp_path) -> None:
    made = world(LINE)
    flat = made.ms("walk", "A", "C")
    model = tile(tmp_path, hill(7_000.0))
    sloped(made, "walk", model)
    metres = made.network("walk").edge_m.sum()
    span = made.degrees("AC")[0]
    slope = np.array([7_000.0 * (span[1] - span[0]) / metres])
    assert made.ms("walk", "A", "C") == pytest.approx(flat / tobler(slope)[0], rel=0.02)
    assert made.ms("walk", "C", "A") == pytest.approx(flat / tobler(-slope)[0], rel=0.02)
    assert made.network("walk").report["slope"]["model"] == "walk"
    north = world("A\n|\nB", name="b.osm")
    before = north.ms("walk", "A", "B")
    sloped(north, "walk", model)
    assert north.ms("walk", "A", "B") == pytest.approx(before, rel=1e-3)


def test_cyclists_slow_down_uphill_and_are_not_faster_downhill(world, tmp_path) -> None:
    model = tile(tmp_path, hill(7_000.0))
    took = {}
    for mode in ("bike", "ebike", "drive"):
        made = world(LINE, name=f"{mode}.osm")
        flat = made.ms(mode, "A", "C")
        sloped(made, mode, model)
        took[mode] = made.ms(mode, "A", "C") / flat
        assert made.ms(mode, "C", "A") == pytest.approx(flat, rel=0.01)
    assert took["bike"] > 1.8 > took["ebike"] > 1.05
    assert took["drive"] == 1.0


def test_in_a_tunnel_the_road_runs_evenly(world, tmp_path) -> None:
    ridge = np.zeros((SIDE, SIDE))
    ridge[:, 10:16] = 500.0
    model = tile(tmp_path, ridge)
    over = world(LINE)
    through = world(
        LINE, ways={"AB": {"tunnel": "yes"}, "BC": {"tunnel": "yes"}}, name="b.osm"
    )
    pieces = [osm_roads.segments(one.extract.roads) for one in (over, through)]
    heights = elevation.read(model, model.name, (LON, LAT - 0.1, LON + 0.1, LAT))
    steep = [
        np.abs(ground(one.extract.roads, own, heights).slope).max()
        for one, own in zip((over, through), pieces, strict=True)
    ]
    assert steep[1] < 0.01 < steep[0]


def test_steps_hold_their_climb_already(world, tmp_path) -> None:
    made = world("A----B", ways={"AB": {"highway": "steps"}})
    flat = made.ms("walk", "A", "B")
    sloped(made, "walk", tile(tmp_path, hill(7_000.0)))
    assert made.ms("walk", "A", "B") == flat


def test_voids_are_filled_from_both_sides_and_counted(world, tmp_path) -> None:
    heights = hill(7_000.0)
    heights[:, 12:22] = -32_768
    made = world("A----B----C----D----E----F----G----H")
    net = sloped(made, "walk", tile(tmp_path, heights))
    whole = world("A----B----C----D----E----F----G----H", name="b.osm")
    full = sloped(whole, "walk", tile(tmp_path, hill(7_000.0)))
    assert net.report["slope"]["nodes_filled"] > 0
    assert full.report["slope"]["nodes_filled"] == 0
    assert made.ms("walk", "A", "H") == pytest.approx(whole.ms("walk", "A", "H"), rel=0.05)


def test_roads_without_heights_are_flat_and_counted(world, tmp_path) -> None:
    made = world("A----B")
    flat = made.ms("walk", "A", "B")
    net = sloped(made, "walk", tile(tmp_path, np.full((SIDE, SIDE), -32_768.0)))
    assert made.ms("walk", "A", "B") == flat
    assert net.report["slope"]["nodes_without"] == 2


def test_a_model_is_part_of_what_a_network_is_kept_under(
    world, tmp_path, own_cache
) -> None:
    made = world(LINE)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    low, high = tile(tmp_path / "a", hill(100.0)), tile(tmp_path / "b", hill(7_000.0))
    modes = profiles.load(["walk", "drive"])
    told: list[str] = []
    for model in (None, low, high, high):
        prepared.networks(made.path, modes, elevation=model, say=told.append)
    assert told == ["walk", "drive", "walk", "walk"]  # cars do not mind


def test_andorra_is_steep(andorra: Country, shared) -> None:
    model = shared("data/andorra/N42E001.hgt.zip")
    heights = elevation.read(model, model.name, (1.3, 42.3, 1.9, 42.8))
    made = ground(andorra.extract.roads, andorra.pieces, heights)
    assert made.report["nodes_filled"] == 8
    assert 840 < made.report["lowest_m"] < made.report["highest_m"] < 2_912
    again = ground(andorra.extract.roads, andorra.pieces, heights)
    assert made.slope.tobytes() == again.slope.tobytes()
    profile = profiles.load(["walk"])["walk"]
    net = osm_roads.build(
        andorra.extract, andorra.pieces, profile, andorra.projection, ground=made
    )
    flat = andorra.network("walk")
    last = (net.edge_first[1:] - 1)[net.edge_forward & net.edge_backward]
    longer = net.forward_ms[last].sum(dtype=float) / flat.forward_ms[last].sum(dtype=float)
    assert 1.2 < longer < 1.6
    assert (net.forward_ms[last] != net.backward_ms[last]).mean() > 0.9
