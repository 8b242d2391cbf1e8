"""``servicemap network``: what it says of drawn worlds, whose every road is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

from servicemap import road_network
from servicemap.cli import app
from servicemap.errors import InputError
from servicemap.roads import inspection, islands, profile_files, profiles
from servicemap.roads.rule_pages import page_of
from worlds import COLUMN_M, ROW_M

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Country
    from worlds import World

pytestmark = pytest.mark.usefixtures("own_cache")

TOWN = """
    A----B----C

    D----E    F----G
"""
WAYS = {
    "AB": {"highway": "primary", "maxspeed": "50"},
    "BC": {"highway": "residential", "access": "private"},
    "DE": {"highway": "footway"},
    "FG": {"highway": "motorway"},
}


def quiet(*_: object, **__: object) -> None:
    """Nobody is told."""


def inspected(path: Path, mode: str = "drive") -> dict:
    return road_network.inspect(path, [mode], say=quiet)[0]["modes"][mode]


def test_what_is_left_out_is_listed_by_rule_and_by_class(
    world: Callable[..., World],
) -> None:
    """Five columns are 416.7 m: every line of the drawing is one way of that length."""
    figures = inspected(world(TOWN, ways=WAYS).path)
    out = {row["rule"]: row for row in figures["left_out"]}
    assert set(out) == {"access=private", "highway=footway"}
    assert out["access=private"]["ways"] == 1
    assert out["access=private"]["by_class"] == {
        "residential": pytest.approx(0.417, abs=2e-3)
    }
    kept = {row["class"]: row["km_kept"] for row in figures["classes"] if row["km_kept"]}
    assert kept == {
        "primary": pytest.approx(5 * COLUMN_M / 1000, abs=1e-3),
        "motorway": pytest.approx(5 * COLUMN_M / 1000, abs=1e-3),
    }
    # the limit of the primary road is tagged, that of the motorway is not
    assert figures["percent_assumed_speed"] == pytest.approx(50.0, abs=0.2)


def test_kept_and_left_out_add_up_to_all_roads(liechtenstein: Country) -> None:
    extract, pieces = liechtenstein.extract, liechtenstein.pieces
    for mode in ("walk", "bike", "drive"):
        found = inspection.kept_and_left_out(extract, pieces, profiles.load([mode])[mode])
        km = sum(row["km_kept"] + row["km_left_out"] for row in found["classes"])
        by_rule = sum(row["km"] for row in [*found["kept"], *found["left_out"]])
        assert km == pytest.approx(pieces.length_m.sum() / 1000.0, abs=0.1)
        assert by_rule == pytest.approx(km, abs=0.1)
        own = liechtenstein.network(mode).report
        assert sum(row["km_kept"] for row in found["classes"]) == pytest.approx(
            own["km"], abs=0.1
        )


def test_an_island_is_listed_with_its_length_and_what_sits_on_it(
    world: Callable[..., World],
) -> None:
    made = world("""
        A----B----C



            p
        D---E
    """)
    snaps = made.snap("walk", "p")
    found = islands.components(made.network("walk"), {"places": (["Seaside"], snaps.edge)})
    main, island = found
    assert main["points"] == 0
    assert "on_it" not in main
    assert island["km"] == pytest.approx(4 * COLUMN_M / 1000, abs=2e-3)
    assert island["on_it"] == {"places": ["Seaside"]}
    lon, lat = made.degrees("DE")
    assert lon[0] <= island["lon"] <= lon[1]
    assert island["lat"] == pytest.approx(lat[0], abs=1e-5)


def test_road_kilometres_are_cut_at_the_border_of_an_area(
    world: Callable[..., World],
) -> None:
    made = world("""
        A---------B
    """)
    (west, east), (lat, _) = made.degrees("AB")
    third = west + (east - west) / 3
    half = shapely.box(third, lat - 0.01, east + 0.01, lat + 0.01)
    whole = shapely.box(west - 0.01, lat - 0.01, east + 0.01, lat + 0.01)
    far = shapely.box(0, 0, 1, 1)
    found = inspection.road_km(made.network("walk"), [half, whole, far, None])
    km = made.network("walk").report["km"]
    assert found[:3] == pytest.approx([km * 2 / 3, km, 0.0], abs=1e-3)
    assert np.isnan(found[3])


def test_explain_names_the_nearest_roads_and_each_modes_rule(
    world: Callable[..., World],
) -> None:
    made = world(TOWN, ways=WAYS, nodes={"B": {"barrier": "bollard"}})
    lon, lat = made.degrees("C")
    found = road_network.explain(
        made.path, float(lon[0]), float(lat[0]), ["walk", "drive"], say=quiet
    )
    assert [road["class"] for road in found[:1]] == ["residential"]
    nearest = found[0]
    assert nearest["distance_m"] == pytest.approx(0.0, abs=0.1)
    assert nearest["tags"] == {"access": "private", "highway": "residential"}
    drive = nearest["modes"]["drive"]
    assert (drive["forward"], drive["rule"], drive["speed_source"]) == (
        False,
        "access=private",
        None,
    )
    assert drive["page"].endswith("/Key:access")
    (bollard,) = nearest["nodes"]
    assert not bollard["modes"]["drive"]["passable"]
    assert bollard["modes"]["walk"]["passable"]
    assert [road["distance_m"] for road in found] == sorted(
        road["distance_m"] for road in found
    )
    assert found[1]["distance_m"] <= 2 * ROW_M + COLUMN_M


def test_every_rule_that_closes_a_road_of_a_real_country_has_a_page(
    liechtenstein: Country,
) -> None:
    roads = liechtenstein.extract.roads
    for profile in profiles.load(profile_files.known({})).values():
        for tags in roads.tagsets:
            use = profile.way(tags)
            if not use.forward and not use.backward:
                assert page_of(use.rule) is not None, use.rule


def test_the_export_holds_every_edge_with_its_times(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """One edge of two ways is two rows whose lengths and times add up to the edge's."""
    made = world(
        "A----B----C",
        ways={"AB": {"oneway": "yes", "name": "One"}, "BC": {"oneway": "yes"}},
    )
    target = tmp_path / "roads.gpkg"
    layers = road_network.export(made.path, target, ["drive"], say=quiet)
    assert layers == {"edges_drive": 2, "junctions_drive": 2}
    rows = gpd.read_file(target, layer="edges_drive")
    net = made.network("drive")
    assert set(rows["edge_id"]) == {0}
    assert rows["length_m"].sum() == pytest.approx(net.edge_m[0], abs=0.02)
    assert rows["forward_s"].sum() * 1000 == net.forward_ms[net.edge_first[1] - 1]
    assert rows["backward_s"].isna().all()
    assert not rows["backward"].any()
    assert (rows["class"] == "residential").all()
    ends = [line.coords[0] for line in rows.geometry] + [rows.geometry.iloc[-1].coords[-1]]
    assert [one[0] for one in ends] == pytest.approx(made.degrees("ABC")[0])
    seats = gpd.read_file(target, layer="junctions_drive")
    assert set(seats["junction"]) == {*rows["from_junction"], *rows["to_junction"]}


def test_a_real_export_is_complete_and_the_same_twice(
    liechtenstein: Country, tmp_path: Path
) -> None:
    from servicemap.outputs.network_layers import edges, write_network

    net = liechtenstein.network("drive")
    rows = edges(net, liechtenstein.extract.roads)
    assert rows["length_m"].sum() == pytest.approx(net.edge_m.sum(), rel=1e-5)
    by_edge = rows.groupby("edge_id")["forward_s"].sum(min_count=1)
    whole = net.forward_ms[net.edge_first[1:] - 1] / 1000.0
    opened = np.flatnonzero(net.edge_forward)
    np.testing.assert_allclose(by_edge.to_numpy()[opened], whole[opened], atol=1e-6)
    contents = []
    for name in ("one.gpkg", "two.gpkg"):
        write_network({"drive": net}, liechtenstein.extract.roads, tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]


# --- on the command line -----------------------------------------------------------------


def command(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["network", *map(str, words)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def study_of(world: World, folder: Path) -> Path:
    """A study on a drawn world, with a township whose published kilometres are known."""
    folder.mkdir()
    (lon_a, lon_c), (lat, _) = world.degrees("AC")
    (folder / "points.csv").write_text(
        f"id,name,lon,lat\nP1,Hall,{lon_a},{lat}\n", encoding="utf-8"
    )
    (folder / "villages.csv").write_text(
        f"id,name,lon,lat\nV1,Upper,{lon_c},{lat}\nV2,Lower,"
        f"{world.degrees('D')[0][0]},{world.degrees('D')[1][0]}\n",
        encoding="utf-8",
    )
    area = shapely.box(lon_a - 0.01, lat - 0.01, lon_c + 0.01, lat + 0.01)
    feature = {
        "type": "Feature",
        "properties": {"编号": "T1", "名称": "Town", "公路里程": "2公里"},
        "geometry": json.loads(shapely.to_geojson(area)),
    }
    (folder / "townships.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8"
    )
    (folder / "servicemap.toml").write_text(
        f'[study]\nlanguage = "zh"\n[roads]\nsource = "{world.path.as_posix()}"\n'
        '[facilities]\nsource = "points.csv"\n[villages]\nsource = "villages.csv"\n'
        '[townships]\nsource = "townships.geojson"\n',
        encoding="utf-8",
    )
    return folder


def test_inspect_of_a_study_sets_road_kilometres_beside_the_published_ones(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("""
        A----B----C



        D----E
    """)
    folder = study_of(made, tmp_path / "study")
    code, out, err = command("inspect", folder, "--mode", "walk", "--json")
    assert code == 0, err
    figures = json.loads(out)["modes"]["walk"]
    (row,) = figures["townships"]
    assert row["published_road_km"] == 2.0
    assert row["road_km"] == pytest.approx(1.25, abs=0.06)  # both roads lie inside
    assert row["percent"] == pytest.approx(50 * row["road_km"], abs=3)
    island = figures["components"][1]
    assert island["on_it"] == {"villages": ["V2"]}
    code, out, _ = command("inspect", folder, "--mode", "walk")
    assert "孤立路网" in out
    assert "V2" in out
    assert "Town" in out


def test_the_words_of_explain_in_both_languages(world: Callable[..., World]) -> None:
    made = world("A----B", ways={"AB": {"oneway": "yes", "name": "High Street"}})
    lon, lat = (values[0] for values in made.degrees("A"))
    code, out, _ = command("explain", made.path, lon, lat, "--mode", "drive")
    assert code == 0
    assert "High Street" in out
    assert "only along its line" in out
    assert "https://wiki.openstreetmap.org/wiki/Key:oneway" in out
    code, out, _ = command("explain", made.path, lon, lat, "--language", "zh")
    assert "只能沿画线方向通行" in out
    _, out, _ = command("explain", made.path, lon + 1, lat)
    assert "500 m" in out


def test_build_puts_networks_into_the_cache(
    world: Callable[..., World], own_cache: Path
) -> None:
    made = world("A----B----C")
    code, out, _ = command("build", made.path, "--mode", "walk", "--json")
    assert code == 0
    assert json.loads(out)["walk"]["junctions"] == 2
    again = road_network.build(
        made.path, ["walk"], say=lambda *_, **__: pytest.fail("built a second time")
    )
    assert again["walk"].n_edges == 1


def test_export_does_not_replace_a_file_unless_told(
    world: Callable[..., World], tmp_path: Path
) -> None:
    made = world("A----B")
    target = tmp_path / "roads.gpkg"
    target.write_bytes(b"mine")
    with pytest.raises(InputError, match="there already"):
        command("export", made.path, "--out", target)
    assert target.read_bytes() == b"mine"
    code, _, err = command("export", made.path, "--out", target, "--overwrite")
    assert code == 0
    assert "edges_walk" in err
    with pytest.raises(InputError, match="gpkg"):
        command("export", made.path, "--out", tmp_path / "roads.shp")


def test_a_place_off_the_earth_is_refused(world: Callable[..., World]) -> None:
    with pytest.raises(InputError, match="LON LAT"):
        command("explain", world("A----B").path, 200, 10)
