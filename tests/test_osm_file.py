"""Reading extracts: what is taken from them, and what is said of damaged ones."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pytest

from conftest import Country
from servicemap import osm_file
from servicemap.errors import InputError
from servicemap.osm_file import batches, collecting, reading

BAD = Path(__file__).parent / "bad_inputs" / "extracts"
DATA = Path(__file__).parent.parent / "data"
COUNTRY = DATA / "liechtenstein" / "liechtenstein-2013-08-03.osm.pbf"


def kinds(extract: osm_file.Extract) -> list[str]:
    return [problem.kind for problem in extract.problems]


# ------------------------------------------------------------------ damaged files
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("empty.osm.pbf", "empty_file"),
        ("not_a_pbf.osm.pbf", "not_osm"),
        ("a_web_page.osm", "not_osm"),
        ("unknown_ending.roads", "not_osm"),
        ("cut_inside_a_block.osm.pbf", "cut_osm"),
        ("cut_inside_a_tag.osm", "cut_osm"),
        ("coordinate_in_words.osm", "cut_osm"),
        ("cut_after_the_nodes.osm.pbf", "no_ways"),
        ("without_the_nodes.osm.pbf", "no_roads"),
        ("no_roads.osm", "no_roads"),
    ],
)
@pytest.mark.parametrize("want_map", [True, False])
def test_a_file_that_cannot_be_used_is_an_error_with_a_remedy(
    name: str, kind: str, want_map: bool
) -> None:
    with pytest.raises(InputError) as caught:
        osm_file.read(BAD / name, want_map=want_map)
    assert [problem.kind for problem in caught.value.problems] == [kind]
    for language in ("en", "zh"):
        text = caught.value.text(language)
        assert name in text
        assert "\n" not in text
        assert "{" not in text
    assert caught.value.exit_code == 2


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    said = {tmp_path / "roads.osm.pbf": "file_not_found", tmp_path: "not_a_file"}
    for path, kind in said.items():
        with pytest.raises(InputError) as caught:
            osm_file.read(path)
        assert caught.value.kind == kind
        assert str(path) in caught.value.text()


def test_a_cut_between_blocks_is_a_finding() -> None:
    """What is left is a smaller country: the roads are there, the relations are lost."""
    extract = osm_file.read(BAD / "cut_after_the_ways.osm.pbf")
    assert kinds(extract) == ["no_relations"]
    assert extract.counts["ways"] == len(extract.roads.way_id) == 24


def test_roads_with_missing_nodes_inside_the_extract_are_a_finding() -> None:
    extract = osm_file.read(BAD / "missing_nodes_inside.osm")
    assert kinds(extract) == ["missing_nodes"]
    assert extract.problems[0].values["count"] == 4
    assert extract.counts["missing_nodes"] == 4
    # each of four roads is read as what is left of it
    roads = extract.roads
    assert len(roads.way_id) == 24 + 4
    assert set(roads.node_id) == set(range(1, 145)) - {66, 79}


def test_roads_cut_at_the_frame_are_none() -> None:
    """As every clipped extract has them: the next node lies outside."""
    extract = osm_file.read(BAD / "missing_nodes_at_the_border.osm")
    assert kinds(extract) == []
    assert extract.counts["missing_nodes"] == 2


def test_a_way_of_one_node_is_no_road() -> None:
    extract = osm_file.read(BAD / "way_of_one_node.osm")
    assert kinds(extract) == ["roads_no_line"]
    assert 99 not in extract.roads.way_id


# ------------------------------------------------------------------ what is read
def test_ways_and_their_nodes_come_as_drawn(world) -> None:
    roads = world(
        "A----B----C",
        ways=[("ABC", {"name": "High Street", "maxspeed": "30"}), ("CA", {"ref": "7"})],
    ).extract.roads
    assert roads.way_id.tolist() == [1, 2]
    assert roads.first.tolist() == [0, 3, 5]
    assert roads.node_id.tolist() == [1, 2, 3, 3, 1]
    assert [roads.names[k] for k in roads.name] == ["High Street", "7"]
    assert roads.tagsets[roads.tagset[0]] == {"highway": "residential", "maxspeed": "30"}
    assert roads.x[0] == 90_000_000
    assert roads.y[0] == 470_000_000


def test_roads_drawn_in_an_editor_and_not_yet_uploaded_are_read(world) -> None:
    """They have negative ids; a third of the way is new, one node is old."""
    made = world("A----B----C", ways={"ABC": {}}, nodes={"B": {"barrier": "gate"}})
    plain = osm_file.read(made.path).roads
    text = made.path.read_text("utf-8").replace('way id="1"', 'way id="-9"')
    for number in (1, 2):
        text = text.replace(f'node id="{number}"', f'node id="-{number}"')
        text = text.replace(f'ref="{number}"', f'ref="-{number}"')
    drawn = made.path.with_name("drawn.osm")
    drawn.write_text(text, "utf-8")
    extract = osm_file.read(drawn)
    assert kinds(extract) == kinds(made.extract)
    roads = extract.roads
    assert (roads.way_id.tolist(), roads.node_id.tolist()) == ([-9], [-1, -2, 3])
    assert (roads.x.tolist(), roads.y.tolist()) == (plain.x.tolist(), plain.y.tolist())
    assert roads.tagged_node.tolist() == [-2]
    assert extract.counts["missing_nodes"] == 0


def test_what_is_deleted_is_not_read(world) -> None:
    made = world("A----B----C")
    made.edit('<way id="2"', '<way id="2" visible="false"')
    assert made.extract.roads.way_id.tolist() == [1]


def test_equal_tags_are_kept_once_whatever_the_names(world) -> None:
    roads = world(
        "A----B----C", ways={"AB": {"name": "one"}, "BC": {"name": "two"}}
    ).extract.roads
    assert len(roads.tagsets) == 1
    assert len(roads.names) == 3


def test_a_node_named_twice_in_a_row_counts_once(world) -> None:
    roads = world("A----B", ways={"AABB": {}}).extract.roads
    assert roads.node_id.tolist() == [1, 2]


def test_nodes_with_tags_that_stop_somebody_are_kept(world) -> None:
    extract = world(
        "A----B----C",
        nodes={"B": {"barrier": "gate", "name": "x"}, "C": {"amenity": "bench"}},
    ).extract
    assert extract.roads.tagged_node.tolist() == [2]
    assert extract.roads.node_tagsets == ({"barrier": "gate"},)


def test_places_and_offices_are_found(world) -> None:
    extract = world(
        "A----B    P    T",
        nodes={
            "P": {"place": "village", "name": "桥头村"},
            "T": {"amenity": "townhall", "name": "Town hall"},
            "B": {"office": "government"},
        },
    ).extract
    assert extract.places[["osm_id", "name", "place"]].to_numpy().tolist() == [
        ["n3", "桥头村", "village"]
    ]
    assert sorted(extract.offices["name"]) == ["", "Town hall"]


def test_areas_are_assembled_only_where_the_map_is_wanted(world) -> None:
    town = world(
        """
        A----B
        |    |
        D----C

        E----F
        |    |
        H----G
        """,
        ways={
            "ABCDA": {
                "highway": "",
                "building": "public",
                "amenity": "townhall",
                "name": "Hall",
            },
            "EFGHE": {"highway": "", "natural": "water"},
            "AE": {},
        },
    )
    extract = town.extract
    assert len(extract.buildings) == 1
    assert extract.buildings["area_m2"][0] == pytest.approx(416.67**2, rel=0.01)
    assert extract.offices["osm_id"].tolist() == ["w1"]
    assert town.seats["A"][0] < extract.offices["lon"][0] < town.seats["B"][0]
    assert len(extract.layers["water"]) == 1
    bare = osm_file.read(town.path, want_map=False)
    assert len(bare.buildings) == len(bare.layers["water"]) == 0
    np.testing.assert_array_equal(bare.roads.node_id, extract.roads.node_id)


def test_rivers_are_lines_and_culverts_are_told_apart(world) -> None:
    town = world(
        "A----B",
        rivers=["AB"],
        ways={"AB": {}},
        water={"waterway": "river", "tunnel": "culvert"},
    )
    assert town.extract.layers["waterways"]["kind"].tolist() == ["culvert"]


def test_turn_restrictions_are_kept_with_their_members(world) -> None:
    town = world("A----B----C")
    town.edit(
        "</osm>",
        '<relation id="5" version="1"><member type="way" ref="1" role="from"/>'
        '<member type="node" ref="2" role="via"/><member type="way" ref="2" role="to"/>'
        '<tag k="type" v="restriction"/><tag k="restriction" v="no_straight_on"/></relation></osm>',
    )
    ((number, tags, members),) = town.extract.roads.restrictions
    assert number == 5
    assert tags["restriction"] == "no_straight_on"
    assert members == (("w", 1, "from"), ("n", 2, "via"), ("w", 2, "to"))


def test_the_bounds_of_a_file_without_a_frame_are_its_roads(world) -> None:
    town = world("A----B")
    west, south, east, north = town.extract.bounds
    assert (west, north) == pytest.approx(town.seats["A"])
    assert (east, south) == pytest.approx(town.seats["B"])


def test_a_real_country(liechtenstein: Country) -> None:
    extract = liechtenstein.extract
    assert len(extract.sha256) == 64
    assert kinds(extract) == []
    assert len(extract.roads.way_id) > 2_000
    assert {"Vaduz", "Schaan"} <= set(extract.places["name"])
    assert (
        extract.layers["waterways"]["kind"]
        .isin(["river", "canal", "stream", "culvert"])
        .all()
    )


def test_reading_twice_gives_the_same(world) -> None:
    town = world("A----B----C", ways=[("ABC", {}), ("CA", {"highway": "track"})])
    first, second = (osm_file.read(town.path) for _ in range(2))
    assert first.sha256 == second.sha256
    for name in ("way_id", "tagset", "first", "node_id", "x", "y"):
        np.testing.assert_array_equal(
            getattr(first.roads, name), getattr(second.roads, name)
        )


# ------------------------------------------------------------------ ways in batches
ODD_TEXTS = [
    "a b,c=d%e@f",
    "line\nend\ttab",
    "€𝄞桥",
    "\u2028\x85\u3000",
    "%20%",
    "%2c%20%3d%",
]


def written(path: Path, ways: list[tuple[list[int], dict[str, str]]], x: float = 9) -> Path:
    """An extract of nodes 1 to 9 in a row, and of ways with these nodes and tags."""
    make = osmium.osm.mutable
    with osmium.SimpleWriter(str(path)) as writer:
        for k in range(1, 10):
            writer.add(make.Node(id=k, location=(x + k / 1000, 47), tags={}))
        for number, (nodes, tags) in enumerate(ways, start=1):
            writer.add(make.Way(id=number, nodes=nodes, tags=tags))
    return path


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_tags_come_as_they_are_written(tmp_path: Path, text: str) -> None:
    tags = {"highway": "track", "name": text, f"maxspeed:{text}": text, text: "1"}
    roads = osm_file.read(written(tmp_path / "odd.osm", [([1, 2], tags)])).roads
    assert roads.names[roads.name[0]] == text
    assert roads.tagsets == ({"highway": "track", f"maxspeed:{text}": text},)


def test_ways_without_a_name_are_called_by_their_number(tmp_path: Path) -> None:
    given = [{"ref": "7"}, {"ref": "7", "name": "High Street"}, {"old_name": "x"}]
    ways = [([1, 2], {"highway": "track", **tags}) for tags in given]
    roads = osm_file.read(written(tmp_path / "named.osm", ways)).roads
    assert [roads.names[k] for k in roads.name] == ["7", "High Street", ""]


def test_gaps_and_repeated_nodes_part_roads_as_they_should(tmp_path: Path) -> None:
    """Nodes above 9 are missing; a single node between two gaps is no road."""
    drawn = [
        [1, 2, 11, 3, 4],
        [11, 1, 2],
        [1, 11, 12, 2, 3],
        [1, 11, 2],
        [1, 1],
        [],
        [5, 6, 5],
    ]
    ways = [(nodes, {"highway": "track", "name": f"{nodes}"}) for nodes in drawn]
    extract = osm_file.read(written(tmp_path / "gaps.osm", ways))
    roads = extract.roads
    parts = [
        (int(way), roads.node_id[a:b].tolist())
        for way, a, b in zip(roads.way_id, roads.first[:-1], roads.first[1:], strict=True)
    ]
    assert parts == [(1, [1, 2]), (1, [3, 4]), (2, [1, 2]), (3, [2, 3]), (7, [5, 6, 5])]
    assert roads.names == ("", *(f"{drawn[k - 1]}" for k in (1, 2, 3, 7)))
    assert extract.counts["missing_nodes"] == 5
    assert extract.counts["ways_no_line"] == 2
    beside = [2, 3, 1, 1, 2, 1, 2]  # the gaps, in the order of the file
    assert roads.cut[:, 0].tolist() == [90_000_000 + 10_000 * k for k in beside]


@pytest.mark.parametrize("size", [1, 7])
def test_roads_do_not_depend_on_where_a_batch_ends(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("missing_nodes_inside.osm", "way_of_one_node.osm"):
        whole = reading._read(BAD / name, "", want_map=True)
        with monkeypatch.context() as patch:
            patch.setattr(collecting, "WAYS", size)
            assert_same(reading._read(BAD / name, "", want_map=True), whole)


@pytest.mark.parametrize("want_map", [True, False])
def test_an_extract_is_read_without_a_temporary_folder_too(
    want_map: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(**_: object) -> None:
        raise FileNotFoundError

    with_text = reading._read(COUNTRY, "", want_map=want_map)
    monkeypatch.setattr(batches, "TemporaryDirectory", none)
    assert_same(reading._read(COUNTRY, "", want_map=want_map), with_text)


def test_a_node_outside_the_earth_stops_nothing(tmp_path: Path) -> None:
    """osmium writes no text of it; then the nodes are read one by one."""
    path = written(tmp_path / "far.osm", [([1, 2], {"highway": "track"})], x=200)
    assert osm_file.read(path, want_map=False).roads.x.tolist() == [
        2_000_010_000,
        2_000_020_000,
    ]


def test_a_full_disk_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no device that is always full")
    whole = reading._read(COUNTRY, "", want_map=False)
    monkeypatch.setattr(batches, "Path", lambda _: Path("/dev"))
    monkeypatch.setattr(batches, "NAME", full.name)
    monkeypatch.setattr(collecting, "WAYS", 500)
    assert_same(reading._read(COUNTRY, "", want_map=False), whole)


@pytest.mark.parametrize("name", ["missing_nodes_inside.osm", "cut_inside_a_block.osm.pbf"])
def test_the_text_is_gone_after_reading(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with suppress(InputError):
        reading._read(BAD / name, "", want_map=False)
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------ kept between runs
def as_read_from_the_file(*args: object, **options: object) -> None:
    raise AssertionError("the file was read again")


def assert_same(one: osm_file.Extract, other: osm_file.Extract) -> None:
    for name in ("name", "sha256", "date", "bounds", "counts", "problems"):
        assert getattr(one, name) == getattr(other, name), name
    for field in dataclasses.fields(one.roads):
        a, b = getattr(one.roads, field.name), getattr(other.roads, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            assert np.array_equal(a, b), field.name
        else:
            assert a == b, field.name
    for name in ("places", "offices", "buildings"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert_frame_of_shapes_equal(one.boundaries, other.boundaries)
    assert list(one.layers) == list(other.layers)
    for name, layer in one.layers.items():
        assert_frame_of_shapes_equal(layer, other.layers[name])


def assert_frame_of_shapes_equal(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> None:
    assert one.crs == other.crs
    assert one.geometry.to_wkb().tolist() == other.geometry.to_wkb().tolist()
    plain = one.drop(columns="geometry"), other.drop(columns="geometry")
    pd.testing.assert_frame_equal(*map(pd.DataFrame, plain))


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize("want_map", [True, False])
@pytest.mark.parametrize(
    "name", ["liechtenstein/liechtenstein-2013-08-03.osm.pbf", "demo-county/roads.osm.pbf"]
)
def test_an_extract_comes_back_from_the_cache_as_it_was_read(
    name: str, want_map: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = DATA / name
    first = osm_file.read(path, want_map=want_map)
    monkeypatch.setattr(reading, "_read", as_read_from_the_file)
    assert_same(first, osm_file.read(path, want_map=want_map))


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize("name", ["cut_after_the_ways.osm.pbf", "missing_nodes_inside.osm"])
def test_findings_about_a_file_come_back_from_the_cache_too(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = osm_file.read(BAD / name)
    assert first.problems
    monkeypatch.setattr(reading, "_read", as_read_from_the_file)
    assert_same(first, osm_file.read(BAD / name))


def test_the_same_content_under_another_name_is_called_by_its_own_name(
    own_cache: Path, tmp_path: Path
) -> None:
    source = BAD / "cut_after_the_ways.osm.pbf"
    copy = tmp_path / "other.osm.pbf"
    copy.write_bytes(source.read_bytes())
    osm_file.read(source)
    again = osm_file.read(copy)
    assert again.name == "other.osm.pbf"
    assert {problem.source for problem in again.problems} == {"other.osm.pbf"}
    assert len(list((own_cache / "extracts").iterdir())) >= 1


@pytest.mark.usefixtures("own_cache")
def test_a_file_that_cannot_be_used_stays_one() -> None:
    for _ in range(2):
        with pytest.raises(InputError):
            osm_file.read(BAD / "cut_inside_a_block.osm.pbf")


@pytest.mark.parametrize("suffix", [".osm", ".osm.gz", ".osm.bz2"])
def test_xml_plain_or_packed_reads_like_pbf(
    shared: Callable[[str], Path], tmp_path: Path, suffix: str
) -> None:
    """The same roads, restrictions, places and buildings; only the file's name differs."""
    pbf = shared("data/liechtenstein/liechtenstein-2013-08-03.osm.pbf")
    path = tmp_path / f"country{suffix}"
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(str(pbf)):
            writer.add(thing)
    one, other = osm_file.read(pbf), osm_file.read(path)
    for name in ("way_id", "first", "node_id", "x", "y", "tagged_node", "tagset", "name"):
        expected, found = getattr(one.roads, name), getattr(other.roads, name)
        np.testing.assert_array_equal(found, expected)
    assert other.roads.tagsets == one.roads.tagsets
    assert other.roads.restrictions == one.roads.restrictions
    assert other.counts == one.counts
    for table in ("places", "offices", "buildings", "boundaries"):
        pd.testing.assert_frame_equal(getattr(other, table), getattr(one, table))
