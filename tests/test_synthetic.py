"""The made-up county: same bytes for the same seed, sizes as asked, sense on the map."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from servicemap import osm_file, study
from servicemap.errors import InputError
from servicemap.intake import load
from servicemap.outputs.write import write
from servicemap.pipeline import run
from servicemap.synthetic import county as whole
from servicemap.synthetic import make_county, make_mess, paths, people, score

if TYPE_CHECKING:
    from pathlib import Path

SMALL = {"townships": 3, "villages": 20, "seed": 1}
TOO_FEW = 5  # rows of a list from a phone map about which no evidence may tell
M = 111_195.0


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """3 townships (one an island), 20 villages: made in a second."""
    return make_county(tmp_path_factory.mktemp("county"), **SMALL)


@pytest.fixture(scope="module")
def extract(small):
    return osm_file.read(small.folder / "roads.osm.pbf")


@pytest.fixture(scope="module")
def inputs(small, extract):
    return load(study.read(small.folder), extract)


@pytest.fixture(scope="module")
def usual():
    """The county of the issue, not written: 25 townships, 420 villages."""
    return whole.invent(25, 420, 1)


def digest(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def roads_of(extract):
    """Tags and coordinates (degrees) of every way with a highway or route."""
    roads = extract.roads
    for way in range(len(roads.way_id)):
        part = slice(roads.first[way], roads.first[way + 1])
        xy = np.column_stack([roads.x[part], roads.y[part]]) * 1e-7
        yield roads.tagsets[roads.tagset[way]], roads.node_id[part], xy


def test_the_same_seed_gives_the_same_bytes(small, tmp_path):
    again = make_county(tmp_path, **SMALL)
    assert digest(tmp_path) == digest(small.folder)
    assert again.counts == small.counts


def test_another_seed_gives_another_county(small, tmp_path):
    make_county(tmp_path, **{**SMALL, "seed": 2})
    ours, theirs = digest(small.folder), digest(tmp_path)
    assert all(
        ours[name] != theirs[name]
        for name in ("roads.osm.pbf", "points.xlsx", "people.xlsx")
    )


def test_the_usual_county_has_the_numbers_that_were_asked_for(usual):
    tiers = usual.points["tier"].value_counts()
    assert len(usual.places.townships) == tiers["township"] == 25
    assert len(usual.places.villages) == 420
    assert tiers["city"] == 1
    stations = usual.points[(usual.points["tier"] == "village") & usual.points["one_stop"]]
    assert len(stations) == stations["village"].nunique() == 209
    assert usual.points["partner"].nunique() == 2
    assert min(tiers["bank"], tiers["kiosk"], tiers["mobile"]) >= 30
    assert 3_000 < len(usual.places.hamlets) < 6_000


def test_ids_are_unique_and_are_not_real_codes(usual):
    for ids in (
        usual.places.townships["township_id"],
        usual.places.villages["village_id"],
        usual.places.hamlets["hamlet_id"],
        usual.points["facility_id"],
    ):
        assert ids.is_unique
    codes = usual.places.villages["village_id"]
    assert codes.str.fullmatch(r"99\d{10}").all()


def test_some_villages_of_different_townships_share_a_name(usual):
    villages = usual.places.villages
    twins = villages[villages.duplicated("name", keep=False)]
    assert len(twins) >= 4
    assert not villages.duplicated(["name", "township"]).any()


def test_every_village_and_every_hamlet_lies_in_its_township(usual):
    areas = np.array([usual.territory[k] for k in range(len(usual.places.townships))])
    x, y = usual.drawing.hamlets.T
    own = usual.places.villages["township"].to_numpy()[usual.places.hamlets["village"]]
    assert shapely.contains_xy(areas[own], x, y).all()


def test_townships_and_sea_are_a_valid_coverage(usual):
    assert shapely.coverage_is_valid(list(usual.territory.values()))


def test_people_of_hamlets_sum_to_their_village(usual):
    village = usual.places.hamlets["village"].to_numpy()
    for kind in ("hukou", "resident"):
        total = np.bincount(village, weights=usual.hamlet_people[kind])
        assert (total == usual.census[kind]).all()


def test_whole_parts_by_largest_remainder_go_to_the_first_of_equals():
    parts = people.apportion(
        np.array([10, 1]),
        np.array([0, 0, 0, 1, 1]),
        np.array([1 / 3, 1 / 3, 1 / 3, 0.5, 0.5]),
    )
    assert parts.tolist() == [4, 3, 3, 1, 0]


def test_roads_are_found_by_the_cheapest_way_around_a_ridge():
    height = np.zeros((5, 5))
    height[:4, 2] = 100.0  # a ridge with a gap in the last row
    graph = paths.lattice(
        np.ones((5, 5), dtype=bool), np.ones((5, 5)), rise_cost=1.0, height=height
    )
    _, towards, source = paths.grow(graph, [0])
    way = paths.walk(towards, 4)
    assert 22 in way  # row 4, column 2: the gap
    assert (source == 0).all()


def test_links_join_only_sources_whose_territories_touch():
    graph = paths.lattice(np.ones((1, 9), dtype=bool), np.ones((1, 9)))
    distance, _, source = paths.grow(graph, [0, 4, 8])
    found = paths.links(graph, distance, source)
    assert list(zip(found["a"], found["b"], strict=True)) == [(0, 4), (4, 8)]
    assert found["cost"].tolist() == [4.0, 4.0]


def test_the_extract_reads_back_without_a_finding(extract):
    assert extract.problems == ()
    assert extract.date == "2026-10-01T00:00:00Z"
    assert len(extract.buildings) > 300
    assert set(extract.places["place"]) >= {"city", "town", "village", "hamlet"}
    for name in ("water", "woods", "built_up", "waterways", "coastline"):
        assert len(extract.layers[name]), name
        assert extract.layers[name].is_valid.all(), name


def test_roads_of_all_classes_meet_at_common_nodes_and_only_ferries_reach_the_island(
    extract,
):
    links = [(tags, nodes) for tags, nodes, _ in roads_of(extract)]
    assert {tags["highway"] for tags, _ in links if "highway" in tags} >= {
        "primary",
        "tertiary",
        "unclassified",
        "residential",
        "track",
    }

    def parts(ways):
        owner = {}

        def root(node):
            while owner.setdefault(node, node) != node:
                owner[node] = owner[owner[node]]
                node = owner[node]
            return node

        for nodes in ways:
            for node in nodes[1:].tolist():
                owner[root(node)] = root(int(nodes[0]))
        return len({root(node) for node in list(owner)})

    assert parts([nodes for _, nodes in links]) == 1
    assert parts([nodes for tags, nodes in links if tags.get("route") != "ferry"]) == 2


def test_a_ferry_says_how_long_it_takes(extract):
    ferries = [tags for tags, _, _ in roads_of(extract) if tags.get("route") == "ferry"]
    assert ferries
    assert all(tags["duration"] >= "00:10" for tags in ferries)


def test_roads_cross_rivers_only_on_bridges(extract):
    rivers = shapely.union_all(extract.layers["waterways"].geometry.to_numpy())
    dry = [
        shapely.LineString(xy)
        for tags, _, xy in roads_of(extract)
        if "bridge" not in tags and tags.get("route") != "ferry"
    ]
    inside = [shapely.LineString(line.coords[:]) for line in dry]
    crossing = shapely.crosses(np.array(inside), rivers)
    assert crossing.mean() < 0.004  # bends may graze a bank


def test_villages_without_a_mapped_road_have_none_within_the_snap_limit(
    small, extract, inputs
):
    assert small.roadless
    lines = shapely.union_all([shapely.LineString(xy) for _, _, xy in roads_of(extract)])
    squeeze = np.array([np.cos(np.radians(28.65)), 1.0])
    flat = shapely.transform(lines, lambda xy: xy * squeeze * M)
    villages = inputs.villages.set_index("village_id")
    for village in small.roadless:
        row = villages.loc[village]
        if np.isnan(row["lon"]):
            continue
        spot = shapely.Point(np.array([row["lon"], row["lat"]]) * squeeze * M)
        assert flat.distance(spot) > 500.0


def test_the_study_loads_without_errors_and_keeps_every_row(small, inputs):
    assert [one.line() for one in inputs.problems if one.severity == "error"] == []
    warnings = {one.kind for one in inputs.problems if one.severity == "warning"}
    assert warnings <= {"not_located", "placed_by_name"}
    assert len(inputs.villages) == small.counts["villages"]
    assert len(inputs.facilities) == small.counts["points"]
    assert len(inputs.townships) == small.counts["townships"]
    assert int(inputs.facilities["one_stop"].sum()) == small.counts["one_stop"] + 1 + 3
    assert int(inputs.demand["people"].sum()) == small.counts["people"]


def test_the_study_says_that_it_is_made_up_wherever_it_shows(small):
    assert "示例数据" in study.read(small.folder).name
    assert "示例数据" in (small.folder / "SOURCES.md").read_text(encoding="utf-8")
    for name in ("townships.geojson", "village_roads.geojson"):
        assert "示例数据" in (small.folder / name).read_text(encoding="utf-8")
    with (small.folder / "points.csv").open(encoding="utf-8-sig", newline="") as file:
        assert all(row["备注"] == "示例数据" for row in csv.DictReader(file))
    from python_calamine import CalamineWorkbook

    for file in sorted(small.folder.glob("*.xlsx")):
        book = CalamineWorkbook.from_path(str(file))
        for sheet in book.sheet_names:
            rows = book.get_sheet_by_name(sheet).to_python()
            assert any("示例数据" in str(cell) for row in rows for cell in row), (
                file,
                sheet,
            )


def test_the_study_runs_as_it_is_and_every_file_of_a_run_appears(small, tmp_path):
    result = run(small.folder)
    write(result, tmp_path / "out")
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert names == {
        *("map.html", "coverage.gpkg", "villages.csv", "workbook.xlsx"),
        *("summary.json", "problems.csv", "provenance.json"),
    }
    figures = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    asked = {one["id"]: one for one in figures["study"]["questions"]}
    assert asked["elderly15"]["mode"] == {"default": "ebike", "elderly": "walk"}
    assert figures["coverage"][0]["question_id"] == "headline"


def test_last_year_two_villages_were_four_and_the_changes_say_so(usual):
    sheets = {
        page.name: page
        for pages in whole.books(usual, "示例数据", 1).values()
        for page in pages
        if page.name in ("区划调整对照", "常住人口")
    }
    changes = sheets["区划调整对照"].rows
    assert [row[0] for row in changes] == ["合并"] * 4 + ["更名"]
    assert len(sheets["常住人口"].rows) == 420 + 2  # figures of last year come last


def test_heights_are_srtm_tiles_with_land_sea_and_nothing_outside(small):
    import zipfile

    (file,) = (small.folder / "dem").glob("*.hgt.zip")
    with zipfile.ZipFile(file) as archive:
        (name,) = archive.namelist()
        tile = np.frombuffer(archive.read(name), dtype=">i2").reshape(1201, 1201)
    inside = tile[tile > -32768]
    assert inside.min() == 0
    assert inside.max() > 60
    assert inside.size < tile.size / 2


def test_the_catalogue_has_three_hundred_items_of_which_banks_do_ninety_five(usual):
    from servicemap.synthetic.catalogue import items

    catalogue, templates, exceptions = items(usual.points, "")
    assert len(catalogue.rows) == len({row[0] for row in catalogue.rows}) == 300
    assert sum(row[-1] == "是" for row in catalogue.rows) == 95
    known = {row[2] for row in catalogue.rows} | {"其他"}
    assert {row[2] for row in templates.rows} <= known
    ids = set(usual.points["facility_id"])
    assert exceptions.rows
    assert all(row[0] in ids for row in exceptions.rows)


def test_files_stay_small(small):
    assert sum(small.files.values()) < 300_000
    assert set(small.files) == set(digest(small.folder))


@pytest.mark.parametrize(("townships", "villages"), [(2, 20), (5, 10)])
def test_a_county_that_is_too_small_is_refused(tmp_path, townships, villages):
    with pytest.raises(InputError) as error:
        make_county(tmp_path / "x", townships=townships, villages=villages)
    assert error.value.kind == "county_size"
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(("villages", "seed"), [(90, 3), (60, 3)])
def test_planted_faults_are_found_and_nothing_else_is(tmp_path, villages, seed):
    faults = make_mess(tmp_path, townships=5, villages=villages, seed=seed)
    with (tmp_path / "faults.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(faults) > 80
    found = load(study.read(tmp_path), osm_file.read(tmp_path / "roads.osm.pbf"))
    result = score(faults, found.problems)
    lists = Counter(fault.kind for fault in faults if fault.kind.endswith("2_rows"))
    lists.update(fault.kind for fault in faults if fault.kind.endswith("9_rows"))
    missed = [one for one in result.missed if lists.get(one.kind, 99) > TOO_FEW]
    assert missed == []
    assert lists.total() > 6
    assert [one.line("zh") for one in result.false_alarms] == []


def test_short_lists_from_phone_maps_are_mostly_told_in_small_counties(tmp_path):
    """Two to five rows each; none was told before, and none may be told wrongly."""
    told, planted = 0, 0
    for seed in range(1, 7):
        faults = make_mess(tmp_path / str(seed), townships=4, villages=60, seed=seed)
        extract = osm_file.read(tmp_path / str(seed) / "roads.osm.pbf")
        result = score(faults, load(study.read(tmp_path / str(seed)), extract).problems)
        lists = ("gcj02_rows", "bd09_rows")
        told += sum(one.kind in lists for one in result.found)
        planted += sum(one.kind in lists for one in faults)
        assert result.false_alarms == ()
    assert told >= 0.7 * planted


def test_lists_from_phone_maps_are_found_among_the_others(tmp_path):
    faults = make_mess(tmp_path, townships=10, villages=200, seed=5)
    found = load(study.read(tmp_path), osm_file.read(tmp_path / "roads.osm.pbf"))
    result = score(faults, found.problems)
    assert list(result.missed) == []
    assert [one.line("zh") for one in result.false_alarms] == []
    bank = found.facilities[found.facilities["datum"] == "gcj02"]
    assert set(bank["partner"]) == {"示例银行乙"}
    assert set(found.facilities.loc[found.facilities["datum"] == "bd09", "tier"]) == {
        "kiosk"
    }


def test_a_score_counts_misses_and_false_alarms(tmp_path):
    faults = make_mess(tmp_path, **SMALL)
    owed = [fault for fault in faults if fault.expect != "silent"]
    assert score(faults, ()).missed == tuple(owed)
