"""Roads from GIS lines: what meets, what stays apart, and what is said about it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from servicemap.errors import InputError
from servicemap.roads import osm_roads, profiles, sources
from servicemap.roads.drawn_roads import Joins
from servicemap.roads.line_words import class_words, direction, kph, road_class
from servicemap.roads.network import MAIN
from servicemap.roads.projection import projection_for
from servicemap.roads.snapping import snap
from servicemap.routing.travel_times import pairs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from servicemap.osm_file import Extract
    from servicemap.roads.network import Network
    from servicemap.roads.snapping import Snaps

pytestmark = pytest.mark.usefixtures("own_cache")

UTM = "EPSG:32632"
EAST, NORTH = 500_000.0, 5_000_000.0


def lines(*shapes: list[tuple[float, ...]], **columns: list[Any]) -> gpd.GeoDataFrame:
    """Lines in metres from a corner, with columns."""
    made = [
        shapely.LineString([(EAST + p[0], NORTH + p[1], *p[2:]) for p in one])
        for one in shapes
    ]
    return gpd.GeoDataFrame(columns, geometry=made, crs=UTM)


def saved(folder: Path, frame: gpd.GeoDataFrame, name: str = "roads.gpkg") -> Path:
    path = folder / name
    frame.to_file(path)
    return path


def network(extract: Extract, mode: str = "drive") -> Network:
    roads = extract.roads
    middle = float(np.median(roads.x)) * 1e-7, float(np.median(roads.y)) * 1e-7
    return osm_roads.build(
        extract,
        osm_roads.segments(roads),
        profiles.load([mode])[mode],
        projection_for("auto", *middle),
    )


def kinds(extract: Extract) -> dict[str, Any]:
    return {problem.kind: problem for problem in extract.problems}


CROSS = ([(0, 0), (100, 0)], [(50, -50), (50, 50)])
TEE = ([(0, 0), (100, 0)], [(50, 0.4), (50, 50)])


# --- what meets --------------------------------------------------------------------------


def test_an_end_within_tolerance_joins_the_inside_of_a_line(tmp_path: Path) -> None:
    extract = sources.read(saved(tmp_path, lines(*TEE)))
    net = network(extract)
    assert (net.n_nodes, net.n_edges) == (4, 3)
    assert len(net.report["components"]) == 1
    found = kinds(extract)["lines_joined"]
    assert found.severity == "warning"
    assert (found.values["count"], found.values["inside"]) == (1, 1)
    assert float(found.values["gap"]) == pytest.approx(0.4, abs=0.01)


def test_a_gap_beyond_the_tolerance_stays_open_and_is_named(tmp_path: Path) -> None:
    extract = sources.read(saved(tmp_path, lines(*TEE)), joins=Joins(0.3))
    assert len(network(extract).report["components"]) == 2
    found = kinds(extract)["lines_loose"]
    assert found.values["count"] == 1
    assert float(found.values["gap"]) == pytest.approx(0.4, abs=0.01)
    assert "lines_joined" not in kinds(extract)


def test_a_plain_crossing_is_joined_only_on_request(tmp_path: Path) -> None:
    path = saved(tmp_path, lines(*CROSS))
    apart = sources.read(path)
    assert network(apart).n_edges == 2
    assert kinds(apart)["lines_cross"].values["count"] == 1
    joined = sources.read(path, joins=Joins(crossings=True))
    net = network(joined)
    assert (net.n_nodes, net.n_edges) == (5, 4)
    assert kinds(joined)["lines_crossings_joined"].values["count"] == 1


def test_a_common_vertex_inside_both_lines_is_a_crossing_too(tmp_path: Path) -> None:
    shapes = ([(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)])
    path = saved(tmp_path, lines(*shapes))
    assert network(sources.read(path)).n_edges == 2
    assert network(sources.read(path, joins=Joins(crossings=True))).n_edges == 4


@pytest.mark.parametrize("shapes", [CROSS, TEE])
def test_lines_of_different_levels_do_not_meet_inside(tmp_path: Path, shapes: Any) -> None:
    path = saved(tmp_path, lines(*shapes, level=[0, 1]))
    extract = sources.read(path, joins=Joins(crossings=True))
    assert network(extract).n_edges == 2
    assert len(network(extract).report["components"]) == 2


def test_lines_of_different_levels_meet_end_to_end(tmp_path: Path) -> None:
    path = saved(tmp_path, lines([(0, 0), (50, 0)], [(50, 0), (100, 0)], level=[0, 1]))
    assert network(sources.read(path)).n_edges == 1


def test_ends_near_one_another_become_one(tmp_path: Path) -> None:
    shapes = ([(0, 0), (50, 0)], [(50.3, 0.2), (100, 0)], [(49.8, -0.4), (50, -60)])
    extract = sources.read(saved(tmp_path, lines(*shapes)))
    net = network(extract)
    assert (net.n_nodes, net.n_edges) == (4, 3)
    assert kinds(extract)["lines_joined"].values["count"] == 2


def test_joining_does_not_depend_on_the_order_of_the_lines(tmp_path: Path) -> None:
    """A law: who is connected with whom is the same however the file is sorted."""
    random = np.random.default_rng(7)
    shapes = []
    for _ in range(60):
        at, turn = random.uniform(0, 400, 2), random.uniform(0, 2 * np.pi)
        step = random.uniform(20, 120)
        to = at + step * np.array([np.cos(turn), np.sin(turn)])
        shapes.append([tuple(at), tuple(to)])
    frame = lines(*shapes, id=list(range(1, 61)))
    counted = []
    for order in (np.arange(60), np.arange(60)[::-1], random.permutation(60)):
        path = saved(tmp_path, frame.iloc[order], f"{order[0]}.gpkg")
        extract = sources.read(path, joins=Joins(3.0, crossings=True))
        net = network(extract, "walk")
        of_way: dict[int, set[int]] = {}
        for vertex, way in enumerate(net.vertex_way):
            if way >= 0:
                edge = net.edge_of_vertex[vertex]
                label = int(net.edge_component[edge])
                of_way.setdefault(int(net.way_id[way]), set()).add(label)
        groups: dict[int, set[int]] = {}
        for way, labels in of_way.items():
            groups.setdefault(min(labels), set()).add(way)
        counted.append(sorted(sorted(group) for group in groups.values()))
    assert counted[0] == counted[1] == counted[2]
    assert len(counted[0]) > 1


# --- pgRouting's sample ------------------------------------------------------------------

UNIT_M = 1_000.0


def sample(shared: Callable[[str], Path], folder: Path) -> Path:
    """The documented network, a unit as a kilometre."""
    edges = pd.read_csv(shared("known/pgrouting_sample/edges.csv"))
    shapes = [
        [(x1 * UNIT_M, y1 * UNIT_M), (x2 * UNIT_M, y2 * UNIT_M)]
        for x1, y1, x2, y2 in edges[["x1", "y1", "x2", "y2"]].to_numpy()
    ]
    columns = {name: list(edges[name]) for name in ("id", "cost", "reverse_cost")}
    return saved(folder, lines(*shapes, **columns))


@pytest.mark.parametrize(
    ("row", "origins"), [(0, [(3, 2)]), (1, [(3, 2), (4, 2)])], ids=["one", "equicost"]
)
def test_pgroutings_driving_distances(
    shared: Callable[[str], Path], tmp_path: Path, row: int, origins: list[tuple[int, int]]
) -> None:
    """Its manual's answers, in units of an edge; the islands 17 and 18 stay islands."""
    extract = sources.read(sample(shared, tmp_path), joins=Joins(0.0))
    net = network(extract)
    assert [one["component"] for one in net.report["components"]] == [0, 1, 2]
    reached: dict[int, float] = {}
    goals = _at(net, [(x, y) for x in range(5) for y in range(5)])
    found = pairs(net, _at(net, origins), goals, weight="distance")
    for at, metres in zip(found.destination.tolist(), found.distance_m, strict=True):
        reached[at] = min(metres / UNIT_M, reached.get(at, np.inf))
    costs = sorted(round(one, 2) for one in reached.values() if one < 3.2)
    with shared("known/pgrouting_sample/expected.csv").open(encoding="utf-8") as file:
        expected = list(csv.DictReader(file))[row]["sorted_costs"]
    assert [round(one) for one in costs] == [int(one) for one in expected.split()]


def _at(net: Network, places: list[tuple[int, int]]) -> Snaps:
    """Places of the sample, each joined to one of the roads that meet there."""
    at = gpd.GeoSeries(
        [shapely.Point(EAST + x * UNIT_M, NORTH + y * UNIT_M) for x, y in places], crs=UTM
    ).to_crs(4326)
    return snap(net, at.x.to_numpy(), at.y.to_numpy(), 1.0)


def test_the_end_of_edge_17_is_joined_only_with_a_word(
    shared: Callable[[str], Path], tmp_path: Path
) -> None:
    """It lies a billionth of a metre off edge 14: by default joined, and named."""
    path = sample(shared, tmp_path)
    default = sources.read(path)
    assert len(network(default).report["components"]) == 2
    assert kinds(default)["lines_joined"].values["inside"] == 1
    exact = sources.read(path, joins=Joins(0.0))
    assert len(network(exact).report["components"]) == 3
    assert kinds(exact)["lines_loose"].values["count"] == 1


# --- columns -----------------------------------------------------------------------------


def test_chinese_columns_tell_class_direction_speed_and_name(tmp_path: Path) -> None:
    frame = lines(
        [(0, 0), (100, 0)],
        [(100, 0), (200, 0)],
        [(200, 0), (300, 0)],
        技术等级=["四级公路", "二级公路", "村道"],
        单行=["双向", "单行", None],
        限速=["", "60公里/小时", None],
        车速=[20, None, "15"],
        路名=["甲路", "乙路", None],
    )
    extract = sources.read(saved(tmp_path, frame))
    tags = [dict(extract.roads.tagsets[at]) for at in extract.roads.tagset]
    assert tags == [
        {"highway": "tertiary", "speed_kph": "20", "oneway": "no"},
        {"highway": "primary", "maxspeed": "60", "oneway": "yes"},
        {"highway": "unclassified", "speed_kph": "15"},
    ]
    assert [extract.roads.names[at] for at in extract.roads.name] == ["甲路", "乙路", ""]
    assert not extract.problems
    net = network(extract)
    assert net.report["km_assumed_speed"] == 0.0
    first = int(net.edge_first[0])
    whole = np.abs(np.diff(net.forward_ms[first : first + 2]))[0]
    assert whole == pytest.approx(100 / (20 / 3.6) * 1000, rel=0.01)


@pytest.mark.parametrize(
    ("column", "yes", "no"),
    [
        ("bridge", ["yes", "viaduct", "1", "是", "T"], ["no", "0", "N", "F", "无", "×"]),
        ("隧道", [1, 1.0], [0, 0.0, None]),
    ],
)
def test_a_bridge_or_tunnel_is_one_unless_the_cell_says_no(
    tmp_path: Path, column: str, yes: list[Any], no: list[Any]
) -> None:
    cells = [*yes, *no]
    shapes = [[(0, 100 * k), (50, 100 * k)] for k in range(len(cells))]
    frame = lines(*shapes, **{column: cells})
    roads = sources.read(saved(tmp_path, frame, "bridges.geojson")).roads
    key = {"隧道": "tunnel"}.get(column, column)
    told = [roads.tagsets[at].get(key) for at in roads.tagset]
    assert told == ["yes"] * len(yes) + [None] * len(no)


def test_columns_and_words_named_by_hand_win(tmp_path: Path) -> None:
    frame = lines([(0, 0), (100, 0)], class_=["residential"], dj=["J4"])
    path = saved(tmp_path, frame)
    extract = sources.read(path, columns={"class": "dj"}, classes={"J4": "tertiary"})
    assert extract.roads.tagsets[0]["highway"] == "tertiary"


def test_words_of_cells() -> None:
    words = class_words({}, ["residential", "motorway_link"])
    assert road_class("['residential', 'service']", words) == "residential"
    assert road_class("Motorway_Link", words) == "motorway_link"
    assert road_class("三级公路", words) == "secondary"
    assert road_class("unheard of", words) is None
    assert [direction(one, "oneway") for one in ("FT", "是", -1, "TF", 0)] == [
        "yes",
        "yes",
        "-1",
        "-1",
        "no",
    ]
    assert [direction(one, "direction") for one in (1, 2.0, "3", 4)] == [
        "no",
        "yes",
        "-1",
        "closed",
    ]
    assert [kph(one) for one in ("40 km/h", "30公里/小时", 0, -5, 999, "fast")] == [
        40.0,
        30.0,
        None,
        None,
        None,
        None,
    ]


# --- files as they come ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.shp", "a.gpkg", "a.geojson", "a.gdb", "a.parquet"])
def test_every_kind_of_file_gives_the_same_network(tmp_path: Path, name: str) -> None:
    frame = lines(*TEE, class_=["三级公路", "村道"]).rename(columns={"class_": "等级"})
    path = tmp_path / name
    if name.endswith("parquet"):
        frame.to_parquet(path)
    elif name.endswith("gdb"):
        frame.to_file(path, driver="OpenFileGDB")
    else:
        frame.to_file(path)
    extract = sources.read(path)
    net = network(extract)
    assert (net.n_nodes, net.n_edges) == (4, 3)
    assert {tags["highway"] for tags in extract.roads.tagsets} == {
        "secondary",
        "unclassified",
    }
    assert len(extract.sha256) == 64


def test_a_shapefile_without_prj_and_cpg(tmp_path: Path) -> None:
    """Degrees are taken as WGS-84 and said; metres without a system are an error."""
    frame = lines([(0, 0), (100, 0)], 等级=["三级公路"])
    path = tmp_path / "roads.shp"
    frame.to_crs(4326).to_file(path, encoding="GB18030")
    path.with_suffix(".prj").unlink()
    path.with_suffix(".cpg").unlink()
    extract = sources.read(path)
    assert "no_crs_degrees" in kinds(extract)
    assert extract.roads.tagsets[0]["highway"] == "secondary"
    flat = tmp_path / "flat.shp"
    frame.to_file(flat)
    flat.with_suffix(".prj").unlink()
    with pytest.raises(InputError, match="coordinate"):
        sources.read(flat)


def test_two_files_in_different_systems_meet(tmp_path: Path) -> None:
    from servicemap.roads import drawn_roads, line_files

    one = saved(tmp_path, lines([(0, 0), (100, 0)]), "one.gpkg")
    other = tmp_path / "other.gpkg"
    lines([(100, 0), (200, 0)]).to_crs(3857).to_file(other)
    base = sources.read(one)
    more, _ = line_files.read(other, "other.gpkg")
    roads, _, _ = drawn_roads.with_lines(base.roads, more, Joins(), "other.gpkg")
    whole = sources.extract_of(roads, "both", "", {})
    assert network(whole).n_edges == 1


def fault(shape: Any, **columns: Any) -> gpd.GeoDataFrame:
    good = lines([(0, 0), (100, 0)]).geometry.iloc[0]
    frame = {name: [None, value] for name, value in columns.items()}
    return gpd.GeoDataFrame(frame, geometry=[good, shape], crs=UTM)


def line_at(*points: tuple[float, ...]) -> shapely.LineString:
    return lines(list(points)).geometry.iloc[0]


@pytest.mark.parametrize(
    ("frame", "kind", "ways"),
    [
        (fault(None), "line_no_shape", 1),
        (fault(shapely.Point(EAST, NORTH)), "line_not_a_line", 1),
        (fault(line_at((0, 50), (0, 50))), "line_no_length", 1),
        (fault(line_at((0, 50), (50, 50), (50, 50), (90, 50))), "line_repeated_points", 2),
        (fault(line_at((0, 50, 7.0), (50, 50, 9.0))), "line_3d", 2),
        (
            fault(
                shapely.MultiLineString(
                    [line_at((0, 50), (50, 50)), line_at((0, 90), (50, 90))]
                )
            ),
            "line_many_parts",
            3,
        ),
        (fault(line_at((100, 0), (0, 0))), "line_twice", 2),
        (fault(line_at((0, 50), (50, 50)), speed=-20), "line_speed_bad", 2),
        (fault(line_at((0, 50), (50, 50)), maxspeed=0), "line_speed_bad", 2),
        (fault(line_at((0, 50), (50, 50)), speed=900), "line_speed_bad", 2),
        (fault(line_at((0, 50), (50, 50)), highway="moonway"), "line_class_unknown", 2),
        (fault(line_at((0, 50), (50, 50)), oneway="perhaps"), "line_oneway_unknown", 2),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_faulty_feature_is_a_finding_and_spoils_no_other(
    tmp_path: Path, frame: gpd.GeoDataFrame, kind: str, ways: int
) -> None:
    extract = sources.read(saved(tmp_path, frame))
    found = kinds(extract)[kind]
    assert found.values["count"] == 1
    assert found.message("zh")
    assert len(extract.roads.way_id) == ways
    network(extract)


def test_a_line_that_is_no_place_on_earth_is_left_out(tmp_path: Path) -> None:
    """Two systems in one file: degrees by its header, one line in metres of a zone."""
    good = lines([(0, 0), (100, 0)]).to_crs(4326).geometry.iloc[0]
    frame = gpd.GeoDataFrame(geometry=[good, line_at((0, 0), (9, 9))], crs=4326)
    extract = sources.read(saved(tmp_path, frame, "mixed.geojson"))
    found = kinds(extract)["line_off_earth"]
    assert (found.severity, found.values["count"], found.values["which"]) == (
        "warning",
        1,
        "2",
    )
    assert len(extract.roads.way_id) == 1
    network(extract)


@pytest.mark.parametrize(
    ("cost", "reverse_cost", "oneway", "unread"),
    [
        ("fast", None, None, 1),
        ("1.5", "none", None, 1),
        ("-1", "n/a", "closed", 1),
        ("1.5", "-1", "yes", 0),
        ("-1", "2", "-1", 0),
        ("?", "-1", None, 1),
        ("", "", None, 0),
    ],
)
def test_a_cost_that_cannot_be_read_closes_nothing(
    tmp_path: Path, cost: str, reverse_cost: str | None, oneway: str | None, unread: int
) -> None:
    frame = fault(line_at((0, 50), (50, 50)), cost=cost, reverse_cost=reverse_cost)
    extract = sources.read(saved(tmp_path, frame))
    tags = extract.roads.tagsets[extract.roads.tagset[1]]
    told = "closed" if tags.get("access") == "no" else tags.get("oneway")
    assert told == oneway
    found = kinds(extract).get("line_cost_unread")
    assert (found.values["count"] if found else 0) == unread
    if found:
        assert found.message("zh")


def test_a_map_of_columns_that_does_not_fit_is_a_finding(tmp_path: Path) -> None:
    path = saved(tmp_path, lines([(0, 0), (100, 0)], dj=["J4"]))
    extract = sources.read(path, columns={"klass": "dj", "speed": "v"}, classes={})
    assert kinds(extract)["line_column_unknown"].values["which"] == "klass"
    assert kinds(extract)["line_column_absent"].values["which"] == "v"
    typo = sources.read(path, columns={"class": "dj"}, classes={"J4": "tertary"})
    assert kinds(typo)["line_class_unknown"].values["which"] == "J4"
    assert typo.roads.tagsets[0]["highway"] == "unclassified"


def test_a_speed_in_words_is_a_finding(tmp_path: Path) -> None:
    frame = fault(line_at((0, 50), (50, 50)), speed="fast", maxspeed="nan")
    found = kinds(sources.read(saved(tmp_path, frame)))["line_speed_bad"]
    assert found.values["count"] == 2


def test_loops_stay_and_can_be_driven_round(tmp_path: Path) -> None:
    ring = [(0, 0), (50, 0), (50, 50), (0, 0)]
    extract = sources.read(saved(tmp_path, lines(ring, [(0, 0), (-80, 0)])))
    assert kinds(extract)["line_loop"].values["count"] == 1
    net = network(extract)
    assert net.n_edges == 2
    assert (net.edge_component == MAIN).all()


def test_a_file_without_lines_is_refused(tmp_path: Path) -> None:
    points = gpd.GeoDataFrame(geometry=[shapely.Point(EAST, NORTH)], crs=UTM)
    with pytest.raises(InputError, match="no line"):
        sources.read(saved(tmp_path, points))


def test_a_city_of_lines_is_one_network(shared: Callable[[str], Path]) -> None:
    """Wuhan: 92,667 pieces; its length is that of the source, its main part most of it."""
    extract = sources.read(shared("data/wuhan/wuhan_streets.parquet"))
    net = network(extract, "walk")
    assert extract.counts["km"] == pytest.approx(7185, abs=1)
    main = net.report["components"][0]["km"]
    assert main > 0.97 * net.report["km"]


@pytest.mark.parametrize(("suffix", "says"), [(".shx", "lacks its .shx"), (".dbf", None)])
def test_a_shapefile_without_one_of_its_parts(
    tmp_path: Path, suffix: str, says: str | None
) -> None:
    """Without its index it is refused in words; without its table the classes are missing."""
    path = saved(tmp_path, lines(*TEE, 等级=["村道", "村道"]), "roads.shp")
    path.with_suffix(suffix).unlink()
    if says:
        with pytest.raises(InputError, match=says):
            sources.read(path)
    else:
        extract = sources.read(path)
        assert len(extract.roads.way_id) == 2
        assert "line_no_classes" in kinds(extract)
