"""A part of a province's extract: whole, in a stream, and with the answers of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import osmium
import pytest
import shapely
from typer.testing import CliRunner

from servicemap import new_study, osm_file, study
from servicemap.cli import app
from servicemap.errors import InputError
from servicemap.intake import drafting, study_area
from servicemap.osm_file.clipping import clip
from servicemap.roads import osm_roads, profiles
from servicemap.roads.snapping import snap
from servicemap.routing.travel_times import pairs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Country
    from servicemap.osm_file import Extract
    from worlds import World

pytestmark = pytest.mark.usefixtures("own_cache")

PORTO = "data/porto/porto_portugal.osm.pbf"
TOWN = shapely.box(-8.63, 41.14, -8.60, 41.16)


def clipped(source: Path, folder: Path, area: shapely.Geometry) -> Extract:
    out = folder / "part.osm.pbf"
    clip(source, out, area)
    return osm_file.read(out)


def of_ways(extract: Extract) -> dict[int, tuple[dict[str, str], tuple[int, ...]]]:
    roads = extract.roads
    return {
        int(way): (
            dict(roads.tagsets[roads.tagset[row]]),
            tuple(roads.node_id[roads.first[row] : roads.first[row + 1]].tolist()),
        )
        for row, way in enumerate(roads.way_id)
    }


# Fastest speed x longest cutoff: 15 minutes on foot, 4 by car.
@pytest.mark.parametrize(
    ("mode", "minutes", "kph"), [("walk", 15.0, 5.0), ("drive", 4.0, 120.0)]
)
def test_times_within_the_cutoff_are_those_of_the_whole_extract(
    shared: Callable[[str], Path],
    porto: Country,
    tmp_path: Path,
    mode: str,
    minutes: float,
    kph: float,
) -> None:
    """To the millisecond, for every pair of 300 places inside, both directions."""
    wide = study_area.widened(TOWN, kph * 1000 * minutes / 60)
    part = clipped(shared(PORTO), tmp_path, wide)
    assert len(part.roads.way_id) < 0.8 * len(porto.extract.roads.way_id)
    net = osm_roads.build(
        part,
        osm_roads.segments(part.roads),
        profiles.load([mode])[mode],
        porto.projection,
    )
    random = np.random.default_rng(3)
    west, south, east, north = TOWN.bounds
    lon, lat = random.uniform(west, east, 300), random.uniform(south, north, 300)
    found = []
    for one in (porto.network(mode), net):
        at = snap(one, lon, lat)
        near = pairs(one, at, at, minutes=minutes)
        rows = zip(near.origin, near.destination, near.travel_ms, strict=True)
        found.append([tuple(map(int, row)) for row in rows])
    assert set(found[0]) ^ set(found[1]) == set()  # a list of differences, not a diff
    assert found[0] == found[1]
    assert len(found[0]) > 5_000


def test_ways_are_whole_and_restrictions_and_barriers_stay(
    shared: Callable[[str], Path], porto: Country, tmp_path: Path
) -> None:
    part = clipped(shared(PORTO), tmp_path, TOWN)
    whole, own = of_ways(porto.extract), of_ways(part)
    assert all(own[way] == whole[way] for way in own)
    expected = [
        one
        for one in porto.extract.roads.restrictions
        if any(kind == "w" and ref in own for kind, ref, _ in one[2])
    ]
    assert [one for one in part.roads.restrictions if one in expected] == expected
    assert len(expected) > 10
    inside = {
        number
        for number, x, y in zip(
            porto.extract.roads.node_id,
            porto.extract.roads.x,
            porto.extract.roads.y,
            strict=True,
        )
        if shapely.contains_xy(TOWN, x / 1e7, y / 1e7)
    }
    roads = porto.extract.roads
    tagged = {
        int(node): dict(roads.node_tagsets[at])
        for node, at in zip(roads.tagged_node, roads.node_tagset, strict=True)
        if node in inside
    }
    kept = {
        int(node): dict(part.roads.node_tagsets[at])
        for node, at in zip(part.roads.tagged_node, part.roads.node_tagset, strict=True)
    }
    assert {node: kept.get(node) for node in tagged} == tagged
    assert part.bounds == pytest.approx(TOWN.bounds, abs=1e-7)


def test_a_road_that_only_passes_through_is_kept(
    world: Callable[..., World], tmp_path: Path
) -> None:
    """Neither end lies in the area; a road that passes beside it is left out."""
    made = world("""
        A----------B

        C----------D
    """)
    (west, east), (lat, _) = made.degrees("AB")
    middle = (west + east) / 2
    area = shapely.box(middle - 1e-4, lat - 1e-4, middle + 1e-4, lat + 1e-4)
    part = clipped(made.path, tmp_path, area)
    assert set(part.roads.way_id) == {1}
    assert len(part.roads.node_id) == 2


AREAS = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6" generator="by hand">
 <node id="1" lon="9.00" lat="47.00"/> <node id="2" lon="9.01" lat="47.00"/>
 <node id="3" lon="9.01" lat="47.01"/> <node id="4" lon="9.00" lat="47.01"/>
 <node id="5" lon="9.20" lat="47.20"/> <node id="6" lon="9.21" lat="47.20"/>
 <node id="7" lon="9.001" lat="47.001"><tag k="place" v="village"/><tag k="name" v="In"/></node>
 <node id="8" lon="9.20" lat="47.20"><tag k="place" v="village"/><tag k="name" v="Out"/></node>
 <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/></way>
 <way id="11"><nd ref="3"/><nd ref="4"/><nd ref="1"/></way>
 <way id="12"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
 <way id="13"><nd ref="5"/><nd ref="6"/><tag k="highway" v="residential"/></way>
 <relation id="20"><member type="way" ref="10" role="outer"/>
  <member type="way" ref="11" role="outer"/>
  <tag k="type" v="multipolygon"/><tag k="natural" v="water"/></relation>
 <relation id="21"><member type="way" ref="10" role="outer"/>
  <member type="way" ref="11" role="outer"/><tag k="type" v="boundary"/>
  <tag k="boundary" v="administrative"/><tag k="admin_level" v="8"/>
  <tag k="name" v="Town"/></relation>
 <relation id="22"><member type="way" ref="10" role="outer"/>
  <member type="way" ref="13" role="outer"/><tag k="type" v="boundary"/>
  <tag k="boundary" v="administrative"/><tag k="admin_level" v="2"/></relation>
</osm>
"""


def test_areas_of_several_ways_are_whole_and_countries_stay_away(tmp_path: Path) -> None:
    """The cut touches one way of the lake and of the town; both come with all their ways."""
    source = tmp_path / "areas.osm"
    source.write_text(AREAS, "utf-8")
    part = clipped(source, tmp_path, shapely.box(9.0005, 46.9995, 9.002, 47.0015))
    assert set(part.roads.way_id) == {12}
    assert len(part.layers["water"]) == 1
    assert list(part.boundaries["name"]) == ["Town"]
    assert list(part.places["name"]) == ["In"]
    kinds = [
        one.id
        for one in osmium.FileProcessor(str(tmp_path / "part.osm.pbf"), osmium.osm.RELATION)
    ]
    assert kinds == [20, 21]


def test_two_cuts_are_the_same_bytes(shared: Callable[[str], Path], tmp_path: Path) -> None:
    for name in ("a", "b"):
        clip(
            shared(PORTO),
            tmp_path / f"{name}.osm.pbf",
            shapely.box(-8.62, 41.15, -8.61, 41.155),
        )
    assert (tmp_path / "a.osm.pbf").read_bytes() == (tmp_path / "b.osm.pbf").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_damaged_extract_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "cut.osm.pbf").write_bytes(b"\x00\x00\x00\x0d\x0a\x09OSMHeader")
    with pytest.raises(InputError, match="cut"):
        clip(tmp_path / "cut.osm.pbf", tmp_path / "out.osm.pbf", TOWN)


# --- init --within -----------------------------------------------------------------------


def area_file(folder: Path, shape: shapely.Geometry, name: str = "area.geojson") -> Path:
    path = folder / name
    gpd.GeoDataFrame(geometry=[shape], crs=4326).to_file(path)
    return path


def test_init_keeps_the_part_in_the_study(
    liechtenstein: Country, shared: Callable[[str], Path], tmp_path: Path
) -> None:
    """Vaduz with 3 km around it: the study needs the country's file no more."""
    pbf = shared("data/liechtenstein/liechtenstein-2013-08-03.osm.pbf")
    area = area_file(tmp_path, shapely.box(9.50, 47.12, 9.54, 47.16))
    folder = tmp_path / "study"
    command = ["init", str(folder), "--roads", str(pbf), "--within", str(area)]
    done = CliRunner().invoke(app, [*command, "--margin", "3"])
    assert done.exit_code == 0, done.output
    made = study.read(folder)
    assert made.roads.source == "roads.osm.pbf"
    assert made.roads.within == "../area.geojson"
    part = osm_file.read(folder / "roads.osm.pbf")
    assert 0.1 < len(part.roads.way_id) / len(liechtenstein.extract.roads.way_id) < 0.6
    sources = (folder / "SOURCES.md").read_text("utf-8")
    assert "within 3 km of `area.geojson`" in sources
    assert pbf.name in sources
    again = CliRunner().invoke(app, command)
    assert isinstance(again.exception, InputError)
    assert "study here already" in str(again.exception)


def test_the_margin_is_the_fastest_speed_times_the_longest_cutoff() -> None:
    assert new_study._margin_m() == 120_000 / 60 * max(drafting.MINUTES)


def test_init_within_points_takes_their_hull(
    shared: Callable[[str], Path], tmp_path: Path
) -> None:
    pbf = shared("data/liechtenstein/liechtenstein-2013-08-03.osm.pbf")
    points = tmp_path / "points.csv"
    points.write_text("name,lon,lat\nA,9.50,47.12\nB,9.54,47.12\nC,9.52,47.16\n", "utf-8")
    summary = new_study.init(tmp_path / "study", pbf, within=points, margin_km=0.5)
    made = study.read(tmp_path / "study")
    assert made.roads.within is None
    assert 0 < summary.counts["villages"] < 10
    hull, is_outline = study_area.read(points)
    assert not is_outline
    assert osm_file.read(tmp_path / "study" / "roads.osm.pbf").bounds == pytest.approx(
        study_area.widened(hull, 500).bounds, abs=1e-6
    )


@pytest.mark.parametrize("metres", [500.0, 60_000.0])
def test_a_widened_area_holds_everything_that_near(metres: float) -> None:
    from servicemap.roads.projection import great_circle_m

    for lat in (-60.0, 0.0, 28.0, 65.0):
        wide = study_area.widened(shapely.Point(120.0, lat), metres)
        at = shapely.get_coordinates(wide)
        far = great_circle_m(
            np.full(len(at), 120.0), np.full(len(at), lat), at[:, 0], at[:, 1]
        )
        assert far.min() >= 0.99 * metres
        assert far.max() <= 1.6 * metres


def test_an_area_elsewhere_is_told_in_words(
    shared: Callable[[str], Path], tmp_path: Path
) -> None:
    pbf = shared("data/liechtenstein/liechtenstein-2013-08-03.osm.pbf")
    area = area_file(tmp_path, shapely.box(120.0, 28.0, 120.1, 28.1))
    with pytest.raises(InputError, match="no roads in the area") as caught:
        new_study.init(tmp_path / "study", pbf, within=area)
    assert caught.value.text("zh")
    assert not (tmp_path / "study").exists()
